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
visit_compare(const void *va, const void *vb)
{
	const struct tryst_company_visit *a = va, *b = vb;
	int order = tryst_ip_compare(a->host, b->host);

	if (!order)
		order = (a->at_ms > b->at_ms) - (a->at_ms < b->at_ms);
	if (!order)
		order = (a->input > b->input) - (a->input < b->input);
	return order ? order : (a->record_no > b->record_no) - (a->record_no < b->record_no);
}

static int
ms_compare(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/* The confirmed meetings whose endpoints of the second pass are in the mask. */
static uint64_t
confirmed_touched(const struct tryst_companion_step *s, uint64_t around)
{
	uint64_t touched = 0;

	for (size_t j = 0; around && j < s->confirmed_count; j++)
		touched |= s->confirmed[j].around & around ? 1ULL << j : 0;
	return touched;
}

/* Records of the second pass at confirmed endpoints, each with its host. */
static void
records_add(struct tryst_companion_step *s, const struct tryst_hunt_chunk *chunk)
{
	const struct tryst_around_plan *plan = &s->b->around_scope->plan;

	for (uint32_t i = 0; i < chunk->count; i++) {
		const struct tryst_hunt_record *r = &chunk->records[i];

		if (tryst_time_absurd(r->start_ms) || r->start_ms < plan->from_ms ||
		    r->start_ms > plan->to_ms)
			continue;
		for (unsigned side = 0; side < 2; side++) {
			uint64_t touched = confirmed_touched(s, tryst_around_match(plan, r, side));

			if (!touched || r->has & TRYST_LISTED0 << !side)
				continue;
			s->visits[s->visit_count++] = (struct tryst_company_visit){
				.host = r->ip[!side],
				.at_ms = r->start_ms,
				.touched = touched,
				.record_no = r->record_no,
				.input = r->input_id,
				.from_host = r->from == !side,
			};
		}
	}
}

/* Records -> visits, by host and time. */
static int
visits_find(struct tryst_companion_step *s, struct tryst_error *err)
{
	const struct tryst_hunt_records *records = s->b->around;
	int64_t last_ms = 0;
	size_t kept = 0;

	/* Both ends of a record may be confirmed endpoints, each the other's host. */
	s->visits = calloc(2 * records->count + 1, sizeof(*s->visits));
	if (!s->visits)
		return tryst_error_nomem(err);
	for (const struct tryst_hunt_chunk *c = records->chunks; c; c = c->next)
		records_add(s, c);
	qsort(s->visits, s->visit_count, sizeof(*s->visits), visit_compare);
	for (size_t i = 0; i < s->visit_count; i++) {
		struct tryst_company_visit v = s->visits[i];

		if (!kept || !tryst_ip_equal(s->visits[kept - 1].host, v.host) ||
		    v.at_ms > tryst_time_add(last_ms, TRYST_VISIT_GAP_MS))
			s->visits[kept++] = v;
		else
			s->visits[kept - 1].touched |= v.touched;
		last_ms = v.at_ms;
	}
	s->visit_count = kept;
	return 0;
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

/* The time within BURST_MS of any listed visit, as disjoint windows. */
static void
bursts_make(struct tryst_companion_step *s, const struct tryst_operational *c,
            const int64_t *listed, size_t count)
{
	for (size_t i = 0; i < count && s->burst_count < WINDOWS_MAX; i++) {
		struct tryst_shift_window w = {
			tryst_operational_at(c, tryst_time_add(listed[i], -BURST_MS)),
			tryst_operational_at(c, tryst_time_add(listed[i], BURST_MS))
		};
		struct tryst_shift_window *last = &s->bursts[s->burst_count];

		s->burst_guard = TRYST_MAX(s->burst_guard, w.to - w.from);
		if (s->burst_count && w.from <= last[-1].to)
			last[-1].to = TRYST_MAX(last[-1].to, w.to);
		else
			s->bursts[s->burst_count++] = w;
	}
	for (size_t i = 0; i < s->burst_count; i++)
		s->burst_share += s->bursts[i].to - s->bursts[i].from;
	if (s->burst_share > SHARE_MAX)
		s->time_untested = "The listed hosts were there nearly all the time.";
}

/* An episode begins with a listed visit that none came LEAD_MS before. */
static void
leads_make(struct tryst_companion_step *s, const struct tryst_operational *c, const int64_t *listed,
           size_t count)
{
	for (size_t i = 0; i < count && s->lead_count < WINDOWS_MAX; i++) {
		struct tryst_shift_window w = { tryst_operational_at(
							c, tryst_time_add(listed[i], -LEAD_MS)),
			                        tryst_operational_at(c, listed[i]) };

		if (i && listed[i] <= tryst_time_add(listed[i - 1], LEAD_MS))
			continue;
		s->lead_guard = TRYST_MAX(s->lead_guard, 2 * (w.to - w.from));
		s->lead_ms[s->lead_count] = listed[i];
		s->leads[s->lead_count++] = w;
	}
	if (s->lead_count < EPISODES_MIN)
		s->lead_untested = "The listed hosts came together in fewer than three episodes.";
}

static int
windows_make(struct tryst_companion_step *s, const struct tryst_operational *c,
             struct tryst_error *err)
{
	int64_t *listed = NULL;
	size_t count = 0;
	int rc = listed_find(s, &listed, &count, err);

	s->bursts = calloc(WINDOWS_MAX, sizeof(*s->bursts));
	s->leads = calloc(WINDOWS_MAX, sizeof(*s->leads));
	s->lead_ms = calloc(WINDOWS_MAX, sizeof(*s->lead_ms));
	if (rc >= 0 && (!s->bursts || !s->leads || !s->lead_ms))
		rc = tryst_error_nomem(err);
	if (rc >= 0) {
		bursts_make(s, c, listed, count);
		leads_make(s, c, listed, count);
	}
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

/* Every candidate's visits, and the hits that rank it. */
static void
candidates_rank(struct tryst_companion_step *s, double *times)
{
	double lead_share = 0;
	size_t at = 0;

	for (size_t e = 0; e < s->lead_count; e++)
		lead_share += s->leads[e].to - s->leads[e].from;
	for (size_t i = 0; i < s->candidate_count; i++) {
		struct tryst_candidate *k = &s->candidates[i];
		size_t n;

		while (at < s->visit_count && tryst_ip_compare(s->visits[at].host, k->ip) < 0)
			at++;
		k->visit_from = at;
		for (; at < s->visit_count && tryst_ip_equal(s->visits[at].host, k->ip); at++)
			k->visits++;
		k->busy = k->visits > BUSY_A_DAY * TRYST_MAX(s->days, 1.);
		n = times_of(s, k, times);
		k->together.p = k->before.p = 1;
		if (!s->time_untested)
			k->together.hits = (uint32_t)tryst_shift_test(times, n, s->bursts,
			                                              s->burst_count, false, 0, 0)
			                           .hits;
		if (!s->lead_untested && !k->busy)
			k->before.hits = (uint32_t)tryst_shift_test(times, n, s->leads,
			                                            s->lead_count, true, 0, 0)
			                         .hits;
		k->together.ratio = poisson_ratio(k->together.hits, s->burst_share * (double)n);
		k->before.ratio = poisson_ratio(
			k->before.hits,
			(double)s->lead_count * -expm1(-(double)n * lead_share /
		                                       (double)(s->lead_count + !s->lead_count)));
	}
}

static int
together_compare(const void *va, const void *vb)
{
	const struct tryst_candidate *a = *(struct tryst_candidate *const *)va;
	const struct tryst_candidate *b = *(struct tryst_candidate *const *)vb;

	if (a->together.ratio != b->together.ratio)
		return a->together.ratio > b->together.ratio ? -1 : 1;
	return tryst_ip_compare(a->ip, b->ip);
}

static int
before_compare(const void *va, const void *vb)
{
	const struct tryst_candidate *a = *(struct tryst_candidate *const *)va;
	const struct tryst_candidate *b = *(struct tryst_candidate *const *)vb;

	if (a->before.ratio != b->before.ratio)
		return a->before.ratio > b->before.ratio ? -1 : 1;
	return tryst_ip_compare(a->ip, b->ip);
}

/* The shift tests of those that rank first; `order` are all candidates. */
static void
candidates_test(const struct tryst_companion_step *s, struct tryst_candidate **order, double *times)
{
	size_t count = s->candidate_count;

	qsort(order, count, sizeof(struct tryst_candidate *), together_compare);
	for (size_t i = 0; i < count && i < TESTED_MAX && order[i]->together.ratio > 0; i++) {
		size_t n = times_of(s, order[i], times);
		struct tryst_shift t = tryst_shift_test(times, n, s->bursts, s->burst_count, false,
		                                        s->burst_guard, SHIFTS);

		order[i]->together.tested = true;
		order[i]->together.p = tryst_shift_tail(t, n);
	}
	qsort(order, count, sizeof(struct tryst_candidate *), before_compare);
	for (size_t i = 0; i < count && i < TESTED_MAX && order[i]->before.ratio > 0; i++) {
		size_t n = times_of(s, order[i], times);
		struct tryst_shift t = tryst_shift_test(times, n, s->leads, s->lead_count, true,
		                                        s->lead_guard, SHIFTS);

		order[i]->before.tested = true;
		order[i]->before.p = tryst_shift_tail(t, s->lead_count);
	}
}

/* How long before the episodes that it led the host came first: the median. */
static int64_t
lead_median(const struct tryst_companion_step *s, const struct tryst_candidate *k, int64_t *leads)
{
	size_t count = 0;

	for (size_t e = 0; e < s->lead_count; e++) {
		for (uint32_t i = 0; i < k->visits; i++) {
			int64_t lead = s->lead_ms[e] - s->visits[k->visit_from + i].at_ms;

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
 * The two tests look at one row of visits, so they are no two witnesses: the mean of their
 * e-values is one, however they depend on each other.
 */
static void
times_weigh(const struct tryst_companion_step *s)
{
	for (size_t i = 0; i < s->candidate_count; i++) {
		struct tryst_candidate *k = &s->candidates[i];
		double sum = 0;
		unsigned tests = 0;

		if (!k->visits)
			continue;
		if (!s->time_untested) {
			sum += exp(tryst_affinity_of_p(k->together.p));
			tests++;
		}
		if (!s->lead_untested && !k->busy) {
			sum += exp(tryst_affinity_of_p(k->before.p));
			tests++;
		}
		k->time = tests ? log(sum / tests) : 0;
	}
}

/* The false discovery rates of who came before. */
static int
before_rates(struct tryst_companion_step *s, struct tryst_error *err)
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
		log_p[i] = log(TRYST_MAX(s->candidates[i].before.p, 1e-300));
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
		if (s->candidates[i].before.tested)
			s->candidates[i].lead_ms = lead_median(s, &s->candidates[i], leads);
	}
	times_weigh(s);
	rc = before_rates(s, err);
out:
	free(order);
	free(times);
	free(leads);
	return rc;
}

int
tryst_companion_visits(struct tryst_companion_step *s, struct tryst_error *err)
{
	uint64_t any = 0;

	s->time_untested = s->b->c->around.untested;
	for (size_t j = 0; j < s->confirmed_count; j++)
		any |= s->confirmed[j].around;
	if (!s->time_untested && !any)
		s->time_untested = "None of the confirmed endpoints was read a second time.";
	s->lead_untested = s->time_untested;
	return s->time_untested ? 0 : visits_find(s, err);
}

int
tryst_companion_times(struct tryst_companion_step *s, struct tryst_error *err)
{
	struct tryst_operational clock = { 0 };
	int rc;

	for (size_t i = 0; i < s->candidate_count; i++)
		s->candidates[i].before_q = 1;
	if (s->time_untested)
		return 0;
	rc = clock_make(&clock, s, err);
	if (rc >= 0)
		rc = windows_make(s, &clock, err);
	if (rc >= 0)
		rc = candidates_time(s, err);
	tryst_operational_fini(&clock);
	return rc;
}
