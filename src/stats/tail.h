/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upper tails of counts, as natural logarithms.  Pure: no state, no I/O, any thread.
 */
#ifndef TRYST_STATS_TAIL_H
#define TRYST_STATS_TAIL_H

#include <stddef.h>
#include <stdint.h>

/* ln P(X >= x), X ~ Binomial(n, p). */
double tryst_binomial_upper(uint64_t n, double p, uint64_t x);

/* ln P(X = x), X ~ Binomial(n, p). */
double tryst_binomial_point(uint64_t n, double p, uint64_t x);

/* ln P(X >= x), X ~ Poisson(mean). */
double tryst_poisson_upper(double mean, uint64_t x);

/* ln P(X >= x), X ~ chi-squared with df degrees of freedom. */
double tryst_chi2_upper(double df, double x);

/*
 * ln P(X >= x), X the number of marked among n drawn without replacement from `total`, of which
 * `marked` are marked (hypergeometric): the baseline that ignores how active hosts are.
 */
double tryst_hypergeometric_upper(uint64_t total, uint64_t marked, uint64_t n, uint64_t x);

/*
 * ln P(X >= x), X the sum of n independent Bernoulli variables with probabilities p[0..n)
 * (Poisson-binomial), by the exact recursion f_i(j) = f_{i-1}(j) (1 - p_i) + f_{i-1}(j - 1) p_i, in
 * logarithms where the result is too small for doubles, O(n x) at most.  `work` holds n + 2
 * doubles.
 */
double tryst_poisson_binomial_upper(const double *p, size_t n, size_t x, double *work);

/*
 * The same by a saddlepoint approximation (Lugannani and Rice, Adv. Appl. Prob. 12, 1980, with the
 * first continuity correction of Daniels, Int. Stat. Rev. 55, 1987), O(n): for thousands of
 * variables.  From n = 500 on within 1 % of the probability where x is 3 or more and above the
 * mean; below the mean it is within 0.01.
 */
double tryst_poisson_binomial_saddle(const double *p, size_t n, size_t x);

/* Exact up to n = 2000, and by the saddlepoint beyond. */
double tryst_poisson_binomial_tail(const double *p, size_t n, size_t x, double *work);

/*
 * The probability p* that each of n hosts would need on its own for P(X >= x) = alpha: a finding is
 * unsurprising only if every listed host had at least this chance.  x >= 1, 0 < alpha < 1.
 */
double tryst_unsurprising_probability(uint64_t n, uint64_t x, double log_alpha);

/*
 * Two-sided Fisher's exact test of a 2 x 2 table (Fisher 1922; sum of tables no likelier than the
 * one seen): ln p.
 */
double tryst_fisher_exact(uint64_t a, uint64_t b, uint64_t c, uint64_t d);

/*
 * ln P(S_w >= k): the chance that some window of width w (a fraction of the whole, 0 < w < 1) holds
 * k or more of N points placed evenly at random (scan statistic), by the approximation of
 * Wallenstein and Neff (Statistics in Medicine 6, 1987): (k/w - N - 1) b(k; N, w) + 2 G(k; N, w),
 * at most 1. Accurate in the tail, where it is used; k >= 2.
 */
double tryst_scan_upper(uint64_t n, uint64_t k, double w);

#endif
