/* SPDX-License-Identifier: Apache-2.0 */
/* Which words are inputs and which is the filter: the rule of tryst_about_inputs. */
#ifndef TRYST_CLI_WORDS_H
#define TRYST_CLI_WORDS_H

#include "cli/opt.h"
#include "query/filter.h"

/*
 * Sorts words: inputs are appended to *inputs; the filter, where the last word is one, is compiled
 * into *filter (else untouched).  `filter_given`: there is one from a file, so that no word is.
 * TRYST_ERR_USAGE for a word that is neither, or for a filter with a mistake.
 */
int tryst_words_sort(char *const *words, size_t count, bool filter_given,
                     struct tryst_words *inputs, struct tryst_filter **filter,
                     struct tryst_error *err);

#endif
