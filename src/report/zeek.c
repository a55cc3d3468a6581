/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations with listed hosts as a log that Zeek could have written (TSV with its header
 * lines), so that zeek-cut and what reads conn.log read it too.  Columns of conn.log have its names
 * and meanings; ours follow.  docs/exchange.md
 *
 * Source: Zeek's documentation of base/protocols/conn and of the ASCII writer.
 */
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>

#include "base/time.h"
#include "report/community.h"
#include "report/exchange.h"
#include "report/renderers.h"
#include "report/sentence.h"

/* Text from outside: what would end a field or a line, and everything not printable, as \xNN. */
static void
put_escaped(struct tryst_buf *out, const char *text, size_t len, bool in_set)
{
	for (size_t i = 0; i < len;) {
		size_t n = tryst_utf8_len(text + i, len - i);
		uint8_t c = (uint8_t)text[i];

		if (c == '\\' || (in_set && c == ',')) {
			tryst_buf_printf(out, "\\x%02x", c);
			i++;
		} else {
			n = n ? n : 1;
			tryst_buf_safe(out, text + i, n);
			i += n;
		}
	}
}

/* A whole field: what means unset or empty in Zeek does not when it is text. */
static void
put_text(struct tryst_buf *out, const char *text, bool in_set)
{
	if (!strcmp(text, "-") || !strcmp(text, "(empty)")) {
		tryst_buf_printf(out, "\\x%02x", (uint8_t)text[0]);
		text++;
	}
	put_escaped(out, text, strlen(text), in_set);
}

static void
put_seconds(struct tryst_buf *out, int64_t ms)
{
	uint64_t v = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;

	tryst_buf_printf(out, "%s%" PRIu64 ".%03u000", ms < 0 ? "-" : "", v / 1000,
	                 (unsigned)(v % 1000));
}

static void
put_ip(struct tryst_buf *out, struct tryst_ip ip)
{
	char text[TRYST_IP_TEXT_MAX];

	tryst_buf_add(out, text, tryst_ip_format(ip, text));
}

static void
put_bool(struct tryst_buf *out, bool v)
{
	tryst_buf_char(out, v ? 'T' : 'F');
}

static bool
is_icmp(const struct tryst_sighting *s)
{
	return s->proto == IPPROTO_ICMP || s->proto == IPPROTO_ICMPV6;
}

/* Of ICMP the type. */
static void
orig_p(const struct tryst_row *r, struct tryst_buf *out)
{
	if (is_icmp(r->sighting) && r->sighting->icmp_known)
		tryst_buf_u64(out, r->sighting->icmp >> 8);
	else if (!is_icmp(r->sighting) && r->talk.src_port_known)
		tryst_buf_u64(out, r->talk.src_port);
}

/* Of ICMP the type of the answer, where there is one, else the code. */
static void
resp_p(const struct tryst_row *r, struct tryst_buf *out)
{
	const struct tryst_sighting *s = r->sighting;

	if (is_icmp(s) && s->icmp_known) {
		int answer = tryst_icmp_counterpart(s->proto, (uint8_t)(s->icmp >> 8));

		tryst_buf_u64(out, answer >= 0 ? (uint64_t)answer : s->icmp & 0xff);
	} else if (!is_icmp(s) && r->talk.dst_port_known) {
		tryst_buf_u64(out, r->talk.dst_port);
	}
}

static void
proto(const struct tryst_row *r, struct tryst_buf *out)
{
	tryst_buf_str(out, is_icmp(r->sighting)                ? "icmp"
	                   : r->sighting->proto == IPPROTO_TCP ? "tcp"
	                   : r->sighting->proto == IPPROTO_UDP ? "udp"
	                                                       : "unknown_transport");
}

static void
labels(const struct tryst_row *r, struct tryst_buf *out)
{
	size_t before = out->len;

	for (uint32_t i = 0; i < r->host->indicator_count; i++) {
		const char *label =
			tryst_watchlist_indicator(r->c->watchlist, r->host->indicators[i])->label;

		if (!label[0])
			continue;
		tryst_buf_str(out, out->len > before ? "," : "");
		put_text(out, label, true);
	}
	if (out->len == before)
		tryst_buf_str(out, "(empty)");
}

static void
community(const struct tryst_row *r, struct tryst_buf *out)
{
	char id[TRYST_COMMUNITY_ID_LEN];

	if (tryst_sighting_community_id(r->sighting, id))
		tryst_buf_add(out, id, sizeof(id));
}

#define PUT(name, known, put)                                                                      \
	static void name(const struct tryst_row *r, struct tryst_buf *out)                         \
	{                                                                                          \
		if (known)                                                                         \
			put;                                                                       \
	}
#define S r->sighting
PUT(ts, true, put_seconds(out, S->first_ms))
PUT(uid, true, tryst_buf_printf(out, "T%u", S->id))
PUT(orig_h, true, put_ip(out, r->talk.src))
PUT(resp_h, true, put_ip(out, r->talk.dst))
PUT(service, S->service, put_text(out, S->service, false))
PUT(duration, true, put_seconds(out, (int64_t)((uint64_t)S->last_ms - (uint64_t)S->first_ms)))
PUT(orig_pkts, S->counts_known, tryst_buf_u64(out, r->talk.src_packets))
PUT(orig_bytes, S->counts_known, tryst_buf_u64(out, r->talk.src_bytes))
PUT(resp_pkts, S->counts_known, tryst_buf_u64(out, r->talk.dst_packets))
PUT(resp_bytes, S->counts_known, tryst_buf_u64(out, r->talk.dst_bytes))
PUT(local_orig, true, put_bool(out, r->talk.from_home))
PUT(local_resp, true, put_bool(out, !r->talk.from_home))
PUT(indicator, true, put_text(out, tryst_exchange_indicator(r->c, r->host), false))
PUT(listed, true, tryst_buf_str(out, tryst_exchange_listed(S)))
PUT(listed_port, S->indicator_port, put_bool(out, S->listed_port))
PUT(initiator, true, tryst_buf_str(out, tryst_exchange_initiator(S)))
PUT(verdict, true, tryst_buf_str(out, tryst_verdict_name(S->verdict)))
PUT(meeting, r->meeting, tryst_buf_u64(out, (uint64_t)(r->meeting - r->c->meetings) + 1))
PUT(grade, r->meeting, tryst_buf_char(out, r->meeting->judgement.grade))
PUT(outside, true, put_bool(out, S->outside_validity))
PUT(spoof, r->source, tryst_buf_str(out, tryst_exchange_spoof(r->source)))
#undef S

static const struct tryst_column columns[] = {
	{ "ts", "time", ts },
	{ "uid", "string", uid },
	{ "id.orig_h", "addr", orig_h },
	{ "id.orig_p", "port", orig_p },
	{ "id.resp_h", "addr", resp_h },
	{ "id.resp_p", "port", resp_p },
	{ "proto", "enum", proto },
	{ "service", "string", service },
	{ "duration", "interval", duration },
	{ "local_orig", "bool", local_orig },
	{ "local_resp", "bool", local_resp },
	{ "orig_pkts", "count", orig_pkts },
	{ "orig_ip_bytes", "count", orig_bytes },
	{ "resp_pkts", "count", resp_pkts },
	{ "resp_ip_bytes", "count", resp_bytes },
	{ "community_id", "string", community },
	{ "indicator", "string", indicator },
	{ "labels", "set[string]", labels },
	{ "listed", "string", listed },
	{ "listed_port", "bool", listed_port },
	{ "initiator", "string", initiator },
	{ "verdict", "string", verdict },
	{ "meeting", "count", meeting },
	{ "grade", "string", grade },
	{ "spoof", "string", spoof },
	{ "outside_validity", "bool", outside },
	{ 0 },
};

static void
names(struct tryst_buf *out, const char *line, bool types)
{
	tryst_buf_str(out, line);
	for (size_t i = 0; columns[i].name; i++)
		tryst_buf_printf(out, "\t%s", types ? columns[i].type : columns[i].name);
	tryst_buf_char(out, '\n');
}

/* "2026-11-23-09-00-00", from "2026-11-23T09:00:00.000Z". */
static void
moment(struct tryst_buf *out, const char *line, int64_t ms)
{
	char text[TRYST_TIME_TEXT_MAX];

	if (!tryst_time_has_date(ms))
		return;
	(void)tryst_time_format(ms, text);
	text[10] = text[13] = text[16] = '-';
	tryst_buf_printf(out, "%s\t%.19s\n", line, text);
}

/* Who reads the format takes no notice of lines with # that it does not know. */
static void
narrowed(struct tryst_buf *out, const struct tryst_case *c)
{
	if (!tryst_sentence_is_narrowed(c))
		return;
	tryst_buf_str(out, "#narrowed\t");
	tryst_sentence_asked(out, c);
	tryst_buf_char(out, '\n');
}

static void
each(const struct tryst_row *row, void *ctx)
{
	struct tryst_buf *out = ctx;

	for (size_t i = 0; columns[i].name; i++) {
		size_t before;

		if (i)
			tryst_buf_char(out, '\t');
		before = out->len;
		columns[i].put(row, out);
		if (out->len == before)
			tryst_buf_char(out, '-');
	}
	tryst_buf_char(out, '\n');
}

static int
render(const struct tryst_case *c, const struct tryst_report_options *options,
       struct tryst_buf *out, struct tryst_error *err)
{
	int rc;

	(void)options;
	tryst_buf_str(out, "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n"
	                   "#unset_field\t-\n#path\ttryst\n");
	moment(out, "#open", c->created_ms);
	narrowed(out, c);
	names(out, "#fields", false);
	names(out, "#types", true);
	rc = tryst_rows_sightings(c, each, out, err);
	moment(out, "#close", c->created_ms);
	return rc == 0 && out->failed ? tryst_error_nomem(err) : rc;
}

const struct tryst_renderer tryst_renderer_zeek = {
	.name = "zeek",
	.help = "conversations as a log of Zeek (TSV)",
	.render = render,
};
