/* SPDX-License-Identifier: Apache-2.0 */
/* Counts over time: what the formats share, CSV and JSON. */
#include "cli/out_series_impl.h"

#include <stdlib.h>

#include "base/suggest.h"
#include "cli/key_text.h"

#define TITLE_MAX 400 /* of a column: eight parts */

uint64_t
tryst_series_value(const struct tryst_series_cell *c, enum tryst_order order, int64_t every_ms)
{
	struct tryst_top_row row = { .flows = c->flows,
		                     .packets = c->packets,
		                     .bytes = c->bytes,
		                     .first_ms = 0,
		                     .last_ms = every_ms };

	return tryst_top_value(&row, order);
}

struct tryst_series_cell
tryst_series_row_sum(const struct tryst_series_answer *a, size_t row)
{
	struct tryst_series_cell sum = { 0 };

	for (size_t i = 0; i < a->table->bins; i++)
		tryst_series_cell_add(&sum, tryst_series_row(a->table, row) + i);
	return sum;
}

struct tryst_series_shown
tryst_series_rows_shown(const struct tryst_series_answer *a)
{
	struct tryst_series_shown s = { .keys = a->table->keys,
		                        .more = { [TRYST_SERIES_TOTAL] = true } };

	for (size_t i = 0; i < TRYST_SERIES_TOTAL && a->spec->part_count; i++) {
		struct tryst_series_cell sum = tryst_series_row_sum(a, s.keys + i);

		s.more[i] = sum.flows | sum.packets | sum.bytes;
	}
	return s;
}

const char *
tryst_series_row_name(const struct tryst_series_answer *a, size_t row)
{
	static const char *const names[] = {
		[TRYST_SERIES_OTHER] = "other",
		[TRYST_SERIES_UNKNOWN] = "unknown",
		[TRYST_SERIES_TOTAL] = "total",
	};

	return row < a->table->keys ? "key" : names[row - a->table->keys];
}

size_t
tryst_series_time_text(const struct tryst_series_answer *a, size_t bin, char between, bool zone,
                       char out[PUT_MAX])
{
	int64_t ms = a->table->first_ms + (int64_t)bin * a->every_ms;
	size_t len = (size_t)(tryst_put_time(out, ms, between, zone) - out);

	if (!zone && a->every_ms % 1000 == 0)
		len -= strlen(".000");
	out[len] = '\0';
	return len;
}

static void
render_csv(const struct tryst_series_answer *a, struct tryst_buf *out)
{
	size_t rows = a->table->keys + TRYST_SERIES_MORE;
	unsigned parts = a->spec->part_count;
	struct tryst_series_shown shown = tryst_series_rows_shown(a);
	char text[TITLE_MAX];

	tryst_buf_str(out, "start,");
	for (unsigned i = 0; i < parts; i++)
		tryst_buf_printf(out, "%s%s,", i ? "" : "row,", tryst_key_name(a->spec, i, text));
	tryst_buf_printf(
		out, "flows,packets,bytes%s%s\n", tryst_series_is_rate(a->spec->order) ? "," : "",
		tryst_series_is_rate(a->spec->order) ? tryst_order_name(a->spec->order) : "");
	for (size_t at = 0; at < a->table->bins * rows; at++) {
		size_t bin = at / rows, row = at % rows;
		const struct tryst_series_cell *c = tryst_series_row(a->table, row) + bin;

		if (!tryst_series_row_shown(&shown, row))
			continue;
		(void)tryst_series_time_text(a, bin, 'T', true, text);
		tryst_buf_printf(out, "%s,%s%s", text, parts ? tryst_series_row_name(a, row) : "",
		                 parts ? "," : "");
		for (unsigned i = 0; i < parts; i++) {
			*text = '\0';
			if (row < a->table->keys && tryst_key_known(&a->keys[row], i))
				tryst_key_text(a->spec, &a->keys[row], i, text);
			tryst_buf_printf(out, "%s,", text);
		}
		tryst_buf_printf(out, "%llu,%llu,%llu", (unsigned long long)c->flows,
		                 (unsigned long long)c->packets, (unsigned long long)c->bytes);
		if (tryst_series_is_rate(a->spec->order))
			tryst_buf_printf(out, ",%llu",
			                 (unsigned long long)tryst_series_value(c, a->spec->order,
			                                                        a->every_ms));
		tryst_buf_char(out, '\n');
	}
}

static void
json_cell(struct tryst_json *j, const struct tryst_series_cell *c)
{
	tryst_json_key_u64(j, "flows", c->flows);
	tryst_json_key_u64(j, "packets", c->packets);
	tryst_json_key_u64(j, "bytes", c->bytes);
}

static void
json_line(const struct tryst_series_answer *a, size_t bin, size_t row, struct tryst_buf *out)
{
	const struct tryst_series_cell *c = tryst_series_row(a->table, row) + bin;
	struct tryst_json j;

	tryst_json_init(&j, out, 0);
	tryst_json_object(&j);
	tryst_json_key_str(&j, "type", tryst_series_row_name(a, row));
	tryst_json_key_u64(&j, "schema", 1);
	tryst_json_key_time(&j, "start", a->table->first_ms + (int64_t)bin * a->every_ms);
	if (row < a->table->keys) {
		tryst_json_key_u64(&j, "rank", row + 1);
		tryst_key_json(&j, a->spec, &a->keys[row]);
	}
	json_cell(&j, c);
	if (tryst_series_is_rate(a->spec->order))
		tryst_json_key_u64(&j, tryst_order_name(a->spec->order),
		                   tryst_series_value(c, a->spec->order, a->every_ms));
	tryst_json_end(&j);
	tryst_buf_char(out, '\n');
}

/* The last line: what was asked, and what is in no bin. */
static void
json_summary(const struct tryst_series_answer *a, struct tryst_buf *out)
{
	const struct tryst_series_apart *apart = &a->table->apart;
	struct tryst_series_cell total = tryst_series_row_sum(a, tryst_series_row_total(a));
	struct tryst_json j;

	tryst_json_init(&j, out, 0);
	tryst_json_object(&j);
	tryst_json_key_str(&j, "type", "series");
	tryst_json_key_u64(&j, "schema", 1);
	if (a->spec->part_count) {
		tryst_json_key_str(&j, "key", a->spec->title);
		tryst_json_key_u64(&j, "groups", a->groups);
	}
	tryst_json_key_str(&j, "by", tryst_order_name(a->spec->order));
	tryst_json_key_str(&j, "at", a->at);
	tryst_json_key_i64(&j, "every_ms", a->every_ms);
	tryst_json_key_u64(&j, "steps", a->table->bins);
	json_cell(&j, &total);
	tryst_json_key_object(&j, "untimed");
	json_cell(&j, &apart->untimed);
	tryst_json_end(&j);
	tryst_json_key_object(&j, "outside");
	json_cell(&j, &apart->outside);
	tryst_json_end(&j);
	tryst_json_key_u64(&j, "too_long", apart->too_long);
	tryst_json_end(&j);
	tryst_buf_char(out, '\n');
}

static void
render_json(const struct tryst_series_answer *a, struct tryst_buf *out)
{
	size_t rows = a->table->keys + TRYST_SERIES_MORE;
	struct tryst_series_shown shown = tryst_series_rows_shown(a);

	for (size_t at = 0; at < a->table->bins * rows; at++) {
		if (tryst_series_row_shown(&shown, at % rows))
			json_line(a, at / rows, at % rows, out);
	}
	json_summary(a, out);
}

const struct tryst_series_format *
tryst_series_format_find(const char *name, struct tryst_error *err)
{
	static const char *const names[] = { "table", "json", "csv", NULL };
	static const struct tryst_series_format formats[] = {
		{ "table", tryst_series_render_table },
		{ "json", render_json },
		{ "csv", render_csv },
	};
	unsigned i;

	return tryst_suggest_index(name, names, "format", &i, err) < 0 ? NULL : &formats[i];
}
