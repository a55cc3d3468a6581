/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tests of the chance step: of every endpoint that two listed hosts or more touched, against
 * the model and against hosts like the listed.
 *
 * The hypotheses are the endpoints that two hosts or more touched, since the others cannot be a
 * meeting; where fewer than two listed hosts did, p = 1.  Home's services and home's clients of
 * outside services are two families of very different size, and each is given half of what may go
 * wrong: p-values are weighted by the sizes (Genovese, Roeder and Wasserman, Biometrika 93, 2006).
 */
#include <math.h>
#include <stdlib.h>

#include "hunt/chance_step.h"
#include "stats/multiple.h"
#include "stats/tail.h"

#define LN_FIVE_PERCENT (-2.995732273553991)

void
tryst_chance_expect(const struct tryst_chance_step *s, uint32_t endpoint, struct tryst_chance *out)
{
	double sum = 0, max = 0;

	for (uint32_t i = 0; i < s->listed_count; i++) {
		double p = tryst_chance_of(s->model, s->listed[i], endpoint);

		sum += p;
		max = TRYST_MAX(max, p);
	}
	out->expected = sum;
	out->chance_max = max;
}

/* ln P(X >= x) at one endpoint, among the listed hosts. */
static double
endpoint_tail(struct tryst_chance_step *s, uint32_t endpoint, uint32_t x)
{
	for (uint32_t i = 0; i < s->listed_count; i++)
		s->p[i] = tryst_chance_of(s->model, s->listed[i], endpoint);
	return tryst_poisson_binomial_tail(s->p, s->listed_count, x, s->work);
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

/* Alike ones side by side. */
static int
tests_find(struct tryst_chance_step *s, struct tryst_error *err)
{
	const struct tryst_graph *g = s->graph;

	for (uint32_t j = 0; j < g->endpoint_count; j++)
		s->test_count += g->endpoints[j].listed > 1;
	s->tests = calloc(s->test_count + 1, sizeof(*s->tests));
	s->test_of = malloc((g->endpoint_count + (size_t)1) * sizeof(*s->test_of));
	if (!s->tests || !s->test_of)
		return tryst_error_nomem(err);
	s->test_count = 0;
	for (uint32_t j = 0; j < g->endpoint_count; j++) {
		if (g->endpoints[j].listed > 1)
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
			test->log_p = endpoint_tail(s, test->endpoint, at->listed);
	}
}

double
tryst_chance_log_family(const struct tryst_chance_step *s, enum tryst_graph_half half)
{
	double families = 0;

	for (unsigned h = 0; h < TRYST_HALVES; h++)
		families += s->model->half[h].test_count > 0;
	return log(TRYST_MAX(families * s->model->half[half].test_count, 1.0));
}

/* ln of the false discovery rates of all tests, over all hypotheses: work[t] -> work[count + t]. */
static int
rates(const struct tryst_chance_step *s, double *work, struct tryst_error *err)
{
	size_t *order = calloc(s->test_count + 1, sizeof(*order));

	if (!order)
		return tryst_error_nomem(err);
	for (size_t t = 0; t < s->test_count; t++)
		work[t] +=
			tryst_chance_log_family(s, s->graph->endpoints[s->tests[t].endpoint].half) -
			log((double)s->hypotheses);
	tryst_fdr_bh(work, s->test_count, s->hypotheses, work + s->test_count, order);
	for (size_t t = 0; t < s->test_count; t++)
		work[s->test_count + t] = TRYST_MIN(work[s->test_count + t], 0);
	free(order);
	return 0;
}

static int
model_rates(struct tryst_chance_step *s, double *work, struct tryst_error *err)
{
	double by = tryst_fdr_by_log_factor(s->hypotheses);
	int rc;

	for (size_t t = 0; t < s->test_count; t++)
		work[t] = s->tests[t].log_p;
	rc = rates(s, work, err);
	for (size_t t = 0; rc == 0 && t < s->test_count; t++) {
		s->tests[t].log_q_bh = work[s->test_count + t];
		s->tests[t].log_q_by = TRYST_MIN(s->tests[t].log_q_bh + by, 0);
	}
	return rc;
}

bool
tryst_chance_promising(const struct tryst_chance_test *test)
{
	return test->log_q_bh <= LN_FIVE_PERCENT;
}

void
tryst_chance_like_test(struct tryst_chance_step *s, struct tryst_chance_test *test,
                       const struct tryst_chance_like *like)
{
	struct tryst_chance_raised raised = tryst_chance_like_raised(like, test->endpoint);
	double share = tryst_chance_like_share(like, test->endpoint, s->work), log_p;

	for (uint32_t i = 0; i < s->listed_count; i++) {
		s->p[i] = tryst_chance_of(s->model, s->listed[i], test->endpoint);
		s->alike[i] = tryst_chance_like_listed(like, s->listed[i], test->endpoint, share);
	}
	log_p = tryst_chance_raised_tail(&raised, s->p, s->alike, s->listed_count,
	                                 s->graph->endpoints[test->endpoint].listed, s->work);
	if (log_p < test->log_p_like)
		return;
	test->log_p_like = log_p;
	test->raised = raised.by;
}

/* What the model calls significant, once more with the chances of hosts like the listed. */
static int
likes_test(struct tryst_chance_step *s, struct tryst_error *err)
{
	int rc = 0;

	for (size_t t = 0; t < s->test_count && rc == 0; t++) {
		enum tryst_graph_half half = s->graph->endpoints[s->tests[t].endpoint].half;

		if (!tryst_chance_promising(&s->tests[t]))
			continue;
		if (!s->like[half])
			rc = tryst_chance_like_new(&s->like[half], s, half, TRYST_LIKE_BY_ALL, 0,
			                           err);
		if (rc == 0 && !s->controls[half])
			rc = tryst_chance_controls_new(&s->controls[half], s->like[half], err);
		s->tests[t].log_p_like = s->tests[t].log_p;
		if (rc == 0)
			tryst_chance_like_test(s, &s->tests[t], s->like[half]);
	}
	return rc;
}

int
tryst_chance_test(struct tryst_chance_step *s, struct tryst_error *err)
{
	double *work;
	int rc = tests_find(s, err);

	if (rc < 0)
		return rc;
	tests_run(s);
	work = calloc(2 * s->test_count + 1, sizeof(*work));
	rc = work ? model_rates(s, work, err) : tryst_error_nomem(err);
	if (rc == 0)
		rc = likes_test(s, err);
	free(work);
	return rc;
}

int
tryst_chance_confirm(struct tryst_chance_step *s, struct tryst_error *err)
{
	double *work = calloc(2 * s->test_count + 1, sizeof(*work));
	int rc = work ? 0 : tryst_error_nomem(err);

	/* What is not promising has p = 1 here: its chances would not be lower. */
	for (size_t t = 0; rc == 0 && t < s->test_count; t++)
		work[t] = s->tests[t].log_p_like;
	if (rc == 0)
		rc = rates(s, work, err);
	for (size_t t = 0; rc == 0 && t < s->test_count; t++)
		s->tests[t].log_q_like = work[s->test_count + t];
	free(work);
	return rc;
}
