/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/out_top.h"

#include "base/json.h"
#include "base/suggest.h"
#include "cli/key_text.h"
#include "report/layout.h"

/* Whether the order is by a sum, of which a row has a share. */
static bool
has_share(const struct tryst_top_answer *a)
{
	return a->spec->order <= TRYST_ORDER_BYTES;
}

/* Of nothing there are no shares. */
static bool
share_known(const struct tryst_top_answer *a)
{
	return has_share(a) && tryst_top_value(&a->total, a->spec->order);
}

static double
share(const struct tryst_top_answer *a, const struct tryst_top_row *row)
{
	return (double)tryst_top_value(row, a->spec->order) /
	       (double)tryst_top_value(&a->total, a->spec->order);
}

static bool
has_times(const struct tryst_top_row *row)
{
	return row->first_ms <= row->last_ms;
}

static void
table_count(struct tryst_table *t, const struct tryst_top_answer *a, uint64_t v)
{
	char text[PUT_MAX];

	*(a->scale ? tryst_put_scaled(text, (double)v) : put_u64(text, v)) = '\0';
	tryst_table_cell(t, "%s", text);
}

static void
table_time(struct tryst_table *t, const struct tryst_top_row *row, int64_t ms)
{
	char text[PUT_MAX] = "";

	if (has_times(row))
		*tryst_put_time(text, ms, ' ', false) = '\0';
	tryst_table_cell(t, "%s", text);
}

/* Everything behind the key. */
static void
table_sums(struct tryst_table *t, const struct tryst_top_answer *a, const struct tryst_top_row *row,
           bool times)
{
	table_count(t, a, row->flows);
	table_count(t, a, row->packets);
	table_count(t, a, row->bytes);
	if (share_known(a))
		tryst_table_cell(t, "%.1f%%", 100 * share(a, row));
	else if (has_share(a))
		tryst_table_cell(t, "-");
	else
		table_count(t, a, tryst_top_value(row, a->spec->order));
	if (!times)
		return;
	table_time(t, row, row->first_ms);
	table_time(t, row, row->last_ms);
}

/* A row that is no group: its name stands in the first column of the key. */
static void
table_special(struct tryst_table *t, const struct tryst_top_answer *a,
              const struct tryst_top_row *row, const char *name, bool times)
{
	tryst_table_cell(t, "%s", name);
	for (unsigned i = 1; i < a->spec->part_count; i++)
		tryst_table_cell(t, "%s", "");
	table_sums(t, a, row, times);
}

/* Fills and prints the table; returns how many lines it took. */
static size_t
table_print(const struct tryst_top_answer *a, bool times, struct tryst_buf *out)
{
	struct tryst_table_column columns[TRYST_KEY_PARTS_MAX + 6] = { 0 };
	char names[TRYST_KEY_PARTS_MAX][TRYST_KEY_NAME_MAX], text[PUT_MAX];
	unsigned parts = a->spec->part_count, count = parts;
	const char *order = tryst_order_name(a->spec->order);
	struct tryst_table t;
	size_t lines = 0;

	for (unsigned i = 0; i < parts; i++)
		columns[i].title = tryst_key_name(a->spec, i, names[i]);
	columns[count++] = (struct tryst_table_column){ .title = "flows", .right = true };
	columns[count++] = (struct tryst_table_column){ .title = "packets", .right = true };
	columns[count++] = (struct tryst_table_column){ .title = "bytes", .right = true };
	columns[count++] = (struct tryst_table_column){ .title = has_share(a) ? "share" : order,
		                                        .right = true };
	columns[count++] = (struct tryst_table_column){ .title = "first (UTC)" };
	columns[count++] = (struct tryst_table_column){ .title = "last (UTC)" };
	tryst_table_init(&t, columns, times ? count : count - 2);
	for (size_t r = 0; r < a->count; r++) {
		for (unsigned i = 0; i < parts; i++) {
			tryst_key_words(a->spec, &a->rows[r], i, a->plain, text);
			tryst_table_cell(&t, "%s", text);
		}
		table_sums(&t, a, &a->rows[r], times);
	}
	if (a->unkeyed.flows)
		table_special(&t, a, &a->unkeyed, "unknown", times);
	table_special(&t, a, &a->total, "total", times);
	tryst_table_print(&t, out, a->width, 0);
	tryst_table_fini(&t);
	for (size_t i = 0; i < out->len; i++)
		lines += out->data[i] == '\n';
	return lines;
}

/* The times go where there is no room for them: a line a row is easier to read. */
static void
render_table(const struct tryst_top_answer *a, struct tryst_buf *out)
{
	size_t lines = a->count + 2 + (a->unkeyed.flows != 0);
	struct tryst_buf table = { 0 };

	if (!a->quiet)
		tryst_buf_printf(out, "%s%zu of %llu %s by %s%s\n", a->colour ? "\033[1m" : "",
		                 a->count, (unsigned long long)a->groups, a->spec->title,
		                 tryst_order_name(a->spec->order), a->colour ? "\033[0m" : "");
	if (a->spec->part_count + 6 > TRYST_TABLE_COLUMNS_MAX ||
	    table_print(a, true, &table) > lines) {
		tryst_buf_clear(&table);
		(void)table_print(a, false, &table);
	}
	tryst_buf_add(out, table.data, table.len);
	out->failed |= table.failed;
	tryst_buf_fini(&table);
}

static void
csv_heading(const struct tryst_top_answer *a, struct tryst_buf *out)
{
	char name[TRYST_KEY_NAME_MAX];

	for (unsigned i = 0; i < a->spec->part_count; i++)
		tryst_buf_printf(out, "%s,", tryst_key_name(a->spec, i, name));
	tryst_buf_printf(out, "flows,packets,bytes,%s,first,last\n",
	                 has_share(a) ? "share" : tryst_order_name(a->spec->order));
}

static void
csv_time(struct tryst_buf *out, const struct tryst_top_row *row, int64_t ms)
{
	char text[PUT_MAX];

	tryst_buf_char(out, ',');
	if (has_times(row))
		tryst_buf_add(out, text, (size_t)(tryst_put_time(text, ms, 'T', true) - text));
}

static void
render_csv(const struct tryst_top_answer *a, struct tryst_buf *out)
{
	csv_heading(a, out);
	for (size_t r = 0; r < a->count; r++) {
		const struct tryst_top_row *row = &a->rows[r];

		for (unsigned i = 0; i < a->spec->part_count; i++) {
			char text[PUT_MAX] = "";

			if (tryst_key_known(row, i))
				tryst_key_text(a->spec, row, i, text);
			tryst_buf_printf(out, "%s,", text);
		}
		tryst_buf_printf(out, "%llu,%llu,%llu,", (unsigned long long)row->flows,
		                 (unsigned long long)row->packets, (unsigned long long)row->bytes);
		if (share_known(a))
			tryst_buf_printf(out, "%.6f", share(a, row));
		else if (!has_share(a))
			tryst_buf_u64(out, tryst_top_value(row, a->spec->order));
		csv_time(out, row, row->first_ms);
		csv_time(out, row, row->last_ms);
		tryst_buf_char(out, '\n');
	}
}

static void
json_sums(struct tryst_json *j, const struct tryst_top_row *row)
{
	tryst_json_key_u64(j, "flows", row->flows);
	tryst_json_key_u64(j, "packets", row->packets);
	tryst_json_key_u64(j, "bytes", row->bytes);
	if (!has_times(row))
		return;
	tryst_json_key_time(j, "first", row->first_ms);
	tryst_json_key_time(j, "last", row->last_ms);
}

static void
json_begin(struct tryst_json *j, struct tryst_buf *out, const char *type)
{
	tryst_json_init(j, out, 0);
	tryst_json_object(j);
	tryst_json_key_str(j, "type", type);
	tryst_json_key_u64(j, "schema", 1);
}

static void
json_end(struct tryst_json *j, struct tryst_buf *out)
{
	tryst_json_end(j);
	tryst_buf_char(out, '\n');
}

static void
render_json(const struct tryst_top_answer *a, struct tryst_buf *out)
{
	const char *order = tryst_order_name(a->spec->order);
	struct tryst_json j;

	for (size_t r = 0; r < a->count; r++) {
		json_begin(&j, out, "top");
		tryst_json_key_u64(&j, "rank", r + 1);
		tryst_key_json(&j, a->spec, &a->rows[r]);
		json_sums(&j, &a->rows[r]);
		if (share_known(a))
			tryst_json_key_real(&j, "share", share(a, &a->rows[r]));
		else if (!has_share(a))
			tryst_json_key_u64(&j, order, tryst_top_value(&a->rows[r], a->spec->order));
		json_end(&j, out);
	}
	if (a->unkeyed.flows) {
		json_begin(&j, out, "unknown");
		json_sums(&j, &a->unkeyed);
		json_end(&j, out);
	}
	json_begin(&j, out, "total");
	tryst_json_key_str(&j, "key", a->spec->title);
	tryst_json_key_str(&j, "by", order);
	tryst_json_key_u64(&j, "groups", a->groups);
	json_sums(&j, &a->total);
	json_end(&j, out);
}

const struct tryst_top_format *
tryst_top_format_find(const char *name, struct tryst_error *err)
{
	static const char *const names[] = { "table", "json", "csv", NULL };
	static const struct tryst_top_format formats[] = {
		{ "table", render_table },
		{ "json", render_json },
		{ "csv", render_csv },
	};
	unsigned i;

	return tryst_suggest_index(name, names, "format", &i, err) < 0 ? NULL : &formats[i];
}
