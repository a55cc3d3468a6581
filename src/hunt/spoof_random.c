/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources drawn at random: a forger who makes addresses up spreads them evenly over the address
 * space, and hosts do not (Moore, Voelker and Savage, USENIX Security 2001, who used Anderson and
 * Darling's test).  The listed hosts are a chosen set, so that only the other sources of unanswered
 * requests to the service can show this; and only where those that were answered, so that they are
 * real, are not spread evenly as well.
 */
#include <math.h>
#include <stdlib.h>

#include "hunt/spoof.h"
#include "stats/forgery.h"
#include "stats/special.h"

#define SOURCES_MIN 200
#define ANSWERED_MIN 50
#define ALPHA .5
#define UNIFORM_P .05
#define BLOCKS 256

/* Blocks of 2^24 addresses that can be announced: RFC 6890, RFC 1112. */
static bool
announced(unsigned block)
{
	return block >= 1 && block <= 223 && block != 10 && block != 127;
}

/* ln of the Bayes factor: every block alike, against blocks as different as gamma variables. */
static double
even_log_bayes(const uint32_t *counts, unsigned blocks, double n)
{
	double dirichlet = tryst_log_gamma(blocks * ALPHA) - tryst_log_gamma(n + blocks * ALPHA);

	for (unsigned i = 0; i < BLOCKS; i++)
		dirichlet += tryst_log_gamma(counts[i] + ALPHA) - tryst_log_gamma(ALPHA);
	return -n * log(blocks) - dirichlet;
}

/* Addresses as shares of the announced space, and how many in each block. */
struct spread {
	uint32_t counts[BLOCKS], n;
	unsigned blocks;
	double p; /* of Anderson and Darling's test for even spread */
};

static int
spread_find(struct spread *s, const struct tryst_ip *list, uint32_t count, struct tryst_error *err)
{
	double *u = calloc(count + (size_t)1, sizeof(*u));
	unsigned ranks[BLOCKS];

	*s = (struct spread){ 0 };
	if (!u)
		return tryst_error_nomem(err);
	for (unsigned i = 0; i < BLOCKS; i++) {
		ranks[i] = s->blocks;
		s->blocks += announced(i);
	}
	for (uint32_t i = 0; i < count; i++) {
		unsigned block = (unsigned)(list[i].lo >> 24) & 255;

		if (!tryst_ip_is_v4(list[i]) || !announced(block))
			continue;
		s->counts[block]++;
		u[s->n++] = (ranks[block] + (double)(list[i].lo & 0xffffff) / 0x1p24) / s->blocks;
	}
	if (s->n)
		s->p = tryst_anderson_darling_upper(tryst_anderson_darling(u, s->n));
	free(u);
	return 0;
}

int
tryst_spoof_random(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                   struct tryst_error *err)
{
	const struct tryst_spoof_others *o = set->others;
	struct spread silent, answered;
	int rc;

	if (!o || o->source_count < SOURCES_MIN || o->answered_count < ANSWERED_MIN)
		return 0;
	rc = spread_find(&silent, o->sources, o->source_count, err);
	if (rc >= 0)
		rc = spread_find(&answered, o->answered, o->answered_count, err);
	if (rc < 0 || silent.n < SOURCES_MIN || answered.n < ANSWERED_MIN)
		return rc;
	e->scored = true;
	if (silent.p >= UNIFORM_P && answered.p < UNIFORM_P)
		e->llr = even_log_bayes(silent.counts, silent.blocks, silent.n);
	e->text =
		tryst_case_text(set->b, err,
	                        "%u other sources of unanswered requests are%s spread evenly over "
	                        "the address space (Anderson and Darling, p = %.2g), and %u that "
	                        "were answered are%s (p = %.2g).",
	                        silent.n, silent.p >= UNIFORM_P ? "" : " not", silent.p, answered.n,
	                        answered.p >= UNIFORM_P ? " too" : " not", answered.p);
	return e->text ? 0 : TRYST_ERR_NOMEM;
}
