/* SPDX-License-Identifier: Apache-2.0 */
/* What is planted for searches without a list: a closed circle at a game server, an overlay. */
#include "simulate/plan.h"

#define OVERLAY_GAP_MS 1500000 /* mean, from one exchange of a client with a peer to the next */
#define CHECK_GAP_MS 14400000  /* mean, of a member who looks whether anybody is there */

/* A member looks in now and then, and comes to most episodes; nobody plays. */
static void
member(struct tryst_sim_plan *p, struct tryst_ip ip)
{
	const struct tryst_sim_world *w = p->w;
	const struct tryst_sim_truth *truth = p->truth;
	struct tryst_sim_rng *r = &p->rng;
	struct tryst_sim_talk t = {
		.client = tryst_sim_v4(ip),
		.server = tryst_sim_plan_server(p, 0),
		.role = TRYST_SIM_ROLE_MEETING,
		.planted = true,
	};
	double at_ms = (double)w->start_ms + tryst_sim_exponential(r, CHECK_GAP_MS);

	for (; at_ms < (double)w->end_ms; at_ms += tryst_sim_exponential(r, CHECK_GAP_MS)) {
		t.start_ms = (int64_t)at_ms;
		tryst_sim_plan_come(p, &t, w->p.play);
	}
	for (size_t e = 0; e < truth->event_count; e++) {
		if (!tryst_sim_chance(r, w->p.contact))
			continue;
		t.start_ms = truth->events[e].from_ms +
		             (int64_t)(tryst_sim_uniform(r) * w->p.window * 1000);
		tryst_sim_plan_come(p, &t, w->p.play);
	}
}

void
tryst_sim_plant_closed(struct tryst_sim_plan *p)
{
	const struct tryst_sim_truth *t = p->truth;

	tryst_sim_plan_episodes(p, p->w->start_ms, p->w->end_ms);
	tryst_sim_plan_endpoint(p, tryst_sim_plan_server(p, 0), TRYST_SIM_UDP, TRYST_SIM_GAME_PORT);
	for (size_t i = 0; i < t->met.count; i++)
		member(p, t->met.hosts[i]);
}

/* Small datagrams both ways, at times of nobody's choice. */
static void
exchange(struct tryst_sim_plan *p, uint32_t client, uint32_t peer, uint16_t client_port,
         uint16_t peer_port, int64_t at_ms)
{
	struct tryst_sim_rng *r = &p->rng;
	struct tryst_sim_talk t = {
		.start_ms = at_ms,
		.client = client,
		.server = peer,
		.client_port = client_port,
		.server_port = peer_port,
		.proto = TRYST_SIM_UDP,
		.lag_ms = tryst_sim_between(r, 10, 200),
		.duration_ms = tryst_sim_between(r, 100, 3000),
		.role = TRYST_SIM_ROLE_OVERLAY,
		.planted = true,
	};

	for (unsigned d = 0; d < 2; d++) {
		t.packets[d] = tryst_sim_between(r, 1, 4);
		t.bytes[d] = (uint64_t)t.packets[d] * tryst_sim_between(r, 60, 400);
	}
	if (!tryst_sim_chance(r, p->w->p.answers)) {
		t.packets[1] = 0;
		t.bytes[1] = 0;
	}
	tryst_sim_plan_talk(p, &t);
}

/* Every client knows a share of the peers, which are the companions; all keep their ports. */
void
tryst_sim_plant_overlay(struct tryst_sim_plan *p)
{
	const struct tryst_sim_world *w = p->w;
	struct tryst_sim_truth *truth = p->truth;
	struct tryst_sim_rng *r = &p->rng;

	tryst_sim_plan_clients(p);
	for (size_t k = 0; k < truth->companions.count; k++)
		tryst_sim_plan_endpoint(p, tryst_sim_v4(truth->companions.hosts[k]), TRYST_SIM_UDP,
		                        (uint16_t)tryst_sim_between(r, 10000, 29999));
	for (size_t i = 0; i < truth->clients.count; i++) {
		uint16_t port = (uint16_t)tryst_sim_between(r, 10000, 29999);

		for (size_t k = 0; k < truth->companions.count; k++) {
			double at_ms = (double)w->start_ms;

			if (!tryst_sim_chance(r, w->p.contact))
				continue;
			while ((at_ms += tryst_sim_exponential(r, OVERLAY_GAP_MS)) <
			       (double)w->end_ms)
				exchange(p, tryst_sim_v4(truth->clients.hosts[i]),
				         tryst_sim_v4(truth->companions.hosts[k]), port,
				         truth->endpoints[k].port, (int64_t)at_ms);
		}
	}
}
