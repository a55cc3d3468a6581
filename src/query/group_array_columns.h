/* SPDX-License-Identifier: Apache-2.0 */
/* Adding columns to an array by instruction set: all give the same. */
#ifndef TRYST_QUERY_GROUP_ARRAY_COLUMNS_H
#define TRYST_QUERY_GROUP_ARRAY_COLUMNS_H

#include "query/group_array.h"

/* Entries are asked for so many rows before they are needed, so that their misses overlap. */
#define TRYST_GROUP_AHEAD 96

/*
 * Adds rows 0 to n - 1, as tryst_group_array_add_columns without rows does; the counts of the array
 * are the caller's.  *sum is added to, its times kept as those of an entry.
 */
typedef size_t (*tryst_group_add_fn)(struct tryst_group_entry *entries, const uint32_t *codes,
                                     size_t ahead, const struct tryst_group_columns *c, size_t n,
                                     struct tryst_group_entry *sum);

size_t tryst_group_add_plain(struct tryst_group_entry *entries, const uint32_t *codes, size_t ahead,
                             const struct tryst_group_columns *c, size_t n,
                             struct tryst_group_entry *sum);
#ifdef __x86_64__
size_t tryst_group_add_avx2(struct tryst_group_entry *entries, const uint32_t *codes, size_t ahead,
                            const struct tryst_group_columns *c, size_t n,
                            struct tryst_group_entry *sum);
#endif

static inline void
tryst_group_entry_add(struct tryst_group_entry *e, const struct tryst_group_entry *what)
{
	e->flows_packets += what->flows_packets;
	e->bytes += what->bytes;
	e->before = TRYST_MAX(e->before, what->before);
	e->after = TRYST_MAX(e->after, what->after);
}

/* A row as an entry; false: it is beyond the limits of columns. */
static inline bool
tryst_group_entry_of(const struct tryst_group_columns *c, size_t row, struct tryst_group_entry *out)
{
	const uint64_t limit = TRYST_GROUP_COLUMN_TIME;
	uint64_t first = (uint64_t)c->first_ms[row], last = (uint64_t)c->last_ms[row];

	out->flows_packets = TRYST_GROUP_ARRAY_PACKETS | c->packets[row];
	out->bytes = c->bytes[row];
	out->before = TRYST_GROUP_ARRAY_TIME - first;
	out->after = TRYST_GROUP_ARRAY_TIME + last;
	return ((first + limit) | (last + limit)) < 2 * limit &&
	       c->packets[row] < TRYST_GROUP_COLUMN_PACKETS;
}

#endif
