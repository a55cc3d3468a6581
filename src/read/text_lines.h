/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines that begin in a range of a file, or all lines of a compressed one.
 *
 * A line is handed out as a piece of the window it was read into and is good until the next call.
 * One that is longer than TRYST_TEXT_LINE_MAX is cut there and marked; the rest of it is passed
 * over.
 */
#ifndef TRYST_READ_TEXT_LINES_H
#define TRYST_READ_TEXT_LINES_H

#include "read/stream.h"
#include "read/text.h"

#define TRYST_TEXT_WINDOW 524288

struct tryst_text_lines {
	const struct tryst_file *file; /* the plain file, or: */
	struct tryst_stream *stream;
	char *window; /* the caller's, TRYST_TEXT_WINDOW bytes */
	size_t pos;   /* the next line in the window */
	size_t end;
	uint64_t at;   /* offset in the text of window[0] */
	uint64_t stop; /* lines that begin here or later are not ours */
	bool ended;    /* nothing follows the window */
};

struct tryst_text_line {
	const char *text; /* without its line end */
	size_t len;
	uint64_t at; /* offset in the text */
	bool too_long;
	bool unfinished; /* the text ended without a line end */
};

/*
 * Starts with the first line that begins in [from, stop).  Offsets count decompressed bytes; a
 * stream is read from its beginning.  Negative on an I/O error.
 */
int tryst_text_lines_init(struct tryst_text_lines *l, const struct tryst_file *file,
                          struct tryst_stream *stream, char *window, uint64_t from, uint64_t stop,
                          struct tryst_error *err);

/* Moves what is left to the front of the window and reads on behind it. */
int tryst_text_lines_more(struct tryst_text_lines *l, struct tryst_error *err);

/* 1: *line is the next; 0: there is none; negative: I/O error. */
int tryst_text_lines_next(struct tryst_text_lines *l, struct tryst_text_line *line,
                          struct tryst_error *err);

#endif
