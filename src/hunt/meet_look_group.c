/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Candidates of several clients: chat that commands (long, thin, kept alive, answered, several
 * clients, any port), and clients that act together.
 */
#include <math.h>
#include <netinet/in.h>
#include <string.h>

#include "hunt/meet_find.h"

#define HELD_MS 3600000
#define PACKET_MIN 40.
#define PACKET_MAX 250. /* bytes, in the mean */
#define RATE_MAX .2     /* packets a second */
#define IDLE_MIN 10     /* silences, to know a beat by */
#define KAPPA_MIN 5.
#define HOLDERS_MIN 2
#define GROUP_LOG10_P -3.
#define RETURNS_MIN 3
#define RARE_MAX 5

/* Whether a client holds on to the endpoint as chat does. */
static bool
is_holder(const struct tryst_meet_member *m, struct tryst_renewal *beat)
{
	double packets = (double)(m->packets_out + m->packets_in);
	double bytes = (double)(m->bytes_out + m->bytes_in);
	double seconds = fmax((double)(m->last_ms - m->first_ms) / 1000, 1);

	if (m->longest_ms < HELD_MS || !m->answered || !m->packets_in || !m->packets_out)
		return false;
	if (packets / seconds > RATE_MAX || bytes / packets < PACKET_MIN ||
	    bytes / packets > PACKET_MAX)
		return false;
	*beat = tryst_renewal_test(m->idle);
	return m->idle.n >= IDLE_MIN && beat->kappa >= KAPPA_MIN;
}

static int
holders_add(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e, const bool *holders,
            uint32_t count, double beat_s, double kappa, struct tryst_error *err)
{
	struct tryst_meet_candidate *c = tryst_meet_candidate_add(w, TRYST_MEET_IRC, e, err);
	struct tryst_meet_together t = { 0 };
	int64_t longest_ms = 0;
	int rc = 0;

	if (!c)
		return TRYST_ERR_NOMEM;
	c->old = true;
	for (uint32_t i = 0; i < e->member_count; i++) {
		if (!holders[i])
			continue;
		tryst_meet_candidate_client(c, &e->members[i]);
		longest_ms = TRYST_MAX(longest_ms, e->members[i].longest_ms);
		c->old &= e->members[i].first_ms < w->options->since_ms;
	}
	rc = tryst_meet_group_test(&w->group, w->clock, e, holders, true, &t, err);
	c->period_ms = (int64_t)(beat_s * 1000);
	c->rank = 10. * count + (t.tested ? -t.log10_p : 0);
	c->v[TRYST_MEET_V_MEMBERS] = count;
	c->v[TRYST_MEET_V_KEEPALIVE] = beat_s * 1000;
	c->v[TRYST_MEET_V_KEEPALIVE_KAPPA] = kappa;
	c->v[TRYST_MEET_V_TOGETHER] = t.tested ? t.log10_p : NAN;
	c->v[TRYST_MEET_V_WINDOW] = (double)t.window_ms;
	c->v[TRYST_MEET_V_HOURS] = (double)longest_ms / 3600000;
	return rc;
}

static int
look_holders(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
             struct tryst_error *err)
{
	bool holders[TRYST_MEET_GROUP_MAX] = { false };
	double beat_s = 0, kappa = INFINITY;
	uint32_t count = 0;

	if (e->proto != IPPROTO_TCP)
		return 0;
	for (uint32_t i = 0; i < e->member_count; i++) {
		struct tryst_renewal beat;

		holders[i] = is_holder(&e->members[i], &beat);
		if (!holders[i])
			continue;
		count++;
		beat_s += beat.mean + TRYST_MEET_IDLE_MS / 1000.;
		kappa = fmin(kappa, beat.kappa);
	}
	return count < HOLDERS_MIN ? 0
	                           : holders_add(w, e, holders, count, beat_s / count, kappa, err);
}

static int
look_together(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
              struct tryst_error *err)
{
	bool wanted[TRYST_MEET_GROUP_MAX];
	struct tryst_meet_together t;
	struct tryst_meet_candidate *c;
	int rc;

	for (uint32_t i = 0; i < e->member_count; i++)
		wanted[i] = e->members[i].answered > 0 && e->members[i].visit_count >= 3;
	rc = tryst_meet_group_test(&w->group, w->clock, e, wanted, false, &t, err);
	if (rc < 0 || !t.tested)
		return rc;
	w->sums->groups++;
	if (t.log10_p > GROUP_LOG10_P)
		return 0;
	c = tryst_meet_candidate_add(w, TRYST_MEET_GROUP, e, err);
	if (!c)
		return TRYST_ERR_NOMEM;
	c->old = true;
	for (uint32_t i = 0; i < e->member_count; i++) {
		if (!wanted[i])
			continue;
		tryst_meet_candidate_client(c, &e->members[i]);
		c->old &= e->members[i].first_ms < w->options->since_ms;
	}
	c->log10_p = t.log10_p;
	c->rank = -t.log10_p;
	c->v[TRYST_MEET_V_MEMBERS] = t.members;
	c->v[TRYST_MEET_V_WINDOW] = (double)t.window_ms;
	c->v[TRYST_MEET_V_KEEPALIVE] = c->v[TRYST_MEET_V_KEEPALIVE_KAPPA] = -1;
	c->v[TRYST_MEET_V_HOURS] = -1;
	c->v[TRYST_MEET_V_TOGETHER] = t.log10_p;
	return 0;
}

/* Whether a client keeps coming back, over more than an hour. */
static bool
returns(const struct tryst_meet_member *m)
{
	return m->answered >= RETURNS_MIN && m->last_ms - m->first_ms >= HELD_MS;
}

/* A few clients, all of which come back, and nobody else. */
static int
look_rare(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e, struct tryst_error *err)
{
	struct tryst_meet_class *class = tryst_meet_class_make(
		w->sums, tryst_meet_class_group(w->ports, e->home, e->proto, e->port));
	struct tryst_meet_candidate *c;

	if (class)
		class->endpoints++;
	if (e->member_count < 2 || e->member_count > RARE_MAX || e->home)
		return 0;
	for (uint32_t i = 0; i < e->member_count; i++) {
		if (!returns(&e->members[i]))
			return 0;
	}
	if (class)
		class->shared++;
	c = tryst_meet_candidate_add(w, TRYST_MEET_RARE, e, err);
	if (!c)
		return TRYST_ERR_NOMEM;
	c->old = true;
	for (uint32_t i = 0; i < e->member_count; i++) {
		tryst_meet_candidate_client(c, &e->members[i]);
		c->old &= e->members[i].first_ms < w->options->since_ms;
	}
	c->rank = log10(c->v[TRYST_MEET_V_VISITS]);
	return 0;
}

int
tryst_meet_look_group(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
                      struct tryst_error *err)
{
	int rc;

	rc = look_rare(w, e, err);
	if (rc < 0)
		return rc;
	if (e->member_count < HOLDERS_MIN || e->member_count > TRYST_MEET_GROUP_MAX)
		return 0;
	rc = look_holders(w, e, err);
	return rc < 0 ? rc : look_together(w, e, err);
}
