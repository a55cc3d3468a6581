/* SPDX-License-Identifier: Apache-2.0 */
/* Plain loops, written so that a compiler makes vectors of them. */
#include "store/kernels.h"

#include <string.h>

#include "store/pack.h"

#ifdef __AVX2__
#include <immintrin.h>
#define KERNELS tryst_kernels_avx2
#else
#define KERNELS tryst_kernels_plain
#endif

static void
range(const uint64_t *v, uint32_t n, uint64_t *min, uint64_t *max)
{
	uint64_t least = v[0], most = v[0];

	for (uint32_t i = 1; i < n; i++) {
		least = v[i] < least ? v[i] : least;
		most = v[i] > most ? v[i] : most;
	}
	*min = least;
	*max = most;
}

static void
largest(const uint32_t *v, uint32_t n, uint32_t *max)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < n; i++)
		most = v[i] > most ? v[i] : most;
	*max = most;
}

static inline unsigned
bits_of(uint64_t v)
{
	return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

/* Four histograms: one alone would wait for itself where neighbours are alike. */
static void
offsets(uint64_t *out, const uint64_t *v, uint32_t n, uint64_t base, uint32_t histogram[65])
{
	uint16_t part[4][72];
	uint32_t i = 0;

	memset(part, 0, sizeof(part));
	for (uint32_t k = 0; k < n; k++)
		out[k] = v[k] - base;
	for (; i + 4 <= n; i += 4) {
		part[0][bits_of(out[i])]++;
		part[1][bits_of(out[i + 1])]++;
		part[2][bits_of(out[i + 2])]++;
		part[3][bits_of(out[i + 3])]++;
	}
	for (; i < n; i++)
		part[0][bits_of(out[i])]++;
	for (unsigned b = 0; b < 65; b++)
		histogram[b] = (uint32_t)part[0][b] + part[1][b] + part[2][b] + part[3][b];
}

static void
count(const uint64_t *v, uint32_t n, uint64_t base, uint32_t counts[256])
{
	uint16_t part[4][256];
	uint32_t i = 0;

	memset(part, 0, sizeof(part));
	for (; i + 4 <= n; i += 4) {
		part[0][v[i] - base]++;
		part[1][v[i + 1] - base]++;
		part[2][v[i + 2] - base]++;
		part[3][v[i + 3] - base]++;
	}
	for (; i < n; i++)
		part[0][v[i] - base]++;
	for (unsigned b = 0; b < 256; b++)
		counts[b] = (uint32_t)part[0][b] + part[1][b] + part[2][b] + part[3][b];
}

/* Without a branch: which rows are exceptions, nobody can foresee. */
static uint32_t
exceptions(uint64_t *v, uint32_t n, unsigned width, uint64_t *high, uint16_t *places)
{
	uint64_t mask = ((uint64_t)1 << width) - 1;
	uint32_t found = 0;

	for (uint32_t i = 0; i < n; i++) {
		high[found] = v[i] >> width;
		places[found] = (uint16_t)i;
		found += v[i] > mask;
		v[i] &= mask;
	}
	return found;
}

static void
pack(uint8_t *out, const uint64_t *values, uint32_t n, unsigned width)
{
	const uint8_t *end = out + tryst_pack_size(width, n);
	unsigned filled = 0;
	uint64_t bits = 0;

	assert(tryst_pack_width_valid(width));
	if (width == 0)
		return;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t v = values[i];

		bits |= v << filled;
		filled += width;
		if (filled >= 64) {
			tryst_store_le64(out, bits);
			out += 8;
			filled -= 64;
			bits = filled ? v >> (width - filled) : 0;
		}
	}
	for (; out < end; bits >>= 8)
		*out++ = (uint8_t)bits;
}

static void
differences(uint64_t *out, const uint64_t *v, uint32_t n)
{
	out[0] = 0;
	for (uint32_t i = 1; i < n; i++) {
		uint64_t d = v[i] - v[i - 1];

		out[i] = d << 1 ^ -(d >> 63);
	}
}

static void
order(uint64_t *a, uint64_t *b, uint64_t *swap, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint64_t x = a[i], y = b[i];

		a[i] = x > y ? y : x;
		b[i] = x > y ? x : y;
		swap[i] = x > y;
	}
}

#define UNSWAP(name, type)                                                                         \
	static void name(type *a, type *b, const uint8_t *swap, uint32_t n)                        \
	{                                                                                          \
		for (uint32_t i = 0; i < n; i++) {                                                 \
			type x = (type)((a[i] ^ b[i]) & (type) - (type)(swap[i] & 1));             \
			a[i] ^= x;                                                                 \
			b[i] ^= x;                                                                 \
		}                                                                                  \
	}

UNSWAP(unswap_u16, uint16_t)
UNSWAP(unswap_u32, uint32_t)

static void
multiply(uint64_t *out, const uint64_t *by, const uint64_t *rest, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		out[i] = out[i] * by[i] + rest[i];
}

static void
known(uint64_t *out, uint32_t n, uint64_t mask, uint64_t *all, uint64_t *any)
{
	uint64_t both = UINT64_MAX, either = 0;

	for (uint32_t i = 0; i < n; i++) {
		out[i] &= mask;
		both &= out[i];
		either |= out[i];
	}
	*all = both;
	*any = either;
}

static inline uint32_t
bit_of(const uint32_t *bits, uint32_t code)
{
	return bits[code / 32] >> code % 32;
}

static uint32_t
find_plain(uint16_t *rows, uint32_t found, const uint32_t *low, const uint32_t *high, uint32_t from,
           uint32_t n, const uint32_t *bits, bool wanted)
{
	for (uint32_t i = from; i < n; i++) {
		rows[found] = (uint16_t)i;
		found += ((bit_of(bits, low[i]) | bit_of(bits, high[i])) & 1) == wanted;
	}
	return found;
}

#ifdef __AVX2__

static inline __m256i
bits_of_codes(const uint32_t *bits, const uint32_t *codes)
{
	__m256i c = _mm256_loadu_si256((const void *)codes);
	__m256i word =
		_mm256_i32gather_epi32((const int *)(const void *)bits, _mm256_srli_epi32(c, 5), 4);

	return _mm256_srlv_epi32(word, _mm256_and_si256(c, _mm256_set1_epi32(31)));
}

/* Eight rows at a time; most of the time none of them. */
static uint32_t
find(uint16_t *rows, const uint32_t *low, const uint32_t *high, uint32_t n, const uint32_t *bits,
     bool wanted)
{
	uint32_t found = 0, i = 0, flip = wanted ? 0 : 0xff;

	for (; i + 8 <= n; i += 8) {
		__m256i either = _mm256_or_si256(bits_of_codes(bits, low + i),
		                                 bits_of_codes(bits, high + i));
		unsigned mask = (unsigned)_mm256_movemask_ps(
			_mm256_castsi256_ps(_mm256_slli_epi32(either, 31)));

		for (mask ^= flip; mask; mask &= mask - 1)
			rows[found++] = (uint16_t)(i + (unsigned)__builtin_ctz(mask));
	}
	return find_plain(rows, found, low, high, i, n, bits, wanted);
}

#else

static uint32_t
find(uint16_t *rows, const uint32_t *low, const uint32_t *high, uint32_t n, const uint32_t *bits,
     bool wanted)
{
	return find_plain(rows, 0, low, high, 0, n, bits, wanted);
}

#endif

const struct tryst_kernels KERNELS = {
	.range = range,
	.largest = largest,
	.offsets = offsets,
	.count = count,
	.exceptions = exceptions,
	.pack = pack,
	.differences = differences,
	.order = order,
	.unswap_u16 = unswap_u16,
	.unswap_u32 = unswap_u32,
	.multiply = multiply,
	.known = known,
	.find = find,
};
