/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/sorted.h"

#include <stdlib.h>

#define BUFFER_RECORDS_MAX 1024

int
tryst_hunt_key_compare(const void *va, const void *vb)
{
	const struct tryst_hunt_key *a = va, *b = vb;
	int order;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	order = tryst_hunt_record_compare_key(a->r, b->r);
	if (order)
		return order;
	if (a->start_ms != b->start_ms)
		return a->start_ms < b->start_ms ? -1 : 1;
	if (a->r->input_id != b->r->input_id)
		return a->r->input_id < b->r->input_id ? -1 : 1;
	return (a->r->record_no > b->r->record_no) - (a->r->record_no < b->r->record_no);
}

struct tryst_hunt_key *
tryst_hunt_keys(const struct tryst_hunt_records *records, struct tryst_error *err)
{
	struct tryst_hunt_key *keys = calloc(records->count + 1, sizeof(*keys));
	size_t n = 0;

	if (!keys) {
		(void)tryst_error_nomem(err);
		return NULL;
	}
	for (const struct tryst_hunt_chunk *c = records->chunks; c; c = c->next) {
		for (uint32_t i = 0; i < c->count; i++) {
			const struct tryst_hunt_record *r = &c->records[i];

			keys[n++] = (struct tryst_hunt_key){ tryst_hunt_record_hash(r), r->start_ms,
				                             r };
		}
	}
	assert(n == records->count);
	qsort(keys, n, sizeof(*keys), tryst_hunt_key_compare);
	return keys;
}

/* Where a run is being read. */
struct tryst_hunt_sorted_run {
	struct tryst_hunt_key head;       /* the record that is next */
	uint64_t next, end;               /* of the run: indices of keys, or records of the spill */
	struct tryst_hunt_record *buffer; /* NULL: the run in memory */
	size_t at, held;                  /* in the buffer */
};

int
tryst_hunt_sorted_init(struct tryst_hunt_sorted *s, const struct tryst_hunt_records *records,
                       const struct tryst_hunt_spill *spill, size_t memory, struct tryst_error *err)
{
	size_t spilled = spill ? spill->run_count : 0, each = BUFFER_RECORDS_MAX;

	*s = (struct tryst_hunt_sorted){ .spill = spill, .count = records->count };
	if (spilled)
		each = TRYST_MIN(memory / spilled / sizeof(struct tryst_hunt_record), each);
	s->buffer_records = TRYST_MAX(each, (size_t)1);
	s->keys = tryst_hunt_keys(records, err);
	s->runs = calloc(spilled + 1, sizeof(*s->runs));
	s->heap = calloc(spilled + 1, sizeof(struct tryst_hunt_sorted_run *));
	s->buffers = reallocarray(NULL, spilled * s->buffer_records + 1, sizeof(*s->buffers));
	if (!s->keys || !s->runs || !s->heap || !s->buffers)
		return tryst_error_nomem(err);
	s->run_count = spilled + 1;
	for (size_t i = 1; i < s->run_count; i++)
		s->runs[i].buffer = s->buffers + (i - 1) * s->buffer_records;
	return 0;
}

void
tryst_hunt_sorted_fini(struct tryst_hunt_sorted *s)
{
	free(s->keys);
	free(s->runs);
	free(s->heap);
	free(s->buffers);
	*s = (struct tryst_hunt_sorted){ 0 };
}

/* Loads the next record of the run into its head; 0 at its end. */
static int
run_advance(const struct tryst_hunt_sorted *s, struct tryst_hunt_sorted_run *run,
            struct tryst_error *err)
{
	const struct tryst_hunt_record *r;
	int rc;

	if (!run->buffer) {
		if (run->next == run->end)
			return 0;
		run->head = s->keys[run->next++];
		return 1;
	}
	if (run->at == run->held) {
		run->held = (size_t)TRYST_MIN(run->end - run->next, (uint64_t)s->buffer_records);
		run->at = 0;
		if (!run->held)
			return 0;
		rc = tryst_hunt_spill_read(s->spill, run->next, run->held, run->buffer, err);
		if (rc < 0)
			return rc;
		run->next += run->held;
	}
	r = &run->buffer[run->at++];
	run->head = (struct tryst_hunt_key){ tryst_hunt_record_hash(r), r->start_ms, r };
	return 1;
}

/* The first record of a run whose hash is not below, as an index of keys or of the spill. */
static int
run_seek(const struct tryst_hunt_sorted *s, size_t which, uint64_t hash, uint64_t *out,
         struct tryst_error *err)
{
	uint64_t from = which ? s->spill->runs[which - 1].at : 0;
	uint64_t to = which ? from + s->spill->runs[which - 1].count : s->count;
	struct tryst_hunt_record r;

	while (hash && from < to) {
		uint64_t mid = from + (to - from) / 2, there;
		int rc = which ? tryst_hunt_spill_read(s->spill, mid, 1, &r, err) : 0;

		if (rc < 0)
			return rc;
		there = which ? tryst_hunt_record_hash(&r) : s->keys[mid].hash;
		if (there < hash)
			from = mid + 1;
		else
			to = mid;
	}
	*out = hash ? to : from;
	return 0;
}

/* Restores the heap below i, whose head may have grown. */
static void
heap_sink(struct tryst_hunt_sorted *s, size_t i)
{
	struct tryst_hunt_sorted_run *moved = s->heap[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < s->heap_count &&
		    tryst_hunt_key_compare(&s->heap[child + 1]->head, &s->heap[child]->head) < 0)
			child++;
		if (child >= s->heap_count ||
		    tryst_hunt_key_compare(&moved->head, &s->heap[child]->head) <= 0)
			break;
		s->heap[i] = s->heap[child];
		i = child;
	}
	s->heap[i] = moved;
}

/* The hash at which a shard begins: all of a pair's hashes have the upper half in common. */
static uint64_t
shard_hash(uint32_t shard, uint32_t shards)
{
	return (((uint64_t)shard << 32) / shards) << 32;
}

int
tryst_hunt_sorted_rewind(struct tryst_hunt_sorted *s, uint32_t shard, uint32_t shards,
                         struct tryst_error *err)
{
	int rc = 0;

	assert(shard < shards);
	s->heap_count = 0;
	s->pending = false;
	for (size_t i = 0; rc >= 0 && i < s->run_count; i++) {
		struct tryst_hunt_sorted_run *run = &s->runs[i];

		run->at = run->held = 0;
		run->end = i ? s->spill->runs[i - 1].at + s->spill->runs[i - 1].count : s->count;
		rc = run_seek(s, i, shard_hash(shard, shards), &run->next, err);
		if (rc >= 0 && shard + 1 < shards)
			rc = run_seek(s, i, shard_hash(shard + 1, shards), &run->end, err);
		if (rc >= 0)
			rc = run_advance(s, run, err);
		if (rc > 0)
			s->heap[s->heap_count++] = run;
	}
	for (size_t i = s->heap_count / 2; rc >= 0 && i-- > 0;)
		heap_sink(s, i);
	return TRYST_MIN(rc, 0);
}

int
tryst_hunt_sorted_next(struct tryst_hunt_sorted *s, const struct tryst_hunt_record **r,
                       struct tryst_error *err)
{
	int rc = 1;

	if (s->pending)
		rc = run_advance(s, s->heap[0], err);
	s->pending = false;
	if (rc < 0)
		return rc;
	if (rc == 0)
		s->heap[0] = s->heap[--s->heap_count];
	if (!s->heap_count)
		return 0;
	heap_sink(s, 0);
	*r = s->heap[0]->head.r;
	s->pending = true;
	return 1;
}
