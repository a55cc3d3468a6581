/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When the candidates came, beside when the listed came.
 *
 * All is counted in visits and in operational time, where the visits of all other hosts at the
 * confirmed endpoints are spread evenly, so that a common daily rhythm brings nobody together.
 * Every candidate is ranked by its hits; the best of them are tested by circular shift, the others
 * keep p = 1.
 */
#include <math.h>
#include <stdlib.h>

#include "hunt/companion.h"
#include "hunt/operational.h"
#include "hunt/visit.h"
#include "stats/affinity.h"
#include "stats/multiple.h"

#define BURST_MS 60000 /* W: this near to a listed visit, either way */
#define LEAD_MS 600000 /* so long before an episode */
#define SHARE_MAX 0.5  /* bursts that cover more of the time tell nothing */
#define EPISODES_MIN 3
#define WINDOWS_MAX 1000 /* of either kind; more are not looked at */
#define TESTED_MAX 200   /* candidates that each test is made for */
#define SHIFTS 999
#define BUSY_A_DAY 500.0
#define DAY_MS 86400000.0

static int
ms_compare(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/* The visits of everyone make the clock; it runs over the time that was read. */
static int
clock_make(struct tryst_operational *o, struct tryst_companion_step *s, struct tryst_error *err)
{
	const struct tryst_around_plan *plan = &s->b->around_scope->plan;
	const struct tryst_hunt_options *options = s->b->options;
	int64_t from_ms = TRYST_MAX(plan->from_ms, options->from_ms);
	int64_t to_ms = TRYST_MIN(plan->to_ms, options->to_ms);
	int64_t *ms = calloc(s->visit_count + 1, sizeof(*ms));
	int rc;

	if (!ms)
		return tryst_error_nomem(err);
	from_ms = TRYST_MAX(from_ms, s->b->c->first_ms);
	to_ms = TRYST_MIN(to_ms, s->b->c->last_ms);
	for (size_t i = 0; i < s->visit_count; i++)
		ms[i] = s->visits[i].at_ms;
	s->days = TRYST_MAX((double)to_ms - (double)from_ms, 1.) / DAY_MS;
	rc = tryst_operational_init(o, ms, s->visit_count, from_ms, to_ms, err);
	free(ms);
	for (size_t i = 0; rc >= 0 && i < s->visit_count; i++)
		s->visits[i].at = tryst_operational_at(o, s->visits[i].at_ms);
	return rc;
}

/* The visits of listed hosts at all confirmed endpoints together; *out is malloc'ed. */
static int
listed_find(const struct tryst_companion_step *s, int64_t **out, size_t *count,
            struct tryst_error *err)
{
	const struct tryst_case *c = s->b->c;
	size_t n = 0;
	int64_t *list;

	for (size_t j = 0; j < s->confirmed_count; j++)
		n += c->meetings[s->confirmed[j].meeting].sighting_count;
	list = calloc(n + 1, sizeof(*list));
	if (!list)
		return tryst_error_nomem(err);
	n = 0;
	for (size_t j = 0; j < s->confirmed_count; j++) {
		const struct tryst_meeting *m = &c->meetings[s->confirmed[j].meeting];

		for (uint32_t i = 0; s->confirmed[j].around && i < m->sighting_count; i++) {
			list[n] = c->sightings[m->sightings[i] - 1].first_ms;
			n += !tryst_time_absurd(list[n]);
		}
	}
	*count = tryst_visits_find(list, n);
	*out = list;
	return 0;
}

/* One more window, joined to the last where they touch; `guard` is in windows. */
static void
window_add(struct tryst_company_windows *w, const struct tryst_operational *o, int64_t from_ms,
           int64_t to_ms, double guard)
{
	struct tryst_shift_window add = { tryst_operational_at(o, from_ms),
		                          tryst_operational_at(o, to_ms) };
	struct tryst_shift_window *last = &w->list[w->count];

	w->guard = TRYST_MAX(w->guard, guard * (add.to - add.from));
	if (w->count && add.from <= last[-1].to)
		last[-1].to = TRYST_MAX(last[-1].to, add.to);
	else if (w->count < WINDOWS_MAX)
		w->list[w->count++] = add;
}

/*
 * Windows around the listed visits, around the episodes that they make (of which each begins with
 * a visit that none came LEAD_MS before), and before the episodes.
 */
static void
windows_fill(struct tryst_companion_step *s, const struct tryst_operational *o,
             const int64_t *listed, size_t count)
{
	struct tryst_company_windows *w = s->windows;
	size_t end;

	for (size_t i = 0; i < count; i++)
		window_add(&w[TRYST_COMPANY_TOGETHER], o, tryst_time_add(listed[i], -BURST_MS),
		           tryst_time_add(listed[i], BURST_MS), 1);
	for (size_t i = 0; i < count && s->episode_count < WINDOWS_MAX; i = end) {
		for (end = i + 1;
		     end < count && listed[end] <= tryst_time_add(listed[end - 1], LEAD_MS);)
			end++;
		s->episodes_ms[s->episode_count++] = listed[i];
		window_add(&w[TRYST_COMPANY_ATTENDED], o, tryst_time_add(listed[i], -BURST_MS),
		           tryst_time_add(listed[end - 1], BURST_MS), 1);
		window_add(&w[TRYST_COMPANY_BEFORE], o, tryst_time_add(listed[i], -LEAD_MS),
		           tryst_time_add(listed[i], -1), 2);
	}
	for (size_t k = 0; k < TRYST_COMPANY_KINDS; k++) {
		for (size_t i = 0; i < w[k].count; i++)
			w[k].share += w[k].list[i].to - w[k].list[i].from;
		if (w[k].share > SHARE_MAX)
			w[k].untested = "The listed hosts were there most of the time.";
		else if (k != TRYST_COMPANY_TOGETHER && w[k].count < EPISODES_MIN)
			w[k].untested = "The listed hosts came in fewer than three episodes.";
	}
}

static int
windows_make(struct tryst_companion_step *s, const struct tryst_operational *o,
             struct tryst_error *err)
{
	int64_t *listed = NULL;
	size_t count = 0;
	bool memory;
	int rc = listed_find(s, &listed, &count, err);

	s->episodes_ms = calloc(WINDOWS_MAX, sizeof(*s->episodes_ms));
	memory = s->episodes_ms != NULL;
	for (size_t k = 0; k < TRYST_COMPANY_KINDS; k++) {
		s->windows[k].list = calloc(WINDOWS_MAX + 1, sizeof(*s->windows[k].list));
		memory &= s->windows[k].list != NULL;
	}
	if (rc >= 0 && !memory)
		rc = tryst_error_nomem(err);
	if (rc >= 0)
		windows_fill(s, o, listed, count);
	free(listed);
	return rc;
}

/* Poisson log-likelihood ratio of `hits` where `expected` were due; 0 where they are no more. */
static double
poisson_ratio(double hits, double expected)
{
	if (hits <= expected)
		return 0;
	return hits * log(hits / TRYST_MAX(expected, 1e-9)) - (hits - expected);
}

/* The candidate's visits, as a plain row of times; returns how many. */
static size_t
times_of(const struct tryst_companion_step *s, const struct tryst_candidate *k, double *times)
{
	for (uint32_t i = 0; i < k->visits; i++)
		times[i] = s->visits[k->visit_from + i].at;
	return k->visits;
}

/* Whether the test is made for this candidate at all. */
static bool
kind_tested(const struct tryst_companion_step *s, const struct tryst_candidate *k, size_t kind)
{
	return !s->windows[kind].untested && k->visits &&
	       !(k->busy && kind == TRYST_COMPANY_BEFORE);
}

static struct tryst_shift
shift_test(const struct tryst_companion_step *s, const struct tryst_candidate *k, size_t kind,
           double *times, unsigned shifts)
{
	const struct tryst_company_windows *w = &s->windows[kind];

	return tryst_shift_test(times, times_of(s, k, times), w->list, w->count,
	                        kind != TRYST_COMPANY_TOGETHER, w->guard, shifts);
}

/* How many hits are due to one who comes at any time. */
static double
hits_due(const struct tryst_companion_step *s, const struct tryst_candidate *k, size_t kind)
{
	const struct tryst_company_windows *w = &s->windows[kind];
	double visits = k->visits, windows = (double)w->count;

	if (kind == TRYST_COMPANY_TOGETHER)
		return visits * w->share;
	return windows > 0 ? windows * -expm1(-visits * w->share / windows) : 0;
}

/* Every candidate's visits, and the hits that rank it. */
static void
candidates_rank(struct tryst_companion_step *s, double *times)
{
	size_t at = 0;

	for (size_t i = 0; i < s->candidate_count; i++) {
		struct tryst_candidate *k = &s->candidates[i];

		while (at < s->visit_count && tryst_ip_compare(s->visits[at].host, k->ip) < 0)
			at++;
		k->visit_from = at;
		for (; at < s->visit_count && tryst_ip_equal(s->visits[at].host, k->ip); at++)
			k->visits++;
		k->busy = k->visits > BUSY_A_DAY * TRYST_MAX(s->days, 1.);
		for (size_t kind = 0; kind < TRYST_COMPANY_KINDS; kind++) {
			struct tryst_company *c = &k->company[kind];

			c->p = 1;
			if (!kind_tested(s, k, kind))
				continue;
			c->hits = (uint32_t)shift_test(s, k, kind, times, 0).hits;
			c->ratio = poisson_ratio(c->hits, hits_due(s, k, kind));
		}
	}
}

static int
company_compare(const void *va, const void *vb, void *ctx)
{
	const struct tryst_candidate *a = *(struct tryst_candidate *const *)va;
	const struct tryst_candidate *b = *(struct tryst_candidate *const *)vb;
	size_t kind = *(const size_t *)ctx;

	if (a->company[kind].ratio != b->company[kind].ratio)
		return a->company[kind].ratio > b->company[kind].ratio ? -1 : 1;
	return tryst_ip_compare(a->ip, b->ip);
}

/* The shift tests of those that rank first; `order` are all candidates. */
static void
candidates_test(const struct tryst_companion_step *s, struct tryst_candidate **order, double *times)
{
	size_t count = s->candidate_count;

	for (size_t kind = 0; kind < TRYST_COMPANY_KINDS; kind++) {
		qsort_r(order, count, sizeof(struct tryst_candidate *), company_compare, &kind);
		for (size_t i = 0; i < count && i < TESTED_MAX; i++) {
			struct tryst_company *c = &order[i]->company[kind];

			if (c->ratio <= 0)
				break;
			c->tested = true;
			c->p = tryst_shift_tail(shift_test(s, order[i], kind, times, SHIFTS),
			                        kind == TRYST_COMPANY_TOGETHER
			                                ? order[i]->visits
			                                : s->windows[kind].count);
		}
	}
}

/* How long before the episodes that it led the host came first: the median. */
static int64_t
lead_median(const struct tryst_companion_step *s, const struct tryst_candidate *k, int64_t *leads)
{
	size_t count = 0;

	for (size_t e = 0; e < s->episode_count; e++) {
		for (uint32_t i = 0; i < k->visits; i++) {
			int64_t lead = s->episodes_ms[e] - s->visits[k->visit_from + i].at_ms;

			if (lead <= 0 || lead > LEAD_MS)
				continue;
			leads[count++] = lead;
			break;
		}
	}
	qsort(leads, count, sizeof(*leads), ms_compare);
	return count ? leads[count / 2] : 0;
}

/*
 * The tests look at one row of visits, so they are one witness: the mean of their e-values is an
 * e-value, however they depend on each other.
 */
static void
times_weigh(const struct tryst_companion_step *s)
{
	for (size_t i = 0; i < s->candidate_count; i++) {
		struct tryst_candidate *k = &s->candidates[i];
		double sum = 0;
		unsigned tests = 0;

		for (size_t kind = 0; kind < TRYST_COMPANY_KINDS; kind++) {
			if (!kind_tested(s, k, kind))
				continue;
			sum += exp(tryst_affinity_of_p(k->company[kind].p));
			tests++;
		}
		k->time = tests ? log(sum / tests) : 0;
	}
}

/* ln of the smallest p-value of the tests made, times their number. */
static double
best_log_p(const struct tryst_companion_step *s, const struct tryst_candidate *k)
{
	double best = 1;
	unsigned tests = 0;

	for (size_t kind = 0; kind < TRYST_COMPANY_KINDS; kind++) {
		if (!kind_tested(s, k, kind))
			continue;
		best = TRYST_MIN(best, k->company[kind].p);
		tests++;
	}
	return log(TRYST_MIN(TRYST_MAX(best, 1e-300) * TRYST_MAX(tests, 1u), 1.));
}

/* The false discovery rates of time, and of who came before, over the candidates. */
static int
time_rates(struct tryst_companion_step *s, struct tryst_error *err)
{
	size_t n = s->candidate_count;
	double *log_p = calloc(2 * n + 1, sizeof(*log_p));
	size_t *order = calloc(n + 1, sizeof(*order));

	if (!log_p || !order) {
		free(log_p);
		free(order);
		return tryst_error_nomem(err);
	}
	for (size_t i = 0; i < n; i++)
		log_p[i] = best_log_p(s, &s->candidates[i]);
	tryst_fdr_bh(log_p, n, n, log_p + n, order);
	for (size_t i = 0; i < n; i++)
		s->candidates[i].time_q = exp(log_p[n + i]);
	for (size_t i = 0; i < n; i++)
		log_p[i] = log(TRYST_MAX(s->candidates[i].company[TRYST_COMPANY_BEFORE].p, 1e-300));
	tryst_fdr_bh(log_p, n, n, log_p + n, order);
	for (size_t i = 0; i < n; i++)
		s->candidates[i].before_q = exp(log_p[n + i]);
	free(log_p);
	free(order);
	return 0;
}

static int
candidates_time(struct tryst_companion_step *s, struct tryst_error *err)
{
	struct tryst_candidate **order = calloc(s->candidate_count + 1, sizeof(*order));
	double *times = calloc(s->visit_count + 1, sizeof(*times));
	int64_t *leads = calloc(WINDOWS_MAX, sizeof(*leads));
	int rc = order && times && leads ? 0 : tryst_error_nomem(err);

	if (rc < 0)
		goto out;
	candidates_rank(s, times);
	for (size_t i = 0; i < s->candidate_count; i++)
		order[i] = &s->candidates[i];
	candidates_test(s, order, times);
	for (size_t i = 0; i < s->candidate_count; i++) {
		if (s->candidates[i].company[TRYST_COMPANY_BEFORE].tested)
			s->candidates[i].lead_ms = lead_median(s, &s->candidates[i], leads);
	}
	times_weigh(s);
	rc = time_rates(s, err);
out:
	free(order);
	free(times);
	free(leads);
	return rc;
}

int
tryst_companion_times(struct tryst_companion_step *s, struct tryst_error *err)
{
	struct tryst_operational clock = { 0 };
	int rc;

	for (size_t i = 0; i < s->candidate_count; i++)
		s->candidates[i].time_q = s->candidates[i].before_q = 1;
	if (s->unread)
		return 0;
	rc = clock_make(&clock, s, err);
	if (rc >= 0)
		rc = windows_make(s, &clock, err);
	if (rc >= 0)
		rc = candidates_time(s, err);
	tryst_operational_fini(&clock);
	return rc;
}
