/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/distinct.h"

#include <math.h>

#define INDEX_BITS 12
#define ALPHA (0.7213 / (1 + 1.079 / TRYST_DISTINCT_REGISTERS))

void
tryst_distinct_add(struct tryst_distinct *d, uint64_t hash)
{
	uint64_t rest = hash << INDEX_BITS | 1ULL << (INDEX_BITS - 1);
	uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1);
	uint8_t *at = &d->registers[hash >> (64 - INDEX_BITS)];

	if (rank > *at)
		*at = rank;
}

void
tryst_distinct_merge(struct tryst_distinct *d, const struct tryst_distinct *other)
{
	for (unsigned i = 0; i < TRYST_DISTINCT_REGISTERS; i++) {
		if (other->registers[i] > d->registers[i])
			d->registers[i] = other->registers[i];
	}
}

double
tryst_distinct_count(const struct tryst_distinct *d)
{
	double sum = 0, m = TRYST_DISTINCT_REGISTERS, estimate;
	unsigned empty = 0;

	for (unsigned i = 0; i < TRYST_DISTINCT_REGISTERS; i++) {
		sum += ldexp(1, -d->registers[i]);
		empty += !d->registers[i];
	}
	estimate = ALPHA * m * m / sum;
	return empty && estimate <= 2.5 * m ? m * log(m / empty) : estimate;
}
