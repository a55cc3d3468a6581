/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Counts over time: an operator that sums flows, packets and bytes by bins of time, for all flows
 * and for each of some keys.  docs/series.md says what is counted where.
 *
 * Bins are multiples of `every_ms` since 1970 UTC.  Every flow is in the total exactly once: what
 * is in no bin (without a time, before or behind the window) is in the counts apart.
 */
#ifndef TRYST_QUERY_SERIES_H
#define TRYST_QUERY_SERIES_H

#include "query/series_cells.h"
#include "query/top.h"

/* When a flow counts. */
enum tryst_series_at {
	TRYST_SERIES_SPREAD, /* packets and bytes evenly from start to end; the flow at its start */
	TRYST_SERIES_START,  /* all of it at its start */
	TRYST_SERIES_END,    /* at its end */
	TRYST_SERIES_RECEIVED, /* when the record was received: as files of nfcapd hold them */
};

/* A flow that lasts longer than so many bins counts at its start, whatever is asked. */
#define TRYST_SERIES_SPAN_MAX 100000

#define TRYST_SERIES_EVERY_MAX (3660 * 86400000LL)

/* The most bins that an answer has. */
#define TRYST_SERIES_BINS_MAX 1000000

struct tryst_series_options {
	const struct tryst_top_spec
		*key; /* NULL: only the total; else lives as long as the series */
	/* The keys that are told apart; the others are counted together.  NULL: all there are. */
	const struct tryst_top_row *only;
	size_t only_count;
	enum tryst_ways ways;
	enum tryst_series_at at;
	int64_t every_ms;       /* 1 to TRYST_SERIES_EVERY_MAX */
	int64_t from_ms, to_ms; /* of the window, inclusive; TRYST_TIME_MIN, TRYST_TIME_MAX: open */
	size_t memory;          /* that all threads' counts may take; more is TRYST_ERR_LIMIT */
};

struct tryst_series;

int tryst_series_new(struct tryst_series **out, const struct tryst_series_options *options,
                     struct tryst_error *err);
void tryst_series_free(struct tryst_series *s);

struct tryst_operator *tryst_series_operator(struct tryst_series *s);

/* What is in no bin. */
struct tryst_series_apart {
	struct tryst_series_cell untimed; /* flows that say no time, or none of our calendar */
	struct tryst_series_cell outside; /* what was before or behind the window */
	uint64_t too_long; /* flows beyond TRYST_SERIES_SPAN_MAX; they are in a bin */
};

/* The answer: a row of bins for each key, then three more. */
struct tryst_series_table {
	int64_t first_ms; /* where the first bin begins */
	size_t bins;
	size_t keys;
	struct tryst_series_cell *cells; /* (keys + 3) rows of `bins` */
	struct tryst_series_apart apart;
};

enum { TRYST_SERIES_OTHER, TRYST_SERIES_UNKNOWN, TRYST_SERIES_TOTAL, TRYST_SERIES_MORE };

/* One of these rows. */
static inline const struct tryst_series_cell *
tryst_series_row(const struct tryst_series_table *t, size_t row)
{
	return t->cells + row * t->bins;
}

/*
 * After the run: the rows of these keys in their order, of all others together, of the flows that
 * say nothing of the key, and of all flows.  The bins go from the first with anything in it, or the
 * window's begin, to the last or the window's end.  TRYST_ERR_LIMIT when that would be more than
 * TRYST_SERIES_BINS_MAX or does not fit in the memory.
 */
int tryst_series_finish(struct tryst_series *s, const struct tryst_top_row *keys, size_t count,
                        struct tryst_series_table *out, struct tryst_error *err);
void tryst_series_table_fini(struct tryst_series_table *t);

#endif
