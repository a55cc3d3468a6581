/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How likely a contact of a host and an endpoint is by chance: the bipartite configuration model on
 * the graph of who touched what, scanners apart.  docs/statistics/coincidence.md.
 *
 * For the steps after the chance step too: companions, forged sources.  All of it is const once the
 * chance step has run; any thread may read it.
 */
#ifndef TRYST_HUNT_CHANCE_H
#define TRYST_HUNT_CHANCE_H

#include "hunt/graph.h"
#include "stats/bicm.h"

struct tryst_case_builder;

/* The model of one half of the graph. */
struct tryst_chance_half {
	struct tryst_bicm_class *hosts,
		*endpoints; /* by degree, scanners and their contacts apart */
	size_t host_classes, endpoint_classes;
	double endpoint_count; /* H: endpoints that any host kept touched */
	double test_count;     /* endpoints of two hosts or more; rather too many in a sample */
	uint64_t unlisted;     /* unlisted hosts with a contact in this half */
};

struct tryst_chance_model {
	struct tryst_graph *graph;
	struct tryst_chance_half half[TRYST_HALVES];
	double *host_fitness[TRYST_HALVES]; /* x of each host; 0 without contacts, and of scanners
	                                     */
	double *endpoint_fitness;           /* y of each endpoint, by the most peers it may have */
	uint32_t *scanners_listed;          /* of each endpoint: scanners among its hosts */
	uint32_t *scanners_unlisted;
	uint32_t *scanner_from; /* of each host: where its kinds begin in scanner_kinds */
	struct tryst_kind_count *scanner_kinds;
};

/* Marks the scanners among the graph's hosts, and fits the model. */
int tryst_chance_model_new(struct tryst_chance_model **out, struct tryst_graph *g,
                           struct tryst_error *err);
void tryst_chance_model_free(struct tryst_chance_model *m);

/* Counts the hosts at the endpoints that the second pass watched, where the graph is a sample. */
int tryst_chance_count(struct tryst_case_builder *b, struct tryst_error *err);

/* What scanners touched of each kind of service, once they are marked; m frees it. */
int tryst_chance_scanners_new(struct tryst_chance_model *m, struct tryst_error *err);
void tryst_chance_scanners_free(struct tryst_chance_model *m);

/* p_ij of a scanner: its share of the other endpoints of the kind. */
double tryst_chance_of_scanner(const struct tryst_chance_model *m, uint32_t host,
                               uint32_t endpoint);

/* p_ij: of a scanner its share of the kind of service, of others by the model. */
double tryst_chance_of(const struct tryst_chance_model *m, uint32_t host, uint32_t endpoint);

/*
 * d of an endpoint: how many hosts touched it, the unlisted outside the sample estimated.  A number
 * that the true one exceeds in less than 1 % of such samples is tryst_chance_peers_most; both are
 * exact where every host was kept.
 */
double tryst_chance_peers(const struct tryst_graph *g, uint32_t endpoint);
double tryst_chance_peers_most(const struct tryst_graph *g, uint32_t endpoint);

#endif
