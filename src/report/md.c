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
#include "report/renderers.h"
#include "report/sentence.h"
#include "report/text.h"

#define WIDTH 76 /* of lines in a mail, however wide the terminal */
#define MEETINGS_FULL 5
#define MEETINGS_MAX 20
#define REASONS_MAX 6
#define HOSTS_MAX 40
#define COMPANIONS_MAX 15
#define FINDINGS_MAX 20
#define CLIENTS_MAX 8
#define LABEL_MAX 60

struct page {
	const struct tryst_case *c;
	struct tryst_buf *out;
	struct tryst_buf b; /* a sentence, safe, not yet Markdown */
};

/* Whether the word at text would make the line that it begins a list item, a rule or a heading. */
static bool
is_marker(const char *text)
{
	size_t n = strspn(text, "0123456789");

	if (n)
		return (text[n] == '.' || text[n] == ')') && (!text[n + 1] || text[n + 1] == ' ');
	n = strspn(text, "+-=");
	return n && (!text[n] || text[n] == ' ');
}

/* Appends safe text so that none of it is markup; what a line must not begin with is for wrap. */
static void
escape(struct tryst_buf *out, const char *text)
{
	for (; *text; text++) {
		if (strchr("\\`*_{}[]<>#|~&!", *text))
			tryst_buf_char(out, '\\');
		tryst_buf_char(out, *text);
	}
}

/*
 * The same for text from outside, made safe first, with what mail programs would make links of
 * taken apart: "http[:]//", "www[.]", "[@]".
 */
static void
escape_outside(struct tryst_buf *out, const char *text, size_t max)
{
	struct tryst_buf safe = { 0 }, apart = { 0 };

	tryst_layout_clip(&safe, text, max);
	for (const char *p = safe.failed || !safe.len ? "" : safe.data; *p; p++) {
		if (!strncmp(p, "://", 3)) {
			tryst_buf_str(&apart, "[:]");
		} else if (!strncasecmp(p, "www.", 4)) {
			tryst_buf_add(&apart, p, 3);
			tryst_buf_str(&apart, "[.]");
			p += 3;
		} else if (*p == '@') {
			tryst_buf_str(&apart, "[@]");
		} else {
			tryst_buf_char(&apart, *p);
		}
	}
	out->failed |= safe.failed || apart.failed;
	if (!out->failed && apart.len)
		escape(out, apart.data);
	tryst_buf_fini(&safe);
	tryst_buf_fini(&apart);
}

/* Appends a line without its line end; what would make it a list item or a rule does not. */
static void
line(struct tryst_buf *out, const char *text, size_t len, const char *mark, unsigned indent)
{
	unsigned rest = indent + (unsigned)strlen(mark);
	size_t blanks = TRYST_MIN((size_t)rest, len), digits;

	tryst_buf_printf(out, "%*s%s", (int)indent, "", mark);
	text += blanks;
	digits = strspn(text, "0123456789");
	if (is_marker(text)) {
		tryst_buf_add(out, text, digits);
		tryst_buf_char(out, '\\');
		text += digits;
		blanks += digits;
	}
	tryst_buf_add(out, text, len - blanks);
	tryst_buf_char(out, '\n');
}

static void
wrap(struct page *p, const char *mark, unsigned indent, const struct tryst_buf *text)
{
	unsigned rest = indent + (unsigned)strlen(mark);
	struct tryst_buf lines = { 0 };

	if (!text->failed && text->len)
		tryst_layout_wrap(&lines, WIDTH - 1, rest, rest, text->data);
	p->out->failed |= text->failed || lines.failed;
	for (const char *at = lines.len ? lines.data : "", *end; *at; at = end + 1) {
		bool first = at == lines.data;

		end = strchrnul(at, '\n');
		line(p->out, at, (size_t)(end - at), first ? mark : "", first ? indent : rest);
		if (!*end)
			break;
	}
	tryst_buf_fini(&lines);
}

/* What stands in p->b as a paragraph (mark "") or a list item ("* "); p->b is emptied. */
static void
say(struct page *p, const char *mark, unsigned indent)
{
	struct tryst_buf md = { 0 };

	p->out->failed |= p->b.failed;
	if (!p->b.failed && p->b.len)
		escape(&md, p->b.data);
	wrap(p, mark, indent, &md);
	tryst_buf_clear(&p->b);
	tryst_buf_fini(&md);
}

static void
heading(struct page *p, const char *title)
{
	tryst_buf_printf(p->out, "\n## %s\n\n", title);
}

static void
title(struct page *p)
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
		say(p, "", 0);
		tryst_buf_char(p->out, '\n');
	}
}

/* The weightiest reasons, at most so many: those that count, as long as each beats the next. */
static void
reasons(struct page *p, const struct tryst_evidence_list *list)
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
		say(p, "* ", 3);
	}
}

static void
changes(struct page *p, const char *const *list, uint32_t count)
{
	if (!count)
		return;
	tryst_buf_str(&p->b, "What would change this: ");
	for (uint32_t i = 0; i < count; i++)
		tryst_buf_printf(&p->b, "%s%s", i ? "; " : "", list[i]);
	tryst_buf_char(&p->b, '.');
	tryst_buf_char(p->out, '\n');
	say(p, "", 3);
}

static void
meeting(struct page *p, size_t index, bool full)
{
	const struct tryst_meeting *m = &p->c->meetings[index];
	bool same = index && !strcmp(m[-1].judgement.verdict, m->judgement.verdict);
	char mark[16];

	(void)snprintf(mark, sizeof(mark), "%zu. ", index + 1);
	tryst_buf_printf(&p->b, "Grade %c. ", m->judgement.grade);
	tryst_sentence_meeting(&p->b, p->c, m);
	tryst_buf_printf(&p->b, " %s", same ? "The same verdict." : m->judgement.verdict);
	say(p, mark, 0);
	if (full && !same) {
		tryst_buf_char(p->out, '\n');
		reasons(p, &m->judgement.evidence);
		changes(p, m->judgement.changes, m->judgement.change_count);
	}
	tryst_buf_char(p->out, '\n');
}

static void
meetings(struct page *p)
{
	const struct tryst_case *c = p->c;
	size_t shown = TRYST_MIN(c->meeting_count, (size_t)MEETINGS_MAX), full = 0;

	for (size_t i = 0; i < shown; i++)
		meeting(p, i, c->meetings[i].judgement.grade != 'D' && full++ < MEETINGS_FULL);
	if (c->meeting_count > shown) {
		tryst_layout_count(&p->b, c->meeting_count - shown, "more endpoint");
		tryst_buf_str(&p->b, " met two or more listed hosts.");
		say(p, "", 0);
		tryst_buf_char(p->out, '\n');
	}
	if (!tryst_sentence_is_seen(c))
		tryst_sentence_nothing(&p->b, c);
	else if (c->meeting_count)
		tryst_sentence_totals(&p->b, c);
	else
		tryst_sentence_sightings(&p->b, c);
	say(p, "", 0);
	if (c->outdated) {
		tryst_buf_char(p->out, '\n');
		tryst_sentence_outdated(&p->b, c);
		say(p, "", 0);
	}
	if (c->meeting_count) {
		tryst_buf_str(&p->b,
		              "Grades: A, B a finding; C a lead; D consistent with chance; U the "
		              "data cannot tell. Numbers before a reason are natural "
		              "log-likelihood ratios for the likeliest explanation.");
		tryst_buf_char(p->out, '\n');
		say(p, "", 0);
	}
}

static void
finding(struct page *p, size_t index)
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
	say(p, mark, 0);
	tryst_buf_char(p->out, '\n');
	reasons(p, &f->evidence);
	changes(p, f->changes, f->change_count);
	tryst_buf_char(p->out, '\n');
}

static void
findings(struct page *p)
{
	size_t shown = TRYST_MIN(p->c->finding_count, (size_t)FINDINGS_MAX);

	for (size_t i = 0; i < shown; i++)
		finding(p, i);
	if (p->c->finding_count > shown) {
		tryst_layout_count(&p->b, p->c->finding_count - shown, "more finding");
		tryst_buf_char(&p->b, '.');
		say(p, "", 0);
	}
	if (!shown) {
		tryst_sentence_no_findings(&p->b, p->c);
		say(p, "", 0);
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
hosts(struct page *p)
{
	const struct tryst_case *c = p->c;
	size_t shown = TRYST_MIN(c->host_count, (size_t)HOSTS_MAX);

	if (!shown)
		return;
	heading(p, "Listed hosts that were seen");
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
		escape(p->out, spoof ? spoof : "");
		tryst_buf_str(p->out, " | ");
		tryst_exchange_labels(&labels, c, h);
		p->out->failed |= labels.failed;
		escape_outside(p->out, labels.len ? labels.data : "", LABEL_MAX);
		tryst_buf_str(p->out, " |\n");
		tryst_buf_fini(&labels);
	}
	if (c->host_count > shown)
		tryst_buf_printf(p->out, "\n%zu more.\n", c->host_count - shown);
}

static void
companions(struct page *p)
{
	const struct tryst_case *c = p->c;
	size_t shown = TRYST_MIN(c->companion_count, (size_t)COMPANIONS_MAX);

	if (!shown)
		return;
	heading(p, "Unlisted hosts that behave like the listed");
	tryst_buf_str(&p->b, "A lead, not a proof: addresses can be forged.");
	say(p, "", 0);
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
static void
named(struct page *p, const char *before, const char *outside, size_t max)
{
	struct tryst_buf md = { 0 };

	escape(&md, before);
	escape_outside(&md, outside, max);
	p->out->failed |= p->b.failed;
	escape(&md, p->b.failed || !p->b.len ? "" : p->b.data);
	tryst_buf_clear(&p->b);
	wrap(p, "* ", 0, &md);
	tryst_buf_fini(&md);
}

static void
events(struct page *p)
{
	for (size_t i = 0; i < p->c->event_count; i++) {
		const struct tryst_event *e = &p->c->events[i];

		tryst_buf_str(&p->b, ", ");
		tryst_text_span(&p->b, e->from_ms, e->to_ms, " to ");
		tryst_buf_str(&p->b, " UTC");
		named(p, "Event: ", e->name, 2 * LABEL_MAX);
	}
}

/* What was looked at, where that is not all. */
static void
asked(struct page *p)
{
	struct tryst_buf before = { 0 };

	if (!p->c->asked.filter) {
		tryst_sentence_asked(&p->b, p->c);
		say(p, "* ", 0);
		return;
	}
	tryst_sentence_asked_begin(&before, p->c);
	tryst_buf_str(&p->b, TRYST_SENTENCE_ASKED_END);
	p->b.failed |= before.failed;
	named(p, before.failed ? "" : before.data, p->c->asked.filter, TRYST_SENTENCE_FILTER_MAX);
	tryst_buf_fini(&before);
}

/* What could not be read; the answer may be incomplete then. */
static void
unread(struct page *p)
{
	size_t failed = 0, damaged = 0;

	for (size_t i = 0; i < p->c->input_count; i++) {
		failed += p->c->inputs[i]->error.code != 0;
		damaged += tryst_health_damaged(&p->c->inputs[i]->health);
	}
	if (!failed && !damaged)
		return;
	tryst_layout_count(&p->b, failed, "input");
	tryst_buf_str(&p->b, " could not be read, ");
	tryst_layout_number(&p->b, damaged);
	tryst_buf_str(&p->b, damaged == 1 ? " is" : " are");
	tryst_buf_str(&p->b, " damaged: the answer may be incomplete.");
	say(p, "* ", 0);
}

static void
basis(struct page *p)
{
	const struct tryst_watchlist *w = p->c->watchlist;

	heading(p, "What it rests on");
	tryst_sentence_read(&p->b, p->c);
	say(p, "* ", 0);
	asked(p);
	unread(p);
	for (uint32_t i = 0; i < tryst_watchlist_lists(w); i++) {
		const struct tryst_list_info *info = tryst_watchlist_list(w, i);

		tryst_buf_str(&p->b, ", ");
		tryst_layout_count(&p->b, info->indicators, "entry");
		if (info->sha256[0])
			tryst_buf_printf(&p->b, ", SHA-256 %s", info->sha256);
		named(p, "List: ", info->path, 2 * LABEL_MAX);
	}
	if (p->c->home_count) {
		tryst_buf_str(&p->b, "Home:");
		for (size_t i = 0; i < p->c->home_count; i++) {
			char text[TRYST_PREFIX_TEXT_MAX];

			(void)tryst_prefix_format(p->c->home[i], text);
			tryst_buf_printf(&p->b, "%s %s", i ? "," : "", text);
		}
		say(p, "* ", 0);
	}
	events(p);
	tryst_buf_str(&p->b, "Made by tryst " TRYST_VERSION ". Times are UTC.");
	say(p, "* ", 0);
}

static int
render(const struct tryst_case *c, const struct tryst_report_options *options,
       struct tryst_buf *out, struct tryst_error *err)
{
	struct page p = { .c = c, .out = out };

	(void)options;
	title(&p);
	if (c->search.made)
		findings(&p);
	else
		meetings(&p);
	hosts(&p);
	companions(&p);
	basis(&p);
	if (c->caveat_count)
		heading(&p, "Before you act on it");
	for (size_t i = 0; i < c->caveat_count; i++) {
		tryst_buf_str(&p.b, c->caveats[i]);
		say(&p, "* ", 0);
	}
	tryst_buf_fini(&p.b);
	return out->failed ? tryst_error_nomem(err) : 0;
}

const struct tryst_renderer tryst_renderer_md = {
	.name = "md",
	.help = "a mail to colleagues (Markdown)",
	.render = render,
};
