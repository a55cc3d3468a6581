/* SPDX-License-Identifier: Apache-2.0 */
/* What is planted at game servers: meetings, decoys, hosts that die. */
#include "simulate/plan.h"
#include "simulate/sim.h"
#include "simulate/traffic.h"

/* One host comes to the server in some of the episodes, but in one at least. */
static void
attend(struct tryst_sim_plan *p, struct tryst_ip ip, uint32_t server)
{
	const struct tryst_sim_truth *truth = p->truth;
	struct tryst_sim_rng *r = &p->rng;
	size_t sure = tryst_sim_below(r, (uint32_t)truth->event_count);

	for (size_t e = 0; e < truth->event_count; e++) {
		struct tryst_sim_talk t = {
			.client = tryst_sim_v4(ip),
			.server = server,
			.role = TRYST_SIM_ROLE_MEETING,
			.planted = true,
		};

		if (e != sure && !tryst_sim_chance(r, 0.7))
			continue;
		t.start_ms = truth->events[e].from_ms +
		             (int64_t)(tryst_sim_uniform(r) * p->w->p.window * 1000);
		tryst_sim_plan_come(p, &t, p->w->p.play);
	}
}

void
tryst_sim_plan_controller(struct tryst_sim_plan *p)
{
	const struct tryst_sim_world *w = p->w;
	struct tryst_sim_truth *truth = p->truth;
	double days = (double)(w->end_ms - w->start_ms) / 86400000, left;
	struct tryst_sim_talk t = { 0 };

	if (w->p.controller == 0)
		return;
	do
		t.client = tryst_sim_external(w, tryst_sim_active(w, &p->rng));
	while (tryst_sim_list_has(&truth->listed, t.client));
	truth->controller = tryst_ip_v4(t.client);
	for (size_t i = 0; i < truth->endpoint_count; i++) {
		t.server = tryst_sim_v4(truth->endpoints[i].ip);
		t.role = TRYST_SIM_ROLE_CONTROL;
		t.planted = true;
		for (size_t e = 0; e < truth->event_count; e++) {
			double lead_s = w->p.lead * (0.3 + 1.4 * tryst_sim_uniform(&p->rng));

			t.start_ms = truth->events[e].from_ms - (int64_t)(lead_s * 1000);
			tryst_sim_plan_come(p, &t, 0);
		}
		t.role = TRYST_SIM_ROLE_VISIT;
		t.planted = false;
		left = w->p.control_visits * days;
		for (left -= tryst_sim_exponential(&p->rng, 1); left > 0;
		     left -= tryst_sim_exponential(&p->rng, 1)) {
			t.start_ms = tryst_sim_time(w, &p->rng, w->start_ms, w->end_ms);
			tryst_sim_plan_come(p, &t, 0.1);
		}
	}
}

static void
endpoints(struct tryst_sim_plan *p)
{
	for (uint32_t g = 0; g < p->w->planted_servers; g++)
		tryst_sim_plan_endpoint(p, tryst_sim_plan_server(p, g), TRYST_SIM_UDP,
		                        TRYST_SIM_GAME_PORT);
}

void
tryst_sim_plant_meeting(struct tryst_sim_plan *p)
{
	const struct tryst_sim_world *w = p->w;
	const struct tryst_sim_truth *t = p->truth;

	tryst_sim_plan_episodes(p, w->start_ms, w->end_ms);
	endpoints(p);
	for (uint32_t g = 0; g < w->planted_servers; g++) {
		uint32_t server = tryst_sim_plan_server(p, g);

		for (size_t i = 0; i < t->met.count; i++)
			attend(p, t->met.hosts[i], server);
		for (size_t i = 0; i < t->companions.count; i++) {
			if (tryst_sim_chance(&p->rng, w->p.contact))
				attend(p, t->companions.hosts[i], server);
		}
	}
	tryst_sim_plan_controller(p);
}

/* The list is a decoy: its names are used in each episode; the controller came before. */
void
tryst_sim_plant_decoy(struct tryst_sim_plan *p)
{
	tryst_sim_plan_episodes(p, p->w->start_ms, p->w->end_ms);
	endpoints(p);
	tryst_sim_plan_spray(p, p->truth->events, p->truth->event_count);
	tryst_sim_plan_controller(p);
}

/* Visits of a host to the planted server, about two for every episode in the whole time. */
static void
come_and_go(struct tryst_sim_plan *p, struct tryst_ip ip, int64_t from_ms, int64_t to_ms)
{
	const struct tryst_sim_world *w = p->w;
	double share = (double)(to_ms - from_ms) / (double)(w->end_ms - w->start_ms);
	uint32_t visits = 1 + (uint32_t)(share * 2 * w->p.episodes);
	struct tryst_sim_talk t = {
		.client = tryst_sim_v4(ip),
		.server = tryst_sim_plan_server(p, 0),
		.role = TRYST_SIM_ROLE_MEETING,
		.planted = true,
	};

	for (; visits && to_ms > from_ms; visits--) {
		t.start_ms = tryst_sim_time(w, &p->rng, from_ms, to_ms);
		tryst_sim_plan_come(p, &t, w->p.play);
	}
}

/* Another host has the address: other endpoints, another system. */
static void
lease(struct tryst_sim_plan *p, struct tryst_ip ip, int64_t from_ms, int64_t to_ms)
{
	const struct tryst_sim_world *w = p->w;
	uint32_t other = tryst_sim_active(w, &p->rng);

	for (uint32_t n = 2 + tryst_sim_below(&p->rng, 8); n && to_ms > from_ms; n--) {
		uint32_t c = tryst_sim_below(&p->rng, w->degree[other] + 2u);
		uint32_t host = tryst_sim_choice(w, other, c);
		struct tryst_sim_talk t = {
			.start_ms = tryst_sim_time(w, &p->rng, from_ms, to_ms),
			.client = tryst_sim_v4(ip),
			.server = tryst_sim_local(w, host),
			.ttl = (uint8_t)(64 - 8 - other % 20),
			.role = TRYST_SIM_ROLE_VISIT,
			.planted = true,
		};

		tryst_sim_talk_shape(w, tryst_sim_service(w, host), &p->rng, &t);
		tryst_sim_plan_talk(p, &t);
	}
}

void
tryst_sim_plant_dead(struct tryst_sim_plan *p)
{
	const struct tryst_sim_world *w = p->w;
	const struct tryst_sim_list *met = &p->truth->met;
	int64_t death_ms = tryst_sim_share(w, w->p.at);
	struct tryst_sim_event after = { "queries", death_ms, death_ms };

	endpoints(p);
	for (size_t i = 0; i < met->count; i++) {
		come_and_go(p, met->hosts[i], w->start_ms, death_ms);
		if (w->p.dead == TRYST_SIM_DEAD_ALIVE)
			come_and_go(p, met->hosts[i], death_ms, w->end_ms);
		else if (w->p.dead == TRYST_SIM_DEAD_LEASED)
			lease(p, met->hosts[i], death_ms, w->end_ms);
	}
	tryst_sim_plan_event(p, "death", death_ms, death_ms);
	if (w->p.dead != TRYST_SIM_DEAD_FORGED)
		return;
	after.to_ms = TRYST_MIN(death_ms + (int64_t)(w->p.lasts * 60000), w->end_ms);
	tryst_sim_plan_spray(p, &after, 1);
	tryst_sim_plan_event(p, after.name, after.from_ms, after.to_ms);
}
