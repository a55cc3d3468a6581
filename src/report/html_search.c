/* SPDX-License-Identifier: Apache-2.0 */
/* The page of a search without a list: the answer, the findings in full, then all as a table. */
#include <math.h>

#include "base/proto.h"
#include "report/html.h"
#include "report/layout.h"
#include "report/sentence.h"
#include "report/text.h"

#define SENTENCES_MAX 8
#define CLIENTS_MAX 6

static size_t
graded(const struct tryst_case *c, char from, char to)
{
	size_t n = 0;

	for (size_t i = 0; i < c->finding_count; i++)
		n += c->findings[i].grade >= from && c->findings[i].grade <= to;
	return n;
}

/* "192.0.2.1 tcp/443: called at a steady pace." */
static void
best(struct tryst_buf *b, const struct tryst_finding *f)
{
	char ip[TRYST_IP_TEXT_MAX];

	tryst_buf_add(b, ip, tryst_ip_format(f->ip, ip));
	tryst_buf_char(b, ' ');
	tryst_buf_proto(b, f->proto);
	if (f->port_known)
		tryst_buf_printf(b, "/%u", f->port);
	tryst_buf_printf(b, ": %s", f->verdict);
}

void
tryst_html_search_headline(struct tryst_buf *b, const struct tryst_case *c)
{
	if (!graded(c, 'A', 'C'))
		tryst_sentence_no_findings(b, c);
	else
		best(b, &c->findings[0]);
}

/* A key of the case file as words: "refused_beacon". */
static void
words(struct tryst_html *h, const char *key)
{
	for (; *key; key++)
		tryst_buf_char(&h->tmp, *key == '_' ? ' ' : *key);
	tryst_markup_take(h->out, &h->tmp);
}

static void
endpoint(struct tryst_html *h, const struct tryst_finding *f)
{
	tryst_markup_ip(h->out, f->ip);
	tryst_html_put(h, " ");
	tryst_buf_proto(h->out, f->proto);
	if (f->port_known)
		tryst_html_putf(h, "/%u", f->port);
}

static void
standfirst(struct tryst_html *h)
{
	const struct tryst_search *s = &h->c->search;

	tryst_html_put(h, "<p class=\"standfirst\">");
	tryst_html_count(h, graded(h->c, 'A', 'B'), "finding");
	tryst_html_put(h, " of grade A or B, ");
	tryst_html_count(h, graded(h->c, 'C', 'C'), "lead");
	tryst_html_put(h, ", among ");
	tryst_html_count(h, s->pairs, "pair");
	tryst_html_put(h, " of a client and an endpoint");
	if (h->c->first_ms <= h->c->last_ms) {
		tryst_html_put(h, ", ");
		tryst_html_span(h, h->c->first_ms, h->c->last_ms);
		tryst_html_put(h, " <span class=\"zn\">UTC</span>");
	}
	tryst_html_put(h, ".</p>\n");
}

static void
sentences(struct tryst_html *h)
{
	size_t told = TRYST_MIN(graded(h->c, 'A', 'C'), (size_t)SENTENCES_MAX);

	if (!told)
		return;
	tryst_html_put(h, "<ol class=\"verdicts\">\n");
	for (size_t i = 0; i < told; i++) {
		const struct tryst_finding *f = &h->c->findings[i];

		tryst_html_put(h, "<li>");
		tryst_html_grade(h, f->grade);
		tryst_html_put(h, "<p>");
		endpoint(h, f);
		tryst_html_put(h, " and ");
		tryst_html_count(h, f->clients_total, "client");
		tryst_html_put(h, ". <em>");
		tryst_markup_str(h->out, f->verdict);
		tryst_html_putf(h, "</em> <a class=\"why\" href=\"#m%zu\">Why</a></p></li>\n",
		                i + 1);
	}
	tryst_html_put(h, "</ol>\n");
}

static void
left_out(struct tryst_html *h)
{
	const struct tryst_search *s = &h->c->search;
	const struct {
		uint64_t count;
		const char *one, *why;
	} rows[] = {
		{ s->elsewhere, "flow", "with neither or both ends at home: not looked at." },
		{ s->unused, "flow", "without addresses or a time: not looked at." },
		{ s->known, "candidate", "at endpoints that are known: not told." },
		{ s->old, "candidate", "that was there before: not told." },
		{ s->untold, "candidate", "ranked below those that are told." },
	};

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(rows); i++) {
		if (!rows[i].count)
			continue;
		tryst_html_put(h, "<p class=\"events\">");
		tryst_html_count(h, rows[i].count, rows[i].one);
		tryst_html_putf(h, " %s</p>\n", rows[i].why);
	}
	if (s->one_in > 1)
		tryst_html_putf(h,
		                "<p class=\"alarm\">Of the clients of the busiest servers one in "
		                "%u was looked at, chosen by a hash: the rest had no room in "
		                "memory.</p>\n",
		                s->one_in);
}

static void
figures(struct tryst_html *h)
{
	const struct tryst_case *c = h->c;
	const struct {
		const char *href, *what;
		uint64_t count;
	} list[] = {
		{ "#findings", "findings (A, B)", graded(c, 'A', 'B') },
		{ "#findings", "leads (C)", graded(c, 'C', 'C') },
		{ NULL, "endpoints", c->search.endpoints },
		{ NULL, "pairs tested for regularity", c->search.tested },
		{ "#inputs", "flow records read", c->flows_read },
	};

	tryst_html_put(h, "<dl class=\"figures\">\n");
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(list); i++) {
		tryst_layout_number(&h->tmp, list[i].count);
		tryst_html_figure(h, c->finding_count ? list[i].href : NULL, list[i].what);
	}
	tryst_html_put(h, "</dl>\n");
}

static void
answer(struct tryst_html *h)
{
	tryst_html_put(h, "<section id=\"answer\" class=\"lead\" aria-labelledby=\"answer-h\">\n"
	                  "<div class=\"story\">\n<p class=\"kicker\">Who meets whom: a search "
	                  "of flow records without a list</p>\n<h1 id=\"answer-h\">");
	tryst_html_headline(&h->tmp, h->c);
	tryst_markup_take(h->out, &h->tmp);
	tryst_html_put(h, "</h1>\n");
	standfirst(h);
	tryst_html_asked(h);
	tryst_html_alarm(h, "search");
	sentences(h);
	left_out(h);
	tryst_html_put(h, "</div>\n");
	figures(h);
	tryst_html_put(h, "</section>\n");
}

static void
clients(struct tryst_html *h, const struct tryst_finding *f)
{
	uint32_t told = TRYST_MIN(f->client_count, (uint32_t)CLIENTS_MAX);

	for (uint32_t i = 0; i < told; i++) {
		tryst_html_put(h, i ? ", <span class=\"a\">" : "<span class=\"a\">");
		tryst_markup_ip(h->out, f->clients[i]);
		tryst_html_put(h, "</span>");
	}
	if (f->clients_total > told) {
		tryst_html_put(h, " and ");
		tryst_html_number(h, f->clients_total - told);
		tryst_html_put(h, " more");
	}
}

static void
fact(struct tryst_html *h, const char *name, const char *text)
{
	tryst_html_put(h, "<div><dt>");
	words(h, name);
	tryst_html_put(h, "</dt><dd>");
	tryst_markup_str(h->out, text);
	tryst_html_put(h, "</dd></div>\n");
}

static void
fact_number(struct tryst_html *h, const char *name, double v, const char *unit)
{
	struct tryst_buf b = { 0 };

	if (v >= 0 && v < 1e15 && v == floor(v)) {
		tryst_layout_number(&b, (uint64_t)v);
		tryst_buf_str(&b, unit);
	} else {
		tryst_buf_printf(&b, "%.4g%s", v, unit);
	}
	fact(h, name, b.failed ? "" : b.data);
	h->out->failed |= b.failed;
	tryst_buf_fini(&b);
}

static void
facts(struct tryst_html *h, const struct tryst_finding *f)
{
	char power[TRYST_POWER_TEXT_MAX];

	tryst_html_put(h, "<dl class=\"facts\"><div><dt>First, <span class=\"zn\">UTC</span>"
	                  "</dt><dd>");
	tryst_html_time(h, f->first_ms, true);
	tryst_html_put(h, "</dd></div><div><dt>Last, <span class=\"zn\">UTC</span></dt><dd>");
	tryst_html_time(h, f->last_ms, true);
	tryst_html_put(h, "</dd></div>\n");
	fact_number(h, "Clients that it is about", f->clients_total, "");
	fact_number(h, "All clients there", f->clients_here, "");
	if (f->prevalence_known)
		fact_number(h, "Of all clients on that side", 100 * f->prevalence, " %");
	if (f->period_ms)
		fact_number(h, "Period", (double)f->period_ms / 1000, " s");
	if (f->p_known) {
		fact(h, "Chance of this", tryst_power_text(f->log10_p, power));
		fact(h, "False discovery rate", tryst_power_text(f->log10_q, power));
	}
	tryst_html_put(h, "</dl>\n");
}

/* What is known of this kind of finding alone. */
static void
numbers(struct tryst_html *h, const struct tryst_finding *f)
{
	if (!f->number_count)
		return;
	tryst_html_put(h, "<dl class=\"facts numbers\">");
	for (uint32_t i = 0; i < f->number_count; i++)
		fact_number(h, f->numbers[i].key, f->numbers[i].value, "");
	tryst_html_put(h, "</dl>\n");
}

static void
bars(struct tryst_html *h, const struct tryst_finding *f)
{
	unsigned best = 0;

	for (unsigned i = 1; i < TRYST_FINDING_HYPOTHESES; i++)
		best = f->posterior[i] > f->posterior[best] ? i : best;
	tryst_html_put(h, "<table class=\"bars\"><caption>How likely each explanation is, under "
	                  "the model</caption>\n<tbody>\n");
	for (unsigned i = 0; i < TRYST_FINDING_HYPOTHESES; i++) {
		if (f->hypotheses[i])
			tryst_html_hypothesis(h, f->posterior[i], f->hypotheses[i], i == best);
	}
	tryst_html_put(h, "</tbody></table>\n");
}

static void
title(struct tryst_html *h, const struct tryst_finding *f)
{
	tryst_html_grade(h, f->grade);
	tryst_html_put(h, "<span class=\"name\">");
	endpoint(h, f);
	tryst_html_put(h, " <span class=\"service\">");
	tryst_html_put(h, tryst_text_kind(f));
	if (f->service) {
		tryst_html_put(h, ", ");
		tryst_markup_str(h->out, f->service);
	}
	tryst_html_put(h, "</span></span>");
}

static void
finding(struct tryst_html *h, size_t index)
{
	const struct tryst_finding *f = &h->c->findings[index];

	tryst_html_putf(h,
	                "<article class=\"finding\" id=\"m%zu\" aria-labelledby=\"m%zu-h\">\n<h3 "
	                "id=\"m%zu-h\">",
	                index + 1, index + 1, index + 1);
	title(h, f);
	tryst_html_put(h, "</h3>\n<p class=\"verdict\">");
	tryst_markup_str(h->out, f->verdict);
	tryst_html_put(h, "</p>\n<p class=\"who\">Clients: ");
	clients(h, f);
	tryst_html_put(h, "</p>\n<div class=\"pair\"><div>\n");
	bars(h, f);
	numbers(h, f);
	tryst_html_put(h, "</div><div>\n");
	facts(h, f);
	tryst_html_put(h, "</div></div>\n");
	tryst_html_reasons(h, &f->evidence,
	                   "Why: how far each reason speaks for the likeliest explanation against "
	                   "the next");
	tryst_html_changes(h, f->changes, f->change_count);
	tryst_html_put(h, "</article>\n");
}

static void
row(struct tryst_html *h, size_t index, bool told)
{
	const struct tryst_finding *f = &h->c->findings[index];
	char power[TRYST_POWER_TEXT_MAX];

	tryst_html_put(h, "<tr><td class=\"t\">");
	tryst_html_grade(h, f->grade);
	tryst_html_put(h, "</td><th scope=\"row\" class=\"t a\">");
	if (told)
		tryst_html_putf(h, "<a href=\"#m%zu\">", index + 1);
	endpoint(h, f);
	tryst_html_put(h, told ? "</a></th><td class=\"t s\">" : "</th><td class=\"t s\">");
	tryst_markup_str(h->out, f->service ? f->service : "");
	tryst_html_put(h, "</td><td class=\"t s\">");
	tryst_html_put(h, tryst_text_kind(f));
	tryst_html_putf(h, "</td><td class=\"n\">%+.1f</td><td class=\"n\">", f->score);
	tryst_html_number(h, f->clients_total);
	tryst_html_put(h, "</td><td class=\"n\">");
	if (f->period_ms)
		tryst_html_putf(h, "%.1f", (double)f->period_ms / 1000);
	tryst_html_putf(h, "</td><td class=\"n\">%s</td><td class=\"t v\">",
	                f->p_known ? tryst_power_text(f->log10_p, power) : "");
	tryst_markup_str(h->out, f->verdict);
	tryst_html_put(h, "</td></tr>\n");
}

static void
table(struct tryst_html *h, size_t told)
{
	static const struct tryst_html_column columns[] = {
		{ "Grade", 't', NULL },     { "Endpoint", 't', NULL }, { "Service", 't', NULL },
		{ "Kind", 't', NULL },      { "Score", 'n', NULL },    { "Clients", 'n', NULL },
		{ "Period, s", 'n', NULL }, { "p", 'n', NULL },        { "Verdict", 't', NULL },
	};
	size_t shown = TRYST_MIN(h->c->finding_count, (size_t)TRYST_HTML_FINDING_ROWS_MAX);

	tryst_html_section(h, "all", "All findings", NULL);
	tryst_html_table(h, "all-t", "Findings, the best first");
	tryst_html_head(h, columns, TRYST_ARRAY_SIZE(columns));
	for (size_t i = 0; i < shown; i++)
		row(h, i, i < told);
	tryst_html_table_end(h);
	tryst_html_more(h, shown, h->c->finding_count, "finding");
	tryst_html_put(h, "</section>\n");
}

void
tryst_html_search(struct tryst_html *h)
{
	size_t told = TRYST_MIN(graded(h->c, 'A', 'C'), (size_t)TRYST_HTML_FINDINGS_MAX);

	answer(h);
	if (!h->c->finding_count)
		return;
	tryst_html_section(h, "findings", "Findings",
	                   "Grades A and B are findings, C is a lead, D is nothing unusual. "
	                   "Regularity, length and rarity are no malice: every finding says what "
	                   "else it can be. Probabilities are a model\xe2\x80\x99s.");
	for (size_t i = 0; i < told; i++)
		finding(h, i);
	tryst_html_put(h, "</section>\n");
	table(h, told);
}
