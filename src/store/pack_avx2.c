/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacking with AVX2: eight numbers at a time (store/pack_lanes.h), in lanes of four bytes up to
 * 25 bits; wider ones go the same way in lanes of eight.
 */
#include "store/pack.h"

#ifdef __x86_64__

#include "store/pack_lanes.h"

#define AVX2 TRYST_AVX2
#define INLINE TRYST_AVX2_INLINE
#define WIDTH_SUM 20 /* the widest that are added up in four bytes */

/* The same in lanes of eight bytes: four halves, two numbers each. */
struct wide_lanes {
	__m256i shuffle[2], shift[2], mask;
	size_t at[4];
};

AVX2 static struct wide_lanes
wide_lanes_make(unsigned width)
{
	uint64_t shuffle[8], shift[8];
	struct wide_lanes l;

	for (unsigned i = 0; i < 8; i++) {
		size_t at = (size_t)(i / 2 * 2) * width / 8;
		unsigned bit = i * width - 8 * (unsigned)at;

		l.at[i / 2] = at;
		shuffle[i] = bit / 8 * 0x0101010101010101U + 0x0706050403020100U;
		shift[i] = bit % 8;
	}
	for (unsigned i = 0; i < 2; i++) {
		l.shuffle[i] = _mm256_loadu_si256((const void *)(shuffle + (size_t)4 * i));
		l.shift[i] = _mm256_loadu_si256((const void *)(shift + (size_t)4 * i));
	}
	l.mask = _mm256_set1_epi64x(
		(long long)(width == 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1));
	return l;
}

/* Numbers 4 * half to 4 * half + 3 of the eight. */
INLINE __m256i
take4(const uint8_t *in, const struct wide_lanes *l, unsigned half)
{
	__m256i v = tryst_lanes_load(in + l->at[2 * half], in + l->at[2 * half + 1]);

	v = _mm256_shuffle_epi8(v, l->shuffle[half]);
	return _mm256_and_si256(_mm256_srlv_epi64(v, l->shift[half]), l->mask);
}

AVX2 static void
unpack_u8(uint8_t *out, const uint8_t *in, uint32_t count, unsigned width, uint64_t base)
{
	__m256i add = _mm256_set1_epi8((char)base);
	__m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
	struct tryst_lanes l;
	uint32_t i = 0;

	if (width > 8) {
		tryst_unpack_scalar.u8(out, in, count, width, base);
		return;
	}
	l = tryst_lanes_make(width);
	for (; i + 32 <= count; i += 32, in += (size_t)4 * width) {
		__m256i a = _mm256_packus_epi32(tryst_lanes_take(in, &l),
		                                tryst_lanes_take(in + width, &l));
		__m256i b = _mm256_packus_epi32(tryst_lanes_take(in + (size_t)2 * width, &l),
		                                tryst_lanes_take(in + (size_t)3 * width, &l));
		__m256i v = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(a, b), order);

		_mm256_storeu_si256((void *)(out + i), _mm256_add_epi8(v, add));
	}
	tryst_unpack_scalar.u8(out + i, in, count - i, width, base);
}

AVX2 static void
unpack_u16(uint16_t *out, const uint8_t *in, uint32_t count, unsigned width, uint64_t base)
{
	__m256i add = _mm256_set1_epi16((short)base);
	struct tryst_lanes l;
	uint32_t i = 0;

	if (width > 16) {
		tryst_unpack_scalar.u16(out, in, count, width, base);
		return;
	}
	l = tryst_lanes_make(width);
	for (; i + 16 <= count; i += 16, in += (size_t)2 * width) {
		__m256i v = _mm256_packus_epi32(tryst_lanes_take(in, &l),
		                                tryst_lanes_take(in + width, &l));

		v = _mm256_permute4x64_epi64(v, 0xd8);
		_mm256_storeu_si256((void *)(out + i), _mm256_add_epi16(v, add));
	}
	tryst_unpack_scalar.u16(out + i, in, count - i, width, base);
}

/* The low halves of eight lanes of eight bytes. */
INLINE __m256i
narrow8(__m256i a, __m256i b)
{
	__m256i v = _mm256_castps_si256(
		_mm256_shuffle_ps(_mm256_castsi256_ps(a), _mm256_castsi256_ps(b), 0x88));

	return _mm256_permute4x64_epi64(v, 0xd8);
}

AVX2 static void
unpack_u32(uint32_t *out, const uint8_t *in, uint32_t count, unsigned width, uint64_t base)
{
	__m256i add = _mm256_set1_epi32((int)(uint32_t)base);

	if (width <= TRYST_LANES_WIDTH) {
		struct tryst_lanes l = tryst_lanes_make(width);

		for (uint32_t i = 0; i < count; i += 8, in += width)
			_mm256_storeu_si256((void *)(out + i),
			                    _mm256_add_epi32(tryst_lanes_take(in, &l), add));
	} else {
		struct wide_lanes l = wide_lanes_make(width);

		for (uint32_t i = 0; i < count; i += 8, in += width)
			_mm256_storeu_si256(
				(void *)(out + i),
				_mm256_add_epi32(narrow8(take4(in, &l, 0), take4(in, &l, 1)), add));
	}
}

AVX2 static void
unpack_u64(uint64_t *out, const uint8_t *in, uint32_t count, unsigned width, uint64_t base)
{
	__m256i add = _mm256_set1_epi64x((long long)base);

	if (width <= TRYST_LANES_WIDTH) {
		struct tryst_lanes l = tryst_lanes_make(width);

		for (uint32_t i = 0; i < count; i += 8, in += width) {
			__m256i v = tryst_lanes_take(in, &l);
			__m256i a = _mm256_cvtepu32_epi64(_mm256_castsi256_si128(v));
			__m256i b = _mm256_cvtepu32_epi64(_mm256_extracti128_si256(v, 1));

			_mm256_storeu_si256((void *)(out + i), _mm256_add_epi64(a, add));
			_mm256_storeu_si256((void *)(out + i + 4), _mm256_add_epi64(b, add));
		}
	} else {
		struct wide_lanes l = wide_lanes_make(width);

		for (uint32_t i = 0; i < count; i += 8, in += width) {
			__m256i a = _mm256_add_epi64(take4(in, &l, 0), add);
			__m256i b = _mm256_add_epi64(take4(in, &l, 1), add);

			_mm256_storeu_si256((void *)(out + i), a);
			_mm256_storeu_si256((void *)(out + i + 4), b);
		}
	}
}

/* Each lane adds up one number of eight: 4096 of at most 20 bits with a sign fit. */
AVX2 static uint64_t
zigzag_sum(const uint8_t *in, uint32_t count, unsigned width)
{
	__m256i sum = _mm256_setzero_si256(), zero = sum, one = _mm256_set1_epi32(1);
	struct tryst_lanes l;
	uint64_t parts[4];

	if (width > WIDTH_SUM)
		return tryst_unpack_scalar.zigzag_sum(in, count, width);
	l = tryst_lanes_make(width);
	for (uint32_t i = 0; i < count; i += 8, in += width) {
		__m256i v = tryst_lanes_take(in, &l);
		__m256i sign = _mm256_sub_epi32(zero, _mm256_and_si256(v, one));

		sum = _mm256_add_epi32(sum, _mm256_xor_si256(_mm256_srli_epi32(v, 1), sign));
	}
	sum = _mm256_add_epi64(_mm256_cvtepi32_epi64(_mm256_castsi256_si128(sum)),
	                       _mm256_cvtepi32_epi64(_mm256_extracti128_si256(sum, 1)));
	_mm256_storeu_si256((void *)parts, sum);
	return parts[0] + parts[1] + parts[2] + parts[3];
}

const struct tryst_unpack tryst_unpack_avx2 = {
	.u8 = unpack_u8,
	.u16 = unpack_u16,
	.u32 = unpack_u32,
	.u64 = unpack_u64,
	.zigzag_sum = zigzag_sum,
};

#endif
