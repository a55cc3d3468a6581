/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a search without a list keeps of a flow record: who called whose endpoint, when, and how
 * much.  Only the meet_*.c files know this header.
 *
 * Where the ports and flags do not say which end is the server, a record is kept twice, once each
 * way round (`guessed`); the wrong one falls apart into endpoints with a visit each, and of a pair
 * that looks the same both ways one is dropped at the end.
 */
#ifndef TRYST_HUNT_MEET_FLOW_H
#define TRYST_HUNT_MEET_FLOW_H

#include "flow/batch.h"

/* Counters stop at their largest value. */
struct tryst_meet_flow {
	struct tryst_ip server, client;
	int64_t start_ms;
	uint32_t duration_ms; /* of 12 significant bits, rounded down */
	uint32_t packets, bytes;
	uint16_t server_port, client_port; /* 0 where the protocol has none */
	uint8_t proto, flags;              /* TCP flags, or-ed; 0: none are known */
	bool from_server;                  /* sent by the server */
	bool guessed;
	bool server_home, client_home; /* in --home; both false without */
};

/*
 * The packed form, one unit or (IPv6) two: the second holds what the first has no room for.  Units
 * are written to a temporary file and read by this process alone; they are no format.
 */
struct tryst_meet_unit {
	uint32_t server, client; /* the last 32 bits of the addresses */
	uint16_t server_port, client_port;
	uint8_t proto, flags;
	uint16_t duration;
	int64_t start; /* ms << 16 | bits */
	uint32_t packets, bytes;
};

_Static_assert(sizeof(struct tryst_meet_unit) == 32, "two units are a cache line");

enum {
	TRYST_MEET_FROM_SERVER = 1 << 0,
	TRYST_MEET_GUESSED = 1 << 1,
	TRYST_MEET_SERVER_HOME = 1 << 2,
	TRYST_MEET_CLIENT_HOME = 1 << 3,
	TRYST_MEET_LONG = 1 << 4, /* a second unit follows */
};

/* Packs into out[2]; returns how many units it takes. */
unsigned tryst_meet_pack(const struct tryst_meet_flow *f, struct tryst_meet_unit out[2]);
unsigned tryst_meet_unpack(const struct tryst_meet_unit *u, struct tryst_meet_flow *out);

static inline unsigned
tryst_meet_units(const struct tryst_meet_unit *u)
{
	return 1 + (u->start & TRYST_MEET_LONG ? 1 : 0);
}

/* 64 bits that tell endpoints apart, and clients. */
uint64_t tryst_meet_endpoint_hash(const struct tryst_meet_unit *u);
uint64_t tryst_meet_client_hash(const struct tryst_meet_unit *u);

/* By endpoint, client, time, and then everything else, so that equal ones are the same. */
int tryst_meet_flow_compare(const struct tryst_meet_flow *a, const struct tryst_meet_flow *b);
/* By endpoint alone: address, protocol, port. */
int tryst_meet_endpoint_compare(const struct tryst_meet_flow *a, const struct tryst_meet_flow *b);

#endif
