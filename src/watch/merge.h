/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Several lists as one: entries of the same range, port and protocol become one entry that knows
 * all of them.  Ranges that only overlap stay apart.
 */
#ifndef TRYST_WATCH_MERGE_H
#define TRYST_WATCH_MERGE_H

#include "base/buf.h"
#include "watch/watchlist.h"

/*
 * `sum` is the entry as all lists together have it: labels and sources joined, the earliest first
 * and the latest last time seen, the widest validity, the highest confidence, the strictest TLP.
 */
struct tryst_merged {
	struct tryst_indicator sum;
	const uint32_t *ids; /* of the watchlist's indicators, ascending */
	uint32_t count;
	uint32_t lists; /* how many different lists have it */
};

struct tryst_merge;

/* The merge points into the watchlist, which must outlive it.  Sorted by range, port, protocol. */
int tryst_merge_new(struct tryst_merge **out, const struct tryst_watchlist *w,
                    struct tryst_error *err);
void tryst_merge_free(struct tryst_merge *m); /* NULL is fine */

const struct tryst_merged *tryst_merge_list(const struct tryst_merge *m, size_t *count);

/* <0, 0, >0 by range, port, protocol: the order of a merge. */
int tryst_indicator_compare(const struct tryst_indicator *a, const struct tryst_indicator *b);

/* The range in its canonical text: an address, a prefix where it is one, else `first-last`. */
void tryst_buf_range(struct tryst_buf *b, struct tryst_ip_range r);

#endif
