/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elastic Common Schema: a JSON object a line for each meeting and each finding of a search
 * (event.kind alert) and each conversation with a listed host (enrichment).  What the schema has no
 * name for stands under `tryst`, by the names of the case file.  docs/exchange.md
 *
 * Source: elastic/ecs, field sets event, source, destination, network, observer, related, threat.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "report/community.h"
#include "report/exchange.h"
#include "report/json_time.h"
#include "report/renderers.h"

#define ECS_VERSION "8.11.0"
#define NS_PER_MS 1000000u

struct context {
	struct tryst_buf *out;
	char uuid[TRYST_UUID_TEXT_MAX]; /* of the case */
	struct tryst_asked asked;
};

static void
key_time(struct tryst_json *j, const char *key, int64_t ms)
{
	if (tryst_time_has_date(ms))
		tryst_json_key_time(j, key, ms);
}

static void
strings(struct tryst_json *j, const char *key, const char *first, const char *second)
{
	tryst_json_key_array(j, key);
	tryst_json_str(j, first);
	if (second)
		tryst_json_str(j, second);
	tryst_json_end(j);
}

/* `kind` and `number` name the event within its case. */
static void
begin(struct tryst_json *j, struct tryst_buf *out, const struct context *x, const char *kind,
      uint64_t number, int64_t first_ms, int64_t last_ms)
{
	bool alert = strcmp(kind, "sighting") != 0;
	uint64_t ms = (uint64_t)last_ms - (uint64_t)first_ms;
	char text[64];

	tryst_json_init(j, out, 0);
	tryst_json_object(j);
	key_time(j, "@timestamp", first_ms);
	tryst_json_key_object(j, "ecs");
	tryst_json_key_str(j, "version", ECS_VERSION);
	tryst_json_end(j);
	tryst_json_key_object(j, "event");
	tryst_json_key_str(j, "kind", alert ? "alert" : "enrichment");
	strings(j, "category", "network", "threat");
	strings(j, "type", alert ? "indicator" : "connection", alert ? NULL : "indicator");
	tryst_json_key_str(j, "module", "tryst");
	(void)snprintf(text, sizeof(text), "tryst.%s", kind);
	tryst_json_key_str(j, "dataset", text);
	(void)snprintf(text, sizeof(text), "%s-%s-%" PRIu64, x->uuid, kind, number);
	tryst_json_key_str(j, "id", text);
	key_time(j, "start", first_ms);
	key_time(j, "end", last_ms);
	if (ms <= INT64_MAX / NS_PER_MS)
		tryst_json_key_u64(j, "duration", ms * NS_PER_MS);
}

/* Closes the event, with the model's probability of a rendezvous as its risk. */
static void
event_end(struct tryst_json *j, const struct tryst_meeting *m, const char *outcome)
{
	if (m)
		tryst_json_key_u64(j, "risk_score", tryst_exchange_risk(m, 100));
	if (outcome)
		tryst_json_key_str(j, "reason", outcome);
	tryst_json_end(j);
}

static void
network(struct tryst_json *j, struct tryst_ip ip, uint8_t proto)
{
	struct tryst_buf name = { 0 };

	tryst_json_key_object(j, "network");
	tryst_json_key_str(j, "type", tryst_ip_is_v4(ip) ? "ipv4" : "ipv6");
	tryst_exchange_proto(&name, proto);
	tryst_json_key_str(j, "transport", name.failed ? "" : name.data);
	j->buf->failed |= name.failed;
	tryst_buf_clear(&name);
	tryst_buf_u64(&name, proto);
	tryst_json_key_str(j, "iana_number", name.failed ? "" : name.data);
	tryst_buf_fini(&name);
}

static void
end_of(struct tryst_json *j, const char *key, struct tryst_ip ip, bool known, uint16_t port)
{
	tryst_json_key_object(j, key);
	tryst_json_key_ip(j, "ip", ip);
	if (known)
		tryst_json_key_u64(j, "port", port);
}

static void
counts(struct tryst_json *j, bool known, uint64_t bytes, uint64_t packets)
{
	if (known) {
		tryst_json_key_u64(j, "bytes", bytes);
		tryst_json_key_u64(j, "packets", packets);
	}
	tryst_json_end(j);
}

/* The scale of STIX 2.1, appendix A, in ECS's words. */
static const char *
confidence(uint8_t v)
{
	return v == 0 ? "None" : v < 30 ? "Low" : v < 70 ? "Medium" : "High";
}

/* What the list says of its entry. */
static void
told(struct tryst_json *j, const struct tryst_indicator *entry)
{
	if (!entry)
		return;
	if (entry->source[0])
		tryst_json_key_str(j, "provider", entry->source);
	if (entry->confidence != TRYST_CONFIDENCE_UNKNOWN)
		tryst_json_key_str(j, "confidence", confidence(entry->confidence));
	key_time(j, "first_seen", entry->first_ms);
	key_time(j, "last_seen", entry->last_ms);
	if (entry->port)
		tryst_json_key_u64(j, "port", entry->port);
}

/* The entry of the list that the host is seen by, and the list. */
static void
threat(struct tryst_json *j, const struct tryst_case *c, const struct tryst_listed_host *h)
{
	static const char *const markings[] = {
		[TRYST_TLP_AMBER] = "AMBER",
		[TRYST_TLP_AMBER_STRICT] = "AMBER+STRICT",
		[TRYST_TLP_RED] = "RED",
	};
	const struct tryst_indicator *entry = tryst_exchange_entry(c, h);
	struct tryst_buf labels = { 0 };

	tryst_json_key_object(j, "threat");
	tryst_json_key_object(j, "indicator");
	tryst_json_key_str(j, "type", tryst_ip_is_v4(h->ip) ? "ipv4-addr" : "ipv6-addr");
	tryst_json_key_ip(j, "ip", h->ip);
	tryst_json_key_str(j, "name", tryst_exchange_indicator(c, h));
	tryst_exchange_labels(&labels, c, h);
	j->buf->failed |= labels.failed;
	if (!labels.failed && labels.len)
		tryst_json_key_str(j, "description", labels.data);
	tryst_buf_fini(&labels);
	told(j, entry);
	tryst_json_key_u64(j, "sightings", h->conversations);
	tryst_json_key_object(j, "marking");
	tryst_json_key_str(j, "tlp", markings[tryst_exchange_tlp(c, h)]);
	tryst_json_end(j);
	tryst_json_end(j);
	if (entry) {
		tryst_json_key_object(j, "feed");
		tryst_json_key_str(j, "name",
		                   tryst_watchlist_list(c->watchlist, entry->list)->path);
		tryst_json_end(j);
	}
	tryst_json_end(j);
}

/* What the schema has no name for: the case first, and what it was narrowed to. */
static void
begin_ours(struct tryst_json *j, const struct context *x)
{
	tryst_json_key_object(j, "tryst");
	tryst_json_key_str(j, "case", x->uuid);
	tryst_json_asked(j, &x->asked);
}

static void
judged(struct tryst_json *j, const struct tryst_meeting *m, const struct tryst_spoof *source)
{
	char grade[2] = { m->judgement.grade, '\0' };

	tryst_json_key_str(j, "grade", grade);
	tryst_json_key_str(j, "judgement", m->judgement.verdict);
	if (tryst_exchange_spoof(source))
		tryst_json_key_str(j, "spoof", tryst_exchange_spoof(source));
	if (!m->chance.untested && isfinite(m->chance.log10_p))
		tryst_json_key_real(j, "log10_p", m->chance.log10_p);
}

static void
meeting(const struct context *x, const struct tryst_case *c, size_t index)
{
	const struct tryst_meeting *m = &c->meetings[index];
	bool known = m->uncounted < m->sighting_count;
	struct tryst_json j;

	begin(&j, x->out, x, "meeting", index + 1, m->first_ms, m->last_ms);
	event_end(&j, m, m->judgement.verdict);
	end_of(&j, m->at_peer ? "source" : "destination", m->ip, m->port_known && !m->at_peer,
	       m->port);
	counts(&j, known, m->bytes_out, m->packets_out);
	network(&j, m->ip, m->proto);
	counts(&j, known, m->bytes_in + m->bytes_out, m->packets_in + m->packets_out);
	tryst_json_key_object(&j, "related");
	tryst_json_key_array(&j, "ip");
	tryst_json_ip(&j, m->ip);
	for (uint32_t i = 0; i < m->host_count; i++)
		tryst_json_ip(&j, c->hosts[m->hosts[i]].ip);
	tryst_json_end(&j);
	tryst_json_end(&j);
	begin_ours(&j, x);
	tryst_json_key_u64(&j, "meeting", index + 1);
	tryst_json_key_u64(&j, "listed_met", m->host_count);
	tryst_json_key_u64(&j, "conversations", m->sighting_count);
	if (m->port_known && m->at_peer)
		tryst_json_key_u64(&j, "peer_port", m->port);
	if (m->service)
		tryst_json_key_str(&j, "service", m->service);
	judged(&j, m, &m->spoof);
	tryst_json_end(&j);
	tryst_json_end(&j);
	tryst_buf_char(x->out, '\n');
}

/* Of a search without a list: whose clients met where. */
static void
finding(const struct context *x, const struct tryst_case *c, size_t index)
{
	const struct tryst_finding *f = &c->findings[index];
	char grade[2] = { f->grade, '\0' };
	struct tryst_json j;

	begin(&j, x->out, x, "finding", index + 1, f->first_ms, f->last_ms);
	event_end(&j, NULL, f->verdict);
	end_of(&j, "destination", f->ip, f->port_known, f->port);
	tryst_json_end(&j);
	network(&j, f->ip, f->proto);
	tryst_json_end(&j);
	tryst_json_key_object(&j, "related");
	tryst_json_key_array(&j, "ip");
	tryst_json_ip(&j, f->ip);
	for (uint32_t i = 0; i < f->client_count; i++)
		tryst_json_ip(&j, f->clients[i]);
	tryst_json_end(&j);
	tryst_json_end(&j);
	begin_ours(&j, x);
	tryst_json_key_u64(&j, "finding", index + 1);
	tryst_json_key_str(&j, "kind", f->kind);
	tryst_json_key_u64(&j, "clients_total", f->clients_total);
	if (f->service)
		tryst_json_key_str(&j, "service", f->service);
	tryst_json_key_str(&j, "grade", grade);
	tryst_json_key_str(&j, "judgement", f->verdict);
	if (f->p_known && isfinite(f->log10_p))
		tryst_json_key_real(&j, "log10_p", f->log10_p);
	tryst_json_end(&j);
	tryst_json_end(&j);
	tryst_buf_char(x->out, '\n');
}

static void
observer(struct tryst_json *j, const struct tryst_sighting *s)
{
	if (!s->exporter_count)
		return;
	tryst_json_key_object(j, "observer");
	tryst_json_key_array(j, "ip");
	for (uint32_t i = 0; i < s->exporter_count; i++)
		tryst_json_ip(j, s->exporters[i]);
	tryst_json_end(j);
	tryst_json_key_str(j, "type", "router");
	tryst_json_end(j);
}

static void
ours(struct tryst_json *j, const struct tryst_row *r, const struct context *x)
{
	const struct tryst_sighting *s = r->sighting;

	begin_ours(j, x);
	tryst_json_key_u64(j, "sighting", s->id);
	tryst_json_key_str(j, "listed", tryst_exchange_listed(s));
	if (s->indicator_port)
		tryst_json_key_bool(j, "listed_port", s->listed_port);
	if (s->outside_validity)
		tryst_json_key_bool(j, "outside_validity", true);
	tryst_json_key_str(j, "initiator", tryst_exchange_initiator(s));
	tryst_json_key_str(j, "verdict", tryst_verdict_name(s->verdict));
	if (s->icmp_known) {
		tryst_json_key_u64(j, "icmp_type", s->icmp >> 8);
		tryst_json_key_u64(j, "icmp_code", s->icmp & 0xff);
	}
	if (s->sampling)
		tryst_json_key_u64(j, "sampling", s->sampling);
	if (s->service)
		tryst_json_key_str(j, "service", s->service);
	if (r->meeting) {
		tryst_json_key_u64(j, "meeting", (uint64_t)(r->meeting - r->c->meetings) + 1);
		judged(j, r->meeting, NULL);
	}
	if (r->source)
		tryst_json_key_str(j, "spoof", tryst_exchange_spoof(r->source));
	tryst_json_end(j);
}

static void
each(const struct tryst_row *r, void *ctx)
{
	const struct tryst_sighting *s = r->sighting;
	char community[TRYST_COMMUNITY_ID_LEN];
	const struct context *x = ctx;
	struct tryst_json j;

	begin(&j, x->out, x, "sighting", s->id, s->first_ms, s->last_ms);
	event_end(&j, r->meeting, NULL);
	end_of(&j, "source", r->talk.src, r->talk.src_port_known, r->talk.src_port);
	counts(&j, s->counts_known, r->talk.src_bytes, r->talk.src_packets);
	end_of(&j, "destination", r->talk.dst, r->talk.dst_port_known, r->talk.dst_port);
	counts(&j, s->counts_known, r->talk.dst_bytes, r->talk.dst_packets);
	network(&j, s->home, s->proto);
	tryst_json_key_str(&j, "direction", r->talk.from_home ? "outbound" : "inbound");
	if (tryst_sighting_community_id(s, community)) {
		tryst_json_key(&j, "community_id");
		tryst_json_text(&j, community, sizeof(community));
	}
	counts(&j, s->counts_known, s->bytes_in + s->bytes_out, s->packets_in + s->packets_out);
	observer(&j, s);
	tryst_json_key_object(&j, "related");
	tryst_json_key_array(&j, "ip");
	tryst_json_ip(&j, s->home);
	tryst_json_ip(&j, s->peer);
	tryst_json_end(&j);
	tryst_json_end(&j);
	threat(&j, r->c, r->host);
	ours(&j, r, x);
	tryst_json_end(&j);
	tryst_buf_char(x->out, '\n');
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
	tryst_case_uuid(c, out, x.uuid);
	for (size_t i = 0; i < c->meeting_count; i++)
		meeting(&x, c, i);
	for (size_t i = 0; i < c->finding_count; i++)
		finding(&x, c, i);
	rc = tryst_rows_sightings(c, each, &x, err);
	out->failed |= filter.failed;
	tryst_buf_fini(&filter);
	return rc == 0 && out->failed ? tryst_error_nomem(err) : rc;
}

const struct tryst_renderer tryst_renderer_ecs = {
	.name = "ecs",
	.help = "Elastic Common Schema, a JSON object a meeting and a conversation",
	.render = render,
};
