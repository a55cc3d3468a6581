/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "base/time.h"
#include "cli/check.h"
#include "report/layout.h"

#define INDENT 2

/* The leaks first, then what is not known, then what works. */
static const enum tryst_check_verdict order[] = { TRYST_CHECK_LEAKS, TRYST_CHECK_CANNOT_TELL,
	                                          TRYST_CHECK_WORKS };

static const struct tryst_table_column columns[] = {
	{ "address", false, NULL },
	{ "", false, NULL },
	{ "out", true, "packets" },
	{ "in", true, "packets" },
	{ "all", true, "conversations" },
	{ "out", true, "conversations" },
	{ "answered", true, "conversations" },
	{ "forwarded", true, "conversations" },
	{ "dropped", true, "conversations" },
	{ "worked", true, "conversations" },
	{ "all", true, "replies" },
	{ "dropped", true, "replies" },
};

static void
put_phase(struct tryst_table *t, const char *ip, const char *when,
          const struct tryst_check_phase *p)
{
	tryst_table_cell(t, "%s", ip);
	tryst_table_cell(t, "%s", when);
	tryst_table_number(t, p->packets_out);
	tryst_table_number(t, p->packets_in);
	tryst_table_number(t, p->conversations);
	tryst_table_number(t, p->went);
	tryst_table_number(t, p->delivered);
	tryst_table_number(t, p->forwarded);
	tryst_table_number(t, p->dropped);
	tryst_table_cell(t, "%" PRIu32 "/%" PRIu32, p->worked, p->judged);
	tryst_table_number(t, p->replies);
	tryst_table_number(t, p->replies_dropped);
}

static void
put_table(const struct tryst_check *c, unsigned width, struct tryst_buf *out)
{
	struct tryst_table t;
	char ip[TRYST_IP_TEXT_MAX];

	tryst_table_init(&t, columns, TRYST_ARRAY_SIZE(columns));
	for (size_t i = 0; i < c->host_count; i++) {
		(void)tryst_ip_format(c->hosts[i].ip, ip);
		put_phase(&t, ip, "before", &c->hosts[i].before);
		put_phase(&t, "", "since", &c->hosts[i].after);
	}
	tryst_table_print(&t, out, width, INDENT);
	tryst_table_fini(&t);
}

static void
put_name(const struct tryst_check_host *h, const struct tryst_watchlist *w, struct tryst_buf *line)
{
	const char *label = tryst_watchlist_indicator(w, h->indicator)->label;
	char ip[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(h->ip, ip);
	tryst_buf_str(line, ip);
	if (!*label)
		return;
	tryst_buf_str(line, " (");
	tryst_layout_clip(line, label, 40);
	tryst_buf_char(line, ')');
}

/* Hosts of which the same is said, one after the other. */
static void
put_hosts(const struct tryst_check_host *first, size_t count, const struct tryst_watchlist *w,
          unsigned width, struct tryst_buf *out)
{
	struct tryst_buf line = { 0 };

	for (size_t i = 0; i < count; i++) {
		tryst_buf_str(&line, i ? ", " : "");
		put_name(&first[i], w, &line);
	}
	tryst_buf_printf(&line, " %s: %s", tryst_check_verdict_word(first->verdict), first->why);
	if (line.data)
		tryst_layout_wrap(out, width, 0, INDENT, line.data);
	out->failed |= line.failed;
	tryst_buf_fini(&line);
}

static size_t
same_end(const struct tryst_check *c, size_t from)
{
	size_t to = from + 1;

	while (to < c->host_count && c->hosts[to].verdict == c->hosts[from].verdict &&
	       strcmp(c->hosts[to].why, c->hosts[from].why) == 0)
		to++;
	return to;
}

static void
put_notes(const struct tryst_check *c, unsigned width, struct tryst_buf *out)
{
	struct tryst_buf line = { 0 };

	tryst_buf_printf(&line,
	                 "Before: flows that had ended by then; since: flows that began more than "
	                 "%" PRId64 " s later; ",
	                 c->slack_ms / 1000);
	tryst_layout_count(&line, c->spanning, "flow");
	tryst_buf_str(&line, " of listed hosts lay between and count for neither.");
	if (c->unseen) {
		tryst_buf_char(&line, ' ');
		tryst_layout_number(&line, c->unseen);
		tryst_buf_str(&line, c->unseen == 1 ? " listed entry is in no flow."
		                                    : " listed entries are in no flow.");
	}
	if (!c->others_seen)
		tryst_buf_str(&line, " Flows of other hosts were not read, so that an exporter "
		                     "that fell silent is not noticed.");
	if (c->many_exporters)
		tryst_buf_str(&line,
		              " There are too many exporters to notice that one fell silent.");
	if (line.data)
		tryst_layout_wrap(out, width, 0, 0, line.data);
	out->failed |= line.failed;
	tryst_buf_fini(&line);
}

void
tryst_check_text(const struct tryst_check *c, const struct tryst_watchlist *w, unsigned width,
                 struct tryst_buf *out)
{
	char since[TRYST_TIME_TEXT_MAX];

	(void)tryst_time_format_short(c->since_ms, since);
	tryst_buf_printf(out,
	                 "Blocked since %s UTC: %" PRIu32 " leaking, %" PRIu32 " working, %" PRIu32
	                 " that cannot be told.\n\n",
	                 since, c->verdicts[TRYST_CHECK_LEAKS], c->verdicts[TRYST_CHECK_WORKS],
	                 c->verdicts[TRYST_CHECK_CANNOT_TELL]);
	for (size_t k = 0; k < TRYST_ARRAY_SIZE(order); k++) {
		for (size_t i = 0, to; i < c->host_count; i = to) {
			to = same_end(c, i);
			if (c->hosts[i].verdict == order[k])
				put_hosts(&c->hosts[i], to - i, w, width, out);
		}
	}
	if (c->host_count) {
		tryst_buf_char(out, '\n');
		put_table(c, width, out);
		tryst_buf_char(out, '\n');
	}
	put_notes(c, width, out);
}
