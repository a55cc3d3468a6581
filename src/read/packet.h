/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A captured frame -> what a flow meter needs to know of it.
 *
 * Frames may be cut short by the capture and may be anything at all; what could not be seen is
 * absent from `known`.  Nothing is allocated, nothing is kept: any thread.
 */
#ifndef TRYST_READ_PACKET_H
#define TRYST_READ_PACKET_H

#include "flow/field.h"

enum tryst_packet_kind {
	TRYST_PACKET_IP,      /* the packet is filled in */
	TRYST_PACKET_OTHER,   /* the frame carries something else than IP */
	TRYST_PACKET_LINK,    /* a link type that is not read */
	TRYST_PACKET_SHORT,   /* too little was captured to see addresses */
	TRYST_PACKET_DAMAGED, /* no IP packet can look like this */
};

/* LINKTYPE_* numbers that other files name themselves. */
#define TRYST_LINK_ETHERNET 1
#define TRYST_LINK_PPP 9
#define TRYST_LINK_MPLS 219
#define TRYST_LINK_IPV4 228
#define TRYST_LINK_IPV6 229

struct tryst_packet {
	struct tryst_ip src, dst;
	uint64_t known; /* of src_port, dst_port, tcp_flags, icmp_type, icmp_code, vlan, ip_id */
	uint32_t bytes; /* of the IP packet, as its header says: not what was captured */
	uint32_t ip_id; /* of IPv6: its fragment header's */
	uint16_t src_port;
	uint16_t dst_port; /* of ICMP: type * 256 + code, as NetFlow has it */
	uint16_t vlan;     /* the outermost */
	uint8_t proto;
	uint8_t tos;
	uint8_t ttl;
	uint8_t tcp_flags;
	uint8_t icmp_type;
	uint8_t icmp_code;
	uint32_t fragment_at; /* bytes before this fragment; 0 and !more_fragments: it is whole */
	bool more_fragments;
	const uint8_t *body; /* behind the IP headers, as far as it was captured */
	uint32_t body_len;
	uint32_t body_wire; /* its length as the headers say */
	uint32_t payload;   /* where in the body the payload of TCP, UDP or ICMP begins */
};

/*
 * Dissects a frame of a link type (LINKTYPE_*) of which len of wire_len bytes were captured.
 * `inner`: of a tunnel (IP in IP, GRE, ERSPAN, VXLAN, GTP-U) the packet inside, where there is one.
 */
enum tryst_packet_kind tryst_packet_parse(uint32_t link, const uint8_t *data, size_t len,
                                          size_t wire_len, bool inner, struct tryst_packet *out);

/* Fills in what the transport's header says: the body begins with it, whole or cut. */
void tryst_packet_transport(struct tryst_packet *p);

static inline bool
tryst_packet_is_fragment(const struct tryst_packet *p)
{
	return p->fragment_at || p->more_fragments;
}

#endif
