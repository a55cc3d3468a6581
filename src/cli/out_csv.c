/* SPDX-License-Identifier: Apache-2.0 */
/* CSV by RFC 4180 with a header; no value ever needs quotes, an unknown one is empty. */
#include "cli/rows.h"

static int
csv_open(struct tryst_rows *rows, const char *arg, struct tryst_error *err)
{
	return tryst_rows_select(rows, arg, err);
}

static void
csv_heading(const struct tryst_rows *rows, struct tryst_buf *out)
{
	for (unsigned i = 0; i < rows->count; i++) {
		tryst_buf_str(out, i ? "," : "");
		tryst_buf_str(out, rows->slots[i].cell.name);
	}
	tryst_buf_char(out, '\n');
}

static char *
csv_row(const struct tryst_rows *rows, char *p, const void *const *columns,
        const struct tryst_batch *b, uint32_t row)
{
	for (unsigned i = 0; i < rows->count; i++) {
		const struct tryst_slot *slot = &rows->slots[i];

		if (i)
			*p++ = ',';
		if (tryst_slot_known(slot, b, row))
			p = slot->cell.put(p, columns[i], b, row);
	}
	*p++ = '\n';
	return p;
}

const struct tryst_row_format tryst_out_csv = {
	.name = "csv",
	.arg = "FIELD,...",
	.open = csv_open,
	.heading = csv_heading,
	.row = csv_row,
};
