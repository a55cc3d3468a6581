/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/special.h"

#include <assert.h>
#include <float.h>
#include <math.h>

#define ITERATIONS_MAX 10000
#define TINY 1e-300

double
tryst_log_add(double a, double b)
{
	double high = a > b ? a : b, low = a > b ? b : a;

	if (high == -INFINITY)
		return -INFINITY;
	return high + log1p(exp(low - high));
}

double
tryst_log_one_minus_exp(double a)
{
	assert(a <= 0);
	return a > -M_LN2 ? log(-expm1(a)) : log1p(-exp(a));
}

double
tryst_log_gamma(double x)
{
	int sign;

	assert(x > 0);
	return lgamma_r(x, &sign);
}

double
tryst_log_choose(double n, double k)
{
	assert(k >= 0 && k <= n);
	if (k == 0 || k == n)
		return 0;
	return tryst_log_gamma(n + 1) - tryst_log_gamma(k + 1) - tryst_log_gamma(n - k + 1);
}

/* ln P(a, x) by its series (DLMF 8.11.4), for x < a + 1. */
static double
log_gamma_lower_series(double a, double x)
{
	double term = 1 / a, sum = term;

	for (int n = 1; n < ITERATIONS_MAX && term > sum * DBL_EPSILON / 4; n++) {
		term *= x / (a + n);
		sum += term;
	}
	return log(sum) - x + a * log(x) - tryst_log_gamma(a);
}

/* ln Q(a, x) by its continued fraction (DLMF 8.9.2) with Lentz's method, for x >= a + 1. */
static double
log_gamma_upper_fraction(double a, double x)
{
	double b = x + 1 - a, c = 1 / TINY, d = 1 / b, h = d;

	for (int i = 1; i < ITERATIONS_MAX; i++) {
		double an = -i * (i - a), delta;

		b += 2;
		d = an * d + b;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = b + an / c;
		c = fabs(c) < TINY ? TINY : c;
		delta = d * c;
		h *= delta;
		if (fabs(delta - 1) < DBL_EPSILON)
			break;
	}
	return log(h) - x + a * log(x) - tryst_log_gamma(a);
}

double
tryst_log_gamma_upper(double a, double x)
{
	double lower;

	assert(a > 0 && x >= 0);
	if (x == 0)
		return 0;
	if (x >= a + 1)
		return log_gamma_upper_fraction(a, x);
	lower = log_gamma_lower_series(a, x);
	return lower >= 0 ? -INFINITY : tryst_log_one_minus_exp(lower);
}

/* The continued fraction of I_x(a, b) (DLMF 8.17.22) with Lentz's method, for x < (a + 1)/(a + b +
 * 2). */
static double
beta_fraction(double a, double b, double x)
{
	double c = 1, d = 1 - (a + b) * x / (a + 1), h;

	d = 1 / (fabs(d) < TINY ? TINY : d);
	h = d;
	for (int m = 1; m < ITERATIONS_MAX; m++) {
		double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
		double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
		double delta;

		d = 1 + even * d;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = 1 + even / c;
		c = fabs(c) < TINY ? TINY : c;
		h *= d * c;
		d = 1 + odd * d;
		d = 1 / (fabs(d) < TINY ? TINY : d);
		c = 1 + odd / c;
		c = fabs(c) < TINY ? TINY : c;
		delta = d * c;
		h *= delta;
		if (fabs(delta - 1) < DBL_EPSILON)
			break;
	}
	return h;
}

double
tryst_log_beta_inc(double a, double b, double x)
{
	double front, other;

	assert(a > 0 && b > 0 && x >= 0 && x <= 1);
	if (x == 0)
		return -INFINITY;
	if (x == 1)
		return 0;
	front = a * log(x) + b * log1p(-x) + tryst_log_gamma(a + b) - tryst_log_gamma(a) -
	        tryst_log_gamma(b);
	if (x < (a + 1) / (a + b + 2))
		return front + log(beta_fraction(a, b, x) / a);
	other = front + log(beta_fraction(b, a, 1 - x) / b);
	return other >= 0 ? -INFINITY : tryst_log_one_minus_exp(other);
}

double
tryst_log_normal_upper(double z)
{
	/* erfc underflows near 38; its asymptotic series (DLMF 7.12.1) is exact enough long before.
	 */
	if (z < 25)
		return log(erfc(z / M_SQRT2) / 2);
	return -z * z / 2 - log(z) - log(2 * M_PI) / 2 +
	       log1p(-1 / (z * z) + 3 / (z * z * z * z) - 15 / pow(z, 6));
}
