/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `ipset save` writes: `create` and `add` lines.  Of sets with several dimensions the address
 * that comes first counts, with the port behind it; `nomatch` entries are taken out of the list.
 */
#include "base/proto.h"
#include "watch/columns.h"
#include "watch/impl.h"

/* "quoted text", or a word. */
static struct tryst_slice
value_cut(struct tryst_slice *line)
{
	struct tryst_slice v;

	*line = tryst_slice_trim(*line, " \t");
	if (!line->len || line->data[0] != '"')
		return tryst_slice_word(line);
	*line = tryst_slice_from(*line, 1);
	v = tryst_slice_cut(line, '"');
	return v;
}

struct entry {
	struct tryst_slice set, element, comment;
	bool nomatch;
};

/* Takes an `add` line apart; false when it is none. */
static bool
add_split(struct tryst_slice line, struct entry *out)
{
	struct tryst_slice word = tryst_slice_word(&line);

	*out = (struct entry){ { "", 0 }, { "", 0 }, { "", 0 }, false };
	if (tryst_slice_is(word, "ipset"))
		word = tryst_slice_word(&line);
	while (word.len && word.data[0] == '-' && !tryst_slice_is(word, "-A"))
		word = tryst_slice_word(&line);
	if (!tryst_slice_is(word, "add") && !tryst_slice_is(word, "-A"))
		return false;
	out->set = tryst_slice_word(&line);
	out->element = tryst_slice_word(&line);
	while (line.len) {
		word = tryst_slice_word(&line);
		if (tryst_slice_is(word, "comment"))
			out->comment = value_cut(&line);
		else if (tryst_slice_is(word, "nomatch"))
			out->nomatch = true;
	}
	return out->element.len;
}

static bool
ipset_probe(const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct tryst_slice line, word;
	struct entry e;
	struct tryst_form form;
	const char *why;

	while (tryst_slice_line(&lines, &line)) {
		word = tryst_slice_trim(line, " \t");
		if (!word.len || word.data[0] == '#')
			continue;
		if (tryst_slice_begins(word, "ipset "))
			word = tryst_slice_from(word, 6);
		if (tryst_slice_begins(word, "create ") && memmem(word.data, word.len, "hash:", 5))
			return true;
		return add_split(line, &e) &&
		       tryst_form_parse(e.element.data, e.element.len, &form, &why);
	}
	return false;
}

/* What stands behind the comma: `tcp:80`, `80`, `eth0`, another address. */
static void
dimension_read(struct tryst_slice t, struct tryst_list_entry *e)
{
	struct tryst_slice name = t, port;
	uint64_t n;
	int proto;

	name = tryst_slice_cut(&t, ',');
	port = name;
	name = tryst_slice_cut(&port, ':');
	if (!port.len && tryst_slice_number(name, 65535, &n)) {
		e->form.port = (uint16_t)n;
		return;
	}
	proto = tryst_proto_find(name.data, name.len);
	if (proto > 0 && tryst_slice_number(port, 65535, &n)) {
		e->proto = (uint8_t)proto;
		e->form.port = (uint16_t)n;
	}
}

static int
entry_add(struct tryst_watchlist *w, uint32_t line, const struct entry *a)
{
	struct tryst_slice rest = a->element, address = tryst_slice_cut(&rest, ',');
	struct tryst_list_entry e;
	struct tryst_form form;
	const char *why;

	if (!tryst_form_parse(address.data, address.len, &form, &why) && !why)
		return tryst_list_skip(w, line, tryst_slice_of("no address"));
	if (a->nomatch && !why)
		return tryst_list_except(w, form.range);
	tryst_list_entry_init(&e);
	e.label = a->comment.len ? a->comment : a->set;
	dimension_read(rest, &e);
	return tryst_list_take(w, line, &e, address);
}

static int
ipset_read(struct tryst_watchlist *w, const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct tryst_slice line;
	struct entry e;
	int rc = 0;

	while (rc == 0 && tryst_slice_line(&lines, &line)) {
		struct tryst_slice word = line, first = tryst_slice_word(&word);

		if (!first.len || first.data[0] == '#')
			continue;
		if (tryst_slice_is(first, "ipset"))
			first = tryst_slice_word(&word);
		if (add_split(line, &e))
			rc = entry_add(w, lines.line, &e);
		else if (tryst_slice_is(first, "create"))
			rc = tryst_list_part(w); /* nomatch is of one set */
		else if (!tryst_slice_is(first, "flush") && !tryst_slice_is(first, "COMMIT") &&
		         !tryst_slice_is(first, "destroy"))
			rc = tryst_list_reject(w, lines.line, "expected create or add", line);
	}
	return rc;
}

const struct tryst_list_format tryst_list_ipset = {
	.name = "ipset",
	.help = "what ipset save writes",
	.probe = ipset_probe,
	.read = ipset_read,
};
