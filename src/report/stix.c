/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A STIX 2.1 bundle: indicators of the entries that were seen, what was observed at each meeting
 * (and of each listed host outside of them), and a sighting for each listed host there.  Marked
 * TLP:AMBER, since it names hosts of the network, or as the lists' entries want it.  The same case
 * gives the same bytes: identifiers are made of what the objects hold and of the case.
 * docs/exchange.md
 *
 * Source: STIX 2.1 (OASIS Standard, 10 June 2021).
 */
#include "report/stix.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/renderers.h"
#include "report/sentence.h"

#define NAME_MAX_BYTES 250
#define CONFIDENCE_MAX 100
#define SAME_MS 1767225600000 /* 2026-01-01: when our own objects were made */

/* STIX 2.1, 7.2.1.4.  It knows no AMBER+STRICT: told to fewer rather than to more. */
static const struct tryst_stix_marking
	amber = { "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "TLP:AMBER",
	          "amber" },
	red = { "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "TLP:RED", "red" };

void
tryst_stix_own_id(struct tryst_stix *b, const char *type, const char *key, bool of_case,
                  char out[TRYST_STIX_ID_MAX])
{
	char uuid[TRYST_UUID_TEXT_MAX];
	struct tryst_buf name = { 0 };

	tryst_buf_printf(&name, "%s/%s/%s", of_case ? b->uuid : "tryst", type, key);
	tryst_uuid5(tryst_uuid_space, name.failed ? "" : name.data, name.failed ? 0 : name.len,
	            uuid);
	(void)snprintf(out, TRYST_STIX_ID_MAX, "%s--%s", type, uuid);
	b->refs.failed |= name.failed;
	tryst_buf_fini(&name);
}

int64_t
tryst_stix_dated(int64_t ms)
{
	return TRYST_MAX((int64_t)0, TRYST_MIN(ms, TRYST_TIME_DATE_MAX));
}

void
tryst_stix_open(struct tryst_stix *b, const char *type, const char *id)
{
	tryst_json_object(&b->j);
	tryst_json_key_str(&b->j, "type", type);
	tryst_json_key_str(&b->j, "spec_version", "2.1");
	tryst_json_key_str(&b->j, "id", id);
}

void
tryst_stix_marked(struct tryst_stix *b)
{
	tryst_json_key_array(&b->j, "object_marking_refs");
	tryst_json_str(&b->j, b->marking->id);
	tryst_json_end(&b->j);
}

/*
 * The common properties of domain and relationship objects.  Those that are the same in all cases
 * have the same time in all of them.
 */
void
tryst_stix_open_domain(struct tryst_stix *b, const char *type, const char *id)
{
	bool identity = !strcmp(type, "identity");
	bool same = identity || !strcmp(type, "extension-definition");

	tryst_stix_open(b, type, id);
	if (!identity)
		tryst_json_key_str(&b->j, "created_by_ref", b->creator);
	tryst_json_key_time(&b->j, "created", same ? SAME_MS : b->created_ms);
	tryst_json_key_time(&b->j, "modified", same ? SAME_MS : b->created_ms);
	tryst_stix_marked(b);
}

void
tryst_stix_remember(struct tryst_stix *b, const char *id)
{
	tryst_buf_add(&b->refs, id, strlen(id) + 1);
}

static void
preamble(struct tryst_stix *b)
{
	tryst_stix_open_domain(b, "identity", b->creator);
	tryst_json_key_str(&b->j, "name", "tryst");
	tryst_json_key_str(&b->j, "identity_class", "system");
	tryst_json_end(&b->j);
	tryst_stix_open(b, "marking-definition", b->marking->id);
	tryst_json_key_str(&b->j, "created", "2017-01-20T00:00:00.000Z");
	tryst_json_key_str(&b->j, "definition_type", "tlp");
	tryst_json_key_str(&b->j, "name", b->marking->name);
	tryst_json_key_object(&b->j, "definition");
	tryst_json_key_str(&b->j, "tlp", b->marking->tlp);
	tryst_json_end(&b->j);
	tryst_json_end(&b->j);
	tryst_stix_open_domain(b, "extension-definition", b->extension);
	tryst_json_key_str(&b->j, "name", "tryst meeting");
	tryst_json_key_str(&b->j, "description",
	                   "How tryst judges a meeting of listed hosts at one endpoint.");
	tryst_json_key_str(
		&b->j, "schema",
		"kind (of a finding), grade (A to D, U), verdict (a sentence), hypotheses (their "
		"probabilities under a model), log10_p (of chance), spoof (forged "
		"sources: spoofed, probably_spoofed, undecidable, genuine): as in the "
		"case file of tryst, schema 1");
	tryst_json_key_str(&b->j, "version", "1.0.0");
	tryst_json_key_array(&b->j, "extension_types");
	tryst_json_str(&b->j, "property-extension");
	tryst_json_end(&b->j);
	tryst_json_end(&b->j);
}

void
tryst_stix_indicator_id(struct tryst_stix *b, uint32_t indicator, char out[TRYST_STIX_ID_MAX])
{
	const struct tryst_indicator *i = tryst_watchlist_indicator(b->c->watchlist, indicator);
	struct tryst_buf key = { 0 };

	tryst_buf_printf(&key, "%u/%u/%s", i->list, i->line, i->text);
	tryst_stix_own_id(b, "indicator", key.failed ? "" : key.data, true, out);
	b->j.buf->failed |= key.failed;
	tryst_buf_fini(&key);
}

static void
indicator(struct tryst_stix *b, uint32_t index)
{
	const struct tryst_indicator *i = tryst_watchlist_indicator(b->c->watchlist, index);
	struct tryst_buf pattern = { 0 };
	char id[TRYST_STIX_ID_MAX];
	int64_t valid_ms;

	tryst_stix_indicator_id(b, index, id);
	tryst_stix_open_domain(b, "indicator", id);
	tryst_json_key(&b->j, "name");
	tryst_json_text(&b->j, i->text, strnlen(i->text, NAME_MAX_BYTES));
	if (i->label[0])
		tryst_json_key_str(&b->j, "description", i->label);
	tryst_stix_pattern(&pattern, i);
	tryst_json_key_str(&b->j, "pattern", pattern.failed ? "" : pattern.data);
	b->j.buf->failed |= pattern.failed;
	tryst_buf_fini(&pattern);
	tryst_json_key_str(&b->j, "pattern_type", "stix");
	valid_ms = i->from_ms != TRYST_TIME_MIN ? i->from_ms : b->valid_ms[index];
	tryst_json_key_time(&b->j, "valid_from", tryst_stix_dated(valid_ms));
	if (i->until_ms > valid_ms && tryst_time_has_date(i->until_ms))
		tryst_json_key_time(&b->j, "valid_until", i->until_ms);
	if (i->confidence <= CONFIDENCE_MAX)
		tryst_json_key_u64(&b->j, "confidence", i->confidence);
	tryst_json_end(&b->j);
	tryst_stix_remember(b, id);
}

static void
addresses(struct tryst_stix *b)
{
	char id[TRYST_STIX_ID_MAX];

	for (size_t i = 0; i < b->ip_count; i++) {
		tryst_stix_address_id(&b->refs, b->ips[i], id);
		tryst_stix_open(b, tryst_ip_is_v4(b->ips[i]) ? "ipv4-addr" : "ipv6-addr", id);
		tryst_stix_marked(b);
		tryst_json_key_ip(&b->j, "value", b->ips[i]);
		tryst_json_end(&b->j);
		tryst_stix_remember(b, id);
	}
}

/* Everything belongs together, and was found in what was looked at. */
static void
grouping(struct tryst_stix *b)
{
	char id[TRYST_STIX_ID_MAX];
	struct tryst_buf asked = { 0 };

	if (b->refs.failed || !b->refs.len)
		return;
	tryst_stix_own_id(b, "grouping", "", true, id);
	tryst_stix_open_domain(b, "grouping", id);
	tryst_json_key_str(&b->j, "name",
	                   b->c->search.made ? "tryst: meetings without a list"
	                                     : "tryst: meetings with listed hosts");
	tryst_sentence_asked(&asked, b->c);
	if (asked.len && !asked.failed)
		tryst_json_key_str(&b->j, "description", asked.data);
	b->j.buf->failed |= asked.failed;
	tryst_buf_fini(&asked);
	tryst_json_key_str(&b->j, "context", "suspicious-activity");
	tryst_json_key_array(&b->j, "object_refs");
	for (size_t at = 0; at < b->refs.len; at += strlen(b->refs.data + at) + 1)
		tryst_json_str(&b->j, b->refs.data + at);
	tryst_json_end(&b->j);
	tryst_json_end(&b->j);
}

static int
ip_compare(const void *a, const void *b)
{
	return tryst_ip_compare(*(const struct tryst_ip *)a, *(const struct tryst_ip *)b);
}

static int
prepare(struct tryst_stix *b, struct tryst_error *err)
{
	const struct tryst_case *c = b->c;
	size_t indicators = tryst_watchlist_count(c->watchlist), count = 0;
	int rc = tryst_traffic_make(&b->groups, c, err);

	if (rc == 0)
		rc = tryst_traffic_found(&b->found, c, err);
	if (rc < 0)
		return rc;
	b->valid_ms = malloc((indicators + 1) * sizeof(*b->valid_ms));
	b->ips = malloc((2 * (b->groups.count + b->found.count) + 1) * sizeof(*b->ips));
	if (!b->valid_ms || !b->ips)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < indicators; i++)
		b->valid_ms[i] = INT64_MAX;
	/* Entries of which only forged packets were seen name victims: nobody shall block them. Nor
	 * those that are over. */
	for (size_t i = 0; i < b->groups.count; i++) {
		const struct tryst_listed_host *h = &c->hosts[b->groups.list[i].host];

		for (uint32_t k = 0; k < h->indicator_count && !tryst_stix_is_void(b, i); k++)
			b->valid_ms[h->indicators[k]] =
				TRYST_MIN(b->valid_ms[h->indicators[k]], h->first_ms);
	}
	for (size_t i = 0; i < b->groups.count; i++) {
		b->ips[count++] = b->groups.list[i].src;
		b->ips[count++] = b->groups.list[i].dst;
	}
	for (size_t i = 0; i < b->found.count; i++) {
		b->ips[count++] = b->found.list[i].src;
		b->ips[count++] = b->found.list[i].dst;
	}
	qsort(b->ips, count, sizeof(*b->ips), ip_compare);
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || !tryst_ip_equal(b->ips[i], b->ips[b->ip_count - 1]))
			b->ips[b->ip_count++] = b->ips[i];
	}
	b->marking = tryst_exchange_case_tlp(c) > TRYST_TLP_AMBER ? &red : &amber;
	b->created_ms = tryst_stix_dated(c->created_ms ? c->created_ms : c->last_ms);
	tryst_case_uuid(c, &b->refs, b->uuid);
	tryst_stix_own_id(b, "identity", "", false, b->creator);
	tryst_stix_own_id(b, "extension-definition", "meeting", false, b->extension);
	return 0;
}

static void
bundle(struct tryst_stix *b)
{
	char id[TRYST_STIX_ID_MAX];

	tryst_stix_own_id(b, "bundle", "", true, id);
	tryst_json_object(&b->j);
	tryst_json_key_str(&b->j, "type", "bundle");
	tryst_json_key_str(&b->j, "id", id);
	tryst_json_key_array(&b->j, "objects");
	preamble(b);
	for (size_t i = 0; i < tryst_watchlist_count(b->c->watchlist); i++) {
		if (b->valid_ms[i] != INT64_MAX)
			indicator(b, (uint32_t)i);
	}
	addresses(b);
	tryst_stix_observations(b);
	tryst_stix_searched(b);
	grouping(b);
	tryst_json_end(&b->j);
	tryst_json_end(&b->j);
}

static int
render(const struct tryst_case *c, const struct tryst_report_options *options,
       struct tryst_buf *out, struct tryst_error *err)
{
	struct tryst_stix b = { .c = c };
	int rc = prepare(&b, err);

	(void)options;
	if (rc == 0) {
		tryst_json_init(&b.j, out, 1);
		bundle(&b);
		tryst_buf_char(out, '\n');
		if (out->failed || b.refs.failed)
			rc = tryst_error_nomem(err);
	}
	free(b.groups.list);
	free(b.found.list);
	free(b.valid_ms);
	free(b.ips);
	tryst_buf_fini(&b.refs);
	return rc;
}

const struct tryst_renderer tryst_renderer_stix = {
	.name = "stix",
	.help = "STIX 2.1 bundle: indicators, observed data, sightings",
	.render = render,
};
