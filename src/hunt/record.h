/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compact form of a flow record that the hunt keeps, and the chunks that hold them.
 *
 * A record is stored by the two *sides* of its conversation: side 0 is the smaller (address, port),
 * and `from` says which side sent it, so that both directions of a conversation have equal keys.
 */
#ifndef TRYST_HUNT_RECORD_H
#define TRYST_HUNT_RECORD_H

#include "flow/batch.h"

enum {
	TRYST_HAS_COUNTS = 1 << 0,    /* packets and bytes */
	TRYST_HAS_FLAGS = 1 << 1,     /* tcp_flags */
	TRYST_HAS_REV = 1 << 2,       /* rev_packets or rev_bytes: a biflow record */
	TRYST_HAS_REV_FLAGS = 1 << 3, /* rev_tcp_flags */
	TRYST_HAS_EXPORTER = 1 << 4,
	TRYST_HAS_PORT0 = 1 << 5, /* the port of side 0 */
	TRYST_HAS_PORT1 = 1 << 6,
	TRYST_LISTED0 = 1 << 7, /* side 0 is in the watchlist */
	TRYST_LISTED1 = 1 << 8,
	TRYST_HAS_IN_IF = 1 << 9, /* from here on: the field of that name */
	TRYST_HAS_OUT_IF = 1 << 10,
	TRYST_HAS_TOS = 1 << 11,
	TRYST_HAS_FWD_STATUS = 1 << 12,
	TRYST_HAS_MIN_TTL = 1 << 13,
	TRYST_HAS_MAX_TTL = 1 << 14,
	TRYST_HAS_IP_ID = 1 << 15,
	TRYST_HAS_END_REASON = 1 << 16,
	TRYST_HAS_DIRECTION = 1 << 17,
	TRYST_HAS_SAMPLING = 1 << 18,
	TRYST_HAS_DOMAIN = 1 << 19,
	TRYST_HAS_ICMP = 1 << 20, /* icmp, of ICMP only */
	TRYST_HAS_FIRST_FLAGS = 1 << 21,
};

struct tryst_hunt_record {
	struct tryst_ip ip[2];
	struct tryst_ip exporter;
	int64_t start_ms;
	int64_t end_ms; /* never before start_ms */
	uint64_t packets, bytes;
	uint64_t rev_packets, rev_bytes;
	uint64_t record_no; /* raw, see flow/batch.h */
	uint32_t input_id;
	uint32_t kind; /* 0; of ICMP what may share a conversation, see record_kind() */
	uint32_t has;  /* TRYST_HAS_*, TRYST_LISTED* */
	uint32_t in_if, out_if;
	uint32_t ip_id;
	uint32_t sampling; /* N of 1:N; the counts are not scaled */
	uint32_t domain;
	uint16_t port[2]; /* 0 where the protocol has none */
	uint16_t icmp;    /* type * 256 + code */
	uint8_t proto;
	uint8_t from;                     /* the side that sent it: 0 or 1 */
	uint8_t tcp_flags, rev_tcp_flags; /* or-ed */
	uint8_t first_flags;              /* of the first packet */
	uint8_t tos;
	uint8_t fwd_status; /* RFC 7270: the upper two bits 2 (0x80) are "dropped" */
	uint8_t min_ttl, max_ttl;
	uint8_t end_reason; /* RFC 5102: 1 idle, 2 active timeout, 3 end seen, 4 forced, 5 no room
	                     */
	uint8_t direction;  /* 0 ingress, 1 egress */
};

_Static_assert(sizeof(struct tryst_hunt_record) <= 192, "three cache lines hold a record");

#define TRYST_CHUNK_RECORDS 512

struct tryst_hunt_chunk {
	struct tryst_hunt_chunk *next;
	uint32_t count;
	struct tryst_hunt_record records[TRYST_CHUNK_RECORDS];
};

/* A list of chunks, the newest first; after a join others may be partly filled too. */
struct tryst_hunt_records {
	struct tryst_hunt_chunk *chunks;
	size_t count;
};

/* The columns tryst_hunt_record_fill looks at. */
#define TRYST_HUNT_COLUMNS                                                                         \
	(TRYST_BIT(start_ms) | TRYST_BIT(end_ms) | TRYST_BIT(src) | TRYST_BIT(dst) |               \
	 TRYST_BIT(src_port) | TRYST_BIT(dst_port) | TRYST_BIT(proto) | TRYST_BIT(tcp_flags) |     \
	 TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code) | TRYST_BIT(packets) | TRYST_BIT(bytes) |     \
	 TRYST_BIT(rev_packets) | TRYST_BIT(rev_bytes) | TRYST_BIT(rev_tcp_flags) |                \
	 TRYST_BIT(exporter) | TRYST_BIT(input_id) | TRYST_BIT(record_no) | TRYST_BIT(in_if) |     \
	 TRYST_BIT(out_if) | TRYST_BIT(tos) | TRYST_BIT(fwd_status) | TRYST_BIT(min_ttl) |         \
	 TRYST_BIT(max_ttl) | TRYST_BIT(ip_id) | TRYST_BIT(end_reason) | TRYST_BIT(direction) |    \
	 TRYST_BIT(sampling) | TRYST_BIT(domain) | TRYST_BIT(first_flags))

/* The record of a row; src_listed and dst_listed say which of its addresses are in the watchlist.
 */
void tryst_hunt_record_fill(struct tryst_hunt_record *r, const struct tryst_batch *b, uint32_t row,
                            bool src_listed, bool dst_listed);

/* Equal for all records that may belong to one conversation; the upper half for all of two hosts.
 */
uint64_t tryst_hunt_record_hash(const struct tryst_hunt_record *r);
int tryst_hunt_record_compare_key(const struct tryst_hunt_record *a,
                                  const struct tryst_hunt_record *b);

/* A free slot at the end, or NULL without memory; the caller fills it. */
struct tryst_hunt_record *tryst_hunt_records_add(struct tryst_hunt_records *records);

/* Moves all of b behind a; b is empty afterwards. */
void tryst_hunt_records_join(struct tryst_hunt_records *a, struct tryst_hunt_records *b);
void tryst_hunt_records_fini(struct tryst_hunt_records *records);

#endif
