/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/fit.h"
#include "cli/man.h"
#include "cli/say.h"

static int
run(struct tryst_settings *s)
{
	const struct tryst_command *c = NULL;
	struct tryst_buf out = { 0 };
	struct tryst_error err;
	int rc;

	if (s->words.count > 1) {
		tryst_say("help: one command at a time, not also '%s'", s->words.list[1]);
		return TRYST_EXIT_USAGE;
	}
	if (s->words.count) {
		c = tryst_command_find(s->words.list[0]);
		if (!c)
			return TRYST_EXIT_USAGE;
	}
	if (s->man && c)
		tryst_man_command(c, &out);
	else if (s->man)
		tryst_man_program(&out);
	else if (c)
		tryst_help_command(c, &out);
	else
		tryst_help_program(&out);
	rc = s->man ? tryst_out_buf(&out, &err) : tryst_out_fit(&out, &err);
	tryst_buf_fini(&out);
	if (rc < 0)
		tryst_say("%s", err.text);
	return rc < 0 ? TRYST_EXIT_NOTHING : TRYST_EXIT_OK;
}

static const struct tryst_option output_options[] = {
	{ 0, "man", NULL, tryst_opt_flag, offsetof(struct tryst_settings, man),
	  "as a manual page (mdoc), for man -l or mandoc" },
	{ 0 },
};

static const struct tryst_option_group output = { "Output", output_options };
static const struct tryst_option_group *const options[] = { &output, &tryst_opts_help, NULL };

const struct tryst_command tryst_cmd_help = {
	.name = "help",
	.group = "About tryst",
	.help = "explain a command",
	.usage = "  tryst help [OPTION]... [COMMAND]\n",
	.examples = "  tryst help hunt\n"
		    "  tryst help --man hunt | man -l -\n",
	.options = options,
	.run = run,
};
