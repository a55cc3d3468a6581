/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is planted at game servers: meetings, and queries in other hosts' names with their genuine
 * twin.
 */
#include "simulate/plan.h"

#define FORGED_BYTES 37 /* "info" of old: 20 + 8 + 9 */
#define FORGED_TTL 112
#define FORGED_TOS 8
#define FORGED_IF 2
#define SERVERS_MAX 64

/* One host comes to the server in some of the episodes, but in one at least. */
static void
attend(struct tryst_sim_plan *p, struct tryst_ip ip, uint32_t server, const int64_t *starts_ms,
       uint32_t episodes)
{
	struct tryst_sim_rng *r = &p->rng;
	uint32_t sure = tryst_sim_below(r, episodes);

	for (uint32_t e = 0; e < episodes; e++) {
		struct tryst_sim_talk t = {
			.client = tryst_sim_v4(ip),
			.server = server,
			.role = TRYST_SIM_ROLE_MEETING,
			.planted = true,
		};

		if (e != sure && !tryst_sim_chance(r, 0.7))
			continue;
		t.start_ms = starts_ms[e] + (int64_t)(tryst_sim_uniform(r) * p->w->p.window * 1000);
		tryst_sim_plan_come(p, &t, p->w->p.play);
	}
}

static void
meet_at(struct tryst_sim_plan *p, uint32_t server, const int64_t *starts_ms, uint32_t episodes)
{
	struct tryst_sim_truth *t = p->truth;

	tryst_sim_plan_endpoint(p, server, TRYST_SIM_UDP, TRYST_SIM_GAME_PORT);
	for (size_t i = 0; i < t->met.count; i++)
		attend(p, t->met.hosts[i], server, starts_ms, episodes);
	for (size_t i = 0; i < t->companions.count; i++) {
		if (tryst_sim_chance(&p->rng, p->w->p.contact))
			attend(p, t->companions.hosts[i], server, starts_ms, episodes);
	}
}

void
tryst_sim_plant_meeting(struct tryst_sim_plan *p)
{
	const struct tryst_sim_world *w = p->w;
	int64_t starts_ms[1000], last_ms = w->end_ms - (int64_t)(w->p.window * 1000);
	uint32_t episodes = (uint32_t)w->p.episodes;

	for (uint32_t e = 0; e < episodes; e++) {
		starts_ms[e] = tryst_sim_time(w, &p->rng, w->start_ms,
		                              TRYST_MAX(last_ms, w->start_ms + 1));
		tryst_sim_plan_event(p, "episode", starts_ms[e],
		                     starts_ms[e] + (int64_t)(w->p.window * 1000));
	}
	for (uint32_t g = 0; g < w->planted_servers; g++)
		meet_at(p, tryst_sim_local(w, tryst_sim_game_host(w, w->game_servers + g)),
		        starts_ms, episodes);
}

/* A server that gets queries, and the hosts that they are said to come from. */
struct target {
	uint32_t server;
	uint64_t subset; /* key of the order of the listed hosts; the first ones are meant */
};

struct spray {
	struct target targets[SERVERS_MAX];
	uint32_t target_count;
	uint32_t sources;             /* of each target */
	uint32_t counter;             /* of the forger's source ports */
	struct tryst_sim_rng clients; /* what genuine ones do */
	bool forged;
};

static uint32_t
spray_source(struct tryst_sim_plan *p, const struct spray *s, const struct target *target)
{
	const struct tryst_sim_list *listed = &p->truth->listed;
	uint32_t n = tryst_sim_below(&p->rng, s->sources);

	if (target == s->targets)
		return tryst_sim_v4(p->truth->met.hosts[n]);
	return tryst_sim_v4(
		listed->hosts[tryst_sim_permute(n, (uint32_t)listed->count, target->subset)]);
}

/* The genuine twin: the client's own port, system and path, and answers. */
static void
genuine(struct tryst_sim_plan *p, struct spray *s, struct tryst_sim_talk *t)
{
	const struct tryst_sim_world *w = p->w;
	uint64_t habit = tryst_sim_hash(w->seed, TRYST_SIM_USE_HOST, t->client, 9);
	struct tryst_sim_rng *r = &s->clients;
	bool answered = tryst_sim_chance(r, w->p.answers);

	t->role = TRYST_SIM_ROLE_QUERY;
	tryst_sim_talk_query(r, FORGED_BYTES, answered ? tryst_sim_between(r, 90, 260) : 0, t);
	t->client_port = tryst_sim_client_port(w, t->client, t->start_ms, r);
	if (habit % 10 < 3)
		t->client_port = 27005;
	t->tos = (habit >> 8) % 10 < 2 ? 8 : 0;
	/* A fifth of the hosts asks on where it gets an answer: players, rules. */
	if (answered && (habit >> 16) % 5 == 0) {
		t->packets[0] = t->packets[1] = tryst_sim_between(r, 2, 5);
		t->bytes[0] = (uint64_t)t->packets[0] * FORGED_BYTES;
		t->bytes[1] = (uint64_t)t->packets[1] * tryst_sim_between(r, 90, 600);
		t->duration_ms = tryst_sim_between(r, 200, 4000);
	}
}

static void
spray_one(struct tryst_sim_plan *p, struct spray *s, int64_t at_ms)
{
	const struct target *target = &s->targets[tryst_sim_below(&p->rng, s->target_count)];
	bool answered = tryst_sim_chance(&p->rng, p->w->p.forged_answers);
	struct tryst_sim_talk t = {
		.start_ms = at_ms,
		.client = spray_source(p, s, target),
		.server = target->server,
		.server_port = TRYST_SIM_GAME_PORT,
		.role = TRYST_SIM_ROLE_FORGED,
		.planted = true,
	};

	if (s->forged) {
		tryst_sim_talk_query(&s->clients, FORGED_BYTES, answered ? 150 : 0, &t);
		t.client_port = (uint16_t)(1024 + s->counter % 64512);
		t.true_src = tryst_sim_v4(p->truth->forger);
		t.ttl = FORGED_TTL;
		t.tos = FORGED_TOS;
		t.in_if = FORGED_IF;
	} else {
		genuine(p, s, &t);
	}
	tryst_sim_plan_talk(p, &t);
}

/* The planted servers, then other game servers. */
static void
spray_targets(struct tryst_sim_plan *p, struct spray *s)
{
	const struct tryst_sim_world *w = p->w;
	uint32_t wanted = TRYST_MAX((uint32_t)w->p.forged_servers, w->planted_servers);
	uint64_t order = tryst_sim_next(&p->rng);

	wanted = TRYST_MIN(wanted, w->planted_servers + w->game_servers);
	for (uint32_t i = 0; i < wanted; i++) {
		uint32_t g = w->game_servers + i;

		if (i >= w->planted_servers)
			g = tryst_sim_permute(i - w->planted_servers, w->game_servers, order);
		s->targets[i].server = tryst_sim_local(w, tryst_sim_game_host(w, g));
		s->targets[i].subset = tryst_sim_next(&p->rng);
		tryst_sim_plan_endpoint(p, s->targets[i].server, TRYST_SIM_UDP,
		                        TRYST_SIM_GAME_PORT);
	}
	s->target_count = wanted;
}

/*
 * Ticks of one generator, each a query or two within 2 ms, whose source ports come from one counter
 * that other queries, elsewhere, move on between them.
 */
void
tryst_sim_plant_forged(struct tryst_sim_plan *p)
{
	const struct tryst_sim_world *w = p->w;
	int64_t from_ms = w->start_ms + (int64_t)(w->p.at * (double)(w->end_ms - w->start_ms));
	int64_t to_ms = TRYST_MIN(from_ms + (int64_t)(w->p.lasts * 60000), w->end_ms);
	struct spray s = {
		.sources = (uint32_t)p->truth->met.count,
		.clients = tryst_sim_stream(w->seed, TRYST_SIM_USE_PLANT, 1, 0),
		.forged = w->p.plant == TRYST_SIM_PLANT_FORGED,
	};
	double at_ms = (double)from_ms, gap_ms;

	if (!s.sources)
		return;
	if (s.forged)
		p->truth->forger = tryst_ip_v4(tryst_sim_external(w, w->first_other));
	spray_targets(p, &s);
	s.counter = tryst_sim_below(&p->rng, 64512);
	gap_ms = w->p.gap * 1000 * (1 + w->p.pairs) / s.target_count;
	tryst_sim_plan_event(p, "queries", from_ms, to_ms);
	for (;;) {
		at_ms += tryst_sim_exponential(&p->rng, gap_ms);
		if (at_ms >= (double)to_ms)
			break;
		s.counter += 1 + tryst_sim_below(&p->rng, 2000);
		spray_one(p, &s, (int64_t)at_ms);
		if (tryst_sim_chance(&p->rng, w->p.pairs)) {
			s.counter++;
			spray_one(p, &s, (int64_t)at_ms + tryst_sim_below(&p->rng, 3));
		}
	}
}
