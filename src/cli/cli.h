/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Commands: one row a command, one file cmd_<name>.c each.  The standard output carries data only;
 * everything said to the user goes to the standard error.
 */
#ifndef TRYST_CLI_CLI_H
#define TRYST_CLI_CLI_H

#include "cli/settings.h"

/* Exit codes, as every help text says them; 128 + n is a run that signal n ended early. */
enum tryst_exit {
	TRYST_EXIT_OK = 0,
	TRYST_EXIT_FOUND = 1, /* only with --exit-code */
	TRYST_EXIT_USAGE = 2,
	TRYST_EXIT_PARTIAL = 3, /* done, but something could not be read */
	TRYST_EXIT_NOTHING = 4, /* nothing could be read, or the result could not be written */
	TRYST_EXIT_LATER = 75,  /* somebody else is at it: try again later */
	TRYST_EXIT_REFUSED = 5, /* by a safety rule: nothing was written */
};

struct tryst_command {
	const char *name;
	const char *group; /* heading in the list of commands */
	const char *help;  /* one line */
	const char *usage; /* lines, each a whole command */
	const char *examples;
	const char *const *about;                        /* paragraphs, ended by NULL */
	const struct tryst_option_group *const *options; /* ended by NULL */
	int (*run)(struct tryst_settings *s);            /* returns the exit code */
};

/* The table, in the order of the help, ended by NULL. */
extern const struct tryst_command *const tryst_commands[];

extern const struct tryst_command tryst_cmd_hunt;
extern const struct tryst_command tryst_cmd_report;
extern const struct tryst_command tryst_cmd_meet;
extern const struct tryst_command tryst_cmd_flows;
extern const struct tryst_command tryst_cmd_top;
extern const struct tryst_command tryst_cmd_series;
extern const struct tryst_command tryst_cmd_import;
extern const struct tryst_command tryst_cmd_index;
extern const struct tryst_command tryst_cmd_export;
extern const struct tryst_command tryst_cmd_store;
extern const struct tryst_command tryst_cmd_lists;
extern const struct tryst_command tryst_cmd_block;
extern const struct tryst_command tryst_cmd_simulate;
extern const struct tryst_command tryst_cmd_completion;
extern const struct tryst_command tryst_cmd_help;
extern const struct tryst_command tryst_cmd_version;

/* The command of that name, or NULL after a message with the nearest one. */
const struct tryst_command *tryst_command_find(const char *name);

/* Help: of one command, of the program, and the page for a run without arguments. */
void tryst_help_command(const struct tryst_command *c, struct tryst_buf *out);
void tryst_help_program(struct tryst_buf *out);
void tryst_help_short(struct tryst_buf *out);

extern const char tryst_help_examples[]; /* of the program, as lines of --help */

/* Paragraphs that several commands share. */
extern const char tryst_about_inputs[];
extern const char tryst_about_exit[];
extern const char tryst_about_formats[]; /* of -o, where a case is rendered */

#endif
