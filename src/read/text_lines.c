/* SPDX-License-Identifier: Apache-2.0 */
#include "read/text_lines.h"

#include <string.h>

#define OVERRUN 4096 /* read behind the last line's beginning, to find its end */

_Static_assert(TRYST_TEXT_WINDOW >= 2 * TRYST_TEXT_LINE_MAX, "a line fits behind any other");

int
tryst_text_lines_more(struct tryst_text_lines *l, struct tryst_error *err)
{
	size_t left = l->end - l->pos, room = TRYST_TEXT_WINDOW - left;
	uint64_t at = l->at + l->end;
	ssize_t n;

	/* Little more than our own lines: what follows is another part's. */
	if (l->stop - TRYST_MIN(l->stop, at) < room)
		room = TRYST_MIN(room, (size_t)(l->stop - TRYST_MIN(l->stop, at)) + OVERRUN);

	memmove(l->window, l->window + l->pos, left);
	l->at += l->pos;
	l->pos = 0;
	l->end = left;
	if (l->stream)
		n = tryst_stream_read(l->stream, l->window + left, room, err);
	else
		n = tryst_file_read(l->file, at, l->window + left, room, err);
	if (n < 0)
		return (int)n;
	l->end += (size_t)n;
	l->ended = (size_t)n < room;
	return 0;
}

/* Passes over everything up to and with the next line end, or until it is past an offset. */
static int
skip_line(struct tryst_text_lines *l, uint64_t past, struct tryst_error *err)
{
	int rc;

	for (;;) {
		char *eol = memchr(l->window + l->pos, '\n', l->end - l->pos);

		l->pos = eol ? (size_t)(eol + 1 - l->window) : l->end;
		if (eol || l->ended || l->at + l->pos >= past)
			return 0;
		rc = tryst_text_lines_more(l, err);
		if (rc < 0)
			return rc;
	}
}

int
tryst_text_lines_init(struct tryst_text_lines *l, const struct tryst_file *file,
                      struct tryst_stream *stream, char *window, uint64_t from, uint64_t stop,
                      struct tryst_error *err)
{
	int rc = 0;

	*l = (struct tryst_text_lines){
		.file = file, .stream = stream, .window = window, .stop = stop
	};
	if (from == 0)
		return 0;
	if (!stream) {
		/* A line begins at `from` only if the byte before ends one. */
		l->at = from - 1;
		return skip_line(l, stop, err);
	}
	while (rc == 0 && l->at + l->end < from && !l->ended) {
		l->pos = l->end;
		rc = tryst_text_lines_more(l, err);
	}
	l->pos = TRYST_MIN((size_t)(from - l->at), l->end);
	return rc;
}

int
tryst_text_lines_next(struct tryst_text_lines *l, struct tryst_text_line *line,
                      struct tryst_error *err)
{
	char *eol;
	int rc;

	if (l->at + l->pos >= l->stop)
		return 0;
	eol = memchr(l->window + l->pos, '\n', l->end - l->pos);
	while (!eol && !l->ended && l->end - l->pos <= TRYST_TEXT_LINE_MAX) {
		rc = tryst_text_lines_more(l, err);
		if (rc < 0)
			return rc;
		eol = memchr(l->window + l->pos, '\n', l->end - l->pos);
	}
	if (l->pos == l->end)
		return 0;
	*line = (struct tryst_text_line){ .text = l->window + l->pos, .at = l->at + l->pos };
	line->len = (size_t)((eol ? eol : l->window + l->end) - line->text);
	if (line->len > TRYST_TEXT_LINE_MAX) {
		/* Passing over it may move the window: its text is not shown. */
		line->too_long = true;
		line->len = 0;
		rc = skip_line(l, UINT64_MAX, err);
		return rc < 0 ? rc : 1;
	}
	line->unfinished = !eol;
	l->pos += line->len + (eol ? 1 : 0);
	if (line->len && line->text[line->len - 1] == '\r')
		line->len--;
	return 1;
}
