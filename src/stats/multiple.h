/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many tests at once.  Pure: no state, no I/O, any thread.
 */
#ifndef TRYST_STATS_MULTIPLE_H
#define TRYST_STATS_MULTIPLE_H

#include <stddef.h>
#include <stdint.h>

/*
 * Benjamini and Hochberg (JRSS B 57, 1995): log_q[i] = ln of the smallest false discovery rate at
 * which hypothesis i would be rejected, among m >= n hypotheses of which the m - n not given have p
 * = 1. log_p need not be sorted.  `order` holds n indices of work.
 */
void tryst_fdr_bh(const double *log_p, size_t n, uint64_t m, double *log_q, size_t *order);

/* ln of the factor that makes BH hold under any dependence: sum of 1/i, i <= m (Benjamini,
 * Yekutieli 2001). */
double tryst_fdr_by_log_factor(uint64_t m);

/*
 * The Cauchy combination of n p-values with equal weights (Liu and Xie, JASA 115, 2020), valid in
 * the tail under any dependence; p and the result are natural logarithms.
 */
double tryst_cauchy_combine(const double *log_p, size_t n);

#endif
