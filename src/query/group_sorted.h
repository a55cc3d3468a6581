/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums by address in the order of tryst_ip_compare: where the arrays of codebooks (group_array.h)
 * are gathered.  A book is sorted too, so an array is merged in like a sorted list: no hash, no
 * miss, and half the memory of a table of the same groups.  That moves what stands behind the first
 * new address each time, so it is for groups that are not many times those of a book.
 *
 * IPv4 has a list of its own, whose addresses take four bytes.  A group's values take 32, so
 * there are limits: 2^32 flows in all.
 */
#ifndef TRYST_QUERY_GROUP_SORTED_H
#define TRYST_QUERY_GROUP_SORTED_H

#include "flow/codebook.h"
#include "query/group_array.h"

/* A group's values; times as in an entry of an array, but from TRYST_GROUP_ARRAY_LIMIT. */
struct tryst_group_sum {
	uint64_t packets, bytes;
	uint32_t flows;
	uint32_t before_low, after_low;
	uint16_t before_high, after_high;
};

_Static_assert(sizeof(struct tryst_group_sum) == 32, "without gaps");

struct tryst_group_list {
	struct tryst_group_pages ips; /* struct tryst_ip, or of IPv4 uint32_t */
	struct tryst_group_pages sums;
	size_t used;
};

struct tryst_group_sorted {
	struct tryst_group_budget *budget;
	struct tryst_group_list v4, other;
	struct tryst_group_pages places;
	uint64_t flows;
	uint64_t walked, merged; /* groups passed by, and codes merged in, in all */
};

void tryst_group_sorted_init(struct tryst_group_sorted *s, struct tryst_group_budget *budget);
void tryst_group_sorted_fini(struct tryst_group_sorted *s);

/*
 * Moves all groups of an array of the book's codes over.  TRYST_ERR_LIMIT, without a text, when all
 * together would take more than `limit` bytes, the budget has no room or the book of a crafted file
 * is out of order: then nothing has changed.
 */
int tryst_group_sorted_merge(struct tryst_group_sorted *s, const struct tryst_codebook *book,
                             struct tryst_group_array *a, size_t limit, struct tryst_error *err);

static inline size_t
tryst_group_sorted_count(const struct tryst_group_sorted *s)
{
	return s->v4.used + s->other.used;
}

/* A group: first those that are not IPv4. */
struct tryst_ip tryst_group_sorted_ip(const struct tryst_group_sorted *s, size_t i);
struct tryst_group_values tryst_group_sorted_values(const struct tryst_group_sorted *s, size_t i);

/* Of n groups from `from` on, flows, packets or bytes. */
enum tryst_group_column { TRYST_GROUP_FLOWS, TRYST_GROUP_PACKETS, TRYST_GROUP_BYTES };
void tryst_group_sorted_column(const struct tryst_group_sorted *s, enum tryst_group_column column,
                               size_t from, size_t n, uint64_t *out);

/* Whether that has been worth it so far, or a table would have taken less time. */
bool tryst_group_sorted_pays(const struct tryst_group_sorted *s);

#endif
