/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of nfdump's files: layout 1 (nfdump 1.6) and layout 2 (nfdump 1.7).
 *
 * Opening walks the chain of block headers and groups blocks into parts; a block header that cannot
 * be one is searched past.  Layout 2 is read in parallel.  In layout 1 a record means nothing
 * without an extension map that may stand in any earlier block, so such a file is one part;
 * archives have many. docs/formats/nfdump.md has the format.
 */
#include "read/nfdump.h"

#include <stdlib.h>

#include "read/file.h"
#include "read/nfdump_blocks.h"

struct nf_source {
	struct tryst_source base; /* first */
	struct nf_blocks blocks;
	struct tryst_file file;
	atomic_uint_fast64_t flows; /* read so far */
	atomic_size_t parts_read;
	struct nf_exporters exporters;
	struct tryst_nf_units *units; /* NULL: nobody wants to know */
};

static int
nf_probe(const struct tryst_probe *p)
{
	struct tryst_cursor c = tryst_cursor_init(p->text, p->text_len);
	uint16_t magic = tryst_cursor_le16(&c);
	uint16_t version = tryst_cursor_le16(&c);

	if (c.failed || (magic != NF_MAGIC && magic != __builtin_bswap16(NF_MAGIC)))
		return 0;
	return magic == NF_MAGIC && (version == 1 || version == 2) ? 100 : 60;
}

int
tryst_nf_other_record(struct nf_reading *r, uint16_t type, const uint8_t *record, size_t size,
                      struct tryst_error *err)
{
	if (type == NF_RECORD_EXPORTER || type == NF_RECORD_EXPORTER_STAT) {
		int rc = tryst_nf_exporters_record(r->counted.exporters, type, record, size, err);

		r->sink->health.other_records += rc == 1;
		if (rc != 0)
			return TRYST_MIN(rc, 0);
	}
	/* Extension maps in layout 2 and types beyond the known ones are of development versions.
	 */
	if (type == NF_RECORD_COMMON || type == NF_RECORD_V0 || type == 0 ||
	    type > NF_RECORD_SAMPLER) {
		r->sink->health.skipped_records++;
		tryst_health_note(
			&r->sink->health, r->offset, 0,
			"block at offset %llu: records of type %u, which no released nfdump "
			"writes in such a file",
			(unsigned long long)r->offset, type);
		return 0;
	}
	r->sink->health.other_records++;
	return 0;
}

/* Reads what stands at an offset, all of it. */
static int
read_at(const struct tryst_file *file, void *out, size_t len, uint64_t at, struct tryst_error *err)
{
	ssize_t got = tryst_file_read(file, at, out, len, err);

	if (got < 0)
		return (int)got;
	if ((size_t)got < len)
		return tryst_error_set(err, TRYST_ERR_IO,
		                       "%s: offset %llu: the file became shorter while it was read",
		                       file->path, (unsigned long long)at + (size_t)got);
	return 0;
}

/* Reads and unpacks a block into the thread's memory. *data NULL: damaged, and counted. */
static int
load_block(struct nf_source *s, struct nf_reading *r, const struct nf_block *b,
           const uint8_t **data, size_t *len, struct tryst_error *err)
{
	struct tryst_sink *sink = r->sink;
	uint8_t *packed = tryst_sink_scratch(sink, 0, TRYST_MAX(b->size, (uint32_t)1 << 20));
	uint8_t *plain;
	int rc;

	*data = NULL;
	r->packed = packed;
	if (!packed)
		return tryst_error_nomem(err);
	rc = read_at(&s->file, packed, b->size, b->offset + NF_BLOCK_HEADER, err);
	if (rc < 0)
		return rc;
	if (b->packing == NF_PLAIN) {
		*data = packed;
		*len = b->size;
		return 0;
	}
	plain = tryst_sink_scratch(sink, 1, NF_BLOCK_MAX);
	if (!plain)
		return tryst_error_nomem(err);
	*len = tryst_nf_unpack(b->packing, packed, b->size, plain, NF_BLOCK_MAX);
	if (*len) {
		*data = plain;
		return 0;
	}
	sink->health.damaged_blocks++;
	sink->health.damaged_bytes += b->size;
	tryst_health_note(
		&sink->health, b->offset, 0,
		"block at offset %llu: its %u bytes do not unpack (%s), about %u records lost",
		(unsigned long long)b->offset, b->size, tryst_nf_packing_name(b->packing),
		b->records);
	return 0;
}

static int
read_blocks(struct nf_source *s, size_t part_no, struct nf_reading *r, struct tryst_error *err)
{
	const struct nf_part *part = &s->blocks.parts[part_no];
	int rc = 0;

	for (size_t i = part->first; rc == 0 && i < part->first + part->count; i++) {
		const struct nf_block *b = &s->blocks.list[i];
		const uint8_t *data;
		size_t len;

		if (atomic_load_explicit(r->sink->stop, memory_order_relaxed))
			return tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
		rc = load_block(s, r, b, &data, &len, err);
		if (rc < 0 || !data)
			continue;
		r->offset = b->offset;
		if (b->cut) {
			r->sink->health.damaged_blocks++;
			tryst_health_note(
				&r->sink->health, b->offset, 0,
				"block at offset %llu: cut short, %u of %u bytes are there",
				(unsigned long long)b->offset, b->size, b->size + b->cut);
		}
		if (!s->blocks.v2)
			rc = tryst_nf_walk_v1(r, data, len, err);
		else if (s->units)
			rc = tryst_nf_walk_units(r, s->units, b, (uint32_t)part_no, data, len, err);
		else
			rc = tryst_nf_walk_v3(r, data, len, err);
	}
	return rc;
}

static int
nf_read(struct tryst_source *source, size_t part, struct tryst_sink *sink, struct tryst_error *err)
{
	struct nf_source *s = (struct nf_source *)source;
	struct nf_reading *r = tryst_sink_scratch(sink, 2, sizeof(*r));
	int rc;

	if (!r)
		return tryst_error_nomem(err);
	r->sink = sink;
	r->source = source;
	r->layouts = r->last = r->picks = r->map_count = 0;
	r->maps = NULL;
	r->map_places = NULL;
	r->more_flows = 0;
	r->before = 0;
	r->full_to = s->units ? s->units->full_to : NULL;
	r->counted = (struct nf_counted){ .exporters = &s->exporters };
	rc = read_blocks(s, part, r, err);
	free(r->maps);
	free(r->map_places);
	rc = tryst_nf_counted_end(&r->counted, rc, err);
	atomic_fetch_add(&s->flows, sink->health.flows + r->more_flows);
	if (atomic_fetch_add(&s->parts_read, 1) + 1 == s->base.parts && rc == 0)
		rc = tryst_nf_exporters_tell(&s->exporters, err);
	return rc;
}

static void
nf_close(struct tryst_source *source)
{
	struct nf_source *s = (struct nf_source *)source;
	uint64_t flows = atomic_load(&s->flows);

	/* The file knows how many flows it holds: fewer means that damage went unnoticed elsewhere.
	 */
	if (atomic_load(&s->parts_read) == s->base.parts && flows < s->blocks.stat_flows)
		tryst_health_note(&source->input->health, UINT64_MAX, 0,
		                  "its own statistics say %llu flows, %llu were read",
		                  (unsigned long long)s->blocks.stat_flows,
		                  (unsigned long long)flows);
	/* Where the reading was broken off, what is known so far. */
	(void)tryst_nf_exporters_tell(&s->exporters, NULL);
	tryst_nf_exporters_fini(&s->exporters);
	tryst_file_close(&s->file);
	tryst_nf_blocks_fini(&s->blocks);
	free(s);
}

static const struct tryst_source_ops nf_ops = {
	.read = nf_read,
	.close = nf_close,
	.tests_window = true,
	.tests_addresses = true,
};

static int
nf_open(const struct tryst_file *file, struct tryst_input *in, const struct tryst_request *req,
        const struct tryst_read_options *options, struct tryst_source **out,
        struct tryst_error *err)
{
	struct nf_source *s = calloc(1, sizeof(*s));
	uint8_t head[NF_V1_HEADER] = { 0 };
	int rc;

	if (!s)
		return tryst_error_nomem(err);
	s->base = (struct tryst_source){ .ops = &nf_ops, .input = in, .request = *req };
	s->file = *file;
	s->units = options->units;
	tryst_nf_exporters_init(&s->exporters, in);
	rc = file->size < 4
	             ? tryst_error_set(err, TRYST_ERR_FORMAT, "%llu bytes are no nfdump file",
	                               (unsigned long long)file->size)
	             : read_at(file, head, TRYST_MIN(file->size, sizeof(head)), 0, err);
	if (rc == 0)
		rc = tryst_nf_blocks_find(&s->blocks, file, head, &in->health, err);
	if (rc < 0) {
		tryst_nf_exporters_fini(&s->exporters);
		tryst_nf_blocks_fini(&s->blocks);
		free(s);
		return rc;
	}
	s->base.parts = s->blocks.part_count;
	*out = &s->base;
	return 0;
}

const struct tryst_reader tryst_reader_nfdump = {
	.name = "nfdump",
	.help = "files of nfdump 1.6 (layout 1) and 1.7 (layout 2), every compression",
	.seeks = true,
	.probe = nf_probe,
	.open = nf_open,
};
