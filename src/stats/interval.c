/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/interval.h"

#include <math.h>

#include "stats/special.h"

/* The x with I_x(a, b) = p, by bisection: 60 halvings are exact to a double's last bits. */
static double
beta_quantile(double a, double b, double p)
{
	double low = 0, high = 1, log_p = log(p);

	for (int i = 0; i < 60; i++) {
		double mid = (low + high) / 2;

		if (tryst_log_beta_inc(a, b, mid) < log_p)
			low = mid;
		else
			high = mid;
	}
	return (low + high) / 2;
}

void
tryst_clopper_pearson(uint64_t k, uint64_t n, double alpha, double *low, double *high)
{
	double x = (double)k, rest = (double)(n - k);

	*low = k ? beta_quantile(x, rest + 1, alpha / 2) : 0;
	*high = k < n ? beta_quantile(x + 1, rest, 1 - alpha / 2) : 1;
}
