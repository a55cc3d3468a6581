/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pull parser for JSON (RFC 8259) in memory, strict, for documents of any size: it allocates
 * nothing, keeps no tree, and tells where in the text it is, so that what is wrong with a list can
 * be told by line.  Why not a library: docs/decisions/0011-lists.md.
 *
 *     tryst_jtext_enter(j, '{');
 *     while (tryst_jtext_key(j, &key))
 *             tryst_jtext_value(j, &value);
 *
 * The first thing that is not JSON sets `why` and ends everything: keys, elements and values come
 * no more.  Containers are skipped by tryst_jtext_value in one go; nesting is bounded.
 */
#ifndef TRYST_WATCH_JTEXT_H
#define TRYST_WATCH_JTEXT_H

#include "base/buf.h"
#include "watch/slice.h"

#define TRYST_JTEXT_DEPTH_MAX 64

struct tryst_jtext {
	const char *pos, *end;
	const char *why; /* NULL while all is well: what was expected at pos */
	unsigned depth;
	bool first; /* nothing in the container that was entered last */
	/* For tryst_jtext_line: */
	const char *counted;
	uint32_t line;
};

/* A value: '{' '[' '"' '0' (a number) 't' 'f' 'n', and its text: of a string what is between the
 * quotes, of a container all of it. */
struct tryst_jvalue {
	char kind;
	bool escaped; /* a string with backslashes */
	struct tryst_slice text;
};

void tryst_jtext_init(struct tryst_jtext *j, const char *data, size_t len);

/* The parser of a container that was skipped; its lines are counted from the parent's. */
struct tryst_jtext tryst_jtext_inside(const struct tryst_jtext *j, struct tryst_jvalue v);

/* What the next value is, as in struct tryst_jvalue; 0 at the end of the text. */
char tryst_jtext_peek(struct tryst_jtext *j);

/* Steps into an object or array; false (and `why`) when the next value is none. */
bool tryst_jtext_enter(struct tryst_jtext *j, char kind);

/* The next key of the object, whose value is then due; false behind its end. */
bool tryst_jtext_key(struct tryst_jtext *j, struct tryst_slice *key);

/* Whether the array has another element, which is then due; false behind its end. */
bool tryst_jtext_more(struct tryst_jtext *j);

/* The next value, whatever it is; false when there is none. */
bool tryst_jtext_value(struct tryst_jtext *j, struct tryst_jvalue *out);

/*
 * A string without its escapes, or the text of a number or word: the text itself where it has none,
 * else appended to the buffer, which never moves: what was not reserved before is not there, and
 * the string comes out empty.  A lone surrogate becomes U+FFFD, NUL a blank.
 */
struct tryst_slice tryst_jtext_string(struct tryst_jvalue v, struct tryst_buf *b);

/* The line of a place in the text, from 1; places are asked for in order, mostly. */
uint32_t tryst_jtext_line(struct tryst_jtext *j, const char *at);

#endif
