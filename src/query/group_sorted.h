/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums by address in the order of tryst_ip_compare: where the arrays of codebooks (group_array.h)
 * are gathered.  A book is sorted too, so an array is merged in like a sorted list: no hash, no
 * miss, and less memory than a table of the same groups.  That moves what stands behind the first
 * new address each time, so it is for groups that are not many times those of a book.
 */
#ifndef TRYST_QUERY_GROUP_SORTED_H
#define TRYST_QUERY_GROUP_SORTED_H

#include "flow/codebook.h"
#include "query/group_array.h"

struct tryst_group_sorted {
	struct tryst_group_budget *budget;
	struct tryst_group_pages ips, values, places;
	size_t used;
	uint64_t walked, merged; /* groups passed by, and codes merged in, in all */
};

void tryst_group_sorted_init(struct tryst_group_sorted *s, struct tryst_group_budget *budget);
void tryst_group_sorted_fini(struct tryst_group_sorted *s);

/*
 * Moves all groups of an array of the book's codes over.  TRYST_ERR_LIMIT, without a text, when all
 * together would take more than `limit` bytes or the budget has no room: then nothing has changed.
 */
int tryst_group_sorted_merge(struct tryst_group_sorted *s, const struct tryst_codebook *book,
                             struct tryst_group_array *a, size_t limit, struct tryst_error *err);

static inline struct tryst_ip
tryst_group_sorted_ip(const struct tryst_group_sorted *s, size_t i)
{
	return ((const struct tryst_ip *)(const void *)s->ips.data)[i];
}

static inline struct tryst_group_values *
tryst_group_sorted_values(const struct tryst_group_sorted *s, size_t i)
{
	return (struct tryst_group_values *)(void *)s->values.data + i;
}

/* Whether that has been worth it so far, or a table would have taken less time. */
bool tryst_group_sorted_pays(const struct tryst_group_sorted *s);

#endif
