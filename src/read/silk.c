/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of SiLK's files of flow records (docs/formats/silk.md).
 */
#include "read/silk.h"

#include <stdlib.h>

#include "read/file.h"

#define SLOT_PACKED 0
#define SLOT_PLAIN 1
#define SLOT_READING 2

struct silk_source {
	struct tryst_source base; /* first */
	struct tryst_file file;
	struct silk_head head;
	struct silk_parts parts; /* of compressed files */
};

static int
silk_probe(const struct tryst_probe *p)
{
	struct tryst_cursor c = tryst_cursor_init(p->text, p->text_len);
	uint32_t magic = tryst_cursor_be32(&c);

	tryst_cursor_skip(&c, SILK_HEADER_START - 4);
	return !c.failed && magic == SILK_MAGIC ? 100 : 0;
}

/* Unpacks a block and takes its records; a damaged one is counted. */
static int
take_block(struct silk_source *s, struct tryst_fixed_reading *r, uint64_t at, const uint8_t *packed,
           const struct silk_block *b, struct tryst_error *err)
{
	struct tryst_health *health = &r->sink->health;
	uint8_t *plain = tryst_sink_scratch(r->sink, SLOT_PLAIN, SILK_BLOCK_MAX);

	if (!plain)
		return tryst_error_nomem(err);
	if (tryst_silk_unpack(s->head.packing, packed, b->packed, plain, b->plain))
		return tryst_fixed_take(r, plain, b->plain, at, 0, err);
	health->damaged_blocks++;
	health->damaged_bytes += b->packed;
	tryst_health_note(health, at, 0,
	                  "block at offset %llu: does not unpack (%u bytes), records lost: %u",
	                  (unsigned long long)at, b->packed, b->plain / s->head.fixed.layout->size);
	return 0;
}

static int
read_blocks(struct silk_source *s, struct tryst_fixed_reading *r, const struct silk_part *part,
            struct tryst_error *err)
{
	uint8_t *data = tryst_sink_scratch(r->sink, SLOT_PACKED, SILK_PART_MAX);
	size_t len = (size_t)(part->to - part->from), at = 0;
	ssize_t got;
	int rc = 0;

	assert(len <= SILK_PART_MAX);
	if (!data)
		return tryst_error_nomem(err);
	got = tryst_file_read(&s->file, part->from, data, len, err);
	if (got < 0)
		return (int)got;
	while (rc == 0 && at < len) {
		struct silk_block b;

		/* They were all there when the file was opened. */
		if ((size_t)got < len || len - at < SILK_BLOCK_HEAD ||
		    !tryst_silk_block(&s->head, data + at, &b) ||
		    b.packed > len - at - SILK_BLOCK_HEAD)
			return tryst_error_set(err, TRYST_ERR_IO,
			                       "offset %llu: the file changed while it was read",
			                       (unsigned long long)(part->from + at));
		rc = take_block(s, r, part->from + at, data + at + SILK_BLOCK_HEAD, &b, err);
		at += SILK_BLOCK_HEAD + b.packed;
	}
	return rc;
}

static int
silk_read(struct tryst_source *source, size_t part, struct tryst_sink *sink,
          struct tryst_error *err)
{
	struct silk_source *s = (struct silk_source *)source;
	struct tryst_fixed_reading *r = tryst_sink_scratch(sink, SLOT_READING, sizeof(*r));
	int rc;

	if (!r)
		return tryst_error_nomem(err);
	tryst_fixed_begin(r, &s->head.fixed, source, sink);
	rc = s->head.packing == SILK_PLAIN
	             ? tryst_fixed_part(r, &s->file, s->head.data_at, part, err)
	             : read_blocks(s, r, &s->parts.list[part], err);
	return tryst_fixed_end(r, rc, err);
}

static void
silk_close(struct tryst_source *source)
{
	struct silk_source *s = (struct silk_source *)source;

	tryst_file_close(&s->file);
	free(s->parts.list);
	free(s);
}

static const struct tryst_source_ops silk_ops = {
	.read = silk_read,
	.close = silk_close,
	.tests_window = true,
	.tests_addresses = true,
};

static int
find_parts(struct silk_source *s, struct tryst_health *health, struct tryst_error *err)
{
	int rc = 0;

	if (s->head.packing == SILK_PLAIN) {
		s->base.parts = tryst_fixed_parts(s->head.fixed.layout, &s->file,
		                                  s->file.size - s->head.data_at, health);
	} else {
		rc = tryst_silk_parts(&s->parts, &s->head, &s->file, health, err);
		s->base.parts = s->parts.count;
	}
	return rc;
}

static int
silk_open(const struct tryst_file *file, struct tryst_input *in, const struct tryst_request *req,
          const struct tryst_read_options *options, struct tryst_source **out,
          struct tryst_error *err)
{
	struct silk_source *s = calloc(1, sizeof(*s));
	bool flows = true;
	int rc;

	(void)options;
	if (!s)
		return tryst_error_nomem(err);
	s->base = (struct tryst_source){ .ops = &silk_ops, .input = in, .request = *req };
	s->file = *file;
	rc = tryst_silk_head(&s->head, file, &flows, err);
	in->skipped = in->walked && !flows;
	if (rc == 0)
		rc = find_parts(s, &in->health, err);
	if (rc < 0) {
		free(s->parts.list);
		free(s);
		return rc;
	}
	*out = &s->base;
	return 0;
}

const struct tryst_reader tryst_reader_silk = {
	.name = "silk",
	.help = "SiLK flow records: FT_RWGENERIC 5, FT_RWIPV6 1-2, FT_RWIPV6ROUTING 1-3",
	.seeks = true,
	.probe = silk_probe,
	.open = silk_open,
};
