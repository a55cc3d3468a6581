/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The checksum of everything that the store writes: the lower half of XXH3's 64 bits
 * (docs/decisions/0007-xxhash.md).  It finds damage, not malice.
 */
#ifndef TRYST_STORE_SUM_H
#define TRYST_STORE_SUM_H

#include "base/base.h"

uint32_t tryst_store_sum(const void *data, size_t len);

/* Of two pieces, as if they stood together. */
uint32_t tryst_store_sum2(const void *a, size_t a_len, const void *b, size_t b_len);

#endif
