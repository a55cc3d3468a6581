/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/cpu.h"
#include "store/sum_impl.h"

uint32_t
tryst_store_sum(const void *data, size_t len)
{
#ifdef __x86_64__
	/* Short ones take another way, the same for all. */
	if (len > XXH3_MIDSIZE_MAX && TRYST_CPU_HAS(AVX2))
		return tryst_store_sum_avx2(data, len);
#endif
	return (uint32_t)XXH3_64bits(data, len);
}

uint32_t
tryst_store_sum2(const void *a, size_t a_len, const void *b, size_t b_len)
{
	XXH3_state_t state;

#ifdef __x86_64__
	if (b_len > XXH3_MIDSIZE_MAX && TRYST_CPU_HAS(AVX2))
		return tryst_store_sum2_avx2(a, a_len, b, b_len);
#endif
	(void)XXH3_64bits_reset(&state);
	(void)XXH3_64bits_update(&state, a, a_len);
	(void)XXH3_64bits_update(&state, b, b_len);
	return (uint32_t)XXH3_64bits_digest(&state);
}
