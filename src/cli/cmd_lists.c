/* SPDX-License-Identifier: Apache-2.0 */
/* Checks watchlists: what a hunt would take from each, and what it would not. */
#include <string.h>

#include "cli/cli.h"
#include "cli/say.h"
#include "report/layout.h"
#include "watch/watchlist.h"

static void
print_path(struct tryst_buf *out, const char *path)
{
	tryst_buf_safe(out, path, strlen(path));
}

/* The lines that are named, then one line for the list. */
static void
print_list(const struct tryst_watchlist *w, bool quiet, struct tryst_buf *out)
{
	const struct tryst_list_info *info = tryst_watchlist_list(w, 0);
	const struct tryst_list_remark *remarks;
	size_t count = tryst_watchlist_remarks(w, &remarks);

	for (size_t i = 0; i < count; i++) {
		if (quiet && !remarks[i].rejected)
			continue;
		print_path(out, info->path);
		tryst_buf_printf(out, ":%u: %s", remarks[i].line,
		                 remarks[i].rejected ? "rejected: " : "");
		tryst_buf_safe(out, remarks[i].text, strlen(remarks[i].text));
		tryst_buf_char(out, '\n');
	}
	if (quiet)
		return;
	print_path(out, info->path);
	tryst_buf_printf(out, ": %s list, ", info->format);
	tryst_layout_count(out, info->indicators, "indicator");
	tryst_buf_str(out, ", ");
	tryst_layout_count(out, info->rejected, "line");
	tryst_buf_str(out, " rejected");
	if (info->masked)
		tryst_buf_printf(out, ", %u with bits below the prefix length", info->masked);
	if (info->dangerous)
		tryst_buf_printf(out, ", %u special or very wide", info->dangerous);
	tryst_buf_char(out, '\n');
}

/* Adds the lines rejected; negative when the list cannot be used. */
static int
check_list(const char *path, bool quiet, uint32_t *rejected, struct tryst_error *err)
{
	struct tryst_watchlist *w = NULL;
	struct tryst_buf out = { 0 };
	int rc = tryst_watchlist_new(&w, err);

	if (rc == 0)
		rc = tryst_watchlist_load(w, path, err);
	if (rc == 0) {
		print_list(w, quiet, &out);
		*rejected += tryst_watchlist_list(w, 0)->rejected;
		rc = out.len || out.failed ? tryst_out_buf(&out, err) : 0;
	}
	tryst_buf_fini(&out);
	tryst_watchlist_free(w);
	return rc;
}

static int
run(struct tryst_settings *s)
{
	size_t unusable = 0, count = s->words.count - 1;
	uint32_t rejected = 0;
	struct tryst_error err;

	if (!s->words.count || strcmp(s->words.list[0], "check") != 0) {
		tryst_say("lists: expected 'tryst lists check LIST...'%s%s%s",
		          s->words.count ? ", not '" : "", s->words.count ? s->words.list[0] : "",
		          s->words.count ? "'" : "");
		return TRYST_EXIT_USAGE;
	}
	if (!count) {
		tryst_say("lists check: no list: name files, or - for the standard input");
		return TRYST_EXIT_USAGE;
	}
	for (size_t i = 1; i <= count; i++) {
		if (check_list(s->words.list[i], s->quiet, &rejected, &err) < 0) {
			tryst_say("%s", err.text);
			unusable++;
		}
	}
	if (unusable == count)
		return TRYST_EXIT_NOTHING;
	return unusable || rejected ? TRYST_EXIT_PARTIAL : TRYST_EXIT_OK;
}

/* clang-format off */
static const struct tryst_option output_options[] = {
	{ 'q', "quiet", NULL, tryst_opt_flag, offsetof(struct tryst_settings, quiet),
	  "only what is rejected" },
	{ 0 },
};

static const char *const about[] = {
	"A list has an address, a prefix (10.0.0.0/8) or a range (192.0.2.1-9) a line, with an\n"
	"optional port (192.0.2.1:6667) and a comment behind it, which is kept as the reason;\n"
	"defanged forms (192[.]0[.]2[.]1, hxxp://...) are understood.  Lists may overlap: every\n"
	"entry counts.  What is no indicator is rejected and named, never guessed.\n",
	"Exit status: 0 every line could be used; 2 wrong usage; 3 lines were rejected, or one of\n"
	"several lists could not be used; 4 none could be used.\n",
	NULL,
};
/* clang-format on */

static const struct tryst_option_group output = { "Output", output_options };
static const struct tryst_option_group *const options[] = { &output, &tryst_opts_help, NULL };

const struct tryst_command tryst_cmd_lists = {
	.name = "lists",
	.group = "Prepare",
	.help = "check watchlists",
	.usage = "  tryst lists check [OPTION]... LIST...\n",
	.examples = "  tryst lists check suspects.txt\n"
		    "  curl -s https://example.org/feed.txt | tryst lists check -\n",
	.about = about,
	.options = options,
	.run = run,
};
