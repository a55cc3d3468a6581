/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The families of evidence.  Each weight is a natural log-likelihood ratio, capped, so that no
 * family alone decides; docs/statistics/verdict.md has the table.  The numbers are judgement,
 * checked as a whole by bench/evaluate.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "hunt/judge.h"
#include "hunt/service.h"

enum {
	R = TRYST_HYPOTHESIS_RENDEZVOUS,
	X = TRYST_HYPOTHESIS_SPOOFED,
	P = TRYST_HYPOTHESIS_POPULAR,
	S = TRYST_HYPOTHESIS_SCANNERS,
	T = TRYST_HYPOTHESIS_TAKEDOWN,
};

#define CHANCE_CAP 10.0
#define CONTROLS_CAP 4.0
#define SYNCHRONY_CAP 4.0
#define PRODUCTIVE_CAP 4.0
#define PRODUCTIVE_FULL 5 /* conversations from which on the share weighs in full */
#define SPOOF_CAP 14.0
#define SPOOF_PRIOR (-2.0) /* in tryst_spoof.llr; the prior of X stands for it here */
#define OUTBOUND_CAP 5.0
#define HABIT_MIN 10 /* home hosts */
#define HABIT_LLR 20.0
#define Q_MAX 0.05

static int
text_set(struct tryst_weight *w, const char *text)
{
	w->text = text;
	return text ? 0 : TRYST_ERR_NOMEM;
}

/* More listed hosts than their activity and the endpoint's popularity explain. */
static int
coincidence(struct tryst_case_builder *b, const struct tryst_meeting *m, struct tryst_weight *w,
            struct tryst_error *err)
{
	const struct tryst_chance *c = &m->chance;
	double ln_p = c->log10_p * M_LN10;
	char p[TRYST_POWER_TEXT_MAX], q[TRYST_POWER_TEXT_MAX];
	char expected[TRYST_EXPECTED_TEXT_MAX];

	if (c->untested)
		return text_set(w, c->untested);
	w->scored = true;
	if (c->log10_q_bh > log10(Q_MAX)) {
		w->llr[P] = 1;
	} else if (!c->matched_sets || c->matched_p <= Q_MAX) {
		/* Scanners have their share in the model, which lists of browsers may escape. */
		w->llr[P] = -TRYST_MIN(CHANCE_CAP, -ln_p);
		w->llr[S] = w->llr[P] / 2;
	}
	return text_set(
		w, tryst_case_text(b, err,
	                           "%" PRIu32 " listed hosts where chance brings %s: p = %s, "
	                           "false discovery rate %s over all endpoints. Unsurprising "
	                           "only if each had a chance of %.2g; the model gives at most "
	                           "%.2g.",
	                           c->listed_met, tryst_expected_text(c->expected, expected),
	                           tryst_power_text(c->log10_p, p),
	                           tryst_power_text(c->log10_q_bh, q), c->p_star, c->chance_max));
}

/* Hosts like the listed ones: do they gather here as well? */
static int
controls(struct tryst_case_builder *b, const struct tryst_meeting *m, struct tryst_weight *w,
         struct tryst_error *err)
{
	const struct tryst_chance *c = &m->chance;
	double against;

	if (c->untested)
		return 0;
	if (!c->matched_sets)
		return c->unmatched ? text_set(w, c->unmatched) : 0;
	w->scored = true;
	against = TRYST_MIN(CONTROLS_CAP, -log(c->matched_p) + log(Q_MAX) / 2);
	w->llr[P] = w->llr[S] = -against;
	return text_set(w, tryst_case_text(b, err,
	                                   "%.0f of %" PRIu32 " sets of hosts as active as the "
	                                   "listed ones met here as often: p = %.2g.",
	                                   c->matched_p * (c->matched_sets + 1.0) - 1,
	                                   c->matched_sets, c->matched_p));
}

static int
synchrony(struct tryst_case_builder *b, const struct tryst_meeting *m, struct tryst_weight *w,
          struct tryst_error *err)
{
	const struct tryst_synchrony *s = &m->synchrony;
	char p[TRYST_POWER_TEXT_MAX];

	if (s->untested)
		return 0;
	w->scored = s->log10_p < log10(Q_MAX);
	if (w->scored)
		w->llr[R] = w->llr[X] = TRYST_MIN(SYNCHRONY_CAP, -s->log10_p * M_LN10 / 2);
	return text_set(w,
	                tryst_case_text(b, err,
	                                "%" PRIu32 " listed host%s came for the first time within "
	                                "%" PRId64 " s: p = %s by the clock of the others.",
	                                s->hosts, s->hosts == 1 ? "" : "s", s->window_ms / 1000,
	                                tryst_power_text(s->log10_p, p)));
}

static bool
from_home(const struct tryst_case *c, const struct tryst_sighting *s)
{
	(void)c;
	return s->records_out && s->initiator != TRYST_INITIATOR_PEER;
}

/* Conversations of a meeting at a listed port that home began, as far as is known. */
static uint32_t
outbound_count(const struct tryst_case *c, const struct tryst_meeting *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; m->at_peer && i < m->sighting_count; i++)
		n += from_home(c, &c->sightings[m->sightings[i] - 1]);
	return n;
}

/* Did the two sides speak?  A rendezvous that works does; forged sources cannot. */
static int
productivity(struct tryst_case_builder *b, const struct tryst_meeting *m, struct tryst_weight *w,
             struct tryst_error *err)
{
	uint32_t decided = tryst_meeting_decided(m), spoke = tryst_meeting_spoke(m);
	char exchanges[48] = "", unseen[64] = "";
	double weight, share;

	if (!decided)
		return text_set(w, "Whether it worked cannot be told: the other direction is not "
		                   "seen here.");
	w->scored = true;
	weight = TRYST_MIN(1.0, (double)decided / PRODUCTIVE_FULL);
	share = (m->verdicts[TRYST_VERDICT_EXCHANGED] +
	         (m->verdicts[TRYST_VERDICT_ANSWERED] + m->verdicts[TRYST_VERDICT_ONE_SIDED]) /
	                 2.0) /
	        decided;
	w->llr[R] = PRODUCTIVE_CAP * weight * (2 * share - 1);
	if (outbound_count(b->c, m)) /* a bot asks, whether its masters answer or not */
		w->llr[R] = TRYST_MAX(0.0, w->llr[R]);
	w->llr[X] = -PRODUCTIVE_CAP * weight * share;
	w->llr[P] = -2 * weight * (spoke ? 0 : 1);
	if (spoke)
		(void)snprintf(exchanges, sizeof(exchanges), ", %" PRIu32 " of them exchanges",
		               m->verdicts[TRYST_VERDICT_EXCHANGED]);
	else if (m->verdicts[TRYST_VERDICT_ONE_SIDED])
		(void)snprintf(exchanges, sizeof(exchanges), ", %" PRIu32 " carried data one way",
		               m->verdicts[TRYST_VERDICT_ONE_SIDED]);
	if (decided < m->sighting_count)
		(void)snprintf(unseen, sizeof(unseen), "; of %" PRIu32 " it cannot be seen",
		               m->sighting_count - decided);
	return text_set(w, tryst_case_text(b, err,
	                                   "%" PRIu32 " of %" PRIu32
	                                   " conversations were productive%s; %" PRIu32
	                                   " were attempts only%s.",
	                                   spoke, m->sighting_count, exchanges,
	                                   m->verdicts[TRYST_VERDICT_ATTEMPT], unseen));
}

/*
 * What only says that the sources act together: equal rates, a common begin and end, equal gaps.
 * One program behind forged addresses does, and so do hosts that meet on command.
 */
static double
acting_together(const struct tryst_spoof *s)
{
	static const char *const families[] = { "equal_rates", "common_times", "equal_gaps" };
	double llr = 0;

	for (uint32_t i = 0; i < s->evidence.count; i++) {
		const struct tryst_evidence *e = &s->evidence.list[i];

		for (size_t k = 0; e->scored && k < TRYST_ARRAY_SIZE(families); k++)
			llr += strcmp(e->family, families[k]) ? 0 : TRYST_MAX(0.0, e->llr);
	}
	return llr;
}

static int
forged(struct tryst_case_builder *b, const struct tryst_meeting *m, struct tryst_weight *w,
       struct tryst_error *err)
{
	static const char *const grades[] = {
		[TRYST_SPOOF_UNDECIDABLE] = "undecidable",
		[TRYST_SPOOF_GENUINE] = "genuine",
		[TRYST_SPOOF_PROBABLE] = "probably forged",
		[TRYST_SPOOF_SPOOFED] = "forged",
	};
	const struct tryst_spoof *s = &m->spoof;
	double llr, together, against;

	if (s->untested)
		return 0;
	llr = TRYST_MAX(-SPOOF_CAP, TRYST_MIN(SPOOF_CAP, s->llr - SPOOF_PRIOR));
	together = acting_together(s);
	against = TRYST_MIN(4.0, TRYST_MAX(0.0, llr - together) / 2);
	w->scored = true;
	w->claim = TRYST_HYPOTHESIS_SPOOFED;
	w->stands = s->grade >= TRYST_SPOOF_PROBABLE;
	w->families = s->families;
	w->llr[X] = llr;
	w->llr[R] = together - against;
	w->llr[T] = s->one_generator ? -against : 0;
	return text_set(w,
	                tryst_case_text(b, err,
	                                "Sources: %s (log-likelihood ratio %+.1f with its prior, "
	                                "%u %s for forgery).",
	                                grades[s->grade], s->llr, s->families,
	                                s->families == 1 ? "family speaks" : "families speak"));
}

/* Scanners and server browsers touch all of a class; a rendezvous few. */
static int
coverage(struct tryst_case_builder *b, const struct tryst_meeting *m, struct tryst_weight *w,
         struct tryst_error *err)
{
	const struct tryst_chance *c = &m->chance;

	if (c->untested || c->class_endpoints < 10)
		return 0;
	w->scored = true;
	w->llr[S] = TRYST_MAX(-2.0, TRYST_MIN(4.0, log((c->class_coverage + 1e-3) / 0.05)));
	return text_set(w, tryst_case_text(b, err,
	                                   "The listed hosts that met here touched %.1f %% of the "
	                                   "%" PRIu32 " home endpoints of this kind.",
	                                   100 * c->class_coverage, c->class_endpoints));
}

/* A place that hardly anyone else visits. */
static int
membership(struct tryst_case_builder *b, const struct tryst_meeting *m, struct tryst_weight *w,
           struct tryst_error *err)
{
	const struct tryst_chance *c = &m->chance;

	if (c->untested || c->peers_estimated || c->peers_total < 4 ||
	    2 * (uint64_t)c->listed_met < c->peers_total)
		return 0;
	w->scored = true;
	w->llr[R] = 2;
	w->llr[X] = 1;
	w->llr[P] = -3;
	return text_set(w, tryst_case_text(b, err,
	                                   "%" PRIu32 " of the %" PRIu64 " hosts that touched it "
	                                   "are listed.",
	                                   c->listed_met, c->peers_total));
}

/* A service that everybody uses, asked by many home hosts: what they share is a habit. */
static int
breadth_outbound(struct tryst_case_builder *b, const struct tryst_meeting *m,
                 struct tryst_weight *w, uint32_t n, struct tryst_error *err)
{
	if (n < HABIT_MIN || !tryst_service_name(m->proto, m->port) ||
	    tryst_service_is_malware(m->proto, m->port) || tryst_meeting_listed_port(b->c, m))
		return 0;
	w->scored = true;
	w->llr[P] = HABIT_LLR;
	w->llr[R] = -HABIT_LLR / 2;
	return text_set(w, tryst_case_text(b, err,
	                                   "%" PRIu32 " home hosts ask listed hosts at this port, "
	                                   "which everybody uses: what they share is a habit.",
	                                   n));
}

/* Home endpoints of the same service that two or more listed hosts met. */
static int
breadth(struct tryst_case_builder *b, const struct tryst_meeting *m, struct tryst_weight *w,
        struct tryst_error *err)
{
	uint32_t n = tryst_meeting_same_service(b, m);

	if (m->at_peer)
		return breadth_outbound(b, m, w, n, err);
	if (n < 3)
		return 0;
	w->scored = true;
	w->llr[R] = -1;
	w->llr[X] = w->llr[S] = 1;
	return text_set(w, tryst_case_text(b, err,
	                                   "%" PRIu32 " home endpoints of this service were met by "
	                                   "listed hosts: not one meeting point.",
	                                   n));
}

/* Traffic that the listed host itself sent here after it was said to be down. */
static bool
of_dead(const struct tryst_case *c, const struct tryst_sighting *s)
{
	const struct tryst_death *d = &c->hosts[s->host].death;

	return d->stated && s->records_in && s->first_ms >= d->at_ms;
}

/* Hosts that were said to be down: forged, or not dead, or the address is somebody else's. */
static int
dead(struct tryst_case_builder *b, const struct tryst_meeting *m, struct tryst_weight *w,
     struct tryst_error *err)
{
	uint32_t after = 0;

	for (uint32_t i = 0; i < m->sighting_count; i++)
		after += of_dead(b->c, &b->c->sightings[m->sightings[i] - 1]);
	if (!after)
		return 0;
	w->scored = true;
	w->llr[T] = 2; /* forgery has its share in the sources' own ratio */
	w->picks = of_dead;
	return text_set(w, tryst_case_text(b, err,
	                                   "In %" PRIu32 " of %" PRIu32 " conversations a listed "
	                                   "host sent something after it was said to be down: "
	                                   "forged, not down, the address is another's, or a clock "
	                                   "is wrong.",
	                                   after, m->sighting_count));
}

/*
 * A home host that asks several listed hosts at one port of theirs, as a bot asks its masters.  At
 * a port that everybody uses that says little: lists hold servers that everybody visits, too.
 */
static int
outbound(struct tryst_case_builder *b, const struct tryst_meeting *m, struct tryst_weight *w,
         struct tryst_error *err)
{
	uint32_t listed = tryst_meeting_listed_port(b->c, m), n = outbound_count(b->c, m);
	bool malware = tryst_service_is_malware(m->proto, m->port);
	bool known = listed || malware, common = !known && tryst_service_name(m->proto, m->port);

	if (!n)
		return 0;
	w->scored = true;
	w->llr[R] = TRYST_MIN(OUTBOUND_CAP, (known ? 1.5 : common ? 0.2 : 1.0) * m->host_count);
	w->llr[X] = w->llr[S] = -OUTBOUND_CAP;
	w->llr[P] = known ? -PRODUCTIVE_CAP : 0;
	w->picks = from_home;
	w->claim = TRYST_HYPOTHESIS_RENDEZVOUS;
	w->stands = m->host_count >= 3 && !common;
	w->families = known ? 2 : 1; /* the port, and so many hosts at it */
	if (listed)
		return text_set(w, tryst_case_text(b, err,
		                                   "%" PRIu32 " of %" PRIu32
		                                   " conversations went from here to the port that "
		                                   "the list names.",
		                                   listed, m->sighting_count));
	return text_set(w, tryst_case_text(b, err,
	                                   "%" PRIu32 " of %" PRIu32
	                                   " conversations went from here to one port of %" PRIu32
	                                   " listed hosts%s.",
	                                   n, m->sighting_count, m->host_count,
	                                   malware  ? ", one that malware is known to use"
	                                   : common ? ", which everybody uses"
	                                            : ""));
}

static int
expansion(struct tryst_case_builder *b, const struct tryst_meeting *m, struct tryst_weight *w,
          struct tryst_error *err)
{
	const struct tryst_case *c = b->c;
	uint32_t index = (uint32_t)(m - c->meetings), n = 0;

	for (size_t i = 0; i < c->companion_count; i++) {
		const struct tryst_companion *k = &c->companions[i];

		for (uint32_t j = 0; k->grade <= 'B' && j < k->meeting_count; j++)
			n += k->meetings[j] == index;
	}
	if (!n)
		return 0;
	w->scored = true;
	w->llr[R] = 2;
	return text_set(w, tryst_case_text(b, err,
	                                   "%" PRIu32 " unlisted host%s like the listed ones here.",
	                                   n, n == 1 ? " behaves" : "s behave"));
}

const struct tryst_judge_family tryst_judge_families[] = {
	{ "coincidence", coincidence },   { "controls", controls },   { "synchrony", synchrony },
	{ "productivity", productivity }, { "sources", forged },      { "coverage", coverage },
	{ "membership", membership },     { "breadth", breadth },     { "dead", dead },
	{ "outbound", outbound },         { "expansion", expansion },
};
const size_t tryst_judge_family_count = TRYST_ARRAY_SIZE(tryst_judge_families);
