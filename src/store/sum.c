/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint32_t
tryst_store_sum(const void *data, size_t len)
{
	return (uint32_t)XXH3_64bits(data, len);
}

uint32_t
tryst_store_sum2(const void *a, size_t a_len, const void *b, size_t b_len)
{
	XXH3_state_t state;

	(void)XXH3_64bits_reset(&state);
	(void)XXH3_64bits_update(&state, a, a_len);
	(void)XXH3_64bits_update(&state, b, b_len);
	return (uint32_t)XXH3_64bits_digest(&state);
}
