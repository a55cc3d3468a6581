/* SPDX-License-Identifier: Apache-2.0 */
/* What of a case is blocked: whom there is evidence against, and no victims. */
#include <stdio.h>
#include <stdlib.h>

#include "respond/plan_impl.h"

#define TEXT_MAX 400

/* Why the sources of a host are taken for forged, or NULL with *forged unset: they are not. */
static int
forged_why(struct tryst_block_plan *p, const struct tryst_case *c, uint32_t host, const char **why,
           struct tryst_error *err)
{
	const struct tryst_spoof *s = &c->hosts[host].spoof;
	char ip[TRYST_IP_TEXT_MAX];

	*why = NULL;
	if (!s->untested && s->grade >= TRYST_SPOOF_PROBABLE) {
		*why = tryst_block_plan_text(p, err,
		                             "its packets are judged forged (log-likelihood ratio "
		                             "%.1f): the address is a victim",
		                             s->llr);
		return *why ? 0 : TRYST_ERR_NOMEM;
	}
	if (!s->untested && s->grade == TRYST_SPOOF_GENUINE)
		return 0;
	for (size_t i = 0; i < c->meeting_count && !*why; i++) {
		const struct tryst_meeting *m = &c->meetings[i];
		bool here = false;

		for (uint32_t k = 0; k < m->host_count; k++)
			here |= m->hosts[k] == host;
		if (!here || !((!m->spoof.untested && m->spoof.grade >= TRYST_SPOOF_PROBABLE) ||
		               (m->judgement.best == TRYST_HYPOTHESIS_SPOOFED &&
		                m->judgement.grade >= 'A' && m->judgement.grade <= 'D')))
			continue;
		(void)tryst_ip_format(m->ip, ip);
		*why = tryst_block_plan_text(p, err,
		                             "the meeting at %s is judged to be of forged sources: "
		                             "the address is a victim",
		                             ip);
		if (!*why)
			return TRYST_ERR_NOMEM;
	}
	return 0;
}

/* Whether a conversation with that verdict is evidence enough. */
static bool
is_enough(enum tryst_verdict v, enum tryst_block_evidence evidence)
{
	static const uint8_t least[TRYST_VERDICT_COUNT] = {
		[TRYST_VERDICT_ANSWERED] = 1 + TRYST_BLOCK_PRODUCTIVE,
		[TRYST_VERDICT_EXCHANGED] = 1 + TRYST_BLOCK_PRODUCTIVE,
		[TRYST_VERDICT_HANDSHAKE] = 1 + TRYST_BLOCK_ANSWERED,
		[TRYST_VERDICT_ONE_SIDED] = 1 + TRYST_BLOCK_ANSWERED,
	};

	return evidence == TRYST_BLOCK_ANY || (least[v] && least[v] <= 1 + evidence);
}

/* Conversations of a host that are evidence enough, but for those that are out of date. */
static uint32_t
evidence_count(const struct tryst_listed_host *h, const uint32_t *outdated,
               enum tryst_block_evidence evidence)
{
	uint32_t sum = 0;

	for (unsigned v = 0; v < TRYST_VERDICT_COUNT; v++) {
		if (is_enough((enum tryst_verdict)v, evidence) && h->verdicts[v] > outdated[v])
			sum += h->verdicts[v] - outdated[v];
	}
	return sum;
}

/* By host and verdict: its conversations outside the validity of its entries; NULL: no memory. */
static uint32_t *
outdated_find(const struct tryst_case *c)
{
	uint32_t *counts = calloc(c->host_count + 1, TRYST_VERDICT_COUNT * sizeof(*counts));

	for (size_t i = 0; counts && i < c->sighting_count; i++) {
		const struct tryst_sighting *s = &c->sightings[i];

		counts[(size_t)s->host * TRYST_VERDICT_COUNT + s->verdict] += s->outside_validity;
	}
	return counts;
}

static const char *const evidence_words[] = {
	[TRYST_BLOCK_PRODUCTIVE] = "worked",
	[TRYST_BLOCK_ANSWERED] = "were answered",
	[TRYST_BLOCK_ANY] = "were seen",
};

static int
host_add(struct tryst_block_plan *p, const struct tryst_case *c, uint32_t host,
         const uint32_t *outdated, enum tryst_block_evidence evidence, struct tryst_error *err)
{
	const struct tryst_listed_host *h = &c->hosts[host];
	uint32_t enough = evidence_count(h, outdated, evidence);
	char over[40] = "";
	const char *label = "", *why = NULL;
	int rc = forged_why(p, c, host, &why, err);

	if (rc < 0)
		return rc;
	if (why)
		return tryst_block_plan_left(
			p, (struct tryst_block_left){ h->ip, why, true, false }, err);
	if (h->outdated)
		(void)snprintf(over, sizeof(over), ", %u out of date", h->outdated);
	why = tryst_block_plan_text(p, err, "%s%u of %u conversations %s%s", enough ? "case: " : "",
	                            enough, h->conversations, evidence_words[evidence], over);
	if (!why)
		return TRYST_ERR_NOMEM;
	if (!enough)
		return tryst_block_plan_left(
			p,
			(struct tryst_block_left){ h->ip, why, false,
		                                   evidence_count(h, outdated, TRYST_BLOCK_ANY) >
		                                           0 },
			err);
	if (h->indicator_count)
		label = tryst_watchlist_indicator(c->watchlist, h->indicators[0])->label;
	return tryst_block_plan_entry(p, (struct tryst_prefix){ h->ip, 128 }, label, why, err);
}

/* The addresses of those who exported an input. */
static int
input_guard(struct tryst_block_plan *p, const struct tryst_input *in, struct tryst_error *err)
{
	char what[TEXT_MAX];
	int rc = 0;

	(void)snprintf(what, sizeof(what), "exporter of the flows in %s", in->path);
	for (size_t i = 0; i < in->exporter_count && rc >= 0; i++) {
		struct tryst_ip ip = in->exporters[i]->ip;

		if (ip.hi || ip.lo)
			rc = tryst_block_plan_guard(p, (struct tryst_prefix){ ip, 128 }, "exporter",
			                            what, err);
	}
	return rc;
}

int
tryst_block_plan_add_case(struct tryst_block_plan *p, const struct tryst_case *c,
                          enum tryst_block_evidence evidence, struct tryst_error *err)
{
	uint32_t *outdated = outdated_find(c);
	int rc = outdated ? 0 : tryst_error_nomem(err);

	for (size_t i = 0; i < c->home_count && rc >= 0; i++)
		rc = tryst_block_plan_guard(p, c->home[i], "own", "home of the case", err);
	for (size_t i = 0; i < c->input_count && rc >= 0; i++)
		rc = input_guard(p, c->inputs[i], err);
	for (uint32_t i = 0; i < c->host_count && rc >= 0; i++)
		rc = host_add(p, c, i, &outdated[(size_t)i * TRYST_VERDICT_COUNT], evidence, err);
	free(outdated);
	return rc;
}
