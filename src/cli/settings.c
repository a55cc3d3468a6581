/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/settings.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

#define JOBS_DEFAULT_MAX 64u
#define MEMORY_SHARE 4
#define SLACK_MS_DEFAULT 60000
#define EXPIRE_MS_DEFAULT 86400000
#define EVERY_MS_DEFAULT 300000

#define AT(member) offsetof(struct tryst_settings, member)

static int
read_colour(void *at, char *value, struct tryst_error *err)
{
	static const char *const names[] = {
		[TRYST_COLOUR_AUTO] = "auto",
		[TRYST_COLOUR_ALWAYS] = "always",
		[TRYST_COLOUR_NEVER] = "never",
	};

	for (unsigned i = 0; i < TRYST_ARRAY_SIZE(names); i++) {
		if (strcmp(value, names[i]) == 0) {
			*(enum tryst_colour *)at = (enum tryst_colour)i;
			return 0;
		}
	}
	return tryst_error_set(err, TRYST_ERR_USAGE, "'%s' is none of auto, always, never", value);
}

/* clang-format off */
static const struct tryst_option input_options[] = {
	{ 'r', "read", "PATH", tryst_opt_words, AT(inputs),
	  "an input, as if it stood among the words; may be repeated" },
	{ 'R', NULL, "PATH", tryst_opt_words, AT(inputs), "the same" },
	{ 0, "format", "NAME", tryst_opt_text, AT(format),
	  "the format of the inputs, instead of recognising it" },
	{ 0, "inner", NULL, tryst_opt_flag, AT(inner),
	  "of tunnels in captures (IP in IP, GRE, ERSPAN, VXLAN, Geneve, GTP-U)\n"
	  "the packets inside" },
	{ 0, "tz", "ZONE", tryst_opt_text, AT(zone),
	  "zone of times that name none, in logs and in options:\n"
	  "UTC (default), -04:00, America/New_York" },
	{ 0 },
};

#define SELECT_ROWS \
	{ 't', "window", "WINDOW", tryst_opt_text, AT(window), \
	  "only flows in it: FROM/TO, 2003-08-22, 2003-08-22T15,\n" \
	  "2003/08/22.15:00-2003/08/22.18:00, -2h" }, \
	{ 'f', "filter-file", "FILE", tryst_opt_text, AT(filter_file), \
	  "read the filter from a file" }, \
	{ 0, "explain", NULL, tryst_opt_flag, AT(explain), \
	  "say how inputs, window and filter were understood, and stop" }, \
	{ 0, "no-index", NULL, tryst_opt_flag, AT(no_index), \
	  "read stores and indexed archives in full: the same answer, slower" }

static const struct tryst_option list_options[] = {
	{ 0, "list-format", "NAME", tryst_opt_text, AT(list_format),
	  "the format of the lists, instead of recognising it: 'tryst lists\n"
	  "formats' names them" },
	{ 0, "stix-observables", NULL, tryst_opt_flag, AT(observables),
	  "of STIX bundles also the addresses that no indicator names" },
	{ 0, "strict", NULL, tryst_opt_flag, AT(strict),
	  "an entry of a list that is rejected ends it" },
	{ 0 },
};

static const struct tryst_option select_options[] = {
	SELECT_ROWS,
	{ 'w', "watchlist", "LIST", tryst_opt_words, AT(watchlists),
	  "only flows from or to an address of the list; may be repeated" },
	{ 0 },
};

static const struct tryst_option hunt_options[] = {
	{ 'w', "watchlist", "LIST", tryst_opt_words, AT(watchlists),
	  "the suspects: addresses, prefixes, ranges; may be repeated" },
	{ 0, "home", "NET", tryst_opt_words, AT(homes),
	  "a network you answer for; may be repeated" },
	{ 0, "event", "'TIME[/TIME] NAME'", tryst_opt_words, AT(events),
	  "a moment or window you know of, to see in the case; of one named\n"
	  "'null route' or 'blackhole' the effect is tested" },
	{ 0, "dead", "'TIME WHOM'", tryst_opt_words, AT(dead),
	  "who was down from then on: an address, a prefix, a label of the\n"
	  "list, or all; may be repeated" },
	{ 0, "slack", "DURATION", tryst_opt_duration, AT(slack_ms),
	  "what clocks and exports may be late by, such as 90s, 5m (default: 60s)" },
	{ 0, "null-if", "LIST", tryst_opt_words, AT(null_ifs),
	  "output interfaces (SNMP indices) that lead nowhere, such as 0,512\n"
	  "(default: 0, of exporters that name others); may be repeated" },
	{ 0, "ignore-validity", NULL, tryst_opt_flag, AT(ignore_validity),
	  "conversations outside the time for which a list gives the host are\n"
	  "evidence, too (default: they are told as out of date)" },
	{ 0, "sampled", NULL, tryst_opt_flag, AT(sampled),
	  "of a store or an indexed archive: test meetings against the sample\n"
	  "of unlisted hosts that the index holds, instead of reading all for\n"
	  "them: faster, and finds less" },
	{ 0, "counts-only", NULL, tryst_opt_flag, AT(counts_only),
	  "do not look at unlisted hosts: faster, and nothing is tested" },
	SELECT_ROWS,
	{ 0 },
};

static const struct tryst_option meet_options[] = {
	{ 0, "home", "NET", tryst_opt_words, AT(homes),
	  "a network you answer for; may be repeated.  Only flows between it\n"
	  "and the rest count then" },
	{ 0, "known", "FILE", tryst_opt_words, AT(known),
	  "servers you know: addresses, prefixes, ranges, as of a watchlist;\n"
	  "nothing is told about them; may be repeated" },
	{ 0, "since", "TIME", tryst_opt_text, AT(since),
	  "what was there before TIME is your baseline: only what is new\n"
	  "since, or changed" },
	{ 0, "with-rita-score", NULL, tryst_opt_flag, AT(rita),
	  "tell the beacon score of RITA's published formulas beside ours" },
	SELECT_ROWS,
	{ 0 },
};

static const struct tryst_option case_options[] = {
	{ 'o', "output", "FORMAT", tryst_opt_text, offsetof(struct tryst_settings, output),
	  "text (default), or another; see below" },
	{ 0, "save", "CASE.json", tryst_opt_text, offsetof(struct tryst_settings, save),
	  "also write the case file" },
	{ 0, "report", "FILE.html", tryst_opt_text, offsetof(struct tryst_settings, report),
	  "also write a page for a browser" },
	{ 0, "hash", NULL, tryst_opt_flag, offsetof(struct tryst_settings, hash),
	  "the SHA-256 of inputs in what is written, also of more than 256 MiB" },
	{ 0 },
};

static const struct tryst_option run_options[] = {
	{ 'j', "jobs", "N", tryst_opt_jobs, AT(jobs), "threads (default: one a core)" },
	{ 0, "memory", "SIZE", tryst_opt_size, AT(memory),
	  "at most so much for what is kept (default: 1/4 of the RAM)" },
	{ 0, "exit-code", NULL, tryst_opt_flag, AT(exit_code), "exit with 1 if anything was found" },
	{ 'q', "quiet", NULL, tryst_opt_flag, AT(quiet), "say nothing but errors" },
	{ 'v', "verbose", NULL, tryst_opt_more, AT(verbose),
	  "say more: resolved inputs, filter, window; progress" },
	{ 0 },
};

static const struct tryst_option general_options[] = {
	{ 0, "color", "WHEN", read_colour, AT(colour),
	  "auto (default), always, never; NO_COLOR is respected" },
	{ 'h', "help", NULL, tryst_opt_help, 0, "this help" },
	{ 0 },
};

static const struct tryst_option help_options[] = {
	{ 'h', "help", NULL, tryst_opt_help, 0, "this help" },
	{ 0 },
};
/* clang-format on */

const struct tryst_option_group tryst_opts_input = { "Input", input_options };
const struct tryst_option_group tryst_opts_select = { "What is wanted", select_options };
const struct tryst_option_group tryst_opts_hunt = { "What is wanted", hunt_options };
const struct tryst_option_group tryst_opts_meet = { "What is wanted", meet_options };
const struct tryst_option_group tryst_opts_lists = { "Watchlists", list_options };
const struct tryst_option_group tryst_opts_case = { "Output", case_options };
const struct tryst_option_group tryst_opts_run = { "Running", run_options };
const struct tryst_option_group tryst_opts_general = { "General", general_options };
const struct tryst_option_group tryst_opts_help = { "General", help_options };

static unsigned
cores(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return 1;
	return TRYST_MIN(TRYST_MAX((unsigned)CPU_COUNT(&set), 1u), JOBS_DEFAULT_MAX);
}

void
tryst_settings_init(struct tryst_settings *s)
{
	long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);

	*s = (struct tryst_settings){ .count = TRYST_COUNT_UNSET,
		                      .jobs = cores(),
		                      .slack_ms = SLACK_MS_DEFAULT,
		                      .every_ms = EVERY_MS_DEFAULT,
		                      .block = { .limit = TRYST_COUNT_UNSET,
		                                 .expire_ms = EXPIRE_MS_DEFAULT } };
	s->memory = pages > 0 && page > 0 ? (size_t)pages * (size_t)page / MEMORY_SHARE
	                                  : (size_t)512 << 20;
}

void
tryst_settings_fini(struct tryst_settings *s)
{
	tryst_words_fini(&s->words);
	tryst_words_fini(&s->inputs);
	tryst_words_fini(&s->sets);
	tryst_words_fini(&s->likes);
	tryst_words_fini(&s->watchlists);
	tryst_words_fini(&s->homes);
	tryst_words_fini(&s->known);
	tryst_words_fini(&s->events);
	tryst_words_fini(&s->dead);
	tryst_words_fini(&s->null_ifs);
	tryst_words_fini(&s->block.own);
	tryst_words_fini(&s->block.allowlists);
	tryst_words_fini(&s->block.allowed);
	tryst_words_fini(&s->block.peers);
	tryst_words_fini(&s->block.next_hops);
}
