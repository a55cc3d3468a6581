/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The findings: for each meeting the verdict, the five hypotheses as bars, a close-up in time, the
 * reasons with their weights and records, and what would change it.  Meetings that chance explains
 * are in the table of all meetings alone.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/html.h"
#include "report/layout.h"
#include "report/sentence.h"

static const char *const names[] = {
	[TRYST_HYPOTHESIS_RENDEZVOUS] = "a rendezvous of the listed hosts",
	[TRYST_HYPOTHESIS_SPOOFED] = "forged sources",
	[TRYST_HYPOTHESIS_POPULAR] = "a popular service",
	[TRYST_HYPOTHESIS_SCANNERS] = "scanners or server browsers",
	[TRYST_HYPOTHESIS_TAKEDOWN] = "a takedown, or an old list",
};

static void
hypotheses(struct tryst_html *h, const struct tryst_judgement *j)
{
	tryst_html_put(h,
	               "<table class=\"bars\"><caption>How likely each explanation is, under the "
	               "model</caption>\n<tbody>\n");
	for (int i = 0; i < TRYST_HYPOTHESIS_COUNT; i++)
		tryst_html_hypothesis(h, j->posterior[i], names[i], i == (int)j->best);
	tryst_html_put(h, "</tbody></table>\n");
}

static void
times(struct tryst_html *h, const struct tryst_meeting *m)
{
	const struct tryst_case *c = h->c;
	bool any = false;

	for (uint32_t i = 0; i < m->event_count; i++) {
		if (!tryst_event_nearest(m, i))
			continue;
		tryst_html_put(h, any ? "; "
		                      : "<p class=\"note\"><strong>Beside the events:</strong> ");
		tryst_sentence_match(&h->tmp, c, &m->events[i]);
		tryst_html_said(h);
		any = true;
	}
	tryst_html_put(h, any ? ".</p>\n" : "");
}

static void
facts(struct tryst_html *h, const struct tryst_meeting *m, size_t index)
{
	const struct tryst_chance *k = &m->chance;
	char text[TRYST_POWER_TEXT_MAX];

	tryst_html_put(
		h, "<dl class=\"facts\"><div><dt>First, <span class=\"zn\">UTC</span></dt><dd>");
	tryst_html_time(h, m->first_ms, true);
	tryst_html_put(h, "</dd></div><div><dt>Last, <span class=\"zn\">UTC</span></dt><dd>");
	tryst_html_time(h, m->last_ms, true);
	tryst_html_put(h, "</dd></div><div><dt>Listed hosts</dt><dd>");
	tryst_html_number(h, m->host_count);
	tryst_html_put(h, "</dd></div><div><dt>Conversations</dt><dd>");
	tryst_html_leads(h, m->sighting_count, "meeting", index);
	tryst_html_put(h, "</dd></div><div><dt>Answered</dt><dd>");
	tryst_html_number(h, m->answered);
	tryst_html_put(h, "</dd></div>");
	if (!k->untested) {
		tryst_html_putf(
			h,
			"<div><dt>Expected by chance</dt><dd>%.2g</dd></div><div><dt>Chance "
			"of so many</dt><dd>%s</dd></div>",
			k->expected, tryst_power_text(k->log10_p, text));
		tryst_html_putf(h, "<div><dt>False discovery rate</dt><dd>%s</dd></div>",
		                tryst_power_text(k->log10_q_bh, text));
		tryst_html_put(h, "<div><dt>All hosts there</dt><dd>");
		tryst_html_put(h, k->peers_estimated ? "about " : "");
		tryst_html_number(h, k->peers_total);
		tryst_html_put(h, "</dd></div>");
	}
	tryst_html_put(h, "</dl>\n");
	if (k->untested) {
		tryst_html_put(h, "<p class=\"note\"><strong>Chance was not tested:</strong> ");
		tryst_markup_str(h->out, k->untested);
		tryst_html_put(h, "</p>\n");
	}
}

/* Why the sources are forged or not; what holds for all of a service is told once. */
static void
sources(struct tryst_html *h, size_t index)
{
	const struct tryst_spoof *s = &h->c->meetings[index].spoof;
	struct tryst_evidence_list fresh = { calloc(s->evidence.count + 1, sizeof(*fresh.list)),
		                             0 };
	uint32_t told;

	if (s->untested) {
		tryst_html_put(h,
		               "<p class=\"note\"><strong>The sources were not weighed:</strong> ");
		tryst_markup_str(h->out, s->untested);
		tryst_html_put(h, "</p>\n");
	}
	h->out->failed |= !fresh.list;
	for (uint32_t i = 0; fresh.list && !s->untested && i < s->evidence.count; i++) {
		if (!tryst_sentence_is_told(h->c, index, &s->evidence.list[i]))
			fresh.list[fresh.count++] = s->evidence.list[i];
	}
	told = s->untested ? 0 : s->evidence.count - fresh.count;
	tryst_html_reasons(
		h, &fresh,
		"The sources: how far each reason says that they are forged (+) or genuine "
		"(\xe2\x88\x92)");
	if (told) {
		tryst_html_put(h, "<p class=\"note\">Of the sources, ");
		tryst_html_count(h, told, fresh.count ? "more reason" : "reason");
		tryst_html_put(h, told == 1 ? " stands with a finding above.</p>\n"
		                            : " stand with the findings above.</p>\n");
	}
	free(fresh.list);
}

static void
finding(struct tryst_html *h, size_t index)
{
	const struct tryst_meeting *m = &h->c->meetings[index];

	tryst_html_putf(h,
	                "<article class=\"finding\" id=\"m%zu\" aria-labelledby=\"m%zu-h\">\n"
	                "<h3 id=\"m%zu-h\">",
	                index + 1, index + 1, index + 1);
	tryst_html_grade(h, m->judgement.grade);
	tryst_html_put(h, "<span class=\"name\">");
	tryst_html_endpoint(h, m);
	if (m->service) {
		tryst_html_put(h, " <span class=\"service\">");
		tryst_markup_str(h->out, m->service);
		tryst_html_put(h, "</span>");
	}
	tryst_html_put(h, "</span></h3>\n<p class=\"verdict\">");
	tryst_markup_str(h->out, m->judgement.verdict);
	tryst_html_put(h, "</p>\n<p class=\"who\">");
	tryst_sentence_meeting(&h->tmp, h->c, m);
	tryst_html_said(h);
	tryst_html_put(h, "</p>\n<div class=\"pair\"><div>\n");
	hypotheses(h, &m->judgement);
	tryst_html_put(h, "</div><div>\n");
	facts(h, m, index);
	tryst_html_put(h, "</div></div>\n");
	tryst_html_closeup(h, m);
	times(h, m);
	tryst_html_reasons(
		h, &m->judgement.evidence,
		"Why: how far each reason speaks for the likeliest explanation against the others");
	sources(h, index);
	if (m->judgement.missing) {
		tryst_html_put(h, "<p class=\"note\"><strong>What is missing:</strong> ");
		tryst_markup_str(h->out, m->judgement.missing);
		tryst_html_put(h, "</p>\n");
	}
	tryst_html_changes(h, m->judgement.changes, m->judgement.change_count);
	tryst_html_put(h, "</article>\n");
}

void
tryst_html_findings(struct tryst_html *h)
{
	const struct tryst_case *c = h->c;
	size_t told = 0;

	if (!c->meeting_count)
		return;
	tryst_html_section(
		h, "findings", "Findings",
		"Grades A and B are findings, C is a lead, U says that the data cannot "
		"tell. Weights are natural log-likelihood ratios: 2.3 is ten times as "
		"likely. Probabilities are a model\xe2\x80\x99s, not the world\xe2\x80\x99s.");
	for (size_t i = 0; i < c->meeting_count && told < TRYST_HTML_FINDINGS_MAX; i++) {
		if (c->meetings[i].judgement.grade == 'D')
			continue;
		finding(h, i);
		told++;
	}
	if (!told)
		tryst_html_put(h, "<p>No meeting is more than chance explains.</p>\n");
	tryst_html_put(h, "</section>\n");
}
