/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain lists: one indicator a line, with a comment or further fields as its label.
 *
 * A line whose first word is no address may be from a log: the first address in it is taken.  A
 * line whose first word is a broken address is rejected, and so is a line of a hosts file, where
 * the suspect is the name and not 127.0.0.1.  Format page: docs/formats/watchlist.md.
 */
#include "watch/format.h"
#include "watch/impl.h"
#include "watch/refang.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define LINE_BYTES_MAX ((size_t)64 << 10)
#define HEAD_BYTES 1024

static const char separators[] = " \t\v\f\r,;|=\"'()[]{}<>";
static const char around_label[] = " \t\v\f\r,;|:-\"')]}>#";

struct plain {
	struct tryst_watchlist *w;
	char *scratch; /* a refanged line */
	uint32_t line;
	bool sections; /* a comment names what stands below it */
	struct tryst_slice section;
};

static bool
is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

/* Cuts the comment off the line and returns it without its marks. */
static struct tryst_slice
comment_cut(struct tryst_slice *line)
{
	for (size_t i = 0; i < line->len; i++) {
		char c = line->data[i];
		struct tryst_slice comment = tryst_slice_from(*line, i);

		if (c != '#' && c != ';' &&
		    !(c == '/' && comment.len > 1 && comment.data[1] == '/'))
			continue;
		if (i && !isspace((unsigned char)line->data[i - 1]))
			continue;
		line->len = i;
		while (comment.len && comment.data[0] == c)
			comment = tryst_slice_from(comment, 1);
		return tryst_slice_trim(comment, " \t\v\f\r");
	}
	return (struct tryst_slice){ "", 0 };
}

/* The first word, as long as it could be a host name. */
static size_t
name_length(struct tryst_slice t)
{
	size_t n = 0;

	while (n < t.len && (isalnum((unsigned char)t.data[n]) || is_one_of(t.data[n], ".-_")))
		n++;
	return n;
}

/* `127.0.0.1 name`, `0.0.0.0 name`, `::1 name`. */
static bool
is_hosts_line(const struct tryst_form *form, struct tryst_slice rest)
{
	struct tryst_ip ip = form->range.first;
	bool local = tryst_ip_is_v4(ip) ? (uint32_t)ip.lo >> 24 == 127 || (uint32_t)ip.lo == 0
	                                : ip.hi == 0 && ip.lo <= 1;
	size_t n;

	if (!local || !tryst_ip_equal(ip, form->range.last) || !rest.len ||
	    !isspace((unsigned char)rest.data[0]))
		return false;
	rest = tryst_slice_trim(rest, " \t\v\f\r");
	n = name_length(rest);
	return n && (n == rest.len || isspace((unsigned char)rest.data[n])) &&
	       isalnum((unsigned char)rest.data[0]);
}

/* Another address right behind the first one; a URL there is a description. */
static bool
is_second_address(struct tryst_slice rest)
{
	struct tryst_slice next = tryst_slice_trim(rest, " \t\v\f\r,;|\"'");
	struct tryst_form form;
	const char *why;

	return tryst_form_parse(next.data, next.len, &form, &why) && form.used > 2 &&
	       !memmem(next.data, form.used, "://", 3);
}

static int
entry_add(struct plain *p, const struct tryst_form *form, struct tryst_slice text,
          struct tryst_slice label)
{
	struct tryst_list_entry e;

	tryst_list_entry_init(&e);
	e.form = *form;
	e.text = text;
	e.label = label.len ? label : p->section;
	return tryst_list_add(p->w, p->line, &e);
}

static size_t address_find(struct tryst_slice line, size_t from, struct tryst_form *form);

/* Of the line's addresses only the first was taken. */
static int
ambiguous(const struct plain *p, struct tryst_slice line)
{
	tryst_list_current(p->w)->ambiguous++;
	return tryst_list_warn(p->w, p->line, "more than one address, the first is taken", line);
}

/* The indicator that begins the line. */
static int
line_add(struct plain *p, const struct tryst_form *form, struct tryst_slice line,
         struct tryst_slice comment)
{
	struct tryst_slice text = { line.data, form->used },
			   rest = tryst_slice_from(line, form->used),
			   next = tryst_slice_trim(rest, " \t\v\f\r");
	struct tryst_form other;
	int rc;

	if (next.len > 1 && next.data[0] == '/' && isdigit((unsigned char)next.data[1]))
		return tryst_list_reject(p->w, p->line, "a blank before the prefix length", line);
	if (is_hosts_line(form, rest))
		return tryst_list_reject(p->w, p->line, "a line of a hosts file lists a name",
		                         line);
	if (is_second_address(rest))
		return tryst_list_reject(p->w, p->line,
		                         "a second address on the line (a range is a-b)", line);
	rc = entry_add(p, form, text, comment.len ? comment : tryst_slice_trim(rest, around_label));
	if (rc == 0 && next.len && address_find(rest, 0, &other) < rest.len)
		rc = ambiguous(p, line);
	return rc;
}

/* The first address anywhere in the line; returns its offset, or the length for none. */
static size_t
address_find(struct tryst_slice line, size_t from, struct tryst_form *form)
{
	const char *why;

	for (size_t i = from; i < line.len; i++) {
		char c = line.data[i];

		if ((i && !is_one_of(line.data[i - 1], separators)) ||
		    (!isalnum((unsigned char)c) && c != '[' && c != ':'))
			continue;
		if (tryst_form_parse(line.data + i, line.len - i, form, &why)) {
			if (form->used > 2) /* not the :: of a program's name */
				return i;
		} else if (why) {
			i += form->used - 1;
		}
	}
	return line.len;
}

static const char *
reject_reason(struct tryst_slice line)
{
	size_t n = name_length(line), letters = 0, digits = 0;

	for (size_t i = 0; i < n; i++) {
		letters += isalpha((unsigned char)line.data[i]) != 0;
		digits += isdigit((unsigned char)line.data[i]) != 0;
	}
	if (digits == line.len)
		return "a bare number is no address";
	if (n == line.len && letters && memchr(line.data, '.', n))
		return "a name, not an address";
	return "no address in it";
}

/* A line that does not begin with an indicator: one of a log, or none. */
static int
line_search(struct plain *p, struct tryst_slice line, struct tryst_slice comment)
{
	struct tryst_form form, other;
	size_t at = address_find(line, 0, &form);
	int rc;

	if (at == line.len)
		return tryst_list_reject(p->w, p->line, reject_reason(line), line);
	rc = entry_add(p, &form, (struct tryst_slice){ line.data + at, form.used },
	               comment.len ? comment : line);
	if (rc == 0 && address_find(line, at + form.used, &other) < line.len)
		rc = ambiguous(p, line);
	return rc;
}

/* A line that is only a comment. */
static int
comment_read(struct plain *p, struct tryst_slice comment)
{
	if (!comment.len)
		return 0;
	if (p->sections)
		p->section = tryst_slice_begins(comment, "Rev ") ? p->section : comment;
	return tryst_list_comment(p->w, comment);
}

static int
line_read(struct plain *p, struct tryst_slice line)
{
	struct tryst_slice comment;
	struct tryst_form form;
	const char *why;

	if (line.len > LINE_BYTES_MAX)
		return tryst_list_reject(p->w, p->line, "the line is longer than 64 KiB", line);
	comment = comment_cut(&line);
	line = tryst_slice_trim(line, " \t\v\f\r\"'");
	if (!line.len)
		return comment_read(p, comment);
	if (tryst_form_parse(line.data, line.len, &form, &why))
		return line_add(p, &form, line, comment);
	line.len = tryst_refang(line.data, line.len, p->scratch);
	line.data = p->scratch;
	if (tryst_form_parse(line.data, line.len, &form, &why))
		return line_add(p, &form, line, comment);
	if (why)
		return tryst_list_reject(p->w, p->line, why, line);
	return line_search(p, line, comment);
}

/* What well-known lists call themselves in their first comments. */
static const struct dialect {
	const char *name;
	const char *mark; /* in the first lines */
	bool sections;
} dialects[] = {
	{ "FireHOL", "ipv4 hash:", false },
	{ "Spamhaus DROP", "Spamhaus DROP List", false },
	{ "Spamhaus DROP", "Spamhaus EDROP List", false },
	{ "Emerging Threats", "# Rev ", true },
};

static void
dialect_find(struct plain *p, const char *data, size_t len)
{
	size_t head = TRYST_MIN(len, (size_t)HEAD_BYTES);

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(dialects); i++) {
		if ((data[0] == '#' || data[0] == ';') &&
		    memmem(data, head, dialects[i].mark, strlen(dialects[i].mark))) {
			tryst_list_called(p->w, dialects[i].name);
			p->sections = dialects[i].sections;
			return;
		}
	}
}

static int
plain_read(struct tryst_watchlist *w, const char *data, size_t len)
{
	struct plain p = { .w = w, .scratch = malloc(2 * LINE_BYTES_MAX) };
	struct tryst_slice_lines lines = { .data = data, .len = len };
	int rc = p.scratch ? 0 : TRYST_ERR_NOMEM;
	struct tryst_slice line;

	if (rc == 0 && len)
		dialect_find(&p, data, len);
	while (rc == 0 && tryst_slice_line(&lines, &line)) {
		p.line = lines.line;
		rc = line_read(&p, line);
	}
	free(p.scratch);
	return rc;
}

static bool
plain_probe(const char *data, size_t len)
{
	(void)data;
	(void)len;
	return true; /* the last of the table: what nothing else claims */
}

const struct tryst_list_format tryst_list_plain = {
	.name = "plain",
	.help = "an address, prefix or range a line; the comment behind it is its label",
	.probe = plain_probe,
	.read = plain_read,
};
