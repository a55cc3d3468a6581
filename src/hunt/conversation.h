/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flow records -> conversations: the records of one 5-tuple and its reverse that lie close in time.
 * docs/conversations.md states the rules.
 */
#ifndef TRYST_HUNT_CONVERSATION_H
#define TRYST_HUNT_CONVERSATION_H

#include "flow/source.h"
#include "hunt/sorted.h"

#define TRYST_CONVERSATION_EXPORTERS_MAX 64

/* What a record says of what became of its packets. */
struct tryst_hunt_forwarding {
	bool told;    /* it says anything */
	bool dropped; /* they went nowhere */
	bool rpf;     /* because nothing leads back to their source */
};

/* What one side sent. */
struct tryst_conversation_half {
	uint64_t packets, bytes;
	uint32_t records; /* that say it sent anything, from all exporters */
	uint8_t flags;
	bool dropped; /* an exporter says that it forwarded none of it */
	bool rpf;     /* ... because nothing leads back to its source (RPF) */
};

struct tryst_conversation {
	struct tryst_ip ip[2]; /* sides as in struct tryst_hunt_record */
	uint16_t port[2];
	bool port_known[2];
	bool listed[2];
	uint8_t proto;
	uint8_t opener; /* the side that sent the first record: an order of records, not an
	                   initiator */
	double began;   /* log-odds that side 0 began, by times and flags; 0: they do not say */
	int64_t first_ms, last_ms; /* by the clocks of those whose counts stand */
	struct tryst_conversation_half half[2];
	bool counts_known; /* of every record */
	bool flags_known;
	bool watched; /* records count both directions */
	bool icmp_known;
	uint16_t icmp;     /* of the first record: type * 256 + code */
	uint32_t sampling; /* N of 1:N, the largest among those whose counts stand; 0: unknown */
	struct tryst_ip exporters[TRYST_CONVERSATION_EXPORTERS_MAX]; /* ascending */
	uint32_t exporter_count;
	bool several_observers;  /* more than one exporter, or one and records without */
	bool several_interfaces; /* an exporter saw the same at more than one */
	const struct tryst_hunt_record *const *records; /* by (start, input, record) */
	const struct tryst_hunt_forwarding *forwarding; /* of each of them */
	size_t record_count;
};

/* What the records alone do not say. */
struct tryst_conversation_setting {
	struct tryst_input *const *inputs; /* where sampling is looked up that records lack */
	size_t input_count;
	const uint32_t *null_ifs;          /* output interfaces that lead nowhere */
	size_t null_if_count;              /* 0: interface 0, of exporters that name others */
	const struct tryst_ip *forwarders; /* exporters that name others though no record says so */
	size_t forwarder_count;            /* ascending */
	uint32_t shards;                   /* how many to look at one after the other; 0: one */
	size_t memory; /* bytes that the records of one 5-tuple may take; 0: any: TRYST_ERR_LIMIT */
};

/* Receives one conversation, good during the call; negative ends the run. */
typedef int (*tryst_conversation_fn)(void *ctx, const struct tryst_conversation *c,
                                     struct tryst_error *err);

/*
 * Finds all conversations.  Each is given once, in an order that depends on the records only, not
 * on how they lie in their chunks, on shards or on memory.  `sorted` is read twice, from its
 * beginning.
 */
int tryst_conversations_sorted(struct tryst_hunt_sorted *sorted,
                               const struct tryst_conversation_setting *setting,
                               tryst_conversation_fn emit, void *ctx, struct tryst_error *err);

/* The same of records that are not sorted yet, and of those that were spilled (or NULL). */
int tryst_conversations(const struct tryst_hunt_records *records,
                        const struct tryst_hunt_spill *spill,
                        const struct tryst_conversation_setting *setting,
                        tryst_conversation_fn emit, void *ctx, struct tryst_error *err);

/* How long a conversation may be silent, by protocol. */
int64_t tryst_conversation_gap_ms(uint8_t proto);

#endif
