/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/comb.h"

#include <math.h>

#define GAPS_MIN 5
#define STEP 1.03
#define FINE 1.005
#define FINE_STEPS 6
#define SPAN_MAX 30. /* of the longest period to the shortest */
#define SHORT .75

/* x is positive and below 2^51, where adding this leaves no place for a fraction. */
#define ROUND 0x1.8p52

static inline double
weight(double gap, double rate)
{
	double x = gap * rate;

	return x < SHORT ? -1 : 1 - 4 * fabs(x - ((x + ROUND) - ROUND));
}

/* Four sums, since one would wait for itself. */
static double
sum_w(const double *gaps, size_t n, double period)
{
	double sums[4] = { 0 }, rate = 1 / period;
	size_t i = 0;

	for (; i + 4 <= n; i += 4) {
		for (size_t k = 0; k < 4; k++)
			sums[k] += weight(gaps[i + k], rate);
	}
	for (; i < n; i++)
		sums[0] += weight(gaps[i], rate);
	return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

struct tryst_comb
tryst_comb_test(const double *gaps, size_t n, double shortest)
{
	struct tryst_comb r = { 0 };
	double longest, best = 0, middle, from, count = 0;

	if (n < GAPS_MIN)
		return r;
	longest = 1.2 * gaps[n / 2];
	from = fmax(fmax(.9 * gaps[n / 20], longest / SPAN_MAX), shortest);
	for (double period = from; period <= longest; period *= STEP, count++) {
		double sum = sum_w(gaps, n, period);

		if (sum > best) {
			best = sum;
			r.period = period;
		}
	}
	if (r.period <= 0)
		return r;
	middle = r.period;
	for (int i = -FINE_STEPS; i <= FINE_STEPS; i++, count++) {
		double period = middle * pow(FINE, i), sum = sum_w(gaps, n, period);

		if (sum > best) {
			best = sum;
			r.period = period;
		}
	}
	r.share = best / (double)n;
	r.log_p = fmin(0, log(count) - 1.5 * best * best / (double)n);
	return r;
}
