/* SPDX-License-Identifier: Apache-2.0 */
/* Time for a person: who was said to be down, meetings beside events, changes of rate, null routes.
 */
#include "base/time.h"
#include "report/sentence.h"
#include "report/text.h"

#define MEETINGS_MAX 5
#define EDGES_MAX 6

static void
deaths(struct tryst_page *p, struct tryst_buf *b)
{
	const struct tryst_deaths *d = &p->c->deaths;

	if (!d->stated)
		return;
	tryst_sentence_deaths(b, d);
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 2, b);
	for (uint32_t i = 0; i < d->reading_count; i++) {
		tryst_buf_printf(b, "* %s", d->readings[i]);
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 4, b);
	}
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

static void
meetings(struct tryst_page *p, struct tryst_buf *b)
{
	struct tryst_buf line = { 0 };

	for (size_t i = 0; i < p->c->meeting_count && i < MEETINGS_MAX; i++) {
		const struct tryst_meeting *m = &p->c->meetings[i];

		for (uint32_t k = 0; k < m->event_count; k++) {
			if (!tryst_event_nearest(m, k))
				continue;
			tryst_buf_str(&line, line.len ? "; " : "");
			tryst_sentence_match(&line, p->c, &m->events[k]);
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

	for (uint32_t i = 0; i < t->null_route_count; i++) {
		tryst_sentence_null_route(b, p->c, &t->null_routes[i]);
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
