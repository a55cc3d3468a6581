/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chat (IRC): connections that stay for hours with little in them.  What comes within the inactive
 * timeout is one flow at an exporter, so it is one talk here; all talks of a connection are one
 * conversation.
 */
#include "simulate/traffic.h"

#define KEEPALIVE_MS 90000
#define FIRST_FLAGS 0x1a /* SYN, ACK, PSH */
#define FLAGS 0x18
#define LAST_FLAGS 0x19 /* with FIN */

/* What is to come next in a connection. */
struct next {
	double keepalive_ms, said_ms, command_ms;
};

/* The time of the next event; *command says that it is one. */
static double
next_event(const struct tryst_sim_chat *c, struct next *n, size_t *at, struct tryst_sim_rng *r,
           bool *command)
{
	double at_ms = TRYST_MIN(TRYST_MIN(n->keepalive_ms, n->said_ms), n->command_ms);

	*command = at_ms == n->command_ms;
	if (at_ms == n->keepalive_ms)
		n->keepalive_ms += KEEPALIVE_MS + tryst_sim_normal(r) * 300;
	else if (at_ms == n->said_ms)
		n->said_ms += tryst_sim_exponential(r, c->said_ms);
	else
		(*at)++;
	while (*at < c->command_count && (double)c->commands[*at].from_ms < at_ms)
		(*at)++;
	n->command_ms = *at < c->command_count
	                        ? (double)c->commands[*at].from_ms + tryst_sim_uniform(r) * 1000
	                        : 1e300;
	return at_ms;
}

/* A message and its acknowledgement, or the other way round. */
static void
say(struct tryst_sim_talk *t, struct tryst_sim_rng *r, bool command)
{
	unsigned d = command || tryst_sim_chance(r, 0.6);

	t->packets[d]++;
	t->bytes[d] += tryst_sim_between(r, 70, command ? 200 : 140);
	t->packets[!d]++;
	t->bytes[!d] += command ? tryst_sim_between(r, 80, 400) : 52;
}

void
tryst_sim_chat(const struct tryst_sim_world *w, const struct tryst_sim_chat *c,
               struct tryst_sim_rng *r, struct tryst_sim_talks *talks)
{
	struct tryst_sim_talk t = c->talk;
	struct next n = { .keepalive_ms = (double)c->from_ms, .said_ms = 1e300 };
	double last_ms = 0, at_ms;
	bool first = true, command;
	size_t at = 0;

	n.command_ms = c->command_count ? (double)c->commands[0].from_ms : 1e300;
	if (c->said_ms > 0)
		n.said_ms = (double)c->from_ms + tryst_sim_exponential(r, c->said_ms);
	t.proto = TRYST_SIM_TCP;
	t.server_port = c->port;
	t.client_port = tryst_sim_client_port(w, t.client, c->from_ms, r);
	t.lag_ms = tryst_sim_between(r, 20, 150);
	for (;;) {
		at_ms = next_event(c, &n, &at, r, &command);
		if (at_ms < (double)c->from_ms)
			continue;
		if (t.packets[0] &&
		    (at_ms >= (double)c->to_ms || at_ms - last_ms > w->p.inactive * 1000)) {
			t.duration_ms = (uint32_t)(last_ms - (double)t.start_ms);
			t.tcp_flags[0] = first ? FIRST_FLAGS : FLAGS;
			if (at_ms >= (double)c->to_ms)
				t.tcp_flags[0] |= LAST_FLAGS;
			t.tcp_flags[1] = t.tcp_flags[0];
			if (first)
				tryst_sim_talks_add(talks, &t);
			else
				tryst_sim_talks_more(talks, &t);
			first = false;
			t.packets[0] = t.packets[1] = 0;
			t.bytes[0] = t.bytes[1] = 0;
		}
		if (at_ms >= (double)c->to_ms)
			return;
		if (!t.packets[0])
			t.start_ms = (int64_t)at_ms;
		say(&t, r, command);
		last_ms = at_ms;
	}
}

/* One sitting a day or so, of some hours. */
void
tryst_sim_chats(const struct tryst_sim_world *w, struct tryst_sim_talks *talks)
{
	double days = (double)(w->end_ms - w->start_ms) / 86400000;
	uint32_t count = (uint32_t)TRYST_MIN(w->p.chats, w->p.hosts / 4);

	for (uint32_t n = 0; n < count; n++) {
		uint32_t host = w->hosts / 8 + n;
		struct tryst_sim_rng r = tryst_sim_stream(w->seed, TRYST_SIM_USE_SESSION, host, 1);
		double left = days;

		for (left -= tryst_sim_exponential(&r, 1); left > 0;
		     left -= tryst_sim_exponential(&r, 1)) {
			struct tryst_sim_chat c = { 0 };
			uint32_t server = tryst_sim_below(&r, w->chat_servers);

			c.from_ms = tryst_sim_time(w, &r, w->start_ms, w->end_ms);
			c.said_ms = 20000 * (1 + tryst_sim_exponential(&r, 2));
			c.talk.client = tryst_sim_local(w, host);
			c.talk.server = tryst_sim_external(w, w->first_chat + server);
			c.talk.role = TRYST_SIM_ROLE_CHAT;
			c.port = TRYST_SIM_CHAT_PORT;
			c.to_ms = c.from_ms + tryst_sim_lognormal(&r, 7200, 0.8, 86400) * 1000LL;
			tryst_sim_chat(w, &c, &r, talks);
		}
	}
}
