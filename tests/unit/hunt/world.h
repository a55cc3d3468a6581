/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Networks by chance, straight as contacts: external hosts and home endpoints with degrees by
 * power laws, scanners of even coverage, communities of hosts and endpoints.  For properties of the
 * coincidence test that hold over many seeds; the simulator (src/simulate) is another, independent
 * one.
 */
#ifndef TRYST_TESTS_HUNT_WORLD_H
#define TRYST_TESTS_HUNT_WORLD_H

#include "hunt/build.h"
#include "hunt/contact.h"

#define WORLD_LISTED_MAX 64

enum world_list { WORLD_RANDOM, WORLD_ACTIVE, WORLD_HALF, WORLD_SCANNERS, WORLD_COMMUNITY };

struct world_options {
	uint64_t seed;
	uint32_t hosts, endpoints, scanners, services; /* services: classes of ports */
	uint32_t communities;                          /* 0: none */
	double mixing; /* share of contacts that stay in the community */
	enum world_list list;
	uint32_t listed;
	uint32_t meet, meet_degree; /* planted: so many listed at one endpoint of that degree */
	size_t room;                /* contacts that fit; 0: all */
};

struct world {
	struct tryst_contacts contacts;
	struct tryst_case c;
	struct tryst_built_case built;
	struct tryst_ipset *home;
	uint32_t planted; /* endpoint of the planted meeting */
};

/* Makes the network and runs the chance step on it; aborts without memory. */
void world_open(struct world *w, const struct world_options *options);
void world_close(struct world *w);

/* The meeting at the planted endpoint, or NULL. */
const struct tryst_meeting *world_planted(const struct world *w);

#endif
