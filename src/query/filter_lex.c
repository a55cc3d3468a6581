/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens of the filter language.  A word is anything between blanks, brackets, commas, comparisons
 * and comments: what it means is the parser's business, so that 10/8, 80-90, 1.5M, S/SA and fe80::1
 * are one token each.
 */
#include "query/filter_ast.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *text;
	enum tryst_ftoken_kind kind;
	enum tryst_fcompare compare;
} operators[] = {
	/* The longer first. */
	{ "&&", TRYST_FTOKEN_AND, 0 },
	{ "||", TRYST_FTOKEN_OR, 0 },
	{ "==", TRYST_FTOKEN_COMPARE, TRYST_FCOMPARE_EQ },
	{ "!=", TRYST_FTOKEN_COMPARE, TRYST_FCOMPARE_NE },
	{ ">=", TRYST_FTOKEN_COMPARE, TRYST_FCOMPARE_GE },
	{ "<=", TRYST_FTOKEN_COMPARE, TRYST_FCOMPARE_LE },
	{ "=", TRYST_FTOKEN_COMPARE, TRYST_FCOMPARE_EQ },
	{ ">", TRYST_FTOKEN_COMPARE, TRYST_FCOMPARE_GT },
	{ "<", TRYST_FTOKEN_COMPARE, TRYST_FCOMPARE_LT },
	{ "!", TRYST_FTOKEN_NOT, 0 },
	{ "(", TRYST_FTOKEN_OPEN, 0 },
	{ ")", TRYST_FTOKEN_CLOSE, 0 },
	{ "[", TRYST_FTOKEN_OPEN_LIST, 0 },
	{ "]", TRYST_FTOKEN_CLOSE_LIST, 0 },
	{ ",", TRYST_FTOKEN_COMMA, 0 },
};

static const struct {
	const char *text;
	enum tryst_ftoken_kind kind;
	enum tryst_fcompare compare;
} operator_words[] = {
	{ "or", TRYST_FTOKEN_OR, 0 },
	{ "and", TRYST_FTOKEN_AND, 0 },
	{ "not", TRYST_FTOKEN_NOT, 0 },
	{ "eq", TRYST_FTOKEN_COMPARE, TRYST_FCOMPARE_EQ },
	{ "ne", TRYST_FTOKEN_COMPARE, TRYST_FCOMPARE_NE },
	{ "gt", TRYST_FTOKEN_COMPARE, TRYST_FCOMPARE_GT },
	{ "ge", TRYST_FTOKEN_COMPARE, TRYST_FCOMPARE_GE },
	{ "lt", TRYST_FTOKEN_COMPARE, TRYST_FCOMPARE_LT },
	{ "le", TRYST_FTOKEN_COMPARE, TRYST_FCOMPARE_LE },
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

/* Bytes beyond ASCII belong to words, so that a message shows them whole. */
static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '-' && c <= ':') ||
	       c == '_' || c == '\\' || c == '%' || c == '+' || c == '@' || (c & 0x80);
}

static int
source_add(struct tryst_flexer *lx, const struct tryst_fsource *s)
{
	struct tryst_fsource *grown;

	grown = realloc(lx->sources, (lx->count + 1) * sizeof(*grown));
	if (!grown)
		return tryst_error_nomem(lx->err);
	lx->sources = grown;
	lx->sources[lx->count++] = *s;
	lx->total += s->len;
	return 0;
}

int
tryst_flexer_init(struct tryst_flexer *lx, const char *text, const char *origin,
                  struct tryst_error *err)
{
	struct tryst_fsource root = { .text = text, .len = strlen(text) };

	*lx = (struct tryst_flexer){ .origin = origin, .err = err };
	if (root.len > TRYST_FILTER_TEXT_MAX)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "%s: the text has %zu bytes, more than the %u allowed",
		                       origin, root.len, TRYST_FILTER_TEXT_MAX);
	return source_add(lx, &root);
}

void
tryst_flexer_fini(struct tryst_flexer *lx)
{
	for (size_t i = 0; i < lx->count; i++) {
		free(lx->sources[i].owned);
		free(lx->sources[i].name);
	}
	free(lx->sources);
	*lx = (struct tryst_flexer){ 0 };
}

static int
file_read(struct tryst_flexer *lx, struct tryst_fsource *s, const struct tryst_ftoken *at)
{
	size_t left = TRYST_FILTER_TEXT_MAX - lx->total, n;
	struct tryst_buf buf = { 0 };
	FILE *f = fopen(s->name, "re");
	char *p;

	if (!f)
		return tryst_flexer_error(lx, at, NULL, "cannot open '%s': %s", s->name,
		                          strerror(errno));
	errno = 0;
	do {
		p = tryst_buf_reserve(&buf, 65536);
		n = p ? fread(p, 1, 65536, f) : 0;
		buf.len += n;
	} while (n && buf.len <= left);
	n = ferror(f) ? (size_t)errno : 0;
	(void)fclose(f);
	s->owned = buf.data;
	s->text = buf.data;
	s->len = buf.len;
	if (buf.failed)
		return tryst_error_nomem(lx->err);
	if (n)
		return tryst_flexer_error(lx, at, NULL, "cannot read '%s': %s", s->name,
		                          strerror((int)n));
	if (buf.len > left)
		return tryst_flexer_error(lx, at, NULL,
		                          "'%s' makes the filter longer than %u bytes", s->name,
		                          TRYST_FILTER_TEXT_MAX);
	return 0;
}

/* Goes on in the file that stands behind @include. */
static int
include(struct tryst_flexer *lx, struct tryst_ftoken *t)
{
	struct tryst_fsource *from = &lx->sources[lx->current];
	struct tryst_fsource file = { .parent = lx->current, .depth = from->depth + 1 };
	int rc;

	while (from->at < from->len &&
	       (from->text[from->at] == ' ' || from->text[from->at] == '\t'))
		from->at++;
	t->at = from->at;
	while (from->at < from->len && !is_blank(from->text[from->at]))
		from->at++;
	t->text = from->text + t->at;
	t->len = from->at - t->at;
	if (t->len == 0)
		return tryst_flexer_error(lx, t, NULL,
		                          "expected the name of a file after @include");
	if (file.depth > TRYST_FILTER_INCLUDE_DEPTH_MAX || lx->count > TRYST_FILTER_INCLUDES_MAX)
		return tryst_flexer_error(lx, t, NULL, "files include each other too deeply");
	file.name = strndup(t->text, t->len);
	if (!file.name)
		return tryst_error_nomem(lx->err);
	rc = file_read(lx, &file, t);
	if (rc == 0)
		rc = source_add(lx, &file);
	if (rc < 0) {
		free(file.owned);
		free(file.name);
		return rc;
	}
	lx->current = lx->count - 1;
	return 0;
}

/* Moves to the next byte that matters; at the end of a file, back to where it was included. */
static struct tryst_fsource *
skip(struct tryst_flexer *lx)
{
	struct tryst_fsource *s = &lx->sources[lx->current];
	const char *end;

	for (;;) {
		while (s->at < s->len && is_blank(s->text[s->at]))
			s->at++;
		if (s->at < s->len && s->text[s->at] == '#') {
			end = memchr(s->text + s->at, '\n', s->len - s->at);
			s->at = end ? (size_t)(end - s->text) : s->len;
		} else if (s->at < s->len || lx->current == 0) {
			return s;
		} else {
			lx->current = s->parent;
			s = &lx->sources[lx->current];
		}
	}
}

static void
word(struct tryst_fsource *s, struct tryst_ftoken *t)
{
	while (s->at < s->len && is_word(s->text[s->at]))
		s->at++;
	t->kind = TRYST_FTOKEN_WORD;
	t->len = s->at - t->at;
	if (t->len > 3 || *t->text <= '9')
		return;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(operator_words); i++) {
		if (tryst_ftoken_is(t, operator_words[i].text)) {
			t->kind = operator_words[i].kind;
			t->compare = operator_words[i].compare;
			return;
		}
	}
}

static void
other(struct tryst_fsource *s, struct tryst_ftoken *t)
{
	const char *end;
	size_t n;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(operators); i++) {
		n = strlen(operators[i].text);
		if (n <= s->len - s->at && memcmp(t->text, operators[i].text, n) == 0) {
			t->kind = operators[i].kind;
			t->compare = operators[i].compare;
			t->len = n;
			s->at += n;
			return;
		}
	}
	t->kind = TRYST_FTOKEN_OTHER;
	end = *t->text == '"' || *t->text == '\''
	              ? memchr(t->text + 1, *t->text, s->len - s->at - 1)
	              : NULL;
	t->len = end ? (size_t)(end - t->text) + 1 : 1;
	s->at += t->len;
}

int
tryst_flexer_next(struct tryst_flexer *lx, struct tryst_ftoken *out)
{
	struct tryst_fsource *s;
	int rc;

	for (;;) {
		s = skip(lx);
		*out = (struct tryst_ftoken){ .source = lx->current,
			                      .at = s->at,
			                      .text = s->text + s->at };
		if (s->at == s->len)
			return 0;
		if (!is_word(*out->text)) {
			other(s, out);
			return 0;
		}
		word(s, out);
		if (!tryst_ftoken_is(out, "@include"))
			return 0;
		rc = include(lx, out);
		if (rc < 0)
			return rc;
	}
}

bool
tryst_ftoken_is(const struct tryst_ftoken *t, const char *text)
{
	return strncasecmp(t->text, text, t->len) == 0 && text[t->len] == '\0';
}
