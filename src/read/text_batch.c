/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of text into the columns of a batch, by a list of the columns that was made once. */
#include "read/text.h"

#include <string.h>

void
tryst_text_target_init(struct tryst_text_target *t, const struct tryst_batch *b, uint64_t fields)
{
	*t = (struct tryst_text_target){ .fields = fields & b->columns };
	for (unsigned i = 0; i < TRYST_FIELD_COUNT; i++) {
		const struct tryst_field_info *info = tryst_field_info((enum tryst_field)i);
		void *column = tryst_batch_column(b, (enum tryst_field)i);

		if (t->fields >> i & 1) {
			t->column[t->count].values = column;
			t->column[t->count].field = (uint8_t)i;
			t->column[t->count++].type = (uint8_t)info->type;
		} else if (column) {
			/* Another input's values may still stand there, and unknown is 0. */
			memset(column, 0, (size_t)info->size * TRYST_BATCH_ROWS);
		}
	}
}

void
tryst_text_target_put(const struct tryst_text_target *t, struct tryst_batch *b, uint32_t at,
                      const struct tryst_text_row *row)
{
	b->present[at] = row->known & t->fields;
	for (unsigned i = 0; i < t->count; i++) {
		unsigned field = t->column[i].field;
		void *values = t->column[i].values;
		uint64_t known = -(row->known >> field & 1); /* all ones or 0 */
		uint64_t v = row->number[field] & known;

		switch ((enum tryst_field_type)t->column[i].type) {
		case TRYST_TYPE_u8:
			((uint8_t *)values)[at] = (uint8_t)v;
			break;
		case TRYST_TYPE_u16:
			((uint16_t *)values)[at] = (uint16_t)v;
			break;
		case TRYST_TYPE_u32:
			((uint32_t *)values)[at] = (uint32_t)v;
			break;
		case TRYST_TYPE_u64:
			((uint64_t *)values)[at] = v;
			break;
		case TRYST_TYPE_time:
			((int64_t *)values)[at] = (int64_t)v;
			break;
		case TRYST_TYPE_ip:
			((struct tryst_ip *)values)[at] =
				(struct tryst_ip){ row->ip[field].hi & known,
				                   row->ip[field].lo & known };
			break;
		}
	}
}
