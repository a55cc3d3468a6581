/* SPDX-License-Identifier: Apache-2.0 */
/* From a record, a row or an object with its values by meaning, to an entry of the list. */
#include <stdio.h>

#include "base/proto.h"
#include "watch/columns.h"

#define LABEL_BYTES 512

/* `Emotet; botnet_cc; tag, tag; of the list`: each part once. */
static struct tryst_slice
label_make(const struct tryst_list_record *r, struct tryst_slice of_all, char out[LABEL_BYTES])
{
	size_t n = 0;

	for (unsigned c = TRYST_COLUMN_MALWARE; c <= TRYST_COLUMN_COUNT; c++) {
		struct tryst_slice v = c < TRYST_COLUMN_COUNT ? r->value[c] : of_all;

		if (tryst_value_is_null(v) || n + 2 >= LABEL_BYTES ||
		    (n && memmem(out, n, v.data, v.len)))
			continue;
		if (n) {
			out[n++] = ';';
			out[n++] = ' ';
		}
		v.len = TRYST_MIN(v.len, LABEL_BYTES - n);
		memcpy(out + n, v.data, v.len);
		n += v.len;
	}
	return (struct tryst_slice){ out, n };
}

/* False: there is something that is no time. */
static bool
time_set(struct tryst_slice t, int64_t *out_ms)
{
	int64_t ms;

	if (tryst_value_is_null(t))
		return true;
	if (!tryst_slice_time(t, &ms))
		return false;
	*out_ms = ms;
	return true;
}

/* The level of `..., tlp:amber, ...`. */
static enum tryst_tlp
tags_tlp(struct tryst_slice tags)
{
	while (tags.len) {
		struct tryst_slice tag = tryst_slice_trim(tryst_slice_cut(&tags, ','), " ");

		if (tryst_slice_begins(tag, "tlp:"))
			return tryst_tlp_find(tag);
	}
	return TRYST_TLP_UNKNOWN;
}

/* Everything but the address.  Returns what is wrong, or NULL. */
static const char *
entry_fill(struct tryst_list_entry *e, const struct tryst_list_record *r)
{
	const struct tryst_slice *v = r->value;
	enum tryst_tlp tlp = tryst_tlp_find(v[TRYST_COLUMN_TLP]);
	uint64_t port = 0;
	int proto = 0;

	(void)time_set(v[TRYST_COLUMN_FIRST], &e->first_ms);
	(void)time_set(v[TRYST_COLUMN_LAST], &e->last_ms);
	/* Without them the entry would be valid for ever. */
	if (!time_set(v[TRYST_COLUMN_FROM], &e->from_ms) ||
	    !time_set(v[TRYST_COLUMN_UNTIL], &e->until_ms))
		return "from or until when it is valid is no time";
	if (v[TRYST_COLUMN_CONFIDENCE].len)
		e->confidence = tryst_confidence_find(v[TRYST_COLUMN_CONFIDENCE]);
	if (!tryst_value_is_null(v[TRYST_COLUMN_SOURCE]))
		e->source = v[TRYST_COLUMN_SOURCE];
	if (tlp == TRYST_TLP_UNKNOWN)
		tlp = tags_tlp(v[TRYST_COLUMN_TAGS]);
	if (tlp != TRYST_TLP_UNKNOWN)
		e->tlp = tlp;
	if (v[TRYST_COLUMN_PROTO].len)
		proto = tryst_proto_find(v[TRYST_COLUMN_PROTO].data, v[TRYST_COLUMN_PROTO].len);
	if (proto > 0)
		e->proto = (uint8_t)proto;
	if (!tryst_value_is_null(v[TRYST_COLUMN_PORT]) &&
	    !tryst_slice_number(v[TRYST_COLUMN_PORT], 65535, &port))
		return "the port is not in 0..65535";
	e->form.port = (uint16_t)port;
	return NULL;
}

/* Whether the record is none of ours, by what it says of itself. */
static bool
record_is_off(const struct tryst_list_record *r, struct tryst_slice *kind)
{
	static const struct {
		enum tryst_column column;
		const char *off[2];
		const char *kind;
	} flags[] = {
		{ TRYST_COLUMN_TO_IDS, { "0", "false" }, "not for detection" },
		{ TRYST_COLUMN_ACTIVE, { "0", "false" }, "inactive" },
		{ TRYST_COLUMN_DELETED, { "1", "true" }, "withdrawn" },
	};

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(flags); i++) {
		struct tryst_slice v = r->value[flags[i].column];

		*kind = tryst_slice_of(flags[i].kind);
		if (!v.len)
			continue;
		if (tryst_slice_like(v, flags[i].off[0]) || tryst_slice_like(v, flags[i].off[1]))
			return true;
	}
	return false;
}

/* An entry whose text may name a host instead of an address. */
static int
url_take(struct tryst_watchlist *w, uint32_t line, struct tryst_list_entry *e,
         struct tryst_slice text)
{
	struct tryst_form form;
	const char *why;

	if (!tryst_form_parse(text.data, text.len, &form, &why))
		return tryst_list_skip(w, line, tryst_slice_of("url of a name"));
	return tryst_list_take(w, line, e, text);
}

/* Whether the columns called start and end hold addresses; elsewhere they hold times. */
static bool
is_range(const struct tryst_list_record *r)
{
	struct tryst_slice start = r->value[TRYST_COLUMN_START];
	struct tryst_ip ip;

	return r->value[TRYST_COLUMN_END].len && tryst_ip_parse(start.data, start.len, &ip);
}

/* `1.2.3.4` and `1.2.3.9` of two columns. */
static int
range_take(struct tryst_watchlist *w, uint32_t line, struct tryst_list_entry *e,
           const struct tryst_list_record *r)
{
	struct tryst_slice start = r->value[TRYST_COLUMN_START], end = r->value[TRYST_COLUMN_END];
	char text[128];
	int n = snprintf(text, sizeof(text), "%.*s-%.*s", (int)TRYST_MIN(start.len, (size_t)60),
	                 start.data, (int)TRYST_MIN(end.len, (size_t)60), end.data);

	return tryst_list_take(w, line, e, (struct tryst_slice){ text, (size_t)n });
}

int
tryst_list_add_record(struct tryst_watchlist *w, uint32_t line, const struct tryst_list_record *r,
                      const struct tryst_list_entry *base, struct tryst_slice whole)
{
	struct tryst_slice address = r->value[TRYST_COLUMN_ADDRESS], kind;
	enum tryst_kind k = tryst_kind_find(r->value[TRYST_COLUMN_KIND]);
	struct tryst_list_entry e = *base;
	char label[LABEL_BYTES];
	const char *why = entry_fill(&e, r);

	if (record_is_off(r, &kind))
		return tryst_list_skip(w, line, kind);
	if (k == TRYST_KIND_OTHER)
		return tryst_list_skip(w, line, r->value[TRYST_COLUMN_KIND]);
	if (why)
		return tryst_list_reject(w, line, why, whole);
	e.label = label_make(r, base->label, label);
	if (k == TRYST_KIND_PAIR)
		(void)tryst_slice_cut(&address, '|');
	if (is_range(r))
		return range_take(w, line, &e, r);
	if (!tryst_value_is_null(address))
		return k == TRYST_KIND_URL ? url_take(w, line, &e, address)
		                           : tryst_list_take(w, line, &e, address);
	if (!tryst_value_is_null(r->value[TRYST_COLUMN_URL]))
		return url_take(w, line, &e, r->value[TRYST_COLUMN_URL]);
	if (r->value[TRYST_COLUMN_HASH].len)
		return tryst_list_skip(w, line, tryst_slice_of("hash"));
	if (r->value[TRYST_COLUMN_AS].len)
		return tryst_list_skip(w, line, tryst_slice_of("AS number"));
	return tryst_list_reject(w, line, "no address", whole);
}
