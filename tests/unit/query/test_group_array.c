/* SPDX-License-Identifier: Apache-2.0 */
/* Sums in an array: what goes in comes out, whatever the times, and joined as if added to one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "query/group_array.h"

#define GROUPS 300
#define ADDS 5000
#define EDGE (TRYST_GROUP_ARRAY_TIME - 1)

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
		v.packets = TRYST_GROUP_ARRAY_PACKETS - 1;
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
		cmocka_unit_test(test_takes),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
