/* SPDX-License-Identifier: Apache-2.0 */
/* Listed hosts, and the entries of the lists that they are seen by. */
#include <stdlib.h>
#include <string.h>

#include "report/load_rows.h"

int
tryst_load_verdicts(struct tryst_load *l, const json_t *value, void *at)
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
	TRYST_ROW_NUMBER(struct entry, "watchlist", list),
	TRYST_ROW_NUMBER(struct entry, "line", line),
	{ .key = "addresses", .kind = TRYST_LOAD_TEXT, TRYST_LOAD_AT(struct entry, addresses) },
	TRYST_ROW_NUMBER(struct entry, "port", port),
	TRYST_ROW_NUMBER(struct entry, "proto", proto),
	{ .key = "source", .kind = TRYST_LOAD_TEXT, TRYST_LOAD_AT(struct entry, source) },
	TRYST_ROW_TIME(struct entry, "first_seen", first_ms),
	TRYST_ROW_TIME(struct entry, "last_seen", last_ms),
	TRYST_ROW_TIME(struct entry, "valid_from", from_ms),
	TRYST_ROW_TIME(struct entry, "valid_until", until_ms),
	TRYST_ROW_NUMBER(struct entry, "confidence", confidence),
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
	TRYST_ROW_MUST_IP(struct tryst_listed_host, "ip", ip),
	{ .key = "ports",
	  .kind = TRYST_LOAD_ARRAY,
	  TRYST_LOAD_AT(struct tryst_listed_host, ports),
	  TRYST_LOAD_COUNT(struct tryst_listed_host, port_count),
	  .item = &port_item },
	TRYST_ROW_MUST_TIME(struct tryst_listed_host, "first", first_ms),
	TRYST_ROW_MUST_TIME(struct tryst_listed_host, "last", last_ms),
	TRYST_ROW_NUMBER(struct tryst_listed_host, "conversations", conversations),
	TRYST_ROW_NUMBER(struct tryst_listed_host, "packets_out", packets_out),
	TRYST_ROW_NUMBER(struct tryst_listed_host, "bytes_out", bytes_out),
	TRYST_ROW_NUMBER(struct tryst_listed_host, "packets_in", packets_in),
	TRYST_ROW_NUMBER(struct tryst_listed_host, "bytes_in", bytes_in),
	TRYST_ROW_NUMBER(struct tryst_listed_host, "uncounted", uncounted),
	{ .key = "death",
	  .kind = TRYST_LOAD_OBJECT,
	  TRYST_LOAD_AT(struct tryst_listed_host, death),
	  .keys = tryst_load_death_keys,
	  .done = tryst_load_death_done },
	{ .key = "verdicts",
	  .kind = TRYST_LOAD_CUSTOM,
	  TRYST_LOAD_AT(struct tryst_listed_host, verdicts),
	  .read = tryst_load_verdicts },
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

int64_t
tryst_load_host_find(const struct tryst_load *l, struct tryst_ip ip)
{
	char text[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(ip, text);
	return tryst_load_names_find(&l->hosts, text);
}
