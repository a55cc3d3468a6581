/* SPDX-License-Identifier: Apache-2.0 */
#include "query/group_load.h"

#define COUNTS (TRYST_BIT(packets) | TRYST_BIT(bytes))
#define REVERSE (TRYST_BIT(rev_packets) | TRYST_BIT(rev_bytes))
#define TIMES (TRYST_BIT(start_ms) | TRYST_BIT(end_ms))

uint64_t
tryst_group_values_columns(enum tryst_ways ways)
{
	static const uint64_t columns[] = {
		[TRYST_WAYS_BOTH] = COUNTS | REVERSE,
		[TRYST_WAYS_FORWARD] = COUNTS,
		[TRYST_WAYS_REVERSE] = REVERSE,
	};

	return columns[ways] | TIMES | TRYST_BIT(flows);
}

bool
tryst_group_columns_of(enum tryst_ways ways, const struct tryst_batch *b,
                       struct tryst_group_columns *c)
{
	if (ways == TRYST_WAYS_REVERSE || (b->sure & TIMES) != TIMES ||
	    !(b->never & TRYST_BIT(flows)) ||
	    (ways == TRYST_WAYS_BOTH && (b->never & REVERSE) != REVERSE))
		return false;
	*c = (struct tryst_group_columns){ b->packets, b->bytes, b->start_ms, b->end_ms };
	return true;
}

static void
load_plain(const struct tryst_group_columns *c, const uint16_t *rows, size_t n,
           struct tryst_group_values *values)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t r = rows[i];

		values[i] = (struct tryst_group_values){ 1, c->packets[r], c->bytes[r],
			                                 c->first_ms[r], c->last_ms[r] };
	}
}

void
tryst_group_values_load(enum tryst_ways ways, const struct tryst_batch *b, const uint16_t *rows,
                        size_t n, struct tryst_group_values *values)
{
	bool forward = ways != TRYST_WAYS_REVERSE;
	bool reverse = ways != TRYST_WAYS_FORWARD && (b->never & REVERSE) != REVERSE;
	struct tryst_group_columns plain;

	if (tryst_group_columns_of(ways, b, &plain)) {
		load_plain(&plain, rows, n, values);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t r = rows[i];
		bool start = tryst_batch_known(b, TRYST_FIELD_start_ms, r);
		bool end = tryst_batch_known(b, TRYST_FIELD_end_ms, r);
		struct tryst_group_values *v = &values[i];

		v->flows = tryst_batch_known(b, TRYST_FIELD_flows, r) ? b->flows[r] : 1;
		v->packets = (forward ? b->packets[r] : 0) + (reverse ? b->rev_packets[r] : 0);
		v->bytes = (forward ? b->bytes[r] : 0) + (reverse ? b->rev_bytes[r] : 0);
		v->first_ms = start ? b->start_ms[r] : end ? b->end_ms[r] : INT64_MAX;
		v->last_ms = end ? b->end_ms[r] : start ? b->start_ms[r] : INT64_MIN;
	}
}

void
tryst_group_codes_load(const struct tryst_group_key_part *p, const struct tryst_batch *b,
                       enum tryst_field field, const uint16_t *rows, size_t n, uint32_t *codes)
{
	const uint32_t *column = tryst_batch_codes(b, field);
	const uint8_t *bytes = column ? NULL : tryst_batch_column(b, field);
	const uint16_t *shorts = column ? NULL : tryst_batch_column(b, field);

	if (column) {
		for (size_t i = 0; i < n; i++)
			codes[i] = column[rows[i]];
	} else if (p->size == 1) {
		for (size_t i = 0; i < n; i++)
			codes[i] = bytes[rows[i]];
	} else {
		for (size_t i = 0; i < n; i++)
			codes[i] = shorts[rows[i]];
	}
	if (b->sure >> field & 1)
		return;
	for (size_t i = 0; i < n; i++) {
		if (!tryst_batch_known(b, field, rows[i]))
			codes[i] = TRYST_GROUP_CODE_NONE;
	}
}
