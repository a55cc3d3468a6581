/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judgement of a meeting: a table of families of evidence, each with its say on the five
 * hypotheses.  docs/statistics/verdict.md has the weights, which are judgement, and their reasons;
 * only src/hunt knows this header.
 */
#ifndef TRYST_HUNT_JUDGE_H
#define TRYST_HUNT_JUDGE_H

#include "hunt/build.h"

/* What one family says of one meeting. */
struct tryst_weight {
	const char *text; /* NULL: it has nothing to say */
	bool scored;      /* llr counts; else it is only told */
	/* What it claims by itself, and only of that: */
	enum tryst_hypothesis claim;
	bool stands;       /* the claim needs no test of chance to stand */
	unsigned families; /* that the claim sums up, where they are several */
	double llr[TRYST_HYPOTHESIS_COUNT];
	/* Which conversations the reason rests on: all of the meeting's, or those it picks. */
	bool (*picks)(const struct tryst_case *c, const struct tryst_sighting *s);
};

struct tryst_judge_family {
	const char *name;
	/* Fills *w, which is zeroed; negative without memory. */
	int (*weigh)(struct tryst_case_builder *b, const struct tryst_meeting *m,
	             struct tryst_weight *w, struct tryst_error *err);
};

/* The table; to add a family, add a row. */
extern const struct tryst_judge_family tryst_judge_families[];
extern const size_t tryst_judge_family_count;

/* Sightings of the meeting with a verdict that says the two sides spoke, and with any verdict but
 * UNKNOWN. */
uint32_t tryst_meeting_spoke(const struct tryst_meeting *m);
uint32_t tryst_meeting_decided(const struct tryst_meeting *m);

#define TRYST_EXPECTED_TEXT_MAX 24

/* A number of hosts that chance brings: "0.02", "8.5", "123". */
const char *tryst_expected_text(double expected, char out[TRYST_EXPECTED_TEXT_MAX]);

/* Of the meeting's conversations: those from home to a port that the list names. */
uint32_t tryst_meeting_listed_port(const struct tryst_case *c, const struct tryst_meeting *m);

/* Sorts the services of all meetings; then how many meetings, itself included, are of the meeting's
 * service on its side. */
int tryst_judge_services(struct tryst_case_builder *b, struct tryst_error *err);
uint32_t tryst_meeting_same_service(const struct tryst_case_builder *b,
                                    const struct tryst_meeting *m);

/* The plain sentence and what would change it; *j has posteriors and grade. */
int tryst_judge_words(struct tryst_case_builder *b, const struct tryst_meeting *m,
                      struct tryst_judgement *j, struct tryst_error *err);

#endif
