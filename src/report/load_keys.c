/* SPDX-License-Identifier: Apache-2.0 */
/* The engine of the loader: one reader a kind of value, driven by the tables of the parts. */
#include "report/load_impl.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"

#define PATH_SHOWN 200

int
tryst_load_fail(struct tryst_load *l, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return tryst_error_set(l->err, TRYST_ERR_FORMAT, "%s: %.*s%s%s", l->name, PATH_SHOWN,
	                       l->path.len ? l->path.data : "", l->path.len ? ": " : "", text);
}

size_t
tryst_load_enter(struct tryst_load *l, const char *key)
{
	size_t mark = l->path.len;

	if (mark)
		tryst_buf_char(&l->path, '.');
	tryst_buf_str(&l->path, key);
	return mark;
}

size_t
tryst_load_enter_index(struct tryst_load *l, size_t index)
{
	size_t mark = l->path.len;

	tryst_buf_char(&l->path, '[');
	tryst_buf_u64(&l->path, index);
	tryst_buf_char(&l->path, ']');
	return mark;
}

void
tryst_load_leave(struct tryst_load *l, size_t mark)
{
	l->path.len = mark;
	if (l->path.data)
		l->path.data[mark] = '\0';
}

void *
tryst_load_alloc(struct tryst_load *l, size_t count, size_t size)
{
	void *p = count < SIZE_MAX / 2 / size ? tryst_arena_alloc(l->arena, count * size) : NULL;

	if (p)
		memset(p, 0, count * size);
	else
		(void)tryst_error_nomem(l->err);
	return p;
}

char *
tryst_load_text(struct tryst_load *l, const json_t *value, bool safe)
{
	struct tryst_buf b = { 0 };
	char *text = NULL;

	if (!json_is_string(value)) {
		(void)tryst_load_fail(l, "expected text");
		return NULL;
	}
	text = tryst_arena_text(l->arena, json_string_value(value), json_string_length(value));
	if (text)
		tryst_load_plain(text);
	if (text && safe) {
		tryst_buf_safe(&b, text, strlen(text));
		/* Safe text is no shorter; where it is no longer it is the same. */
		if (b.failed)
			text = NULL;
		else if (b.len > strlen(text))
			text = tryst_arena_text(l->arena, b.data, b.len);
	}
	tryst_buf_fini(&b);
	if (!text)
		(void)tryst_error_nomem(l->err);
	return text;
}

/* A whole number, also of the digits that did not fit (load_text.c). */
static bool
whole(const json_t *value, uint64_t *out)
{
	const char *text = json_string_value(value);
	uint64_t v = 0;

	if (json_is_integer(value)) {
		*out = (uint64_t)json_integer_value(value);
		return json_integer_value(value) >= 0;
	}
	if (!text || !*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(v, (uint64_t)10, &v) ||
		    __builtin_add_overflow(v, (uint64_t)(*text - '0'), &v))
			return false;
	}
	*out = v;
	return true;
}

static void
store(void *at, uint32_t size, uint64_t v)
{
	const uint8_t v8 = (uint8_t)v;
	const uint16_t v16 = (uint16_t)v;
	const uint32_t v32 = (uint32_t)v;

	memcpy(at,
	       size == 1   ? (const void *)&v8
	       : size == 2 ? (const void *)&v16
	       : size == 4 ? (const void *)&v32
	                   : (const void *)&v,
	       size);
}

static int
load_number(struct tryst_load *l, const struct tryst_load_key *row, const json_t *value, void *at)
{
	uint64_t max = UINT64_MAX >> (64 - 8 * row->size), v;

	if (!whole(value, &v) || v > max)
		return tryst_load_fail(l, "expected a whole number of 0 to %" PRIu64, max);
	store(at, row->size, v);
	return 0;
}

static int
load_signed(struct tryst_load *l, const struct tryst_load_key *row, const json_t *value, void *at)
{
	int64_t v = json_integer_value(value);

	(void)row;
	if (!json_is_integer(value))
		return tryst_load_fail(l, "expected a whole number");
	v = TRYST_MAX(v, -INT64_MAX); /* whose absolute value there is */
	memcpy(at, &v, sizeof(v));
	return 0;
}

static int
load_real(struct tryst_load *l, const struct tryst_load_key *row, const json_t *value, void *at)
{
	double v = json_number_value(value);
	uint64_t big;

	if (json_is_null(value))
		v = row->key && !strncmp(row->key, "log10_", 6) ? -INFINITY : NAN;
	else if (json_is_string(value) && whole(value, &big))
		v = (double)big;
	else if (!json_is_number(value))
		return tryst_load_fail(l, "expected a number");
	if (row->kind == TRYST_LOAD_LOG10)
		v = log10(v);
	memcpy(at, &v, sizeof(v));
	return 0;
}

static int
load_bool(struct tryst_load *l, const struct tryst_load_key *row, const json_t *value, void *at)
{
	bool v = json_is_true(value);

	(void)row;
	if (!json_is_boolean(value))
		return tryst_load_fail(l, "expected true or false");
	memcpy(at, &v, sizeof(v));
	return 0;
}

/* As tryst_json_time writes it: milliseconds as a number where there is no date. */
static int
load_time(struct tryst_load *l, const struct tryst_load_key *row, const json_t *value, void *at)
{
	static const struct tryst_zone utc = { .kind = TRYST_ZONE_UTC };
	const char *text = json_string_value(value);
	char *end;
	int64_t ms;

	(void)row;
	if (!text)
		return tryst_load_fail(l, "expected a time as text");
	if (!tryst_time_parse(text, strlen(text), &utc, &ms)) {
		ms = strtoll(text, &end, 10);
		if (end == text || *end)
			return tryst_load_fail(l, "expected a time such as 2003-08-22T19:00:00Z");
	}
	memcpy(at, &ms, sizeof(ms));
	return 0;
}

static int
load_ip(struct tryst_load *l, const struct tryst_load_key *row, const json_t *value, void *at)
{
	const char *text = json_string_value(value);
	struct tryst_ip ip;

	(void)row;
	if (!text || !tryst_ip_parse(text, strlen(text), &ip))
		return tryst_load_fail(l, "expected an address");
	memcpy(at, &ip, sizeof(ip));
	return 0;
}

static int
load_text(struct tryst_load *l, const struct tryst_load_key *row, const json_t *value, void *at)
{
	const char *text = tryst_load_text(l, value, row->kind == TRYST_LOAD_SENTENCE);

	if (!text)
		return l->err ? l->err->code : TRYST_ERR_FORMAT;
	memcpy(at, &text, sizeof(text));
	return 0;
}

static int
load_word(struct tryst_load *l, const struct tryst_load_key *row, const json_t *value, void *at)
{
	const char *text = json_string_value(value);
	struct tryst_buf words = { 0 };

	for (unsigned i = 0; row->word(i); i++) {
		if (text && !strcmp(text, row->word(i))) {
			store(at, row->size, i);
			tryst_buf_fini(&words);
			return 0;
		}
		tryst_buf_printf(&words, "%s%s", i ? ", " : "", row->word(i));
	}
	(void)tryst_load_fail(l, "expected one of %s", words.len ? words.data : "some words");
	tryst_buf_fini(&words);
	return TRYST_ERR_FORMAT;
}

static int
load_object(struct tryst_load *l, const struct tryst_load_key *row, const json_t *value, void *at)
{
	int rc;

	if (!json_is_object(value))
		return tryst_load_fail(l, "expected an object");
	rc = tryst_load_keys(l, row->keys, value, at);
	return rc == 0 && row->done ? row->done(l, value, at) : rc;
}

static int
load_array(struct tryst_load *l, const struct tryst_load_key *row, const json_t *value, void *base)
{
	size_t count = json_array_size(value);
	char *list;
	int rc = 0;

	if (!json_is_array(value))
		return tryst_load_fail(l, "expected an array");
	if (count > UINT32_MAX)
		return tryst_load_fail(l, "expected at most %u elements", UINT32_MAX);
	list = tryst_load_alloc(l, count, row->item->size);
	if (!list)
		return TRYST_ERR_NOMEM;
	/* First the array: what is read of elements may look at those before. */
	memcpy((char *)base + row->at, &list, sizeof(list));
	store((char *)base + row->count, row->count_size, count);
	for (size_t i = 0; i < count && rc == 0; i++) {
		size_t mark = tryst_load_enter_index(l, i);

		rc = tryst_load_value(l, row->item, json_array_get(value, i),
		                      list + i * row->item->size);
		tryst_load_leave(l, mark);
	}
	return rc;
}

static int
load_custom(struct tryst_load *l, const struct tryst_load_key *row, const json_t *value, void *at)
{
	return row->read(l, value, at);
}

int
tryst_load_value(struct tryst_load *l, const struct tryst_load_key *row, const json_t *value,
                 void *base)
{
	static int (*const readers[])(struct tryst_load *, const struct tryst_load_key *,
	                              const json_t *, void *) = {
		[TRYST_LOAD_NUMBER] = load_number, [TRYST_LOAD_SIGNED] = load_signed,
		[TRYST_LOAD_REAL] = load_real,     [TRYST_LOAD_LOG10] = load_real,
		[TRYST_LOAD_BOOL] = load_bool,     [TRYST_LOAD_TIME] = load_time,
		[TRYST_LOAD_IP] = load_ip,         [TRYST_LOAD_TEXT] = load_text,
		[TRYST_LOAD_SENTENCE] = load_text, [TRYST_LOAD_WORD] = load_word,
		[TRYST_LOAD_OBJECT] = load_object, [TRYST_LOAD_CUSTOM] = load_custom,
	};

	if (l->path.failed)
		return tryst_error_nomem(l->err);
	if (row->kind == TRYST_LOAD_ARRAY)
		return load_array(l, row, value, base);
	return readers[row->kind](l, row, value, (char *)base + row->at);
}

int
tryst_load_keys(struct tryst_load *l, const struct tryst_load_key *keys, const json_t *object,
                void *base)
{
	const bool yes = true;
	int rc = 0;

	for (const struct tryst_load_key *row = keys; row->key && rc == 0; row++) {
		const json_t *value = json_object_get(object, row->key);
		size_t mark = tryst_load_enter(l, row->key);

		if (!value || (json_is_null(value) && row->kind != TRYST_LOAD_REAL))
			rc = row->required ? tryst_load_fail(l, "missing") : 0;
		else
			rc = tryst_load_value(l, row, value, base);
		if (value && rc == 0 && row->known)
			memcpy((char *)base + row->known - 1, &yes, sizeof(yes));
		tryst_load_leave(l, mark);
	}
	return rc;
}

static int
name_compare(const void *va, const void *vb)
{
	const struct tryst_load_name *a = va, *b = vb;
	int order = strcmp(a->name, b->name);

	return order ? order : a->index < b->index ? -1 : a->index > b->index;
}

int
tryst_load_names_init(struct tryst_load *l, struct tryst_load_names *names, size_t count)
{
	names->count = 0;
	names->list = tryst_load_alloc(l, count, sizeof(*names->list));
	return names->list ? 0 : TRYST_ERR_NOMEM;
}

void
tryst_load_names_sort(struct tryst_load_names *names)
{
	qsort(names->list, names->count, sizeof(*names->list), name_compare);
}

int64_t
tryst_load_names_find(const struct tryst_load_names *names, const char *name)
{
	uint32_t from = 0, count = names->count;

	while (count > 0) {
		uint32_t half = count / 2;

		if (strcmp(names->list[from + half].name, name) < 0) {
			from += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	if (from == names->count || strcmp(names->list[from].name, name) != 0)
		return -1;
	return names->list[from].index;
}

const struct tryst_load_key tryst_load_ip_item = {
	.kind = TRYST_LOAD_IP,
	.size = sizeof(struct tryst_ip),
};

const struct tryst_load_key tryst_load_sentence_item = {
	.kind = TRYST_LOAD_SENTENCE,
	.size = sizeof(const char *),
};
