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

#define TRYST_IPSET_V6_BITS 16 /* log2 of the size of the IPv6 filter */

struct tryst_ipset_body;

/*
 * Visible only so that `contains` can be inlined down to the first bitmap; callers hold a pointer
 * and use the functions below.  A clear bit in a bitmap means that the set has nothing there.
 */
struct tryst_ipset {
	uint64_t v4_16[1 << (16 - 6)]; /* IPv4 by /16: 8 KB, stays in the first cache */
	uint64_t v6_32[1 << (TRYST_IPSET_V6_BITS - 6)]; /* IPv6 by a hash of its /32: 8 KB */
	uint64_t *v4_24;                                /* IPv4 by /24: 2 MB */
	struct tryst_ipset_body *body;
};

struct tryst_ipset_entry {
	struct tryst_prefix prefix;
	uint32_t value; /* the caller's; several entries may share a prefix or a value */
};

/*
 * Builds a set from entries in any order, duplicates allowed; the array is copied and may be freed.
 * Needs up to 80 bytes an entry beside a fixed 2.5 MB, of which only what entries touch becomes
 * resident.  Returns 0 or a negative code.
 */
int tryst_ipset_new(struct tryst_ipset **out, const struct tryst_ipset_entry *entries, size_t count,
                    struct tryst_error *err);
void tryst_ipset_free(struct tryst_ipset *set); /* NULL is fine */

/* How many entries the set was built from. */
size_t tryst_ipset_count(const struct tryst_ipset *set);

/* The exact search behind the bitmaps; ask tryst_ipset_contains instead. */
bool tryst_ipset_search_v4(const struct tryst_ipset *set, uint32_t ip);
bool tryst_ipset_search_v6(const struct tryst_ipset *set, struct tryst_ip ip);

static inline bool
tryst_ipset_bit(const uint64_t *bits, uint32_t i)
{
	return bits[i >> 6] >> (i & 63) & 1;
}

static inline uint32_t
tryst_ipset_v6_slot(uint32_t top)
{
	return (top * 0x9e3779b1u) >> (32 - TRYST_IPSET_V6_BITS);
}

/* Whether an entry holds the IPv4 address (host order): what the readers' inner loops ask. */
static inline bool
tryst_ipset_contains_v4(const struct tryst_ipset *set, uint32_t ip)
{
	return tryst_ipset_bit(set->v4_16, ip >> 16) && tryst_ipset_bit(set->v4_24, ip >> 8) &&
	       tryst_ipset_search_v4(set, ip);
}

/* Whether an entry holds the address. */
static inline bool
tryst_ipset_contains(const struct tryst_ipset *set, struct tryst_ip ip)
{
	if (tryst_ip_is_v4(ip))
		return tryst_ipset_contains_v4(set, (uint32_t)ip.lo);
	return tryst_ipset_bit(set->v6_32, tryst_ipset_v6_slot((uint32_t)(ip.hi >> 32))) &&
	       tryst_ipset_search_v6(set, ip);
}

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
