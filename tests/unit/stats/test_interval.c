/* SPDX-License-Identifier: Apache-2.0 */
/* Against R's binom.test and the closed forms at the ends. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/base.h"
#include "stats/interval.h"
#include "stats/tail.h"

static void
test_ends(void **state)
{
	double low, high;

	(void)state;
	/* k = 0: 1 - (alpha / 2)^(1 / n). */
	tryst_clopper_pearson(0, 10, .05, &low, &high);
	assert_true(low == 0);
	assert_true(fabs(high - (1 - pow(.025, .1))) < 1e-12);
	tryst_clopper_pearson(10, 10, .05, &low, &high);
	assert_true(fabs(low - pow(.025, .1)) < 1e-12);
	assert_true(high == 1);
}

/* R: binom.test(3, 10)$conf.int is 0.06673951 0.65245285. */
static void
test_published(void **state)
{
	double low, high;

	(void)state;
	tryst_clopper_pearson(3, 10, .05, &low, &high);
	assert_true(fabs(low - 0.06673951) < 1e-8);
	assert_true(fabs(high - 0.65245285) < 1e-8);
}

/* What defines it: at each end the tail beyond k has half of alpha. */
static void
test_definition(void **state)
{
	static const struct {
		uint64_t k, n;
	} cases[] = { { 1, 2 }, { 5, 7 }, { 17, 40 }, { 250, 1000 }, { 1, 100000 } };

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		uint64_t k = cases[i].k, n = cases[i].n;
		double low, high;

		tryst_clopper_pearson(k, n, .01, &low, &high);
		assert_true(fabs(exp(tryst_binomial_upper(n, low, k)) - .005) < 1e-9);
		assert_true(fabs(-expm1(tryst_binomial_upper(n, high, k + 1)) - .005) < 1e-9);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ends),
		cmocka_unit_test(test_published),
		cmocka_unit_test(test_definition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
