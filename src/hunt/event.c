/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Meetings beside the user's events (--event): how near, how likely so near by chance, and whether
 * a null route had the effect it should.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/build.h"
#include "hunt/verdict.h"
#include "stats/tail.h"

/* Distinct times that the user gave: the more, the more easily something is near one. */
static size_t
event_times(const struct tryst_case *c)
{
	size_t count = 0;

	for (size_t i = 0; i < c->event_count; i++)
		count += c->events[i].to_ms == c->events[i].from_ms ? 1 : 2;
	return count;
}

static uint64_t
distance(int64_t a, int64_t b)
{
	return a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a;
}

/* a - b, at the ends of all differences where it is out of range. */
static int64_t
difference(int64_t a, int64_t b)
{
	int64_t out;

	return __builtin_sub_overflow(a, b, &out) ? (a < b ? INT64_MIN : INT64_MAX) : out;
}

/*
 * The nearer time of the event to `at_ms`.  An even moment of a time T long lies within delta of
 * one of m given times with at most p = 1 - (1 - 2 delta / T)^m.
 */
static struct tryst_event_match
match_make(const struct tryst_case *c, uint32_t event, bool of_end, int64_t at_ms)
{
	const struct tryst_event *e = &c->events[event];
	const struct tryst_timeline *t = &c->timeline;
	bool at_end = distance(at_ms, e->to_ms) < distance(at_ms, e->from_ms);
	struct tryst_event_match match = {
		.event = event,
		.at_end = at_end,
		.of_end = of_end,
		.onset_ms = difference(at_ms, at_end ? e->to_ms : e->from_ms),
		.p_known = !t->unlooked,
	};
	double near = 1;

	if (t->unlooked)
		return match;
	if (t->end_ms > t->begin_ms)
		near = 2 * fabs((double)match.onset_ms) / (double)(t->end_ms - t->begin_ms);
	/* A time is known to the millisecond at best. */
	if (t->end_ms > t->begin_ms && match.onset_ms == 0)
		near = 1 / (double)(t->end_ms - t->begin_ms);
	match.log10_p = near < 1 ? log10(-expm1((double)event_times(c) * log1p(-near))) : 0;
	return match;
}

static int
meeting_events(struct tryst_case_builder *b, struct tryst_meeting *m, struct tryst_error *err)
{
	const struct tryst_case *c = b->c;

	m->events = tryst_case_alloc(b, 2 * c->event_count, sizeof(*m->events), err);
	if (!m->events)
		return TRYST_ERR_NOMEM;
	for (uint32_t i = 0; i < c->event_count; i++) {
		m->events[m->event_count++] = match_make(c, i, false, m->first_ms);
		m->events[m->event_count++] = match_make(c, i, true, m->last_ms);
	}
	return 0;
}

/* Whether the name says that traffic was thrown away from then on. */
static bool
is_null_route(const char *name)
{
	static const char *const words[] = { "null route", "null-route", "nullroute",  "null0",
		                             "blackhole",  "black hole", "black-hole", "rtbh" };

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(words); i++) {
		if (strcasestr(name, words[i]))
			return true;
	}
	return false;
}

/* Did fewer conversations work after it than before?  Of a window: within it, since the route is
 * gone when it ends. */
static struct tryst_null_route
null_route_test(const struct tryst_case *c, uint32_t event)
{
	struct tryst_null_route n = { .event = event };
	int64_t at_ms = c->events[event].from_ms, to_ms = c->events[event].to_ms;

	for (size_t i = 0; i < c->sighting_count; i++) {
		const struct tryst_sighting *s = &c->sightings[i];
		bool worked = tryst_verdict_worked(s->verdict);

		if (s->verdict == TRYST_VERDICT_UNKNOWN || s->outside_validity ||
		    (to_ms > at_ms && s->first_ms > to_ms))
			continue;
		if (s->first_ms >= at_ms) {
			n.after++;
			n.after_worked += worked;
		} else {
			n.before++;
			n.before_worked += worked;
		}
	}
	if (!n.before)
		n.untested = "No conversation whose verdict is known began before it.";
	else if (!n.after)
		n.untested = "No conversation whose verdict is known began after it.";
	else
		n.log10_p = tryst_fisher_exact(n.before_worked, n.before - n.before_worked,
		                               n.after_worked, n.after - n.after_worked) /
		            M_LN10;
	return n;
}

int
tryst_case_events(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_case *c = b->c;
	struct tryst_timeline *t = &c->timeline;
	int rc = 0;

	if (!c->event_count)
		return 0;
	for (size_t i = 0; i < c->meeting_count && rc >= 0; i++)
		rc = meeting_events(b, &c->meetings[i], err);
	if (rc < 0)
		return rc;
	t->null_routes = tryst_case_alloc(b, c->event_count, sizeof(*t->null_routes), err);
	if (!t->null_routes)
		return TRYST_ERR_NOMEM;
	for (uint32_t i = 0; i < c->event_count; i++) {
		if (is_null_route(c->events[i].name))
			t->null_routes[t->null_route_count++] = null_route_test(c, i);
	}
	return 0;
}
