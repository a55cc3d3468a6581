/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv4 (RFC 791), IPv6 with its extension headers (RFC 8200), and the first fields of the
 * transports.
 */
#include "read/packet_impl.h"

#define IPV4_HEADER 20
#define IPV6_HEADER 40

static enum tryst_packet_kind
take_ipv4(struct packet_walk *w)
{
	struct tryst_packet *p = w->out;
	const uint8_t *h = w->c.pos;
	struct tryst_cursor c = tryst_cursor_sub(&w->c, IPV4_HEADER);
	size_t header = (h[0] & 15u) * 4u, total;
	uint16_t fragment;

	if (c.failed)
		return packet_ended(w, IPV4_HEADER);
	tryst_cursor_skip(&c, 1);
	p->tos = tryst_cursor_u8(&c);
	total = tryst_cursor_be16(&c);
	p->ip_id = tryst_cursor_be16(&c);
	fragment = tryst_cursor_be16(&c);
	p->ttl = tryst_cursor_u8(&c);
	p->proto = tryst_cursor_u8(&c);
	tryst_cursor_skip(&c, 2);
	p->src = tryst_ip_v4(tryst_cursor_be32(&c));
	p->dst = tryst_ip_v4(tryst_cursor_be32(&c));
	/* A length of 0 is a frame that the network card was yet to cut into packets. */
	if (total == 0)
		total = w->wire;
	if (header < IPV4_HEADER || total < header)
		return TRYST_PACKET_DAMAGED;
	p->bytes = (uint32_t)total;
	p->fragment_at = (fragment & 0x1fffu) * 8u;
	p->more_fragments = fragment & 0x2000;
	p->known |= TRYST_BIT(ip_id);
	p->body_wire = (uint32_t)(total - header);
	tryst_cursor_skip(&w->c, header - IPV4_HEADER);
	p->body = w->c.pos;
	p->body_len = (uint32_t)TRYST_MIN(tryst_cursor_left(&w->c), (size_t)p->body_wire);
	return TRYST_PACKET_IP;
}

/* One extension header: moves behind it.  False: what comes now is no extension header. */
static bool
take_extension(struct tryst_packet *p, struct tryst_cursor *c, size_t *skipped)
{
	uint8_t proto = p->proto, next, len;
	uint16_t fragment;

	switch (proto) {
	case PROTO_HOP_BY_HOP:
	case PROTO_ROUTING:
	case PROTO_OPTIONS:
	case PROTO_MOBILITY:
	case PROTO_HIP:
	case PROTO_SHIM6:
		next = tryst_cursor_u8(c);
		len = tryst_cursor_u8(c);
		tryst_cursor_skip(c, 6 + 8 * (size_t)len);
		*skipped += 8 + 8 * (size_t)len;
		break;
	case PROTO_FRAGMENT:
		next = tryst_cursor_u8(c);
		tryst_cursor_skip(c, 1);
		fragment = tryst_cursor_be16(c);
		p->ip_id = tryst_cursor_be32(c);
		*skipped += 8;
		if (c->failed)
			return false;
		p->fragment_at = fragment & 0xfff8u;
		p->more_fragments = fragment & 1;
		p->known |= TRYST_BIT(ip_id);
		break;
	default:
		return false;
	}
	if (!c->failed)
		p->proto = next;
	return !c->failed;
}

static enum tryst_packet_kind
take_ipv6(struct packet_walk *w)
{
	struct tryst_packet *p = w->out;
	struct tryst_cursor c = tryst_cursor_sub(&w->c, IPV6_HEADER);
	const uint8_t *src, *dst;
	size_t left, skipped = 0;

	if (c.failed)
		return packet_ended(w, IPV6_HEADER);
	p->tos = (uint8_t)(tryst_cursor_be32(&c) >> 20);
	left = tryst_cursor_be16(&c);
	p->proto = tryst_cursor_u8(&c);
	p->ttl = tryst_cursor_u8(&c);
	src = tryst_cursor_take(&c, 16);
	dst = tryst_cursor_take(&c, 16);
	p->src = tryst_ip_from_bytes(src);
	p->dst = tryst_ip_from_bytes(dst);
	/* 0: a jumbogram (RFC 2675), or a frame that the card was yet to cut. */
	if (left == 0 && w->wire > IPV6_HEADER)
		left = w->wire - IPV6_HEADER;
	p->bytes = (uint32_t)(IPV6_HEADER + left);
	c = tryst_cursor_init(w->c.pos, TRYST_MIN(tryst_cursor_left(&w->c), left));
	/* Behind a later fragment's header comes data, whatever its next header says. */
	for (unsigned i = 0; i < PACKET_LAYERS_MAX && p->fragment_at == 0; i++) {
		if (!take_extension(p, &c, &skipped))
			break;
	}
	p->body_wire = (uint32_t)(left - TRYST_MIN(left, skipped));
	p->body = c.pos;
	p->body_len = (uint32_t)tryst_cursor_left(&c);
	return TRYST_PACKET_IP;
}

static void
set_ports(struct tryst_packet *p, struct tryst_cursor *c)
{
	uint16_t src = tryst_cursor_be16(c), dst = tryst_cursor_be16(c);

	if (c->failed)
		return;
	p->src_port = src;
	p->dst_port = dst;
	p->known |= TRYST_BIT(src_port) | TRYST_BIT(dst_port);
}

static void
set_tcp(struct tryst_packet *p, struct tryst_cursor *c)
{
	uint8_t offset;

	set_ports(p, c);
	tryst_cursor_skip(c, 8);
	offset = tryst_cursor_u8(c);
	p->tcp_flags = tryst_cursor_u8(c);
	if (!c->failed)
		p->known |= TRYST_BIT(tcp_flags);
	p->payload = TRYST_MAX(20u, (offset >> 4) * 4u);
}

static void
set_udp(struct tryst_packet *p, struct tryst_cursor *c)
{
	set_ports(p, c);
	p->payload = 8;
}

static void
set_icmp(struct tryst_packet *p, struct tryst_cursor *c)
{
	uint8_t type = tryst_cursor_u8(c), code = tryst_cursor_u8(c);

	p->payload = 8;
	if (c->failed)
		return;
	p->icmp_type = type;
	p->icmp_code = code;
	p->dst_port = (uint16_t)(type << 8 | code);
	p->known |= TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code) | TRYST_BIT(src_port) |
	            TRYST_BIT(dst_port);
}

void
tryst_packet_transport(struct tryst_packet *p)
{
	static const struct transport {
		uint8_t proto;
		void (*set)(struct tryst_packet *p, struct tryst_cursor *c);
	} transports[] = {
		{ PROTO_TCP, set_tcp },    { PROTO_UDP, set_udp },    { PROTO_ICMP, set_icmp },
		{ PROTO_ICMP6, set_icmp }, { PROTO_SCTP, set_ports }, { PROTO_UDPLITE, set_udp },
		{ PROTO_DCCP, set_ports },
	};
	struct tryst_cursor c = tryst_cursor_init(p->body, p->body_len);

	if (p->fragment_at)
		return;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(transports); i++) {
		if (transports[i].proto == p->proto) {
			transports[i].set(p, &c);
			return;
		}
	}
}

enum tryst_packet_kind
tryst_packet_ip(struct packet_walk *w)
{
	enum tryst_packet_kind kind;
	unsigned version;

	if (tryst_cursor_left(&w->c) == 0)
		return packet_ended(w, 1);
	version = w->c.pos[0] >> 4;
	if (version != 4 && version != 6)
		return TRYST_PACKET_DAMAGED;
	kind = version == 4 ? take_ipv4(w) : take_ipv6(w);
	if (kind == TRYST_PACKET_IP)
		tryst_packet_transport(w->out);
	return kind;
}

enum tryst_packet_kind
tryst_packet_parse(uint32_t link, const uint8_t *data, size_t len, size_t wire_len, bool inner,
                   struct tryst_packet *out)
{
	struct packet_walk w = { tryst_cursor_init(data, len), wire_len, out };
	enum tryst_packet_kind kind;

	*out = (struct tryst_packet){ 0 };
	kind = tryst_packet_link(link, &w);
	if (kind != TRYST_PACKET_IP || !inner)
		return kind;
	for (unsigned i = 0; i < PACKET_TUNNELS_MAX; i++) {
		if (!tryst_packet_inner(out))
			break;
	}
	return kind;
}
