/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The background: what goes on whether or not anything is planted.  Each kind makes its talks of
 * one slice of time alone, with a stream of its own, so that any thread can make any part.
 */
#ifndef TRYST_SIMULATE_TRAFFIC_H
#define TRYST_SIMULATE_TRAFFIC_H

#include "simulate/talk.h"

typedef void (*tryst_sim_traffic_fn)(struct tryst_sim_part *part, struct tryst_sim_rng *r);

/* From outside to local endpoints. */
void tryst_sim_traffic_visits(struct tryst_sim_part *part, struct tryst_sim_rng *r);
void tryst_sim_traffic_popular(struct tryst_sim_part *part, struct tryst_sim_rng *r);
void tryst_sim_traffic_scans(struct tryst_sim_part *part, struct tryst_sim_rng *r);
void tryst_sim_traffic_browsers(struct tryst_sim_part *part, struct tryst_sim_rng *r);
/* From local hosts to servers outside. */
void tryst_sim_traffic_web(struct tryst_sim_part *part, struct tryst_sim_rng *r);
void tryst_sim_traffic_cdn(struct tryst_sim_part *part, struct tryst_sim_rng *r);
void tryst_sim_traffic_dns(struct tryst_sim_part *part, struct tryst_sim_rng *r);
void tryst_sim_traffic_ntp(struct tryst_sim_part *part, struct tryst_sim_rng *r);
void tryst_sim_traffic_updates(struct tryst_sim_part *part, struct tryst_sim_rng *r);
void tryst_sim_traffic_polls(struct tryst_sim_part *part, struct tryst_sim_rng *r);
void tryst_sim_traffic_torrents(struct tryst_sim_part *part, struct tryst_sim_rng *r);

/* All kinds for one slice. */
void tryst_sim_traffic(struct tryst_sim_part *part);

/* The sessions of the players over the whole time, which last longer than slices do. */
void tryst_sim_players(const struct tryst_sim_world *w, struct tryst_sim_talks *talks);

#define TRYST_SIM_CHAT_PORT 6667

/* A connection to a chat server, of either side. */
struct tryst_sim_chat {
	struct tryst_sim_talk talk; /* hosts, server port, role; the rest is made */
	int64_t from_ms, to_ms;
	uint16_t port;                          /* of the server */
	double said_ms;                         /* mean time between what is said; 0: nothing is */
	const struct tryst_sim_event *commands; /* that the server sends to all; by time */
	size_t command_count;
};

/* Its talks: keepalives every 90 s, what is said, and what is commanded and answered. */
void tryst_sim_chat(const struct tryst_sim_world *w, const struct tryst_sim_chat *c,
                    struct tryst_sim_rng *r, struct tryst_sim_talks *talks);

/* The people who chat, over the whole time. */
void tryst_sim_chats(const struct tryst_sim_world *w, struct tryst_sim_talks *talks);

/* How the endpoint of a local host is used. */
const struct tryst_sim_shape *tryst_sim_service(const struct tryst_sim_world *w, uint32_t host);

/* A moment by a host's own habit: the first one at or after `from`, of one every period. */
static inline int64_t
tryst_sim_periodic(int64_t phase_ms, int64_t period_ms, int64_t from_ms)
{
	int64_t behind = from_ms - phase_ms;

	return behind <= 0 ? phase_ms : phase_ms + (behind + period_ms - 1) / period_ms * period_ms;
}

/* Arrivals of a Poisson process in a slice. */
struct tryst_sim_arrivals {
	double at_ms;  /* of the last one, since the beginning of the slice */
	double gap_ms; /* mean */
	double length_ms;
};

/* So many a day; those of people follow the hour. */
static inline struct tryst_sim_arrivals
tryst_sim_arrivals(const struct tryst_sim_part *part, double a_day, bool people)
{
	double length_ms = (double)(part->to_ms - part->from_ms);

	if (people)
		a_day *= tryst_sim_diurnal(part->w, (part->from_ms + part->to_ms) / 2);
	return (struct tryst_sim_arrivals){
		.gap_ms = a_day > 0 ? 86400000 / a_day : 0,
		.length_ms = a_day > 0 ? length_ms : 0,
	};
}

static inline bool
tryst_sim_arrive(struct tryst_sim_arrivals *a, const struct tryst_sim_part *part,
                 struct tryst_sim_rng *r, int64_t *at_ms)
{
	a->at_ms += tryst_sim_exponential(r, a->gap_ms);
	*at_ms = part->from_ms + (int64_t)TRYST_MIN(a->at_ms, a->length_ms);
	return a->at_ms < a->length_ms;
}

#endif
