/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rows of a block can be within bounds, found where the numbers stand: entries of a
 * dictionary are looked at instead of rows, packed numbers are compared as they are.  What cannot
 * be said so stays in: rows are tested again by whoever asked.
 */
#include <string.h>

#include "store/block.h"
#include "store/column_impl.h"
#include "store/match.h"

#define WORDS(rows) (((rows) + 63) / 64)
#define FEW 8 /* one row of so many is few: their numbers are read one by one */

struct range {
	uint64_t lo, hi;
};

static bool
in_range(struct range r, uint64_t v)
{
	return v - r.lo <= r.hi - r.lo;
}

static void
fill_mask(uint64_t *mask, uint32_t rows, bool all)
{
	memset(mask, all ? 0xff : 0, WORDS(rows) * sizeof(*mask));
}

static void
put_bit(uint64_t *mask, uint32_t row, bool in)
{
	uint64_t word = mask[row / 64];

	mask[row / 64] = (word & ~((uint64_t)1 << row % 64)) | (uint64_t)in << row % 64;
}

/* The largest number of so many bits. */
static uint64_t
largest(unsigned bits)
{
	return bits >= 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
}

/*
 * Packed numbers above a base, cut to a column whose largest number is max.  As sums wrap there,
 * the numbers meant may be those outside of a range.
 */
static void
match_numbers(const uint8_t *bits, uint32_t count, unsigned width, uint64_t base, struct range r,
              uint64_t max, uint64_t *mask)
{
	uint64_t top = largest(width), lo = (r.lo - base) & max, hi = (r.hi - base) & max;
	bool wraps = lo > hi;

	if (top > max) {
		fill_mask(mask, count, true);
		return;
	}
	if (wraps) {
		uint64_t end = hi;

		hi = lo - 1;
		lo = end + 1;
	}
	if (lo > TRYST_MIN(hi, top)) {
		fill_mask(mask, count, wraps);
		return;
	}
	tryst_match_best()->range(mask, bits, count, width, lo, TRYST_MIN(hi, top));
	for (uint32_t w = 0; wraps && w < WORDS(count); w++)
		mask[w] = ~mask[w];
}

static void
match_packed(const struct tryst_packed *p, uint32_t rows, struct range r, uint64_t max,
             uint64_t *mask)
{
	match_numbers(p->bits, rows, p->width, p->base, r, max, mask);
	for (uint32_t i = 0; i < p->exceptions; i++) {
		uint32_t row = tryst_packed_place(p, i);
		uint64_t v =
			p->base + tryst_pack_get(p->bits, p->width, row) + tryst_packed_high(p, i);

		put_bit(mask, row, in_range(r, v & max));
	}
}

/* Entries that are not there stay in: reading them finds it. */
static void
match_dict(const struct tryst_column *c, struct range r, uint64_t max, uint64_t *mask)
{
	const struct tryst_packed *p = &c->packed;
	struct tryst_match_set set;

	if (p->width > 8 || p->base) {
		fill_mask(mask, c->count, true);
		return;
	}
	memset(&set, 0xff, sizeof(set));
	match_numbers(c->values, c->values_count, c->values_width, c->values_base, r, max,
	              set.words);
	if (c->values_count % 64)
		set.words[c->values_count / 64] |= ~largest(c->values_count % 64);
	tryst_match_best()->set(mask, p->bits, c->count, p->width, &set);
	for (uint32_t i = 0; i < p->exceptions; i++) {
		uint32_t row = tryst_packed_place(p, i);
		uint64_t e = tryst_pack_get(p->bits, p->width, row) + tryst_packed_high(p, i);

		put_bit(mask, row, e >= TRYST_DICT_MAX || tryst_match_set_has(&set, (unsigned)e));
	}
}

/* The rows of a chunk whose number, of a column of so many bytes, may be in a range. */
static void
match_column(const struct tryst_column *c, size_t size, struct range r, uint64_t *mask)
{
	uint64_t max = largest((unsigned)size * 8);

	r.hi = TRYST_MIN(r.hi, max);
	if (r.lo > max) {
		fill_mask(mask, c->count, false);
		return;
	}
	switch (c->encoding) {
	case TRYST_ENCODING_CONST:
		fill_mask(mask, c->count, in_range(r, c->first & max));
		break;
	case TRYST_ENCODING_PACKED:
		match_packed(&c->packed, c->count, r, max, mask);
		break;
	case TRYST_ENCODING_DICT:
		match_dict(c, r, max, mask);
		break;
	default:
		fill_mask(mask, c->count, true);
	}
}

/* A stream that is not there is 0.  False: damaged. */
static bool
match_stream(struct tryst_group *g, unsigned stream, size_t size, struct range r, uint64_t *mask,
             struct tryst_block_fault *fault)
{
	const struct tryst_column *c;
	int rc = tryst_group_column(g, stream, &c, fault);

	if (rc > 0)
		match_column(c, size, r, mask);
	else if (rc == 0)
		fill_mask(mask, g->rows, r.lo == 0);
	return rc >= 0;
}

/* The rows whose ports change places. */
static bool
match_swapped(struct tryst_group *g, uint64_t *mask, struct tryst_block_fault *fault)
{
	uint8_t swap[TRYST_BATCH_ROWS + 7];
	const struct tryst_column *c;
	int rc = tryst_group_column(g, TRYST_STREAM_port_swap, &c, fault);

	fill_mask(mask, g->rows, rc > 0 && c->encoding == TRYST_ENCODING_CONST && (c->first & 1));
	if (rc <= 0 || c->encoding == TRYST_ENCODING_CONST)
		return rc >= 0;
	if (c->encoding == TRYST_ENCODING_PACKED && c->packed.width == 1 && !c->packed.base &&
	    !c->packed.exceptions) {
		/* The packed bits are the mask; what is behind them does no harm. */
		for (uint32_t w = 0; w < WORDS(g->rows); w++)
			mask[w] = tryst_load_le64(c->packed.bits + (size_t)8 * w);
		return true;
	}
	if (!tryst_group_stream(g, TRYST_STREAM_port_swap, NULL, g->rows, swap, 1, fault))
		return false;
	for (uint32_t i = 0; i < g->rows; i++)
		mask[i / 64] |= (uint64_t)(swap[i] & 1) << i % 64;
	return true;
}

static bool
match_port(struct tryst_group *g, enum tryst_field field, struct range r, uint64_t *mask,
           struct tryst_block_fault *fault)
{
	uint64_t low[WORDS(TRYST_BATCH_ROWS)], swap[WORDS(TRYST_BATCH_ROWS)];
	/* The smaller one is the destination's where they change places. */
	uint64_t flip = field == TRYST_FIELD_src_port ? UINT64_MAX : 0;

	if (!match_stream(g, TRYST_STREAM_port_low, 2, r, low, fault) ||
	    !match_stream(g, TRYST_STREAM_port_high, 2, r, mask, fault) ||
	    !match_swapped(g, swap, fault))
		return false;
	for (uint32_t w = 0; w < WORDS(g->rows); w++)
		mask[w] ^= (mask[w] ^ low[w]) & (swap[w] ^ flip);
	return true;
}

/*
 * The largest number of a chunk but for its exceptions, of which the rows are set in the mask.
 * UINT64_MAX where that is not known.
 */
static uint64_t
most(const struct tryst_column *c, uint64_t *mask)
{
	uint64_t values[TRYST_DICT_MAX + 7], top = largest(c->packed.width), max = 0;

	if (c->encoding == TRYST_ENCODING_CONST)
		return c->first;
	if (c->encoding != TRYST_ENCODING_PACKED && c->encoding != TRYST_ENCODING_DICT)
		return UINT64_MAX;
	for (uint32_t i = 0; i < c->packed.exceptions; i++)
		put_bit(mask, tryst_packed_place(&c->packed, i), true);
	if (c->encoding == TRYST_ENCODING_PACKED)
		return top > UINT64_MAX - c->packed.base ? UINT64_MAX : c->packed.base + top;
	tryst_unpack_into(values, 8, c->values, c->values_count, c->values_width, c->values_base);
	for (uint32_t e = 0; e < c->values_count; e++)
		max = TRYST_MAX(max, values[e]);
	return max;
}

/* The rows of a mask, in order; returns how many. */
static uint32_t
list_rows(const uint64_t *mask, uint32_t rows, uint16_t *out)
{
	uint32_t n = 0;

	for (uint32_t w = 0; w < WORDS(rows); w++) {
		for (uint64_t bits = mask[w]; bits; bits &= bits - 1)
			out[n++] = (uint16_t)(w * 64 + (uint32_t)__builtin_ctzll(bits));
	}
	return n;
}

/*
 * Bytes are packets times a quotient and a rest: without this many packets no row comes to `lo`,
 * but for those whose quotient or rest is an exception, which are set in `beyond`.
 */
static bool
least_packets(struct tryst_group *g, uint64_t lo, uint64_t *beyond, uint64_t *packets,
              struct tryst_block_fault *fault)
{
	const struct tryst_column *quotient, *rest;
	uint64_t by = 0, more = 0;
	int rc = tryst_group_column(g, TRYST_STREAM_bytes_quotient, &quotient, fault);

	fill_mask(beyond, g->rows, false);
	if (rc > 0) {
		by = most(quotient, beyond);
		rc = tryst_group_column(g, TRYST_STREAM_bytes_rest, &rest, fault);
	}
	if (rc > 0)
		more = most(rest, beyond);
	*packets = lo > more && by > 0 ? (lo - more - 1) / by + 1 : 0;
	return rc >= 0;
}

/* The rows whose bytes may be in a range; there may be many more than are. */
static bool
match_bytes(struct tryst_group *g, struct range r, uint64_t *mask, struct tryst_block_fault *fault)
{
	uint64_t beyond[WORDS(TRYST_BATCH_ROWS)], packets;

	if (!tryst_group_has(g, TRYST_STREAM_bytes_quotient))
		return match_stream(g, TRYST_FIELD_bytes, 8, r, mask, fault);
	if (!least_packets(g, r.lo, beyond, &packets, fault) ||
	    !match_stream(g, TRYST_FIELD_packets, 8, (struct range){ packets, UINT64_MAX }, mask,
	                  fault))
		return false;
	for (uint32_t w = 0; w < WORDS(g->rows); w++)
		mask[w] |= beyond[w];
	return true;
}

/* The rows whose number of a field may be in a range.  False: damaged. */
static bool
match_field(struct tryst_group *g, enum tryst_field field, struct range r, uint64_t *mask,
            struct tryst_block_fault *fault)
{
	switch (field) {
	case TRYST_FIELD_src_port:
	case TRYST_FIELD_dst_port:
		return match_port(g, field, r, mask, fault);
	case TRYST_FIELD_bytes:
		return match_bytes(g, r, mask, fault);
	default:
		if (field != TRYST_FIELD_end_ms &&
		    (TRYST_STORED_BITS & ~TRYST_ADDRESS_BITS) >> field & 1)
			return match_stream(g, field, tryst_field_info(field)->size, r, mask,
			                    fault);
		fill_mask(mask, g->rows, true);
		return true;
	}
}

/* Of the rows of a mask, if they are few, those whose bytes are in a range. */
static bool
pick_bytes(struct tryst_group *g, struct range r, uint64_t *mask, struct tryst_block_fault *fault)
{
	uint64_t bytes[TRYST_BATCH_ROWS / FEW], packets[TRYST_BATCH_ROWS / FEW],
		rest[TRYST_BATCH_ROWS / FEW];
	uint16_t rows[TRYST_BATCH_ROWS];
	uint32_t n = list_rows(mask, g->rows, rows);

	if (n == 0 || n > TRYST_ARRAY_SIZE(bytes))
		return true;
	if (!tryst_group_stream(g, TRYST_FIELD_packets, rows, n, packets, 8, fault) ||
	    !tryst_group_stream(g, TRYST_STREAM_bytes_quotient, rows, n, bytes, 8, fault) ||
	    !tryst_group_stream(g, TRYST_STREAM_bytes_rest, rows, n, rest, 8, fault))
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (!in_range(r, bytes[i] * packets[i] + rest[i]))
			put_bit(mask, rows[i], false);
	}
	return true;
}

static bool
is_zero(const uint64_t *mask, uint32_t rows)
{
	uint64_t any = 0;

	for (uint32_t w = 0; w < WORDS(rows); w++)
		any |= mask[w];
	return !any;
}

/* Clears the rows that are not within a bound.  False: damaged. */
static bool
narrow(struct tryst_group *g, const struct tryst_bound *b, uint64_t *mask,
       struct tryst_block_fault *fault)
{
	uint64_t first[WORDS(TRYST_BATCH_ROWS)], second[WORDS(TRYST_BATCH_ROWS)] = { 0 };
	struct range r = { b->lo, b->hi };

	if (!match_field(g, b->field, r, first, fault) ||
	    (b->other != b->field && !match_field(g, b->other, r, second, fault)))
		return false;
	for (uint32_t w = 0; w < WORDS(g->rows); w++)
		mask[w] &= first[w] | second[w];
	return b->field != TRYST_FIELD_bytes || b->other != TRYST_FIELD_bytes ||
	       !tryst_group_has(g, TRYST_STREAM_bytes_quotient) || pick_bytes(g, r, mask, fault);
}

/*
 * Bounds of one chunk come first, those of ports, which have three, later, and bytes, which are
 * computed of the rows that are left, last.
 */
static unsigned
rank(const struct tryst_bound *b)
{
	if (b->field == TRYST_FIELD_bytes)
		return 2;
	return b->field == TRYST_FIELD_src_port || b->field == TRYST_FIELD_dst_port;
}

bool
tryst_group_narrow(struct tryst_group *g, struct tryst_bounds bounds, uint16_t *rows, uint32_t *n,
                   struct tryst_block_fault *fault)
{
	uint64_t mask[WORDS(TRYST_BATCH_ROWS)];

	fill_mask(mask, g->rows, true);
	if (g->rows % 64)
		mask[g->rows / 64] = largest(g->rows % 64);
	*n = 0;
	for (unsigned pass = 0; pass < 3; pass++) {
		for (size_t i = 0; i < bounds.count; i++) {
			if (rank(&bounds.list[i]) != pass)
				continue;
			if (!narrow(g, &bounds.list[i], mask, fault))
				return false;
			if (is_zero(mask, g->rows))
				return true;
		}
	}
	*n = list_rows(mask, g->rows, rows);
	return true;
}
