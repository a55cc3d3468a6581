/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A row as a self-describing record: the elements that hold anything the row knows.  An element is
 * written whole, so what the row does not know of it is 0, which is how these files say so.
 */
#include "write/nfdump_impl.h"

#include <netinet/in.h>

#define B(name) TRYST_BIT(name)

typedef void (*fill_fn)(uint8_t *p, const struct tryst_batch *b, uint32_t row);

/* What an element's choice between IPv4 and IPv6 depends on. */
enum family { FLOW = 1, HOP = 2, EXPORTER = 4, NAT = 8, PLANNED = 16 };

/* ICMP type and code stand in the destination port, whether or not the row has one. */
static uint16_t
dst_port(const struct tryst_batch *b, uint32_t row)
{
	bool icmp = b->proto[row] == IPPROTO_ICMP || b->proto[row] == IPPROTO_ICMPV6;

	if (icmp && b->present[row] & (B(icmp_type) | B(icmp_code)))
		return (uint16_t)(b->icmp_type[row] << 8 | b->icmp_code[row]);
	return b->dst_port[row];
}

static void
fill_generic(uint8_t *p, const struct tryst_batch *b, uint32_t row)
{
	tryst_store_le64(p, (uint64_t)b->start_ms[row]);
	tryst_store_le64(p + 8, (uint64_t)b->end_ms[row]);
	tryst_store_le64(p + 16, (uint64_t)b->received_ms[row]);
	tryst_store_le64(p + 24, b->packets[row]);
	tryst_store_le64(p + 32, b->bytes[row]);
	tryst_store_le16(p + 40, b->src_port[row]);
	tryst_store_le16(p + 42, dst_port(b, row));
	p[44] = b->proto[row];
	p[45] = b->tcp_flags[row];
	p[46] = b->fwd_status[row];
	p[47] = b->tos[row];
}

/* One or two addresses; the unknown one of two is 0 in either family. */
#define FILL_IP4(name, first)                                                                      \
	static void name(uint8_t *p, const struct tryst_batch *b, uint32_t row)                    \
	{                                                                                          \
		tryst_store_le32(p, (uint32_t)b->first[row].lo);                                   \
	}
#define FILL_IP6(name, first)                                                                      \
	static void name(uint8_t *p, const struct tryst_batch *b, uint32_t row)                    \
	{                                                                                          \
		tryst_store_le64(p, b->first[row].hi);                                             \
		tryst_store_le64(p + 8, b->first[row].lo);                                         \
	}
#define FILL_PAIR(name, size, first, second)                                                       \
	static void name(uint8_t *p, const struct tryst_batch *b, uint32_t row)                    \
	{                                                                                          \
		first(p, b, row);                                                                  \
		second(p + (size), b, row);                                                        \
	}

FILL_IP4(fill_src4, src)
FILL_IP4(fill_dst4, dst)
FILL_PAIR(fill_flow4, 4, fill_src4, fill_dst4)
FILL_IP6(fill_src6, src)
FILL_IP6(fill_dst6, dst)
FILL_PAIR(fill_flow6, 16, fill_src6, fill_dst6)
FILL_IP4(fill_hop4, next_hop)
FILL_IP6(fill_hop6, next_hop)
FILL_IP4(fill_exporter4, exporter)
FILL_IP6(fill_exporter6, exporter)
FILL_IP4(fill_nat_src4, nat_src)
FILL_IP4(fill_nat_dst4, nat_dst)
FILL_PAIR(fill_nat4, 4, fill_nat_src4, fill_nat_dst4)
FILL_IP6(fill_nat_src6, nat_src)
FILL_IP6(fill_nat_dst6, nat_dst)
FILL_PAIR(fill_nat6, 16, fill_nat_src6, fill_nat_dst6)

static void
fill_misc(uint8_t *p, const struct tryst_batch *b, uint32_t row)
{
	tryst_store_le32(p, b->in_if[row]);
	tryst_store_le32(p + 4, b->out_if[row]);
	p[8] = b->src_mask[row];
	p[9] = b->dst_mask[row];
	p[10] = b->direction[row];
	p[13] = b->end_reason[row];
}

static void
fill_counters(uint8_t *p, const struct tryst_batch *b, uint32_t row)
{
	tryst_store_le64(p, b->flows[row]);
	tryst_store_le64(p + 8, b->rev_packets[row]);
	tryst_store_le64(p + 16, b->rev_bytes[row]);
}

static void
fill_vlan(uint8_t *p, const struct tryst_batch *b, uint32_t row)
{
	tryst_store_le32(p, b->vlan[row]);
}

static void
fill_as(uint8_t *p, const struct tryst_batch *b, uint32_t row)
{
	tryst_store_le32(p, b->src_as[row]);
	tryst_store_le32(p + 4, b->dst_as[row]);
}

static void
fill_nat_ports(uint8_t *p, const struct tryst_batch *b, uint32_t row)
{
	tryst_store_le16(p, b->nat_src_port[row]);
	tryst_store_le16(p + 2, b->nat_dst_port[row]);
}

static void
fill_domain(uint8_t *p, const struct tryst_batch *b, uint32_t row)
{
	tryst_store_le32(p + 8, b->domain[row]);
}

static void
fill_ttl(uint8_t *p, const struct tryst_batch *b, uint32_t row)
{
	p[2] = b->min_ttl[row];
	p[3] = b->max_ttl[row];
}

#define GENERIC                                                                                    \
	(B(start_ms) | B(end_ms) | B(received_ms) | B(packets) | B(bytes) | B(src_port) |          \
	 B(dst_port) | B(icmp_type) | B(icmp_code) | B(proto) | B(tcp_flags) | B(fwd_status) |     \
	 B(tos))
#define MISC (B(in_if) | B(out_if) | B(src_mask) | B(dst_mask) | B(direction) | B(end_reason))
#define COUNTERS (B(flows) | B(rev_packets) | B(rev_bytes))
#define AS (B(src_as) | B(dst_as))
#define NAT_IP (B(nat_src) | B(nat_dst))
#define NAT_PORT (B(nat_src_port) | B(nat_dst_port))
#define TTL (B(min_ttl) | B(max_ttl))

/* What decides which elements there are. */
#define SHAPE                                                                                      \
	(MISC | COUNTERS | B(vlan) | AS | B(next_hop) | B(exporter) | NAT_IP | NAT_PORT |          \
	 B(domain) | TTL)

const uint64_t tryst_nf_written = GENERIC | B(src) | B(dst) | SHAPE;

/* In the order of their numbers.  The first ones are in every record. */
static const struct element {
	uint16_t type;
	uint16_t size;
	uint64_t any;   /* written when one of these is known; 0: always */
	uint8_t family; /* of which choice it is a side, 0: of none */
	bool v4;        /* which side */
	fill_fn fill;
} elements[] = {
	{ 1, 48, 0, 0, false, fill_generic },
	{ 2, 8, 0, FLOW, true, fill_flow4 },
	{ 3, 32, 0, FLOW, false, fill_flow6 },
	{ 4, 16, MISC, 0, false, fill_misc },
	{ 5, 24, COUNTERS, 0, false, fill_counters },
	{ 6, 8, B(vlan), 0, false, fill_vlan },
	{ 7, 8, AS, 0, false, fill_as },
	{ 10, 4, B(next_hop), HOP, true, fill_hop4 },
	{ 11, 16, B(next_hop), HOP, false, fill_hop6 },
	{ 12, 4, B(exporter), EXPORTER, true, fill_exporter4 },
	{ 13, 16, B(exporter), EXPORTER, false, fill_exporter6 },
	{ 20, 8, NAT_IP, NAT, true, fill_nat4 },
	{ 21, 32, NAT_IP, NAT, false, fill_nat6 },
	{ 22, 4, NAT_PORT, 0, false, fill_nat_ports },
	{ 33, 12, B(domain), 0, false, fill_domain },
	{ 42, 4, TTL, 0, false, fill_ttl },
};

_Static_assert(NF_RECORD_MAX % 32 == 0, "records are copied in strides of 32");
_Static_assert(TRYST_ARRAY_SIZE(elements) <= NF_WRITTEN_ELEMENTS, "a plan holds all elements");

/* 1 unless the address is known and IPv6. */
static inline uint32_t
is_v4(uint64_t present, uint64_t bit, struct tryst_ip ip)
{
	return !(present & bit) || tryst_ip_is_v4(ip);
}

/* The families for which the IPv4 element does. */
static inline uint32_t
families(const struct tryst_batch *b, uint32_t row)
{
	uint64_t present = b->present[row];
	uint32_t f = PLANNED;

	if (is_v4(present, B(src), b->src[row]) & is_v4(present, B(dst), b->dst[row]))
		f |= FLOW;
	if (is_v4(present, B(next_hop), b->next_hop[row]))
		f |= HOP;
	if (is_v4(present, B(exporter), b->exporter[row]))
		f |= EXPORTER;
	if (is_v4(present, B(nat_src), b->nat_src[row]) &
	    is_v4(present, B(nat_dst), b->nat_dst[row]))
		f |= NAT;
	return f;
}

static void
plan_make(struct nf_plan *plan, uint64_t present, uint32_t f)
{
	unsigned size = NF_V3_HEADER;

	*plan = (struct nf_plan){ .present = present, .families = f };
	for (unsigned i = 0; i < TRYST_ARRAY_SIZE(elements); i++) {
		const struct element *e = &elements[i];

		if (e->any && !(e->any & present))
			continue;
		if (e->family && !!(f & e->family) != e->v4)
			continue;
		tryst_store_le16(plan->bytes + size, e->type);
		tryst_store_le16(plan->bytes + size + 2, (uint16_t)(e->size + 4));
		plan->element[plan->count] = (uint8_t)i;
		plan->at[plan->count++] = (uint16_t)(size + 4);
		size += e->size + 4u;
	}
	assert(size <= sizeof(plan->bytes));
	plan->size = (uint16_t)size;
	tryst_store_le16(plan->bytes, NF_RECORD_V3);
	tryst_store_le16(plan->bytes + 2, plan->size);
	tryst_store_le16(plan->bytes + 4, plan->count);
}

size_t
tryst_nf_record(struct nf_plan *plan, const struct tryst_batch *b, uint32_t row, uint8_t *p)
{
	uint64_t present = b->present[row] & SHAPE;
	uint32_t f = families(b, row);

	if (TRYST_UNLIKELY(plan->present != present || plan->families != f))
		plan_make(plan, present, f);
	/* Whole strides, for which no call is needed; there is room. */
	for (unsigned i = 0; i < plan->size; i += 32)
		memcpy(p + i, plan->bytes + i, 32);
	for (unsigned i = 0; i < plan->count; i++)
		elements[plan->element[i]].fill(p + plan->at[i], b, row);
	return plan->size;
}
