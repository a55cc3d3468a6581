/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hosts like the listed ones.  Hosts of one community share endpoints, so a list drawn from one
 * meets at them more often than the configuration model says.  The remedy: find the hosts that
 * touch what the listed touch (a mixture of two kinds of hosts, fitted by expectation and
 * maximisation, that starts from the listed), and see how much more often than the model says
 * *unlisted* hosts of that kind touch the endpoint, membership judged without that endpoint.  The
 * chances of the listed are raised by as much.  docs/statistics/coincidence.md.
 *
 * In one half of the graph, scanners left out:
 *   r_j  how much more often members touch j than the model says, (T_j + 1) / (U_j + 1) with T the
 *        contacts of members and U what the model expects of them
 *   s_h  = sum of ln r_j over what h touches, its own part in r_j left out
 *   z_h  the probability that h is a member: a logistic function of s_h and the share of members,
 *        which is another one among the listed
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "hunt/chance_step.h"
#include "stats/special.h"
#include "stats/tail.h"

#define ROUNDS_FIRST 6 /* with the share of members fixed, */
#define ROUNDS 6       /* and free */
#define SHARE_FIRST 0.05
#define PRIOR 1.0 /* pseudo-contacts of an endpoint */
#define MEMO 1024
#define RAISED_MAX 1e6
#define RAISED_PRIOR 0.5    /* pseudo-contacts behind a factor where hosts are of kinds, */
#define RAISED_PRIOR_MAX 50 /* and where nothing says so */
#define RAISED_POINTS 16    /* at which its uncertainty is summed over */
#define SHARE_MIN 1e-6
#define SHARE_LISTED_MAX 0.95
#define SHARE_PRIOR 2.0 /* listed hosts that the share of members among the others stands for */
#define SHARE_ROUNDS 60

static bool
is_listed(const struct tryst_graph *g, uint32_t host)
{
	return g->hosts[host].listed != TRYST_NOT_LISTED;
}

/* Whether a host takes part. */
static bool
takes_part(const struct tryst_chance_like *l, uint32_t host)
{
	const struct tryst_graph_host *h = &l->g->hosts[host];

	return h->degree[l->half] && !h->scanner[l->half];
}

/* Whether an endpoint is one that hosts are judged by. */
static bool
tells(const struct tryst_chance_like *l, uint32_t endpoint)
{
	const struct tryst_graph_endpoint *j = &l->g->endpoints[endpoint];

	return j->half == l->half && (l->by == TRYST_LIKE_BY_ALL ||
	                              (j->kind == l->kind) == (l->by == TRYST_LIKE_BY_KIND));
}

/* How many hosts one host of the graph stands for. */
static double
weight(const struct tryst_graph *g, uint32_t host)
{
	return is_listed(g, host) ? 1 : (double)g->one_in;
}

/* What a host counts for what members touch: at first all unlisted ones count no more than all
 * listed ones, or these would drown. */
static double
say(const struct tryst_chance_like *l, uint32_t host)
{
	return l->member[host] * (is_listed(l->g, host) ? 1 : (double)l->g->one_in * l->unlisted);
}

/* ln r_j without the host's own part. */
static double
log_ratio(const struct tryst_chance_like *l, uint32_t host, uint32_t endpoint)
{
	double own = say(l, host);
	double p = tryst_chance_of(l->m, host, endpoint);

	return log((fmax(l->touched[endpoint] - own, 0) + PRIOR) /
	           (fmax(l->expected[endpoint] - own * p, 0) + PRIOR));
}

static double
logistic(double share, double score)
{
	return 1 / (1 + (1 - share) / share * exp(-score));
}

/* Members by fitness, so that what the model expects of them at an endpoint is a short sum. */
static void
members_group(struct tryst_chance_like *l)
{
	size_t kept = 0;

	memset(l->by_degree, 0, (l->degree_max + (size_t)1) * sizeof(*l->by_degree));
	for (uint32_t i = 0; i < l->g->host_count; i++) {
		struct tryst_chance_members *of = &l->by_degree[l->g->hosts[i].degree[l->half]];

		if (!takes_part(l, i))
			continue;
		of->fitness = l->m->host_fitness[l->half][i];
		of->weight += say(l, i);
	}
	for (size_t d = 1; d <= l->degree_max; d++) {
		const struct tryst_chance_members *of = &l->by_degree[d];

		if (of->weight <= 0)
			continue;
		/* Fitnesses within 3 % are one. */
		if (kept && of->fitness < l->groups[kept - 1].fitness * 1.03)
			l->groups[kept - 1].weight += of->weight;
		else
			l->groups[kept++] = *of;
	}
	l->group_count = kept;
}

static double
members_expect(const struct tryst_chance_like *l, double fitness)
{
	double sum = 0;

	for (size_t i = 0; i < l->group_count; i++)
		sum += l->groups[i].weight * tryst_bicm_probability(l->groups[i].fitness, fitness);
	return sum;
}

/* T and U of all endpoints. */
static void
maximise(struct tryst_chance_like *l)
{
	const struct tryst_graph *g = l->g;
	double fitness[MEMO], expected[MEMO];

	members_group(l);
	for (size_t i = 0; i < MEMO; i++)
		fitness[i] = -1;
	for (uint32_t j = 0; j < g->endpoint_count; j++) {
		double y = l->m->endpoint_fitness[j];
		size_t slot = (g->endpoints[j].listed * 31 + g->endpoints[j].unlisted) % MEMO;

		l->touched[j] = 0;
		if (g->endpoints[j].half != l->half)
			continue;
		if (fitness[slot] != y) {
			fitness[slot] = y;
			expected[slot] = members_expect(l, y);
		}
		l->expected[j] = expected[slot];
	}
	for (uint32_t e = 0; e < g->edge_count; e++)
		l->touched[g->edges[e].endpoint] += say(l, g->edges[e].host);
}

/* Scores, memberships, and the shares of members. */
static void
expect(struct tryst_chance_like *l, bool settled)
{
	const struct tryst_graph *g = l->g;
	double members = 0, hosts = 0, listed_members = 0, listed = 0;

	for (uint32_t i = 0; i < g->host_count; i++) {
		double score = 0;

		if (!takes_part(l, i))
			continue;
		for (uint32_t e = g->hosts[i].edge_from; e < g->hosts[i + 1].edge_from; e++) {
			if (tells(l, g->edges[e].endpoint))
				score += log_ratio(l, i, g->edges[e].endpoint);
		}
		l->score[i] = score;
	}
	for (uint32_t i = 0; i < g->host_count; i++) {
		bool on_list = is_listed(g, i);

		if (!takes_part(l, i))
			continue;
		l->member[i] = logistic(on_list ? l->share_listed : l->share, l->score[i]);
		*(on_list ? &listed_members : &members) += l->member[i];
		*(on_list ? &listed : &hosts) += 1;
	}
	l->unlisted = fmin(1, listed_members / fmax(members * (double)g->one_in, 1e-9));
	if (settled) {
		l->unlisted = 1;
		l->share = fmin(fmax(members / fmax(hosts, 1), SHARE_MIN), 0.5);
	}
	l->share_listed = fmin(fmax(listed_members / fmax(listed, 1), 0.05), SHARE_LISTED_MAX);
}

double
tryst_chance_prior(double mean)
{
	return RAISED_PRIOR / fmax(1 - 1 / mean, RAISED_PRIOR / RAISED_PRIOR_MAX);
}

double
tryst_chance_raise(const struct tryst_chance_members *groups, size_t count, double y, double scale,
                   double touched, double prior, double known)
{
	double low = 0, high = log(RAISED_MAX);

	/* Of ln of the factor; the expectation grows with it. */
	for (int round = 0; round < 40; round++) {
		double middle = (low + high) / 2, raised = exp(middle);
		double sum = known * raised / prior;

		for (size_t i = 0; i < count; i++)
			sum += scale * groups[i].weight *
			       tryst_bicm_probability(groups[i].fitness, y * raised);
		if (sum < touched + known)
			low = middle;
		else
			high = middle;
	}
	return exp(low);
}

/* The quantile of the gamma distribution of that shape and mean 1. */
static double
gamma_quantile(double shape, double upper)
{
	double low = 0, high = 1 + 40 / shape;

	for (int round = 0; round < 50; round++) {
		double middle = (low + high) / 2;

		if (tryst_log_gamma_upper(shape, middle * shape) > log(upper))
			low = middle;
		else
			high = middle;
	}
	return high;
}

double
tryst_chance_raised_tail(const struct tryst_chance_raised *raised, const double *p,
                         const double *like, size_t n, size_t x, double *work)
{
	double sum = -INFINITY, *q = work + n + 3;

	for (unsigned k = 0; k < RAISED_POINTS; k++) {
		double g = gamma_quantile(raised->known + RAISED_PRIOR, (k + 0.5) / RAISED_POINTS);

		for (size_t i = 0; i < n; i++)
			q[i] = tryst_chance_raised_odds(p[i], like[i], fmax(raised->by * g, 1));
		sum = tryst_log_add(sum, tryst_poisson_binomial_tail(q, n, x, work));
	}
	return sum - log(RAISED_POINTS);
}

double
tryst_chance_raised_odds(double p, double like, double raised)
{
	double odds;

	if (p >= 1)
		return 1;
	odds = p / (1 - p) * (1 + like * (raised - 1));
	return odds / (1 + odds);
}

/* How much more often than the model says unlisted members touch an endpoint, with membership
 * judged without it. */
static struct tryst_chance_raised
raised_at(const struct tryst_chance_like *l, uint32_t endpoint, double prior, double known)
{
	const struct tryst_graph *g = l->g;
	double y = l->m->endpoint_fitness[endpoint], all = members_expect(l, y);
	double touched = 0, expected = all;
	uint32_t at = g->endpoints[endpoint].at_from, to = g->endpoints[endpoint + 1].at_from;

	for (uint32_t a = at; a < to; a++) {
		uint32_t host = g->edges[g->at[a]].host;
		double p, without;

		if (!takes_part(l, host))
			continue;
		p = tryst_chance_of(l->m, host, endpoint);
		expected -= l->member[host] * weight(g, host) * p;
		if (is_listed(g, host))
			continue;
		without = tryst_chance_like_without(l, host, endpoint);
		expected += without * weight(g, host) * p;
		touched += without * weight(g, host);
	}
	/* What the listed did is what is to be explained.  They and the edges are sorted by host.
	 */
	for (uint32_t i = 0; i < l->listed_count; i++) {
		uint32_t host = l->listed[i];

		while (at < to && g->edges[g->at[at]].host < host)
			at++;
		if (takes_part(l, host) && (at == to || g->edges[g->at[at]].host != host))
			expected -= l->member[host] * tryst_chance_of(l->m, host, endpoint);
	}
	return (struct tryst_chance_raised){
		.by = tryst_chance_raise(l->groups, l->group_count, y,
		                         all > 0 ? fmax(expected, 0) / all : 0, touched, prior,
		                         known),
		.known = touched + known,
	};
}

/* The mean of raised_at over everything that listed members touched; once an endpoint. */
static int
raised_mean(struct tryst_chance_like *l, struct tryst_error *err)
{
	const struct tryst_graph *g = l->g;
	double *by = calloc(g->endpoint_count + (size_t)1, sizeof(*by)); /* 0: not yet */
	double sum = 0, weights = 0;

	if (!by)
		return tryst_error_nomem(err);

	for (uint32_t i = 0; i < l->listed_count; i++) {
		uint32_t host = l->listed[i];
		uint32_t from = g->hosts[host].edge_from, to = g->hosts[host + 1].edge_from;
		double member = l->member[host];

		if (!takes_part(l, host))
			continue;
		for (uint32_t e = from; e < to; e++) {
			uint32_t j = g->edges[e].endpoint;

			if (g->endpoints[j].half != l->half)
				continue;
			if (by[j] <= 0)
				by[j] = raised_at(l, j, 1, RAISED_PRIOR).by;
			sum += member * by[j];
			weights += member;
		}
	}
	free(by);
	l->raised = weights > 0 ? fmax(sum / weights, 1) : 1;
	return 0;
}

static void
fit_run(struct tryst_chance_like *l)
{
	const struct tryst_graph *g = l->g;

	for (uint32_t i = 0; i < g->host_count; i++)
		l->member[i] = takes_part(l, i) && is_listed(g, i) ? 1 : 0;
	l->share = SHARE_FIRST;
	l->share_listed = SHARE_LISTED_MAX;
	l->unlisted = 1;
	for (int round = 0; round < ROUNDS_FIRST + ROUNDS; round++) {
		maximise(l);
		expect(l, round >= ROUNDS_FIRST);
	}
	maximise(l);
}

int
tryst_chance_like_new(struct tryst_chance_like **out, const struct tryst_chance_step *s,
                      enum tryst_graph_half half, enum tryst_like_by by, uint32_t kind,
                      struct tryst_error *err)
{
	struct tryst_chance_like *l = calloc(1, sizeof(*l));
	size_t hosts = s->graph->host_count + (size_t)1;
	size_t ends = s->graph->endpoint_count + (size_t)1;
	uint32_t degree_max = 0;
	int rc;

	if (!l)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < s->graph->host_count; i++)
		degree_max = TRYST_MAX(degree_max, s->graph->hosts[i].degree[half]);
	*l = (struct tryst_chance_like){
		.g = s->graph,
		.m = s->model,
		.half = half,
		.by = by,
		.kind = kind,
		.degree_max = degree_max,
		.listed = s->listed,
		.listed_count = s->listed_count,
		.member = calloc(hosts, sizeof(*l->member)),
		.score = calloc(hosts, sizeof(*l->score)),
		.groups = calloc(degree_max + (size_t)1, sizeof(*l->groups)),
		.by_degree = calloc(degree_max + (size_t)1, sizeof(*l->by_degree)),
		.touched = calloc(ends, sizeof(*l->touched)),
		.expected = calloc(ends, sizeof(*l->expected)),
	};
	if (!l->member || !l->score || !l->groups || !l->by_degree || !l->touched || !l->expected) {
		tryst_chance_like_free(l);
		return tryst_error_nomem(err);
	}
	fit_run(l);
	rc = raised_mean(l, err);
	if (rc < 0)
		tryst_chance_like_free(l);
	else
		*out = l;
	return rc;
}

void
tryst_chance_like_free(struct tryst_chance_like *l)
{
	if (!l)
		return;
	free(l->member);
	free(l->score);
	free(l->groups);
	free(l->by_degree);
	free(l->touched);
	free(l->expected);
	free(l);
}

/* The score of a host by everything but an endpoint. */
static double
score_without(const struct tryst_chance_like *l, uint32_t host, uint32_t endpoint)
{
	double score = l->score[host];

	if (endpoint != TRYST_NO_ENDPOINT && tells(l, endpoint) &&
	    tryst_graph_find_edge(l->g, host, endpoint))
		score -= log_ratio(l, host, endpoint);
	return score;
}

double
tryst_chance_like_without(const struct tryst_chance_like *l, uint32_t host, uint32_t endpoint)
{
	if (!takes_part(l, host))
		return 0;
	return logistic(is_listed(l->g, host) ? l->share_listed : l->share,
	                score_without(l, host, endpoint));
}

double
tryst_chance_like_share(const struct tryst_chance_like *l, uint32_t endpoint, double *scores)
{
	double share = l->share_listed;
	size_t n = 0;

	for (uint32_t i = 0; i < l->listed_count; i++) {
		if (takes_part(l, l->listed[i]))
			scores[n++] = score_without(l, l->listed[i], endpoint);
	}
	/* Who has no likeness of its own leaves the share as it is, and the prior draws it down. */
	for (int round = 0; round < SHARE_ROUNDS; round++) {
		double sum = SHARE_PRIOR * l->share;

		for (size_t i = 0; i < n; i++)
			sum += logistic(share, scores[i]);
		share = fmin(fmax(sum / ((double)n + SHARE_PRIOR), SHARE_MIN), SHARE_LISTED_MAX);
	}
	return share;
}

double
tryst_chance_like_listed(const struct tryst_chance_like *l, uint32_t host, uint32_t endpoint,
                         double share)
{
	if (!takes_part(l, host))
		return 0;
	return fmax(logistic(share, score_without(l, host, endpoint)), share);
}

struct tryst_chance_raised
tryst_chance_like_raised(const struct tryst_chance_like *l, uint32_t endpoint)
{
	return raised_at(l, endpoint, l->raised, tryst_chance_prior(l->raised));
}

double
tryst_chance_like_of(const struct tryst_chance_like *l, uint32_t host, uint32_t endpoint,
                     double raised)
{
	double p = tryst_chance_of(l->m, host, endpoint);

	if (!takes_part(l, host))
		return p;
	return tryst_chance_raised_odds(p, tryst_chance_like_without(l, host, endpoint), raised);
}
