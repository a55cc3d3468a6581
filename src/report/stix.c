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

#define COUNT_MAX 999999999u
#define NAME_MAX_BYTES 250
#define CONFIDENCE_MAX 100
#define SAME_MS 1767225600000 /* 2026-01-01: when our own objects were made */

/* STIX 2.1, 7.2.1.4.  It knows no AMBER+STRICT: told to fewer rather than to more. */
static const struct marking {
	const char *id, *name, *tlp;
} amber = { "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", "TLP:AMBER", "amber" },
  red = { "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", "TLP:RED", "red" };

struct bundle {
	const struct tryst_case *c;
	const struct marking *marking; /* of everything */
	struct tryst_json j;
	char uuid[TRYST_UUID_TEXT_MAX]; /* of the case */
	char creator[TRYST_STIX_ID_MAX];
	char extension[TRYST_STIX_ID_MAX];
	int64_t created_ms;
	struct tryst_traffics groups; /* of sightings */
	struct tryst_traffics found;  /* by a search without a list */
	int64_t *valid_ms;            /* by indicator: first seen; INT64_MAX: was not */
	struct tryst_ip *ips;         /* of groups, ascending, each once */
	size_t ip_count;
	struct tryst_buf refs; /* identifiers of what the grouping holds, each with a NUL */
};

/* An identifier of ours: of the case and a key; without the case where it is for all of them. */
static void
own_id(struct bundle *b, const char *type, const char *key, bool of_case,
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

/* A time that must be there: one without a date becomes the nearest that has one. */
static int64_t
dated(int64_t ms)
{
	return TRYST_MAX((int64_t)0, TRYST_MIN(ms, TRYST_TIME_DATE_MAX));
}

static void
open_object(struct bundle *b, const char *type, const char *id)
{
	tryst_json_object(&b->j);
	tryst_json_key_str(&b->j, "type", type);
	tryst_json_key_str(&b->j, "spec_version", "2.1");
	tryst_json_key_str(&b->j, "id", id);
}

static void
marked(struct bundle *b)
{
	tryst_json_key_array(&b->j, "object_marking_refs");
	tryst_json_str(&b->j, b->marking->id);
	tryst_json_end(&b->j);
}

/*
 * The common properties of domain and relationship objects.  Those that are the same in all cases
 * have the same time in all of them.
 */
static void
open_domain(struct bundle *b, const char *type, const char *id)
{
	bool identity = !strcmp(type, "identity");
	bool same = identity || !strcmp(type, "extension-definition");

	open_object(b, type, id);
	if (!identity)
		tryst_json_key_str(&b->j, "created_by_ref", b->creator);
	tryst_json_key_time(&b->j, "created", same ? SAME_MS : b->created_ms);
	tryst_json_key_time(&b->j, "modified", same ? SAME_MS : b->created_ms);
	marked(b);
}

static void
remember(struct bundle *b, const char *id)
{
	tryst_buf_add(&b->refs, id, strlen(id) + 1);
}

static void
preamble(struct bundle *b)
{
	open_domain(b, "identity", b->creator);
	tryst_json_key_str(&b->j, "name", "tryst");
	tryst_json_key_str(&b->j, "identity_class", "system");
	tryst_json_end(&b->j);
	open_object(b, "marking-definition", b->marking->id);
	tryst_json_key_str(&b->j, "created", "2017-01-20T00:00:00.000Z");
	tryst_json_key_str(&b->j, "definition_type", "tlp");
	tryst_json_key_str(&b->j, "name", b->marking->name);
	tryst_json_key_object(&b->j, "definition");
	tryst_json_key_str(&b->j, "tlp", b->marking->tlp);
	tryst_json_end(&b->j);
	tryst_json_end(&b->j);
	open_domain(b, "extension-definition", b->extension);
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

static void
indicator_id(struct bundle *b, uint32_t indicator, char out[TRYST_STIX_ID_MAX])
{
	const struct tryst_indicator *i = tryst_watchlist_indicator(b->c->watchlist, indicator);
	struct tryst_buf key = { 0 };

	tryst_buf_printf(&key, "%u/%u/%s", i->list, i->line, i->text);
	own_id(b, "indicator", key.failed ? "" : key.data, true, out);
	b->j.buf->failed |= key.failed;
	tryst_buf_fini(&key);
}

static void
indicator(struct bundle *b, uint32_t index)
{
	const struct tryst_indicator *i = tryst_watchlist_indicator(b->c->watchlist, index);
	struct tryst_buf pattern = { 0 };
	char id[TRYST_STIX_ID_MAX];
	int64_t valid_ms;

	indicator_id(b, index, id);
	open_domain(b, "indicator", id);
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
	tryst_json_key_time(&b->j, "valid_from", dated(valid_ms));
	if (i->until_ms > valid_ms && tryst_time_has_date(i->until_ms))
		tryst_json_key_time(&b->j, "valid_until", i->until_ms);
	if (i->confidence <= CONFIDENCE_MAX)
		tryst_json_key_u64(&b->j, "confidence", i->confidence);
	tryst_json_end(&b->j);
	remember(b, id);
}

static void
addresses(struct bundle *b)
{
	char id[TRYST_STIX_ID_MAX];

	for (size_t i = 0; i < b->ip_count; i++) {
		tryst_stix_address_id(&b->refs, b->ips[i], id);
		open_object(b, tryst_ip_is_v4(b->ips[i]) ? "ipv4-addr" : "ipv6-addr", id);
		marked(b);
		tryst_json_key_ip(&b->j, "value", b->ips[i]);
		tryst_json_end(&b->j);
		remember(b, id);
	}
}

static void
traffic(struct bundle *b, const struct tryst_traffic *g)
{
	char id[TRYST_STIX_ID_MAX];

	tryst_stix_traffic_id(&b->refs, g, id);
	open_object(b, "network-traffic", id);
	marked(b);
	tryst_stix_traffic_properties(&b->j, g);
	/* Where there is an end it must be over. */
	if (tryst_time_has_date(g->last_ms))
		tryst_json_key_bool(&b->j, "is_active", false);
	if (g->counts_known) {
		tryst_json_key_u64(&b->j, "src_byte_count", g->src_bytes);
		tryst_json_key_u64(&b->j, "dst_byte_count", g->dst_bytes);
		tryst_json_key_u64(&b->j, "src_packets", g->src_packets);
		tryst_json_key_u64(&b->j, "dst_packets", g->dst_packets);
	}
	tryst_json_end(&b->j);
	remember(b, id);
}

static void
judged(struct bundle *b, const struct tryst_meeting *m)
{
	static const char *const names[] = {
		[TRYST_HYPOTHESIS_RENDEZVOUS] = "rendezvous",
		[TRYST_HYPOTHESIS_SPOOFED] = "spoofed",
		[TRYST_HYPOTHESIS_POPULAR] = "popular",
		[TRYST_HYPOTHESIS_SCANNERS] = "scanners",
		[TRYST_HYPOTHESIS_TAKEDOWN] = "takedown",
	};
	char grade[2] = { m->judgement.grade, '\0' };
	struct tryst_json *j = &b->j;

	tryst_json_key_object(j, "extensions");
	tryst_json_key_object(j, b->extension);
	tryst_json_key_str(j, "extension_type", "property-extension");
	tryst_json_key_str(j, "grade", grade);
	tryst_json_key_str(j, "verdict", m->judgement.verdict);
	tryst_json_key_object(j, "hypotheses");
	for (unsigned h = 0; h < TRYST_HYPOTHESIS_COUNT; h++) {
		if (isfinite(m->judgement.posterior[h]))
			tryst_json_key_real(j, names[h], m->judgement.posterior[h]);
	}
	tryst_json_end(j);
	if (!m->chance.untested && isfinite(m->chance.log10_p))
		tryst_json_key_real(j, "log10_p", m->chance.log10_p);
	if (tryst_exchange_spoof(&m->spoof))
		tryst_json_key_str(j, "spoof", tryst_exchange_spoof(&m->spoof));
	tryst_json_end(j);
	tryst_json_end(j);
}

/* What is observed together: all of a meeting, or all of a host outside of meetings. */
static size_t
observation_end(const struct tryst_traffics *groups, size_t from)
{
	const struct tryst_traffic *first = &groups->list[from];
	size_t to = from + 1;

	while (to < groups->count && groups->list[to].meeting == first->meeting &&
	       groups->list[to].outdated == first->outdated &&
	       (first->meeting != UINT32_MAX || groups->list[to].host == first->host))
		to++;
	return to;
}

static void
observation_id(struct bundle *b, const struct tryst_traffic *g, char out[TRYST_STIX_ID_MAX])
{
	char key[40];

	if (g->meeting != UINT32_MAX)
		(void)snprintf(key, sizeof(key), "meeting/%u", g->meeting);
	else
		(void)snprintf(key, sizeof(key), "host/%u%s", g->host,
		               g->outdated ? "/outdated" : "");
	own_id(b, "observed-data", key, true, out);
}

static void
observation(struct bundle *b, size_t from, size_t to)
{
	const struct tryst_traffic *first = &b->groups.list[from];
	int64_t first_ms = INT64_MAX, last_ms = INT64_MIN;
	uint64_t conversations = 0;
	char id[TRYST_STIX_ID_MAX];

	for (size_t i = from; i < to; i++) {
		first_ms = TRYST_MIN(first_ms, b->groups.list[i].first_ms);
		last_ms = TRYST_MAX(last_ms, b->groups.list[i].last_ms);
		conversations += b->groups.list[i].conversations;
	}
	observation_id(b, first, id);
	open_domain(b, "observed-data", id);
	if (first->meeting != UINT32_MAX)
		judged(b, &b->c->meetings[first->meeting]);
	tryst_json_key_time(&b->j, "first_observed", dated(first_ms));
	tryst_json_key_time(&b->j, "last_observed", dated(last_ms));
	tryst_json_key_u64(&b->j, "number_observed", TRYST_MIN(conversations, (uint64_t)COUNT_MAX));
	tryst_json_key_array(&b->j, "object_refs");
	for (size_t i = from; i < to; i++) {
		char ref[TRYST_STIX_ID_MAX];

		tryst_stix_traffic_id(&b->refs, &b->groups.list[i], ref);
		tryst_json_str(&b->j, ref);
	}
	tryst_json_end(&b->j);
	tryst_json_end(&b->j);
	remember(b, id);
}

/*
 * Whether a group says nothing of the listed host: packets in the name of a victim, or of a host
 * that is one elsewhere; outside the time for which the lists give it.
 */
static bool
is_void(const struct bundle *b, size_t group)
{
	const struct tryst_traffic *t = &b->groups.list[group];

	return t->forged || t->outdated || tryst_exchange_forged(&b->c->hosts[t->host].spoof);
}

/*
 * A listed host in an observation: from is its first group there, to the one behind its last.
 * None where somebody else sent in its name: it was not seen then, though its address was; nor out
 * of date.
 */
static void
sighting(struct bundle *b, size_t from, size_t to)
{
	const struct tryst_traffic *first = &b->groups.list[from];
	const struct tryst_listed_host *h = &b->c->hosts[first->host];
	int64_t first_ms = INT64_MAX, last_ms = INT64_MIN;
	char id[TRYST_STIX_ID_MAX], ref[TRYST_STIX_ID_MAX], key[64];
	uint64_t conversations = 0;
	bool nothing = true;

	for (size_t i = from; i < to; i++)
		nothing &= is_void(b, i);
	if (!h->indicator_count || nothing)
		return;
	for (size_t i = from; i < to; i++) {
		first_ms = TRYST_MIN(first_ms, b->groups.list[i].first_ms);
		last_ms = TRYST_MAX(last_ms, b->groups.list[i].last_ms);
		conversations += b->groups.list[i].conversations;
	}
	(void)snprintf(key, sizeof(key), "%u/%u", first->meeting, first->host);
	own_id(b, "sighting", key, true, id);
	open_domain(b, "sighting", id);
	if (first->meeting != UINT32_MAX)
		tryst_json_key_str(&b->j, "description",
		                   b->c->meetings[first->meeting].judgement.verdict);
	tryst_json_key_time(&b->j, "first_seen", dated(first_ms));
	tryst_json_key_time(&b->j, "last_seen", dated(last_ms));
	tryst_json_key_u64(&b->j, "count", TRYST_MIN(conversations, (uint64_t)COUNT_MAX));
	indicator_id(b, h->indicators[0], ref);
	tryst_json_key_str(&b->j, "sighting_of_ref", ref);
	observation_id(b, first, ref);
	tryst_json_key_array(&b->j, "observed_data_refs");
	tryst_json_str(&b->j, ref);
	tryst_json_end(&b->j);
	tryst_json_end(&b->j);
	remember(b, id);
}

static void
observations(struct bundle *b)
{
	for (size_t from = 0, to; from < b->groups.count; from = to) {
		to = observation_end(&b->groups, from);
		for (size_t i = from; i < to; i++)
			traffic(b, &b->groups.list[i]);
		observation(b, from, to);
		for (size_t i = from, k; i < to; i = k) {
			for (k = i + 1; k < to && b->groups.list[k].host == b->groups.list[i].host;)
				k++;
			sighting(b, i, k);
		}
	}
}

/* A finding of a search: its clients at its endpoint, from the first of them to behind the last. */
static void
found(struct bundle *b, size_t from, size_t to)
{
	const struct tryst_finding *f = &b->c->findings[b->found.list[from].meeting];
	char id[TRYST_STIX_ID_MAX], ref[TRYST_STIX_ID_MAX], key[40];
	char grade[2] = { f->grade, '\0' };
	struct tryst_json *j = &b->j;

	(void)snprintf(key, sizeof(key), "finding/%u", b->found.list[from].meeting);
	own_id(b, "observed-data", key, true, id);
	open_domain(b, "observed-data", id);
	tryst_json_key_object(j, "extensions");
	tryst_json_key_object(j, b->extension);
	tryst_json_key_str(j, "extension_type", "property-extension");
	tryst_json_key_str(j, "kind", f->kind);
	tryst_json_key_str(j, "grade", grade);
	tryst_json_key_str(j, "verdict", f->verdict);
	if (f->p_known && isfinite(f->log10_p))
		tryst_json_key_real(j, "log10_p", f->log10_p);
	tryst_json_end(j);
	tryst_json_end(j);
	tryst_json_key_time(j, "first_observed", dated(f->first_ms));
	tryst_json_key_time(j, "last_observed", dated(TRYST_MAX(f->first_ms, f->last_ms)));
	tryst_json_key_u64(j, "number_observed", TRYST_MIN(to - from, (size_t)COUNT_MAX));
	tryst_json_key_array(j, "object_refs");
	for (size_t i = from; i < to; i++) {
		tryst_stix_traffic_id(&b->refs, &b->found.list[i], ref);
		tryst_json_str(j, ref);
	}
	tryst_json_end(j);
	tryst_json_end(j);
	remember(b, id);
}

static void
searched(struct bundle *b)
{
	for (size_t from = 0, to; from < b->found.count; from = to) {
		to = from;
		while (to < b->found.count &&
		       b->found.list[to].meeting == b->found.list[from].meeting) {
			if (!b->found.list[to].again)
				traffic(b, &b->found.list[to]);
			to++;
		}
		found(b, from, to);
	}
}

/* Everything belongs together, and was found in what was looked at. */
static void
grouping(struct bundle *b)
{
	char id[TRYST_STIX_ID_MAX];
	struct tryst_buf asked = { 0 };

	if (b->refs.failed || !b->refs.len)
		return;
	own_id(b, "grouping", "", true, id);
	open_domain(b, "grouping", id);
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
prepare(struct bundle *b, struct tryst_error *err)
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

		for (uint32_t k = 0; k < h->indicator_count && !is_void(b, i); k++)
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
	b->created_ms = dated(c->created_ms ? c->created_ms : c->last_ms);
	tryst_case_uuid(c, &b->refs, b->uuid);
	own_id(b, "identity", "", false, b->creator);
	own_id(b, "extension-definition", "meeting", false, b->extension);
	return 0;
}

static void
bundle(struct bundle *b)
{
	char id[TRYST_STIX_ID_MAX];

	own_id(b, "bundle", "", true, id);
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
	observations(b);
	searched(b);
	grouping(b);
	tryst_json_end(&b->j);
	tryst_json_end(&b->j);
}

static int
render(const struct tryst_case *c, const struct tryst_report_options *options,
       struct tryst_buf *out, struct tryst_error *err)
{
	struct bundle b = { .c = c };
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
