/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops that encoding and decoding spend their time in.  kernels.c is compiled twice, for any
 * processor and for AVX2; both give the same.  Free of state: any thread.
 */
#ifndef TRYST_STORE_KERNELS_H
#define TRYST_STORE_KERNELS_H

#include "base/base.h"
#include "base/cpu.h"

struct tryst_kernels {
	/* The smallest and the largest of n (at least 1) values. */
	void (*range)(const uint64_t *v, uint32_t n, uint64_t *min, uint64_t *max);
	/* The largest. */
	void (*largest)(const uint32_t *v, uint32_t n, uint32_t *max);
	/* out[i] = v[i] - base; histogram[b] counts those that need b bits (it is set to 0 first).
	 */
	void (*offsets)(uint64_t *out, const uint64_t *v, uint32_t n, uint64_t base,
	                uint32_t histogram[65]);
	/* counts[v] of the 256 values v[i] - base, all of them below 256. */
	void (*count)(const uint64_t *v, uint32_t n, uint64_t base, uint32_t counts[256]);
	/*
	 * Cuts v[i] to a width below 64.  Of those that had more, in order, the places and what was
	 * above; both have room for n + 1.  Returns how many.
	 */
	uint32_t (*exceptions)(uint64_t *v, uint32_t n, unsigned width, uint64_t *high,
	                       uint16_t *places);
	/* tryst_pack (store/pack.h) */
	void (*pack)(uint8_t *out, const uint64_t *v, uint32_t n, unsigned width);
	/* out[i] = zigzag of v[i] - v[i - 1], the first 0. */
	void (*differences)(uint64_t *out, const uint64_t *v, uint32_t n);
	/* a[i] becomes the smaller of a[i] and b[i], b[i] the larger, swap[i] whether a was it. */
	void (*order)(uint64_t *a, uint64_t *b, uint64_t *swap, uint32_t n);
	/* Where swap[i] is odd, a[i] and b[i] change places. */
	void (*unswap_u16)(uint16_t *a, uint16_t *b, const uint8_t *swap, uint32_t n);
	void (*unswap_u32)(uint32_t *a, uint32_t *b, const uint8_t *swap, uint32_t n);
	/* out[i] = out[i] * by[i] + rest[i] */
	void (*multiply)(uint64_t *out, const uint64_t *by, const uint64_t *rest, uint32_t n);
	/* out[i] &= mask; all and any are the and and the or of the results. */
	void (*known)(uint64_t *out, uint32_t n, uint64_t mask, uint64_t *all, uint64_t *any);
	/*
	 * rows[] gets i where a bit a code, bits[], of low[i] or high[i] equals wanted; returns how
	 * many.  All codes are below the number of bits, which are in whole words of 32.
	 */
	uint32_t (*find)(uint16_t *rows, const uint32_t *low, const uint32_t *high, uint32_t n,
	                 const uint32_t *bits, bool wanted);
};

extern const struct tryst_kernels tryst_kernels_plain;
#ifdef __x86_64__
extern const struct tryst_kernels tryst_kernels_avx2;
#endif

static inline const struct tryst_kernels *
tryst_kernels_best(void)
{
#ifdef __x86_64__
	if (TRYST_CPU_HAS(AVX2) && TRYST_CPU_HAS(BMI2))
		return &tryst_kernels_avx2;
#endif
	return &tryst_kernels_plain;
}

#endif
