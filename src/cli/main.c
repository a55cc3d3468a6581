/* SPDX-License-Identifier: Apache-2.0 */
/* The command table, and from the command line to a command. */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/suggest.h"
#include "cli/cli.h"
#include "cli/fit.h"
#include "cli/say.h"
#include "cli/term.h"

/* clang-format off */
const struct tryst_command *const tryst_commands[] = {
	&tryst_cmd_hunt,
	&tryst_cmd_meet,
	&tryst_cmd_report,
	&tryst_cmd_flows,
	&tryst_cmd_top,
	&tryst_cmd_series,
	&tryst_cmd_import,
	&tryst_cmd_index,
	&tryst_cmd_store,
	&tryst_cmd_export,
	&tryst_cmd_lists,
	&tryst_cmd_simulate,
	&tryst_cmd_block,
	&tryst_cmd_completion,
	&tryst_cmd_help,
	&tryst_cmd_version,
	NULL,
};
/* clang-format on */

const struct tryst_command *
tryst_command_find(const char *name)
{
	struct tryst_suggest s;

	tryst_suggest_init(&s, name, strlen(name));
	for (size_t i = 0; tryst_commands[i]; i++) {
		if (strcmp(tryst_commands[i]->name, name) == 0)
			return tryst_commands[i];
		tryst_suggest_try(&s, tryst_commands[i]->name);
	}
	if (s.best)
		tryst_say("unknown command '%s', did you mean '%s'?", name, s.best);
	else
		tryst_say("unknown command '%s'; 'tryst help' lists them", name);
	return NULL;
}

/* Whether the command line asks for JSON; it may be wrong in all else. */
static bool
wants_json(const struct tryst_command *c, int argc, char **argv)
{
	bool format = false;

	for (size_t g = 0; c->options[g]; g++) {
		for (const struct tryst_option *o = c->options[g]->options; o->letter || o->name;
		     o++)
			format = format ||
			         (o->letter == 'o' && o->arg && strcmp(o->arg, "FORMAT") == 0);
	}
	for (int i = 2; format && i < argc; i++) {
		const char *word = argv[i];

		if (strcmp(word, "--") == 0)
			return false;
		if (strcmp(word, "-ojson") == 0 || strcmp(word, "--output=json") == 0)
			return true;
		if ((strcmp(word, "-o") == 0 || strcmp(word, "--output") == 0) && i + 1 < argc &&
		    strcmp(argv[i + 1], "json") == 0)
			return true;
	}
	return false;
}

static int
command_run(const struct tryst_command *c, int argc, char **argv)
{
	struct tryst_settings s;
	struct tryst_buf out = { 0 };
	struct tryst_error err;
	int rc;

	tryst_settings_init(&s);
	s.argc = argc;
	s.argv = argv;
	rc = tryst_opt_parse(c->options, argc - 2, argv + 2, &s, &s.words, &err);
	if (rc == TRYST_OPT_HELP) {
		tryst_help_command(c, &out);
		rc = tryst_out_fit(&out, &err);
		if (rc < 0)
			tryst_say("%s", err.text);
		rc = rc < 0 ? TRYST_EXIT_NOTHING : TRYST_EXIT_OK;
	} else if (rc == TRYST_ERR_NOMEM) {
		tryst_say("%s", err.text);
		rc = TRYST_EXIT_NOTHING;
	} else if (rc < 0) {
		tryst_say("%s: %s; see 'tryst %s --help'", c->name, err.text, c->name);
		rc = TRYST_EXIT_USAGE;
	} else {
		rc = c->run(&s);
	}
	tryst_buf_fini(&out);
	tryst_settings_fini(&s);
	return rc;
}

/* The words that stand where a command does but are options everywhere else. */
static const char *
command_alias(const char *word)
{
	static const struct {
		const char *word;
		const char *name;
	} aliases[] = {
		{ "-h", "help" },
		{ "--help", "help" },
		{ "-V", "version" },
		{ "--version", "version" },
	};

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(aliases); i++) {
		if (strcmp(word, aliases[i].word) == 0)
			return aliases[i].name;
	}
	return word;
}

int
main(int argc, char **argv)
{
	const struct tryst_command *c;
	struct tryst_buf out = { 0 }, fitted = { 0 };
	const char *name;
	int code;

	/* A reader that goes away ends the program quietly, whatever the parent ignored. */
	(void)signal(SIGPIPE, SIG_DFL);
	/* A request for status before or after the run must not end the program. */
	(void)signal(SIGUSR1, SIG_IGN);
	if (argc < 2) {
		tryst_help_short(&out);
		if (!out.failed)
			tryst_fit(&fitted, out.data, tryst_term_width_said());
		tryst_say_plain("%s", out.failed || fitted.failed ? "out of memory" : fitted.data);
		tryst_buf_fini(&out);
		tryst_buf_fini(&fitted);
		return TRYST_EXIT_USAGE;
	}
	name = command_alias(argv[1]);
	if (name[0] == '-') {
		tryst_say("the command comes first, then '%s'; 'tryst help' lists the commands",
		          name);
		return TRYST_EXIT_USAGE;
	}
	c = tryst_command_find(name);
	if (!c)
		return TRYST_EXIT_USAGE;
	if (wants_json(c, argc, argv) && !isatty(STDERR_FILENO))
		tryst_say_as_json();
	code = command_run(c, argc, argv);
	tryst_say_exit(code);
	return code;
}
