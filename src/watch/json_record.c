/* SPDX-License-Identifier: Apache-2.0 */
/* A flat record of a list in JSON: its keys by their names (columns.h), and what feed it is of. */
#include "watch/json_list.h"

#define TAGS_BYTES 300

/* Feeds of flat records by a key that only they have. */
static const struct {
	const char *key;
	const char *name;
} feeds[] = {
	{ "\"sblid\"", "Spamhaus DROP JSON" },
	{ "\"ioc_type\"", "ThreatFox JSON" },
	{ "\"asname\"", "Spamhaus ASN-DROP JSON" },
	{ "\"as_number\"", "Feodo Tracker JSON" },
	{ "\"abuseConfidenceScore\"", "AbuseIPDB JSON" },
};

struct tryst_slice
tryst_json_list_string(struct tryst_json_list *l, struct tryst_jvalue v)
{
	if (v.kind == 'n' || v.kind == '{' || v.kind == '[')
		return (struct tryst_slice){ "", 0 };
	return tryst_jtext_string(v, &l->scratch);
}

struct tryst_slice
tryst_json_list_member(struct tryst_json_list *l, struct tryst_jvalue object, const char *key)
{
	struct tryst_jtext in = tryst_jtext_inside(&l->j, object);
	struct tryst_slice found = { "", 0 }, name;
	struct tryst_jvalue v;

	if (!tryst_jtext_enter(&in, '{'))
		return found;
	while (tryst_jtext_key(&in, &name) && tryst_jtext_value(&in, &v)) {
		if (tryst_slice_is(name, key))
			return tryst_json_list_string(l, v);
	}
	return found;
}

void
tryst_json_list_next(struct tryst_json_list *l)
{
	l->scratch.len = 0;
}

/* The meaning of the i-th key of a record. */
static enum tryst_column
key_column(struct tryst_json_list *l, size_t i, struct tryst_slice key)
{
	if (i >= TRYST_JSON_MEMBERS_MAX)
		return tryst_column_find(key);
	if (!l->keys[i].data || l->keys[i].len != key.len ||
	    memcmp(l->keys[i].data, key.data, key.len) != 0) {
		l->keys[i] = key;
		l->columns[i] = tryst_column_find(key);
	}
	return l->columns[i];
}

/* The strings of an array, or the names of its objects, joined; TLP tags are taken out. */
static struct tryst_slice
array_join(struct tryst_json_list *l, struct tryst_jvalue array, enum tryst_tlp *tlp)
{
	struct tryst_jtext in = tryst_jtext_inside(&l->j, array);
	struct tryst_buf *b = &l->scratch;
	struct tryst_jvalue v;
	char text[TAGS_BYTES];
	size_t n = 0;

	(void)tryst_jtext_enter(&in, '[');
	while (tryst_jtext_more(&in) && tryst_jtext_value(&in, &v)) {
		struct tryst_slice t = v.kind == '{' ? tryst_json_list_member(l, v, "name")
		                                     : tryst_json_list_string(l, v);

		if (tryst_slice_begins(t, "tlp:")) {
			*tlp = TRYST_MAX(*tlp, tryst_tlp_find(t));
		} else if (t.len && n + t.len + 2 < sizeof(text)) {
			memcpy(text + n, ", ", 2);
			n += n ? 2 : 0;
			memcpy(text + n, t.data, t.len);
			n += t.len;
		}
	}
	if (b->cap - b->len <= n)
		return (struct tryst_slice){ "", 0 };
	tryst_buf_add(b, text, n);
	return (struct tryst_slice){ b->data + b->len - n, n };
}

static void
feed_name(struct tryst_json_list *l, struct tryst_slice record)
{
	for (size_t i = 0; !l->named && i < TRYST_ARRAY_SIZE(feeds); i++) {
		if (memmem(record.data, record.len, feeds[i].key, strlen(feeds[i].key))) {
			tryst_list_called(l->w, feeds[i].name);
			break;
		}
	}
	l->named = true;
}

int
tryst_json_record(struct tryst_json_list *l)
{
	struct tryst_list_record r;
	struct tryst_list_entry base = l->base;
	struct tryst_slice key, whole;
	struct tryst_jvalue v;
	size_t i = 0;
	uint32_t line;

	tryst_json_list_next(l);
	tryst_list_record_init(&r);
	(void)tryst_jtext_peek(&l->j);
	whole.data = l->j.pos;
	line = tryst_jtext_line(&l->j, whole.data);
	if (!tryst_jtext_enter(&l->j, '{'))
		return 0;
	while (tryst_jtext_key(&l->j, &key) && tryst_jtext_value(&l->j, &v)) {
		enum tryst_column c = key_column(l, i++, key);

		if (v.kind == '[' && tryst_slice_is(key, "Tag"))
			c = TRYST_COLUMN_TAGS;
		if (c && !r.value[c].len)
			r.value[c] = v.kind == '[' ? array_join(l, v, &base.tlp)
			                           : tryst_json_list_string(l, v);
	}
	if (l->j.why)
		return 0;
	whole.len = (size_t)(l->j.pos - whole.data);
	feed_name(l, whole);
	return tryst_list_add_record(l->w, line, &r, &base, whole);
}
