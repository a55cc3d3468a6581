/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/words.h"

#include <ctype.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Whether a word names something that is there. */
static bool
names_something(const char *word)
{
	struct stat st;
	glob_t g = { 0 };
	bool found;

	if (strcmp(word, "-") == 0 || lstat(word, &st) == 0)
		return true;
	if (!strpbrk(word, "*?["))
		return false;
	found = glob(word, GLOB_NOSORT, NULL, &g) == 0;
	globfree(&g);
	return found;
}

/* A slash, or a suffix on a word that has a letter (1.2.3.4 has no suffix); filters have blanks. */
static bool
looks_like_path(const char *word)
{
	const char *dot = strrchr(word, '.');
	bool letter = false;

	if (strpbrk(word, " \t\n()[]"))
		return false;
	if (strchr(word, '/') || strpbrk(word, "*?"))
		return true;
	for (const char *p = word; *p; p++)
		letter |= isalpha((unsigned char)*p) != 0;
	return letter && dot && dot > word && isalnum((unsigned char)dot[1]);
}

static int
sort_last(char *word, struct tryst_words *inputs, struct tryst_filter **filter,
          struct tryst_error *err)
{
	char *name = NULL;
	int rc;

	/* A single word may be meant as either. */
	if (!strpbrk(word, " \t\n()[]") &&
	    asprintf(&name, "'%s' is no file, and no filter either", word) < 0)
		return tryst_error_nomem(err);
	rc = tryst_filter_new(filter, word, name ? name : "filter", err);
	free(name);
	if (rc == TRYST_ERR_USAGE && looks_like_path(word))
		return tryst_words_add(inputs, word, err);
	return rc;
}

int
tryst_words_sort(char *const *words, size_t count, bool filter_given, struct tryst_words *inputs,
                 struct tryst_filter **filter, struct tryst_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++) {
		char *word = words[i];

		if (names_something(word))
			rc = tryst_words_add(inputs, word, err);
		else if (i + 1 == count && !filter_given)
			rc = sort_last(word, inputs, filter, err);
		else if (filter_given || looks_like_path(word))
			rc = tryst_words_add(inputs, word, err);
		else
			rc = tryst_error_set(err, TRYST_ERR_USAGE,
			                     "'%s' is no file, and the filter is the last word: "
			                     "quote a filter of several words",
			                     word);
	}
	return rc;
}
