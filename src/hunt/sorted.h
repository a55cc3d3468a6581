/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Collected records in order: by the hash of their unordered pair of addresses, then by the ends
 * and protocol, start, input and record.  All records of two hosts follow each other, so that every
 * step on conversations looks at one pair at a time; the order is a property of the records alone.
 */
#ifndef TRYST_HUNT_SORTED_H
#define TRYST_HUNT_SORTED_H

#include "hunt/record.h"

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

/* Yields sorted records, from the beginning as often as wanted.  One thread. */
struct tryst_hunt_sorted {
	struct tryst_hunt_key *keys;
	size_t count, at;
};

/* The records outlive it and do not change meanwhile. */
int tryst_hunt_sorted_init(struct tryst_hunt_sorted *s, const struct tryst_hunt_records *records,
                           struct tryst_error *err);
void tryst_hunt_sorted_fini(struct tryst_hunt_sorted *s);

int tryst_hunt_sorted_rewind(struct tryst_hunt_sorted *s, struct tryst_error *err);

/* 1 and the next record, which is good until the call after this one; 0: no more; or negative. */
int tryst_hunt_sorted_next(struct tryst_hunt_sorted *s, const struct tryst_hunt_record **r,
                           struct tryst_error *err);

#endif
