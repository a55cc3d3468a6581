/* SPDX-License-Identifier: Apache-2.0 */
/* Counts over time as a table: a column a row of the answer, and a line of bars for each. */
#include <stdlib.h>

#include "cli/key_text.h"
#include "cli/out_series_impl.h"
#include "report/layout.h"

#define GAP 2          /* blanks between columns */
#define TITLE_MAX 400  /* of a column: eight parts */
#define SPARKS_MIN 8   /* bars a line, at least */
#define SPARK_LEVELS 8 /* U+2581 to U+2588 */

/* A step as people write it: 5m, 90s, 1d. */
static void
step_text(int64_t ms, char out[PUT_MAX])
{
	static const struct {
		int64_t ms;
		const char *unit;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" } };
	const char *unit = "ms";
	char *p = out;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(units); i++) {
		if (ms % units[i].ms == 0) {
			ms /= units[i].ms;
			unit = units[i].unit;
			break;
		}
	}
	p = put_u64(p, (uint64_t)ms);
	(void)stpcpy(p, unit);
}

/* What a column shows: one row of the answer in one of its numbers. */
struct column {
	size_t row;
	enum tryst_order order;
	const char *title; /* NULL: the key's */
	size_t width;
};

struct grid {
	const struct tryst_series_answer *a;
	struct column *columns;
	size_t count;
};

static void
column_title(const struct tryst_series_answer *a, const struct column *c, char out[TITLE_MAX])
{
	char *p = out, text[PUT_MAX];

	if (c->title) {
		(void)stpcpy(out, c->title);
		return;
	}
	for (unsigned i = 0; i < a->spec->part_count; i++) {
		tryst_key_words(a->spec, &a->keys[c->row], i, a->plain, text);
		p = stpcpy(stpcpy(p, i ? "," : ""), text);
	}
}

static void
number_text(const struct tryst_series_answer *a, uint64_t v, char out[PUT_MAX])
{
	*(a->scale ? tryst_put_scaled(out, (double)v) : put_u64(out, v)) = '\0';
}

/* The number of a column in a bin; behind the last, of all bins together. */
static void
cell_text(const struct grid *g, const struct column *c, size_t bin, char out[PUT_MAX])
{
	const struct tryst_series_answer *a = g->a;
	struct tryst_series_cell sum;

	if (bin < a->table->bins) {
		sum = tryst_series_row(a->table, c->row)[bin];
		number_text(a, tryst_series_value(&sum, c->order, a->every_ms), out);
		return;
	}
	sum = tryst_series_row_sum(a, c->row);
	number_text(a, tryst_series_value(&sum, c->order, a->every_ms * (int64_t)a->table->bins),
	            out);
}

static void
column_add(struct grid *g, size_t row, enum tryst_order order, const char *title)
{
	struct column *c = &g->columns[g->count++];
	char text[TITLE_MAX];

	*c = (struct column){ .row = row, .order = order, .title = title };
	column_title(g->a, c, text);
	c->width = strlen(text);
	for (size_t bin = 0; bin <= g->a->table->bins; bin++) {
		cell_text(g, c, bin, text);
		c->width = TRYST_MAX(c->width, strlen(text));
	}
}

/* Without a key: flows, packets, bytes, and the rate asked for.  Else a column a row. */
static void
columns_make(struct grid *g)
{
	const struct tryst_series_answer *a = g->a;
	size_t rows = a->table->keys + TRYST_SERIES_MORE;
	struct tryst_series_shown shown = tryst_series_rows_shown(a);

	if (a->spec->part_count) {
		for (size_t row = 0; row < rows; row++) {
			if (tryst_series_row_shown(&shown, row))
				column_add(g, row, a->spec->order,
				           row < a->table->keys ? NULL
				                                : tryst_series_row_name(a, row));
		}
		return;
	}
	for (enum tryst_order o = TRYST_ORDER_FLOWS; o <= TRYST_ORDER_BYTES; o++)
		column_add(g, tryst_series_row_total(a), o, tryst_order_name(o));
	if (tryst_series_is_rate(a->spec->order))
		column_add(g, tryst_series_row_total(a), a->spec->order,
		           tryst_order_name(a->spec->order));
}

/* --- printing it --- */

static void
blanks(struct tryst_buf *out, size_t n)
{
	while (n--)
		tryst_buf_char(out, ' ');
}

static void
right(struct tryst_buf *out, const char *text, size_t width)
{
	size_t len = strlen(text);

	blanks(out, GAP + (width > len ? width - len : 0));
	tryst_buf_str(out, text);
}

/* One line of the columns from `from` to `to`. */
static void
line_print(const struct grid *g, size_t bin, const char *head, size_t head_width, size_t from,
           size_t to, struct tryst_buf *out)
{
	char text[PUT_MAX];

	tryst_buf_str(out, head);
	blanks(out, head_width - strlen(head));
	for (size_t c = from; c < to; c++) {
		cell_text(g, &g->columns[c], bin, text);
		right(out, text, g->columns[c].width);
	}
	tryst_buf_char(out, '\n');
}

/* As many columns as the width holds, at least one; what does not fit follows below. */
static size_t
block_print(const struct grid *g, size_t from, struct tryst_buf *out)
{
	static const char heading[] = "start (UTC)";
	const struct tryst_series_answer *a = g->a;
	char text[TITLE_MAX];
	size_t head =
		a->table->bins ? tryst_series_time_text(a, 0, ' ', false, text) : strlen(heading);
	size_t to = from, width = head;

	while (to < g->count && (to == from || width + GAP + g->columns[to].width <= a->width))
		width += GAP + g->columns[to++].width;
	tryst_buf_str(out, heading);
	blanks(out, head - strlen(heading));
	for (size_t c = from; c < to; c++) {
		column_title(a, &g->columns[c], text);
		right(out, text, g->columns[c].width);
	}
	tryst_buf_char(out, '\n');
	for (size_t bin = 0; bin < a->table->bins; bin++) {
		(void)tryst_series_time_text(a, bin, ' ', false, text);
		line_print(g, bin, text, head, from, to, out);
	}
	line_print(g, a->table->bins, "all", head, from, to, out);
	return to;
}

/* The largest number among the bins that a bar stands for. */
static uint64_t
spark_value(const struct grid *g, const struct column *c, size_t bar, size_t bars)
{
	size_t bins = g->a->table->bins;
	uint64_t most = 0;

	for (size_t bin = bins * bar / bars; bin < bins * (bar + 1) / bars; bin++) {
		uint64_t v = tryst_series_value(tryst_series_row(g->a->table, c->row) + bin,
		                                c->order, g->a->every_ms);

		most = TRYST_MAX(most, v);
	}
	return most;
}

/* A line of bars, the largest of all columns the highest; nothing is no bar. */
static void
spark_print(const struct grid *g, const struct column *c, size_t bars, uint64_t top,
            struct tryst_buf *out)
{
	for (size_t bar = 0; bar < bars; bar++) {
		uint64_t v = spark_value(g, c, bar, bars);
		unsigned level;

		if (!v) {
			tryst_buf_char(out, ' ');
			continue;
		}
		level = (unsigned)((double)v / (double)top * (SPARK_LEVELS - 1) + 0.5);
		tryst_buf_add(out, (const char[]){ '\xe2', '\x96', (char)(0x81 + level) }, 3);
	}
	tryst_buf_char(out, '\n');
}

static bool
has_spark(const struct grid *g, size_t c)
{
	return g->a->spec->part_count || g->columns[c].order == g->a->spec->order;
}

static void
sparks_print(const struct grid *g, struct tryst_buf *out)
{
	size_t name = 0, bars = g->a->table->bins;
	uint64_t top = 0;
	char text[TITLE_MAX];

	for (size_t c = 0; c < g->count; c++) {
		column_title(g->a, &g->columns[c], text);
		if (has_spark(g, c))
			name = TRYST_MAX(name, strlen(text));
	}
	if (!bars || g->a->width < name + GAP + SPARKS_MIN)
		return;
	bars = TRYST_MIN(bars, g->a->width - name - GAP);
	for (size_t c = 0; c < g->count; c++) {
		for (size_t bar = 0; bar < bars && has_spark(g, c); bar++) {
			uint64_t v = spark_value(g, &g->columns[c], bar, bars);

			top = TRYST_MAX(top, v);
		}
	}
	for (size_t c = 0; c < g->count; c++) {
		if (!has_spark(g, c))
			continue;
		column_title(g->a, &g->columns[c], text);
		tryst_buf_str(out, text);
		blanks(out, name - strlen(text) + GAP);
		spark_print(g, &g->columns[c], bars, top, out);
	}
	tryst_buf_char(out, '\n');
}

static void
heading_print(const struct tryst_series_answer *a, struct tryst_buf *out)
{
	char step[PUT_MAX];

	step_text(a->every_ms, step);
	tryst_buf_str(out, a->colour ? "\033[1m" : "");
	if (a->spec->part_count)
		tryst_buf_printf(out, "%zu of %llu %s by %s", a->table->keys,
		                 (unsigned long long)a->groups, a->spec->title,
		                 tryst_order_name(a->spec->order));
	else
		tryst_buf_str(out, "all flows");
	tryst_buf_str(out, ", ");
	tryst_layout_count(out, a->table->bins, "step");
	tryst_buf_printf(out, " of %s, %s%s\n", step, a->at, a->colour ? "\033[0m" : "");
}

void
tryst_series_render_table(const struct tryst_series_answer *a, struct tryst_buf *out)
{
	struct column columns[TRYST_ORDER_COUNT];
	struct grid g = { .a = a, .columns = columns };
	size_t most = a->table->keys + TRYST_SERIES_MORE;

	if (a->spec->part_count)
		g.columns = calloc(most, sizeof(*g.columns));
	if (!g.columns) {
		out->failed = true;
		return;
	}
	columns_make(&g);
	if (!a->quiet)
		heading_print(a, out);
	if (a->sparks)
		sparks_print(&g, out);
	for (size_t from = 0; from < g.count;) {
		if (from)
			tryst_buf_char(out, '\n');
		from = block_print(&g, from, out);
	}
	if (a->spec->part_count)
		free(g.columns);
}
