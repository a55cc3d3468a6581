/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nftables: the elements of sets and maps, as `nft list ruleset` shows them and as files for
 * `nft -f` give them (`add element ... { ... }`, `define NAME = { ... }`).  Of concatenations the
 * address counts and a port behind it; everything outside of elements is passed over.
 */
#include <ctype.h>

#include "base/proto.h"
#include "watch/columns.h"

struct reader {
	struct tryst_watchlist *w;
	const char *pos, *end;
	uint32_t line;
	struct tryst_slice set; /* the name of the set */
};

static void
step(struct reader *r)
{
	r->line += *r->pos == '\n';
	r->pos++;
}

/* Over blanks and comments. */
static void
skip_blanks(struct reader *r)
{
	while (r->pos < r->end) {
		if (*r->pos == '#') {
			while (r->pos < r->end && *r->pos != '\n')
				r->pos++;
		} else if (isspace((unsigned char)*r->pos) || *r->pos == '\\') {
			step(r);
		} else {
			break;
		}
	}
}

/* The next word, quoted text or sign; empty at the end. */
static struct tryst_slice
token(struct reader *r)
{
	struct tryst_slice t;

	skip_blanks(r);
	t = (struct tryst_slice){ r->pos, 0 };
	if (r->pos == r->end)
		return t;
	if (*r->pos == '"') {
		step(r);
		t.data = r->pos;
		while (r->pos < r->end && *r->pos != '"' && *r->pos != '\n')
			step(r);
		t.len = (size_t)(r->pos - t.data);
		if (r->pos < r->end && *r->pos == '"')
			step(r);
		return t;
	}
	if (strchr("{},;=", *r->pos) && *r->pos) {
		step(r);
		t.len = 1;
		return t;
	}
	while (r->pos < r->end && !isspace((unsigned char)*r->pos) &&
	       !(*r->pos && strchr("{},;=\"#", *r->pos)))
		step(r);
	t.len = (size_t)(r->pos - t.data);
	if (!t.len) { /* a NUL: nothing of nft's */
		step(r);
		t.len = 1;
	}
	return t;
}

static bool
ends_element(struct tryst_slice t)
{
	return !t.len || tryst_slice_is(t, ",") || tryst_slice_is(t, "}");
}

/* A part of a concatenation behind the address: a protocol or a port. */
static void
part_read(struct tryst_slice t, struct tryst_list_entry *e)
{
	uint64_t n;
	int proto = tryst_proto_find(t.data, t.len);

	if (tryst_slice_number(t, 65535, &n))
		e->form.port = (uint16_t)n;
	else if (proto > 0)
		e->proto = (uint8_t)proto;
}

/* One element, up to its comma or the brace; *last says which. */
static int
element_read(struct reader *r, bool *last)
{
	struct tryst_slice address = token(r), t = address, before = address;
	struct tryst_list_entry e;
	struct tryst_form form;
	const char *why = NULL;
	uint32_t line = r->line;

	tryst_list_entry_init(&e);
	e.label = r->set;
	while (!ends_element(t)) {
		before = t;
		t = token(r);
		if (tryst_slice_is(before, "comment") && !ends_element(t))
			e.label = t;
		else if (tryst_slice_is(before, ".") && !ends_element(t))
			part_read(t, &e);
	}
	*last = !tryst_slice_is(t, ",");
	if (!t.len)
		return tryst_list_reject(r->w, line, "the elements are not closed", address);
	if (ends_element(address))
		return 0;
	if (!tryst_form_parse(address.data, address.len, &form, &why) && !why)
		return tryst_list_skip(r->w, line, tryst_slice_of("no address"));
	return tryst_list_take(r->w, line, &e, address);
}

static int
elements_read(struct reader *r)
{
	bool last = false;
	int rc = 0;

	while (rc == 0 && !last)
		rc = element_read(r, &last);
	return rc;
}

/* What stands between elements: names of sets, and where elements begin. */
static int
nft_read(struct tryst_watchlist *w, const char *data, size_t len)
{
	struct reader r = { w, data, data + len, 1, { "", 0 } };
	struct tryst_slice t, before = { "", 0 }, name = { "", 0 };
	bool due = false;
	int rc = 0;

	for (t = token(&r); rc == 0 && t.len; before = t, t = token(&r)) {
		if (tryst_slice_is(before, "set") || tryst_slice_is(before, "map") ||
		    tryst_slice_is(before, "define"))
			r.set = t;
		if (tryst_slice_is(t, "elements") || tryst_slice_is(t, "element") ||
		    tryst_slice_is(t, "define")) {
			due = true;
			name = t;
		} else if (due && tryst_slice_is(t, "{")) {
			/* `add element inet filter SET {` */
			if (tryst_slice_is(name, "element"))
				r.set = before;
			due = false;
			rc = elements_read(&r);
		} else if (tryst_slice_is(t, ";") || tryst_slice_is(t, "}")) {
			due = false;
		}
	}
	return rc;
}

/* A line that nft would understand, before anything that it would not. */
static bool
nft_probe(const char *data, size_t len)
{
	static const char *const begins[] = {
		"#!/usr/sbin/nft", "table ip ",  "table ip6 ",   "table inet ",   "table bridge ",
		"table netdev ",   "table arp ", "add element ", "flush ruleset", "add table ",
		"create element ", "add set ",   "elements = {",
	};
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct tryst_slice line;

	while (tryst_slice_line(&lines, &line)) {
		line = tryst_slice_trim(line, " \t");
		for (size_t i = 0; i < TRYST_ARRAY_SIZE(begins); i++) {
			if (tryst_slice_begins(line, begins[i]))
				return true;
		}
		if (tryst_slice_begins(line, "define ") && memmem(line.data, line.len, "= {", 3))
			return true;
		if (line.len && line.data[0] != '#')
			return false;
	}
	return false;
}

const struct tryst_list_format tryst_list_nftables = {
	.name = "nftables",
	.help = "sets of an nft ruleset",
	.probe = nft_probe,
	.read = nft_read,
};
