/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Endpoints out of flows: a part of the log, sorted by endpoint, client and time, as endpoints with
 * their clients and their visits.
 *
 * A visit is one connection as the client made it: flows of both directions with one client port.
 * Flows that begin within 20 s after the connection's last end belong to it, and of TCP those
 * within two hours that have flags but no SYN: keepalives of a connection that exporters have
 * timed out.  Other than for the conversations of a hunt exporters are not told apart (what two
 * of them saw is one visit, counted twice), and no clock is corrected.
 */
#ifndef TRYST_HUNT_MEET_SCAN_H
#define TRYST_HUNT_MEET_SCAN_H

#include "hunt/meet_log.h"
#include "stats/renewal.h"

/*
 * Silence of which exporters end a flow: shorter ones cannot be seen.  What is beyond it is, of a
 * Poisson process, exponential.
 */
#define TRYST_MEET_IDLE_MS 15900

struct tryst_meet_visit {
	int64_t start_ms, end_ms;
	uint32_t packets_out, packets_in; /* out: from the client */
	uint32_t bytes_out, bytes_in;
	uint32_t records;
	uint16_t client_port;
	bool answered; /* the server sent something that is no refusal */
	bool refused;  /* and all it sent was a refusal (RST without data) */
};

/* A client of an endpoint. */
struct tryst_meet_member {
	struct tryst_ip ip;
	bool home, guessed; /* guessed: every flow was */
	int64_t first_ms, last_ms;
	const struct tryst_meet_visit *visits; /* by start */
	uint32_t visit_count;
	const struct tryst_meet_flow *flows; /* by start */
	uint32_t flow_count;
	uint32_t answered, refused; /* visits */
	uint32_t records;
	uint64_t packets_out, packets_in, bytes_out, bytes_in;
	int64_t longest_ms;     /* the longest visit */
	struct tryst_gaps idle; /* silence in connections beyond TRYST_MEET_IDLE_MS, in seconds */
};

struct tryst_meet_endpoint {
	struct tryst_ip ip;
	uint8_t proto;
	uint16_t port;
	bool home;
	bool guessed;                            /* every flow was */
	const struct tryst_meet_member *members; /* in no useful order */
	uint32_t member_count;
	uint32_t visit_count;
	int64_t first_ms, last_ms;
	unsigned level; /* one client in 2^level was looked at */
};

typedef int (*tryst_meet_endpoint_fn)(void *ctx, const struct tryst_meet_endpoint *e,
                                      struct tryst_error *err);

#define TRYST_MEET_PORT_SLOTS 256

/* A thread's memory; all zero is empty. */
struct tryst_meet_scan {
	struct tryst_meet_units units;
	struct tryst_meet_key *keys, *spare;
	size_t key_count, key_cap;
	struct tryst_meet_flow *flows;
	size_t flow_cap;
	struct tryst_meet_member *members;
	size_t member_count, member_cap;
	struct tryst_meet_visit *visits;
	size_t visit_count, visit_cap;
	/* Of the member being made: its visits by port, under its serial number. */
	uint64_t slots[TRYST_MEET_PORT_SLOTS];
	uint32_t serial;
};

/* What one unit of a part may cost: itself, its keys, its flow and a visit. */
#define TRYST_MEET_UNIT_COST                                                                       \
	(sizeof(struct tryst_meet_unit) + 32 + sizeof(struct tryst_meet_flow) +                    \
	 sizeof(struct tryst_meet_visit))

void tryst_meet_scan_fini(struct tryst_meet_scan *s);

/*
 * Calls take for every endpoint of a part, in an order that depends on the flows alone; what it is
 * given is valid during the call.  memory: bytes that the part may take.
 */
int tryst_meet_scan_part(struct tryst_meet_scan *s, const struct tryst_meet_log *log, unsigned part,
                         size_t memory, tryst_meet_endpoint_fn take, void *ctx,
                         struct tryst_error *err);

#endif
