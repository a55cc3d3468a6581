/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON Lines: an object a record, schema 1.  An unknown value is absent; numbers are plain; times
 * are RFC 3339 UTC.
 */
#include "cli/rows.h"

static const char opening[] = "{\"type\":\"flow\",\"schema\":1";

/* The key of each cell becomes the text before it. */
static int
json_open(struct tryst_rows *rows, const char *arg, struct tryst_error *err)
{
	int rc = tryst_rows_select(rows, arg, err);

	for (unsigned i = 0; i < rows->count && rc == 0; i++) {
		struct tryst_slot *slot = &rows->slots[i];

		slot->before = rows->texts.len;
		tryst_buf_printf(&rows->texts, ",\"%s\":", slot->cell.name);
		slot->before_len = rows->texts.len - slot->before;
	}
	return rc;
}

static char *
json_row(const struct tryst_rows *rows, char *p, const void *const *columns,
         const struct tryst_batch *b, uint32_t row)
{
	memcpy(p, opening, sizeof(opening) - 1);
	p += sizeof(opening) - 1;
	for (unsigned i = 0; i < rows->count; i++) {
		const struct tryst_slot *slot = &rows->slots[i];

		if (!tryst_slot_known(slot, b, row))
			continue;
		p = tryst_slot_before(rows, slot, p);
		if (slot->cell.text)
			*p++ = '"';
		p = slot->cell.put(p, columns[i], b, row);
		if (slot->cell.text)
			*p++ = '"';
	}
	*p++ = '}';
	*p++ = '\n';
	return p;
}

const struct tryst_row_format tryst_out_json = {
	.name = "json",
	.arg = "FIELD,...",
	.open = json_open,
	.row = json_row,
};
