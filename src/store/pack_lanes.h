/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eight packed numbers of up to 25 bits at a time, for files that are compiled with AVX2.
 *
 * A number is within four bytes from the one it begins in: a shuffle brings each number's four
 * bytes into a lane, a shift per lane drops the bits before it, a mask those behind.  The two
 * halves of the register are loaded apart, since a shuffle does not cross them.  (The idea: Lemire
 * and Boytsov, "Decoding billions of integers per second through vectorization", 2015, on a linear
 * layout.)
 */
#ifndef TRYST_STORE_PACK_LANES_H
#define TRYST_STORE_PACK_LANES_H

#ifdef __x86_64__

#include <immintrin.h>

#include "base/base.h"

#define TRYST_AVX2 __attribute__((target("avx2")))
#define TRYST_AVX2_INLINE __attribute__((always_inline, target("avx2"))) static inline
#define TRYST_LANES_WIDTH 25 /* the widest that four bytes hold wherever it begins */

/* How eight numbers of a width come out of `width` bytes, in lanes of four bytes. */
struct tryst_lanes {
	__m256i shuffle, shift, mask;
	size_t high; /* where the second half is loaded */
};

TRYST_AVX2_INLINE struct tryst_lanes
tryst_lanes_make(unsigned width)
{
	uint32_t shuffle[8], shift[8];
	struct tryst_lanes l = { .high = 4 * (size_t)width / 8 };

	for (unsigned i = 0; i < 8; i++) {
		unsigned bit = i * width - (i < 4 ? 0 : 8 * (unsigned)l.high);

		shuffle[i] = bit / 8 * 0x01010101U + 0x03020100U;
		shift[i] = bit % 8;
	}
	l.shuffle = _mm256_loadu_si256((const void *)shuffle);
	l.shift = _mm256_loadu_si256((const void *)shift);
	l.mask = _mm256_set1_epi32((int)((1U << width) - 1));
	return l;
}

TRYST_AVX2_INLINE __m256i
tryst_lanes_load(const uint8_t *low, const uint8_t *high)
{
	__m128i a = _mm_loadu_si128((const void *)low);
	__m128i b = _mm_loadu_si128((const void *)high);

	return _mm256_inserti128_si256(_mm256_castsi128_si256(a), b, 1);
}

TRYST_AVX2_INLINE __m256i
tryst_lanes_take(const uint8_t *in, const struct tryst_lanes *l)
{
	__m256i v = _mm256_shuffle_epi8(tryst_lanes_load(in, in + l->high), l->shuffle);

	return _mm256_and_si256(_mm256_srlv_epi32(v, l->shift), l->mask);
}

#endif
#endif
