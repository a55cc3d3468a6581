/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report as a mail to colleagues, as one would post it to an operators' list: Markdown
 * (CommonMark with tables) that reads as plain text, too.  The answer first, then who was seen,
 * what it rests on, and what to know before acting.  What comes from outside can be no markup, no
 * link and no table; --anonymize is for the rest.
 */
#include <stdio.h>
#include <string.h>

#include "base/proto.h"
#include "base/time.h"
#include "report/exchange.h"
#include "report/layout.h"
#include "report/md.h"
#include "report/renderers.h"
#include "report/sentence.h"
#include "report/text.h"

#define MEETINGS_FULL 5
#define MEETINGS_MAX 20
#define REASONS_MAX 6
#define HOSTS_MAX 40
#define COMPANIONS_MAX 15
#define FINDINGS_MAX 20
#define CLIENTS_MAX 8
#define LABEL_MAX 60

static void
title(struct tryst_md *p)
{
	const struct tryst_case *c = p->c;

	tryst_buf_str(p->out, c->search.made ? "# Meetings without a list"
	                                     : "# Meetings with listed hosts");
	if (c->first_ms <= c->last_ms) {
		tryst_buf_str(p->out, ", ");
		tryst_text_span(p->out, c->first_ms, c->last_ms, " to ");
		tryst_buf_str(p->out, " UTC");
	}
	tryst_buf_str(p->out, "\n\n");
	if (!c->complete) {
		tryst_buf_str(&p->b, "INCOMPLETE: this covers what was read until it was "
		                     "interrupted.");
		tryst_md_say(p, "", 0);
		tryst_buf_char(p->out, '\n');
	}
}

/* The weightiest reasons, at most so many: those that count, as long as each beats the next. */
static void
reasons(struct tryst_md *p, const struct tryst_evidence_list *list)
{
	bool told[64] = { false };
	uint32_t count = TRYST_MIN(list->count, (uint32_t)TRYST_ARRAY_SIZE(told));

	for (unsigned n = 0; n < REASONS_MAX; n++) {
		int best = -1;

		for (uint32_t i = 0; i < count; i++) {
			const struct tryst_evidence *e = &list->list[i];

			if (!told[i] && e->scored && e->llr != 0 &&
			    (best < 0 ||
			     __builtin_fabs(e->llr) > __builtin_fabs(list->list[best].llr)))
				best = (int)i;
		}
		if (best < 0)
			return;
		told[best] = true;
		tryst_buf_printf(&p->b, "(%+.1f) %s", list->list[best].llr, list->list[best].text);
		tryst_md_say(p, "* ", 3);
	}
}

static void
changes(struct tryst_md *p, const char *const *list, uint32_t count)
{
	if (!count)
		return;
	tryst_buf_str(&p->b, "What would change this: ");
	for (uint32_t i = 0; i < count; i++)
		tryst_buf_printf(&p->b, "%s%s", i ? "; " : "", list[i]);
	tryst_buf_char(&p->b, '.');
	tryst_buf_char(p->out, '\n');
	tryst_md_say(p, "", 3);
}

static void
meeting(struct tryst_md *p, size_t index, bool full)
{
	const struct tryst_meeting *m = &p->c->meetings[index];
	bool same = index && !strcmp(m[-1].judgement.verdict, m->judgement.verdict);
	char mark[16];

	(void)snprintf(mark, sizeof(mark), "%zu. ", index + 1);
	tryst_buf_printf(&p->b, "Grade %c. ", m->judgement.grade);
	tryst_sentence_meeting(&p->b, p->c, m);
	tryst_buf_printf(&p->b, " %s", same ? "The same verdict." : m->judgement.verdict);
	tryst_md_say(p, mark, 0);
	if (full && !same) {
		tryst_buf_char(p->out, '\n');
		reasons(p, &m->judgement.evidence);
		changes(p, m->judgement.changes, m->judgement.change_count);
	}
	tryst_buf_char(p->out, '\n');
}

static void
meetings(struct tryst_md *p)
{
	const struct tryst_case *c = p->c;
	size_t shown = TRYST_MIN(c->meeting_count, (size_t)MEETINGS_MAX), full = 0;

	for (size_t i = 0; i < shown; i++)
		meeting(p, i, c->meetings[i].judgement.grade != 'D' && full++ < MEETINGS_FULL);
	if (c->meeting_count > shown) {
		tryst_layout_count(&p->b, c->meeting_count - shown, "more endpoint");
		tryst_buf_str(&p->b, " met two or more listed hosts.");
		tryst_md_say(p, "", 0);
		tryst_buf_char(p->out, '\n');
	}
	if (!tryst_sentence_is_seen(c))
		tryst_sentence_nothing(&p->b, c);
	else if (c->meeting_count)
		tryst_sentence_totals(&p->b, c);
	else
		tryst_sentence_sightings(&p->b, c);
	tryst_md_say(p, "", 0);
	if (c->outdated) {
		tryst_buf_char(p->out, '\n');
		tryst_sentence_outdated(&p->b, c);
		tryst_md_say(p, "", 0);
	}
	if (c->meeting_count) {
		tryst_buf_str(&p->b,
		              "Grades: A, B a finding; C a lead; D consistent with chance; U the "
		              "data cannot tell. Numbers before a reason are natural "
		              "log-likelihood ratios for the likeliest explanation.");
		tryst_buf_char(p->out, '\n');
		tryst_md_say(p, "", 0);
	}
}

static void
finding(struct tryst_md *p, size_t index)
{
	const struct tryst_finding *f = &p->c->findings[index];
	char mark[16], ip[TRYST_IP_TEXT_MAX];

	(void)snprintf(mark, sizeof(mark), "%zu. ", index + 1);
	(void)tryst_ip_format(f->ip, ip);
	tryst_buf_printf(&p->b, "Grade %c, %s. %s ", f->grade, tryst_text_kind(f), ip);
	tryst_buf_proto(&p->b, f->proto);
	if (f->port_known)
		tryst_buf_printf(&p->b, "/%u", f->port);
	if (f->service)
		tryst_buf_printf(&p->b, " (%s)", f->service);
	tryst_buf_printf(&p->b, ": %s Clients: ", f->verdict);
	for (uint32_t i = 0; i < f->client_count && i < CLIENTS_MAX; i++) {
		(void)tryst_ip_format(f->clients[i], ip);
		tryst_buf_printf(&p->b, "%s%s", i ? ", " : "", ip);
	}
	if (f->clients_total > CLIENTS_MAX)
		tryst_buf_printf(&p->b, " and %u more", f->clients_total - CLIENTS_MAX);
	tryst_buf_str(&p->b, ", between ");
	tryst_text_span(&p->b, f->first_ms, f->last_ms, " and ");
	tryst_buf_str(&p->b, " UTC.");
	tryst_md_say(p, mark, 0);
	tryst_buf_char(p->out, '\n');
	reasons(p, &f->evidence);
	changes(p, f->changes, f->change_count);
	tryst_buf_char(p->out, '\n');
}

static void
findings(struct tryst_md *p)
{
	size_t shown = TRYST_MIN(p->c->finding_count, (size_t)FINDINGS_MAX);

	for (size_t i = 0; i < shown; i++)
		finding(p, i);
	if (p->c->finding_count > shown) {
		tryst_layout_count(&p->b, p->c->finding_count - shown, "more finding");
		tryst_buf_char(&p->b, '.');
		tryst_md_say(p, "", 0);
	}
	if (!shown) {
		tryst_sentence_no_findings(&p->b, p->c);
		tryst_md_say(p, "", 0);
	}
}

static void
cell_time(struct tryst_buf *out, int64_t ms)
{
	char text[TRYST_TIME_TEXT_MAX];

	(void)tryst_time_format_short(ms, text);
	tryst_buf_printf(out, " %s |", text);
}

static void
hosts(struct tryst_md *p)
{
	const struct tryst_case *c = p->c;
	size_t shown = TRYST_MIN(c->host_count, (size_t)HOSTS_MAX);

	if (!shown)
		return;
	tryst_md_heading(p, "Listed hosts that were seen");
	tryst_buf_str(p->out,
	              "| address | conversations | first (UTC) | last (UTC) | sources | on the "
	              "list |\n|---|---:|---|---|---|---|\n");
	for (size_t i = 0; i < shown; i++) {
		const struct tryst_listed_host *h = &c->hosts[i];
		const char *spoof = tryst_exchange_spoof(&h->spoof);
		struct tryst_buf labels = { 0 };
		char ip[TRYST_IP_TEXT_MAX];

		(void)tryst_ip_format(h->ip, ip);
		tryst_buf_printf(p->out, "| %s | %u", ip, h->conversations);
		if (h->outdated)
			tryst_buf_printf(p->out, " (%u out of date)", h->outdated);
		tryst_buf_str(p->out, " |");
		cell_time(p->out, h->first_ms);
		cell_time(p->out, h->last_ms);
		tryst_buf_char(p->out, ' ');
		tryst_md_escape(p->out, spoof ? spoof : "");
		tryst_buf_str(p->out, " | ");
		tryst_exchange_labels(&labels, c, h);
		p->out->failed |= labels.failed;
		tryst_md_outside(p->out, labels.len ? labels.data : "", LABEL_MAX);
		tryst_buf_str(p->out, " |\n");
		tryst_buf_fini(&labels);
	}
	if (c->host_count > shown)
		tryst_buf_printf(p->out, "\n%zu more.\n", c->host_count - shown);
}

static void
companions(struct tryst_md *p)
{
	const struct tryst_case *c = p->c;
	size_t shown = TRYST_MIN(c->companion_count, (size_t)COMPANIONS_MAX);

	if (!shown)
		return;
	tryst_md_heading(p, "Unlisted hosts that behave like the listed");
	tryst_buf_str(&p->b, "A lead, not a proof: addresses can be forged.");
	tryst_md_say(p, "", 0);
	tryst_buf_str(p->out, "\n| address | grade | log-likelihood ratio | meetings |\n"
	                      "|---|---|---:|---:|\n");
	for (size_t i = 0; i < shown; i++) {
		const struct tryst_companion *k = &c->companions[i];
		char ip[TRYST_IP_TEXT_MAX];

		(void)tryst_ip_format(k->ip, ip);
		tryst_buf_printf(p->out, "| %s | %c | %+.1f | %u |\n", ip, k->grade, k->llr,
		                 k->meeting_count);
	}
	if (c->companion_count > shown)
		tryst_buf_printf(p->out, "\n%zu more.\n", c->companion_count - shown);
}

/* A list item: words of ours, text from outside, and what stands in p->b, which is emptied. */
static int
render(const struct tryst_case *c, const struct tryst_report_options *options,
       struct tryst_buf *out, struct tryst_error *err)
{
	struct tryst_md p = { .c = c, .out = out };

	(void)options;
	title(&p);
	if (c->search.made)
		findings(&p);
	else
		meetings(&p);
	hosts(&p);
	companions(&p);
	tryst_md_basis(&p);
	if (c->caveat_count)
		tryst_md_heading(&p, "Before you act on it");
	for (size_t i = 0; i < c->caveat_count; i++) {
		tryst_buf_str(&p.b, c->caveats[i]);
		tryst_md_say(&p, "* ", 0);
	}
	tryst_buf_fini(&p.b);
	return out->failed ? tryst_error_nomem(err) : 0;
}

const struct tryst_renderer tryst_renderer_md = {
	.name = "md",
	.help = "a mail to colleagues (Markdown)",
	.render = render,
};
