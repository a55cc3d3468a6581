/* SPDX-License-Identifier: Apache-2.0 */
/* Sums in an array: what goes in comes out, whatever the times, and joined as if added to one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "query/group_array_columns.h"

#define GROUPS 300
#define ADDS 5000
#define EDGE (TRYST_GROUP_ARRAY_LIMIT - 1)

static uint64_t
draw(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

static struct tryst_group_values
values_draw(uint64_t *seed)
{
	static const int64_t times[] = { 0, 1, -1, EDGE, -EDGE, 1061578800000 };
	uint64_t r = draw(seed);
	struct tryst_group_values v = { 1, draw(seed) >> (39 + r % 25), draw(seed), INT64_MAX,
		                        INT64_MIN };

	if (r % 5 == 0)
		return v;
	v.first_ms = times[draw(seed) % TRYST_ARRAY_SIZE(times)];
	v.last_ms = times[draw(seed) % TRYST_ARRAY_SIZE(times)];
	return v;
}

/* Adds to one of two arrays, and to what is expected of both. */
static void
fill(struct tryst_group_array *arrays, struct tryst_group_values *expected)
{
	uint64_t seed = 22082003;

	for (size_t i = 0; i < GROUPS; i++)
		expected[i] = TRYST_GROUP_VALUES_NONE;
	for (unsigned i = 0; i < ADDS; i++) {
		struct tryst_group_values v[2] = { values_draw(&seed), values_draw(&seed) };
		uint32_t codes[2] = { (uint32_t)(draw(&seed) % GROUPS), TRYST_GROUP_CODE_NONE };

		if (codes[0] % 7 == 0)
			continue;
		assert_true(tryst_group_array_takes(&v[0]));
		tryst_group_array_add(&arrays[draw(&seed) % 2], codes, v, 2);
		tryst_group_values_add(&expected[codes[0]], &v[0]);
	}
}

static void
test_fold_and_take(void **state)
{
	struct tryst_group_budget budget = { .limit = 1 << 20 };
	struct tryst_group_values expected[GROUPS], got;
	struct tryst_group_array a[2];
	struct tryst_error err;
	uint32_t at = 0;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		tryst_group_array_init(&a[i], &budget);
		assert_int_equal(tryst_group_array_resize(&a[i], GROUPS, &err), 0);
	}
	fill(a, expected);
	tryst_group_array_fold(&a[0], &a[1]);
	assert_false(tryst_group_array_take(&a[1], &at, &got));
	for (uint32_t i = 0; i < GROUPS; i++) {
		if (!expected[i].flows)
			continue;
		assert_true(tryst_group_array_take(&a[0], &at, &got));
		assert_int_equal(at++, i);
		assert_int_equal(got.flows, expected[i].flows);
		assert_int_equal(got.packets, expected[i].packets);
		assert_int_equal(got.bytes, expected[i].bytes);
		assert_int_equal(got.first_ms, expected[i].first_ms);
		assert_int_equal(got.last_ms, expected[i].last_ms);
	}
	assert_false(tryst_group_array_take(&a[0], &at, &got));
	/* What was taken is gone. */
	at = 0;
	assert_false(tryst_group_array_take(&a[0], &at, &got));
	for (unsigned i = 0; i < 2; i++)
		tryst_group_array_fini(&a[i]);
	assert_int_equal(budget.used, 0);
}

#define ROWS 131

/* Rows, one in `strange` of which are beyond the limits of columns, or just within. */
static void
columns_draw(uint64_t *packets, uint64_t *bytes, int64_t *first, int64_t *last, uint64_t strange,
             uint64_t *seed)
{
	static const int64_t limit = TRYST_GROUP_COLUMN_TIME;
	const int64_t times[] = { limit, -limit - 1, INT64_MIN, INT64_MAX, limit - 1, -limit, -1 };

	for (unsigned i = 0; i < ROWS; i++) {
		uint64_t odd = draw(seed) % strange;

		packets[i] = draw(seed) % TRYST_GROUP_COLUMN_PACKETS;
		bytes[i] = draw(seed);
		first[i] = 1061578800000 + (int64_t)(draw(seed) % 1000000);
		last[i] = 1061578800000 + (int64_t)(draw(seed) % 1000000);
		if (odd == 0)
			first[i] = times[draw(seed) % TRYST_ARRAY_SIZE(times)];
		if (odd == 1)
			last[i] = times[draw(seed) % TRYST_ARRAY_SIZE(times)];
		if (odd == 2)
			packets[i] = TRYST_GROUP_COLUMN_PACKETS - 1 + draw(seed) % 2;
	}
}

/* By column as by value, whatever the instructions, up to the first that is not taken. */
static void
test_columns(void **state)
{
	uint64_t packets[ROWS], bytes[ROWS], seed = 24112026;
	int64_t first[ROWS], last[ROWS];
	const struct tryst_group_columns c = { packets, bytes, first, last };
	unsigned cut = 0;

	(void)state;
	for (unsigned turn = 0; turn < 3000; turn++) {
		struct tryst_group_entry plain[GROUPS] = { 0 }, wide[GROUPS] = { 0 },
					 want[GROUPS] = { 0 }, sums[3] = { 0 }, e;
		size_t n = draw(&seed) % ROWS, ahead = ROWS - n, done = 0;
		uint32_t codes[ROWS], few = draw(&seed) % 3 ? GROUPS : 3;

		columns_draw(packets, bytes, first, last, turn % 2 ? 300 : 100000, &seed);
		for (unsigned i = 0; i < ROWS; i++)
			codes[i] = (uint32_t)(draw(&seed) % few);
		for (; done < n && tryst_group_entry_of(&c, done, &e); done++) {
			struct tryst_group_values v = { 1, packets[done], bytes[done], first[done],
				                        last[done] };

			assert_true(tryst_group_array_takes(&v));
			tryst_group_entry_add(&want[codes[done]], &e);
			tryst_group_entry_add(&sums[0], &e);
		}
		cut += done < n;
		assert_int_equal(tryst_group_add_plain(plain, codes, ahead, &c, n, &sums[1]), done);
		assert_memory_equal(plain, want, sizeof(want));
		assert_memory_equal(&sums[1], &sums[0], sizeof(sums[0]));
		(void)wide;
#ifdef __x86_64__
		if (!TRYST_CPU_HAS(AVX2))
			continue;
		assert_int_equal(tryst_group_add_avx2(wide, codes, ahead, &c, n, &sums[2]), done);
		assert_memory_equal(wide, want, sizeof(want));
		assert_memory_equal(&sums[2], &sums[0], sizeof(sums[0]));
#endif
	}
	assert_in_range(cut, 100, 1400);
}

static void
test_takes(void **state)
{
	static const struct {
		uint64_t flows;
		int64_t first_ms, last_ms;
		bool takes;
	} table[] = {
		{ 1, 0, 0, true },
		{ 1, -EDGE, EDGE, true },
		{ 1, INT64_MAX, INT64_MIN, true },
		{ 0, 0, 0, false },
		{ 2, 0, 0, false },
		{ 1, -EDGE - 1, 0, false },
		{ 1, 0, EDGE + 1, false },
		{ 1, INT64_MAX, 0, false },
		{ 1, 0, INT64_MIN, false },
		{ 1, INT64_MAX, INT64_MAX, false },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(table); i++) {
		struct tryst_group_values v = { table[i].flows, 0, 0, table[i].first_ms,
			                        table[i].last_ms };

		assert_int_equal(tryst_group_array_takes(&v), table[i].takes);
		v.packets = TRYST_GROUP_ARRAY_PACKETS_EACH - 1;
		assert_int_equal(tryst_group_array_takes(&v), table[i].takes);
		v.packets++;
		assert_false(tryst_group_array_takes(&v));
	}
}

static void
test_room(void **state)
{
	struct tryst_group_budget budget = { .limit = 4096 };
	struct tryst_group_array a;
	struct tryst_error err;

	(void)state;
	tryst_group_array_init(&a, &budget);
	assert_int_equal(tryst_group_array_resize(&a, 129, &err), TRYST_ERR_LIMIT);
	assert_int_equal(tryst_group_array_resize(&a, 128, &err), 0);
	a.flows = TRYST_GROUP_ARRAY_FLOWS - 129;
	a.packets = TRYST_GROUP_ARRAY_PACKETS - 1001;
	assert_true(tryst_group_array_room(&a, 128, 1000));
	assert_false(tryst_group_array_room(&a, 129, 1000));
	assert_false(tryst_group_array_room(&a, 128, 1001));
	tryst_group_array_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fold_and_take),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_takes),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
