/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Do the clients of an endpoint act together?  docs/statistics/groups.md has the test and its
 * calibration.
 */
#ifndef TRYST_HUNT_MEET_GROUP_H
#define TRYST_HUNT_MEET_GROUP_H

#include "hunt/meet_clock.h"
#include "hunt/meet_scan.h"
#include "stats/shift.h"

#define TRYST_MEET_GROUP_MAX 64 /* clients: of more it is no secret */

/* One act of one client, in the clock's time. */
struct tryst_meet_act {
	double at;
	uint32_t member;
};

/* A thread's memory; all zero is empty. */
struct tryst_meet_group {
	struct tryst_meet_act *acts;
	size_t count, cap;
	double *times;
	struct tryst_shift_window *windows;
};

struct tryst_meet_together {
	bool tested;
	double log10_p;    /* of the best window, times the number of windows */
	int64_t window_ms; /* either way */
	uint32_t members;  /* that were tested */
};

void tryst_meet_group_fini(struct tryst_meet_group *g);

/*
 * inside: acts are flows within held connections that are off their beat; else visits.  Only
 * members for which `wanted` says so, by their place.
 */
int tryst_meet_group_test(struct tryst_meet_group *g, const struct tryst_meet_clock *clock,
                          const struct tryst_meet_endpoint *e, const bool *wanted, bool inside,
                          struct tryst_meet_together *out, struct tryst_error *err);

#endif
