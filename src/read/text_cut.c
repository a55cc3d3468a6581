/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A block of bytes becomes a word with a bit for each separator; the bits become offsets.  How many
 * bits a block has is hard to predict for a processor, so that offsets are written eight at a time
 * and those that are none are overwritten (Langdale and Lemire, Parsing Gigabytes of JSON per
 * Second, 2019, 3.1).
 */
#include "read/text_cut.h"

#include "base/base.h"
#include "base/cpu.h"
#include "base/cursor.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define ONES 0x0101010101010101ULL

/* The top bit of each byte of x that is 0; exact for every byte. */
static inline uint64_t
zero_bytes(uint64_t x)
{
	return ~(((x & 0x7f * ONES) + 0x7f * ONES) | x | 0x7f * ONES);
}

uint32_t
tryst_text_cut_plain(const char *line, size_t len, char separator, char quote, uint32_t max,
                     uint32_t *ends)
{
	uint32_t n = 0;
	size_t i = 0;

	for (; i + 8 <= len && n <= max; i += 8) {
		uint64_t x = tryst_load_le64((const uint8_t *)line + i);
		uint64_t found = zero_bytes(x ^ ONES * (uint8_t)separator);

		if (quote != separator && zero_bytes(x ^ ONES * (uint8_t)quote))
			return TRYST_TEXT_CUT_QUOTED;
		for (; found; found &= found - 1)
			ends[n++] = (uint32_t)i + (uint32_t)__builtin_ctzll(found) / 8;
	}
	for (; i < len && n <= max; i++) {
		if (quote != separator && line[i] == quote)
			return TRYST_TEXT_CUT_QUOTED;
		ends[n] = (uint32_t)i;
		n += line[i] == separator;
	}
	return n;
}

#if defined(__x86_64__)

#define FOR_AVX2 __attribute__((target("avx2,bmi,popcnt")))

/* The bits of 64 bytes that are equal to those of `what`. */
FOR_AVX2 static inline uint64_t
equal64(const char *p, __m256i what)
{
	__m256i a = _mm256_loadu_si256((const __m256i_u *)(const void *)p);
	__m256i b = _mm256_loadu_si256((const __m256i_u *)(const void *)(p + 32));
	uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, what));
	uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, what));

	return low | (uint64_t)high << 32;
}

/* Appends the offsets of bits; returns how many there are then. */
FOR_AVX2 static inline uint32_t
put(uint32_t *ends, uint32_t n, uint64_t bits, uint32_t base)
{
	uint32_t after = n + (uint32_t)__builtin_popcountll(bits);

	for (; n < after; n += 8) {
#pragma GCC unroll 8
		for (unsigned k = 0; k < 8; k++) {
			ends[n + k] = base + (uint32_t)_tzcnt_u64(bits);
			bits = _blsr_u64(bits);
		}
	}
	return after;
}

FOR_AVX2 static uint32_t
cut_avx2(const char *line, size_t len, char separator, char quote, uint32_t max, uint32_t *ends)
{
	const __m256i cut = _mm256_set1_epi8(separator), quotes = _mm256_set1_epi8(quote);
	uint64_t quoted = 0, keep = UINT64_MAX;
	uint32_t n = 0;
	size_t i = 0;

	if (len < 64)
		return tryst_text_cut_plain(line, len, separator, quote, max, ends);
	/* The last block lies over the one before; its bits that were seen already go. */
	for (; i < len && n <= max; i += 64) {
		size_t at = TRYST_MIN(i, len - 64);

		keep = UINT64_MAX << (i - at);
		n = put(ends, n, equal64(line + at, cut) & keep, (uint32_t)at);
		quoted |= equal64(line + at, quotes);
	}
	return quote != separator && quoted ? TRYST_TEXT_CUT_QUOTED : n;
}

#endif

tryst_text_cut_fn
tryst_text_cutter(void)
{
#if defined(__x86_64__)
	if (TRYST_CPU_HAS(AVX2) && TRYST_CPU_HAS(BMI1) && TRYST_CPU_HAS(POPCNT))
		return cut_avx2;
#endif
	return tryst_text_cut_plain;
}
