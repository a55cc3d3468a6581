/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Logs of JSON objects: the paths of a dialect in a hash table, objects into rows by it, and the
 * sniffing that all dialects share.
 */
#include "read/json_log.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "read/json_scan.h"

#define KEYS_MAX 320
#define SLOTS 1024 /* a power of two, well above KEYS_MAX */
#define TEXT_MAX 256
#define PROBE_OBJECTS 8 /* looked at, where those before are damaged */

struct key {
	const char *path;
	size_t len;
	uint32_t hash;
	struct tryst_text_column column;
};

/* The paths that mean something, found by their hash. */
struct keys {
	unsigned count;
	struct key list[KEYS_MAX];
	uint16_t slot[SLOTS]; /* index in list plus 1 */
	struct tryst_text_table table;
};

/* One object being read. */
struct object {
	const struct keys *keys;
	const struct tryst_zone *zone;
	struct tryst_text_memory *memory;
	struct tryst_text_row *row;
	const struct key *bad; /* what its value is not */
	struct tryst_text_cell cell;
};

static void
keys_add(struct keys *k, const struct tryst_text_names *names, const char *path)
{
	struct tryst_text_column c = tryst_text_column_find(names, path, strlen(path));
	uint32_t hash = tryst_json_hash(path, strlen(path));
	unsigned at = hash % SLOTS;

	if (*path == '\0' || c.parse == TRYST_TEXT_IGNORE)
		return;
	for (; k->slot[at]; at = (at + 1) % SLOTS) {
		if (strcmp(k->list[k->slot[at] - 1].path, path) == 0)
			return;
	}
	_Static_assert(KEYS_MAX > 5 * TRYST_FIELD_COUNT + 64, "a dialect's own names, and ours");
	assert(k->count < KEYS_MAX);
	if (c.parse != TRYST_TEXT_OWN && c.parse != TRYST_TEXT_DURATION &&
	    c.parse != TRYST_TEXT_DURATION_NS)
		c.bit = 1ULL << c.field;
	k->list[k->count] = (struct key){ path, strlen(path), hash, c };
	k->slot[at] = (uint16_t)++k->count;
}

/* What ECS has no names for stands under ours. */
static const char *const ours[TRYST_FIELD_COUNT] = {
#define FIELD(id, type, nfdump, ipfix, zeek, ecs, unit, help) "tryst." #id,
#include "flow/fields.def"
#undef FIELD
};

static struct keys *
keys_new(const struct tryst_json_dialect *d)
{
	struct keys *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->table.ports_hold_icmp = d->ports_hold_icmp;
	for (size_t i = 0; i < d->names->count; i++)
		keys_add(k, d->names, d->names->list[i].name);
	for (int i = 0; d->names->fields && i < TRYST_FIELD_COUNT; i++) {
		const struct tryst_field_info *f = tryst_field_info(i);

		keys_add(k, d->names, ours[i]);
		keys_add(k, d->names, f->name);
		keys_add(k, d->names, f->nfdump);
		keys_add(k, d->names, f->zeek);
		keys_add(k, d->names, f->ecs);
	}
	return k;
}

static inline const struct key *
keys_find(const struct keys *k, const struct tryst_json_value *v)
{
	for (unsigned at = v->path_hash % SLOTS; k->slot[at]; at = (at + 1) % SLOTS) {
		const struct key *key = &k->list[k->slot[at] - 1];

		if (key->hash == v->path_hash && key->len == v->path_len &&
		    memcmp(key->path, v->path, key->len) == 0)
			return key;
	}
	return NULL;
}

/* `9.5e-07` as `0.00000095`: the parsers of values know no exponents.  False: not that. */
static bool
plain_number(struct tryst_text_cell c, char out[TEXT_MAX], size_t *len)
{
	char digits[32];
	size_t count = 0, i = 0, n = 0;
	int point = -1, exponent = 0, sign = 1;

	for (; i < c.len && count < sizeof(digits); i++) {
		if (c.text[i] >= '0' && c.text[i] <= '9')
			digits[count++] = c.text[i];
		else if (c.text[i] == '.' && point < 0)
			point = (int)count;
		else
			break;
	}
	if (count == 0 || i == c.len || (c.text[i] | 0x20) != 'e')
		return false;
	i++;
	if (i < c.len && (c.text[i] == '-' || c.text[i] == '+'))
		sign = c.text[i++] == '-' ? -1 : 1;
	for (; i < c.len && c.text[i] >= '0' && c.text[i] <= '9' && exponent < 40; i++)
		exponent = exponent * 10 + (c.text[i] - '0');
	if (i != c.len || exponent > 40)
		return false;
	point = (point < 0 ? (int)count : point) + sign * exponent;
	for (int at = TRYST_MIN(point, 0); at < TRYST_MAX(point, (int)count); at++) {
		if (at == point) {
			if (n == 0)
				out[n++] = '0';
			out[n++] = '.';
		}
		out[n++] = at >= 0 && at < (int)count ? digits[at] : '0';
	}
	*len = n;
	return true;
}

static bool
object_value(void *ctx, const struct tryst_json_value *v)
{
	struct object *o = ctx;
	const struct key *key = keys_find(o->keys, v);
	struct tryst_text_cell c = { v->text, v->len };
	char text[TEXT_MAX];
	size_t len;

	if (!key)
		return true;
	if (TRYST_UNLIKELY(v->escaped)) {
		len = tryst_json_unescape(v->text, v->len, text, sizeof(text));
		if (len != SIZE_MAX)
			c = (struct tryst_text_cell){ text, len };
	}
	if (TRYST_UNLIKELY(!tryst_text_value_read(&o->keys->table, &key->column, o->zone, c,
	                                          o->memory, o->row))) {
		if (plain_number(c, text, &len) &&
		    tryst_text_value_read(&o->keys->table, &key->column, o->zone,
		                          (struct tryst_text_cell){ text, len }, o->memory, o->row))
			return true;
		o->bad = key;
		o->cell = (struct tryst_text_cell){ v->text, v->len };
		return false;
	}
	return o->row->verdict == TRYST_TEXT_ROW;
}

/* What follows the object on its line: blanks and a comma. */
static bool
is_rest(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == ','))
		p++;
	return p == end;
}

static void
why_value(const struct object *o, char why[TRYST_TEXT_FAULT_MAX])
{
	char shown[33];
	size_t n = TRYST_MIN(o->cell.len, sizeof(shown) - 1);

	for (size_t i = 0; i < n; i++)
		shown[i] = o->cell.text[i] >= ' ' && o->cell.text[i] <= '~' ? o->cell.text[i] : '?';
	shown[n] = '\0';
	(void)snprintf(why, TRYST_TEXT_FAULT_MAX, "%s: expected %s, found \"%s\"", o->bad->path,
	               tryst_text_expected(&o->bad->column), shown);
}

/* Reads the object at the beginning of a text into a row. */
static enum tryst_text_verdict
object_read(const struct tryst_json_dialect *d, struct object *o, const char *text, size_t len,
            char why[TRYST_TEXT_FAULT_MAX])
{
	struct tryst_text_fault fault;
	const char *expected;
	size_t at, used;

	tryst_text_row_init(o->row);
	used = tryst_json_scan(text, len, object_value, o, &expected, &at);
	if (used == SIZE_MAX && !o->bad)
		return o->row->verdict;
	if (used == SIZE_MAX) {
		why_value(o, why);
		return TRYST_TEXT_BAD;
	}
	if (used == 0 || !is_rest(text + used, text + len)) {
		(void)snprintf(why, TRYST_TEXT_FAULT_MAX, "character %zu: expected %s",
		               (used ? used : at) + 1, used ? "the end of the line" : expected);
		return TRYST_TEXT_BAD;
	}
	if (!tryst_text_row_usable(o->row, &fault)) {
		(void)snprintf(why, TRYST_TEXT_FAULT_MAX, "expected %s, found none",
		               fault.expected);
		return TRYST_TEXT_BAD;
	}
	tryst_text_row_complete(&o->keys->table, o->row);
	if (d->finish)
		d->finish(o->row);
	return TRYST_TEXT_ROW;
}

enum tryst_text_verdict
tryst_json_line(struct tryst_text_part *p, const struct tryst_text_line *line,
                char why[TRYST_TEXT_FAULT_MAX])
{
	const char *text = line->text, *end = text + line->len;
	struct object o = { .keys = p->log->data,
		            .zone = &p->log->options.zone,
		            .memory = &p->memory,
		            .row = &p->row };

	while (text < end && (*text == ' ' || *text == '\t'))
		text++;
	if (text == end || ((*text == '[' || *text == ']') && is_rest(text + 1, end)))
		return TRYST_TEXT_NOTHING;
	return object_read((const struct tryst_json_dialect *)p->log->dialect, &o, text,
	                   (size_t)(end - text), why);
}

/* Behind a byte order mark and blanks. */
static size_t
skip_lead(const char *text, size_t len)
{
	size_t i = len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;

	while (i < len && strchr(" \t\r\n", text[i]) && text[i])
		i++;
	return i;
}

static bool
ignore_value(void *ctx, const struct tryst_json_value *v)
{
	(void)ctx;
	(void)v;
	return true;
}

/* Whether the first line is one object. */
static bool
is_lines(const char *text, size_t len)
{
	const char *eol = memchr(text, '\n', len), *expected;
	size_t line = eol ? (size_t)(eol - text) : len, at;
	size_t used = tryst_json_scan(text, line, ignore_value, NULL, &expected, &at);

	return used > 0 && is_rest(text + used, text + line);
}

int
tryst_json_head(struct tryst_text_log *log, const char *head, size_t len, struct tryst_error *err)
{
	const struct tryst_json_dialect *d = (const struct tryst_json_dialect *)log->dialect;
	size_t lead = skip_lead(head, len);
	struct keys *keys;

	if (lead == len || (head[lead] != '{' && head[lead] != '['))
		return tryst_error_set(err, TRYST_ERR_FORMAT, "expected a JSON object or array");
	keys = keys_new(d);
	if (!keys)
		return tryst_error_nomem(err);
	log->data = keys;
	log->table.fields = tryst_text_names_fields(d->names);
	log->table.data_at = memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
	log->whole = head[lead] == '[' || !is_lines(head + lead, len - lead);
	return 0;
}

void
tryst_json_close(struct tryst_text_log *log)
{
	free(log->data);
}

/* The first object of a text, which may be cut off by the end of the probe. */
static const char *
first_object(const char *text, size_t len)
{
	size_t i = skip_lead(text, len);

	if (i < len && text[i] == '[')
		i += 1 + skip_lead(text + i + 1, len - i - 1);
	return i < len && text[i] == '{' ? text + i : NULL;
}

/* How long an object is, 0 if it is broken or the text ends in it. */
static size_t
whole_length(const char *object, const char *end)
{
	const char *expected;
	size_t at;

	return tryst_json_scan(object, (size_t)(end - object), ignore_value, NULL, &expected, &at);
}

/* The object behind one, for where the first is damaged: behind a broken one at a line's begin. */
static const char *
next_object(const char *object, size_t len, const char *end)
{
	const char *p = object + len;

	if (len == 0) {
		p = memmem(object, (size_t)(end - object), "\n{", 2);
		return p ? p + 1 : NULL;
	}
	while (p < end && strchr("\r\n\t ,", *p) && *p)
		p++;
	return p < end && *p == '{' ? p : NULL;
}

/* Whether an object is a record of the dialect, or one that it knows and passes over. */
static bool
probe_object(const struct tryst_json_dialect *d, const struct keys *keys, const char *object,
             size_t len)
{
	static const struct tryst_zone utc = { .kind = TRYST_ZONE_UTC };
	struct tryst_text_memory memory = { 0 };
	struct tryst_text_row row;
	struct object o = { .keys = keys, .zone = &utc, .memory = &memory, .row = &row };
	char why[TRYST_TEXT_FAULT_MAX];
	bool marked = !d->marks;

	for (size_t i = 0; d->marks && d->marks[i]; i++)
		marked |= memmem(object, len, d->marks[i], strlen(d->marks[i])) != NULL;
	return marked && (d->any_kind || object_read(d, &o, object, len, why) != TRYST_TEXT_BAD);
}

int
tryst_json_probe(const struct tryst_json_dialect *d, const struct tryst_probe *p)
{
	const char *text = (const char *)p->text, *end = text + p->text_len;
	const char *object = first_object(text, p->text_len);
	struct keys *keys = object ? keys_new(d) : NULL;
	int score = 0;

	for (unsigned i = 0; keys && object && score == 0 && i < PROBE_OBJECTS; i++) {
		size_t len = whole_length(object, end);

		if (probe_object(d, keys, object, len ? len : (size_t)(end - object)))
			score = d->score;
		object = next_object(object, len, end);
	}
	free(keys);
	return score;
}
