/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lists in JSON: an array of records, one record a line (NDJSON), an object that wraps arrays of
 * them, or one of the formats with rules of their own (MISP, STIX, OTX), told apart by keys.
 *
 * Flat records mean what their keys mean (columns.h): Spamhaus DROP, Feodo Tracker, ThreatFox,
 * AbuseIPDB, Suricata's data sets, and whatever looks like them.
 */
#include <stdlib.h>

#include "watch/json_list.h"

#define SCRATCH_BYTES ((size_t)128 << 10)
#define WRAPPED_MAX 4 /* arrays in objects in arrays */

enum shape {
	SHAPE_WRAPPER, /* unknown: its arrays are looked into */
	SHAPE_RECORD,
	SHAPE_METADATA,
	SHAPE_MISP,
	SHAPE_STIX,
	SHAPE_OTX,
};

/* Keys that decide by themselves; `type` and `id` decide by their values. */
static const struct {
	const char *key;
	enum shape shape;
} shapes[] = {
	{ "Event", SHAPE_MISP },        { "response", SHAPE_MISP },  { "Attribute", SHAPE_MISP },
	{ "objects", SHAPE_STIX },      { "pattern", SHAPE_STIX },   { "spec_version", SHAPE_STIX },
	{ "pattern_type", SHAPE_STIX }, { "indicators", SHAPE_OTX }, { "pulse_source", SHAPE_OTX },
};

/* The last line of Spamhaus's feeds: {"type":"metadata","timestamp":...,"records":...}. */
static int
metadata_read(struct tryst_json_list *l)
{
	static const char *const count_key = "records";
	struct tryst_jvalue object;
	struct tryst_slice records, time;
	uint32_t line = tryst_jtext_line(&l->j, l->j.pos);
	uint64_t n, have;
	int64_t ms;
	int rc = 0;

	tryst_json_list_next(l);
	if (!tryst_jtext_value(&l->j, &object))
		return 0;
	have = tryst_list_read(l->w);
	records = tryst_json_list_member(l, object, count_key);
	time = tryst_json_list_member(l, object, "timestamp");
	if (tryst_slice_number(records, UINT32_MAX, &n) && n != have)
		rc = tryst_list_warn(l->w, line,
		                     "the feed is not whole: its number of records is another",
		                     records);
	if (rc == 0 && tryst_slice_time(time, &ms))
		rc = tryst_list_about(l->w, (struct tryst_slice){ 0 }, ms);
	return rc;
}

/* What the next object is, by its keys up to the first that decides. */
static enum shape
shape_find(const struct tryst_json_list *l)
{
	struct tryst_jtext j = l->j;
	enum shape shape = SHAPE_WRAPPER;
	struct tryst_slice key;
	struct tryst_jvalue v;

	(void)tryst_jtext_enter(&j, '{');
	while (tryst_jtext_key(&j, &key)) {
		char kind = tryst_jtext_peek(&j);
		enum tryst_column c = tryst_column_find(key);

		for (size_t i = 0; i < TRYST_ARRAY_SIZE(shapes); i++) {
			if (tryst_slice_is(key, shapes[i].key))
				return shapes[i].shape;
		}
		if (kind == '[' || kind == '{') {
			struct tryst_jtext in = j;

			if (shape == SHAPE_WRAPPER && kind == '[' && tryst_jtext_enter(&in, '[') &&
			    tryst_jtext_peek(&in) == '{')
				return shape;
			(void)tryst_jtext_value(&j, &v);
			continue;
		}
		if (!tryst_jtext_value(&j, &v))
			break;
		if (tryst_slice_is(key, "type") && tryst_slice_is(v.text, "metadata"))
			return SHAPE_METADATA;
		if (tryst_slice_is(key, "type") && tryst_slice_is(v.text, "bundle"))
			return SHAPE_STIX;
		if (tryst_slice_is(key, "id") && memmem(v.text.data, v.text.len, "--", 2))
			return SHAPE_STIX;
		if (c == TRYST_COLUMN_ADDRESS || c == TRYST_COLUMN_AS || c == TRYST_COLUMN_URL)
			shape = SHAPE_RECORD;
	}
	return shape;
}

static int value_read(struct tryst_json_list *l, unsigned wrapped);

static int
array_read(struct tryst_json_list *l, unsigned wrapped)
{
	int rc = 0;

	(void)tryst_jtext_enter(&l->j, '[');
	while (rc == 0 && tryst_jtext_more(&l->j))
		rc = value_read(l, wrapped + 1);
	return rc;
}

/*
 * A case of ours: it names the forged and the home network beside the suspects, so that it is no
 * list, however it came here (packed, piped, its keys sorted).
 */
static bool
is_case(const struct tryst_json_list *l)
{
	static const char *const keys[] = { "schema", "watchlists", "sightings" };
	struct tryst_jtext j = l->j;
	struct tryst_slice key;
	struct tryst_jvalue v;
	unsigned seen = 0;

	(void)tryst_jtext_enter(&j, '{');
	while (tryst_jtext_key(&j, &key) && tryst_jtext_value(&j, &v)) {
		for (unsigned i = 0; i < TRYST_ARRAY_SIZE(keys); i++)
			seen |= (unsigned)tryst_slice_is(key, keys[i]) << i;
	}
	return seen == (1u << TRYST_ARRAY_SIZE(keys)) - 1;
}

static int
case_reject(struct tryst_json_list *l)
{
	uint32_t line = tryst_jtext_line(&l->j, l->j.pos);
	struct tryst_jvalue v;

	(void)tryst_jtext_value(&l->j, &v);
	return tryst_list_reject(
		l->w, line,
		"a case of tryst is no list; 'tryst block' takes the file that was "
		"saved",
		(struct tryst_slice){ 0 });
}

/* {"data": [...], ...}, {"1672089": [...], ...}: the arrays of an object. */
static int
wrapper_read(struct tryst_json_list *l, unsigned wrapped)
{
	const char *from = l->j.pos;
	uint32_t line = tryst_jtext_line(&l->j, from);
	struct tryst_jvalue v;
	struct tryst_slice key;
	bool any = false;
	int rc = 0;

	(void)tryst_jtext_enter(&l->j, '{');
	while (rc == 0 && tryst_jtext_key(&l->j, &key)) {
		char kind = tryst_jtext_peek(&l->j);

		if (kind == '[' && wrapped < WRAPPED_MAX) {
			any = true;
			rc = array_read(l, wrapped);
		} else {
			(void)tryst_jtext_value(&l->j, &v);
		}
	}
	if (rc == 0 && !l->j.why && !any)
		rc = tryst_list_reject(l->w, line, "an object without an address",
		                       (struct tryst_slice){ from, (size_t)(l->j.pos - from) });
	return rc;
}

/* Whether the next object begins like the record before; most are, and need no second look. */
static bool
is_another_record(const struct tryst_json_list *l)
{
	struct tryst_jtext j = l->j;
	struct tryst_slice key;

	return l->named && l->keys[0].len && tryst_jtext_enter(&j, '{') &&
	       tryst_jtext_key(&j, &key) && key.len == l->keys[0].len &&
	       memcmp(key.data, l->keys[0].data, key.len) == 0 && !tryst_slice_is(key, "type") &&
	       l->records;
}

static int
object_read(struct tryst_json_list *l, unsigned wrapped)
{
	enum shape shape = is_another_record(l) ? SHAPE_RECORD : shape_find(l);

	l->records = shape == SHAPE_RECORD;
	switch (shape) {
	case SHAPE_RECORD:
		return tryst_json_record(l);
	case SHAPE_METADATA:
		return metadata_read(l);
	case SHAPE_MISP:
		return tryst_misp_read(l);
	case SHAPE_STIX:
		return tryst_stix_read(l);
	case SHAPE_OTX:
		return tryst_otx_read(l);
	default:
		return is_case(l) ? case_reject(l) : wrapper_read(l, wrapped);
	}
}

static int
value_read(struct tryst_json_list *l, unsigned wrapped)
{
	char kind = tryst_jtext_peek(&l->j);
	uint32_t line = tryst_jtext_line(&l->j, l->j.pos);
	struct tryst_list_entry e = l->base;
	struct tryst_jvalue v;

	if (kind == '{')
		return object_read(l, wrapped);
	if (kind == '[' && wrapped < WRAPPED_MAX)
		return array_read(l, wrapped);
	tryst_json_list_next(l);
	if (!tryst_jtext_value(&l->j, &v))
		return 0;
	if (v.kind == '"')
		return tryst_list_take(l->w, line, &e, tryst_json_list_string(l, v));
	return tryst_list_reject(l->w, line, "neither an object nor an address", v.text);
}

/*
 * Rejects what is no JSON.  *more says whether reading goes on with the next line: of objects one a
 * line a broken one costs only itself.
 */
static int
fault_reject(struct tryst_json_list *l, const char *from, uint32_t line, bool *more)
{
	struct tryst_jtext *j = &l->j;
	const char *lf = memchr(from, '\n', (size_t)(j->end - from));
	const char *at = TRYST_MIN(j->pos, j->end), *why = j->why;
	struct tryst_slice left = { at, (size_t)(j->end - at) };

	*more = *from == '{' && lf && lf + 1 < j->end && lf[1] == '{';
	if (*more) {
		left = (struct tryst_slice){ from, (size_t)(lf - from) };
		j->pos = lf + 1;
		j->why = NULL;
		j->depth = 0;
	} else {
		line = tryst_jtext_line(j, at);
	}
	return tryst_list_reject(l->w, line, why, tryst_slice_cut(&left, '\n'));
}

static int
json_read(struct tryst_watchlist *w, const char *data, size_t len)
{
	struct tryst_json_list l = { .w = w };
	bool more = true;
	int rc = tryst_buf_reserve(&l.scratch, SCRATCH_BYTES) ? 0 : TRYST_ERR_NOMEM;

	tryst_list_entry_init(&l.base);
	tryst_jtext_init(&l.j, data, len);
	while (rc == 0 && more && tryst_jtext_peek(&l.j)) {
		const char *from = l.j.pos;
		uint32_t line = tryst_jtext_line(&l.j, from);

		rc = value_read(&l, 0);
		if (rc == 0 && l.j.why)
			rc = fault_reject(&l, from, line, &more);
	}
	tryst_buf_fini(&l.scratch);
	return rc;
}

static bool
json_probe(const char *data, size_t len)
{
	struct tryst_jtext j;
	struct tryst_jvalue v;
	char kind;

	tryst_jtext_init(&j, data, len);
	kind = tryst_jtext_peek(&j);
	if (kind == '{')
		return true;
	/* `[2001:db8::1]:443` begins a plain list, `[` with a value behind it an array. */
	if (kind != '[' || !tryst_jtext_enter(&j, '['))
		return false;
	kind = tryst_jtext_peek(&j);
	return kind == '{' || kind == '[' || kind == ']' ||
	       (kind == '"' && tryst_jtext_value(&j, &v));
}

const struct tryst_list_format tryst_list_json = {
	.name = "json",
	.help = "STIX 2, MISP, OTX, ThreatFox, Spamhaus DROP, AbuseIPDB; any records, also a line "
		"each",
	.probe = json_probe,
	.read = json_read,
};
