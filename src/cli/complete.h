/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a shell may offer at a place of the command line: taken from the option tables and the other
 * tables of the program, so that it is never behind them.  One writer a shell.
 */
#ifndef TRYST_CLI_COMPLETE_H
#define TRYST_CLI_COMPLETE_H

#include "cli/cli.h"

/* What an argument or a word is. */
enum tryst_complete_kind {
	TRYST_COMPLETE_NOTHING, /* a number, a time: nothing to offer */
	TRYST_COMPLETE_FILES,
	TRYST_COMPLETE_FOLDERS,
	TRYST_COMPLETE_WORDS, /* of a list */
};

/* Of an option's argument; the words, parted by blanks, go to `words`. */
enum tryst_complete_kind tryst_complete_option(const struct tryst_command *c,
                                               const struct tryst_option *o,
                                               struct tryst_buf *words);

/* Of the words of a command beside files. */
void tryst_complete_words(const struct tryst_command *c, struct tryst_buf *words);

/* Whether files are words of the command. */
bool tryst_complete_files(const struct tryst_command *c);

struct tryst_shell {
	const char *name;
	void (*write)(struct tryst_buf *out);
};

extern const struct tryst_shell tryst_shell_bash;
extern const struct tryst_shell tryst_shell_zsh;
extern const struct tryst_shell tryst_shell_fish;

/* Ended by NULL. */
extern const struct tryst_shell *const tryst_shells[];

/* The first line of a help text, in single quotes of the shell: ' becomes the text given. */
void tryst_complete_quoted(struct tryst_buf *out, const char *help, const char *quote);

/* Whether a row ends an option table. */
static inline bool
tryst_option_is_end(const struct tryst_option *o)
{
	return !o->letter && !o->name;
}

#endif
