/* SPDX-License-Identifier: Apache-2.0 */
#include "report/json_time.h"

#include <math.h>

/* JSON has no infinity: what is infinite has no key. */
static void
key_finite(struct tryst_json *j, const char *key, double v)
{
	if (isfinite(v))
		tryst_json_key_real(j, key, v);
}

void
tryst_json_asked(struct tryst_json *j, const struct tryst_asked *a)
{
	if (!a->from_known && !a->to_known && !a->filter)
		return;
	tryst_json_key_object(j, "asked");
	if (a->from_known)
		tryst_json_key_time(j, "from", a->from_ms);
	if (a->to_known)
		tryst_json_key_time(j, "to", a->to_ms);
	if (a->filter)
		tryst_json_key_str(j, "filter", a->filter);
	tryst_json_end(j);
}

void
tryst_json_dead(struct tryst_json *j, const struct tryst_case *c)
{
	if (!c->dead_count)
		return;
	tryst_json_key_array(j, "dead");
	for (size_t i = 0; i < c->dead_count; i++) {
		tryst_json_object(j);
		tryst_json_key_time(j, "at", c->dead[i].at_ms);
		tryst_json_key_str(j, "whom", c->dead[i].whom);
		tryst_json_end(j);
	}
	tryst_json_end(j);
	tryst_json_key_i64(j, "slack_ms", c->slack_ms);
}

void
tryst_json_death(struct tryst_json *j, const struct tryst_death *d)
{
	if (!d->stated)
		return;
	tryst_json_key_object(j, "death");
	tryst_json_key_time(j, "at", d->at_ms);
	tryst_json_key_u64(j, "visits_before", d->visits_before);
	tryst_json_key_u64(j, "visits_after", d->visits_after);
	tryst_json_key_u64(j, "spanning", d->spanning);
	if (d->rate_known) {
		key_finite(j, "rate_ratio", d->rate_ratio);
		key_finite(j, "rate_ratio_low", d->rate_ratio_low);
		key_finite(j, "rate_ratio_high", d->rate_ratio_high);
	}
	tryst_json_end(j);
}

static void
changes(struct tryst_json *j, const char *key, const struct tryst_changes *c)
{
	tryst_json_key_object(j, key);
	if (c->untested) {
		tryst_json_key_str(j, "untested", c->untested);
		tryst_json_end(j);
		return;
	}
	tryst_json_key_str(j, "method", c->method);
	tryst_json_key_u64(j, "visits", c->visits);
	tryst_json_key_time(j, "from", c->from_ms);
	tryst_json_key_time(j, "to", c->to_ms);
	tryst_json_key_array(j, "edges");
	for (uint32_t i = 0; i < c->edge_count; i++)
		tryst_json_time(j, c->edges_ms[i]);
	tryst_json_end(j);
	tryst_json_key_array(j, "segment_visits");
	for (uint32_t i = 0; i <= c->edge_count; i++)
		tryst_json_u64(j, c->segment_visits[i]);
	tryst_json_end(j);
	tryst_json_end(j);
}

void
tryst_json_meeting_time(struct tryst_json *j, const struct tryst_case *c,
                        const struct tryst_meeting *m)
{
	tryst_json_key_array(j, "events");
	for (uint32_t i = 0; i < m->event_count; i++) {
		const struct tryst_event_match *e = &m->events[i];

		tryst_json_object(j);
		tryst_json_key_str(j, "name", c->events[e->event].name);
		tryst_json_key_str(j, "event", e->at_end ? "end" : "begin");
		tryst_json_key_str(j, "meeting", e->of_end ? "last" : "first");
		tryst_json_key_i64(j, "onset_ms", e->onset_ms);
		if (e->p_known)
			tryst_json_key_real(j, "log10_p", e->log10_p);
		tryst_json_end(j);
	}
	tryst_json_end(j);
	changes(j, "rate_changes", &m->changes);
}

static void
bins(struct tryst_json *j, const struct tryst_timeline *t)
{
	if (!t->bin_count)
		return;
	tryst_json_key_object(j, "bins");
	tryst_json_key_time(j, "from", t->bins_ms);
	tryst_json_key_i64(j, "width_ms", t->bin_ms);
	tryst_json_key_array(j, "conversations");
	for (uint32_t i = 0; i < t->bin_count; i++)
		tryst_json_u64(j, t->bins[i]);
	tryst_json_end(j);
	tryst_json_end(j);
}

static void
deaths(struct tryst_json *j, const struct tryst_deaths *d)
{
	if (!d->stated)
		return;
	tryst_json_key_object(j, "deaths");
	tryst_json_key_u64(j, "stated", d->stated);
	tryst_json_key_u64(j, "active_before", d->before);
	tryst_json_key_u64(j, "active_after", d->after);
	tryst_json_key_u64(j, "only_after", d->only_after);
	if (d->reading_count) {
		tryst_json_key_array(j, "readings");
		for (uint32_t i = 0; i < d->reading_count; i++)
			tryst_json_str(j, d->readings[i]);
		tryst_json_end(j);
	}
	tryst_json_end(j);
}

static void
null_routes(struct tryst_json *j, const struct tryst_case *c)
{
	const struct tryst_timeline *t = &c->timeline;

	if (!t->null_route_count)
		return;
	tryst_json_key_array(j, "null_routes");
	for (uint32_t i = 0; i < t->null_route_count; i++) {
		const struct tryst_null_route *n = &t->null_routes[i];

		tryst_json_object(j);
		tryst_json_key_str(j, "name", c->events[n->event].name);
		tryst_json_key_u64(j, "before", n->before);
		tryst_json_key_u64(j, "before_worked", n->before_worked);
		tryst_json_key_u64(j, "after", n->after);
		tryst_json_key_u64(j, "after_worked", n->after_worked);
		if (n->untested)
			tryst_json_key_str(j, "untested", n->untested);
		else
			tryst_json_key_real(j, "log10_p", n->log10_p);
		tryst_json_end(j);
	}
	tryst_json_end(j);
}

void
tryst_json_timeline(struct tryst_json *j, const struct tryst_case *c)
{
	const struct tryst_timeline *t = &c->timeline;

	tryst_json_key_object(j, "timeline");
	if (t->unlooked) {
		tryst_json_key_str(j, "unlooked", t->unlooked);
	} else {
		tryst_json_key_time(j, "from", t->begin_ms);
		tryst_json_key_time(j, "to", t->end_ms);
	}
	bins(j, t);
	changes(j, "changes", &t->changes);
	deaths(j, &c->deaths);
	null_routes(j, c);
	tryst_json_end(j);
}
