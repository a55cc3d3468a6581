/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/record.h"

#include <netinet/in.h>
#include <stdlib.h>

#define ICMP_KIND_ECHO 1
#define ICMP_KIND_OTHER (1u << 31)
#define ICMP_TYPE_UNKNOWN 0xffffu

/* The value of a field, 0 where the record does not know it. */
#define KNOWN(b, field, row) (tryst_batch_known(b, TRYST_FIELD_##field, row) ? (b)->field[row] : 0)

/* ICMP type * 256 + code, or ICMP_TYPE_UNKNOWN. */
static uint32_t
record_icmp(const struct tryst_batch *b, uint32_t row)
{
	if (tryst_batch_known(b, TRYST_FIELD_icmp_type, row))
		return (uint32_t)b->icmp_type[row] << 8 | KNOWN(b, icmp_code, row);
	/* NetFlow 5 and 9 put it where the destination port is. */
	if (tryst_batch_known(b, TRYST_FIELD_dst_port, row))
		return b->dst_port[row];
	return ICMP_TYPE_UNKNOWN;
}

/*
 * What an ICMP record may share a conversation with: an echo request and its reply are one kind;
 * everything else only goes with its own type, code and direction, because an error message is no
 * answer.  RFC 792, RFC 4443.
 */
static uint32_t
record_kind(uint32_t what, const struct tryst_hunt_record *r)
{
	uint32_t type = what >> 8;

	if (what != ICMP_TYPE_UNKNOWN) {
		if (r->proto == IPPROTO_ICMP && (type == 8 || type == 0))
			return ICMP_KIND_ECHO;
		if (r->proto == IPPROTO_ICMPV6 && (type == 128 || type == 129))
			return ICMP_KIND_ECHO;
	}
	return ICMP_KIND_OTHER | what << 1 | r->from;
}

/* Puts the ends of the row on their sides. */
static void
record_sides(struct tryst_hunt_record *r, const struct tryst_batch *b, uint32_t row,
             bool src_listed, bool dst_listed)
{
	bool ports = r->proto != IPPROTO_ICMP && r->proto != IPPROTO_ICMPV6;
	uint16_t src_port = ports ? KNOWN(b, src_port, row) : 0;
	uint16_t dst_port = ports ? KNOWN(b, dst_port, row) : 0;
	int order = tryst_ip_compare(b->src[row], b->dst[row]);
	unsigned from = order ? order > 0 : src_port > dst_port;
	unsigned to = !from;

	r->from = (uint8_t)from;
	r->ip[from] = b->src[row];
	r->ip[to] = b->dst[row];
	r->port[from] = src_port;
	r->port[to] = dst_port;
	if (ports && tryst_batch_known(b, TRYST_FIELD_src_port, row))
		r->has |= (uint32_t)(TRYST_HAS_PORT0 << from);
	if (ports && tryst_batch_known(b, TRYST_FIELD_dst_port, row))
		r->has |= (uint32_t)(TRYST_HAS_PORT0 << to);
	if (src_listed)
		r->has |= (uint32_t)(TRYST_LISTED0 << from);
	if (dst_listed)
		r->has |= (uint32_t)(TRYST_LISTED0 << to);
}

/* Which bit of `has` says that a field is known, where it is one field. */
static const struct {
	uint64_t present;
	uint32_t has;
} record_bits[] = {
	{ TRYST_BIT(tcp_flags), TRYST_HAS_FLAGS },
	{ TRYST_BIT(rev_tcp_flags), TRYST_HAS_REV_FLAGS },
	{ TRYST_BIT(first_flags), TRYST_HAS_FIRST_FLAGS },
	{ TRYST_BIT(exporter), TRYST_HAS_EXPORTER },
	{ TRYST_BIT(in_if), TRYST_HAS_IN_IF },
	{ TRYST_BIT(out_if), TRYST_HAS_OUT_IF },
	{ TRYST_BIT(tos), TRYST_HAS_TOS },
	{ TRYST_BIT(fwd_status), TRYST_HAS_FWD_STATUS },
	{ TRYST_BIT(min_ttl), TRYST_HAS_MIN_TTL },
	{ TRYST_BIT(max_ttl), TRYST_HAS_MAX_TTL },
	{ TRYST_BIT(ip_id), TRYST_HAS_IP_ID },
	{ TRYST_BIT(end_reason), TRYST_HAS_END_REASON },
	{ TRYST_BIT(direction), TRYST_HAS_DIRECTION },
	{ TRYST_BIT(sampling), TRYST_HAS_SAMPLING },
	{ TRYST_BIT(domain), TRYST_HAS_DOMAIN },
};

static uint32_t
record_has(uint64_t present)
{
	const uint64_t counts = TRYST_BIT(packets) | TRYST_BIT(bytes);
	uint32_t has = 0;

	if ((present & counts) == counts)
		has |= TRYST_HAS_COUNTS;
	if (present & (TRYST_BIT(rev_packets) | TRYST_BIT(rev_bytes)))
		has |= TRYST_HAS_REV;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(record_bits); i++)
		has |= present & record_bits[i].present ? record_bits[i].has : 0;
	return has;
}

void
tryst_hunt_record_fill(struct tryst_hunt_record *r, const struct tryst_batch *b, uint32_t row,
                       bool src_listed, bool dst_listed)
{
	bool start = tryst_batch_known(b, TRYST_FIELD_start_ms, row);
	bool end = tryst_batch_known(b, TRYST_FIELD_end_ms, row);

	*r = (struct tryst_hunt_record){
		.start_ms = start ? b->start_ms[row] : b->end_ms[row],
		.end_ms = end ? b->end_ms[row] : b->start_ms[row],
		.packets = KNOWN(b, packets, row),
		.bytes = KNOWN(b, bytes, row),
		.rev_packets = KNOWN(b, rev_packets, row),
		.rev_bytes = KNOWN(b, rev_bytes, row),
		.record_no = b->record_no[row],
		.input_id = b->input_id[row],
		.proto = KNOWN(b, proto, row),
		.tcp_flags = KNOWN(b, tcp_flags, row),
		.rev_tcp_flags = KNOWN(b, rev_tcp_flags, row),
		.first_flags = KNOWN(b, first_flags, row),
		.in_if = KNOWN(b, in_if, row),
		.out_if = KNOWN(b, out_if, row),
		.ip_id = KNOWN(b, ip_id, row),
		.sampling = KNOWN(b, sampling, row),
		.domain = KNOWN(b, domain, row),
		.tos = KNOWN(b, tos, row),
		.fwd_status = KNOWN(b, fwd_status, row),
		.min_ttl = KNOWN(b, min_ttl, row),
		.max_ttl = KNOWN(b, max_ttl, row),
		.end_reason = KNOWN(b, end_reason, row),
		.direction = KNOWN(b, direction, row),
		.has = record_has(b->present[row]),
	};
	r->end_ms = TRYST_MAX(r->end_ms, r->start_ms);
	if (r->has & TRYST_HAS_EXPORTER)
		r->exporter = b->exporter[row];
	record_sides(r, b, row, src_listed, dst_listed);
	if (r->proto == IPPROTO_ICMP || r->proto == IPPROTO_ICMPV6) {
		uint32_t icmp = record_icmp(b, row);

		r->kind = record_kind(icmp, r);
		r->icmp = icmp == ICMP_TYPE_UNKNOWN ? 0 : (uint16_t)icmp;
		r->has |= icmp == ICMP_TYPE_UNKNOWN ? 0 : TRYST_HAS_ICMP;
	}
}

uint64_t
tryst_hunt_record_hash(const struct tryst_hunt_record *r)
{
	uint64_t ends = (uint64_t)r->port[0] << 48 | (uint64_t)r->port[1] << 32 | r->kind;
	uint64_t pair = tryst_ip_hash(r->ip[0]) * 0x9e3779b97f4a7c15ULL, key;

	pair = (pair ^ tryst_ip_hash(r->ip[1])) * 0xd6e8feb86659fd93ULL;
	pair ^= pair >> 32;
	key = (pair ^ ends ^ (uint64_t)r->proto << 24) * 0xff51afd7ed558ccdULL;
	return pair << 32 | key >> 32;
}

int
tryst_hunt_record_compare_key(const struct tryst_hunt_record *a, const struct tryst_hunt_record *b)
{
	int order = tryst_ip_compare(a->ip[0], b->ip[0]);

	if (!order)
		order = tryst_ip_compare(a->ip[1], b->ip[1]);
	if (!order)
		order = (int)a->port[0] - b->port[0];
	if (!order)
		order = (int)a->port[1] - b->port[1];
	if (!order)
		order = (int)a->proto - b->proto;
	if (!order)
		order = (a->kind > b->kind) - (a->kind < b->kind);
	return order;
}

struct tryst_hunt_record *
tryst_hunt_records_add(struct tryst_hunt_records *records)
{
	struct tryst_hunt_chunk *chunk = records->chunks;

	if (!chunk || chunk->count == TRYST_CHUNK_RECORDS) {
		chunk = malloc(sizeof(*chunk));
		if (!chunk)
			return NULL;
		chunk->next = records->chunks;
		chunk->count = 0;
		records->chunks = chunk;
	}
	records->count++;
	return &chunk->records[chunk->count++];
}

void
tryst_hunt_records_join(struct tryst_hunt_records *a, struct tryst_hunt_records *b)
{
	struct tryst_hunt_chunk **tail = &b->chunks;

	while (*tail)
		tail = &(*tail)->next;
	*tail = a->chunks;
	a->chunks = b->chunks;
	a->count += b->count;
	*b = (struct tryst_hunt_records){ 0 };
}

void
tryst_hunt_records_fini(struct tryst_hunt_records *records)
{
	struct tryst_hunt_chunk *next;

	for (struct tryst_hunt_chunk *c = records->chunks; c; c = next) {
		next = c->next;
		free(c);
	}
	*records = (struct tryst_hunt_records){ 0 };
}
