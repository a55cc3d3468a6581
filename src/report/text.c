/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for a person: the answer first, then meetings, listed hosts, sightings, what was read
 * and what could not be, caveats.  The same order as the case file, the same numbers, less detail.
 */
#include "report/text.h"

#include <stdio.h>
#include <string.h>

#include "base/proto.h"
#include "base/time.h"
#include "report/renderers.h"

enum tryst_tone
tryst_text_grade(char grade)
{
	return grade == 'A' || grade == 'B' ? TRYST_TONE_ALARM
	       : grade == 'C'               ? TRYST_TONE_STRONG
	                                    : TRYST_TONE_FAINT;
}

void
tryst_text_cell_tone(const struct tryst_page *p, struct tryst_table *t, enum tryst_tone tone)
{
	if (p->colour)
		tryst_table_tone(t, tone);
}

void
tryst_text_line(struct tryst_page *p, enum tryst_tone tone, unsigned indent, const char *text)
{
	bool colour = p->colour && tone != TRYST_TONE_PLAIN;

	if (colour)
		tryst_buf_str(p->out, tryst_tone_begin(tone));
	tryst_layout_wrap(p->out, p->width, indent, indent + 2, text);
	if (colour && p->out->len) {
		p->out->len--; /* the reset stands before the newline */
		tryst_buf_str(p->out, TRYST_TONE_END "\n");
	}
}

void
tryst_text_paragraph(struct tryst_page *p, enum tryst_tone tone, unsigned indent,
                     struct tryst_buf *b)
{
	p->out->failed |= b->failed;
	if (!b->failed && b->len)
		tryst_text_line(p, tone, indent, b->data);
	tryst_buf_clear(b);
}

void
tryst_text_more(struct tryst_page *p, size_t shown, size_t all)
{
	struct tryst_buf b = { 0 };

	if (all <= shown)
		return;
	tryst_buf_str(&b, "and ");
	tryst_layout_number(&b, all - shown);
	tryst_buf_str(&b, " more: -o json or --save CASE.json has them all.");
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 2, &b);
	tryst_buf_fini(&b);
}

void
tryst_text_heading(struct tryst_page *p, const char *title, const char *legend)
{
	tryst_buf_char(p->out, '\n');
	tryst_text_line(p, TRYST_TONE_STRONG, 0, title);
	if (legend)
		tryst_layout_wrap(p->out, p->width, 2, 2, legend);
}

void
tryst_text_span(struct tryst_buf *b, int64_t first_ms, int64_t last_ms, const char *between)
{
	char first[TRYST_TIME_TEXT_MAX], last[TRYST_TIME_TEXT_MAX];
	size_t len = tryst_time_format_short(first_ms, first);

	(void)tryst_time_format_short(last_ms, last);
	tryst_buf_str(b, first);
	if (!strcmp(first, last))
		return;
	tryst_buf_str(b, between);
	tryst_buf_str(b, len == 19 && !strncmp(first, last, 11) ? last + 11 : last);
}

void
tryst_text_endpoint(struct tryst_buf *b, const struct tryst_meeting *m)
{
	char ip[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(m->ip, ip);
	tryst_buf_printf(b, "%s%s ", ip, m->at_peer ? " ->" : "");
	tryst_buf_proto(b, m->proto);
	if (m->port_known)
		tryst_buf_printf(b, "/%u", m->port);
}

static bool
one_day(const struct tryst_case *c)
{
	char first[TRYST_TIME_TEXT_MAX], last[TRYST_TIME_TEXT_MAX];

	if (!c->sighting_count ||
	    tryst_time_format_short(c->sightings[0].first_ms, first) < TRYST_DATE_LEN)
		return false;
	for (size_t i = 0; i < c->sighting_count; i++) {
		(void)tryst_time_format_short(c->sightings[i].last_ms, last);
		if (strncmp(first, last, TRYST_DATE_LEN))
			return false;
	}
	return first[TRYST_DATE_LEN] == ' ';
}

/* The sections that only a hunt has. */
static void
hunted(struct tryst_page *p)
{
	tryst_text_answer(p);
	tryst_text_judgement(p);
	tryst_text_meetings(p);
	tryst_text_hosts(p);
	tryst_text_companions(p);
	tryst_text_times(p);
	tryst_text_sightings(p);
}

static int
render(const struct tryst_case *c, const struct tryst_report_options *options,
       struct tryst_buf *out, struct tryst_error *err)
{
	unsigned width = options->width ? options->width : TRYST_TEXT_WIDTH;
	struct tryst_page p = {
		.c = c,
		.out = out,
		.width = TRYST_MAX(width, TRYST_TEXT_WIDTH_MIN),
		.colour = options->colour,
		.one_day = one_day(c),
	};
	struct tryst_buf b = { 0 };

	if (c->search.made) {
		tryst_text_search(&p);
		tryst_text_coverage(&p);
	} else {
		hunted(&p);
	}
	tryst_text_inputs(&p);
	if (!c->search.made)
		tryst_text_watchlists(&p);
	if (c->caveat_count)
		tryst_text_heading(&p, "CAVEATS", NULL);
	for (size_t i = 0; i < c->caveat_count; i++) {
		tryst_buf_printf(&b, "* %s", c->caveats[i]);
		tryst_text_paragraph(&p, TRYST_TONE_PLAIN, 2, &b);
	}
	tryst_buf_fini(&b);
	return out->failed ? tryst_error_nomem(err) : 0;
}

const struct tryst_renderer tryst_renderer_text = {
	.name = "text",
	.help = "a page for people",
	.render = render,
};
