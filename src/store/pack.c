/* SPDX-License-Identifier: Apache-2.0 */
#include "store/pack.h"

#include "base/cpu.h"
#include "store/kernels.h"

void
tryst_pack(uint8_t *out, const uint64_t *values, uint32_t count, unsigned width)
{
	tryst_kernels_best()->pack(out, values, count, width);
}

#define UNPACK(name, type)                                                                         \
	static void name(type *out, const uint8_t *in, uint32_t count, unsigned width,             \
	                 uint64_t base)                                                            \
	{                                                                                          \
		for (uint32_t i = 0; i < count; i++)                                               \
			out[i] = (type)(base + tryst_pack_get(in, width, i));                      \
	}

UNPACK(unpack_u8, uint8_t)
UNPACK(unpack_u16, uint16_t)
UNPACK(unpack_u32, uint32_t)
UNPACK(unpack_u64, uint64_t)

static uint64_t
zigzag_sum(const uint8_t *in, uint32_t count, unsigned width)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t x = tryst_pack_get(in, width, i);

		sum += x >> 1 ^ -(x & 1);
	}
	return sum;
}

const struct tryst_unpack tryst_unpack_scalar = {
	.u8 = unpack_u8,
	.u16 = unpack_u16,
	.u32 = unpack_u32,
	.u64 = unpack_u64,
	.zigzag_sum = zigzag_sum,
};

const struct tryst_unpack *
tryst_unpack_best(void)
{
#ifdef __x86_64__
	if (TRYST_CPU_HAS(AVX2))
		return &tryst_unpack_avx2;
#endif
	return &tryst_unpack_scalar;
}

void
tryst_unpack_into(void *out, size_t size, const uint8_t *in, uint32_t count, unsigned width,
                  uint64_t base)
{
	const struct tryst_unpack *u = tryst_unpack_best();

	switch (size) {
	case 1:
		u->u8(out, in, count, width, base);
		break;
	case 2:
		u->u16(out, in, count, width, base);
		break;
	case 4:
		u->u32(out, in, count, width, base);
		break;
	default:
		assert(size == 8);
		u->u64(out, in, count, width, base);
	}
}
