/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sample of a segment (store/sample.h), from the blocks that have just been written: which rows
 * it has follows from the codes alone, so that only those rows are decoded again.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "store/segment_impl.h"

struct sampling {
	struct tryst_segment_writer *w;
	const struct tryst_ip *ips; /* by code */
	uint32_t ip_count;
	uint64_t *keys; /* by code: tryst_sampler_key */
	uint64_t ceiling;
	const uint8_t *file; /* what has been written */
	struct tryst_batch rows;
	struct tryst_group group;
	uint32_t *src, *dst; /* codes of a block, in the writer's memory */
};

static uint64_t
row_key(const struct sampling *s, uint32_t row)
{
	return TRYST_MIN(s->keys[s->src[row]], s->keys[s->dst[row]]);
}

/* Codes of a block's src and dst; false: it has none. */
static bool
block_codes(struct sampling *s, const struct segment_block *b)
{
	s->src = s->w->codes;
	s->dst = s->w->codes + TRYST_BATCH_ROWS;
	if (!(b->fields & TRYST_CODED_ALL))
		return false;
	tryst_segment_codes(s->w, b, TRYST_FIELD_src, s->src);
	tryst_segment_codes(s->w, b, TRYST_FIELD_dst, s->dst);
	return true;
}

/* The level at which the rows have room, or TRYST_SAMPLE_NONE. */
static unsigned
choose_level(struct sampling *s)
{
	uint32_t room = tryst_sample_room(s->w->info.rows);
	uint64_t at_level[TRYST_SAMPLE_LEVELS] = { 0 }, total = 0;
	unsigned level = TRYST_SAMPLE_LEVELS;

	for (size_t i = 0; i < s->w->block_count; i++) {
		const struct segment_block *b = &s->w->blocks[i];

		if (!block_codes(s, b))
			continue;
		for (uint32_t row = 0; row < b->entry.rows; row++) {
			uint64_t key = row_key(s, row);
			unsigned zeros = key ? (unsigned)__builtin_clzll(key) : 64;

			at_level[TRYST_MIN(zeros, TRYST_SAMPLE_LEVELS - 1U)]++;
		}
	}
	while (level > 0 && total + at_level[level - 1] <= room)
		total += at_level[--level];
	return level; /* TRYST_SAMPLE_LEVELS is TRYST_SAMPLE_NONE */
}

/* Decodes the chosen rows of a block and hands them to the builder. */
static int
add_block(struct sampling *s, const struct segment_block *b, struct tryst_error *err)
{
	uint16_t chosen[TRYST_BATCH_ROWS];
	struct tryst_block_fault fault;
	uint32_t n = 0;

	if (!block_codes(s, b))
		return 0;
	for (uint32_t row = 0; row < b->entry.rows; row++) {
		chosen[n] = (uint16_t)row;
		n += row_key(s, row) <= s->ceiling;
	}
	if (!n)
		return 0;
	/* What we have just encoded. */
	if (!tryst_group_open(&s->group, s->file + b->entry.values_at, b->entry.values_size,
	                      &fault) ||
	    !tryst_group_present(&s->group, TRYST_STORED_BITS, chosen, n, &s->rows, 0, &fault) ||
	    !tryst_group_fill(&s->group, TRYST_STORED_BITS, chosen, n, &s->rows, 0, &fault))
		return tryst_error_set(err, TRYST_ERR_IO,
		                       "%s: offset %llu: what was written reads back otherwise",
		                       s->w->name, (unsigned long long)b->entry.values_at);
	for (unsigned f = 0; TRYST_ADDRESS_BITS >> f; f++) {
		struct tryst_ip *out;

		if (!(TRYST_ADDRESS_BITS >> f & 1))
			continue;
		out = tryst_batch_column(&s->rows, f);
		memset(out, 0, n * sizeof(*out));
		if (!(b->fields >> f & 1))
			continue;
		tryst_segment_codes(s->w, b, f, s->w->codes + (size_t)2 * TRYST_BATCH_ROWS);
		for (uint32_t i = 0; i < n; i++)
			out[i] = s->ips[s->w->codes[2 * TRYST_BATCH_ROWS + chosen[i]]];
	}
	for (uint32_t i = 0; i < n; i++)
		tryst_sample_add_row(s->w->sample, &s->rows, i, b->entry.first_row + chosen[i]);
	return 0;
}

/* The code of an address that is in the dictionary. */
static uint32_t
code_of(const struct sampling *s, struct tryst_ip ip)
{
	uint32_t from = 0, count = s->ip_count;

	while (count > 1) {
		uint32_t half = count / 2;

		if (tryst_ip_compare(s->ips[from + half], ip) <= 0) {
			from += half;
			count -= half;
		} else {
			count = half;
		}
	}
	return from;
}

/* The codes of a batch of the sample: its fields, into columns. */
static uint64_t
batch_codes(struct sampling *s, uint32_t *columns[TRYST_FIELD_COUNT])
{
	uint64_t fields = (TRYST_ADDRESS_BITS & s->w->info.known) | TRYST_CODED_ALL;
	uint32_t *next = s->w->codes;

	for (unsigned f = 0; fields >> f; f++) {
		const struct tryst_ip *ips = tryst_batch_column(&s->rows, f);

		if (!(fields >> f & 1))
			continue;
		columns[f] = next;
		next += TRYST_BATCH_ROWS;
		for (uint32_t i = 0; i < s->rows.rows; i++)
			columns[f][i] = code_of(s, ips[i]);
	}
	return fields;
}

/* A batch of the sample as two groups, one behind the other. */
static int
put_batch(struct sampling *s, const uint64_t *numbers, struct tryst_block_entry *e,
          struct tryst_error *err)
{
	struct tryst_segment_writer *w = s->w;
	uint32_t *columns[TRYST_FIELD_COUNT] = { 0 };
	uint32_t rows = s->rows.rows;
	struct tryst_buf groups = { 0 };
	int rc;

	*e = (struct tryst_block_entry){ .values_at = w->at, .rows = rows };
	tryst_block_encode(w->encoder, &s->rows, rows, numbers, &groups);
	e->values_size = (uint32_t)groups.len;
	e->addresses_at = w->at + groups.len;
	tryst_block_encode_codes(w->encoder, batch_codes(s, columns), columns, rows, &groups);
	e->addresses_size = (uint32_t)groups.len - e->values_size;
	rc = groups.failed ? tryst_error_nomem(err)
	                   : tryst_segment_put(w, groups.data, groups.len, err);
	tryst_buf_fini(&groups);
	return rc;
}

static const struct tryst_block_entry *
plain_entry(const void *ctx, size_t i)
{
	return &((const struct tryst_block_entry *)ctx)[i];
}

static int
put_sample(struct sampling *s, struct tryst_error *err)
{
	uint32_t rows = tryst_sample_rows(&s->w->info.sample), first = 0;
	size_t room = rows / TRYST_BATCH_ROWS + 1, count = 0;
	struct tryst_block_entry *entries = calloc(room, sizeof(*entries));
	uint64_t numbers[TRYST_BATCH_ROWS];
	int rc = 0;

	if (!entries)
		return tryst_error_nomem(err);
	tryst_segment_section_begin(s->w, TRYST_SECTION_SAMPLE);
	while (rc == 0 && tryst_sample_fill(s->w->sample, first, &s->rows, numbers)) {
		rc = put_batch(s, numbers, &entries[count], err);
		entries[count++].first_row = first;
		first += s->rows.rows;
	}
	tryst_segment_section_end(s->w, TRYST_SECTION_SAMPLE);
	s->w->info.sample_blocks = (uint32_t)count;
	if (rc == 0)
		rc = tryst_segment_put_directory(s->w, TRYST_SECTION_SAMPLE_DIRECTORY, plain_entry,
		                                 entries, count, err);
	free(entries);
	return rc;
}

static int
choose(struct sampling *s, struct tryst_error *err)
{
	unsigned level;
	int rc = 0;

	for (uint32_t i = 0; i < s->ip_count; i++)
		s->keys[i] = tryst_sampler_key(s->ips[i]);
	level = choose_level(s);
	tryst_sample_begin_at(s->w->sample, level);
	if (level != TRYST_SAMPLE_NONE) {
		s->ceiling = tryst_sampler_ceiling(level);
		for (size_t i = 0; i < s->w->block_count && rc == 0; i++)
			rc = add_block(s, &s->w->blocks[i], err);
	}
	if (rc == 0)
		rc = tryst_sample_finish(s->w->sample, s->w->info.rows, err);
	tryst_sample_builder_info(s->w->sample, &s->w->info.sample);
	return rc;
}

int
tryst_segment_put_sample(struct tryst_segment_writer *w, const struct tryst_ip *ips,
                         struct tryst_error *err)
{
	struct sampling s = { .w = w, .ips = ips };
	size_t size = w->at;
	void *file = mmap(NULL, size, PROT_READ, MAP_SHARED, w->fd, 0);
	int rc;

	if (file == MAP_FAILED)
		return tryst_error_errno(err, "%s", w->name);
	s.file = file;
	s.ip_count = tryst_dictionary_builder_count(w->dictionary);
	s.keys = reallocarray(NULL, (size_t)s.ip_count + 1, sizeof(*s.keys));
	rc = s.keys ? tryst_batch_init(&s.rows, TRYST_STORED_BITS, err) : tryst_error_nomem(err);
	if (rc == 0)
		rc = choose(&s, err);
	if (rc == 0)
		rc = put_sample(&s, err);
	tryst_batch_fini(&s.rows);
	free(s.keys);
	(void)munmap(file, size);
	return rc;
}
