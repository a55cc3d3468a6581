/* SPDX-License-Identifier: Apache-2.0 */
/* From local hosts to servers outside. */
#include "simulate/traffic.h"

#define SWARM 600           /* peers of a host in a peer to peer network */
#define TORRENT_TALKS 10000 /* of it a day */

static const struct tryst_sim_shape web[] = {
	{ 800, TRYST_SIM_TCP, 443, { 10, 16 }, { 220, 1250 }, 4000, 0.98 },
	{ 200, TRYST_SIM_TCP, 80, { 6, 10 }, { 320, 1250 }, 2000, 0.98 },
};

static const struct tryst_sim_shape download = { 1,   TRYST_SIM_TCP, 443, { 12, 30 }, { 90, 1400 },
	                                         900, 0.995 };

/* A talk of a local host with an external one. */
static struct tryst_sim_talk
outward(const struct tryst_sim_part *part, uint32_t host, uint32_t server, int64_t at_ms,
        enum tryst_sim_role role)
{
	return (struct tryst_sim_talk){
		.start_ms = at_ms,
		.client = tryst_sim_local(part->w, host),
		.server = tryst_sim_external(part->w, server),
		.role = (uint8_t)role,
	};
}

static void
shaped(struct tryst_sim_part *part, struct tryst_sim_rng *r, const struct tryst_sim_shape *s,
       struct tryst_sim_talk t)
{
	tryst_sim_talk_shape(part->w, s, r, &t);
	tryst_sim_part_talk(part, &t);
}

/* A session: some pages, a few connections each, mostly to the same server. */
void
tryst_sim_traffic_web(struct tryst_sim_part *part, struct tryst_sim_rng *r)
{
	const struct tryst_sim_world *w = part->w;
	struct tryst_sim_arrivals a = tryst_sim_arrivals(part, w->p.web * w->hosts, true);
	int64_t at_ms;

	while (tryst_sim_arrive(&a, part, r, &at_ms)) {
		uint32_t host = tryst_sim_below(r, w->hosts);
		uint32_t server = tryst_sim_alias_draw(&w->web, r);

		do {
			const struct tryst_sim_shape *s = &web[tryst_sim_chance(r, 0.2)];

			shaped(part, r, s,
			       outward(part, host, w->first_web + server, at_ms,
			               TRYST_SIM_ROLE_WEB));
			at_ms += 1 + (int64_t)tryst_sim_exponential(r, 3000);
			if (tryst_sim_chance(r, 0.3))
				server = tryst_sim_alias_draw(&w->web, r);
		} while (tryst_sim_chance(r, 0.7));
	}
}

/* Many short connections within two seconds to a few addresses of a content network. */
void
tryst_sim_traffic_cdn(struct tryst_sim_part *part, struct tryst_sim_rng *r)
{
	const struct tryst_sim_world *w = part->w;
	struct tryst_sim_arrivals a = tryst_sim_arrivals(part, w->p.cdn * w->hosts, true);
	int64_t at_ms;

	while (tryst_sim_arrive(&a, part, r, &at_ms)) {
		uint32_t host = tryst_sim_below(r, w->hosts);
		uint32_t first = tryst_sim_below(r, w->cdn_servers);
		uint32_t some = tryst_sim_between(r, 3, 6);

		for (uint32_t n = tryst_sim_between(r, 20, 60); n; n--) {
			uint32_t server = (first + tryst_sim_below(r, some)) % w->cdn_servers;

			shaped(part, r, &download,
			       outward(part, host, w->first_cdn + server,
			               at_ms + tryst_sim_below(r, 2000), TRYST_SIM_ROLE_CDN));
		}
	}
}

/* The questions of all hosts leave by two resolvers. */
void
tryst_sim_traffic_dns(struct tryst_sim_part *part, struct tryst_sim_rng *r)
{
	const struct tryst_sim_world *w = part->w;
	struct tryst_sim_arrivals a = tryst_sim_arrivals(part, w->p.dns * w->hosts, true);
	int64_t at_ms;

	while (tryst_sim_arrive(&a, part, r, &at_ms)) {
		uint32_t resolver = w->hosts / 2 + tryst_sim_below(r, 2);
		double u = tryst_sim_uniform(r);
		uint32_t server = (uint32_t)(u * u * u * w->name_servers);
		struct tryst_sim_talk t =
			outward(part, resolver, w->first_name + server, at_ms, TRYST_SIM_ROLE_DNS);
		uint32_t bytes, answer;

		bytes = tryst_sim_between(r, 56, 90);
		answer = tryst_sim_between(r, 80, 512);
		answer = tryst_sim_chance(r, 0.97) ? answer : 0;
		tryst_sim_talk_query(r, bytes, answer, &t);
		t.client_port = (uint16_t)tryst_sim_between(r, 1024, 65535);
		t.server_port = 53;
		tryst_sim_part_talk(part, &t);
	}
}

void
tryst_sim_traffic_ntp(struct tryst_sim_part *part, struct tryst_sim_rng *r)
{
	const struct tryst_sim_world *w = part->w;

	for (uint32_t host = 0; host < w->hosts; host++) {
		struct tryst_sim_rng own = tryst_sim_stream(w->seed, TRYST_SIM_USE_HOST, host, 6);
		int64_t period_ms, at_ms;
		uint32_t server;

		if (!tryst_sim_chance(&own, w->p.ntp))
			continue;
		period_ms = 64000LL << tryst_sim_below(&own, 5);
		server = w->first_time + tryst_sim_below(&own, w->time_servers);
		at_ms = w->start_ms + (int64_t)(tryst_sim_uniform(&own) * (double)period_ms);
		at_ms = tryst_sim_periodic(at_ms, period_ms, part->from_ms);
		for (; at_ms < part->to_ms; at_ms += period_ms) {
			struct tryst_sim_talk t =
				outward(part, host, server, at_ms + tryst_sim_below(r, 900),
			                TRYST_SIM_ROLE_NTP);

			tryst_sim_talk_query(r, 76, tryst_sim_chance(r, 0.99) ? 76 : 0, &t);
			t.client_port = t.server_port = 123;
			tryst_sim_part_talk(part, &t);
		}
	}
}

/* Each time three of the update servers, any of them. */
void
tryst_sim_traffic_updates(struct tryst_sim_part *part, struct tryst_sim_rng *r)
{
	const struct tryst_sim_world *w = part->w;

	for (uint32_t host = 0; host < w->hosts; host++) {
		struct tryst_sim_rng own = tryst_sim_stream(w->seed, TRYST_SIM_USE_HOST, host, 7);
		int64_t period_ms, at_ms;

		if (!tryst_sim_chance(&own, w->p.updates))
			continue;
		period_ms = tryst_sim_between(&own, 3600, 6 * 3600) * 1000LL;
		at_ms = w->start_ms + (int64_t)(tryst_sim_uniform(&own) * (double)period_ms);
		at_ms = tryst_sim_periodic(at_ms, period_ms, part->from_ms);
		for (; at_ms < part->to_ms; at_ms += period_ms) {
			for (unsigned n = 0; n < 3; n++)
				shaped(part, r, &download,
				       outward(part, host,
				               w->first_update + tryst_sim_below(r, w->updates),
				               at_ms + n * 300, TRYST_SIM_ROLE_UPDATE));
		}
	}
}

/* A host that asks a server which few others know whether there is news: mail, the weather. */
void
tryst_sim_traffic_polls(struct tryst_sim_part *part, struct tryst_sim_rng *r)
{
	static const struct tryst_sim_shape polls[] = {
		{ 1, TRYST_SIM_TCP, 993, { 6, 5 }, { 160, 300 }, 600, 0.99 },
		{ 1, TRYST_SIM_TCP, 443, { 3, 4 }, { 220, 700 }, 400, 0.99 },
	};
	const struct tryst_sim_world *w = part->w;

	for (uint32_t host = 0; w->p.polls > 0 && host < w->hosts; host++) {
		struct tryst_sim_rng own = tryst_sim_stream(w->seed, TRYST_SIM_USE_HOST, host, 9);
		const struct tryst_sim_shape *s;
		int64_t period_ms, at_ms;
		uint32_t server;

		if (!tryst_sim_chance(&own, w->p.polls))
			continue;
		s = &polls[tryst_sim_chance(&own, 0.5)];
		period_ms = tryst_sim_between(&own, 300, 3600) * 1000LL;
		server = tryst_sim_below(&own, w->externals);
		at_ms = w->start_ms + (int64_t)(tryst_sim_uniform(&own) * (double)period_ms);
		at_ms = tryst_sim_periodic(at_ms, period_ms, part->from_ms);
		for (; at_ms < part->to_ms; at_ms += period_ms)
			shaped(part, r, s,
			       outward(part, host, server, at_ms + tryst_sim_below(r, 2000),
			               TRYST_SIM_ROLE_POLL));
	}
}

/* Who is asked again every minute though it refuses; others each hour. */
static void
retries(struct tryst_sim_part *part, struct tryst_sim_rng *r, uint32_t host)
{
	const struct tryst_sim_world *w = part->w;
	uint64_t hour = (uint64_t)((part->from_ms - w->start_ms) / 3600000);
	struct tryst_sim_rng own =
		tryst_sim_stream(w->seed, TRYST_SIM_USE_HOST, host, 8 + (hour << 8));

	for (unsigned peer = 0; peer < 8; peer++) {
		uint32_t number = tryst_sim_below(&own, w->externals);
		uint16_t port = (uint16_t)tryst_sim_between(&own, 6881, 6999);
		int64_t at_ms = w->start_ms + tryst_sim_below(&own, 60000);

		at_ms = tryst_sim_periodic(at_ms, 60000, part->from_ms);
		for (; at_ms < part->to_ms; at_ms += 60000) {
			struct tryst_sim_talk t =
				outward(part, host, number, at_ms, TRYST_SIM_ROLE_TORRENT);

			tryst_sim_talk_syn(r, true, &t);
			t.client_port = tryst_sim_client_port(w, t.client, at_ms, r);
			t.server_port = port;
			tryst_sim_part_talk(part, &t);
		}
	}
}

/* One of the peers of a host's swarm, some far more often than others. */
static uint32_t
peer_draw(const struct tryst_sim_world *w, uint32_t host, struct tryst_sim_rng *r)
{
	double u = tryst_sim_uniform(r);
	struct tryst_sim_rng own = tryst_sim_stream(w->seed, TRYST_SIM_USE_CHOICE, host,
	                                            1ULL << 40 | (uint64_t)(u * u * SWARM));

	return tryst_sim_active(w, &own);
}

/* Datagrams to many peers, some of them unreachable, and peers that come by themselves. */
void
tryst_sim_traffic_torrents(struct tryst_sim_part *part, struct tryst_sim_rng *r)
{
	const struct tryst_sim_world *w = part->w;
	uint32_t count = (uint32_t)TRYST_MIN(w->p.torrents, w->p.hosts / 8);

	for (uint32_t n = 0; n < count; n++) {
		uint32_t host = w->hosts / 4 + n;
		struct tryst_sim_arrivals a = tryst_sim_arrivals(part, TORRENT_TALKS, false);
		int64_t at_ms;

		retries(part, r, host);
		while (tryst_sim_arrive(&a, part, r, &at_ms)) {
			struct tryst_sim_talk t = outward(part, host, peer_draw(w, host, r), at_ms,
			                                  TRYST_SIM_ROLE_TORRENT);
			uint32_t bytes, answer;

			bytes = tryst_sim_between(r, 93, 145);
			answer = tryst_sim_between(r, 80, 310);
			answer = tryst_sim_chance(r, 0.6) ? answer : 0;
			tryst_sim_talk_query(r, bytes, answer, &t);
			t.client_port = 6881;
			t.server_port = (uint16_t)tryst_sim_between(r, 1024, 65535);
			if (tryst_sim_chance(r, 0.3)) {
				uint32_t address = t.client;

				t.client = t.server;
				t.server = address;
				t.client_port = t.server_port;
				t.server_port = 6881;
			}
			tryst_sim_part_talk(part, &t);
		}
	}
}
