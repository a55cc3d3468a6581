/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the chance step share; only chance*.c and synchrony.c know this header. */
#ifndef TRYST_HUNT_CHANCE_STEP_H
#define TRYST_HUNT_CHANCE_STEP_H

#include "hunt/build.h"
#include "hunt/chance.h"

/* An endpoint that a listed host touched. */
struct tryst_chance_test {
	uint32_t endpoint;
	double fitness; /* of the endpoint */
	double log_p;   /* ln P(X >= x) */
	double log_q_bh, log_q_by;
};

struct tryst_chance_step {
	struct tryst_case_builder *b;
	const struct tryst_graph *graph;
	const struct tryst_chance_model *model;
	uint32_t *listed; /* the listed hosts: numbers of hosts of the graph */
	uint32_t listed_count;
	double *p, *work; /* of the listed hosts */
	struct tryst_chance_test *tests;
	size_t test_count;
	uint32_t *test_of;   /* of each endpoint with listed hosts: index of tests */
	uint64_t hypotheses; /* m: all endpoints that there are */
};

/*
 * ln P(X >= x) at an endpoint, among the listed hosts; fills expected and chance_max of *out where
 * it is not NULL.
 */
double tryst_chance_tail(struct tryst_chance_step *s, uint32_t endpoint, uint32_t x,
                         struct tryst_chance *out);

/* Fills the rates of all tests from their p-values. */
int tryst_chance_rates(struct tryst_chance_step *s, struct tryst_error *err);

#endif
