/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

void
tryst_json_init(struct tryst_json *j, struct tryst_buf *buf, unsigned indent)
{
	*j = (struct tryst_json){ .buf = buf, .indent = indent };
}

static void
newline(struct tryst_json *j)
{
	if (!j->indent)
		return;
	tryst_buf_char(j->buf, '\n');
	for (unsigned i = 0; i < j->depth * j->indent; i++)
		tryst_buf_char(j->buf, ' ');
}

/* What must stand before an item: its comma and its line. */
static void
item(struct tryst_json *j)
{
	uint32_t bit = 1u << j->depth;

	if (j->depth == 0)
		return;
	if (j->nonempty & bit)
		tryst_buf_char(j->buf, ',');
	j->nonempty |= bit;
	newline(j);
}

static void
value(struct tryst_json *j)
{
	bool in_object = j->depth && (j->objects & (1u << j->depth));

	assert(in_object == j->keyed);
	if (!in_object)
		item(j);
	j->keyed = false;
}

static void
begin(struct tryst_json *j, bool object)
{
	value(j);
	tryst_buf_char(j->buf, object ? '{' : '[');
	j->depth++;
	assert(j->depth < TRYST_JSON_DEPTH_MAX);
	j->nonempty &= ~(1u << j->depth);
	j->objects = object ? j->objects | 1u << j->depth : j->objects & ~(1u << j->depth);
}

void
tryst_json_object(struct tryst_json *j)
{
	begin(j, true);
}

void
tryst_json_array(struct tryst_json *j)
{
	begin(j, false);
}

void
tryst_json_end(struct tryst_json *j)
{
	uint32_t bit = 1u << j->depth;
	bool object = j->objects & bit;
	bool any = j->nonempty & bit;

	assert(j->depth && !j->keyed);
	j->depth--;
	if (any)
		newline(j);
	tryst_buf_char(j->buf, object ? '}' : ']');
}

static void
quoted(struct tryst_json *j, const char *text, size_t len)
{
	size_t from = 0;

	tryst_buf_char(j->buf, '"');
	for (size_t i = 0; i < len; i++) {
		uint8_t c = (uint8_t)text[i];

		if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\')
			continue;
		tryst_buf_add(j->buf, text + from, i - from);
		if (c == '"' || c == '\\') {
			tryst_buf_char(j->buf, '\\');
			tryst_buf_char(j->buf, (char)c);
			from = i + 1;
			continue;
		}
		size_t n = tryst_utf8_len(text + i, len - i);

		if (n > 1 && !(c == 0xc2 && (uint8_t)text[i + 1] < 0xa0)) {
			tryst_buf_add(j->buf, text + i, n);
			i += n - 1;
		} else {
			tryst_buf_printf(j->buf, "\\u%04x", c);
		}
		from = i + 1;
	}
	tryst_buf_add(j->buf, text + from, len - from);
	tryst_buf_char(j->buf, '"');
}

void
tryst_json_key(struct tryst_json *j, const char *key)
{
	assert(j->depth && (j->objects & (1u << j->depth)) && !j->keyed);
	item(j);
	quoted(j, key, strlen(key));
	tryst_buf_str(j->buf, j->indent ? ": " : ":");
	j->keyed = true;
}

void
tryst_json_text(struct tryst_json *j, const char *text, size_t len)
{
	value(j);
	quoted(j, text, len);
}

void
tryst_json_str(struct tryst_json *j, const char *text)
{
	tryst_json_text(j, text, strlen(text));
}

void
tryst_json_u64(struct tryst_json *j, uint64_t v)
{
	value(j);
	tryst_buf_u64(j->buf, v);
}

void
tryst_json_i64(struct tryst_json *j, int64_t v)
{
	value(j);
	if (v < 0)
		tryst_buf_char(j->buf, '-');
	tryst_buf_u64(j->buf, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void
tryst_json_real(struct tryst_json *j, double v)
{
	char text[40];

	value(j);
	if (!isfinite(v)) {
		tryst_buf_str(j->buf, "null");
		return;
	}
	for (int digits = 6; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, v);
		if (digits == 17 || strtod(text, NULL) == v)
			break;
	}
	tryst_buf_str(j->buf, text);
}

void
tryst_json_bool(struct tryst_json *j, bool v)
{
	value(j);
	tryst_buf_str(j->buf, v ? "true" : "false");
}

void
tryst_json_ip(struct tryst_json *j, struct tryst_ip ip)
{
	char text[TRYST_IP_TEXT_MAX];

	tryst_json_text(j, text, tryst_ip_format(ip, text));
}

void
tryst_json_time(struct tryst_json *j, int64_t ms)
{
	char text[TRYST_TIME_TEXT_MAX];

	tryst_json_text(j, text, tryst_time_format(ms, text));
}

void
tryst_json_key_object(struct tryst_json *j, const char *key)
{
	tryst_json_key(j, key);
	tryst_json_object(j);
}

void
tryst_json_key_array(struct tryst_json *j, const char *key)
{
	tryst_json_key(j, key);
	tryst_json_array(j);
}

void
tryst_json_key_str(struct tryst_json *j, const char *key, const char *text)
{
	tryst_json_key(j, key);
	tryst_json_str(j, text);
}

void
tryst_json_key_u64(struct tryst_json *j, const char *key, uint64_t v)
{
	tryst_json_key(j, key);
	tryst_json_u64(j, v);
}

void
tryst_json_key_i64(struct tryst_json *j, const char *key, int64_t v)
{
	tryst_json_key(j, key);
	tryst_json_i64(j, v);
}

void
tryst_json_key_real(struct tryst_json *j, const char *key, double v)
{
	tryst_json_key(j, key);
	tryst_json_real(j, v);
}

void
tryst_json_key_bool(struct tryst_json *j, const char *key, bool v)
{
	tryst_json_key(j, key);
	tryst_json_bool(j, v);
}

void
tryst_json_key_ip(struct tryst_json *j, const char *key, struct tryst_ip ip)
{
	tryst_json_key(j, key);
	tryst_json_ip(j, ip);
}

void
tryst_json_key_time(struct tryst_json *j, const char *key, int64_t ms)
{
	tryst_json_key(j, key);
	tryst_json_time(j, ms);
}
