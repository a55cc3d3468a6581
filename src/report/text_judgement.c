/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judgement for a person: for each meeting its grade, one sentence, the five hypotheses, the
 * reasons with their weights, and what would change it.
 */
#include <stdio.h>
#include <string.h>

#include "base/proto.h"
#include "report/sentence.h"
#include "report/text.h"

#define TOLD "." /* the mark of a reason that weighs nothing */
#define MEETINGS_FULL 5
#define MEETINGS_SHORT 20

static const char *const names[] = {
	[TRYST_HYPOTHESIS_RENDEZVOUS] = "rendezvous", [TRYST_HYPOTHESIS_SPOOFED] = "forged",
	[TRYST_HYPOTHESIS_POPULAR] = "popular",       [TRYST_HYPOTHESIS_SCANNERS] = "scanners",
	[TRYST_HYPOTHESIS_TAKEDOWN] = "takedown",
};

/* The likeliest first, as whole per cent; what is not 0 is never said to be. */
static void
hypotheses(struct tryst_buf *b, const struct tryst_judgement *j)
{
	bool told[TRYST_HYPOTHESIS_COUNT] = { false }, small = false;

	for (int n = 0; n < TRYST_HYPOTHESIS_COUNT; n++) {
		int best = -1;

		for (int h = 0; h < TRYST_HYPOTHESIS_COUNT; h++) {
			if (!told[h] && (best < 0 || j->posterior[h] > j->posterior[best]))
				best = h;
		}
		told[best] = true;
		if (j->posterior[best] < 0.01 && !small)
			tryst_buf_str(b, "; under 1 %: ");
		else
			tryst_buf_str(b, n ? ", " : "");
		small |= j->posterior[best] < 0.01;
		tryst_buf_str(b, names[best]);
		if (!small)
			tryst_buf_printf(b, " %.0f %%", 100 * j->posterior[best]);
	}
	tryst_buf_char(b, '.');
}

static void
changes(struct tryst_buf *b, const struct tryst_judgement *j)
{
	if (!j->change_count)
		return;
	tryst_buf_str(b, "Would change this: ");
	for (uint32_t i = 0; i < j->change_count; i++)
		tryst_buf_printf(b, "%s%s", i ? "; " : "", j->changes[i]);
	tryst_buf_char(b, '.');
}

/* All but what `told` says already. */
static void
reasons(struct tryst_page *p, unsigned indent, const struct tryst_evidence *list, uint32_t count,
        const char *told)
{
	char mark[TRYST_LAYOUT_MARK];

	for (uint32_t i = 0; i < count; i++) {
		const struct tryst_evidence *e = &list[i];

		if (told && !strcmp(told, e->text))
			continue;
		if (e->scored)
			(void)snprintf(mark, sizeof(mark), "%+.1f",
			               TRYST_MAX(-99.9, TRYST_MIN(e->llr, 99.9)));
		tryst_layout_marked(p->out, p->width, indent, e->scored ? mark : TOLD, e->text);
	}
}

/* Why the sources are forged or not.  What holds for all of a service is told once. */
static void
sources(struct tryst_page *p, struct tryst_buf *b, size_t index)
{
	const struct tryst_spoof *s = &p->c->meetings[index].spoof;
	uint32_t told = 0;

	if (s->untested || !s->evidence.count)
		return;
	for (uint32_t i = 0; i < s->evidence.count; i++)
		told += tryst_sentence_is_told(p->c, index, &s->evidence.list[i]);
	if (told)
		tryst_buf_printf(b, "The sources, forged (+) or genuine (-): %u %s as above%s",
		                 told, told == 1 ? "reason" : "reasons",
		                 told < s->evidence.count ? ", and:" : ".");
	else
		tryst_buf_str(b, "The sources, forged (+) or genuine (-):");
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 6, b);
	for (uint32_t i = 0; i < s->evidence.count; i++) {
		if (!tryst_sentence_is_told(p->c, index, &s->evidence.list[i]))
			reasons(p, 6, &s->evidence.list[i], 1, NULL);
	}
}

static void
head(struct tryst_page *p, struct tryst_buf *b, const struct tryst_meeting *m)
{
	tryst_buf_printf(b, "[%c] ", m->judgement.grade);
	tryst_text_endpoint(b, m);
	if (m->service)
		tryst_buf_printf(b, " (%s)", m->service);
	tryst_text_paragraph(p, TRYST_TONE_STRONG, 2, b);
}

static void
full(struct tryst_page *p, struct tryst_buf *b, size_t index)
{
	const struct tryst_meeting *m = &p->c->meetings[index];
	const struct tryst_judgement *j = &m->judgement;

	head(p, b, m);
	tryst_buf_str(b, j->verdict);
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 6, b);
	hypotheses(b, j);
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 6, b);
	reasons(p, 6, j->evidence.list, j->evidence.count, j->missing);
	if (m->service_evidence)
		tryst_layout_marked(p->out, p->width, 6, TOLD, m->service_evidence);
	sources(p, b, index);
	changes(b, j);
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 6, b);
}

static void
brief(struct tryst_page *p, struct tryst_buf *b, const struct tryst_meeting *m)
{
	tryst_buf_printf(b, "[%c] ", m->judgement.grade);
	tryst_text_endpoint(b, m);
	tryst_buf_str(b, ": ");
	tryst_buf_str(b, m->judgement.verdict);
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 2, b);
}

void
tryst_text_judgement(struct tryst_page *p)
{
	const struct tryst_case *c = p->c;
	size_t shown = TRYST_MIN(c->meeting_count, (size_t)MEETINGS_SHORT), told = 0;
	struct tryst_buf b = { 0 };

	if (!shown)
		return;
	tryst_text_heading(p, "JUDGEMENT",
	                   "A, B: a finding; C: a lead; D: consistent with chance; U: the data "
	                   "cannot tell. Numbers before a reason: how far it speaks for the "
	                   "likeliest explanation against the others (natural log-likelihood "
	                   "ratio; \".\" is told only). Probabilities are a model's.");
	for (size_t i = 0; i < shown; i++) {
		const struct tryst_meeting *m = &c->meetings[i];

		if (m->judgement.grade != 'D' && told++ < MEETINGS_FULL)
			full(p, &b, i);
		else
			brief(p, &b, m);
	}
	tryst_text_more(p, shown, c->meeting_count);
	tryst_buf_fini(&b);
}
