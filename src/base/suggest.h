/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nearest of some names to a misspelt one.  Letter case, blanks, `_` and `-` do not count.
 */
#ifndef TRYST_BASE_SUGGEST_H
#define TRYST_BASE_SUGGEST_H

#include "base/error.h"

#define TRYST_SUGGEST_WORD_MAX 32

struct tryst_suggest {
	const char *word; /* as typed, len characters; not copied */
	size_t len;
	char squeezed[TRYST_SUGGEST_WORD_MAX];
	const char *best; /* NULL: nothing is near enough to be meant */
	unsigned distance;
	size_t alike;    /* characters that best begins with as typed */
	char known[192]; /* the names tried, each once, while they fit */
	bool too_many;
};

/*
 * The form in which names are compared: lower case, without blanks, `_` and `-`.  Returns its
 * length; what is longer than TRYST_SUGGEST_WORD_MAX - 1 keeps its start.
 */
size_t tryst_word_squeeze(const char *text, size_t len, char out[TRYST_SUGGEST_WORD_MAX]);

void tryst_suggest_init(struct tryst_suggest *s, const char *word, size_t len);

/* Looks at one name, which must live as long as s. */
void tryst_suggest_try(struct tryst_suggest *s, const char *name);

/* "no WHAT 'word', did you mean X?", or which there are when these are few: TRYST_ERR_USAGE. */
int tryst_suggest_error(const struct tryst_suggest *s, const char *what, struct tryst_error *err);

/*
 * Which of the names, ended by NULL, the word is; the first for NULL.  Else TRYST_ERR_USAGE, as
 * tryst_suggest_error says it.
 */
int tryst_suggest_index(const char *word, const char *const *names, const char *what, unsigned *out,
                        struct tryst_error *err);

#endif
