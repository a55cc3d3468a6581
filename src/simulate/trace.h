/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a real log says, as far as a simulation takes it over: who met whom, when, and in what
 * records.  An operator collects it.  Nothing is fitted: no rate, no degree, no shape of a record
 * is assumed.
 */
#ifndef TRYST_SIMULATE_TRACE_H
#define TRYST_SIMULATE_TRACE_H

#include <stdatomic.h>

#include "simulate/simulate.h"

/* A record of the log, without its addresses, which are its pair's. */
struct tryst_sim_trace_record {
	int64_t start_ms, end_ms;
	uint64_t packets, bytes;
	uint32_t pair;
	uint16_t client_port;
	uint8_t tcp_flags, tos;
	bool outward;
};

/*
 * A local host and a peer at one service: of the local host (`serves`), or of the peer.  Pairs of
 * one class are those whose local ends may be exchanged.
 */
struct tryst_sim_trace_pair {
	uint32_t local, peer; /* numbers */
	uint32_t class;
	uint16_t port; /* of the service */
	uint8_t proto;
	bool serves;
};

struct tryst_sim_trace_class {
	uint32_t first, count; /* in by_class */
};

struct tryst_sim_trace_raw;

struct tryst_sim_trace {
	struct tryst_operator op; /* first */
	const struct tryst_prefix *home;
	size_t home_count;
	size_t memory;
	atomic_size_t used; /* bytes */
	struct tryst_sim_trace_raw *raw;
	size_t raw_count, raw_cap;
	uint64_t
		elsewhere; /* records with neither or both ends at home, or without a usable time */
	/* From here on made by finish. */
	struct tryst_sim_trace_record *records; /* by pair, then time */
	size_t count;
	struct tryst_sim_trace_pair *pairs;
	uint32_t pair_count;
	uint32_t *by_class; /* pairs, class after class */
	struct tryst_sim_trace_class *classes;
	uint32_t class_count;
	uint32_t locals, peers;
	uint32_t visitors; /* peers [0, visitors) come to local services, the others only serve */
	uint16_t *degree;  /* of the visitors: local endpoints */
	int64_t first_ms, last_ms;
};

#endif
