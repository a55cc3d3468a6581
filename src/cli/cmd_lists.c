/* SPDX-License-Identifier: Apache-2.0 */
/* Checks, merges and compares watchlists. */
#include <string.h>

#include "base/suggest.h"
#include "cli/lists.h"
#include "cli/say.h"

static const struct verb {
	const char *name;
	int (*run)(struct tryst_settings *s, char **words, size_t count);
	bool lists; /* needs at least one */
} verbs[] = {
	{ "check", tryst_lists_check, true },
	{ "merge", tryst_lists_merge, true },
	{ "diff", tryst_lists_diff, true },
	{ "formats", tryst_lists_formats, false },
};

static int
run(struct tryst_settings *s)
{
	const char *name = s->words.count ? s->words.list[0] : NULL;
	struct tryst_suggest near;
	struct tryst_error err;

	if (!name) {
		tryst_say("lists: expected 'tryst lists check LIST...', or merge, diff, formats");
		return TRYST_EXIT_USAGE;
	}
	tryst_suggest_init(&near, name, strlen(name));
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(verbs); i++) {
		tryst_suggest_try(&near, verbs[i].name);
		if (strcmp(verbs[i].name, name) != 0)
			continue;
		if (verbs[i].lists && s->words.count < 2) {
			tryst_say("lists %s: no list: name files, or - for the standard input",
			          name);
			return TRYST_EXIT_USAGE;
		}
		return verbs[i].run(s, s->words.list + 1, s->words.count - 1);
	}
	(void)tryst_suggest_error(&near, "verb of lists", &err);
	tryst_say("lists: %s; see 'tryst lists --help'", err.text);
	return TRYST_EXIT_USAGE;
}

/* clang-format off */
static const struct tryst_option output_options[] = {
	{ 'o', "output", "FORMAT", tryst_opt_text, offsetof(struct tryst_settings, output),
	  "text (default), json; of merge also csv, which keeps everything" },
	{ 'q', "quiet", NULL, tryst_opt_flag, offsetof(struct tryst_settings, quiet),
	  "check: only what is rejected; merge and diff: no summary" },
	{ 0, "exit-code", NULL, tryst_opt_flag, offsetof(struct tryst_settings, exit_code),
	  "diff: exit with 1 if anything differs" },
	{ 0 },
};

static const char *const about[] = {
	"check says for each list what a hunt would take, and what not and why.  merge writes all\n"
	"lists as one, an entry once, with the labels of all.  diff says what was added (+), removed\n"
	"(-) and changed (~) from the first list to the second.  formats names the formats.\n",
	"Lists are recognised by their contents: plain lists of addresses, prefixes (10.0.0.0/8),\n"
	"ranges (192.0.2.1-9), with ports (192.0.2.1:6667), defanged (192[.]0[.]2[.]1); CSV, JSON,\n"
	"MISP, STIX, OTX, OpenIOC, Zeek, Suricata, ipset, nftables, MikroTik, SiLK; compressed, in\n"
	"zip archives, in directories.  What is no indicator is rejected and named, never guessed;\n"
	"names and hashes are skipped and counted.\n",
	"Exit status: 0 every entry could be used; 1 with --exit-code: they differ; 2 wrong usage; 3\n"
	"entries were rejected, or one of several lists could not be used; 4 none could be used, or\n"
	"one entry could not and --strict was given.\n",
	NULL,
};
/* clang-format on */

static const struct tryst_option_group output = { "Output", output_options };
static const struct tryst_option_group *const options[] = { &tryst_opts_lists, &output,
	                                                    &tryst_opts_help, NULL };

const struct tryst_command tryst_cmd_lists = {
	.name = "lists",
	.group = "Prepare",
	.help = "check, merge and compare watchlists",
	.usage = "  tryst lists check [OPTION]... LIST...\n"
		 "  tryst lists merge [OPTION]... LIST...\n"
		 "  tryst lists diff [OPTION]... OLD NEW\n"
		 "  tryst lists formats\n",
	.examples = "  tryst lists check suspects.txt\n"
		    "  curl -s https://example.org/feed.json | tryst lists check -\n"
		    "  tryst lists merge -o csv feeds/ own.txt >all.csv\n"
		    "  tryst lists diff yesterday.csv today.csv\n",
	.about = about,
	.options = options,
	.run = run,
};
