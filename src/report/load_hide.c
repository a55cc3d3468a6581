/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the home network out of a case file before it is read: every text in it is searched for
 * addresses, so that sentences and labels say the same as the fields.
 *
 * An address is found wherever it stands: at a digit that no digit precedes, or at a letter of a
 * hexadecimal number, the longest text that is one.  What looks like one of the home network's and
 * is not (a version, a date) is replaced, too: better too much than too little.
 */
#include "report/load_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/anonymize.h"

struct hide {
	struct tryst_load *l;
	const struct tryst_anonymizer *a;
	struct tryst_ipset_entry *entries;
	size_t count, cap;
	struct tryst_ipset *home; /* of the entries */
	int rc;
};

static void
add_prefix(struct hide *h, struct tryst_prefix prefix)
{
	size_t cap = h->cap ? 2 * h->cap : 64;
	struct tryst_ipset_entry *list;

	if (h->rc < 0)
		return;
	if (h->count == h->cap) {
		list = reallocarray(h->entries, cap, sizeof(*list));
		if (!list) {
			h->rc = tryst_error_nomem(h->l->err);
			return;
		}
		h->entries = list;
		h->cap = cap;
	}
	h->entries[h->count++] = (struct tryst_ipset_entry){ prefix, 0 };
}

/* An address or prefix as text; what is none is told when the case is read. */
static void
add_text(struct hide *h, const json_t *value)
{
	const char *text = json_string_value(value);
	struct tryst_prefix prefix;

	if (text && tryst_prefix_parse(text, strlen(text), &prefix, NULL))
		add_prefix(h, prefix);
}

static void
add_texts(struct hide *h, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		add_text(h, json_array_get(list, i));
}

/* Who is hidden. */
static void
collect(struct hide *h, const json_t *root)
{
	const json_t *inputs = json_object_get(root, "inputs");
	const json_t *sightings = json_object_get(root, "sightings");
	const json_t *meetings = json_object_get(root, "meetings");
	const json_t *findings = json_object_get(root, "findings");
	const json_t *home = json_object_get(root, "home");

	add_texts(h, home);
	for (size_t i = 0; i < json_array_size(inputs); i++) {
		const json_t *in = json_array_get(inputs, i);
		const json_t *health = json_object_get(in, "exporter_health");

		add_texts(h, json_object_get(in, "exporters"));
		for (size_t k = 0; k < json_array_size(health); k++)
			add_text(h, json_object_get(json_array_get(health, k), "ip"));
	}
	for (size_t i = 0; i < json_array_size(sightings); i++) {
		const json_t *s = json_array_get(sightings, i);

		add_text(h, json_object_get(s, "home"));
		add_texts(h, json_object_get(s, "exporters"));
	}
	for (size_t i = 0; i < json_array_size(meetings); i++)
		add_text(h,
		         json_object_get(json_object_get(json_array_get(meetings, i), "endpoint"),
		                         "ip"));
	/* A search without --home does not know who is whose: its clients are hidden. */
	for (size_t i = 0; !json_array_size(home) && i < json_array_size(findings); i++)
		add_texts(h, json_object_get(json_array_get(findings, i), "clients"));
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_home(const struct hide *h, struct tryst_prefix prefix)
{
	struct tryst_ip_range range = tryst_prefix_range(prefix);

	return tryst_ipset_contains(h->home, range.first) &&
	       tryst_ipset_contains(h->home, range.last);
}

/* The length of an address at the beginning of a text, the longest; 0: there is none. */
static size_t
address_at(const char *text, size_t len, struct tryst_ip *ip)
{
	size_t run = 0;

	while (run < len && run < TRYST_IP_TEXT_MAX &&
	       (is_hex(text[run]) || text[run] == ':' || text[run] == '.'))
		run++;
	while (run >= 2 && !tryst_ip_parse(text, run, ip))
		run--;
	return run >= 2 ? run : 0;
}

/* The digits behind a slash at text, with it. */
static size_t
length_at(const char *text, size_t len)
{
	size_t n = 1;

	if (len < 2 || text[0] != '/' || !is_digit(text[1]))
		return 0;
	while (n < len && n < 4 && is_digit(text[n]))
		n++;
	return n;
}

/* "192.0.2.0/24", "10.1/16": a prefix with no host in it; how long it is, or 0. */
static size_t
prefix_at(const char *text, size_t len, struct tryst_prefix *prefix)
{
	size_t run = 0, slash;
	bool masked = false;

	while (run < len && run < TRYST_IP_TEXT_MAX &&
	       (is_hex(text[run]) || text[run] == ':' || text[run] == '.'))
		run++;
	slash = run ? length_at(text + run, len - run) : 0;
	if (!slash || !tryst_prefix_parse(text, run + slash, prefix, &masked) || masked)
		return 0;
	return run + slash;
}

/* What stands at text: how long it is and what it becomes if it is hidden, or 0. */
static size_t
replace_at(const struct hide *h, const char *text, size_t len, char shown[TRYST_PREFIX_TEXT_MAX])
{
	struct tryst_prefix prefix;
	struct tryst_ip ip, mask;
	size_t n = prefix_at(text, len, &prefix);

	if (n && is_home(h, prefix)) {
		mask = tryst_ip_mask(prefix.len);
		prefix.ip = tryst_anonymize(h->a, prefix.ip);
		prefix.ip.hi &= mask.hi;
		prefix.ip.lo &= mask.lo;
		(void)tryst_prefix_format(prefix, shown);
		return n;
	}
	n = address_at(text, len, &ip);
	if (!n || !tryst_ipset_contains(h->home, ip))
		return 0;
	(void)tryst_ip_format(tryst_anonymize(h->a, ip), shown);
	return n;
}

static bool
may_begin(const char *text, size_t i)
{
	char c = text[i], before = i ? text[i - 1] : ' ';

	if (is_digit(c))
		return !is_digit(before);
	return (is_hex(c) || c == ':') && !is_hex(before) && before != ':';
}

/* Appends the text with what is hidden in it replaced; nothing where there is nothing. */
static void
hide_text(const struct hide *h, const char *text, size_t len, struct tryst_buf *out)
{
	char shown[TRYST_PREFIX_TEXT_MAX];
	size_t from = 0;

	for (size_t i = 0; i < len;) {
		size_t n = may_begin(text, i) ? replace_at(h, text + i, len - i, shown) : 0;

		if (n) {
			tryst_buf_add(out, text + from, i - from);
			tryst_buf_str(out, shown);
			from = i + n;
		}
		i += n ? n : 1;
	}
	if (from)
		tryst_buf_add(out, text + from, len - from);
}

static void
hide_string(struct hide *h, json_t *value)
{
	struct tryst_buf out = { 0 };

	hide_text(h, json_string_value(value), json_string_length(value), &out);
	if (out.failed || (out.len && json_string_setn_nocheck(value, out.data, out.len) < 0))
		h->rc = tryst_error_nomem(h->l->err);
	tryst_buf_fini(&out);
}

static void
hide_all(struct hide *h, json_t *value)
{
	const char *key;
	json_t *item;
	size_t i;

	if (json_is_string(value)) {
		hide_string(h, value);
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, item) hide_all(h, item);
	} else if (json_is_object(value)) {
		json_object_foreach(value, key, item) hide_all(h, item);
	}
}

/* Replaces every `from` in a text, which is not empty. */
static void
replace(struct hide *h, json_t *value, const char *from, const char *to)
{
	const char *text = json_string_value(value), *at;
	struct tryst_buf out = { 0 };

	if (!text || !strstr(text, from))
		return;
	for (; (at = strstr(text, from)); text = at + strlen(from)) {
		tryst_buf_add(&out, text, (size_t)(at - text));
		tryst_buf_str(&out, to);
	}
	tryst_buf_str(&out, text);
	if (out.failed || json_string_setn_nocheck(value, out.data, out.len) < 0)
		h->rc = tryst_error_nomem(h->l->err);
	tryst_buf_fini(&out);
}

/* What a path ends in, without its directories and the slashes behind it; freed by the caller. */
static char *
base_name(const char *path)
{
	size_t len = strlen(path), from;

	while (len > 1 && path[len - 1] == '/')
		len--;
	from = len;
	while (from && path[from - 1] != '/')
		from--;
	return strndup(path + (from < len ? from : 0), from < len ? len - from : len);
}

/* The path of an input or list, and where its errors name it. */
static void
hide_path(struct hide *h, json_t *object)
{
	const json_t *notes = json_object_get(object, "notes");
	json_t *path = json_object_get(object, "path");
	const char *text = json_string_value(path);
	char *whole, *name;

	if (!text || !strchr(text, '/'))
		return;
	whole = strdup(text);
	name = base_name(text);
	if (!whole || !name) {
		h->rc = tryst_error_nomem(h->l->err);
	} else {
		replace(h, json_object_get(object, "error"), whole, name);
		for (size_t i = 0; i < json_array_size(notes); i++)
			replace(h, json_object_get(json_array_get(notes, i), "text"), whole, name);
		replace(h, path, whole, name);
	}
	free(whole);
	free(name);
}

/* A word of the command line that is a path: not one of times, numbers and prefixes alone. */
static void
hide_word(struct hide *h, json_t *value)
{
	const char *text = json_string_value(value);
	char *name;

	if (!text || !strchr(text, '/') ||
	    strspn(text, "0123456789abcdefABCDEFTZ:.+-/ ") == strlen(text))
		return;
	name = base_name(text);
	if (!name || json_string_set_nocheck(value, name) < 0)
		h->rc = tryst_error_nomem(h->l->err);
	free(name);
}

static void
hide_paths(struct hide *h, const json_t *root)
{
	const json_t *inputs = json_object_get(root, "inputs");
	const json_t *lists = json_object_get(root, "watchlists");
	const json_t *command = json_object_get(root, "command");

	for (size_t i = 0; i < json_array_size(inputs); i++)
		hide_path(h, json_array_get(inputs, i));
	for (size_t i = 0; i < json_array_size(lists); i++)
		hide_path(h, json_array_get(lists, i));
	for (size_t i = 0; i < json_array_size(command); i++)
		hide_word(h, json_array_get(command, i));
}

static void
caveat(struct hide *h, json_t *root)
{
	json_t *caveats = json_object_get(root, "caveats");

	if (!json_is_array(caveats)) {
		caveats = json_array();
		if (json_object_set_new(root, "caveats", caveats) < 0)
			h->rc = tryst_error_nomem(h->l->err);
	}
	if (json_array_append_new(caveats, json_string(TRYST_ANONYMIZED)) < 0)
		h->rc = tryst_error_nomem(h->l->err);
}

int
tryst_load_hide(struct tryst_load *l, json_t *root)
{
	struct hide h = { .l = l, .a = l->hide };

	collect(&h, root);
	if (h.rc == 0)
		h.rc = tryst_ipset_new(&h.home, h.entries, h.count, l->err);
	if (h.rc == 0) {
		hide_paths(&h, root);
		hide_all(&h, root);
		caveat(&h, root);
	}
	tryst_ipset_free(h.home);
	free(h.entries);
	return h.rc;
}
