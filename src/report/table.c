/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "report/layout.h"

#define CELL_GAP 2
#define FOLD_INDENT 4

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
	bool brief;     /* large numbers are rounded */
	unsigned spare; /* columns of this rank and below are left out */
	unsigned gap, indent;
};

#define BRIEF_MAX 8
#define BRIEF_FROM 10000

/* "134,717,795+" as "135M+"; what is no number, or a small one, as it is. */
static const char *
brief(const char *text, char out[BRIEF_MAX])
{
	uint64_t v = 0;
	double x;
	size_t unit = 0, len = strspn(text, "0123456789,");

	for (size_t i = 0; i < len; i++)
		v = text[i] == ',' ? v : 10 * v + (uint64_t)(text[i] - '0');
	if (strcmp(text + len, "") != 0 && strcmp(text + len, "+") != 0)
		return text;
	if (v < BRIEF_FROM)
		return text;
	for (x = (double)v / 1000; x >= 999.5; x /= 1000)
		unit++;
	(void)snprintf(out, BRIEF_MAX, "%.*f%c%s",
	               x < 9.995   ? 2
	               : x < 99.95 ? 1
	                           : 0,
	               x, "kMGTPE"[unit], text + len);
	return out;
}

static const char *
cell_text(const struct tryst_table *t, const struct plan *plan, unsigned c, const char *text,
          char out[BRIEF_MAX])
{
	return plan->brief && t->narrow[c].brief ? brief(text, out) : text;
}

static bool
is_spared(const struct tryst_table *t, const struct plan *plan, unsigned c)
{
	return plan->spare && t->narrow[c].spare && t->narrow[c].spare <= plan->spare;
}

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
	char out[BRIEF_MAX];
	unsigned end;

	memset(plan->widths, 0, sizeof(plan->widths));
	for (size_t i = 0; i < t->cells; i++, cell += strlen(cell) + 1) {
		unsigned c = (unsigned)(i % t->count);
		const char *text = cell_text(t, plan, c, cell, out);

		if (!is_spared(t, plan, c))
			plan->widths[c] = TRYST_MAX(plan->widths[c],
			                            tryst_layout_columns(text, strlen(text)));
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

			tryst_layout_blanks(out, due);
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
			tryst_layout_blanks(out, due - strlen(title));
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

/* With the narrow gap, under which group titles must fit, too. */
static void
plan_try(const struct tryst_table *t, struct plan *plan, bool is_brief, unsigned spare,
         unsigned width)
{
	plan->gap = 1;
	plan->brief = is_brief;
	plan->spare = spare;
	plan_widths(t, plan);
	plan_folds(t, plan, width);
}

/* What loses least: one blank between columns; then round numbers; then without what can be
 * spared; and where nothing helps, all of it in several lines a row. */
static void
plan_make(const struct tryst_table *t, struct plan *plan, unsigned width)
{
	unsigned most = 0;

	for (unsigned c = 0; t->narrow && c < t->count; c++)
		most = TRYST_MAX(most, t->narrow[c].spare);
	plan_try(t, plan, false, 0, width);
	for (unsigned spare = 0; plan->folded && t->narrow && spare <= most; spare++)
		plan_try(t, plan, true, spare, width);
	if (plan->folded && plan->brief)
		plan_try(t, plan, false, 0, width);
	if (plan->folded || plan->brief)
		return;
	plan->gap = CELL_GAP;
	plan_folds(t, plan, width);
	if (plan->folded) {
		plan->gap = 1;
		plan_folds(t, plan, width);
	}
}

/* Which columns are left out, and how wide a page would hold them. */
static void
spared_tell(const struct tryst_table *t, const struct plan *plan, struct tryst_buf *out,
            unsigned width)
{
	struct plan whole = { .indent = plan->indent };
	struct tryst_buf b = { 0 };
	unsigned end;

	if (!plan->spare)
		return;
	plan_try(t, &whole, true, 0, UINT_MAX);
	tryst_buf_str(&b, "Not shown:");
	for (unsigned c = 0; c < t->count; c = end) {
		const char *group = t->columns[c].group;

		end = group_end(t, c);
		if (is_spared(t, plan, c) && span(&whole, c, end))
			tryst_buf_printf(&b, "%s %s", b.data[b.len - 1] == ':' ? "" : ",",
			                 group ? group : t->columns[c].title);
	}
	tryst_buf_printf(&b, " (%zu columns hold all).", plan->indent + span(&whole, 0, t->count));
	out->failed |= b.failed;
	if (!b.failed)
		tryst_layout_wrap(out, width, plan->indent, plan->indent, b.data);
	tryst_buf_fini(&b);
}

void
tryst_table_print(const struct tryst_table *t, struct tryst_buf *out, unsigned width,
                  unsigned indent)
{
	const char *cells[TRYST_TABLE_COLUMNS_MAX], *next = t->text.data;
	char briefs[TRYST_TABLE_COLUMNS_MAX][BRIEF_MAX];
	struct plan plan = { .indent = indent };
	unsigned to;

	out->failed |= t->text.failed || t->tones.failed;
	if (t->text.failed || !t->cells)
		return;
	assert(t->cells % t->count == 0);
	plan_make(t, &plan, width);
	table_titles(t, &plan, out);
	for (size_t row = 0; row < t->cells / t->count; row++) {
		for (unsigned c = 0; c < t->count; c++, next += strlen(next) + 1)
			cells[c] = cell_text(t, &plan, c, next, briefs[c]);
		for (unsigned from = 0; from < t->count; from = to) {
			to = line_end(t, &plan, from);
			table_line(t, &plan, out, cells, row * t->count, from, to);
		}
	}
	spared_tell(t, &plan, out, width);
}
