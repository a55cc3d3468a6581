/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Visits: what a host does at one time is one visit, however many flows it is cut into.  Rates are
 * counted in visits, since records of one act are not independent.  docs/statistics/timeline.md
 */
#ifndef TRYST_HUNT_VISIT_H
#define TRYST_HUNT_VISIT_H

#include "base/base.h"

#define TRYST_VISIT_GAP_MS 5000

/*
 * Sorts n start times and keeps the first of each run in which no start is later than the one
 * before it by more than TRYST_VISIT_GAP_MS.  Returns how many are kept.
 */
size_t tryst_visits_find(int64_t *starts_ms, size_t n);

/* a + b, or the nearest end of all times. */
static inline int64_t
tryst_time_add(int64_t a, int64_t b)
{
	int64_t sum;

	return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? INT64_MIN : INT64_MAX) : sum;
}

#endif
