/* SPDX-License-Identifier: Apache-2.0 */
/* What a search without a list found, for a person: the answer, then the findings, the best in
 * full. */
#include <stdio.h>
#include <string.h>

#include "base/proto.h"
#include "base/time.h"
#include "report/sentence.h"
#include "report/text.h"

#define FULL 8
#define ROWS 40
#define CLIENTS_TOLD 5
#define TOLD "." /* the mark of a reason that weighs nothing */

static const struct {
	const char *kind, *word;
} words[] = {
	{ "beacon", "beacon" },         { "refused_beacon", "beacon, in vain" },
	{ "long", "long connection" },  { "irc", "held in wait" },
	{ "group", "acting together" }, { "rare", "shared and rare" },
	{ "game", "closed circle" },    { "direction", "masters find clients" },
	{ "p2p", "overlay of peers" },
};

const char *
tryst_text_kind(const struct tryst_finding *f)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(words); i++) {
		if (strcmp(words[i].kind, f->kind) == 0)
			return words[i].word;
	}
	return f->kind;
}

static void
endpoint(struct tryst_buf *b, const struct tryst_finding *f)
{
	char ip[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(f->ip, ip);
	tryst_buf_printf(b, "%s ", ip);
	tryst_buf_proto(b, f->proto);
	if (f->port_known)
		tryst_buf_printf(b, "/%u", f->port);
}

static size_t
graded(const struct tryst_case *c, char from, char to)
{
	size_t n = 0;

	for (size_t i = 0; i < c->finding_count; i++)
		n += c->findings[i].grade >= from && c->findings[i].grade <= to;
	return n;
}

static void
answer(struct tryst_page *p, struct tryst_buf *b)
{
	const struct tryst_case *c = p->c;
	const struct tryst_search *s = &c->search;
	size_t found = graded(c, 'A', 'B'), leads = graded(c, 'C', 'C');

	if (!found && !leads) {
		tryst_sentence_no_findings(b, c);
	} else {
		tryst_layout_count(b, found, "finding");
		tryst_buf_str(b, " (grade A or B), ");
		tryst_layout_count(b, leads, "lead");
		tryst_buf_str(b, " (C).");
	}
	tryst_text_paragraph(p, TRYST_TONE_STRONG, 0, b);
	tryst_buf_str(b, "Looked at ");
	tryst_layout_count(b, s->endpoints, "endpoint");
	tryst_buf_str(b, " with ");
	tryst_layout_count(b, s->pairs, "pair");
	tryst_buf_str(b, " of a client and an endpoint, of which ");
	tryst_layout_number(b, s->tested);
	tryst_buf_str(b, " had enough visits to be tested for regularity.");
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 0, b);
}

/* What was left out, and why. */
static void
left_out(struct tryst_page *p, struct tryst_buf *b)
{
	const struct tryst_search *s = &p->c->search;
	const struct {
		uint64_t count;
		const char *one, *why;
	} rows[] = {
		{ s->elsewhere, "flow", "with neither or both ends in --home: not looked at." },
		{ s->unused, "flow", "without addresses or a time: not looked at." },
		{ s->known, "candidate", "at endpoints of --known: not told." },
		{ s->old, "candidate", "from before --since: not told." },
		{ s->untold, "candidate", "ranked below those that are told." },
	};

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(rows); i++) {
		if (!rows[i].count)
			continue;
		tryst_layout_count(b, rows[i].count, rows[i].one);
		tryst_buf_printf(b, " %s", rows[i].why);
		tryst_text_paragraph(p, TRYST_TONE_PLAIN, 0, b);
	}
	if (s->one_in > 1) {
		tryst_buf_printf(b,
		                 "Of the clients of the busiest servers one in %u was looked at, "
		                 "chosen by a hash: the rest had no room in --memory.",
		                 s->one_in);
		tryst_text_paragraph(p, TRYST_TONE_ALARM, 0, b);
	}
}

static void
hypotheses(struct tryst_buf *b, const struct tryst_finding *f)
{
	for (unsigned h = 0; h < TRYST_FINDING_HYPOTHESES; h++)
		tryst_buf_printf(b, "%s%s %.0f %%", h ? ", " : "", f->hypotheses[h],
		                 100 * f->posterior[h]);
	tryst_buf_char(b, '.');
}

static void
clients(struct tryst_buf *b, const struct tryst_finding *f)
{
	char ip[TRYST_IP_TEXT_MAX];
	uint32_t told = TRYST_MIN(f->client_count, (uint32_t)CLIENTS_TOLD);

	tryst_buf_str(b, f->clients_total == 1 ? "Client: " : "Clients: ");
	for (uint32_t i = 0; i < told; i++) {
		(void)tryst_ip_format(f->clients[i], ip);
		tryst_buf_printf(b, "%s%s", i ? ", " : "", ip);
	}
	if (f->clients_total > told) {
		tryst_buf_str(b, ", and ");
		tryst_layout_number(b, f->clients_total - told);
		tryst_buf_str(b, " more");
	}
	tryst_buf_str(b, "; ");
	tryst_text_span(b, f->first_ms, f->last_ms, " to ");
	tryst_buf_str(b, " UTC.");
}

static void
full(struct tryst_page *p, struct tryst_buf *b, const struct tryst_finding *f)
{
	char mark[TRYST_LAYOUT_MARK];

	tryst_buf_printf(b, "[%c] ", f->grade);
	endpoint(b, f);
	if (f->service)
		tryst_buf_printf(b, " (%s)", f->service);
	tryst_buf_printf(b, ": %s", tryst_text_kind(f));
	tryst_text_paragraph(p, TRYST_TONE_STRONG, 2, b);
	tryst_buf_str(b, f->verdict);
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 6, b);
	clients(b, f);
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 6, b);
	hypotheses(b, f);
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 6, b);
	for (uint32_t i = 0; i < f->evidence.count; i++) {
		const struct tryst_evidence *e = &f->evidence.list[i];

		if (e->scored)
			(void)snprintf(mark, sizeof(mark), "%+.1f",
			               TRYST_MAX(-99.9, TRYST_MIN(e->llr, 99.9)));
		tryst_layout_marked(p->out, p->width, 6, e->scored ? mark : TOLD, e->text);
	}
	if (!f->change_count)
		return;
	tryst_buf_str(b, "Would change this: ");
	for (uint32_t i = 0; i < f->change_count; i++)
		tryst_buf_printf(b, "%s%s", i ? "; " : "", f->changes[i]);
	tryst_buf_char(b, '.');
	tryst_text_paragraph(p, TRYST_TONE_PLAIN, 6, b);
}

static void
table(struct tryst_page *p, struct tryst_buf *b)
{
	static const struct tryst_table_column columns[] = {
		{ "Endpoint", false, NULL }, { "Grade", false, NULL },
		{ "Kind", false, NULL },     { "Score", true, NULL },
		{ "Clients", true, NULL },   { "Period, s", true, NULL },
		{ "p", true, NULL },         { "Service", false, NULL },
	};
	/* The port says much of it, and the reasons say it in full. */
	static const struct tryst_table_narrow narrow[TRYST_ARRAY_SIZE(columns)] = {
		[7] = { false, 1 },
	};
	const struct tryst_case *c = p->c;
	size_t shown = TRYST_MIN(c->finding_count, (size_t)ROWS);
	char power[TRYST_POWER_TEXT_MAX];
	struct tryst_table t;

	tryst_table_init(&t, columns, TRYST_ARRAY_SIZE(columns));
	t.narrow = narrow;
	for (size_t i = 0; i < shown; i++) {
		const struct tryst_finding *f = &c->findings[i];

		endpoint(b, f);
		t.text.failed |= b->failed;
		tryst_table_cell(&t, "%s", b->len ? b->data : "");
		tryst_buf_clear(b);
		tryst_table_cell(&t, "%c", f->grade);
		tryst_text_cell_tone(p, &t, tryst_text_grade(f->grade));
		tryst_table_cell(&t, "%s", tryst_text_kind(f));
		tryst_table_cell(&t, "%+.1f", f->score);
		tryst_table_number(&t, f->clients_total);
		if (f->period_ms)
			tryst_table_cell(&t, "%.1f", (double)f->period_ms / 1000);
		else
			tryst_table_cell(&t, "%s", "");
		tryst_table_cell(&t, "%s", f->p_known ? tryst_power_text(f->log10_p, power) : "");
		tryst_table_cell(&t, "%s", f->service ? f->service : "");
	}
	tryst_table_print(&t, p->out, p->width, 2);
	tryst_table_fini(&t);
	tryst_text_more(p, shown, c->finding_count);
}

void
tryst_text_search(struct tryst_page *p)
{
	const struct tryst_case *c = p->c;
	struct tryst_buf b = { 0 };
	size_t told = TRYST_MIN(graded(c, 'A', 'C'), (size_t)FULL);

	if (!c->complete)
		tryst_text_line(
			p, TRYST_TONE_ALARM, 0,
			"INCOMPLETE: the search was interrupted. This covers what was read until "
			"then.");
	answer(p, &b);
	left_out(p, &b);
	if (c->finding_count) {
		tryst_text_heading(p, "FINDINGS",
		                   "A, B: a finding; C: a lead; D: nothing unusual. Regularity, "
		                   "length and rarity are no malice: every finding says what "
		                   "else it can be.");
		table(p, &b);
	}
	if (told)
		tryst_text_heading(p, "REASONS",
		                   "Numbers before a reason: how far it speaks for the likeliest "
		                   "explanation against the next (natural log-likelihood ratio; "
		                   "\".\" is told only). Probabilities are a model's.");
	for (size_t i = 0; i < told; i++)
		full(p, &b, &c->findings[i]);
	tryst_buf_fini(&b);
}
