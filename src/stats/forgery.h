/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What tells many hosts from one program that forges them: equal rates, neighbouring ports, gaps in
 * step, addresses spread evenly.  Pure: no state, no I/O, any thread.
 * docs/statistics/forged-sources.md has the reasons and the calibration.
 */
#ifndef TRYST_STATS_FORGERY_H
#define TRYST_STATS_FORGERY_H

#include <stddef.h>
#include <stdint.h>

/*
 * ln of the Bayes factor of "every source has the same rate" (multinomial, 1/m each) against
 * "rates differ as hosts' do" (Dirichlet-multinomial, alpha 1/2), given that each of the m sources
 * was seen: counts[i] >= 1.  Without that condition sources with one flow each would speak for one
 * generator, although nothing else can be seen of them.  Exact where the flows beyond one a source
 * are at most 128 or the sources at most 30; else a local normal approximation (error below 0.05).
 * 0 where m < 2 or every count is 1.
 */
double tryst_equal_rates_log_bayes(const uint32_t *counts, size_t m);

/* ln P(every one of m sources is seen in n >= m flows), equal rates: m! S(n, m) / m^n. */
double tryst_all_seen_equal(uint64_t n, uint64_t m);

/* The same where rates are drawn from a symmetric Dirichlet distribution with alpha 1/2. */
double tryst_all_seen_dirichlet(uint64_t n, uint64_t m);

/*
 * The share of all pairs of values that are at most `near` apart: what a random order of the same
 * values would show of neighbours, exactly the mean over all permutations.  values[0..n) ascend.
 */
double tryst_near_pair_share(const uint16_t *values, size_t n, unsigned near);

/*
 * ln of the likelihood ratio of `hits` in n trials: one half each against q each (0 < q <= 1/2
 * counts; a larger q says nothing and gives 0); at least 0.
 */
double tryst_half_against(uint64_t hits, uint64_t n, double q);

/*
 * Anderson and Darling's statistic (Annals of Mathematical Statistics 23, 1952) of u[0..n),
 * ascending in [0, 1], against the uniform distribution.  Values are kept 1e-9 off the ends.
 */
double tryst_anderson_darling(const double *u, size_t n);

/* P(A^2 >= a2) in the limit of large n, to 1e-5: Marsaglia and Marsaglia (Journal of Statistical
 * Software 9(2), 2004), adinf. */
double tryst_anderson_darling_upper(double a2);

/* How often values at the same place of two sequences agree, and at any two places. */
struct tryst_step {
	uint64_t trials, hits;
	double chance; /* share of all pairs of places that agree */
};

/*
 * Compares each of m sequences of n values >= 0 (row after row) with the next one: two values agree
 * when they differ by no more than `slack` and a share `tolerance` of the larger.  What any two
 * places show is what sequences of the same values without a common cause would; regular ones
 * agree everywhere, and say nothing.  O(m n^2).
 */
struct tryst_step tryst_step_compare(const double *rows, size_t m, size_t n, double slack,
                                     double tolerance);

#endif
