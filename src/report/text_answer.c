/* SPDX-License-Identifier: Apache-2.0 */
/* The first lines of the report: who met whom, in sentences, and whether all input was read. */
#include <string.h>

#include "base/time.h"
#include "report/sentence.h"
#include "report/text.h"

#define SENTENCES_MAX 5

/* How many meetings chance explains; they are the last ones. */
static size_t
by_chance(const struct tryst_case *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->meeting_count; i++)
		n += c->meetings[i].judgement.grade == 'D';
	return n;
}

/* The meetings that are not told in a sentence of their own. */
static void
other_meetings(struct tryst_page *p, struct tryst_buf *b, size_t told, size_t chance)
{
	size_t more = p->c->meeting_count - told - chance;

	if (more) {
		tryst_layout_count(b, more, "more home endpoint");
		tryst_buf_str(b, " met two or more listed hosts.");
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 0, b);
	}
	if (!chance)
		return;
	if (chance == p->c->meeting_count)
		tryst_buf_str(b, "Nothing beyond chance: ");
	tryst_layout_count(b, chance, told || more ? "more home endpoint" : "home endpoint");
	tryst_buf_str(b, " met two or more listed hosts, as chance explains.");
	tryst_text_paragraph(
		p, chance == p->c->meeting_count ? TRYST_TONE_STRONG : TRYST_TONE_PLAIN, 0, b);
}

/* A finding that says "rendezvous", not one that says what it is instead. */
static bool
is_alarm(const struct tryst_judgement *j)
{
	return (j->grade == 'A' || j->grade == 'B') && j->best == TRYST_HYPOTHESIS_RENDEZVOUS;
}

static void
findings(struct tryst_page *p, struct tryst_buf *b)
{
	const struct tryst_case *c = p->c;
	size_t chance = by_chance(c), told;

	told = TRYST_MIN(c->meeting_count - chance, (size_t)SENTENCES_MAX);
	for (size_t i = 0; i < told; i++) {
		const struct tryst_meeting *m = &c->meetings[i];
		bool same = i && !strcmp(m[-1].judgement.verdict, m->judgement.verdict);

		tryst_buf_printf(b, "[%c] ", m->judgement.grade);
		tryst_sentence_meeting(b, c, m);
		tryst_buf_printf(b, " %s", same ? "The same verdict." : m->judgement.verdict);
		tryst_text_paragraph(
			p, is_alarm(&m->judgement) ? TRYST_TONE_ALARM : TRYST_TONE_STRONG, 0, b);
	}
	other_meetings(p, b, told, chance);
	if (!tryst_sentence_is_seen(c))
		tryst_sentence_nothing(b, c);
	else if (!c->meeting_count)
		tryst_sentence_sightings(b, c);
	tryst_text_paragraph(p, TRYST_TONE_STRONG, 0, b);
}

static void
totals(struct tryst_page *p, struct tryst_buf *b)
{
	if (p->c->meeting_count)
		tryst_sentence_totals(b, p->c);
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 0, b);
	tryst_sentence_outdated(b, p->c);
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 0, b);
}

/* What was read, and loudly what was not. */
static void
coverage(struct tryst_page *p, struct tryst_buf *b)
{
	const struct tryst_case *c = p->c;
	size_t failed = 0, damaged = 0;

	for (size_t i = 0; i < c->input_count; i++) {
		failed += c->inputs[i]->error.code != 0;
		damaged += tryst_health_damaged(&c->inputs[i]->health);
	}
	tryst_sentence_read(b, c);
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 0, b);
	tryst_sentence_asked(b, c);
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 0, b);
	if (failed) {
		tryst_layout_number(b, failed);
		tryst_buf_str(b, " of ");
		tryst_layout_count(b, c->input_count, "input");
		tryst_buf_str(b, " could not be read (see INPUTS): the answer may be incomplete.");
		tryst_text_paragraph(p, TRYST_TONE_ALARM, 0, b);
	}
	if (damaged) {
		tryst_layout_count(b, damaged, "input");
		tryst_buf_str(b, damaged == 1 ? " is" : " are");
		tryst_buf_str(b, " damaged (see INPUTS): the answer may be incomplete.");
		tryst_text_paragraph(p, TRYST_TONE_ALARM, 0, b);
	}
}

static void
events(struct tryst_page *p, struct tryst_buf *b)
{
	for (size_t i = 0; i < p->c->event_count; i++) {
		const struct tryst_event *e = &p->c->events[i];

		tryst_buf_str(b, "Event: ");
		tryst_layout_clip(b, e->name, TRYST_TEXT_WIDTH);
		tryst_buf_str(b, ", ");
		tryst_text_span(b, e->from_ms, e->to_ms, " to ");
		tryst_buf_str(b, " UTC");
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 0, b);
	}
}

void
tryst_text_coverage(struct tryst_page *p)
{
	struct tryst_buf b = { 0 };

	coverage(p, &b);
	tryst_buf_fini(&b);
}

void
tryst_text_answer(struct tryst_page *p)
{
	struct tryst_buf b = { 0 };

	if (!p->c->complete)
		tryst_text_line(
			p, TRYST_TONE_ALARM, 0,
			"INCOMPLETE: the hunt was interrupted. This covers what was read until "
			"then.");
	findings(p, &b);
	totals(p, &b);
	coverage(p, &b);
	events(p, &b);
	tryst_buf_fini(&b);
}
