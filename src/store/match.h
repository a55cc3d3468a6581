/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests of packed numbers (store/pack.h) where they stand: nothing is written but a bit each.
 *
 * Bit i of the mask, of (count + 63) / 64 words, is number i; bits behind the last are 0.  As with
 * unpacking TRYST_PACK_SLACK bytes behind the packed ones must be readable, and there is a scalar
 * form and one for AVX2, which give the same.  Free of state: any thread.
 */
#ifndef TRYST_STORE_MATCH_H
#define TRYST_STORE_MATCH_H

#include "base/base.h"
#include "base/cpu.h"

/* Which of the numbers of eight bits are meant. */
struct tryst_match_set {
	uint64_t words[4];
};

struct tryst_match {
	/* Numbers lo to hi; lo <= hi, and both have no more than `width` bits. */
	void (*range)(uint64_t *mask, const uint8_t *in, uint32_t count, unsigned width,
	              uint64_t lo, uint64_t hi);
	/* Numbers of at most eight bits that are in the set. */
	void (*set)(uint64_t *mask, const uint8_t *in, uint32_t count, unsigned width,
	            const struct tryst_match_set *set);
};

extern const struct tryst_match tryst_match_scalar;
#ifdef __x86_64__
extern const struct tryst_match tryst_match_avx2;
#endif

/* What this machine runs fastest. */
static inline const struct tryst_match *
tryst_match_best(void)
{
#ifdef __x86_64__
	if (TRYST_CPU_HAS(AVX2))
		return &tryst_match_avx2;
#endif
	return &tryst_match_scalar;
}

static inline void
tryst_match_set_add(struct tryst_match_set *s, unsigned number)
{
	s->words[number / 64] |= (uint64_t)1 << number % 64;
}

static inline bool
tryst_match_set_has(const struct tryst_match_set *s, unsigned number)
{
	return s->words[number / 64] >> number % 64 & 1;
}

#endif
