/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of a fixed width of bits, one behind the other (docs/formats/store.md, "Packed numbers").
 *
 * Number i stands at bit i * width, least significant bit first, so that any one can be read alone,
 * and eight of them take exactly `width` bytes: room is always made for a multiple of eight, the
 * rest is 0.  Widths are 0 to 57 and 64: that a number and the bits before it in its first byte fit
 * into one 64-bit load is what makes reading fast.
 *
 * Unpacking has a scalar form and one for AVX2, which give the same; it needs TRYST_PACK_SLACK
 * readable bytes behind the packed ones, whatever they hold, and room for a multiple of eight
 * values.  All of it is free of state: any thread.
 */
#ifndef TRYST_STORE_PACK_H
#define TRYST_STORE_PACK_H

#include "base/cursor.h"

#define TRYST_PACK_SLACK 32

/* The bytes that count numbers of a width take. */
static inline size_t
tryst_pack_size(unsigned width, uint32_t count)
{
	return (size_t)((count + 7) / 8) * width;
}

/* The bits that a number takes, 0 for 0. */
static inline unsigned
tryst_pack_bits(uint64_t v)
{
	return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

/* The width to pack numbers of so many bits with. */
static inline unsigned
tryst_pack_width(unsigned bits)
{
	return bits > 57 ? 64 : bits;
}

static inline bool
tryst_pack_width_valid(unsigned width)
{
	return width <= 57 || width == 64;
}

/* Number i. */
static inline uint64_t
tryst_pack_get(const uint8_t *in, unsigned width, uint32_t i)
{
	size_t bit = (size_t)i * width;

	if (width == 64)
		return tryst_load_le64(in + bit / 8);
	return tryst_load_le64(in + bit / 8) >> (bit & 7) & (((uint64_t)1 << width) - 1);
}

/* Packs numbers of at most width bits into tryst_pack_size bytes. */
void tryst_pack(uint8_t *out, const uint64_t *values, uint32_t count, unsigned width);

/*
 * Unpacks count numbers, each with base added, into values of 1, 2, 4 or 8 bytes (the low bytes of
 * the sums).
 */
struct tryst_unpack {
	void (*u8)(uint8_t *out, const uint8_t *in, uint32_t count, unsigned width, uint64_t base);
	void (*u16)(uint16_t *out, const uint8_t *in, uint32_t count, unsigned width,
	            uint64_t base);
	void (*u32)(uint32_t *out, const uint8_t *in, uint32_t count, unsigned width,
	            uint64_t base);
	void (*u64)(uint64_t *out, const uint8_t *in, uint32_t count, unsigned width,
	            uint64_t base);
	/*
	 * The sum of as many numbers, each x >> 1 ^ -(x & 1) (tryst_unzigzag); the count, of at
	 * most 32768, is a multiple of eight.
	 */
	uint64_t (*zigzag_sum)(const uint8_t *in, uint32_t count, unsigned width);
};

extern const struct tryst_unpack tryst_unpack_scalar;
#ifdef __x86_64__
extern const struct tryst_unpack tryst_unpack_avx2;
#endif

/* What this machine runs fastest. */
const struct tryst_unpack *tryst_unpack_best(void);

/* By the size of a value in bytes. */
void tryst_unpack_into(void *out, size_t size, const uint8_t *in, uint32_t count, unsigned width,
                       uint64_t base);

#endif
