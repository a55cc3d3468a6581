/* SPDX-License-Identifier: Apache-2.0 */
/* The order in which the units of a part are looked at. */
#ifndef TRYST_HUNT_MEET_KEYS_H
#define TRYST_HUNT_MEET_KEYS_H

#include "hunt/meet_scan.h"

#define TRYST_MEET_HALF_BITS 24 /* of the endpoint's hash, and of the client's, in a key */

/* Sorts units; what it does not tell apart is told by comparing. */
struct tryst_meet_key {
	uint64_t key;
	uint32_t unit;
	uint32_t start; /* the last bits of the time: nearly always the order in a key */
};

/*
 * Makes the keys of all units, in order, in s->keys; *count: how many flows there are.  First by
 * the first digit, so that what is sorted at a time fits into a cache.  A thread with a scan of its
 * own.
 */
int tryst_meet_keys_sort(struct tryst_meet_scan *s, size_t *count, struct tryst_error *err);

#endif
