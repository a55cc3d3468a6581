/* SPDX-License-Identifier: Apache-2.0 */
/* The loops over whole columns: AVX2 against the scalar ones, and these against one test a row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "query/filter_dense.h"

#define ROUNDS 2000

static uint64_t
draw(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static union {
	uint8_t u8[TRYST_BATCH_ROWS];
	uint16_t u16[TRYST_BATCH_ROWS];
	uint32_t u32[TRYST_BATCH_ROWS];
	uint64_t u64[TRYST_BATCH_ROWS];
} column;

/* Numbers near each other and near both ends, so that ranges have something in and out of them. */
static void
column_draw(uint64_t *seed)
{
	uint64_t near = draw(seed) % 4 ? draw(seed) : 0;
	unsigned bits = (unsigned)(draw(seed) % 64);

	for (size_t i = 0; i < TRYST_BATCH_ROWS; i++)
		column.u64[i] = near + (draw(seed) >> bits) - (draw(seed) >> bits);
}

static uint64_t
column_get(unsigned size, uint32_t row)
{
	return size == 1   ? column.u8[row]
	       : size == 2 ? column.u16[row]
	       : size == 4 ? column.u32[row]
	                   : column.u64[row];
}

static void
range_run(const struct tryst_fdense *d, unsigned size, uint32_t words, uint64_t lo, uint64_t span,
          uint64_t *mask)
{
	memset(mask, 0x5a, TRYST_FDENSE_WORDS * sizeof(*mask));
	if (size == 1)
		d->u8(mask, column.u8, words, (uint8_t)lo, (uint8_t)span);
	else if (size == 2)
		d->u16(mask, column.u16, words, (uint16_t)lo, (uint16_t)span);
	else if (size == 4)
		d->u32(mask, column.u32, words, (uint32_t)lo, (uint32_t)span);
	else
		d->u64(mask, column.u64, words, lo, span);
}

static void
masks_equal(const uint64_t *got, uint32_t words, const bool *want)
{
	for (uint32_t i = 0; i < words * 64; i++)
		assert_int_equal(got[i / 64] >> i % 64 & 1, want[i]);
	for (uint32_t w = words; w < TRYST_FDENSE_WORDS; w++)
		assert_int_equal(got[w], 0x5a5a5a5a5a5a5a5aULL);
}

static void
check_ranges(const struct tryst_fdense *d)
{
	uint64_t seed = 22082003, mask[TRYST_FDENSE_WORDS];
	bool want[TRYST_BATCH_ROWS];

	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned size = 1u << round % 4;
		uint64_t all = UINT64_MAX >> (64 - 8 * size), lo, hi;
		uint32_t words = 1 + (uint32_t)(draw(&seed) % TRYST_FDENSE_WORDS);

		column_draw(&seed);
		lo = column_get(size, (uint32_t)(draw(&seed) % TRYST_BATCH_ROWS));
		hi = column_get(size, (uint32_t)(draw(&seed) % TRYST_BATCH_ROWS));
		if (round % 7 == 0)
			lo = 0;
		if (round % 11 == 0)
			hi = all;
		if (round % 13 == 0)
			hi = lo;
		if (lo > hi) {
			uint64_t swap = lo;

			lo = hi;
			hi = swap;
		}
		for (uint32_t i = 0; i < TRYST_BATCH_ROWS; i++)
			want[i] = column_get(size, i) >= lo && column_get(size, i) <= hi;
		range_run(d, size, words, lo, hi - lo, mask);
		masks_equal(mask, words, want);
	}
}

static void
check_bits(const struct tryst_fdense *d)
{
	uint64_t seed = 1, mask[TRYST_FDENSE_WORDS];
	bool want[TRYST_BATCH_ROWS];

	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t words = 1 + (uint32_t)(draw(&seed) % TRYST_FDENSE_WORDS);
		uint8_t keep = (uint8_t)draw(&seed), high = (uint8_t)(draw(&seed) & keep);
		unsigned bit = round % 64;

		column_draw(&seed);
		for (uint32_t i = 0; i < TRYST_BATCH_ROWS; i++)
			want[i] = column.u64[i] >> bit & 1;
		memset(mask, 0x5a, sizeof(mask));
		d->bit(mask, column.u64, words, bit);
		masks_equal(mask, words, want);
		for (uint32_t i = 0; i < TRYST_BATCH_ROWS; i++)
			want[i] = (column.u8[i] & keep) == high;
		memset(mask, 0x5a, sizeof(mask));
		d->flags(mask, column.u8, words, keep, high);
		masks_equal(mask, words, want);
	}
}

static void
test_scalar(void **state)
{
	(void)state;
	check_ranges(&tryst_fdense_scalar);
	check_bits(&tryst_fdense_scalar);
}

static void
test_best(void **state)
{
	(void)state;
	check_ranges(tryst_fdense_best());
	check_bits(tryst_fdense_best());
#ifdef __x86_64__
	if (TRYST_CPU_HAS(AVX2))
		assert_ptr_equal(tryst_fdense_best(), &tryst_fdense_avx2);
#endif
}

static void
test_list(void **state)
{
	uint64_t seed = 3, mask[TRYST_FDENSE_WORDS];
	uint16_t sel[TRYST_BATCH_ROWS];

	(void)state;
	for (unsigned round = 0; round < ROUNDS; round++) {
		uint32_t rows = 1 + (uint32_t)(draw(&seed) % TRYST_BATCH_ROWS), n = 0, got;

		memset(mask, 0, sizeof(mask));
		for (uint32_t i = 0; i < rows; i++) {
			if (draw(&seed) % (round % 9 + 1) == 0)
				mask[i / 64] |= 1ULL << i % 64;
		}
		got = tryst_fdense_list(mask, rows, sel);
		for (uint32_t i = 0; i < rows; i++) {
			if (mask[i / 64] >> i % 64 & 1)
				assert_int_equal(sel[n++], i);
		}
		assert_int_equal(got, n);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scalar),
		cmocka_unit_test(test_best),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
