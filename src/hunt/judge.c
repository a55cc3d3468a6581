/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Weighs the five hypotheses: ln prior + the families' log-likelihood ratios, softmax, none above
 * 0.99; then the grade.  docs/statistics/verdict.md.
 */
#include "hunt/judge.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define POSTERIOR_MAX 0.99
#define A_POSTERIOR 0.95
#define B_POSTERIOR 0.80
#define C_POSTERIOR 0.50
#define SPEAKS 1.0 /* how far a family must speak for the likeliest to count */

static const double priors[TRYST_HYPOTHESIS_COUNT] = {
	[TRYST_HYPOTHESIS_RENDEZVOUS] = 0.05, [TRYST_HYPOTHESIS_SPOOFED] = 0.05,
	[TRYST_HYPOTHESIS_POPULAR] = 0.60,    [TRYST_HYPOTHESIS_SCANNERS] = 0.25,
	[TRYST_HYPOTHESIS_TAKEDOWN] = 0.05,
};

static int
likeliest(const double *p)
{
	int best = 0;

	for (int h = 1; h < TRYST_HYPOTHESIS_COUNT; h++)
		best = p[h] > p[best] ? h : best;
	return best;
}

/* log[] -> p[], their softmax with none above POSTERIOR_MAX. */
static void
posteriors(const double *log, double *p)
{
	int best = likeliest(log);
	double sum = 0, rest = 0;

	for (int h = 0; h < TRYST_HYPOTHESIS_COUNT; h++)
		sum += p[h] = exp(log[h] - log[best]);
	for (int h = 0; h < TRYST_HYPOTHESIS_COUNT; h++) {
		p[h] /= sum;
		rest += h == best ? 0 : p[h];
	}
	if (p[best] <= POSTERIOR_MAX)
		return;
	for (int h = 0; h < TRYST_HYPOTHESIS_COUNT; h++) {
		if (h != best)
			p[h] = rest > 0 ? p[h] / rest * (1 - POSTERIOR_MAX)
			                : (1 - POSTERIOR_MAX) / (TRYST_HYPOTHESIS_COUNT - 1);
	}
	p[best] = POSTERIOR_MAX;
}

/* How far the family speaks for `best` against all the others, weighted by their priors. */
static double
speaks(const struct tryst_weight *w, int best)
{
	double others = 0, prior = 0;

	for (int h = 0; h < TRYST_HYPOTHESIS_COUNT; h++) {
		if (h == best)
			continue;
		others += priors[h] * exp(w->llr[h]);
		prior += priors[h];
	}
	return w->llr[best] - log(others / prior);
}

/* The first records of the conversations that the family rests on. */
static int
evidence_refs(struct tryst_case_builder *b, const struct tryst_meeting *m,
              const struct tryst_weight *w, struct tryst_evidence *e, struct tryst_error *err)
{
	const struct tryst_case *c = b->c;

	e->refs = tryst_case_alloc(b, TRYST_EVIDENCE_REFS_MAX, sizeof(*e->refs), err);
	if (!e->refs)
		return TRYST_ERR_NOMEM;
	for (uint32_t i = 0; i < m->sighting_count; i++) {
		const struct tryst_sighting *s = &c->sightings[m->sightings[i] - 1];

		if (e->ref_count == TRYST_EVIDENCE_REFS_MAX)
			break;
		if (s->ref_count && (!w->picks || w->picks(c, s)))
			e->refs[e->ref_count++] = s->refs[0];
	}
	return 0;
}

/* Whether the claim has passed a test of its own against chance. */
static bool
gate(const struct tryst_meeting *m, int best)
{
	/* That one program made the packets is itself tested against independent clients. */
	if (best == TRYST_HYPOTHESIS_SPOOFED && m->spoof.one_generator)
		return m->spoof.grade == TRYST_SPOOF_SPOOFED;
	return !m->chance.untested && m->chance.significant;
}

static char
grade_of(const struct tryst_meeting *m, const struct tryst_judgement *j, unsigned families,
         bool stands)
{
	double p = j->posterior[j->best];
	bool tested = !m->chance.untested;
	/* What is left when all else is excluded is a lead: a finding needs evidence of its own. */
	bool by_exclusion =
		j->best == TRYST_HYPOTHESIS_TAKEDOWN ||
		(j->best == TRYST_HYPOTHESIS_SPOOFED && m->spoof.grade < TRYST_SPOOF_PROBABLE);

	if (j->best == TRYST_HYPOTHESIS_POPULAR)
		return !tested ? 'U' : m->chance.significant && p < B_POSTERIOR ? 'C' : 'D';
	if (tested && !m->chance.significant && !gate(m, j->best) && !(stands && m->at_peer))
		return 'D';
	if (!by_exclusion && p >= A_POSTERIOR && families >= 3 && gate(m, j->best))
		return 'A';
	if (!by_exclusion && p >= B_POSTERIOR && families >= 2 && (stands || gate(m, j->best)))
		return 'B';
	if (!tested && !stands)
		return 'U';
	return p >= C_POSTERIOR || m->chance.significant ? 'C' : 'U';
}

static const char *
missing(const struct tryst_meeting *m)
{
	if (m->chance.untested)
		return m->chance.untested;
	if (!tryst_meeting_decided(m))
		return "Records of the other direction are missing.";
	return "Nothing sets the explanations apart.";
}

/* The families' say as evidence, those with text only, and the grade they give together. */
static int
judge_evidence(struct tryst_case_builder *b, struct tryst_meeting *m, const struct tryst_weight *ws,
               struct tryst_error *err)
{
	struct tryst_judgement *j = &m->judgement;
	unsigned families = 0;
	bool stands = false;
	int best = likeliest(j->posterior), rc = 0;

	j->best = (enum tryst_hypothesis)best;
	j->evidence.list =
		tryst_case_alloc(b, tryst_judge_family_count, sizeof(*j->evidence.list), err);
	if (!j->evidence.list)
		return TRYST_ERR_NOMEM;
	for (size_t f = 0; rc >= 0 && f < tryst_judge_family_count; f++) {
		struct tryst_evidence *e = &j->evidence.list[j->evidence.count];

		if (!ws[f].text)
			continue;
		*e = (struct tryst_evidence){
			.family = tryst_judge_families[f].name,
			.text = ws[f].text,
			.scored = ws[f].scored,
			.llr = speaks(&ws[f], best),
		};
		if (e->scored && e->llr >= SPEAKS) {
			bool claimed = (int)ws[f].claim == best;

			families += claimed ? TRYST_MAX(1u, ws[f].families) : 1;
			stands |= claimed && ws[f].stands;
		}
		rc = evidence_refs(b, m, &ws[f], e, err);
		j->evidence.count++;
	}
	j->grade = grade_of(m, j, families, stands);
	j->missing = j->grade == 'U' ? missing(m) : NULL;
	return rc;
}

static int
judge_meeting(struct tryst_case_builder *b, struct tryst_meeting *m, struct tryst_weight *ws,
              struct tryst_error *err)
{
	double log_odds[TRYST_HYPOTHESIS_COUNT];
	int rc = 0;

	for (int h = 0; h < TRYST_HYPOTHESIS_COUNT; h++)
		log_odds[h] = log(priors[h]);
	for (size_t f = 0; f < tryst_judge_family_count; f++) {
		ws[f] = (struct tryst_weight){ 0 };
		rc = tryst_judge_families[f].weigh(b, m, &ws[f], err);
		if (rc < 0)
			return rc;
		for (int h = 0; ws[f].scored && h < TRYST_HYPOTHESIS_COUNT; h++)
			log_odds[h] += ws[f].llr[h];
	}
	posteriors(log_odds, m->judgement.posterior);
	rc = judge_evidence(b, m, ws, err);
	return rc < 0 ? rc : tryst_judge_words(b, m, &m->judgement, err);
}

/* A meeting to sort, and where it stood. */
struct place {
	struct tryst_meeting m;
	uint32_t at;
};

/* What to look at first: findings, leads, what cannot be told, what chance explains; then by p. */
static int
place_compare(const void *va, const void *vb)
{
	static const char order[] = "ABCUD";
	const struct place *a = va, *b = vb;
	double pa = a->m.chance.untested ? 0 : a->m.chance.log10_p;
	double pb = b->m.chance.untested ? 0 : b->m.chance.log10_p;

	if (a->m.judgement.grade != b->m.judgement.grade)
		return strchr(order, a->m.judgement.grade) < strchr(order, b->m.judgement.grade)
		               ? -1
		               : 1;
	if (pa < pb || pa > pb)
		return pa < pb ? -1 : 1;
	return (a->at > b->at) - (a->at < b->at);
}

/* Sorts the meetings; companions name them by their place. */
static int
judge_rank(struct tryst_case *c, struct tryst_error *err)
{
	struct place *list = calloc(c->meeting_count + 1, sizeof(*list));
	uint32_t *now = calloc(c->meeting_count + 1, sizeof(*now));
	int rc = list && now ? 0 : tryst_error_nomem(err);

	if (rc < 0)
		goto out;
	for (uint32_t i = 0; i < c->meeting_count; i++)
		list[i] = (struct place){ c->meetings[i], i };
	qsort(list, c->meeting_count, sizeof(*list), place_compare);
	for (uint32_t i = 0; i < c->meeting_count; i++) {
		c->meetings[i] = list[i].m;
		now[list[i].at] = i;
	}
	for (size_t i = 0; i < c->companion_count; i++) {
		for (uint32_t k = 0; k < c->companions[i].meeting_count; k++)
			c->companions[i].meetings[k] = now[c->companions[i].meetings[k]];
	}
out:
	free(now);
	free(list);
	return rc;
}

int
tryst_case_judge(struct tryst_case_builder *b, struct tryst_error *err)
{
	struct tryst_weight *ws = tryst_case_alloc(b, tryst_judge_family_count, sizeof(*ws), err);
	int rc = ws ? tryst_judge_services(b, err) : TRYST_ERR_NOMEM;

	for (size_t i = 0; rc >= 0 && i < b->c->meeting_count; i++)
		rc = judge_meeting(b, &b->c->meetings[i], ws, err);
	return rc < 0 ? rc : judge_rank(b->c, err);
}
