/* SPDX-License-Identifier: Apache-2.0 */
/* Sightings: conversations with listed hosts. */
#include <string.h>

#include "report/load_rows.h"

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

#define S struct tryst_sighting

static const struct tryst_load_key sighting_keys[] = {
	TRYST_ROW_NUMBER(S, "id", id),
	TRYST_ROW_MUST_IP(S, "home", home),
	TRYST_ROW_MUST_IP(S, "peer", peer),
	{ .key = "listed", .kind = TRYST_LOAD_CUSTOM, .required = true, .read = read_listed },
	{ .key = "initiator",
	  .kind = TRYST_LOAD_WORD,
	  TRYST_LOAD_AT(S, initiator),
	  .word = initiator },
	TRYST_ROW_REAL(S, "initiator_confidence", initiator_confidence),
	TRYST_ROW_NUMBER(S, "proto", proto),
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
	TRYST_ROW_BOOL(S, "outside_validity", outside_validity),
	{ .key = "icmp_type", .kind = TRYST_LOAD_CUSTOM, .read = read_icmp_type },
	{ .key = "icmp_code", .kind = TRYST_LOAD_CUSTOM, .read = read_icmp_code },
	TRYST_ROW_MUST_TIME(S, "first", first_ms),
	TRYST_ROW_MUST_TIME(S, "last", last_ms),
	{ .key = "packets_out",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(S, packets_out),
	  TRYST_LOAD_KNOWN(S, counts_known) },
	TRYST_ROW_NUMBER(S, "bytes_out", bytes_out),
	TRYST_ROW_NUMBER(S, "packets_in", packets_in),
	TRYST_ROW_NUMBER(S, "bytes_in", bytes_in),
	{ .key = "flags_out",
	  .kind = TRYST_LOAD_NUMBER,
	  TRYST_LOAD_AT(S, flags_out),
	  TRYST_LOAD_KNOWN(S, flags_known) },
	TRYST_ROW_NUMBER(S, "flags_in", flags_in),
	TRYST_ROW_NUMBER(S, "records_out", records_out),
	TRYST_ROW_NUMBER(S, "records_in", records_in),
	TRYST_ROW_BOOL(S, "torn", torn),
	TRYST_ROW_NUMBER(S, "records", records),
	{ .key = "record_refs",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(S, refs),
	  TRYST_LOAD_COUNT(S, ref_count),
	  .item = &tryst_load_ref_item },
	{ .key = "exporters",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(S, exporters),
	  TRYST_LOAD_COUNT(S, exporter_count),
	  .item = &tryst_load_ip_item },
	{ .key = "verdict", .kind = TRYST_LOAD_WORD, TRYST_LOAD_AT(S, verdict), .word = verdict },
	TRYST_ROW_BOOL(S, "dropped_out", dropped_out),
	TRYST_ROW_BOOL(S, "dropped_in", dropped_in),
	TRYST_ROW_BOOL(S, "rpf_out", rpf_out),
	TRYST_ROW_BOOL(S, "rpf_in", rpf_in),
	TRYST_ROW_NUMBER(S, "sampling", sampling),
	TRYST_ROW_SENTENCE(S, "service", service),
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
	int64_t host = tryst_load_host_find(l, s->peer_listed ? s->peer : s->home);

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
