/* SPDX-License-Identifier: Apache-2.0 */
#include "read/nfdump_units.h"

#include <stdlib.h>

#include "base/library.h"
#include "read/file.h"
#include "read/lz4_entry.h"
#include "read/nfdump_blocks.h"

/*
 * An entry every so many units, if its history takes no more than this part of the packed bytes
 * since the one before: the nearer they are, the less is unpacked for a record, and the larger is
 * the index.  Whoever changes this raises TRYST_SHARD_VERSION.
 */
#define ENTRY_UNITS 4u
#define ENTRY_SHARE 28u

struct tryst_nf_maker {
	struct tryst_lz4_walk walk;
	struct tryst_lz4_marks marks; /* of the block */
	struct tryst_nf_entry last;
	unsigned units;         /* since the last one */
	unsigned wanted, delay; /* at so many the next is made; if it is too large, so many later */
	uint8_t packed[2][TRYST_LZ4_HISTORY_MAX]; /* the last one's history and the next one's */
	unsigned next;
	struct tryst_lz4_history memory;
};

void
tryst_nf_units_fini(struct tryst_nf_units *units)
{
	free(units->list);
	free(units->maker);
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

static void
maker_again(struct tryst_nf_maker *m)
{
	m->units = 0;
	m->wanted = ENTRY_UNITS;
	m->delay = 1;
}

/* A block begins. */
static int
maker_begin(struct tryst_nf_units *units, const struct nf_block *b, const uint8_t *packed,
            struct tryst_error *err)
{
	if (b->packing != NF_LZ4)
		return 0;
	if (!units->maker)
		units->maker = malloc(sizeof(*units->maker));
	if (!units->maker)
		return tryst_error_nomem(err);
	units->maker->walk = (struct tryst_lz4_walk){ .packed = packed,
		                                      .len = b->size,
		                                      .marks = &units->maker->marks };
	tryst_lz4_marks_make(&units->maker->marks, packed, b->size);
	units->maker->last = (struct tryst_nf_entry){ 0 };
	units->maker->next = 0;
	maker_again(units->maker);
	return 0;
}

/* An entry at the place of the walk, if it is not too large. */
static void
maker_try(struct tryst_nf_maker *m, const uint8_t *data)
{
	size_t max = (m->walk.at - m->last.packed) / ENTRY_SHARE;
	uint8_t *history = m->packed[m->next];
	size_t len = tryst_lz4_history_pack(&m->memory, &m->walk, data, history, max);

	if (!len) {
		/* Later there is more room; but to try costs time. */
		m->wanted += m->delay;
		m->delay *= 2;
		return;
	}
	m->last = (struct tryst_nf_entry){ m->walk.at, m->walk.plain, history, (uint32_t)len };
	m->next ^= 1;
	maker_again(m);
}

/* Notes where the unpacking for a unit begins and ends, in a block that unpacks to `data`. */
static void
maker_note(struct tryst_nf_maker *m, const uint8_t *data, struct tryst_nf_unit *unit)
{
	tryst_lz4_walk_to(&m->walk, unit->from);
	if (m->units == m->wanted)
		maker_try(m, data);
	m->units++;
	unit->entry = m->last;
	tryst_lz4_walk_to(&m->walk, unit->to);
	unit->packed_to = tryst_lz4_walk_enough(&m->walk);
}

int
tryst_nf_walk_units(struct nf_reading *r, struct tryst_nf_units *units, const struct nf_block *b,
                    uint32_t part, const uint8_t *data, size_t len, struct tryst_error *err)
{
	int rc = maker_begin(units, b, r->packed, err);

	for (size_t at = 0, n; at < len && rc == 0; at += n) {
		uint64_t before = r->sink->health.flows;
		struct tryst_nf_unit unit = {
			.offset = b->offset,
			.size = b->size,
			.from = (uint32_t)at,
			.part = part,
			.first = (uint32_t)before,
			.packing = b->packing,
			.packed_to = b->size,
		};

		/* What is damaged goes with the records before it. */
		n = len - at;
		r->before = at;
		rc = tryst_nf_walk_unit(r, data + at, &n, err);
		if (rc < 0 || r->sink->health.flows == before)
			continue;
		unit.to = (uint32_t)(at + n);
		unit.rows = (uint16_t)(r->sink->health.flows - before);
		if (b->packing == NF_LZ4)
			maker_note(units->maker, data, &unit);
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

/* Unpacks n units from their entry on; false: then the whole block is needed. */
static bool
load_from_entry(const struct tryst_file *file, const struct tryst_nf_unit *u, size_t n,
                uint8_t *packed, uint8_t *memory, uint8_t *plain)
{
	const struct tryst_nf_entry *e = &u->entry;
	const struct tryst_nf_unit *last = &u[n - 1];
	uint32_t packed_to = TRYST_MIN(last->packed_to, u->size);

	if (e->packed >= packed_to || e->plain > u->from ||
	    !read_all(file, packed, packed_to - e->packed, u->offset + NF_BLOCK_HEADER + e->packed))
		return false;
	if (e->history &&
	    !tryst_lz4_history_unpack(e->history, e->history_len, memory, plain, e->plain))
		return false;
	return tryst_lz4_unpack_from(packed, packed_to - e->packed, plain, e->plain, last->to,
	                             NF_BLOCK_MAX);
}

/*
 * The bytes of a block from the first to the last of n units in it, which have one entry; `data`
 * stands for byte 0.  NULL: no memory, or they cannot be read (*lost).
 */
static const uint8_t *
load_units(const struct tryst_file *file, const struct tryst_nf_unit *u, size_t n,
           struct tryst_sink *sink, bool *lost)
{
	uint32_t from = u[0].from, to = u[n - 1].to;
	uint64_t at = u->offset + NF_BLOCK_HEADER;
	size_t room = TRYST_MAX(u->size, (uint32_t)1 << 20);
	uint8_t *packed, *plain;

	*lost = to <= from || to > NF_BLOCK_MAX;
	if (*lost)
		return NULL;
	plain = tryst_sink_scratch(sink, 1, NF_BLOCK_MAX);
	if (!plain)
		return NULL;
	if (u->packing == NF_PLAIN) {
		*lost = to > u->size || !read_all(file, plain + from, to - from, at + from);
		return *lost ? NULL : plain;
	}
	packed = tryst_sink_scratch(sink, 0, room + TRYST_LZ4_HISTORY_MAX);
	if (!packed)
		return NULL;
	if (u->packing == NF_LZ4 && load_from_entry(file, u, n, packed, packed + room, plain))
		return plain;
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
	                  "indexed and cannot be read now as they were",
	                  (unsigned long long)u->offset, n);
}

/*
 * Reads n units of one block that have one entry; those that cannot be read, or have not as many
 * flow records as they had, are added to *lost.
 */
static int
units_read(const struct tryst_file *file, const struct tryst_nf_unit *u, size_t n,
           struct nf_reading *r, size_t *lost, struct tryst_error *err)
{
	bool gone = false;
	int rc = tryst_nf_unpack_ready(u->packing, err);
	const uint8_t *data;

	if (rc < 0)
		return rc;
	data = load_units(file, u, n, r->sink, &gone);
	if (gone)
		*lost += n;
	else if (!data)
		rc = tryst_error_nomem(err);
	r->offset = u->offset;
	for (size_t i = 0; i < n && data && rc == 0; i++) {
		uint64_t before = r->sink->health.flows;

		if (atomic_load_explicit(r->sink->stop, memory_order_relaxed))
			return tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
		r->before = u[i].from;
		/* The walk counts on from the flows so far. */
		r->sink->record_base = ((uint64_t)u[i].part << 32) + u[i].first - before;
		if (u[i].to > u[i].from && u[i].from >= u[0].from && u[i].to <= u[n - 1].to)
			rc = tryst_nf_walk_v3(r, data + u[i].from, u[i].to - u[i].from, err);
		*lost += rc == 0 && r->sink->health.flows - before != u[i].rows;
	}
	return rc;
}

static bool
same_block(const struct tryst_nf_unit *a, const struct tryst_nf_unit *b)
{
	return a->offset == b->offset && a->size == b->size && a->packing == b->packing;
}

/* Reads n units of one block. */
static int
block_read(const struct tryst_file *file, const struct tryst_nf_unit *u, size_t n,
           struct nf_reading *r, struct tryst_health *found, struct tryst_error *err)
{
	size_t lost = header_same(file, u) ? 0 : n;
	int rc = 0;

	for (size_t i = lost, k; i < n && rc == 0; i += k) {
		for (k = 1; i + k < n && u[i + k].entry.packed == u[i].entry.packed; k++)
			;
		rc = units_read(file, u + i, k, r, &lost, err);
	}
	if (lost)
		units_lost(u, lost, found);
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
	r->full_to = NULL;
	r->map_count = 0;
	r->more_flows = 0;
	/* They are counted, and nobody is told: whoever has an index knows already. */
	tryst_nf_exporters_init(&exporters, NULL);
	r->counted = (struct nf_counted){ .exporters = &exporters };
	tryst_health_init(&found);
	for (size_t i = 0, n; i < count && rc == 0; i += n) {
		for (n = 1; i + n < count && same_block(&units[i + n], &units[i]); n++)
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
