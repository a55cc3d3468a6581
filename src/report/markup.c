/* SPDX-License-Identifier: Apache-2.0 */
#include "report/markup.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void
escape(struct tryst_buf *b, const char *text, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		const char *e = entity(text[i]);

		if (!e)
			continue;
		tryst_buf_add(b, text + from, i - from);
		tryst_buf_str(b, e);
		from = i + 1;
	}
	tryst_buf_add(b, text + from, len - from);
}

void
tryst_markup_text(struct tryst_buf *b, const char *text, size_t len)
{
	struct tryst_buf safe = { 0 };

	tryst_buf_safe(&safe, text, len);
	tryst_markup_take(b, &safe);
	tryst_buf_fini(&safe);
}

void
tryst_markup_str(struct tryst_buf *b, const char *text)
{
	tryst_markup_text(b, text, strlen(text));
}

/* The first byte of a character at or before `at`. */
static size_t
boundary(const char *text, size_t at)
{
	while (at && ((uint8_t)text[at] & 0xc0) == 0x80)
		at--;
	return at;
}

void
tryst_markup_short(struct tryst_buf *b, const char *text, size_t max)
{
	struct tryst_buf safe = { 0 };

	tryst_buf_safe(&safe, text, strlen(text));
	if (!safe.failed && safe.len > max) {
		size_t head = boundary(safe.data, max - max / 3 - 1);
		size_t tail = boundary(safe.data, safe.len - max / 3);

		escape(b, safe.data, head);
		tryst_buf_str(b, "\xe2\x80\xa6");
		escape(b, safe.data + tail, safe.len - tail);
		tryst_buf_clear(&safe);
	}
	tryst_markup_take(b, &safe);
	tryst_buf_fini(&safe);
}

void
tryst_markup_take(struct tryst_buf *b, struct tryst_buf *made)
{
	b->failed |= made->failed;
	if (!made->failed && made->len)
		escape(b, made->data, made->len);
	tryst_buf_clear(made);
}

void
tryst_markup_printf(struct tryst_buf *b, const char *fmt, ...)
{
	struct tryst_buf made = { 0 };
	va_list ap;

	va_start(ap, fmt);
	tryst_buf_vprintf(&made, fmt, ap);
	va_end(ap);
	tryst_markup_take(b, &made);
	tryst_buf_fini(&made);
}

void
tryst_markup_ip(struct tryst_buf *b, struct tryst_ip ip)
{
	char text[TRYST_IP_TEXT_MAX];

	tryst_buf_add(b, text, tryst_ip_format(ip, text));
}

void
tryst_markup_unit(struct tryst_buf *b, double v)
{
	char text[32];
	long long hundredths = llround(v * 100);
	int n = snprintf(text, sizeof(text), "%s%lld.%02lld", hundredths < 0 ? "-" : "",
	                 llabs(hundredths) / 100, llabs(hundredths) % 100);

	while (n > 0 && text[n - 1] == '0')
		n--;
	if (n > 0 && text[n - 1] == '.')
		n--;
	tryst_buf_add(b, text, (size_t)n);
}

void
tryst_markup_json(struct tryst_buf *b, const char *json, size_t len)
{
	size_t from = 0;

	for (size_t i = 0; i < len; i++) {
		bool line = i + 2 < len && !memcmp(json + i, "\xe2\x80", 2) &&
		            ((uint8_t)json[i + 2] | 1) == 0xa9;

		if (!line && json[i] != '<' && json[i] != '>' && json[i] != '&')
			continue;
		tryst_buf_add(b, json + from, i - from);
		if (line) {
			tryst_buf_printf(b, "\\u%04x", 0x2028 + ((uint8_t)json[i + 2] & 1));
			i += 2;
		} else {
			tryst_buf_printf(b, "\\u%04x", (uint8_t)json[i]);
		}
		from = i + 1;
	}
	tryst_buf_add(b, json + from, len - from);
}
