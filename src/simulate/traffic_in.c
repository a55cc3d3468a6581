/* SPDX-License-Identifier: Apache-2.0 */
/* From outside to local endpoints: visits, scans, game servers' lists, play. */
#include "simulate/traffic.h"

/*
 * What local hosts serve.  An external host's degree is the number of endpoints it knows; each is
 * visited as a Poisson process, by choice after choice: so a slice needs no history.
 */
static const struct tryst_sim_shape services[] = {
	{ 520, TRYST_SIM_TCP, 443, { 8, 12 }, { 240, 1100 }, 2500, 0.97 },
	{ 200, TRYST_SIM_TCP, 80, { 5, 9 }, { 300, 1200 }, 1200, 0.97 },
	{ 80, TRYST_SIM_TCP, 25, { 14, 9 }, { 900, 90 }, 3000, 0.95 },
	{ 50, TRYST_SIM_TCP, 22, { 30, 30 }, { 120, 180 }, 20000, 0.9 },
	{ 40, TRYST_SIM_UDP, 53, { 1, 1 }, { 72, 180 }, 0, 0.98 },
	{ 60, TRYST_SIM_TCP, 0, { 40, 60 }, { 200, 1200 }, 30000, 0.7 },
	{ 50, TRYST_SIM_UDP, 0, { 3, 3 }, { 130, 260 }, 1500, 0.6 },
};

static const struct tryst_sim_shape popular = { 1,    TRYST_SIM_TCP, 443, { 8, 14 }, { 240, 1200 },
	                                        2500, 0.99 };

/* Ports that scanners try, on every host alike. */
static const struct {
	uint8_t proto;
	uint16_t port;
	uint16_t bytes;
} scans[] = {
	{ TRYST_SIM_TCP, 445, 0 },  { TRYST_SIM_TCP, 135, 0 },
	{ TRYST_SIM_TCP, 22, 0 },   { TRYST_SIM_TCP, 80, 0 },
	{ TRYST_SIM_TCP, 443, 0 },  { TRYST_SIM_UDP, 1434, 404 },
	{ TRYST_SIM_UDP, 137, 78 }, { TRYST_SIM_TCP, 3389, 0 },
	{ TRYST_SIM_UDP, 53, 60 },  { TRYST_SIM_UDP, TRYST_SIM_GAME_PORT, 53 },
};

const struct tryst_sim_shape *
tryst_sim_service(const struct tryst_sim_world *w, uint32_t host)
{
	uint64_t bits = tryst_sim_hash(w->seed, TRYST_SIM_USE_KIND, host, 0) % 1000;

	if (host == 0 && w->p.popular > 0)
		return &popular;
	for (size_t i = 0;; i++) {
		if (bits < services[i].weight)
			return &services[i];
		bits -= services[i].weight;
	}
}

/* One visit: a few connections within seconds. */
static void
visit(struct tryst_sim_part *part, struct tryst_sim_rng *r, uint32_t from, uint32_t to,
      int64_t at_ms)
{
	const struct tryst_sim_shape *s = tryst_sim_service(part->w, to);
	bool parallel = s->port == 443 || s->port == 80;

	do {
		struct tryst_sim_talk t = {
			.start_ms = at_ms,
			.client = tryst_sim_external(part->w, from),
			.server = tryst_sim_local(part->w, to),
			.role = TRYST_SIM_ROLE_VISIT,
		};

		tryst_sim_talk_shape(part->w, s, r, &t);
		tryst_sim_part_talk(part, &t);
		at_ms += 1 + (int64_t)tryst_sim_exponential(r, 700);
	} while (parallel && tryst_sim_chance(r, 0.4));
}

void
tryst_sim_traffic_visits(struct tryst_sim_part *part, struct tryst_sim_rng *r)
{
	const struct tryst_sim_world *w = part->w;
	struct tryst_sim_arrivals a = tryst_sim_arrivals(part, w->p.visits * w->degree_sum, true);
	int64_t at_ms;

	while (tryst_sim_arrive(&a, part, r, &at_ms)) {
		uint32_t host = tryst_sim_active(w, r);
		uint32_t choice = tryst_sim_below(r, w->degree[host]);

		visit(part, r, host, tryst_sim_choice(w, host, choice), at_ms);
	}
}

void
tryst_sim_traffic_popular(struct tryst_sim_part *part, struct tryst_sim_rng *r)
{
	const struct tryst_sim_world *w = part->w;
	struct tryst_sim_arrivals a = tryst_sim_arrivals(part, w->p.popular * w->externals, true);
	int64_t at_ms;

	while (tryst_sim_arrive(&a, part, r, &at_ms))
		visit(part, r, tryst_sim_below(r, w->externals), 0, at_ms);
}

/* Part of a host's day: it begins somewhere and lasts about the median. */
static void
working_hours(const struct tryst_sim_world *w, struct tryst_sim_rng *r, double median_h,
              double *from_ms, double *to_ms)
{
	double length_ms = (double)(w->end_ms - w->start_ms), lasts;

	lasts = median_h * 3600000 * tryst_sim_exp(tryst_sim_normal(r));
	lasts = TRYST_MIN(lasts, length_ms);
	*from_ms = (double)w->start_ms + tryst_sim_uniform(r) * (length_ms - lasts);
	*to_ms = *from_ms + lasts;
}

static void
probe(struct tryst_sim_part *part, struct tryst_sim_rng *r, unsigned kind, uint32_t scanner,
      uint32_t host, int64_t at_ms)
{
	const struct tryst_sim_world *w = part->w;
	const struct tryst_sim_shape *s = tryst_sim_service(w, host);
	struct tryst_sim_talk t = {
		.start_ms = at_ms,
		.client = tryst_sim_external(w, scanner),
		.server = tryst_sim_local(w, host),
		.server_port = scans[kind].port,
		.role = TRYST_SIM_ROLE_SCAN,
	};
	bool open = s->port == scans[kind].port && s->proto == scans[kind].proto;
	bool rejects = tryst_sim_hash(w->seed, TRYST_SIM_USE_KIND, host, 1) % 10 < 3;

	if (scans[kind].port == TRYST_SIM_GAME_PORT)
		open = host >= w->hosts - w->game_servers - w->planted_servers;
	if (scans[kind].proto == TRYST_SIM_UDP)
		tryst_sim_talk_query(r, scans[kind].bytes, open ? 120 : 0, &t);
	else
		tryst_sim_talk_syn(r, rejects && !open, &t);
	if (open && t.proto == TRYST_SIM_TCP) {
		/* SYN, SYN ACK, RST: a half-open scan. */
		t.packets[0] = 2;
		t.packets[1] = 1;
		t.bytes[0] = 84;
		t.bytes[1] = 44;
		t.duration_ms = 0;
		t.tcp_flags[0] = 0x06;
		t.tcp_flags[1] = 0x12;
	}
	t.client_port = tryst_sim_client_port(w, t.client, at_ms, r);
	tryst_sim_part_talk(part, &t);
}

/* The targets of a scanner come at equal gaps, in an order of its own. */
void
tryst_sim_traffic_scans(struct tryst_sim_part *part, struct tryst_sim_rng *r)
{
	const struct tryst_sim_world *w = part->w;
	double span = tryst_sim_ln(TRYST_MAX(w->p.scan_max, 1e-6) / TRYST_MAX(w->p.scan_min, 1e-6));

	for (uint32_t s = 0; s < w->scanners; s++) {
		uint32_t number = w->first_scanner + s;
		struct tryst_sim_rng own = tryst_sim_stream(w->seed, TRYST_SIM_USE_HOST, number, 4);
		double share = w->p.scan_min * tryst_sim_exp(span * tryst_sim_uniform(&own));
		uint32_t targets = (uint32_t)(TRYST_MIN(TRYST_MAX(share, 0), 1) * w->hosts);
		unsigned kind = tryst_sim_below(&own, TRYST_ARRAY_SIZE(scans));
		double from_ms, to_ms, step, n;
		uint64_t key = tryst_sim_next(&own);

		if (!targets)
			continue;
		working_hours(w, &own, 8, &from_ms, &to_ms);
		step = (to_ms - from_ms) / targets;
		n = ((double)part->from_ms - from_ms) / step;
		for (uint32_t q = n <= 0        ? 0
		                  : n < targets ? (uint32_t)n
		                                : targets;
		     q < targets; q++) {
			int64_t at_ms = (int64_t)(from_ms + q * step);

			if (at_ms >= part->to_ms)
				break;
			if (at_ms >= part->from_ms)
				probe(part, r, kind, number, tryst_sim_permute(q, w->hosts, key),
				      at_ms);
		}
	}
}

/* One look at all servers of the list, from one socket. */
static void
poll_all(struct tryst_sim_part *part, struct tryst_sim_rng *r, uint32_t host, uint32_t bytes,
         int64_t at_ms)
{
	const struct tryst_sim_world *w = part->w;
	uint32_t client = tryst_sim_external(w, host);
	uint16_t port = tryst_sim_client_port(w, client, at_ms, r);

	for (uint32_t g = 0; g < w->game_servers + w->planted_servers; g++) {
		struct tryst_sim_talk t = {
			.start_ms = at_ms,
			.client = client,
			.server = tryst_sim_local(w, tryst_sim_game_host(w, g)),
			.client_port = port,
			.server_port = TRYST_SIM_GAME_PORT,
			.role = TRYST_SIM_ROLE_BROWSE,
		};

		if (!tryst_sim_polls(w, host, g))
			continue;
		tryst_sim_talk_query(r, bytes,
		                     tryst_sim_chance(r, 0.95) ? tryst_sim_between(r, 90, 260) : 0,
		                     &t);
		tryst_sim_part_talk(part, &t);
		at_ms += tryst_sim_between(r, 2, 30);
	}
}

void
tryst_sim_traffic_browsers(struct tryst_sim_part *part, struct tryst_sim_rng *r)
{
	const struct tryst_sim_world *w = part->w;

	for (uint32_t b = 0; b < w->browsers; b++) {
		uint32_t host = tryst_sim_player(w, w->externals - 1 - b);
		struct tryst_sim_rng own = tryst_sim_stream(w->seed, TRYST_SIM_USE_HOST, host, 5);
		int64_t period_ms = tryst_sim_between(&own, 300, 1800) * 1000LL;
		uint32_t bytes = tryst_sim_chance(&own, 0.5) ? 37 : 53;
		double from_ms, to_ms;
		int64_t at_ms;

		working_hours(w, &own, 6, &from_ms, &to_ms);
		at_ms = tryst_sim_periodic((int64_t)from_ms, period_ms, part->from_ms);
		for (; at_ms < part->to_ms && at_ms < (int64_t)to_ms; at_ms += period_ms)
			poll_all(part, r, host, bytes, at_ms);
	}
}

/* A player looks at the list half of the time, then plays. */
static void
player_session(const struct tryst_sim_world *w, struct tryst_sim_rng *r, uint32_t host,
               int64_t at_ms, struct tryst_sim_talks *talks)
{
	struct tryst_sim_talk t = {
		.start_ms = at_ms,
		.client = tryst_sim_external(w, host),
		.server_port = TRYST_SIM_GAME_PORT,
		.role = TRYST_SIM_ROLE_BROWSE,
	};
	uint32_t all = w->game_servers + w->planted_servers, seconds;

	t.client_port = tryst_sim_client_port(w, t.client, at_ms, r);
	if (tryst_sim_chance(r, 0.5)) {
		for (uint32_t g = 0; g < all; g++) {
			if (!tryst_sim_polls(w, host, g))
				continue;
			t.server = tryst_sim_local(w, tryst_sim_game_host(w, g));
			tryst_sim_talk_query(r, 53, tryst_sim_between(r, 90, 260), &t);
			tryst_sim_talks_add(talks, &t);
			t.start_ms += tryst_sim_between(r, 2, 30);
		}
		t.start_ms += tryst_sim_between(r, 3000, 30000);
	}
	t.role = TRYST_SIM_ROLE_PLAY;
	t.client_port = tryst_sim_chance(r, 0.6) ? 27005 : t.client_port;
	t.server = tryst_sim_local(w, tryst_sim_game_host(w, tryst_sim_game_choice(w, host, r)));
	seconds = tryst_sim_lognormal(r, w->p.session * 60, 0.9, 6 * 3600);
	tryst_sim_talk_play(r, seconds * 1000, &t);
	tryst_sim_talks_add(talks, &t);
}

void
tryst_sim_players(const struct tryst_sim_world *w, struct tryst_sim_talks *talks)
{
	double length_days = (double)(w->end_ms - w->start_ms) / 86400000;

	for (uint32_t n = 0; n < w->players; n++) {
		uint32_t host = tryst_sim_player(w, n);
		struct tryst_sim_rng r = tryst_sim_stream(w->seed, TRYST_SIM_USE_SESSION, host, 0);
		double left = w->p.plays * length_days;

		/* A Poisson number of sessions. */
		for (left -= tryst_sim_exponential(&r, 1); left > 0;
		     left -= tryst_sim_exponential(&r, 1))
			player_session(w, &r, host, tryst_sim_time(w, &r, w->start_ms, w->end_ms),
			               talks);
	}
}
