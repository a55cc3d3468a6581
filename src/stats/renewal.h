/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a series of gaps more regular than chance?  The gamma renewal test: gaps of a Poisson process
 * are exponential, a gamma distribution of shape 1; a beacon's have a shape kappa far above 1.  The
 * statistic is the likelihood ratio of the fitted gamma against the exponential.
 * Pure: no state, no I/O, any thread.
 */
#ifndef TRYST_STATS_RENEWAL_H
#define TRYST_STATS_RENEWAL_H

#include <stdint.h>

/* The sufficient statistics of gaps, which merge by adding. */
struct tryst_gaps {
	uint64_t n;
	double sum;     /* of the gaps, any unit */
	double sum_log; /* of their natural logarithms; gaps are > 0 */
};

struct tryst_renewal {
	double mean;
	double kappa; /* shape; 1 for a Poisson process, infinite for a clock */
	double log_p; /* ln of the one-sided p-value of kappa > 1 */
};

/*
 * Fits and tests.  n < 2 gives kappa 1, log_p 0.  kappa by the closed form of Minka (2002), good
 * to 1.5 %: (3 - s + sqrt((s - 3)^2 + 24 s)) / (12 s), s = ln mean - mean ln. p is the normal tail
 * of the signed root of the likelihood ratio, with its small-sample mean taken off (calibrated from
 * n = 10 on; n = 5 gives 6 % at 5 %), and 1 where kappa <= 1.
 */
struct tryst_renewal tryst_renewal_test(struct tryst_gaps g);

/*
 * ln of the chance that the least of n gaps of a Poisson process is `least` or longer, given that
 * they add up to sum (uniform spacings; Pyke, JRSS B 27, 1965): (1 - n least / sum)^(n - 1).  A
 * program that waits before it calls again keeps a distance, however many calls it leaves out.
 * n < 2, or a sum of nothing, gives 0; the least is taken to be no more than a clock's, sum / n.
 */
double tryst_least_gap_log_p(uint64_t n, double sum, double least);

#endif
