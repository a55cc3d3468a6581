/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The second pass: who else was at the endpoints of the meetings.  The first pass keeps the flows
 * of listed hosts only, so the inputs are read once more, for the home addresses of the meetings
 * and no longer than is useful, and the flows of unlisted hosts at those endpoints are kept whole.
 *
 * Bounded: every endpoint has an equal share of the room.  Where more hosts come than fit, an
 * endpoint keeps the hosts whose hash is below a threshold, which halves until they fit; so what is
 * kept is a property of the flows, not of threads or order, and a host kept at a busy endpoint is
 * kept at every quieter one.
 *
 * Where the inputs have an index, endpoints whose address stands in very many of its blocks begin
 * at the level of the index's sample, so that their hosts come from there: the quiet endpoints are
 * looked at whole, as far as TRYST_AROUND_BLOCKS go, and what the busy ones cost does not grow with
 * their traffic.  The hash is the sampler's (flow/sampler.h).
 */
#ifndef TRYST_HUNT_AROUND_H
#define TRYST_HUNT_AROUND_H

#include "flow/operator.h"
#include "hunt/case.h"
#include "hunt/hunt.h"
#include "hunt/record.h"

#define TRYST_AROUND_MEETINGS_MAX 64 /* one bit each in a mask of endpoints */
#define TRYST_AROUND_SLOTS 512
#define TRYST_AROUND_LEVELS 64
#define TRYST_AROUND_BLOCKS 1024

struct tryst_around_endpoint {
	struct tryst_ip ip;
	uint32_t meeting; /* index of case.meetings */
	uint16_t port;
	uint8_t proto;
	bool port_known, at_peer;
};

/* The endpoints, sorted by address. */
struct tryst_around_plan {
	struct tryst_around_endpoint list[TRYST_AROUND_MEETINGS_MAX];
	size_t count;
	uint8_t slots[TRYST_AROUND_SLOTS]; /* hashed addresses: the first of list + 1; 0 free */
	int64_t from_ms, to_ms;            /* flows that overlap it are wanted */
};

struct tryst_around {
	struct tryst_operator op; /* first: the pipeline's handle */
	struct tryst_around_plan plan;
	struct tryst_ipset *addresses; /* of the plan, whose flows are wanted whole */
	struct tryst_ipset *busy;      /* of the plan, of whose hosts a sample is wanted; or NULL */
	struct tryst_sampler sampler;  /* of these */
	const struct tryst_ipset *listed;
	uint64_t share; /* records that each endpoint may keep */
	/* Of each endpoint: hosts below this level (leading zero bits of the hash) are not kept,
	 * and how many records of each level came that were not below it. */
	atomic_uint level[TRYST_AROUND_MEETINGS_MAX];
	atomic_uint_fast64_t seen[TRYST_AROUND_MEETINGS_MAX][TRYST_AROUND_LEVELS];
	atomic_uint raised;                /* how often any level was */
	struct tryst_hunt_records records; /* of the threads that were merged, in no order */
};

/*
 * Plans for the first meetings of the case.  records_max bounds what is kept; `listed` outlives it;
 * of the options the index's sample_level and weigh are used.  0 also when there are no meetings
 * (plan.count).
 */
int tryst_around_init(struct tryst_around *a, const struct tryst_case *c,
                      const struct tryst_ipset *listed, size_t records_max,
                      const struct tryst_hunt_options *options, struct tryst_error *err);
void tryst_around_fini(struct tryst_around *a);

/* 1 in so many unlisted hosts were kept at the endpoint; a power of two. */
uint64_t tryst_around_one_in(const struct tryst_around *a, size_t endpoint);

/* Whether a host was kept at an endpoint, had it been there. */
bool tryst_around_keeps(const struct tryst_around *a, size_t endpoint, struct tryst_ip host);

/* A mask of the plan's endpoints that side 0 or 1 of the record is; its other side is the host. */
uint64_t tryst_around_match(const struct tryst_around_plan *p, const struct tryst_hunt_record *r,
                            unsigned side);

#endif
