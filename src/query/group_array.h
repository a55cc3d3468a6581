/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sums in an array: groups that are numbers below a known count, as ports and the codes of a
 * dictionary (flow/codebook.h) are.  No hash, no key, one miss.
 *
 * An entry is 32 bytes, half a line of the cache, so not everything fits: only records that are one
 * flow each, with times of the years around ours or none (tryst_group_array_takes), and so many
 * of them (tryst_group_array_room).  The array takes its memory from the budget that it shares with
 * the tables.
 */
#ifndef TRYST_QUERY_GROUP_ARRAY_H
#define TRYST_QUERY_GROUP_ARRAY_H

#include "query/group_table.h"

/*
 * Times are kept so that 0 means none and numbers only grow: how far the first is before
 * TRYST_GROUP_ARRAY_TIME, and the last behind its negative.
 */
struct tryst_group_entry {
	uint64_t flows_packets; /* flows above TRYST_GROUP_ARRAY_PACKETS_BITS */
	uint64_t bytes;
	uint64_t before, after;
};

_Static_assert(sizeof(struct tryst_group_entry) == 32, "two entries a line of the cache");

#define TRYST_GROUP_CODE_NONE UINT32_MAX /* belongs to no group */

struct tryst_group_array {
	struct tryst_group_budget *budget;
	struct tryst_group_pages pages;
	uint32_t count;
	uint32_t flows;   /* since it was empty, at most */
	uint64_t packets; /* likewise */
};

#define TRYST_GROUP_ARRAY_TIME ((int64_t)1 << 61)
/* The times that it keeps lie between this and its negative, exclusive: 4459 years around 1970. */
#define TRYST_GROUP_ARRAY_LIMIT ((int64_t)1 << 47)
/* Flows and packets of an entry share a word: an array takes fewer than so many. */
#define TRYST_GROUP_ARRAY_PACKETS_BITS 38
#define TRYST_GROUP_ARRAY_PACKETS ((uint64_t)1 << TRYST_GROUP_ARRAY_PACKETS_BITS)
#define TRYST_GROUP_ARRAY_FLOWS (1U << 26)

/* Of one flow: fewer than so many, so that an empty array has room for any stretch. */
#define TRYST_GROUP_ARRAY_PACKETS_EACH (TRYST_GROUP_ARRAY_PACKETS >> 8)

/* Whether an array takes such values. */
static inline bool
tryst_group_array_takes(const struct tryst_group_values *v)
{
	const int64_t limit = TRYST_GROUP_ARRAY_LIMIT;
	bool first = v->first_ms > -limit && v->first_ms < limit;
	bool last = v->last_ms > -limit && v->last_ms < limit;

	return v->flows == 1 && v->packets < TRYST_GROUP_ARRAY_PACKETS_EACH &&
	       ((first & last) || (v->first_ms == INT64_MAX && v->last_ms == INT64_MIN));
}

/* Whether there is room for n flows more, of so many packets in all. */
static inline bool
tryst_group_array_room(const struct tryst_group_array *a, size_t n, uint64_t packets)
{
	return n < TRYST_GROUP_ARRAY_FLOWS - a->flows &&
	       packets < TRYST_GROUP_ARRAY_PACKETS - a->packets;
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

/* Columns of flows that are one each, all with times: first_ms[i] is of the same flow as bytes[i].
 */
struct tryst_group_columns {
	const uint64_t *packets, *bytes;
	const int64_t *first_ms, *last_ms;
};

/* Of a row that is added by column: neither the array nor its sums come near their limits. */
#define TRYST_GROUP_COLUMN_PACKETS ((uint64_t)1 << 24)
#define TRYST_GROUP_COLUMN_TIME (TRYST_GROUP_ARRAY_LIMIT / 2)

/*
 * The same of columns: row rows[i], or i with rows == NULL, to the group codes[i] < count, up to
 * the first row that is not in the limits above.  Returns how many were added; *sum is their sum.
 * The array has room for all n and TRYST_GROUP_COLUMN_PACKETS of each.  codes[n] to
 * codes[n + ahead - 1] are what comes next.
 */
size_t tryst_group_array_add_columns(struct tryst_group_array *a, const uint32_t *codes,
                                     size_t ahead, const struct tryst_group_columns *c,
                                     const uint16_t *rows, size_t n,
                                     struct tryst_group_values *sum);

/* Moves the groups of an array of as many, for whose flows there is room, over to a. */
void tryst_group_array_fold(struct tryst_group_array *a, struct tryst_group_array *from);

static inline struct tryst_group_values
tryst_group_entry_values(const struct tryst_group_entry *e)
{
	return (struct tryst_group_values){
		.flows = e->flows_packets >> TRYST_GROUP_ARRAY_PACKETS_BITS,
		.packets = e->flows_packets & (TRYST_GROUP_ARRAY_PACKETS - 1),
		.bytes = e->bytes,
		.first_ms = e->before ? TRYST_GROUP_ARRAY_TIME - (int64_t)e->before : INT64_MAX,
		.last_ms = e->after ? (int64_t)e->after - TRYST_GROUP_ARRAY_TIME : INT64_MIN,
	};
}

static inline struct tryst_group_entry *
tryst_group_array_entry(struct tryst_group_array *a, uint32_t i)
{
	return (struct tryst_group_entry *)(void *)a->pages.data + i;
}

static inline bool
tryst_group_array_has(const struct tryst_group_array *a, uint32_t i)
{
	const void *entries = a->pages.data;

	return ((const struct tryst_group_entry *)entries)[i].flows_packets != 0;
}

/* Takes out a group, which is empty from now on; false if it was.  Say so when all are out. */
static inline bool
tryst_group_array_take_at(struct tryst_group_array *a, uint32_t i, struct tryst_group_values *out)
{
	struct tryst_group_entry *e = tryst_group_array_entry(a, i);

	if (!e->flows_packets)
		return false;
	*out = tryst_group_entry_values(e);
	*e = (struct tryst_group_entry){ 0 };
	return true;
}

static inline void
tryst_group_array_taken(struct tryst_group_array *a)
{
	a->flows = 0;
	a->packets = 0;
}

/*
 * Takes out the first group from *at on that is not empty: *at is then the group's number, which is
 * empty from now on.  False when there is none.
 */
bool tryst_group_array_take(struct tryst_group_array *a, uint32_t *at,
                            struct tryst_group_values *out);

#endif
