/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/rita.h"

#include <math.h>
#include <stdlib.h>

#define UNIQUE_MIN 4
#define CONNECTIONS_MAX 86400
#define BARS 24
#define BARS_MIN 11         /* for two levels to mean anything */
#define DURATION_BARS_MIN 6 /* for a duration to mean anything */
#define RUN_IDEAL 12
#define SKEW_RANGE_MIN 10

static int
order(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* A quantile of sorted values, linear between two. */
static double
quantile(const double *sorted, size_t n, double q)
{
	double at = q * (double)(n - 1);
	size_t low = (size_t)at;

	return low + 1 < n ? sorted[low] + (at - (double)low) * (sorted[low + 1] - sorted[low])
	                   : sorted[n - 1];
}

/* How even values are; sorts them.  small: what the deviation counts with a median below 1. */
static double
evenness(double *v, size_t n, double small)
{
	double q1, q2, q3, skew = 0, spread;

	qsort(v, n, sizeof(*v), order);
	q1 = quantile(v, n, .25);
	q2 = quantile(v, n, .5);
	q3 = quantile(v, n, .75);
	if (q3 - q1 >= SKEW_RANGE_MIN && q2 != q1 && q2 != q3)
		skew = (q1 + q3 - 2 * q2) / (q3 - q1);
	for (size_t i = 0; i < n; i++)
		v[i] = fabs(v[i] - q2);
	qsort(v, n, sizeof(*v), order);
	spread = q2 < 1 ? small : fmax(0, (q2 - quantile(v, n, .5)) / q2);
	return (1 - fabs(skew) + spread) / 2;
}

/* The two most frequent heights of bars, in steps of a twentieth of the highest. */
static double
two_levels(const uint32_t *bars, uint32_t highest, unsigned filled)
{
	uint32_t step = (uint32_t)ceil(highest * .05), levels[BARS + 2] = { 0 };
	uint32_t first = 0, second = 0;

	if (filled < BARS_MIN || !step)
		return 0;
	for (unsigned b = 0; b < BARS; b++) {
		if (bars[b])
			levels[bars[b] / step]++;
	}
	for (unsigned l = 0; l < BARS + 2; l++) {
		if (levels[l] > first) {
			second = first;
			first = levels[l];
		} else if (levels[l] > second) {
			second = levels[l];
		}
	}
	return fmin(1, (first + second) / fmax(filled - 1., 1));
}

static void
over_time(struct tryst_rita *r, const int64_t *starts_s, size_t n, int64_t from_s, int64_t to_s)
{
	double length = fmax((double)(to_s - from_s), 1), mean = (double)n / BARS, var = 0;
	uint32_t bars[BARS] = { 0 }, highest = 0;
	unsigned filled = 0, run = 0, longest = 0;

	for (size_t i = 0; i < n; i++) {
		double at = (double)(starts_s[i] - from_s) / length * BARS;

		bars[at <= 0 ? 0 : at >= BARS - 1 ? BARS - 1 : (unsigned)at]++;
	}
	for (unsigned b = 0; b < BARS; b++) {
		highest = bars[b] > highest ? bars[b] : highest;
		filled += bars[b] > 0;
		var += (bars[b] - mean) * (bars[b] - mean) / BARS;
	}
	/* The longest run of bars goes round the clock. */
	for (unsigned b = 0; b < 2 * BARS; b++) {
		run = bars[b % BARS] ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	r->histogram = fmax(fmax(0, 1 - sqrt(var) / mean), two_levels(bars, highest, filled));
	if (filled >= DURATION_BARS_MIN)
		r->duration = fmin(1, fmax((double)(starts_s[n - 1] - starts_s[0]) / length,
		                           (double)longest / RUN_IDEAL));
}

struct tryst_rita
tryst_rita_score(const int64_t *starts_s, const double *bytes, size_t n, int64_t from_s,
                 int64_t to_s, double *work)
{
	struct tryst_rita r = { 0 };
	size_t gaps = 0;

	for (size_t i = 1; i < n; i++) {
		if (starts_s[i] != starts_s[i - 1])
			work[gaps++] = (double)(starts_s[i] - starts_s[i - 1]);
	}
	if (gaps + 1 < UNIQUE_MIN || n >= CONNECTIONS_MAX)
		return r;
	r.scored = true;
	r.times = evenness(work, gaps, 1);
	for (size_t i = 0; i < n; i++)
		work[i] = bytes[i];
	r.sizes = evenness(work, n, 0);
	over_time(&r, starts_s, n, from_s, to_s);
	r.score = (r.times + r.sizes + r.histogram + r.duration) / 4;
	return r;
}
