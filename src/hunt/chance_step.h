/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the chance step share; only chance*.c and synchrony.c know this header. */
#ifndef TRYST_HUNT_CHANCE_STEP_H
#define TRYST_HUNT_CHANCE_STEP_H

#include "hunt/build.h"
#include "hunt/chance.h"
#include "hunt/intern.h"

/* An endpoint that two listed hosts or more touched. */
struct tryst_chance_test {
	uint32_t endpoint;
	double fitness; /* of the endpoint */
	double log_p;   /* ln P(X >= x) */
	double log_q_bh, log_q_by;
	double log_p_like; /* the same with the chances of hosts like the listed; as log_p before */
	double log_q_like;
	double raised; /* the chances by so much */
	bool prone;    /* log_p_like is that within the class: the listed touch it elsewhere too */
};

struct tryst_chance_step {
	struct tryst_case_builder *b;
	const struct tryst_graph *graph;
	const struct tryst_chance_model *model;
	uint32_t *listed; /* the listed hosts: numbers of hosts of the graph */
	uint32_t listed_count;
	double *p, *alike, *work; /* of the listed hosts; work: 2 n + 6 */
	struct tryst_chance_test *tests;
	size_t test_count;
	uint32_t *test_of;   /* of each endpoint that is tested: index of tests */
	uint32_t controlled; /* meetings that controls were drawn for */
	uint64_t hypotheses; /* m: all endpoints that may be a meeting */
	struct tryst_chance_like *like[TRYST_HALVES]; /* where anything is significant, or NULL */
	struct tryst_chance_controls *controls[TRYST_HALVES];
};

/* Fills expected and chance_max: how many listed hosts chance brings, and the most for one. */
void tryst_chance_expect(const struct tryst_chance_step *s, uint32_t endpoint,
                         struct tryst_chance *out);

/* Raises log_p_like of a test to what hosts like the listed in that sense say, if that is more. */
void tryst_chance_like_test(struct tryst_chance_step *s, struct tryst_chance_test *test,
                            const struct tryst_chance_like *like);

/* Finds and runs the tests, and the promising ones with hosts like the listed: chance_test.c. */
int tryst_chance_test(struct tryst_chance_step *s, struct tryst_error *err);

/* Fills log_q_like, when the classes have had their say. */
int tryst_chance_confirm(struct tryst_chance_step *s, struct tryst_error *err);

/* Whether the model calls it significant. */
bool tryst_chance_promising(const struct tryst_chance_test *test);

/* ln of what a p-value at an endpoint of that half is multiplied by to hold over all of them. */
double tryst_chance_log_family(const struct tryst_chance_step *s, enum tryst_graph_half half);

/* Members of one fitness: how many hosts they stand for. */
struct tryst_chance_members {
	double fitness, weight;
};

/* What hosts are judged by: all endpoints of the half, those of one class, or the others. */
enum tryst_like_by { TRYST_LIKE_BY_ALL, TRYST_LIKE_BY_KIND, TRYST_LIKE_BY_OTHERS };

/* Hosts like the listed, in one half of the graph: chance_like.c. */
struct tryst_chance_like {
	const struct tryst_graph *g;
	const struct tryst_chance_model *m;
	enum tryst_graph_half half;
	enum tryst_like_by by;
	uint32_t kind;
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
	double unlisted;            /* what an unlisted member counts beside a listed one */
};

int tryst_chance_like_new(struct tryst_chance_like **out, const struct tryst_chance_step *s,
                          enum tryst_graph_half half, enum tryst_like_by by, uint32_t kind,
                          struct tryst_error *err);
void tryst_chance_like_free(struct tryst_chance_like *l);

/* The probability that a host is like the listed, whether or not it touched that endpoint, or of
 * TRYST_NO_ENDPOINT. */
double tryst_chance_like_without(const struct tryst_chance_like *l, uint32_t host,
                                 uint32_t endpoint);

/*
 * How many pseudo-contacts stand behind a factor before anything is known of an endpoint, when the
 * mean factor of what the listed touch is `mean`: if that is 1, nothing says that hosts are of
 * different kinds, and the factor of an endpoint is hardly another; else it may be anything.
 */
double tryst_chance_prior(double mean);

/*
 * The factor of fitness with which hosts of these groups, of which one counts `scale`, touch an
 * endpoint of fitness y `touched` times; at least 1.  `known` pseudo-contacts say `prior`.
 */
double tryst_chance_raise(const struct tryst_chance_members *groups, size_t count, double y,
                          double scale, double touched, double prior, double known);

/* By how much the chances of hosts like the listed are above the model's, and how well that is
 * known: the contacts that it rests on. */
struct tryst_chance_raised {
	double by;
	double known;
};

/*
 * ln P(X >= x) where host i is like the listed with probability like[i] and its chance then raised
 * from p[i], over what the factor may be (a gamma distribution).  `work` holds 2 n + 6 doubles.
 */
double tryst_chance_raised_tail(const struct tryst_chance_raised *raised, const double *p,
                                const double *like, size_t n, size_t x, double *work);

/* p with its odds raised for a host that is like the listed with that probability. */
double tryst_chance_raised_odds(double p, double like, double raised);

/*
 * The share of members among the listed by everything but an endpoint: the meeting there must not
 * make the list a community.  `scores` is work for as many numbers as there are listed hosts.
 */
double tryst_chance_like_share(const struct tryst_chance_like *l, uint32_t endpoint,
                               double *scores);

/* The probability that a listed host is a member, by everything but an endpoint, and not below the
 * list's share: who touches little else has no likeness of its own. */
double tryst_chance_like_listed(const struct tryst_chance_like *l, uint32_t host, uint32_t endpoint,
                                double share);

/* At an endpoint. */
struct tryst_chance_raised tryst_chance_like_raised(const struct tryst_chance_like *l,
                                                    uint32_t endpoint);

/* p_ij with that. */
double tryst_chance_like_of(const struct tryst_chance_like *l, uint32_t host, uint32_t endpoint,
                            double raised);

/* A host, as it is without what it did at the endpoint that is tested. */
struct tryst_chance_control {
	double like; /* tryst_chance_like_without() */
	uint32_t host, degree;
	uint32_t hours;   /* of the day, in which it was elsewhere */
	uint32_t of_kind; /* other endpoints of the class that it touched */
	bool listed, scanner;
	bool touched; /* the endpoint */
};

/* Hosts in order of degree, to find matched ones among: chance_controls.c. */
struct tryst_chance_controls {
	struct tryst_chance_control *list;
	uint32_t *place; /* of each host */
	uint32_t count;
	uint32_t kind; /* that of_kind is counted for */
	bool kind_known;
};

int tryst_chance_controls_new(struct tryst_chance_controls **out, const struct tryst_chance_like *l,
                              struct tryst_error *err);
void tryst_chance_controls_free(struct tryst_chance_controls *c);

/* Fills matched_sets and matched_p, or unmatched. */
int tryst_chance_controls_test(struct tryst_chance_controls *c, const struct tryst_chance_like *l,
                               const struct tryst_chance_test *test, struct tryst_chance *out,
                               struct tryst_error *err);

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
