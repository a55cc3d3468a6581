/* SPDX-License-Identifier: Apache-2.0 */
/* What was found: listed hosts, sightings, meetings, companions. */
#include "report/load_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER(T, k, f)                                                                            \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_NUMBER, TRYST_LOAD_AT(T, f)                           \
	}
#define REAL(T, k, f)                                                                              \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_REAL, TRYST_LOAD_AT(T, f)                             \
	}
#define SENTENCE(T, k, f)                                                                          \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_SENTENCE, TRYST_LOAD_AT(T, f)                         \
	}
#define BOOL(T, k, f)                                                                              \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_BOOL, TRYST_LOAD_AT(T, f)                             \
	}
#define TIME(T, k, f)                                                                              \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_TIME, TRYST_LOAD_AT(T, f)                             \
	}
/* Times that everything has. */
#define MUST_TIME(T, k, f)                                                                         \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_TIME, .required = true, TRYST_LOAD_AT(T, f)           \
	}
#define MUST_IP(T, k, f)                                                                           \
	{                                                                                          \
		.key = k, .kind = TRYST_LOAD_IP, .required = true, TRYST_LOAD_AT(T, f)             \
	}

/* How often each verdict was given; at: the counts, by verdict. */
static int
read_verdicts(struct tryst_load *l, const json_t *value, void *at)
{
	struct tryst_load_key rows[TRYST_VERDICT_COUNT + 1] = { 0 };

	if (!json_is_object(value))
		return tryst_load_fail(l, "expected an object");
	for (unsigned v = 0; v < TRYST_VERDICT_COUNT; v++) {
		rows[v].key = tryst_verdict_name((enum tryst_verdict)v);
		rows[v].kind = TRYST_LOAD_NUMBER;
		rows[v].at = v * sizeof(uint32_t);
		rows[v].size = sizeof(uint32_t);
	}
	return tryst_load_keys(l, rows, value, at);
}

/* An entry of a list. */
struct entry {
	const char *text, *label, *addresses, *source, *tlp;
	int64_t first_ms, last_ms, from_ms, until_ms;
	uint32_t list, line;
	uint16_t port;
	uint8_t proto, confidence;
};

static const struct tryst_load_key entry_keys[] = {
	{ .key = "text",
	  .kind = TRYST_LOAD_TEXT,
	  .required = true,
	  TRYST_LOAD_AT(struct entry, text) },
	{ .key = "label", .kind = TRYST_LOAD_TEXT, TRYST_LOAD_AT(struct entry, label) },
	NUMBER(struct entry, "watchlist", list),
	NUMBER(struct entry, "line", line),
	{ .key = "addresses", .kind = TRYST_LOAD_TEXT, TRYST_LOAD_AT(struct entry, addresses) },
	NUMBER(struct entry, "port", port),
	NUMBER(struct entry, "proto", proto),
	{ .key = "source", .kind = TRYST_LOAD_TEXT, TRYST_LOAD_AT(struct entry, source) },
	TIME(struct entry, "first_seen", first_ms),
	TIME(struct entry, "last_seen", last_ms),
	TIME(struct entry, "valid_from", from_ms),
	TIME(struct entry, "valid_until", until_ms),
	NUMBER(struct entry, "confidence", confidence),
	{ .key = "tlp", .kind = TRYST_LOAD_TEXT, TRYST_LOAD_AT(struct entry, tlp) },
	{ 0 },
};

/* "10.0.0.0/8" or "10.0.0.1-10.0.0.9"; without one the host alone. */
static bool
entry_range(const char *text, struct tryst_ip host, struct tryst_ip_range *out)
{
	const char *dash = text ? strchr(text, '-') : NULL;
	struct tryst_prefix prefix;

	if (!text) {
		*out = (struct tryst_ip_range){ host, host };
		return true;
	}
	if (dash)
		return tryst_ip_parse(text, (size_t)(dash - text), &out->first) &&
		       tryst_ip_parse(dash + 1, strlen(dash + 1), &out->last) &&
		       tryst_ip_compare(out->first, out->last) <= 0;
	if (!tryst_prefix_parse(text, strlen(text), &prefix, NULL))
		return false;
	*out = tryst_prefix_range(prefix);
	return true;
}

static struct tryst_load_entry *
entry_push(struct tryst_load *l)
{
	size_t cap = l->entry_cap ? 2 * l->entry_cap : 64;
	struct tryst_load_entry *list;

	if (l->entry_count == l->entry_cap) {
		list = reallocarray(l->entries, cap, sizeof(*list));
		if (!list) {
			(void)tryst_error_nomem(l->err);
			return NULL;
		}
		l->entries = list;
		l->entry_cap = cap;
	}
	return memset(&l->entries[l->entry_count++], 0, sizeof(*list));
}

static int
read_entry(struct tryst_load *l, const json_t *value, struct tryst_listed_host *h, uint32_t place)
{
	const struct tryst_load_key row = { .kind = TRYST_LOAD_OBJECT, .keys = entry_keys };
	struct entry e = {
		.label = "",
		.source = "",
		.first_ms = TRYST_TIME_MIN,
		.last_ms = TRYST_TIME_MIN,
		.from_ms = TRYST_TIME_MIN,
		.until_ms = TRYST_TIME_MAX,
		.confidence = TRYST_CONFIDENCE_UNKNOWN,
	};
	struct tryst_load_entry *to;
	int rc = tryst_load_value(l, &row, value, &e);

	if (rc < 0)
		return rc;
	if (e.list >= tryst_watchlist_lists(l->watchlist))
		return tryst_load_fail(l, "watchlist: expected an index of the watchlists");
	to = entry_push(l);
	if (!to)
		return TRYST_ERR_NOMEM;
	to->host = (uint32_t)(h - l->c->hosts);
	to->place = place;
	tryst_indicator_init(&to->indicator);
	to->indicator.text = e.text;
	to->indicator.label = e.label;
	to->indicator.list = e.list;
	to->indicator.line = e.line;
	to->indicator.port = e.port;
	to->indicator.proto = e.proto;
	to->indicator.source = e.source;
	to->indicator.first_ms = e.first_ms;
	to->indicator.last_ms = e.last_ms;
	to->indicator.from_ms = e.from_ms;
	to->indicator.until_ms = e.until_ms;
	to->indicator.confidence = e.confidence;
	for (unsigned t = TRYST_TLP_CLEAR; e.tlp && tryst_tlp_name(t); t++) {
		if (strcmp(e.tlp, tryst_tlp_name(t)) == 0)
			to->indicator.tlp = (uint8_t)t;
	}
	/* The ends of a hidden range are in no order. */
	if (!entry_range(e.addresses, h->ip, &to->indicator.range) &&
	    (!l->hide || !entry_range(NULL, h->ip, &to->indicator.range)))
		return tryst_load_fail(l, "addresses: expected an address, a prefix or a range");
	return 0;
}

static int
host_done(struct tryst_load *l, const json_t *value, void *object)
{
	const json_t *entries = json_object_get(value, "entries");
	struct tryst_listed_host *h = object;
	size_t outer = tryst_load_enter(l, "entries");

	h->indicators = tryst_load_alloc(l, json_array_size(entries), sizeof(*h->indicators));
	if (!h->indicators)
		return TRYST_ERR_NOMEM;
	for (size_t i = 0; i < json_array_size(entries); i++) {
		size_t mark = tryst_load_enter_index(l, i);
		int rc = read_entry(l, json_array_get(entries, i), h, (uint32_t)i);

		if (rc < 0)
			return rc;
		h->indicator_count++;
		tryst_load_leave(l, mark);
	}
	tryst_load_leave(l, outer);
	return 0;
}

static const struct tryst_load_key port_item = {
	.kind = TRYST_LOAD_NUMBER,
	.size = sizeof(uint16_t),
};

static const struct tryst_load_key host_keys[] = {
	MUST_IP(struct tryst_listed_host, "ip", ip),
	{ .key = "ports",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(struct tryst_listed_host, ports),
	  TRYST_LOAD_COUNT(struct tryst_listed_host, port_count),
	  .item = &port_item },
	MUST_TIME(struct tryst_listed_host, "first", first_ms),
	MUST_TIME(struct tryst_listed_host, "last", last_ms),
	NUMBER(struct tryst_listed_host, "conversations", conversations),
	NUMBER(struct tryst_listed_host, "packets_out", packets_out),
	NUMBER(struct tryst_listed_host, "bytes_out", bytes_out),
	NUMBER(struct tryst_listed_host, "packets_in", packets_in),
	NUMBER(struct tryst_listed_host, "bytes_in", bytes_in),
	NUMBER(struct tryst_listed_host, "uncounted", uncounted),
	{ .key = "death",
	  .kind = TRYST_LOAD_OBJECT,
	  TRYST_LOAD_AT(struct tryst_listed_host, death),
	  .keys = tryst_load_death_keys,
	  .done = tryst_load_death_done },
	{ .key = "verdicts",
	  .kind = TRYST_LOAD_CUSTOM,
	  TRYST_LOAD_AT(struct tryst_listed_host, verdicts),
	  .read = read_verdicts },
	{ .key = "spoof",
	  .kind = TRYST_LOAD_OBJECT,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_listed_host, spoof),
	  .keys = tryst_load_spoof_keys },
	{ 0 },
};

const struct tryst_load_key tryst_load_host_item = {
	.kind = TRYST_LOAD_OBJECT,
	.size = sizeof(struct tryst_listed_host),
	.keys = host_keys,
	.done = host_done,
};

/* The index of a listed host by its address, or -1. */
static int64_t
host_find(const struct tryst_load *l, struct tryst_ip ip)
{
	char text[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(ip, text);
	return tryst_load_names_find(&l->hosts, text);
}

static const char *
initiator(unsigned i)
{
	static const char *const words[] = { "unknown", "home", "peer" };

	return i < TRYST_ARRAY_SIZE(words) ? words[i] : NULL;
}

static const char *
service_side(unsigned i)
{
	static const char *const words[] = { "none", "home", "peer" };

	return i < TRYST_ARRAY_SIZE(words) ? words[i] : NULL;
}

static const char *
first_from(unsigned i)
{
	static const char *const words[] = { "peer", "home" };

	return i < TRYST_ARRAY_SIZE(words) ? words[i] : NULL;
}

static const char *
verdict(unsigned i)
{
	return i < TRYST_VERDICT_COUNT ? tryst_verdict_name((enum tryst_verdict)i) : NULL;
}

static int
read_listed(struct tryst_load *l, const json_t *value, void *at)
{
	const char *text = json_string_value(value);
	struct tryst_sighting *s = at;

	text = text ? text : "";
	s->home_listed = !strcmp(text, "home") || !strcmp(text, "both");
	s->peer_listed = !strcmp(text, "peer") || !strcmp(text, "both");
	if (!s->home_listed && !s->peer_listed)
		return tryst_load_fail(l, "expected one of peer, home, both");
	return 0;
}

static int
read_icmp(struct tryst_load *l, const json_t *value, struct tryst_sighting *s, unsigned shift)
{
	static const struct tryst_load_key row = { .kind = TRYST_LOAD_NUMBER, .size = 1 };
	uint8_t v = 0;
	int rc = tryst_load_value(l, &row, value, &v);

	s->icmp |= (uint16_t)(v << shift);
	s->icmp_known = true;
	return rc;
}

static int
read_icmp_type(struct tryst_load *l, const json_t *value, void *at)
{
	return read_icmp(l, value, at, 8);
}

static int
read_icmp_code(struct tryst_load *l, const json_t *value, void *at)
{
	return read_icmp(l, value, at, 0);
}

static const struct tryst_load_key ip_item = {
	.kind = TRYST_LOAD_IP,
	.size = sizeof(struct tryst_ip),
};

#define S struct tryst_sighting

static const struct tryst_load_key sighting_keys[] = {
	NUMBER(S, "id", id),
	MUST_IP(S, "home", home),
	MUST_IP(S, "peer", peer),
	{ .key = "listed", .kind = TRYST_LOAD_CUSTOM, .required = true, .read = read_listed },
	{ .key = "initiator",
	  .kind = TRYST_LOAD_WORD,
	  TRYST_LOAD_AT(S, initiator),
	  .word = initiator },
	REAL(S, "initiator_confidence", initiator_confidence),
	NUMBER(S, "proto", proto),
	{ .key = "home_port",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(S, home_port),
	  TRYST_LOAD_KNOWN(S, home_port_known) },
	{ .key = "peer_port",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(S, peer_port),
	  TRYST_LOAD_KNOWN(S, peer_port_known) },
	{ .key = "listed_port",
	  .kind = TRYST_LOAD_BOOL,
	  TRYST_LOAD_AT(S, listed_port),
	  TRYST_LOAD_KNOWN(S, indicator_port) },
	BOOL(S, "outside_validity", outside_validity),
	{ .key = "icmp_type", .kind = TRYST_LOAD_CUSTOM, .read = read_icmp_type },
	{ .key = "icmp_code", .kind = TRYST_LOAD_CUSTOM, .read = read_icmp_code },
	MUST_TIME(S, "first", first_ms),
	MUST_TIME(S, "last", last_ms),
	{ .key = "packets_out",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(S, packets_out),
	  TRYST_LOAD_KNOWN(S, counts_known) },
	NUMBER(S, "bytes_out", bytes_out),
	NUMBER(S, "packets_in", packets_in),
	NUMBER(S, "bytes_in", bytes_in),
	{ .key = "flags_out",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(S, flags_out),
	  TRYST_LOAD_KNOWN(S, flags_known) },
	NUMBER(S, "flags_in", flags_in),
	NUMBER(S, "records_out", records_out),
	NUMBER(S, "records_in", records_in),
	BOOL(S, "torn", torn),
	NUMBER(S, "records", records),
	{ .key = "record_refs",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(S, refs),
	  TRYST_LOAD_COUNT(S, ref_count),
	  .item = &tryst_load_ref_item },
	{ .key = "exporters",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(S, exporters),
	  TRYST_LOAD_COUNT(S, exporter_count),
	  .item = &ip_item },
	{ .key = "verdict", .kind = TRYST_LOAD_WORD, TRYST_LOAD_AT(S, verdict), .word = verdict },
	BOOL(S, "dropped_out", dropped_out),
	BOOL(S, "dropped_in", dropped_in),
	BOOL(S, "rpf_out", rpf_out),
	BOOL(S, "rpf_in", rpf_in),
	NUMBER(S, "sampling", sampling),
	SENTENCE(S, "service", service),
	{ .key = "service_side",
	  .kind = TRYST_LOAD_WORD,
	  TRYST_LOAD_AT(S, service_side),
	  .word = service_side },
	{ .key = "first_from",
	  .kind = TRYST_LOAD_WORD,
	  TRYST_LOAD_AT(S, home_first),
	  .word = first_from },
	{ 0 },
};
#undef S

/* Its place is its number, and which of its ends is the listed host. */
static int
sighting_done(struct tryst_load *l, const json_t *value, void *object)
{
	struct tryst_sighting *s = object;
	size_t place = (size_t)(s - l->c->sightings);
	int64_t host = host_find(l, s->peer_listed ? s->peer : s->home);

	(void)value;
	if (s->id != place + 1)
		return tryst_load_fail(l, "id: expected %zu", place + 1);
	if (host < 0)
		return tryst_load_fail(l, "expected a listed end that is one of the hosts");
	if (s->first_ms > s->last_ms)
		return tryst_load_fail(l, "expected last not to be before first");
	s->host = (uint32_t)host;
	return 0;
}

const struct tryst_load_key tryst_load_sighting_item = {
	.kind = TRYST_LOAD_OBJECT,
	.size = sizeof(struct tryst_sighting),
	.keys = sighting_keys,
	.done = sighting_done,
};

#define M struct tryst_meeting

static const char *
port_side(unsigned i)
{
	static const char *const words[] = { "home", "peer" };

	return i < TRYST_ARRAY_SIZE(words) ? words[i] : NULL;
}

static const struct tryst_load_key endpoint_keys[] = {
	MUST_IP(M, "ip", ip),
	NUMBER(M, "proto", proto),
	{ .key = "port",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(M, port),
	  TRYST_LOAD_KNOWN(M, port_known) },
	{ .key = "port_side",
	  .kind = TRYST_LOAD_WORD,
	  TRYST_LOAD_AT(M, at_peer),
	  .word = port_side },
	{ 0 },
};

static const struct tryst_load_key service_keys[] = {
	SENTENCE(M, "name", service),
	SENTENCE(M, "shape", service_evidence),
	{ 0 },
};

static int
read_met(struct tryst_load *l, const json_t *value, void *at)
{
	size_t count = json_array_size(value);
	struct tryst_meeting *m = at;

	m->hosts = tryst_load_alloc(l, count, sizeof(*m->hosts));
	if (!m->hosts)
		return TRYST_ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		size_t mark = tryst_load_enter_index(l, i);
		struct tryst_ip ip;
		int rc = tryst_load_value(l, &ip_item, json_array_get(value, i), &ip);
		int64_t host = rc == 0 ? host_find(l, ip) : -1;

		if (rc < 0)
			return rc;
		if (host < 0)
			return tryst_load_fail(l, "expected the address of one of the hosts");
		m->hosts[m->host_count++] = (uint32_t)host;
		tryst_load_leave(l, mark);
	}
	return 0;
}

static int
read_sighting_id(struct tryst_load *l, const json_t *value, void *at)
{
	static const struct tryst_load_key row = { .kind = TRYST_LOAD_NUMBER, .size = 4 };
	uint32_t id = 0;
	int rc = tryst_load_value(l, &row, value, &id);

	if (rc == 0 && (id == 0 || id > l->c->sighting_count))
		return tryst_load_fail(l, "expected the id of one of the sightings");
	memcpy(at, &id, sizeof(id));
	return rc;
}

static const struct tryst_load_key sighting_id_item = {
	.kind = TRYST_LOAD_CUSTOM,
	.size = sizeof(uint32_t),
	.read = read_sighting_id,
};

static const struct tryst_load_key synchrony_keys[] = {
	SENTENCE(struct tryst_synchrony, "untested", untested),
	NUMBER(struct tryst_synchrony, "hosts", hosts),
	{ .key = "window_ms",
	  .kind = TRYST_LOAD_SIGNED,
	  TRYST_LOAD_AT(struct tryst_synchrony, window_ms) },
	REAL(struct tryst_synchrony, "log10_p", log10_p),
	{ 0 },
};

/* The logarithms are there beside what they are of, which may be too small for a number. */
static const struct tryst_load_key chance_keys[] = {
	SENTENCE(struct tryst_chance, "chance_untested", untested),
	NUMBER(struct tryst_chance, "listed_tested", listed_met),
	REAL(struct tryst_chance, "expected", expected),
	REAL(struct tryst_chance, "chance_max", chance_max),
	REAL(struct tryst_chance, "log10_p", log10_p),
	{ .key = "q_bh", .kind = TRYST_LOAD_LOG10, TRYST_LOAD_AT(struct tryst_chance, log10_q_bh) },
	{ .key = "q_by", .kind = TRYST_LOAD_LOG10, TRYST_LOAD_AT(struct tryst_chance, log10_q_by) },
	REAL(struct tryst_chance, "log10_q_bh", log10_q_bh),
	REAL(struct tryst_chance, "log10_q_by", log10_q_by),
	REAL(struct tryst_chance, "p_star", p_star),
	REAL(struct tryst_chance, "raised", raised),
	{ .key = "q_like",
	  .kind = TRYST_LOAD_LOG10,
	  TRYST_LOAD_AT(struct tryst_chance, log10_q_like) },
	REAL(struct tryst_chance, "log10_q_like", log10_q_like),
	BOOL(struct tryst_chance, "class_prone", class_prone),
	REAL(struct tryst_chance, "matched_p", matched_p),
	NUMBER(struct tryst_chance, "matched_sets", matched_sets),
	SENTENCE(struct tryst_chance, "unmatched", unmatched),
	{ .key = "log10_p_class",
	  .kind = TRYST_LOAD_REAL,
	  TRYST_LOAD_AT(struct tryst_chance, log10_p_class),
	  TRYST_LOAD_KNOWN(struct tryst_chance, class_known) },
	REAL(struct tryst_chance, "class_coverage", class_coverage),
	{ .key = "log10_p_within",
	  .kind = TRYST_LOAD_REAL,
	  TRYST_LOAD_AT(struct tryst_chance, log10_p_within),
	  TRYST_LOAD_KNOWN(struct tryst_chance, within_known) },
	NUMBER(struct tryst_chance, "class_endpoints", class_endpoints),
	NUMBER(struct tryst_chance, "peers_total", peers_total),
	BOOL(struct tryst_chance, "peers_estimated", peers_estimated),
	BOOL(struct tryst_chance, "significant", significant),
	{ 0 },
};

static const struct tryst_load_key meeting_keys[] = {
	{ .key = "endpoint", .kind = TRYST_LOAD_OBJECT, .required = true, .keys = endpoint_keys },
	{ .key = "service", .kind = TRYST_LOAD_OBJECT, .keys = service_keys },
	MUST_TIME(M, "first", first_ms),
	MUST_TIME(M, "last", last_ms),
	NUMBER(M, "answered", answered),
	NUMBER(M, "torn", torn),
	{ .key = "verdicts",
	  .kind = TRYST_LOAD_CUSTOM,
	  TRYST_LOAD_AT(M, verdicts),
	  .read = read_verdicts },
	NUMBER(M, "packets_out", packets_out),
	NUMBER(M, "bytes_out", bytes_out),
	NUMBER(M, "packets_in", packets_in),
	NUMBER(M, "bytes_in", bytes_in),
	NUMBER(M, "uncounted", uncounted),
	{ .key = "hosts", .kind = TRYST_LOAD_CUSTOM, .required = true, .read = read_met },
	{ .key = "sightings",
	  .kind = TRYST_LOAD_ARRAY,
	  .required = true,
	  TRYST_LOAD_AT(M, sightings),
	  TRYST_LOAD_COUNT(M, sighting_count),
	  .item = &sighting_id_item },
	{ .key = "synchrony",
	  .kind = TRYST_LOAD_OBJECT,
	  TRYST_LOAD_AT(M, synchrony),
	  .keys = synchrony_keys },
	{ .key = "events",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(M, events),
	  TRYST_LOAD_COUNT(M, event_count),
	  .item = &tryst_load_match_item },
	{ .key = "rate_changes",
	  .kind = TRYST_LOAD_OBJECT,
	  .required = true,
	  TRYST_LOAD_AT(M, changes),
	  .keys = tryst_load_changes_keys,
	  .done = tryst_load_changes_done },
	{ .key = "spoof",
	  .kind = TRYST_LOAD_OBJECT,
	  .required = true,
	  TRYST_LOAD_AT(M, spoof),
	  .keys = tryst_load_spoof_keys },
	{ 0 },
};

/* Its chance and its judgement are keys of the meeting itself. */
static int
meeting_done(struct tryst_load *l, const json_t *value, void *object)
{
	struct tryst_meeting *m = object;
	int rc = tryst_load_keys(l, chance_keys, value, &m->chance);

	if (rc == 0)
		rc = tryst_load_keys(l, tryst_load_judgement_keys, value, &m->judgement);
	if (rc == 0 && (!m->host_count || !m->sighting_count))
		rc = tryst_load_fail(l, "expected hosts and sightings");
	return rc;
}

const struct tryst_load_key tryst_load_meeting_item = {
	.kind = TRYST_LOAD_OBJECT,
	.size = sizeof(struct tryst_meeting),
	.keys = meeting_keys,
	.done = meeting_done,
};
#undef M

/* An endpoint of a companion -> the index of the meeting there. */
static int
read_endpoint(struct tryst_load *l, const json_t *value, void *at)
{
	const struct tryst_load_key row = { .kind = TRYST_LOAD_OBJECT, .keys = endpoint_keys };
	char name[TRYST_LOAD_ENDPOINT_MAX];
	struct tryst_meeting m = { 0 };
	int rc = tryst_load_value(l, &row, value, &m);
	int64_t found;
	uint32_t index;

	if (rc < 0)
		return rc;
	tryst_load_endpoint_name(&m, name);
	found = tryst_load_names_find(&l->endpoints, name);
	if (found < 0)
		return tryst_load_fail(l, "expected the endpoint of one of the meetings");
	index = (uint32_t)found;
	memcpy(at, &index, sizeof(index));
	return 0;
}

void
tryst_load_endpoint_name(const struct tryst_meeting *m, char out[TRYST_LOAD_ENDPOINT_MAX])
{
	char ip[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(m->ip, ip);
	(void)snprintf(out, TRYST_LOAD_ENDPOINT_MAX, "%s %u %d %u %d", ip, m->proto, m->port_known,
	               m->port, m->at_peer);
}

static const struct tryst_load_key endpoint_item = {
	.kind = TRYST_LOAD_CUSTOM,
	.size = sizeof(uint32_t),
	.read = read_endpoint,
};

static const struct tryst_load_key companion_keys[] = {
	MUST_IP(struct tryst_companion, "ip", ip),
	REAL(struct tryst_companion, "llr", llr),
	{ .key = "endpoints",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(struct tryst_companion, meetings),
	  TRYST_LOAD_COUNT(struct tryst_companion, meeting_count),
	  .item = &endpoint_item },
	{ .key = "lead_ms",
	  .kind = TRYST_LOAD_SIGNED,
	  TRYST_LOAD_AT(struct tryst_companion, lead_ms),
	  TRYST_LOAD_KNOWN(struct tryst_companion, lead_known) },
	REAL(struct tryst_companion, "log10_p_lead", log10_p_lead),
	SENTENCE(struct tryst_companion, "direction", direction),
	{ .key = "grade",
	  .kind = TRYST_LOAD_CUSTOM,
	  .required = true,
	  TRYST_LOAD_AT(struct tryst_companion, grade),
	  .read = tryst_load_grade },
	TRYST_LOAD_EVIDENCE(struct tryst_companion, evidence),
	{ 0 },
};

const struct tryst_load_key tryst_load_companion_item = {
	.kind = TRYST_LOAD_OBJECT,
	.size = sizeof(struct tryst_companion),
	.keys = companion_keys,
};
