/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does one series of events follow another?  The circular shift test: the first series is moved as
 * a whole around the circle of the time that was looked at, which keeps its rate, its bursts and
 * its periods, and breaks only what ties it to the other.  Pure: no state, no I/O, any thread.
 */
#ifndef TRYST_STATS_SHIFT_H
#define TRYST_STATS_SHIFT_H

#include <stdbool.h>
#include <stddef.h>

/* Where an event counts: [from, to), parts of the whole; 0 <= from <= to <= 1. */
struct tryst_shift_window {
	double from, to;
};

struct tryst_shift {
	size_t hits;      /* of the series as it is */
	double p;         /* valid, however short the time: see below */
	unsigned outside; /* shifts beyond the guard, */
	unsigned as_good; /* of them those with as many hits or more, */
	double mean;      /* and their mean number of hits */
};

/*
 * times[0..n) ascend in [0, 1).  A hit is a window with an event in it (each_window), or an event
 * in a window, in which case windows must not overlap.  B shifts are taken over the circle, by the
 * golden ratio, so that the result is the same every time.  Shifts by less than `guard` either way
 * still show the same events: they count as no better than the series itself, so that p is never
 * below 2 guard, and valid however few independent positions the circle has.  p is
 * (1 + shifts as good) / (B + 1).  O(B windows log n).
 *
 * Where no shift beyond the guard is as good, the hits are no work of rate, bursts or periods, and
 * how rare they are is the matter of a tail at the rate that the shifts show: tryst_shift_tail().
 */
struct tryst_shift tryst_shift_test(const double *times, size_t n,
                                    const struct tryst_shift_window *windows, size_t window_count,
                                    bool each_window, double guard, unsigned shifts);

/*
 * A p-value that may be smaller than the shifts are many: P(X >= hits), X ~ Bin(trials, mean /
 * trials), where no shift beyond the guard is as good, else the larger of that and (1 + as_good) /
 * (1 + outside).  `trials` is the number of windows, or of times.
 */
double tryst_shift_tail(struct tryst_shift s, size_t trials);

#endif
