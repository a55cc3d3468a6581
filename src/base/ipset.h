/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A set of prefixes, built once and then read by any number of threads.
 *
 * It answers two questions.  `contains` is the hot one, asked twice for every flow of an archive:
 * it is exact and costs a few cycles for the addresses that are not in the set.  `match` is asked
 * for the few that are: it yields *every* entry that holds the address, the most specific first, so
 * that overlapping entries all count.
 */
#ifndef TRYST_BASE_IPSET_H
#define TRYST_BASE_IPSET_H

#include "base/ip.h"

struct tryst_ipset;

struct tryst_ipset_entry {
	struct tryst_prefix prefix;
	uint32_t value; /* the caller's; several entries may share a prefix or a value */
};

/*
 * Builds a set from entries in any order, duplicates allowed; the array is copied and may be freed.
 * Needs about 40 bytes an entry beside a fixed 2.5 MB.  Returns 0 or a negative code.
 */
int tryst_ipset_new(struct tryst_ipset **out, const struct tryst_ipset_entry *entries, size_t count,
                    struct tryst_error *err);
void tryst_ipset_free(struct tryst_ipset *set); /* NULL is fine */

/* How many entries the set was built from. */
size_t tryst_ipset_count(const struct tryst_ipset *set);

bool tryst_ipset_contains(const struct tryst_ipset *set, struct tryst_ip ip);

/* The same for IPv4 in host order: what the readers' inner loops ask. */
bool tryst_ipset_contains_v4(const struct tryst_ipset *set, uint32_t ip);

/*
 * Writes the values of the entries that hold ip to values (room for max), the longest prefix first,
 * equal prefixes in ascending order of value.  Returns how many there are, which may be more than
 * max.
 */
size_t tryst_ipset_match(const struct tryst_ipset *set, struct tryst_ip ip, uint32_t *values,
                         size_t max);

/*
 * The union of the set as sorted, disjoint, non-adjacent ranges (for an index or a reader that
 * skips). They belong to the set.
 */
const struct tryst_ip_range *tryst_ipset_ranges(const struct tryst_ipset *set, size_t *count);

#endif
