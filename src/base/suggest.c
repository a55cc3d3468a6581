/* SPDX-License-Identifier: Apache-2.0 */
#include "base/suggest.h"

#include <ctype.h>
#include <string.h>

/*
 * Optimal string alignment distance: inserted, left out, changed and swapped letters count one each
 * (F. Damerau, CACM 7(3), 1964).
 */
static unsigned
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][TRYST_SUGGEST_WORD_MAX];
	unsigned *before = rows[0], *above = rows[1], *row = rows[2];

	assert(a_len < TRYST_SUGGEST_WORD_MAX && b_len < TRYST_SUGGEST_WORD_MAX);
	for (size_t j = 0; j <= b_len; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *spare = before;

		row[0] = (unsigned)i;
		for (size_t j = 1; j <= b_len; j++) {
			row[j] = TRYST_MIN(above[j], row[j - 1]) + 1;
			row[j] = TRYST_MIN(row[j], above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = TRYST_MIN(row[j], before[j - 2] + 1);
		}
		before = above;
		above = row;
		row = spare;
	}
	return above[b_len];
}

size_t
tryst_word_squeeze(const char *text, size_t len, char out[TRYST_SUGGEST_WORD_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < TRYST_SUGGEST_WORD_MAX; i++) {
		unsigned char c = (unsigned char)text[i];

		if (!isspace(c) && c != '_' && c != '-')
			out[n++] = (char)tolower(c);
	}
	out[n] = '\0';
	return n;
}

void
tryst_suggest_init(struct tryst_suggest *s, const char *word, size_t len)
{
	*s = (struct tryst_suggest){ .word = word, .len = len };
	/* One slip in a short word, two in a long one; in a single letter all would be a slip. */
	len = tryst_word_squeeze(word, len, s->squeezed);
	s->distance = len < 2 ? 0 : len < 5 ? 1 : 2;
}

static void
known_add(struct tryst_suggest *s, const char *name)
{
	size_t used = strlen(s->known), len = strlen(name);

	/* Labels of lists come again and again. */
	for (const char *at = s->known; len && (at = strstr(at, name)); at++) {
		if ((at == s->known || at[-1] == ' ') && (!at[len] || at[len] == ','))
			return;
	}
	if (used + len + 3 > sizeof(s->known))
		s->too_many = true;
	else
		(void)stpcpy(stpcpy(s->known + used, used ? ", " : ""), name);
}

void
tryst_suggest_try(struct tryst_suggest *s, const char *name)
{
	char other[TRYST_SUGGEST_WORD_MAX];
	size_t len = strlen(s->squeezed), alike = 0;
	size_t other_len = tryst_word_squeeze(name, strlen(name), other);
	unsigned d;

	known_add(s, name);
	if (len < 2)
		return;
	while (alike < len && s->squeezed[alike] == other[alike])
		alike++;
	d = distance(s->squeezed, len, other, other_len);
	/* Something that begins as typed is likelier meant than its distance says. */
	if (len >= 3 && alike == len)
		d = TRYST_MIN(d, 1u);
	/* Of two equally near, the one that begins like it. */
	if (d < s->distance || (d == s->distance && (!s->best || alike > s->alike))) {
		s->best = name;
		s->distance = d;
		s->alike = alike;
	}
}

int
tryst_suggest_error(const struct tryst_suggest *s, const char *what, struct tryst_error *err)
{
	bool known = !s->best && !s->too_many && *s->known;

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

int
tryst_suggest_index(const char *word, const char *const *names, const char *what, unsigned *out,
                    struct tryst_error *err)
{
	struct tryst_suggest near;

	*out = 0;
	if (!word)
		return 0;
	tryst_suggest_init(&near, word, strlen(word));
	for (unsigned i = 0; names[i]; i++) {
		if (strcmp(names[i], word) == 0) {
			*out = i;
			return 0;
		}
		tryst_suggest_try(&near, names[i]);
	}
	return tryst_suggest_error(&near, what, err);
}
