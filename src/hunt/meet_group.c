/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/meet_group.h"

#include <math.h>
#include <stdlib.h>

#include "stats/tail.h"

#define ACT_MS 60000
#define REGULAR_KAPPA 2.
#define REGULAR_LOG_P -7. /* 0.001 */
#define SHIFTS 199
#define SHIFTS_FIRST 19 /* who is no better than these at a glance is not looked at again */
#define GLANCE .3
#define NO_SECOND_LOOK -2. /* log10 p on the first clock: the second can only make it worse */
#define ACTS_MIN 3         /* of a client */
#define MEMBERS_MIN 3      /* with so many acts */
#define ACTS_MAX 100000    /* of all: it is no secret, either */
#define COVER_MAX .5       /* of the time: beyond it nothing can be told */
#define OFF_BEAT .8        /* of the usual silence: what comes earlier is no keepalive */

/* A time of the log as a share of it. */
typedef double (*clock_fn)(const struct tryst_meet_clock *clock, int64_t at_ms);

static const int64_t windows_ms[] = { 10000, 60000, 600000 };

void
tryst_meet_group_fini(struct tryst_meet_group *g)
{
	free(g->acts);
	free(g->times);
	free(g->windows);
	*g = (struct tryst_meet_group){ 0 };
}

static int
act_add(struct tryst_meet_group *g, double at, uint32_t member, struct tryst_error *err)
{
	size_t cap = TRYST_MAX(2 * g->cap, (size_t)256);
	struct tryst_meet_act *acts;
	struct tryst_shift_window *windows;
	double *times;

	if (g->count == g->cap) {
		acts = reallocarray(g->acts, cap, sizeof(*acts));
		g->acts = acts ? acts : g->acts;
		times = reallocarray(g->times, cap, sizeof(*times));
		g->times = times ? times : g->times;
		windows = reallocarray(g->windows, cap, sizeof(*windows));
		g->windows = windows ? windows : g->windows;
		if (!acts || !times || !windows)
			return tryst_error_nomem(err);
		g->cap = cap;
	}
	g->acts[g->count++] = (struct tryst_meet_act){ at, member };
	return 0;
}

/*
 * Whether a client comes by the clock.  Moved around the circle of the log it would be out of step
 * with itself at the seam, and chance that put it in phase with others would look like a plan; and
 * it is a beacon, which is found as one.
 */
static bool
is_regular(const struct tryst_meet_member *m)
{
	struct tryst_gaps g = { 0 };
	struct tryst_renewal r;
	int64_t last_ms = m->visits[0].start_ms;

	for (uint32_t i = 1; i < m->visit_count; i++) {
		int64_t gap_ms = m->visits[i].start_ms - last_ms;

		if (gap_ms < ACT_MS)
			continue;
		g.n++;
		g.sum += (double)(gap_ms - ACT_MS + 1);
		g.sum_log += log((double)(gap_ms - ACT_MS + 1));
		last_ms = m->visits[i].start_ms;
	}
	r = tryst_renewal_test(g);
	return r.kappa >= REGULAR_KAPPA && r.log_p < REGULAR_LOG_P;
}

/* Visits; those within a minute of the one before are one act. */
static int
visits_add(struct tryst_meet_group *g, clock_fn at, const struct tryst_meet_clock *clock,
           const struct tryst_meet_member *m, uint32_t member, struct tryst_error *err)
{
	int64_t last_ms = INT64_MIN / 2;
	int rc = 0;

	for (uint32_t i = 0; i < m->visit_count && rc >= 0; i++) {
		int64_t at_ms = m->visits[i].start_ms;

		if (at_ms - last_ms >= ACT_MS)
			rc = act_add(g, at(clock, at_ms), member, err);
		last_ms = at_ms;
	}
	return rc;
}

/* Flows that come before the keepalive of their connection is due. */
static int
off_beat_add(struct tryst_meet_group *g, clock_fn at, const struct tryst_meet_clock *clock,
             const struct tryst_meet_member *m, uint32_t member, struct tryst_error *err)
{
	double usual_ms =
		m->idle.n ? m->idle.sum / (double)m->idle.n * 1000 + TRYST_MEET_IDLE_MS : 0;
	int64_t end_ms = INT64_MIN / 2;
	int rc = 0;

	for (uint32_t i = 0; i < m->flow_count && rc >= 0; i++) {
		const struct tryst_meet_flow *f = &m->flows[i];
		int64_t idle_ms = f->start_ms - end_ms;

		if (idle_ms > TRYST_MEET_IDLE_MS && (double)idle_ms < OFF_BEAT * usual_ms)
			rc = act_add(g, at(clock, f->start_ms), member, err);
		end_ms = TRYST_MAX(end_ms, f->start_ms + f->duration_ms);
	}
	return rc;
}

static int
act_compare(const void *va, const void *vb)
{
	const struct tryst_meet_act *a = va, *b = vb;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return a->member < b->member ? -1 : a->member > b->member;
}

/* The acts of one client, and the windows about those of clients before it, disjoint; how many. */
static size_t
split(struct tryst_meet_group *g, uint32_t member, double half, size_t *times, double *cover)
{
	size_t windows = 0;

	*times = 0;
	*cover = 0;
	for (size_t i = 0; i < g->count; i++) {
		double from = fmax(g->acts[i].at - half, 0), to = fmin(g->acts[i].at + half, 1);

		if (g->acts[i].member == member) {
			g->times[(*times)++] = g->acts[i].at;
		} else if (g->acts[i].member > member) {
			continue;
		} else if (windows && from <= g->windows[windows - 1].to) {
			g->windows[windows - 1].to = fmax(g->windows[windows - 1].to, to);
		} else {
			g->windows[windows++] = (struct tryst_shift_window){ from, to };
		}
	}
	for (size_t i = 0; i < windows; i++)
		*cover += g->windows[i].to - g->windows[i].from;
	return windows;
}

/*
 * Each client against those before it, within one window: whatever those did, its own p-value is
 * uniform where it has nothing to do with them.  So the p-values are independent, and Fisher's sum
 * of their logarithms puts them together.  False where nothing can be told.
 */
static bool
window_test(struct tryst_meet_group *g, const uint32_t *members, size_t count, double half,
            double *log_p)
{
	double sum = 0;

	for (size_t i = 1; i < count; i++) {
		double cover;
		size_t times, windows = split(g, members[i], half, &times, &cover);
		struct tryst_shift s;

		if (!windows || cover > COVER_MAX)
			return false;
		s = tryst_shift_test(g->times, times, g->windows, windows, false, 2 * half,
		                     SHIFTS_FIRST);
		if (s.p <= GLANCE)
			s = tryst_shift_test(g->times, times, g->windows, windows, false, 2 * half,
			                     SHIFTS);
		sum += log(fmax(s.p <= GLANCE ? tryst_shift_tail(s, times) : s.p, 1e-300));
	}
	*log_p = fmin(0, tryst_chi2_upper(2. * (double)(count - 1), -2 * sum));
	return true;
}

/* Those with enough acts; the acts of the others are dropped. */
static size_t
actors(struct tryst_meet_group *g, uint32_t *members, size_t count)
{
	uint32_t acts[TRYST_MEET_GROUP_MAX] = { 0 };
	size_t kept = 0, n = 0;

	for (size_t i = 0; i < g->count; i++) {
		for (size_t k = 0; k < count; k++)
			acts[k] += g->acts[i].member == members[k];
	}
	for (size_t i = 0; i < g->count; i++) {
		for (size_t k = 0; k < count; k++) {
			if (g->acts[i].member == members[k] && acts[k] >= ACTS_MIN)
				g->acts[kept++] = g->acts[i];
		}
	}
	for (size_t k = 0; k < count; k++) {
		if (acts[k] >= ACTS_MIN)
			members[n++] = members[k];
	}
	g->count = kept;
	return n;
}

/* The acts of those who are wanted, on a clock; how many members have enough. */
static int
acts_make(struct tryst_meet_group *g, clock_fn at, const struct tryst_meet_clock *clock,
          const struct tryst_meet_endpoint *e, const bool *wanted, bool inside, uint32_t *members,
          size_t *count, struct tryst_error *err)
{
	int rc = 0;

	*count = 0;
	g->count = 0;
	for (uint32_t i = 0; i < e->member_count && rc >= 0; i++) {
		if (!wanted[i] || *count == TRYST_MEET_GROUP_MAX || g->count > ACTS_MAX ||
		    (!inside && is_regular(&e->members[i])))
			continue;
		members[(*count)++] = i;
		rc = (inside ? off_beat_add : visits_add)(g, at, clock, &e->members[i], i, err);
	}
	if (rc < 0)
		return rc;
	*count = g->count > ACTS_MAX ? 0 : actors(g, members, *count);
	if (*count >= MEMBERS_MIN)
		qsort(g->acts, g->count, sizeof(*g->acts), act_compare);
	return 0;
}

/*
 * Twice: on the clock of all flows, or a rhythm of the day that all share would bring them
 * together; and on the wall's, or clients that have one period, and by chance one phase, would be
 * moved out of step by a clock that goes unevenly.  The larger p counts.
 */
int
tryst_meet_group_test(struct tryst_meet_group *g, const struct tryst_meet_clock *clock,
                      const struct tryst_meet_endpoint *e, const bool *wanted, bool inside,
                      struct tryst_meet_together *out, struct tryst_error *err)
{
	double length_ms = (double)(clock->last_ms - clock->first_ms) + 1;
	double log_p[TRYST_ARRAY_SIZE(windows_ms)];
	bool told[TRYST_ARRAY_SIZE(windows_ms)];
	uint32_t members[TRYST_MEET_GROUP_MAX];
	size_t count = 0;
	int rc = 0;

	*out = (struct tryst_meet_together){ 0 };
	for (unsigned pass = 0; pass < 2; pass++) {
		double best = 0;

		rc = acts_make(g, pass ? tryst_meet_clock_wall : tryst_meet_clock_at, clock, e,
		               wanted, inside, members, &count, err);
		if (rc < 0 || count < MEMBERS_MIN)
			return rc;
		for (size_t i = 0; i < TRYST_ARRAY_SIZE(windows_ms); i++) {
			double half = (double)windows_ms[i] / length_ms, p = 0;
			bool here = window_test(g, members, count, half, &p);

			log_p[i] = pass ? fmax(log_p[i], p) : p;
			told[i] = pass ? told[i] && here : here;
			best = told[i] ? fmin(best, log_p[i] / M_LN10) : best;
		}
		if (best > NO_SECOND_LOOK)
			break;
	}
	for (size_t i = 0; count && i < TRYST_ARRAY_SIZE(windows_ms); i++) {
		double log10_p = fmin(0, log_p[i] / M_LN10 + log10(TRYST_ARRAY_SIZE(windows_ms)));

		if (told[i] && (!out->tested || log10_p < out->log10_p))
			*out = (struct tryst_meet_together){ true, log10_p, windows_ms[i],
				                             (uint32_t)count };
	}
	return 0;
}
