/* SPDX-License-Identifier: Apache-2.0 */
/* The chance step: the graph, the model, the tests, and what the meetings are told of them. */
#include <math.h>
#include <stdlib.h>

#include "hunt/build.h"
#include "hunt/chance_step.h"
#include "stats/tail.h"

#define UNLISTED_MIN 20    /* fewer other hosts are no background */
#define CONTROLLED_MAX 256 /* meetings that controls are drawn for: of most listed hosts */
#define LN_FIVE_PERCENT (-2.995732273553991)
/* Of a fitted model, whose own errors are in no p-value: it must be surer. */
#define LN_LIKE_MAX (-4.605170185988091) /* ln 0.01 */

#define TOO_FEW_SAMPLED                                                                            \
	"The sample that the index holds has too few other hosts to measure chance against."

/* Why a meeting cannot be tested, or NULL. */
static const char *
untested(const struct tryst_chance_step *s, const struct tryst_meeting *m, uint32_t endpoint)
{
	const struct tryst_case *c = s->b->c;
	const struct tryst_chance_half *half;

	if (!c->home_count && m->at_peer)
		return "Without --home only services that listed hosts came to are compared with "
		       "other hosts, not what they offer.";
	/* The tests are those of endpoints that two listed hosts touched, as the graph has it. */
	if (endpoint == TRYST_NO_ENDPOINT || s->graph->endpoints[endpoint].listed < 2)
		return "Other hosts are not compared at this endpoint.";
	half = &s->model->half[s->graph->endpoints[endpoint].half];
	if (s->b->others_unseen)
		return s->b->others_unseen;
	if (s->b->sample_only && half->unlisted < UNLISTED_MIN)
		return TOO_FEW_SAMPLED;
	if (!half->unlisted)
		return "The records hold no other hosts to measure chance against.";
	if (half->unlisted < UNLISTED_MIN)
		return s->graph->one_in > 1
		               ? "Too few other hosts fit in memory to compare with (raise "
		                 "--memory, or narrow the window or the filter)."
		               : "The records hold too few other hosts to measure chance against.";
	return NULL;
}

/* What the model says. */
static void
meeting_tell(struct tryst_chance_step *s, struct tryst_meeting *m)
{
	uint32_t endpoint = tryst_graph_find_endpoint(s->graph, m);
	struct tryst_chance *out = &m->chance;
	const struct tryst_chance_test *test;
	enum tryst_graph_half half;

	*out = (struct tryst_chance){ .untested = untested(s, m, endpoint) };
	if (out->untested)
		return;
	half = s->graph->endpoints[endpoint].half;
	test = &s->tests[s->test_of[endpoint]];
	out->listed_met = s->graph->endpoints[endpoint].listed;
	tryst_chance_expect(s, endpoint, out);
	out->log10_p = test->log_p / M_LN10;
	out->log10_q_bh = test->log_q_bh / M_LN10;
	out->log10_q_by = test->log_q_by / M_LN10;
	out->p_star =
		tryst_unsurprising_probability(s->listed_count, out->listed_met,
	                                       LN_FIVE_PERCENT - tryst_chance_log_family(s, half));
	out->peers_total = (uint64_t)tryst_chance_peers(s->graph, endpoint);
	out->peers_estimated =
		s->graph->one_in > 1 && s->graph->endpoints[endpoint].counted == TRYST_NOT_COUNTED;
	if (!tryst_chance_promising(test))
		out->unmatched = "The model needs no matched controls to call it chance.";
}

/* What hosts like the listed ones say, and the controls. */
static int
meeting_confirm(struct tryst_chance_step *s, struct tryst_meeting *m, struct tryst_error *err)
{
	const struct tryst_chance_test *test;
	struct tryst_chance *out = &m->chance;
	enum tryst_graph_half half;
	int rc;

	if (out->untested || out->unmatched)
		return 0;
	test = &s->tests[s->test_of[tryst_graph_find_endpoint(s->graph, m)]];
	half = s->graph->endpoints[test->endpoint].half;
	out->raised = test->raised;
	out->log10_q_like = test->log_q_like / M_LN10;
	out->class_prone = test->prone;
	if (s->controlled++ >= CONTROLLED_MAX) {
		out->unmatched = "Matched controls are drawn for the first 256 meetings only.";
		return 0;
	}
	rc = tryst_chance_controls_test(s->controls[half], s->like[half], test, out, err);
	out->significant = rc == 0 && test->log_q_like <= LN_LIKE_MAX && out->matched_sets &&
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
	s->alike = malloc((g->listed_count + (size_t)1) * sizeof(*s->alike));
	s->work = malloc((2 * (size_t)g->listed_count + 6) * sizeof(*s->work));
	if (!s->listed || !s->p || !s->alike || !s->work)
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
	free(s->alike);
	free(s->work);
	free(s->tests);
	free(s->test_of);
}

static int
graph_make(struct tryst_case_builder *b, struct tryst_error *err)
{
	int rc = tryst_graph_new(&b->graph, b->c, b->contacts, err);

	if (rc >= 0)
		rc = tryst_chance_count(b, err);
	return rc < 0 ? rc : tryst_chance_model_new(&b->chance, b->graph, err);
}

/*
 * A sample is as good as all others where it finds something; where it does not, all of them might
 * have (docs/statistics/coincidence.md, "The sample of a store or an index").
 */
static void
sample_forget(struct tryst_case *c)
{
	for (size_t i = 0; i < c->meeting_count; i++) {
		struct tryst_chance *chance = &c->meetings[i].chance;

		if (!chance->untested && !chance->significant)
			*chance = (struct tryst_chance){
				.untested = "The sample of other hosts that the index holds is too "
					    "small to tell: look at all of them (without "
					    "--sampled).",
			};
	}
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
			b->c->meetings[i].chance.untested = "The option --counts-only was given.";
		return 0;
	}
	s.graph = b->graph;
	s.model = b->chance;
	background_tell(&s);
	if ((rc = step_init(&s, err)) < 0 || (rc = tryst_chance_test(&s, err)) < 0)
		goto out;
	for (size_t i = 0; i < b->c->meeting_count; i++)
		meeting_tell(&s, &b->c->meetings[i]);
	if ((rc = tryst_chance_classes(&s, err)) < 0 || (rc = tryst_chance_confirm(&s, err)) < 0)
		goto out;
	for (size_t i = 0; rc == 0 && i < b->c->meeting_count; i++)
		rc = meeting_confirm(&s, &b->c->meetings[i], err);
	if (rc == 0 && b->sample_only)
		sample_forget(b->c);
	if (rc == 0)
		rc = tryst_chance_synchrony(&s, err);
out:
	step_fini(&s);
	return rc;
}
