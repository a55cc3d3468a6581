/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/talk.h"

#include <stdlib.h>

#define SYN 0x02
#define RST 0x04
#define ACK 0x10
#define ALL 0x1b /* SYN, ACK, PSH and FIN: a connection from its beginning to its end */
#define RETRANSMISSIONS_MS 9000

static void
append(struct tryst_sim_talks *v, const struct tryst_sim_talk *t, uint64_t id)
{
	struct tryst_sim_talk *list;
	size_t cap;

	if (v->count == v->cap && !v->failed) {
		cap = v->cap ? v->cap * 2 : 1024;
		list = realloc(v->list, cap * sizeof(*list));
		v->failed = !list;
		if (list) {
			v->list = list;
			v->cap = cap;
		}
	}
	if (v->failed)
		return;
	v->list[v->count] = *t;
	v->list[v->count].id = id;
	v->count++;
}

void
tryst_sim_talks_add(struct tryst_sim_talks *v, const struct tryst_sim_talk *t)
{
	append(v, t, v->count);
}

void
tryst_sim_talks_more(struct tryst_sim_talks *v, const struct tryst_sim_talk *t)
{
	append(v, t, v->count ? v->list[v->count - 1].id : 0);
}

void
tryst_sim_talks_fini(struct tryst_sim_talks *v)
{
	free(v->list);
	*v = (struct tryst_sim_talks){ 0 };
}

uint16_t
tryst_sim_client_port(const struct tryst_sim_world *w, uint32_t address, int64_t at_ms,
                      struct tryst_sim_rng *r)
{
	uint64_t bits = tryst_sim_hash(w->seed, TRYST_SIM_USE_HOST, address, 1);

	/* A third counts up from 1024, by as many a second as it opens connections elsewhere. */
	if (bits % 3 == 0) {
		uint64_t rate_ms = 200 + (bits >> 8) % 20000;

		return (uint16_t)(1024 + ((bits >> 32) + (uint64_t)at_ms / rate_ms) % 3976);
	}
	if (bits % 3 == 1)
		return (uint16_t)tryst_sim_between(r, 32768, 60999);
	return (uint16_t)tryst_sim_between(r, 1024, 65535);
}

/* The packets of one side, and what is in them. */
static void
side(struct tryst_sim_rng *r, const struct tryst_sim_shape *s, unsigned d, struct tryst_sim_talk *t)
{
	uint32_t base = s->proto == TRYST_SIM_TCP ? 4 : 0, least = s->proto == TRYST_SIM_TCP;
	uint32_t packets = s->packets[d];

	if (packets > 1)
		packets = tryst_sim_lognormal(r, packets, 0.8, 2000000);
	t->packets[d] = base + packets;
	t->bytes[d] = base * 44ULL;
	/* Each packet somewhere from half its usual size to the full one. */
	t->bytes[d] += (uint64_t)packets * s->packet_bytes[d] *
	               tryst_sim_between(r, least ? 128 : 224, 256) / 256;
}

void
tryst_sim_talk_shape(const struct tryst_sim_world *w, const struct tryst_sim_shape *s,
                     struct tryst_sim_rng *r, struct tryst_sim_talk *t)
{
	t->proto = s->proto;
	t->server_port = s->port;
	if (!s->port)
		t->server_port = (uint16_t)(1025 + tryst_sim_hash(w->seed, TRYST_SIM_USE_HOST,
		                                                  t->server, 2) %
		                                           60000);
	t->client_port = tryst_sim_client_port(w, t->client, t->start_ms, r);
	if (!tryst_sim_chance(r, s->answered)) {
		if (s->proto == TRYST_SIM_TCP)
			tryst_sim_talk_syn(r, tryst_sim_chance(r, 0.3), t);
		else
			tryst_sim_talk_query(r, s->packet_bytes[0], 0, t);
		return;
	}
	side(r, s, 0, t);
	side(r, s, 1, t);
	t->lag_ms = tryst_sim_between(r, 1, 120);
	t->duration_ms = s->duration_ms ? tryst_sim_lognormal(r, s->duration_ms, 1.2, 3600000) : 0;
	if (s->proto == TRYST_SIM_TCP)
		t->tcp_flags[0] = t->tcp_flags[1] = ALL;
}

void
tryst_sim_talk_query(struct tryst_sim_rng *r, uint32_t bytes, uint32_t answer,
                     struct tryst_sim_talk *t)
{
	t->proto = TRYST_SIM_UDP;
	t->packets[0] = 1;
	t->bytes[0] = bytes;
	t->packets[1] = answer > 0;
	t->bytes[1] = answer;
	t->duration_ms = 0;
	t->lag_ms = tryst_sim_between(r, 1, 80);
}

void
tryst_sim_talk_play(struct tryst_sim_rng *r, uint32_t duration_ms, struct tryst_sim_talk *t)
{
	t->proto = TRYST_SIM_UDP;
	t->duration_ms = duration_ms;
	t->lag_ms = tryst_sim_between(r, 1, 80);
	for (unsigned d = 0; d < 2; d++) {
		uint64_t packets = (uint64_t)duration_ms * tryst_sim_between(r, 10, 100) / 1000;

		t->packets[d] = (uint32_t)TRYST_MAX(packets, 3u);
		t->bytes[d] = (uint64_t)t->packets[d] * tryst_sim_between(r, 60, d ? 250 : 120);
	}
}

void
tryst_sim_talk_syn(struct tryst_sim_rng *r, bool refused, struct tryst_sim_talk *t)
{
	t->proto = TRYST_SIM_TCP;
	t->packets[0] = refused ? 1 : 3;
	t->bytes[0] = t->packets[0] * 48ULL;
	t->packets[1] = refused;
	t->bytes[1] = refused ? 40 : 0;
	t->duration_ms = refused ? 0 : RETRANSMISSIONS_MS;
	t->lag_ms = tryst_sim_between(r, 1, 120);
	t->tcp_flags[0] = SYN;
	t->tcp_flags[1] = RST | ACK;
}
