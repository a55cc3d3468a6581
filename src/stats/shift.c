/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/shift.h"

#include <math.h>

#include "stats/tail.h"

#define GOLDEN 0.6180339887498949

/* How many times are below x. */
static size_t
below(const double *times, size_t n, double x)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (times[mid] < x)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* Times in [from, to) of the circle; to - from <= 1, and either may lie below 0. */
static size_t
inside(const double *times, size_t n, double from, double to)
{
	if (from >= 0)
		return below(times, n, to) - below(times, n, from);
	if (to <= 0)
		return below(times, n, to + 1) - below(times, n, from + 1);
	return below(times, n, to) + n - below(times, n, from + 1);
}

/* Hits when every time is moved by `shift`: the windows move back instead. */
static size_t
hits(const double *times, size_t n, const struct tryst_shift_window *w, size_t windows,
     bool each_window, double shift)
{
	size_t sum = 0;

	for (size_t i = 0; i < windows; i++) {
		size_t in = inside(times, n, w[i].from - shift, w[i].to - shift);

		sum += each_window ? in > 0 : in;
	}
	return sum;
}

struct tryst_shift
tryst_shift_test(const double *times, size_t n, const struct tryst_shift_window *windows,
                 size_t window_count, bool each_window, double guard, unsigned shifts)
{
	struct tryst_shift out = {
		.hits = hits(times, n, windows, window_count, each_window, 0),
	};
	double sum = 0;

	for (unsigned b = 1; b <= shifts; b++) {
		double shift = b * GOLDEN - floor(b * GOLDEN);
		size_t got;

		if (shift < guard || 1 - shift < guard)
			continue;
		got = hits(times, n, windows, window_count, each_window, shift);
		out.outside++;
		out.as_good += got >= out.hits;
		sum += (double)got;
	}
	out.mean = out.outside ? sum / out.outside : 0;
	out.p = (1. + out.as_good + (shifts - out.outside)) / (1. + shifts);
	return out;
}

double
tryst_shift_tail(struct tryst_shift s, size_t trials)
{
	double rate, tail, shifts = (1. + s.as_good) / (1. + s.outside);

	if (!s.outside || !trials)
		return 1;
	/* No shift had a hit: as if one more had had one. */
	rate = fmax(s.mean, 1. / (s.outside + 1.)) / (double)trials;
	tail = rate < 1 ? exp(tryst_binomial_upper(trials, rate, s.hits)) : 1;
	return s.as_good ? fmax(tail, shifts) : tail;
}
