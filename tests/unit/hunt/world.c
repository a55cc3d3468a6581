/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/chance.h"

/* A contact under construction. */
struct maker {
	const struct world_options *o;
	uint64_t random;
	double *popular;        /* cumulative weights of the endpoints, */
	double *popular_within; /* and of the n-th endpoint of a community */
	uint32_t within;        /* endpoints of a community */
	uint64_t *edges;        /* host << 32 | endpoint */
	size_t edge_count, edge_max;
	uint32_t *degree; /* of each host, drawn */
	bool *listed;
};

static void
check(bool ok)
{
	if (!ok) {
		fprintf(stderr, "world: failed\n");
		abort();
	}
}

static uint64_t
draw(struct maker *k)
{
	uint64_t z = k->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static double
unit(struct maker *k)
{
	return (double)(draw(k) >> 11) * 0x1p-53;
}

static uint32_t
below(struct maker *k, uint32_t n)
{
	return (uint32_t)(((draw(k) >> 32) * n) >> 32);
}

static void
edge(struct maker *k, uint32_t host, uint32_t endpoint)
{
	if (k->edge_count == k->edge_max) {
		k->edge_max = 2 * k->edge_max + 1024;
		k->edges = realloc(k->edges, k->edge_max * sizeof(*k->edges));
		check(k->edges != NULL);
	}
	k->edges[k->edge_count++] = (uint64_t)host << 32 | endpoint;
}

/* Zipf's law with exponent 1 over n. */
static double *
zipf(uint32_t n)
{
	double *sum = malloc(n * sizeof(*sum)), at = 0;

	check(sum != NULL);
	for (uint32_t i = 0; i < n; i++)
		sum[i] = at += 1 / (i + 1.0);
	return sum;
}

static uint32_t
zipf_draw(struct maker *k, const double *sum, uint32_t n)
{
	double u = unit(k) * sum[n - 1];
	uint32_t low = 0, high = n - 1;

	while (low < high) {
		uint32_t middle = (low + high) / 2;

		if (sum[middle] < u)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Endpoint e is number e / communities of community e % communities. */
static void
host_contacts(struct maker *k, uint32_t host)
{
	const struct world_options *o = k->o;
	uint32_t degree = (uint32_t)TRYST_MIN(pow(1 - unit(k), -1 / 1.2), o->endpoints / 8.0);

	for (uint32_t i = 0; i < degree; i++) {
		if (o->communities && unit(k) < o->mixing)
			edge(k, host,
			     zipf_draw(k, k->popular_within, k->within) * o->communities +
			             host % o->communities);
		else
			edge(k, host, zipf_draw(k, k->popular, o->endpoints));
	}
	k->degree[host] = degree;
}

/* Scanners are the last hosts. */
static void
scanner_contacts(struct maker *k, uint32_t host)
{
	double coverage = pow(63, unit(k)) / 100;

	for (uint32_t j = 0; j < k->o->endpoints; j++) {
		if (unit(k) < coverage)
			edge(k, host, j);
	}
}

static uint32_t
list_draw(struct maker *k, uint32_t n)
{
	const struct world_options *o = k->o;
	uint32_t host;

	switch (o->list) {
	case WORLD_ACTIVE:
		/* By degree: rejection from the largest. */
		do
			host = below(k, o->hosts);
		while (unit(k) * o->endpoints / 8 > k->degree[host]);
		return host;
	case WORLD_COMMUNITY:
		return below(k, o->hosts / o->communities) * o->communities;
	case WORLD_SCANNERS:
		return o->hosts + below(k, o->scanners);
	case WORLD_HALF:
		if (n % 2)
			return o->hosts + below(k, o->scanners);
		break;
	case WORLD_RANDOM:
		break;
	}
	return below(k, o->hosts);
}

/* The endpoint whose degree is nearest to the one wanted. */
static uint32_t
plant_find(struct maker *k)
{
	const struct world_options *o = k->o;
	uint32_t *degree = calloc(o->endpoints, sizeof(*degree)), best = 0;

	check(degree != NULL);
	for (size_t e = 0; e < k->edge_count; e++)
		degree[(uint32_t)k->edges[e]]++;
	for (uint32_t j = 0; j < o->endpoints; j++) {
		if (labs((long)degree[j] - (long)o->meet_degree) <
		    labs((long)degree[best] - (long)o->meet_degree))
			best = j;
	}
	free(degree);
	return best;
}

static struct tryst_ip
host_ip(uint32_t host)
{
	/* Scrambled, so that nothing goes with the order of addresses. */
	return tryst_ip_v4(0x30000000 | ((host * 2654435761u) & 0x0fffffff));
}

static struct tryst_ip
home_ip(const struct world_options *o, uint32_t endpoint)
{
	return tryst_ip_v4(0x0a000000 + endpoint / TRYST_MAX(o->services, 1u) + 1);
}

static uint16_t
port_of(const struct world_options *o, uint32_t endpoint)
{
	return (uint16_t)(1 + endpoint % TRYST_MAX(o->services, 1u));
}

static int
u64_compare(const void *va, const void *vb)
{
	uint64_t a = *(const uint64_t *)va, b = *(const uint64_t *)vb;

	return (a > b) - (a < b);
}

/* A time of the day, more often in the afternoon: 1 + 0.9 sin. */
static int64_t
time_draw(struct maker *k)
{
	double day;

	do
		day = unit(k);
	while (unit(k) * 1.9 > 1 + 0.9 * sin(2 * M_PI * (day - 0.4)));
	return (int64_t)(day * 86400000);
}

static void
contacts_fill(struct world *w, struct maker *k)
{
	const struct world_options *o = k->o;
	struct tryst_contact_table own;
	struct tryst_error err;

	check(tryst_contacts_thread_init(&own, &err) == 0);
	for (size_t e = 0; e < k->edge_count; e++) {
		uint32_t host = (uint32_t)(k->edges[e] >> 32), j = (uint32_t)k->edges[e];
		bool scans = host >= o->hosts;
		int64_t at = time_draw(k);
		struct tryst_contact c = {
			.host = host_ip(host),
			.home = home_ip(o, j),
			.first_ms = at,
			.last_ms = at,
			.records_in = 1,
			.records_out = !scans,
			.hours = 1u << at / 3600000,
			.home_port = port_of(o, j),
			.proto = 6,
			.side = TRYST_CONTACT_HOME,
		};

		if (k->listed[host]) {
			w->c.sightings[w->c.sighting_count++] = (struct tryst_sighting){
				.id = (uint32_t)w->c.sighting_count + 1,
				.home = c.home,
				.peer = c.host,
				.peer_listed = true,
				.proto = 6,
				.service_side = TRYST_SERVICE_HOME,
				.home_port = c.home_port,
				.home_port_known = true,
				.peer_port_known = true,
				.first_ms = at,
				.last_ms = at,
				.records_in = 1,
				.records_out = !scans,
				.records = 1,
			};
			continue;
		}
		own.list[own.count++] = c;
		if (own.count == own.max || e + 1 == k->edge_count)
			tryst_contacts_fold(&w->contacts, &own);
	}
	tryst_contacts_fold(&w->contacts, &own);
	tryst_contacts_thread_fini(&own);
}

/* The case's hosts, and a meeting for every endpoint of two or more. */
static void
case_fill(struct world *w, struct maker *k)
{
	const struct world_options *o = k->o;
	uint32_t *met = calloc(o->endpoints, sizeof(*met));

	w->c.hosts = calloc(o->listed + 1, sizeof(*w->c.hosts));
	w->c.meetings = calloc(o->endpoints + 1, sizeof(*w->c.meetings));
	check(met && w->c.hosts && w->c.meetings);
	for (uint32_t h = 0; h < o->hosts + o->scanners; h++) {
		if (k->listed[h])
			w->c.hosts[w->c.host_count++].ip = host_ip(h);
	}
	for (size_t e = 0; e < k->edge_count; e++)
		met[(uint32_t)k->edges[e]] += k->listed[k->edges[e] >> 32];
	for (uint32_t j = 0; j < o->endpoints; j++) {
		if (met[j] >= 2)
			w->c.meetings[w->c.meeting_count++] = (struct tryst_meeting){
				.ip = home_ip(o, j),
				.proto = 6,
				.port = port_of(o, j),
				.port_known = true,
				.host_count = met[j],
			};
	}
	free(met);
}

static void
network_make(struct maker *k, uint32_t *planted)
{
	const struct world_options *o = k->o;
	uint32_t all = o->hosts + o->scanners, list[WORLD_LISTED_MAX], n = 0;
	size_t kept = 0;

	for (uint32_t h = 0; h < o->hosts; h++)
		host_contacts(k, h);
	for (uint32_t h = o->hosts; h < all; h++)
		scanner_contacts(k, h);
	while (n < o->listed) {
		uint32_t h = list_draw(k, n);

		if (k->listed[h])
			continue;
		k->listed[h] = true;
		list[n++] = h;
	}
	*planted = o->meet ? plant_find(k) : 0;
	/* Every other one comes, scanners or not. */
	for (uint32_t i = 0; i < o->meet; i++)
		edge(k, list[i], *planted);
	qsort(k->edges, k->edge_count, sizeof(*k->edges), u64_compare);
	for (size_t e = 0; e < k->edge_count; e++) {
		if (!e || k->edges[e] != k->edges[e - 1])
			k->edges[kept++] = k->edges[e];
	}
	k->edge_count = kept;
}

void
world_open(struct world *w, const struct world_options *o)
{
	struct maker k = { .o = o, .random = o->seed * 0x2545f4914f6cdd1dULL };
	uint32_t all = o->hosts + o->scanners;
	struct tryst_ipset_entry home = { .prefix = { tryst_ip_v4(0x0a000000), 96 + 8 } };
	static const struct tryst_prefix prefix;
	struct tryst_error err;

	memset(w, 0, sizeof(*w));
	k.within = o->communities ? o->endpoints / o->communities : 1;
	k.popular = zipf(o->endpoints);
	k.popular_within = zipf(k.within);
	k.degree = calloc(all, sizeof(*k.degree));
	k.listed = calloc(all, sizeof(*k.listed));
	check(k.degree && k.listed && o->listed <= WORLD_LISTED_MAX);
	network_make(&k, &w->planted);
	check(tryst_ipset_new(&w->home, &home, 1, &err) == 0);
	check(tryst_contacts_init(&w->contacts, o->room ? o->room : k.edge_count + 1, 0, w->home,
	                          &err) == 0);
	w->c.home = &prefix;
	w->c.home_count = 1;
	w->c.sightings = calloc(o->listed * (size_t)o->endpoints + 1, sizeof(*w->c.sightings));
	check(w->c.sightings != NULL);
	contacts_fill(w, &k);
	case_fill(w, &k);
	w->built.builder = (struct tryst_case_builder){
		.c = &w->c,
		.arena = &w->built.arena,
		.contacts = &w->contacts,
	};
	w->planted = o->meet ? w->planted : UINT32_MAX;
	check(tryst_case_chance(&w->built.builder, &err) == 0);
	if (o->meet) {
		struct tryst_meeting m = { .ip = home_ip(o, w->planted),
			                   .proto = 6,
			                   .port = port_of(o, w->planted),
			                   .port_known = true };

		w->planted = tryst_graph_find_endpoint(w->built.builder.graph, &m);
	}
	free(k.popular);
	free(k.popular_within);
	free(k.degree);
	free(k.listed);
	free(k.edges);
}

void
world_close(struct world *w)
{
	tryst_chance_model_free(w->built.builder.chance);
	tryst_graph_free(w->built.builder.graph);
	tryst_arena_fini(&w->built.arena);
	tryst_contacts_fini(&w->contacts);
	tryst_ipset_free(w->home);
	free(w->c.hosts);
	free(w->c.meetings);
	free(w->c.sightings);
}

const struct tryst_meeting *
world_planted(const struct world *w)
{
	for (size_t i = 0; i < w->c.meeting_count; i++) {
		if (tryst_graph_find_endpoint(w->built.builder.graph, &w->c.meetings[i]) ==
		    w->planted)
			return &w->c.meetings[i];
	}
	return NULL;
}
