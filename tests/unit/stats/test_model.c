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

/* Exact at any n; by hand: three gaps of at least 10 that add up to 60, (1 - 30 / 60)^2. */
static void
least_gap_is_exact(void **state)
{
	static const unsigned sizes[] = { 3, 7, 40 };
	const int runs = 20000;
	uint64_t x = 19650001;

	(void)state;
	assert_true(fabs(tryst_least_gap_log_p(3, 60, 10) - log(.25)) < 1e-12);
	assert_true(tryst_least_gap_log_p(1, 60, 60) == 0);
	assert_true(tryst_least_gap_log_p(5, 0, 0) == 0);
	assert_true(isfinite(tryst_least_gap_log_p(3, 60, 20)));
	for (size_t s = 0; s < TRYST_ARRAY_SIZE(sizes); s++) {
		int below_05 = 0;

		for (int i = 0; i < runs; i++) {
			double sum = 0, least = INFINITY;

			for (unsigned k = 0; k < sizes[s]; k++) {
				double gap = exponential(&x, 60);

				sum += gap;
				least = fmin(least, gap);
			}
			below_05 += tryst_least_gap_log_p(sizes[s], sum, least) < log(.05);
		}
		if (below_05 < .045 * runs || below_05 > .055 * runs)
			fail_msg("n %u: %d at .05 of %d", sizes[s], below_05, runs);
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
	static double times[N], edges[N], best[3 * N];
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

/* The same by the definition: every pair of events weighed. */
static size_t
blocks_plainly(const double *times, size_t n, double begin, double end, double p0, double *edges,
               double *best, size_t *last)
{
	double penalty = 4 - log(73.53 * p0 * pow((double)n, -.478));
	size_t count = 0;

	for (size_t r = 0; r < n; r++) {
		double right = r + 1 < n ? (times[r] + times[r + 1]) / 2 : end;

		best[r] = -INFINITY;
		for (size_t k = 0; k <= r; k++) {
			double left = k ? (times[k - 1] + times[k]) / 2 : begin;
			double events = (double)(r - k + 1);
			double fitness = events * (log(events) - log(right - left)) - penalty +
			                 (k ? best[k - 1] : 0);

			if (fitness > best[r]) {
				best[r] = fitness;
				last[r] = k;
			}
		}
	}
	for (size_t r = n; r > 0 && last[r - 1] > 0; r = last[r - 1])
		count++;
	for (size_t r = n, i = count; i-- > 0; r = last[r - 1])
		edges[i] = (times[last[r - 1] - 1] + times[last[r - 1]]) / 2;
	return count;
}

/* What is not weighed would not have won: the same changes to the last bit, ties included. */
static void
blocks_bounds(void **state)
{
	enum { N = 300 };
	static double times[N], edges[N], want[N], work[3 * N];
	static size_t last[N];
	uint64_t x = 1434;
	size_t changes = 0;

	(void)state;
	for (unsigned run = 0; run < 300; run++) {
		size_t n = 1 + (size_t)(uniform(&x) * N);
		double unit = pow(10, floor(uniform(&x) * 10) - 3), at = 0, end;

		size_t count;

		n = TRYST_MIN(n, (size_t)N);
		for (size_t i = 0; i < n; i++) {
			double gap = exponential(&x, i * 2 < n || run % 4 ? 1 : .1);

			if (run % 5 == 1)
				gap = 1;
			else if (run % 5 == 2)
				gap = i % 20 ? gap / 1000 : gap;
			else if (run % 5 == 3)
				gap = 1 + floor(gap * 3);
			at += unit * gap;
			times[i] = at;
		}
		end = at + (run % 3 ? unit : 0);
		count = blocks_plainly(times, n, 0, end, .01, want, work, last);
		assert_int_equal(tryst_bayesian_blocks(times, n, 0, end, .01, edges, work, last),
		                 count);
		for (size_t i = 0; i < count; i++)
			assert_true(edges[i] == want[i]);
		changes += count;
	}
	assert_true(changes > 300);
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
		cmocka_unit_test(bicm_keeps_degrees),   cmocka_unit_test(renewal_is_calibrated),
		cmocka_unit_test(renewal_finds_clocks), cmocka_unit_test(blocks),
		cmocka_unit_test(blocks_bounds),        cmocka_unit_test(pelt),
		cmocka_unit_test(least_gap_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
