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

		from += tryst_packed_place(p, from + half - 1) < row ? half : 0;
		count -= half;
	}
	return from + (tryst_packed_place(p, from) < row);
}

/* The first n values of out are those of the rows. */
static bool
pick_wide(const struct tryst_column *c, const uint16_t *rows, uint32_t n, uint64_t *out)
{
	const struct tryst_packed *p = &c->packed;
	uint32_t from = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint64_t v = p->base + tryst_pack_get(p->bits, p->width, rows[i]);

		from = find_exception(p, from, rows[i]);
		if (from < p->exceptions && tryst_packed_place(p, from) == rows[i])
			v += tryst_packed_high(p, from);
		if (c->encoding == TRYST_ENCODING_DICT) {
			if (v >= c->values_count)
				return false;
			v = c->values_base +
			    tryst_pack_get(c->values, c->values_width, (uint32_t)v);
		}
		out[i] = v;
	}
	return true;
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
		pick_delta(c, rows, n, picked);
	else if (!pick_wide(c, rows, n, picked))
		return false;
	tryst_column_narrow(out, size, picked, NULL, n);
	return true;
}
