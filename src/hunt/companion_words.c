/* SPDX-License-Identifier: Apache-2.0 */
/* A candidate as the case tells it: grade, direction, and the reasons with their numbers. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

#include "hunt/companion.h"

#define EVIDENCE_MAX 6
#define SPEAKS 1.0 /* a part that says so much counts as one */
#define RATE 0.05
#define LEAD_RATE 0.5
#define FAN_OUT_MIN 10
#define FAN_OUT_SHARE 0.01 /* of all home endpoints */
#define FAN_OUT_DEAF 0.5   /* unanswered */

/* What a host touched before the listed met. */
struct fan_out {
	uint32_t endpoints, unanswered;
	bool scan_like;
};

static struct tryst_evidence *
evidence_add(struct tryst_companion *out, const char *family, const char *text)
{
	struct tryst_evidence *e = &out->evidence.list[out->evidence.count++];

	*e = (struct tryst_evidence){ .family = family, .text = text };
	return e;
}

/* The first records of the host at confirmed endpoints that were read a second time. */
static int
evidence_refs(struct tryst_companion_step *s, const struct tryst_candidate *k,
              struct tryst_evidence *e, struct tryst_error *err)
{
	const struct tryst_case *c = s->b->c;

	e->refs = tryst_case_alloc(s->b, TRYST_EVIDENCE_REFS_MAX, sizeof(*e->refs), err);
	if (!e->refs)
		return TRYST_ERR_NOMEM;
	for (uint32_t i = 0; i < k->visits && i < TRYST_EVIDENCE_REFS_MAX; i++) {
		const struct tryst_company_visit *v = &s->visits[k->visit_from + i];

		e->refs[e->ref_count++] = (struct tryst_record_ref){
			.input = v->input,
			.record = tryst_input_record(c->inputs[v->input], v->record_no),
		};
	}
	return 0;
}

static const char *
endpoints_text(struct tryst_companion_step *s, const struct tryst_candidate *k,
               struct tryst_error *err)
{
	unsigned touched = (unsigned)__builtin_popcountll(k->touched);
	const struct tryst_graph_host *h;

	if (k->host == TRYST_NOT_LISTED)
		return tryst_case_text(s->b, err,
		                       "It touched %u of the %zu endpoints that are more than "
		                       "chance; any host touches %.2g of them by chance.",
		                       touched, s->confirmed_count, k->expected);
	h = &s->graph->hosts[k->host];
	return tryst_case_text(
		s->b, err,
		"It touched %u of the %zu endpoints that are more than chance; a host that touches "
		"%" PRIu32 " home endpoints touches %.2g of them by chance.",
		touched, s->confirmed_count,
		h->degree[TRYST_HALF_HOME] + h->degree[TRYST_HALF_PEER], k->expected);
}

static int
tell_endpoints(struct tryst_companion_step *s, const struct tryst_candidate *k,
               struct tryst_companion *out, struct tryst_error *err)
{
	const char *text = endpoints_text(s, k, err);
	struct tryst_evidence *e;

	if (!text)
		return TRYST_ERR_NOMEM;
	e = evidence_add(out, "endpoints", text);
	e->scored = !s->crowded;
	e->llr = k->contact;
	return evidence_refs(s, k, e, err);
}

/* The tests of time have one weight; it stands beside the one that speaks loudest. */
static size_t
loudest(const struct tryst_companion_step *s, const struct tryst_candidate *k)
{
	size_t best = TRYST_COMPANY_KINDS;

	for (size_t kind = 0; kind < TRYST_COMPANY_KINDS; kind++) {
		if (!s->windows[kind].untested &&
		    (best == TRYST_COMPANY_KINDS || k->company[kind].p < k->company[best].p))
			best = kind;
	}
	return best;
}

static const char *
company_text(struct tryst_companion_step *s, const struct tryst_candidate *k, size_t kind,
             struct tryst_error *err)
{
	const struct tryst_company *c = &k->company[kind];
	const struct tryst_company_windows *w = &s->windows[kind];

	if (kind == TRYST_COMPANY_TOGETHER)
		return tryst_case_text(s->b, err,
		                       "%" PRIu32 " of its %" PRIu32 " visits fall within a minute "
		                       "of a listed host's, which is %.2g %% of the time (Poisson "
		                       "ratio %.1f; p %.2g, circular shifts).",
		                       c->hits, k->visits, 100 * w->share, c->ratio, c->p);
	if (kind == TRYST_COMPANY_ATTENDED)
		return tryst_case_text(s->b, err,
		                       "It came to %" PRIu32
		                       " of the %zu episodes of listed hosts, "
		                       "which are %.2g %% of the time, with %" PRIu32
		                       " visits (p %.2g, circular shifts).",
		                       c->hits, w->count, 100 * w->share, k->visits, c->p);
	return tryst_case_text(s->b, err,
	                       "It came in the ten minutes before %" PRIu32 " of the %zu episodes "
	                       "of listed hosts (p %.2g, circular shifts; rate of false "
	                       "discoveries %.2g).",
	                       c->hits, w->count, c->p, k->before_q);
}

static int
tell_company(struct tryst_companion_step *s, const struct tryst_candidate *k,
             struct tryst_companion *out, struct tryst_error *err)
{
	static const char *const families[TRYST_COMPANY_KINDS] = { "together", "attended",
		                                                   "before" };
	size_t best = loudest(s, k);

	for (size_t kind = 0; kind < TRYST_COMPANY_KINDS; kind++) {
		struct tryst_evidence *e;
		const char *text;

		if (s->windows[kind].untested || !k->visits ||
		    (!k->company[kind].tested && kind != best))
			continue;
		text = company_text(s, k, kind, err);
		if (!text)
			return TRYST_ERR_NOMEM;
		e = evidence_add(out, families[kind], text);
		e->scored = kind == best;
		e->llr = k->time;
	}
	return 0;
}

static int
tell_busy(struct tryst_companion_step *s, const struct tryst_candidate *k,
          struct tryst_companion *out, struct tryst_error *err)
{
	const char *text;

	if (!k->busy)
		return 0;
	text = tryst_case_text(s->b, err,
	                       "With %" PRIu32 " visits it cannot be said whether it comes before "
	                       "the listed: it always does.",
	                       k->visits);
	if (!text)
		return TRYST_ERR_NOMEM;
	(void)evidence_add(out, "busy", text);
	return 0;
}

static struct fan_out
fan_out_find(const struct tryst_companion_step *s, const struct tryst_candidate *k)
{
	const struct tryst_graph *g = s->graph;
	int64_t first_ms = INT64_MAX;
	const struct tryst_graph_host *h;
	struct fan_out f = { 0 };

	if (k->host == TRYST_NOT_LISTED)
		return f;
	h = &g->hosts[k->host];
	for (size_t j = 0; j < s->confirmed_count; j++)
		first_ms = TRYST_MIN(first_ms, s->b->c->meetings[s->confirmed[j].meeting].first_ms);
	for (uint32_t e = h->edge_from; e < h[1].edge_from; e++) {
		const struct tryst_graph_edge *edge = &g->edges[e];

		if (g->endpoints[edge->endpoint].half != TRYST_HALF_HOME ||
		    edge->first_ms >= first_ms || !edge->records_in)
			continue;
		f.endpoints++;
		f.unanswered += !edge->records_out;
	}
	f.scan_like =
		f.endpoints >= FAN_OUT_MIN &&
		f.endpoints >= FAN_OUT_SHARE * s->b->chance->half[TRYST_HALF_HOME].endpoint_count &&
		f.unanswered >= FAN_OUT_DEAF * f.endpoints;
	return f;
}

/* Who found whom, where the host came before the listed more than chance lets it. */
static int
tell_direction(struct tryst_companion_step *s, const struct tryst_candidate *k,
               struct tryst_companion *out, struct tryst_error *err)
{
	struct fan_out f;
	const char *text;
	bool host_first;

	if (!k->company[TRYST_COMPANY_BEFORE].tested || k->before_q > RATE)
		return 0;
	f = fan_out_find(s, k);
	host_first = s->visits[k->visit_from].from_host;
	if (!host_first)
		out->direction = "client_first";
	else
		out->direction = f.scan_like ? "masters_find_clients" : "controller_candidate";
	text = k->host == TRYST_NOT_LISTED
	               ? tryst_case_text(s->b, err,
	                                 "At its first visit %s sent first; what else it touched "
	                                 "was not kept.",
	                                 host_first ? "it" : "the home host")
	               : tryst_case_text(
				 s->b, err,
				 "At its first visit %s sent first; before the listed met it "
				 "had touched %" PRIu32 " home endpoints, %" PRIu32
				 " of them without an answer.",
				 host_first ? "it" : "the home host", f.endpoints, f.unanswered);
	if (!text)
		return TRYST_ERR_NOMEM;
	(void)evidence_add(out, "direction", text);
	return 0;
}

char
tryst_companion_grade(const struct tryst_companion_step *s, const struct tryst_candidate *k)
{
	if (k->passes || k->time_q <= s->time_rate)
		return !s->crowded && k->contact >= SPEAKS && k->time >= SPEAKS ? 'A' : 'B';
	return k->llr >= s->lead || k->time_q <= LEAD_RATE ? 'C' : 'D';
}

int
tryst_companion_tell(struct tryst_companion_step *s, const struct tryst_candidate *k,
                     struct tryst_companion *out, struct tryst_error *err)
{
	int rc;

	*out = (struct tryst_companion){
		.ip = k->ip,
		.llr = k->llr,
		.meetings = tryst_case_alloc(s->b, s->confirmed_count, sizeof(*out->meetings), err),
		.lead_known = k->company[TRYST_COMPANY_BEFORE].tested,
		.lead_ms = k->lead_ms,
		.log10_p_lead =
			k->company[TRYST_COMPANY_BEFORE].tested
				? log10(TRYST_MAX(k->company[TRYST_COMPANY_BEFORE].p, 1e-300))
				: 0,
		.grade = tryst_companion_grade(s, k),
		.evidence = { .list = tryst_case_alloc(s->b, EVIDENCE_MAX,
		                                       sizeof(*out->evidence.list), err) },
	};
	if (!out->meetings || !out->evidence.list)
		return TRYST_ERR_NOMEM;
	for (size_t j = 0; j < s->confirmed_count; j++) {
		if (k->touched >> j & 1)
			out->meetings[out->meeting_count++] = s->confirmed[j].meeting;
	}
	if ((rc = tell_endpoints(s, k, out, err)) < 0 || (rc = tell_company(s, k, out, err)) < 0 ||
	    (rc = tell_busy(s, k, out, err)) < 0)
		return rc;
	return tell_direction(s, k, out, err);
}
