/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/tail.h"

#include <assert.h>
#include <math.h>

#include "stats/special.h"

#define PLAIN_MIN 1e-250 /* above that probabilities need no logarithms */
#define EXACT_MAX 2000   /* variables that the exact recursion is used for */

double
tryst_binomial_upper(uint64_t n, double p, uint64_t x)
{
	assert(p >= 0 && p <= 1);
	if (x == 0)
		return 0;
	if (x > n)
		return -INFINITY;
	return tryst_log_beta_inc((double)x, (double)(n - x) + 1, p);
}

double
tryst_binomial_point(uint64_t n, double p, uint64_t x)
{
	assert(p >= 0 && p <= 1);
	if (x > n)
		return -INFINITY;
	/* 0 ln 0 is 0 here. */
	return tryst_log_choose((double)n, (double)x) + (x ? (double)x * log(p) : 0) +
	       (n > x ? (double)(n - x) * log1p(-p) : 0);
}

double
tryst_poisson_upper(double mean, uint64_t x)
{
	assert(mean >= 0);
	if (x == 0)
		return 0;
	if (mean == 0)
		return -INFINITY;
	/* P(X >= x) = P(x, mean), the lower incomplete gamma function. */
	double upper = tryst_log_gamma_upper((double)x, mean);

	if (upper < -1e-3)
		return tryst_log_one_minus_exp(upper);
	/* Far in the tail 1 - Q has no digits left: sum the terms, which fall off geometrically. */
	double first = (double)x * log(mean) - mean - tryst_log_gamma((double)x + 1);
	double sum = 1, term = 1;

	for (double k = (double)x + 1; term > sum * 1e-17; k++) {
		term *= mean / k;
		sum += term;
	}
	return first + log(sum);
}

double
tryst_chi2_upper(double df, double x)
{
	return x <= 0 ? 0 : tryst_log_gamma_upper(df / 2, x / 2);
}

double
tryst_hypergeometric_upper(uint64_t total, uint64_t marked, uint64_t n, uint64_t x)
{
	uint64_t most = n < marked ? n : marked;
	uint64_t least = n + marked > total ? n + marked - total : 0;
	double all = tryst_log_choose((double)total, (double)n), sum = -INFINITY;

	assert(marked <= total && n <= total);
	if (x <= least)
		return 0;
	for (uint64_t k = most + 1; k-- > x;)
		sum = tryst_log_add(
			sum, tryst_log_choose((double)marked, (double)k) +
				     tryst_log_choose((double)(total - marked), (double)(n - k)) -
				     all);
	return sum > 0 ? 0 : sum;
}

/*
 * P(X >= x) by the recursion on probabilities: every term is positive, so that nothing cancels, and
 * what is too small for a double is no part of a sum that is not.
 */
static double
poisson_binomial_plain(const double *p, size_t n, size_t x, double *work)
{
	work[0] = 1;
	for (size_t j = 1; j <= x; j++)
		work[j] = 0;
	for (size_t i = 0; i < n; i++) {
		double hit = p[i], miss = 1 - p[i];

		assert(hit >= 0 && hit <= 1);
		work[x] += work[x - 1] * hit;
		/* So many variables cannot sum to more. */
		for (size_t j = i + 1 < x ? i + 1 : x - 1; j > 0; j--)
			work[j] = work[j] * miss + work[j - 1] * hit;
		work[0] *= miss;
	}
	return work[x];
}

double
tryst_poisson_binomial_upper(const double *p, size_t n, size_t x, double *work)
{
	double plain;

	if (x == 0)
		return 0;
	if (x > n)
		return -INFINITY;
	plain = poisson_binomial_plain(p, n, x, work);
	if (plain > PLAIN_MIN)
		return plain > 1 ? 0 : log(plain);
	/* work[j] = ln P(the first i sum to j); work[x] = ln P(they sum to x or more). */
	work[0] = 0;
	for (size_t j = 1; j <= x; j++)
		work[j] = -INFINITY;
	for (size_t i = 0; i < n; i++) {
		double hit = log(p[i]), miss = log1p(-p[i]);

		assert(p[i] >= 0 && p[i] <= 1);
		work[x] = tryst_log_add(work[x], work[x - 1] + hit);
		/* So many variables cannot sum to more. */
		for (size_t j = i + 1 < x ? i + 1 : x - 1; j > 0; j--)
			work[j] = tryst_log_add(work[j] + miss, work[j - 1] + hit);
		work[0] += miss;
	}
	return work[x] > 0 ? 0 : work[x];
}

/* The cumulant generating function of the sum at s. */
static double
cumulant(const double *p, size_t n, double s)
{
	double sum = 0, more = expm1(s);

	for (size_t i = 0; i < n; i++)
		sum += log1p(p[i] * more);
	return sum;
}

/* Its first two derivatives. */
static void
cumulants(const double *p, size_t n, double s, double *mean, double *variance)
{
	double factor = exp(s), first = 0, second = 0;

	for (size_t i = 0; i < n; i++) {
		double grown = p[i] * factor, q = grown / (1 - p[i] + grown);

		first += q;
		second += q * (1 - q);
	}
	*mean = first;
	*variance = second;
}

/* Where the tilted mean is x: Newton, kept between bounds that bisect. */
static double
saddlepoint(const double *p, size_t n, double x)
{
	double low = -40, high = 40, s = 0;

	for (int round = 0; round < 200 && high - low > 1e-12; round++) {
		double mean, variance, next;

		cumulants(p, n, s, &mean, &variance);
		if (mean < x)
			low = s;
		else
			high = s;
		next = variance > 0 ? s + (x - mean) / variance : low;
		if (fabs(next - s) < 1e-12)
			break;
		s = next > low && next < high ? next : (low + high) / 2;
	}
	return s;
}

double
tryst_poisson_binomial_saddle(const double *p, size_t n, size_t x)
{
	double mean, variance, s, k, w, u, log_density, mills, sum = 0;
	size_t possible = 0;

	for (size_t i = 0; i < n; i++) {
		possible += p[i] > 0;
		sum += p[i] > 0 ? log(p[i]) : 0;
	}
	if (x == 0)
		return 0;
	if (x > possible)
		return -INFINITY;
	if (x == possible)
		return sum;
	s = saddlepoint(p, n, (double)x);
	k = cumulant(p, n, s);
	cumulants(p, n, s, &mean, &variance);
	w = copysign(sqrt(fmax(2 * (s * (double)x - k), 0)), s);
	if (fabs(w) < 1e-3) {
		/* At the mean itself the formula is 0 / 0. */
		cumulants(p, n, 0, &mean, &variance);
		return tryst_log_normal_upper(((double)x - 0.5 - mean) / sqrt(variance));
	}
	u = -expm1(-s) * sqrt(variance);
	log_density = -w * w / 2 - log(2 * M_PI) / 2;
	mills = exp(tryst_log_normal_upper(w) - log_density);
	return fmin(log_density + log(fmax(mills + 1 / u - 1 / w, 1e-300)), 0);
}

double
tryst_poisson_binomial_tail(const double *p, size_t n, size_t x, double *work)
{
	return n > EXACT_MAX ? tryst_poisson_binomial_saddle(p, n, x)
	                     : tryst_poisson_binomial_upper(p, n, x, work);
}

double
tryst_unsurprising_probability(uint64_t n, uint64_t x, double log_alpha)
{
	double low = 0, high = 1;

	assert(x >= 1 && x <= n && log_alpha < 0);
	for (int i = 0; i < 200 && high - low > low * 1e-12; i++) {
		double middle = low > 0 && high / low > 4 ? sqrt(low * high) : (low + high) / 2;

		if (tryst_binomial_upper(n, middle, x) < log_alpha)
			low = middle;
		else
			high = middle;
	}
	return high;
}

double
tryst_fisher_exact(uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	uint64_t row = a + b, column = a + c, total = a + b + c + d;
	uint64_t least = row + column > total ? row + column - total : 0;
	uint64_t most = row < column ? row : column;
	double seen = tryst_log_choose((double)column, (double)a) +
	              tryst_log_choose((double)(total - column), (double)b);
	double sum = -INFINITY;

	for (uint64_t k = least; k <= most; k++) {
		double point = tryst_log_choose((double)column, (double)k) +
		               tryst_log_choose((double)(total - column), (double)(row - k));

		/* Tables equally likely differ by rounding alone. */
		if (point <= seen + 1e-9)
			sum = tryst_log_add(sum, point);
	}
	sum -= tryst_log_choose((double)total, (double)row);
	return sum > 0 ? 0 : sum;
}

double
tryst_scan_upper(uint64_t n, uint64_t k, double w)
{
	double factor, point, upper, p;

	assert(k >= 2 && w > 0 && w < 1);
	if (k > n)
		return -INFINITY;
	factor = (double)k / w - (double)n - 1;
	point = tryst_binomial_point(n, w, k);
	upper = M_LN2 + tryst_binomial_upper(n, w, k);
	if (factor <= 0)
		return 0;
	p = tryst_log_add(log(factor) + point, upper);
	return p > 0 ? 0 : p;
}
