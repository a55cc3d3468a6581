/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/jtext.h"

void
tryst_jtext_init(struct tryst_jtext *j, const char *data, size_t len)
{
	*j = (struct tryst_jtext){ .pos = data, .end = data + len, .counted = data, .line = 1 };
}

struct tryst_jtext
tryst_jtext_inside(const struct tryst_jtext *j, struct tryst_jvalue v)
{
	struct tryst_jtext in = *j;

	in.pos = v.text.data;
	in.end = v.text.data + v.text.len;
	in.why = NULL;
	in.depth = 0;
	in.first = false;
	return in;
}

static bool
fail(struct tryst_jtext *j, const char *why)
{
	if (!j->why)
		j->why = why;
	return false;
}

static void
skip_blanks(struct tryst_jtext *j)
{
	while (j->pos < j->end &&
	       (*j->pos == ' ' || *j->pos == '\n' || *j->pos == '\r' || *j->pos == '\t'))
		j->pos++;
}

char
tryst_jtext_peek(struct tryst_jtext *j)
{
	skip_blanks(j);
	if (j->why || j->pos == j->end)
		return 0;
	return (*j->pos >= '0' && *j->pos <= '9') || *j->pos == '-' ? '0' : *j->pos;
}

bool
tryst_jtext_enter(struct tryst_jtext *j, char kind)
{
	if (tryst_jtext_peek(j) != kind)
		return fail(j, kind == '{' ? "expected an object" : "expected an array");
	if (j->depth == TRYST_JTEXT_DEPTH_MAX)
		return fail(j, "nested too deeply");
	j->depth++;
	j->pos++;
	j->first = true;
	return true;
}

/* Steps over a comma, or out of the container (false). */
static bool
next_item(struct tryst_jtext *j, char close, const char *expected)
{
	bool first = j->first;

	j->first = false;
	skip_blanks(j);
	if (j->why)
		return false;
	if (j->pos == j->end)
		return fail(j, "the document ends early");
	if (*j->pos == close) {
		j->pos++;
		j->depth--;
		return false;
	}
	if (first)
		return true;
	if (*j->pos != ',')
		return fail(j, expected);
	j->pos++;
	return true;
}

/* The digits of an escape; false when they are not there. */
static bool
is_unicode(const char *p, const char *end)
{
	for (unsigned i = 0; i < 4; i++, p++) {
		if (p >= end ||
		    !((*p >= '0' && *p <= '9') || ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'f')))
			return false;
	}
	return true;
}

/* At the opening quote; pos is then behind the closing one. */
static bool
string_read(struct tryst_jtext *j, struct tryst_jvalue *out)
{
	const char *p = j->pos + 1;

	*out = (struct tryst_jvalue){ .kind = '"' };
	for (; p < j->end && *p != '"'; p++) {
		if ((unsigned char)*p < ' ') {
			j->pos = p;
			return fail(j, "a control character in a string");
		}
		if (*p != '\\')
			continue;
		out->escaped = true;
		p++;
		if (p >= j->end || !*p || !strchr("\"\\/bfnrtu", *p) ||
		    (*p == 'u' && !is_unicode(p + 1, j->end))) {
			j->pos = p < j->end ? p : j->end;
			return fail(j, "an escape that JSON does not have");
		}
	}
	if (p >= j->end) {
		j->pos = j->end;
		return fail(j, "a string that is not closed");
	}
	out->text = (struct tryst_slice){ j->pos + 1, (size_t)(p - j->pos - 1) };
	j->pos = p + 1;
	return true;
}

static void
digits_skip(const char **p, const char *end)
{
	while (*p < end && **p >= '0' && **p <= '9')
		++*p;
}

static bool
number_read(struct tryst_jtext *j, struct tryst_jvalue *out)
{
	const char *from = j->pos, *p = from + (*from == '-'), *digits = p;

	digits_skip(&p, j->end);
	if (p == digits || (*digits == '0' && p > digits + 1))
		return fail(j, "expected a number");
	if (p < j->end && *p == '.') {
		digits = ++p;
		digits_skip(&p, j->end);
		if (p == digits)
			return fail(j, "expected a number");
	}
	if (p < j->end && (*p | 0x20) == 'e') {
		p++;
		p += p < j->end && (*p == '+' || *p == '-');
		digits = p;
		digits_skip(&p, j->end);
		if (p == digits)
			return fail(j, "expected a number");
	}
	*out = (struct tryst_jvalue){ '0', false, { from, (size_t)(p - from) } };
	j->pos = p;
	return true;
}

static bool
word_read(struct tryst_jtext *j, struct tryst_jvalue *out)
{
	static const char *const words[] = { "true", "false", "null" };

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		if ((size_t)(j->end - j->pos) >= n && memcmp(j->pos, words[i], n) == 0) {
			*out = (struct tryst_jvalue){ words[i][0], false, { j->pos, n } };
			j->pos += n;
			return true;
		}
	}
	return fail(j, "expected a value");
}

static bool
scalar_read(struct tryst_jtext *j, struct tryst_jvalue *out)
{
	switch (tryst_jtext_peek(j)) {
	case 0:
		return fail(j, "the document ends early");
	case '"':
		return string_read(j, out);
	case '0':
		return number_read(j, out);
	default:
		return word_read(j, out);
	}
}

bool
tryst_jtext_key(struct tryst_jtext *j, struct tryst_slice *key)
{
	struct tryst_jvalue v;

	if (!next_item(j, '}', "expected a comma or the end of the object"))
		return false;
	skip_blanks(j);
	if (j->pos == j->end || *j->pos != '"')
		return fail(j, "expected a key in quotes");
	if (!string_read(j, &v))
		return false;
	skip_blanks(j);
	if (j->pos == j->end || *j->pos != ':')
		return fail(j, "expected a colon");
	j->pos++;
	*key = v.text;
	return true;
}

bool
tryst_jtext_more(struct tryst_jtext *j)
{
	if (!next_item(j, ']', "expected a comma or the end of the array"))
		return false;
	if (!tryst_jtext_peek(j) || *j->pos == ']')
		return fail(j, "expected a value");
	return true;
}

/* A container as a whole; the kinds of those that are open are bits, the innermost lowest. */
static bool
container_read(struct tryst_jtext *j, struct tryst_jvalue *out)
{
	const char *from = j->pos;
	unsigned outer = j->depth;
	uint64_t objects = 0;
	struct tryst_jvalue v;
	struct tryst_slice key;
	char kind = *from;

	(void)tryst_jtext_enter(j, kind);
	objects = kind == '{';
	while (!j->why && j->depth > outer) {
		bool due = objects & 1 ? tryst_jtext_key(j, &key) : tryst_jtext_more(j);
		char next;

		if (!due) {
			objects >>= 1;
			continue;
		}
		next = tryst_jtext_peek(j);
		if (next == '{' || next == '[') {
			(void)tryst_jtext_enter(j, next);
			objects = objects << 1 | (next == '{');
		} else {
			(void)scalar_read(j, &v);
		}
	}
	if (j->why)
		return false;
	*out = (struct tryst_jvalue){ kind, false, { from, (size_t)(j->pos - from) } };
	j->first = false;
	return true;
}

bool
tryst_jtext_value(struct tryst_jtext *j, struct tryst_jvalue *out)
{
	char kind = tryst_jtext_peek(j);

	if (j->why)
		return false;
	return kind == '{' || kind == '[' ? container_read(j, out) : scalar_read(j, out);
}

static uint32_t
hex_read(const char *p)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < 4; i++)
		v = v << 4 | (uint32_t)(p[i] <= '9' ? p[i] - '0' : (p[i] | 0x20) - 'a' + 10);
	return v;
}

static void
utf8_add(struct tryst_buf *b, uint32_t c)
{
	if (c < 0x80) {
		tryst_buf_char(b, (char)c);
	} else if (c < 0x800) {
		tryst_buf_char(b, (char)(0xc0 | c >> 6));
		tryst_buf_char(b, (char)(0x80 | (c & 0x3f)));
	} else {
		if (c < 0x10000) {
			tryst_buf_char(b, (char)(0xe0 | c >> 12));
		} else {
			tryst_buf_char(b, (char)(0xf0 | c >> 18));
			tryst_buf_char(b, (char)(0x80 | (c >> 12 & 0x3f)));
		}
		tryst_buf_char(b, (char)(0x80 | (c >> 6 & 0x3f)));
		tryst_buf_char(b, (char)(0x80 | (c & 0x3f)));
	}
}

/* At the `u` of an escape; returns how many characters it has behind that. */
static size_t
unicode_add(struct tryst_buf *b, const char *p, const char *end)
{
	uint32_t c = hex_read(p + 1), low;
	size_t used = 4;

	if (c >= 0xd800 && c < 0xdc00 && end - p >= 11 && p[5] == '\\' && p[6] == 'u') {
		low = hex_read(p + 7);
		if (low >= 0xdc00 && low < 0xe000) {
			c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
			used = 10;
		}
	}
	if (c >= 0xd800 && c < 0xe000)
		c = 0xfffd;
	utf8_add(b, c ? c : ' ');
	return used;
}

struct tryst_slice
tryst_jtext_string(struct tryst_jvalue v, struct tryst_buf *b)
{
	static const char from[] = "bfnrt", to[] = "\b\f\n\r\t";
	const char *end = v.text.data + v.text.len;
	size_t start = b->len;

	if (!v.escaped)
		return v.text;
	if (!b->data || b->cap - b->len <= v.text.len)
		return (struct tryst_slice){ "", 0 };
	for (const char *p = v.text.data; p < end; p++) {
		const char *at;

		if (*p != '\\') {
			tryst_buf_char(b, *p);
			continue;
		}
		p++;
		at = strchr(from, *p);
		if (*p == 'u')
			p += unicode_add(b, p, end);
		else
			tryst_buf_char(b, at && *p ? to[at - from] : *p);
	}
	return (struct tryst_slice){ b->data + start, b->len - start };
}

uint32_t
tryst_jtext_line(struct tryst_jtext *j, const char *at)
{
	if (at < j->counted)
		return j->line; /* of a container that began earlier: near enough */
	for (const char *p; (p = memchr(j->counted, '\n', (size_t)(at - j->counted))) != NULL;) {
		j->line++;
		j->counted = p + 1;
	}
	j->counted = at;
	return j->line;
}
