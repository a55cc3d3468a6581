/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many different things were there?  HyperLogLog (Flajolet, Fusy, Gandouet and Meunier, AofA
 * 2007) with 4,096 registers: standard error 1.6 %, and nearly exact below some thousands, where
 * empty registers are counted (Whang, Vander-Zanden and Taylor, TODS 15, 1990).  Merging is the
 * maximum, so the order of additions does not matter.  Pure: no I/O; one thread at a time.
 */
#ifndef TRYST_STATS_DISTINCT_H
#define TRYST_STATS_DISTINCT_H

#include <stdint.h>

#define TRYST_DISTINCT_REGISTERS 4096

/* All zero is empty. */
struct tryst_distinct {
	uint8_t registers[TRYST_DISTINCT_REGISTERS];
};

/* hash: 64 well mixed bits of the thing. */
void tryst_distinct_add(struct tryst_distinct *d, uint64_t hash);
void tryst_distinct_merge(struct tryst_distinct *d, const struct tryst_distinct *other);
double tryst_distinct_count(const struct tryst_distinct *d);

#endif
