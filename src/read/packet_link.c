/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a link type to the IP packet: https://www.tcpdump.org/linktypes.html and the Ethernet types
 * of the tags and labels that may come between.
 */
#include "read/packet_impl.h"

/* The kinds of address family that BSD systems put before a loopback packet. */
static bool
is_family(uint32_t family)
{
	return family == 2 || family == 10 || family == 24 || family == 28 || family == 30;
}

static enum tryst_packet_kind
link_null(struct packet_walk *w)
{
	uint32_t family = packet_u32(w);

	if (w->c.failed)
		return packet_ended(w, 4);
	if (!is_family(family) && !is_family(__builtin_bswap32(family)))
		return TRYST_PACKET_OTHER;
	return tryst_packet_ip(w);
}

/* VLAN tags: the outermost is kept. */
static uint16_t
take_tag(struct packet_walk *w)
{
	uint16_t tag = packet_u16(w);

	if (!w->c.failed && !(w->out->known & TRYST_BIT(vlan))) {
		w->out->vlan = tag & 0xfff;
		w->out->known |= TRYST_BIT(vlan);
	}
	return packet_u16(w);
}

static enum tryst_packet_kind
take_labels(struct packet_walk *w)
{
	unsigned first = 0;

	for (unsigned i = 0; i < PACKET_LAYERS_MAX; i++) {
		uint32_t label = packet_u32(w);

		if (w->c.failed)
			return packet_ended(w, 4);
		if (label & 0x100)
			break;
	}
	if (tryst_cursor_left(&w->c) == 0)
		return packet_ended(w, 1);
	first = w->c.pos[0] >> 4;
	if (first == 4 || first == 6)
		return tryst_packet_ip(w);
	if (first != 0)
		return TRYST_PACKET_OTHER;
	packet_skip(w, 4); /* the control word of a pseudowire (RFC 4385), then what it carries */
	return tryst_packet_ethernet(w);
}

static enum tryst_packet_kind
take_pppoe(struct packet_walk *w)
{
	uint16_t code = packet_u16(w) & 0xff;

	packet_skip(w, 4);
	if (w->c.failed)
		return packet_ended(w, 6);
	return code == 0 ? tryst_packet_ppp(w) : TRYST_PACKET_OTHER;
}

/* The header of a chain of services (RFC 8300), whose length is counted in words of 4 bytes. */
static enum tryst_packet_kind
take_nsh(struct packet_walk *w)
{
	uint16_t first = packet_u16(w), next = packet_u16(w) & 0xff;
	unsigned words = first & 0x3f;

	if (w->c.failed)
		return packet_ended(w, 4);
	if (words < 2)
		return TRYST_PACKET_OTHER;
	packet_skip(w, (words - 1) * 4);
	if (next == 1 || next == 2)
		return tryst_packet_ip(w);
	return next == 3 ? tryst_packet_ethernet(w) : TRYST_PACKET_OTHER;
}

/* IEEE 802.2: SNAP, or IP by its own service access point. */
static enum tryst_packet_kind take_llc(struct packet_walk *w, unsigned depth);

static enum tryst_packet_kind
ether_type(struct packet_walk *w, uint16_t type, unsigned depth)
{
	for (; depth < PACKET_LAYERS_MAX; depth++) {
		if (w->c.failed)
			return packet_ended(w, 2);
		switch (type) {
		case ETHER_IPV4:
		case ETHER_IPV6:
			return tryst_packet_ip(w);
		case ETHER_VLAN:
		case ETHER_QINQ:
		case ETHER_QINQ_OLD:
			type = take_tag(w);
			break;
		case ETHER_CISCO_METADATA: /* a group tag of 6 bytes */
			packet_skip(w, 6);
			type = packet_u16(w);
			break;
		case ETHER_MPLS:
		case ETHER_MPLS_MULTICAST:
			return take_labels(w);
		case ETHER_NSH:
			return take_nsh(w);
		case ETHER_PPPOE:
			return take_pppoe(w);
		default:
			return type <= ETHER_LENGTH_MAX ? take_llc(w, depth + 1)
			                                : TRYST_PACKET_OTHER;
		}
	}
	return TRYST_PACKET_OTHER;
}

static enum tryst_packet_kind
take_llc(struct packet_walk *w, unsigned depth)
{
	uint16_t access = packet_u16(w);
	uint8_t control = packet_u8(w);

	if (w->c.failed)
		return packet_ended(w, 3);
	if (control != 3)
		return TRYST_PACKET_OTHER;
	if (access == 0x0606)
		return tryst_packet_ip(w);
	if (access != 0xaaaa)
		return TRYST_PACKET_OTHER;
	if (packet_u16(w) != 0 || packet_u8(w) != 0)
		return TRYST_PACKET_OTHER;
	return ether_type(w, packet_u16(w), depth);
}

enum tryst_packet_kind
tryst_packet_ether_type(struct packet_walk *w, uint16_t type)
{
	return ether_type(w, type, 0);
}

enum tryst_packet_kind
tryst_packet_ethernet(struct packet_walk *w)
{
	packet_skip(w, 12);
	return ether_type(w, packet_u16(w), 0);
}

enum tryst_packet_kind
tryst_packet_ppp(struct packet_walk *w)
{
	uint16_t proto;

	if (tryst_cursor_left(&w->c) >= 2 && w->c.pos[0] == 0xff && w->c.pos[1] == 3)
		packet_skip(w, 2);
	proto = packet_u8(w);
	if (!(proto & 1)) /* the last byte of the field is odd; a first 0 may be left out */
		proto = (uint16_t)(proto << 8 | packet_u8(w));
	if (w->c.failed)
		return packet_ended(w, 2);
	switch (proto) {
	case 0x21:
	case 0x57:
		return tryst_packet_ip(w);
	case 0x281:
	case 0x283:
		return take_labels(w);
	default:
		return TRYST_PACKET_OTHER;
	}
}

static enum tryst_packet_kind
link_cooked(struct packet_walk *w)
{
	packet_skip(w, 14);
	return ether_type(w, packet_u16(w), 0);
}

static enum tryst_packet_kind
link_cooked2(struct packet_walk *w)
{
	uint16_t type = packet_u16(w);

	packet_skip(w, 18);
	return ether_type(w, type, 0);
}

/* FDDI: frame control, of which asynchronous LLC frames carry packets, and two addresses. */
static enum tryst_packet_kind
link_fddi(struct packet_walk *w)
{
	uint8_t control = packet_u8(w);

	packet_skip(w, 12);
	return (control & 0xf0) == 0x50 ? take_llc(w, 0) : TRYST_PACKET_OTHER;
}

/* Cisco's HDLC: address, control, Ethernet type. */
static enum tryst_packet_kind
link_hdlc(struct packet_walk *w)
{
	packet_skip(w, 2);
	return ether_type(w, packet_u16(w), 0);
}

/* PPP in HDLC framing, which may also be Cisco's. */
static enum tryst_packet_kind
link_ppp_serial(struct packet_walk *w)
{
	if (tryst_cursor_left(&w->c) >= 1 && (w->c.pos[0] == 0x0f || w->c.pos[0] == 0x8f))
		return link_hdlc(w);
	return tryst_packet_ppp(w);
}

/*
 * Frame relay: an address of two to four bytes, then control and a protocol identifier (RFC 2427),
 * or Cisco's own way, an Ethernet type.
 */
static enum tryst_packet_kind
link_frame_relay(struct packet_walk *w)
{
	uint8_t id;

	for (unsigned i = 0; i < 4; i++) {
		if (packet_u8(w) & 1)
			break;
	}
	id = packet_u8(w);
	if (id != 3)
		return ether_type(w, (uint16_t)(id << 8 | packet_u8(w)), 0);
	id = packet_u8(w);
	if (id == 0)
		id = packet_u8(w);
	if (w->c.failed)
		return packet_ended(w, 4);
	if (id == 0xcc || id == 0x8e)
		return tryst_packet_ip(w);
	if (id != 0x80 || packet_u16(w) != 0 || packet_u8(w) != 0)
		return TRYST_PACKET_OTHER;
	return ether_type(w, packet_u16(w), 0);
}

/* Linux's netfilter log: attributes in the machine's byte order; number 9 is the packet. */
static enum tryst_packet_kind
link_nflog(struct packet_walk *w)
{
	packet_skip(w, 4);
	for (unsigned i = 0; i < 64 && tryst_cursor_left(&w->c) >= 4; i++) {
		uint16_t len = __builtin_bswap16(packet_u16(w));
		uint16_t type = __builtin_bswap16(packet_u16(w));
		bool big_endian = len > 0xff && (len & 0xff) == 0 && len / 256 >= 4;

		if (big_endian) {
			len = __builtin_bswap16(len);
			type = __builtin_bswap16(type);
		}
		if (len < 4)
			return TRYST_PACKET_OTHER;
		if ((type & 0x7fff) == 9)
			return tryst_packet_ip(w);
		packet_skip(w, (len + 3u) / 4u * 4u - 4u);
	}
	return TRYST_PACKET_OTHER;
}

enum tryst_packet_kind
tryst_packet_link(uint32_t link, struct packet_walk *w)
{
	static const struct link {
		uint32_t type;
		enum tryst_packet_kind (*walk)(struct packet_walk *w);
	} links[] = {
		{ TRYST_LINK_ETHERNET, tryst_packet_ethernet },
		{ 113, link_cooked },
		{ 276, link_cooked2 },
		{ 101, tryst_packet_ip },
		{ TRYST_LINK_IPV4, tryst_packet_ip },
		{ TRYST_LINK_IPV6, tryst_packet_ip },
		{ 12, tryst_packet_ip },
		{ 14, tryst_packet_ip },
		{ 0, link_null },
		{ 108, link_null },
		{ 10, link_fddi },
		{ TRYST_LINK_PPP, tryst_packet_ppp },
		{ 50, link_ppp_serial },
		{ 51, take_pppoe },
		{ 104, link_hdlc },
		{ 107, link_frame_relay },
		{ TRYST_LINK_MPLS, take_labels },
		{ 239, link_nflog },
	};

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(links); i++) {
		if (links[i].type == link)
			return links[i].walk(w);
	}
	return TRYST_PACKET_LINK;
}
