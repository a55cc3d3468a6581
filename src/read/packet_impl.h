/* SPDX-License-Identifier: Apache-2.0 */
/* What the dissector's files share. */
#ifndef TRYST_READ_PACKET_IMPL_H
#define TRYST_READ_PACKET_IMPL_H

#include "base/cursor.h"
#include "read/packet.h"

#define PACKET_LAYERS_MAX 16 /* tags, labels, extension headers in a row */
#define PACKET_TUNNELS_MAX 4 /* tunnels in tunnels */

enum {
	ETHER_IPV4 = 0x0800,
	ETHER_IPV6 = 0x86dd,
	ETHER_VLAN = 0x8100,
	ETHER_QINQ = 0x88a8,
	ETHER_QINQ_OLD = 0x9100,
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_MULTICAST = 0x8848,
	ETHER_PPPOE = 0x8864,
	ETHER_CISCO_METADATA = 0x8909,
	ETHER_NSH = 0x894f,
	ETHER_PPP = 0x880b,
	ETHER_BRIDGED = 0x6558, /* an Ethernet frame */
	ETHER_ERSPAN2 = 0x88be,
	ETHER_ERSPAN3 = 0x22eb,
	ETHER_LENGTH_MAX = 1500, /* up to here it is the length of an LLC frame */
};

enum {
	PROTO_HOP_BY_HOP = 0,
	PROTO_ICMP = 1,
	PROTO_IPIP = 4,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_IPV6 = 41,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_GRE = 47,
	PROTO_ICMP6 = 58,
	PROTO_OPTIONS = 60,
	PROTO_DCCP = 33,
	PROTO_SCTP = 132,
	PROTO_MOBILITY = 135,
	PROTO_UDPLITE = 136,
	PROTO_HIP = 139,
	PROTO_SHIM6 = 140,
};

/* A frame being walked; `wire` counts the bytes from the cursor on that were on the wire. */
struct packet_walk {
	struct tryst_cursor c;
	size_t wire;
	struct tryst_packet *out;
};

/* Passes over n bytes of header. */
static inline void
packet_skip(struct packet_walk *w, size_t n)
{
	tryst_cursor_skip(&w->c, n);
	w->wire -= TRYST_MIN(w->wire, n);
}

static inline uint8_t
packet_u8(struct packet_walk *w)
{
	w->wire -= TRYST_MIN(w->wire, (size_t)1);
	return tryst_cursor_u8(&w->c);
}

static inline uint16_t
packet_u16(struct packet_walk *w)
{
	w->wire -= TRYST_MIN(w->wire, (size_t)2);
	return tryst_cursor_be16(&w->c);
}

static inline uint32_t
packet_u32(struct packet_walk *w)
{
	w->wire -= TRYST_MIN(w->wire, (size_t)4);
	return tryst_cursor_be32(&w->c);
}

/* Why a header could not be read: it was not captured, or it was never there. */
static inline enum tryst_packet_kind
packet_ended(const struct packet_walk *w, size_t needed)
{
	return w->wire >= needed ? TRYST_PACKET_SHORT : TRYST_PACKET_DAMAGED;
}

/* packet.c: an IPv4 or IPv6 packet begins here. */
enum tryst_packet_kind tryst_packet_ip(struct packet_walk *w);

/* packet_link.c: what follows an Ethernet type, an Ethernet frame, a PPP protocol field. */
enum tryst_packet_kind tryst_packet_ether_type(struct packet_walk *w, uint16_t type);
enum tryst_packet_kind tryst_packet_ethernet(struct packet_walk *w);
enum tryst_packet_kind tryst_packet_ppp(struct packet_walk *w);
enum tryst_packet_kind tryst_packet_link(uint32_t link, struct packet_walk *w);

/* packet_tunnel.c: the packet inside the packet, or false and *p as it was. */
bool tryst_packet_inner(struct tryst_packet *p);

#endif
