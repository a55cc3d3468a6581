/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/xml.h"

#include <ctype.h>

#define DEPTH_MAX 64

void
tryst_xml_init(struct tryst_xml *x, const char *data, size_t len)
{
	*x = (struct tryst_xml){ .pos = data, .end = data + len, .line = 1 };
}

static enum tryst_xml_event
fail(struct tryst_xml *x, const char *why)
{
	x->why = why;
	x->at_line = x->line;
	x->pos = x->end;
	return TRYST_XML_END;
}

/* Moves to a place further on and counts the lines between. */
static void
move(struct tryst_xml *x, const char *to)
{
	for (const char *p = x->pos; (p = memchr(p, '\n', (size_t)(to - p))) != NULL; p++)
		x->line++;
	x->pos = to;
}

static bool
at(const struct tryst_xml *x, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(x->end - x->pos) >= n && memcmp(x->pos, word, n) == 0;
}

/* Over everything up to and with a word; false when it does not come. */
static bool
skip_past(struct tryst_xml *x, const char *word)
{
	const char *to = memmem(x->pos, (size_t)(x->end - x->pos), word, strlen(word));

	if (!to)
		return false;
	move(x, to + strlen(word));
	return true;
}

static bool
is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '-' || c == '.' || c == ':' ||
	       (unsigned char)c >= 0x80;
}

/* The name at p, without a prefix; *p is then behind it. */
static struct tryst_slice
name_read(const char **p, const char *end)
{
	struct tryst_slice name = { *p, 0 };

	for (; *p < end && is_name(**p); ++*p) {
		if (**p == ':')
			name.data = *p + 1;
	}
	name.len = (size_t)(*p - name.data);
	return name;
}

/* The end of a tag, past quoted values; NULL when it does not come. */
static const char *
tag_end(const char *p, const char *end)
{
	char quote = 0;

	for (; p < end; p++) {
		if (quote)
			quote = *p == quote ? 0 : quote;
		else if (*p == '"' || *p == '\'')
			quote = *p;
		else if (*p == '>')
			return p;
		else if (*p == '<')
			return NULL;
	}
	return NULL;
}

static enum tryst_xml_event
open_read(struct tryst_xml *x)
{
	const char *p = x->pos + 1, *end = tag_end(p, x->end);

	if (!end)
		return fail(x, "a tag that is not closed");
	if (x->depth == DEPTH_MAX)
		return fail(x, "nested too deeply");
	x->name = name_read(&p, end);
	if (!x->name.len)
		return fail(x, "expected the name of an element");
	x->closed = end > p && end[-1] == '/';
	x->attributes = (struct tryst_slice){ p, (size_t)(end - p) - x->closed };
	x->depth++;
	move(x, end + 1);
	return TRYST_XML_OPEN;
}

static enum tryst_xml_event
close_read(struct tryst_xml *x)
{
	const char *p = x->pos + 2, *end = tag_end(p, x->end);

	if (!end || !x->depth)
		return fail(x, end ? "an end without a beginning" : "a tag that is not closed");
	x->name = name_read(&p, end);
	x->depth--;
	move(x, end + 1);
	return TRYST_XML_CLOSE;
}

static enum tryst_xml_event
cdata_read(struct tryst_xml *x)
{
	const char *from = x->pos + strlen("<![CDATA[");

	if (!skip_past(x, "]]>"))
		return fail(x, "a CDATA section that is not closed");
	x->text = (struct tryst_slice){ from, (size_t)(x->pos - from) - strlen("]]>") };
	x->raw = true;
	return TRYST_XML_TEXT;
}

static enum tryst_xml_event
text_read(struct tryst_xml *x)
{
	const char *lt = memchr(x->pos, '<', (size_t)(x->end - x->pos));

	x->text = (struct tryst_slice){ x->pos, (size_t)((lt ? lt : x->end) - x->pos) };
	x->raw = false;
	move(x, lt ? lt : x->end);
	return TRYST_XML_TEXT;
}

enum tryst_xml_event
tryst_xml_next(struct tryst_xml *x)
{
	if (x->closed) {
		x->closed = false;
		x->depth--;
		return TRYST_XML_CLOSE;
	}
	while (x->pos < x->end) {
		bool ok = true;

		x->at_line = x->line;
		if (*x->pos != '<')
			return text_read(x);
		if (at(x, "<![CDATA["))
			return cdata_read(x);
		if (at(x, "</"))
			return close_read(x);
		if (at(x, "<!--"))
			ok = skip_past(x, "-->");
		else if (at(x, "<?"))
			ok = skip_past(x, "?>");
		else if (at(x, "<!"))
			return fail(x, "a document type declaration is not read");
		else
			return open_read(x);
		if (!ok)
			return fail(x, "a comment or instruction that is not closed");
	}
	if (x->depth && !x->why)
		return fail(x, "the document ends early");
	return TRYST_XML_END;
}

bool
tryst_xml_attribute(const struct tryst_xml *x, const char *name, struct tryst_slice *value)
{
	const char *p = x->attributes.data, *end = p + x->attributes.len;

	while (p < end) {
		struct tryst_slice found;
		const char *close;

		while (p < end && !is_name(*p))
			p++;
		found = name_read(&p, end);
		while (p < end && isspace((unsigned char)*p))
			p++;
		if (p == end || *p++ != '=')
			continue;
		while (p < end && isspace((unsigned char)*p))
			p++;
		if (p == end || (*p != '"' && *p != '\''))
			continue;
		close = memchr(p + 1, *p, (size_t)(end - p - 1));
		if (!close)
			return false;
		if (tryst_slice_is(found, name)) {
			*value = (struct tryst_slice){ p + 1, (size_t)(close - p - 1) };
			return true;
		}
		p = close + 1;
	}
	return false;
}

/* The character of an entity without & and ;, 0 when it is none; only ASCII is of use here. */
static char
entity(struct tryst_slice t)
{
	static const struct {
		const char *name;
		char c;
	} known[] = {
		{ "lt", '<' }, { "gt", '>' }, { "amp", '&' }, { "quot", '"' }, { "apos", '\'' }
	};
	uint64_t n = 0;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(known); i++) {
		if (tryst_slice_is(t, known[i].name))
			return known[i].c;
	}
	if (t.len < 2 || t.len > 8 || t.data[0] != '#')
		return 0;
	if (t.data[1] != 'x')
		return tryst_slice_number(tryst_slice_from(t, 1), 126, &n) && n >= ' ' ? (char)n
		                                                                       : 0;
	for (size_t i = 2; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		if (!isxdigit(c))
			return 0;
		n = n << 4 | (uint64_t)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return n >= ' ' && n < 0x7f ? (char)n : 0;
}

size_t
tryst_xml_unescape(struct tryst_slice t, bool raw, char *out, size_t size)
{
	size_t n = 0;

	while (t.len && n < size) {
		const char *semicolon = raw || *t.data != '&' ? NULL : memchr(t.data, ';', t.len);
		struct tryst_slice name = { t.data + 1,
			                    semicolon ? (size_t)(semicolon - t.data - 1) : 0 };
		char c = semicolon ? entity(name) : 0;

		out[n++] = c ? c : *t.data;
		t = tryst_slice_from(t, c ? name.len + 2 : 1);
	}
	return n;
}
