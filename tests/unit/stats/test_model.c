/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Models against what they promise: the configuration model keeps the degrees it was given, the
 * renewal test is calibrated and finds clocks, the change points stand where the rate changed and
 * seldom elsewhere.  All random numbers are seeded.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/base.h"
#include "stats/bicm.h"
#include "stats/changepoint.h"
#include "stats/renewal.h"

static double
uniform(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return ((double)(*x >> 11) + .5) * 0x1p-53;
}

static double
exponential(uint64_t *x, double mean)
{
	return -mean * log(uniform(x));
}

static void
bicm_keeps_degrees(void **state)
{
	/* 11,000 hosts and 1,010 endpoints, 60,000 contacts, a few of each near the other side's
	 * size. */
	struct tryst_bicm_class hosts[] = { { 1, 8000, 0 }, { 5, 2000, 0 }, { 20, 900, 0 },
		                            { 200, 90, 0 }, { 600, 10, 0 }, { 990, 0, 0 } };
	struct tryst_bicm_class endpoints[] = { { 20, 800, 0 }, { 120, 200, 0 }, { 2000, 10, 0 } };
	double change;

	(void)state;
	change = tryst_bicm_fit(hosts, 6, endpoints, 3, 1000);
	assert_true(change <= 1e-9);
	for (size_t i = 0; i < 5; i++) {
		double degree = 0;

		for (size_t j = 0; j < 3; j++)
			degree += endpoints[j].count *
			          tryst_bicm_probability(hosts[i].fitness, endpoints[j].fitness);
		assert_true(fabs(degree - hosts[i].degree) < 1e-6 * hosts[i].degree);
	}
	for (size_t j = 0; j < 3; j++) {
		double degree = 0;

		for (size_t i = 0; i < 6; i++)
			degree += hosts[i].count *
			          tryst_bicm_probability(hosts[i].fitness, endpoints[j].fitness);
		assert_true(fabs(degree - endpoints[j].degree) < 1e-6 * endpoints[j].degree);
	}
}

static struct tryst_gaps
gaps_of(uint64_t *x, unsigned n, double mean, double jitter)
{
	struct tryst_gaps g = { .n = n };

	for (unsigned i = 0; i < n; i++) {
		double gap = jitter < 0 ? exponential(x, mean)
		                        : mean * (1 + jitter * (2 * uniform(x) - 1));

		g.sum += gap;
		g.sum_log += log(gap);
	}
	return g;
}

static void
renewal_is_calibrated(void **state)
{
	static const unsigned sizes[] = { 10, 30, 100 };
	const int runs = 20000;
	uint64_t x = 20030822;

	(void)state;
	for (size_t s = 0; s < TRYST_ARRAY_SIZE(sizes); s++) {
		int below_05 = 0, below_01 = 0;

		for (int i = 0; i < runs; i++) {
			double log_p = tryst_renewal_test(gaps_of(&x, sizes[s], 60, -1)).log_p;

			below_05 += log_p < log(.05);
			below_01 += log_p < log(.01);
		}
		if (below_05 < .044 * runs || below_05 > .058 * runs || below_01 < .007 * runs ||
		    below_01 > .0135 * runs)
			fail_msg("n %u: %d at .05, %d at .01 of %d", sizes[s], below_05, below_01,
			         runs);
	}
}

static void
renewal_finds_clocks(void **state)
{
	uint64_t x = 8998;
	struct tryst_renewal r;
	struct tryst_gaps clock = { .n = 10, .sum = 600, .sum_log = 10 * log(60) };

	(void)state;
	r = tryst_renewal_test(gaps_of(&x, 50, 300, .5));
	assert_true(r.kappa > 6 && r.log_p < log(1e-6));
	r = tryst_renewal_test(clock);
	assert_true(r.mean == 60 && r.kappa > 1e6 && r.log_p < -50);
	r = tryst_renewal_test((struct tryst_gaps){ .n = 1, .sum = 5, .sum_log = log(5) });
	assert_true(r.kappa == 1 && r.log_p == 0);
	/* Burstier than chance is no beacon. */
	r = tryst_renewal_test((struct tryst_gaps){ .n = 4, .sum = 1003, .sum_log = log(1000) });
	assert_true(r.kappa < 1 && r.log_p == 0);
}

static void
blocks(void **state)
{
	enum { N = 300 };
	static double times[N], edges[N], best[N];
	static size_t last[N];
	uint64_t x = 27015;
	int false_changes = 0, found = 0;
	const int runs = 200;
	double at = 0;
	size_t n;

	(void)state;
	/* One event a second for about 100 s, then ten a second. */
	for (int r = 0; r < runs; r++) {
		at = 0;
		for (unsigned i = 0; i < N; i++) {
			at += exponential(&x, i < 100 ? 1 : .1);
			times[i] = at;
		}
		n = tryst_bayesian_blocks(times, N, 0, at, .01, edges, best, last);
		found += n == 1 && fabs(edges[0] - times[99]) < 5;
	}
	assert_true(found > .9 * runs);
	for (int r = 0; r < runs; r++) {
		at = 0;
		for (unsigned i = 0; i < 100; i++) {
			at += exponential(&x, 1);
			times[i] = at;
		}
		false_changes += tryst_bayesian_blocks(times, 100, 0, at + exponential(&x, 1), .05,
		                                       edges, best, last) > 0;
	}
	assert_true(false_changes < .1 * runs);
}

static uint32_t
poisson(uint64_t *x, double mean)
{
	double limit = exp(-mean), product = uniform(x);
	uint32_t n = 0;

	for (; product > limit; n++)
		product *= uniform(x);
	return n;
}

static void
pelt(void **state)
{
	enum { N = 400 };
	static uint32_t counts[N];
	static size_t changes[N], last[N + 1], candidates[N + 1];
	static double cost[N + 1];
	uint64_t x = 1434;
	int false_changes = 0;
	const int runs = 200;

	(void)state;
	for (unsigned i = 0; i < N; i++)
		counts[i] = poisson(&x, i < 150 ? 3 : i < 300 ? 12 : 0);
	assert_int_equal(tryst_pelt_poisson(counts, N, 2 * log(N), changes, cost, last, candidates),
	                 2);
	assert_true(labs((long)changes[0] - 150) <= 2);
	assert_int_equal(changes[1], 300);
	for (int r = 0; r < runs; r++) {
		for (unsigned i = 0; i < N; i++)
			counts[i] = poisson(&x, 4);
		false_changes += tryst_pelt_poisson(counts, N, 2 * log(N), changes, cost, last,
		                                    candidates) > 0;
	}
	assert_true(false_changes < .15 * runs);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bicm_keeps_degrees),
		cmocka_unit_test(renewal_is_calibrated),
		cmocka_unit_test(renewal_finds_clocks),
		cmocka_unit_test(blocks),
		cmocka_unit_test(pelt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
