/* SPDX-License-Identifier: Apache-2.0 */
/* What the mail rests on: inputs, lists, home, events, what the search was narrowed to. */
#include <stdio.h>
#include <string.h>

#include "base/time.h"
#include "report/layout.h"
#include "report/md.h"
#include "report/sentence.h"
#include "report/text.h"

#define NAME_SHOWN 120 /* characters of a name or a path */

static void
named(struct tryst_md *p, const char *before, const char *outside, size_t max)
{
	struct tryst_buf md = { 0 };

	tryst_md_escape(&md, before);
	tryst_md_outside(&md, outside, max);
	p->out->failed |= p->b.failed;
	tryst_md_escape(&md, p->b.failed || !p->b.len ? "" : p->b.data);
	tryst_buf_clear(&p->b);
	tryst_md_wrap(p, "* ", 0, &md);
	tryst_buf_fini(&md);
}

static void
events(struct tryst_md *p)
{
	for (size_t i = 0; i < p->c->event_count; i++) {
		const struct tryst_event *e = &p->c->events[i];

		tryst_buf_str(&p->b, ", ");
		tryst_text_span(&p->b, e->from_ms, e->to_ms, " to ");
		tryst_buf_str(&p->b, " UTC");
		named(p, "Event: ", e->name, NAME_SHOWN);
	}
}

/* What was looked at, where that is not all. */
static void
asked(struct tryst_md *p)
{
	struct tryst_buf before = { 0 };

	if (!p->c->asked.filter) {
		tryst_sentence_asked(&p->b, p->c);
		tryst_md_say(p, "* ", 0);
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
unread(struct tryst_md *p)
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
	tryst_md_say(p, "* ", 0);
}

void
tryst_md_basis(struct tryst_md *p)
{
	const struct tryst_watchlist *w = p->c->watchlist;

	tryst_md_heading(p, "What it rests on");
	tryst_sentence_read(&p->b, p->c);
	tryst_md_say(p, "* ", 0);
	asked(p);
	unread(p);
	for (uint32_t i = 0; i < tryst_watchlist_lists(w); i++) {
		const struct tryst_list_info *info = tryst_watchlist_list(w, i);

		tryst_buf_str(&p->b, ", ");
		tryst_layout_count(&p->b, info->indicators, "entry");
		if (info->sha256[0])
			tryst_buf_printf(&p->b, ", SHA-256 %s", info->sha256);
		named(p, "List: ", info->path, NAME_SHOWN);
	}
	if (p->c->home_count) {
		tryst_buf_str(&p->b, "Home:");
		for (size_t i = 0; i < p->c->home_count; i++) {
			char text[TRYST_PREFIX_TEXT_MAX];

			(void)tryst_prefix_format(p->c->home[i], text);
			tryst_buf_printf(&p->b, "%s %s", i ? "," : "", text);
		}
		tryst_md_say(p, "* ", 0);
	}
	events(p);
	tryst_buf_str(&p->b, "Made by tryst " TRYST_VERSION ". Times are UTC.");
	tryst_md_say(p, "* ", 0);
}
