/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/comb.h"

#include <math.h>
#include <stdint.h>

#define GAPS_MIN 5
#define STEP 1.03
#define FINE 1.005
#define FINE_STEPS 6
#define SPAN_MAX 30. /* of the longest period to the shortest */
#define SHORT .75

/* x is positive and below 2^51, where adding this leaves no place for a fraction. */
#define ROUND 0x1.8p52

/* Two at a time, without a branch: whether a gap is short is as good as chance. */
typedef double pair __attribute__((vector_size(16)));
typedef int64_t bits __attribute__((vector_size(16)));

static inline pair
weights(pair gaps, pair rate)
{
	pair x = gaps * rate, off = x - ((x + ROUND) - ROUND), one = { 1, 1 };
	pair w = one - 4 * (pair)((bits)off & INT64_MAX);
	bits is_short = (bits)(x < SHORT);

	return (pair)(((bits)w & ~is_short) | ((bits)-one & is_short));
}

/* Four sums, since one would wait for itself. */
static double
sum_w(const double *gaps, size_t n, double period)
{
	pair sums[2] = { { 0, 0 }, { 0, 0 } }, rate = { 1 / period, 1 / period };
	size_t i = 0;

	for (; i + 4 <= n; i += 4) {
		pair low = { gaps[i], gaps[i + 1] }, high = { gaps[i + 2], gaps[i + 3] };

		sums[0] += weights(low, rate);
		sums[1] += weights(high, rate);
	}
	for (; i < n; i++) {
		pair last = { gaps[i], gaps[i] };

		sums[0][0] += weights(last, rate)[0];
	}
	return (sums[0][0] + sums[0][1]) + (sums[1][0] + sums[1][1]);
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
