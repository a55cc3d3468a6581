/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unpacking with AVX2: eight numbers at a time.
 *
 * Up to 25 bits a number is within four bytes from the one it begins in: a shuffle brings each
 * number's four bytes into a lane, a shift per lane drops the bits before it, a mask those behind.
 * The two halves of the register are loaded apart, since a shuffle does not cross them.  Wider ones
 * go the same way in lanes of eight bytes.  (The idea: Lemire and Boytsov, "Decoding billions of
 * integers per second through vectorization", 2015, on a linear layout.)
 */
#include "store/pack.h"

#ifdef __x86_64__

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define INLINE __attribute__((always_inline, target("avx2"))) static inline
#define WIDTH_U32 25 /* the widest that four bytes hold wherever it begins */
#define WIDTH_SUM 20 /* the widest that are added up in four bytes */

/* How eight numbers of a width come out of `width` bytes, in lanes of four bytes. */
struct lanes {
	__m256i shuffle, shift, mask;
	size_t high; /* where the second half is loaded */
};

/* The same in lanes of eight bytes: four halves, two numbers each. */
struct wide_lanes {
	__m256i shuffle[2], shift[2], mask;
	size_t at[4];
};

AVX2 static struct lanes
lanes_make(unsigned width)
{
	uint32_t shuffle[8], shift[8];
	struct lanes l = { .high = 4 * (size_t)width / 8 };

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

INLINE __m256i
load_halves(const uint8_t *low, const uint8_t *high)
{
	__m128i a = _mm_loadu_si128((const void *)low);
	__m128i b = _mm_loadu_si128((const void *)high);

	return _mm256_inserti128_si256(_mm256_castsi128_si256(a), b, 1);
}

INLINE __m256i
take8(const uint8_t *in, const struct lanes *l)
{
	__m256i v = _mm256_shuffle_epi8(load_halves(in, in + l->high), l->shuffle);

	return _mm256_and_si256(_mm256_srlv_epi32(v, l->shift), l->mask);
}

/* Numbers 4 * half to 4 * half + 3 of the eight. */
INLINE __m256i
take4(const uint8_t *in, const struct wide_lanes *l, unsigned half)
{
	__m256i v = load_halves(in + l->at[2 * half], in + l->at[2 * half + 1]);

	v = _mm256_shuffle_epi8(v, l->shuffle[half]);
	return _mm256_and_si256(_mm256_srlv_epi64(v, l->shift[half]), l->mask);
}

AVX2 static void
unpack_u8(uint8_t *out, const uint8_t *in, uint32_t count, unsigned width, uint64_t base)
{
	__m256i add = _mm256_set1_epi8((char)base);
	__m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
	struct lanes l;
	uint32_t i = 0;

	if (width > 8) {
		tryst_unpack_scalar.u8(out, in, count, width, base);
		return;
	}
	l = lanes_make(width);
	for (; i + 32 <= count; i += 32, in += (size_t)4 * width) {
		__m256i a = _mm256_packus_epi32(take8(in, &l), take8(in + width, &l));
		__m256i b = _mm256_packus_epi32(take8(in + (size_t)2 * width, &l),
		                                take8(in + (size_t)3 * width, &l));
		__m256i v = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(a, b), order);

		_mm256_storeu_si256((void *)(out + i), _mm256_add_epi8(v, add));
	}
	tryst_unpack_scalar.u8(out + i, in, count - i, width, base);
}

AVX2 static void
unpack_u16(uint16_t *out, const uint8_t *in, uint32_t count, unsigned width, uint64_t base)
{
	__m256i add = _mm256_set1_epi16((short)base);
	struct lanes l;
	uint32_t i = 0;

	if (width > 16) {
		tryst_unpack_scalar.u16(out, in, count, width, base);
		return;
	}
	l = lanes_make(width);
	for (; i + 16 <= count; i += 16, in += (size_t)2 * width) {
		__m256i v = _mm256_packus_epi32(take8(in, &l), take8(in + width, &l));

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

	if (width <= WIDTH_U32) {
		struct lanes l = lanes_make(width);

		for (uint32_t i = 0; i < count; i += 8, in += width)
			_mm256_storeu_si256((void *)(out + i),
			                    _mm256_add_epi32(take8(in, &l), add));
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

	if (width <= WIDTH_U32) {
		struct lanes l = lanes_make(width);

		for (uint32_t i = 0; i < count; i += 8, in += width) {
			__m256i v = take8(in, &l);
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
	struct lanes l;
	uint64_t parts[4];

	if (width > WIDTH_SUM)
		return tryst_unpack_scalar.zigzag_sum(in, count, width);
	l = lanes_make(width);
	for (uint32_t i = 0; i < count; i += 8, in += width) {
		__m256i v = take8(in, &l);
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
