/* SPDX-License-Identifier: Apache-2.0 */
#include "query/filter_dense.h"

#include <string.h>

#include "base/cpu.h"

#define WORDS(rows) (((rows) + 63) / 64)

/* One word at a time: 64 tests. */
#define RANGE(type)                                                                                \
	static void scalar_##type(uint64_t *mask, const uint##type##_t *x, uint32_t words,         \
	                          uint##type##_t lo, uint##type##_t span)                          \
	{                                                                                          \
		for (uint32_t w = 0; w < words; w++, x += 64) {                                    \
			uint64_t bits = 0;                                                         \
                                                                                                   \
			for (unsigned i = 0; i < 64; i++)                                          \
				bits |= (uint64_t)((uint##type##_t)(x[i] - lo) <= span) << i;      \
			mask[w] = bits;                                                            \
		}                                                                                  \
	}

RANGE(8)
RANGE(16)
RANGE(32)
RANGE(64)

static void
scalar_flags(uint64_t *mask, const uint8_t *x, uint32_t words, uint8_t bits, uint8_t high)
{
	for (uint32_t w = 0; w < words; w++, x += 64) {
		uint64_t out = 0;

		for (unsigned i = 0; i < 64; i++)
			out |= (uint64_t)((x[i] & bits) == high) << i;
		mask[w] = out;
	}
}

static void
scalar_bit(uint64_t *mask, const uint64_t *x, uint32_t words, unsigned bit)
{
	for (uint32_t w = 0; w < words; w++, x += 64) {
		uint64_t out = 0;

		for (unsigned i = 0; i < 64; i++)
			out |= (x[i] >> bit & 1) << i;
		mask[w] = out;
	}
}

const struct tryst_fdense tryst_fdense_scalar = {
	.u8 = scalar_8,
	.u16 = scalar_16,
	.u32 = scalar_32,
	.u64 = scalar_64,
	.flags = scalar_flags,
	.bit = scalar_bit,
};

const struct tryst_fdense *
tryst_fdense_best(void)
{
#ifdef __x86_64__
	if (TRYST_CPU_HAS(AVX2))
		return &tryst_fdense_avx2;
#endif
	return &tryst_fdense_scalar;
}

void
tryst_fdense_mark(struct tryst_fnode *n)
{
	switch (n->kind) {
	case TRYST_FNODE_AND:
	case TRYST_FNODE_OR:
	case TRYST_FNODE_NOT:
		n->dense = true;
		for (uint32_t i = 0; i < n->count; i++) {
			tryst_fdense_mark(n->kids[i]);
			n->dense &= n->kids[i]->dense;
		}
		break;
	case TRYST_FNODE_NUMBER:
		/* A record that does not say how many flows it is is one: a test of its own. */
		n->dense = n->a != TRYST_FIELD_flows && (n->count <= 1 || n->bitmap);
		break;
	default:
		n->dense = n->kind == TRYST_FNODE_ANY || n->kind == TRYST_FNODE_FLAGS;
	}
}

/* The rows whose number is in the node's bitmap. */
static void
run_bitmap(const struct tryst_fnode *n, const void *column, size_t size, uint32_t words,
           uint64_t *mask)
{
	const uint8_t *bytes = column;
	const uint16_t *shorts = column;

	for (uint32_t w = 0; w < words; w++) {
		uint64_t bits = 0;

		for (uint32_t i = 0; i < 64; i++) {
			uint32_t x = size == 1 ? bytes[w * 64 + i] : shorts[w * 64 + i];

			bits |= (n->bitmap[x >> 6] >> (x & 63) & 1) << i;
		}
		mask[w] = bits;
	}
}

/* The rows whose number of one field is in the node's range. */
static void
run_range(const struct tryst_fdense *d, const struct tryst_fnode *n, const void *column,
          size_t size, uint32_t words, uint64_t *mask)
{
	uint64_t lo = n->ranges->lo, span = n->ranges->hi - lo;

	switch (size) {
	case 1:
		d->u8(mask, column, words, (uint8_t)lo, (uint8_t)span);
		break;
	case 2:
		d->u16(mask, column, words, (uint16_t)lo, (uint16_t)span);
		break;
	case 4:
		d->u32(mask, column, words, (uint32_t)lo, (uint32_t)span);
		break;
	default:
		d->u64(mask, column, words, lo, span);
	}
}

/* Only rows that say the field. */
static void
and_known(const struct tryst_fdense *d, const struct tryst_batch *b, enum tryst_field field,
          uint32_t words, uint64_t *mask)
{
	uint64_t known[TRYST_FDENSE_WORDS];

	if (b->sure >> field & 1)
		return;
	d->bit(known, b->present, words, (unsigned)field);
	for (uint32_t w = 0; w < words; w++)
		mask[w] &= known[w];
}

static void
run_number(const struct tryst_fdense *d, const struct tryst_fnode *n, const struct tryst_batch *b,
           enum tryst_field field, uint32_t words, uint64_t *mask)
{
	const void *column = tryst_batch_column(b, field);
	size_t size = tryst_field_info(field)->size;
	/* Only of one range and one field: filter_kernel.c's other kernels know no NE either. */
	bool other =
		n->compare == TRYST_FCOMPARE_NE && n->count == 1 && n->b == TRYST_FILTER_NO_FIELD;

	if (n->bitmap)
		run_bitmap(n, column, size, words, mask);
	else
		run_range(d, n, column, size, words, mask);
	for (uint32_t w = 0; other && w < words; w++)
		mask[w] = ~mask[w];
	and_known(d, b, field, words, mask);
}

static void
run_leaf(const struct tryst_fdense *d, const struct tryst_fnode *n, const struct tryst_batch *b,
         uint32_t words, uint64_t *mask)
{
	uint64_t second[TRYST_FDENSE_WORDS];

	if (n->kind == TRYST_FNODE_ANY) {
		memset(mask, 0xff, words * sizeof(*mask));
	} else if (n->kind == TRYST_FNODE_FLAGS) {
		d->flags(mask, tryst_batch_column(b, n->a), words, n->mask, n->high);
		for (uint32_t w = 0; n->any && w < words; w++)
			mask[w] = ~mask[w];
		and_known(d, b, n->a, words, mask);
	} else if (n->count == 0) {
		memset(mask, 0, words * sizeof(*mask));
	} else {
		run_number(d, n, b, n->a, words, mask);
		if (n->b == TRYST_FILTER_NO_FIELD)
			return;
		run_number(d, n, b, n->b, words, second);
		for (uint32_t w = 0; w < words; w++)
			mask[w] |= second[w];
	}
}

static bool
all_zero(const uint64_t *mask, uint32_t words)
{
	uint64_t any = 0;

	for (uint32_t w = 0; w < words; w++)
		any |= mask[w];
	return !any;
}

static void
run_node(const struct tryst_fdense *d, const struct tryst_fnode *n, const struct tryst_batch *b,
         uint32_t words, uint64_t *mask)
{
	bool narrows = n->kind == TRYST_FNODE_AND;
	uint64_t kid[TRYST_FDENSE_WORDS];

	if (!narrows && n->kind != TRYST_FNODE_OR && n->kind != TRYST_FNODE_NOT) {
		run_leaf(d, n, b, words, mask);
		return;
	}
	run_node(d, n->kids[0], b, words, mask);
	for (uint32_t i = 1; i < n->count; i++) {
		if (narrows && all_zero(mask, words))
			break;
		run_node(d, n->kids[i], b, words, kid);
		for (uint32_t w = 0; w < words; w++)
			mask[w] = narrows ? mask[w] & kid[w] : mask[w] | kid[w];
	}
	for (uint32_t w = 0; n->kind == TRYST_FNODE_NOT && w < words; w++)
		mask[w] = ~mask[w];
}

void
tryst_fdense_run(const struct tryst_fdense *d, const struct tryst_fnode *n,
                 const struct tryst_batch *b, uint64_t mask[TRYST_FDENSE_WORDS])
{
	uint32_t words = WORDS(b->rows);

	assert(n->dense);
	run_node(d, n, b, words, mask);
	if (b->rows % 64)
		mask[words - 1] &= ((uint64_t)1 << b->rows % 64) - 1;
}

uint32_t
tryst_fdense_list(const uint64_t mask[TRYST_FDENSE_WORDS], uint32_t rows, uint16_t *sel)
{
	uint32_t count = 0;

	for (uint32_t w = 0; w < WORDS(rows); w++) {
		for (uint64_t bits = mask[w]; bits; bits &= bits - 1)
			sel[count++] = (uint16_t)(w * 64 + (uint32_t)__builtin_ctzll(bits));
	}
	return count;
}
