/* SPDX-License-Identifier: Apache-2.0 */
/* `tryst lists diff`: what became of a list. */
#include <string.h>

#include "base/time.h"
#include "cli/lists.h"
#include "cli/say.h"
#include "report/layout.h"

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
		code = tryst_lists_failed("diff", &err);
		goto out;
	}
	d.as_json = as == 1;
	diff_write(&d);
	code = tryst_lists_rejected(d.w[0]) || tryst_lists_rejected(d.w[1]) ? TRYST_EXIT_PARTIAL
	                                                                    : TRYST_EXIT_OK;
	if (!code && s->exit_code && d.added + d.removed + d.changed)
		code = TRYST_EXIT_FOUND;
	code = tryst_lists_done(&d.out, code);
	for (size_t i = 0; i < 2 && !s->quiet; i++)
		tryst_lists_say_rejected(d.w[i]);
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
