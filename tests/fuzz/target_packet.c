/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One frame in memory of its own size, behind a byte that is its link type (255: Linux cooked v2):
 * whole and cut short, with tunnels and without, and then as a fragment and as part of a flow.
 */
#include "fuzz.h"

#include <string.h>

#include "read/fragment.h"
#include "read/meter.h"

#define WIRE_MORE 1000 /* bytes that were not captured */
#define LINK_COOKED2 276

static void
parse(uint32_t link, const uint8_t *frame, size_t len, size_t wire, bool inner,
      struct tryst_packet *p)
{
	enum tryst_packet_kind kind = tryst_packet_parse(link, frame, len, wire, inner, p);

	if (kind != TRYST_PACKET_IP)
		return;
	FUZZ_CHECK(p->body_len == 0 || (p->body >= frame && p->body <= frame + len &&
	                                p->body_len <= (size_t)(frame + len - p->body)));
	FUZZ_CHECK(!p->more_fragments || tryst_packet_is_fragment(p));
}

static int
emit(void *ctx, const struct tryst_metered *flow, struct tryst_error *err)
{
	(void)err;
	FUZZ_CHECK(flow->start_ms <= flow->end_ms && flow->min_ttl <= flow->max_ttl);
	*(uint64_t *)ctx += flow->packets;
	return 0;
}

/* The packet and its like, as fragments and in a meter: what goes in comes out. */
static void
use(const struct tryst_packet *seen)
{
	struct tryst_fragment_joins *joins = tryst_fragment_joins_new();
	struct tryst_fragment_ports *ports = tryst_fragment_ports_new();
	struct tryst_meter *meter;
	struct tryst_health health;
	struct tryst_error err = { 0 };
	uint64_t packets = 0;

	tryst_health_init(&health);
	FUZZ_CHECK(joins && ports);
	FUZZ_CHECK(tryst_meter_new(&meter, 4, emit, &packets, &err) == 0);
	for (unsigned i = 0; i < 4; i++) {
		struct tryst_packet p = *seen;

		if (tryst_packet_is_fragment(&p)) {
			tryst_fragment_ports_see(ports, &p, 1000 * i);
			FUZZ_CHECK(tryst_fragment_joins_add(joins, &p, 1000 * i, i, &health,
			                                    &err) >= 0);
		}
		p.tcp_flags ^= (uint8_t)i;
		FUZZ_CHECK(tryst_meter_add(meter, &p, 1000 * i, &err) == 0);
	}
	FUZZ_CHECK(tryst_meter_finish(meter, &err) == 0);
	FUZZ_CHECK(packets == 4);
	tryst_fragment_joins_finish(joins, &health);
	tryst_meter_free(meter);
	tryst_fragment_ports_free(ports);
	tryst_fragment_joins_free(joins);
}

void
fuzz_packet(const uint8_t *data, size_t size)
{
	uint32_t link = size == 0 ? 1 : data[0] == 255 ? LINK_COOKED2 : data[0];
	size_t len = size - (size > 0);
	uint8_t *frame = malloc(len + 1);

	FUZZ_CHECK(frame);
	/* At the end of the memory, so that one byte more is too many. */
	memcpy(frame + 1, data + (size > 0), len);
	for (unsigned inner = 0; inner < 2; inner++) {
		struct tryst_packet p;

		parse(link, frame + 1, len, len, inner, &p);
		if (p.bytes)
			use(&p);
		parse(link, frame + 1 + len / 2, len - len / 2, len, inner, &p);
		parse(link, frame + 1, len, len + WIRE_MORE, inner, &p);
	}
	free(frame);
}
