/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables csv-meetings (endpoints that listed hosts met) and csv-companions (unlisted hosts that
 * behave like them).  docs/exchange.md
 */
#include "report/csv.h"
#include "report/renderers.h"

static void
put_hosts(struct tryst_buf *out, const struct tryst_row *r)
{
	for (uint32_t i = 0; i < r->meeting->host_count; i++) {
		tryst_buf_str(out, i ? " " : "");
		tryst_csv_ip(out, r->c->hosts[r->meeting->hosts[i]].ip);
	}
}

#define M r->meeting
#define TESTED (!M->chance.untested)
#define COUNTED (M->uncounted < M->sighting_count)
#define P(h) tryst_csv_real(out, M->judgement.posterior[TRYST_HYPOTHESIS_##h])
TRYST_CSV_PUT(m_meeting, true, tryst_buf_u64(out, (uint64_t)(M - r->c->meetings) + 1))
TRYST_CSV_PUT(m_ip, true, tryst_csv_ip(out, M->ip))
TRYST_CSV_PUT(m_proto, true, tryst_exchange_proto(out, M->proto))
TRYST_CSV_PUT(m_port, M->port_known, tryst_buf_u64(out, M->port))
TRYST_CSV_PUT(m_port_side, M->port_known, tryst_buf_str(out, M->at_peer ? "peer" : "home"))
TRYST_CSV_PUT(m_service, M->service, tryst_csv_str(out, M->service))
TRYST_CSV_PUT(m_first, true, tryst_csv_time(out, M->first_ms))
TRYST_CSV_PUT(m_last, true, tryst_csv_time(out, M->last_ms))
TRYST_CSV_PUT(m_met, true, tryst_buf_u64(out, M->host_count))
TRYST_CSV_PUT(m_conversations, true, tryst_buf_u64(out, M->sighting_count))
TRYST_CSV_PUT(m_answered, true, tryst_buf_u64(out, M->answered))
TRYST_CSV_PUT(m_packets_out, COUNTED, tryst_buf_u64(out, M->packets_out))
TRYST_CSV_PUT(m_bytes_out, COUNTED, tryst_buf_u64(out, M->bytes_out))
TRYST_CSV_PUT(m_packets_in, COUNTED, tryst_buf_u64(out, M->packets_in))
TRYST_CSV_PUT(m_bytes_in, COUNTED, tryst_buf_u64(out, M->bytes_in))
TRYST_CSV_PUT(m_expected, TESTED, tryst_csv_real(out, M->chance.expected))
TRYST_CSV_PUT(m_log10_p, TESTED, tryst_csv_real(out, M->chance.log10_p))
TRYST_CSV_PUT(m_log10_q, TESTED, tryst_csv_real(out, M->chance.log10_q_bh))
TRYST_CSV_PUT(m_significant, TESTED, tryst_buf_str(out, M->chance.significant ? "true" : "false"))
TRYST_CSV_PUT(m_grade, true, tryst_buf_char(out, M->judgement.grade))
TRYST_CSV_PUT(m_rendezvous, true, P(RENDEZVOUS))
TRYST_CSV_PUT(m_spoofed, true, P(SPOOFED))
TRYST_CSV_PUT(m_popular, true, P(POPULAR))
TRYST_CSV_PUT(m_scanners, true, P(SCANNERS))
TRYST_CSV_PUT(m_takedown, true, P(TAKEDOWN))
TRYST_CSV_PUT(m_spoof_grade, tryst_exchange_spoof(&M->spoof),
              tryst_buf_str(out, tryst_exchange_spoof(&M->spoof)))
TRYST_CSV_PUT(m_spoof_llr, !M->spoof.untested, tryst_csv_real(out, M->spoof.llr))
TRYST_CSV_PUT(m_verdict, true, tryst_csv_str(out, M->judgement.verdict))
TRYST_CSV_PUT(m_hosts, true, put_hosts(out, r))
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
put_endpoints(struct tryst_buf *out, const struct tryst_row *r)
{
	for (uint32_t i = 0; i < r->companion->meeting_count; i++) {
		const struct tryst_meeting *m = &r->c->meetings[r->companion->meetings[i]];

		tryst_buf_str(out, i ? " " : "");
		tryst_csv_ip(out, m->ip);
		tryst_buf_char(out, '|');
		tryst_exchange_proto(out, m->proto);
		if (m->port_known)
			tryst_buf_printf(out, "|%u", m->port);
	}
}

#define K r->companion
TRYST_CSV_PUT(k_ip, true, tryst_csv_ip(out, K->ip))
TRYST_CSV_PUT(k_grade, true, tryst_buf_char(out, K->grade))
TRYST_CSV_PUT(k_llr, true, tryst_csv_real(out, K->llr))
TRYST_CSV_PUT(k_direction, K->direction, tryst_csv_str(out, K->direction))
TRYST_CSV_PUT(k_lead, K->lead_known, tryst_csv_i64(out, K->lead_ms))
TRYST_CSV_PUT(k_log10_p, K->lead_known, tryst_csv_real(out, K->log10_p_lead))
TRYST_CSV_PUT(k_endpoints, true, put_endpoints(out, r))
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

static int
render_meetings(const struct tryst_case *c, const struct tryst_report_options *options,
                struct tryst_buf *out, struct tryst_error *err)
{
	(void)options;
	tryst_csv_heading(meeting_columns, out);
	for (size_t i = 0; i < c->meeting_count; i++)
		tryst_csv_row(meeting_columns,
		              &(struct tryst_row){ .c = c, .meeting = &c->meetings[i] }, out);
	return out->failed ? tryst_error_nomem(err) : 0;
}

static int
render_companions(const struct tryst_case *c, const struct tryst_report_options *options,
                  struct tryst_buf *out, struct tryst_error *err)
{
	(void)options;
	tryst_csv_heading(companion_columns, out);
	for (size_t i = 0; i < c->companion_count; i++)
		tryst_csv_row(companion_columns,
		              &(struct tryst_row){ .c = c, .companion = &c->companions[i] }, out);
	return out->failed ? tryst_error_nomem(err) : 0;
}

const struct tryst_renderer tryst_renderer_csv_meetings = {
	.name = "csv-meetings",
	.help = "meetings, a row each",
	.render = render_meetings,
};

const struct tryst_renderer tryst_renderer_csv_companions = {
	.name = "csv-companions",
	.help = "unlisted hosts that behave like the listed, a row each",
	.render = render_companions,
};
