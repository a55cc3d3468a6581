/* SPDX-License-Identifier: Apache-2.0 */
/* One flow record as values, for readers that make them one at a time. */
#ifndef TRYST_READ_ROW_H
#define TRYST_READ_ROW_H

#include "flow/source.h"

/* number[] and ip[] are valid where `known` has the field's bit. */
struct tryst_row {
	uint64_t known;
	uint64_t number[TRYST_FIELD_COUNT]; /* times too, as their two's complement */
	struct tryst_ip ip[TRYST_FIELD_COUNT];
};

#define TRYST_ROW_NUMBER(row, field, value)                                                        \
	do {                                                                                       \
		(row)->number[TRYST_FIELD_##field] = (uint64_t)(value);                            \
		(row)->known |= TRYST_BIT(field);                                                  \
	} while (0)

#define TRYST_ROW_IP(row, field, value)                                                            \
	do {                                                                                       \
		(row)->ip[TRYST_FIELD_##field] = (value);                                          \
		(row)->known |= TRYST_BIT(field);                                                  \
	} while (0)

/*
 * Counts the flow in the sink's health and appends it to the batch, every wanted column set: what
 * is not known is 0.  start_ms and end_ms are known both or not at all.  Negative when the sink
 * failed.
 */
int tryst_row_put(const struct tryst_row *row, struct tryst_sink *sink, struct tryst_error *err);

#endif
