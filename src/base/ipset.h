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

struct tryst_ipset_body;

/*
 * A hashed bitmap over the leading bits of addresses: a clear bit means that the set has nothing
 * there.  A key is the first 64 bits of an IPv6 address, or an IPv4 address in the upper half.
 */
struct tryst_ipset_filter {
	uint64_t *bits;
	uint64_t mask;  /* the leading bits that count */
	unsigned shift; /* 64 - log2 of the number of bits */
};

/*
 * Visible only so that `contains` can be inlined down to the bitmaps; callers hold a pointer and
 * use the functions below.
 */
struct tryst_ipset {
	struct tryst_ipset_filter v4, v6;
	struct tryst_ipset_body *body;
};

struct tryst_ipset_entry {
	struct tryst_prefix prefix;
	uint32_t value; /* the caller's; several entries may share a prefix or a value */
};

/*
 * Builds a set from entries in any order, duplicates allowed; the array is copied and may be freed.
 * Needs up to 80 bytes an entry beside 300 KB to 8 MB.  Returns 0 or a negative code.
 */
int tryst_ipset_new(struct tryst_ipset **out, const struct tryst_ipset_entry *entries, size_t count,
                    struct tryst_error *err);
void tryst_ipset_free(struct tryst_ipset *set); /* NULL is fine */

/* How many entries the set was built from. */
size_t tryst_ipset_count(const struct tryst_ipset *set);

/* The exact search behind the bitmaps; ask tryst_ipset_contains instead. */
bool tryst_ipset_search_v4(const struct tryst_ipset *set, uint32_t ip);
bool tryst_ipset_search_v6(const struct tryst_ipset *set, struct tryst_ip ip);

static inline uint64_t
tryst_ipset_slot(const struct tryst_ipset_filter *filter, uint64_t key)
{
	return ((key & filter->mask) * 0x9e3779b97f4a7c15ULL) >> filter->shift;
}

static inline bool
tryst_ipset_may_hold(const struct tryst_ipset_filter *filter, uint64_t key)
{
	uint64_t slot = tryst_ipset_slot(filter, key);

	return TRYST_UNLIKELY(filter->bits[slot >> 6] >> (slot & 63) & 1);
}

/* Whether an entry holds the IPv4 address (host order): what the readers' inner loops ask. */
static inline bool
tryst_ipset_contains_v4(const struct tryst_ipset *set, uint32_t ip)
{
	return tryst_ipset_may_hold(&set->v4, (uint64_t)ip << 32) && tryst_ipset_search_v4(set, ip);
}

/* Whether an entry holds the address. */
static inline bool
tryst_ipset_contains(const struct tryst_ipset *set, struct tryst_ip ip)
{
	if (tryst_ip_is_v4(ip))
		return tryst_ipset_contains_v4(set, (uint32_t)ip.lo);
	return tryst_ipset_may_hold(&set->v6, ip.hi) && tryst_ipset_search_v6(set, ip);
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
