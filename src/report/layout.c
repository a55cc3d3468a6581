/* SPDX-License-Identifier: Apache-2.0 */
#include "report/layout.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define CELL_GAP 2
#define FOLD_INDENT 4

void
tryst_layout_number(struct tryst_buf *b, uint64_t v)
{
	char digits[32];
	size_t at = sizeof(digits);
	unsigned n = 0;

	do {
		if (n && n % 3 == 0)
			digits[--at] = ',';
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
		n++;
	} while (v);
	tryst_buf_add(b, digits + at, sizeof(digits) - at);
}

void
tryst_layout_count(struct tryst_buf *b, uint64_t v, const char *one)
{
	size_t len = strlen(one);

	tryst_layout_number(b, v);
	tryst_buf_char(b, ' ');
	if (v != 1 && len && one[len - 1] == 'y')
		tryst_buf_printf(b, "%.*sies", (int)(len - 1), one);
	else
		tryst_buf_printf(b, "%s%s", one, v == 1 ? "" : "s");
}

/* The bytes and the columns of the character at text, which is valid UTF-8. */
static size_t
character(const char *text, size_t left, size_t *columns)
{
	size_t n = tryst_utf8_len(text, left);

	*columns = n >= 3 && (uint8_t)text[0] >= 0xe1 ? 2 : 1;
	return n ? n : 1;
}

size_t
tryst_layout_columns(const char *text, size_t len)
{
	size_t columns, sum = 0;

	for (size_t i = 0; i < len; sum += columns)
		i += character(text + i, len - i, &columns);
	return sum;
}

/* How many bytes of text fill at most max columns. */
static size_t
fitting(const char *text, size_t len, size_t max)
{
	size_t columns, n, at = 0;

	while (at < len) {
		n = character(text + at, len - at, &columns);
		if (columns > max)
			break;
		max -= columns;
		at += n;
	}
	return at;
}

void
tryst_layout_clip(struct tryst_buf *b, const char *text, size_t max)
{
	struct tryst_buf safe = { 0 };
	size_t len;

	assert(max > 3);
	tryst_buf_safe(&safe, text, strlen(text));
	b->failed |= safe.failed;
	if (safe.failed || !safe.len)
		goto out;
	if (tryst_layout_columns(safe.data, safe.len) <= max) {
		tryst_buf_add(b, safe.data, safe.len);
		goto out;
	}
	len = fitting(safe.data, safe.len, max - 3);
	tryst_buf_add(b, safe.data, len);
	tryst_buf_str(b, "...");
out:
	tryst_buf_fini(&safe);
}

static void
blanks(struct tryst_buf *b, size_t n)
{
	for (; n; n--)
		tryst_buf_char(b, ' ');
}

void
tryst_layout_wrap(struct tryst_buf *b, unsigned width, unsigned first, unsigned rest,
                  const char *text)
{
	size_t used = first;
	bool fresh = true; /* nothing but the indent stands on the line */

	blanks(b, first);
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t len = strcspn(text, " ");
		size_t columns = tryst_layout_columns(text, len);

		if (!fresh && used + 1 + columns > width) {
			tryst_buf_char(b, '\n');
			blanks(b, rest);
			used = rest;
			fresh = true;
		}
		if (!fresh) {
			tryst_buf_char(b, ' ');
			used++;
		}
		if (used + columns > width) {
			len = fitting(text, len, width > used ? width - used : 1);
			columns = width;
		}
		len = len ? len : 1;
		tryst_buf_add(b, text, len);
		text += len;
		used += columns;
		fresh = false;
	}
	tryst_buf_char(b, '\n');
}

void
tryst_table_init(struct tryst_table *t, const struct tryst_table_column *columns, unsigned count)
{
	assert(count && count <= TRYST_TABLE_COLUMNS_MAX);
	*t = (struct tryst_table){ .columns = columns, .count = count };
}

void
tryst_table_fini(struct tryst_table *t)
{
	tryst_buf_fini(&t->text);
}

void
tryst_table_cell(struct tryst_table *t, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	p = n < 0 ? NULL : tryst_buf_reserve(&t->text, (size_t)n + 1);
	if (!p)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	t->text.len += (size_t)n + 1;
	t->cells++;
}

void
tryst_table_number(struct tryst_table *t, uint64_t v)
{
	tryst_layout_number(&t->text, v);
	tryst_buf_add(&t->text, "", 1);
	t->cells++;
}

/* The width of each column, 0 for those without text. */
static void
table_widths(const struct tryst_table *t, size_t *widths)
{
	const char *cell = t->text.data;

	for (unsigned c = 0; c < t->count; c++)
		widths[c] = 0;
	for (size_t i = 0; i < t->cells; i++, cell += strlen(cell) + 1) {
		size_t *w = &widths[i % t->count];

		*w = TRYST_MAX(*w, tryst_layout_columns(cell, strlen(cell)));
	}
	for (unsigned c = 0; c < t->count; c++) {
		if (widths[c])
			widths[c] = TRYST_MAX(widths[c], strlen(t->columns[c].title));
	}
}

/* Marks the columns that begin a further line. */
static void
table_folds(const struct tryst_table *t, const size_t *widths, unsigned width, unsigned indent,
            bool *folds)
{
	size_t used = indent;
	bool fresh = true;

	for (unsigned c = 0; c < t->count; c++) {
		folds[c] = false;
		if (!widths[c])
			continue;
		if (!fresh && used + CELL_GAP + widths[c] > width) {
			folds[c] = true;
			used = indent + FOLD_INDENT;
			fresh = true;
		}
		used += (fresh ? 0 : CELL_GAP) + widths[c];
		fresh = false;
	}
}

/* One row, or the titles.  Blanks are only written once something follows them. */
static void
table_row(const struct tryst_table *t, struct tryst_buf *out, const char *const *cells,
          const size_t *widths, const bool *folds, unsigned indent)
{
	size_t due = indent;

	for (unsigned c = 0; c < t->count; c++) {
		size_t len = strlen(cells[c]);
		size_t pad = widths[c] - TRYST_MIN(widths[c], tryst_layout_columns(cells[c], len));

		if (!widths[c])
			continue;
		if (folds[c]) {
			tryst_buf_char(out, '\n');
			due = indent + FOLD_INDENT;
		}
		if (t->columns[c].right)
			due += pad;
		if (len) {
			blanks(out, due);
			tryst_buf_add(out, cells[c], len);
			due = 0;
		}
		due += CELL_GAP + (t->columns[c].right ? 0 : pad);
	}
	tryst_buf_char(out, '\n');
}

void
tryst_table_print(const struct tryst_table *t, struct tryst_buf *out, unsigned width,
                  unsigned indent)
{
	const char *cells[TRYST_TABLE_COLUMNS_MAX], *next = t->text.data;
	size_t widths[TRYST_TABLE_COLUMNS_MAX];
	bool folds[TRYST_TABLE_COLUMNS_MAX];

	out->failed |= t->text.failed;
	if (t->text.failed || !t->cells)
		return;
	assert(t->cells % t->count == 0);
	table_widths(t, widths);
	table_folds(t, widths, width, indent, folds);
	for (unsigned c = 0; c < t->count; c++)
		cells[c] = t->columns[c].title;
	table_row(t, out, cells, widths, folds, indent);
	for (size_t row = 0; row < t->cells / t->count; row++) {
		for (unsigned c = 0; c < t->count; c++, next += strlen(next) + 1)
			cells[c] = next;
		table_row(t, out, cells, widths, folds, indent);
	}
}
