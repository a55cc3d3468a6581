/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two things that case files say and jansson cannot hold, written so that it can:
 *
 *   - whole numbers above 2^63 - 1 (a forged flow record may count that much) become strings of
 *     their digits, and -0 becomes -0.0;
 *   - "\u0080" to "\u00ff" is how the writer puts a byte that is no UTF-8 (base/json.h), not the
 *     character of that number, which it writes as it is.  They become characters of the last
 *     private plane, U+10FE80 to U+10FEFF, which tryst_load_plain turns into the bytes.  Where
 *     those characters stand in the text themselves their four bytes are put likewise, so nothing
 *     is confused.
 *
 * What is no JSON stays none.
 */
#include "report/load_impl.h"

#include <string.h>

#define DIGITS_MAX 18 /* as many always fit an int64_t */

/* The character for a byte of 0x80 to 0xff. */
static void
put_byte(struct tryst_buf *out, uint8_t byte)
{
	const uint8_t text[] = { 0xf4, 0x8f, (uint8_t)(byte & 0x40 ? 0xbb : 0xba),
		                 (uint8_t)(0x80 | (byte & 0x3f)) };

	tryst_buf_add(out, text, sizeof(text));
}

static bool
is_stand_in(const char *p, size_t left)
{
	return left >= 4 && !memcmp(p, "\xf4\x8f", 2) &&
	       ((uint8_t)p[2] == 0xba || (uint8_t)p[2] == 0xbb) && ((uint8_t)p[3] & 0xc0) == 0x80;
}

static int
hex(char c)
{
	const char *digits = "0123456789abcdef", *at;

	at = c ? strchr(digits, c >= 'A' && c <= 'F' ? c + ('a' - 'A') : c) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* The byte of "\u0080" to "\u00ff", or -1. */
static int
escaped_byte(const char *p, size_t left)
{
	int high, low;

	if (left < 6 || memcmp(p, "\\u00", 4) != 0)
		return -1;
	high = hex(p[4]);
	low = hex(p[5]);
	return high < 8 || low < 0 ? -1 : high << 4 | low;
}

/* At a quote: the string up to and with the closing one; returns how long it is. */
static size_t
put_string(const char *p, size_t left, struct tryst_buf *out)
{
	size_t i = 1, from = 0;

	while (i < left && p[i] != '"') {
		int byte = escaped_byte(p + i, left - i);
		bool stand_in = is_stand_in(p + i, left - i);

		if (byte < 0 && !stand_in) {
			i += p[i] == '\\' && i + 1 < left ? 2 : 1;
			continue;
		}
		tryst_buf_add(out, p + from, i - from);
		if (stand_in) {
			for (size_t k = 0; k < 4; k++)
				put_byte(out, (uint8_t)p[i + k]);
		} else {
			put_byte(out, (uint8_t)byte);
		}
		i += stand_in ? 4 : 6;
		from = i;
	}
	i += i < left;
	tryst_buf_add(out, p + from, i - from);
	return i;
}

/* At a digit or a minus: the number; returns how long it is. */
static size_t
put_number(const char *p, size_t left, struct tryst_buf *out)
{
	size_t len = 0;
	bool whole = true;

	for (; len < left && p[len] && strchr("0123456789+-.eE", p[len]); len++)
		whole &= (p[len] >= '0' && p[len] <= '9') || (len == 0 && p[len] == '-');
	if (whole && len > DIGITS_MAX && p[0] != '-' && p[0] != '0') {
		tryst_buf_char(out, '"');
		tryst_buf_add(out, p, len);
		tryst_buf_char(out, '"');
	} else {
		tryst_buf_add(out, p, len);
		if (len == 2 && !memcmp(p, "-0", 2))
			tryst_buf_str(out, ".0");
	}
	return len;
}

void
tryst_load_prepare(const char *data, size_t len, struct tryst_buf *out)
{
	size_t i = 0, from = 0, n;

	while (i < len) {
		char c = data[i];

		if (c != '"' && c != '-' && (c < '0' || c > '9')) {
			i++;
			continue;
		}
		tryst_buf_add(out, data + from, i - from);
		n = c == '"' ? put_string(data + i, len - i, out)
		             : put_number(data + i, len - i, out);
		i += n;
		from = i;
	}
	tryst_buf_add(out, data + from, i - from);
}

void
tryst_load_plain(char *text)
{
	size_t left = strlen(text);
	char *to = text;

	while (left) {
		if (is_stand_in(text, left)) {
			*to++ = (char)(0x80 | ((uint8_t)text[2] & 1) << 6 |
			               ((uint8_t)text[3] & 0x3f));
			text += 4;
			left -= 4;
		} else {
			*to++ = *text++;
			left--;
		}
	}
	*to = '\0';
}
