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

/* How far it is to the next blank where a line may end: "1 %" and "p = 1" are kept together, where
 * so many columns hold them. */
static size_t
word_len(const char *text, size_t most)
{
	size_t len = strcspn(text, " ");

	while (text[len] == ' ' &&
	       (text[len + 1] == '%' || text[len + 1] == '=' || (len && text[len - 1] == '='))) {
		size_t longer = len + 1 + strcspn(text + len + 1, " ");

		if (tryst_layout_columns(text, longer) > most)
			break;
		len = longer;
	}
	return len;
}

void
tryst_layout_wrap(struct tryst_buf *b, unsigned width, unsigned first, unsigned rest,
                  const char *text)
{
	size_t used = first;
	bool fresh = true; /* nothing but the indent stands on the line */

	blanks(b, first);
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t len = word_len(text, width > rest ? width - rest : 1);
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
tryst_layout_marked(struct tryst_buf *b, unsigned width, unsigned indent, const char *mark,
                    const char *text)
{
	unsigned below = indent + TRYST_LAYOUT_MARK;
	size_t at = b->len, len = strlen(mark);

	assert(len + CELL_GAP <= TRYST_LAYOUT_MARK);
	tryst_layout_wrap(b, width, below, below, text);
	if (!b->failed)
		memcpy(b->data + at + below - CELL_GAP - len, mark, len);
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
	tryst_buf_fini(&t->tones);
}

void
tryst_table_cell(struct tryst_table *t, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tryst_buf_vprintf(&t->text, fmt, ap);
	va_end(ap);
	tryst_buf_char(&t->text, '\0');
	t->cells += !t->text.failed;
}

void
tryst_table_number(struct tryst_table *t, uint64_t v)
{
	tryst_layout_number(&t->text, v);
	tryst_buf_add(&t->text, "", 1);
	t->cells++;
}

const char *
tryst_tone_begin(enum tryst_tone tone)
{
	static const char *const tones[] = {
		[TRYST_TONE_PLAIN] = "",
		[TRYST_TONE_STRONG] = "\033[1m",
		[TRYST_TONE_ALARM] = "\033[31m",
		[TRYST_TONE_FAINT] = "\033[2m",
	};

	return tones[tone];
}

void
tryst_table_tone(struct tryst_table *t, enum tryst_tone tone)
{
	if (t->text.failed || !t->cells)
		return;
	while (t->tones.len < t->cells && !t->tones.failed)
		tryst_buf_char(&t->tones, TRYST_TONE_PLAIN);
	if (!t->tones.failed)
		t->tones.data[t->cells - 1] = (char)tone;
}

static enum tryst_tone
tone_of(const struct tryst_table *t, size_t cell)
{
	return cell < t->tones.len ? (enum tryst_tone)t->tones.data[cell] : TRYST_TONE_PLAIN;
}

/* How a table is laid out. */
struct plan {
	size_t widths[TRYST_TABLE_COLUMNS_MAX]; /* 0: the column is left out */
	bool folds[TRYST_TABLE_COLUMNS_MAX];    /* it begins a further line */
	bool folded;
	unsigned gap, indent;
};

/* Where the group that begins with column `from` ends; a column without one is its own. */
static unsigned
group_end(const struct tryst_table *t, unsigned from)
{
	unsigned to = from + 1;

	while (to < t->count && t->columns[from].group && t->columns[to].group &&
	       !strcmp(t->columns[from].group, t->columns[to].group))
		to++;
	return to;
}

/* The columns of the page that columns [from, to) take. */
static size_t
span(const struct plan *plan, unsigned from, unsigned to)
{
	size_t sum = 0;

	for (unsigned c = from; c < to; c++) {
		if (plan->widths[c])
			sum += plan->widths[c] + (sum ? plan->gap : 0);
	}
	return sum;
}

static void
plan_widths(const struct tryst_table *t, struct plan *plan)
{
	const char *cell = t->text.data;
	unsigned end;

	for (size_t i = 0; i < t->cells; i++, cell += strlen(cell) + 1) {
		size_t *w = &plan->widths[i % t->count];

		*w = TRYST_MAX(*w, tryst_layout_columns(cell, strlen(cell)));
	}
	for (unsigned c = 0; c < t->count; c++) {
		if (plan->widths[c])
			plan->widths[c] = TRYST_MAX(plan->widths[c], strlen(t->columns[c].title));
	}
	for (unsigned c = 0; c < t->count; c = end) {
		size_t need = t->columns[c].group ? strlen(t->columns[c].group) : 0, has;

		end = group_end(t, c);
		has = span(plan, c, end);
		if (has && has < need)
			plan->widths[c] += need - has;
	}
}

/* Breaks the columns into lines of the width. */
static void
plan_folds(const struct tryst_table *t, struct plan *plan, unsigned width)
{
	size_t used = 0;
	unsigned end;

	plan->folded = false;
	for (unsigned c = 0; c < t->count; c = end) {
		size_t need;

		end = group_end(t, c);
		need = span(plan, c, end);
		plan->folds[c] = used && need && plan->indent + used + plan->gap + need > width;
		if (plan->folds[c])
			plan->folded = true;
		if (plan->folds[c])
			used = FOLD_INDENT + need;
		else if (need)
			used += (used ? plan->gap : 0) + need;
	}
}

/* Where the line that begins with column `from` ends. */
static unsigned
line_end(const struct tryst_table *t, const struct plan *plan, unsigned from)
{
	unsigned to = from + 1;

	while (to < t->count && !plan->folds[to])
		to++;
	return to;
}

/* Columns [from, to) as one line, if they have text; `first` is the number of the row's first cell.
 * Blanks are only written once something follows them. */
static void
table_line(const struct tryst_table *t, const struct plan *plan, struct tryst_buf *out,
           const char *const *cells, size_t first, unsigned from, unsigned to)
{
	size_t due = plan->indent + (from ? FOLD_INDENT : 0);
	bool any = false;

	for (unsigned c = from; c < to; c++) {
		size_t len = strlen(cells[c]);
		size_t columns = tryst_layout_columns(cells[c], len);
		size_t pad = plan->widths[c] - TRYST_MIN(plan->widths[c], columns);

		if (!plan->widths[c])
			continue;
		if (t->columns[c].right)
			due += pad;
		if (len) {
			enum tryst_tone tone = tone_of(t, first + c);

			blanks(out, due);
			tryst_buf_str(out, tryst_tone_begin(tone));
			tryst_buf_add(out, cells[c], len);
			tryst_buf_str(out, tone == TRYST_TONE_PLAIN ? "" : TRYST_TONE_END);
			due = 0;
			any = true;
		}
		due += plan->gap + (t->columns[c].right ? 0 : pad);
	}
	if (any)
		tryst_buf_char(out, '\n');
}

/* The titles of the groups in columns [from, to), each at the right end of its columns. */
static void
table_groups(const struct tryst_table *t, const struct plan *plan, struct tryst_buf *out,
             unsigned from, unsigned to)
{
	size_t due = plan->indent + (from ? FOLD_INDENT : 0);
	unsigned end;
	bool any = false;

	for (unsigned c = from; c < to; c = end) {
		const char *title = t->columns[c].group ? t->columns[c].group : "";
		size_t width;

		end = group_end(t, c);
		width = span(plan, c, end);
		if (!width)
			continue;
		due += width;
		if (*title) {
			blanks(out, due - strlen(title));
			tryst_buf_str(out, title);
			due = 0;
			any = true;
		}
		due += plan->gap;
	}
	if (any)
		tryst_buf_char(out, '\n');
}

static void
table_titles(const struct tryst_table *t, const struct plan *plan, struct tryst_buf *out)
{
	const char *cells[TRYST_TABLE_COLUMNS_MAX];
	unsigned to;

	for (unsigned c = 0; c < t->count; c++)
		cells[c] = t->columns[c].title;
	for (unsigned from = 0; from < t->count; from = to) {
		to = line_end(t, plan, from);
		table_groups(t, plan, out, from, to);
		table_line(t, plan, out, cells, SIZE_MAX / 2, from, to);
	}
}

void
tryst_table_print(const struct tryst_table *t, struct tryst_buf *out, unsigned width,
                  unsigned indent)
{
	const char *cells[TRYST_TABLE_COLUMNS_MAX], *next = t->text.data;
	struct plan plan = { .gap = 1, .indent = indent };
	unsigned to;

	out->failed |= t->text.failed || t->tones.failed;
	if (t->text.failed || !t->cells)
		return;
	assert(t->cells % t->count == 0);
	plan_widths(t, &plan); /* with the narrow gap, under which group titles must fit too */
	plan_folds(t, &plan, width);
	if (!plan.folded) {
		plan.gap = CELL_GAP;
		plan_folds(t, &plan, width);
		plan.gap = plan.folded ? 1 : CELL_GAP;
	}
	if (plan.gap == 1)
		plan_folds(t, &plan, width);
	table_titles(t, &plan, out);
	for (size_t row = 0; row < t->cells / t->count; row++) {
		for (unsigned c = 0; c < t->count; c++, next += strlen(next) + 1)
			cells[c] = next;
		for (unsigned from = 0; from < t->count; from = to) {
			to = line_end(t, &plan, from);
			table_line(t, &plan, out, cells, row * t->count, from, to);
		}
	}
}
