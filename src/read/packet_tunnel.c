/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet inside a packet: IP in IP (RFC 2003, 4213), GRE (RFC 2784, 2890; PPTP's: RFC 2637)
 * with what it carries, ERSPAN (draft-foschiano-erspan), VXLAN (RFC 7348), Geneve (RFC 8926) and
 * GTP-U (3GPP TS 29.281).
 */
#include "read/packet_impl.h"

#define PORT_VXLAN 4789
#define PORT_VXLAN_GPE 4790 /* draft-ietf-nvo3-vxlan-gpe: what is inside may be said */
#define PORT_VXLAN_OLD 8472 /* Linux's, before the number was assigned */
#define PORT_GENEVE 6081
#define PORT_GTP_U 2152

static enum tryst_packet_kind
take_erspan(struct packet_walk *w, uint16_t type, bool sequenced)
{
	uint32_t last;

	if (type == ETHER_ERSPAN2) {
		if (sequenced) /* type I has no header and no sequence numbers */
			packet_skip(w, 8);
		return tryst_packet_ethernet(w);
	}
	packet_skip(w, 8);
	last = packet_u32(w);
	if (last & 1)
		packet_skip(w, 8);
	return tryst_packet_ethernet(w);
}

static enum tryst_packet_kind
take_gre(struct packet_walk *w)
{
	uint16_t flags = packet_u16(w), type = packet_u16(w);
	unsigned version = flags & 7;

	if (version > 1)
		return TRYST_PACKET_OTHER;
	if (version == 0 && flags & 0xc000)
		packet_skip(w, 4);
	if (flags & 0x2000)
		packet_skip(w, 4);
	if (flags & 0x1000)
		packet_skip(w, 4);
	if (version == 1 && flags & 0x80)
		packet_skip(w, 4);
	switch (type) {
	case ETHER_PPP:
		return tryst_packet_ppp(w);
	case ETHER_BRIDGED:
		return tryst_packet_ethernet(w);
	case ETHER_ERSPAN2:
	case ETHER_ERSPAN3:
		return take_erspan(w, type, flags & 0x1000);
	default:
		return type > ETHER_LENGTH_MAX ? tryst_packet_ether_type(w, type)
		                               : TRYST_PACKET_OTHER;
	}
}

static enum tryst_packet_kind
take_vxlan(struct packet_walk *w)
{
	uint8_t flags = packet_u8(w), next;

	packet_skip(w, 2);
	next = packet_u8(w);
	packet_skip(w, 4);
	if (!(flags & 8))
		return TRYST_PACKET_OTHER;
	if (flags & 4 && (next == 1 || next == 2))
		return tryst_packet_ip(w);
	return !(flags & 4) || next == 3 ? tryst_packet_ethernet(w) : TRYST_PACKET_OTHER;
}

static enum tryst_packet_kind
take_geneve(struct packet_walk *w)
{
	uint8_t first = packet_u8(w);
	uint16_t type;

	packet_skip(w, 1);
	type = packet_u16(w);
	packet_skip(w, 4 + (first & 0x3f) * 4u);
	if (first >> 6)
		return TRYST_PACKET_OTHER;
	return type == ETHER_BRIDGED ? tryst_packet_ethernet(w) : tryst_packet_ether_type(w, type);
}

static enum tryst_packet_kind
take_gtp(struct packet_walk *w)
{
	uint8_t flags = packet_u8(w), type = packet_u8(w), extension = 0;

	packet_skip(w, 6);
	if (flags >> 4 != 3 || type != 255) /* version 1, GTP, a user's packet */
		return TRYST_PACKET_OTHER;
	if (flags & 7) {
		packet_skip(w, 3);
		extension = packet_u8(w);
	}
	for (unsigned i = 0; i < PACKET_LAYERS_MAX && flags & 4 && extension; i++) {
		uint8_t words = packet_u8(w);

		if (words == 0)
			return TRYST_PACKET_OTHER;
		packet_skip(w, words * 4u - 2u);
		extension = packet_u8(w);
	}
	return tryst_packet_ip(w);
}

/* A tunnel is a protocol, or UDP to (or from) a port. */
static const struct tunnel {
	uint8_t proto;
	uint16_t port;
	enum tryst_packet_kind (*walk)(struct packet_walk *w);
} tunnels[] = {
	{ PROTO_IPIP, 0, tryst_packet_ip },
	{ PROTO_IPV6, 0, tryst_packet_ip },
	{ PROTO_GRE, 0, take_gre },
	{ PROTO_UDP, PORT_VXLAN, take_vxlan },
	{ PROTO_UDP, PORT_VXLAN_GPE, take_vxlan },
	{ PROTO_UDP, PORT_VXLAN_OLD, take_vxlan },
	{ PROTO_UDP, PORT_GENEVE, take_geneve },
	{ PROTO_UDP, PORT_GTP_U, take_gtp },
};

bool
tryst_packet_inner(struct tryst_packet *p)
{
	uint32_t header = p->proto == PROTO_UDP ? p->payload : 0;
	struct tryst_packet inside = { 0 };
	struct packet_walk w = {
		tryst_cursor_init(p->body, p->body_len),
		p->body_wire,
		&inside,
	};

	if (p->fragment_at)
		return false;
	packet_skip(&w, header);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(tunnels); i++) {
		const struct tunnel *t = &tunnels[i];

		if (t->proto != p->proto || (t->port && t->port != p->dst_port))
			continue;
		if (t->walk(&w) != TRYST_PACKET_IP)
			return false;
		*p = inside;
		return true;
	}
	return false;
}
