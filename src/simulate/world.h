/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is there: the hosts, their addresses, what they like.  Made once of the parameters and the
 * seed, then read by any thread.
 *
 * Hosts are numbers.  Local hosts are [0, hosts).  External ones stand in one range after the
 * other, each kind from its `first`; their addresses are a bijection of the numbers, two hosts to a
 * /24 network, none of them in a special-purpose block (RFC 6890).
 */
#ifndef TRYST_SIMULATE_WORLD_H
#define TRYST_SIMULATE_WORLD_H

#include "simulate/random.h"
#include "simulate/simulate.h"
#include "simulate/trace.h"

#define TRYST_SIM_SLICE_MS 300000

/* What a stream of random numbers is for.  The numbers are part of what a seed means. */
enum tryst_sim_use {
	TRYST_SIM_USE_ADDRESS = 1,
	TRYST_SIM_USE_LOCAL,
	TRYST_SIM_USE_DEGREE,
	TRYST_SIM_USE_COMMUNITY,
	TRYST_SIM_USE_CHOICE,
	TRYST_SIM_USE_KIND,
	TRYST_SIM_USE_ROUTE,
	TRYST_SIM_USE_HOST,
	TRYST_SIM_USE_EXPORT,
	TRYST_SIM_USE_LIST,
	TRYST_SIM_USE_PLAYER,
	TRYST_SIM_USE_SESSION,
	TRYST_SIM_USE_PLANT,
	TRYST_SIM_USE_LIKE,
	TRYST_SIM_USE_TRAFFIC, /* and TRAFFIC + n: the n-th kind of background */
};

struct tryst_sim_world {
	struct tryst_sim_params p;
	uint64_t seed;
	int64_t start_ms, end_ms;
	size_t slices;
	uint32_t hosts, externals, communities;
	uint32_t scanners, browsers, players, updates; /* how many */
	uint32_t game_servers, planted_servers;        /* the planted ones come behind */
	uint32_t web_servers, time_servers, name_servers, cdn_servers, chat_servers;
	/* Where the numbers of the external hosts of each kind begin. */
	uint32_t first_scanner, first_web, first_update, first_time, first_name, first_cdn,
		first_chat;
	uint32_t first_other; /* the forger, a controller */
	uint16_t *degree;     /* endpoints that an external host knows */
	double degree_sum;
	struct tryst_sim_alias activity;     /* external hosts by degree */
	struct tryst_sim_alias endpoints;    /* local hosts by popularity */
	struct tryst_sim_alias web;          /* web servers outside by popularity */
	double planted_share[3];             /* of those who poll, who know a planted server */
	const struct tryst_sim_trace *trace; /* the log that this is like; NULL: a modelled one */
};

/*
 * trace: a log that the background is taken from, or NULL.  Who is there, when and how active then
 * comes from it, and nobody is there beside: w->p says so.
 */
int tryst_sim_world_init(struct tryst_sim_world *w, const struct tryst_sim_params *p, uint64_t seed,
                         const struct tryst_sim_trace *trace, struct tryst_error *err);
void tryst_sim_world_fini(struct tryst_sim_world *w);

/* Addresses in host order. */
uint32_t tryst_sim_local(const struct tryst_sim_world *w, uint32_t host);
uint32_t tryst_sim_external(const struct tryst_sim_world *w, uint32_t host);

static inline bool
tryst_sim_is_local(uint32_t address)
{
	return address >> 16 == (198 << 8 | 18);
}

#define TRYST_SIM_GAME_PORT 27015

/* The local host that game server g runs on; planted ones are behind the others. */
static inline uint32_t
tryst_sim_game_host(const struct tryst_sim_world *w, uint32_t g)
{
	return w->hosts - 1 - g;
}

static inline uint32_t
tryst_sim_community(const struct tryst_sim_world *w, uint32_t host)
{
	return (uint32_t)(tryst_sim_hash(w->seed, TRYST_SIM_USE_COMMUNITY, host, 0) %
	                  w->communities);
}

/* The external host behind a peer of the trace. */
static inline uint32_t
tryst_sim_peer(const struct tryst_sim_world *w, uint32_t peer, uint32_t visitors)
{
	return peer < visitors ? peer : w->first_other + 2 + (peer - visitors);
}

/* The external host behind player n. */
uint32_t tryst_sim_player(const struct tryst_sim_world *w, uint32_t n);

/* An external host, in proportion to its degree. */
static inline uint32_t
tryst_sim_active(const struct tryst_sim_world *w, struct tryst_sim_rng *r)
{
	return tryst_sim_alias_draw(&w->activity, r);
}

/* The endpoint that is external host i's choice c: always the same. */
uint32_t tryst_sim_choice(const struct tryst_sim_world *w, uint32_t host, uint32_t c);

/* The game server of one of a host's community, or any. */
uint32_t tryst_sim_game_choice(const struct tryst_sim_world *w, uint32_t host,
                               struct tryst_sim_rng *r);

/* Whether who polls all servers polls this one too. */
bool tryst_sim_polls(const struct tryst_sim_world *w, uint32_t host, uint32_t g);

/* The moment after a share of the duration. */
static inline int64_t
tryst_sim_share(const struct tryst_sim_world *w, double share)
{
	return w->start_ms + (int64_t)(share * (double)(w->end_ms - w->start_ms));
}

/* People's activity about its mean of 1 at a time. */
double tryst_sim_diurnal(const struct tryst_sim_world *w, int64_t at_ms);

/* A time of [from, to) by people's activity. */
int64_t tryst_sim_time(const struct tryst_sim_world *w, struct tryst_sim_rng *r, int64_t from_ms,
                       int64_t to_ms);

#endif
