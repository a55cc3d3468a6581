/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/renewal.h"

#include <math.h>

#include "stats/special.h"

/* Gaps alike to the last digit: s is rounding noise, and no larger shape could be told from this
 * one. */
#define SPREAD_MIN 1e-9

struct tryst_renewal
tryst_renewal_test(struct tryst_gaps g)
{
	struct tryst_renewal r = { .kappa = 1 };
	double n = (double)g.n, s, twice;

	if (g.n < 2 || g.sum <= 0)
		return r;
	r.mean = g.sum / n;
	s = fmax(log(r.mean) - g.sum_log / n, SPREAD_MIN);
	r.kappa = (3 - s + sqrt((s - 3) * (s - 3) + 24 * s)) / (12 * s);
	if (r.kappa <= 1)
		return r;
	twice = 2 * (n * (r.kappa * log(r.kappa / r.mean) - tryst_log_gamma(r.kappa)) +
	             (r.kappa - 1) * g.sum_log - r.kappa * n + n * log(r.mean) + n);
	/*
	 * The signed root of the ratio is normal but for a mean of 1.12 / sqrt(n) and a little
	 * width: the null distribution depends on n alone, and was simulated for n of 5 to 1000.
	 */
	r.log_p =
		tryst_log_normal_upper((sqrt(fmax(twice, 0)) - 1.12 / sqrt(n)) / sqrt(1 + .62 / n));
	return r;
}

double
tryst_least_gap_log_p(uint64_t n, double sum, double least)
{
	if (n < 2 || sum <= 0)
		return 0;
	return (double)(n - 1) * log(fmax(1 - (double)n * least / sum, SPREAD_MIN));
}
