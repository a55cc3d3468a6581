/* SPDX-License-Identifier: Apache-2.0 */
/*
 * STIX 2.0 and 2.1 (OASIS): indicators with STIX patterns out of bundles, TAXII envelopes and
 * single objects; observables that no indicator names only when asked for, as they are evidence,
 * not suspicion.
 *
 * valid_from and valid_until make the validity, confidence and the TLP markings are kept, revoked
 * indicators are skipped.  Identities name the source where they stand before what they made, as
 * writers put them.
 */
#include "watch/impl.h"
#include "watch/json_list.h"
#include "watch/stix_pattern.h"

#define IDENTITIES_MAX 32
#define KEYS_MAX 32

enum member {
	MEMBER_TYPE,
	MEMBER_ID,
	MEMBER_NAME,
	MEMBER_DESCRIPTION,
	MEMBER_PATTERN,
	MEMBER_PATTERN_TYPE,
	MEMBER_FROM,
	MEMBER_UNTIL,
	MEMBER_REVOKED,
	MEMBER_CONFIDENCE,
	MEMBER_AUTHOR,
	MEMBER_VALUE,
	MEMBER_COUNT,
};

static const char *const members[MEMBER_COUNT] = {
	"type",       "id",          "name",    "description", "pattern",        "pattern_type",
	"valid_from", "valid_until", "revoked", "confidence",  "created_by_ref", "value",
};

/* STIX 2.1, 7.2.1.4 (TLP 1) and the marking definitions of TLP 2. */
static const struct {
	const char *id;
	enum tryst_tlp tlp;
} markings[] = {
	{ "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9", TRYST_TLP_CLEAR },
	{ "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da", TRYST_TLP_GREEN },
	{ "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82", TRYST_TLP_AMBER },
	{ "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed", TRYST_TLP_RED },
	{ "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", TRYST_TLP_CLEAR },
	{ "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb", TRYST_TLP_GREEN },
	{ "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421", TRYST_TLP_AMBER },
	{ "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003", TRYST_TLP_AMBER_STRICT },
	{ "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1", TRYST_TLP_RED },
};

struct identity {
	struct tryst_slice id, name;
};

struct stix {
	struct tryst_json_list *l;
	struct identity identities[IDENTITIES_MAX];
	size_t identity_count;
	/* What the keys of the object before meant, by position: the next has the same, mostly. */
	struct tryst_slice keys[KEYS_MAX];
	int members[KEYS_MAX]; /* -1: none of ours */
};

struct object {
	struct tryst_slice value[MEMBER_COUNT];
	enum tryst_tlp tlp;
	uint32_t line;
};

static enum tryst_tlp
markings_read(const struct tryst_json_list *l, struct tryst_jvalue refs)
{
	struct tryst_jtext in = tryst_jtext_inside(&l->j, refs);
	enum tryst_tlp tlp = TRYST_TLP_UNKNOWN;
	struct tryst_jvalue v;

	if (refs.kind != '[')
		return tlp;
	(void)tryst_jtext_enter(&in, '[');
	while (tryst_jtext_more(&in) && tryst_jtext_value(&in, &v)) {
		for (size_t i = 0; i < TRYST_ARRAY_SIZE(markings); i++) {
			if (tryst_slice_is(v.text, markings[i].id))
				tlp = TRYST_MAX(tlp, markings[i].tlp);
		}
	}
	return tlp;
}

/* Who made the object, "" where that is not known. */
static struct tryst_slice
author_find(const struct stix *s, struct tryst_slice id)
{
	for (size_t i = 0; i < s->identity_count; i++) {
		if (id.len == s->identities[i].id.len &&
		    memcmp(id.data, s->identities[i].id.data, id.len) == 0)
			return s->identities[i].name;
	}
	return (struct tryst_slice){ "", 0 };
}

static int
identity_keep(struct stix *s, const struct object *o)
{
	struct tryst_slice id = o->value[MEMBER_ID], name = o->value[MEMBER_NAME];
	struct tryst_arena *arena = &s->l->w->arena;
	struct identity *i;

	if (s->identity_count == IDENTITIES_MAX || !id.len || !name.len)
		return 0;
	i = &s->identities[s->identity_count];
	i->id = (struct tryst_slice){ tryst_arena_text(arena, id.data, id.len), id.len };
	i->name = (struct tryst_slice){ tryst_arena_text(arena, name.data, name.len), name.len };
	if (!i->id.data || !i->name.data)
		return TRYST_ERR_NOMEM;
	s->identity_count++;
	return 0;
}

static void
entry_make(const struct stix *s, const struct object *o, struct tryst_list_entry *e)
{
	const struct tryst_slice *v = o->value;
	int64_t ms;

	tryst_list_entry_init(e);
	e->label = v[MEMBER_NAME].len ? v[MEMBER_NAME] : v[MEMBER_DESCRIPTION];
	e->source = author_find(s, v[MEMBER_AUTHOR]);
	e->tlp = o->tlp;
	e->confidence = tryst_confidence_find(v[MEMBER_CONFIDENCE]);
	if (tryst_slice_time(v[MEMBER_FROM], &ms))
		e->from_ms = ms;
	if (tryst_slice_time(v[MEMBER_UNTIL], &ms))
		e->until_ms = ms;
}

static int
indicator_read(const struct stix *s, const struct object *o)
{
	struct tryst_watchlist *w = s->l->w;
	struct tryst_slice pattern = o->value[MEMBER_PATTERN];
	struct tryst_slice type = o->value[MEMBER_PATTERN_TYPE];
	struct tryst_stix_pattern terms;
	struct tryst_list_entry e;
	const char *why;
	int rc = 0;

	if (tryst_slice_is(o->value[MEMBER_REVOKED], "true"))
		return tryst_list_skip(w, o->line, tryst_slice_of("revoked"));
	/* STIX 2.0 has no other patterns and no word for them. */
	if (type.len && !tryst_slice_is(type, "stix"))
		return tryst_list_skip(w, o->line, type);
	entry_make(s, o, &e);
	if ((o->value[MEMBER_UNTIL].len && e.until_ms == TRYST_TIME_MAX) ||
	    (o->value[MEMBER_FROM].len && e.from_ms == TRYST_TIME_MIN))
		return tryst_list_reject(w, o->line, "valid_from or valid_until is no time",
		                         o->value[MEMBER_UNTIL].len ? o->value[MEMBER_UNTIL]
		                                                    : o->value[MEMBER_FROM]);
	why = tryst_stix_pattern_parse(pattern, &terms);
	if (why)
		return *why ? tryst_list_reject(w, o->line, why, pattern) : TRYST_ERR_NOMEM;
	for (size_t i = 0; rc == 0 && i < terms.count; i++) {
		entry_make(s, o, &e);
		e.form.port = terms.terms[i].port;
		rc = tryst_list_take(w, o->line, &e, terms.terms[i].address);
	}
	tryst_stix_pattern_fini(&terms);
	return rc;
}

static int
observable_read(const struct stix *s, const struct object *o)
{
	struct tryst_watchlist *w = s->l->w;
	struct tryst_list_entry e;

	if (!tryst_list_observables(w))
		return tryst_list_skip(w, o->line, tryst_slice_of("observable"));
	entry_make(s, o, &e);
	return tryst_list_take(w, o->line, &e, o->value[MEMBER_VALUE]);
}

/* Which member a key is, -1 for none of ours. */
static int
member_find(struct tryst_slice key)
{
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		if (tryst_slice_is(key, members[i]))
			return (int)i;
	}
	return -1;
}

/* The same for the n-th key of an object. */
static int
member_at(struct stix *s, size_t n, struct tryst_slice key)
{
	if (n >= KEYS_MAX)
		return member_find(key);
	if (!s->keys[n].data || s->keys[n].len != key.len ||
	    memcmp(s->keys[n].data, key.data, key.len) != 0) {
		s->keys[n] = key;
		s->members[n] = member_find(key);
	}
	return s->members[n];
}

/* The members of the object at the parser. */
static void
object_scan(struct stix *s, struct object *o)
{
	struct tryst_json_list *l = s->l;
	size_t n = 0;
	struct tryst_slice key;
	struct tryst_jvalue v;

	*o = (struct object){ .line = tryst_jtext_line(&l->j, l->j.pos) };
	for (size_t i = 0; i < MEMBER_COUNT; i++)
		o->value[i] = (struct tryst_slice){ "", 0 };
	tryst_json_list_next(l);
	(void)tryst_jtext_enter(&l->j, '{');
	while (tryst_jtext_key(&l->j, &key) && tryst_jtext_value(&l->j, &v)) {
		int member = member_at(s, n++, key);

		if (member >= 0)
			o->value[member] = tryst_json_list_string(l, v);
		else if (v.kind == '[' && tryst_slice_is(key, "object_marking_refs"))
			o->tlp = markings_read(l, v);
	}
}

static int
object_read(struct stix *s)
{
	struct tryst_json_list *l = s->l;
	struct object o;
	struct tryst_slice type;

	object_scan(s, &o);
	type = o.value[MEMBER_TYPE];
	if (l->j.why)
		return 0;
	if (tryst_slice_is(type, "indicator"))
		return indicator_read(s, &o);
	if (tryst_slice_is(type, "ipv4-addr") || tryst_slice_is(type, "ipv6-addr"))
		return observable_read(s, &o);
	if (tryst_slice_is(type, "identity"))
		return identity_keep(s, &o);
	return 0; /* malware, relationships, markings: about the others */
}

int
tryst_stix_read(struct tryst_json_list *l)
{
	struct stix s = { .l = l };
	struct tryst_jtext j = l->j;
	struct tryst_slice key;
	struct tryst_jvalue v;
	bool bundle = false;
	int rc = 0;

	tryst_list_called(l->w, "STIX 2");
	l->named = true;
	(void)tryst_jtext_enter(&j, '{');
	while (!bundle && tryst_jtext_key(&j, &key)) {
		bundle = tryst_slice_is(key, "objects");
		if (!bundle)
			(void)tryst_jtext_value(&j, &v);
	}
	if (!bundle)
		return object_read(&s);
	(void)tryst_jtext_enter(&l->j, '{');
	while (rc == 0 && tryst_jtext_key(&l->j, &key)) {
		if (!tryst_slice_is(key, "objects") || tryst_jtext_peek(&l->j) != '[') {
			(void)tryst_jtext_value(&l->j, &v);
			continue;
		}
		(void)tryst_jtext_enter(&l->j, '[');
		while (rc == 0 && tryst_jtext_more(&l->j))
			rc = object_read(&s);
	}
	return rc;
}
