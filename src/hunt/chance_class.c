/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of services: protocol, port and side.  Level 1: do the listed hosts touch the class of a
 * meeting more than unlisted hosts of their degree do?  Level 2: of those that touch it, do more
 * gather at this endpoint than a configuration model of the class alone says?  Browsers of servers
 * are too many in a class and spread evenly over it; a rendezvous is one endpoint of it.
 * docs/statistics/coincidence.md.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/chance_step.h"
#include "hunt/intern.h"
#include "stats/tail.h"

#define DEGREE_BINS 32
#define ROUNDS 300

/* Unlisted hosts of a half, and those of them that touch the class, by log2 of their degree. */
struct bins {
	double all[DEGREE_BINS], touching[DEGREE_BINS];
};

/* The class in hand. */
struct class
{
	struct tryst_chance_step *s;
	const struct tryst_graph *g;
	uint32_t kind;
	uint32_t *degree; /* of each host of the graph: endpoints of the class; 0 between classes */
	uint32_t *touched; /* the hosts of which it is not 0 */
	size_t touched_count;
	struct bins bins[TRYST_HALVES];
	struct tryst_bicm_class *hosts, *endpoints;
	size_t host_classes, endpoint_classes;
	double *fitness; /* in the class, of each listed host */
	double log_p;    /* level 1 */
	bool known;
};

static unsigned
degree_bin(uint32_t degree)
{
	return 31 - (unsigned)__builtin_clz(TRYST_MAX(degree, 1u));
}

static bool
is_listed(const struct tryst_graph *g, uint32_t host)
{
	return g->hosts[host].listed != TRYST_NOT_LISTED;
}

static void
bins_count(struct class *c)
{
	const struct tryst_graph *g = c->g;

	for (uint32_t i = 0; i < g->host_count; i++) {
		for (unsigned half = 0; half < TRYST_HALVES && !is_listed(g, i); half++) {
			if (g->hosts[i].degree[half])
				c->bins[half].all[degree_bin(g->hosts[i].degree[half])]++;
		}
	}
}

/* Which hosts touch the class, and how much of it. */
static void
degrees_count(struct class *c)
{
	const struct tryst_graph *g = c->g;
	const struct tryst_graph_kind *kind = &g->kinds[c->kind];
	struct bins *bins = &c->bins[kind->half];

	memset(bins->touching, 0, sizeof(bins->touching));
	for (uint32_t k = 0; k < kind->endpoints; k++) {
		uint32_t j = g->of_kind[kind->from + k];

		for (uint32_t a = g->endpoints[j].at_from; a < g->endpoints[j + 1].at_from; a++) {
			uint32_t host = g->edges[g->at[a]].host;

			if (c->degree[host]++)
				continue;
			c->touched[c->touched_count++] = host;
			if (!is_listed(g, host))
				bins->touching[degree_bin(g->hosts[host].degree[kind->half])]++;
		}
	}
}

static void
degrees_clear(struct class *c)
{
	for (size_t i = 0; i < c->touched_count; i++)
		c->degree[c->touched[i]] = 0;
	c->touched_count = 0;
}

/* ln P that so many listed hosts touch the class, each as its like do. */
static void
level_one(struct class *c)
{
	const struct tryst_graph *g = c->g;
	unsigned half = g->kinds[c->kind].half;
	const struct bins *bins = &c->bins[half];
	double unlisted = 0;
	uint32_t n = 0, x = 0;

	for (uint32_t i = 0; i < c->s->listed_count; i++) {
		uint32_t host = c->s->listed[i], degree = g->hosts[host].degree[half];
		unsigned bin = degree_bin(degree);

		if (!degree)
			continue;
		c->s->p[n++] = (bins->touching[bin] + 0.5) / (bins->all[bin] + 1);
		x += c->degree[host] > 0;
		unlisted += bins->all[bin];
	}
	c->known = unlisted > 0;
	c->log_p = tryst_poisson_binomial_upper(c->s->p, n, x, c->s->work);
}

/* The configuration model of the class alone. */
static int
level_two_fit(struct class *c, struct tryst_error *err)
{
	const struct tryst_graph *g = c->g;
	const struct tryst_graph_kind *kind = &g->kinds[c->kind];

	if (kind->endpoints < 2)
		return 0;
	c->hosts = tryst_degree_classes_new(err);
	c->endpoints = tryst_degree_classes_new(err);
	if (!c->hosts || !c->endpoints)
		return TRYST_ERR_NOMEM;
	for (size_t i = 0; i < c->touched_count; i++)
		tryst_degree_classes_add(c->hosts, c->degree[c->touched[i]],
		                         is_listed(g, c->touched[i]) ? 1 : (double)g->one_in);
	for (uint32_t k = 0; k < kind->endpoints; k++)
		tryst_degree_classes_add(c->endpoints,
		                         tryst_chance_peers(g, g->of_kind[kind->from + k]), 1);
	c->host_classes = tryst_degree_classes_close(c->hosts);
	c->endpoint_classes = tryst_degree_classes_close(c->endpoints);
	(void)tryst_bicm_fit(c->hosts, c->host_classes, c->endpoints, c->endpoint_classes, ROUNDS);
	for (uint32_t i = 0; i < c->s->listed_count; i++)
		c->fitness[i] = tryst_bicm_solve(c->degree[c->s->listed[i]], c->endpoints,
		                                 c->endpoint_classes);
	return 0;
}

static double
level_two(const struct class *c, uint32_t endpoint)
{
	double y = tryst_bicm_solve(tryst_chance_peers_most(c->g, endpoint), c->hosts,
	                            c->host_classes);
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->s->listed_count; i++) {
		if (c->fitness[i] > 0)
			c->s->p[n++] = tryst_bicm_probability(c->fitness[i], y);
	}
	return tryst_poisson_binomial_upper(c->s->p, n, c->g->endpoints[endpoint].listed,
	                                    c->s->work);
}

/* The mean share of the class that the listed hosts of an endpoint touch. */
static double
coverage(const struct class *c, uint32_t endpoint)
{
	const struct tryst_graph *g = c->g;
	double sum = 0, n = 0;

	for (uint32_t a = g->endpoints[endpoint].at_from; a < g->endpoints[endpoint + 1].at_from;
	     a++) {
		uint32_t host = g->edges[g->at[a]].host;

		if (!is_listed(g, host))
			continue;
		sum += (double)c->degree[host] / g->kinds[c->kind].endpoints;
		n++;
	}
	return n > 0 ? sum / n : 0;
}

static int
class_begin(struct class *c, uint32_t kind, struct tryst_error *err)
{
	free(c->hosts);
	free(c->endpoints);
	c->hosts = c->endpoints = NULL;
	degrees_clear(c);
	c->kind = kind;
	degrees_count(c);
	level_one(c);
	return level_two_fit(c, err);
}

static void
meeting_tell(const struct class *c, uint32_t endpoint, struct tryst_chance *out)
{
	out->class_endpoints = c->g->kinds[c->kind].endpoints;
	out->class_coverage = coverage(c, endpoint);
	out->class_known = c->known;
	out->log10_p_class = c->log_p / M_LN10;
	/* With one server there is nothing to choose from. */
	out->within_known = out->class_endpoints > 1;
	if (out->within_known)
		out->log10_p_within = level_two(c, endpoint) / M_LN10;
}

size_t
tryst_chance_by_kind(const struct tryst_chance_step *s, struct tryst_pair *list)
{
	const struct tryst_case *of = s->b->c;
	size_t n = 0;

	for (size_t i = 0; i < of->meeting_count; i++) {
		uint32_t j = tryst_graph_find_endpoint(s->graph, &of->meetings[i]);

		if (!of->meetings[i].chance.untested)
			list[n++] = (struct tryst_pair){
				(uint64_t)s->graph->endpoints[j].kind << 32 | j, (uint32_t)i
			};
	}
	tryst_pairs_sort(list, list + of->meeting_count, n);
	return n;
}

static int
classes_run(struct class *c, struct tryst_pair *list, struct tryst_error *err)
{
	const struct tryst_case *of = c->s->b->c;
	size_t n = tryst_chance_by_kind(c->s, list);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		uint32_t kind = (uint32_t)(list[i].key >> 32);

		if (!i || kind != c->kind)
			rc = class_begin(c, kind, err);
		if (rc == 0)
			meeting_tell(c, (uint32_t)list[i].key, &of->meetings[list[i].value].chance);
	}
	return rc;
}

int
tryst_chance_classes(struct tryst_chance_step *s, struct tryst_error *err)
{
	struct class c = { .s = s, .g = s->graph };
	size_t hosts = s->graph->host_count + (size_t)1;
	struct tryst_pair *list = malloc((2 * s->b->c->meeting_count + 1) * sizeof(*list));
	int rc = 0;

	c.degree = calloc(hosts, sizeof(*c.degree));
	c.touched = malloc(hosts * sizeof(*c.touched));
	c.fitness = calloc(s->listed_count + (size_t)1, sizeof(*c.fitness));
	if (!list || !c.degree || !c.touched || !c.fitness)
		rc = tryst_error_nomem(err);
	if (rc == 0) {
		bins_count(&c);
		rc = classes_run(&c, list, err);
	}
	free(c.hosts);
	free(c.endpoints);
	free(c.degree);
	free(c.touched);
	free(c.fitness);
	free(list);
	return rc;
}
