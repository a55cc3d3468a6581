/* SPDX-License-Identifier: Apache-2.0 */
/* Packed numbers and chunks: exact round trips, the same from every kernel, and hostile bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "store/column.h"

static uint64_t
next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* Every width, with counts around the kernels' strides: both kernels give what was packed. */
static void
test_pack(void **state)
{
	static const uint32_t counts[] = { 1, 7, 8, 9, 15, 16, 31, 33, 255, 2048 };
	uint64_t values[2048], seed = 1;
	uint8_t packed[2048 * 8 + TRYST_PACK_SLACK];
	const struct tryst_unpack *kernels[] = { &tryst_unpack_scalar, tryst_unpack_best() };

	(void)state;
	for (unsigned width = 0; width <= 64; width = width == 57 ? 64 : width + 1) {
		for (size_t c = 0; c < TRYST_ARRAY_SIZE(counts); c++) {
			uint32_t count = counts[c];
			uint64_t base = next(&seed);

			for (uint32_t i = 0; i < count; i++)
				values[i] = width ? next(&seed) >> (64 - width) : 0;
			memset(packed, 0xff, sizeof(packed));
			tryst_pack(packed, values, count, width);
			for (uint32_t i = 0; i < count; i++)
				assert_int_equal(tryst_pack_get(packed, width, i), values[i]);
			for (size_t k = 0; k < TRYST_ARRAY_SIZE(kernels); k++) {
				uint8_t u8[2048];
				uint16_t u16[2048];
				uint32_t u32[2048];
				uint64_t u64[2048];

				uint64_t sum = kernels[k]->zigzag_sum(packed, count & ~7U, width);

				for (uint32_t i = 0; i < (count & ~7U); i++)
					sum -= tryst_unzigzag(values[i]);
				assert_int_equal(sum, 0);
				kernels[k]->u8(u8, packed, count, width, base);
				kernels[k]->u16(u16, packed, count, width, base);
				kernels[k]->u32(u32, packed, count, width, base);
				kernels[k]->u64(u64, packed, count, width, base);
				for (uint32_t i = 0; i < count; i++) {
					uint64_t v = values[i] + base;

					assert_int_equal(u64[i], v);
					assert_int_equal(u32[i], (uint32_t)v);
					assert_int_equal(u16[i], (uint16_t)v);
					assert_int_equal(u8[i], (uint8_t)v);
				}
			}
		}
	}
}

#define SHAPES 11

/* What columns look like, and what they do not. */
static uint64_t
shape(unsigned kind, uint32_t i, uint64_t r, uint64_t *walk)
{
	static const uint64_t few[] = { 6, 17, 6, 6, 17, 6, 6, 1 };

	switch (kind) {
	case 0:
		return 7;
	case 1:
		return few[r % 8];
	case 2:
		return r;
	case 3:
		return r % 100 ? r >> 52 : r; /* small, with exceptions */
	case 4:
		return *walk += r >> 54; /* times */
	case 5:
		return *walk -= (r >> 50) - (1 << 13);
	case 6:
		return i % 3 ? UINT64_MAX : 0;
	case 7:
		return (r & 255) << 40 | 5; /* as many values as a dictionary holds */
	case 8:
		return r & 1;
	case 9:
		return *walk += r % 50 ? r >> 54 : (r >> 30) - (1ULL << 33); /* with exceptions */
	default:
		return r >> (r & 63);
	}
}

static bool
walks(unsigned kind)
{
	return kind == 4 || kind == 5 || kind == 9;
}

static void
check_chunk(struct tryst_encoder *e, const uint64_t *values, uint32_t count, bool differences,
            uint64_t *seed)
{
	uint8_t chunk[TRYST_CHUNK_MAX + TRYST_PACK_SLACK];
	uint16_t rows[TRYST_BATCH_ROWS];
	uint64_t wide[TRYST_BATCH_ROWS + 7];
	uint32_t narrow[TRYST_BATCH_ROWS + 7], n = 0, every = 1 + (uint32_t)(next(seed) % 100);
	uint16_t half[TRYST_BATCH_ROWS + 7];
	uint8_t byte[TRYST_BATCH_ROWS + 7], encoding;
	size_t size = tryst_column_encode(e, values, count, differences, chunk, &encoding);
	struct tryst_column c;

	assert_true(size <= TRYST_CHUNK_MAX);
	assert_true(tryst_column_open(&c, encoding, chunk, size, count));
	assert_true(tryst_column_decode(&c, wide, 8));
	assert_memory_equal(wide, values, count * sizeof(*values));
	assert_true(tryst_column_decode(&c, narrow, 4));
	assert_true(tryst_column_decode(&c, half, 2));
	assert_true(tryst_column_decode(&c, byte, 1));
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(narrow[i], (uint32_t)values[i]);
		assert_int_equal(half[i], (uint16_t)values[i]);
		assert_int_equal(byte[i], (uint8_t)values[i]);
		if (next(seed) % every == 0)
			rows[n++] = (uint16_t)i;
	}
	assert_true(tryst_column_pick(&c, rows, n, wide, 8));
	assert_true(tryst_column_pick(&c, rows, n, half, 2));
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(wide[i], values[rows[i]]);
		assert_int_equal(half[i], (uint16_t)values[rows[i]]);
	}
	if (size > 0)
		assert_false(tryst_column_open(&c, encoding, chunk, size - 1, count) &&
		             encoding != TRYST_ENCODING_CONST);
}

static void
test_round_trip(void **state)
{
	struct tryst_encoder *e = malloc(sizeof(*e));
	uint64_t values[TRYST_BATCH_ROWS], seed = 2;

	(void)state;
	assert_non_null(e);
	for (unsigned round = 0; round < 600; round++) {
		uint32_t count = round % 3 ? 1 + (uint32_t)(next(&seed) % TRYST_BATCH_ROWS)
		                           : TRYST_BATCH_ROWS;
		uint64_t walk = next(&seed) >> (next(&seed) & 63);

		for (uint32_t i = 0; i < count; i++)
			values[i] = shape(round % SHAPES, i, next(&seed), &walk);
		check_chunk(e, values, count, walks(round % SHAPES), &seed);
	}
	free(e);
}

/* The encodings are worth their code: each is chosen for the values it is there for. */
static void
test_choice(void **state)
{
	static const struct {
		unsigned shape;
		bool differences;
		uint8_t encoding;
		size_t at_most; /* bytes */
	} choices[] = {
		{ 0, false, TRYST_ENCODING_CONST, 1 },     { 1, false, TRYST_ENCODING_DICT, 530 },
		{ 3, false, TRYST_ENCODING_PACKED, 3400 }, { 4, true, TRYST_ENCODING_DELTA, 2900 },
		{ 8, false, TRYST_ENCODING_PACKED, 262 },  { 7, false, TRYST_ENCODING_DICT, 3700 },
	};
	struct tryst_encoder *e = malloc(sizeof(*e));
	uint64_t values[TRYST_BATCH_ROWS], seed = 3, walk = 1ULL << 40;
	uint8_t out[TRYST_CHUNK_MAX], encoding;

	(void)state;
	assert_non_null(e);
	for (size_t c = 0; c < TRYST_ARRAY_SIZE(choices); c++) {
		size_t size;

		for (uint32_t i = 0; i < TRYST_BATCH_ROWS; i++)
			values[i] = shape(choices[c].shape, i, next(&seed), &walk);
		size = tryst_column_encode(e, values, TRYST_BATCH_ROWS, choices[c].differences, out,
		                           &encoding);
		assert_int_equal(encoding, choices[c].encoding);
		assert_true(size <= choices[c].at_most);
	}
	free(e);
}

/* Any bytes: opened or not, and what was opened decodes within its bounds (the sanitizers look). */
static void
test_hostile(void **state)
{
	struct tryst_encoder *e = malloc(sizeof(*e));
	uint64_t values[TRYST_BATCH_ROWS], out[TRYST_BATCH_ROWS + 7], seed = 4, opened = 0;
	uint8_t chunk[TRYST_CHUNK_MAX + TRYST_PACK_SLACK] = { 0 }, encoding;

	(void)state;
	assert_non_null(e);
	for (unsigned round = 0; round < 3000; round++) {
		uint32_t count = 1 + (uint32_t)(next(&seed) % TRYST_BATCH_ROWS);
		uint16_t rows[] = { 0, (uint16_t)(count - 1) };
		uint64_t walk = 0;
		struct tryst_column c;
		size_t size;
		uint8_t *exact;

		for (uint32_t i = 0; i < count; i++)
			values[i] = shape(round % SHAPES, i, next(&seed), &walk);
		size = tryst_column_encode(e, values, count, walks(round % SHAPES), chunk,
		                           &encoding);
		for (unsigned n = 0; size && n < 4; n++)
			chunk[next(&seed) % TRYST_MIN(size, (size_t)16)] = (uint8_t)next(&seed);
		exact = malloc(size + TRYST_PACK_SLACK);
		assert_non_null(exact);
		memcpy(exact, chunk, size + TRYST_PACK_SLACK);
		if (tryst_column_open(&c, encoding, exact, size, count)) {
			opened++;
			(void)tryst_column_decode(&c, out, 8);
			(void)tryst_column_decode(&c, out, 2);
			(void)tryst_column_pick(&c, rows, count > 1 ? 2 : 1, out, 4);
		}
		free(exact);
	}
	assert_true(opened > 100);
	free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pack),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_hostile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
