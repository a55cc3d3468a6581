/* SPDX-License-Identifier: Apache-2.0 */
/* The head of the page: the answer as one would say it, the findings in a sentence each, figures.
 */
#include <string.h>

#include "report/html.h"
#include "report/layout.h"
#include "report/sentence.h"

#define SENTENCES_MAX 8

/* Meetings that chance does not explain; they are the first. */
static size_t
beyond_chance(const struct tryst_case *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->meeting_count; i++)
		n += c->meetings[i].judgement.grade != 'D';
	return n;
}

void
tryst_html_headline(struct tryst_buf *b, const struct tryst_case *c)
{
	if (c->search.made) {
		tryst_html_search_headline(b, c);
	} else if (!tryst_sentence_is_seen(c)) {
		tryst_sentence_nothing(b, c);
	} else if (!c->meeting_count) {
		tryst_sentence_listed(b, c, c->host_count - c->outdated_hosts);
		tryst_buf_str(b, c->host_count - c->outdated_hosts == 1
		                         ? " was seen; no meeting."
		                         : " were seen; no two of them met.");
	} else if (!beyond_chance(c)) {
		tryst_buf_str(b, "Nothing beyond chance.");
	} else {
		tryst_buf_str(b, c->meetings[0].judgement.verdict);
	}
}

void
tryst_html_alarm(struct tryst_html *h, const char *what)
{
	const struct tryst_case *c = h->c;
	size_t failed = 0, damaged = 0;

	for (size_t i = 0; i < c->input_count; i++) {
		failed += c->inputs[i]->error.code != 0;
		damaged += tryst_health_damaged(&c->inputs[i]->health);
	}
	if (!c->complete)
		tryst_html_putf(h,
		                "<p class=\"alarm\"><strong>Incomplete.</strong> The %s was "
		                "interrupted; this covers what was read until then.</p>\n",
		                what);
	if (!failed && !damaged)
		return;
	tryst_html_put(h, "<p class=\"alarm\"><strong>The answer may be incomplete.</strong> ");
	if (failed) {
		tryst_html_count(h, failed, "input");
		tryst_html_put(h, " could not be read");
	}
	if (damaged) {
		tryst_html_put(h, failed ? ", " : "");
		tryst_html_count(h, damaged, "input");
		tryst_html_put(h, damaged == 1 ? " is damaged" : " are damaged");
	}
	tryst_html_put(h, ": see <a href=\"#inputs\">what was read</a>.</p>\n");
}

/* What of it is no evidence. */
static void
outdated(struct tryst_html *h)
{
	if (!h->c->outdated)
		return;
	tryst_html_put(h, "<p class=\"events\">");
	tryst_sentence_outdated(&h->tmp, h->c);
	tryst_html_said(h);
	tryst_html_put(h, "</p>\n");
}

void
tryst_html_asked(struct tryst_html *h)
{
	if (!tryst_sentence_is_narrowed(h->c))
		return;
	tryst_html_put(h, "<p class=\"events\">");
	tryst_sentence_asked(&h->tmp, h->c);
	tryst_html_said(h);
	tryst_html_put(h, "</p>\n");
}

/* Where, how many, and when: under the headline. */
static void
standfirst(struct tryst_html *h)
{
	const struct tryst_case *c = h->c;
	int64_t first_ms, last_ms;

	tryst_html_put(h, "<p class=\"standfirst\">");
	if (!tryst_sentence_is_seen(c)) {
		tryst_sentence_read(&h->tmp, c);
		tryst_html_said(h);
		tryst_html_put(h, "</p>\n");
		return;
	}
	tryst_sentence_seen(&h->tmp, c, " seen in ");
	tryst_sentence_seen_span(c, &first_ms, &last_ms);
	tryst_markup_take(h->out, &h->tmp);
	tryst_html_put(h, ", ");
	tryst_html_span(h, first_ms, last_ms);
	tryst_html_put(h, " <span class=\"zn\">UTC</span>.</p>\n");
}

static void
sentence(struct tryst_html *h, size_t index)
{
	const struct tryst_meeting *m = &h->c->meetings[index];
	bool same = index && !strcmp(m[-1].judgement.verdict, m->judgement.verdict);

	tryst_html_put(h, "<li>");
	tryst_html_grade(h, m->judgement.grade);
	tryst_html_put(h, "<p>");
	tryst_sentence_meeting(&h->tmp, h->c, m);
	tryst_html_said(h);
	tryst_html_put(h, " <em>");
	tryst_markup_str(h->out, same ? "The same verdict." : m->judgement.verdict);
	tryst_html_put(h, "</em>");
	if (index < TRYST_HTML_FINDINGS_MAX)
		tryst_html_putf(h, " <a class=\"why\" href=\"#m%zu\">Why</a>", index + 1);
	tryst_html_put(h, "</p></li>\n");
}

static void
sentences(struct tryst_html *h)
{
	const struct tryst_case *c = h->c;
	size_t beyond = beyond_chance(c), told = TRYST_MIN(beyond, (size_t)SENTENCES_MAX);
	size_t chance = c->meeting_count - beyond;

	if (told)
		tryst_html_put(h, "<ol class=\"verdicts\">\n");
	for (size_t i = 0; i < told; i++)
		sentence(h, i);
	if (told)
		tryst_html_put(h, "</ol>\n");
	if (beyond > told) {
		tryst_html_put(h, "<p>");
		tryst_html_count(h, beyond - told, "more home endpoint");
		tryst_html_put(h, " met two or more listed hosts: see <a "
		                  "href=\"#meetings\">all meetings</a>.</p>\n");
	}
	if (chance) {
		tryst_html_put(h, "<p>");
		tryst_html_count(h, chance, beyond ? "more home endpoint" : "home endpoint");
		tryst_html_put(h, " met two or more listed hosts, as chance explains.</p>\n");
	}
}

void
tryst_html_figure(struct tryst_html *h, const char *href, const char *what)
{
	/* The number is in tmp, made by us. */
	tryst_html_putf(h, "<div><dt>%s</dt><dd>", what);
	if (href)
		tryst_html_putf(h, "<a href=\"%s\">", href);
	tryst_markup_take(h->out, &h->tmp);
	tryst_html_put(h, href ? "</a></dd></div>\n" : "</dd></div>\n");
}

static void
figures(struct tryst_html *h)
{
	const struct tryst_case *c = h->c;
	size_t worked = 0;

	if (!c->sighting_count)
		return;
	for (size_t i = 0; i < c->sighting_count; i++)
		worked += !c->sightings[i].outside_validity &&
		          tryst_mark_of(c->sightings[i].verdict) <= TRYST_MARK_ANSWERED;
	tryst_html_put(h, "<dl class=\"figures\">\n");
	tryst_layout_number(&h->tmp, c->host_count - c->outdated_hosts);
	if (c->listed_single) {
		tryst_buf_str(&h->tmp, "\xe2\x80\xaf/\xe2\x80\xaf");
		tryst_layout_number(&h->tmp, c->listed_total);
	}
	tryst_html_figure(h, "#hosts", "listed hosts seen");
	tryst_layout_number(&h->tmp, c->meeting_count);
	tryst_html_figure(h, c->meeting_count ? "#meetings" : NULL, "endpoints met by two or more");
	tryst_layout_number(&h->tmp, c->sighting_count - c->outdated);
	tryst_html_figure(h, "#conversations", "conversations");
	tryst_layout_number(&h->tmp, worked);
	tryst_html_figure(h, "#conversations", "of them answered");
	if (c->outdated) {
		tryst_layout_number(&h->tmp, c->outdated);
		tryst_html_figure(h, "#conversations", "out of date: no evidence");
	}
	tryst_layout_number(&h->tmp, c->flows_read);
	tryst_html_figure(h, "#inputs", "flow records read");
	tryst_html_put(h, "</dl>\n");
}

static void
events(struct tryst_html *h)
{
	const struct tryst_case *c = h->c;

	if (!c->event_count && !c->dead_count)
		return;
	tryst_html_put(h, "<p class=\"events\">Known to the investigator: ");
	for (size_t i = 0; i < c->event_count; i++) {
		tryst_html_put(h, i ? "; <b>" : "<b>");
		tryst_markup_str(h->out, c->events[i].name);
		tryst_html_put(h, "</b>, ");
		tryst_html_span(h, c->events[i].from_ms, c->events[i].to_ms);
	}
	for (size_t i = 0; i < c->dead_count; i++) {
		tryst_html_put(h, c->event_count || i ? "; <b>" : "<b>");
		tryst_markup_str(h->out, c->dead[i].whom);
		tryst_html_put(h, "</b> said to be down from ");
		tryst_html_span(h, c->dead[i].at_ms, c->dead[i].at_ms);
	}
	tryst_html_put(h, " <span class=\"zn\">UTC</span>.</p>\n");
}

/* Who may be told: the strictest mark of the entries that name a host on this page. */
static void
traffic_light(struct tryst_html *h)
{
	const struct tryst_case *c = h->c;
	unsigned tlp = TRYST_TLP_UNKNOWN;

	for (size_t i = 0; i < c->host_count; i++) {
		for (uint32_t k = 0; k < c->hosts[i].indicator_count; k++) {
			const struct tryst_indicator *ind =
				tryst_watchlist_indicator(c->watchlist, c->hosts[i].indicators[k]);

			tlp = TRYST_MAX(tlp, ind->tlp);
		}
	}
	if (tlp == TRYST_TLP_UNKNOWN || !tryst_tlp_name(tlp))
		return;
	tryst_html_put(h, "<p class=\"tlp\"><strong>");
	tryst_markup_str(h->out, tryst_tlp_name(tlp));
	tryst_html_put(h, "</strong> is how the lists are marked that name hosts on this "
	                  "page.</p>\n");
}

void
tryst_html_answer(struct tryst_html *h)
{
	tryst_html_put(h, "<section id=\"answer\" class=\"lead\" aria-labelledby=\"answer-h\">\n"
	                  "<div class=\"story\">\n<p class=\"kicker\">Who met whom: a case of flow "
	                  "records</p>\n"
	                  "<h1 id=\"answer-h\">");
	tryst_html_headline(&h->tmp, h->c);
	tryst_markup_take(h->out, &h->tmp);
	tryst_html_put(h, "</h1>\n");
	standfirst(h);
	outdated(h);
	tryst_html_asked(h);
	traffic_light(h);
	tryst_html_alarm(h, "hunt");
	sentences(h);
	events(h);
	tryst_html_put(h, "</div>\n");
	figures(h);
	tryst_html_put(h, "</section>\n");
}
