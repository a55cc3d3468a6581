/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables csv-search (what was looked at, and what it was narrowed to) and csv-findings (what a
 * search without a list found).  docs/exchange.md
 */
#include "report/csv.h"
#include "report/renderers.h"

#define C r->c
TRYST_CSV_PUT(c_created, C->created_ms, tryst_csv_time(out, C->created_ms))
TRYST_CSV_PUT(c_complete, true, tryst_buf_str(out, C->complete ? "true" : "false"))
TRYST_CSV_PUT(c_from, C->asked.from_known, tryst_csv_time(out, C->asked.from_ms))
TRYST_CSV_PUT(c_to, C->asked.to_known, tryst_csv_time(out, C->asked.to_ms))
TRYST_CSV_PUT(c_filter, C->asked.filter, tryst_csv_str(out, C->asked.filter))
TRYST_CSV_PUT(c_inputs, true, tryst_buf_u64(out, C->input_count))
TRYST_CSV_PUT(c_first, C->first_ms <= C->last_ms, tryst_csv_time(out, C->first_ms))
TRYST_CSV_PUT(c_last, C->first_ms <= C->last_ms, tryst_csv_time(out, C->last_ms))
TRYST_CSV_PUT(c_read, true, tryst_buf_u64(out, C->flows_read))
TRYST_CSV_PUT(c_matched, true, tryst_buf_u64(out, C->flows_matched))
TRYST_CSV_PUT(c_listed_total, !C->search.made, tryst_buf_u64(out, C->listed_total))
TRYST_CSV_PUT(c_listed_seen, !C->search.made, tryst_buf_u64(out, C->listed_seen))
TRYST_CSV_PUT(c_meetings, !C->search.made, tryst_buf_u64(out, C->meeting_count))
TRYST_CSV_PUT(c_findings, C->search.made, tryst_buf_u64(out, C->finding_count))
#undef C

static const struct tryst_column search_columns[] = {
	{ "created", NULL, c_created },
	{ "complete", NULL, c_complete },
	{ "asked_from", NULL, c_from },
	{ "asked_to", NULL, c_to },
	{ "asked_filter", NULL, c_filter },
	{ "inputs", NULL, c_inputs },
	{ "first", NULL, c_first },
	{ "last", NULL, c_last },
	{ "flows_read", NULL, c_read },
	{ "flows_matched", NULL, c_matched },
	{ "listed_total", NULL, c_listed_total },
	{ "listed_seen", NULL, c_listed_seen },
	{ "meetings", NULL, c_meetings },
	{ "findings", NULL, c_findings },
	{ 0 },
};

static void
put_clients(struct tryst_buf *out, const struct tryst_finding *f)
{
	for (uint32_t i = 0; i < f->client_count; i++) {
		tryst_buf_str(out, i ? " " : "");
		tryst_csv_ip(out, f->clients[i]);
	}
}

#define F r->finding
TRYST_CSV_PUT(f_kind, true, tryst_csv_str(out, F->kind))
TRYST_CSV_PUT(f_ip, true, tryst_csv_ip(out, F->ip))
TRYST_CSV_PUT(f_proto, true, tryst_exchange_proto(out, F->proto))
TRYST_CSV_PUT(f_port, F->port_known, tryst_buf_u64(out, F->port))
TRYST_CSV_PUT(f_home, true, tryst_buf_str(out, F->at_home ? "true" : "false"))
TRYST_CSV_PUT(f_service, F->service, tryst_csv_str(out, F->service))
TRYST_CSV_PUT(f_clients_total, true, tryst_buf_u64(out, F->clients_total))
TRYST_CSV_PUT(f_clients_here, true, tryst_buf_u64(out, F->clients_here))
TRYST_CSV_PUT(f_first, true, tryst_csv_time(out, F->first_ms))
TRYST_CSV_PUT(f_last, true, tryst_csv_time(out, F->last_ms))
TRYST_CSV_PUT(f_period, F->period_ms, tryst_csv_i64(out, F->period_ms))
TRYST_CSV_PUT(f_score, true, tryst_csv_real(out, F->score))
TRYST_CSV_PUT(f_log10_p, F->p_known, tryst_csv_real(out, F->log10_p))
TRYST_CSV_PUT(f_log10_q, F->p_known, tryst_csv_real(out, F->log10_q))
TRYST_CSV_PUT(f_prevalence, F->prevalence_known, tryst_csv_real(out, F->prevalence))
TRYST_CSV_PUT(f_grade, true, tryst_buf_char(out, F->grade))
TRYST_CSV_PUT(f_verdict, true, tryst_csv_str(out, F->verdict))
TRYST_CSV_PUT(f_clients, true, put_clients(out, F))
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

static int
render_search(const struct tryst_case *c, const struct tryst_report_options *options,
              struct tryst_buf *out, struct tryst_error *err)
{
	(void)options;
	tryst_csv_heading(search_columns, out);
	tryst_csv_row(search_columns, &(struct tryst_row){ .c = c }, out);
	return out->failed ? tryst_error_nomem(err) : 0;
}

static int
render_findings(const struct tryst_case *c, const struct tryst_report_options *options,
                struct tryst_buf *out, struct tryst_error *err)
{
	(void)options;
	tryst_csv_heading(finding_columns, out);
	for (size_t i = 0; i < c->finding_count; i++)
		tryst_csv_row(finding_columns,
		              &(struct tryst_row){ .c = c, .finding = &c->findings[i] }, out);
	return out->failed ? tryst_error_nomem(err) : 0;
}

const struct tryst_renderer tryst_renderer_csv_findings = {
	.name = "csv-findings",
	.help = "findings of tryst meet, a row each",
	.render = render_findings,
};

const struct tryst_renderer tryst_renderer_csv_search = {
	.name = "csv-search",
	.help = "what was looked at: window, filter, counts, in one row",
	.render = render_search,
};
