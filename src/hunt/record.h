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
	uint32_t kind;    /* 0; of ICMP what may share a conversation, see record_kind() */
	uint16_t port[2]; /* 0 where the protocol has none */
	uint16_t has;     /* TRYST_HAS_*, TRYST_LISTED* */
	uint8_t proto;
	uint8_t from; /* the side that sent it: 0 or 1 */
	uint8_t tcp_flags, rev_tcp_flags;
};

_Static_assert(sizeof(struct tryst_hunt_record) <= 128, "two cache lines hold a record");

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
	 TRYST_BIT(exporter) | TRYST_BIT(input_id) | TRYST_BIT(record_no))

/* The record of a row; src_listed and dst_listed say which of its addresses are in the watchlist.
 */
void tryst_hunt_record_fill(struct tryst_hunt_record *r, const struct tryst_batch *b, uint32_t row,
                            bool src_listed, bool dst_listed);

/* Equal for all records that may belong to one conversation. */
uint64_t tryst_hunt_record_hash(const struct tryst_hunt_record *r);
int tryst_hunt_record_compare_key(const struct tryst_hunt_record *a,
                                  const struct tryst_hunt_record *b);

/* A free slot at the end, or NULL without memory; the caller fills it. */
struct tryst_hunt_record *tryst_hunt_records_add(struct tryst_hunt_records *records);

/* Moves all of b behind a; b is empty afterwards. */
void tryst_hunt_records_join(struct tryst_hunt_records *a, struct tryst_hunt_records *b);
void tryst_hunt_records_fini(struct tryst_hunt_records *records);

#endif
