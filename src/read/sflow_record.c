/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of a flow sample.  One table: those that are not in it are passed over.
 *
 * A sample says what it is in one of two ways: the beginning of the packet itself, or its fields.
 * Where both are there the packet counts, whatever their order.
 */
#include "read/packet.h"
#include "read/sflow_impl.h"

#define PATH_MAX_SEGMENTS 256

/* The header's protocol to a link type. */
static const struct {
	uint32_t protocol;
	uint32_t link;
} links[] = {
	{ 1, TRYST_LINK_ETHERNET }, { 7, TRYST_LINK_PPP },   { 11, TRYST_LINK_IPV4 },
	{ 12, TRYST_LINK_IPV6 },    { 13, TRYST_LINK_MPLS },
};

static void
set_packet(struct tryst_row *row, const struct tryst_packet *p)
{
	static const uint64_t optional = TRYST_BIT(src_port) | TRYST_BIT(dst_port) |
	                                 TRYST_BIT(tcp_flags) | TRYST_BIT(icmp_type) |
	                                 TRYST_BIT(icmp_code) | TRYST_BIT(ip_id);
	uint64_t before = row->known & ~optional;

	TRYST_ROW_IP(row, src, p->src);
	TRYST_ROW_IP(row, dst, p->dst);
	TRYST_ROW_NUMBER(row, proto, p->proto);
	TRYST_ROW_NUMBER(row, tos, p->tos);
	TRYST_ROW_NUMBER(row, min_ttl, p->ttl);
	TRYST_ROW_NUMBER(row, max_ttl, p->ttl);
	TRYST_ROW_NUMBER(row, bytes, p->bytes);
	before |= row->known & ~optional;
	TRYST_ROW_NUMBER(row, src_port, p->src_port);
	TRYST_ROW_NUMBER(row, dst_port, p->dst_port);
	TRYST_ROW_NUMBER(row, tcp_flags, p->tcp_flags);
	TRYST_ROW_NUMBER(row, icmp_type, p->icmp_type);
	TRYST_ROW_NUMBER(row, icmp_code, p->icmp_code);
	TRYST_ROW_NUMBER(row, ip_id, p->ip_id);
	row->known = before | (p->known & optional);
	if (p->known & TRYST_BIT(vlan) && !(row->known & TRYST_BIT(vlan)))
		TRYST_ROW_NUMBER(row, vlan, p->vlan);
}

static void
take_header(struct tryst_row *row, struct tryst_cursor *c)
{
	uint32_t protocol = tryst_cursor_be32(c), wire = tryst_cursor_be32(c), len;
	struct tryst_packet p;
	const uint8_t *data;

	tryst_cursor_skip(c, 4); /* stripped before sampling: the trailer, as a rule */
	len = tryst_cursor_be32(c);
	data = tryst_cursor_take(c, len);
	if (!data)
		return;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(links); i++) {
		if (links[i].protocol == protocol &&
		    tryst_packet_parse(links[i].link, data, len, TRYST_MAX(len, wire), false, &p) ==
		            TRYST_PACKET_IP)
			set_packet(row, &p);
	}
}

/* The packet's fields as the agent read them; min_ttl shows that the packet itself was there. */
static void
take_fields(struct tryst_row *row, struct tryst_cursor *c, bool v6)
{
	uint32_t bytes = tryst_cursor_be32(c), proto = tryst_cursor_be32(c);
	const uint8_t *src = tryst_cursor_take(c, v6 ? 16 : 4);
	const uint8_t *dst = tryst_cursor_take(c, v6 ? 16 : 4);
	uint32_t src_port = tryst_cursor_be32(c), dst_port = tryst_cursor_be32(c);
	uint32_t flags = tryst_cursor_be32(c), tos = tryst_cursor_be32(c);
	struct tryst_cursor at;

	if (c->failed || row->known & TRYST_BIT(min_ttl))
		return;
	if (v6) {
		TRYST_ROW_IP(row, src, tryst_ip_from_bytes(src));
		TRYST_ROW_IP(row, dst, tryst_ip_from_bytes(dst));
	} else {
		at = tryst_cursor_init(src, 4);
		TRYST_ROW_IP(row, src, tryst_ip_v4(tryst_cursor_be32(&at)));
		at = tryst_cursor_init(dst, 4);
		TRYST_ROW_IP(row, dst, tryst_ip_v4(tryst_cursor_be32(&at)));
	}
	TRYST_ROW_NUMBER(row, proto, (uint8_t)proto);
	TRYST_ROW_NUMBER(row, bytes, bytes);
	TRYST_ROW_NUMBER(row, tos, (uint8_t)tos);
	if (proto == 6 || proto == 17 || proto == 132) {
		TRYST_ROW_NUMBER(row, src_port, (uint16_t)src_port);
		TRYST_ROW_NUMBER(row, dst_port, (uint16_t)dst_port);
	}
	if (proto == 6)
		TRYST_ROW_NUMBER(row, tcp_flags, (uint8_t)flags);
}

static void
take_ipv4(struct tryst_row *row, struct tryst_cursor *c)
{
	take_fields(row, c, false);
}

static void
take_ipv6(struct tryst_row *row, struct tryst_cursor *c)
{
	take_fields(row, c, true);
}

/* The VLAN by which the packet came in; 4095 and more: none is known. */
static void
take_switch(struct tryst_row *row, struct tryst_cursor *c)
{
	uint32_t vlan = tryst_cursor_be32(c);

	tryst_cursor_skip(c, 12);
	if (!c->failed && vlan > 0 && vlan < 4095)
		TRYST_ROW_NUMBER(row, vlan, vlan);
}

static void
take_router(struct tryst_row *row, struct tryst_cursor *c)
{
	struct tryst_ip next_hop = tryst_sflow_address(c);
	uint32_t src_mask = tryst_cursor_be32(c), dst_mask = tryst_cursor_be32(c);

	if (c->failed)
		return;
	if (next_hop.hi || next_hop.lo)
		TRYST_ROW_IP(row, next_hop, next_hop);
	TRYST_ROW_NUMBER(row, src_mask, (uint8_t)TRYST_MIN(src_mask, 128u));
	TRYST_ROW_NUMBER(row, dst_mask, (uint8_t)TRYST_MIN(dst_mask, 128u));
}

static void
take_gateway(struct tryst_row *row, struct tryst_cursor *c)
{
	uint32_t src_as, segments, last = 0;
	bool path = false;

	(void)tryst_sflow_address(c);
	tryst_cursor_skip(c, 4); /* the router's own */
	src_as = tryst_cursor_be32(c);
	tryst_cursor_skip(c, 4); /* the neighbour towards the source */
	segments = tryst_cursor_be32(c);
	for (uint32_t i = 0; i < segments && i < PATH_MAX_SEGMENTS && !c->failed; i++) {
		struct tryst_cursor numbers;
		uint32_t count;

		tryst_cursor_skip(c, 4);
		count = tryst_cursor_be32(c);
		numbers = tryst_cursor_sub(c, (size_t)count * 4);
		if (count == 0 || numbers.failed)
			continue;
		tryst_cursor_skip(&numbers, (size_t)(count - 1) * 4);
		last = tryst_cursor_be32(&numbers);
		path = true;
	}
	if (c->failed)
		return;
	TRYST_ROW_NUMBER(row, src_as, src_as);
	if (path)
		TRYST_ROW_NUMBER(row, dst_as, last);
}

static void
take_nat(struct tryst_row *row, struct tryst_cursor *c)
{
	struct tryst_ip src = tryst_sflow_address(c), dst = tryst_sflow_address(c);

	if (c->failed)
		return;
	TRYST_ROW_IP(row, nat_src, src);
	TRYST_ROW_IP(row, nat_dst, dst);
}

static void
take_nat_ports(struct tryst_row *row, struct tryst_cursor *c)
{
	uint32_t src = tryst_cursor_be32(c), dst = tryst_cursor_be32(c);

	if (c->failed)
		return;
	TRYST_ROW_NUMBER(row, nat_src_port, (uint16_t)src);
	TRYST_ROW_NUMBER(row, nat_dst_port, (uint16_t)dst);
}

void
tryst_sflow_record(struct tryst_row *row, uint32_t type, struct tryst_cursor *c)
{
	/* Types are enterprise << 12 | format, and all of these are sFlow's own (enterprise 0). */
	static const struct {
		uint32_t type;
		void (*take)(struct tryst_row *row, struct tryst_cursor *c);
	} records[] = {
		{ 1, take_header },    { 3, take_ipv4 },         { 4, take_ipv6 },
		{ 1001, take_switch }, { 1002, take_router },    { 1003, take_gateway },
		{ 1007, take_nat },    { 1020, take_nat_ports },
	};

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(records); i++) {
		if (records[i].type == type)
			records[i].take(row, c);
	}
}
