/* SPDX-License-Identifier: Apache-2.0 */
/* Completion for fish: a `complete` line for each option. */
#include <string.h>

#include "cli/complete.h"

#define QUOTE "\\'"

static void
option(struct tryst_buf *out, const struct tryst_command *c, const struct tryst_option *o)
{
	struct tryst_buf words = { 0 };
	enum tryst_complete_kind kind = tryst_complete_option(c, o, &words);

	tryst_buf_printf(out, "complete -c tryst -n '__fish_seen_subcommand_from %s'", c->name);
	if (o->letter)
		tryst_buf_printf(out, " -s %c", o->letter);
	if (o->name)
		tryst_buf_printf(out, " -l %s", o->name);
	if (kind == TRYST_COMPLETE_WORDS)
		tryst_buf_printf(out, " -x -a '%s'", words.data);
	else if (kind == TRYST_COMPLETE_FILES)
		tryst_buf_str(out, " -r -F");
	else if (kind == TRYST_COMPLETE_FOLDERS)
		tryst_buf_str(out, " -x -a '(__fish_complete_directories)'");
	else if (o->arg)
		tryst_buf_str(out, " -x");
	tryst_buf_str(out, " -d '");
	tryst_complete_quoted(out, o->help, QUOTE);
	tryst_buf_str(out, "'\n");
	tryst_buf_fini(&words);
}

static void
fish_write(struct tryst_buf *out)
{
	tryst_buf_str(out, "# fish completion for tryst, written by `tryst completion fish`\n"
	                   "complete -c tryst -f\n");
	for (size_t i = 0; tryst_commands[i]; i++) {
		tryst_buf_printf(out, "complete -c tryst -n __fish_use_subcommand -a %s -d '",
		                 tryst_commands[i]->name);
		tryst_complete_quoted(out, tryst_commands[i]->help, QUOTE);
		tryst_buf_str(out, "'\n");
	}
	for (size_t i = 0; tryst_commands[i]; i++) {
		const struct tryst_command *c = tryst_commands[i];
		struct tryst_buf words = { 0 };

		for (size_t g = 0; c->options[g]; g++) {
			const struct tryst_option *o = c->options[g]->options;

			for (; !tryst_option_is_end(o); o++)
				option(out, c, o);
		}
		tryst_complete_words(c, &words);
		if (words.len)
			tryst_buf_printf(out,
			                 "complete -c tryst -n '__fish_seen_subcommand_from %s' "
			                 "-a '%s'\n",
			                 c->name, words.data);
		if (tryst_complete_files(c))
			tryst_buf_printf(
				out, "complete -c tryst -n '__fish_seen_subcommand_from %s' -F\n",
				c->name);
		tryst_buf_fini(&words);
	}
}

const struct tryst_shell tryst_shell_fish = { "fish", fish_write };
