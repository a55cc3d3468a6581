/* SPDX-License-Identifier: Apache-2.0 */
/* Looks after a store. */
#include <string.h>

#include "base/suggest.h"
#include "cli/say.h"
#include "cli/store_verbs.h"

static const struct verb {
	const char *name;
	size_t paths_max;
	int (*run)(const struct tryst_settings *s, char *const *paths, size_t count);
} verbs[] = {
	{ "ls", SIZE_MAX, tryst_store_ls },         { "info", SIZE_MAX, tryst_store_info },
	{ "verify", SIZE_MAX, tryst_store_verify }, { "compact", 1, tryst_store_compact },
	{ "expire", 1, tryst_store_expire },
};

int
tryst_store_failed(const struct tryst_error *err)
{
	tryst_say("%s", err->text);
	if (err->code == TRYST_ERR_BUSY)
		return TRYST_EXIT_LATER;
	return err->code == TRYST_ERR_USAGE ? TRYST_EXIT_USAGE : TRYST_EXIT_NOTHING;
}

static int
run(struct tryst_settings *s)
{
	const char *name = s->words.count ? s->words.list[0] : "";
	struct tryst_suggest near;
	struct tryst_error err;

	tryst_suggest_init(&near, name, strlen(name));
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(verbs); i++) {
		size_t paths = s->words.count ? s->words.count - 1 : 0;

		tryst_suggest_try(&near, verbs[i].name);
		if (strcmp(name, verbs[i].name) != 0)
			continue;
		if (paths >= 1 && paths <= verbs[i].paths_max)
			return verbs[i].run(s, s->words.list + 1, paths);
		tryst_say("store %s: expected %s", name,
		          verbs[i].paths_max == 1 ? "one store" : "a store");
		return TRYST_EXIT_USAGE;
	}
	if (!*name)
		tryst_say("store: expected ls, info, verify, compact or expire, and a store");
	else if (tryst_suggest_error(&near, "verb", &err))
		tryst_say("store: %s", err.text);
	return TRYST_EXIT_USAGE;
}

#define AT(member) offsetof(struct tryst_settings, member)

/* clang-format off */
static const struct tryst_option expire_options[] = {
	{ 0, "before", "TIME", tryst_opt_text, AT(store.before),
	  "segments whose last flow ended before it" },
	{ 0, "keep", "DURATION", tryst_opt_duration, AT(store.keep_ms),
	  "segments whose last flow ended longer ago, such as 90d" },
	{ 0, "max-size", "SIZE", tryst_opt_size, AT(store.max_size),
	  "the oldest segments, until all together are no larger" },
	{ 0, "delete", NULL, tryst_opt_flag, AT(store.remove),
	  "delete them; without it they are only listed" },
	{ 0, "tz", "ZONE", tryst_opt_text, AT(zone), "the zone of TIME (default: UTC)" },
	{ 0 },
};

static const struct tryst_option run_options[] = {
	{ 'j', "jobs", "N", tryst_opt_jobs, AT(jobs), "threads (default: one a core)" },
	{ 0, "memory", "SIZE", tryst_opt_size, AT(memory),
	  "at most so much for what is kept (default: 1/4 of the RAM)" },
	{ 'q', "quiet", NULL, tryst_opt_flag, AT(quiet), "say nothing but what is wrong" },
	{ 0 },
};
/* clang-format on */

static const struct tryst_option_group expire = { "What expires", expire_options };
static const struct tryst_option_group running = { "Running", run_options };
static const struct tryst_option_group *const options[] = { &expire, &running, &tryst_opts_help,
	                                                    NULL };

static const char *const about[] = {
	"ls lists the segments of a store; info says what a store or a segment is made of and\n"
	"where its flows came from; verify checks every byte, and that the index says what the\n"
	"flows say; compact joins small segments; expire lists old segments, or deletes them.\n",
	"Exit status: 0 done; 2 wrong usage; 3 something is damaged; 4 nothing could be done;\n"
	"75 another process writes to the store.\n",
	NULL,
};

const struct tryst_command tryst_cmd_store = {
	.name = "store",
	.group = "Archive",
	.help = "list, check, compact and expire what a store holds",
	.usage = "  tryst store ls|info STORE...\n"
		 "  tryst store verify STORE|SEGMENT...\n"
		 "  tryst store compact STORE\n"
		 "  tryst store expire --before TIME|--keep DURATION|--max-size SIZE [--delete] "
		 "STORE\n",
	.examples = "  tryst store verify /var/lib/tryst/flows\n"
		    "  tryst store expire --keep 90d /var/lib/tryst/flows\n"
		    "  tryst store expire --keep 90d --delete /var/lib/tryst/flows\n",
	.about = about,
	.options = options,
	.run = run,
};
