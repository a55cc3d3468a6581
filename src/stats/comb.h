/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are gaps whole multiples of one period, which a program that skips some of its calls leaves?  For
 * a period P a gap x = g / P counts w = 1 - 4 |x - round(x)|, from -1 half way between two
 * multiples to 1 on one, and -1 where it is below 3/4 P.  Were the gaps without a period, w would
 * be uniform in [-1, 1] where they are long against P, whence E exp(s w) = sinh(s) / s <= exp(s^2 /
 * 6), and by Chernoff's bound P(sum w >= C) <= exp(-3 C^2 / 2n): conservative.  Periods are tried
 * in steps of 3 %, then finer about the best, and the bound is multiplied by their number. Pure: no
 * state, no I/O, any thread.
 */
#ifndef TRYST_STATS_COMB_H
#define TRYST_STATS_COMB_H

#include <stddef.h>

struct tryst_comb {
	double period; /* the best; 0: none was tried */
	double log_p;  /* ln of the bound, at most 0 */
	double share;  /* mean of w: 1 for a clock, 0 for chance */
};

/*
 * gaps[0..n) ascend, any unit; from 0.9 of their 5 % quantile, but no shorter than `shortest`,
 * to 1.2 of their median.  O(100 n).  n < 5 gives period 0, log_p 0.
 */
struct tryst_comb tryst_comb_test(const double *gaps, size_t n, double shortest);

#endif
