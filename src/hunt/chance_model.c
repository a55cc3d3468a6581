/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration model on the graph: scanners, classes of degrees, fitnesses. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/chance_step.h"
#include "stats/tail.h"

#define ROUNDS 300
#define MEMO_LOG 12
#define MEMO_SLOTS (1u << MEMO_LOG)
#define EXACT_MAX 64      /* up to this degree every one is a class of its own, */
#define OCTAVE_CLASSES 16 /* from there on so many classes for each doubling */
#define CLASSES_MAX (EXACT_MAX + 1 + 64 * OCTAVE_CLASSES)
#define SCANNER_SHARE 0.01    /* endpoints a home address that a scanner touches at least, */
#define SCANNER_DEGREE 10     /* and never fewer, */
#define SCANNER_ANSWERED 0.20 /* with fewer answers */
#define LOG_MISSED (-4.605170185988091) /* ln 0.01 */

/* The largest Poisson mean under which so few hosts or fewer have a chance of 1 %. */
static double
poisson_most(uint32_t seen)
{
	double low = seen, high = seen + 10 + 5 * sqrt(seen + 1.0);

	/* ln P(X <= seen) < ln 0.01, where P(X <= seen) = 1 - P(X >= seen + 1). */
	for (int i = 0; i < 60; i++) {
		double middle = (low + high) / 2;
		double upper = tryst_poisson_upper(middle, (uint64_t)seen + 1);

		if (log1p(-exp(upper)) > LOG_MISSED)
			low = middle;
		else
			high = middle;
	}
	return high;
}

static double
most(const struct tryst_graph *g, uint32_t seen)
{
	return g->one_in == 1 ? seen : poisson_most(seen) * (double)g->one_in;
}

double
tryst_chance_peers(const struct tryst_graph *g, uint32_t endpoint)
{
	const struct tryst_graph_endpoint *j = &g->endpoints[endpoint];

	return j->listed + (j->counted != TRYST_NOT_COUNTED
	                            ? j->counted
	                            : (double)j->unlisted * (double)g->one_in);
}

double
tryst_chance_peers_most(const struct tryst_graph *g, uint32_t endpoint)
{
	const struct tryst_graph_endpoint *j = &g->endpoints[endpoint];

	return j->listed + (j->counted != TRYST_NOT_COUNTED ? j->counted : most(g, j->unlisted));
}

static size_t
degree_class(double degree)
{
	if (degree <= EXACT_MAX)
		return (size_t)degree;
	return EXACT_MAX + 1 +
	       (size_t)TRYST_MIN(OCTAVE_CLASSES * log2(degree / EXACT_MAX),
	                         64.0 * OCTAVE_CLASSES - 1);
}

struct tryst_bicm_class *
tryst_degree_classes_new(struct tryst_error *err)
{
	struct tryst_bicm_class *classes = calloc(CLASSES_MAX, sizeof(*classes));

	if (!classes)
		(void)tryst_error_nomem(err);
	return classes;
}

void
tryst_degree_classes_add(struct tryst_bicm_class *classes, double degree, double nodes)
{
	struct tryst_bicm_class *c;

	/* An estimate less what is known may fall below nothing. */
	degree = TRYST_MAX(degree, 0.0);
	c = &classes[degree_class(degree)];
	c->count += nodes;
	c->degree += nodes * degree;
}

size_t
tryst_degree_classes_close(struct tryst_bicm_class *classes)
{
	size_t n = 0;

	for (size_t i = 0; i < CLASSES_MAX; i++) {
		if (classes[i].degree > 0)
			classes[n++] = (struct tryst_bicm_class){
				.degree = classes[i].degree / classes[i].count,
				.count = classes[i].count,
			};
	}
	return n;
}

/* Home addresses with an endpoint that others came to. */
static uint32_t
addresses_count(const struct tryst_graph *g)
{
	const struct tryst_graph_endpoint *last = NULL;
	uint32_t n = 0;

	for (uint32_t j = 0; j < g->endpoint_count; j++) {
		if (g->endpoints[j].half != TRYST_HALF_HOME)
			continue;
		n += !last || !tryst_ip_equal(last->ip, g->endpoints[j].ip);
		last = &g->endpoints[j];
	}
	return n;
}

/*
 * Hosts that touch everything and are hardly answered: their contacts are spread evenly.  What is
 * "everything" goes by addresses: scans of many ports make endpoints without end.
 */
static void
scanners_mark(struct tryst_chance_model *m)
{
	struct tryst_graph *g = m->graph;
	double least = TRYST_MAX(SCANNER_SHARE * addresses_count(g), (double)SCANNER_DEGREE);

	for (uint32_t i = 0; i < g->host_count; i++) {
		struct tryst_graph_host *h = &g->hosts[i];
		uint32_t degree = h->degree[TRYST_HALF_HOME];

		h->scanner[TRYST_HALF_HOME] =
			degree >= least && h->answered[TRYST_HALF_HOME] < SCANNER_ANSWERED * degree;
	}
	for (uint32_t e = 0; e < g->edge_count; e++) {
		const struct tryst_graph_host *h = &g->hosts[g->edges[e].host];
		uint32_t j = g->edges[e].endpoint;

		if (!h->scanner[g->endpoints[j].half])
			continue;
		*(h->listed == TRYST_NOT_LISTED ? &m->scanners_unlisted[j]
		                                : &m->scanners_listed[j]) += 1;
	}
}

static void
endpoints_count(struct tryst_chance_model *m)
{
	for (uint32_t j = 0; j < m->graph->endpoint_count; j++)
		m->half[m->graph->endpoints[j].half].endpoint_count++;
}

static bool
scanner_listed(const struct tryst_graph *g, unsigned half)
{
	bool any = false;

	for (uint32_t i = 0; i < g->host_count; i++)
		any |= g->hosts[i].listed != TRYST_NOT_LISTED && g->hosts[i].scanner[half];
	return any;
}

/*
 * How many endpoints can be a meeting at all: those of two hosts or more.  What only scanners came
 * to is none, unless a scanner is listed: the model gives others no chance there (hypotheses that
 * cannot be rejected do not count: Tarone, Biometrics 46, 1990).
 *
 * In a sample of one host in N, an endpoint seen with one host stands for N N / (2 (N - 1)) of
 * them: so the expectation is not below the number of endpoints of two hosts or more.
 */
static void
tests_count(struct tryst_chance_model *m)
{
	const struct tryst_graph *g = m->graph;
	const bool scanners[TRYST_HALVES] = { scanner_listed(g, TRYST_HALF_HOME),
		                              scanner_listed(g, TRYST_HALF_PEER) };
	double n = (double)g->one_in, single = n > 1 ? n * n / (2 * (n - 1)) : 0;

	for (uint32_t j = 0; j < g->endpoint_count; j++) {
		const struct tryst_graph_endpoint *at = &g->endpoints[j];
		uint32_t listed = at->listed, unlisted = at->unlisted;

		if (!scanners[at->half]) {
			listed -= m->scanners_listed[j];
			unlisted -= m->scanners_unlisted[j];
		}
		if (listed + unlisted > 1 || (listed && g->one_in > 1))
			m->half[at->half].test_count++;
		else if (unlisted == 1)
			m->half[at->half].test_count += single;
	}
}

/* The hosts of an endpoint that are no scanners. */
static double
plain_peers(const struct tryst_chance_model *m, uint32_t j, bool at_most)
{
	const struct tryst_graph_endpoint *at = &m->graph->endpoints[j];
	uint32_t unlisted = at->unlisted - m->scanners_unlisted[j];

	if (at->counted != TRYST_NOT_COUNTED) /* scanners among them, which is rather too many */
		return at->listed - m->scanners_listed[j] + at->counted;
	return at->listed - m->scanners_listed[j] +
	       (at_most ? most(m->graph, unlisted) : (double)unlisted * (double)m->graph->one_in);
}

static int
half_fit(struct tryst_chance_model *m, enum tryst_graph_half which, struct tryst_error *err)
{
	const struct tryst_graph *g = m->graph;
	struct tryst_chance_half *half = &m->half[which];

	half->hosts = tryst_degree_classes_new(err);
	half->endpoints = tryst_degree_classes_new(err);
	if (!half->hosts || !half->endpoints)
		return TRYST_ERR_NOMEM;
	for (uint32_t i = 0; i < g->host_count; i++) {
		const struct tryst_graph_host *h = &g->hosts[i];
		bool listed = h->listed != TRYST_NOT_LISTED;

		half->unlisted += !listed && h->degree[which];
		if (!h->scanner[which])
			tryst_degree_classes_add(half->hosts, h->degree[which],
			                         listed ? 1 : (double)g->one_in);
	}
	for (uint32_t j = 0; j < g->endpoint_count; j++) {
		if (g->endpoints[j].half == which)
			tryst_degree_classes_add(half->endpoints, plain_peers(m, j, false), 1);
	}
	half->host_classes = tryst_degree_classes_close(half->hosts);
	half->endpoint_classes = tryst_degree_classes_close(half->endpoints);
	(void)tryst_bicm_fit(half->hosts, half->host_classes, half->endpoints,
	                     half->endpoint_classes, ROUNDS);
	return 0;
}

/* Values already solved, by what they depend on: many nodes have one degree. */
struct memo {
	uint64_t key[MEMO_SLOTS];
	double value[MEMO_SLOTS];
};

/* The slot of a key; false when it holds another, or nothing. */
static bool
memo_find(const struct memo *memo, uint64_t key, size_t *slot)
{
	*slot = (key * 0x9e3779b97f4a7c15ULL) >> (64 - MEMO_LOG);
	return memo->key[*slot] == key;
}

static void
hosts_solve(struct tryst_chance_model *m, unsigned which, struct memo *memo)
{
	const struct tryst_graph *g = m->graph;
	const struct tryst_chance_half *half = &m->half[which];
	size_t slot;

	memset(memo, 0, sizeof(*memo));
	for (uint32_t i = 0; i < g->host_count; i++) {
		const struct tryst_graph_host *h = &g->hosts[i];

		if (!h->degree[which] || h->scanner[which])
			continue;
		if (!memo_find(memo, h->degree[which], &slot)) {
			memo->key[slot] = h->degree[which];
			memo->value[slot] = tryst_bicm_solve(h->degree[which], half->endpoints,
			                                     half->endpoint_classes);
		}
		m->host_fitness[which][i] = memo->value[slot];
	}
}

static void
endpoints_solve(struct tryst_chance_model *m, unsigned which, struct memo *memo)
{
	const struct tryst_graph *g = m->graph;
	const struct tryst_chance_half *half = &m->half[which];
	size_t slot;

	memset(memo, 0, sizeof(*memo));
	for (uint32_t j = 0; j < g->endpoint_count; j++) {
		uint64_t listed = g->endpoints[j].listed - m->scanners_listed[j];
		uint64_t key = listed << 32 | (g->endpoints[j].unlisted - m->scanners_unlisted[j]);

		if (g->endpoints[j].half != which || !key)
			continue;
		if (!memo_find(memo, key, &slot)) {
			memo->key[slot] = key;
			memo->value[slot] = tryst_bicm_solve(plain_peers(m, j, true), half->hosts,
			                                     half->host_classes);
		}
		m->endpoint_fitness[j] = memo->value[slot];
	}
}

/* The fitness of every host and endpoint, of its own degree instead of its class's. */
static int
fitnesses_solve(struct tryst_chance_model *m, struct tryst_error *err)
{
	struct memo *memo = malloc(sizeof(*memo));

	if (!memo)
		return tryst_error_nomem(err);
	for (unsigned which = 0; which < TRYST_HALVES; which++) {
		hosts_solve(m, which, memo);
		endpoints_solve(m, which, memo);
	}
	free(memo);
	return 0;
}

int
tryst_chance_model_new(struct tryst_chance_model **out, struct tryst_graph *g,
                       struct tryst_error *err)
{
	struct tryst_chance_model *m = calloc(1, sizeof(*m));
	size_t hosts = g->host_count + (size_t)1, ends = g->endpoint_count + (size_t)1;
	int rc = 0;

	if (!m)
		return tryst_error_nomem(err);
	m->graph = g;
	for (unsigned which = 0; which < TRYST_HALVES; which++)
		m->host_fitness[which] = calloc(hosts, sizeof(double));
	m->endpoint_fitness = calloc(ends, sizeof(double));
	m->scanners_listed = calloc(ends, sizeof(uint32_t));
	m->scanners_unlisted = calloc(ends, sizeof(uint32_t));
	if (!m->host_fitness[0] || !m->host_fitness[1] || !m->endpoint_fitness ||
	    !m->scanners_listed || !m->scanners_unlisted) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	endpoints_count(m);
	scanners_mark(m);
	tests_count(m);
	rc = tryst_chance_scanners_new(m, err);
	for (unsigned which = 0; which < TRYST_HALVES && rc == 0; which++)
		rc = half_fit(m, which, err);
	if (rc == 0)
		rc = fitnesses_solve(m, err);
out:
	if (rc < 0)
		tryst_chance_model_free(m);
	else
		*out = m;
	return rc;
}

void
tryst_chance_model_free(struct tryst_chance_model *m)
{
	if (!m)
		return;
	for (unsigned which = 0; which < TRYST_HALVES; which++) {
		free(m->half[which].hosts);
		free(m->half[which].endpoints);
		free(m->host_fitness[which]);
	}
	free(m->endpoint_fitness);
	tryst_chance_scanners_free(m);
	free(m->scanners_listed);
	free(m->scanners_unlisted);
	free(m);
}

double
tryst_chance_of(const struct tryst_chance_model *m, uint32_t host, uint32_t endpoint)
{
	unsigned which = m->graph->endpoints[endpoint].half;
	const struct tryst_graph_host *h = &m->graph->hosts[host];

	if (h->scanner[which])
		return tryst_chance_of_scanner(m, host, endpoint);
	return tryst_bicm_probability(m->host_fitness[which][host], m->endpoint_fitness[endpoint]);
}
