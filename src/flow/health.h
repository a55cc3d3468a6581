/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of every byte and record that was read: nothing is dropped in silence.
 *
 * One per part while reading, summed per input afterwards.  Notes are the few examples that are
 * shown; the counters are complete.  Summing is commutative: the same totals and the same notes
 * come out whatever the order of the parts, because notes are kept by their place in the input.
 */
#ifndef TRYST_FLOW_HEALTH_H
#define TRYST_FLOW_HEALTH_H

#include "base/base.h"
#include "base/time.h"

#define TRYST_HEALTH_NOTES 8

/* One example of trouble. */
struct tryst_note {
	uint64_t at;   /* byte offset in the (decompressed) input */
	uint64_t line; /* line number from 1, 0 where lines mean nothing */
	char text[192];
};

struct tryst_health {
	uint64_t flows;            /* flow records read, whether or not anyone wanted them */
	uint64_t skipped_by_index; /* of these: passed over, as an index says they cannot match */
	uint64_t events;           /* firewall and NAT event records: not flows */
	uint64_t other_records;    /* well-formed ones of other kinds: exporters, samplers */
	uint64_t skipped_records;  /* well-formed records of a kind we cannot use */
	uint64_t damaged_records;  /* records that could not be read */
	uint64_t damaged_blocks;
	uint64_t damaged_bytes;
	uint64_t bad_times; /* flows with a time out of bounds or an end before the start */
	/*
	 * What the exporters' sequence numbers say.  They count flows in NetFlow v5 and v7,
	 * datagrams in v9 and data records in IPFIX; each number here is in that unit, but for
	 * duplicates and restarts.
	 */
	uint64_t sequence_lost;      /* missing */
	uint64_t sequence_late;      /* not missing after all: they came out of order */
	uint64_t sequence_duplicate; /* datagrams that came again, and were read again */
	uint64_t exporter_restarts;
	uint64_t undecodable_sets; /* data whose template never came, or had no room */
	uint64_t undecodable_bytes;
	/* Earliest start and latest end of all flows read with times in bounds, wanted or not. */
	int64_t first_ms;
	int64_t last_ms;
	uint32_t note_count;  /* notes held, the first ones by place */
	uint64_t notes_total; /* notes ever made */
	struct tryst_note notes[TRYST_HEALTH_NOTES];
};

void tryst_health_init(struct tryst_health *h);

/* Adds b to a. */
void tryst_health_add(struct tryst_health *a, const struct tryst_health *b);

/* Keeps one example; `line` is 0 where lines mean nothing.  Does not touch the counters. */
void tryst_health_note(struct tryst_health *h, uint64_t at, uint64_t line, const char *fmt, ...)
	TRYST_PRINTF(4, 5);

/* Whether anything could not be read. */
bool tryst_health_damaged(const struct tryst_health *h);

/* Whether a time is before 1970 or has no date: a counter that ran wild, or damage. */
static inline bool
tryst_time_absurd(int64_t ms)
{
	return (uint64_t)ms > TRYST_TIME_DATE_MAX;
}

/* Books the times of a flow; absurd ones must not stretch the time of the whole archive. */
static inline void
tryst_health_time(struct tryst_health *h, int64_t start_ms, int64_t end_ms)
{
	if (tryst_time_absurd(start_ms) || tryst_time_absurd(end_ms))
		return;
	h->first_ms = TRYST_MIN(h->first_ms, start_ms);
	h->last_ms = TRYST_MAX(h->last_ms, end_ms);
}

#endif
