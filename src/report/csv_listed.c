/* SPDX-License-Identifier: Apache-2.0 */
/* The tables csv (conversations with listed hosts) and csv-hosts (those hosts).  docs/exchange.md
 */
#include "report/community.h"
#include "report/csv.h"
#include "report/renderers.h"

static void
put_indicator(struct tryst_buf *out, const struct tryst_row *r)
{
	tryst_csv_str(out, tryst_exchange_indicator(r->c, r->host));
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
		tryst_csv_ip(out, s->exporters[i]);
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
		tryst_csv_str(out, entry->source);
}

TRYST_CSV_PUT(h_source, true, put_entry(out, r, false))
TRYST_CSV_PUT(h_confidence, true, put_entry(out, r, true))

#define S r->sighting
TRYST_CSV_PUT(s_id, true, tryst_buf_u64(out, S->id))
TRYST_CSV_PUT(s_first, true, tryst_csv_time(out, S->first_ms))
TRYST_CSV_PUT(s_last, true, tryst_csv_time(out, S->last_ms))
TRYST_CSV_PUT(s_proto, true, tryst_exchange_proto(out, S->proto))
TRYST_CSV_PUT(s_home, true, tryst_csv_ip(out, S->home))
TRYST_CSV_PUT(s_home_port, S->home_port_known, tryst_buf_u64(out, S->home_port))
TRYST_CSV_PUT(s_peer, true, tryst_csv_ip(out, S->peer))
TRYST_CSV_PUT(s_peer_port, S->peer_port_known, tryst_buf_u64(out, S->peer_port))
TRYST_CSV_PUT(s_icmp_type, S->icmp_known, tryst_buf_u64(out, S->icmp >> 8))
TRYST_CSV_PUT(s_icmp_code, S->icmp_known, tryst_buf_u64(out, S->icmp & 0xff))
TRYST_CSV_PUT(s_listed, true, tryst_buf_str(out, tryst_exchange_listed(S)))
TRYST_CSV_PUT(s_initiator, true, tryst_buf_str(out, tryst_exchange_initiator(S)))
TRYST_CSV_PUT(s_confidence, S->initiator != TRYST_INITIATOR_UNKNOWN,
              tryst_csv_real(out, S->initiator_confidence))
TRYST_CSV_PUT(s_packets_out, S->counts_known, tryst_buf_u64(out, S->packets_out))
TRYST_CSV_PUT(s_bytes_out, S->counts_known, tryst_buf_u64(out, S->bytes_out))
TRYST_CSV_PUT(s_packets_in, S->counts_known, tryst_buf_u64(out, S->packets_in))
TRYST_CSV_PUT(s_bytes_in, S->counts_known, tryst_buf_u64(out, S->bytes_in))
TRYST_CSV_PUT(s_flags_out, S->flags_known, tryst_buf_u64(out, S->flags_out))
TRYST_CSV_PUT(s_flags_in, S->flags_known, tryst_buf_u64(out, S->flags_in))
TRYST_CSV_PUT(s_records, true, tryst_buf_u64(out, S->records))
TRYST_CSV_PUT(s_sampling, S->sampling, tryst_buf_u64(out, S->sampling))
TRYST_CSV_PUT(s_verdict, true, tryst_buf_str(out, tryst_verdict_name(S->verdict)))
TRYST_CSV_PUT(s_service, S->service, tryst_csv_str(out, S->service))
TRYST_CSV_PUT(s_exporters, true, put_exporters(out, S))
TRYST_CSV_PUT(s_community, true, put_community(out, S))
TRYST_CSV_PUT(s_listed_port, S->indicator_port,
              tryst_buf_str(out, S->listed_port ? "true" : "false"))
TRYST_CSV_PUT(s_outside, true, tryst_buf_str(out, S->outside_validity ? "true" : "false"))
TRYST_CSV_PUT(s_indicator, true, put_indicator(out, r))
TRYST_CSV_PUT(s_labels, true, put_labels(out, r))
TRYST_CSV_PUT(s_meeting, r->meeting,
              tryst_buf_u64(out, (uint64_t)(r->meeting - r->c->meetings) + 1))
TRYST_CSV_PUT(s_spoof, r->source, tryst_buf_str(out, tryst_exchange_spoof(r->source)))
TRYST_CSV_PUT(s_grade, r->meeting, tryst_buf_char(out, r->meeting->judgement.grade))
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
	{ "outside_validity", NULL, s_outside },
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
TRYST_CSV_PUT(h_ip, true, tryst_csv_ip(out, H->ip))
TRYST_CSV_PUT(h_ports, true, put_ports(out, H))
TRYST_CSV_PUT(h_first, true, tryst_csv_time(out, H->first_ms))
TRYST_CSV_PUT(h_last, true, tryst_csv_time(out, H->last_ms))
TRYST_CSV_PUT(h_conversations, true, tryst_buf_u64(out, H->conversations))
TRYST_CSV_PUT(h_outside, true, tryst_buf_u64(out, H->outdated))
TRYST_CSV_PUT(h_packets_out, HOST_COUNTED, tryst_buf_u64(out, H->packets_out))
TRYST_CSV_PUT(h_bytes_out, HOST_COUNTED, tryst_buf_u64(out, H->bytes_out))
TRYST_CSV_PUT(h_packets_in, HOST_COUNTED, tryst_buf_u64(out, H->packets_in))
TRYST_CSV_PUT(h_bytes_in, HOST_COUNTED, tryst_buf_u64(out, H->bytes_in))
TRYST_CSV_PUT(h_spoof_grade, tryst_exchange_spoof(&H->spoof),
              tryst_buf_str(out, tryst_exchange_spoof(&H->spoof)))
TRYST_CSV_PUT(h_spoof_llr, !H->spoof.untested, tryst_csv_real(out, H->spoof.llr))
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
	{ "outside_validity", NULL, h_outside },
	{ 0 },
};

static void
each_sighting(const struct tryst_row *r, void *ctx)
{
	tryst_csv_row(sighting_columns, r, ctx);
}

static int
render_sightings(const struct tryst_case *c, const struct tryst_report_options *options,
                 struct tryst_buf *out, struct tryst_error *err)
{
	int rc;

	(void)options;
	tryst_csv_heading(sighting_columns, out);
	rc = tryst_rows_sightings(c, each_sighting, out, err);
	return rc == 0 && out->failed ? tryst_error_nomem(err) : rc;
}

static int
render_hosts(const struct tryst_case *c, const struct tryst_report_options *options,
             struct tryst_buf *out, struct tryst_error *err)
{
	(void)options;
	tryst_csv_heading(host_columns, out);
	for (size_t i = 0; i < c->host_count; i++)
		tryst_csv_row(host_columns, &(struct tryst_row){ .c = c, .host = &c->hosts[i] },
		              out);
	return out->failed ? tryst_error_nomem(err) : 0;
}

const struct tryst_renderer tryst_renderer_csv = {
	.name = "csv",
	.help = "conversations with listed hosts, a row each",
	.render = render_sightings,
};

const struct tryst_renderer tryst_renderer_csv_hosts = {
	.name = "csv-hosts",
	.help = "listed hosts that were seen, a row each",
	.render = render_hosts,
};
