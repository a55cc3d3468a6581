/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/suggest.h"

#include <ctype.h>
#include <string.h>

#define LEN_MAX 31

/*
 * Optimal string alignment distance: inserted, left out, changed and swapped letters count one each
 * (F. Damerau, CACM 7(3), 1964).
 */
static unsigned
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][LEN_MAX + 1];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *spare = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned same = tolower((unsigned char)a[i - 1]) ==
			                tolower((unsigned char)b[j - 1]);

			row[j] = TRYST_MIN(above[j], row[j - 1]) + 1;
			row[j] = TRYST_MIN(row[j], above[j - 1] + !same);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = TRYST_MIN(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[b_len];
}

void
tryst_suggest_init(struct tryst_suggest *s, const char *word, size_t len)
{
	*s = (struct tryst_suggest){ .word = word,
		                     .len = len,
		                     .distance = (unsigned)(len / 3 + 1) };
}

void
tryst_suggest_try(struct tryst_suggest *s, const char *name)
{
	size_t len = strlen(name);
	size_t used = strlen(s->known);
	unsigned d;

	if (used + len + 3 > sizeof(s->known))
		s->too_many = true;
	else
		(void)stpcpy(stpcpy(s->known + used, used ? ", " : ""), name);
	if (s->len > LEN_MAX || len > LEN_MAX)
		return;
	d = distance(s->word, s->len, name, len);
	/* Something that begins as typed is likelier meant than its distance says. */
	if (s->len >= 3 && len > s->len && memcmp(s->word, name, s->len) == 0)
		d = 1;
	if (d < s->distance || (d == s->distance && !s->best)) {
		s->best = name;
		s->distance = d;
	}
}

int
tryst_suggest_error(const struct tryst_suggest *s, const char *what, struct tryst_error *err)
{
	bool known = !s->best && !s->too_many;

	return tryst_error_set(err, TRYST_ERR_USAGE, "no %s '%.*s'%s%s%s", what, (int)s->len,
	                       s->word,
	                       s->best ? ", did you mean "
	                       : known ? ", there are "
	                               : "",
	                       s->best ? s->best
	                       : known ? s->known
	                               : "",
	                       s->best ? "?" : "");
}
