/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running a filter over a batch.
 *
 * Every comparison of a number is `lo <= x <= hi`, which is one subtraction and one unsigned
 * comparison; so there is one loop for each type of column, with the comparison's bounds hoisted
 * out of it.  The selection vector is narrowed in place without a branch on the data.
 */
#include "query/filter_dense.h"

#include <stdlib.h>
#include <string.h>

#define WORDS(bits) (((bits) + 63) / 64)

/* Keeps the rows for which the test, an expression of r, is 1. */
#define KEEP(test)                                                                                 \
	uint32_t kept = 0;                                                                         \
                                                                                                   \
	for (uint32_t i = 0; i < count; i++) {                                                     \
		const uint16_t r = sel[i];                                                         \
                                                                                                   \
		sel[kept] = r;                                                                     \
		kept += (test);                                                                    \
	}                                                                                          \
	return kept

#define KERNEL(name)                                                                               \
	static uint32_t name(const struct tryst_fnode *n, const struct tryst_batch *b,             \
	                     uint16_t *restrict sel, uint32_t count)

#define KNOWN(field) (uint32_t)(known[r] >> (field)&1)

#define COLUMN(type, field) (const tryst_type_##type *)tryst_batch_column(b, (field))

/* The four kernels of a type: one field or two, in one range or in a set. */
#define NUMBER_KERNELS(type, utype, in_set)                                                        \
	KERNEL(type##_range)                                                                       \
	{                                                                                          \
		const tryst_type_##type *x = COLUMN(type, n->a);                                   \
		const uint64_t *known = b->present;                                                \
		const utype lo = (utype)n->ranges->lo, span = (utype)(n->ranges->hi - lo);         \
		const bool other = n->compare == TRYST_FCOMPARE_NE;                                \
		const unsigned bit = (unsigned)n->a;                                               \
                                                                                                   \
		KEEP(KNOWN(bit) & (((utype)((utype)x[r] - lo) <= span) ^ other));                  \
	}                                                                                          \
                                                                                                   \
	KERNEL(type##_range2)                                                                      \
	{                                                                                          \
		const tryst_type_##type *x = COLUMN(type, n->a), *y = COLUMN(type, n->b);          \
		const uint64_t *known = b->present;                                                \
		const utype lo = (utype)n->ranges->lo, span = (utype)(n->ranges->hi - lo);         \
		const unsigned bx = (unsigned)n->a, by = (unsigned)n->b;                           \
                                                                                                   \
		KEEP((KNOWN(bx) & ((utype)((utype)x[r] - lo) <= span)) |                           \
		     (KNOWN(by) & ((utype)((utype)y[r] - lo) <= span)));                           \
	}                                                                                          \
                                                                                                   \
	KERNEL(type##_set)                                                                         \
	{                                                                                          \
		const tryst_type_##type *x = COLUMN(type, n->a);                                   \
		const uint64_t *known = b->present;                                                \
		const unsigned bit = (unsigned)n->a;                                               \
                                                                                                   \
		KEEP(KNOWN(bit) & in_set(n, (utype)x[r]));                                         \
	}                                                                                          \
                                                                                                   \
	KERNEL(type##_set2)                                                                        \
	{                                                                                          \
		const tryst_type_##type *x = COLUMN(type, n->a), *y = COLUMN(type, n->b);          \
		const uint64_t *known = b->present;                                                \
		const unsigned bx = (unsigned)n->a, by = (unsigned)n->b;                           \
                                                                                                   \
		KEEP((KNOWN(bx) & in_set(n, (utype)x[r])) | (KNOWN(by) & in_set(n, (utype)y[r]))); \
	}

static inline uint32_t
in_bitmap(const struct tryst_fnode *n, uint32_t x)
{
	return (uint32_t)(n->bitmap[x >> 6] >> (x & 63) & 1);
}

static uint32_t
in_ranges(const struct tryst_fnode *n, uint64_t x)
{
	uint32_t lo = 0, hi = n->count, mid;

	while (lo < hi) {
		mid = (lo + hi) / 2;
		if (n->ranges[mid].hi < x)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n->count && n->ranges[lo].lo <= x;
}

NUMBER_KERNELS(u8, uint8_t, in_bitmap)
NUMBER_KERNELS(u16, uint16_t, in_bitmap)
NUMBER_KERNELS(u32, uint32_t, in_ranges)
NUMBER_KERNELS(u64, uint64_t, in_ranges)
NUMBER_KERNELS(time, uint64_t, in_ranges)

static const tryst_fkernel number_kernels[][2][2] = {
#define ROW(type)                                                                                  \
	[TRYST_TYPE_##type] = { { type##_range, type##_range2 }, { type##_set, type##_set2 } }
	ROW(u8), ROW(u16), ROW(u32), ROW(u64), ROW(time),
#undef ROW
};

KERNEL(prefix)
{
	const struct tryst_ip *x = COLUMN(ip, n->a);
	const struct tryst_ip ip = n->entries->prefix.ip,
			      mask = tryst_ip_mask(n->entries->prefix.len);
	const uint64_t *known = b->present;
	const unsigned bit = (unsigned)n->a;

	KEEP(KNOWN(bit) & ((((x[r].hi & mask.hi) ^ ip.hi) | ((x[r].lo & mask.lo) ^ ip.lo)) == 0));
}

KERNEL(prefix2)
{
	const struct tryst_ip *x = COLUMN(ip, n->a), *y = COLUMN(ip, n->b);
	const struct tryst_ip ip = n->entries->prefix.ip,
			      mask = tryst_ip_mask(n->entries->prefix.len);
	const uint64_t *known = b->present;
	const unsigned bx = (unsigned)n->a, by = (unsigned)n->b;

	KEEP((KNOWN(bx) & ((((x[r].hi & mask.hi) ^ ip.hi) | ((x[r].lo & mask.lo) ^ ip.lo)) == 0)) |
	     (KNOWN(by) & ((((y[r].hi & mask.hi) ^ ip.hi) | ((y[r].lo & mask.lo) ^ ip.lo)) == 0)));
}

KERNEL(addresses)
{
	const struct tryst_ip *x = COLUMN(ip, n->a);
	const uint64_t *known = b->present;
	const unsigned bit = (unsigned)n->a;

	KEEP(KNOWN(bit) & tryst_ipset_contains(n->set, x[r]));
}

KERNEL(addresses2)
{
	const struct tryst_ip *x = COLUMN(ip, n->a), *y = COLUMN(ip, n->b);
	const uint64_t *known = b->present;
	const unsigned bx = (unsigned)n->a, by = (unsigned)n->b;

	KEEP((KNOWN(bx) & tryst_ipset_contains(n->set, x[r])) |
	     (KNOWN(by) & tryst_ipset_contains(n->set, y[r])));
}

static const tryst_fkernel address_kernels[2][2] = {
	{ prefix, prefix2 },
	{ addresses, addresses2 },
};

KERNEL(flags)
{
	const uint8_t *x = COLUMN(u8, n->a), mask = n->mask, high = n->high;
	const uint64_t *known = b->present;
	const bool any = n->any;
	const unsigned bit = (unsigned)n->a;

	KEEP(KNOWN(bit) & (((x[r] & mask) == high) ^ any));
}

KERNEL(family)
{
	const uint64_t want = TRYST_BIT(src) | TRYST_BIT(dst), *known = b->present;
	const bool six = n->family == 6;

	KEEP((uint32_t)((known[r] & want) == want) & (tryst_ip_is_v4(b->src[r]) ^ six) &
	     (tryst_ip_is_v4(b->dst[r]) ^ six));
}

/* A flow that ends before it starts has a huge duration: nfdump counts so, and such records exist.
 */
#define DURATION ((uint64_t)b->end_ms[r] - (uint64_t)b->start_ms[r])

static inline uint64_t
per_second(uint64_t amount, uint64_t scale, uint64_t duration_ms)
{
	if (duration_ms == 0)
		return 0;
	if (amount > UINT64_MAX / scale)
		return amount / duration_ms > UINT64_MAX / scale ? UINT64_MAX
		                                                 : amount / duration_ms * scale;
	return amount * scale / duration_ms;
}

#define RATE_KERNEL(name, fields, expression)                                                      \
	KERNEL(name)                                                                               \
	{                                                                                          \
		const uint64_t *known = b->present, want = (fields);                               \
		const uint64_t lo = n->ranges->lo, span = n->ranges->hi - lo;                      \
		const bool other = n->compare == TRYST_FCOMPARE_NE;                                \
                                                                                                   \
		KEEP(((known[r] & want) == want) & (((uint64_t)(expression)-lo <= span) ^ other)); \
	}

#define TIMES (TRYST_BIT(start_ms) | TRYST_BIT(end_ms))

RATE_KERNEL(duration, TIMES, DURATION)
RATE_KERNEL(pps, TIMES | TRYST_BIT(packets), per_second(b->packets[r], 1000, DURATION))
RATE_KERNEL(bps, TIMES | TRYST_BIT(bytes), per_second(b->bytes[r], 8000, DURATION))
RATE_KERNEL(bpp, TRYST_BIT(packets) | TRYST_BIT(bytes),
            b->packets[r] ? b->bytes[r] / b->packets[r] : 0)

static const struct {
	tryst_fkernel kernel;
	uint64_t columns;
} rates[] = {
	[TRYST_FRATE_DURATION] = { duration, TIMES },
	[TRYST_FRATE_PPS] = { pps, TIMES | TRYST_BIT(packets) },
	[TRYST_FRATE_BPS] = { bps, TIMES | TRYST_BIT(bytes) },
	[TRYST_FRATE_BPP] = { bpp, TRYST_BIT(packets) | TRYST_BIT(bytes) },
};

/* A record that does not say for how many flows it stands is one flow, as in nfdump and in top. */
KERNEL(flow_count)
{
	const uint64_t *x = b->flows, *known = b->present;
	const bool other = n->compare == TRYST_FCOMPARE_NE;

	KEEP(in_ranges(n, KNOWN(TRYST_FIELD_flows) ? x[r] : 1) ^ other);
}

KERNEL(none)
{
	(void)n;
	(void)b;
	(void)sel;
	(void)count;
	return 0;
}

uint64_t
tryst_fnode_columns(const struct tryst_fnode *n)
{
	uint64_t columns = 0;

	switch (n->kind) {
	case TRYST_FNODE_ANY:
		return 0;
	case TRYST_FNODE_AND:
	case TRYST_FNODE_OR:
	case TRYST_FNODE_NOT:
		for (uint32_t i = 0; i < n->count; i++)
			columns |= tryst_fnode_columns(n->kids[i]);
		return columns;
	case TRYST_FNODE_RATE:
		return rates[n->rate].columns;
	case TRYST_FNODE_FAMILY:
		return TRYST_BIT(src) | TRYST_BIT(dst);
	default:
		return 1ULL << n->a | (n->b == TRYST_FILTER_NO_FIELD ? 0 : 1ULL << n->b);
	}
}

static tryst_fkernel
number_kernel(const struct tryst_fnode *n)
{
	if (n->count == 0)
		return none;
	if (n->a == TRYST_FIELD_flows)
		return flow_count;
	return number_kernels[tryst_field_info(n->a)->type][n->count > 1]
			     [n->b != TRYST_FILTER_NO_FIELD];
}

static int
bitmap_new(struct tryst_fnode *n, struct tryst_error *err)
{
	n->bitmap = calloc(WORDS(tryst_filter_field_max(n->a) + 1), sizeof(*n->bitmap));
	if (!n->bitmap)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < n->count; i++) {
		for (uint64_t v = n->ranges[i].lo; v <= n->ranges[i].hi; v++)
			n->bitmap[v >> 6] |= 1ULL << (v & 63);
	}
	return 0;
}

int
tryst_fnode_compile(struct tryst_fnode *n, struct tryst_error *err)
{
	bool pair = n->b != TRYST_FILTER_NO_FIELD, set = n->count > 1;
	int rc = 0;

	switch (n->kind) {
	case TRYST_FNODE_AND:
	case TRYST_FNODE_OR:
	case TRYST_FNODE_NOT:
		for (uint32_t i = 0; i < n->count && rc == 0; i++)
			rc = tryst_fnode_compile(n->kids[i], err);
		return rc;
	case TRYST_FNODE_NUMBER:
		n->kernel = number_kernel(n);
		return set && tryst_field_info(n->a)->size <= 2 ? bitmap_new(n, err) : 0;
	case TRYST_FNODE_ADDRESS:
		n->kernel = address_kernels[set][pair];
		return set ? tryst_ipset_new(&n->set, n->entries, n->count, err) : 0;
	case TRYST_FNODE_FLAGS:
		n->kernel = flags;
		return 0;
	case TRYST_FNODE_RATE:
		n->kernel = n->count == 0 ? none : rates[n->rate].kernel;
		return 0;
	case TRYST_FNODE_FAMILY:
		n->kernel = family;
		return 0;
	case TRYST_FNODE_ANY:
		return 0;
	}
	return 0;
}

/*
 * NOT and OR: the rows that some kid takes, or that none does.  A kid is asked only for the rows
 * that nobody before it took.
 */
static uint32_t
run_marked(const struct tryst_fnode *n, const struct tryst_batch *b, uint16_t *sel, uint32_t count)
{
	uint64_t taken[WORDS(TRYST_BATCH_ROWS)] = { 0 };
	uint16_t rest[TRYST_BATCH_ROWS];
	const uint32_t want = n->kind == TRYST_FNODE_OR;
	uint32_t left, got;

	memcpy(rest, sel, count * sizeof(*sel));
	left = count;
	for (uint32_t k = 0; k < n->count && left; k++) {
		got = tryst_fnode_run(n->kids[k], b, rest, left);
		for (uint32_t i = 0; i < got; i++)
			taken[rest[i] >> 6] |= 1ULL << (rest[i] & 63);
		left = 0;
		for (uint32_t i = 0; i < count && k + 1 < n->count; i++) {
			rest[left] = sel[i];
			left += !(taken[sel[i] >> 6] >> (sel[i] & 63) & 1);
		}
	}
	KEEP((taken[r >> 6] >> (r & 63) & 1) == want);
}

uint32_t
tryst_fnode_run(const struct tryst_fnode *n, const struct tryst_batch *b, uint16_t *sel,
                uint32_t count)
{
	switch (n->kind) {
	case TRYST_FNODE_ANY:
		return count;
	case TRYST_FNODE_AND:
		for (uint32_t i = 0; i < n->count && count; i++)
			count = tryst_fnode_run(n->kids[i], b, sel, count);
		return count;
	case TRYST_FNODE_OR:
	case TRYST_FNODE_NOT:
		return run_marked(n, b, sel, count);
	default:
		return n->kernel(n, b, sel, count);
	}
}

uint32_t
tryst_fnode_run_all(const struct tryst_fnode *n, const struct tryst_batch *b, uint16_t *sel)
{
	const struct tryst_fdense *d = tryst_fdense_best();
	uint64_t mask[TRYST_FDENSE_WORDS], kid[TRYST_FDENSE_WORDS];
	bool any = false;
	uint32_t count;

	if (n->dense) {
		tryst_fdense_run(d, n, b, mask);
		return tryst_fdense_list(mask, b->rows, sel);
	}
	for (uint32_t i = 0; n->kind == TRYST_FNODE_AND && i < n->count; i++) {
		if (!n->kids[i]->dense)
			continue;
		tryst_fdense_run(d, n->kids[i], b, any ? kid : mask);
		for (uint32_t w = 0; any && w < WORDS(b->rows); w++)
			mask[w] &= kid[w];
		any = true;
	}
	if (!any) {
		for (uint32_t i = 0; i < b->rows; i++)
			sel[i] = (uint16_t)i;
		return tryst_fnode_run(n, b, sel, b->rows);
	}
	count = tryst_fdense_list(mask, b->rows, sel);
	for (uint32_t i = 0; i < n->count && count; i++) {
		if (!n->kids[i]->dense)
			count = tryst_fnode_run(n->kids[i], b, sel, count);
	}
	return count;
}
