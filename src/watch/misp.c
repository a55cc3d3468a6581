/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MISP events as JSON (misp-rfc, core format): the attributes of the event and of its objects.
 *
 * Taken are attributes of the address types that are meant for detection (to_ids) and not deleted;
 * their label is the comment and what the event is about.  What the event says of itself may stand
 * behind its attributes, so it is read first, in a pass of its own.
 */
#include "watch/impl.h"
#include "watch/json_list.h"

/* A copy of a text of the event in the watchlist's memory: it must outlive its scratch buffer. */
static int
keep(struct tryst_json_list *l, struct tryst_slice t, struct tryst_slice *out)
{
	char *copy = tryst_arena_text(&l->w->arena, t.data, t.len);

	*out = (struct tryst_slice){ copy ? copy : "", copy ? t.len : 0 };
	return copy ? 0 : TRYST_ERR_NOMEM;
}

/* The TLP tags of the event. */
static enum tryst_tlp
tags_tlp(struct tryst_json_list *l, struct tryst_jvalue tags)
{
	struct tryst_jtext in = tryst_jtext_inside(&l->j, tags);
	enum tryst_tlp tlp = TRYST_TLP_UNKNOWN;
	struct tryst_jvalue v;

	if (tags.kind != '[')
		return tlp;
	(void)tryst_jtext_enter(&in, '[');
	while (tryst_jtext_more(&in) && tryst_jtext_value(&in, &v)) {
		struct tryst_slice name = { "", 0 };

		if (v.kind == '{')
			name = tryst_json_list_member(l, v, "name");
		if (tryst_slice_begins(name, "tlp:"))
			tlp = TRYST_MAX(tlp, tryst_tlp_find(name));
	}
	return tlp;
}

/* What the event at the parser is about; the parser stays where it is. */
static int
event_about(struct tryst_json_list *l)
{
	struct tryst_jtext j = l->j;
	struct tryst_slice key, info = { "", 0 }, org = { "", 0 };
	struct tryst_jvalue v;
	int64_t ms = TRYST_TIME_MIN;
	int rc;

	tryst_list_entry_init(&l->base);
	(void)tryst_jtext_enter(&j, '{');
	while (tryst_jtext_key(&j, &key) && tryst_jtext_value(&j, &v)) {
		if (tryst_slice_is(key, "info"))
			info = tryst_json_list_string(l, v);
		else if (tryst_slice_is(key, "Orgc") && v.kind == '{')
			org = tryst_json_list_member(l, v, "name");
		else if (tryst_slice_is(key, "Tag"))
			l->base.tlp = tags_tlp(l, v);
		else if (tryst_slice_is(key, "timestamp"))
			(void)tryst_slice_time(tryst_json_list_string(l, v), &ms);
	}
	rc = keep(l, info, &l->base.label);
	if (rc == 0)
		rc = keep(l, org, &l->base.source);
	return rc == 0 ? tryst_list_about(l->w, info, ms) : rc;
}

static int
attributes_read(struct tryst_json_list *l)
{
	int rc = 0;

	if (tryst_jtext_peek(&l->j) != '[') {
		struct tryst_jvalue v;

		(void)tryst_jtext_value(&l->j, &v);
		return 0;
	}
	(void)tryst_jtext_enter(&l->j, '[');
	while (rc == 0 && tryst_jtext_more(&l->j))
		rc = tryst_json_record(l);
	return rc;
}

/* The attributes of the objects of an event. */
static int
objects_read(struct tryst_json_list *l)
{
	struct tryst_slice key;
	struct tryst_jvalue v;
	int rc = 0;

	(void)tryst_jtext_enter(&l->j, '[');
	while (rc == 0 && tryst_jtext_more(&l->j) && tryst_jtext_enter(&l->j, '{')) {
		while (rc == 0 && tryst_jtext_key(&l->j, &key)) {
			if (tryst_slice_is(key, "Attribute"))
				rc = attributes_read(l);
			else
				(void)tryst_jtext_value(&l->j, &v);
		}
	}
	return rc;
}

static int
event_read(struct tryst_json_list *l)
{
	struct tryst_slice key;
	struct tryst_jvalue v;
	int rc;

	tryst_json_list_next(l);
	rc = event_about(l);
	(void)tryst_jtext_enter(&l->j, '{');
	while (rc == 0 && tryst_jtext_key(&l->j, &key)) {
		if (tryst_slice_is(key, "Attribute"))
			rc = attributes_read(l);
		else if (tryst_slice_is(key, "Object") && tryst_jtext_peek(&l->j) == '[')
			rc = objects_read(l);
		else
			(void)tryst_jtext_value(&l->j, &v);
	}
	return rc;
}

/* An object that holds an event, or is one (a restSearch answer has only its attributes). */
static int
holder_read(struct tryst_json_list *l)
{
	struct tryst_jtext j = l->j;
	struct tryst_slice key;
	struct tryst_jvalue v;
	int rc = 0;

	(void)tryst_jtext_enter(&j, '{');
	if (!tryst_jtext_key(&j, &key) || !tryst_slice_is(key, "Event"))
		return event_read(l);
	(void)tryst_jtext_enter(&l->j, '{');
	while (rc == 0 && tryst_jtext_key(&l->j, &key)) {
		if (tryst_slice_is(key, "Event") && tryst_jtext_peek(&l->j) == '{')
			rc = event_read(l);
		else
			(void)tryst_jtext_value(&l->j, &v);
	}
	return rc;
}

static int
response_read(struct tryst_json_list *l)
{
	int rc = 0;

	if (tryst_jtext_peek(&l->j) == '{')
		return holder_read(l);
	(void)tryst_jtext_enter(&l->j, '[');
	while (rc == 0 && tryst_jtext_more(&l->j))
		rc = holder_read(l);
	return rc;
}

int
tryst_misp_read(struct tryst_json_list *l)
{
	struct tryst_jtext j = l->j;
	struct tryst_slice key;
	struct tryst_jvalue v;
	int rc = 0;

	tryst_list_called(l->w, "MISP event");
	l->named = true;
	(void)tryst_jtext_enter(&j, '{');
	if (tryst_jtext_key(&j, &key) && !tryst_slice_is(key, "response"))
		return holder_read(l);
	(void)tryst_jtext_enter(&l->j, '{');
	while (rc == 0 && tryst_jtext_key(&l->j, &key)) {
		if (tryst_slice_is(key, "response"))
			rc = response_read(l);
		else
			(void)tryst_jtext_value(&l->j, &v);
	}
	return rc;
}

/* 8-4-4-4-12 hexadecimal digits; nothing else may become a file's name. */
static bool
is_uuid(struct tryst_slice t)
{
	for (size_t i = 0; i < t.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? t.data[i] != '-' : !strchr("0123456789abcdefABCDEF", t.data[i]))
			return false;
	}
	return t.len == 36;
}

bool
tryst_misp_manifest(struct tryst_watchlist *w, const char *data, size_t len,
                    struct tryst_list_vec *names)
{
	struct tryst_jtext j;
	struct tryst_slice key;
	struct tryst_jvalue v;

	tryst_jtext_init(&j, data, len);
	(void)tryst_jtext_enter(&j, '{');
	while (tryst_jtext_key(&j, &key) && tryst_jtext_value(&j, &v)) {
		char *name = tryst_arena_alloc(&w->arena, 36 + sizeof(".json")), **at;

		at = name && is_uuid(key) ? tryst_list_push(names, sizeof(*at)) : NULL;
		if (!at)
			return false;
		memcpy(name, key.data, 36);
		memcpy(name + 36, ".json", sizeof(".json"));
		*at = name;
	}
	return !j.why;
}
