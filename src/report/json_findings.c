/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the case file that says what was found: hosts, sightings, meetings. */
#include "report/json_findings.h"

#include "report/community.h"
#include "report/json_chance.h"
#include "report/json_companions.h"
#include "report/json_judgement.h"
#include "report/json_lists.h"
#include "report/json_time.h"
#include "report/json_spoof.h"

/* What went each way, where any record counted it. */
static void
counts(struct tryst_json *j, uint64_t packets_out, uint64_t bytes_out, uint64_t packets_in,
       uint64_t bytes_in)
{
	tryst_json_key_u64(j, "packets_out", packets_out);
	tryst_json_key_u64(j, "bytes_out", bytes_out);
	tryst_json_key_u64(j, "packets_in", packets_in);
	tryst_json_key_u64(j, "bytes_in", bytes_in);
}

/* How often each verdict was given; those that were not are left out. */
static void
verdicts(struct tryst_json *j, const uint32_t *counts_by_verdict)
{
	tryst_json_key_object(j, "verdicts");
	for (unsigned v = 0; v < TRYST_VERDICT_COUNT; v++) {
		if (counts_by_verdict[v])
			tryst_json_key_u64(j, tryst_verdict_name((enum tryst_verdict)v),
			                   counts_by_verdict[v]);
	}
	tryst_json_end(j);
}

/* "192.0.2.1", "10.0.0.0/8", or "10.0.0.1-10.0.0.9" where no prefix is the same. */
static void
entry_addresses(struct tryst_json *j, struct tryst_ip_range range)
{
	char text[TRYST_PREFIX_TEXT_MAX + TRYST_IP_TEXT_MAX];
	struct tryst_prefix cover[1];
	size_t len;

	if (tryst_ip_range_cover(range, cover, 1) == 1 &&
	    tryst_ip_equal(tryst_prefix_range(cover[0]).last, range.last)) {
		len = tryst_prefix_format(cover[0], text);
	} else {
		len = tryst_ip_format(range.first, text);
		text[len++] = '-';
		len += tryst_ip_format(range.last, text + len);
	}
	tryst_json_key(j, "addresses");
	tryst_json_text(j, text, len);
}

/* The indicators of a host: the most specific by text, the labels of all, and where each stands. */
static void
host_indicators(struct tryst_json *j, const struct tryst_case *c, const struct tryst_listed_host *h)
{
	const struct tryst_watchlist *w = c->watchlist;

	if (h->indicator_count)
		tryst_json_key_str(j, "indicator",
		                   tryst_watchlist_indicator(w, h->indicators[0])->text);
	tryst_json_key_array(j, "labels");
	for (uint32_t i = 0; i < h->indicator_count; i++) {
		const char *label = tryst_watchlist_indicator(w, h->indicators[i])->label;

		if (label[0])
			tryst_json_str(j, label);
	}
	tryst_json_end(j);
	tryst_json_key_array(j, "entries");
	for (uint32_t i = 0; i < h->indicator_count; i++) {
		const struct tryst_indicator *ind = tryst_watchlist_indicator(w, h->indicators[i]);

		tryst_json_object(j);
		tryst_json_key_str(j, "text", ind->text);
		tryst_json_key_u64(j, "watchlist", ind->list);
		tryst_json_key_u64(j, "line", ind->line);
		if (ind->label[0])
			tryst_json_key_str(j, "label", ind->label);
		entry_addresses(j, ind->range);
		if (ind->port)
			tryst_json_key_u64(j, "port", ind->port);
		if (ind->proto)
			tryst_json_key_u64(j, "proto", ind->proto);
		tryst_json_entry_details(j, ind);
		tryst_json_end(j);
	}
	tryst_json_end(j);
}

/* How many lists the host is on. */
static uint32_t
host_lists(const struct tryst_case *c, const struct tryst_listed_host *h)
{
	return tryst_watchlist_listed_by(c->watchlist, h->indicators, h->indicator_count);
}

static void
host(struct tryst_json *j, const struct tryst_case *c, const struct tryst_listed_host *h)
{
	tryst_json_object(j);
	tryst_json_key_ip(j, "ip", h->ip);
	host_indicators(j, c, h);
	tryst_json_key_u64(j, "listed_by", host_lists(c, h));
	tryst_json_key_array(j, "ports");
	for (uint32_t i = 0; i < h->port_count; i++)
		tryst_json_u64(j, h->ports[i]);
	tryst_json_end(j);
	tryst_json_key_time(j, "first", h->first_ms);
	tryst_json_key_time(j, "last", h->last_ms);
	tryst_json_key_u64(j, "conversations", h->conversations);
	if (h->outdated)
		tryst_json_key_u64(j, "outside_validity", h->outdated);
	if (h->uncounted < h->conversations) {
		tryst_json_key_u64(j, "packets", h->packets_out + h->packets_in);
		tryst_json_key_u64(j, "bytes", h->bytes_out + h->bytes_in);
		counts(j, h->packets_out, h->bytes_out, h->packets_in, h->bytes_in);
	}
	tryst_json_key_u64(j, "uncounted", h->uncounted);
	tryst_json_death(j, &h->death);
	verdicts(j, h->verdicts);
	tryst_json_spoof(j, &h->spoof);
	tryst_json_end(j);
}

static void
sighting_refs(struct tryst_json *j, const struct tryst_sighting *s)
{
	tryst_json_key_u64(j, "records", s->records);
	tryst_json_key_array(j, "record_refs");
	for (uint32_t i = 0; i < s->ref_count; i++) {
		tryst_json_object(j);
		tryst_json_key_u64(j, "input", s->refs[i].input);
		tryst_json_key_u64(j, "record", s->refs[i].record);
		tryst_json_end(j);
	}
	tryst_json_end(j);
	tryst_json_key_array(j, "exporters");
	for (uint32_t i = 0; i < s->exporter_count; i++)
		tryst_json_ip(j, s->exporters[i]);
	tryst_json_end(j);
}

static void
sighting_ports(struct tryst_json *j, const struct tryst_sighting *s)
{
	if (s->home_port_known)
		tryst_json_key_u64(j, "home_port", s->home_port);
	if (s->peer_port_known)
		tryst_json_key_u64(j, "peer_port", s->peer_port);
	if (s->indicator_port)
		tryst_json_key_bool(j, "listed_port", s->listed_port);
	if (s->outside_validity)
		tryst_json_key_bool(j, "outside_validity", true);
	if (s->icmp_known) {
		tryst_json_key_u64(j, "icmp_type", s->icmp >> 8);
		tryst_json_key_u64(j, "icmp_code", s->icmp & 0xff);
	}
}

/* What other programs call the conversation; not where that cannot be known. */
static void
sighting_community_id(struct tryst_json *j, const struct tryst_sighting *s)
{
	char id[TRYST_COMMUNITY_ID_LEN];

	if (!tryst_sighting_community_id(s, id))
		return;
	tryst_json_key(j, "community_id");
	tryst_json_text(j, id, sizeof(id));
}

/* Whether it worked, and what exporters say that bears on it. */
static void
sighting_worked(struct tryst_json *j, const struct tryst_sighting *s)
{
	const struct {
		const char *key;
		bool told;
	} told[] = {
		{ "dropped_out", s->dropped_out },
		{ "dropped_in", s->dropped_in },
		{ "rpf_out", s->rpf_out },
		{ "rpf_in", s->rpf_in },
	};

	tryst_json_key_str(j, "verdict", tryst_verdict_name(s->verdict));
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(told); i++) {
		if (told[i].told)
			tryst_json_key_bool(j, told[i].key, true);
	}
	if (s->sampling)
		tryst_json_key_u64(j, "sampling", s->sampling);
}

static void
sighting(struct tryst_json *j, const struct tryst_sighting *s)
{
	static const char *const initiators[] = {
		[TRYST_INITIATOR_UNKNOWN] = "unknown",
		[TRYST_INITIATOR_HOME] = "home",
		[TRYST_INITIATOR_PEER] = "peer",
	};

	tryst_json_object(j);
	tryst_json_key_u64(j, "id", s->id);
	tryst_json_key_ip(j, "home", s->home);
	tryst_json_key_ip(j, "peer", s->peer);
	tryst_json_key_str(j, "listed",
	                   !s->home_listed   ? "peer"
	                   : !s->peer_listed ? "home"
	                                     : "both");
	tryst_json_key_str(j, "initiator", initiators[s->initiator]);
	if (s->initiator != TRYST_INITIATOR_UNKNOWN)
		tryst_json_key_real(j, "initiator_confidence", s->initiator_confidence);
	tryst_json_key_u64(j, "proto", s->proto);
	sighting_ports(j, s);
	tryst_json_key_time(j, "first", s->first_ms);
	tryst_json_key_time(j, "last", s->last_ms);
	if (s->counts_known)
		counts(j, s->packets_out, s->bytes_out, s->packets_in, s->bytes_in);
	if (s->flags_known) {
		tryst_json_key_u64(j, "flags_out", s->flags_out);
		tryst_json_key_u64(j, "flags_in", s->flags_in);
	}
	tryst_json_key_u64(j, "records_out", s->records_out);
	tryst_json_key_u64(j, "records_in", s->records_in);
	tryst_json_key_bool(j, "torn", s->torn);
	sighting_refs(j, s);
	sighting_worked(j, s);
	if (s->service)
		tryst_json_key_str(j, "service", s->service);
	if (s->service_side != TRYST_SERVICE_NONE)
		tryst_json_key_str(j, "service_side",
		                   s->service_side == TRYST_SERVICE_HOME ? "home" : "peer");
	tryst_json_key_str(j, "first_from", s->home_first ? "home" : "peer");
	sighting_community_id(j, s);
	tryst_json_end(j);
}

static void
meeting_endpoint(struct tryst_json *j, const struct tryst_meeting *m)
{
	tryst_json_key_object(j, "endpoint");
	tryst_json_key_ip(j, "ip", m->ip);
	tryst_json_key_u64(j, "proto", m->proto);
	if (m->port_known) {
		tryst_json_key_u64(j, "port", m->port);
		tryst_json_key_str(j, "port_side", m->at_peer ? "peer" : "home");
	}
	tryst_json_end(j);
	if (!m->service && !m->service_evidence)
		return;
	tryst_json_key_object(j, "service");
	if (m->service) {
		tryst_json_key_str(j, "name", m->service);
		tryst_json_key_str(j, "evidence", "port");
	}
	if (m->service_evidence)
		tryst_json_key_str(j, "shape", m->service_evidence);
	tryst_json_end(j);
}

static void
meeting(struct tryst_json *j, const struct tryst_case *c, const struct tryst_meeting *m)
{
	tryst_json_object(j);
	meeting_endpoint(j, m);
	tryst_json_key_u64(j, "listed_met", m->host_count);
	tryst_json_key_u64(j, "listed_seen", c->listed_seen);
	tryst_json_key_u64(j, "listed_total", c->listed_total);
	tryst_json_key_time(j, "first", m->first_ms);
	tryst_json_key_time(j, "last", m->last_ms);
	tryst_json_key_u64(j, "conversations", m->sighting_count);
	tryst_json_key_u64(j, "answered", m->answered);
	tryst_json_key_u64(j, "torn", m->torn);
	verdicts(j, m->verdicts);
	if (m->uncounted < m->sighting_count)
		counts(j, m->packets_out, m->bytes_out, m->packets_in, m->bytes_in);
	tryst_json_key_u64(j, "uncounted", m->uncounted);
	tryst_json_key_array(j, "hosts");
	for (uint32_t i = 0; i < m->host_count; i++)
		tryst_json_ip(j, c->hosts[m->hosts[i]].ip);
	tryst_json_end(j);
	tryst_json_key_array(j, "sightings");
	for (uint32_t i = 0; i < m->sighting_count; i++)
		tryst_json_u64(j, m->sightings[i]);
	tryst_json_end(j);
	tryst_json_chance(j, m);
	tryst_json_meeting_time(j, c, m);
	tryst_json_spoof(j, &m->spoof);
	tryst_json_judgement(j, &m->judgement);
	tryst_json_end(j);
}

void
tryst_json_findings(struct tryst_json *j, const struct tryst_case *c)
{
	tryst_json_key_array(j, "hosts");
	for (size_t i = 0; i < c->host_count; i++)
		host(j, c, &c->hosts[i]);
	tryst_json_end(j);
	tryst_json_key_array(j, "sightings");
	for (size_t i = 0; i < c->sighting_count; i++)
		sighting(j, &c->sightings[i]);
	tryst_json_end(j);
	tryst_json_key_array(j, "meetings");
	for (size_t i = 0; i < c->meeting_count; i++)
		meeting(j, c, &c->meetings[i]);
	tryst_json_end(j);
	tryst_json_background(j, &c->background);
	tryst_json_companions(j, c);
	tryst_json_timeline(j, c);
}
