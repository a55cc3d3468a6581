/* SPDX-License-Identifier: Apache-2.0 */
/* What a flow record counts for, whatever its key: flows, packets, bytes, and from when to when. */
#ifndef TRYST_QUERY_GROUP_LOAD_H
#define TRYST_QUERY_GROUP_LOAD_H

#include "flow/batch.h"
#include "query/group_table.h"
#include "query/top.h"

/* The columns that are looked at. */
uint64_t tryst_group_values_columns(enum tryst_ways ways);

/*
 * The values of n rows.  A record that does not say how many flows it stands for is one; one known
 * time stands for both.
 */
void tryst_group_values_load(enum tryst_ways ways, const struct tryst_batch *b,
                             const uint16_t *rows, size_t n, struct tryst_group_values *values);

#endif
