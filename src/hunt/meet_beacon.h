/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a client call an endpoint more regularly than chance?  docs/statistics/beacons.md has the
 * statistic and its calibration.
 */
#ifndef TRYST_HUNT_MEET_BEACON_H
#define TRYST_HUNT_MEET_BEACON_H

#include "hunt/meet_scan.h"

struct tryst_meet_beacon {
	bool skips;        /* the comb test was the better one: calls are left out */
	bool tested;       /* enough gaps at one scale at least */
	double log10_p;    /* of the best scale, times the number of scales; 0: none was void */
	double strength;   /* -log10 of the least p, and a little of kappa; -1: no scale has a p */
	double kappa;      /* shape of the gaps there; 1 is Poisson */
	int64_t period_ms; /* median time from start to start there */
	int64_t scale_ms;  /* starts closer than this are one */
	uint32_t gaps;     /* that the test used there */
	bool rita_scored;
	double rita;
};

/* A thread's memory; all zero is empty. */
struct tryst_meet_times {
	double *gaps, *sorted;
	int64_t *seconds;
	size_t cap;
};

void tryst_meet_times_fini(struct tryst_meet_times *t);

#define TRYST_MEET_VISITS_MIN 6 /* fewer are not tested */
#define TRYST_MEET_RANKED_MIN 4 /* fewer have no rank; RITA's score takes no fewer, too */

int tryst_meet_beacon_test(const struct tryst_meet_member *m, struct tryst_meet_times *t,
                           struct tryst_meet_beacon *out, struct tryst_error *err);

/*
 * What to rank a pair by, the more the likelier a beacon: the strength that its test found, and
 * -log10 p of the distance that its visits keep.  The two are of the same visits, so their sum is
 * an order and no p-value.  It orders what was tested, and what was visited too seldom for that.
 */
int tryst_meet_beacon_rank(const struct tryst_meet_member *m, const struct tryst_meet_beacon *b,
                           struct tryst_meet_times *t, double *rank, struct tryst_error *err);

/* RITA's score of the same visits into *out; the log is [from_ms, to_ms). */
int tryst_meet_beacon_rita(const struct tryst_meet_member *m, int64_t from_ms, int64_t to_ms,
                           struct tryst_meet_times *t, struct tryst_meet_beacon *out,
                           struct tryst_error *err);

#endif
