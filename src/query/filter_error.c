/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the filter language:
 *
 *   filter:2: unexpected "prot"
 *     and prot tcp
 *         ^^^^
 *     did you mean proto?
 *
 * Long lines are cut to a window around the token.  The line number is left out where there is only
 * one line.
 */
#include "query/filter_ast.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BEFORE_MAX 48 /* bytes of the line shown before the token */
#define WINDOW_MAX 72 /* bytes of the line shown in all */
#define NAME_MAX_SHOWN 200

/* Appends a piece of a line and returns the columns it takes. */
static size_t
show(struct tryst_buf *out, const char *text, size_t len)
{
	size_t from = out->len, columns = 0;

	for (size_t i = 0; i < len; i++) {
		size_t tab = i;

		while (i < len && text[i] != '\t' && text[i] != '\r')
			i++;
		tryst_buf_safe(out, text + tab, i - tab);
		if (i < len)
			tryst_buf_char(out, ' ');
	}
	for (size_t i = from; i < out->len; i++)
		columns += (out->data[i] & 0xc0) != 0x80;
	return columns;
}

static bool
is_continuation(char c)
{
	return (c & 0xc0) == 0x80;
}

static void
point(struct tryst_buf *out, const struct tryst_fsource *s, const struct tryst_ftoken *at)
{
	size_t start = at->at, end = at->at, from, to, columns, width;

	while (start > 0 && s->text[start - 1] != '\n')
		start--;
	while (end < s->len && s->text[end] != '\n')
		end++;
	from = at->at - start > BEFORE_MAX ? at->at - BEFORE_MAX : start;
	while (from < at->at && from > start && is_continuation(s->text[from]))
		from++;
	to = TRYST_MIN(end, from + WINDOW_MAX);
	while (to < end && to > at->at && is_continuation(s->text[to]))
		to--;
	tryst_buf_str(out, from > start ? "\n  ..." : "\n  ");
	columns = (from > start ? 3 : 0) + show(out, s->text + from, at->at - from);
	width = show(out, s->text + at->at, TRYST_MIN(at->len, to - at->at));
	show(out, s->text + TRYST_MIN(at->at + at->len, to), to - TRYST_MIN(at->at + at->len, to));
	tryst_buf_str(out, to < end ? "...\n  " : "\n  ");
	while (columns--)
		tryst_buf_char(out, ' ');
	for (width = TRYST_MAX(width, (size_t)1); width; width--)
		tryst_buf_char(out, '^');
}

int
tryst_flexer_error(const struct tryst_flexer *lx, const struct tryst_ftoken *at, const char *hint,
                   const char *fmt, ...)
{
	const struct tryst_fsource *s = &lx->sources[at->source];
	const char *name = s->name ? s->name : lx->origin;
	struct tryst_buf out = { 0 };
	char text[256];
	size_t line = 1;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (size_t i = 0; i < at->at; i++)
		line += s->text[i] == '\n';
	tryst_buf_safe(&out, name, strnlen(name, NAME_MAX_SHOWN));
	if (s->name || memchr(s->text, '\n', s->len))
		tryst_buf_printf(&out, ":%zu", line);
	tryst_buf_str(&out, ": ");
	if (n > 0)
		tryst_buf_safe(&out, text, TRYST_MIN((size_t)n, sizeof(text) - 1));
	point(&out, s, at);
	if (hint) {
		tryst_buf_str(&out, "\n  ");
		tryst_buf_safe(&out, hint, strlen(hint));
	}
	if (out.failed)
		tryst_error_nomem(lx->err);
	else
		tryst_error_set(lx->err, TRYST_ERR_USAGE, "%s", out.data);
	tryst_buf_fini(&out);
	return lx->err ? lx->err->code : TRYST_ERR_USAGE;
}
