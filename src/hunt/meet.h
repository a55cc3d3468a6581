/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The search without a list: an operator that keeps of every flow who called whose endpoint, and
 * the case it makes, in which findings[] is what it found.  docs/meet.md.
 */
#ifndef TRYST_HUNT_MEET_H
#define TRYST_HUNT_MEET_H

#include "flow/operator.h"
#include "hunt/case.h"

struct tryst_meet_endpoint;
struct tryst_meet_member;
struct tryst_meet_beacon;

struct tryst_meet_options {
	const struct tryst_prefix *home; /* outlives the search */
	size_t home_count;
	const struct tryst_watchlist *known; /* sealed; what is no news; NULL: nothing */
	int64_t since_ms; /* only what is new from then on, or changed; TRYST_TIME_MIN: all */
	bool rita;        /* tell RITA's score beside beacons */
	unsigned jobs;
	size_t memory;         /* bytes for all that is kept; the rest goes to a temporary file */
	const char *temporary; /* the directory for that; outlives the search; NULL: /tmp */
	size_t findings_max;   /* 0: 100 */
	/*
	 * For measuring: every pair of TRYST_MEET_RANKED_MIN visits or more, tested for a beacon
	 * where it had enough, on any thread (jobs 1: one at a time), or NULL.
	 */
	void (*tested)(void *ctx, const struct tryst_meet_endpoint *e,
	               const struct tryst_meet_member *m, const struct tryst_meet_beacon *b);
	void *tested_ctx;
};

struct tryst_meet;

int tryst_meet_new(struct tryst_meet **out, const struct tryst_meet_options *options,
                   struct tryst_error *err);
void tryst_meet_free(struct tryst_meet *m); /* and the case */

struct tryst_operator *tryst_meet_operator(struct tryst_meet *m);

/* After the run: the case, which belongs to the search.  The inputs are referred to, not copied. */
int tryst_meet_case(struct tryst_meet *m, struct tryst_input **inputs, size_t input_count,
                    struct tryst_case **out, struct tryst_error *err);

/* A second reading that names the records behind findings: what is to be read for it. */
struct tryst_meet_again {
	struct tryst_operator *op;
	const struct tryst_ipset *addresses; /* flows from or to one of these ... */
	int64_t from_ms, to_ms;              /* ... that overlap this */
};

/* After tryst_meet_case: false when nothing of grade A or B was found. */
bool tryst_meet_again(struct tryst_meet *m, struct tryst_meet_again *out);

/*
 * After the second reading; why: it was not made, or not wholly: a constant sentence that the case
 * shall say, and then no finding names records.
 */
int tryst_meet_again_done(struct tryst_meet *m, const char *why, struct tryst_error *err);

#endif
