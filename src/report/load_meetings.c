/* SPDX-License-Identifier: Apache-2.0 */
/* Meetings, and the companions that are known by them. */
#include <stdio.h>
#include <string.h>

#include "report/load_rows.h"

#define M struct tryst_meeting

static const char *
port_side(unsigned i)
{
	static const char *const words[] = { "home", "peer" };

	return i < TRYST_ARRAY_SIZE(words) ? words[i] : NULL;
}

static const struct tryst_load_key endpoint_keys[] = {
	TRYST_ROW_MUST_IP(M, "ip", ip),
	TRYST_ROW_NUMBER(M, "proto", proto),
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
	TRYST_ROW_SENTENCE(M, "name", service),
	TRYST_ROW_SENTENCE(M, "shape", service_evidence),
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
		int rc = tryst_load_value(l, &tryst_load_ip_item, json_array_get(value, i), &ip);
		int64_t host = rc == 0 ? tryst_load_host_find(l, ip) : -1;

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
	TRYST_ROW_SENTENCE(struct tryst_synchrony, "untested", untested),
	TRYST_ROW_NUMBER(struct tryst_synchrony, "hosts", hosts),
	{ .key = "window_ms",
	  .kind = TRYST_LOAD_SIGNED,
	  TRYST_LOAD_AT(struct tryst_synchrony, window_ms) },
	TRYST_ROW_REAL(struct tryst_synchrony, "log10_p", log10_p),
	{ 0 },
};

/* The logarithms are there beside what they are of, which may be too small for a number. */
static const struct tryst_load_key chance_keys[] = {
	TRYST_ROW_SENTENCE(struct tryst_chance, "chance_untested", untested),
	TRYST_ROW_NUMBER(struct tryst_chance, "listed_tested", listed_met),
	TRYST_ROW_REAL(struct tryst_chance, "expected", expected),
	TRYST_ROW_REAL(struct tryst_chance, "chance_max", chance_max),
	TRYST_ROW_REAL(struct tryst_chance, "log10_p", log10_p),
	{ .key = "q_bh", .kind = TRYST_LOAD_LOG10, TRYST_LOAD_AT(struct tryst_chance, log10_q_bh) },
	{ .key = "q_by", .kind = TRYST_LOAD_LOG10, TRYST_LOAD_AT(struct tryst_chance, log10_q_by) },
	TRYST_ROW_REAL(struct tryst_chance, "log10_q_bh", log10_q_bh),
	TRYST_ROW_REAL(struct tryst_chance, "log10_q_by", log10_q_by),
	TRYST_ROW_REAL(struct tryst_chance, "p_star", p_star),
	TRYST_ROW_REAL(struct tryst_chance, "raised", raised),
	{ .key = "q_like",
	  .kind = TRYST_LOAD_LOG10,
	  TRYST_LOAD_AT(struct tryst_chance, log10_q_like) },
	TRYST_ROW_REAL(struct tryst_chance, "log10_q_like", log10_q_like),
	TRYST_ROW_BOOL(struct tryst_chance, "class_prone", class_prone),
	TRYST_ROW_REAL(struct tryst_chance, "matched_p", matched_p),
	TRYST_ROW_NUMBER(struct tryst_chance, "matched_sets", matched_sets),
	TRYST_ROW_SENTENCE(struct tryst_chance, "unmatched", unmatched),
	{ .key = "log10_p_class",
	  .kind = TRYST_LOAD_REAL,
	  TRYST_LOAD_AT(struct tryst_chance, log10_p_class),
	  TRYST_LOAD_KNOWN(struct tryst_chance, class_known) },
	TRYST_ROW_REAL(struct tryst_chance, "class_coverage", class_coverage),
	{ .key = "log10_p_within",
	  .kind = TRYST_LOAD_REAL,
	  TRYST_LOAD_AT(struct tryst_chance, log10_p_within),
	  TRYST_LOAD_KNOWN(struct tryst_chance, within_known) },
	TRYST_ROW_NUMBER(struct tryst_chance, "class_endpoints", class_endpoints),
	TRYST_ROW_NUMBER(struct tryst_chance, "peers_total", peers_total),
	TRYST_ROW_BOOL(struct tryst_chance, "peers_estimated", peers_estimated),
	TRYST_ROW_BOOL(struct tryst_chance, "significant", significant),
	{ 0 },
};

static const struct tryst_load_key meeting_keys[] = {
	{ .key = "endpoint", .kind = TRYST_LOAD_OBJECT, .required = true, .keys = endpoint_keys },
	{ .key = "service", .kind = TRYST_LOAD_OBJECT, .keys = service_keys },
	TRYST_ROW_MUST_TIME(M, "first", first_ms),
	TRYST_ROW_MUST_TIME(M, "last", last_ms),
	TRYST_ROW_NUMBER(M, "answered", answered),
	TRYST_ROW_NUMBER(M, "torn", torn),
	{ .key = "verdicts",
	  .kind = TRYST_LOAD_CUSTOM,
	  TRYST_LOAD_AT(M, verdicts),
	  .read = tryst_load_verdicts },
	TRYST_ROW_NUMBER(M, "packets_out", packets_out),
	TRYST_ROW_NUMBER(M, "bytes_out", bytes_out),
	TRYST_ROW_NUMBER(M, "packets_in", packets_in),
	TRYST_ROW_NUMBER(M, "bytes_in", bytes_in),
	TRYST_ROW_NUMBER(M, "uncounted", uncounted),
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
	TRYST_ROW_MUST_IP(struct tryst_companion, "ip", ip),
	TRYST_ROW_REAL(struct tryst_companion, "llr", llr),
	{ .key = "endpoints",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(struct tryst_companion, meetings),
	  TRYST_LOAD_COUNT(struct tryst_companion, meeting_count),
	  .item = &endpoint_item },
	{ .key = "lead_ms",
	  .kind = TRYST_LOAD_SIGNED,
	  TRYST_LOAD_AT(struct tryst_companion, lead_ms),
	  TRYST_LOAD_KNOWN(struct tryst_companion, lead_known) },
	TRYST_ROW_REAL(struct tryst_companion, "log10_p_lead", log10_p_lead),
	TRYST_ROW_SENTENCE(struct tryst_companion, "direction", direction),
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
