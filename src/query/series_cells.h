/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts by row and bin of time: what one thread of a series sums.  Bins are kept in chunks of 64
 * neighbours, so times may lie anywhere and cost what they use; the budget bounds it all.
 */
#ifndef TRYST_QUERY_SERIES_CELLS_H
#define TRYST_QUERY_SERIES_CELLS_H

#include "query/group_pages.h"

struct tryst_series_cell {
	uint64_t flows, packets, bytes; /* wrap at 2^64 */
};

#define TRYST_SERIES_CHUNK 64

struct tryst_series_cells {
	struct tryst_group_budget *budget;
	struct tryst_group_pages slots;
	struct tryst_group_pages chunks;
	uint64_t seed[2];
	size_t used, capacity; /* chunks */
	unsigned slot_bits;
	unsigned moves; /* how often cells have moved: pointers from before are void */
};

/* TRYST_ERR_LIMIT when the budget has no room even for an empty one. */
int tryst_series_cells_init(struct tryst_series_cells *c, struct tryst_group_budget *budget,
                            struct tryst_error *err);
void tryst_series_cells_fini(struct tryst_series_cells *c);

/* What an empty one takes. */
size_t tryst_series_cells_bytes_min(void);

/* The cell of a row and bin, 0 at first; TRYST_ERR_LIMIT with a text when the budget is used up. */
int tryst_series_cells_get(struct tryst_series_cells *c, uint32_t row, int64_t bin,
                           struct tryst_series_cell **out, struct tryst_error *err);

/*
 * Walks the chunks in no order: *at counts from 0, `bin` is the first of TRYST_SERIES_CHUNK.
 * False behind the last.
 */
bool tryst_series_cells_next(const struct tryst_series_cells *c, size_t *at, uint32_t *row,
                             int64_t *bin, const struct tryst_series_cell **cells);

static inline void
tryst_series_cell_add(struct tryst_series_cell *a, const struct tryst_series_cell *b)
{
	a->flows += b->flows;
	a->packets += b->packets;
	a->bytes += b->bytes;
}

#endif
