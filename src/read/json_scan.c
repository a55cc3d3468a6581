/* SPDX-License-Identifier: Apache-2.0 */
#include "read/json_scan.h"

#include <string.h>

#define HASH_BASIS 2166136261u /* FNV-1a */
#define HASH_PRIME 16777619u

struct scan {
	const char *pos;
	const char *end;
	tryst_json_visit visit;
	void *ctx;
	const char *expected;
	bool stopped;
	struct tryst_json_value value;
	char path[TRYST_JSON_PATH_MAX];
};

/* Where a value stands. */
struct place {
	size_t path_len;
	uint32_t hash;
	unsigned depth;
	bool hidden; /* it is not shown */
};

static bool scan_value(struct scan *s, const struct place *at);

static inline uint32_t
hash_add(uint32_t hash, char c)
{
	return (hash ^ (uint8_t)c) * HASH_PRIME;
}

uint32_t
tryst_json_hash(const char *path, size_t len)
{
	uint32_t hash = HASH_BASIS;

	for (size_t i = 0; i < len; i++)
		hash = hash_add(hash, path[i]);
	return hash;
}

static inline void
skip_blanks(struct scan *s)
{
	while (s->pos < s->end &&
	       (*s->pos == ' ' || *s->pos == '\t' || *s->pos == '\n' || *s->pos == '\r'))
		s->pos++;
}

static bool
fail(struct scan *s, const char *expected)
{
	s->expected = expected;
	return false;
}

/* At a quote: the string up to the closing one. */
static inline bool
scan_string(struct scan *s, const char **text, size_t *len, bool *escaped)
{
	const char *p = s->pos + 1, *end = s->end;

	*text = p;
	*escaped = false;
	for (; p < end && *p != '"'; p++) {
		if (TRYST_UNLIKELY((unsigned char)*p < ' '))
			break;
		if (TRYST_UNLIKELY(*p == '\\')) {
			*escaped = true;
			if (++p == end)
				break;
		}
	}
	s->pos = p;
	if (p >= end || *p != '"')
		return fail(s, "a closing quote");
	*len = (size_t)(p - *text);
	s->pos++;
	return true;
}

/* The place that a key leads to. */
static inline struct place
place_key(struct scan *s, const struct place *at, const char *key, size_t len)
{
	struct place to = *at;
	size_t dot = at->path_len > 0;

	to.depth++;
	if (at->hidden || at->path_len + dot + len > TRYST_JSON_PATH_MAX) {
		to.hidden = true;
		return to;
	}
	if (dot) {
		s->path[to.path_len++] = '.';
		to.hash = hash_add(to.hash, '.');
	}
	memcpy(s->path + to.path_len, key, len);
	to.path_len += len;
	for (size_t i = 0; i < len; i++)
		to.hash = hash_add(to.hash, key[i]);
	return to;
}

static bool
scan_object(struct scan *s, const struct place *at)
{
	s->pos++;
	skip_blanks(s);
	if (s->pos < s->end && *s->pos == '}') {
		s->pos++;
		return true;
	}
	for (;;) {
		const char *key;
		size_t len;
		bool escaped;
		struct place to;

		skip_blanks(s);
		if (s->pos == s->end || *s->pos != '"')
			return fail(s, "a key");
		if (!scan_string(s, &key, &len, &escaped))
			return false;
		skip_blanks(s);
		if (s->pos == s->end || *s->pos != ':')
			return fail(s, "a colon");
		s->pos++;
		to = place_key(s, at, key, len);
		if (!scan_value(s, &to))
			return false;
		skip_blanks(s);
		if (s->pos == s->end || (*s->pos != ',' && *s->pos != '}'))
			return fail(s, "a comma or a closing brace");
		if (*s->pos++ == '}')
			return true;
	}
}

static bool
scan_array(struct scan *s, const struct place *at)
{
	struct place to = *at;

	to.depth++;
	s->pos++;
	skip_blanks(s);
	if (s->pos < s->end && *s->pos == ']') {
		s->pos++;
		return true;
	}
	for (;;) {
		skip_blanks(s);
		if (s->pos < s->end && (*s->pos == '{' || *s->pos == '['))
			to.hidden = true;
		if (!scan_value(s, &to))
			return false;
		to.hidden = true;
		skip_blanks(s);
		if (s->pos == s->end || (*s->pos != ',' && *s->pos != ']'))
			return fail(s, "a comma or a closing bracket");
		if (*s->pos++ == ']')
			return true;
	}
}

/* A number, or one of the three words. */
static bool
scan_plain(struct scan *s, const char **text, size_t *len)
{
	static const char *const words[] = { "true", "false", "null" };
	const char *p = s->pos;
	size_t n = 0, left = (size_t)(s->end - p);

	while (n < left && ((p[n] >= '0' && p[n] <= '9') || p[n] == '-' || p[n] == '+' ||
	                    p[n] == '.' || p[n] == 'e' || p[n] == 'E'))
		n++;
	for (size_t i = 0; n == 0 && i < TRYST_ARRAY_SIZE(words); i++) {
		if (left >= strlen(words[i]) && memcmp(p, words[i], strlen(words[i])) == 0)
			n = strlen(words[i]);
	}
	if (n == 0)
		return fail(s, "a value");
	*text = p;
	*len = n;
	s->pos += n;
	return true;
}

static bool
scan_value(struct scan *s, const struct place *at)
{
	struct tryst_json_value *v = &s->value;
	bool ok;

	skip_blanks(s);
	if (s->pos == s->end)
		return fail(s, "a value");
	if (*s->pos == '{' || *s->pos == '[') {
		if (at->depth >= TRYST_JSON_DEPTH_MAX)
			return fail(s, "no deeper nesting");
		return *s->pos == '{' ? scan_object(s, at) : scan_array(s, at);
	}
	v->escaped = false;
	ok = *s->pos == '"' ? scan_string(s, &v->text, &v->len, &v->escaped)
	                    : scan_plain(s, &v->text, &v->len);
	if (!ok || at->hidden)
		return ok;
	v->path_len = at->path_len;
	v->path_hash = at->hash;
	if (!s->visit(s->ctx, v)) {
		s->stopped = true;
		return false;
	}
	return true;
}

size_t
tryst_json_scan(const char *text, size_t len, tryst_json_visit visit, void *ctx,
                const char **expected, size_t *at)
{
	struct place root = { .hash = HASH_BASIS };
	struct scan s;

	s.pos = text;
	s.end = text + len;
	s.visit = visit;
	s.ctx = ctx;
	s.expected = "an object";
	s.stopped = false;
	s.value.path = s.path;
	*at = 0;
	if (len > 0 && *text == '{' && scan_object(&s, &root))
		return (size_t)(s.pos - text);
	*expected = s.expected;
	*at = (size_t)(s.pos - text);
	return s.stopped ? SIZE_MAX : 0;
}

/* `\uXXXX` behind its backslash and letter; -1 if there are not four digits. */
static int
unicode_escape(const char *p, size_t left)
{
	static const char digits[] = "0123456789abcdef";
	int v = 0;

	for (size_t i = 0; i < 4; i++) {
		const char *d = i < left ? memchr(digits, p[i] | 0x20, 16) : NULL;

		if (!d)
			return -1;
		v = v << 4 | (int)(d - digits);
	}
	return v;
}

size_t
tryst_json_unescape(const char *text, size_t len, char *out, size_t size)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		const char *at;
		int c = (unsigned char)text[i];

		if (c == '\\') {
			if (++i == len)
				return SIZE_MAX;
			at = memchr(from, text[i], 8);
			if (text[i] == 'u') {
				c = unicode_escape(text + i + 1, len - i - 1);
				i += 4;
			} else {
				c = at ? to[at - from] : -1;
			}
			if (c < 0)
				return SIZE_MAX;
			c = c < 0x80 ? c : '?';
		}
		if (n == size)
			return SIZE_MAX;
		out[n++] = (char)c;
	}
	return n;
}
