/* SPDX-License-Identifier: Apache-2.0 */
/* What the formats of counts over time share. */
#ifndef TRYST_CLI_OUT_SERIES_IMPL_H
#define TRYST_CLI_OUT_SERIES_IMPL_H

#include "cli/out_series.h"
#include "cli/put.h"

/* Whether the order is by what is per second, or per packet. */
static inline bool
tryst_series_is_rate(enum tryst_order order)
{
	return order > TRYST_ORDER_BYTES;
}

/* The number of the row of all. */
static inline size_t
tryst_series_row_total(const struct tryst_series_answer *a)
{
	return a->table->keys + TRYST_SERIES_TOTAL;
}

/* Which rows are shown: others and unknown only where they are anything. */
struct tryst_series_shown {
	size_t keys;
	bool more[TRYST_SERIES_MORE];
};

static inline bool
tryst_series_row_shown(const struct tryst_series_shown *s, size_t row)
{
	return row < s->keys || s->more[row - s->keys];
}

struct tryst_series_shown tryst_series_rows_shown(const struct tryst_series_answer *a);

/* "key", "other", "unknown", "total". */
const char *tryst_series_row_name(const struct tryst_series_answer *a, size_t row);

/* The sum of a row over all bins. */
struct tryst_series_cell tryst_series_row_sum(const struct tryst_series_answer *a, size_t row);

/* When a bin begins, whole seconds without their zeros; its length. */
size_t tryst_series_time_text(const struct tryst_series_answer *a, size_t bin, char between,
                              bool zone, char out[PUT_MAX]);

void tryst_series_render_table(const struct tryst_series_answer *a, struct tryst_buf *out);

#endif
