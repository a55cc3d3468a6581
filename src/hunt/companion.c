/* SPDX-License-Identifier: Apache-2.0 */
/* Confirmed endpoints -> hosts adjacent to them -> ratios -> ranks and rates. */
#include "hunt/companion.h"

#include <math.h>
#include <stdlib.h>

#define RATE 0.05
#define LEAD_MIN 3.0 /* a ratio of 20 */
#define CROWD 20     /* others at a single endpoint: nobody stands out by being there */

/* The bit of a meeting's endpoint in the second pass. */
static uint64_t
around_bit(const struct tryst_case_builder *b, uint32_t meeting)
{
	const struct tryst_around *a = b->around_scope;

	for (size_t e = 0; a && e < a->plan.count; e++) {
		if (a->plan.list[e].meeting == meeting)
			return 1ULL << e;
	}
	return 0;
}

static void
confirmed_find(struct tryst_companion_step *s)
{
	const struct tryst_case *c = s->b->c;

	for (uint32_t i = 0; i < c->meeting_count; i++) {
		const struct tryst_meeting *m = &c->meetings[i];
		uint32_t endpoint;

		if (m->chance.untested || !m->chance.significant ||
		    s->confirmed_count == TRYST_CONFIRMED_MAX)
			continue;
		endpoint = tryst_graph_find_endpoint(s->graph, m);
		if (endpoint != TRYST_NO_ENDPOINT)
			s->confirmed[s->confirmed_count++] = (struct tryst_confirmed){
				.meeting = i,
				.endpoint = endpoint,
				.around = around_bit(s->b, i),
			};
	}
}

static int
ip_compare(const void *va, const void *vb)
{
	const struct tryst_candidate *a = va, *b = vb;

	return tryst_ip_compare(a->ip, b->ip);
}

/* Every unlisted host of the graph at a confirmed endpoint; returns how many, some repeated. */
static size_t
candidates_graph(struct tryst_companion_step *s)
{
	const struct tryst_graph *g = s->graph;
	size_t n = 0;

	for (size_t j = 0; j < s->confirmed_count; j++) {
		const struct tryst_graph_endpoint *at = &g->endpoints[s->confirmed[j].endpoint];

		for (uint32_t k = at->at_from; k < at[1].at_from; k++) {
			uint32_t host = g->edges[g->at[k]].host;

			if (g->hosts[host].listed == TRYST_NOT_LISTED)
				s->candidates[n++] = (struct tryst_candidate){
					.ip = g->hosts[host].ip,
					.host = host,
					.touched = 1ULL << j,
					.known = ~0ULL,
				};
		}
	}
	return n;
}

/* Whether a host that the graph does not hold touched an endpoint is known where all such hosts
 * were kept in the second pass. */
static uint64_t
around_known(const struct tryst_companion_step *s, struct tryst_ip ip)
{
	const struct tryst_around *a = s->b->around_scope;
	uint64_t known = 0;

	for (size_t j = 0; j < s->confirmed_count; j++) {
		uint64_t bit = s->confirmed[j].around;

		if (bit && tryst_around_keeps(a, (size_t)__builtin_ctzll(bit), ip))
			known |= 1ULL << j;
	}
	return known;
}

/* Where the graph holds a sample, the hosts of the second pass that it does not hold. */
static size_t
candidates_around(struct tryst_companion_step *s, size_t n)
{
	for (size_t i = 0; s->graph->one_in > 1 && i < s->visit_count; i++) {
		const struct tryst_company_visit *v = &s->visits[i];

		if (i && tryst_ip_equal(v->host, v[-1].host))
			s->candidates[n - 1].touched |= v->touched;
		else
			s->candidates[n++] = (struct tryst_candidate){
				.ip = v->host,
				.host = tryst_graph_find_host(s->graph, v->host),
				.touched = v->touched,
				.known = around_known(s, v->host),
			};
	}
	return n;
}

/* All candidates, once, by address. */
static int
candidates_find(struct tryst_companion_step *s, struct tryst_error *err)
{
	size_t count = s->visit_count, n, kept = 0;

	for (size_t j = 0; j < s->confirmed_count; j++)
		count += s->graph->endpoints[s->confirmed[j].endpoint].unlisted;
	s->candidates = calloc(count + 1, sizeof(*s->candidates));
	if (!s->candidates)
		return tryst_error_nomem(err);
	n = candidates_around(s, candidates_graph(s));
	assert(n <= count);
	qsort(s->candidates, n, sizeof(*s->candidates), ip_compare);
	for (size_t i = 0; i < n; i++) {
		const struct tryst_candidate *k = &s->candidates[i];
		struct tryst_candidate *last = kept ? &s->candidates[kept - 1] : NULL;

		if (last && tryst_ip_equal(last->ip, k->ip)) {
			last->touched |= k->touched;
			last->known |= k->known;
		} else {
			s->candidates[kept++] = *k;
		}
	}
	s->candidate_count = kept;
	return 0;
}

static int
llr_compare(const void *va, const void *vb)
{
	const struct tryst_candidate *a = va, *b = vb;

	if (a->llr != b->llr)
		return a->llr > b->llr ? -1 : 1;
	return ip_compare(va, vb);
}

/*
 * exp(llr) is an e-value of "anyone": those k best pass whose k-th is at least looked / (k rate),
 * which holds under any dependence (Wang and Ramdas, JRSS B 84, 2022).
 */
static void
rates_pass(struct tryst_companion_step *s)
{
	size_t passing = 0;

	for (size_t k = 0; k < s->candidate_count; k++) {
		if (s->candidates[k].llr >=
		    log((double)s->looked / ((double)(k + 1) * s->sum_rate)))
			passing = k + 1;
	}
	for (size_t k = 0; k < passing; k++)
		s->candidates[k].passes = true;
}

/* Why nothing can be said, or NULL. */
static const char *
untested(struct tryst_companion_step *s, struct tryst_error *err)
{
	if (!s->confirmed_count)
		return "No confirmed endpoint: no meeting is more than chance.";
	if (s->crowded && s->unread)
		return tryst_case_text(s->b, err,
		                       "Not identifiable without timing: a single endpoint is "
		                       "confirmed, and %u other hosts were there. %s",
		                       (unsigned)s->candidate_count, s->unread);
	return NULL;
}

/* The best of those that are a lead at least. */
static int
companions_tell(struct tryst_companion_step *s, struct tryst_error *err)
{
	struct tryst_case *c = s->b->c;
	size_t room = TRYST_MIN(s->candidate_count, (size_t)TRYST_COMPANIONS_MAX);
	int rc = 0;

	c->companions = tryst_case_alloc(s->b, room, sizeof(*c->companions), err);
	if (!c->companions)
		return TRYST_ERR_NOMEM;
	for (size_t k = 0; k < s->candidate_count && rc >= 0; k++) {
		const struct tryst_candidate *candidate = &s->candidates[k];

		if (c->companion_count == room)
			break;
		if (tryst_companion_grade(s, candidate) < 'D')
			rc = tryst_companion_tell(s, candidate,
			                          &c->companions[c->companion_count++], err);
	}
	return rc;
}

static int
step_run(struct tryst_companion_step *s, struct tryst_error *err)
{
	const struct tryst_graph *g = s->graph;
	int rc;

	if ((rc = tryst_companion_visits(s, err)) < 0 || (rc = candidates_find(s, err)) < 0)
		return rc;
	s->crowded = s->confirmed_count == 1 && s->candidate_count > CROWD;
	/* Of a crowd the question is which of those that are there belong to the listed. */
	s->looked = s->crowded ? s->candidate_count : (g->host_count - g->listed_count) * g->one_in;
	s->looked = TRYST_MAX(s->looked, s->candidate_count);
	/* Two procedures share the rate; only one is there without time, and of a crowd. */
	s->sum_rate = s->unread ? RATE : s->crowded ? 0 : RATE / 2;
	s->time_rate = RATE - s->sum_rate;
	s->lead = log((double)s->looked / TRYST_MAX(g->listed_count, 1u));
	s->lead = TRYST_MAX(s->lead, LEAD_MIN);
	if ((rc = tryst_companion_contacts(s, err)) < 0 || (rc = tryst_companion_times(s, err)) < 0)
		return rc;
	s->b->c->companions_untested = untested(s, err);
	if (s->b->c->companions_untested)
		return 0;
	for (size_t k = 0; k < s->candidate_count; k++)
		s->candidates[k].llr =
			s->candidates[k].time + (s->crowded ? 0 : s->candidates[k].contact);
	if (s->crowded)
		s->b->c->companions_crowd = (uint32_t)s->candidate_count;
	qsort(s->candidates, s->candidate_count, sizeof(*s->candidates), llr_compare);
	rates_pass(s);
	return companions_tell(s, err);
}

int
tryst_case_companions(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_companion_step s = { .b = b, .graph = b->graph };
	int rc = 0;

	if (!b->c->meeting_count) {
		b->c->companions_untested = "There is no meeting.";
		return 0;
	}
	if (!b->graph) {
		b->c->companions_untested = "Other hosts were not looked at.";
		return 0;
	}
	confirmed_find(&s);
	if (s.confirmed_count)
		rc = step_run(&s, err);
	else
		b->c->companions_untested = untested(&s, err);
	free(s.candidates);
	free(s.visits);
	for (size_t i = 0; i < TRYST_COMPANY_KINDS; i++)
		free(s.windows[i].list);
	free(s.episodes_ms);
	return rc;
}
