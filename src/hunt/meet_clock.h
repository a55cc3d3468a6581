/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A clock on which all flows of the log come evenly, so that what everybody does by day brings
 * nobody together.  Bins of five minutes; logs of more than four weeks are measured by the wall's.
 */
#ifndef TRYST_HUNT_MEET_CLOCK_H
#define TRYST_HUNT_MEET_CLOCK_H

#include "base/base.h"

#define TRYST_MEET_CLOCK_BINS 8192
#define TRYST_MEET_CLOCK_BIN_MS 300000

struct tryst_meet_clock {
	int64_t first_ms, last_ms; /* of all flows */
	int64_t from_ms;           /* where bin 0 begins */
	size_t bins;               /* 0: the wall's clock */
	double before[TRYST_MEET_CLOCK_BINS + 1];
};

/* Where flows are counted until it is known when the first one was. */
static inline unsigned
tryst_meet_clock_bin(int64_t at_ms)
{
	return (unsigned)((uint64_t)(at_ms / TRYST_MEET_CLOCK_BIN_MS) % TRYST_MEET_CLOCK_BINS);
}

void tryst_meet_clock_init(struct tryst_meet_clock *c, int64_t first_ms, int64_t last_ms,
                           const uint32_t activity[TRYST_MEET_CLOCK_BINS]);

/* A time of the log as a share of all, in [0, 1). */
double tryst_meet_clock_at(const struct tryst_meet_clock *c, int64_t at_ms);
/* The same by the wall's clock. */
double tryst_meet_clock_wall(const struct tryst_meet_clock *c, int64_t at_ms);

#endif
