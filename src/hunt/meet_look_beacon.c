/* SPDX-License-Identifier: Apache-2.0 */
/* Candidates of single endpoints: those that are called regularly, and those that are held for
 * long. */
#include <math.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/meet_find.h"

#define LOG10_P_MAX -3. /* of a candidate, before anything is corrected */
#define ANSWERED_MIN .5 /* of the visits, or it is called in vain */
#define LONG_MS 3600000

/* One client that calls regularly. */
struct caller {
	uint32_t member;
	double log10_p;
};

static int
caller_compare(const void *va, const void *vb)
{
	const struct caller *a = va, *b = vb;

	if (a->log10_p != b->log10_p)
		return a->log10_p < b->log10_p ? -1 : 1;
	return a->member < b->member ? -1 : a->member > b->member;
}

static bool
is_answered(const struct tryst_meet_member *m)
{
	return m->answered >= ANSWERED_MIN * m->visit_count;
}

static void
class_add(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
          const struct tryst_meet_beacon *b)
{
	struct tryst_meet_class *c = tryst_meet_class_make(
		w->sums, tryst_meet_class_group(w->ports, e->home, e->proto, e->port));
	double bin = -b->log10_p / TRYST_MEET_BIN;

	if (!c)
		return;
	c->pairs++;
	c->bins[bin < TRYST_MEET_BINS - 1 ? (unsigned)bin : TRYST_MEET_BINS - 1]++;
}

/* A copy of a client's visits from one time to another. */
static struct tryst_meet_member
member_between(const struct tryst_meet_member *m, int64_t from_ms, int64_t to_ms)
{
	struct tryst_meet_member out = *m;
	uint32_t from = 0, to;

	while (from < m->visit_count && m->visits[from].start_ms < from_ms)
		from++;
	for (to = from; to < m->visit_count && m->visits[to].start_ms < to_ms; to++)
		;
	out.visits = m->visits + from;
	out.visit_count = to - from;
	return out;
}

/* Whether the client called as regularly, and about as often, before --since. */
static int
is_old(struct tryst_meet_worker *w, const struct tryst_meet_member *m,
       const struct tryst_meet_beacon *b, bool *old, struct tryst_error *err)
{
	struct tryst_meet_member before = member_between(m, INT64_MIN, w->options->since_ms);
	struct tryst_meet_beacon was;
	int rc = tryst_meet_beacon_test(&before, &w->times, &was, err);

	*old = was.tested && was.log10_p <= LOG10_P_MAX && was.period_ms < b->period_ms * 4 / 3 &&
	       was.period_ms > b->period_ms * 3 / 4;
	return rc;
}

/* One candidate of the callers that are answered, or of the others. */
static int
callers_add(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
            const struct caller *callers, size_t count, bool answered, struct tryst_error *err)
{
	struct tryst_meet_candidate *c = NULL;
	int64_t shortest_ms = INT64_MAX, longest_ms = 0;
	int rc = 0;

	for (size_t i = 0; i < count && rc >= 0; i++) {
		const struct tryst_meet_member *m = &e->members[callers[i].member];
		struct tryst_meet_beacon *b = &w->beacons[callers[i].member];

		if (is_answered(m) != answered)
			continue;
		if (!c) {
			c = tryst_meet_candidate_add(
				w, answered ? TRYST_MEET_BEACON : TRYST_MEET_REFUSED, e, err);
			if (!c)
				return TRYST_ERR_NOMEM;
			c->log10_p = b->log10_p;
			c->period_ms = b->period_ms;
			rc = tryst_meet_beacon_rank(m, b, &w->times, &c->rank, err);
			if (rc >= 0 && w->options->rita)
				rc = tryst_meet_beacon_rita(m, w->clock->first_ms,
				                            w->clock->last_ms, &w->times, b, err);
			c->v[TRYST_MEET_V_KAPPA] = b->kappa;
			c->v[TRYST_MEET_V_SCALE] = (double)b->scale_ms;
			c->v[TRYST_MEET_V_GAPS] = b->gaps;
			c->v[TRYST_MEET_V_SKIPS] = b->skips;
			c->v[TRYST_MEET_V_RITA] = b->rita_scored ? b->rita : NAN;
			if (rc >= 0 && w->options->since_ms != INT64_MIN)
				rc = is_old(w, m, b, &c->old, err);
		}
		shortest_ms = TRYST_MIN(shortest_ms, b->period_ms);
		longest_ms = TRYST_MAX(longest_ms, b->period_ms);
		tryst_meet_candidate_client(c, m);
	}
	if (c)
		c->v[TRYST_MEET_V_PERIOD_SPREAD] = (double)longest_ms / (double)shortest_ms;
	return rc;
}

static int
beacons_grow(struct tryst_meet_worker *w, size_t n, struct tryst_error *err)
{
	if (n <= w->beacon_cap)
		return 0;
	free(w->beacons);
	w->beacon_cap = n + n / 2;
	w->beacons = calloc(w->beacon_cap, sizeof(*w->beacons));
	if (w->beacons)
		return 0;
	w->beacon_cap = 0;
	return tryst_error_nomem(err);
}

int
tryst_meet_look_beacon(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
                       struct tryst_error *err)
{
	struct caller *callers = NULL;
	size_t count = 0, cap = 0;
	int rc = beacons_grow(w, e->member_count, err);

	for (uint32_t i = 0; i < e->member_count && rc >= 0; i++) {
		const struct tryst_meet_member *m = &e->members[i];
		struct tryst_meet_beacon *b = &w->beacons[i];

		b->tested = false;
		if (m->visit_count < TRYST_MEET_RANKED_MIN)
			continue;
		rc = tryst_meet_beacon_test(m, &w->times, b, err);
		if (rc >= 0 && w->options->tested)
			w->options->tested(w->options->tested_ctx, e, m, b);
		if (rc < 0 || !b->tested)
			continue;
		w->sums->tested++;
		class_add(w, e, b);
		if (b->log10_p > LOG10_P_MAX)
			continue;
		if (count == cap) {
			struct caller *more;

			cap = TRYST_MAX(2 * cap, (size_t)16);
			more = reallocarray(callers, cap, sizeof(*more));
			if (!more) {
				rc = tryst_error_nomem(err);
				break;
			}
			callers = more;
		}
		callers[count++] = (struct caller){ i, b->log10_p };
	}
	if (count && rc >= 0) {
		qsort(callers, count, sizeof(*callers), caller_compare);
		rc = callers_add(w, e, callers, count, true, err);
		if (rc >= 0)
			rc = callers_add(w, e, callers, count, false, err);
	}
	free(callers);
	return rc;
}

int
tryst_meet_look_long(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
                     struct tryst_error *err)
{
	struct tryst_meet_candidate *c = NULL;

	if (e->proto != IPPROTO_TCP && e->proto != IPPROTO_UDP)
		return 0;
	for (uint32_t i = 0; i < e->member_count; i++) {
		const struct tryst_meet_member *m = &e->members[i];
		double hours = (double)m->longest_ms / LONG_MS;

		if (m->longest_ms < LONG_MS || !m->answered)
			continue;
		if (!c)
			c = tryst_meet_candidate_add(w, TRYST_MEET_LONG_LIVED, e, err);
		if (!c)
			return TRYST_ERR_NOMEM;
		tryst_meet_candidate_client(c, m);
		if ((double)m->longest_ms <= c->v[TRYST_MEET_V_LONGEST])
			continue;
		c->old = m->first_ms < w->options->since_ms;
		c->v[TRYST_MEET_V_LONGEST] = (double)m->longest_ms;
		c->v[TRYST_MEET_V_RATE] = (double)(m->packets_out + m->packets_in) /
		                          ((double)TRYST_MAX(m->last_ms - m->first_ms, 1) / 1000);
		c->v[TRYST_MEET_V_PACKET] = (double)(m->bytes_out + m->bytes_in) /
		                            TRYST_MAX((double)(m->packets_out + m->packets_in), 1);
		c->rank = hours / 10;
	}
	return 0;
}
