/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Are the sources forged?  A sum of capped log-likelihood ratios, forged against genuine, one for
 * each family of evidence; docs/statistics/forged-sources.md has every family, its source and its
 * limits.  Only src/hunt knows this header.
 *
 * What is weighed is a *set* of conversations in which a listed host is said to have sent something
 * to a service at home.  Families that look for one program behind many sources are weighed for
 * all endpoints of a service at once, and shared by its meetings and hosts.
 */
#ifndef TRYST_HUNT_SPOOF_H
#define TRYST_HUNT_SPOOF_H

#include "hunt/build.h"

#define TRYST_SPOOF_PRIOR -2.
#define TRYST_SPOOF_SPEAKS .4 /* a likelihood ratio of 3 to 2: less does not count as a family */
#define TRYST_SPOOF_ALIVE .05 /* chance that a host said to be down is not */

/* What the other clients of a service do: unlisted hosts, from the records around the meetings. */
struct tryst_spoof_others {
	uint64_t attempts,
		established;       /* conversations that the client began; of them, both ways */
	uint64_t singles;          /* one-packet requests, by size: */
	uint64_t size_counts[256]; /* the last holds all larger */
	uint64_t marked_tos, tos_counts[256];
	uint64_t marked_ttl, ttl_counts[256];
	int64_t *firsts; /* first contacts of distinct clients, ascending */
	uint32_t first_count;
	struct tryst_ip *sources; /* of unanswered one-packet requests: distinct, ascending */
	uint32_t source_count;
	struct tryst_ip *answered; /* of conversations both ways: distinct, ascending */
	uint32_t answered_count;
};

struct tryst_spoof_class {
	uint32_t group; /* tryst_service_group() */
	struct tryst_spoof_others others;
};

/*
 * The classes of the services that the second pass looked at; none, where it was not run.  Given
 * back to tryst_spoof_others_free also after a failure.
 */
int tryst_spoof_others_find(const struct tryst_case_builder *b, struct tryst_spoof_class **out,
                            size_t *count, struct tryst_error *err);
void tryst_spoof_others_free(struct tryst_spoof_class *classes, size_t count);

/* On which interface an exporter saw real TCP sessions of a network (/24, of IPv6 /48) arrive. */
struct tryst_spoof_arrival {
	struct tryst_ip exporter, net;
	uint32_t in_if;
	uint32_t sessions;
};

struct tryst_spoof_history {
	struct tryst_spoof_arrival *list; /* by exporter, network, interface; each once */
	size_t count;
};

/* Of the listed hosts of a case.  After a failure there is nothing to give back. */
int tryst_spoof_history_find(const struct tryst_case *c, struct tryst_spoof_history *out,
                             struct tryst_error *err);
void tryst_spoof_history_fini(struct tryst_spoof_history *h);

struct tryst_spoof_set {
	struct tryst_case_builder *b;
	const uint32_t *list;  /* indices of case.sightings, in order of time */
	const uint32_t *slots; /* of each: which of the sources sent it */
	uint32_t count;
	const uint32_t *sources;    /* indices of case.hosts, by first appearance */
	const uint32_t *per_source; /* conversations of each */
	uint32_t source_count;
	const struct tryst_spoof_others *others; /* NULL: not known */
	const struct tryst_spoof_history *history;
};

/* What the conversations of a service could be for. */
#define TRYST_SPOOF_ENDPOINTS_MAX 16 /* told apart: so many are "at least" so many */

struct tryst_spoof_aim {
	const char
		*amplifier; /* the protocol, where a small query brings a large answer; or NULL */
	uint64_t query_octets; /* one size of all packets; 0: they vary, or are not known */
	uint64_t octets_in, octets_out;
	uint32_t flows, sources, endpoints, floods, answered;
};

/*
 * One family: fills *e with text and llr (clamped by the caller), or leaves text NULL where there
 * is nothing to say; llr counts where scored.
 */
typedef int (*tryst_spoof_fn)(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                              struct tryst_error *err);

#define TRYST_SPOOF_FAMILIES 12
/* From here on a family shows that one machine made the packets. */
#define TRYST_SPOOF_GENERATOR 3

/* What a family can show: that one machine made the packets, or one program, which may as well run
 * on many real machines (a game's browser, a worm). */
enum tryst_spoof_shows { TRYST_SHOWS_NEITHER, TRYST_SHOWS_ONE_MACHINE, TRYST_SHOWS_ONE_PROGRAM };

struct tryst_spoof_family {
	const char *name;
	double least, most; /* of its contribution */
	bool service;       /* weighed for all endpoints of a service at once */
	enum tryst_spoof_shows shows;
	tryst_spoof_fn weigh;
};

/* spoof_sum.c */
extern const struct tryst_spoof_family tryst_spoof_families[TRYST_SPOOF_FAMILIES];

/* Weighs one family over a set, within its caps. */
int tryst_spoof_family_weigh(const struct tryst_spoof_family *f, const struct tryst_spoof_set *set,
                             struct tryst_evidence *e, struct tryst_error *err);

/*
 * Bounds a service's evidence, one of each family: those that show one program share a cause, and
 * say nothing where the program is answered.  The sum of all.
 */
double tryst_spoof_programs_bound(struct tryst_evidence *all, double answered);

/* Adds up the evidence, one of each family: ratio, grade, and whether one machine is behind it. */
void tryst_spoof_sum(struct tryst_spoof *out, const struct tryst_evidence *all);

/* Of a set of sources: spoof_source.c, spoof_ingress.c. */
int tryst_spoof_address(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                        struct tryst_error *err);
int tryst_spoof_ingress(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                        struct tryst_error *err);
int tryst_spoof_establishment(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                              struct tryst_error *err);
int tryst_spoof_dead(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                     struct tryst_error *err);
int tryst_spoof_backscatter(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                            struct tryst_error *err);

/* Of all endpoints of a service: spoof_ports.c, spoof_make.c, spoof_rate.c, spoof_random.c. */
int tryst_spoof_ports(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                      struct tryst_error *err);
int tryst_spoof_rates(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                      struct tryst_error *err);
int tryst_spoof_size(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                     struct tryst_error *err);
int tryst_spoof_marks(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                      struct tryst_error *err);
int tryst_spoof_times(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                      struct tryst_error *err);
int tryst_spoof_gaps(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                     struct tryst_error *err);
int tryst_spoof_random(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                       struct tryst_error *err);

/* Whether the i-th conversation and the one before are a pair that port_adjacency counts. */
bool tryst_spoof_neighbours(const struct tryst_spoof_set *set, uint32_t i);

/* How the packets of a generator are made, as far as they agree: spoof_share.c. */
#define TRYST_SPOOF_ASPECTS 5

struct tryst_spoof_make {
	bool known[TRYST_SPOOF_ASPECTS];
	uint64_t values[TRYST_SPOOF_ASPECTS];
};

/* by_ports: of the conversations with neighbouring ports only. */
void tryst_spoof_make_find(const struct tryst_spoof_set *set, bool by_ports,
                           struct tryst_spoof_make *out);

/* How many of the set's conversations with the service are of that make, and of how many. */
void tryst_spoof_make_share(const struct tryst_spoof_make *make, const struct tryst_spoof_set *set,
                            uint32_t group, uint32_t *made, uint32_t *all);

/* The share of conversations with records of the other direction, of those where there could be
 * any; 1, as if all were, where that is not known of most. */
double tryst_spoof_answered(const struct tryst_spoof_set *set);

/* tryst_service_group() of a conversation. */
uint32_t tryst_spoof_group(const struct tryst_sighting *s);

/* To what end; spoof_purpose.c.  Sets purpose, and *e where the records say anything of it. */
void tryst_spoof_aim_find(const struct tryst_spoof_set *service, struct tryst_spoof_aim *out);
int tryst_spoof_purpose(struct tryst_case_builder *b, const struct tryst_spoof_aim *aim,
                        struct tryst_spoof *spoof, struct tryst_evidence *e,
                        struct tryst_error *err);

/* The i-th conversation of a set. */
static inline const struct tryst_sighting *
tryst_spoof_sighting(const struct tryst_spoof_set *set, uint32_t i)
{
	return &set->b->c->sightings[set->list[i]];
}

/* Whether both ends sent payload that the other had to receive first: no blind forger can. */
bool tryst_spoof_dialogue(const struct tryst_sighting *s);

/*
 * The first records of conversations (indices of case.sightings, in order), at most
 * TRYST_EVIDENCE_REFS_MAX, as the evidence's.
 */
int tryst_spoof_refs(const struct tryst_spoof_set *set, struct tryst_evidence *e,
                     const uint32_t *sightings, uint32_t count, struct tryst_error *err);

#endif
