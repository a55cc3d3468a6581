/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Option tables.  One row says all about an option: how it is written, what reads its argument,
 * where the value goes and what the help says; parsing and --help (and whatever else lists options)
 * come from the same rows.
 *
 * Options and words may be mixed; `--` ends the options; `-` is a word; `-xVALUE`, `-x VALUE`,
 * `--name=VALUE` and `--name VALUE` are the same.  Names are not abbreviated.
 */
#ifndef TRYST_CLI_OPT_H
#define TRYST_CLI_OPT_H

#include "base/buf.h"
#include "base/error.h"

/* Reads an argument (NULL for an option without one) into its place; an error text need not name
 * the option. */
typedef int (*tryst_opt_fn)(void *at, char *value, struct tryst_error *err);

struct tryst_option {
	char letter;      /* 0: none */
	const char *name; /* without the dashes; NULL ends a table, or with a letter: only that */
	const char *arg;  /* what the help calls the argument; NULL: takes none */
	tryst_opt_fn read;
	size_t at;        /* offset of the place in the settings */
	const char *help; /* lines parted by \n */
};

struct tryst_option_group {
	const char *title;
	const struct tryst_option *options; /* ended by a row without letter and name */
};

/* A growing list of words; the words themselves are argv's. */
struct tryst_words {
	char **list;
	size_t count;
	size_t cap;
};

int tryst_words_add(struct tryst_words *w, char *word, struct tryst_error *err);
void tryst_words_fini(struct tryst_words *w);

#define TRYST_OPT_HELP 1 /* from tryst_opt_parse: -h or --help was there */

/*
 * Parses argv[0..argc) by the groups (ended by NULL) into settings and words.  Returns 0,
 * TRYST_OPT_HELP at the first request for help, or TRYST_ERR_USAGE with one line of text.
 */
int tryst_opt_parse(const struct tryst_option_group *const *groups, int argc, char **argv,
                    void *settings, struct tryst_words *words, struct tryst_error *err);

/* Readers of arguments, named after the type of the place. */
int tryst_opt_help(void *at, char *value, struct tryst_error *err);
int tryst_opt_flag(void *at, char *value, struct tryst_error *err);  /* bool: true */
int tryst_opt_more(void *at, char *value, struct tryst_error *err);  /* unsigned: one more */
int tryst_opt_text(void *at, char *value, struct tryst_error *err);  /* const char *, once */
int tryst_opt_words(void *at, char *value, struct tryst_error *err); /* struct tryst_words */
int tryst_opt_count(void *at, char *value, struct tryst_error *err); /* uint64_t */
int tryst_opt_jobs(void *at, char *value, struct tryst_error *err);  /* unsigned, 1..256 */
int tryst_opt_duration(void *at, char *value,
                       struct tryst_error *err);                    /* int64_t: ms; 90s, 1h30m */
int tryst_opt_size(void *at, char *value, struct tryst_error *err); /* size_t: bytes, K M G T */

/* Writes the options of the groups as the help shows them. */
void tryst_opt_describe(const struct tryst_option_group *const *groups, struct tryst_buf *out);

#endif
