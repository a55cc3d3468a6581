/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest of some names to a misspelt one. */
#ifndef TRYST_CLI_SUGGEST_H
#define TRYST_CLI_SUGGEST_H

#include "base/error.h"

struct tryst_suggest {
	const char *word;
	size_t len;
	const char *best; /* NULL: nothing is near enough to be meant */
	unsigned distance;
	char known[80]; /* the names tried, while they fit */
	bool too_many;
};

void tryst_suggest_init(struct tryst_suggest *s, const char *word, size_t len);
void tryst_suggest_try(struct tryst_suggest *s, const char *name);

/* "no WHAT 'word', did you mean X?", or which there are when these are few: TRYST_ERR_USAGE. */
int tryst_suggest_error(const struct tryst_suggest *s, const char *what, struct tryst_error *err);

#endif
