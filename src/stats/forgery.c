/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/forgery.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#include "stats/special.h"

#define ALPHA .5
#define EXACT_MAX 128        /* flows beyond one a source that the exact recursion takes */
#define INCLUSION_SOURCES 30 /* up to here inclusion and exclusion keeps its digits */

/*
 * A count with a free parameter, conditioned on being 1 or more: the counts of sources given that
 * each was seen are m independent ones given their sum, whatever the parameter; it is chosen so
 * that the sum expected is the one seen.
 */
struct seen {
	double log_odd;        /* ln P(count >= 1) */
	double mean, variance; /* of the count given that */
	double log_first;      /* ln P(count = 1 | count >= 1) */
	double rate;           /* lambda, or p */
	bool dirichlet;
};

static void
seen_at(struct seen *s, double rate)
{
	double mean, variance, odd;

	s->rate = rate;
	if (s->dirichlet) {
		mean = ALPHA * rate / (1 - rate);
		variance = mean / (1 - rate);
		odd = -expm1(ALPHA * log1p(-rate));
		s->log_first = log(ALPHA) + ALPHA * log1p(-rate) + log(rate) - log(odd);
	} else {
		mean = variance = rate;
		odd = -expm1(-rate);
		s->log_first = log(rate) - rate - log(odd);
	}
	s->log_odd = log(odd);
	s->mean = mean / odd;
	s->variance = (variance + mean * mean) / odd - s->mean * s->mean;
}

/* The parameter at which the mean is n / m > 1. */
static void
seen_fit(struct seen *s, double mean)
{
	double low = -40, high = s->dirichlet ? 40 : log(mean) + 1;

	for (int i = 0; i < 200; i++) {
		double middle = (low + high) / 2;

		seen_at(s, s->dirichlet ? 1 / (1 + exp(-middle)) : exp(middle));
		if (s->mean < mean)
			low = middle;
		else
			high = middle;
	}
}

/* out = a * b, the first n coefficients; out is neither. */
static void
polynomial_multiply(double *out, const double *a, const double *b, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		out[k] = 0;
		for (size_t i = 0; i <= k; i++)
			out[k] += a[i] * b[k - i];
	}
}

/* ln P(the sum of m counts, each 1 or more, is m + extra), by repeated squaring; extra <=
 * EXACT_MAX. */
static double
sum_exact(const struct seen *s, uint64_t m, size_t extra)
{
	double base[EXACT_MAX + 1], power[EXACT_MAX + 1], work[EXACT_MAX + 1];
	size_t n = extra + 1;

	base[0] = exp(s->log_first);
	for (size_t k = 1; k < n; k++) {
		double factor = s->dirichlet ? (double)k + ALPHA : 1;

		base[k] = base[k - 1] * s->rate * factor / (double)(k + 1);
		power[k] = 0;
	}
	power[0] = 1;
	for (; m; m >>= 1) {
		if (m & 1) {
			polynomial_multiply(work, power, base, n);
			for (size_t k = 0; k < n; k++)
				power[k] = work[k];
		}
		polynomial_multiply(work, base, base, n);
		for (size_t k = 0; k < n; k++)
			base[k] = work[k];
	}
	return log(power[extra]);
}

/* ln P(the sum of m counts without the condition is n). */
static double
sum_free(const struct seen *s, double n, double m)
{
	if (s->dirichlet)
		return tryst_log_gamma(n + m * ALPHA) - tryst_log_gamma(m * ALPHA) -
		       tryst_log_gamma(n + 1) + m * ALPHA * log1p(-s->rate) + n * log(s->rate);
	return n * log(m * s->rate) - m * s->rate - tryst_log_gamma(n + 1);
}

/* ln of the sum over k of (-1)^k (m choose k) P(k given sources are not seen). */
static double
all_seen_inclusion(double n, double m, bool dirichlet)
{
	long double sum = 0, sign = 1;

	for (double k = 0; k < m; k++, sign = -sign) {
		double left = m - k, log_p;

		log_p = dirichlet ? tryst_log_gamma(m * ALPHA) - tryst_log_gamma(left * ALPHA) +
		                            tryst_log_gamma(n + left * ALPHA) -
		                            tryst_log_gamma(n + m * ALPHA)
		                  : n * log(left / m);
		sum += sign * expl((long double)(tryst_log_choose(m, k) + log_p));
	}
	return sum > 0 && sum < 1 ? (double)logl(sum) : 0;
}

static double
all_seen(uint64_t n, uint64_t m, bool dirichlet)
{
	struct seen s = { .dirichlet = dirichlet };
	double sum;

	assert(m >= 1 && n >= m);
	if (m == 1)
		return 0;
	if (n == m)
		return dirichlet ? tryst_log_gamma((double)n + 1) + (double)m * log(ALPHA) +
		                           tryst_log_gamma((double)m * ALPHA) -
		                           tryst_log_gamma((double)n + (double)m * ALPHA)
		                 : tryst_log_gamma((double)n + 1) - (double)n * log((double)m);
	if (n - m > EXACT_MAX && m <= INCLUSION_SOURCES)
		return all_seen_inclusion((double)n, (double)m, dirichlet);
	seen_fit(&s, (double)n / (double)m);
	if (n - m <= EXACT_MAX)
		sum = sum_exact(&s, m, (size_t)(n - m));
	else
		sum = -log(2 * M_PI * (double)m * s.variance) / 2;
	sum += (double)m * s.log_odd - sum_free(&s, (double)n, (double)m);
	return sum < 0 ? sum : 0;
}

double
tryst_all_seen_equal(uint64_t n, uint64_t m)
{
	return all_seen(n, m, false);
}

double
tryst_all_seen_dirichlet(uint64_t n, uint64_t m)
{
	return all_seen(n, m, true);
}

double
tryst_equal_rates_log_bayes(const uint32_t *counts, size_t m)
{
	double n = 0, dirichlet = 0, equal;

	for (size_t i = 0; i < m; i++) {
		assert(counts[i] >= 1);
		n += counts[i];
		dirichlet += tryst_log_gamma(counts[i] + ALPHA) - tryst_log_gamma(ALPHA);
	}
	if (m < 2 || n == (double)m)
		return 0;
	dirichlet += tryst_log_gamma((double)m * ALPHA) - tryst_log_gamma(n + (double)m * ALPHA);
	equal = -n * log((double)m);
	return equal - all_seen((uint64_t)n, m, false) - dirichlet + all_seen((uint64_t)n, m, true);
}

double
tryst_near_pair_share(const uint16_t *values, size_t n, unsigned near)
{
	double pairs = 0;

	if (n < 2)
		return 0;
	for (size_t low = 0, i = 1; i < n; i++) {
		assert(values[i - 1] <= values[i]);
		while (values[i] - values[low] > (int)near)
			low++;
		pairs += (double)(i - low);
	}
	return pairs / ((double)n * (double)(n - 1) / 2);
}

double
tryst_half_against(uint64_t hits, uint64_t n, double q)
{
	double llr;

	assert(hits <= n);
	if (q <= 0 || q >= .5)
		return 0;
	llr = (double)hits * log(.5 / q) + (double)(n - hits) * log(.5 / (1 - q));
	return llr > 0 ? llr : 0;
}

double
tryst_anderson_darling(const double *u, size_t n)
{
	const double off = 1e-9;
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		double low = fmin(fmax(u[i], off), 1 - off);
		double high = fmin(fmax(u[n - 1 - i], off), 1 - off);

		sum += (2 * (double)i + 1) * (log(low) + log1p(-high));
	}
	return -(double)n - sum / (double)n;
}

double
tryst_anderson_darling_upper(double a2)
{
	double below;

	if (a2 <= 0)
		return 1;
	if (a2 < 2)
		below = exp(-1.2337141 / a2) / sqrt(a2) *
		        (2.00012 +
		         (.247105 -
		          (.0649821 - (.0347962 - (.011672 - .00168691 * a2) * a2) * a2) * a2) *
		                 a2);
	else
		below = exp(-exp(1.0776 -
		                 (2.30695 -
		                  (.43424 - (.082433 - (.008056 - .0003146 * a2) * a2) * a2) * a2) *
		                         a2));
	return 1 - below;
}

struct tryst_step
tryst_step_compare(const double *rows, size_t m, size_t n, double slack, double tolerance)
{
	struct tryst_step out = { 0 };
	uint64_t agree = 0, pairs = 0;

	for (size_t i = 0; i + 1 < m; i++) {
		const double *a = rows + i * n, *b = a + n;

		for (size_t s = 0; s < n; s++) {
			for (size_t t = 0; t < n; t++) {
				bool hit =
					fabs(a[s] - b[t]) <= slack + tolerance * fmax(a[s], b[t]);

				pairs++;
				agree += hit;
				out.trials += s == t;
				out.hits += s == t && hit;
			}
		}
	}
	out.chance = pairs ? (double)agree / (double)pairs : 0;
	return out;
}
