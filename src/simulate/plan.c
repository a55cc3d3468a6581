/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/plan.h"

#include <stdlib.h>

static const tryst_sim_plant_fn plants[TRYST_SIM_PLANT_KINDS] = {
	[TRYST_SIM_PLANT_MEETING] = tryst_sim_plant_meeting,
	[TRYST_SIM_PLANT_FORGED] = tryst_sim_plant_forged,
	[TRYST_SIM_PLANT_TWIN] = tryst_sim_plant_forged,
	[TRYST_SIM_PLANT_DECOY] = tryst_sim_plant_decoy,
	[TRYST_SIM_PLANT_IRC] = tryst_sim_plant_irc,
	[TRYST_SIM_PLANT_BEACON] = tryst_sim_plant_beacon,
	[TRYST_SIM_PLANT_MASTERS] = tryst_sim_plant_masters,
	[TRYST_SIM_PLANT_DEAD] = tryst_sim_plant_dead,
	[TRYST_SIM_PLANT_CLOSED] = tryst_sim_plant_closed,
	[TRYST_SIM_PLANT_OVERLAY] = tryst_sim_plant_overlay,
};

bool
tryst_sim_plan_make(struct tryst_sim_plan *p)
{
	tryst_sim_plant_fn plant = plants[(size_t)p->w->p.plant];

	if (plant) {
		tryst_sim_plan_cast(p);
		tryst_sim_plan_visitors(p);
		plant(p);
	}
	return !p->failed && !p->talks->failed;
}

void
tryst_sim_plan_talk(struct tryst_sim_plan *p, struct tryst_sim_talk *t)
{
	tryst_sim_talks_add(p->talks, t);
}

void
tryst_sim_plan_endpoint(struct tryst_sim_plan *p, uint32_t address, uint8_t proto, uint16_t port)
{
	struct tryst_sim_truth *t = p->truth;
	struct tryst_sim_endpoint *list = t->endpoints;

	if (t->endpoint_count == p->endpoint_cap) {
		p->endpoint_cap = p->endpoint_cap * 2 + 4;
		list = realloc(list, p->endpoint_cap * sizeof(*list));
		if (!list) {
			p->failed = true;
			p->endpoint_cap = t->endpoint_count;
			return;
		}
		t->endpoints = list;
	}
	list[t->endpoint_count++] =
		(struct tryst_sim_endpoint){ tryst_ip_v4(address), proto, port };
}

void
tryst_sim_plan_event(struct tryst_sim_plan *p, const char *name, int64_t from_ms, int64_t to_ms)
{
	struct tryst_sim_truth *t = p->truth;
	struct tryst_sim_event *list = t->events;
	size_t at = t->event_count;

	if (t->event_count == p->event_cap) {
		p->event_cap = p->event_cap * 2 + 4;
		list = realloc(list, p->event_cap * sizeof(*list));
		if (!list) {
			p->failed = true;
			p->event_cap = t->event_count;
			return;
		}
		t->events = list;
	}
	for (; at > 0 && list[at - 1].from_ms > from_ms; at--)
		list[at] = list[at - 1];
	list[at] = (struct tryst_sim_event){ name, from_ms, to_ms };
	t->event_count++;
}

/* Listed hosts at random, and unlisted ones that are no others of the network's. */
void
tryst_sim_plan_cast(struct tryst_sim_plan *p)
{
	const struct tryst_sim_world *w = p->w;
	const struct tryst_sim_list *listed = &p->truth->listed;
	uint32_t met = (uint32_t)TRYST_MIN(w->p.met, (double)listed->count);
	uint32_t companions = (uint32_t)TRYST_MIN(w->p.companions, w->p.externals / 2);
	uint64_t key = tryst_sim_next(&p->rng);

	for (uint32_t i = 0; i < met; i++) {
		uint32_t n = tryst_sim_permute(i, (uint32_t)listed->count, key);

		(void)tryst_sim_list_add(&p->truth->met, tryst_sim_v4(listed->hosts[n]),
		                         &p->failed);
	}
	for (uint32_t i = 0; i < w->externals && p->truth->companions.count < companions; i++) {
		uint32_t address = tryst_sim_external(w, tryst_sim_permute(i, w->externals, key));

		if (!tryst_sim_list_has(listed, address))
			(void)tryst_sim_list_add(&p->truth->companions, address, &p->failed);
	}
}

void
tryst_sim_plan_clients(struct tryst_sim_plan *p)
{
	const struct tryst_sim_world *w = p->w;
	uint32_t plain = w->hosts - w->game_servers - w->planted_servers;
	uint32_t count = (uint32_t)TRYST_MIN(w->p.clients, plain / 2.0);
	uint64_t key = tryst_sim_next(&p->rng);

	for (uint32_t i = 0; i < count; i++)
		(void)tryst_sim_list_add(&p->truth->clients,
		                         tryst_sim_local(w, tryst_sim_permute(i, plain, key)),
		                         &p->failed);
}

uint32_t
tryst_sim_plan_server(const struct tryst_sim_plan *p, uint32_t g)
{
	return tryst_sim_local(p->w, tryst_sim_game_host(p->w, p->w->game_servers + g));
}

void
tryst_sim_plan_episodes(struct tryst_sim_plan *p, int64_t from_ms, int64_t to_ms)
{
	int64_t window_ms = (int64_t)(p->w->p.window * 1000);

	to_ms = TRYST_MAX(to_ms - window_ms, from_ms + 1);
	for (uint32_t e = 0; e < (uint32_t)p->w->p.episodes; e++) {
		int64_t at_ms = tryst_sim_time(p->w, &p->rng, from_ms, to_ms);

		tryst_sim_plan_event(p, "episode", at_ms, at_ms + window_ms);
	}
}

void
tryst_sim_plan_come(struct tryst_sim_plan *p, struct tryst_sim_talk *t, double play)
{
	const struct tryst_sim_world *w = p->w;
	struct tryst_sim_rng *r = &p->rng;
	uint32_t bytes, answer;

	t->client_port = tryst_sim_client_port(w, t->client, t->start_ms, r);
	t->server_port = TRYST_SIM_GAME_PORT;
	if (tryst_sim_chance(r, play)) {
		uint32_t seconds = tryst_sim_lognormal(r, w->p.session * 60, 0.9, 6 * 3600);

		t->client_port = tryst_sim_chance(r, 0.6) ? 27005 : t->client_port;
		tryst_sim_talk_play(r, seconds * 1000, t);
		tryst_sim_plan_talk(p, t);
		return;
	}
	bytes = tryst_sim_chance(r, 0.5) ? 37 : 53;
	answer = tryst_sim_between(r, 90, 260);
	answer = tryst_sim_chance(r, w->p.answers) ? answer : 0;
	tryst_sim_talk_query(r, bytes, answer, t);
	/* Half of those who get an answer go on for a little. */
	if (t->packets[1] && tryst_sim_chance(r, 0.5)) {
		for (unsigned d = 0; d < 2; d++) {
			t->packets[d] = tryst_sim_between(r, 3, 20);
			t->bytes[d] = (uint64_t)t->packets[d] * tryst_sim_between(r, 50, 180);
		}
		t->duration_ms = tryst_sim_between(r, 1000, 12000);
	}
	tryst_sim_plan_talk(p, t);
}

/*
 * A visitor comes once or a few times.  Those who poll all servers come anyway: together they are
 * the degree that was asked for.
 */
static void
visitors(struct tryst_sim_plan *p, uint32_t g, double degree)
{
	const struct tryst_sim_world *w = p->w;
	double pollers = (w->browsers + w->players * 0.5) * w->planted_share[g];
	double wanted = TRYST_MIN(degree - pollers, w->externals / 2.0);
	uint32_t server = tryst_sim_local(w, tryst_sim_game_host(w, w->game_servers + g));
	struct tryst_sim_list seen = { 0 };

	for (uint64_t tries = 0; (double)seen.count < wanted && tries < 100 * degree; tries++) {
		struct tryst_sim_talk t = { .server = server, .role = TRYST_SIM_ROLE_VISIT };

		t.client = tryst_sim_external(w, tryst_sim_active(w, &p->rng));
		if (!tryst_sim_list_add(&seen, t.client, &p->failed))
			continue;
		do {
			t.start_ms = tryst_sim_time(w, &p->rng, w->start_ms, w->end_ms);
			tryst_sim_plan_come(p, &t, 0.2);
		} while (tryst_sim_chance(&p->rng, 0.4));
	}
	tryst_sim_list_fini(&seen);
}

void
tryst_sim_plan_visitors(struct tryst_sim_plan *p)
{
	const struct tryst_sim_world *w = p->w;
	const double degrees[] = { w->p.degree, w->p.degree_b, w->p.degree_c };

	for (uint32_t g = 0; g < w->planted_servers && !p->failed; g++)
		visitors(p, g, degrees[g]);
}
