/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "cli/check.h"

static void
put_phase(struct tryst_json *j, const char *key, const struct tryst_check_phase *p)
{
	tryst_json_key_object(j, key);
	tryst_json_key_u64(j, "packets_out", p->packets_out);
	tryst_json_key_u64(j, "packets_in", p->packets_in);
	tryst_json_key_u64(j, "conversations", p->conversations);
	tryst_json_key_u64(j, "went", p->went);
	tryst_json_key_u64(j, "delivered", p->delivered);
	tryst_json_key_u64(j, "forwarded", p->forwarded);
	tryst_json_key_u64(j, "dropped", p->dropped);
	tryst_json_key_u64(j, "untold", p->untold);
	tryst_json_key_u64(j, "replies", p->replies);
	tryst_json_key_u64(j, "replies_dropped", p->replies_dropped);
	tryst_json_key_u64(j, "judged", p->judged);
	tryst_json_key_u64(j, "worked", p->worked);
	if (p->sampling)
		tryst_json_key_u64(j, "sampling", p->sampling);
	tryst_json_end(j);
}

static void
put_leak(struct tryst_json *j, const struct tryst_check_leak *leak)
{
	const struct tryst_way *w = &leak->way;

	tryst_json_object(j);
	if (w->exporter.hi || w->exporter.lo)
		tryst_json_key_ip(j, "exporter", w->exporter);
	if (w->in_if_known)
		tryst_json_key_u64(j, "in_if", w->in_if);
	if (w->out_if_known)
		tryst_json_key_u64(j, "out_if", w->out_if);
	tryst_json_key_u64(j, "conversations", leak->conversations);
	tryst_json_key_u64(j, "packets", w->packets);
	tryst_json_end(j);
}

static void
put_host(struct tryst_json *j, const struct tryst_check_host *h, const struct tryst_watchlist *w)
{
	const char *label = tryst_watchlist_indicator(w, h->indicator)->label;

	tryst_json_object(j);
	tryst_json_key_ip(j, "ip", h->ip);
	if (*label)
		tryst_json_key_str(j, "label", label);
	tryst_json_key_str(j, "verdict", tryst_check_verdict_name(h->verdict));
	tryst_json_key_str(j, "why", h->why);
	put_phase(j, "before", &h->before);
	put_phase(j, "after", &h->after);
	if (h->tested)
		tryst_json_key_real(j, "log10_p", h->log10_p);
	tryst_json_key_array(j, "leaks");
	for (uint32_t i = 0; i < h->leak_count; i++)
		put_leak(j, &h->leaks[i]);
	tryst_json_end(j);
	tryst_json_end(j);
}

static void
put_exporter(struct tryst_json *j, const struct tryst_check_exporter *e)
{
	tryst_json_object(j);
	if (e->ip.hi || e->ip.lo)
		tryst_json_key_ip(j, "exporter", e->ip);
	tryst_json_key_u64(j, "flows_before", e->before);
	tryst_json_key_u64(j, "flows_after", e->after);
	tryst_json_key_bool(j, "names_interfaces", e->forwards);
	tryst_json_end(j);
}

void
tryst_check_json(const struct tryst_check *c, const struct tryst_watchlist *w,
                 struct tryst_buf *out)
{
	struct tryst_json j;

	tryst_json_init(&j, out, 2);
	tryst_json_object(&j);
	tryst_json_key_u64(&j, "schema", 1);
	tryst_json_key_time(&j, "since", c->since_ms);
	tryst_json_key_i64(&j, "slack_ms", c->slack_ms);
	for (unsigned v = 0; v < TRYST_ARRAY_SIZE(c->verdicts); v++)
		tryst_json_key_u64(&j, tryst_check_verdict_name((enum tryst_check_verdict)v),
		                   c->verdicts[v]);
	tryst_json_key_u64(&j, "unseen", c->unseen);
	tryst_json_key_u64(&j, "spanning", c->spanning);
	tryst_json_key_bool(&j, "silence_known", c->others_seen && !c->many_exporters);
	tryst_json_key_array(&j, "exporters");
	for (size_t i = 0; i < c->exporter_count; i++)
		put_exporter(&j, &c->exporters[i]);
	tryst_json_end(&j);
	tryst_json_key_array(&j, "hosts");
	for (size_t i = 0; i < c->host_count; i++)
		put_host(&j, &c->hosts[i], w);
	tryst_json_end(&j);
	tryst_json_end(&j);
	tryst_buf_char(out, '\n');
}
