/* SPDX-License-Identifier: Apache-2.0 */
#include "read/nfdump_units.h"

#include <stdlib.h>

#include "base/library.h"
#include "read/file.h"
#include "read/nfdump_blocks.h"

void
tryst_nf_units_fini(struct tryst_nf_units *units)
{
	free(units->list);
	*units = (struct tryst_nf_units){ 0 };
}

static int
units_add(struct tryst_nf_units *units, const struct tryst_nf_unit *unit, struct tryst_error *err)
{
	if (units->count == units->room) {
		size_t room = TRYST_MAX(units->room * 2, (size_t)64);
		struct tryst_nf_unit *list = reallocarray(units->list, room, sizeof(*list));

		if (!list)
			return tryst_error_nomem(err);
		units->list = list;
		units->room = room;
	}
	units->list[units->count++] = *unit;
	return 0;
}

/* The length of what holds at most TRYST_NF_UNIT_ROWS records that may be flows. */
static size_t
unit_length(const uint8_t *data, size_t len)
{
	size_t at = 0;

	for (unsigned flows = 0; len - at >= 4;) {
		uint16_t size = tryst_load_le16(data + at + 2);

		flows += tryst_load_le16(data + at) == NF_RECORD_V3;
		if (flows > TRYST_NF_UNIT_ROWS)
			return at;
		if (size < 4 || size > len - at)
			break;
		at += size;
	}
	/* What is damaged goes with the records before it. */
	return len;
}

int
tryst_nf_walk_units(struct nf_reading *r, struct tryst_nf_units *units, const struct nf_block *b,
                    uint32_t part, const uint8_t *data, size_t len, struct tryst_error *err)
{
	int rc = 0;

	for (size_t at = 0, n; at < len && rc == 0; at += n) {
		uint64_t before = r->sink->health.flows;
		struct tryst_nf_unit unit = {
			.offset = b->offset,
			.size = b->size,
			.from = (uint32_t)at,
			.part = part,
			.first = (uint32_t)before,
			.packing = b->packing,
		};

		n = unit_length(data + at, len - at);
		r->before = at;
		rc = tryst_nf_walk_v3(r, data + at, n, err);
		if (rc < 0 || r->sink->health.flows == before)
			continue;
		unit.to = (uint32_t)(at + n);
		unit.rows = (uint16_t)(r->sink->health.flows - before);
		rc = units_add(units, &unit, err);
		if (rc == 0)
			rc = r->sink->flush(r->sink, err);
	}
	r->before = 0;
	return rc;
}

/* Unpacks the first `need` bytes of a block, or all if that is all the same; 0: damaged. */
static size_t
unpack_until(enum nf_packing packing, const uint8_t *in, size_t len, uint8_t *out, size_t need)
{
	int got;

	if (packing != NF_LZ4)
		return tryst_nf_unpack(packing, in, len, out, NF_BLOCK_MAX);
	got = tryst_lz4(NULL)->LZ4_decompress_safe_partial((const char *)in, (char *)out, (int)len,
	                                                   (int)need, NF_BLOCK_MAX);
	return got > 0 ? (size_t)got : 0;
}

/* Bytes of the file as they are; false: they are not there. */
static bool
read_all(const struct tryst_file *file, void *out, size_t len, uint64_t at)
{
	return tryst_file_read(file, at, out, len, NULL) == (ssize_t)len;
}

/* Whether the header of a unit's block still stands where it stood. */
static bool
header_same(const struct tryst_file *file, const struct tryst_nf_unit *u)
{
	uint8_t p[NF_BLOCK_HEADER];

	return u->size <= NF_BLOCK_MAX && u->from < u->to && u->to <= NF_BLOCK_MAX &&
	       u->packing <= NF_ZSTD && read_all(file, p, sizeof(p), u->offset) &&
	       tryst_load_le32(p + 4) >= u->size;
}

/*
 * The bytes of a block from the first to the last of n units in it; `data` stands for byte 0.
 * NULL: no memory, or they cannot be read (*lost).
 */
static const uint8_t *
load_units(const struct tryst_file *file, const struct tryst_nf_unit *u, size_t n,
           struct tryst_sink *sink, bool *lost)
{
	uint32_t from = u[0].from, to = u[n - 1].to;
	uint64_t at = u->offset + NF_BLOCK_HEADER;
	uint8_t *packed, *plain;

	*lost = !header_same(file, u);
	if (*lost)
		return NULL;
	plain = tryst_sink_scratch(sink, 1, NF_BLOCK_MAX);
	if (!plain)
		return NULL;
	if (u->packing == NF_PLAIN) {
		*lost = to > u->size || !read_all(file, plain + from, to - from, at + from);
		return *lost ? NULL : plain;
	}
	packed = tryst_sink_scratch(sink, 0, TRYST_MAX(u->size, (uint32_t)1 << 20));
	if (!packed)
		return NULL;
	*lost = !read_all(file, packed, u->size, at) ||
	        unpack_until(u->packing, packed, u->size, plain, to) < to;
	return *lost ? NULL : plain;
}

static void
units_lost(const struct tryst_nf_unit *u, size_t n, struct tryst_health *h)
{
	h->damaged_blocks++;
	h->damaged_bytes += u->size;
	tryst_health_note(h, u->offset, 0,
	                  "block at offset %llu: %zu of its runs of records were there when it was "
	                  "indexed and cannot be read now",
	                  (unsigned long long)u->offset, n);
}

/* Reads n units of one block. */
static int
block_read(const struct tryst_file *file, const struct tryst_nf_unit *u, size_t n,
           struct nf_reading *r, struct tryst_health *found, struct tryst_error *err)
{
	bool lost = false;
	int rc = tryst_nf_unpack_ready(u->packing, err);
	const uint8_t *data;

	if (rc < 0)
		return rc;
	data = load_units(file, u, n, r->sink, &lost);
	if (lost)
		units_lost(u, n, found);
	else if (!data)
		rc = tryst_error_nomem(err);
	r->offset = u->offset;
	for (size_t i = 0; i < n && data && rc == 0; i++) {
		if (atomic_load_explicit(r->sink->stop, memory_order_relaxed))
			return tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
		r->before = u[i].from;
		/* The walk counts on from the flows so far. */
		r->sink->record_base =
			((uint64_t)u[i].part << 32) + u[i].first - r->sink->health.flows;
		if (u[i].to > u[i].from && u[i].from >= u[0].from && u[i].to <= u[n - 1].to)
			rc = tryst_nf_walk_v3(r, data + u[i].from, u[i].to - u[i].from, err);
	}
	return rc;
}

int
tryst_nf_units_read(const struct tryst_file *file, const struct tryst_nf_unit *units, size_t count,
                    const struct tryst_source *source, struct tryst_sink *sink,
                    struct tryst_error *err)
{
	struct nf_reading *r = tryst_sink_scratch(sink, 2, sizeof(*r));
	struct tryst_health found;
	struct nf_exporters exporters;
	int rc = 0;

	if (!r)
		return tryst_error_nomem(err);
	memset(r, 0, offsetof(struct nf_reading, pick));
	r->sink = sink;
	r->source = source;
	r->maps = NULL;
	r->map_places = NULL;
	r->map_count = 0;
	r->more_flows = 0;
	/* They are counted, and nobody is told: whoever has an index knows already. */
	tryst_nf_exporters_init(&exporters, NULL);
	r->counted = (struct nf_counted){ .exporters = &exporters };
	tryst_health_init(&found);
	for (size_t i = 0, n; i < count && rc == 0; i += n) {
		for (n = 1; i + n < count && units[i + n].offset == units[i].offset; n++)
			;
		rc = block_read(file, units + i, n, r, &found, err);
	}
	rc = tryst_nf_counted_end(&r->counted, rc, err);
	tryst_nf_exporters_fini(&exporters);
	/* Damage inside the blocks that was there when they were indexed is counted since then. */
	found.flows = sink->health.flows;
	sink->health = found;
	return rc;
}
