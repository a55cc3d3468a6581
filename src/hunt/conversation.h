/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flow records -> conversations: the records of one 5-tuple and its reverse that lie close in time.
 * docs/conversations.md states the rules.
 */
#ifndef TRYST_HUNT_CONVERSATION_H
#define TRYST_HUNT_CONVERSATION_H

#include "hunt/record.h"

#define TRYST_CONVERSATION_EXPORTERS_MAX 32

/* What one side sent. */
struct tryst_conversation_half {
	uint64_t packets, bytes;
	uint32_t records; /* that say it sent anything, from all exporters */
	uint8_t flags;
};

struct tryst_conversation {
	struct tryst_ip ip[2]; /* sides as in struct tryst_hunt_record */
	uint16_t port[2];
	bool port_known[2];
	bool listed[2];
	uint8_t proto;
	uint8_t opener; /* the side that sent the first record: an order of records, not an
	                   initiator */
	int initiator;  /* the side, or -1 where the records do not say plainly */
	int64_t first_ms, last_ms;
	struct tryst_conversation_half half[2];
	bool counts_known; /* of every record */
	bool flags_known;
	struct tryst_ip exporters[TRYST_CONVERSATION_EXPORTERS_MAX]; /* ascending */
	uint32_t exporter_count;
	bool several_observers; /* more than one exporter, or one and records without */
	const struct tryst_hunt_record *const *records; /* by (start, input, record) */
	size_t record_count;
};

/* Receives one conversation, good during the call; negative ends the run. */
typedef int (*tryst_conversation_fn)(void *ctx, const struct tryst_conversation *c,
                                     struct tryst_error *err);

/*
 * Finds all conversations.  Each is given once, in an order that depends on the records only, not
 * on how they lie in their chunks.
 */
int tryst_conversations(const struct tryst_hunt_records *records, tryst_conversation_fn emit,
                        void *ctx, struct tryst_error *err);

/* How long a conversation may be silent, by protocol. */
int64_t tryst_conversation_gap_ms(uint8_t proto);

#endif
