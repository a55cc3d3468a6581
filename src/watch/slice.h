/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pieces of a list: what readers of text formats share.  A piece points into the list (or into a
 * scratch buffer of the reader's) and need not end with NUL.
 */
#ifndef TRYST_WATCH_SLICE_H
#define TRYST_WATCH_SLICE_H

#include <string.h>

#include "base/base.h"

struct tryst_slice {
	const char *data;
	size_t len;
};

static inline struct tryst_slice
tryst_slice_of(const char *text)
{
	return (struct tryst_slice){ text, strlen(text) };
}

/* What is behind the first `at` characters. */
static inline struct tryst_slice
tryst_slice_from(struct tryst_slice t, size_t at)
{
	return (struct tryst_slice){ at ? t.data + at : t.data, t.len - at };
}

static inline bool
tryst_slice_is(struct tryst_slice t, const char *word)
{
	return t.len == strlen(word) && memcmp(t.data, word, t.len) == 0;
}

/* The same in any case of letters. */
bool tryst_slice_like(struct tryst_slice t, const char *word);
bool tryst_slice_begins(struct tryst_slice t, const char *word);

/* Without the characters of the set at both ends. */
struct tryst_slice tryst_slice_trim(struct tryst_slice t, const char *set);

/* Cuts off and returns the first word, which ends at a blank; empty at the end of the text. */
struct tryst_slice tryst_slice_word(struct tryst_slice *t);

/* The text before the first `c`, which is cut off with it; all of it when there is none. */
struct tryst_slice tryst_slice_cut(struct tryst_slice *t, char c);

/* All of it as a decimal number of at most max. */
bool tryst_slice_number(struct tryst_slice t, uint64_t max, uint64_t *out);

/*
 * A moment as feeds write it: what base/time.h reads (UTC where no zone is named), with " UTC" or
 * " GMT" behind, `Tue Dec 15 15:33:38 2015 UTC`, `Sat May  2 20:55:03 UTC 2026`,
 * `Mon, 12 Oct 2026 09:00:00 GMT`.
 */
bool tryst_slice_time(struct tryst_slice t, int64_t *out_ms);

/* The lines of a text, which end with LF, CR LF or CR; all zero but data and len to begin. */
struct tryst_slice_lines {
	const char *data;
	size_t len, at;
	uint32_t line; /* of the newest, from 1 */
};

/* The next line without its end; false when there is none. */
bool tryst_slice_line(struct tryst_slice_lines *l, struct tryst_slice *out);

#endif
