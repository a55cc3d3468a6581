/* SPDX-License-Identifier: Apache-2.0 */
/* Time for a person: who was said to be down, meetings beside events, changes of rate, null routes.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/time.h"
#include "report/text.h"

#define MEETINGS_MAX 5
#define EDGES_MAX 6

/* "9 min 54 s": the two largest units. */
static void
duration(struct tryst_buf *b, uint64_t ms)
{
	static const struct {
		uint64_t ms;
		const char *name;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "min" }, { 1000, "s" } };
	unsigned told = 0;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(units) && told < 2; i++) {
		if (ms < units[i].ms) {
			told += told > 0; /* the unit behind the first one only */
			continue;
		}
		tryst_buf_printf(b, "%s%" PRIu64 " %s", told ? " " : "", ms / units[i].ms,
		                 units[i].name);
		ms %= units[i].ms;
		told++;
	}
	if (!told)
		tryst_buf_printf(b, "%" PRIu64 " ms", ms);
}

static void
deaths(struct tryst_page *p, struct tryst_buf *b)
{
	const struct tryst_deaths *d = &p->c->deaths;

	if (!d->stated)
		return;
	tryst_layout_count(b, d->stated, "listed host");
	tryst_buf_printf(b,
	                 " seen here %s said to be down (--dead): %u active before, %u after, %u "
	                 "only after.",
	                 d->stated == 1 ? "was" : "were", d->before, d->after, d->only_after);
	if (d->reading_count)
		tryst_buf_str(b, " What came afterwards means one of:");
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 2, b);
	for (uint32_t i = 0; i < d->reading_count; i++) {
		tryst_buf_printf(b, "* %s", d->readings[i]);
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 4, b);
	}
}

static void
match(struct tryst_buf *b, const struct tryst_case *c, const struct tryst_event_match *e)
{
	char p[TRYST_POWER_TEXT_MAX];
	int64_t ms = e->onset_ms;

	tryst_buf_str(b, e->of_end ? "last contact " : "first contact ");
	duration(b, ms < 0 ? -(uint64_t)ms : (uint64_t)ms);
	tryst_buf_printf(b, " %s the %s of \"", ms < 0 ? "before" : "after",
	                 e->at_end ? "end" : "beginning");
	tryst_layout_clip(b, c->events[e->event].name, 60);
	tryst_buf_char(b, '"');
	if (e->p_known)
		tryst_buf_printf(b, " (p = %s)", tryst_power_text(e->log10_p, p));
}

static void
changes(struct tryst_buf *b, const struct tryst_changes *ch)
{
	char text[TRYST_TIME_TEXT_MAX];

	if (ch->untested || !ch->edge_count)
		return;
	tryst_buf_printf(b, "%srate changed at ", b->len ? "; " : "");
	for (uint32_t i = 0; i < ch->edge_count && i < EDGES_MAX; i++) {
		(void)tryst_time_format_short(ch->edges_ms[i], text);
		tryst_buf_printf(b, "%s%s", i ? ", " : "", text);
	}
	if (ch->edge_count > EDGES_MAX)
		tryst_buf_printf(b, " and %u more times", ch->edge_count - EDGES_MAX);
}

/* Only the nearer beginning or end of each event counts as beside it. */
static bool
is_nearest(const struct tryst_meeting *m, uint32_t i)
{
	const struct tryst_event_match *e = &m->events[i];

	for (uint32_t k = 0; k < m->event_count; k++) {
		const struct tryst_event_match *o = &m->events[k];

		if (k != i && o->event == e->event && o->of_end == e->of_end &&
		    (llabs(o->onset_ms) < llabs(e->onset_ms) ||
		     (llabs(o->onset_ms) == llabs(e->onset_ms) && k < i)))
			return false;
	}
	return true;
}

static void
meetings(struct tryst_page *p, struct tryst_buf *b)
{
	struct tryst_buf line = { 0 };

	for (size_t i = 0; i < p->c->meeting_count && i < MEETINGS_MAX; i++) {
		const struct tryst_meeting *m = &p->c->meetings[i];

		for (uint32_t k = 0; k < m->event_count; k++) {
			if (!is_nearest(m, k))
				continue;
			tryst_buf_str(&line, line.len ? "; " : "");
			match(&line, p->c, &m->events[k]);
		}
		changes(&line, &m->changes);
		b->failed |= line.failed;
		if (line.failed || !line.len)
			continue;
		tryst_text_endpoint(b, m);
		tryst_buf_printf(b, ": %s.", line.data);
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 2, b);
		tryst_buf_clear(&line);
	}
	tryst_buf_fini(&line);
}

static void
null_routes(struct tryst_page *p, struct tryst_buf *b)
{
	const struct tryst_timeline *t = &p->c->timeline;
	char number[TRYST_POWER_TEXT_MAX];

	for (uint32_t i = 0; i < t->null_route_count; i++) {
		const struct tryst_null_route *n = &t->null_routes[i];

		tryst_buf_char(b, '"');
		tryst_layout_clip(b, p->c->events[n->event].name, 60);
		tryst_buf_str(b, "\": ");
		if (n->untested)
			tryst_buf_str(b, n->untested);
		else
			tryst_buf_printf(b,
			                 "%u of %u conversations worked before, %u of %u after "
			                 "(p = %s, Fisher's exact test).",
			                 n->before_worked, n->before, n->after_worked, n->after,
			                 tryst_power_text(n->log10_p, number));
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 2, b);
	}
}

void
tryst_text_times(struct tryst_page *p)
{
	size_t before = p->out->len, heading;
	struct tryst_buf b = { 0 };

	if (!p->c->sighting_count)
		return;
	tryst_text_heading(p, "TIME (UTC)", NULL);
	heading = p->out->len;
	deaths(p, &b);
	null_routes(p, &b);
	meetings(p, &b);
	if (p->out->len == heading && !p->out->failed)
		p->out->data[p->out->len = before] = '\0'; /* nothing to say: no heading either */
	tryst_buf_fini(&b);
}
