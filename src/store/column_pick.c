/* SPDX-License-Identifier: Apache-2.0 */
/* Single values of a chunk: what a scan reads of the few rows that a filter has left. */
#include <string.h>

#include "store/column_impl.h"

/*
 * The first exception from `from` on that is of the row or a later one.  Without a branch on the
 * data: where a row is among the exceptions, nobody can foresee.
 */
static uint32_t
find_exception(const struct tryst_packed *p, uint32_t from, uint32_t row)
{
	uint32_t count = p->exceptions - from;

	if (count == 0)
		return from;
	while (count > 1) {
		uint32_t half = count / 2;

		from += half & -(uint32_t)(tryst_packed_place(p, from + half - 1) < row);
		count -= half;
	}
	return from + (tryst_packed_place(p, from) < row);
}

/* Of numbers as wide as they come. */
static void
get_wide(const uint8_t *bits, const uint16_t *rows, uint32_t n, uint64_t base, uint64_t *out)
{
	for (uint32_t i = 0; i < n; i++)
		out[i] = base + tryst_load_le64(bits + (size_t)8 * rows[i]);
}

/* The numbers of the rows as they are packed: nothing in the loop but what one row costs. */
static void
get_packed(const struct tryst_packed *p, const uint16_t *rows, uint32_t n, uint64_t *out)
{
	const uint8_t *bits = p->bits;
	const unsigned width = p->width;
	const uint64_t base = p->base, mask = ((uint64_t)1 << width % 64) - 1;

	if (width == 64) {
		get_wide(bits, rows, n, base, out);
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t bit = rows[i] * width;

		out[i] = base + (tryst_load_le64(bits + bit / 8) >> bit % 8 & mask);
	}
}

static void
patch_exceptions(const struct tryst_packed *p, const uint16_t *rows, uint32_t n, uint64_t *out)
{
	uint32_t from = 0;

	for (uint32_t i = 0; i < n && from < p->exceptions; i++) {
		from = find_exception(p, from, rows[i]);
		if (from < p->exceptions && tryst_packed_place(p, from) == rows[i])
			out[i] += tryst_packed_high(p, from);
	}
}

/* Values for the numbers of entries. */
static bool
look_up(const struct tryst_column *c, uint32_t n, uint64_t *out)
{
	const struct tryst_packed values = { .bits = c->values,
		                             .base = c->values_base,
		                             .width = c->values_width };
	uint16_t entries[TRYST_BATCH_ROWS];
	uint64_t largest = 0;

	for (uint32_t i = 0; i < n; i++) {
		largest = TRYST_MAX(largest, out[i]);
		entries[i] = (uint16_t)out[i];
	}
	if (largest >= c->values_count)
		return false;
	get_packed(&values, entries, n, out);
	return true;
}

/* The first n values of out are those of the rows. */
static bool
pick_wide(const struct tryst_column *c, const uint16_t *rows, uint32_t n, uint64_t *out)
{
	get_packed(&c->packed, rows, n, out);
	patch_exceptions(&c->packed, rows, n, out);
	return c->encoding != TRYST_ENCODING_DICT || look_up(c, n, out);
}

/* Of differences without a base: all before a row are added up, eight by eight, unseen. */
static void
pick_delta(const struct tryst_column *c, const uint16_t *rows, uint32_t n, uint64_t *out)
{
	const struct tryst_unpack *u = tryst_unpack_best();
	const struct tryst_packed *p = &c->packed;
	uint64_t sum = c->first; /* of the numbers before `at`, as if there were no exceptions, */
	uint64_t beyond = 0;     /* and what the exceptions are more */
	uint32_t at = 0, next = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t row = rows[i], to = (row + 1) & ~7U;
		uint64_t v;

		sum += u->zigzag_sum(p->bits + (size_t)(at / 8) * p->width, to - at, p->width);
		at = to;
		for (; next < p->exceptions && tryst_packed_place(p, next) <= row; next++) {
			uint64_t low =
				tryst_pack_get(p->bits, p->width, tryst_packed_place(p, next));

			beyond += tryst_unzigzag(low + tryst_packed_high(p, next)) -
			          tryst_unzigzag(low);
		}
		v = sum + beyond;
		for (uint32_t k = at; k <= row; k++)
			v += tryst_unzigzag(tryst_pack_get(p->bits, p->width, k));
		out[i] = v;
	}
}

bool
tryst_column_pick(const struct tryst_column *c, const uint16_t *rows, uint32_t n, void *out,
                  size_t size)
{
	uint64_t wide[TRYST_BATCH_ROWS + 7], picked[TRYST_BATCH_ROWS];

	if (n == 0)
		return true;
	if (c->encoding == TRYST_ENCODING_CONST) {
		tryst_column_fill(out, size, c->first, n);
		return true;
	}
	/* One alone costs about as much as ten in a row. */
	if (n >= c->count / 8 || (c->encoding == TRYST_ENCODING_DELTA && c->packed.base)) {
		if (!tryst_column_decode(c, wide, 8))
			return false;
		tryst_column_narrow(out, size, wide, rows, n);
		return true;
	}
	if (c->encoding == TRYST_ENCODING_DELTA)
		pick_delta(c, rows, n, size == 8 ? out : picked);
	else if (!pick_wide(c, rows, n, size == 8 ? out : picked))
		return false;
	if (size != 8)
		tryst_column_narrow(out, size, picked, NULL, n);
	return true;
}
