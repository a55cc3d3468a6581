/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

uint32_t
tryst_store_sum(const void *data, size_t len)
{
	return (uint32_t)XXH3_64bits(data, len);
}
