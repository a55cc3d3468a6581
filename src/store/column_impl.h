/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files that read chunks. */
#ifndef TRYST_STORE_COLUMN_IMPL_H
#define TRYST_STORE_COLUMN_IMPL_H

#include "store/column.h"

/* out[i] = v, by the size of a value. */
void tryst_column_fill(void *out, size_t size, uint64_t v, uint32_t count);

/* out[i] = in[rows[i]], or in[i] without rows. */
void tryst_column_narrow(void *out, size_t size, const uint64_t *in, const uint16_t *rows,
                         uint32_t count);

/* The row of exception i. */
static inline uint32_t
tryst_packed_place(const struct tryst_packed *p, uint32_t i)
{
	return tryst_load_le16(p->places + (size_t)2 * i);
}

/* What exception i has above the width. */
static inline uint64_t
tryst_packed_high(const struct tryst_packed *p, uint32_t i)
{
	return tryst_pack_get(p->highs, p->high_width, i) << p->width;
}

#endif
