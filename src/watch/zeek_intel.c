/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zeek's intelligence files (frameworks/intel): a `#fields` header and rows, parted by tabs.
 * Addresses and subnets are taken; what meta.remove withdraws is taken out of the list again.
 */
#include "watch/columns.h"

#define FIELDS_MAX 64

enum field {
	FIELD_NONE,
	FIELD_INDICATOR,
	FIELD_TYPE,
	FIELD_SOURCE,
	FIELD_DESC,
	FIELD_REMOVE,
	FIELD_CONFIDENCE,
	FIELD_FIRST,
	FIELD_LAST,
	FIELD_COUNT,
};

static const struct {
	const char *name;
	enum field field;
} names[] = {
	{ "indicator", FIELD_INDICATOR },
	{ "indicator_type", FIELD_TYPE },
	{ "meta.source", FIELD_SOURCE },
	{ "meta.desc", FIELD_DESC },
	{ "meta.remove", FIELD_REMOVE },
	{ "meta.confidence", FIELD_CONFIDENCE },
	{ "meta.cif_confidence", FIELD_CONFIDENCE },
	{ "meta.firstseen", FIELD_FIRST },
	{ "meta.cif_firstseen", FIELD_FIRST },
	{ "meta.lastseen", FIELD_LAST },
	{ "meta.cif_lastseen", FIELD_LAST },
};

struct header {
	enum field fields[FIELDS_MAX];
	size_t count;
};

static bool
is_fields(struct tryst_slice line)
{
	return tryst_slice_begins(line, "#fields\t");
}

static bool
zeek_probe(const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct tryst_slice line;

	while (tryst_slice_line(&lines, &line) && (!line.len || line.data[0] == '#')) {
		if (is_fields(line))
			return memmem(line.data, line.len, "\tindicator", 10);
	}
	return false;
}

static void
header_read(struct tryst_slice line, struct header *h)
{
	h->count = 0;
	(void)tryst_slice_cut(&line, '\t');
	while (line.len && h->count < FIELDS_MAX) {
		struct tryst_slice name = tryst_slice_trim(tryst_slice_cut(&line, '\t'), " ");

		h->fields[h->count] = FIELD_NONE;
		for (size_t i = 0; i < TRYST_ARRAY_SIZE(names); i++) {
			if (tryst_slice_is(name, names[i].name))
				h->fields[h->count] = names[i].field;
		}
		h->count++;
	}
}

/* What a row withdraws. */
static int
row_remove(struct tryst_watchlist *w, uint32_t line, struct tryst_slice address)
{
	struct tryst_form form;
	const char *why;

	if (!tryst_form_parse(address.data, address.len, &form, &why))
		return tryst_list_reject(w, line, "not an address", address);
	return tryst_list_except(w, form.range);
}

static int
row_read(struct tryst_watchlist *w, uint32_t number, const struct header *h,
         struct tryst_slice line)
{
	struct tryst_slice value[FIELD_COUNT] = { { "", 0 } }, whole = line;
	struct tryst_list_entry e;
	int64_t ms;

	for (size_t i = 0; i < h->count && line.len; i++) {
		struct tryst_slice v = tryst_slice_trim(tryst_slice_cut(&line, '\t'), " ");

		if (!tryst_value_is_null(v))
			value[h->fields[i]] = v;
	}
	if (!value[FIELD_INDICATOR].len || !value[FIELD_TYPE].len)
		return tryst_list_reject(w, number, "fewer columns than #fields names, by tabs",
		                         whole);
	if (!tryst_slice_like(value[FIELD_TYPE], "Intel::ADDR") &&
	    !tryst_slice_like(value[FIELD_TYPE], "Intel::SUBNET"))
		return tryst_list_skip(w, number, value[FIELD_TYPE]);
	if (tryst_slice_is(value[FIELD_REMOVE], "T"))
		return row_remove(w, number, value[FIELD_INDICATOR]);
	tryst_list_entry_init(&e);
	e.label = value[FIELD_DESC];
	e.source = value[FIELD_SOURCE];
	if (value[FIELD_CONFIDENCE].len)
		e.confidence = tryst_confidence_find(value[FIELD_CONFIDENCE]);
	if (tryst_slice_time(value[FIELD_FIRST], &ms))
		e.first_ms = ms;
	if (tryst_slice_time(value[FIELD_LAST], &ms))
		e.last_ms = ms;
	return tryst_list_take(w, number, &e, value[FIELD_INDICATOR]);
}

static int
zeek_read(struct tryst_watchlist *w, const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct header h = { .count = 0 };
	struct tryst_slice line;
	int rc = 0;

	tryst_list_called(w, "Zeek intel");
	while (rc == 0 && tryst_slice_line(&lines, &line)) {
		if (is_fields(line))
			header_read(line, &h);
		else if (line.len && line.data[0] != '#' && !h.count)
			rc = tryst_list_reject(w, lines.line, "a row before #fields", line);
		else if (line.len && line.data[0] != '#')
			rc = row_read(w, lines.line, &h, line);
	}
	return rc;
}

const struct tryst_list_format tryst_list_zeek = {
	.name = "zeek",
	.help = "Zeek's intelligence framework (#fields, tabs)",
	.probe = zeek_probe,
	.read = zeek_read,
};
