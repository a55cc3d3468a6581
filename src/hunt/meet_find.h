/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From endpoints to findings, in two steps.  First every part of the log is looked at by itself
 * (tryst_meet_look): candidates, and sums over all endpoints that they are to be held against.
 * When all parts are through, candidates become findings (tryst_meet_judge_all).  Sums add up in
 * any order, and candidates are sorted, so that threads and shards make no difference.
 */
#ifndef TRYST_HUNT_MEET_FIND_H
#define TRYST_HUNT_MEET_FIND_H

#include "base/arena.h"
#include "hunt/meet.h"
#include "hunt/meet_beacon.h"
#include "hunt/meet_clock.h"
#include "hunt/meet_contact.h"
#include "hunt/meet_group.h"
#include "stats/distinct.h"

enum tryst_meet_kind {
	TRYST_MEET_BEACON,
	TRYST_MEET_REFUSED,
	TRYST_MEET_LONG_LIVED,
	TRYST_MEET_IRC,
	TRYST_MEET_GROUP,
	TRYST_MEET_RARE,
	TRYST_MEET_GAME,
	TRYST_MEET_DIRECTION,
	TRYST_MEET_P2P,
	TRYST_MEET_KINDS,
};

#define TRYST_MEET_NUMBERS 16

/* A number of a candidate; the names are in the kind's row of the table. */
struct tryst_meet_candidate {
	enum tryst_meet_kind kind;
	struct tryst_ip ip;
	uint8_t proto;
	uint16_t port;
	uint32_t group, class; /* of the port, 0: no service; of the service */
	bool home, guessed;
	bool old; /* it was there before --since */
	unsigned level;
	uint32_t client_count; /* kept in clients */
	uint32_t clients_total;
	uint32_t clients_here; /* in the part that was looked at */
	int64_t first_ms, last_ms;
	double log10_p; /* 0 where the kind has no test */
	double rank;    /* the larger, the more it is worth keeping */
	int64_t period_ms;
	struct tryst_ip clients[TRYST_FINDING_CLIENTS_MAX];
	double v[TRYST_MEET_NUMBERS];
	uint32_t hours[24]; /* of games: client-hours by the hour of the day, UTC */
};

/* Names of v, as in the case file. */
enum {
	TRYST_MEET_V_VISITS,
	TRYST_MEET_V_ANSWERED,
	TRYST_MEET_V_REFUSED,
	TRYST_MEET_V_BYTES_OUT,
	TRYST_MEET_V_BYTES_IN,
	TRYST_MEET_V_OWN
};
enum { /* beacons */
       TRYST_MEET_V_KAPPA = TRYST_MEET_V_OWN,
       TRYST_MEET_V_SCALE,
       TRYST_MEET_V_GAPS,
       TRYST_MEET_V_RITA,
       TRYST_MEET_V_PERIOD_SPREAD,
       TRYST_MEET_V_SKIPS
};
enum { /* long-lived connections */
       TRYST_MEET_V_LONGEST = TRYST_MEET_V_OWN,
       TRYST_MEET_V_RATE,
       TRYST_MEET_V_PACKET
};

enum {                                          /* groups, and chat that commands */
       TRYST_MEET_V_MEMBERS = TRYST_MEET_V_OWN, /* that held on, or that acted together */
       TRYST_MEET_V_KEEPALIVE,
       TRYST_MEET_V_KEEPALIVE_KAPPA,
       TRYST_MEET_V_TOGETHER, /* log10 p of acting together */
       TRYST_MEET_V_WINDOW,
       TRYST_MEET_V_HOURS
};

enum {
	/* games */
	TRYST_MEET_V_PLAYS = TRYST_MEET_V_OWN,
	TRYST_MEET_V_QUERIES,
	TRYST_MEET_V_NEW_RATE,
	TRYST_MEET_V_GAME_TOGETHER,
	TRYST_MEET_V_COVERAGE,
	TRYST_MEET_V_BROWSERS,
	TRYST_MEET_V_CLASS,
	TRYST_MEET_V_CLASS_PLAYED,
	TRYST_MEET_V_RHYTHM,
};
enum {
	/* masters that find clients */
	TRYST_MEET_V_MASTERS = TRYST_MEET_V_OWN,
	TRYST_MEET_V_FOUND,
	TRYST_MEET_V_PROBED,
	TRYST_MEET_V_SHARED, /* of the pairs of a master and a found client: those that meet */
};
enum {
	/* overlays */
	TRYST_MEET_V_PEERS = TRYST_MEET_V_OWN,
	TRYST_MEET_V_MOST,
	TRYST_MEET_V_OVERLAY_DEGREE,
};

/*
 * The service's group of each port that is likelier a service than a client's, 0 of the others:
 * asked for every flow.
 */
struct tryst_meet_ports {
	uint32_t tcp[65536], udp[65536];
};

static inline uint32_t
tryst_meet_port_group(const struct tryst_meet_ports *p, uint8_t proto, uint16_t port)
{
	return proto == 6 ? p->tcp[port] : proto == 17 ? p->udp[port] : 0;
}

/* The class of a service: its group, or for ports without one all of the protocol. */
static inline uint32_t
tryst_meet_class_group(const struct tryst_meet_ports *p, bool home, uint8_t proto, uint16_t port)
{
	uint32_t group = tryst_meet_port_group(p, proto, port);

	return (home ? 1u << 31 : 0) | (group ? group : (uint32_t)proto << 16);
}

/* How regularly the pairs of a service class are used. */
#define TRYST_MEET_BINS 64
#define TRYST_MEET_BIN .5 /* of -log10 p */
#define TRYST_MEET_CLASSES 1024

struct tryst_meet_class {
	uint32_t group;             /* 0: free; else tryst_meet_class_group */
	uint64_t pairs;             /* tested */
	uint64_t endpoints, shared; /* all, and those with a few clients that all come back */
	uint64_t bins[TRYST_MEET_BINS];
};

/* What a thread makes of its parts, and all of them together. */
struct tryst_meet_sums {
	struct tryst_meet_class classes[TRYST_MEET_CLASSES];
	struct tryst_distinct home, outside; /* clients */
	uint64_t endpoints, pairs, tested;
	uint64_t groups; /* endpoints whose clients were tested for acting together */
	unsigned level;  /* the highest of all parts */
};

struct tryst_meet_candidates {
	struct tryst_meet_candidate *list;
	size_t count, cap;
};

struct tryst_meet_worker {
	const struct tryst_meet_options *options;
	const struct tryst_meet_clock *clock;
	const struct tryst_meet_ports *ports;
	struct tryst_meet_scan scan;
	struct tryst_meet_times times;
	struct tryst_meet_group group;
	struct tryst_meet_beacon *beacons; /* of the members of an endpoint */
	size_t beacon_cap;
	struct tryst_meet_sums *sums;
	struct tryst_meet_candidates candidates;
	struct tryst_meet_contacts contacts[TRYST_MEET_WHATS];
	size_t part_first; /* of candidates: the first of the part */
};

/* What is looked for at an endpoint: a row of the table in meet_look.c. */
typedef int (*tryst_meet_look_fn)(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
                                  struct tryst_error *err);

int tryst_meet_look_beacon(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
                           struct tryst_error *err);
int tryst_meet_look_group(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
                          struct tryst_error *err);
int tryst_meet_look_pairs(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
                          struct tryst_error *err);
int tryst_meet_look_long(struct tryst_meet_worker *w, const struct tryst_meet_endpoint *e,
                         struct tryst_error *err);

/* Looks at one part. */
int tryst_meet_look(struct tryst_meet_worker *w, const struct tryst_meet_log *log, unsigned part,
                    size_t memory, struct tryst_error *err);
void tryst_meet_worker_fini(struct tryst_meet_worker *w); /* not its sums */

/*
 * Looks at all parts with options->jobs threads, in so many bytes: sums (zero before) and
 * candidates, sorted, which the caller frees.
 */
int tryst_meet_look_all(const struct tryst_meet_options *options, const struct tryst_meet_log *log,
                        const struct tryst_meet_clock *clock, const struct tryst_meet_ports *ports,
                        size_t memory, struct tryst_meet_sums *sums,
                        struct tryst_meet_candidates *candidates, struct tryst_error *err);

/* A candidate about this endpoint, zero but for what it says; NULL and *err without memory. */
struct tryst_meet_candidate *tryst_meet_candidate_add(struct tryst_meet_worker *w,
                                                      enum tryst_meet_kind kind,
                                                      const struct tryst_meet_endpoint *e,
                                                      struct tryst_error *err);
/* One more, not cleared; NULL and *err without memory. */
struct tryst_meet_candidate *tryst_meet_candidates_grow(struct tryst_meet_candidates *all,
                                                        struct tryst_error *err);
/* Adds a client, as long as there is room, and its numbers to the sums. */
void tryst_meet_candidate_client(struct tryst_meet_candidate *c, const struct tryst_meet_member *m);

int tryst_meet_candidate_compare(const void *a, const void *b);

/* A class by tryst_meet_class_group; NULL: nothing was tested of it. */
const struct tryst_meet_class *tryst_meet_class_find(const struct tryst_meet_sums *sums,
                                                     uint32_t group);
/* The same, made where there is none; NULL where there is no room. */
struct tryst_meet_class *tryst_meet_class_make(struct tryst_meet_sums *sums, uint32_t group);
void tryst_meet_sums_merge(struct tryst_meet_sums *a, const struct tryst_meet_sums *b);

/*
 * What only all parts together tell, when they are through: numbers of candidates, and more
 * candidates.
 */
int tryst_meet_finish_game(struct tryst_meet_contacts *games, struct tryst_meet_candidates *all,
                           struct tryst_error *err);
int tryst_meet_finish_call(struct tryst_meet_contacts *calls, struct tryst_meet_contacts *probes,
                           const struct tryst_meet_options *options,
                           const struct tryst_meet_ports *ports, struct tryst_meet_candidates *all,
                           struct tryst_error *err);
int tryst_meet_finish_overlay(struct tryst_meet_contacts *peers,
                              const struct tryst_meet_options *options,
                              struct tryst_meet_candidates *all, struct tryst_error *err);

/* One more thing to know before acting on the case. */
int tryst_meet_caveat(struct tryst_case *c, struct tryst_arena *arena, const char *text,
                      struct tryst_error *err);

/* What to know before acting on the case. */
int tryst_meet_caveats(struct tryst_case *c, struct tryst_arena *arena, struct tryst_error *err);

/* Findings out of all candidates, which are sorted. */
int tryst_meet_judge_all(struct tryst_case *c, struct tryst_arena *arena,
                         const struct tryst_meet_options *options,
                         const struct tryst_meet_sums *sums,
                         struct tryst_meet_candidates *candidates, struct tryst_error *err);

#endif
