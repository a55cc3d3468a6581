/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `contains` searches the union of all entries: sorted, disjoint ranges.  A filter turns away
 * nearly everything before: a bitmap over a hash of the leading bits, as many of them as keep it
 * sparse (a list of hosts is filtered by whole addresses, one of very wide prefixes by fewer bits)
 * and no larger than needed, so that for small sets it stays in the first cache.  For IPv4 an index
 * narrows the search to one /16, or in small sets to those of as few leading bits as tell the
 * entries apart.
 *
 * `match` searches the distinct prefixes in order of (first address, length).  Prefixes nest or are
 * disjoint, so each has at most one closest encloser, its parent; the last prefix that starts at or
 * before an address is inside every prefix that holds the address, and walking up from it finds
 * them all, the longest first.
 */
#include "base/ipset.h"

#include <stdlib.h>
#include <string.h>

#define NO_PARENT UINT32_MAX
#define V4_FIRST (TRYST_IP_V4_TAG << 32)
#define V4_LAST (V4_FIRST | UINT32_MAX)

#define FILTER_KEYS_MAX (1ULL << 22)
#define FILTER_SPARSE 64  /* bits of the bitmap for each key, */
#define FILTER_LOG_MIN 16 /* but at least 8 KB */
#define FILTER_LOG_MAX 25 /* and at most 4 MB */

#define INDEX_SPARSE 4 /* places of the index for each entry */
#define INDEX_SHIFT_MAX 28
#define INDEX_SHIFT_MIN 16

/* A distinct prefix; its values are values[values_at] up to those of the next node. */
struct node {
	struct tryst_prefix prefix;
	uint32_t parent;
	uint32_t values_at;
};

struct tryst_ipset_body {
	size_t count;
	uint32_t *values;
	struct node *nodes; /* and one behind, which only ends the values of the last */
	size_t node_count;
	struct tryst_ip_range *ranges;
	size_t range_count;
	size_t range_v6; /* the first range that ends after the last IPv4 address */
	/* The IPv4 part of the ranges; for each /16, or wider, the first that ends there or later.
	 */
	uint32_t *v4_first, *v4_last;
	size_t v4_count;
	unsigned v4_shift; /* to the leading bits that the index goes by */
	uint32_t *v4_start;
};

/* Byte i, from the least, of the sort key (address, length, value). */
static inline uint8_t
entry_byte(const struct tryst_ipset_entry *e, unsigned i)
{
	if (i < 4)
		return (uint8_t)(e->value >> (8 * i));
	if (i == 4)
		return e->prefix.len;
	return (uint8_t)(i < 13 ? e->prefix.ip.lo >> (8 * (i - 5))
	                        : e->prefix.ip.hi >> (8 * (i - 13)));
}

#define ENTRY_BYTES 21

/* One pass of the sort: from -> to by one byte.  Returns false, to untouched, when all are alike.
 */
static bool
entries_pass(const struct tryst_ipset_entry *from, struct tryst_ipset_entry *to, size_t count,
             unsigned byte)
{
	size_t at[256] = { 0 }, sum = 0;

	for (size_t i = 0; i < count; i++)
		at[entry_byte(&from[i], byte)]++;
	if (at[entry_byte(&from[0], byte)] == count)
		return false;
	for (size_t i = 0; i < 256; i++) {
		size_t n = at[i];

		at[i] = sum;
		sum += n;
	}
	for (size_t i = 0; i < count; i++)
		to[at[entry_byte(&from[i], byte)]++] = from[i];
	return true;
}

/*
 * The entries in order of (first address, length, value), in memory to be freed by the caller.  By
 * radix, because most bytes of most lists are alike and cost no pass.
 */
static struct tryst_ipset_entry *
entries_sorted(const struct tryst_ipset_entry *entries, size_t count)
{
	struct tryst_ipset_entry *sorted = calloc(count + 1, sizeof(*sorted));
	struct tryst_ipset_entry *other = calloc(count + 1, sizeof(*other)), *swap;

	if (!sorted || !other) {
		free(sorted);
		sorted = NULL;
	} else if (count) {
		memcpy(sorted, entries, count * sizeof(*sorted));
		for (unsigned byte = 0; byte < ENTRY_BYTES; byte++) {
			if (entries_pass(sorted, other, count, byte)) {
				swap = sorted;
				sorted = other;
				other = swap;
			}
		}
	}
	free(other);
	return sorted;
}

/* Fills nodes and values from sorted entries. */
static void
nodes_build(struct tryst_ipset_body *body, const struct tryst_ipset_entry *sorted)
{
	struct node *nodes = body->nodes;
	size_t n = 0;

	for (size_t i = 0; i < body->count; i++) {
		struct tryst_prefix p = sorted[i].prefix;
		uint32_t parent = n ? (uint32_t)(n - 1) : NO_PARENT;

		body->values[i] = sorted[i].value;
		if (n && nodes[n - 1].prefix.len == p.len &&
		    tryst_ip_equal(nodes[n - 1].prefix.ip, p.ip))
			continue;
		while (parent != NO_PARENT && !tryst_prefix_contains(nodes[parent].prefix, p.ip))
			parent = nodes[parent].parent;
		nodes[n++] = (struct node){ p, parent, (uint32_t)i };
	}
	nodes[n].values_at = (uint32_t)body->count;
	body->node_count = n;
}

/* The union of the outermost nodes, which are sorted and disjoint already, with neighbours joined.
 */
static void
ranges_build(struct tryst_ipset_body *body)
{
	struct tryst_ip_range *ranges = body->ranges;
	size_t n = 0;

	for (size_t i = 0; i < body->node_count; i++) {
		struct tryst_ip_range r = tryst_prefix_range(body->nodes[i].prefix);
		struct tryst_ip after;

		if (body->nodes[i].parent != NO_PARENT)
			continue;
		if (n) {
			after = ranges[n - 1].last;
			after.lo++;
			after.hi += after.lo == 0;
			if (tryst_ip_equal(after, r.first)) {
				ranges[n - 1].last = r.last;
				continue;
			}
		}
		ranges[n++] = r;
	}
	body->range_count = n;
}

/* The part of r in one family, as keys of the filter; false: there is none. */
static bool
range_keys(struct tryst_ip_range r, bool v4, uint64_t *first, uint64_t *last)
{
	const struct tryst_ip v4_first = { 0, V4_FIRST }, v4_last = { 0, V4_LAST };

	if (!v4) {
		*first = r.first.hi;
		*last = r.last.hi;
		return !tryst_ip_is_v4(r.first) || !tryst_ip_is_v4(r.last);
	}
	if (tryst_ip_compare(r.first, v4_last) > 0 || tryst_ip_compare(r.last, v4_first) < 0)
		return false;
	*first = tryst_ip_compare(r.first, v4_first) > 0 ? r.first.lo << 32 : 0;
	*last = tryst_ip_compare(r.last, v4_last) < 0 ? r.last.lo << 32
	                                              : (uint64_t)UINT32_MAX << 32;
	return true;
}

/*
 * Visits the distinct keys of all ranges at a number of leading bits and returns how many they are,
 * or something above max.  Sets their bits where filter is not NULL.
 */
static uint64_t
keys_visit(const struct tryst_ipset_body *body, bool v4, unsigned leading, uint64_t max,
           const struct tryst_ipset_filter *filter)
{
	unsigned shift = 64 - leading;
	uint64_t first, last, next = 0, n = 0;

	for (size_t i = 0; i < body->range_count && n <= max; i++) {
		if (!range_keys(body->ranges[i], v4, &first, &last))
			continue;
		first = TRYST_MAX(first >> shift, next);
		next = (last >> shift) +
		       1; /* 0 when the last of 2^64 keys is in: nothing follows */
		n += next - first;
		for (uint64_t key = first; filter && key < next; key++) {
			uint64_t slot = tryst_ipset_slot(filter, key << shift);

			filter->bits[slot >> 6] |= 1ULL << (slot & 63);
		}
	}
	return n;
}

/*
 * The most leading bits that keep the number of keys small: 20 always do.  IPv6 starts at 60, so
 * that the keys of ::/0 can be counted.
 */
static int
filter_init(struct tryst_ipset_filter *filter, const struct tryst_ipset_body *body, bool v4)
{
	unsigned leading = v4 ? 32 : 60, log = FILTER_LOG_MIN;
	uint64_t keys;

	while ((keys = keys_visit(body, v4, leading, FILTER_KEYS_MAX, NULL)) > FILTER_KEYS_MAX)
		leading -= 4;
	while (log < FILTER_LOG_MAX && keys * FILTER_SPARSE > 1ULL << log)
		log++;
	filter->mask = UINT64_MAX << (64 - leading);
	filter->shift = 64 - log;
	filter->bits = calloc((size_t)1 << (log - 6), sizeof(*filter->bits));
	if (!filter->bits)
		return TRYST_ERR_NOMEM;
	(void)keys_visit(body, v4, leading, keys, filter);
	return 0;
}

/* The IPv4 ranges by themselves, and the index over them. */
static void
v4_build(struct tryst_ipset_body *body)
{
	const struct tryst_ip v4_last = { 0, V4_LAST };
	uint64_t first, last;
	uint32_t i = 0;

	for (size_t k = 0; k < body->range_count; k++) {
		if (tryst_ip_compare(body->ranges[k].last, v4_last) <= 0)
			body->range_v6 = k + 1;
		if (!range_keys(body->ranges[k], true, &first, &last))
			continue;
		body->v4_first[body->v4_count] = (uint32_t)(first >> 32);
		body->v4_last[body->v4_count++] = (uint32_t)(last >> 32);
	}
	for (uint32_t h = 0; h < 1u << (32 - body->v4_shift); h++) {
		while (i < body->v4_count && body->v4_last[i] < h << body->v4_shift)
			i++;
		body->v4_start[h] = i;
	}
	body->v4_start[1u << (32 - body->v4_shift)] = (uint32_t)body->v4_count;
}

static void
body_free(struct tryst_ipset_body *body)
{
	if (!body)
		return;
	free(body->values);
	free(body->nodes);
	free(body->ranges);
	free(body->v4_first);
	free(body->v4_last);
	free(body->v4_start);
	free(body);
}

static struct tryst_ipset_body *
body_new(size_t count)
{
	struct tryst_ipset_body *body = calloc(1, sizeof(*body));

	if (!body)
		return NULL;
	body->count = count;
	body->values = calloc(count + 1, sizeof(*body->values));
	body->nodes = calloc(count + 1, sizeof(*body->nodes));
	body->ranges = calloc(count + 1, sizeof(*body->ranges));
	body->v4_first = calloc(count + 1, sizeof(*body->v4_first));
	body->v4_last = calloc(count + 1, sizeof(*body->v4_last));
	body->v4_shift = INDEX_SHIFT_MAX;
	while (body->v4_shift > INDEX_SHIFT_MIN && (count * INDEX_SPARSE) >> (32 - body->v4_shift))
		body->v4_shift--;
	body->v4_start = calloc(((size_t)1 << (32 - body->v4_shift)) + 1, sizeof(*body->v4_start));
	if (body->values && body->nodes && body->ranges && body->v4_first && body->v4_last &&
	    body->v4_start)
		return body;
	body_free(body);
	return NULL;
}

int
tryst_ipset_new(struct tryst_ipset **out, const struct tryst_ipset_entry *entries, size_t count,
                struct tryst_error *err)
{
	struct tryst_ipset_entry *sorted = NULL;
	struct tryst_ipset *set = NULL;
	int rc = 0;

	if (count >= UINT32_MAX)
		return tryst_error_set(err, TRYST_ERR_LIMIT,
		                       "%zu entries in an address set, at most %u are possible",
		                       count, UINT32_MAX - 1);
	sorted = entries_sorted(entries, count);
	set = calloc(1, sizeof(*set));
	if (!sorted || !set || !(set->body = body_new(count))) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	nodes_build(set->body, sorted);
	ranges_build(set->body);
	v4_build(set->body);
	if (filter_init(&set->v4, set->body, true) < 0 ||
	    filter_init(&set->v6, set->body, false) < 0) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	*out = TRYST_TAKE(set);
out:
	free(sorted);
	tryst_ipset_free(set);
	return rc;
}

void
tryst_ipset_free(struct tryst_ipset *set)
{
	if (!set)
		return;
	free(set->v4.bits);
	free(set->v6.bits);
	body_free(set->body);
	free(set);
}

size_t
tryst_ipset_count(const struct tryst_ipset *set)
{
	return set->body->count;
}

bool
tryst_ipset_search_v4(const struct tryst_ipset *set, uint32_t ip)
{
	const struct tryst_ipset_body *body = set->body;
	uint32_t h = ip >> body->v4_shift, from = body->v4_start[h], to = body->v4_start[h + 1];

	/* The first range that ends at ip or later; it may be the one that ends beyond these. */
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (body->v4_last[middle] < ip)
			from = middle + 1;
		else
			to = middle;
	}
	return from < body->v4_count && body->v4_first[from] <= ip;
}

bool
tryst_ipset_search_v6(const struct tryst_ipset *set, struct tryst_ip ip)
{
	const struct tryst_ipset_body *body = set->body;
	size_t from = ip.hi || ip.lo > V4_LAST ? body->range_v6 : 0, to = body->range_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (tryst_ip_compare(body->ranges[middle].last, ip) < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from < body->range_count && tryst_ip_compare(body->ranges[from].first, ip) <= 0;
}

/* The last node that starts at ip or before. */
static uint32_t
node_before(const struct tryst_ipset_body *body, struct tryst_ip ip)
{
	size_t from = 0, to = body->node_count;

	while (from < to) {
		size_t middle = from + (to - from) / 2;

		if (tryst_ip_compare(body->nodes[middle].prefix.ip, ip) <= 0)
			from = middle + 1;
		else
			to = middle;
	}
	return from ? (uint32_t)(from - 1) : NO_PARENT;
}

size_t
tryst_ipset_match(const struct tryst_ipset *set, struct tryst_ip ip, uint32_t *values, size_t max)
{
	const struct tryst_ipset_body *body = set->body;
	uint32_t at = node_before(body, ip);
	size_t n = 0;

	for (; at != NO_PARENT; at = body->nodes[at].parent) {
		if (!tryst_prefix_contains(body->nodes[at].prefix, ip))
			continue;
		for (uint32_t i = body->nodes[at].values_at; i < body->nodes[at + 1].values_at;
		     i++, n++) {
			if (n < max)
				values[n] = body->values[i];
		}
	}
	return n;
}

const struct tryst_ip_range *
tryst_ipset_ranges(const struct tryst_ipset *set, size_t *count)
{
	*count = set->body->range_count;
	return set->body->ranges;
}
