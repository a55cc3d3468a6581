/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weighs every meeting and every listed host: which conversations belong to a service, the families
 * of hunt/spoof.h over them, and the grade.
 */
#include <netinet/in.h>
#include <stdlib.h>

#include "hunt/spoof.h"

#define MADE_MIN .5 /* share of conversations that must be of the generator's make */

/* A conversation in which a listed host is said to have sent something to a service at home. */
struct claim {
	uint32_t group; /* tryst_service_group() */
	uint32_t host;
	uint32_t sighting;
	uint32_t service; /* which of the weigher's */
};

/* What all meetings of a service share. */
struct service {
	uint32_t group;
	double llr;
	struct tryst_evidence evidence[TRYST_SPOOF_FAMILIES];
	struct tryst_spoof_aim aim;
	struct tryst_spoof_make make;
};

struct weigher {
	struct tryst_case_builder *b;
	struct claim *claims;
	uint32_t claim_count;
	struct service *services; /* by group */
	uint32_t service_count;
	struct tryst_spoof_history history;
	struct tryst_spoof_class *classes;
	size_t class_count;
	/* Work of one set, as long as the claims and the hosts are. */
	uint32_t *list, *slots, *sources, *per_source, *slot_of, *stamp, stamps;
};

static bool
is_claim(const struct tryst_sighting *s)
{
	return s->peer_listed && s->records_in && s->service_side != TRYST_SERVICE_PEER;
}

static int
claim_compare_group(const void *va, const void *vb)
{
	const struct claim *a = va, *b = vb;

	if (a->group != b->group)
		return a->group < b->group ? -1 : 1;
	return (a->sighting > b->sighting) - (a->sighting < b->sighting);
}

static int
claim_compare_host(const void *va, const void *vb)
{
	const struct claim *a = va, *b = vb;

	if (a->host != b->host)
		return a->host < b->host ? -1 : 1;
	return (a->sighting > b->sighting) - (a->sighting < b->sighting);
}

static const struct tryst_spoof_others *
others_find(const struct weigher *w, uint32_t group)
{
	for (size_t i = 0; i < w->class_count; i++) {
		if (w->classes[i].group == group)
			return &w->classes[i].others;
	}
	return NULL;
}

/* Makes the set of the conversations in w->list; their other clients are those of a service. */
static struct tryst_spoof_set
set_make(struct weigher *w, uint32_t count, uint32_t group)
{
	struct tryst_spoof_set set = {
		.b = w->b,
		.list = w->list,
		.slots = w->slots,
		.count = count,
		.sources = w->sources,
		.per_source = w->per_source,
		.others = others_find(w, group),
		.history = &w->history,
	};

	w->stamps++;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t host = w->b->c->sightings[w->list[i]].host;

		if (w->stamp[host] != w->stamps) {
			w->stamp[host] = w->stamps;
			w->slot_of[host] = set.source_count;
			w->per_source[set.source_count] = 0;
			w->sources[set.source_count++] = host;
		}
		w->slots[i] = w->slot_of[host];
		w->per_source[w->slots[i]]++;
	}
	return set;
}

static int
service_weigh(struct service *s, const struct tryst_spoof_set *set, struct tryst_error *err)
{
	bool by_ports = false;
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < TRYST_SPOOF_FAMILIES; i++) {
		if (!tryst_spoof_families[i].service)
			continue;
		rc = tryst_spoof_family_weigh(&tryst_spoof_families[i], set, &s->evidence[i], err);
		by_ports |= tryst_spoof_families[i].weigh == tryst_spoof_ports &&
		            s->evidence[i].llr >= TRYST_SPOOF_GENERATOR;
	}
	s->llr = tryst_spoof_programs_bound(s->evidence, tryst_spoof_answered(set));
	tryst_spoof_make_find(set, by_ports, &s->make);
	tryst_spoof_aim_find(set, &s->aim);
	return rc;
}

static int
services_weigh(struct weigher *w, struct tryst_error *err)
{
	uint32_t to;
	int rc = 0;

	for (uint32_t from = 0; rc >= 0 && from < w->claim_count; from = to) {
		struct service *s = &w->services[w->service_count];
		struct tryst_spoof_set set;

		for (to = from; to < w->claim_count && w->claims[to].group == w->claims[from].group;
		     to++) {
			w->list[to - from] = w->claims[to].sighting;
			w->claims[to].service = w->service_count;
		}
		s->group = w->claims[from].group;
		set = set_make(w, to - from, s->group);
		rc = service_weigh(s, &set, err);
		w->service_count++;
	}
	return rc;
}

/* The rows of evidence: a family each, then two that are only told. */
enum { PURPOSE = TRYST_SPOOF_FAMILIES, GENERATOR, ROWS };

/*
 * What is known of the service, where it holds for most of these conversations too; else a line
 * that says so.
 */
static int
service_evidence(struct weigher *w, const struct tryst_spoof_set *set, const struct service *s,
                 struct tryst_evidence *all, bool *made, struct tryst_error *err)
{
	uint32_t like, count;

	tryst_spoof_make_share(&s->make, set, s->group, &like, &count);
	*made = like >= MADE_MIN * count;
	for (size_t i = 0; i < TRYST_SPOOF_FAMILIES; i++) {
		if (tryst_spoof_families[i].service &&
		    (*made || tryst_spoof_families[i].shows == TRYST_SHOWS_NEITHER))
			all[i] = s->evidence[i];
	}
	if (*made || s->llr < TRYST_SPOOF_SPEAKS)
		return 0;
	all[GENERATOR].family = "other_make";
	all[GENERATOR].text = tryst_case_text(
		w->b, err,
		"Only %u of %u conversations here are made like those that show one program at "
		"work at this service: that says nothing of the others.",
		like, count);
	return all[GENERATOR].text ? 0 : TRYST_ERR_NOMEM;
}

/*
 * Weighs the first `count` conversations of w->list together with the service they belong to.  Of a
 * meeting everything is told, of a host only what counts.
 */
static int
spoof_weigh(struct weigher *w, uint32_t count, const struct service *service, bool all_told,
            struct tryst_spoof *out, struct tryst_error *err)
{
	struct tryst_evidence all[ROWS] = { 0 };
	struct tryst_spoof_set set = set_make(w, count, service->group);
	uint32_t told = 0;
	bool made;
	int rc = 0;

	*out = (struct tryst_spoof){ 0 };
	for (size_t i = 0; rc >= 0 && i < TRYST_SPOOF_FAMILIES; i++) {
		if (!tryst_spoof_families[i].service)
			rc = tryst_spoof_family_weigh(&tryst_spoof_families[i], &set, &all[i], err);
	}
	if (rc >= 0)
		rc = service_evidence(w, &set, service, all, &made, err);
	if (rc < 0)
		return rc;
	tryst_spoof_sum(out, all);
	all[PURPOSE].family = "purpose";
	if (made)
		rc = tryst_spoof_purpose(w->b, &service->aim, out, &all[PURPOSE], err);
	out->evidence.list = rc < 0 ? NULL : tryst_case_alloc(w->b, ROWS, sizeof(all[0]), err);
	if (!out->evidence.list)
		return TRYST_ERR_NOMEM;
	for (size_t i = 0; i < ROWS; i++) {
		if (all[i].text && (all_told || all[i].llr != 0))
			out->evidence.list[told++] = all[i];
	}
	out->evidence.count = told;
	return 0;
}

static const struct service *
service_find(const struct weigher *w, uint32_t group)
{
	uint32_t low = 0, high = w->service_count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (w->services[middle].group < group)
			low = middle + 1;
		else
			high = middle;
	}
	return low < w->service_count && w->services[low].group == group ? &w->services[low] : NULL;
}

static int
meeting_weigh(struct weigher *w, struct tryst_meeting *m, struct tryst_error *err)
{
	const struct tryst_case *c = w->b->c;
	uint32_t count = 0;

	for (uint32_t i = 0; i < m->sighting_count; i++) {
		if (is_claim(&c->sightings[m->sightings[i] - 1]))
			w->list[count++] = m->sightings[i] - 1;
	}
	if (!count) {
		m->spoof.untested = m->at_peer ? "The listed hosts are the servers here: what "
		                                 "they send is answers, or backscatter."
		                               : "No record says that a listed host sent "
		                                 "anything here.";
		return 0;
	}
	return spoof_weigh(w, count, service_find(w, tryst_spoof_group(&c->sightings[w->list[0]])),
	                   true, &m->spoof, err);
}

static int
hosts_weigh(struct weigher *w, struct tryst_error *err)
{
	struct tryst_case *c = w->b->c;
	uint32_t to;
	int rc = 0;

	for (size_t i = 0; i < c->host_count; i++)
		c->hosts[i].spoof.untested = "No record says that it sent anything to a service "
					     "at home.";
	qsort(w->claims, w->claim_count, sizeof(*w->claims), claim_compare_host);
	for (uint32_t from = 0; rc >= 0 && from < w->claim_count; from = to) {
		const struct service *best = NULL;

		/* Of its services the one that says most; of equals the first by number. */
		for (to = from; to < w->claim_count && w->claims[to].host == w->claims[from].host;
		     to++) {
			const struct service *s = &w->services[w->claims[to].service];

			w->list[to - from] = w->claims[to].sighting;
			if (!best || s->llr > best->llr || (s->llr == best->llr && s < best))
				best = s;
		}
		rc = spoof_weigh(w, to - from, best, false, &c->hosts[w->claims[from].host].spoof,
		                 err);
	}
	return rc;
}

static int
weigher_init(struct weigher *w, struct tryst_case_builder *b, struct tryst_error *err)
{
	const struct tryst_case *c = b->c;
	size_t most = c->sighting_count + 1, hosts = c->host_count + 1;

	*w = (struct weigher){ .b = b };
	w->claims = calloc(most, sizeof(*w->claims));
	w->list = calloc(most, sizeof(*w->list));
	w->slots = calloc(most, sizeof(*w->slots));
	w->sources = calloc(hosts, sizeof(*w->sources));
	w->per_source = calloc(hosts, sizeof(*w->per_source));
	w->slot_of = calloc(hosts, sizeof(*w->slot_of));
	w->stamp = calloc(hosts, sizeof(*w->stamp));
	if (!w->claims || !w->list || !w->slots || !w->sources || !w->per_source || !w->slot_of ||
	    !w->stamp)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < c->sighting_count; i++) {
		const struct tryst_sighting *s = &c->sightings[i];

		if (is_claim(s))
			w->claims[w->claim_count++] =
				(struct claim){ tryst_spoof_group(s), s->host, i, 0 };
	}
	return tryst_spoof_others_find(b, &w->classes, &w->class_count, err);
}

/* Sorts the claims by service; how many services there are. */
static uint32_t
groups_count(struct weigher *w)
{
	uint32_t count = 0;

	qsort(w->claims, w->claim_count, sizeof(*w->claims), claim_compare_group);
	for (uint32_t i = 0; i < w->claim_count; i++)
		count += !i || w->claims[i].group != w->claims[i - 1].group;
	return count;
}

static void
weigher_fini(struct weigher *w)
{
	free(w->claims);
	free(w->list);
	free(w->slots);
	free(w->sources);
	free(w->per_source);
	free(w->slot_of);
	free(w->stamp);
	free(w->services);
	tryst_spoof_history_fini(&w->history);
	tryst_spoof_others_free(w->classes, w->class_count);
}

int
tryst_case_spoof(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct weigher w;
	int rc = weigher_init(&w, b, err);

	if (rc < 0)
		goto out;
	rc = tryst_spoof_history_find(b->c, &w.history, err);
	if (rc < 0)
		goto out;
	w.services = calloc(groups_count(&w) + (size_t)1, sizeof(*w.services));
	rc = w.services ? services_weigh(&w, err) : tryst_error_nomem(err);
	for (size_t i = 0; rc >= 0 && i < b->c->meeting_count; i++)
		rc = meeting_weigh(&w, &b->c->meetings[i], err);
	if (rc >= 0)
		rc = hosts_weigh(&w, err);
out:
	weigher_fini(&w);
	return rc;
}
