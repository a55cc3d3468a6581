/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cli/cli.h"

/* clang-format off */
const char tryst_about_inputs[] =
	"INPUT is a file, a directory (walked), a glob, or - for the standard input; its\n"
	"format is recognised.  A word that names something that exists is an input.  The\n"
	"last word is the FILTER when it names nothing and reads as a filter, so quote a\n"
	"filter of several words.  A word that looks like a path (it has a / or a file\n"
	"suffix) but names nothing is a missing input.  -v shows how it was understood.\n";

const char tryst_about_exit[] =
	"Exit status: 0 done; 1 something was found (only with --exit-code); 2 wrong usage;\n"
	"3 done, but part of the input or of a list was unreadable or damaged; 4 nothing could\n"
	"be read, or the result could not be written; 130 or 143 ended early by Ctrl-C or\n"
	"SIGTERM, with the result so far.\n";
/* clang-format on */

static void
command_list(struct tryst_buf *out)
{
	const char *group = "";

	for (size_t i = 0; tryst_commands[i]; i++) {
		const struct tryst_command *c = tryst_commands[i];

		if (strcmp(group, c->group) != 0)
			tryst_buf_printf(out, "\n%s:\n", c->group);
		group = c->group;
		tryst_buf_printf(out, "  %-12s%s\n", c->name, c->help);
	}
}

void
tryst_help_command(const struct tryst_command *c, struct tryst_buf *out)
{
	tryst_buf_printf(out, "tryst %s: %s\n", c->name, c->help);
	if (c->examples)
		tryst_buf_printf(out, "\nExamples:\n%s", c->examples);
	tryst_buf_printf(out, "\nUsage:\n%s", c->usage);
	tryst_opt_describe(c->options, out);
	for (size_t i = 0; c->about && c->about[i]; i++)
		tryst_buf_printf(out, "\n%s", c->about[i]);
}

/* clang-format off */
static const char intro[] =
	"tryst finds secret meetings in network flow logs: who of a list of suspects met whom.\n";

const char tryst_help_examples[] =
	"  tryst hunt -w suspects.txt --home 192.0.2.0/24 /var/cache/nfdump\n"
	"  tryst flows -t -2h /var/cache/nfdump 'host 198.51.100.7 and udp'\n"
	"  tryst index /var/cache/nfdump\n"
	"  tryst meet --home 192.0.2.0/24 /var/cache/nfdump\n";
/* clang-format on */

void
tryst_help_program(struct tryst_buf *out)
{
	tryst_buf_printf(out, "%s\nExamples:\n%s\nUsage:\n", intro, tryst_help_examples);
	tryst_buf_str(out, "  tryst COMMAND [OPTION]... [WORD]...\n  tryst COMMAND --help\n");
	command_list(out);
}

void
tryst_help_short(struct tryst_buf *out)
{
	tryst_buf_str(out, intro);
	tryst_buf_char(out, '\n');
	for (size_t i = 0; tryst_commands[i]; i++)
		tryst_buf_printf(out, "  tryst %-12s%s\n", tryst_commands[i]->name,
		                 tryst_commands[i]->help);
	tryst_buf_printf(out, "\nExamples:\n%s", tryst_help_examples);
	tryst_buf_str(out, "\n'tryst COMMAND --help' explains a command.\n");
}
