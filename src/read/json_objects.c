/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that do not stand one on a line: the elements of an array, or objects over several lines.
 * They are found by their braces; what stands between them and is no blank, comma or bracket is
 * given out as a record of its own, which then is a bad one.
 */
#include <string.h>

#include "read/json_log.h"

/* A place in the window that stays when the window moves. */
struct find {
	struct tryst_text_lines *l;
	size_t begin; /* of the object, in the window */
	size_t pos;
};

/* Makes more text follow; false at the end, or when the object is too long. */
static int
find_more(struct find *f, struct tryst_error *err)
{
	int rc;

	if (f->l->ended || f->pos - f->begin > TRYST_TEXT_LINE_MAX)
		return 0;
	f->l->pos = f->begin;
	rc = tryst_text_lines_more(f->l, err);
	if (rc < 0)
		return rc;
	f->pos -= f->begin;
	f->begin = 0;
	return f->pos < f->l->end ? 1 : 0;
}

static bool
is_between(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == ',' || c == '[' || c == ']';
}

/* Passes over what may stand between objects; 1 at something else, 0 at the end. */
static int
find_begin(struct find *f, uint64_t *lines, struct tryst_error *err)
{
	int rc;

	for (;;) {
		for (; f->pos < f->l->end; f->pos++) {
			if (!is_between(f->l->window[f->pos])) {
				f->begin = f->pos;
				return 1;
			}
			*lines += f->l->window[f->pos] == '\n';
		}
		f->begin = f->pos;
		rc = find_more(f, err);
		if (rc <= 0)
			return rc;
	}
}

/* Behind the closing brace, or the end of the line if it is no object; 0: there is none. */
static int
find_end(struct find *f, struct tryst_error *err)
{
	bool object = f->l->window[f->begin] == '{', quoted = false, escaped = false;
	unsigned depth = 0;
	int rc;

	for (;;) {
		for (; f->pos < f->l->end; f->pos++) {
			char c = f->l->window[f->pos];

			if (!object && (c == '\n' || c == '{'))
				return 1;
			if (escaped || (quoted && c != '"' && c != '\\')) {
				escaped = false;
			} else if (c == '"') {
				quoted = !quoted;
			} else if (c == '\\') {
				escaped = quoted;
			} else if (c == '{') {
				depth++;
			} else if (c == '}' && object && --depth == 0) {
				f->pos++;
				return 1;
			}
		}
		rc = find_more(f, err);
		if (rc <= 0)
			return rc;
	}
}

static uint64_t
count_lines(const char *p, const char *end)
{
	uint64_t n = 0;

	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		n++;
		p++;
	}
	return n;
}

int
tryst_json_next(struct tryst_text_part *p, struct tryst_text_lines *l, struct tryst_text_line *line,
                struct tryst_error *err)
{
	struct find f = { .l = l, .begin = l->pos, .pos = l->pos };
	uint64_t lines = 0;
	int rc = find_begin(&f, &lines, err);

	if (rc <= 0)
		return rc;
	rc = find_end(&f, err);
	if (rc < 0)
		return rc;
	/* The caller adds 1: the number of the line where the record begins. */
	p->newlines += lines;
	p->lines = p->newlines;
	*line = (struct tryst_text_line){ .text = l->window + f.begin,
		                          .len = f.pos - f.begin,
		                          .at = l->at + f.begin,
		                          .too_long = f.pos - f.begin > TRYST_TEXT_LINE_MAX,
		                          .unfinished = rc == 0 };
	p->newlines += count_lines(line->text, line->text + line->len);
	l->pos = f.pos;
	return 1;
}
