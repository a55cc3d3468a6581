/* SPDX-License-Identifier: Apache-2.0 */
#include "store/match.h"

#include "store/pack.h"

#define TEST(test)                                                                                 \
	for (uint32_t from = 0; from < count; from += 64) {                                        \
		uint32_t n = TRYST_MIN(count - from, 64U);                                         \
		uint64_t bits = 0;                                                                 \
                                                                                                   \
		for (uint32_t i = 0; i < n; i++) {                                                 \
			uint64_t x = tryst_pack_get(in, width, from + i);                          \
                                                                                                   \
			bits |= (uint64_t)(test) << i;                                             \
		}                                                                                  \
		mask[from / 64] = bits;                                                            \
	}

static void
range(uint64_t *mask, const uint8_t *in, uint32_t count, unsigned width, uint64_t lo, uint64_t hi)
{
	TEST(x - lo <= hi - lo)
}

static void
set(uint64_t *mask, const uint8_t *in, uint32_t count, unsigned width,
    const struct tryst_match_set *set)
{
	assert(width <= 8);
	TEST(tryst_match_set_has(set, (unsigned)x))
}

const struct tryst_match tryst_match_scalar = {
	.range = range,
	.set = set,
};
