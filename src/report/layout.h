/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text for people: paragraphs and tables that fit a width, without trailing blanks.  What comes
 * from outside is made safe here (tryst_buf_safe), so callers pass it as it is.
 */
#ifndef TRYST_REPORT_LAYOUT_H
#define TRYST_REPORT_LAYOUT_H

#include "base/buf.h"

/* Appends v with its digits grouped: 1,234,567. */
void tryst_layout_number(struct tryst_buf *b, uint64_t v);

/* "1 host", "2 hosts": the number grouped; the plural is `one` with an s. */
void tryst_layout_count(struct tryst_buf *b, uint64_t v, const char *one);

/* Columns on a terminal that safe text takes; East Asian characters count as two. */
size_t tryst_layout_columns(const char *text, size_t len);

/* Appends outside text, made safe and cut to max columns with "..." where it is longer. */
void tryst_layout_clip(struct tryst_buf *b, const char *text, size_t max);

/*
 * Appends safe text as lines of at most width columns: the first indented by `first`, the others by
 * `rest`.  Broken at blanks, but not before a % or beside a =; a word longer than a line is broken
 * where the line ends.
 */
void tryst_layout_wrap(struct tryst_buf *b, unsigned width, unsigned first, unsigned rest,
                       const char *text);

#define TRYST_LAYOUT_MARK 7 /* columns of a mark, with two blanks behind it */

void tryst_layout_blanks(struct tryst_buf *b, size_t n);

/* The same, all lines indented alike behind a short mark (ASCII) that ends in one column with those
 * of other lines: "+14.1  text". */
void tryst_layout_marked(struct tryst_buf *b, unsigned width, unsigned indent, const char *mark,
                         const char *text);

/* How text is meant.  In colour it shows; the words must say it without. */
enum tryst_tone {
	TRYST_TONE_PLAIN,
	TRYST_TONE_STRONG,
	TRYST_TONE_ALARM, /* what needs the reader */
	TRYST_TONE_FAINT, /* what does not */
};

/* What a terminal is sent before text of the tone, "" for plain; behind it TRYST_TONE_END. */
const char *tryst_tone_begin(enum tryst_tone tone);
#define TRYST_TONE_END "\033[0m"

#define TRYST_TABLE_COLUMNS_MAX 16

struct tryst_table_column {
	const char *title;
	bool right;        /* numbers */
	const char *group; /* a title above this and the next columns of the same group, or NULL */
};

/* What may become of a column where all of them do not fit. */
struct tryst_table_narrow {
	bool brief;    /* its numbers from 10,000 on are rounded to three digits: "135M" */
	uint8_t spare; /* it is left out: 0 never, 1 first; alike within a group */
};

/*
 * A table is filled cell by cell, row by row, and then printed.  A column without any text is left
 * out.  Columns stand two blanks apart, or one where only so they fit; where they do not fit at
 * all, what `narrow` allows is tried, and a line below says what is not shown; else the rest of
 * each row goes to further, indented lines.  A group is never torn apart.
 */
struct tryst_table {
	const struct tryst_table_column *columns;
	const struct tryst_table_narrow
		*narrow; /* as many, or NULL: set it after tryst_table_init */
	unsigned count;
	size_t cells;
	struct tryst_buf text;  /* safe text of the cells, each with a NUL behind it */
	struct tryst_buf tones; /* a byte for each cell up to the last that has one */
};

void tryst_table_init(struct tryst_table *t, const struct tryst_table_column *columns,
                      unsigned count);
void tryst_table_fini(struct tryst_table *t);

/* The next cell; its text must be safe. */
void tryst_table_cell(struct tryst_table *t, const char *fmt, ...) TRYST_PRINTF(2, 3);
void tryst_table_number(struct tryst_table *t, uint64_t v);

/* The tone of the cell that was made last: only for a page in colour. */
void tryst_table_tone(struct tryst_table *t, enum tryst_tone tone);

/* Appends the table, indented by `indent`; rows must be complete. */
void tryst_table_print(const struct tryst_table *t, struct tryst_buf *out, unsigned width,
                       unsigned indent);

#endif
