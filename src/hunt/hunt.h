/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hunt: an operator that collects the flows of listed hosts, pairs them into conversations by
 * 5-tuple and time, and makes the case.
 */
#ifndef TRYST_HUNT_HUNT_H
#define TRYST_HUNT_HUNT_H

#include "flow/operator.h"
#include "hunt/case.h"

/* Exporters that are known to name the interfaces they forward to, so that 0 means none. */
struct tryst_forwarders {
	const struct tryst_ip *list; /* ascending */
	size_t count;
};

struct tryst_hunt_options {
	const struct tryst_watchlist *watchlist; /* sealed; outlives the hunt */
	const struct tryst_prefix *home;         /* outlives the hunt */
	size_t home_count;
	const struct tryst_event *events;
	size_t event_count;
	const struct tryst_dead *dead; /* outlives the hunt */
	size_t dead_count;
	int64_t slack_ms; /* what clocks and exports may be late by */
	int64_t from_ms,
		to_ms; /* the window asked for: TRYST_TIME_MIN, TRYST_TIME_MAX where open */
	const uint32_t *null_ifs; /* output interfaces that lead nowhere; outlives the hunt */
	size_t null_if_count;     /* 0: interface 0, of exporters that name others */
	unsigned jobs;
	/* Bytes the collected records and the case may take.  Records that have no room go to a
	 * temporary file; what has none in the case is TRYST_ERR_LIMIT. */
	size_t memory;
	const char *temporary; /* the directory for that file; outlives the hunt; NULL: /tmp */
	uint32_t shards; /* parts in which conversations are made, for the same result; 0: one */
	/* NULL, or more than the records tell by themselves; filled before tryst_hunt_find. */
	const struct tryst_forwarders *forwarders;
	bool ways;            /* keep where each conversation was recorded */
	bool ignore_validity; /* what is outside the validity of entries is evidence, too */
	bool counts_only;     /* collect nothing of unlisted hosts: chance is not tested */
	/*
	 * What the inputs' indexes hold: of the unlisted hosts one in 2^sample_level.  Above 0 the
	 * run looks at none of them, and where listed hosts met at all (tryst_hunt_background); if
	 * sampled, at those of the indexes only.
	 */
	unsigned sample_level;
	bool sampled;
	/* Tells in how many of the indexes' blocks each address stands; NULL: there are none. */
	int (*weigh)(void *ctx, const struct tryst_ip *ips, size_t count, uint64_t *blocks,
	             struct tryst_error *err);
	void *weigh_ctx;
};

struct tryst_hunt;

int tryst_hunt_new(struct tryst_hunt **out, const struct tryst_hunt_options *options,
                   struct tryst_error *err);
void tryst_hunt_free(struct tryst_hunt *h); /* and the case */

struct tryst_operator *tryst_hunt_operator(struct tryst_hunt *h);

/* The unlisted hosts whose flows the run should pass beside those of listed ones; NULL: none. */
const struct tryst_sampler *tryst_hunt_sampler(const struct tryst_hunt *h);

/*
 * After the run: the case as far as its meetings.  The inputs are referred to, not copied, and are
 * where the health that reports show comes from.
 */
int tryst_hunt_find(struct tryst_hunt *h, struct tryst_input **inputs, size_t input_count,
                    struct tryst_error *err);

/* The case as far as tryst_hunt_find made it, until tryst_hunt_case. */
const struct tryst_case *tryst_hunt_found(const struct tryst_hunt *h);

/* A second run that tells who else was at the meetings' endpoints: what is to be read for it. */
struct tryst_hunt_again {
	struct tryst_operator *op;
	const struct tryst_ipset *addresses; /* flows from or to one of these ... */
	const struct tryst_sampler *sample;  /* ... and those that it chooses, or NULL ... */
	int64_t from_ms, to_ms;              /* ... that overlap this */
	bool in_full; /* without the indexes, which do not hold all that is wanted */
};

/*
 * After tryst_hunt_find: where listed hosts met, and the run has seen none of the others: what is
 * to be read to test the meetings against all of them.  0: nothing is; 1: *out, and then
 * tryst_hunt_background_done; negative without memory.
 */
int tryst_hunt_background(struct tryst_hunt *h, struct tryst_hunt_again *out,
                          struct tryst_error *err);

/*
 * That run has ended.  why: NULL, it saw everything; else a constant sentence that the case shall
 * say, and what it saw is dropped.
 */
void tryst_hunt_background_done(struct tryst_hunt *h, const char *why);

/*
 * After tryst_hunt_find: false when there is nothing to read again for.  The run must open the
 * inputs afresh, under their ids, so that nothing is counted twice.
 */
bool tryst_hunt_around(struct tryst_hunt *h, struct tryst_hunt_again *out);

/*
 * The second run was not made, or did not see all of it: why, a constant sentence that the case
 * shall say.  What it collected is dropped.
 */
void tryst_hunt_around_not(struct tryst_hunt *h, const char *why);

/*
 * The rest of the case, which belongs to the hunt; tryst_hunt_find first, where that has not been
 * called yet.
 */
int tryst_hunt_case(struct tryst_hunt *h, struct tryst_input **inputs, size_t input_count,
                    struct tryst_case **out, struct tryst_error *err);

#endif
