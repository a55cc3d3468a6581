/* SPDX-License-Identifier: Apache-2.0 */
/* `tryst lists merge` and `diff`: lists as one, and what became of one. */
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

static uint64_t
rejected_count(const struct tryst_watchlist *w)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < tryst_watchlist_lists(w); i++)
		n += tryst_watchlist_list(w, i)->rejected;
	return n;
}

/* What was rejected, on the standard error. */
static void
say_rejected(const struct tryst_watchlist *w)
{
	const struct tryst_list_remark *remarks;
	size_t count = tryst_watchlist_remarks(w, &remarks);

	for (size_t i = 0; i < count; i++) {
		if (remarks[i].rejected)
			tryst_say("%s:%u: rejected: %s",
			          tryst_watchlist_list(w, remarks[i].list)->path, remarks[i].line,
			          remarks[i].text);
	}
}

/* That, and one line for each list. */
static void
say_lists(const struct tryst_watchlist *w)
{
	say_rejected(w);
	for (uint32_t i = 0; i < tryst_watchlist_lists(w); i++) {
		const struct tryst_list_info *info = tryst_watchlist_list(w, i);

		tryst_say_plain("%s: %u indicators (%s), %u rejected, %u skipped", info->path,
		                info->indicators, info->format, info->rejected, info->skipped);
	}
}

static int
failed(const char *verb, const struct tryst_error *err)
{
	bool usage = err->code == TRYST_ERR_USAGE;

	tryst_say("%s%s%s%s", usage ? "lists " : "", usage ? verb : "", usage ? ": " : "",
	          err->text);
	return usage ? TRYST_EXIT_USAGE : TRYST_EXIT_NOTHING;
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
		code = failed("merge", &err);
		goto out;
	}
	list = tryst_merge_list(m, &merged);
	merge_write(&out, as, w, list, merged);
	if (!s->quiet) {
		say_lists(w);
		say_merged(w, merged);
	}
	code = tryst_lists_done(&out, rejected_count(w) ? TRYST_EXIT_PARTIAL : TRYST_EXIT_OK);
out:
	tryst_merge_free(m);
	tryst_watchlist_free(w);
	return code;
}

/* What can change of an entry; when it was seen changes every day and is not told. */
static const struct {
	const char *name;
	size_t at;
	enum { PART_TEXT, PART_TIME, PART_BYTE } kind;
} parts[] = {
	{ "label", offsetof(struct tryst_indicator, label), PART_TEXT },
	{ "source", offsetof(struct tryst_indicator, source), PART_TEXT },
	{ "valid_from", offsetof(struct tryst_indicator, from_ms), PART_TIME },
	{ "valid_until", offsetof(struct tryst_indicator, until_ms), PART_TIME },
	{ "confidence", offsetof(struct tryst_indicator, confidence), PART_BYTE },
	{ "tlp", offsetof(struct tryst_indicator, tlp), PART_BYTE },
};

static bool
part_same(size_t part, const struct tryst_indicator *a, const struct tryst_indicator *b)
{
	const char *x = (const char *)a + parts[part].at, *y = (const char *)b + parts[part].at;

	if (parts[part].kind == PART_TEXT)
		return strcmp(*(const char *const *)x, *(const char *const *)y) == 0;
	return memcmp(x, y, parts[part].kind == PART_TIME ? sizeof(int64_t) : 1) == 0;
}

static void
part_print(struct tryst_buf *b, size_t part, const struct tryst_indicator *i)
{
	const char *at = (const char *)i + parts[part].at;
	char text[TRYST_TIME_TEXT_MAX];
	int64_t ms;

	if (parts[part].kind == PART_TEXT) {
		tryst_buf_char(b, '"');
		at = *(const char *const *)at;
		tryst_buf_safe(b, at, strlen(at));
		tryst_buf_char(b, '"');
	} else if (parts[part].kind == PART_TIME) {
		memcpy(&ms, at, sizeof(ms));
		if (ms == TRYST_TIME_MIN || ms == TRYST_TIME_MAX)
			tryst_buf_str(b, "open");
		else
			tryst_buf_add(b, text, tryst_time_format(ms, text));
	} else if (parts[part].at == offsetof(struct tryst_indicator, tlp)) {
		tryst_buf_str(b, tryst_tlp_name(i->tlp) ? tryst_tlp_name(i->tlp) : "none");
	} else if (i->confidence == TRYST_CONFIDENCE_UNKNOWN) {
		tryst_buf_str(b, "unknown");
	} else {
		tryst_buf_u64(b, i->confidence);
	}
}

/* Two merged lists side by side. */
struct diff {
	struct tryst_watchlist *w[2];
	struct tryst_merge *m[2];
	struct tryst_buf out;
	struct tryst_json json;
	bool as_json, quiet;
	uint64_t added, removed, changed, same;
};

static void
diff_one_side(struct diff *d, const struct tryst_merged *m, bool added)
{
	*(added ? &d->added : &d->removed) += 1;
	if (d->as_json) {
		tryst_lists_json_entry(&d->json, &m->sum);
		tryst_json_key_str(&d->json, "change", added ? "added" : "removed");
		tryst_json_end(&d->json);
	} else if (!d->quiet) {
		tryst_buf_str(&d->out, added ? "+ " : "- ");
		tryst_lists_line(&d->out, &m->sum);
		tryst_buf_char(&d->out, '\n');
	}
}

static void
diff_both(struct diff *d, const struct tryst_indicator *a, const struct tryst_indicator *b)
{
	struct tryst_indicator bare = *b;
	bool same = true;

	bare.label = "";
	for (size_t p = 0; p < TRYST_ARRAY_SIZE(parts); p++)
		same = same && part_same(p, a, b);
	*(same ? &d->same : &d->changed) += 1;
	if (same || (d->quiet && !d->as_json))
		return;
	if (d->as_json) {
		tryst_lists_json_entry(&d->json, b);
		tryst_json_key_str(&d->json, "change", "changed");
		tryst_json_key_array(&d->json, "parts");
	} else {
		tryst_buf_str(&d->out, "~ ");
		tryst_lists_line(&d->out, &bare);
	}
	for (size_t p = 0; p < TRYST_ARRAY_SIZE(parts); p++) {
		if (part_same(p, a, b))
			continue;
		if (d->as_json) {
			tryst_json_str(&d->json, parts[p].name);
			continue;
		}
		tryst_buf_printf(&d->out, "  %s ", parts[p].name);
		part_print(&d->out, p, a);
		tryst_buf_str(&d->out, " -> ");
		part_print(&d->out, p, b);
	}
	if (d->as_json) {
		tryst_json_end(&d->json);
		tryst_json_end(&d->json);
	} else {
		tryst_buf_char(&d->out, '\n');
	}
}

static void
diff_walk(struct diff *d)
{
	size_t count[2], at[2] = { 0 };
	const struct tryst_merged *list[2] = { tryst_merge_list(d->m[0], &count[0]),
		                               tryst_merge_list(d->m[1], &count[1]) };

	while (at[0] < count[0] || at[1] < count[1]) {
		int order = at[0] == count[0] ? 1 : at[1] == count[1] ? -1 : 0;

		if (!order)
			order = tryst_indicator_compare(&list[0][at[0]].sum, &list[1][at[1]].sum);
		if (order < 0)
			diff_one_side(d, &list[0][at[0]++], false);
		else if (order > 0)
			diff_one_side(d, &list[1][at[1]++], true);
		else
			diff_both(d, &list[0][at[0]++].sum, &list[1][at[1]++].sum);
	}
}

static void
diff_write(struct diff *d)
{
	if (d->as_json) {
		tryst_json_init(&d->json, &d->out, 1);
		tryst_json_object(&d->json);
		tryst_json_key_u64(&d->json, "schema", 1);
		tryst_json_key_array(&d->json, "changes");
	}
	diff_walk(d);
	if (d->as_json) {
		tryst_json_end(&d->json);
		tryst_json_key_u64(&d->json, "added", d->added);
		tryst_json_key_u64(&d->json, "removed", d->removed);
		tryst_json_key_u64(&d->json, "changed", d->changed);
		tryst_json_key_u64(&d->json, "same", d->same);
		tryst_json_end(&d->json);
		tryst_buf_char(&d->out, '\n');
	}
}

int
tryst_lists_diff(struct tryst_settings *s, char **words, size_t count)
{
	static const char *const names[] = { "text", "json", NULL };
	struct diff d = { .quiet = s->quiet };
	struct tryst_error err;
	unsigned as;
	int rc = tryst_lists_output(s, names, &as, &err), code;

	if (rc == 0 && count != 2)
		rc = tryst_error_set(&err, TRYST_ERR_USAGE,
		                     "expected two lists, the old one first");
	for (size_t i = 0; rc == 0 && i < 2; i++) {
		rc = tryst_lists_load(&d.w[i], s, &words[i], 1, &err);
		if (rc == 0)
			rc = tryst_merge_new(&d.m[i], d.w[i], &err);
	}
	if (rc < 0) {
		code = failed("diff", &err);
		goto out;
	}
	d.as_json = as == 1;
	diff_write(&d);
	code = rejected_count(d.w[0]) || rejected_count(d.w[1]) ? TRYST_EXIT_PARTIAL
	                                                        : TRYST_EXIT_OK;
	if (!code && s->exit_code && d.added + d.removed + d.changed)
		code = TRYST_EXIT_FOUND;
	code = tryst_lists_done(&d.out, code);
	for (size_t i = 0; i < 2 && !s->quiet; i++)
		say_rejected(d.w[i]);
	if (!s->quiet)
		tryst_say_plain("%llu added, %llu removed, %llu changed, %llu the same",
		                (unsigned long long)d.added, (unsigned long long)d.removed,
		                (unsigned long long)d.changed, (unsigned long long)d.same);
out:
	for (size_t i = 0; i < 2; i++) {
		tryst_merge_free(d.m[i]);
		tryst_watchlist_free(d.w[i]);
	}
	return code;
}
