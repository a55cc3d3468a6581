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
#define CLASSES_MAX 64  /* that hosts are judged by apart */
#define CLASS_OTHERS 10 /* outside hosts that offer a service, for each listed one that does */
#define LN_PRONE (-4.605170185988091) /* ln 0.01 */

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
	uint32_t endpoint_count; /* that a host of the class touches; scanners are none */
	struct bins bins[TRYST_HALVES];
	struct tryst_bicm_class *hosts, *endpoints;
	size_t host_classes, endpoint_classes;
	double *fitness; /* in the class, of each listed host */
	struct tryst_chance_members *members;
	double log_p;                                  /* level 1 */
	struct tryst_chance_like *by_kind, *by_others; /* NULL until they are wanted */
	uint32_t classes;                              /* that they were wanted for */
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
			if (g->hosts[i].degree[half] && !g->hosts[i].scanner[half])
				c->bins[half].all[degree_bin(g->hosts[i].degree[half])]++;
		}
	}
}

/* Which hosts touch the class, and how much of it, scanners apart. */
static void
degrees_count(struct class *c)
{
	const struct tryst_graph *g = c->g;
	const struct tryst_graph_kind *kind = &g->kinds[c->kind];
	struct bins *bins = &c->bins[kind->half];

	memset(bins->touching, 0, sizeof(bins->touching));
	c->endpoint_count = 0;
	for (uint32_t k = 0; k < kind->endpoints; k++) {
		uint32_t j = g->of_kind[kind->from + k];
		bool any = false;

		for (uint32_t a = g->endpoints[j].at_from; a < g->endpoints[j + 1].at_from; a++) {
			uint32_t host = g->edges[g->at[a]].host;

			if (g->hosts[host].scanner[kind->half])
				continue;
			any = true;
			if (c->degree[host]++)
				continue;
			c->touched[c->touched_count++] = host;
			if (!is_listed(g, host))
				bins->touching[degree_bin(g->hosts[host].degree[kind->half])]++;
		}
		c->endpoint_count += any;
	}
}

static void
degrees_clear(struct class *c)
{
	for (size_t i = 0; i < c->touched_count; i++)
		c->degree[c->touched[i]] = 0;
	c->touched_count = 0;
}

/*
 * ln P that so many listed hosts touch the class, each as unlisted ones of its degree do; without
 * what they touch of it at one endpoint, where there is one.
 */
static double
class_tail(const struct class *c, uint32_t without)
{
	const struct tryst_graph *g = c->g;
	unsigned half = g->kinds[c->kind].half;
	const struct bins *bins = &c->bins[half];
	uint32_t n = 0, x = 0;

	for (uint32_t i = 0; i < c->s->listed_count; i++) {
		uint32_t host = c->s->listed[i], elsewhere = c->degree[host];
		unsigned bin = degree_bin(g->hosts[host].degree[half]);

		if (!g->hosts[host].degree[half] || g->hosts[host].scanner[half])
			continue;
		c->s->p[n++] = (bins->touching[bin] + 0.5) / (bins->all[bin] + 1);
		if (without != TRYST_NO_ENDPOINT && elsewhere)
			elsewhere -= tryst_graph_find_edge(g, host, without) != NULL;
		x += elsewhere > 0;
	}
	return tryst_poisson_binomial_tail(c->s->p, n, x, c->s->work);
}

/* The hosts of an endpoint that are no scanners; the most that there may be in a sample. */
static double
plain_peers(const struct class *c, uint32_t j, bool at_most)
{
	const struct tryst_chance_model *m = c->s->model;
	double scanners = m->scanners_listed[j] + m->scanners_unlisted[j] * (double)c->g->one_in;

	return (at_most ? tryst_chance_peers_most(c->g, j) : tryst_chance_peers(c->g, j)) -
	       scanners;
}

/* The configuration model of the class alone. */
static int
level_two_fit(struct class *c, struct tryst_error *err)
{
	const struct tryst_graph *g = c->g;
	const struct tryst_graph_kind *kind = &g->kinds[c->kind];

	if (c->endpoint_count < 2)
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
		                         plain_peers(c, g->of_kind[kind->from + k], false), 1);
	c->host_classes = tryst_degree_classes_close(c->hosts);
	c->endpoint_classes = tryst_degree_classes_close(c->endpoints);
	(void)tryst_bicm_fit(c->hosts, c->host_classes, c->endpoints, c->endpoint_classes, ROUNDS);
	for (uint32_t i = 0; i < c->s->listed_count; i++)
		c->fitness[i] = tryst_bicm_solve(c->degree[c->s->listed[i]], c->endpoints,
		                                 c->endpoint_classes);
	return 0;
}

/* The chances of a listed host at an endpoint of fitness y, within the class. */
static double
within(const struct class *c, uint32_t i, uint32_t endpoint, double y)
{
	const struct tryst_graph_host *h = &c->g->hosts[c->s->listed[i]];
	unsigned half = c->g->kinds[c->kind].half;

	if (h->scanner[half])
		return tryst_chance_of_scanner(c->s->model, c->s->listed[i], endpoint);
	return tryst_bicm_probability(c->fitness[i], y);
}

/* ln P that so many gather at an endpoint. */
static double
level_two(const struct class *c, uint32_t endpoint, double y)
{
	for (uint32_t i = 0; i < c->s->listed_count; i++)
		c->s->p[i] = within(c, i, endpoint, y);
	return tryst_poisson_binomial_tail(c->s->p, c->s->listed_count,
	                                   c->g->endpoints[endpoint].listed, c->s->work);
}

static double
endpoint_fitness(const struct class *c, uint32_t endpoint)
{
	return tryst_bicm_solve(plain_peers(c, endpoint, true), c->hosts, c->host_classes);
}

/*
 * How much more often than the model of the class says unlisted hosts of it that are like the
 * listed touch an endpoint; compare chance_like.c.
 */
static struct tryst_chance_raised
raised_within(struct class *c, const struct tryst_chance_like *like, uint32_t endpoint, double y)
{
	const struct tryst_graph *g = c->g;
	double touched = 0, known = tryst_chance_prior(like->raised);
	size_t n = 0;

	memset(c->members, 0, (c->endpoint_count + (size_t)1) * sizeof(*c->members));
	for (size_t i = 0; i < c->touched_count; i++) {
		uint32_t host = c->touched[i];
		double alike;

		if (is_listed(g, host))
			continue;
		alike = tryst_chance_like_without(like, host, endpoint) * (double)g->one_in;
		c->members[c->degree[host]].weight += alike;
		if (tryst_graph_find_edge(g, host, endpoint))
			touched += alike;
	}
	for (uint32_t d = 1; d <= c->endpoint_count; d++) {
		if (c->members[d].weight > 0)
			c->members[n++] = (struct tryst_chance_members){
				tryst_bicm_solve(d, c->endpoints, c->endpoint_classes),
				c->members[d].weight
			};
	}
	return (struct tryst_chance_raised){
		.by = tryst_chance_raise(c->members, n, y, 1, touched, like->raised, known),
		.known = touched + known,
	};
}

/* The test within the class, with the chances of hosts like the listed in that sense. */
static void
within_test(struct class *c, struct tryst_chance_test *test, double y,
            const struct tryst_chance_like *like)
{
	struct tryst_chance_step *s = c->s;
	struct tryst_chance_raised raised = raised_within(c, like, test->endpoint, y);
	double share = tryst_chance_like_share(like, test->endpoint, s->work), log_p;

	for (uint32_t i = 0; i < s->listed_count; i++) {
		s->p[i] = within(c, i, test->endpoint, y);
		s->alike[i] = c->fitness[i] > 0 ? tryst_chance_like_listed(like, s->listed[i],
		                                                           test->endpoint, share)
		                                : 0;
	}
	log_p = tryst_chance_raised_tail(&raised, s->p, s->alike, s->listed_count,
	                                 c->g->endpoints[test->endpoint].listed, s->work);
	if (log_p < test->log_p_like)
		return;
	test->log_p_like = log_p;
	test->raised = raised.by;
}

/* What hosts are judged by in the class, made when a promising endpoint of it comes. */
static int
likes_make(struct class *c, struct tryst_error *err)
{
	enum tryst_graph_half half = c->g->kinds[c->kind].half;
	int rc;

	if (c->by_kind || c->classes++ >= CLASSES_MAX)
		return 0;
	rc = tryst_chance_like_new(&c->by_kind, c->s, half, TRYST_LIKE_BY_KIND, c->kind, err);
	return rc < 0 ? rc
	              : tryst_chance_like_new(&c->by_others, c->s, half, TRYST_LIKE_BY_OTHERS,
	                                      c->kind, err);
}

/*
 * Whether a list may have been drawn from the hosts of the class.  Who offers a service to one home
 * client offers it to others: that masters serve several clients at their port makes them no draw
 * from a class that hardly anyone else offers.
 */
static bool
is_drawn_from(const struct class *c)
{
	const struct tryst_graph *g = c->g;
	double listed = 0, others = 0;

	if (g->kinds[c->kind].half == TRYST_HALF_HOME)
		return true;
	for (uint32_t i = 0; i < g->host_count; i++) {
		if (c->degree[i])
			*(is_listed(g, i) ? &listed : &others) += 1;
	}
	return others * (double)g->one_in >= CLASS_OTHERS * listed;
}

/*
 * One kind of likeness may hide another: hosts are also judged by the class alone, and by all but
 * the class.  And a list of hosts that touch the class elsewhere too, more than others do, was
 * drawn from its clients, so that only what is more than chance among these is news.
 */
static int
promising_test(struct class *c, struct tryst_chance_test *test, double y, struct tryst_error *err)
{
	int rc = likes_make(c, err);
	const struct tryst_chance_like *likes[] = { c->s->like[c->g->kinds[c->kind].half],
		                                    c->by_kind, c->by_others };

	if (rc < 0)
		return rc;
	test->prone = y > 0 && is_drawn_from(c) && class_tail(c, test->endpoint) <= LN_PRONE;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(likes); i++) {
		if (!likes[i])
			continue;
		if (i)
			tryst_chance_like_test(c->s, test, likes[i]);
		if (test->prone)
			within_test(c, test, y, likes[i]);
	}
	return 0;
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

		if (!is_listed(g, host) || !c->degree[host])
			continue;
		sum += (double)c->degree[host] / c->endpoint_count;
		n++;
	}
	return n > 0 ? sum / n : 0;
}

static void
class_end(struct class *c)
{
	free(c->hosts);
	free(c->endpoints);
	free(c->members);
	tryst_chance_like_free(c->by_kind);
	tryst_chance_like_free(c->by_others);
	c->hosts = c->endpoints = NULL;
	c->members = NULL;
	c->by_kind = c->by_others = NULL;
	degrees_clear(c);
}

static int
class_begin(struct class *c, uint32_t kind, struct tryst_error *err)
{
	class_end(c);
	c->kind = kind;
	degrees_count(c);
	c->log_p = class_tail(c, TRYST_NO_ENDPOINT);
	c->members = calloc(c->endpoint_count + (size_t)2, sizeof(*c->members));
	return c->members ? level_two_fit(c, err) : tryst_error_nomem(err);
}

static int
meeting_tell(struct class *c, uint32_t endpoint, struct tryst_chance *out, struct tryst_error *err)
{
	struct tryst_chance_test *test = &c->s->tests[c->s->test_of[endpoint]];
	double y = 0;

	out->class_endpoints = c->endpoint_count;
	out->class_coverage = coverage(c, endpoint);
	out->class_known = true;
	out->log10_p_class = c->log_p / M_LN10;
	/* With one server there is nothing to choose from. */
	out->within_known = c->endpoint_count > 1;
	if (out->within_known) {
		y = endpoint_fitness(c, endpoint);
		out->log10_p_within = level_two(c, endpoint, y) / M_LN10;
	}
	return tryst_chance_promising(test) ? promising_test(c, test, y, err) : 0;
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
			rc = meeting_tell(c, (uint32_t)list[i].key,
			                  &of->meetings[list[i].value].chance, err);
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
	class_end(&c);
	free(c.degree);
	free(c.touched);
	free(c.fitness);
	free(list);
	return rc;
}
