/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a STIX bundle says was observed: the traffic, an observed-data for each meeting (and each
 * listed host outside of meetings, and each finding of a search), and the sightings of indicators.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report/stix.h"

#define COUNT_MAX 999999999u

static void
traffic(struct tryst_stix *b, const struct tryst_traffic *g)
{
	char id[TRYST_STIX_ID_MAX];

	tryst_stix_traffic_id(&b->refs, g, id);
	tryst_stix_open(b, "network-traffic", id);
	tryst_stix_marked(b);
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
	tryst_stix_remember(b, id);
}

static void
judged(struct tryst_stix *b, const struct tryst_meeting *m)
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
observation_id(struct tryst_stix *b, const struct tryst_traffic *g, char out[TRYST_STIX_ID_MAX])
{
	char key[40];

	if (g->meeting != UINT32_MAX)
		(void)snprintf(key, sizeof(key), "meeting/%u", g->meeting);
	else
		(void)snprintf(key, sizeof(key), "host/%u%s", g->host,
		               g->outdated ? "/outdated" : "");
	tryst_stix_own_id(b, "observed-data", key, true, out);
}

static void
observation(struct tryst_stix *b, size_t from, size_t to)
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
	tryst_stix_open_domain(b, "observed-data", id);
	if (first->meeting != UINT32_MAX)
		judged(b, &b->c->meetings[first->meeting]);
	tryst_json_key_time(&b->j, "first_observed", tryst_stix_dated(first_ms));
	tryst_json_key_time(&b->j, "last_observed", tryst_stix_dated(last_ms));
	tryst_json_key_u64(&b->j, "number_observed", TRYST_MIN(conversations, (uint64_t)COUNT_MAX));
	tryst_json_key_array(&b->j, "object_refs");
	for (size_t i = from; i < to; i++) {
		char ref[TRYST_STIX_ID_MAX];

		tryst_stix_traffic_id(&b->refs, &b->groups.list[i], ref);
		tryst_json_str(&b->j, ref);
	}
	tryst_json_end(&b->j);
	tryst_json_end(&b->j);
	tryst_stix_remember(b, id);
}

bool
tryst_stix_is_void(const struct tryst_stix *b, size_t group)
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
sighting(struct tryst_stix *b, size_t from, size_t to)
{
	const struct tryst_traffic *first = &b->groups.list[from];
	const struct tryst_listed_host *h = &b->c->hosts[first->host];
	int64_t first_ms = INT64_MAX, last_ms = INT64_MIN;
	char id[TRYST_STIX_ID_MAX], ref[TRYST_STIX_ID_MAX], key[64];
	uint64_t conversations = 0;
	bool nothing = true;

	for (size_t i = from; i < to; i++)
		nothing &= tryst_stix_is_void(b, i);
	if (!h->indicator_count || nothing)
		return;
	for (size_t i = from; i < to; i++) {
		first_ms = TRYST_MIN(first_ms, b->groups.list[i].first_ms);
		last_ms = TRYST_MAX(last_ms, b->groups.list[i].last_ms);
		conversations += b->groups.list[i].conversations;
	}
	(void)snprintf(key, sizeof(key), "%u/%u", first->meeting, first->host);
	tryst_stix_own_id(b, "sighting", key, true, id);
	tryst_stix_open_domain(b, "sighting", id);
	if (first->meeting != UINT32_MAX)
		tryst_json_key_str(&b->j, "description",
		                   b->c->meetings[first->meeting].judgement.verdict);
	tryst_json_key_time(&b->j, "first_seen", tryst_stix_dated(first_ms));
	tryst_json_key_time(&b->j, "last_seen", tryst_stix_dated(last_ms));
	tryst_json_key_u64(&b->j, "count", TRYST_MIN(conversations, (uint64_t)COUNT_MAX));
	tryst_stix_indicator_id(b, h->indicators[0], ref);
	tryst_json_key_str(&b->j, "sighting_of_ref", ref);
	observation_id(b, first, ref);
	tryst_json_key_array(&b->j, "observed_data_refs");
	tryst_json_str(&b->j, ref);
	tryst_json_end(&b->j);
	tryst_json_end(&b->j);
	tryst_stix_remember(b, id);
}

void
tryst_stix_observations(struct tryst_stix *b)
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
found(struct tryst_stix *b, size_t from, size_t to)
{
	const struct tryst_finding *f = &b->c->findings[b->found.list[from].meeting];
	char id[TRYST_STIX_ID_MAX], ref[TRYST_STIX_ID_MAX], key[40];
	char grade[2] = { f->grade, '\0' };
	struct tryst_json *j = &b->j;

	(void)snprintf(key, sizeof(key), "finding/%u", b->found.list[from].meeting);
	tryst_stix_own_id(b, "observed-data", key, true, id);
	tryst_stix_open_domain(b, "observed-data", id);
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
	tryst_json_key_time(j, "first_observed", tryst_stix_dated(f->first_ms));
	tryst_json_key_time(j, "last_observed",
	                    tryst_stix_dated(TRYST_MAX(f->first_ms, f->last_ms)));
	tryst_json_key_u64(j, "number_observed", TRYST_MIN(to - from, (size_t)COUNT_MAX));
	tryst_json_key_array(j, "object_refs");
	for (size_t i = from; i < to; i++) {
		tryst_stix_traffic_id(&b->refs, &b->found.list[i], ref);
		tryst_json_str(j, ref);
	}
	tryst_json_end(j);
	tryst_json_end(j);
	tryst_stix_remember(b, id);
}

void
tryst_stix_searched(struct tryst_stix *b)
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
