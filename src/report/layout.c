/* SPDX-License-Identifier: Apache-2.0 */
#include "report/layout.h"

#include <stdio.h>
#include <string.h>

#define MARK_GAP 2

void
tryst_layout_number(struct tryst_buf *b, uint64_t v)
{
	char digits[32];
	size_t at = sizeof(digits);
	unsigned n = 0;

	do {
		if (n && n % 3 == 0)
			digits[--at] = ',';
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
		n++;
	} while (v);
	tryst_buf_add(b, digits + at, sizeof(digits) - at);
}

void
tryst_layout_count(struct tryst_buf *b, uint64_t v, const char *one)
{
	size_t len = strlen(one);

	tryst_layout_number(b, v);
	tryst_buf_char(b, ' ');
	if (v != 1 && len && one[len - 1] == 'y')
		tryst_buf_printf(b, "%.*sies", (int)(len - 1), one);
	else
		tryst_buf_printf(b, "%s%s", one, v == 1 ? "" : "s");
}

/* The bytes and the columns of the character at text, which is valid UTF-8. */
static size_t
character(const char *text, size_t left, size_t *columns)
{
	size_t n = tryst_utf8_len(text, left);

	*columns = n >= 3 && (uint8_t)text[0] >= 0xe1 ? 2 : 1;
	return n ? n : 1;
}

size_t
tryst_layout_columns(const char *text, size_t len)
{
	size_t columns, sum = 0;

	for (size_t i = 0; i < len; sum += columns)
		i += character(text + i, len - i, &columns);
	return sum;
}

/* How many bytes of text fill at most max columns. */
static size_t
fitting(const char *text, size_t len, size_t max)
{
	size_t columns, n, at = 0;

	while (at < len) {
		n = character(text + at, len - at, &columns);
		if (columns > max)
			break;
		max -= columns;
		at += n;
	}
	return at;
}

void
tryst_layout_clip(struct tryst_buf *b, const char *text, size_t max)
{
	struct tryst_buf safe = { 0 };
	size_t len;

	assert(max > 3);
	tryst_buf_safe(&safe, text, strlen(text));
	b->failed |= safe.failed;
	if (safe.failed || !safe.len)
		goto out;
	if (tryst_layout_columns(safe.data, safe.len) <= max) {
		tryst_buf_add(b, safe.data, safe.len);
		goto out;
	}
	len = fitting(safe.data, safe.len, max - 3);
	tryst_buf_add(b, safe.data, len);
	tryst_buf_str(b, "...");
out:
	tryst_buf_fini(&safe);
}

void
tryst_layout_blanks(struct tryst_buf *b, size_t n)
{
	for (; n; n--)
		tryst_buf_char(b, ' ');
}

/* How far it is to the next blank where a line may end: "1 %" and "p = 1" are kept together, where
 * so many columns hold them. */
static size_t
word_len(const char *text, size_t most)
{
	size_t len = strcspn(text, " ");

	while (text[len] == ' ' &&
	       (text[len + 1] == '%' || text[len + 1] == '=' || (len && text[len - 1] == '='))) {
		size_t longer = len + 1 + strcspn(text + len + 1, " ");

		if (tryst_layout_columns(text, longer) > most)
			break;
		len = longer;
	}
	return len;
}

void
tryst_layout_wrap(struct tryst_buf *b, unsigned width, unsigned first, unsigned rest,
                  const char *text)
{
	size_t used = first;
	bool fresh = true; /* nothing but the indent stands on the line */

	tryst_layout_blanks(b, first);
	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t len = word_len(text, width > rest ? width - rest : 1);
		size_t columns = tryst_layout_columns(text, len);

		if (!fresh && used + 1 + columns > width) {
			tryst_buf_char(b, '\n');
			tryst_layout_blanks(b, rest);
			used = rest;
			fresh = true;
		}
		if (!fresh) {
			tryst_buf_char(b, ' ');
			used++;
		}
		if (used + columns > width) {
			len = fitting(text, len, width > used ? width - used : 1);
			columns = width;
		}
		len = len ? len : 1;
		tryst_buf_add(b, text, len);
		text += len;
		used += columns;
		fresh = false;
	}
	tryst_buf_char(b, '\n');
}

void
tryst_layout_marked(struct tryst_buf *b, unsigned width, unsigned indent, const char *mark,
                    const char *text)
{
	unsigned below = indent + TRYST_LAYOUT_MARK;
	size_t at = b->len, len = strlen(mark);

	assert(len + MARK_GAP <= TRYST_LAYOUT_MARK);
	tryst_layout_wrap(b, width, below, below, text);
	if (!b->failed)
		memcpy(b->data + at + below - MARK_GAP - len, mark, len);
}

const char *
tryst_tone_begin(enum tryst_tone tone)
{
	static const char *const tones[] = {
		[TRYST_TONE_PLAIN] = "",
		[TRYST_TONE_STRONG] = "\033[1m",
		[TRYST_TONE_ALARM] = "\033[31m",
		[TRYST_TONE_FAINT] = "\033[2m",
	};

	return tones[tone];
}
