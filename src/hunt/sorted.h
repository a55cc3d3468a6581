/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collected records in order: by the hash of their unordered pair of addresses, then by the ends
 * and protocol, start, input and record.  All records of two hosts follow each other, so that every
 * step on conversations looks at one pair at a time; the order is a property of the records alone.
 *
 * Records in memory are sorted by pointers; runs that were spilled (hunt/spill.h) are merged with
 * them as they are read.  A shard is the pairs whose hash lies in one of equal ranges: reading all
 * shards, one after the other, is reading everything.
 */
#ifndef TRYST_HUNT_SORTED_H
#define TRYST_HUNT_SORTED_H

#include "hunt/spill.h"

/* One record to sort: most comparisons end at the hash or the time. */
struct tryst_hunt_key {
	uint64_t hash;
	int64_t start_ms;
	const struct tryst_hunt_record *r;
};

int tryst_hunt_key_compare(const void *a, const void *b);

/* The keys of all records, sorted; malloc'ed, or NULL and *err without memory. */
struct tryst_hunt_key *tryst_hunt_keys(const struct tryst_hunt_records *records,
                                       struct tryst_error *err);

struct tryst_hunt_sorted_run;

/* Yields sorted records, from the beginning as often as wanted.  One thread. */
struct tryst_hunt_sorted {
	const struct tryst_hunt_spill *spill; /* NULL: nothing was spilled */
	struct tryst_hunt_key *keys;          /* of the records in memory */
	size_t count;
	struct tryst_hunt_sorted_run *runs; /* those in memory, then the spilled ones */
	size_t run_count;
	struct tryst_hunt_record *buffers; /* of the spilled runs */
	size_t buffer_records;             /* of each */
	struct tryst_hunt_sorted_run **heap;
	size_t heap_count;
	bool pending; /* the first of the heap was given out and is to be advanced */
};

/*
 * The records, and the spill (or NULL), outlive it and do not change meanwhile.  Runs are read
 * through `memory` bytes, or one record each where that is more.
 */
int tryst_hunt_sorted_init(struct tryst_hunt_sorted *s, const struct tryst_hunt_records *records,
                           const struct tryst_hunt_spill *spill, size_t memory,
                           struct tryst_error *err);
void tryst_hunt_sorted_fini(struct tryst_hunt_sorted *s);

/* To the beginning of shard `shard` of `shards`, of which there is at least one. */
int tryst_hunt_sorted_rewind(struct tryst_hunt_sorted *s, uint32_t shard, uint32_t shards,
                             struct tryst_error *err);

/*
 * 1 and the next record of the shard, which is good until the call after this one; 0: no more; or
 * negative.
 */
int tryst_hunt_sorted_next(struct tryst_hunt_sorted *s, const struct tryst_hunt_record **r,
                           struct tryst_error *err);

#endif
