/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building a shard: files are read one after the other with a sink of our own, whose every flush is
 * one unit.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "read/nfdump.h"
#include "store/about.h"
#include "store/shard_build_impl.h"
#include "store/sum.h"

#define SAMPLE_ROWS_MAX ((uint64_t)1 << 23) /* a sample has no more room than of so many rows */

void
tryst_shard_builder_free(struct tryst_shard_builder *b)
{
	if (!b)
		return;
	tryst_dictionary_builder_free(b->dictionary);
	tryst_postings_builder_free(b->postings);
	tryst_sample_builder_free(b->sample);
	tryst_block_encoder_free(b->encoder);
	tryst_buf_fini(&b->files);
	tryst_buf_fini(&b->units);
	tryst_buf_fini(&b->entries);
	tryst_batch_fini(&b->sink.batch);
	for (unsigned i = 0; i < TRYST_SCRATCH_SLOTS; i++)
		free(b->sink.scratch[i]);
	tryst_nf_units_fini(&b->found);
	free(b->recent);
	free(b->ids);
	free(b);
}

static size_t
builder_bytes(const struct tryst_shard_builder *b)
{
	return tryst_dictionary_builder_bytes(b->dictionary) +
	       tryst_postings_builder_bytes(b->postings) + b->units.cap + b->files.cap +
	       b->entries.cap;
}

/* Whether one more unit has room, in memory and in what postings can name. */
static int
check_room(const struct tryst_shard_builder *b, struct tryst_error *err)
{
	/* Whatever a single file needs, it may not have more. */
	if (builder_bytes(b) > b->memory_max)
		return tryst_error_set(err, TRYST_ERR_LIMIT, "more than --memory allows");
	if (b->unit_count >= TRYST_POSTINGS_BLOCKS_MAX)
		return tryst_error_set(err, TRYST_ERR_LIMIT, "more than %u runs of records",
		                       TRYST_POSTINGS_BLOCKS_MAX);
	return 0;
}

/* A unit is complete: its rows go into the parts of the shard. */
static int
unit_add(struct tryst_shard_builder *b, uint32_t number, struct tryst_error *err)
{
	const struct tryst_batch *batch = &b->sink.batch;
	uint32_t count = 0;
	int rc = tryst_recent_ids(b->recent, b->dictionary, number, batch, b->ids, &count, err);

	if (rc == 0)
		rc = tryst_postings_add(b->postings, number, b->ids, count, err);
	if (rc == 0 && !b->whole)
		rc = tryst_sample_add(b->sample, batch, (uint64_t)number * TRYST_BATCH_ROWS, err);
	b->ceiling = tryst_sample_builder_ceiling(b->sample);
	return rc;
}

/* Writes the entry of a unit if the unit before had another; its place as the unit has it. */
static uint32_t
entry_write(struct tryst_shard_builder *b, const struct tryst_nf_unit *u)
{
	const struct tryst_nf_entry *e = &u->entry;
	uint8_t *p;

	if (!e->history)
		return 0;
	if (b->entry.place && b->entry.offset == u->offset && b->entry.packed == e->packed)
		return b->entry.place;
	/* Beyond what a unit can name, blocks are unpacked from their beginning. */
	if (b->entries.len > UINT32_MAX - 1 - SHARD_ENTRY_HEAD)
		return 0;
	p = (uint8_t *)tryst_buf_reserve(&b->entries, SHARD_ENTRY_HEAD + e->history_len);
	if (!p)
		return 0;
	tryst_store_le32(p, e->packed);
	tryst_store_le32(p + 4, e->plain);
	tryst_store_le32(p + 8, e->history_len);
	tryst_store_le32(p + 12, tryst_store_sum2(p, 12, e->history, e->history_len));
	memcpy(p + SHARD_ENTRY_HEAD, e->history, e->history_len);
	b->entry.offset = u->offset;
	b->entry.packed = e->packed;
	b->entry.place = (uint32_t)b->entries.len + 1;
	b->entries.len += SHARD_ENTRY_HEAD + e->history_len;
	return b->entry.place;
}

static void
unit_write(struct tryst_shard_builder *b, const struct tryst_nf_unit *u, int64_t from_ms,
           int64_t to_ms)
{
	uint8_t *p = (uint8_t *)tryst_buf_reserve(&b->units, TRYST_SHARD_UNIT_BYTES);

	if (!p)
		return;
	memset(p, 0, TRYST_SHARD_UNIT_BYTES);
	tryst_store_le64(p, u->offset);
	tryst_store_le32(p + 8, u->size);
	tryst_store_le32(p + 12, u->from);
	tryst_store_le32(p + 16, u->to);
	tryst_store_le32(p + 20, u->part);
	tryst_store_le32(p + 24, u->first);
	tryst_store_le32(p + 28, b->file_count);
	tryst_store_le16(p + 32, u->rows);
	p[34] = u->packing;
	tryst_store_le32(p + 36, entry_write(b, u));
	tryst_store_le64(p + 40, (uint64_t)from_ms);
	tryst_store_le64(p + 48, (uint64_t)to_ms);
	tryst_store_le32(p + 56, u->packed_to);
	b->units.len += TRYST_SHARD_UNIT_BYTES;
}

static int
sink_flush(struct tryst_sink *sink, struct tryst_error *err)
{
	struct tryst_shard_builder *b =
		(struct tryst_shard_builder *)(void *)((char *)sink -
	                                               offsetof(struct tryst_shard_builder, sink));
	struct tryst_batch *batch = &sink->batch;
	int64_t from_ms = INT64_MAX, to_ms = INT64_MIN;
	int rc;

	if (!batch->rows)
		return 0;
	rc = check_room(b, err);
	if (rc < 0)
		return rc;
	rc = unit_add(b, b->unit_count, err);
	for (uint32_t i = 0; i < batch->rows; i++) {
		from_ms = TRYST_MIN(from_ms, batch->start_ms[i]);
		to_ms = TRYST_MAX(to_ms, batch->end_ms[i]);
	}
	b->from_ms = TRYST_MIN(b->from_ms, from_ms);
	b->to_ms = TRYST_MAX(b->to_ms, to_ms);
	if (!b->whole) {
		b->sample_rows += batch->rows;
		unit_write(b, &b->found.list[b->found.count - 1], from_ms, to_ms);
		b->unit_count++;
		b->found.count = 0;
	}
	batch->rows = 0;
	return rc;
}

int
tryst_shard_builder_new(struct tryst_shard_builder **out, struct tryst_error *err)
{
	struct tryst_shard_builder *b = calloc(1, sizeof(*b));
	int rc;

	*out = NULL;
	if (!b)
		return tryst_error_nomem(err);
	b->sink.flush = sink_flush;
	b->ids = malloc((size_t)2 * TRYST_BATCH_ROWS * sizeof(*b->ids));
	b->recent = calloc(1, sizeof(*b->recent));
	rc = b->ids && b->recent ? tryst_dictionary_builder_new(&b->dictionary, err)
	                         : tryst_error_nomem(err);
	if (rc == 0)
		rc = tryst_postings_builder_new(&b->postings, err);
	if (rc == 0)
		rc = tryst_sample_builder_new(&b->sample, SHARD_COLUMNS, SAMPLE_ROWS_MAX, err);
	if (rc == 0)
		rc = tryst_block_encoder_new(&b->encoder, err);
	if (rc == 0)
		rc = tryst_batch_init(&b->sink.batch, SHARD_COLUMNS, err);
	if (rc == 0)
		*out = TRYST_TAKE(b);
	tryst_shard_builder_free(b);
	return rc;
}

void
tryst_shard_builder_clear(struct tryst_shard_builder *b)
{
	tryst_dictionary_builder_clear(b->dictionary);
	tryst_recent_clear(b->recent);
	tryst_postings_builder_clear(b->postings);
	tryst_sample_builder_clear(b->sample);
	tryst_buf_clear(&b->files);
	tryst_buf_clear(&b->units);
	tryst_buf_clear(&b->entries);
	b->file_count = b->unit_count = 0;
	b->flows = b->sample_rows = 0;
}

uint32_t
tryst_shard_builder_files(const struct tryst_shard_builder *b)
{
	return b->file_count;
}

uint64_t
tryst_shard_builder_flows(const struct tryst_shard_builder *b)
{
	return b->flows;
}

/*
 * Whether the file is one of nfdump's, as it stands there: what is packed again is not.  Negative:
 * it cannot be read, errno says why.
 */
static int
layout_of(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t head[4] = { 0 };
	ssize_t n = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);

	int saved = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = saved;
	if (n < 0)
		return -1;
	return n == sizeof(head) && tryst_load_le16(head) == NF_MAGIC ? tryst_load_le16(head + 2)
	                                                              : 0;
}

static void
file_write(struct tryst_shard_builder *b, const struct tryst_shard_source *source,
           const struct tryst_input *in, uint32_t units)
{
	size_t len = strlen(source->relative), head = 4 + len + 5 * 8 + 3 * 4 + in->parts * 4 + 4;
	struct tryst_buf about = { 0 };
	uint8_t *p;

	tryst_about_write(in, &about);
	p = about.failed ? NULL : (uint8_t *)tryst_buf_reserve(&b->files, head);
	b->files.failed |= !p;
	if (p) {
		tryst_store_le32(p, (uint32_t)len);
		memcpy(p + 4, source->relative, len);
		p += 4 + len;
		tryst_store_le64(p, source->size);
		tryst_store_le64(p + 8, (uint64_t)source->mtime_ns);
		tryst_store_le64(p + 16, in->health.flows);
		tryst_store_le64(p + 24, (uint64_t)b->from_ms);
		tryst_store_le64(p + 32, (uint64_t)b->to_ms);
		tryst_store_le32(p + 40, units);
		tryst_store_le32(p + 44, b->whole ? SHARD_FILE_WHOLE : 0);
		tryst_store_le32(p + 48, (uint32_t)in->parts);
		for (size_t i = 0; i < in->parts; i++)
			tryst_store_le32(p + 52 + 4 * i, (uint32_t)in->part_flows[i]);
		tryst_store_le32(p + 52 + 4 * in->parts, (uint32_t)about.len);
		b->files.len += head;
		tryst_buf_add(&b->files, about.data, about.len);
	}
	tryst_buf_fini(&about);
}

/* Reads all parts, as the pipeline does; what was found stands in the input afterwards. */
static int
read_parts(struct tryst_shard_builder *b, struct tryst_source *s, struct tryst_input *in,
           struct tryst_error *err)
{
	struct tryst_health sum;
	int rc = 0;

	tryst_health_init(&sum);
	in->parts = s->parts;
	in->part_flows = calloc(in->parts + 1, sizeof(*in->part_flows));
	if (!in->part_flows)
		rc = tryst_error_nomem(err);
	for (size_t part = 0; part < s->parts && rc == 0; part++) {
		tryst_health_init(&b->sink.health);
		b->sink.batch.rows = 0;
		b->sink.record_base = (uint64_t)part << 32;
		rc = s->ops->read(s, part, &b->sink, err);
		if (rc == 0)
			rc = sink_flush(&b->sink, err);
		in->part_flows[part] = b->sink.health.flows;
		tryst_health_add(&sum, &b->sink.health);
	}
	s->ops->close(s);
	tryst_health_add(&in->health, &sum);
	return rc;
}

static int
read_file(struct tryst_shard_builder *b, const struct tryst_shard_source *source,
          struct tryst_input *in, struct tryst_error *err)
{
	struct tryst_request request = { .from_ms = INT64_MIN, .to_ms = INT64_MAX };
	struct tryst_read_options options = { .format = "nfdump",
		                              .units = b->whole ? NULL : &b->found };
	struct tryst_source *s = NULL;
	int rc;

	request.columns = SHARD_COLUMNS;
	rc = tryst_read_open(&options, in, &request, &s, err);
	if (rc == 0 && in->size != source->size) {
		s->ops->close(s);
		return tryst_error_set(err, TRYST_ERR_IO, "%s: is being written", source->path);
	}
	return rc < 0 ? rc : read_parts(b, s, in, err);
}

/*
 * What a reading that failed has left in the postings and the sample cannot be taken out again: its
 * units are noted as those of a file that no archive has.
 */
static void
file_buried(struct tryst_shard_builder *b, uint32_t units)
{
	const struct tryst_shard_source nobody = { .relative = "/" };
	struct tryst_input in = { 0 };
	bool whole = b->whole;

	tryst_health_init(&in.health);
	b->whole = true; /* its runs are of no part */
	file_write(b, &nobody, &in, units);
	b->whole = whole;
	b->file_count++;
}

/* What a failed reading means for the caller; the codes that end everything stay. */
static int
add_failed(struct tryst_shard_builder *b, uint32_t units, int rc, struct tryst_error *err)
{
	if (units)
		file_buried(b, units);
	if (b->files.failed || b->units.failed || b->entries.failed)
		return tryst_error_nomem(err);
	return rc == TRYST_ERR_IO || rc == TRYST_ERR_FORMAT || rc == TRYST_ERR_UNSUPPORTED ? 0 : rc;
}

/* What was lost of a file that is indexed nevertheless. */
static void
tell_damage(const struct tryst_input *in, struct tryst_error *err)
{
	const struct tryst_health *h = &in->health;

	if (!tryst_health_damaged(h))
		return;
	if (h->note_count)
		(void)tryst_error_set(err, TRYST_ERR_FORMAT, "%s: %s", in->path, h->notes[0].text);
	else
		(void)tryst_error_set(
			err, TRYST_ERR_FORMAT,
			"%s: damaged: %" PRIu64 " blocks, %" PRIu64 " records, %" PRIu64 " bytes",
			in->path, h->damaged_blocks, h->damaged_records, h->damaged_bytes);
}

static int
add_read(struct tryst_shard_builder *b, const struct tryst_shard_source *source,
         struct tryst_input *in, struct tryst_error *err)
{
	static const struct tryst_nf_unit all;
	uint32_t first = b->unit_count;
	int rc = read_file(b, source, in, err);

	if (b->whole && b->unit_count < TRYST_POSTINGS_BLOCKS_MAX) {
		unit_write(b, &all, b->from_ms, b->to_ms);
		b->unit_count++;
	}
	if (rc < 0)
		return add_failed(b, b->unit_count - first, rc, err);
	file_write(b, source, in, b->unit_count - first);
	b->file_count++;
	b->flows += in->health.flows;
	tell_damage(in, err);
	return b->files.failed || b->units.failed || b->entries.failed ? tryst_error_nomem(err) : 1;
}

int
tryst_shard_add(struct tryst_shard_builder *b, const struct tryst_shard_source *source,
                size_t memory_max, const atomic_bool *stop, struct tryst_error *err)
{
	int layout = layout_of(source->path), rc;
	struct tryst_input in;

	if (layout < 0) {
		(void)tryst_error_errno(err, "%s", source->path);
		return 0;
	}
	if (layout != 1 && layout != 2) {
		(void)tryst_error_set(err, TRYST_ERR_FORMAT, "%s: no nfdump file", source->path);
		return 0;
	}
	b->whole = layout == 1;
	b->from_ms = INT64_MAX;
	b->to_ms = INT64_MIN;
	b->memory_max = memory_max;
	b->ceiling = tryst_sample_builder_ceiling(b->sample);
	b->found.full_to = &b->ceiling;
	b->found.count = 0;
	b->entry.place = 0;
	b->sink.stop = stop;
	rc = tryst_input_init(&in, source->path, 0, err);
	if (rc < 0)
		return rc;
	rc = add_read(b, source, &in, err);
	tryst_input_fini(&in);
	return rc;
}
