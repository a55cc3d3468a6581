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

static inline unsigned
tryst_meet_units(const struct tryst_meet_unit *u)
{
	return 1 + (u->start & TRYST_MEET_LONG ? 1 : 0);
}

/* Of what is asked for every flow nothing is called. */
#define TRYST_MEET_MANTISSA 12

/* Floating point of 12 bits and a power of two: what is longer than 37 hours counts as that. */
static inline uint16_t
tryst_meet_duration_pack(uint32_t ms)
{
	unsigned exponent = 0;

	while (ms >> TRYST_MEET_MANTISSA) {
		ms >>= 1;
		exponent++;
	}
	return exponent > 15 ? UINT16_MAX : (uint16_t)(exponent << TRYST_MEET_MANTISSA | ms);
}

static inline uint32_t
tryst_meet_duration_unpack(uint16_t packed)
{
	return (packed & ((1u << TRYST_MEET_MANTISSA) - 1)) << (packed >> TRYST_MEET_MANTISSA);
}

/* Packs into out[2]; returns how many units it takes. */
static inline unsigned
tryst_meet_pack(const struct tryst_meet_flow *f, struct tryst_meet_unit out[2])
{
	bool v4 = tryst_ip_is_v4(f->server) && tryst_ip_is_v4(f->client);
	uint64_t bits = 0;

	bits |= f->from_server ? TRYST_MEET_FROM_SERVER : 0;
	bits |= f->guessed ? TRYST_MEET_GUESSED : 0;
	bits |= f->server_home ? TRYST_MEET_SERVER_HOME : 0;
	bits |= f->client_home ? TRYST_MEET_CLIENT_HOME : 0;
	bits |= v4 ? 0 : TRYST_MEET_LONG;
	out[0] = (struct tryst_meet_unit){
		.server = (uint32_t)f->server.lo,
		.client = (uint32_t)f->client.lo,
		.server_port = f->server_port,
		.client_port = f->client_port,
		.proto = f->proto,
		.flags = f->flags,
		.duration = tryst_meet_duration_pack(f->duration_ms),
		.start = (int64_t)((uint64_t)f->start_ms << 16 | bits),
		.packets = f->packets,
		.bytes = f->bytes,
	};
	if (v4)
		return 1;
	out[1] = (struct tryst_meet_unit){
		.server = (uint32_t)(f->server.lo >> 32),
		.client = (uint32_t)(f->client.lo >> 32),
		.server_port = (uint16_t)f->server.hi,
		.client_port = (uint16_t)(f->server.hi >> 16),
		.packets = (uint32_t)(f->server.hi >> 32),
		.start = (int64_t)f->client.hi,
	};
	return 2;
}

static inline unsigned
tryst_meet_unpack(const struct tryst_meet_unit *u, struct tryst_meet_flow *out)
{
	uint64_t bits = (uint64_t)u->start;

	*out = (struct tryst_meet_flow){
		.server = tryst_ip_v4(u->server),
		.client = tryst_ip_v4(u->client),
		.start_ms = u->start >> 16,
		.duration_ms = tryst_meet_duration_unpack(u->duration),
		.packets = u->packets,
		.bytes = u->bytes,
		.server_port = u->server_port,
		.client_port = u->client_port,
		.proto = u->proto,
		.flags = u->flags,
		.from_server = bits & TRYST_MEET_FROM_SERVER,
		.guessed = bits & TRYST_MEET_GUESSED,
		.server_home = bits & TRYST_MEET_SERVER_HOME,
		.client_home = bits & TRYST_MEET_CLIENT_HOME,
	};
	if (!(bits & TRYST_MEET_LONG))
		return 1;
	out->server.lo = (uint64_t)u[1].server << 32 | u->server;
	out->client.lo = (uint64_t)u[1].client << 32 | u->client;
	out->server.hi =
		(uint64_t)u[1].packets << 32 | (uint64_t)u[1].client_port << 16 | u[1].server_port;
	out->client.hi = (uint64_t)u[1].start;
	return 2;
}

static inline uint64_t
tryst_meet_mix(uint64_t h)
{
	h *= 0x9e3779b97f4a7c15ULL;
	h = (h ^ h >> 31) * 0xd6e8feb86659fd93ULL;
	return h ^ h >> 32;
}

/* 64 bits that tell endpoints apart, and clients. */
static inline uint64_t
tryst_meet_endpoint_hash(const struct tryst_meet_unit *u)
{
	uint64_t h = tryst_meet_mix((uint64_t)u->server << 24 ^ (uint64_t)u->server_port << 8 ^
	                            u->proto);

	if (!(u->start & TRYST_MEET_LONG))
		return h;
	return tryst_meet_mix(h ^ u[1].server) ^
	       tryst_meet_mix((uint64_t)u[1].packets << 32 | (uint64_t)u[1].client_port << 16 |
	                      u[1].server_port);
}

static inline uint64_t
tryst_meet_client_hash(const struct tryst_meet_unit *u)
{
	uint64_t h = tryst_meet_mix(u->client);

	if (!(u->start & TRYST_MEET_LONG))
		return h;
	return tryst_meet_mix(h ^ u[1].client) ^ tryst_meet_mix((uint64_t)u[1].start);
}

/* By endpoint, client, time, and then everything else, so that equal ones are the same. */
int tryst_meet_flow_compare(const struct tryst_meet_flow *a, const struct tryst_meet_flow *b);
/* By endpoint alone: address, protocol, port. */
static inline bool
tryst_meet_endpoint_equal(const struct tryst_meet_flow *a, const struct tryst_meet_flow *b)
{
	return tryst_ip_equal(a->server, b->server) && a->proto == b->proto &&
	       a->server_port == b->server_port;
}
int tryst_meet_endpoint_compare(const struct tryst_meet_flow *a, const struct tryst_meet_flow *b);

#endif
