/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MikroTik RouterOS scripts (.rsc): the `add` lines of `/ip firewall address-list`, keys in any
 * order, values quoted or not, long lines continued by a backslash.
 */
#include <ctype.h>
#include <stdlib.h>

#include "watch/columns.h"

#define LINE_BYTES_MAX ((size_t)4096)

enum key { KEY_ADDRESS, KEY_LIST, KEY_COMMENT, KEY_DISABLED, KEY_COUNT };

static const char *const keys[KEY_COUNT] = { "address", "list", "comment", "disabled" };

/* A command, which may have been several lines. */
struct command {
	char text[LINE_BYTES_MAX];
	size_t len;
	uint32_t line;
	bool open;     /* the next line belongs to it */
	bool too_long; /* the end is lost */
};

/* Appends a line to the command that it continues. */
static void
command_add(struct command *c, struct tryst_slice line, uint32_t number)
{
	if (!c->open) {
		c->len = 0;
		c->line = number;
		c->too_long = false;
	} else {
		line = tryst_slice_trim(line, " \t");
	}
	c->open = line.len && line.data[line.len - 1] == '\\';
	line.len -= c->open;
	if (c->len + line.len > sizeof(c->text)) {
		c->too_long = true;
		return;
	}
	memcpy(c->text + c->len, line.data, line.len);
	c->len += line.len;
}

/* A value in quotes, unescaped in place of itself; left moves behind it. */
static struct tryst_slice
quoted_read(char *text, size_t *at, size_t len)
{
	size_t from = ++*at, n = from;

	while (*at < len && text[*at] != '"') {
		*at += text[*at] == '\\' && *at + 1 < len;
		text[n++] = text[(*at)++];
	}
	*at += *at < len;
	return (struct tryst_slice){ text + from, n - from };
}

/* The key=value pairs of a command. */
static void
pairs_read(struct command *c, struct tryst_slice value[KEY_COUNT])
{
	size_t at = 0;

	while (at < c->len) {
		size_t from = at;
		struct tryst_slice key, v;

		while (at < c->len && c->text[at] != '=' && !isspace((unsigned char)c->text[at]))
			at++;
		key = (struct tryst_slice){ c->text + from, at - from };
		if (at == c->len || c->text[at++] != '=')
			continue;
		if (at < c->len && c->text[at] == '"') {
			v = quoted_read(c->text, &at, c->len);
		} else {
			from = at;
			while (at < c->len && !isspace((unsigned char)c->text[at]))
				at++;
			v = (struct tryst_slice){ c->text + from, at - from };
		}
		for (size_t i = 0; i < KEY_COUNT; i++) {
			if (tryst_slice_is(key, keys[i]))
				value[i] = v;
		}
	}
}

static bool
is_menu(struct tryst_slice line)
{
	return tryst_slice_begins(line, "/ip firewall address-list") ||
	       tryst_slice_begins(line, "/ipv6 firewall address-list") ||
	       tryst_slice_begins(line, "/ip/firewall/address-list") ||
	       tryst_slice_begins(line, "/ipv6/firewall/address-list");
}

static bool
has_add(struct tryst_slice line)
{
	return memmem(line.data, line.len, "add ", 4) &&
	       memmem(line.data, line.len, "address=", 8) &&
	       memmem(line.data, line.len, "list=", 5);
}

static bool
mikrotik_probe(const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct tryst_slice line;

	while (tryst_slice_line(&lines, &line)) {
		line = tryst_slice_trim(line, " \t");
		if (line.len && line.data[0] != '#')
			return is_menu(line) ||
			       (tryst_slice_begins(line, "add ") && has_add(line)) ||
			       tryst_slice_begins(line, ":global ") ||
			       tryst_slice_begins(line, ":local ");
	}
	return false;
}

static int
command_read(struct tryst_watchlist *w, struct command *c, bool *menu)
{
	struct tryst_slice whole = { c->text, c->len }, value[KEY_COUNT] = { { "", 0 } };
	struct tryst_list_entry e;

	if (whole.len && whole.data[0] == '/')
		*menu = is_menu(whole);
	if (!*menu || !memmem(whole.data, whole.len, "add ", 4))
		return 0;
	if (c->too_long)
		return tryst_list_reject(w, c->line, "the command is longer than 4 KiB", whole);
	tryst_list_entry_init(&e);
	pairs_read(c, value);
	if (tryst_slice_is(value[KEY_DISABLED], "yes"))
		return tryst_list_skip(w, c->line, tryst_slice_of("disabled"));
	e.label = value[KEY_COMMENT].len ? value[KEY_COMMENT] : value[KEY_LIST];
	if (!value[KEY_ADDRESS].len)
		return tryst_list_reject(w, c->line, "no address= in it", whole);
	return tryst_list_take(w, c->line, &e, value[KEY_ADDRESS]);
}

static int
mikrotik_read(struct tryst_watchlist *w, const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct command *c = calloc(1, sizeof(*c));
	struct tryst_slice line;
	bool menu = true; /* without a menu, the list's own */
	int rc = c ? 0 : TRYST_ERR_NOMEM;

	while (rc == 0 && tryst_slice_line(&lines, &line)) {
		line = tryst_slice_trim(line, " \t");
		if (!c->open && (!line.len || line.data[0] == '#'))
			continue;
		command_add(c, line, lines.line);
		if (!c->open)
			rc = command_read(w, c, &menu);
	}
	if (rc == 0 && c->open)
		rc = tryst_list_reject(w, c->line, "the last command is not whole",
		                       (struct tryst_slice){ c->text, c->len });
	free(c);
	return rc;
}

const struct tryst_list_format tryst_list_mikrotik = {
	.name = "mikrotik",
	.help = "address lists of RouterOS (.rsc)",
	.probe = mikrotik_probe,
	.read = mikrotik_read,
};
