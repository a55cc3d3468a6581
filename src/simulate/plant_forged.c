/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Queries in other hosts' names, by one generator, as they were seen in August 2003: datagrams of
 * 37 bytes, TTL and ToS always the same, two of them within milliseconds with adjacent source
 * ports. And their genuine twin: the same hosts, servers and times.
 */
#include "simulate/plan.h"

#define FORGED_BYTES 37 /* "info" of old: 20 + 8 + 9 */
#define FORGED_TTL 112
#define FORGED_TOS 8
#define FORGED_IF 2
#define SERVERS_MAX 64

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

/* The planted servers, then other game servers, up to so many. */
static void
spray_targets(struct tryst_sim_plan *p, struct spray *s, uint32_t wanted)
{
	const struct tryst_sim_world *w = p->w;
	uint64_t order = tryst_sim_next(&p->rng);

	wanted = TRYST_MAX(wanted, w->planted_servers);
	wanted = TRYST_MIN(wanted, w->planted_servers + w->game_servers);
	for (uint32_t i = 0; i < wanted; i++) {
		uint32_t g = w->game_servers + i;

		if (i >= w->planted_servers)
			g = tryst_sim_permute(i - w->planted_servers, w->game_servers, order);
		s->targets[i].server = tryst_sim_local(w, tryst_sim_game_host(w, g));
		s->targets[i].subset = tryst_sim_next(&p->rng);
	}
	s->target_count = wanted;
}

/*
 * Ticks, each a query or two within 2 ms, whose source ports come from one counter that other
 * queries, elsewhere, move on between them.
 */
static void
spray_run(struct tryst_sim_plan *p, struct spray *s, const struct tryst_sim_event *when)
{
	const struct tryst_sim_params *k = &p->w->p;
	double gap_ms = k->gap * 1000 * (1 + k->pairs) / s->target_count;
	double at_ms = (double)when->from_ms;

	for (;;) {
		at_ms += tryst_sim_exponential(&p->rng, gap_ms);
		if (at_ms >= (double)when->to_ms)
			break;
		s->counter += 1 + tryst_sim_below(&p->rng, 2000);
		spray_one(p, s, (int64_t)at_ms);
		if (tryst_sim_chance(&p->rng, k->pairs)) {
			s->counter++;
			spray_one(p, s, (int64_t)at_ms + tryst_sim_below(&p->rng, 3));
		}
	}
}

static bool
spray_init(struct tryst_sim_plan *p, struct spray *s, uint32_t servers)
{
	const struct tryst_sim_world *w = p->w;

	*s = (struct spray){
		.sources = (uint32_t)p->truth->met.count,
		.clients = tryst_sim_stream(w->seed, TRYST_SIM_USE_PLANT, 1, 0),
		.forged = w->p.plant != TRYST_SIM_PLANT_TWIN,
	};
	if (!s->sources)
		return false;
	if (s->forged)
		p->truth->forger = tryst_ip_v4(tryst_sim_external(w, w->first_other));
	spray_targets(p, s, servers);
	s->counter = tryst_sim_below(&p->rng, 64512);
	return true;
}

void
tryst_sim_plan_spray(struct tryst_sim_plan *p, const struct tryst_sim_event *when, size_t count)
{
	struct spray s;

	if (!spray_init(p, &s, 0))
		return;
	for (size_t i = 0; i < count; i++)
		spray_run(p, &s, &when[i]);
}

void
tryst_sim_plant_forged(struct tryst_sim_plan *p)
{
	const struct tryst_sim_world *w = p->w;
	struct tryst_sim_event when = { .name = "queries" };
	struct spray s;

	if (!spray_init(p, &s, (uint32_t)w->p.forged_servers))
		return;
	for (uint32_t i = 0; i < s.target_count; i++)
		tryst_sim_plan_endpoint(p, s.targets[i].server, TRYST_SIM_UDP, TRYST_SIM_GAME_PORT);
	when.from_ms = tryst_sim_share(w, w->p.at);
	when.to_ms = TRYST_MIN(when.from_ms + (int64_t)(w->p.lasts * 60000), w->end_ms);
	tryst_sim_plan_event(p, when.name, when.from_ms, when.to_ms);
	spray_run(p, &s, &when);
}
