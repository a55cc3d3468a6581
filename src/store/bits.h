/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Streams of bits, the lowest bit of each byte first.  Reading past the end gives zeros and is seen
 * by the caller in `left`.
 */
#ifndef TRYST_STORE_BITS_H
#define TRYST_STORE_BITS_H

#include "base/cursor.h"

/* Writes into memory that the caller made large enough; whole 8 bytes are touched at the end. */
struct tryst_bits_out {
	uint8_t *pos;
	uint64_t held;
	unsigned count; /* bits in held, below 8 */
};

/* At most 56 bits. */
static inline void
tryst_bits_put(struct tryst_bits_out *b, uint64_t v, unsigned bits)
{
	b->held |= v << b->count;
	b->count += bits;
	tryst_store_le64(b->pos, b->held);
	b->pos += b->count / 8;
	b->held >>= b->count / 8 * 8;
	b->count %= 8;
}

/* So many ones and a zero. */
static inline void
tryst_bits_put_unary(struct tryst_bits_out *b, uint32_t n)
{
	for (; n >= 32; n -= 32)
		tryst_bits_put(b, UINT32_MAX, 32);
	tryst_bits_put(b, (1ULL << n) - 1, n + 1);
}

/* The end: the last byte is filled with zeros. */
static inline uint8_t *
tryst_bits_end(struct tryst_bits_out *b)
{
	return b->pos + (b->count > 0);
}

struct tryst_bits_in {
	const uint8_t *pos, *end;
	uint64_t held;
	unsigned count; /* bits in held */
	int64_t left;   /* bits of the stream; negative: read past its end */
};

static inline struct tryst_bits_in
tryst_bits_init(const uint8_t *data, size_t len)
{
	return (struct tryst_bits_in){ .pos = data, .end = data + len, .left = (int64_t)len * 8 };
}

/* Afterwards held has at least 56 bits; behind the end they are zeros. */
static inline void
tryst_bits_fill(struct tryst_bits_in *b)
{
	if (TRYST_LIKELY(b->end - b->pos >= 8)) {
		b->held |= tryst_load_le64(b->pos) << b->count;
		b->pos += (63 - b->count) / 8;
		b->count |= 56;
		return;
	}
	for (; b->count < 56; b->count += 8) {
		if (b->pos < b->end)
			b->held |= (uint64_t)*b->pos++ << b->count;
	}
}

/* At most 56 bits. */
static inline uint64_t
tryst_bits_get(struct tryst_bits_in *b, unsigned bits)
{
	uint64_t v;

	tryst_bits_fill(b);
	v = b->held & ((1ULL << bits) - 1);
	b->held >>= bits;
	b->count -= bits;
	b->left -= bits;
	return v;
}

/* How many ones before the next zero; more than max is max + 1. */
static inline uint32_t
tryst_bits_get_unary(struct tryst_bits_in *b, uint32_t max)
{
	uint32_t n = 0;

	for (;;) {
		unsigned ones;

		tryst_bits_fill(b);
		ones = (unsigned)__builtin_ctzll(~b->held | 1ULL << 56);
		b->held >>= ones;
		b->count -= ones;
		b->left -= ones;
		n += ones;
		if (n > max)
			return max + 1;
		if (ones < 56) {
			(void)tryst_bits_get(b, 1);
			return n;
		}
	}
}

/* Rice's code of parameter k, at most 31: a number >> k in unary, which is at most max or means
 * that there is none, and its k lower bits.
 */
static inline uint64_t
tryst_bits_get_rice(struct tryst_bits_in *b, unsigned k, uint32_t max)
{
	unsigned ones;
	uint64_t v;

	tryst_bits_fill(b);
	ones = (unsigned)__builtin_ctzll(~b->held | 1ULL << 56);
	if (TRYST_UNLIKELY(ones + 1 + k > 56)) {
		v = (uint64_t)tryst_bits_get_unary(b, max) << k;
		return v | tryst_bits_get(b, k);
	}
	v = (uint64_t)ones << k | (b->held >> (ones + 1) & ((1ULL << k) - 1));
	b->held >>= ones + 1 + k;
	b->count -= ones + 1 + k;
	b->left -= ones + 1 + k;
	return v;
}

/* n such numbers, unseen. */
static inline void
tryst_bits_skip_rice(struct tryst_bits_in *b, unsigned k, uint32_t n)
{
	while (n && b->left >= 0) {
		unsigned used = 0;
		uint64_t held;

		tryst_bits_fill(b);
		held = b->held;
		for (; n; n--) {
			unsigned len = (unsigned)__builtin_ctzll(~held | 1ULL << 56) + 1 + k;

			if (used + len > 56)
				break;
			held >>= len;
			used += len;
		}
		if (used == 0) {
			(void)tryst_bits_get_rice(b, k, UINT32_MAX - 1);
			n--;
			continue;
		}
		b->held >>= used;
		b->count -= used;
		b->left -= used;
	}
}

static inline void
tryst_bits_skip(struct tryst_bits_in *b, uint32_t n)
{
	b->left -= n;
	if (n < b->count) {
		b->held >>= n;
		b->count -= n;
		return;
	}
	n -= b->count;
	b->pos += TRYST_MIN((size_t)n / 8, (size_t)(b->end - b->pos));
	b->held = 0;
	b->count = 0;
	tryst_bits_fill(b);
	b->held >>= n % 8;
	b->count -= n % 8;
}

#endif
