/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "query/group_table.h"

#define MIB ((size_t)1 << 20)

/* Under these keys of the hash, all keys of one word below 2^32 have the same hash. */
static const struct tryst_group_seed colliding = { { 0 } };

static void
add(struct tryst_group_table *t, uint64_t key, uint64_t bytes)
{
	struct tryst_group_values v = { 1, 2, bytes, (int64_t)key, (int64_t)key + 5 };
	struct tryst_error err;

	assert_int_equal(tryst_group_table_add(t, &key, &v, 1, &err), 0);
}

/* Keys 1.. `count`, each with 3 times its number in bytes, in any order. */
static void
table_check(const struct tryst_group_table *t, size_t count)
{
	uint64_t sum = 0;

	assert_int_equal(t->used, count);
	for (size_t i = 0; i < count; i++) {
		struct tryst_group_values v = tryst_group_table_values(t, i);
		uint64_t key = tryst_group_table_key(t, i)[0];

		assert_int_equal(v.flows, 2);
		assert_int_equal(v.packets, 4);
		assert_int_equal(v.bytes, 3 * key);
		assert_int_equal(v.first_ms, key);
		assert_int_equal(v.last_ms, key + 5);
		sum += key >> 8;
	}
	assert_int_equal(sum, count * (count + 1) / 2);
}

/* Every group keeps apart from the others although no hash does, also while growing and merging. */
static void
test_collisions(void **state)
{
	struct tryst_group_budget budget = { .limit = 16 * MIB };
	struct tryst_group_table a, b;
	struct tryst_error err;

	(void)state;
	assert_int_equal(tryst_group_table_init(&a, 1, &colliding, &budget, &err), 0);
	assert_int_equal(tryst_group_table_init(&b, 1, &colliding, &budget, &err), 0);
	for (uint64_t i = 1; i <= 1000; i++) {
		add(&a, i << 8 | 1, i << 8 | 1);
		add(&b, (1001 - i) << 8 | 1, 2 * ((1001 - i) << 8 | 1));
	}
	assert_int_equal(a.used, 1000);
	assert_int_equal(tryst_group_table_merge(&a, &b, &err), 0);
	table_check(&a, 1000);
	tryst_group_table_fini(&a);
	tryst_group_table_fini(&b);
	assert_int_equal(budget.used, 0);
}

/* The same key many times in one call, before there is a group of it. */
static void
test_new_key_repeated(void **state)
{
	struct tryst_group_budget budget = { .limit = 16 * MIB };
	struct tryst_group_values values[300];
	uint64_t keys[300 * 3];
	struct tryst_group_seed seed;
	struct tryst_group_table t;
	struct tryst_error err;

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		keys[3 * i] = i % 3 == 2 ? 0 : 3;
		keys[3 * i + 1] = 7;
		keys[3 * i + 2] = i % 3;
		values[i] = (struct tryst_group_values){ 1, 1, i, 0, 0 };
	}
	assert_int_equal(tryst_group_seed_init(&seed, &err), 0);
	assert_int_equal(tryst_group_table_init(&t, 3, &seed, &budget, &err), 0);
	assert_int_equal(tryst_group_table_add(&t, keys, values, 300, &err), 0);
	assert_int_equal(t.used, 2);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(tryst_group_table_key(&t, i)[2], i);
		assert_int_equal(tryst_group_table_values(&t, i).flows, 100);
		assert_int_equal(tryst_group_table_values(&t, i).bytes, 14850 + 100 * i);
	}
	tryst_group_table_fini(&t);
}

/* Through many sizes, from small pages to huge ones, with wide keys. */
static void
test_growth(void **state)
{
	struct tryst_group_budget budget = { .limit = 256 * MIB };
	struct tryst_group_values v = { 1, 0, 0, 0, 0 };
	uint64_t key[TRYST_GROUP_KEY_WORDS_MAX] = { 1 };
	struct tryst_group_seed seed;
	struct tryst_group_table t;
	struct tryst_error err;

	(void)state;
	assert_int_equal(tryst_group_seed_init(&seed, &err), 0);
	assert_int_equal(
		tryst_group_table_init(&t, TRYST_GROUP_KEY_WORDS_MAX, &seed, &budget, &err), 0);
	assert_int_equal(budget.used, tryst_group_table_bytes_min(TRYST_GROUP_KEY_WORDS_MAX));
	for (unsigned round = 0; round < 2; round++) {
		for (uint64_t i = 0; i < 200000; i++) {
			key[TRYST_GROUP_KEY_WORDS_MAX - 1] = i;
			v.bytes = i;
			assert_int_equal(tryst_group_table_add(&t, key, &v, 1, &err), 0);
		}
	}
	assert_int_equal(t.used, 200000);
	for (size_t i = 0; i < t.used; i++) {
		assert_int_equal(tryst_group_table_key(&t, i)[TRYST_GROUP_KEY_WORDS_MAX - 1], i);
		assert_int_equal(tryst_group_table_values(&t, i).bytes, 2 * i);
	}
	tryst_group_table_fini(&t);
	assert_int_equal(budget.used, 0);
}

/* A merge that does not fit says so, and leaves the budget in order. */
static void
test_merge_limit(void **state)
{
	struct tryst_group_budget budget = { .limit = 200 << 10 };
	struct tryst_group_table a, b;
	struct tryst_group_seed seed;
	struct tryst_error err = { 0 };

	(void)state;
	assert_int_equal(tryst_group_seed_init(&seed, &err), 0);
	assert_int_equal(tryst_group_table_init(&a, 1, &seed, &budget, &err), 0);
	assert_int_equal(tryst_group_table_init(&b, 1, &seed, &budget, &err), 0);
	for (uint64_t i = 1; i <= 680; i++) {
		add(&a, i << 8 | 1, 1);
		add(&b, i << 8 | 2, 1);
	}
	budget.limit = budget.used;
	assert_int_equal(tryst_group_table_merge(&a, &b, &err), TRYST_ERR_LIMIT);
	assert_non_null(strstr(err.text, "--memory"));
	tryst_group_table_fini(&a);
	tryst_group_table_fini(&b);
	assert_int_equal(budget.used, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_collisions),
		cmocka_unit_test(test_new_key_repeated),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_merge_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
