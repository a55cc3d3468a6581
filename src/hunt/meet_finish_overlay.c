/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overlays: home hosts that share more peers than hosts with as many peers would, under the
 * bipartite configuration model (stats/bicm.h).  docs/statistics/groups.md
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/meet_find.h"
#include "stats/bicm.h"
#include "stats/tail.h"

#define PAIRS_MAX ((size_t)4 << 20)
#define SHARED_MIN 4
#define LOG10_P_MAX -3. /* times the number of pairs of hosts */
#define ROUNDS 300
#define DEGREES 4096 /* classes of peers' counts; what is beyond counts as that */

struct overlay {
	struct tryst_meet_contacts *peers; /* by server, one a client and server */
	struct tryst_ip *clients;          /* distinct, ascending */
	uint32_t *degree;                  /* of clients: peers */
	uint32_t *ids;                     /* of contacts: the client */
	size_t client_count;
	uint32_t dmax; /* peers of more clients are left out of the pairs */
	uint64_t *pairs;
	size_t pair_count;
	struct tryst_bicm_class *k, *d;
	size_t k_count, d_count;
	uint32_t *parent; /* of clients: components */
	double *best;     /* of components: log10 p of the best pair, 0: none */
	uint32_t *seen;   /* of components: a peer */
};

static int
ip_order(const void *va, const void *vb)
{
	return tryst_ip_compare(*(const struct tryst_ip *)va, *(const struct tryst_ip *)vb);
}

static int
u64_order(const void *va, const void *vb)
{
	const uint64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/* One contact for each client and peer, whatever the ports: the busiest of them. */
static void
peers_unique(struct tryst_meet_contacts *peers)
{
	size_t kept = 0;

	for (size_t i = 0; i < peers->count; i++)
		peers->list[i].group = 0;
	tryst_meet_contact_by_client(peers);
	for (size_t i = 0; i < peers->count; i++) {
		struct tryst_meet_contact *last = kept ? &peers->list[kept - 1] : NULL;

		if (!last || !tryst_ip_equal(last->client, peers->list[i].client) ||
		    !tryst_ip_equal(last->server, peers->list[i].server))
			peers->list[kept++] = peers->list[i];
		else if (peers->list[i].count > last->count)
			*last = peers->list[i];
	}
	peers->count = kept;
	/* By server alone: its port may differ from client to client. */
	for (size_t i = 0; i < kept; i++)
		peers->list[i].group = peers->list[i].port;
}

static int
server_order(const void *va, const void *vb)
{
	const struct tryst_meet_contact *a = va, *b = vb;
	int order = tryst_ip_compare(a->server, b->server);

	return order ? order : tryst_ip_compare(a->client, b->client);
}

static size_t
peer_end(const struct overlay *o, size_t from)
{
	size_t to = from + 1;

	while (to < o->peers->count &&
	       tryst_ip_equal(o->peers->list[to].server, o->peers->list[from].server))
		to++;
	return to;
}

static int
clients_make(struct overlay *o, struct tryst_error *err)
{
	size_t n = o->peers->count;

	o->clients = calloc(n + 1, sizeof(*o->clients));
	o->ids = calloc(n + 1, sizeof(*o->ids));
	o->degree = calloc(n + 1, sizeof(*o->degree));
	if (!o->clients || !o->ids || !o->degree)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < n; i++) {
		if (!i || !tryst_ip_equal(o->peers->list[i].client, o->peers->list[i - 1].client))
			o->clients[o->client_count++] = o->peers->list[i].client;
		o->degree[o->client_count - 1]++;
	}
	if (n)
		qsort(o->peers->list, n, sizeof(*o->peers->list), server_order);
	for (size_t i = 0; i < n; i++) {
		const struct tryst_ip *at = bsearch(&o->peers->list[i].client, o->clients,
		                                    o->client_count, sizeof(*at), ip_order);

		o->ids[i] = (uint32_t)(at - o->clients);
	}
	return 0;
}

/* Pairs of clients, once for every peer they share; of rare peers only where there are too many. */
static int
pairs_make(struct overlay *o, struct tryst_error *err)
{
	for (o->dmax = 64; o->dmax > 2; o->dmax /= 2) {
		size_t sum = 0;

		for (size_t from = 0, to; from < o->peers->count; from = to) {
			to = peer_end(o, from);
			sum += to - from <= o->dmax ? (to - from) * (to - from - 1) / 2 : 0;
		}
		if (sum <= PAIRS_MAX)
			break;
	}
	o->pairs = calloc(PAIRS_MAX + 1, sizeof(*o->pairs));
	if (!o->pairs)
		return tryst_error_nomem(err);
	for (size_t from = 0, to; from < o->peers->count; from = to) {
		to = peer_end(o, from);
		if (to - from > o->dmax)
			continue;
		for (size_t i = from; i < to; i++) {
			for (size_t k = i + 1; k < to && o->pair_count < PAIRS_MAX; k++)
				o->pairs[o->pair_count++] = (uint64_t)o->ids[i] << 32 | o->ids[k];
		}
	}
	qsort(o->pairs, o->pair_count, sizeof(*o->pairs), u64_order);
	return 0;
}

/* Counts of counts as classes of the model. */
static struct tryst_bicm_class *
classes_make(const uint64_t *counts, size_t *out)
{
	struct tryst_bicm_class *list = calloc(DEGREES + 1, sizeof(*list));

	*out = 0;
	for (uint32_t n = 1; list && n <= DEGREES; n++) {
		if (counts[n])
			list[(*out)++] = (struct tryst_bicm_class){ .degree = n,
				                                    .count = (double)counts[n] };
	}
	return list;
}

static int
model_fit(struct overlay *o, struct tryst_error *err)
{
	uint64_t *k = calloc(2 * (DEGREES + 1), sizeof(*k)), *d = k ? k + DEGREES + 1 : NULL;
	double sums[2] = { 0 };

	if (!k)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < o->client_count; i++)
		k[TRYST_MIN(o->degree[i], DEGREES)]++;
	for (size_t from = 0, to; from < o->peers->count; from = to) {
		to = peer_end(o, from);
		d[TRYST_MIN(to - from, (size_t)DEGREES)]++;
	}
	o->k = classes_make(k, &o->k_count);
	o->d = classes_make(d, &o->d_count);
	free(k);
	if (!o->k || !o->d)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < o->k_count; i++)
		sums[0] += o->k[i].degree * o->k[i].count;
	for (size_t i = 0; i < o->d_count; i++)
		sums[1] += o->d[i].degree * o->d[i].count;
	/* Where degrees were cut both sides must agree again. */
	for (size_t i = 0; i < o->d_count; i++)
		o->d[i].degree *= sums[0] / sums[1];
	(void)tryst_bicm_fit(o->k, o->k_count, o->d, o->d_count, ROUNDS);
	return 0;
}

static double
fitness(const struct overlay *o, uint32_t degree)
{
	for (size_t i = 0; i < o->k_count; i++) {
		if (o->k[i].degree >= TRYST_MIN(degree, DEGREES))
			return o->k[i].fitness;
	}
	return 0;
}

/* How many peers two clients share in the mean, of those that make pairs. */
static double
expected(const struct overlay *o, uint32_t a, uint32_t b)
{
	double x = fitness(o, o->degree[a]), y = fitness(o, o->degree[b]), sum = 0;

	for (size_t i = 0; i < o->d_count && o->d[i].degree <= o->dmax + .5; i++)
		sum += o->d[i].count * tryst_bicm_probability(x, o->d[i].fitness) *
		       tryst_bicm_probability(y, o->d[i].fitness);
	return sum;
}

static uint32_t
root_of(struct overlay *o, uint32_t i)
{
	while (o->parent[i] != i)
		i = o->parent[i] = o->parent[o->parent[i]];
	return i;
}

/* Joins the clients of pairs that share too much. */
static int
components_make(struct overlay *o, struct tryst_error *err)
{
	double tests = (double)o->client_count * (double)(o->client_count - 1) / 2;

	o->parent = calloc(o->client_count + 1, sizeof(*o->parent));
	o->best = calloc(o->client_count + 1, sizeof(*o->best));
	o->seen = calloc(o->client_count + 1, sizeof(*o->seen));
	if (!o->parent || !o->best || !o->seen)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < o->client_count; i++)
		o->parent[i] = i;
	for (size_t from = 0, to; from < o->pair_count; from = to) {
		uint32_t a = (uint32_t)(o->pairs[from] >> 32), b = (uint32_t)o->pairs[from];
		double log10_p;

		for (to = from + 1; to < o->pair_count && o->pairs[to] == o->pairs[from]; to++)
			;
		if (to - from < SHARED_MIN)
			continue;
		log10_p = tryst_poisson_upper(expected(o, a, b), to - from) / M_LN10 + log10(tests);
		if (log10_p > LOG10_P_MAX)
			continue;
		a = root_of(o, a);
		b = root_of(o, b);
		o->best[TRYST_MIN(a, b)] = fmin(fmin(o->best[a], o->best[b]), log10_p);
		o->parent[TRYST_MAX(a, b)] = TRYST_MIN(a, b);
	}
	return 0;
}

/* The peer, at the port that members use most. */
static void
endpoint_choose(struct overlay *o, size_t from, size_t to, uint32_t root,
                struct tryst_meet_candidate *c)
{
	uint64_t most = 0;

	for (size_t i = from; i < to; i++) {
		uint64_t uses = 0;

		for (size_t k = from; k < to && root_of(o, o->ids[i]) == root; k++) {
			if (o->peers->list[k].port == o->peers->list[i].port &&
			    root_of(o, o->ids[k]) == root)
				uses += o->peers->list[k].count;
		}
		if (uses <= most)
			continue;
		most = uses;
		c->ip = o->peers->list[i].server;
		c->port = o->peers->list[i].port;
		c->proto = o->peers->list[i].proto;
	}
}

/* The peers that two or more of a component share, and the one that most of them do. */
static void
component_peers(struct overlay *o, uint32_t root, struct tryst_meet_candidate *c)
{
	size_t most = 0;
	double shared = 0;

	for (size_t from = 0, to; from < o->peers->count; from = to) {
		size_t here = 0;

		to = peer_end(o, from);
		for (size_t i = from; i < to; i++)
			here += root_of(o, o->ids[i]) == root;
		shared += here >= 2;
		if (here > most) {
			most = here;
			endpoint_choose(o, from, to, root, c);
			c->clients_here = (uint32_t)(to - from);
		}
		for (size_t i = from; i < to; i++) {
			if (here >= 2 && root_of(o, o->ids[i]) == root) {
				c->first_ms = TRYST_MIN(c->first_ms, o->peers->list[i].first_ms);
				c->last_ms = TRYST_MAX(c->last_ms, o->peers->list[i].first_ms);
			}
		}
	}
	c->v[TRYST_MEET_V_PEERS] = shared;
	c->v[TRYST_MEET_V_MOST] = (double)most;
}

static int
component_add(struct overlay *o, uint32_t root, const struct tryst_meet_options *options,
              struct tryst_meet_candidates *all, struct tryst_error *err)
{
	struct tryst_meet_candidate *c = tryst_meet_candidates_grow(all, err);
	uint64_t degrees = 0;

	if (!c)
		return TRYST_ERR_NOMEM;
	*c = (struct tryst_meet_candidate){ .kind = TRYST_MEET_P2P,
		                            .first_ms = INT64_MAX,
		                            .last_ms = INT64_MIN,
		                            .log10_p = o->best[root],
		                            .rank = -o->best[root] };
	for (unsigned i = 0; i < TRYST_MEET_NUMBERS; i++)
		c->v[i] = NAN;
	for (uint32_t i = 0; i < o->client_count; i++) {
		if (root_of(o, i) != root)
			continue;
		c->clients_total++;
		degrees += o->degree[i];
		if (c->client_count < TRYST_FINDING_CLIENTS_MAX)
			c->clients[c->client_count++] = o->clients[i];
	}
	component_peers(o, root, c);
	c->v[TRYST_MEET_V_OVERLAY_DEGREE] = (double)degrees / c->clients_total;
	c->old = c->last_ms < options->since_ms;
	return 0;
}

int
tryst_meet_finish_overlay(struct tryst_meet_contacts *peers,
                          const struct tryst_meet_options *options,
                          struct tryst_meet_candidates *all, struct tryst_error *err)
{
	struct overlay o = { .peers = peers };
	int rc;

	peers_unique(peers);
	rc = clients_make(&o, err);
	if (rc >= 0)
		rc = pairs_make(&o, err);
	if (rc >= 0 && o.pair_count)
		rc = model_fit(&o, err);
	if (rc >= 0)
		rc = components_make(&o, err);
	for (uint32_t i = 0; i < o.client_count && rc >= 0; i++) {
		if (o.best[i] < 0 && root_of(&o, i) == i)
			rc = component_add(&o, i, options, all, err);
	}
	free(o.clients);
	free(o.degree);
	free(o.ids);
	free(o.pairs);
	free(o.k);
	free(o.d);
	free(o.parent);
	free(o.best);
	free(o.seen);
	return rc;
}
