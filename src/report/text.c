/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The report for a person: the answer first, then meetings, listed hosts, sightings, what was read
 * and what could not be, caveats.  The same order as the case file, the same numbers, less detail.
 */
#include "report/text.h"

#include <stdio.h>
#include <string.h>

#include "base/proto.h"
#include "base/time.h"
#include "report/renderers.h"

#define MEETINGS_MAX 20
#define HOSTS_MAX 30
#define SIGHTINGS_MAX 20
#define LABEL_MAX 40
#define PORTS_MAX 4
#define DATE_LEN 10
#define CERTAIN 0.9 /* confidence below it is told as "uncertain" */

static const char *const tones[] = {
	[TRYST_TONE_PLAIN] = "",
	[TRYST_TONE_STRONG] = "\033[1m",
	[TRYST_TONE_ALARM] = "\033[31m",
};

void
tryst_text_line(struct tryst_page *p, enum tryst_tone tone, unsigned indent, const char *text)
{
	bool colour = p->colour && tone != TRYST_TONE_PLAIN;

	if (colour)
		tryst_buf_str(p->out, tones[tone]);
	tryst_layout_wrap(p->out, p->width, indent, indent + 2, text);
	if (colour && p->out->len) {
		p->out->len--; /* the reset stands before the newline */
		tryst_buf_str(p->out, "\033[0m\n");
	}
}

void
tryst_text_heading(struct tryst_page *p, const char *title, const char *legend)
{
	tryst_buf_char(p->out, '\n');
	tryst_text_line(p, TRYST_TONE_STRONG, 0, title);
	if (legend)
		tryst_layout_wrap(p->out, p->width, 2, 2, legend);
}

void
tryst_text_span(struct tryst_buf *b, int64_t first_ms, int64_t last_ms, const char *between)
{
	char first[TRYST_TIME_TEXT_MAX], last[TRYST_TIME_TEXT_MAX];
	size_t len = tryst_time_format_short(first_ms, first);

	(void)tryst_time_format_short(last_ms, last);
	tryst_buf_str(b, first);
	if (!strcmp(first, last))
		return;
	tryst_buf_str(b, between);
	tryst_buf_str(b, len == 19 && !strncmp(first, last, 11) ? last + 11 : last);
}

/* "12", "12+" where some conversations were not counted, "-" where none was. */
static void
cell_count(struct tryst_table *t, uint64_t v, uint32_t uncounted, uint32_t of)
{
	struct tryst_buf b = { 0 };

	tryst_layout_number(&b, v);
	if (uncounted == of)
		tryst_table_cell(t, "-");
	else
		tryst_table_cell(t, "%s%s", b.failed ? "" : b.data, uncounted ? "+" : "");
	t->text.failed |= b.failed;
	tryst_buf_fini(&b);
}

static void
cell_time(struct tryst_table *t, const struct tryst_page *p, int64_t ms)
{
	char text[TRYST_TIME_TEXT_MAX];

	(void)tryst_time_format_short(ms, text);
	tryst_table_cell(t, "%s", text + (p->one_day ? DATE_LEN + 1 : 0));
}

/* A cell out of b, which is emptied. */
static void
cell_buf(struct tryst_table *t, struct tryst_buf *b)
{
	t->text.failed |= b->failed;
	tryst_table_cell(t, "%s", b->len ? b->data : "");
	tryst_buf_clear(b);
}

/* Prints the table and says how many rows are not in it. */
static void
table_end(struct tryst_page *p, struct tryst_table *t, size_t shown, size_t all)
{
	struct tryst_buf b = { 0 };

	tryst_table_print(t, p->out, p->width, 2);
	tryst_table_fini(t);
	if (all <= shown)
		return;
	tryst_buf_str(&b, "and ");
	tryst_layout_number(&b, all - shown);
	tryst_buf_str(&b, " more: -o json or --save CASE.json has them all.");
	if (!b.failed)
		tryst_text_line(p, TRYST_TONE_PLAIN, 2, b.data);
	p->out->failed |= b.failed;
	tryst_buf_fini(&b);
}

void
tryst_text_endpoint(struct tryst_buf *b, const struct tryst_meeting *m)
{
	char ip[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(m->ip, ip);
	tryst_buf_printf(b, "%s%s ", ip, m->at_peer ? " ->" : "");
	tryst_buf_proto(b, m->proto);
	if (m->port_known)
		tryst_buf_printf(b, "/%u", m->port);
}

/* A heading that says how the times below it are meant. */
static void
timed_heading(struct tryst_page *p, const char *title, const char *legend)
{
	char day[TRYST_TIME_TEXT_MAX], text[64];

	(void)tryst_time_format_short(p->c->sightings[0].first_ms, day);
	(void)snprintf(text, sizeof(text), "%s (%.*s%s)", title, DATE_LEN,
	               p->one_day ? day : "times in", " UTC");
	tryst_text_heading(p, text, legend);
}

static void
meetings(struct tryst_page *p)
{
	static const struct tryst_table_column columns[] = {
		{ "Home endpoint", false, NULL }, { "Listed", true, NULL },
		{ "Convs", true, NULL },          { "2-way", true, NULL },
		{ "First", false, "" },           { "Last", false, "" },
		{ "in", true, "Packets" },        { "out", true, "Packets" },
		{ "in", true, "Bytes" },          { "out", true, "Bytes" },
		{ "Service", false, NULL },
	};
	size_t shown = TRYST_MIN(p->c->meeting_count, (size_t)MEETINGS_MAX);
	struct tryst_buf b = { 0 };
	struct tryst_table t;

	if (!shown)
		return;
	timed_heading(p, "MEETINGS",
	              "Home endpoints and the number of listed hosts that met there. \"In\" is "
	              "from the listed hosts; \"->\" marks a port on their side.");
	tryst_table_init(&t, columns, TRYST_ARRAY_SIZE(columns));
	for (size_t i = 0; i < shown; i++) {
		const struct tryst_meeting *m = &p->c->meetings[i];

		tryst_text_endpoint(&b, m);
		cell_buf(&t, &b);
		tryst_table_number(&t, m->host_count);
		tryst_table_number(&t, m->sighting_count);
		tryst_table_number(&t, m->answered);
		cell_time(&t, p, m->first_ms);
		cell_time(&t, p, m->last_ms);
		cell_count(&t, m->packets_in, m->uncounted, m->sighting_count);
		cell_count(&t, m->packets_out, m->uncounted, m->sighting_count);
		cell_count(&t, m->bytes_in, m->uncounted, m->sighting_count);
		cell_count(&t, m->bytes_out, m->uncounted, m->sighting_count);
		tryst_table_cell(&t, "%s", m->service ? m->service : "");
	}
	table_end(p, &t, shown, p->c->meeting_count);
	tryst_buf_fini(&b);
}

/*
 * The entry's text where it is not the address itself, its label, and how many more entries hold
 * it.
 */
static void
host_entry(struct tryst_buf *b, const struct tryst_case *c, const struct tryst_listed_host *h)
{
	const struct tryst_indicator *ind;
	struct tryst_buf raw = { 0 };
	char ip[TRYST_IP_TEXT_MAX];

	if (!h->indicator_count)
		return;
	ind = tryst_watchlist_indicator(c->watchlist, h->indicators[0]);
	(void)tryst_ip_format(h->ip, ip);
	tryst_buf_str(&raw, strcmp(ip, ind->text) ? ind->text : "");
	tryst_buf_str(&raw, raw.len && ind->label[0] ? " " : "");
	tryst_buf_str(&raw, ind->label);
	b->failed |= raw.failed;
	if (!raw.failed)
		tryst_layout_clip(b, raw.data, LABEL_MAX);
	if (h->indicator_count > 1)
		tryst_buf_printf(b, "%s(+%u more)", b->len ? " " : "", h->indicator_count - 1);
	tryst_buf_fini(&raw);
}

static void
host_ports(struct tryst_buf *b, const struct tryst_listed_host *h)
{
	for (uint32_t i = 0; i < h->port_count && i < PORTS_MAX; i++)
		tryst_buf_printf(b, "%s%u", i ? " " : "", h->ports[i]);
	if (h->port_count > PORTS_MAX)
		tryst_buf_printf(b, " +%u", h->port_count - PORTS_MAX);
}

static void
hosts(struct tryst_page *p)
{
	static const struct tryst_table_column columns[] = {
		{ "Address", false, NULL }, { "Convs", true, NULL },
		{ "First", false, "" },     { "Last", false, "" },
		{ "in", true, "Packets" },  { "out", true, "Packets" },
		{ "in", true, "Bytes" },    { "out", true, "Bytes" },
		{ "Ports", false, NULL },   { "On the list", false, NULL },
	};
	size_t shown = TRYST_MIN(p->c->host_count, (size_t)HOSTS_MAX);
	struct tryst_buf b = { 0 };
	struct tryst_table t;

	if (!shown)
		return;
	timed_heading(p, "LISTED HOSTS", NULL);
	tryst_table_init(&t, columns, TRYST_ARRAY_SIZE(columns));
	for (size_t i = 0; i < shown; i++) {
		const struct tryst_listed_host *h = &p->c->hosts[i];
		char ip[TRYST_IP_TEXT_MAX];

		(void)tryst_ip_format(h->ip, ip);
		tryst_table_cell(&t, "%s", ip);
		tryst_table_number(&t, h->conversations);
		cell_time(&t, p, h->first_ms);
		cell_time(&t, p, h->last_ms);
		cell_count(&t, h->packets_in, h->uncounted, h->conversations);
		cell_count(&t, h->packets_out, h->uncounted, h->conversations);
		cell_count(&t, h->bytes_in, h->uncounted, h->conversations);
		cell_count(&t, h->bytes_out, h->uncounted, h->conversations);
		host_ports(&b, h);
		cell_buf(&t, &b);
		host_entry(&b, p->c, h);
		cell_buf(&t, &b);
	}
	table_end(p, &t, shown, p->c->host_count);
	tryst_buf_fini(&b);
}

static void
cell_end(struct tryst_table *t, struct tryst_ip ip, bool port_known, uint16_t port, bool mark)
{
	char text[TRYST_IP_TEXT_MAX];
	bool v6 = port_known && !tryst_ip_is_v4(ip);
	char number[8] = "";

	(void)tryst_ip_format(ip, text);
	if (port_known)
		(void)snprintf(number, sizeof(number), ":%u", port);
	tryst_table_cell(t, "%s%s%s%s%s", v6 ? "[" : "", text, v6 ? "]" : "", number,
	                 mark ? "*" : "");
}

static void
sighting_row(struct tryst_table *t, const struct tryst_page *p, const struct tryst_sighting *s)
{
	static const char *const began[] = {
		[TRYST_INITIATOR_UNKNOWN] = "",
		[TRYST_INITIATOR_HOME] = "home",
		[TRYST_INITIATOR_PEER] = "peer",
	};
	uint64_t tenths = ((uint64_t)s->last_ms - (uint64_t)s->first_ms) / 100;
	struct tryst_buf b = { 0 };

	tryst_table_number(t, s->id);
	cell_time(t, p, s->first_ms);
	if (tenths) {
		tryst_layout_number(&b, tenths / 10);
		tryst_buf_printf(&b, ".%u", (unsigned)(tenths % 10));
	}
	cell_buf(t, &b);
	tryst_buf_proto(&b, s->proto);
	cell_buf(t, &b);
	cell_end(t, s->home, s->home_port_known, s->home_port, s->home_listed);
	tryst_table_cell(t, "%s", !s->records_in ? "->" : !s->records_out ? "<-" : "<->");
	cell_end(t, s->peer, s->peer_port_known, s->peer_port, s->home_listed && s->peer_listed);
	cell_count(t, s->packets_in, !s->counts_known, 1);
	cell_count(t, s->packets_out, !s->counts_known, 1);
	cell_count(t, s->bytes_in, !s->counts_known, 1);
	cell_count(t, s->bytes_out, !s->counts_known, 1);
	tryst_table_cell(t, "%s",
	                 s->initiator != TRYST_INITIATOR_UNKNOWN &&
	                                 s->initiator_confidence < CERTAIN
	                         ? "uncertain"
	                         : began[s->initiator]);
	tryst_table_cell(t, "%s", tryst_verdict_word(s->verdict));
	tryst_buf_fini(&b);
}

static void
sightings(struct tryst_page *p)
{
	static const struct tryst_table_column columns[] = {
		{ "No.", true, NULL },      { "First", false, NULL },  { "Secs", true, NULL },
		{ "Proto", false, NULL },   { "Home", false, NULL },   { "", false, NULL },
		{ "Peer", false, NULL },    { "in", true, "Packets" }, { "out", true, "Packets" },
		{ "in", true, "Bytes" },    { "out", true, "Bytes" },  { "Began", false, NULL },
		{ "Verdict", false, NULL },
	};
	size_t shown = TRYST_MIN(p->c->sighting_count, (size_t)SIGHTINGS_MAX);
	bool home_listed = false;
	struct tryst_table t;

	if (!shown)
		return;
	for (size_t i = 0; i < shown; i++)
		home_listed |= p->c->sightings[i].home_listed;
	timed_heading(
		p, "SIGHTINGS",
		home_listed
			? "Conversations with listed hosts, by time. \"In\" is from the peer, "
			  "which is listed; where the home side is, or both are, \"*\" marks it."
			: "Conversations with listed hosts (peers), by time. \"In\" is from the "
			  "peer.");
	tryst_table_init(&t, columns, TRYST_ARRAY_SIZE(columns));
	for (size_t i = 0; i < shown; i++)
		sighting_row(&t, p, &p->c->sightings[i]);
	table_end(p, &t, shown, p->c->sighting_count);
}

static bool
one_day(const struct tryst_case *c)
{
	char first[TRYST_TIME_TEXT_MAX], last[TRYST_TIME_TEXT_MAX];

	if (!c->sighting_count ||
	    tryst_time_format_short(c->sightings[0].first_ms, first) < DATE_LEN)
		return false;
	for (size_t i = 0; i < c->sighting_count; i++) {
		(void)tryst_time_format_short(c->sightings[i].last_ms, last);
		if (strncmp(first, last, DATE_LEN))
			return false;
	}
	return first[DATE_LEN] == ' ';
}

static int
render(const struct tryst_case *c, const struct tryst_report_options *options,
       struct tryst_buf *out, struct tryst_error *err)
{
	unsigned width = options->width ? options->width : TRYST_TEXT_WIDTH;
	struct tryst_page p = {
		.c = c,
		.out = out,
		.width = TRYST_MAX(width, TRYST_TEXT_WIDTH_MIN),
		.colour = options->colour,
		.one_day = one_day(c),
	};
	struct tryst_buf b = { 0 };

	tryst_text_answer(&p);
	tryst_text_judgement(&p);
	meetings(&p);
	hosts(&p);
	tryst_text_companions(&p);
	tryst_text_times(&p);
	sightings(&p);
	tryst_text_inputs(&p);
	tryst_text_watchlists(&p);
	if (c->caveat_count)
		tryst_text_heading(&p, "CAVEATS", NULL);
	for (size_t i = 0; i < c->caveat_count; i++) {
		tryst_buf_clear(&b);
		tryst_buf_printf(&b, "* %s", c->caveats[i]);
		out->failed |= b.failed;
		if (!b.failed)
			tryst_text_line(&p, TRYST_TONE_PLAIN, 2, b.data);
	}
	tryst_buf_fini(&b);
	return out->failed ? tryst_error_nomem(err) : 0;
}

const struct tryst_renderer tryst_renderer_text = {
	.name = "text",
	.help = "a page for people",
	.render = render,
};
