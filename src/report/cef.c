/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Common Event Format, a line for each meeting, finding and conversation, as SIEMs read them from
 * syslog.  docs/exchange.md says which key holds what.
 *
 * Source: ArcSight Common Event Format, version 0: "|" and "\" are escaped in the header, "=", "\"
 * and line ends in the extension.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/community.h"
#include "report/exchange.h"
#include "report/renderers.h"

#define SEVERITY_MAX 10
#define SEVERITY_OUTSIDE 3 /* of conversations that belong to no meeting */

/* Control characters become \xNN first, whose backslash is then escaped like any other. */
static void
put_escaped(struct tryst_buf *out, const char *text, const char *special)
{
	struct tryst_buf safe = { 0 };

	tryst_buf_safe(&safe, text, strlen(text));
	out->failed |= safe.failed;
	for (const char *p = safe.failed || !safe.len ? "" : safe.data; *p; p++) {
		if (strchr(special, *p))
			tryst_buf_char(out, '\\');
		tryst_buf_char(out, *p);
	}
	tryst_buf_fini(&safe);
}

static void
head(struct tryst_buf *out, const char *id, const char *name, unsigned severity,
     const char *external)
{
	tryst_buf_str(out, "CEF:0|tryst|tryst|" TRYST_VERSION "|");
	tryst_buf_printf(out, "%s|", id);
	put_escaped(out, name, "|\\");
	/* With the first key, so that all others have a blank before them, whatever a value ends
	 * in. */
	tryst_buf_printf(out, "|%u|externalId=%s", severity, external);
}

static void
key(struct tryst_buf *out, const char *name)
{
	tryst_buf_printf(out, " %s=", name);
}

static void
key_text(struct tryst_buf *out, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	key(out, name);
	put_escaped(out, text, "=\\");
}

static void
key_u64(struct tryst_buf *out, const char *name, uint64_t v)
{
	key(out, name);
	tryst_buf_u64(out, v);
}

static void
key_time(struct tryst_buf *out, const char *name, int64_t ms)
{
	if (ms >= 0)
		key_u64(out, name, (uint64_t)ms);
}

static void
key_ip(struct tryst_buf *out, const char *name, struct tryst_ip ip)
{
	char text[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(ip, text);
	key_text(out, name, text);
}

static void
key_proto(struct tryst_buf *out, uint8_t proto)
{
	key(out, "proto");
	tryst_exchange_proto(out, proto);
}

static void
labelled(struct tryst_buf *out, const char *name, const char *label, const char *text)
{
	char label_key[24];

	if (!text || !*text)
		return;
	key_text(out, name, text);
	(void)snprintf(label_key, sizeof(label_key), "%sLabel", name);
	key_text(out, label_key, label);
}

static void
real(struct tryst_buf *out, const char *name, const char *label, double v)
{
	char text[32];

	if (!isfinite(v))
		return;
	(void)snprintf(text, sizeof(text), "%.6g", v);
	labelled(out, name, label, text);
}

struct context {
	struct tryst_buf *out;
	char external[TRYST_UUID_TEXT_MAX]; /* of the case */
	struct tryst_asked asked;
};

static void
moment(struct tryst_buf *out, const char *name, const char *label, int64_t ms)
{
	char text[24];

	if (ms < 0)
		return;
	(void)snprintf(text, sizeof(text), "%" PRId64, ms);
	labelled(out, name, label, text);
}

/* Ends a line, with what the search was narrowed to. */
static void
line_end(const struct context *x)
{
	const struct tryst_asked *a = &x->asked;

	if (a->from_known)
		moment(x->out, "deviceCustomDate1", "searched from", a->from_ms);
	if (a->to_known)
		moment(x->out, "deviceCustomDate2", "searched to", a->to_ms);
	labelled(x->out, "flexString1", "filter", a->filter);
	tryst_buf_char(x->out, '\n');
}

static void
meeting(const struct context *x, const struct tryst_meeting *m)
{
	char grade[2] = { m->judgement.grade, '\0' };
	struct tryst_buf *out = x->out;

	head(out, "meeting", "Listed hosts met at one endpoint",
	     tryst_exchange_risk(m, SEVERITY_MAX), x->external);
	key_time(out, "start", m->first_ms);
	key_time(out, "end", m->last_ms);
	key_ip(out, m->at_peer ? "src" : "dst", m->ip);
	if (m->port_known)
		key_u64(out, "dpt", m->port);
	key_proto(out, m->proto);
	key_text(out, "app", m->service);
	key_u64(out, "cnt", m->sighting_count);
	if (m->uncounted < m->sighting_count) {
		/* "In" is from the source to the destination. */
		key_u64(out, "in", m->at_peer ? m->bytes_out : m->bytes_in);
		key_u64(out, "out", m->at_peer ? m->bytes_in : m->bytes_out);
	}
	key_u64(out, "cn1", m->host_count);
	key_text(out, "cn1Label", "listed hosts met");
	labelled(out, "cs4", "grade", grade);
	labelled(out, "cs5", "forged sources", tryst_exchange_spoof(&m->spoof));
	if (!m->chance.untested)
		real(out, "cfp1", "log10 p of chance", m->chance.log10_p);
	key_text(out, "msg", m->judgement.verdict);
	line_end(x);
}

/* A search without a list has grades alone. */
static unsigned
grade_severity(char grade)
{
	static const struct {
		char grade;
		unsigned severity;
	} severities[] = { { 'A', 8 }, { 'B', 7 }, { 'C', 5 }, { 'D', 2 } };

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(severities); i++) {
		if (severities[i].grade == grade)
			return severities[i].severity;
	}
	return SEVERITY_OUTSIDE;
}

static void
finding(const struct context *x, const struct tryst_finding *f)
{
	char grade[2] = { f->grade, '\0' };
	struct tryst_buf *out = x->out;

	head(out, "finding", "Clients met at one endpoint", grade_severity(f->grade), x->external);
	key_time(out, "start", f->first_ms);
	key_time(out, "end", f->last_ms);
	if (f->client_count)
		key_ip(out, "src", f->clients[0]);
	key_ip(out, "dst", f->ip);
	if (f->port_known)
		key_u64(out, "dpt", f->port);
	key_proto(out, f->proto);
	key_text(out, "app", f->service);
	key_text(out, "cat", f->kind);
	key_u64(out, "cn1", f->clients_total);
	key_text(out, "cn1Label", "clients");
	labelled(out, "cs4", "grade", grade);
	if (f->p_known)
		real(out, "cfp1", "log10 p of chance", f->log10_p);
	key_text(out, "msg", f->verdict);
	line_end(x);
}

/* The entry, its list and its labels. */
static void
listed(struct tryst_buf *out, const struct tryst_row *r)
{
	const struct tryst_watchlist *w = r->c->watchlist;
	struct tryst_buf labels = { 0 };

	labelled(out, "cs1", "indicator", tryst_exchange_indicator(r->c, r->host));
	if (r->host->indicator_count) {
		uint32_t list = tryst_watchlist_indicator(w, r->host->indicators[0])->list;

		labelled(out, "cs2", "watchlist", tryst_watchlist_list(w, list)->path);
	}
	tryst_exchange_labels(&labels, r->c, r->host);
	out->failed |= labels.failed;
	labelled(out, "cs3", "labels", labels.failed ? NULL : labels.data);
	tryst_buf_fini(&labels);
}

static void
ends(struct tryst_buf *out, const struct tryst_row *r)
{
	key_ip(out, "src", r->talk.src);
	if (r->talk.src_port_known)
		key_u64(out, "spt", r->talk.src_port);
	key_ip(out, "dst", r->talk.dst);
	if (r->talk.dst_port_known)
		key_u64(out, "dpt", r->talk.dst_port);
}

static void
each(const struct tryst_row *r, void *ctx)
{
	const struct tryst_sighting *s = r->sighting;
	char grade[2] = { r->meeting ? r->meeting->judgement.grade : '\0', '\0' };
	char community[TRYST_COMMUNITY_ID_LEN + 1] = "";
	const struct context *x = ctx;
	struct tryst_buf *out = x->out;

	(void)tryst_sighting_community_id(s, community);
	head(out, "sighting", "Conversation with a listed host",
	     r->meeting ? tryst_exchange_risk(r->meeting, SEVERITY_MAX) : SEVERITY_OUTSIDE,
	     x->external);
	key_time(out, "start", s->first_ms);
	key_time(out, "end", s->last_ms);
	ends(out, r);
	key_proto(out, s->proto);
	key_text(out, "app", s->service);
	key_text(out, "deviceDirection", r->talk.from_home ? "1" : "0");
	if (s->counts_known) {
		key_u64(out, "in", r->talk.src_bytes);
		key_u64(out, "out", r->talk.dst_bytes);
	}
	key_u64(out, "cnt", s->records);
	listed(out, r);
	labelled(out, "cs4", "grade", grade);
	labelled(out, "cs5", "forged sources", tryst_exchange_spoof(r->source));
	labelled(out, "cs6", "community id", community);
	key_text(out, "outcome", tryst_verdict_name(s->verdict));
	key_text(out, "reason", s->outside_validity ? "out of date" : NULL);
	line_end(x);
}

static int
render(const struct tryst_case *c, const struct tryst_report_options *options,
       struct tryst_buf *out, struct tryst_error *err)
{
	struct context x = { .out = out };
	struct tryst_buf filter = { 0 };
	int rc;

	(void)options;
	x.asked = tryst_exchange_asked(c, &filter);
	tryst_case_uuid(c, out, x.external);
	for (size_t i = 0; i < c->meeting_count; i++)
		meeting(&x, &c->meetings[i]);
	for (size_t i = 0; i < c->finding_count; i++)
		finding(&x, &c->findings[i]);
	rc = tryst_rows_sightings(c, each, &x, err);
	out->failed |= filter.failed;
	tryst_buf_fini(&filter);
	return rc == 0 && out->failed ? tryst_error_nomem(err) : rc;
}

const struct tryst_renderer tryst_renderer_cef = {
	.name = "cef",
	.help = "Common Event Format, a line a meeting and a conversation",
	.render = render,
};
