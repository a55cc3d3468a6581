/* SPDX-License-Identifier: Apache-2.0 */
/* The families of evidence for forged sources, their caps, and what their sum means. */
#include "hunt/spoof.h"

#define PROBABLE_LLR 3
#define PROBABLE_FAMILIES 2
#define SPOOFED_LLR 6
#define GENUINE_LLR -3
#define PROGRAM_LLR_MAX 3 /* of all families that show one program, together */
#define ANSWERED_MAX .1   /* more conversations both ways: the program runs on real machines */

/* Adding a family: one row, and its function in a spoof_*.c. */
const struct tryst_spoof_family tryst_spoof_families[TRYST_SPOOF_FAMILIES] = {
	{ "address", 0, 7, false, TRYST_SHOWS_NEITHER, tryst_spoof_address },
	{ "ingress", -4, 5, false, TRYST_SHOWS_NEITHER, tryst_spoof_ingress },
	{ "establishment", -8, 4, false, TRYST_SHOWS_NEITHER, tryst_spoof_establishment },
	{ "port_adjacency", 0, 12, true, TRYST_SHOWS_ONE_MACHINE, tryst_spoof_ports },
	{ "equal_rates", 0, 3, true, TRYST_SHOWS_ONE_PROGRAM, tryst_spoof_rates },
	{ "packet_size", 0, 3, true, TRYST_SHOWS_ONE_PROGRAM, tryst_spoof_size },
	{ "packet_marks", 0, 6, true, TRYST_SHOWS_ONE_MACHINE, tryst_spoof_marks },
	{ "common_times", 0, 4, true, TRYST_SHOWS_ONE_PROGRAM, tryst_spoof_times },
	{ "equal_gaps", 0, 3, true, TRYST_SHOWS_ONE_PROGRAM, tryst_spoof_gaps },
	{ "dead_sources", 0, 5, false, TRYST_SHOWS_NEITHER, tryst_spoof_dead },
	/* Told only: that others forge addresses at random says little of those on a list. */
	{ "random_sources", 0, 0, true, TRYST_SHOWS_NEITHER, tryst_spoof_random },
	{ "backscatter", 0, 0, false, TRYST_SHOWS_NEITHER, tryst_spoof_backscatter },
};

int
tryst_spoof_family_weigh(const struct tryst_spoof_family *f, const struct tryst_spoof_set *set,
                         struct tryst_evidence *e, struct tryst_error *err)
{
	int rc;

	*e = (struct tryst_evidence){ .family = f->name };
	rc = f->weigh(set, e, err);
	e->llr = e->scored ? TRYST_MAX(TRYST_MIN(e->llr, f->most), f->least) : 0;
	return rc;
}

double
tryst_spoof_programs_bound(struct tryst_evidence *all, double answered)
{
	double sum = 0, llr = 0, factor;

	for (size_t i = 0; i < TRYST_SPOOF_FAMILIES; i++) {
		if (tryst_spoof_families[i].shows != TRYST_SHOWS_ONE_PROGRAM)
			continue;
		if (answered > ANSWERED_MAX) {
			all[i].scored = false;
			all[i].llr = 0;
		}
		sum += all[i].llr;
	}
	factor = sum > PROGRAM_LLR_MAX ? PROGRAM_LLR_MAX / sum : 1;
	for (size_t i = 0; i < TRYST_SPOOF_FAMILIES; i++) {
		if (tryst_spoof_families[i].shows == TRYST_SHOWS_ONE_PROGRAM)
			all[i].llr *= factor;
		llr += all[i].llr;
	}
	return llr;
}

static enum tryst_spoof_grade
grade_of(const struct tryst_spoof *spoof, bool address_alone)
{
	if (spoof->llr <= GENUINE_LLR)
		return TRYST_SPOOF_GENUINE;
	if (address_alone)
		return TRYST_SPOOF_UNDECIDABLE;
	if (spoof->llr >= SPOOFED_LLR)
		return TRYST_SPOOF_SPOOFED;
	if (spoof->llr >= PROBABLE_LLR && spoof->families >= PROBABLE_FAMILIES)
		return TRYST_SPOOF_PROBABLE;
	return TRYST_SPOOF_UNDECIDABLE;
}

void
tryst_spoof_sum(struct tryst_spoof *out, const struct tryst_evidence *all)
{
	bool generator = false, address = false;

	out->llr = TRYST_SPOOF_PRIOR;
	for (size_t i = 0; i < TRYST_SPOOF_FAMILIES; i++) {
		out->llr += all[i].llr;
		if (all[i].llr < TRYST_SPOOF_SPEAKS)
			continue;
		out->families++;
		address |= i == 0;
		generator |= tryst_spoof_families[i].shows == TRYST_SHOWS_ONE_MACHINE &&
		             all[i].llr >= TRYST_SPOOF_GENERATOR;
	}
	out->grade = grade_of(out, address && out->families == 1);
	out->one_generator = generator && (out->grade == TRYST_SPOOF_PROBABLE ||
	                                   out->grade == TRYST_SPOOF_SPOOFED);
}
