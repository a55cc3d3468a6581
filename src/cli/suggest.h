/* SPDX-License-Identifier: Apache-2.0 */
/* The nearest of some names to a misspelt one. */
#ifndef TRYST_CLI_SUGGEST_H
#define TRYST_CLI_SUGGEST_H

#include "base/base.h"

struct tryst_suggest {
	const char *word;
	size_t len;
	const char *best; /* NULL: nothing is near enough to be meant */
	unsigned distance;
};

void tryst_suggest_init(struct tryst_suggest *s, const char *word, size_t len);
void tryst_suggest_try(struct tryst_suggest *s, const char *name);

#endif
