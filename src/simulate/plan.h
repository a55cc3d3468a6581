/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is planted: talks and the truth about them, made when a simulation is.  Each kind is one
 * function of a table in plan.c.
 */
#ifndef TRYST_SIMULATE_PLAN_H
#define TRYST_SIMULATE_PLAN_H

#include "simulate/talk.h"

struct tryst_sim_plan {
	const struct tryst_sim_world *w;
	struct tryst_sim_truth *truth; /* listed is there, the rest is made */
	struct tryst_sim_talks *talks;
	struct tryst_sim_rng rng;
	size_t event_cap, endpoint_cap;
	bool failed; /* sticks when memory is out */
};

typedef void (*tryst_sim_plant_fn)(struct tryst_sim_plan *p);

/* Makes what the parameters say; false without memory. */
bool tryst_sim_plan_make(struct tryst_sim_plan *p);

void tryst_sim_plant_meeting(struct tryst_sim_plan *p);
void tryst_sim_plant_forged(struct tryst_sim_plan *p); /* and the genuine twin */
void tryst_sim_plant_decoy(struct tryst_sim_plan *p);
void tryst_sim_plant_irc(struct tryst_sim_plan *p);
void tryst_sim_plant_beacon(struct tryst_sim_plan *p);
void tryst_sim_plant_masters(struct tryst_sim_plan *p);
void tryst_sim_plant_dead(struct tryst_sim_plan *p);
void tryst_sim_plant_closed(struct tryst_sim_plan *p);
void tryst_sim_plant_overlay(struct tryst_sim_plan *p);

/* Queries in the names of those who take part, to the planted servers, in [from_ms, to_ms). */
void tryst_sim_plan_spray(struct tryst_sim_plan *p, const struct tryst_sim_event *when,
                          size_t count);

/* The times of the episodes, in [from_ms, to_ms), as events. */
void tryst_sim_plan_episodes(struct tryst_sim_plan *p, int64_t from_ms, int64_t to_ms);

/* An unlisted host that comes to the endpoints before each episode, and at other times. */
void tryst_sim_plan_controller(struct tryst_sim_plan *p);

/* Local hosts that are no servers into truth->clients. */
void tryst_sim_plan_clients(struct tryst_sim_plan *p);

/* The address of planted game server g. */
uint32_t tryst_sim_plan_server(const struct tryst_sim_plan *p, uint32_t g);

/* The ordinary visitors of the planted servers. */
void tryst_sim_plan_visitors(struct tryst_sim_plan *p);

/* Chooses who takes part into truth->met, and the companions. */
void tryst_sim_plan_cast(struct tryst_sim_plan *p);

void tryst_sim_plan_endpoint(struct tryst_sim_plan *p, uint32_t address, uint8_t proto,
                             uint16_t port);
void tryst_sim_plan_event(struct tryst_sim_plan *p, const char *name, int64_t from_ms,
                          int64_t to_ms);
void tryst_sim_plan_talk(struct tryst_sim_plan *p, struct tryst_sim_talk *t);

/* A host comes to a game server: plays, exchanges a little, or only asks. */
void tryst_sim_plan_come(struct tryst_sim_plan *p, struct tryst_sim_talk *t, double play);

/* Adds an address in order, once; false when it was there or memory is out. */
bool tryst_sim_list_add(struct tryst_sim_list *l, uint32_t address, bool *failed);

static inline uint32_t
tryst_sim_v4(struct tryst_ip ip)
{
	return (uint32_t)ip.lo;
}

#endif
