/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operational time: a clock on which the visits of everyone come evenly, so that a daily rhythm
 * that all share brings nobody together.  docs/statistics/companions.md
 */
#ifndef TRYST_HUNT_OPERATIONAL_H
#define TRYST_HUNT_OPERATIONAL_H

#include "base/error.h"

struct tryst_operational {
	int64_t *ms; /* of visits, ascending; NULL: too few of them, the wall's clock is used */
	size_t count;
	int64_t from_ms, to_ms; /* of the wall's */
};

/*
 * Of n visits, copied; with fewer than 200 the wall's clock from from_ms to to_ms.  Negative
 * without memory, and then there is nothing to free.
 */
int tryst_operational_init(struct tryst_operational *o, const int64_t *visits_ms, size_t n,
                           int64_t from_ms, int64_t to_ms, struct tryst_error *err);
void tryst_operational_fini(struct tryst_operational *o);

/* The part of all visits that came before the time, even between two of them: 0 to below 1. */
double tryst_operational_at(const struct tryst_operational *o, int64_t ms);

#endif
