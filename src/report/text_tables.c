/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the report for a person: meetings, listed hosts, sightings. */
#include <stdio.h>
#include <string.h>

#include "base/proto.h"
#include "base/time.h"
#include "report/text.h"

#define MEETINGS_MAX 20
#define HOSTS_MAX 30
#define SIGHTINGS_MAX 20
#define LABEL_MAX 40
#define PORTS_MAX 4
#define CERTAIN 0.9 /* confidence below it is told as "uncertain" */

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
	tryst_table_cell(t, "%s", text + (p->one_day ? TRYST_DATE_LEN + 1 : 0));
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
	tryst_table_print(t, p->out, p->width, 2);
	tryst_table_fini(t);
	tryst_text_more(p, shown, all);
}

/* A heading that says how the times below it are meant. */
static void
timed_heading(struct tryst_page *p, const char *title, const char *legend)
{
	char day[TRYST_TIME_TEXT_MAX], text[64];

	(void)tryst_time_format_short(p->c->sightings[0].first_ms, day);
	(void)snprintf(text, sizeof(text), "%s (%.*s%s)", title, TRYST_DATE_LEN,
	               p->one_day ? day : "times in", " UTC");
	tryst_text_heading(p, text, legend);
}

void
tryst_text_meetings(struct tryst_page *p)
{
	static const struct tryst_table_column columns[] = {
		{ "Home endpoint", false, NULL }, { "Listed", true, NULL },
		{ "Convs", true, NULL },          { "2-way", true, NULL },
		{ "First", false, "" },           { "Last", false, "" },
		{ "in", true, "Packets" },        { "out", true, "Packets" },
		{ "in", true, "Bytes" },          { "out", true, "Bytes" },
		{ "Service", false, NULL },
	};
	/* The endpoint's port says much of what the service does, and bytes of what packets do. */
	static const struct tryst_table_narrow narrow[TRYST_ARRAY_SIZE(columns)] = {
		[6] = { true, 2 }, [7] = { true, 2 },   [8] = { true, 0 },
		[9] = { true, 0 }, [10] = { false, 1 },
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
	t.narrow = narrow;
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

/* How many lists the host is on. */
static uint32_t
host_lists(const struct tryst_case *c, const struct tryst_listed_host *h)
{
	return tryst_watchlist_listed_by(c->watchlist, h->indicators, h->indicator_count);
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
	if (host_lists(c, h) > 1)
		tryst_buf_printf(b, "%s(listed by %u)", b->len ? " " : "", host_lists(c, h));
	else if (h->indicator_count > 1)
		tryst_buf_printf(b, "%s(+%u more)", b->len ? " " : "", h->indicator_count - 1);
	if (h->outdated) {
		tryst_buf_str(b, b->len ? ", " : "");
		if (h->outdated < h->conversations) {
			tryst_layout_number(b, h->outdated);
			tryst_buf_char(b, ' ');
		}
		tryst_buf_str(b, "out of date");
	}
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

void
tryst_text_hosts(struct tryst_page *p)
{
	static const struct tryst_table_column columns[] = {
		{ "Address", false, NULL }, { "Convs", true, NULL },
		{ "First", false, "" },     { "Last", false, "" },
		{ "in", true, "Packets" },  { "out", true, "Packets" },
		{ "in", true, "Bytes" },    { "out", true, "Bytes" },
		{ "Ports", false, NULL },   { "On the list", false, NULL },
	};
	static const struct tryst_table_narrow narrow[TRYST_ARRAY_SIZE(columns)] = {
		[4] = { true, 1 },
		[5] = { true, 1 },
		[6] = { true, 0 },
		[7] = { true, 0 },
	};
	size_t shown = TRYST_MIN(p->c->host_count, (size_t)HOSTS_MAX);
	struct tryst_buf b = { 0 };
	struct tryst_table t;

	if (!shown)
		return;
	timed_heading(p, "LISTED HOSTS", NULL);
	tryst_table_init(&t, columns, TRYST_ARRAY_SIZE(columns));
	t.narrow = narrow;
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

/* What worked is what matters; what never could does not. */
static enum tryst_tone
verdict_tone(enum tryst_verdict v)
{
	static const uint8_t tones[TRYST_VERDICT_COUNT] = {
		[TRYST_VERDICT_EXCHANGED] = TRYST_TONE_ALARM,
		[TRYST_VERDICT_ANSWERED] = TRYST_TONE_ALARM,
		[TRYST_VERDICT_HANDSHAKE] = TRYST_TONE_STRONG,
		[TRYST_VERDICT_DROPPED] = TRYST_TONE_FAINT,
		[TRYST_VERDICT_BACKSCATTER] = TRYST_TONE_FAINT,
		[TRYST_VERDICT_ATTEMPT] = TRYST_TONE_FAINT,
		[TRYST_VERDICT_REFUSED] = TRYST_TONE_FAINT,
	};

	return (enum tryst_tone)tones[v];
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
	tryst_text_cell_tone(p, t, verdict_tone(s->verdict));
	/* What the list says of this very conversation, where it says more than the address. */
	tryst_table_cell(t, "%s%s%s",
	                 !s->indicator_port ? ""
	                 : s->listed_port   ? "port"
	                                    : "other port",
	                 s->indicator_port && s->outside_validity ? ", " : "",
	                 s->outside_validity ? "out of date" : "");
	tryst_buf_fini(&b);
}

void
tryst_text_sightings(struct tryst_page *p)
{
	static const struct tryst_table_column columns[] = {
		{ "No.", true, NULL },      { "First", false, NULL },  { "Secs", true, NULL },
		{ "Proto", false, NULL },   { "Home", false, NULL },   { "", false, NULL },
		{ "Peer", false, NULL },    { "in", true, "Packets" }, { "out", true, "Packets" },
		{ "in", true, "Bytes" },    { "out", true, "Bytes" },  { "Began", false, NULL },
		{ "Verdict", false, NULL }, { "List", false, NULL },
	};
	static const struct tryst_table_narrow narrow[TRYST_ARRAY_SIZE(columns)] = {
		[7] = { true, 0 },
		[8] = { true, 0 },
		[9] = { true, 0 },
		[10] = { true, 0 },
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
	t.narrow = narrow;
	for (size_t i = 0; i < shown; i++)
		sighting_row(&t, p, &p->c->sightings[i]);
	table_end(p, &t, shown, p->c->sighting_count);
}
