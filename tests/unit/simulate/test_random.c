/* SPDX-License-Identifier: Apache-2.0 */
/* The dice: own functions against libm's, bijections, weights, distributions. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "simulate/random.h"

static void
test_functions(void **state)
{
	struct tryst_sim_rng r = { 1 };

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		double u = 1 - tryst_sim_uniform(&r), x = u * 1e6, turns = u * 3;
		double e = (u - 0.5) * 1000, y = u * 8 - 4;

		assert_true(fabs(tryst_sim_ln(x) - log(x)) < 1e-12 * (1 + fabs(log(x))));
		assert_true(fabs(tryst_sim_exp(e) / exp(e) - 1) < 1e-12);
		assert_true(fabs(tryst_sim_pow(u, y) / pow(u, y) - 1) < 1e-10);
		assert_true(fabs(tryst_sim_cos_turns(turns) - cos(turns * 2 * M_PI)) < 1e-12);
	}
	assert_true(tryst_sim_ln(1) == 0);
	assert_true(tryst_sim_exp(0) == 1);
}

/* The first numbers of a stream are part of what a seed means: they never change. */
static void
test_stream(void **state)
{
	struct tryst_sim_rng zero = { 0 }, a, b;

	(void)state;
	/* SplitMix64 from 0, as published with xoshiro (Vigna). */
	assert_int_equal(tryst_sim_next(&zero), 0xe220a8397b1dcdafULL);
	assert_int_equal(tryst_sim_next(&zero), 0x6e789e6aa1b965f4ULL);
	assert_int_equal(tryst_sim_next(&zero), 0x06c45d188009454fULL);
	a = tryst_sim_stream(7, 1, 2, 3);
	b = tryst_sim_stream(7, 1, 2, 3);
	assert_int_equal(tryst_sim_next(&a), tryst_sim_next(&b));
	b = tryst_sim_stream(7, 1, 3, 2);
	assert_int_not_equal(tryst_sim_next(&a), tryst_sim_next(&b));
}

static void
test_permute(void **state)
{
	static const uint32_t sizes[] = { 1, 2, 3, 7, 64, 1000, 4096, 65000 };

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(sizes); i++) {
		uint8_t *seen = calloc(sizes[i], 1);

		assert_non_null(seen);
		for (uint32_t n = 0; n < sizes[i]; n++) {
			uint32_t to = tryst_sim_permute(n, sizes[i], 99 + i);

			assert_true(to < sizes[i]);
			assert_int_equal(seen[to]++, 0);
		}
		free(seen);
	}
}

static void
test_alias(void **state)
{
	static const double weights[] = { 1, 0, 3, 6, 0.5, 0, 9.5 };
	uint32_t counts[TRYST_ARRAY_SIZE(weights)] = { 0 };
	struct tryst_sim_alias a = { 0 };
	struct tryst_sim_rng r = { 5 };

	(void)state;
	assert_true(tryst_sim_alias_init(&a, weights, TRYST_ARRAY_SIZE(weights)));
	for (unsigned i = 0; i < 400000; i++)
		counts[tryst_sim_alias_draw(&a, &r)]++;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(weights); i++) {
		double expected = weights[i] / 20 * 400000;

		assert_true(fabs(counts[i] - expected) <= 5 * sqrt(expected));
	}
	tryst_sim_alias_fini(&a);
}

static void
test_distributions(void **state)
{
	struct tryst_sim_rng r = { 11 };
	double sum = 0, squares = 0, normal = 0;
	unsigned below = 0;

	(void)state;
	for (unsigned i = 0; i < 200000; i++) {
		double x = tryst_sim_normal(&r);

		sum += tryst_sim_exponential(&r, 40);
		normal += x;
		squares += x * x;
		below += tryst_sim_lognormal(&r, 100, 0.9, 1000000) <= 100;
	}
	assert_true(fabs(sum / 200000 - 40) < 0.5);
	assert_true(fabs(normal / 200000) < 0.012);
	assert_true(fabs(squares / 200000 - 1) < 0.02);
	assert_true(fabs(below / 200000.0 - 0.5) < 0.012);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_functions),     cmocka_unit_test(test_stream),
		cmocka_unit_test(test_permute),       cmocka_unit_test(test_alias),
		cmocka_unit_test(test_distributions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
