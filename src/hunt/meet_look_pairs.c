/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What pairs say that only all of them together can tell: peers, clients of games, probes and
 * calls; and endpoints that may be games as candidates, which are held against others of their kind
 * later.
 */
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/meet_find.h"

#define GAME_MEMBERS_MIN 3
#define GAME_VISITS_MIN 10
#define PLAY_MS 120000
#define QUERY_PACKETS 3
#define CALL_BYTES 60 /* of payload and headers a visit, beyond a handshake's */
#define TCP_HANDSHAKE 200
#define CALL_GAP_MS 600000
#define HOUR_MS 3600000

/* What a port's servers are compared within: the service, or the port. */
static uint32_t
group_of(const struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e)
{
	uint32_t group = tryst_meet_port_group(w->ports, e->proto, e->port);

	return group ? group : (uint32_t)e->proto << 16 | e->port;
}

static struct tryst_meet_contact
contact_of(const struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
           const struct tryst_meet_member *m)
{
	return (struct tryst_meet_contact){
		.client = m->ip,
		.server = e->ip,
		.first_ms = m->first_ms,
		.group = group_of(w, e),
		.count = m->visit_count,
		.port = e->port,
		.proto = e->proto,
	};
}

/* Ports of no service on a host outside, that answers. */
static int
look_peer(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
          const struct tryst_meet_member *m, struct tryst_error *err)
{
	struct tryst_meet_contact c = contact_of(w, e, m);

	if (e->home || e->port < 1024 || !m->answered ||
	    tryst_meet_port_group(w->ports, e->proto, e->port) ||
	    e->member_count > TRYST_MEET_GROUP_MAX)
		return 0;
	return tryst_meet_contact_add(&w->contacts[TRYST_MEET_PEERS], TRYST_MEET_PEERS, &c, err);
}

/* From outside: tried in vain, or come back to an answer. */
static int
look_caller(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
            const struct tryst_meet_member *m, struct tryst_error *err)
{
	struct tryst_meet_contact c = contact_of(w, e, m);
	uint64_t least = (uint64_t)m->visit_count * CALL_BYTES + TCP_HANDSHAKE;
	enum tryst_meet_what what = TRYST_MEET_CALLS;

	if (m->guessed || (w->options->home_count && !e->home))
		return 0;
	if (!m->answered && m->visit_count <= 2) {
		what = TRYST_MEET_PROBES;
		c.server = (struct tryst_ip){ 0, 0 };
		c.port = 0;
		c.count = 1;
	} else if (m->answered < 2 || m->last_ms - m->first_ms < CALL_GAP_MS ||
	           m->bytes_in < least || m->bytes_out < least) {
		return 0;
	}
	return tryst_meet_contact_add(&w->contacts[what], what, &c, err);
}

/* 10 to 100 packets a second both ways, of 60 to 250 bytes, for two minutes. */
static bool
is_play(const struct tryst_meet_visit *v)
{
	double seconds = (double)(v->end_ms - v->start_ms) / 1000;

	return v->end_ms - v->start_ms >= PLAY_MS && v->packets_out >= 8 * seconds &&
	       v->packets_in >= 8 * seconds && v->packets_out <= 120 * seconds &&
	       v->packets_in <= 120 * seconds && v->bytes_out >= 40ULL * v->packets_out &&
	       v->bytes_out <= 250ULL * v->packets_out;
}

static int
time_order(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/* New clients by visits, in the second half of the visits: closed circles have none. */
static int
new_rate(const struct tryst_meet_endpoint *e, double *rate, struct tryst_error *err)
{
	int64_t *times = malloc((e->visit_count + (size_t)1) * sizeof(*times)), middle_ms;
	uint32_t n = 0, fresh = 0;

	if (!times)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < e->member_count; i++) {
		for (uint32_t k = 0; k < e->members[i].visit_count; k++)
			times[n++] = e->members[i].visits[k].start_ms;
	}
	qsort(times, n, sizeof(*times), time_order);
	middle_ms = times[n / 2];
	for (uint32_t i = 0; i < e->member_count; i++)
		fresh += e->members[i].first_ms >= middle_ms;
	*rate = (double)fresh / (n - n / 2);
	free(times);
	return 0;
}

/* Each client once an hour, by the hour of the day. */
static void
hours_add(struct tryst_meet_candidate *c, const struct tryst_meet_member *m)
{
	int64_t last = INT64_MIN;

	for (uint32_t i = 0; i < m->visit_count; i++) {
		int64_t hour = m->visits[i].start_ms / HOUR_MS;

		if (hour != last)
			c->hours[(hour % 24 + 24) % 24]++;
		last = hour;
	}
}

static int
game_add(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e, struct tryst_error *err)
{
	struct tryst_meet_candidate *c = tryst_meet_candidate_add(w, TRYST_MEET_GAME, e, err);
	bool wanted[TRYST_MEET_GROUP_MAX] = { false };
	struct tryst_meet_together t = { 0 };
	double plays = 0, queries = 0;
	int rc;

	if (!c)
		return TRYST_ERR_NOMEM;
	c->old = e->first_ms < w->options->since_ms;
	for (uint32_t i = 0; i < e->member_count; i++) {
		const struct tryst_meet_member *m = &e->members[i];

		if (!m->answered)
			continue;
		tryst_meet_candidate_client(c, m);
		hours_add(c, m);
		if (e->member_count <= TRYST_MEET_GROUP_MAX)
			wanted[i] = m->visit_count >= 3;
		for (uint32_t k = 0; k < m->visit_count; k++) {
			plays += is_play(&m->visits[k]);
			queries += m->visits[k].packets_out <= QUERY_PACKETS;
		}
	}
	rc = new_rate(e, &c->v[TRYST_MEET_V_NEW_RATE], err);
	if (rc >= 0 && e->member_count <= TRYST_MEET_GROUP_MAX)
		rc = tryst_meet_group_test(&w->group, w->clock, e, wanted, false, &t, err);
	c->v[TRYST_MEET_V_PLAYS] = plays;
	c->v[TRYST_MEET_V_QUERIES] = queries;
	c->v[TRYST_MEET_V_GAME_TOGETHER] = t.tested ? t.log10_p : NAN;
	c->rank = 5;
	return rc;
}

/* UDP endpoints at home with several clients that come back, on a game's port or no service's. */
static int
look_game(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e, struct tryst_error *err)
{
	uint32_t answered = 0;
	int rc = 0;

	if (e->proto != IPPROTO_UDP || e->guessed || e->port < 1024 ||
	    (w->options->home_count && !e->home))
		return 0;
	for (uint32_t i = 0; i < e->member_count && rc >= 0; i++) {
		struct tryst_meet_contact c = contact_of(w, e, &e->members[i]);

		if (!e->members[i].answered)
			continue;
		answered++;
		rc = tryst_meet_contact_add(&w->contacts[TRYST_MEET_GAMES], TRYST_MEET_GAMES, &c,
		                            err);
	}
	if (rc < 0 || answered < GAME_MEMBERS_MIN || e->visit_count < GAME_VISITS_MIN)
		return rc;
	return game_add(w, e, err);
}

int
tryst_meet_look_pairs(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
                      struct tryst_error *err)
{
	int rc = 0;

	for (uint32_t i = 0; i < e->member_count && rc >= 0; i++) {
		rc = look_peer(w, e, &e->members[i], err);
		if (rc >= 0)
			rc = look_caller(w, e, &e->members[i], err);
	}
	return rc < 0 ? rc : look_game(w, e, err);
}
