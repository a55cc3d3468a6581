/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/meet_flow.h"

#define MANTISSA 12

/* Floating point of 12 bits and a power of two: what is longer than 37 hours counts as that. */
static uint16_t
duration_pack(uint32_t ms)
{
	unsigned exponent = 0;

	while (ms >> MANTISSA) {
		ms >>= 1;
		exponent++;
	}
	return exponent > 15 ? UINT16_MAX : (uint16_t)(exponent << MANTISSA | ms);
}

static uint32_t
duration_unpack(uint16_t packed)
{
	return (packed & ((1u << MANTISSA) - 1)) << (packed >> MANTISSA);
}

unsigned
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
		.duration = duration_pack(f->duration_ms),
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

unsigned
tryst_meet_unpack(const struct tryst_meet_unit *u, struct tryst_meet_flow *out)
{
	uint64_t bits = (uint64_t)u->start;

	*out = (struct tryst_meet_flow){
		.server = tryst_ip_v4(u->server),
		.client = tryst_ip_v4(u->client),
		.start_ms = u->start >> 16,
		.duration_ms = duration_unpack(u->duration),
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

static uint64_t
mix(uint64_t h)
{
	h *= 0x9e3779b97f4a7c15ULL;
	h = (h ^ h >> 31) * 0xd6e8feb86659fd93ULL;
	return h ^ h >> 32;
}

uint64_t
tryst_meet_endpoint_hash(const struct tryst_meet_unit *u)
{
	uint64_t h = mix((uint64_t)u->server << 24 ^ (uint64_t)u->server_port << 8 ^ u->proto);

	if (!(u->start & TRYST_MEET_LONG))
		return h;
	return mix(h ^ u[1].server) ^ mix((uint64_t)u[1].packets << 32 |
	                                  (uint64_t)u[1].client_port << 16 | u[1].server_port);
}

uint64_t
tryst_meet_client_hash(const struct tryst_meet_unit *u)
{
	uint64_t h = mix(u->client);

	if (!(u->start & TRYST_MEET_LONG))
		return h;
	return mix(h ^ u[1].client) ^ mix((uint64_t)u[1].start);
}

int
tryst_meet_endpoint_compare(const struct tryst_meet_flow *a, const struct tryst_meet_flow *b)
{
	int order = tryst_ip_compare(a->server, b->server);

	if (order)
		return order;
	if (a->proto != b->proto)
		return a->proto < b->proto ? -1 : 1;
	return a->server_port == b->server_port ? 0 : a->server_port < b->server_port ? -1 : 1;
}

int
tryst_meet_flow_compare(const struct tryst_meet_flow *a, const struct tryst_meet_flow *b)
{
	const uint64_t keys[][2] = {
		{ a->client_port, b->client_port },
		{ a->from_server, b->from_server },
		{ a->duration_ms, b->duration_ms },
		{ a->packets, b->packets },
		{ a->bytes, b->bytes },
		{ a->flags, b->flags },
		{ a->guessed, b->guessed },
	};
	int order = tryst_meet_endpoint_compare(a, b);

	if (!order)
		order = tryst_ip_compare(a->client, b->client);
	if (order)
		return order;
	if (a->start_ms != b->start_ms)
		return a->start_ms < b->start_ms ? -1 : 1;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(keys); i++) {
		if (keys[i][0] != keys[i][1])
			return keys[i][0] < keys[i][1] ? -1 : 1;
	}
	return 0;
}
