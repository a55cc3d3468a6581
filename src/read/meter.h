/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets -> flow records, as a router or nfpcapd makes them: one record a direction.
 *
 * A flow is what shares addresses, protocol and ports (ICMP: type and code).  It ends
 *   - when no packet came for the inactive timeout                        end_reason 1
 *   - at a packet that comes later than the active timeout after its start           2
 *   - some seconds after a RST, or a FIN of both directions, or at a SYN after that   3
 *   - with the capture                                                               4
 *   - when the table is full and it is the one without packets for longest           5
 * (IPFIX element 136).  Time is the packets' own and may jump.  Records come out in the order in
 * which flows end, the same for the same packets.  One thread at a time.
 */
#ifndef TRYST_READ_METER_H
#define TRYST_READ_METER_H

#include "read/packet.h"

#define TRYST_METER_ACTIVE_MS 300000 /* as nfpcapd: -e 300,60 */
#define TRYST_METER_INACTIVE_MS 60000
#define TRYST_METER_LINGER_MS 5000 /* for what is still under way behind a FIN or RST */
#define TRYST_METER_FLOWS_MAX (1u << 20)

struct tryst_metered {
	struct tryst_ip src, dst;
	uint64_t known; /* as in struct tryst_packet, and first_flags: of the first packet,
	                 * tcp_flags of any */
	int64_t start_ms;
	int64_t end_ms;
	uint64_t packets;
	uint64_t bytes;
	uint32_t ip_id; /* this and tos, vlan: of the first packet */
	uint16_t src_port;
	uint16_t dst_port;
	uint16_t vlan;
	uint8_t proto;
	uint8_t tos;
	uint8_t tcp_flags; /* or-ed */
	uint8_t first_flags;
	uint8_t min_ttl;
	uint8_t max_ttl;
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint8_t end_reason;
};

typedef int (*tryst_metered_fn)(void *ctx, const struct tryst_metered *flow,
                                struct tryst_error *err);

struct tryst_meter;

/* At most `flows` (a power of two) are open at once: 112 bytes each, taken as they are needed. */
int tryst_meter_new(struct tryst_meter **out, uint32_t flows, tryst_metered_fn emit, void *ctx,
                    struct tryst_error *err);
void tryst_meter_free(struct tryst_meter *m);

/* Counts a packet; negative only when emit says so. */
int tryst_meter_add(struct tryst_meter *m, const struct tryst_packet *p, int64_t time_ms,
                    struct tryst_error *err);

/* Ends all flows. */
int tryst_meter_finish(struct tryst_meter *m, struct tryst_error *err);

/* How many flows ended because the table was full. */
uint64_t tryst_meter_evicted(const struct tryst_meter *m);

#endif
