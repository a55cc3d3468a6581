/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sources drawn at random: a forger who makes addresses up spreads them evenly over the address
 * space, and hosts do not (Moore, Voelker and Savage, USENIX Security 2001, who used Anderson and
 * Darling's test).  The listed hosts are a chosen set, so that only the other sources of unanswered
 * requests to the service can show this.
 */
#include <math.h>
#include <stdlib.h>

#include "hunt/spoof.h"
#include "stats/forgery.h"
#include "stats/special.h"

#define SOURCES_MIN 200
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

int
tryst_spoof_random(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                   struct tryst_error *err)
{
	const struct tryst_spoof_others *o = set->others;
	uint32_t counts[BLOCKS] = { 0 }, n = 0, ranks[BLOCKS], blocks = 0;
	double *u, p;

	for (unsigned i = 0; i < BLOCKS; i++) {
		ranks[i] = blocks;
		blocks += announced(i);
	}
	if (!o || o->source_count < SOURCES_MIN)
		return 0;
	u = calloc(o->source_count, sizeof(*u));
	if (!u)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < o->source_count; i++) {
		unsigned block = (unsigned)(o->sources[i].lo >> 24) & 255;

		if (!tryst_ip_is_v4(o->sources[i]) || !announced(block))
			continue;
		counts[block]++;
		u[n++] = (ranks[block] + (double)(o->sources[i].lo & 0xffffff) / 0x1p24) / blocks;
	}
	p = n >= SOURCES_MIN ? tryst_anderson_darling_upper(tryst_anderson_darling(u, n)) : 0;
	free(u);
	if (n < SOURCES_MIN)
		return 0;
	e->scored = true;
	e->llr = p >= UNIFORM_P ? even_log_bayes(counts, blocks, n) : 0;
	e->text = tryst_case_text(
		set->b, err,
		"%u other sources of unanswered requests %s over the address space "
		"(Anderson and Darling, p = %.2g).",
		n, p >= UNIFORM_P ? "are spread evenly" : "are not spread evenly", p);
	return e->text ? 0 : TRYST_ERR_NOMEM;
}
