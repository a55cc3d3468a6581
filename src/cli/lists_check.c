/* SPDX-License-Identifier: Apache-2.0 */
/* `tryst lists check` and `formats`: what a hunt would take from each list, and what it would not.
 */
#include <string.h>

#include "base/time.h"
#include "cli/lists.h"
#include "cli/say.h"
#include "report/layout.h"

#define REJECTED_OF_NOTHING 3 /* lines of a file that is no list */

static void
print_path(struct tryst_buf *out, const char *path)
{
	tryst_buf_safe(out, path, strlen(path));
}

static void
print_remarks(const struct tryst_watchlist *w, uint32_t list, bool quiet, struct tryst_buf *out)
{
	const struct tryst_list_remark *remarks;
	size_t count = tryst_watchlist_remarks(w, &remarks);
	const struct tryst_list_info *info = tryst_watchlist_list(w, list);
	uint32_t told = 0, most = info->indicators ? UINT32_MAX : REJECTED_OF_NOTHING;

	for (size_t i = 0; i < count; i++) {
		if (remarks[i].list != list || (quiet && !remarks[i].rejected) ||
		    (remarks[i].rejected && told >= most))
			continue;
		told += remarks[i].rejected;
		print_path(out, info->path);
		tryst_buf_printf(out, ":%u: %s", remarks[i].line,
		                 remarks[i].rejected ? "rejected: " : "");
		tryst_buf_safe(out, remarks[i].text, strlen(remarks[i].text));
		tryst_buf_char(out, '\n');
	}
	if (info->rejected > told) {
		print_path(out, info->path);
		tryst_buf_str(out, ": and ");
		tryst_layout_number(out, info->rejected - told);
		tryst_buf_str(out, " more rejected\n");
	}
}

/* The lines that are named, then one line for the list. */
static void
print_list(const struct tryst_watchlist *w, uint32_t list, bool quiet, struct tryst_buf *out)
{
	const struct tryst_list_info *info = tryst_watchlist_list(w, list);
	char made[TRYST_TIME_TEXT_MAX];

	print_remarks(w, list, quiet, out);
	if (quiet)
		return;
	print_path(out, info->path);
	tryst_buf_printf(out, ": %s list, ", info->format);
	if (info->made_ms != TRYST_TIME_MIN) {
		(void)tryst_time_format_short(info->made_ms, made);
		tryst_buf_printf(out, "made %s UTC, ", made);
	}
	tryst_layout_count(out, info->indicators, "indicator");
	tryst_buf_str(out, ", ");
	tryst_layout_count(out, info->rejected, strcmp(info->format, "plain") ? "entry" : "line");
	tryst_buf_str(out, " rejected");
	if (info->skipped)
		tryst_buf_printf(out, ", %u skipped", info->skipped);
	if (info->masked)
		tryst_buf_printf(out, ", %u with bits below the prefix length", info->masked);
	if (info->dangerous)
		tryst_buf_printf(out, ", %u special, very wide or well known", info->dangerous);
	tryst_buf_char(out, '\n');
}

/* What came of the lists so far. */
struct check {
	struct tryst_settings *s;
	struct tryst_buf out;
	struct tryst_json json;
	bool as_json;
	size_t unusable;
	bool no_memory;
	uint64_t rejected;
};

/* One word: a list, or all of a directory or an archive. */
static void
check_one(struct check *c, char *path)
{
	const struct tryst_watchlist_options options = {
		.format = c->s->list_format,
		.observables = c->s->observables,
	};
	struct tryst_watchlist *w = NULL;
	struct tryst_error err;
	int rc = tryst_watchlist_new(&w, &err);

	if (rc == 0)
		rc = tryst_watchlist_configure(w, &options, &err);
	if (rc == 0)
		rc = tryst_watchlist_load(w, path, &err);
	for (uint32_t i = 0; w && i < tryst_watchlist_lists(w); i++) {
		c->rejected += tryst_watchlist_list(w, i)->rejected;
		if (c->as_json)
			tryst_lists_json_info(&c->json, w, i);
		else
			print_list(w, i, c->s->quiet, &c->out);
	}
	c->no_memory = c->no_memory || rc == TRYST_ERR_NOMEM;
	if (rc < 0) {
		c->unusable++;
		tryst_say("%s", err.text);
	}
	if (rc < 0 && c->as_json) {
		tryst_json_object(&c->json);
		tryst_json_key_str(&c->json, "path", path);
		tryst_json_key_str(&c->json, "error", err.text);
		tryst_json_end(&c->json);
	}
	tryst_watchlist_free(w);
}

int
tryst_lists_check(struct tryst_settings *s, char **words, size_t count)
{
	static const char *const names[] = { "text", "json", NULL };
	struct check c = { .s = s };
	struct tryst_error err;
	unsigned as;
	int code;

	if (tryst_lists_output(s, names, &as, &err) < 0) {
		tryst_say("lists check: %s", err.text);
		return TRYST_EXIT_USAGE;
	}
	c.as_json = as == 1;
	if (c.as_json) {
		tryst_json_init(&c.json, &c.out, 2);
		tryst_json_object(&c.json);
		tryst_json_key_u64(&c.json, "schema", 1);
		tryst_json_key_array(&c.json, "lists");
	}
	for (size_t i = 0; i < count; i++)
		check_one(&c, words[i]);
	if (c.as_json) {
		tryst_json_end(&c.json);
		tryst_json_end(&c.json);
		tryst_buf_char(&c.out, '\n');
	}
	code = c.unusable || c.rejected ? TRYST_EXIT_PARTIAL : TRYST_EXIT_OK;
	if (c.unusable == count || c.no_memory || (s->strict && code))
		code = TRYST_EXIT_NOTHING;
	return tryst_lists_done(&c.out, code);
}

int
tryst_lists_formats(struct tryst_settings *s, char **words, size_t count)
{
	struct tryst_buf out = { 0 };

	(void)s;
	if (count) {
		tryst_say("lists formats: takes no word, not '%s'", words[0]);
		return TRYST_EXIT_USAGE;
	}
	for (size_t i = 0; tryst_watchlist_format(i); i++)
		tryst_buf_printf(&out, "%-14s %s\n", tryst_watchlist_format(i),
		                 tryst_watchlist_format_help(i));
	return tryst_lists_done(&out, TRYST_EXIT_OK);
}
