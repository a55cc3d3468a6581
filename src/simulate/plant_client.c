/* SPDX-License-Identifier: Apache-2.0 */
/* What is planted among local clients: chat that commands, beacons, masters that find them. */
#include "simulate/plan.h"
#include "simulate/traffic.h"

#define BEACON_PORT 443
#define MASTER_PORT 1080
#define DAY_MS 86400000

/* Each client stays connected, now to one of the listed servers, then to another. */
void
tryst_sim_plant_irc(struct tryst_sim_plan *p)
{
	const struct tryst_sim_world *w = p->w;
	struct tryst_sim_truth *truth = p->truth;
	struct tryst_sim_rng *r = &p->rng;

	tryst_sim_plan_clients(p);
	tryst_sim_plan_episodes(p, w->start_ms, w->end_ms);
	for (size_t i = 0; i < truth->met.count; i++)
		tryst_sim_plan_endpoint(p, tryst_sim_v4(truth->met.hosts[i]), TRYST_SIM_TCP,
		                        (uint16_t)w->p.chat_port);
	for (size_t i = 0; i < truth->clients.count && truth->met.count; i++) {
		struct tryst_sim_chat c = {
			.from_ms = w->start_ms + tryst_sim_below(r, 3600000),
			.port = (uint16_t)w->p.chat_port,
			.commands = truth->events,
			.command_count = truth->event_count,
		};

		c.talk.client = tryst_sim_v4(truth->clients.hosts[i]);
		c.talk.role = TRYST_SIM_ROLE_IRC;
		c.talk.planted = true;
		while (c.from_ms < w->end_ms) {
			uint32_t n = tryst_sim_below(r, (uint32_t)truth->met.count);

			c.talk.server = tryst_sim_v4(truth->met.hosts[n]);
			c.to_ms = c.from_ms + tryst_sim_lognormal(r, 18000, 0.5, 86400) * 1000LL;
			tryst_sim_chat(w, &c, r, p->talks);
			c.from_ms = c.to_ms + tryst_sim_between(r, 1000, 60000);
		}
	}
}

/* One wake: so many connections within seconds. */
static void
wake(struct tryst_sim_plan *p, uint32_t client, uint32_t server, int64_t at_ms)
{
	static const struct tryst_sim_shape beacon = { 1,        TRYST_SIM_TCP, BEACON_PORT,
		                                       { 1, 1 }, { 220, 180 },  0,
		                                       1 };
	const struct tryst_sim_params *k = &p->w->p;

	for (unsigned n = 0; n < (unsigned)k->wake; n++) {
		struct tryst_sim_talk t = {
			.start_ms = at_ms,
			.client = client,
			.server = server,
			.role = TRYST_SIM_ROLE_BEACON,
			.planted = true,
		};

		tryst_sim_talk_shape(p->w, &beacon, &p->rng, &t);
		if (k->refused > 0)
			tryst_sim_talk_syn(&p->rng, true, &t);
		tryst_sim_plan_talk(p, &t);
		at_ms += tryst_sim_between(&p->rng, 200, 4000);
	}
}

void
tryst_sim_plant_beacon(struct tryst_sim_plan *p)
{
	const struct tryst_sim_world *w = p->w;
	const struct tryst_sim_params *k = &w->p;
	struct tryst_sim_truth *truth = p->truth;
	struct tryst_sim_rng *r = &p->rng;

	tryst_sim_plan_clients(p);
	for (size_t i = 0; i < truth->met.count; i++)
		tryst_sim_plan_endpoint(p, tryst_sim_v4(truth->met.hosts[i]), TRYST_SIM_TCP,
		                        BEACON_PORT);
	for (size_t i = 0; i < truth->clients.count && truth->met.count; i++) {
		uint32_t client = tryst_sim_v4(truth->clients.hosts[i]);
		uint32_t server = tryst_sim_v4(truth->met.hosts[i % truth->met.count]);
		double at_ms = (double)w->start_ms + tryst_sim_uniform(r) * k->period * 1000;
		/* Off from the evening on: a quarter of an hour one way or the other. */
		int64_t off_ms = 18 * 3600000 + tryst_sim_between(r, 0, 1800000);

		while (at_ms < (double)w->end_ms) {
			int64_t since = ((int64_t)at_ms - off_ms) % DAY_MS;

			if ((double)since >= k->off_hours * 3600000 &&
			    !tryst_sim_chance(r, k->dropout))
				wake(p, client, server, (int64_t)at_ms);
			at_ms += k->period * 1000 *
			                 (1 + k->jitter * (2 * tryst_sim_uniform(r) - 1)) +
			         1;
		}
	}
}

/* A probe of one local host: clients answer, the others refuse or are silent. */
static void
look(struct tryst_sim_plan *p, uint32_t master, uint32_t host, int64_t at_ms)
{
	struct tryst_sim_talk t = {
		.start_ms = at_ms,
		.client = master,
		.server = host,
		.server_port = MASTER_PORT,
		.role = TRYST_SIM_ROLE_PROBE,
		.planted = true,
	};

	t.client_port = tryst_sim_client_port(p->w, master, at_ms, &p->rng);
	tryst_sim_talk_syn(&p->rng, tryst_sim_chance(&p->rng, 0.3), &t);
	if (tryst_sim_list_has(&p->truth->clients, host)) {
		/* A handshake, and closed again. */
		t.packets[0] = 4;
		t.packets[1] = 3;
		t.bytes[0] = 172;
		t.bytes[1] = 132;
		t.duration_ms = 300;
		t.tcp_flags[0] = t.tcp_flags[1] = 0x13;
	}
	tryst_sim_plan_talk(p, &t);
}

/* All clients are among those probed, wherever in the order they come. */
static void
fan_out(struct tryst_sim_plan *p, uint32_t master, int64_t from_ms, int64_t to_ms)
{
	const struct tryst_sim_world *w = p->w;
	const struct tryst_sim_list *clients = &p->truth->clients;
	uint32_t targets = (uint32_t)(w->p.fan_out * w->hosts);
	uint64_t key = tryst_sim_next(&p->rng);

	for (uint32_t q = 0; q < targets; q++) {
		uint32_t host = tryst_sim_local(w, tryst_sim_permute(q, w->hosts, key));

		if (!tryst_sim_list_has(clients, host))
			look(p, master, host,
			     from_ms + (int64_t)((double)(to_ms - from_ms) * q / targets));
	}
	for (size_t i = 0; i < clients->count; i++)
		look(p, master, tryst_sim_v4(clients->hosts[i]),
		     from_ms + (int64_t)(tryst_sim_uniform(&p->rng) * (double)(to_ms - from_ms)));
}

void
tryst_sim_plant_masters(struct tryst_sim_plan *p)
{
	static const struct tryst_sim_shape call = { 1,          TRYST_SIM_TCP, MASTER_PORT,
		                                     { 20, 12 }, { 300, 160 },  8000,
		                                     1 };
	const struct tryst_sim_world *w = p->w;
	struct tryst_sim_truth *truth = p->truth;
	int64_t from_ms = tryst_sim_share(w, w->p.at);
	int64_t found_ms = TRYST_MIN(from_ms + (int64_t)(w->p.lasts * 60000), w->end_ms);
	size_t episodes;

	tryst_sim_plan_clients(p);
	for (size_t i = 0; i < truth->met.count; i++)
		fan_out(p, tryst_sim_v4(truth->met.hosts[i]), from_ms, found_ms);
	if (found_ms < w->end_ms)
		tryst_sim_plan_episodes(p, found_ms, w->end_ms);
	episodes = truth->event_count;
	for (size_t c = 0; c < truth->clients.count; c++)
		tryst_sim_plan_endpoint(p, tryst_sim_v4(truth->clients.hosts[c]), TRYST_SIM_TCP,
		                        MASTER_PORT);
	for (size_t n = 0; n < truth->met.count * truth->clients.count * episodes; n++) {
		size_t e = n % episodes, c = n / episodes % truth->clients.count;
		struct tryst_sim_talk t = {
			.start_ms = truth->events[e].from_ms +
			            (int64_t)(tryst_sim_uniform(&p->rng) * w->p.window * 1000),
			.client =
				tryst_sim_v4(truth->met.hosts[n / episodes / truth->clients.count]),
			.server = tryst_sim_v4(truth->clients.hosts[c]),
			.role = TRYST_SIM_ROLE_CALL,
			.planted = true,
		};

		tryst_sim_talk_shape(w, &call, &p->rng, &t);
		tryst_sim_plan_talk(p, &t);
	}
	tryst_sim_plan_event(p, "probes", from_ms, found_ms);
}
