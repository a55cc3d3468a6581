/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the chance step share; only chance*.c and synchrony.c know this header. */
#ifndef TRYST_HUNT_CHANCE_STEP_H
#define TRYST_HUNT_CHANCE_STEP_H

#include "hunt/build.h"
#include "hunt/chance.h"
#include "hunt/intern.h"

/* An endpoint that a listed host touched. */
struct tryst_chance_test {
	uint32_t endpoint;
	double fitness; /* of the endpoint */
	double log_p;   /* ln P(X >= x) */
	double log_q_bh, log_q_by;
	double log_p_like; /* the same with the chances of hosts like the listed; 0: not asked */
	double log_q_like;
	double raised; /* the chances by so much */
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
	uint32_t controlled; /* meetings that controls were drawn for */
	uint64_t hypotheses; /* m: all endpoints that there are */
	struct tryst_chance_like *like[TRYST_HALVES]; /* where anything is significant, or NULL */
	struct tryst_chance_controls *controls[TRYST_HALVES];
};

/*
 * ln P(X >= x) at an endpoint, among the listed hosts; fills expected and chance_max of *out where
 * it is not NULL.
 */
double tryst_chance_tail(struct tryst_chance_step *s, uint32_t endpoint, uint32_t x,
                         struct tryst_chance *out);

/* Members of one fitness: how many hosts they stand for. */
struct tryst_chance_members {
	double fitness, weight;
};

/* Hosts like the listed, in one half of the graph: chance_like.c. */
struct tryst_chance_like {
	const struct tryst_graph *g;
	const struct tryst_chance_model *m;
	enum tryst_graph_half half;
	const uint32_t *listed;
	uint32_t listed_count;
	double *member; /* z of each host */
	double *score;  /* s */
	struct tryst_chance_members *groups, *by_degree;
	size_t group_count;
	uint32_t degree_max;
	double *touched, *expected; /* T and U of each endpoint */
	double share, share_listed; /* of members among the unlisted and the listed */
	double raised;              /* the mean over what the listed touched */
};

int tryst_chance_like_new(struct tryst_chance_like **out, const struct tryst_chance_step *s,
                          enum tryst_graph_half half, struct tryst_error *err);
void tryst_chance_like_free(struct tryst_chance_like *l);

/* The probability that a host is like the listed, whether or not it touched that endpoint. */
double tryst_chance_like_without(const struct tryst_chance_like *l, uint32_t host,
                                 uint32_t endpoint);

/* By how much the chances of such hosts at an endpoint are above the model's; at least 1. */
double tryst_chance_like_raised(const struct tryst_chance_like *l, uint32_t endpoint);

/* p_ij with that. */
double tryst_chance_like_of(const struct tryst_chance_like *l, uint32_t host, uint32_t endpoint,
                            double raised);

/* Hosts in order of degree, to find matched ones among: chance_controls.c. */
struct tryst_chance_controls {
	uint32_t *by_degree, *place;
	uint32_t count;
};

int tryst_chance_controls_new(struct tryst_chance_controls **out, const struct tryst_chance_like *l,
                              struct tryst_error *err);
void tryst_chance_controls_free(struct tryst_chance_controls *c);

/* Fills matched_sets and matched_p, or unmatched, for an endpoint where chances are so raised. */
int tryst_chance_controls_test(const struct tryst_chance_controls *c,
                               const struct tryst_chance_like *l, uint32_t endpoint, double raised,
                               struct tryst_chance *out, struct tryst_error *err);

/*
 * Nodes of a graph by degree, for tryst_bicm_fit: exact up to 64, then 16 classes an octave, each
 * of the mean degree of its nodes.  `nodes` says how many a node stands for.  Close returns the
 * number of classes; the caller frees them.
 */
struct tryst_bicm_class *tryst_degree_classes_new(struct tryst_error *err);
void tryst_degree_classes_add(struct tryst_bicm_class *classes, double degree, double nodes);
size_t tryst_degree_classes_close(struct tryst_bicm_class *classes);

/*
 * The meetings that were tested, class by class: key = class << 32 | endpoint, value an index of
 * case.meetings.  `list` has room for twice the meetings; returns how many there are.
 */
size_t tryst_chance_by_kind(const struct tryst_chance_step *s, struct tryst_pair *list);

/* Fills the fields of classes of all meetings that were tested: chance_class.c. */
int tryst_chance_classes(struct tryst_chance_step *s, struct tryst_error *err);

/* Fills meetings[].synchrony: synchrony.c. */
int tryst_chance_synchrony(struct tryst_chance_step *s, struct tryst_error *err);

#endif
