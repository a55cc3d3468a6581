/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Special functions that the tests rest on.  Pure: no state, no I/O, any thread.
 *
 * Tails are given as natural logarithms, since the ones that matter are far below what a double can
 * hold.  Relative accuracy of the values is better than 1e-10 unless said otherwise; the unit tests
 * hold them against scipy's.
 */
#ifndef TRYST_STATS_SPECIAL_H
#define TRYST_STATS_SPECIAL_H

/* ln(exp(a) + exp(b)) without overflow; -INFINITY is the log of 0. */
double tryst_log_add(double a, double b);

/* ln(1 - exp(a)) for a <= 0 (Maechler 2012: expm1 or log1p, whichever keeps digits). */
double tryst_log_one_minus_exp(double a);

/* ln gamma(x), x > 0. */
double tryst_log_gamma(double x);

/* ln of the binomial coefficient n over k, 0 <= k <= n, n up to 2^52. */
double tryst_log_choose(double n, double k);

/* ln Q(a, x), the upper regularised incomplete gamma function (DLMF 8.2.4); a > 0, x >= 0. */
double tryst_log_gamma_upper(double a, double x);

/* ln I_x(a, b), the regularised incomplete beta function (DLMF 8.17.2); a, b > 0, 0 <= x <= 1. */
double tryst_log_beta_inc(double a, double b, double x);

/* ln P(Z >= z) of the standard normal. */
double tryst_log_normal_upper(double z);

#endif
