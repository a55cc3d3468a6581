/* SPDX-License-Identifier: Apache-2.0 */
#include "read/row.h"

static void
put_field(struct tryst_batch *b, unsigned field, uint32_t at, const struct tryst_row *row)
{
	void *column = tryst_batch_column(b, (enum tryst_field)field);
	bool known = row->known >> field & 1;
	uint64_t v = known ? row->number[field] : 0;

	switch (tryst_field_info((enum tryst_field)field)->type) {
	case TRYST_TYPE_u8:
		((uint8_t *)column)[at] = (uint8_t)v;
		break;
	case TRYST_TYPE_u16:
		((uint16_t *)column)[at] = (uint16_t)v;
		break;
	case TRYST_TYPE_u32:
		((uint32_t *)column)[at] = (uint32_t)v;
		break;
	case TRYST_TYPE_u64:
		((uint64_t *)column)[at] = v;
		break;
	case TRYST_TYPE_time:
		((int64_t *)column)[at] = (int64_t)v;
		break;
	case TRYST_TYPE_ip:
		((struct tryst_ip *)column)[at] = known ? row->ip[field] : (struct tryst_ip){ 0 };
		break;
	}
}

int
tryst_row_put(const struct tryst_row *row, struct tryst_sink *sink, struct tryst_error *err)
{
	struct tryst_batch *b = &sink->batch;
	struct tryst_health *h = &sink->health;
	uint64_t index = h->flows++;
	uint32_t at;
	int rc = tryst_sink_row(sink, &at, err);

	if (rc < 0)
		return rc;
	if (row->known & TRYST_BIT(start_ms))
		tryst_health_time(h, (int64_t)row->number[TRYST_FIELD_start_ms],
		                  (int64_t)row->number[TRYST_FIELD_end_ms]);
	for (uint64_t left = b->columns; left; left &= left - 1)
		put_field(b, (unsigned)__builtin_ctzll(left), at, row);
	b->present[at] = row->known & b->columns;
	TRYST_SET(b, input_id, at, sink->input_id);
	TRYST_SET(b, record_no, at, sink->record_base | index);
	tryst_sink_commit(sink);
	return 0;
}
