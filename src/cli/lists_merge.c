/* SPDX-License-Identifier: Apache-2.0 */
/* `tryst lists merge`: lists as one. */
#include <string.h>

#include "base/proto.h"
#include "base/time.h"
#include "cli/lists.h"
#include "cli/say.h"
#include "report/layout.h"

/* A field of CSV, quoted where it must be. */
static void
csv_text(struct tryst_buf *b, const char *text)
{
	bool quote = strpbrk(text, ",\"\r\n#") || *text == ' ';

	if (quote)
		tryst_buf_char(b, '"');
	for (const char *p = text; *p; p++) {
		if (*p == '"')
			tryst_buf_char(b, '"');
		tryst_buf_char(b, (unsigned char)*p < ' ' || *p == 0x7f ? ' ' : *p);
	}
	if (quote)
		tryst_buf_char(b, '"');
}

static void
csv_time(struct tryst_buf *b, int64_t ms)
{
	char text[TRYST_TIME_TEXT_MAX];

	tryst_buf_char(b, ',');
	if (ms != TRYST_TIME_MIN && ms != TRYST_TIME_MAX)
		tryst_buf_add(b, text, tryst_time_format(ms, text));
}

/* The columns are ones that a list in CSV is recognised by, so that the output is a list again. */
static void
csv_row(struct tryst_buf *b, const struct tryst_merged *m)
{
	const struct tryst_indicator *i = &m->sum;

	tryst_buf_range(b, i->range);
	tryst_buf_char(b, ',');
	if (i->port)
		tryst_buf_u64(b, i->port);
	tryst_buf_char(b, ',');
	if (i->proto)
		tryst_buf_proto(b, i->proto);
	csv_time(b, i->first_ms);
	csv_time(b, i->last_ms);
	csv_time(b, i->from_ms);
	csv_time(b, i->until_ms);
	tryst_buf_char(b, ',');
	if (i->confidence != TRYST_CONFIDENCE_UNKNOWN)
		tryst_buf_u64(b, i->confidence);
	tryst_buf_printf(b, ",%s,", tryst_tlp_name(i->tlp) ? tryst_tlp_name(i->tlp) : "");
	csv_text(b, i->source);
	tryst_buf_printf(b, ",%u,", m->lists);
	csv_text(b, i->label);
	tryst_buf_char(b, '\n');
}

static void
merge_json(struct tryst_buf *b, const struct tryst_watchlist *w, const struct tryst_merged *list,
           size_t count)
{
	struct tryst_json j;

	tryst_json_init(&j, b, 1);
	tryst_json_object(&j);
	tryst_json_key_u64(&j, "schema", 1);
	tryst_json_key_array(&j, "lists");
	for (uint32_t i = 0; i < tryst_watchlist_lists(w); i++)
		tryst_lists_json_info(&j, w, i);
	tryst_json_end(&j);
	tryst_json_key_array(&j, "indicators");
	for (size_t i = 0; i < count; i++) {
		tryst_lists_json_entry(&j, &list[i].sum);
		tryst_json_key_array(&j, "entries");
		for (uint32_t k = 0; k < list[i].count; k++) {
			const struct tryst_indicator *one =
				tryst_watchlist_indicator(w, list[i].ids[k]);

			tryst_json_object(&j);
			tryst_json_key_u64(&j, "list", one->list);
			tryst_json_key_u64(&j, "line", one->line);
			tryst_json_end(&j);
		}
		tryst_json_end(&j);
		tryst_json_end(&j);
	}
	tryst_json_end(&j);
	tryst_json_end(&j);
	tryst_buf_char(b, '\n');
}

static void
merge_write(struct tryst_buf *b, unsigned as, const struct tryst_watchlist *w,
            const struct tryst_merged *list, size_t count)
{
	if (as == TRYST_LISTS_JSON) {
		merge_json(b, w, list, count);
		return;
	}
	if (as == TRYST_LISTS_CSV)
		tryst_buf_str(b, "indicator,port,protocol,first_seen,last_seen,valid_from,"
		                 "valid_until,confidence,tlp,source,lists,label\n");
	for (size_t i = 0; i < count; i++) {
		if (as == TRYST_LISTS_CSV) {
			csv_row(b, &list[i]);
		} else {
			tryst_lists_line(b, &list[i].sum);
			tryst_buf_char(b, '\n');
		}
	}
}

/* What was rejected, and one line for each list. */
static void
say_lists(const struct tryst_watchlist *w)
{
	tryst_lists_say_rejected(w);
	for (uint32_t i = 0; i < tryst_watchlist_lists(w); i++) {
		const struct tryst_list_info *info = tryst_watchlist_list(w, i);

		tryst_say_plain("%s: %u indicators (%s), %u rejected, %u skipped", info->path,
		                info->indicators, info->format, info->rejected, info->skipped);
	}
}

static void
say_merged(const struct tryst_watchlist *w, size_t merged)
{
	struct tryst_buf b = { 0 };

	tryst_buf_printf(&b, "%zu entr%s of %zu in ", merged, merged == 1 ? "y" : "ies",
	                 tryst_watchlist_count(w));
	tryst_layout_count(&b, tryst_watchlist_lists(w), "list");
	tryst_say_plain("%s", b.failed ? "out of memory" : b.data);
	tryst_buf_fini(&b);
}

int
tryst_lists_merge(struct tryst_settings *s, char **words, size_t count)
{
	static const char *const names[] = { "text", "csv", "json", NULL };
	struct tryst_watchlist *w = NULL;
	struct tryst_merge *m = NULL;
	const struct tryst_merged *list;
	struct tryst_buf out = { 0 };
	struct tryst_error err;
	size_t merged = 0;
	unsigned as;
	int rc = tryst_lists_output(s, names, &as, &err), code = TRYST_EXIT_OK;

	if (rc == 0)
		rc = tryst_lists_load(&w, s, words, count, &err);
	if (rc == 0)
		rc = tryst_merge_new(&m, w, &err);
	if (rc < 0) {
		code = tryst_lists_failed("merge", &err);
		goto out;
	}
	list = tryst_merge_list(m, &merged);
	merge_write(&out, as, w, list, merged);
	if (!s->quiet) {
		say_lists(w);
		say_merged(w, merged);
	}
	code = tryst_lists_done(&out, tryst_lists_rejected(w) ? TRYST_EXIT_PARTIAL : TRYST_EXIT_OK);
out:
	tryst_merge_free(m);
	tryst_watchlist_free(w);
	return code;
}
