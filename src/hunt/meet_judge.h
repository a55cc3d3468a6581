/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From candidates to findings: every kind weighs its reasons for three explanations, and the same
 * function that weighs also words them, for those that are told.
 */
#ifndef TRYST_HUNT_MEET_JUDGE_H
#define TRYST_HUNT_MEET_JUDGE_H

#include "hunt/meet_find.h"

/* Hypotheses by their place; each kind has its own names. */
enum { TRYST_MEET_COVERT, TRYST_MEET_ORDINARY, TRYST_MEET_CHANCE };

/* For holds: the verdict claims the covert explanation, or only that it is not chance. */
#define TRYST_MEET_HOLDS_COVERT (1u << TRYST_MEET_COVERT)
#define TRYST_MEET_HOLDS_REAL (1u << TRYST_MEET_COVERT | 1u << TRYST_MEET_ORDINARY)

#define TRYST_MEET_REASONS_MAX 16

/* A candidate on the scales. */
struct tryst_meet_scales {
	const struct tryst_meet_candidate *c;
	const struct tryst_meet_sums *sums;
	const struct tryst_meet_options *options;
	int64_t first_ms, last_ms; /* of all flows */
	double clients;            /* of its side, in all */
	double log10_q;            /* of its test, over all of the kind */
	double log[TRYST_FINDING_HYPOTHESES];
	unsigned families; /* reasons that speak for the covert explanation */
	char worst;        /* no better grade than this */
	const char *verdict;
	/* The explanations with which the verdict is true, a bit each; 0: with all. */
	unsigned holds;
	/* Where it is told, else NULL: */
	struct tryst_arena *arena;
	const char *changes[4];
	unsigned change_count;
	struct tryst_meet_reason {
		const char *family, *text;
		double llr[TRYST_FINDING_HYPOTHESES];
	} reasons[TRYST_MEET_REASONS_MAX];
	unsigned reason_count;
	bool failed; /* no memory */
};

/*
 * A reason: its log-likelihoods of the three, against an arbitrary zero.  All zero: only told.  The
 * family counts where it speaks for the covert explanation against the ordinary one.
 */
void tryst_meet_reason(struct tryst_meet_scales *s, const char *family, double covert,
                       double ordinary, double chance, const char *fmt, ...) TRYST_PRINTF(6, 7);
void tryst_meet_change(struct tryst_meet_scales *s, const char *text); /* a constant */

/* The prevalence of the endpoint, or negative where too few clients are known. */
double tryst_meet_prevalence(const struct tryst_meet_scales *s);

/* How rare the endpoint is, as a reason that every kind has. */
void tryst_meet_weigh_rare(struct tryst_meet_scales *s);

struct tryst_meet_rule {
	const char *name; /* of the kind, as in the case file */
	const char *hypotheses[TRYST_FINDING_HYPOTHESES];
	double priors[TRYST_FINDING_HYPOTHESES];
	void (*weigh)(struct tryst_meet_scales *s);
	const char *numbers[TRYST_MEET_NUMBERS]; /* names of v; NULL: not told */
};

extern const struct tryst_meet_rule tryst_meet_rules[TRYST_MEET_KINDS];

void tryst_meet_weigh_beacon(struct tryst_meet_scales *s);
void tryst_meet_weigh_irc(struct tryst_meet_scales *s);
void tryst_meet_weigh_group(struct tryst_meet_scales *s);
void tryst_meet_weigh_game(struct tryst_meet_scales *s);
void tryst_meet_weigh_direction(struct tryst_meet_scales *s);
void tryst_meet_weigh_overlay(struct tryst_meet_scales *s);
void tryst_meet_weigh_shared(struct tryst_meet_scales *s);
void tryst_meet_weigh_long(struct tryst_meet_scales *s);

#endif
