/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small numbers for 128-bit keys, and a sort of pairs: what the graph is built with.  The numbers
 * are handed out in the order of the calls; tryst_intern_rank turns them into the order of the
 * keys, so that nothing depends on the order of the input.
 */
#ifndef TRYST_HUNT_INTERN_H
#define TRYST_HUNT_INTERN_H

#include "base/ip.h"

struct tryst_intern {
	struct tryst_ip *keys;
	uint32_t *slots; /* number + 1, 0 free */
	uint32_t count, max;
	size_t slot_mask;
};

/* Room for max different keys. */
int tryst_intern_init(struct tryst_intern *t, size_t max, struct tryst_error *err);
void tryst_intern_fini(struct tryst_intern *t);

/* The key's number, a new one the first time. */
uint32_t tryst_intern_add(struct tryst_intern *t, struct tryst_ip key);

/* Its number, or UINT32_MAX. */
uint32_t tryst_intern_find(const struct tryst_intern *t, struct tryst_ip key);

/*
 * rank[number] = the key's place in ascending order (for count numbers); sorts the keys, after
 * which neither add nor find may be called.
 */
int tryst_intern_rank(struct tryst_intern *t, uint32_t *rank, struct tryst_error *err);

struct tryst_pair {
	uint64_t key;
	uint32_t value;
};

/* By key, stable (radix, least digit first); `work` has room for count pairs. */
void tryst_pairs_sort(struct tryst_pair *list, struct tryst_pair *work, size_t count);

#endif
