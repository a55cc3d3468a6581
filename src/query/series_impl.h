/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of a series share: series.c sums, series_table.c answers. */
#ifndef TRYST_QUERY_SERIES_IMPL_H
#define TRYST_QUERY_SERIES_IMPL_H

#include "base/time.h"
#include "query/series_rows.h"

struct tryst_series {
	struct tryst_operator op; /* first: operators are cast to what they are embedded in */
	struct tryst_series_options o;
	struct tryst_group_budget budget;
	struct tryst_series_keys keys;
	struct tryst_series_rows rows; /* of the merged cells */
	struct tryst_series_cells cells;
	struct tryst_series_apart apart;
};

/* The bin that holds a time. */
static inline int64_t
tryst_series_bin(const struct tryst_series *s, int64_t ms)
{
	int64_t every = s->o.every_ms, bin = ms / every;

	return bin - (ms % every < 0);
}

#endif
