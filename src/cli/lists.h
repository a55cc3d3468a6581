/* SPDX-License-Identifier: Apache-2.0 */
/* Watchlists on the command line: loading them by the options, and the verbs of `tryst lists`. */
#ifndef TRYST_CLI_LISTS_H
#define TRYST_CLI_LISTS_H

#include "base/json.h"
#include "cli/cli.h"
#include "watch/merge.h"

/*
 * Loads the lists by --list-format, --stix-observables and --strict.  TRYST_ERR_FORMAT where one
 * holds nothing, where all together hold nothing, and with --strict at what was rejected.
 */
int tryst_lists_load(struct tryst_watchlist **out, const struct tryst_settings *s,
                     char *const *paths, size_t count, struct tryst_error *err);

/* Says how many entries are in one's own networks, and where the first stands. */
void tryst_lists_say_home(const struct tryst_watchlist *w, const struct tryst_prefix *home,
                          size_t count);

/* How the answers of `tryst lists` are written. */
enum tryst_lists_as { TRYST_LISTS_TEXT, TRYST_LISTS_CSV, TRYST_LISTS_JSON };

/* The verbs; the words are what stands behind the verb.  They return the exit code. */
int tryst_lists_check(struct tryst_settings *s, char **words, size_t count);
int tryst_lists_merge(struct tryst_settings *s, char **words, size_t count);
int tryst_lists_diff(struct tryst_settings *s, char **words, size_t count);
int tryst_lists_formats(struct tryst_settings *s, char **words, size_t count);

/* How many entries of all lists were rejected; the ones that are kept, on the standard error. */
uint64_t tryst_lists_rejected(const struct tryst_watchlist *w);
void tryst_lists_say_rejected(const struct tryst_watchlist *w);

/* Says why a verb failed; the exit code. */
int tryst_lists_failed(const char *verb, const struct tryst_error *err);

/* Which of the names -o says, the first where it says nothing; TRYST_ERR_USAGE. */
int tryst_lists_output(const struct tryst_settings *s, const char *const *names, unsigned *out,
                       struct tryst_error *err);

/* A list as JSON, under the keys of case files. */
void tryst_lists_json_info(struct tryst_json *j, const struct tryst_watchlist *w, uint32_t list);

/* An entry as JSON: an open object, which the caller ends. */
void tryst_lists_json_entry(struct tryst_json *j, const struct tryst_indicator *i);

/* An entry as a line of a plain list, `192.0.2.1:443 # label`, without its end. */
void tryst_lists_line(struct tryst_buf *b, const struct tryst_indicator *i);

/* Writes the buffer to the standard output; the exit code, `code` if all went well. */
int tryst_lists_done(struct tryst_buf *out, int code);

#endif
