/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The loops of filter_dense.h with AVX2.  It compares numbers without a sign only for equality, so
 * x - lo <= span is tested as min(x - lo, span) == x - lo, and of eight bytes, for which there is
 * no minimum, with both signs flipped.
 */
#include "query/filter_dense.h"

#ifdef __x86_64__

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE __attribute__((always_inline, target("avx2"))) static inline

INLINE __m256i
load(const void *p)
{
	return _mm256_loadu_si256(p);
}

INLINE uint64_t
bits8(__m256i v)
{
	return (uint32_t)_mm256_movemask_epi8(v);
}

AVX2 static void
avx2_u8(uint64_t *mask, const uint8_t *x, uint32_t words, uint8_t lo, uint8_t span)
{
	__m256i low = _mm256_set1_epi8((char)lo), wide = _mm256_set1_epi8((char)span);

	for (uint32_t w = 0; w < words; w++, x += 64) {
		__m256i a = _mm256_sub_epi8(load(x), low), b = _mm256_sub_epi8(load(x + 32), low);

		mask[w] = bits8(_mm256_cmpeq_epi8(_mm256_min_epu8(a, wide), a)) |
		          bits8(_mm256_cmpeq_epi8(_mm256_min_epu8(b, wide), b)) << 32;
	}
}

/* Which of 16 numbers of two bytes are in the range, as -1 or 0. */
INLINE __m256i
in16(const uint16_t *x, __m256i low, __m256i wide)
{
	__m256i a = _mm256_sub_epi16(load(x), low);

	return _mm256_cmpeq_epi16(_mm256_min_epu16(a, wide), a);
}

/* 32 answers of two bytes each as bits; packing works on halves. */
INLINE uint64_t
bits16(__m256i a, __m256i b)
{
	return bits8(_mm256_permute4x64_epi64(_mm256_packs_epi16(a, b), 0xd8));
}

AVX2 static void
avx2_u16(uint64_t *mask, const uint16_t *x, uint32_t words, uint16_t lo, uint16_t span)
{
	__m256i low = _mm256_set1_epi16((short)lo), wide = _mm256_set1_epi16((short)span);

	for (uint32_t w = 0; w < words; w++, x += 64)
		mask[w] = bits16(in16(x, low, wide), in16(x + 16, low, wide)) |
		          bits16(in16(x + 32, low, wide), in16(x + 48, low, wide)) << 32;
}

AVX2 static void
avx2_u32(uint64_t *mask, const uint32_t *x, uint32_t words, uint32_t lo, uint32_t span)
{
	__m256i low = _mm256_set1_epi32((int)lo), wide = _mm256_set1_epi32((int)span);

	for (uint32_t w = 0; w < words; w++, x += 64) {
		uint64_t bits = 0;

		for (unsigned i = 0; i < 8; i++) {
			__m256i a = _mm256_sub_epi32(load(x + (size_t)8 * i), low);
			__m256i in = _mm256_cmpeq_epi32(_mm256_min_epu32(a, wide), a);

			bits |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(in))
			        << 8 * i;
		}
		mask[w] = bits;
	}
}

INLINE uint64_t
signs(__m256i v)
{
	return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(v));
}

AVX2 static void
avx2_u64(uint64_t *mask, const uint64_t *x, uint32_t words, uint64_t lo, uint64_t span)
{
	/* x - lo with its sign flipped is x - (lo ^ sign). */
	const uint64_t sign = (uint64_t)1 << 63;
	__m256i low = _mm256_set1_epi64x((long long)(lo ^ sign));
	__m256i wide = _mm256_set1_epi64x((long long)(span ^ sign));

	for (uint32_t w = 0; w < words; w++, x += 64) {
		uint64_t beyond = 0;

		for (unsigned i = 0; i < 16; i++) {
			__m256i a = _mm256_sub_epi64(load(x + (size_t)4 * i), low);

			beyond |= signs(_mm256_cmpgt_epi64(a, wide)) << 4 * i;
		}
		mask[w] = ~beyond;
	}
}

AVX2 static void
avx2_flags(uint64_t *mask, const uint8_t *x, uint32_t words, uint8_t bits, uint8_t high)
{
	__m256i keep = _mm256_set1_epi8((char)bits), want = _mm256_set1_epi8((char)high);

	for (uint32_t w = 0; w < words; w++, x += 64) {
		__m256i a = _mm256_and_si256(load(x), keep);
		__m256i b = _mm256_and_si256(load(x + 32), keep);

		mask[w] = bits8(_mm256_cmpeq_epi8(a, want)) | bits8(_mm256_cmpeq_epi8(b, want))
		                                                      << 32;
	}
}

AVX2 static void
avx2_bit(uint64_t *mask, const uint64_t *x, uint32_t words, unsigned bit)
{
	__m128i shift = _mm_cvtsi32_si128((int)(63 - bit));

	for (uint32_t w = 0; w < words; w++, x += 64) {
		uint64_t bits = 0;

		for (unsigned i = 0; i < 16; i++)
			bits |= signs(_mm256_sll_epi64(load(x + (size_t)4 * i), shift)) << 4 * i;
		mask[w] = bits;
	}
}

const struct tryst_fdense tryst_fdense_avx2 = {
	.u8 = avx2_u8,
	.u16 = avx2_u16,
	.u32 = avx2_u32,
	.u64 = avx2_u64,
	.flags = avx2_flags,
	.bit = avx2_bit,
};

#endif
