/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
tryst_buf_fini(struct tryst_buf *b)
{
	free(b->data);
	*b = (struct tryst_buf){ 0 };
}

void
tryst_buf_clear(struct tryst_buf *b)
{
	b->len = 0;
	if (b->data)
		b->data[0] = '\0';
}

char *
tryst_buf_reserve(struct tryst_buf *b, size_t n)
{
	size_t need, cap;
	char *data;

	if (b->failed || n > SIZE_MAX / 2 - b->len) {
		b->failed = true;
		return NULL;
	}
	need = b->len + n + 1;
	if (need > b->cap) {
		cap = TRYST_MAX(TRYST_MAX(b->cap * 2, need), (size_t)256);
		data = realloc(b->data, cap);
		if (!data) {
			b->failed = true;
			return NULL;
		}
		b->data = data;
		b->cap = cap;
	}
	return b->data + b->len;
}

void
tryst_buf_add(struct tryst_buf *b, const void *data, size_t len)
{
	char *p = tryst_buf_reserve(b, len);

	if (!p)
		return;
	if (len)
		memcpy(p, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void
tryst_buf_str(struct tryst_buf *b, const char *text)
{
	tryst_buf_add(b, text, strlen(text));
}

void
tryst_buf_char(struct tryst_buf *b, char c)
{
	tryst_buf_add(b, &c, 1);
}

void
tryst_buf_u64(struct tryst_buf *b, uint64_t v)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + v % 10);
		v /= 10;
	} while (v);
	tryst_buf_add(b, digits + at, sizeof(digits) - at);
}

void
tryst_buf_vprintf(struct tryst_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	char *p;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	p = n < 0 ? NULL : tryst_buf_reserve(b, (size_t)n);
	if (p) {
		(void)vsnprintf(p, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void
tryst_buf_printf(struct tryst_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	tryst_buf_vprintf(b, fmt, ap);
	va_end(ap);
}

size_t
tryst_utf8_len(const char *text, size_t left)
{
	const uint8_t *p = (const uint8_t *)text;
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t n = p[0] < 0x80 ? 1 : p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc0 ? 2 : 0;
	uint32_t c;

	if (n < 2)
		return n;
	if (n > left || p[0] > 0xf4)
		return 0;
	c = p[0] & (0x7fu >> n);
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return 0;
	return n;
}

/* What reorders or breaks the line it stands in: U+200E, U+200F, U+2028 to U+202E, U+2066 to
 * U+2069. */
static bool
is_layout(const uint8_t *p, size_t n)
{
	if (n != 3 || p[0] != 0xe2)
		return false;
	return (p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae))) ||
	       (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9);
}

void
tryst_buf_safe(struct tryst_buf *b, const char *text, size_t len)
{
	const uint8_t *p = (const uint8_t *)text;

	for (size_t i = 0; i < len;) {
		size_t n = tryst_utf8_len(text + i, len - i);
		bool control = p[i] < 0x20 || p[i] == 0x7f ||
		               (n == 2 && p[i] == 0xc2 && p[i + 1] < 0xa0) || is_layout(p + i, n);

		if (n && !control) {
			tryst_buf_add(b, p + i, n);
			i += n;
			continue;
		}
		for (n = n ? n : 1; n; n--)
			tryst_buf_printf(b, "\\x%02x", p[i++]);
	}
}

const char *
tryst_power_text(double log10, char out[TRYST_POWER_TEXT_MAX])
{
	if (fabs(log10) < 300)
		(void)snprintf(out, TRYST_POWER_TEXT_MAX, "%.2g", pow(10, log10));
	else
		(void)snprintf(out, TRYST_POWER_TEXT_MAX, "1e%.0f", log10);
	return out;
}
