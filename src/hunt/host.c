/* SPDX-License-Identifier: Apache-2.0 */
/* The listed hosts of a case: who they are on the list, and the sums of their sightings. */
#include <stdlib.h>

#include "hunt/build.h"

/* A listed address on one side of a sighting. */
struct appearance {
	struct tryst_ip ip;
	size_t sighting;
	bool as_peer;
};

/* A host with its appearances. */
struct group {
	struct tryst_listed_host host;
	size_t from, to;
};

static int
appearance_compare(const void *va, const void *vb)
{
	const struct appearance *a = va, *b = vb;
	int order = tryst_ip_compare(a->ip, b->ip);

	return order ? order : (a->sighting > b->sighting) - (a->sighting < b->sighting);
}

/* By conversations, most first, then address. */
static int
group_compare(const void *va, const void *vb)
{
	const struct tryst_listed_host *a = &((const struct group *)va)->host;
	const struct tryst_listed_host *b = &((const struct group *)vb)->host;

	if (a->conversations != b->conversations)
		return a->conversations > b->conversations ? -1 : 1;
	return tryst_ip_compare(a->ip, b->ip);
}

/* Every listed side of every sighting, sorted by address; *out is malloc'ed. */
static int
appearances_find(const struct tryst_case *c, struct appearance **out, size_t *count,
                 struct tryst_error *err)
{
	struct appearance *list = calloc(2 * c->sighting_count + 1, sizeof(*list));
	size_t n = 0;

	if (!list)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < c->sighting_count; i++) {
		const struct tryst_sighting *s = &c->sightings[i];

		if (s->peer_listed)
			list[n++] = (struct appearance){ s->peer, i, true };
		if (s->home_listed && !(s->peer_listed && tryst_ip_equal(s->home, s->peer)))
			list[n++] = (struct appearance){ s->home, i, false };
	}
	qsort(list, n, sizeof(*list), appearance_compare);
	*out = list;
	*count = n;
	return 0;
}

static void
host_add(struct tryst_listed_host *h, const struct tryst_sighting *s, bool as_peer)
{
	h->first_ms = h->conversations ? TRYST_MIN(h->first_ms, s->first_ms) : s->first_ms;
	h->last_ms = h->conversations ? TRYST_MAX(h->last_ms, s->last_ms) : s->last_ms;
	h->conversations++;
	h->verdicts[s->verdict]++;
	if (!s->counts_known) {
		h->uncounted++;
		return;
	}
	h->packets_in += as_peer ? s->packets_in : s->packets_out;
	h->bytes_in += as_peer ? s->bytes_in : s->bytes_out;
	h->packets_out += as_peer ? s->packets_out : s->packets_in;
	h->bytes_out += as_peer ? s->bytes_out : s->bytes_in;
}

static int
host_indicators(struct tryst_case_builder *b, struct tryst_listed_host *h, struct tryst_error *err)
{
	size_t n = tryst_ipset_match(b->set, h->ip, NULL, 0);

	h->indicators = tryst_case_alloc(b, n, sizeof(*h->indicators), err);
	if (!h->indicators)
		return TRYST_ERR_NOMEM;
	/* Each is there once: of the disjoint prefixes of a range the host is in one. */
	h->indicator_count = (uint32_t)tryst_ipset_match(b->set, h->ip, h->indicators, n);
	return 0;
}

/* One host for each run of equal addresses, best first; *out is malloc'ed. */
static int
groups_make(struct tryst_case_builder *b, const struct appearance *list, size_t count,
            struct group **out, size_t *group_count, struct tryst_error *err)
{
	struct group *groups = calloc(count + 1, sizeof(*groups));
	size_t n = 0;
	int rc = 0;

	if (!groups)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < count && rc >= 0; i++) {
		if (i == 0 || !tryst_ip_equal(list[i].ip, list[i - 1].ip)) {
			groups[n++] = (struct group){ .host = { .ip = list[i].ip }, .from = i };
			rc = host_indicators(b, &groups[n - 1].host, err);
		}
		groups[n - 1].to = i + 1;
		host_add(&groups[n - 1].host, &b->c->sightings[list[i].sighting], list[i].as_peer);
	}
	if (rc < 0) {
		free(groups);
		return rc;
	}
	qsort(groups, n, sizeof(*groups), group_compare);
	*out = groups;
	*group_count = n;
	return 0;
}

/*
 * Whether an indicator of the host names a port, and whether it is the sighting's; whether any is
 * valid then.  Ports of entries that are over count beside none that is valid.
 */
static void
sighting_listed(const struct tryst_case *c, const struct tryst_listed_host *h,
                struct tryst_sighting *s, bool as_peer)
{
	uint16_t port = as_peer ? s->peer_port : s->home_port;
	bool valid = false, at_port[2] = { false, false }; /* of an entry that is over; is valid */

	for (uint32_t i = 0; i < h->indicator_count; i++) {
		const struct tryst_indicator *ind =
			tryst_watchlist_indicator(c->watchlist, h->indicators[i]);
		bool now = tryst_indicator_valid(ind, s->first_ms, s->last_ms);

		valid |= now;
		if (!ind->port)
			continue;
		s->indicator_port = true;
		at_port[now] |= ind->port == port && (!ind->proto || ind->proto == s->proto);
	}
	s->outside_validity &= !valid;
	s->listed_port |= at_port[valid];
}

void
tryst_case_count_outdated(struct tryst_case *c)
{
	c->outdated = c->outdated_hosts = 0;
	for (size_t i = 0; i < c->host_count; i++)
		c->hosts[i].outdated = 0;
	for (size_t i = 0; i < c->sighting_count; i++) {
		c->outdated += c->sightings[i].outside_validity;
		c->hosts[c->sightings[i].host].outdated += c->sightings[i].outside_validity;
	}
	for (size_t i = 0; i < c->host_count; i++)
		c->outdated_hosts +=
			c->hosts[i].outdated && c->hosts[i].outdated >= c->hosts[i].conversations;
}

/* --ignore-validity: they count like the others, and a caveat says how many. */
static void
validity_ignore(struct tryst_case_builder *b)
{
	for (size_t i = 0; i < b->c->sighting_count; i++) {
		b->ignored_outdated += b->c->sightings[i].outside_validity;
		b->c->sightings[i].outside_validity = false;
	}
}

int
tryst_case_hosts(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_case *c = b->c;
	struct appearance *list = NULL;
	struct group *groups = NULL;
	size_t count = 0;
	int rc;

	rc = appearances_find(c, &list, &count, err);
	if (rc >= 0)
		rc = groups_make(b, list, count, &groups, &c->host_count, err);
	if (rc < 0)
		goto out;
	c->hosts = tryst_case_alloc(b, c->host_count, sizeof(*c->hosts), err);
	if (!c->hosts) {
		rc = TRYST_ERR_NOMEM;
		goto out;
	}
	for (size_t i = 0; i < c->sighting_count; i++)
		c->sightings[i].outside_validity = true; /* until an indicator says otherwise */
	for (size_t h = 0; h < c->host_count; h++) {
		c->hosts[h] = groups[h].host;
		for (size_t i = groups[h].from; i < groups[h].to; i++) {
			struct tryst_sighting *s = &c->sightings[list[i].sighting];

			if (list[i].as_peer || !s->peer_listed)
				s->host = (uint32_t)h;
			sighting_listed(c, &c->hosts[h], s, list[i].as_peer);
		}
	}
	if (b->options->ignore_validity)
		validity_ignore(b);
	tryst_case_count_outdated(c);
out:
	free(groups);
	free(list);
	return rc;
}

static int
u64_compare(const void *va, const void *vb)
{
	const uint64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/* (host << 16 | service port) of every sighting that has one, sorted, without repetitions. */
static int
host_ports_find(const struct tryst_case *c, uint64_t **out, size_t *count, struct tryst_error *err)
{
	uint64_t *list = calloc(c->sighting_count + 1, sizeof(*list));
	size_t n = 0, unique = 0;

	if (!list)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < c->sighting_count; i++) {
		const struct tryst_sighting *s = &c->sightings[i];

		if (s->service_side != TRYST_SERVICE_NONE)
			list[n++] = (uint64_t)s->host << 16 | tryst_sighting_service_port(s);
	}
	qsort(list, n, sizeof(*list), u64_compare);
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || list[i] != list[i - 1])
			list[unique++] = list[i];
	}
	*out = list;
	*count = unique;
	return 0;
}

int
tryst_case_host_ports(struct tryst_case_builder *b, struct tryst_error *err)
{
	uint64_t *list = NULL;
	uint16_t *ports;
	size_t count = 0;
	int rc;

	rc = host_ports_find(b->c, &list, &count, err);
	if (rc < 0)
		return rc;
	ports = tryst_case_alloc(b, count, sizeof(*ports), err);
	for (size_t i = 0; ports && i < count; i++) {
		struct tryst_listed_host *h = &b->c->hosts[list[i] >> 16];

		ports[i] = (uint16_t)list[i];
		if (!h->port_count++)
			h->ports = &ports[i];
	}
	free(list);
	return ports ? 0 : TRYST_ERR_NOMEM;
}
