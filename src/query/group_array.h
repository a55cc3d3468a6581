/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums in an array: groups that are numbers below a known count, as ports and the codes of a
 * dictionary (flow/codebook.h) are.  No hash, no key, one miss.
 *
 * An entry is 32 bytes, half a line of the cache, so not everything fits: only records that are one
 * flow each, with times of the years around ours or none (tryst_group_array_takes), and 2^32 of
 * them.  The array takes its memory from the budget that it shares with the tables.
 */
#ifndef TRYST_QUERY_GROUP_ARRAY_H
#define TRYST_QUERY_GROUP_ARRAY_H

#include "query/group_table.h"

#define TRYST_GROUP_CODE_NONE UINT32_MAX /* belongs to no group */

struct tryst_group_array {
	struct tryst_group_budget *budget;
	struct tryst_group_pages pages;
	uint32_t count;
	uint32_t added; /* flows since it was empty, at most */
};

/* The times that it keeps lie between these, exclusive: 4459 years around 1970. */
#define TRYST_GROUP_ARRAY_TIME ((int64_t)1 << 47)

/* Whether an array takes such values. */
static inline bool
tryst_group_array_takes(const struct tryst_group_values *v)
{
	bool first = v->first_ms > -TRYST_GROUP_ARRAY_TIME && v->first_ms < TRYST_GROUP_ARRAY_TIME;
	bool last = v->last_ms > -TRYST_GROUP_ARRAY_TIME && v->last_ms < TRYST_GROUP_ARRAY_TIME;

	return v->flows == 1 &&
	       ((first & last) || (v->first_ms == INT64_MAX && v->last_ms == INT64_MIN));
}

/* Whether there is room for n flows more. */
static inline bool
tryst_group_array_room(const struct tryst_group_array *a, size_t n)
{
	return n <= UINT32_MAX - a->added;
}

void tryst_group_array_init(struct tryst_group_array *a, struct tryst_group_budget *budget);
void tryst_group_array_fini(struct tryst_group_array *a);

/*
 * Room for the groups 0 ... count - 1, all empty; the array must be empty.  TRYST_ERR_LIMIT,
 * without a text, when the budget has no room; the array is then as it was.
 */
int tryst_group_array_resize(struct tryst_group_array *a, uint32_t count, struct tryst_error *err);

/* Adds values[i], which it takes and has room for, to the group codes[i] < count. */
void tryst_group_array_add(struct tryst_group_array *a, const uint32_t *codes,
                           const struct tryst_group_values *values, size_t n);

/* Moves the groups of an array of as many, for whose flows there is room, over to a. */
void tryst_group_array_fold(struct tryst_group_array *a, struct tryst_group_array *from);

/*
 * Takes out the first group from *at on that is not empty: *at is then the group's number, which is
 * empty from now on.  False when there is none.
 */
bool tryst_group_array_take(struct tryst_group_array *a, uint32_t *at,
                            struct tryst_group_values *out);

#endif
