/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs of text, one record a line: what is the same in all of them.
 *
 * A plain file is cut into parts; a part owns the lines that begin in it, so that the parts
 * together are the file whatever their size.  A compressed file is one part.  A line that is no row
 * costs that line.  What a line means is the dialect's business.
 */
#ifndef TRYST_READ_TEXT_LOG_H
#define TRYST_READ_TEXT_LOG_H

#include <stdatomic.h>

#include "read/text_lines.h"

#define TRYST_TEXT_PART_SIZE (4ULL << 20)

struct tryst_text_dialect;

/* An open log. */
struct tryst_text_log {
	struct tryst_source base;
	const struct tryst_text_dialect *dialect;
	struct tryst_file file;
	struct tryst_read_options options;
	/* Of the dialect's open: at least `fields`, `data_at` and `lines`. */
	struct tryst_text_table table;
	char *header; /* the header line, which may come again; NULL: there is none */
	uint64_t part_size;
	bool compressed;
	bool whole;                       /* one part even if it is not compressed */
	void *data;                       /* the dialect's own */
	atomic_uint_fast64_t *part_lines; /* lines of each part that was read, plus 1; 0: not yet */
};

/* One part being read, by one thread. */
struct tryst_text_part {
	struct tryst_text_log *log;
	struct tryst_sink *sink;
	size_t part;
	uint64_t lines; /* read so far; the number of the record's line */
	uint64_t records;
	uint64_t newlines; /* passed so far, by a dialect's own `next` */
	void *data;        /* the dialect's own */
	struct tryst_text_memory memory;
	struct tryst_text_row row;
	struct tryst_text_target target;
	struct tryst_tally tally;
};

struct tryst_text_dialect {
	/*
	 * Makes sense of the beginning (the first 64 KiB, a NUL behind them): fills log->table, and
	 * log->data, log->header (heap) or log->whole where it needs them.  Negative with a text.
	 */
	int (*open)(struct tryst_text_log *log, const char *head, size_t len,
	            struct tryst_error *err);
	/* Before the first line of a part and behind its last; NULL: nothing to do. */
	int (*begin)(struct tryst_text_part *p, struct tryst_error *err);
	void (*end)(struct tryst_text_part *p, bool complete);
	/* What a line is; a row is left in p->row, and of a bad line `why` says what is wrong. */
	enum tryst_text_verdict (*line)(struct tryst_text_part *p,
	                                const struct tryst_text_line *line,
	                                char why[TRYST_TEXT_FAULT_MAX]);
	/* The next record as a "line"; NULL: records are lines. */
	int (*next)(struct tryst_text_part *p, struct tryst_text_lines *l,
	            struct tryst_text_line *line, struct tryst_error *err);
	void (*close)(struct tryst_text_log *log); /* frees log->data; NULL: nothing to do */
};

/* Opens a log; the contract of struct tryst_reader's open. */
int tryst_text_log_open(const struct tryst_text_dialect *dialect, const struct tryst_file *file,
                        struct tryst_input *in, const struct tryst_request *req,
                        const struct tryst_read_options *options, uint64_t part_size,
                        struct tryst_source **out, struct tryst_error *err);

/* Whether a line is the header again. */
bool tryst_text_log_is_header(const struct tryst_text_log *log, const struct tryst_text_line *line);

/* Keeps the header line that log->table found in the beginning. */
int tryst_text_log_keep_header(struct tryst_text_log *log, const char *head,
                               struct tryst_error *err);

/* The region of a part, for dialects that look at parts that are not theirs. */
int tryst_text_log_lines(const struct tryst_text_log *log, size_t part, char *window,
                         struct tryst_text_lines *out, struct tryst_error *err);

#endif
