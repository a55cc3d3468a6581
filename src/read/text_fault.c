/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines that are no rows: what they are, or what is wrong with them.
 */
#include "read/text.h"

#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 32

/* A piece of the input that a message may show: not much, and nothing that moves a cursor. */
static void
cell_show(struct tryst_text_cell c, char out[SHOWN_MAX + 4])
{
	size_t n = TRYST_MIN(c.len, (size_t)SHOWN_MAX);

	for (size_t i = 0; i < n; i++)
		out[i] = c.text[i] >= ' ' && c.text[i] <= '~' ? c.text[i] : '?';
	(void)snprintf(out + n, SHOWN_MAX + 4 - n, "%s", c.len > n ? "..." : "");
}

void
tryst_text_fault_format(const struct tryst_text_fault *f, const struct tryst_text_table *t,
                        char out[TRYST_TEXT_FAULT_MAX])
{
	char found[SHOWN_MAX + 4];

	cell_show(f->cell, found);
	if (f->column)
		(void)snprintf(out, TRYST_TEXT_FAULT_MAX, "column %u: expected %s, found \"%s\"",
		               f->column, f->expected, found);
	else if (f->expected)
		(void)snprintf(out, TRYST_TEXT_FAULT_MAX, "expected %s, found none", f->expected);
	else
		(void)snprintf(out, TRYST_TEXT_FAULT_MAX, "expected %u columns, found %u",
		               t->columns, f->cells);
}

bool
tryst_text_is_footer(const char *text, size_t len)
{
	static const char *const begins[] = {
		"Summary",      "flows,bytes,packets,",   "No match",
		"Time window:", "Total flows processed:", "Sys: ",
	};
	unsigned commas = 0;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(begins); i++) {
		size_t begin = strlen(begins[i]);

		if (len >= begin && memcmp(text, begins[i], begin) == 0)
			return true;
	}
	/* The summary's values: six numbers. */
	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		commas += c == ',';
		if (c != ',' && c != '.' && (c < '0' || c > '9'))
			return false;
	}
	return commas == 5;
}
