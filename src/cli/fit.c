/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/fit.h"

#include <limits.h>
#include <string.h>

#include "cli/say.h"
#include "cli/term.h"
#include "report/layout.h"

#define HANG_MAX 40 /* a meaning does not begin further to the right */
#define HANG 4      /* of a line that has none */
#define BELOW 20    /* a line that begins so far to the right is a meaning */
#define LEAST 40    /* columns; narrower pages are left to the terminal */

/* Where the lines below an indented one begin; it may be broken from there on. */
static unsigned
hang_of(const char *line, size_t len)
{
	size_t at = strspn(line, " "), indent = at;

	if (!indent || indent >= BELOW)
		return (unsigned)indent;
	for (; at + 2 < len && at < HANG_MAX; at++) {
		if (line[at] == ' ' && line[at + 1] == ' ') {
			at += strspn(line + at, " ");
			return (unsigned)(at < len ? at : indent + HANG);
		}
	}
	return (unsigned)(indent + HANG);
}

/* The bytes of a paragraph, with the last line feed, and whether all of its lines fit. */
static size_t
paragraph(const char *text, unsigned hang, unsigned width, bool *fits)
{
	size_t at = 0, len;

	*fits = true;
	if (*text == '\n')
		return 1;
	do {
		len = strcspn(text + at, "\n");
		*fits &= tryst_layout_columns(text + at, len) <= width;
		at += len + (text[at + len] == '\n');
	} while (text[at] && text[at] != '\n' && strspn(text + at, " ") == hang);
	return at;
}

static void
break_up(struct tryst_buf *out, const char *text, size_t len, unsigned hang, unsigned width)
{
	bool means = hang >= 2 && hang < len && text[hang - 1] == ' ' && text[hang - 2] == ' ';
	size_t begin = means ? hang : strspn(text, " "), at = out->len;
	struct tryst_buf words = { 0 };

	/* What stands before the meaning is put there once the rest is laid out. */
	tryst_buf_add(&words, text + begin, len - begin);
	out->failed |= words.failed;
	for (size_t i = 0; !words.failed && i < words.len; i++) {
		if (words.data[i] == '\n')
			words.data[i] = ' ';
	}
	if (!words.failed)
		tryst_layout_wrap(out, width, (unsigned)begin, hang, words.data);
	if (!out->failed)
		memcpy(out->data + at, text, begin);
	tryst_buf_fini(&words);
}

void
tryst_fit_beside(struct tryst_buf *out, const char *name, unsigned from, const char *text,
                 unsigned width)
{
	size_t len = strlen(name), at = out->len;

	tryst_layout_wrap(out, width >= LEAST ? width : UINT_MAX,
	                  TRYST_MAX(from, (unsigned)len + 1), from, text);
	if (!out->failed)
		memcpy(out->data + at, name, len);
}

void
tryst_fit(struct tryst_buf *out, const char *text, unsigned width)
{
	while (*text && width >= LEAST) {
		unsigned hang = hang_of(text, strcspn(text, "\n"));
		bool fits;
		size_t len = paragraph(text, hang, width, &fits);

		if (fits)
			tryst_buf_add(out, text, len);
		else
			break_up(out, text, len, hang, width);
		text += len;
	}
	tryst_buf_str(out, text);
}

int
tryst_out_fit(const struct tryst_buf *b, struct tryst_error *err)
{
	struct tryst_buf out = { .failed = b->failed };
	int rc;

	if (b->len && !b->failed)
		tryst_fit(&out, b->data, tryst_term_width());
	rc = tryst_out_buf(&out, err);
	tryst_buf_fini(&out);
	return rc;
}
