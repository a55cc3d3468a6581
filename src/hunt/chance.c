/* SPDX-License-Identifier: Apache-2.0 */
/* The chance step: every endpoint that a listed host touched is tested, the meetings are told. */
#include <math.h>
#include <stdlib.h>

#include "hunt/build.h"
#include "hunt/chance_step.h"
#include "stats/multiple.h"
#include "stats/tail.h"

#define UNLISTED_MIN 20    /* fewer other hosts are no background */
#define CONTROLLED_MAX 256 /* meetings that controls are drawn for: of most listed hosts */
#define LN_FIVE_PERCENT (-2.995732273553991)

/* ln P(X >= x) at one endpoint, among the listed hosts. */
double
tryst_chance_tail(struct tryst_chance_step *s, uint32_t endpoint, uint32_t x,
                  struct tryst_chance *out)
{
	double sum = 0, max = 0;

	for (uint32_t i = 0; i < s->listed_count; i++) {
		s->p[i] = tryst_chance_of(s->model, s->listed[i], endpoint);
		sum += s->p[i];
		max = TRYST_MAX(max, s->p[i]);
	}
	if (out) {
		out->expected = sum;
		out->chance_max = max;
	}
	return tryst_poisson_binomial_upper(s->p, s->listed_count, x, s->work);
}

/* Endpoints of one half, fitness and number of listed hosts have one p-value. */
static int
test_compare(const void *va, const void *vb, void *ctx)
{
	const struct tryst_chance_test *a = va, *b = vb;
	const struct tryst_chance_step *s = ctx;
	const struct tryst_graph_endpoint *ea = &s->graph->endpoints[a->endpoint];
	const struct tryst_graph_endpoint *eb = &s->graph->endpoints[b->endpoint];

	if (ea->half != eb->half)
		return (int)ea->half - eb->half;
	if (a->fitness != b->fitness)
		return a->fitness < b->fitness ? -1 : 1;
	if (ea->listed != eb->listed)
		return ea->listed < eb->listed ? -1 : 1;
	return (a->endpoint > b->endpoint) - (a->endpoint < b->endpoint);
}

/* Every endpoint that a listed host touched, alike ones side by side. */
static int
tests_find(struct tryst_chance_step *s, struct tryst_error *err)
{
	const struct tryst_graph *g = s->graph;

	for (uint32_t j = 0; j < g->endpoint_count; j++)
		s->test_count += g->endpoints[j].listed > 0;
	s->tests = calloc(s->test_count + 1, sizeof(*s->tests));
	s->test_of = malloc((g->endpoint_count + (size_t)1) * sizeof(*s->test_of));
	if (!s->tests || !s->test_of)
		return tryst_error_nomem(err);
	s->test_count = 0;
	for (uint32_t j = 0; j < g->endpoint_count; j++) {
		if (g->endpoints[j].listed)
			s->tests[s->test_count++] = (struct tryst_chance_test){
				.endpoint = j, .fitness = s->model->endpoint_fitness[j]
			};
	}
	qsort_r(s->tests, s->test_count, sizeof(*s->tests), test_compare, s);
	for (size_t t = 0; t < s->test_count; t++)
		s->test_of[s->tests[t].endpoint] = (uint32_t)t;
	return 0;
}

static void
tests_run(struct tryst_chance_step *s)
{
	const struct tryst_graph_endpoint *before = NULL, *at;

	for (size_t t = 0; t < s->test_count; t++, before = at) {
		struct tryst_chance_test *test = &s->tests[t];

		at = &s->graph->endpoints[test->endpoint];
		if (before && before->half == at->half && before->listed == at->listed &&
		    test[-1].fitness == test->fitness)
			test->log_p = test[-1].log_p;
		else
			test->log_p = tryst_chance_tail(s, test->endpoint, at->listed, NULL);
	}
}

/* ln of the false discovery rates of all tests, over all endpoints; log_p and log_q may be one. */
static int
rates(const struct tryst_chance_step *s, const double *log_p, double *log_q,
      struct tryst_error *err)
{
	size_t *order = calloc(s->test_count + 1, sizeof(*order));

	if (!order)
		return tryst_error_nomem(err);
	tryst_fdr_bh(log_p, s->test_count, s->hypotheses, log_q, order);
	free(order);
	return 0;
}

static int
model_rates(struct tryst_chance_step *s, double *work, struct tryst_error *err)
{
	double by = tryst_fdr_by_log_factor(s->hypotheses), *log_q = work + s->test_count;
	int rc;

	for (size_t t = 0; t < s->test_count; t++)
		work[t] = s->tests[t].log_p;
	rc = rates(s, work, log_q, err);
	for (size_t t = 0; rc == 0 && t < s->test_count; t++) {
		s->tests[t].log_q_bh = log_q[t];
		s->tests[t].log_q_by = TRYST_MIN(log_q[t] + by, 0);
	}
	return rc;
}

static bool
promising(const struct tryst_chance_test *test)
{
	return test->log_q_bh <= LN_FIVE_PERCENT;
}

/* What the model calls significant, once more with the chances of hosts like the listed. */
static void
like_test(struct tryst_chance_step *s, struct tryst_chance_test *test)
{
	const struct tryst_graph_endpoint *at = &s->graph->endpoints[test->endpoint];
	const struct tryst_chance_like *like = s->like[at->half];

	test->raised = tryst_chance_like_raised(like, test->endpoint);
	for (uint32_t i = 0; i < s->listed_count; i++)
		s->p[i] = tryst_chance_like_of(like, s->listed[i], test->endpoint, test->raised);
	test->log_p_like = tryst_poisson_binomial_upper(s->p, s->listed_count, at->listed, s->work);
}

static int
confirm(struct tryst_chance_step *s, double *work, struct tryst_error *err)
{
	int rc = 0;

	for (size_t t = 0; t < s->test_count && rc == 0; t++) {
		enum tryst_graph_half half = s->graph->endpoints[s->tests[t].endpoint].half;

		if (!promising(&s->tests[t]))
			continue;
		if (!s->like[half])
			rc = tryst_chance_like_new(&s->like[half], s, half, err);
		if (rc == 0 && !s->controls[half])
			rc = tryst_chance_controls_new(&s->controls[half], s->like[half], err);
		if (rc == 0)
			like_test(s, &s->tests[t]);
	}
	/* The others are not: their chances would not be lower. */
	for (size_t t = 0; t < s->test_count; t++)
		work[t] = s->tests[t].log_p_like;
	if (rc == 0)
		rc = rates(s, work, work + s->test_count, err);
	for (size_t t = 0; rc == 0 && t < s->test_count; t++)
		s->tests[t].log_q_like = work[s->test_count + t];
	return rc;
}

static int
tests_judge(struct tryst_chance_step *s, struct tryst_error *err)
{
	double *work = calloc(2 * s->test_count + 1, sizeof(*work));
	int rc = work ? model_rates(s, work, err) : tryst_error_nomem(err);

	if (rc == 0)
		rc = confirm(s, work, err);
	free(work);
	return rc;
}

/* Why a meeting cannot be tested, or NULL. */
static const char *
untested(const struct tryst_chance_step *s, const struct tryst_meeting *m, uint32_t endpoint)
{
	const struct tryst_case *c = s->b->c;
	const struct tryst_chance_half *half;

	if (!c->home_count && m->at_peer)
		return "without --home only services that listed hosts came to are compared with "
		       "other hosts, not what they offer";
	if (endpoint == TRYST_NO_ENDPOINT)
		return "other hosts are not compared at this endpoint";
	half = &s->model->half[s->graph->endpoints[endpoint].half];
	if (!half->unlisted)
		return "the records hold no other hosts to measure chance against";
	if (half->unlisted < UNLISTED_MIN)
		return s->graph->one_in > 1
		               ? "too few other hosts fit in memory to compare with (raise "
		                 "--memory, or narrow the window or the filter)"
		               : "the records hold too few other hosts to measure chance against";
	return NULL;
}

/* Those of one half share their preparation. */
static int
controls_tell(struct tryst_chance_step *s, const struct tryst_chance_test *test,
              struct tryst_chance *out, struct tryst_error *err)
{
	enum tryst_graph_half half = s->graph->endpoints[test->endpoint].half;

	out->raised = test->raised;
	out->log10_q_like = test->log_q_like / M_LN10;
	return tryst_chance_controls_test(s->controls[half], s->like[half], test->endpoint,
	                                  test->raised, out, err);
}

static int
meeting_tell(struct tryst_chance_step *s, struct tryst_meeting *m, struct tryst_error *err)
{
	uint32_t endpoint = tryst_graph_find_endpoint(s->graph, m);
	struct tryst_chance *out = &m->chance;
	const struct tryst_chance_test *test;
	double log_alpha = LN_FIVE_PERCENT - log((double)s->hypotheses);
	int rc = 0;

	*out = (struct tryst_chance){ .untested = untested(s, m, endpoint) };
	if (out->untested)
		return 0;
	test = &s->tests[s->test_of[endpoint]];
	out->listed_met = s->graph->endpoints[endpoint].listed;
	(void)tryst_chance_tail(s, endpoint, out->listed_met, out);
	out->log10_p = test->log_p / M_LN10;
	out->log10_q_bh = test->log_q_bh / M_LN10;
	out->log10_q_by = test->log_q_by / M_LN10;
	out->p_star = tryst_unsurprising_probability(s->listed_count, out->listed_met, log_alpha);
	out->peers_total = (uint64_t)tryst_chance_peers(s->graph, endpoint);
	out->peers_estimated = s->graph->one_in > 1;
	if (!promising(test)) {
		out->unmatched = "the model needs no controls to call it chance";
		return 0;
	}
	if (s->controlled++ >= CONTROLLED_MAX)
		out->unmatched = "controls are drawn for the first 256 meetings only";
	else
		rc = controls_tell(s, test, out, err);
	out->significant = rc == 0 && test->log_q_like <= LN_FIVE_PERCENT && out->matched_sets &&
	                   out->matched_p <= 0.05;
	return rc;
}

static void
background_tell(struct tryst_chance_step *s)
{
	struct tryst_background *out = &s->b->c->background;
	const struct tryst_graph *g = s->graph;

	*out = (struct tryst_background){
		.known = g->host_count > g->listed_count,
		.one_in = (uint32_t)TRYST_MIN(g->one_in, UINT32_MAX),
		.hosts = g->host_count - g->listed_count,
		.endpoints = g->endpoint_count,
		.contacts = g->edge_count,
	};
	for (uint32_t i = 0; i < g->host_count; i++)
		out->scanners += g->hosts[i].listed == TRYST_NOT_LISTED &&
		                 g->hosts[i].scanner[TRYST_HALF_HOME];
}

static int
step_init(struct tryst_chance_step *s, struct tryst_error *err)
{
	const struct tryst_graph *g = s->graph;

	s->listed = malloc((g->listed_count + (size_t)1) * sizeof(*s->listed));
	s->p = malloc((g->listed_count + (size_t)1) * sizeof(*s->p));
	s->work = malloc((g->listed_count + (size_t)3) * sizeof(*s->work));
	if (!s->listed || !s->p || !s->work)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < g->host_count; i++) {
		if (g->hosts[i].listed != TRYST_NOT_LISTED)
			s->listed[s->listed_count++] = i;
	}
	s->hypotheses = (uint64_t)ceil(s->model->half[TRYST_HALF_HOME].test_count +
	                               s->model->half[TRYST_HALF_PEER].test_count);
	s->hypotheses = TRYST_MAX(s->hypotheses, (uint64_t)1);
	return 0;
}

static void
step_fini(struct tryst_chance_step *s)
{
	for (unsigned half = 0; half < TRYST_HALVES; half++) {
		tryst_chance_like_free(s->like[half]);
		tryst_chance_controls_free(s->controls[half]);
	}
	free(s->listed);
	free(s->p);
	free(s->work);
	free(s->tests);
	free(s->test_of);
}

static int
graph_make(struct tryst_case_builder *b, struct tryst_error *err)
{
	int rc = tryst_graph_new(&b->graph, b->c, b->contacts, err);

	return rc < 0 ? rc : tryst_chance_model_new(&b->chance, b->graph, err);
}

int
tryst_case_chance(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_chance_step s = { .b = b };
	int rc = 0;

	if (b->contacts)
		rc = graph_make(b, err);
	if (rc < 0)
		return rc;
	if (!b->contacts) {
		for (size_t i = 0; i < b->c->meeting_count; i++)
			b->c->meetings[i].chance.untested = "--counts-only was given";
		return 0;
	}
	s.graph = b->graph;
	s.model = b->chance;
	background_tell(&s);
	if ((rc = step_init(&s, err)) < 0 || (rc = tests_find(&s, err)) < 0)
		goto out;
	tests_run(&s);
	rc = tests_judge(&s, err);
	for (size_t i = 0; rc == 0 && i < b->c->meeting_count; i++)
		rc = meeting_tell(&s, &b->c->meetings[i], err);
	if (rc == 0)
		rc = tryst_chance_classes(&s, err);
	if (rc == 0)
		rc = tryst_chance_synchrony(&s, err);
out:
	step_fini(&s);
	return rc;
}
