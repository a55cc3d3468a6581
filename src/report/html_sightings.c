/* SPDX-License-Identifier: Apache-2.0 */
/* The conversations themselves: what every number of the page rests on, each with its records. */
#include <stdio.h>

#include "base/proto.h"
#include "report/html.h"
#include "report/layout.h"

#define FLAGS 11 /* columns that are left out where they are empty */
#define LISTED 16
#define CERTAIN 0.9 /* confidence below it is told as "uncertain" */

static void
end(struct tryst_html *h, struct tryst_ip ip, bool port_known, uint16_t port, bool listed)
{
	bool v6 = port_known && !tryst_ip_is_v4(ip);

	tryst_html_put(h, listed ? "<td class=\"t a listed\">" : "<td class=\"t a\">");
	tryst_html_put(h, v6 ? "[" : "");
	tryst_markup_ip(h->out, ip);
	tryst_html_put(h, v6 ? "]" : "");
	if (port_known)
		tryst_html_putf(h, "<span class=\"p\">:%u</span>", port);
	tryst_html_put(h, "</td>");
}

void
tryst_html_flags(struct tryst_buf *b, unsigned flags)
{
	static const char letters[] = "UAPRSF";

	for (unsigned i = 0; i < 6; i++)
		tryst_buf_char(b, flags & (32U >> i) ? letters[i] : '.');
}

static void
flags(struct tryst_html *h, const struct tryst_sighting *s)
{
	tryst_html_put(h, "<td class=\"t f\">");
	if (s->flags_known && s->proto == 6) {
		tryst_html_flags(h->out, s->flags_in);
		tryst_html_put(h, " ");
		tryst_html_flags(h->out, s->flags_out);
	}
	tryst_html_put(h, "</td>");
}

static void
duration(struct tryst_html *h, const struct tryst_sighting *s)
{
	uint64_t tenths = ((uint64_t)s->last_ms - (uint64_t)s->first_ms) / 100;

	tryst_html_put(h, "<td class=\"n\">");
	if (tenths) {
		tryst_html_number(h, tenths / 10);
		tryst_html_putf(h, ".%u", (unsigned)(tenths % 10));
	}
	tryst_html_put(h, "</td>");
}

const char *
tryst_html_began(const struct tryst_sighting *s)
{
	if (s->initiator == TRYST_INITIATOR_UNKNOWN)
		return "";
	if (s->initiator_confidence < CERTAIN)
		return "uncertain";
	return s->initiator == TRYST_INITIATOR_HOME ? "home" : "peer";
}

const char *
tryst_html_listed(const struct tryst_sighting *s)
{
	static const char *const words[2][3] = {
		{ "", "other port", "port" },
		{ "out of date", "other port, out of date", "port, out of date" },
	};

	return words[s->outside_validity][s->indicator_port ? 1 + s->listed_port : 0];
}

bool
tryst_html_any_listed(const struct tryst_case *c)
{
	for (size_t i = 0; i < c->sighting_count; i++) {
		if (c->sightings[i].indicator_port || c->sightings[i].outside_validity)
			return true;
	}
	return false;
}

bool
tryst_html_any_flags(const struct tryst_case *c)
{
	for (size_t i = 0; i < c->sighting_count; i++) {
		if (c->sightings[i].flags_known && c->sightings[i].proto == 6)
			return true;
	}
	return false;
}

static void
row(struct tryst_html *h, size_t index, bool with_flags, bool with_listed)
{
	const struct tryst_sighting *s = &h->c->sightings[index];
	uint32_t m = h->meeting_of[index];

	tryst_html_putf(h, "<tr id=\"s%u\"><th scope=\"row\" class=\"n\">%u</th><td class=\"d\">",
	                s->id, s->id);
	tryst_html_time(h, s->first_ms, false);
	tryst_html_put(h, "</td>");
	duration(h, s);
	tryst_html_put(h, "<td class=\"t\">");
	tryst_buf_proto(h->out, s->proto);
	tryst_html_put(h, "</td>");
	end(h, s->peer, s->peer_port_known, s->peer_port, s->peer_listed);
	tryst_html_putf(h, "<td class=\"t\">%s</td>",
	                !s->records_in    ? "\xe2\x86\x90"
	                : !s->records_out ? "\xe2\x86\x92"
	                                  : "\xe2\x86\x94");
	end(h, s->home, s->home_port_known, s->home_port, s->home_listed);
	tryst_html_counted(h, s->packets_in, !s->counts_known, 1);
	tryst_html_counted(h, s->packets_out, !s->counts_known, 1);
	tryst_html_counted(h, s->bytes_in, !s->counts_known, 1);
	tryst_html_counted(h, s->bytes_out, !s->counts_known, 1);
	if (with_flags)
		flags(h, s);
	tryst_html_putf(h, "<td class=\"t\">%s</td><td class=\"t k\">", tryst_html_began(s));
	tryst_html_mark(h, tryst_mark_of(s->verdict));
	tryst_html_putf(h, " %s</td><td class=\"t\">", tryst_verdict_word(s->verdict));
	if (m) {
		tryst_html_putf(h, "<a href=\"#r%u\">", m);
		tryst_html_grade(h, h->c->meetings[m - 1].judgement.grade);
		tryst_html_put(h, "</a>");
	}
	tryst_html_put(h, "</td><td class=\"t refs\">");
	tryst_html_records(h, s->refs, TRYST_MIN(s->ref_count, (uint32_t)TRYST_HTML_ROW_REFS_MAX),
	                   s->records);
	if (with_listed)
		tryst_html_putf(h, "</td><td class=\"t s\">%s", tryst_html_listed(s));
	tryst_html_put(h, "</td></tr>\n");
}

static void
limits(struct tryst_html *h)
{
	size_t all = h->c->sighting_count;

	if (h->rows == all)
		return;
	tryst_html_put(h, "<p class=\"more\" id=\"limits\">This table holds ");
	tryst_html_number(h, h->rows);
	tryst_html_put(h, " of ");
	tryst_html_count(h, all, "conversation");
	tryst_html_put(h, ": those of findings first. ");
	if (h->data > h->rows) {
		tryst_html_put(h, "With the page\xe2\x80\x99s script it holds ");
		tryst_html_number(h, h->data);
		tryst_html_put(h, ". ");
	}
	tryst_html_put(h, "The case file (<code>--save CASE.json</code>) has them all.</p>\n");
}

void
tryst_html_sightings(struct tryst_html *h)
{
	struct tryst_html_column columns[] = {
		{ "No.", 'n', NULL },         { "First, <span class=\"zn\">UTC</span>", 'd', NULL },
		{ "Seconds", 'n', NULL },     { "Proto", 't', NULL },
		{ "Peer", 't', NULL },        { "", 't', NULL },
		{ "Home", 't', NULL },        { "in", 'n', "Packets" },
		{ "out", 'n', "Packets" },    { "in", 'n', "Bytes" },
		{ "out", 'n', "Bytes" },      { "Flags", 't', NULL },
		{ "Began", 't', NULL },       { "Verdict", 't', NULL },
		{ "Met", 't', NULL },         { "Records", 't', NULL },
		{ "On the list", 't', NULL },
	};
	bool with_flags = tryst_html_any_flags(h->c), with_listed = tryst_html_any_listed(h->c);
	char day[TRYST_TIME_TEXT_MAX], caption[120];

	if (!h->c->sighting_count)
		return;
	tryst_html_section(h, "conversations", "Conversations",
	                   "All traffic with listed hosts, by time. \xe2\x80\x9cIn\xe2\x80\x9d is "
	                   "from the peer; the listed side is set bold. Flags: of both directions, "
	                   "in and out. Records: their ordinal in the input.");
	(void)tryst_time_format_short(h->c->sightings[0].first_ms, day);
	(void)snprintf(caption, sizeof(caption), "Conversations%s%.*s", h->one_day ? " of " : "",
	               h->one_day ? 10 : 0, day);
	tryst_html_table(h, "conversations-t", caption);
	if (!with_flags)
		columns[FLAGS].kind = 0;
	if (!with_listed)
		columns[LISTED].kind = 0;
	tryst_html_head(h, columns, TRYST_ARRAY_SIZE(columns));
	for (size_t i = 0; i < h->c->sighting_count; i++) {
		if (h->kept[i] & TRYST_HTML_ROW)
			row(h, i, with_flags, with_listed);
	}
	tryst_html_table_end(h);
	limits(h);
	tryst_html_put(h, "</section>\n");
}
