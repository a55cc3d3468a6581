/* SPDX-License-Identifier: Apache-2.0 */
/* Searches without a list over typed flows, in any order and split over any number of threads. */
#ifndef TRYST_TESTS_HUNT_MEET_FIXTURE_H
#define TRYST_TESTS_HUNT_MEET_FIXTURE_H

#include "hunt/meet.h"

/* An IPv4 flow, unless v6: then addresses are 2001:db8::(address). */
struct meet_flow {
	int64_t start_ms, duration_ms;
	uint32_t src, dst;
	uint16_t src_port, dst_port;
	uint8_t proto, flags;
	uint64_t packets, bytes;
	bool v6;
};

struct meet_flows {
	struct meet_flow *list;
	size_t count, cap;
	uint64_t random;
};

struct meet_run {
	struct tryst_meet *meet;
	struct tryst_case *c;
	struct tryst_input input, *inputs;
	struct tryst_prefix home;
	struct tryst_error error;
};

#define MEET_HOME 0x0a000000u /* 10/8 */
#define MEET_DAY_MS 86400000LL

void meet_flow_add(struct meet_flows *v, struct meet_flow f);
/* A connection and its answer. */
void meet_talk(struct meet_flows *v, int64_t at_ms, uint32_t client, uint32_t server, uint16_t port,
               uint64_t bytes);
double meet_uniform(struct meet_flows *v);
double meet_exponential(struct meet_flows *v, double mean);
/* Clients that visit servers at random, as a background. */
void meet_background(struct meet_flows *v, uint32_t clients, uint32_t servers, unsigned visits);

/* shuffle 0: as typed, on one thread; else split over four in an order of that seed. */
void meet_search(struct meet_run *r, const struct tryst_meet_options *options,
                 const struct meet_flows *flows, unsigned shuffle);
void meet_close(struct meet_run *r);

/* The place (from 1) of the first finding of that kind at the endpoint, or 0. */
size_t meet_place(const struct meet_run *r, const char *kind, uint32_t server, uint16_t port);

#endif
