/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who exported the records of an input, and what became of what each of them sent.
 *
 * The counts of an exporter are the parts of the input's health (flow/health.h) that are known to
 * be its own: what cannot be told apart by exporter (a datagram without a header, a damaged block
 * of a file) is counted for the input alone.  Counts only add up, so they are the same whatever the
 * order of parts.
 */
#ifndef TRYST_FLOW_EXPORTER_H
#define TRYST_FLOW_EXPORTER_H

#include "base/ip.h"
#include "flow/health.h"

#define TRYST_EXPORTERS_MAX 4096 /* kept for each input, by address; more are read, not listed */

enum tryst_protocol {
	TRYST_PROTOCOL_NETFLOW1,
	TRYST_PROTOCOL_NETFLOW5,
	TRYST_PROTOCOL_NETFLOW7,
	TRYST_PROTOCOL_NETFLOW9,
	TRYST_PROTOCOL_IPFIX,
	TRYST_PROTOCOL_SFLOW,
	TRYST_PROTOCOL_COUNT
};

struct tryst_protocol_info {
	const char *name;  /* in case files */
	const char *title; /* for people */
	const char *unit;  /* what its sequence numbers count: "flow" */
};

extern const struct tryst_protocol_info tryst_protocols[TRYST_PROTOCOL_COUNT];

/*
 * What is counted: as in struct tryst_health, whose members have the same names, but for datagrams
 * and gaps.
 */
enum tryst_exporter_count {
	TRYST_EXPORTER_DATAGRAMS, /* with a header that says whose they are */
	TRYST_EXPORTER_FLOWS,
	TRYST_EXPORTER_EVENTS,
	TRYST_EXPORTER_OTHER_RECORDS,
	TRYST_EXPORTER_SKIPPED_RECORDS, /* from here on it is trouble */
	TRYST_EXPORTER_DAMAGED_RECORDS,
	TRYST_EXPORTER_DAMAGED_BLOCKS,
	TRYST_EXPORTER_UNDECODABLE_SETS,
	TRYST_EXPORTER_UNDECODABLE_BYTES,
	TRYST_EXPORTER_BAD_TIMES,
	TRYST_EXPORTER_SEQUENCE_LOST,
	TRYST_EXPORTER_SEQUENCE_LATE,
	TRYST_EXPORTER_SEQUENCE_DUPLICATE,
	TRYST_EXPORTER_RESTARTS,
	TRYST_EXPORTER_SEQUENCE_GAPS, /* that the collector saw who wrote the log, of any length */
	TRYST_EXPORTER_COUNTS
};

/* One exporter seen in an input: an address and a source id or observation domain. */
struct tryst_exporter {
	struct tryst_ip ip; /* all zero: unknown */
	uint32_t domain;
	uint32_t sampling;  /* 1:N; 0 unknown */
	uint32_t protocols; /* bits 1 << enum tryst_protocol; 0: the log does not say */
	uint64_t counts[TRYST_EXPORTER_COUNTS];
};

/* The order of lists: by address, then domain; negative, 0 or positive. */
int tryst_exporter_compare(const struct tryst_exporter *a, const struct tryst_exporter *b);

/* Adds what is counted of b to a, with the coarser sampling. */
void tryst_exporter_add(struct tryst_exporter *a, const struct tryst_exporter *b);

/* Whether anything was counted of it. */
bool tryst_exporter_counted(const struct tryst_exporter *e);

/* Whether anything is wrong with what it sent. */
bool tryst_exporter_troubled(const struct tryst_exporter *e);

/* The counters of a health at a moment, to see what has been added since. */
struct tryst_exporter_mark {
	uint64_t counts[TRYST_EXPORTER_COUNTS];
};

void tryst_exporter_mark(struct tryst_exporter_mark *mark, const struct tryst_health *h);

/*
 * Books what came to the health since the mark for an exporter: all but datagrams and what is
 * undecodable, which may have been another's.
 */
void tryst_exporter_since(struct tryst_exporter *e, const struct tryst_exporter_mark *mark,
                          const struct tryst_health *h);

struct tryst_input;

#define TRYST_TALLY_SLOTS 64

/*
 * What one thread counted of exporters and has not told the input yet.  Telling costs a lock and a
 * search, so it is done when another exporter needs the slot, and at the end.
 */
struct tryst_tally {
	struct tryst_input *input; /* NULL: nobody wants to know */
	struct tryst_exporter *last;
	bool failed; /* no memory: flush says so */
	uint64_t used;
	struct tryst_exporter slots[TRYST_TALLY_SLOTS];
};

/* The input, which may be NULL, must outlive the tally. */
void tryst_tally_init(struct tryst_tally *t, struct tryst_input *input);

/* Where to count for an exporter; good until the next call. */
struct tryst_exporter *tryst_tally_find(struct tryst_tally *t, struct tryst_ip ip, uint32_t domain);

/* The same, for the exporter asked for last most of the time. */
static inline struct tryst_exporter *
tryst_tally_at(struct tryst_tally *t, struct tryst_ip ip, uint32_t domain)
{
	struct tryst_exporter *e = t->last;

	if (TRYST_LIKELY(e && e->domain == domain && tryst_ip_equal(e->ip, ip)))
		return e;
	return tryst_tally_find(t, ip, domain);
}

/* Counts a flow of it, and whether the flow's times can be. */
static inline void
tryst_tally_flow(struct tryst_tally *t, struct tryst_ip ip, uint32_t domain, bool bad_times)
{
	struct tryst_exporter *e = tryst_tally_at(t, ip, domain);

	e->counts[TRYST_EXPORTER_FLOWS]++;
	e->counts[TRYST_EXPORTER_BAD_TIMES] += bad_times;
}

/* Tells the input everything; negative: memory ran out, now or before. */
int tryst_tally_flush(struct tryst_tally *t, struct tryst_error *err);

/* The same at the end of a reading that ended with rc, also of one that failed: rc, else the
 * flush's own. */
int tryst_tally_end(struct tryst_tally *t, int rc, struct tryst_error *err);

#endif
