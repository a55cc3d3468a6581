/* SPDX-License-Identifier: Apache-2.0 */
/* What a flow record counts for, whatever its key: flows, packets, bytes, and from when to when. */
#ifndef TRYST_QUERY_GROUP_LOAD_H
#define TRYST_QUERY_GROUP_LOAD_H

#include "flow/batch.h"
#include "query/group_array.h"
#include "query/group_key.h"

/* The columns that are looked at. */
uint64_t tryst_group_values_columns(enum tryst_ways ways);

/*
 * The values of n rows.  A record that does not say how many flows it stands for is one; one known
 * time stands for both.
 */
void tryst_group_values_load(enum tryst_ways ways, const struct tryst_batch *b,
                             const uint16_t *rows, size_t n, struct tryst_group_values *values);

/*
 * Whether all rows of a batch are plain: both times known, each a flow, nothing of the reverse to
 * be counted.  Then these are the columns of their values.
 */
bool tryst_group_columns_of(enum tryst_ways ways, const struct tryst_batch *b,
                            struct tryst_group_columns *c);

/* From row `at` on. */
static inline struct tryst_group_columns
tryst_group_columns_at(const struct tryst_group_columns *c, size_t at)
{
	return (struct tryst_group_columns){ c->packets + at, c->bytes + at, c->first_ms + at,
		                             c->last_ms + at };
}

/*
 * Of a key of one part: the codes of n rows where the batch has them, else its small numbers;
 * TRYST_GROUP_CODE_NONE where the field is not known.
 */
void tryst_group_codes_load(const struct tryst_group_key_part *p, const struct tryst_batch *b,
                            enum tryst_field field, const uint16_t *rows, size_t n,
                            uint32_t *codes);

#endif
