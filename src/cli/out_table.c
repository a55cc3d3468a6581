/* SPDX-License-Identifier: Apache-2.0 */
/* The table for people: the widest layout that the terminal has room for, in the words of fmt. */
#include "cli/rows.h"

static int
table_open(struct tryst_rows *rows, const char *arg, struct tryst_error *err)
{
	/* IPv6 is never shortened: it stands out of line in all but the widest. */
	static const struct {
		unsigned width;
		const char *fmt;
	} layouts[] = {
		{ 158, "%ts %8td %pr %45sap -> %45dap %flg %7pkt %7byt" },
		{ 110, "%ts %8td %pr %sap -> %dap %flg %7pkt %7byt" },
		{ 101, "%ts %pr %sap -> %dap %flg %7pkt %7byt" },
		{ 92, "%ts %pr %sap -> %dap %7pkt %7byt" },
		{ 0, "%ts %pr %sap %dap %6byt" },
	};
	size_t i = 0;

	(void)arg;
	while (rows->width < layouts[i].width)
		i++;
	return tryst_out_fmt.open(rows, layouts[i].fmt, err);
}

static void
table_heading(const struct tryst_rows *rows, struct tryst_buf *out)
{
	tryst_out_fmt.heading(rows, out);
}

static char *
table_row(const struct tryst_rows *rows, char *p, const void *const *columns,
          const struct tryst_batch *b, uint32_t row)
{
	return tryst_out_fmt.row(rows, p, columns, b, row);
}

const struct tryst_row_format tryst_out_table = {
	.name = "table",
	.open = table_open,
	.heading = table_heading,
	.row = table_row,
};
