/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables as CSV (RFC 4180, lines end in LF) with a header: conversations, meetings, listed hosts,
 * companions, findings of a search.  What is not known is an empty cell; text from outside is
 * quoted and can be no formula (tryst_csv_text).  docs/exchange.md
 */
#include <math.h>
#include <string.h>

#include "base/time.h"
#include "report/community.h"
#include "report/exchange.h"
#include "report/renderers.h"

/* A function that appends one value of the row r, if it is known. */
#define PUT(name, known, put)                                                                      \
	static void name(const struct tryst_row *r, struct tryst_buf *out)                         \
	{                                                                                          \
		if (known)                                                                         \
			put;                                                                       \
	}
#define U64(v) tryst_buf_u64(out, v)
#define TEXT(v) tryst_buf_str(out, v)

static void
put_ip(struct tryst_buf *out, struct tryst_ip ip)
{
	char text[TRYST_IP_TEXT_MAX];

	tryst_buf_add(out, text, tryst_ip_format(ip, text));
}

static void
put_time(struct tryst_buf *out, int64_t ms)
{
	char text[TRYST_TIME_TEXT_MAX];

	tryst_buf_add(out, text, tryst_time_format(ms, text));
}

static void
put_real(struct tryst_buf *out, double v)
{
	if (isfinite(v))
		tryst_buf_printf(out, "%.6g", v);
}

static void
put_i64(struct tryst_buf *out, int64_t v)
{
	if (v < 0)
		tryst_buf_char(out, '-');
	tryst_buf_u64(out, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

static void
put_text(struct tryst_buf *out, const char *text)
{
	tryst_csv_text(out, text, strlen(text));
}

static void
put_indicator(struct tryst_buf *out, const struct tryst_row *r)
{
	put_text(out, tryst_exchange_indicator(r->c, r->host));
}

static void
put_labels(struct tryst_buf *out, const struct tryst_row *r)
{
	struct tryst_buf labels = { 0 };

	tryst_exchange_labels(&labels, r->c, r->host);
	out->failed |= labels.failed;
	if (!labels.failed && labels.len)
		tryst_csv_text(out, labels.data, labels.len);
	tryst_buf_fini(&labels);
}

static void
put_exporters(struct tryst_buf *out, const struct tryst_sighting *s)
{
	for (uint32_t i = 0; i < s->exporter_count; i++) {
		tryst_buf_str(out, i ? " " : "");
		put_ip(out, s->exporters[i]);
	}
}

static void
put_community(struct tryst_buf *out, const struct tryst_sighting *s)
{
	char id[TRYST_COMMUNITY_ID_LEN];

	if (tryst_sighting_community_id(s, id))
		tryst_buf_add(out, id, sizeof(id));
}

/* What the most specific entry says of itself. */
static void
put_entry(struct tryst_buf *out, const struct tryst_row *r, bool confidence)
{
	const struct tryst_indicator *entry = tryst_exchange_entry(r->c, r->host);

	if (entry && confidence && entry->confidence != TRYST_CONFIDENCE_UNKNOWN)
		tryst_buf_u64(out, entry->confidence);
	else if (entry && !confidence)
		put_text(out, entry->source);
}

PUT(h_source, true, put_entry(out, r, false))
PUT(h_confidence, true, put_entry(out, r, true))

#define S r->sighting
PUT(s_id, true, U64(S->id))
PUT(s_first, true, put_time(out, S->first_ms))
PUT(s_last, true, put_time(out, S->last_ms))
PUT(s_proto, true, tryst_exchange_proto(out, S->proto))
PUT(s_home, true, put_ip(out, S->home))
PUT(s_home_port, S->home_port_known, U64(S->home_port))
PUT(s_peer, true, put_ip(out, S->peer))
PUT(s_peer_port, S->peer_port_known, U64(S->peer_port))
PUT(s_icmp_type, S->icmp_known, U64(S->icmp >> 8))
PUT(s_icmp_code, S->icmp_known, U64(S->icmp & 0xff))
PUT(s_listed, true, TEXT(tryst_exchange_listed(S)))
PUT(s_initiator, true, TEXT(tryst_exchange_initiator(S)))
PUT(s_confidence, S->initiator != TRYST_INITIATOR_UNKNOWN, put_real(out, S->initiator_confidence))
PUT(s_packets_out, S->counts_known, U64(S->packets_out))
PUT(s_bytes_out, S->counts_known, U64(S->bytes_out))
PUT(s_packets_in, S->counts_known, U64(S->packets_in))
PUT(s_bytes_in, S->counts_known, U64(S->bytes_in))
PUT(s_flags_out, S->flags_known, U64(S->flags_out))
PUT(s_flags_in, S->flags_known, U64(S->flags_in))
PUT(s_records, true, U64(S->records))
PUT(s_sampling, S->sampling, U64(S->sampling))
PUT(s_verdict, true, TEXT(tryst_verdict_name(S->verdict)))
PUT(s_service, S->service, put_text(out, S->service))
PUT(s_exporters, true, put_exporters(out, S))
PUT(s_community, true, put_community(out, S))
PUT(s_listed_port, S->indicator_port, TEXT(S->listed_port ? "true" : "false"))
PUT(s_indicator, true, put_indicator(out, r))
PUT(s_labels, true, put_labels(out, r))
PUT(s_meeting, r->meeting, U64((uint64_t)(r->meeting - r->c->meetings) + 1))
PUT(s_spoof, r->source, TEXT(tryst_exchange_spoof(r->source)))
PUT(s_grade, r->meeting, tryst_buf_char(out, r->meeting->judgement.grade))
#undef S

static const struct tryst_column sighting_columns[] = {
	{ "id", NULL, s_id },
	{ "first", NULL, s_first },
	{ "last", NULL, s_last },
	{ "proto", NULL, s_proto },
	{ "home", NULL, s_home },
	{ "home_port", NULL, s_home_port },
	{ "peer", NULL, s_peer },
	{ "peer_port", NULL, s_peer_port },
	{ "icmp_type", NULL, s_icmp_type },
	{ "icmp_code", NULL, s_icmp_code },
	{ "listed", NULL, s_listed },
	{ "listed_port", NULL, s_listed_port },
	{ "initiator", NULL, s_initiator },
	{ "initiator_confidence", NULL, s_confidence },
	{ "packets_out", NULL, s_packets_out },
	{ "bytes_out", NULL, s_bytes_out },
	{ "packets_in", NULL, s_packets_in },
	{ "bytes_in", NULL, s_bytes_in },
	{ "flags_out", NULL, s_flags_out },
	{ "flags_in", NULL, s_flags_in },
	{ "records", NULL, s_records },
	{ "sampling", NULL, s_sampling },
	{ "verdict", NULL, s_verdict },
	{ "service", NULL, s_service },
	{ "exporters", NULL, s_exporters },
	{ "community_id", NULL, s_community },
	{ "indicator", NULL, s_indicator },
	{ "labels", NULL, s_labels },
	{ "meeting", NULL, s_meeting },
	{ "grade", NULL, s_grade },
	{ "spoof", NULL, s_spoof },
	{ 0 },
};

static void
put_hosts(struct tryst_buf *out, const struct tryst_row *r)
{
	for (uint32_t i = 0; i < r->meeting->host_count; i++) {
		tryst_buf_str(out, i ? " " : "");
		put_ip(out, r->c->hosts[r->meeting->hosts[i]].ip);
	}
}

#define M r->meeting
#define TESTED (!M->chance.untested)
#define COUNTED (M->uncounted < M->sighting_count)
#define P(h) put_real(out, M->judgement.posterior[TRYST_HYPOTHESIS_##h])
PUT(m_meeting, true, U64((uint64_t)(M - r->c->meetings) + 1))
PUT(m_ip, true, put_ip(out, M->ip))
PUT(m_proto, true, tryst_exchange_proto(out, M->proto))
PUT(m_port, M->port_known, U64(M->port))
PUT(m_port_side, M->port_known, TEXT(M->at_peer ? "peer" : "home"))
PUT(m_service, M->service, put_text(out, M->service))
PUT(m_first, true, put_time(out, M->first_ms))
PUT(m_last, true, put_time(out, M->last_ms))
PUT(m_met, true, U64(M->host_count))
PUT(m_conversations, true, U64(M->sighting_count))
PUT(m_answered, true, U64(M->answered))
PUT(m_packets_out, COUNTED, U64(M->packets_out))
PUT(m_bytes_out, COUNTED, U64(M->bytes_out))
PUT(m_packets_in, COUNTED, U64(M->packets_in))
PUT(m_bytes_in, COUNTED, U64(M->bytes_in))
PUT(m_expected, TESTED, put_real(out, M->chance.expected))
PUT(m_log10_p, TESTED, put_real(out, M->chance.log10_p))
PUT(m_log10_q, TESTED, put_real(out, M->chance.log10_q_bh))
PUT(m_significant, TESTED, TEXT(M->chance.significant ? "true" : "false"))
PUT(m_grade, true, tryst_buf_char(out, M->judgement.grade))
PUT(m_rendezvous, true, P(RENDEZVOUS))
PUT(m_spoofed, true, P(SPOOFED))
PUT(m_popular, true, P(POPULAR))
PUT(m_scanners, true, P(SCANNERS))
PUT(m_takedown, true, P(TAKEDOWN))
PUT(m_spoof_grade, tryst_exchange_spoof(&M->spoof), TEXT(tryst_exchange_spoof(&M->spoof)))
PUT(m_spoof_llr, !M->spoof.untested, put_real(out, M->spoof.llr))
PUT(m_verdict, true, put_text(out, M->judgement.verdict))
PUT(m_hosts, true, put_hosts(out, r))
#undef M
#undef P

static const struct tryst_column meeting_columns[] = {
	{ "meeting", NULL, m_meeting },
	{ "ip", NULL, m_ip },
	{ "proto", NULL, m_proto },
	{ "port", NULL, m_port },
	{ "port_side", NULL, m_port_side },
	{ "service", NULL, m_service },
	{ "first", NULL, m_first },
	{ "last", NULL, m_last },
	{ "listed_met", NULL, m_met },
	{ "conversations", NULL, m_conversations },
	{ "answered", NULL, m_answered },
	{ "packets_out", NULL, m_packets_out },
	{ "bytes_out", NULL, m_bytes_out },
	{ "packets_in", NULL, m_packets_in },
	{ "bytes_in", NULL, m_bytes_in },
	{ "expected", NULL, m_expected },
	{ "log10_p", NULL, m_log10_p },
	{ "log10_q_bh", NULL, m_log10_q },
	{ "significant", NULL, m_significant },
	{ "grade", NULL, m_grade },
	{ "rendezvous", NULL, m_rendezvous },
	{ "spoofed", NULL, m_spoofed },
	{ "popular", NULL, m_popular },
	{ "scanners", NULL, m_scanners },
	{ "takedown", NULL, m_takedown },
	{ "spoof_grade", NULL, m_spoof_grade },
	{ "spoof_llr", NULL, m_spoof_llr },
	{ "verdict", NULL, m_verdict },
	{ "hosts", NULL, m_hosts },
	{ 0 },
};

static void
put_ports(struct tryst_buf *out, const struct tryst_listed_host *h)
{
	for (uint32_t i = 0; i < h->port_count; i++)
		tryst_buf_printf(out, "%s%u", i ? " " : "", h->ports[i]);
}

#define H r->host
#define HOST_COUNTED (H->uncounted < H->conversations)
PUT(h_ip, true, put_ip(out, H->ip))
PUT(h_ports, true, put_ports(out, H))
PUT(h_first, true, put_time(out, H->first_ms))
PUT(h_last, true, put_time(out, H->last_ms))
PUT(h_conversations, true, U64(H->conversations))
PUT(h_packets_out, HOST_COUNTED, U64(H->packets_out))
PUT(h_bytes_out, HOST_COUNTED, U64(H->bytes_out))
PUT(h_packets_in, HOST_COUNTED, U64(H->packets_in))
PUT(h_bytes_in, HOST_COUNTED, U64(H->bytes_in))
PUT(h_spoof_grade, tryst_exchange_spoof(&H->spoof), TEXT(tryst_exchange_spoof(&H->spoof)))
PUT(h_spoof_llr, !H->spoof.untested, put_real(out, H->spoof.llr))
#undef H

static const struct tryst_column host_columns[] = {
	{ "ip", NULL, h_ip },
	{ "indicator", NULL, s_indicator },
	{ "labels", NULL, s_labels },
	{ "source", NULL, h_source },
	{ "confidence", NULL, h_confidence },
	{ "ports", NULL, h_ports },
	{ "first", NULL, h_first },
	{ "last", NULL, h_last },
	{ "conversations", NULL, h_conversations },
	{ "packets_out", NULL, h_packets_out },
	{ "bytes_out", NULL, h_bytes_out },
	{ "packets_in", NULL, h_packets_in },
	{ "bytes_in", NULL, h_bytes_in },
	{ "spoof_grade", NULL, h_spoof_grade },
	{ "spoof_llr", NULL, h_spoof_llr },
	{ 0 },
};

static void
put_endpoints(struct tryst_buf *out, const struct tryst_row *r)
{
	for (uint32_t i = 0; i < r->companion->meeting_count; i++) {
		const struct tryst_meeting *m = &r->c->meetings[r->companion->meetings[i]];

		tryst_buf_str(out, i ? " " : "");
		put_ip(out, m->ip);
		tryst_buf_char(out, '|');
		tryst_exchange_proto(out, m->proto);
		if (m->port_known)
			tryst_buf_printf(out, "|%u", m->port);
	}
}

#define K r->companion
PUT(k_ip, true, put_ip(out, K->ip))
PUT(k_grade, true, tryst_buf_char(out, K->grade))
PUT(k_llr, true, put_real(out, K->llr))
PUT(k_direction, K->direction, put_text(out, K->direction))
PUT(k_lead, K->lead_known, put_i64(out, K->lead_ms))
PUT(k_log10_p, K->lead_known, put_real(out, K->log10_p_lead))
PUT(k_endpoints, true, put_endpoints(out, r))
#undef K

static const struct tryst_column companion_columns[] = {
	{ "ip", NULL, k_ip },
	{ "grade", NULL, k_grade },
	{ "llr", NULL, k_llr },
	{ "direction", NULL, k_direction },
	{ "lead_ms", NULL, k_lead },
	{ "log10_p_lead", NULL, k_log10_p },
	{ "endpoints", NULL, k_endpoints },
	{ 0 },
};

static void
put_clients(struct tryst_buf *out, const struct tryst_finding *f)
{
	for (uint32_t i = 0; i < f->client_count; i++) {
		tryst_buf_str(out, i ? " " : "");
		put_ip(out, f->clients[i]);
	}
}

#define F r->finding
PUT(f_kind, true, put_text(out, F->kind))
PUT(f_ip, true, put_ip(out, F->ip))
PUT(f_proto, true, tryst_exchange_proto(out, F->proto))
PUT(f_port, F->port_known, U64(F->port))
PUT(f_home, true, TEXT(F->at_home ? "true" : "false"))
PUT(f_service, F->service, put_text(out, F->service))
PUT(f_clients_total, true, U64(F->clients_total))
PUT(f_clients_here, true, U64(F->clients_here))
PUT(f_first, true, put_time(out, F->first_ms))
PUT(f_last, true, put_time(out, F->last_ms))
PUT(f_period, F->period_ms, put_i64(out, F->period_ms))
PUT(f_score, true, put_real(out, F->score))
PUT(f_log10_p, F->p_known, put_real(out, F->log10_p))
PUT(f_log10_q, F->p_known, put_real(out, F->log10_q))
PUT(f_prevalence, F->prevalence_known, put_real(out, F->prevalence))
PUT(f_grade, true, tryst_buf_char(out, F->grade))
PUT(f_verdict, true, put_text(out, F->verdict))
PUT(f_clients, true, put_clients(out, F))
#undef F

static const struct tryst_column finding_columns[] = {
	{ "kind", NULL, f_kind },
	{ "ip", NULL, f_ip },
	{ "proto", NULL, f_proto },
	{ "port", NULL, f_port },
	{ "home", NULL, f_home },
	{ "service", NULL, f_service },
	{ "clients_total", NULL, f_clients_total },
	{ "clients_here", NULL, f_clients_here },
	{ "first", NULL, f_first },
	{ "last", NULL, f_last },
	{ "period_ms", NULL, f_period },
	{ "score", NULL, f_score },
	{ "log10_p", NULL, f_log10_p },
	{ "log10_q", NULL, f_log10_q },
	{ "prevalence", NULL, f_prevalence },
	{ "grade", NULL, f_grade },
	{ "verdict", NULL, f_verdict },
	{ "clients", NULL, f_clients },
	{ 0 },
};

static void
heading(const struct tryst_column *columns, struct tryst_buf *out)
{
	for (size_t i = 0; columns[i].name; i++) {
		tryst_buf_str(out, i ? "," : "");
		tryst_buf_str(out, columns[i].name);
	}
	tryst_buf_char(out, '\n');
}

static void
row(const struct tryst_column *columns, const struct tryst_row *r, struct tryst_buf *out)
{
	for (size_t i = 0; columns[i].name; i++) {
		tryst_buf_str(out, i ? "," : "");
		columns[i].put(r, out);
	}
	tryst_buf_char(out, '\n');
}

static void
each_sighting(const struct tryst_row *r, void *ctx)
{
	row(sighting_columns, r, ctx);
}

static int
render_sightings(const struct tryst_case *c, const struct tryst_report_options *options,
                 struct tryst_buf *out, struct tryst_error *err)
{
	int rc;

	(void)options;
	heading(sighting_columns, out);
	rc = tryst_rows_sightings(c, each_sighting, out, err);
	return rc == 0 && out->failed ? tryst_error_nomem(err) : rc;
}

static int
render_meetings(const struct tryst_case *c, const struct tryst_report_options *options,
                struct tryst_buf *out, struct tryst_error *err)
{
	(void)options;
	heading(meeting_columns, out);
	for (size_t i = 0; i < c->meeting_count; i++)
		row(meeting_columns, &(struct tryst_row){ .c = c, .meeting = &c->meetings[i] },
		    out);
	return out->failed ? tryst_error_nomem(err) : 0;
}

static int
render_hosts(const struct tryst_case *c, const struct tryst_report_options *options,
             struct tryst_buf *out, struct tryst_error *err)
{
	(void)options;
	heading(host_columns, out);
	for (size_t i = 0; i < c->host_count; i++)
		row(host_columns, &(struct tryst_row){ .c = c, .host = &c->hosts[i] }, out);
	return out->failed ? tryst_error_nomem(err) : 0;
}

static int
render_companions(const struct tryst_case *c, const struct tryst_report_options *options,
                  struct tryst_buf *out, struct tryst_error *err)
{
	(void)options;
	heading(companion_columns, out);
	for (size_t i = 0; i < c->companion_count; i++)
		row(companion_columns,
		    &(struct tryst_row){ .c = c, .companion = &c->companions[i] }, out);
	return out->failed ? tryst_error_nomem(err) : 0;
}

static int
render_findings(const struct tryst_case *c, const struct tryst_report_options *options,
                struct tryst_buf *out, struct tryst_error *err)
{
	(void)options;
	heading(finding_columns, out);
	for (size_t i = 0; i < c->finding_count; i++)
		row(finding_columns, &(struct tryst_row){ .c = c, .finding = &c->findings[i] },
		    out);
	return out->failed ? tryst_error_nomem(err) : 0;
}

const struct tryst_renderer tryst_renderer_csv = {
	.name = "csv",
	.help = "conversations with listed hosts, a row each",
	.render = render_sightings,
};

const struct tryst_renderer tryst_renderer_csv_meetings = {
	.name = "csv-meetings",
	.help = "meetings, a row each",
	.render = render_meetings,
};

const struct tryst_renderer tryst_renderer_csv_hosts = {
	.name = "csv-hosts",
	.help = "listed hosts that were seen, a row each",
	.render = render_hosts,
};

const struct tryst_renderer tryst_renderer_csv_companions = {
	.name = "csv-companions",
	.help = "unlisted hosts that behave like the listed, a row each",
	.render = render_companions,
};

const struct tryst_renderer tryst_renderer_csv_findings = {
	.name = "csv-findings",
	.help = "findings of tryst meet, a row each",
	.render = render_findings,
};
