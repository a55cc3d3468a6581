/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tests of match.h with AVX2, 64 numbers at a time.  Numbers without a sign are compared only
 * for equality: x - lo <= span is tested as min(x - lo, span) == x - lo.
 */
#include "store/match.h"

#ifdef __x86_64__

#include "store/pack.h"
#include "store/pack_lanes.h"

#define AVX2 TRYST_AVX2
#define INLINE TRYST_AVX2_INLINE

INLINE uint64_t
bits8(__m256i v)
{
	return (uint32_t)_mm256_movemask_epi8(v);
}

/* What is behind the last full 64. */
INLINE uint32_t
full(uint32_t count)
{
	return count & ~63U;
}

/* 16 numbers of a width of at most 16, in order. */
INLINE __m256i
take16(const uint8_t *in, const struct tryst_lanes *l, unsigned width)
{
	__m256i v = _mm256_packus_epi32(tryst_lanes_take(in, l), tryst_lanes_take(in + width, l));

	return _mm256_permute4x64_epi64(v, 0xd8);
}

INLINE __m256i
in16(__m256i x, __m256i low, __m256i span)
{
	__m256i a = _mm256_sub_epi16(x, low);

	return _mm256_cmpeq_epi16(_mm256_min_epu16(a, span), a);
}

/* 32 answers of two bytes each as bits; packing works on halves. */
INLINE uint64_t
bits16(__m256i a, __m256i b)
{
	return bits8(_mm256_permute4x64_epi64(_mm256_packs_epi16(a, b), 0xd8));
}

AVX2 static void
range_2_bytes(uint64_t *mask, const uint8_t *in, uint32_t count, uint64_t lo, uint64_t hi)
{
	__m256i low = _mm256_set1_epi16((short)lo), span = _mm256_set1_epi16((short)(hi - lo));

	for (uint32_t i = 0; i < count; i += 64, in += 128) {
		__m256i x[4];

		for (unsigned k = 0; k < 4; k++)
			x[k] = in16(_mm256_loadu_si256((const void *)(in + (size_t)32 * k)), low,
			            span);
		mask[i / 64] = bits16(x[0], x[1]) | bits16(x[2], x[3]) << 32;
	}
}

AVX2 static void
range_16(uint64_t *mask, const uint8_t *in, uint32_t count, unsigned width, uint64_t lo,
         uint64_t hi)
{
	__m256i low = _mm256_set1_epi16((short)lo), span = _mm256_set1_epi16((short)(hi - lo));
	struct tryst_lanes l = tryst_lanes_make(width);

	for (uint32_t i = 0; i < count; i += 64, in += (size_t)8 * width) {
		__m256i x[4];

		for (unsigned k = 0; k < 4; k++)
			x[k] = in16(take16(in + (size_t)2 * k * width, &l, width), low, span);
		mask[i / 64] = bits16(x[0], x[1]) | bits16(x[2], x[3]) << 32;
	}
}

AVX2 static void
range_32(uint64_t *mask, const uint8_t *in, uint32_t count, unsigned width, uint64_t lo,
         uint64_t hi)
{
	__m256i low = _mm256_set1_epi32((int)lo), span = _mm256_set1_epi32((int)(hi - lo));
	struct tryst_lanes l = tryst_lanes_make(width);

	for (uint32_t i = 0; i < count; i += 64, in += (size_t)8 * width) {
		uint64_t bits = 0;

		for (unsigned k = 0; k < 8; k++) {
			__m256i a =
				_mm256_sub_epi32(tryst_lanes_take(in + (size_t)k * width, &l), low);
			__m256i hit = _mm256_cmpeq_epi32(_mm256_min_epu32(a, span), a);

			bits |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(hit))
			        << 8 * k;
		}
		mask[i / 64] = bits;
	}
}

/* The 256 bits of a set as tables by the lower four bits: bit j of a byte is number 16 * j + it. */
struct tables {
	__m256i low, high; /* j of 0 to 7, and of 8 to 15 */
	__m256i bit;       /* by the upper four: 1 << j % 8 */
};

AVX2 static struct tables
tables_make(const struct tryst_match_set *set)
{
	uint8_t low[16] = { 0 }, high[16] = { 0 }, bit[16];
	struct tables t;

	for (unsigned i = 0; i < 16; i++) {
		bit[i] = (uint8_t)(1U << i % 8);
		for (unsigned j = 0; j < 8; j++) {
			low[i] |= (uint8_t)(tryst_match_set_has(set, 16 * j + i) << j);
			high[i] |= (uint8_t)(tryst_match_set_has(set, 16 * (j + 8) + i) << j);
		}
	}
	t.low = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)low));
	t.high = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)high));
	t.bit = _mm256_broadcastsi128_si256(_mm_loadu_si128((const void *)bit));
	return t;
}

/* The top bit of a number says which of the tables, as a blend looks at it. */
INLINE uint64_t
in_set(__m256i x, const struct tables *t)
{
	__m256i nibble = _mm256_set1_epi8(15), lower = _mm256_and_si256(x, nibble);
	__m256i upper = _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble);
	__m256i row = _mm256_blendv_epi8(_mm256_shuffle_epi8(t->low, lower),
	                                 _mm256_shuffle_epi8(t->high, lower), x);
	__m256i bit = _mm256_shuffle_epi8(t->bit, upper);

	return bits8(_mm256_cmpeq_epi8(_mm256_and_si256(row, bit), bit));
}

/* 32 numbers of a width of at most eight, in order. */
INLINE __m256i
take32(const uint8_t *in, const struct tryst_lanes *l, unsigned width)
{
	__m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
	__m256i a = _mm256_packus_epi32(tryst_lanes_take(in, l), tryst_lanes_take(in + width, l));
	__m256i b = _mm256_packus_epi32(tryst_lanes_take(in + (size_t)2 * width, l),
	                                tryst_lanes_take(in + (size_t)3 * width, l));

	return _mm256_permutevar8x32_epi32(_mm256_packus_epi16(a, b), order);
}

AVX2 static void
set_bytes(uint64_t *mask, const uint8_t *in, uint32_t count, const struct tables *t)
{
	for (uint32_t i = 0; i < count; i += 64, in += 64)
		mask[i / 64] = in_set(_mm256_loadu_si256((const void *)in), t) |
		               in_set(_mm256_loadu_si256((const void *)(in + 32)), t) << 32;
}

AVX2 static void
set(uint64_t *mask, const uint8_t *in, uint32_t count, unsigned width,
    const struct tryst_match_set *set)
{
	uint32_t whole = full(count);
	struct tables t = tables_make(set);
	struct tryst_lanes l = tryst_lanes_make(width);

	assert(width <= 8);
	if (width == 8) {
		set_bytes(mask, in, whole, &t);
	} else {
		for (uint32_t i = 0; i < whole; i += 64) {
			const uint8_t *at = in + (size_t)i / 8 * width;

			mask[i / 64] = in_set(take32(at, &l, width), &t) |
			               in_set(take32(at + (size_t)4 * width, &l, width), &t) << 32;
		}
	}
	if (whole < count)
		tryst_match_scalar.set(mask + whole / 64, in + (size_t)whole / 8 * width,
		                       count - whole, width, set);
}

AVX2 static void
range(uint64_t *mask, const uint8_t *in, uint32_t count, unsigned width, uint64_t lo, uint64_t hi)
{
	uint32_t whole = width > TRYST_LANES_WIDTH ? 0 : full(count);

	if (whole && width == 16)
		range_2_bytes(mask, in, whole, lo, hi);
	else if (whole && width < 16)
		range_16(mask, in, whole, width, lo, hi);
	else if (whole)
		range_32(mask, in, whole, width, lo, hi);
	if (whole < count)
		tryst_match_scalar.range(mask + whole / 64, in + (size_t)whole / 8 * width,
		                         count - whole, width, lo, hi);
}

const struct tryst_match tryst_match_avx2 = {
	.range = range,
	.set = set,
};

#endif
