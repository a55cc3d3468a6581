/* SPDX-License-Identifier: Apache-2.0 */
/*
 * References: exact rational arithmetic (inclusion and exclusion over Python's fractions) for the
 * chance that every source is seen; the quantiles of the limit of Anderson and Darling's
 * statistic as Marsaglia and Marsaglia (2004) give them; the rest by hand.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>

#include "base/base.h"
#include "stats/forgery.h"

static void
assert_near(double got, double want, double within)
{
	if (!(fabs(got - want) <= within))
		fail_msg("got %.12g, want %.12g", got, want);
}

static void
all_seen(void **state)
{
	static const struct {
		uint64_t n, m;
		double equal, dirichlet;
		double within; /* exact, or the local approximation */
	} known[] = {
		{ 12, 7, -1.4764272284, -5.27367282325, 1e-9 },
		{ 20, 12, -2.96901897894, -9.88386815735, 1e-9 },
		{ 6, 5, -2.16108553072, -4.82931323764, 1e-9 },
		{ 50, 50, -47.1233833196, -78.9677767743, 1e-9 },
		{ 150, 40, -0.948590065468, -19.219847403, 1e-9 },
		{ 168, 40, -0.590566878199, -17.8330062335, 1e-9 },
		{ 300, 20, -4.15061174885e-06, -4.03104082333, 1e-7 },
		{ 1000, 30, -5.67367472748e-14, -3.92669824267, 1e-7 },
		{ 169, 40, -0.575333055335, -17.7638924212, .05 },
		{ 400, 60, -0.0725106316476, -20.1071573729, .05 },
		{ 1000, 100, -0.0043181132512, -26.395193026, .05 },
		{ 2000, 200, -0.00885717779546, -53.0119426611, .05 },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(known); i++) {
		assert_near(tryst_all_seen_equal(known[i].n, known[i].m), known[i].equal,
		            known[i].within);
		assert_near(tryst_all_seen_dirichlet(known[i].n, known[i].m), known[i].dirichlet,
		            known[i].within);
	}
	/* Millions of flows and sources stay finite. */
	assert_true(isfinite(tryst_all_seen_dirichlet(100000000, 1000000)));
	assert_true(isfinite(tryst_all_seen_dirichlet(1000100, 1000000)));
	assert_true(isfinite(tryst_all_seen_equal(100000000, 2)));
}

static void
equal_rates(void **state)
{
	/* The provider's records of the founding case: 12 flows of 7 sources. */
	static const uint32_t founding[] = { 2, 1, 3, 1, 2, 1, 2 };
	static const uint32_t once[] = { 1, 1, 1, 1, 1, 1, 1 };
	uint32_t even[10], uneven[10];

	(void)state;
	/* Without the condition 4.2989; with it and ln P above, exactly: */
	assert_near(tryst_equal_rates_log_bayes(founding, 7), .501652604866, 1e-9);
	assert_near(tryst_equal_rates_log_bayes(once, 7), 0, 0);
	assert_near(tryst_equal_rates_log_bayes(founding, 1), 0, 0);
	for (uint32_t i = 0; i < 10; i++) {
		even[i] = 10 + i % 2;
		uneven[i] = 1 + i * i;
	}
	assert_true(tryst_equal_rates_log_bayes(even, 10) > 5);
	assert_true(tryst_equal_rates_log_bayes(uneven, 10) < -20);
}

static void
near_pairs(void **state)
{
	static const uint16_t ports[] = { 1, 2, 4, 10, 12, 13, 65535 };
	static const uint16_t same[] = { 27005, 27005, 27005 };

	(void)state;
	/* 1-2, 2-4, 10-12, 12-13 of 21 pairs. */
	assert_near(tryst_near_pair_share(ports, 7, 2), 4. / 21, 1e-12);
	assert_near(tryst_near_pair_share(same, 3, 2), 1, 1e-12);
	assert_near(tryst_near_pair_share(ports, 1, 2), 0, 0);
	/* 4 ln(.5 / (4 / 190)) */
	assert_near(tryst_half_against(4, 4, 4. / 190), 12.671, 1e-3);
	assert_near(tryst_half_against(4, 4, 1), 0, 0);
	assert_near(tryst_half_against(0, 4, .1), 0, 0);
}

static void
anderson_darling(void **state)
{
	static const double u[] = { .1, .4, .6, .9 };
	double even[400], low[400];

	(void)state;
	assert_near(tryst_anderson_darling_upper(1.9330), .10, 1e-5);
	assert_near(tryst_anderson_darling_upper(2.49237), .05, 2e-5);
	assert_near(tryst_anderson_darling_upper(3.8781), .01, 1e-5);
	assert_near(tryst_anderson_darling_upper(0), 1, 0);
	/* -4 - (2 ln .1 + 6 ln .4 + 10 ln .6 + 14 ln .9) / 4, the terms of both ends being equal.
	 */
	assert_near(tryst_anderson_darling(u, 4),
	            -4 - (2 * log(.1) + 6 * log(.4) + 10 * log(.6) + 14 * log(.9)) / 4, 1e-9);
	for (int i = 0; i < 400; i++) {
		even[i] = (i + .5) / 400;
		low[i] = even[i] * even[i];
	}
	assert_true(tryst_anderson_darling_upper(tryst_anderson_darling(even, 400)) > .99);
	assert_true(tryst_anderson_darling_upper(tryst_anderson_darling(low, 400)) < 1e-6);
}

static void
step(void **state)
{
	/* Place for place the first two agree in three of four; any two places no more. */
	static const double rows[] = { 10, 20, 30, 40, 10, 20.1, 31, 40, 1, 2, 3, 4 };
	static const double regular[] = { 5, 5, 5, 5, 5, 5 };
	struct tryst_step out = tryst_step_compare(rows, 3, 4, 0, .01);

	(void)state;
	assert_int_equal(out.trials, 8);
	assert_int_equal(out.hits, 3);
	assert_near(out.chance, 3. / 32, 1e-12);
	out = tryst_step_compare(rows, 2, 4, 1, 0);
	assert_int_equal(out.hits, 4);
	out = tryst_step_compare(regular, 2, 3, 0, .01);
	assert_near(out.chance, 1, 0);
	out = tryst_step_compare(regular, 1, 6, 0, .01);
	assert_int_equal(out.trials, 0);
	assert_near(out.chance, 0, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_seen),   cmocka_unit_test(equal_rates),
		cmocka_unit_test(near_pairs), cmocka_unit_test(anderson_darling),
		cmocka_unit_test(step),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
