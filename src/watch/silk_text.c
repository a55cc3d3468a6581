/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rwsetbuild reads and rwsetcat writes: addresses, prefixes, ranges, whole numbers that are
 * IPv4 addresses, and SiLK's wildcards: four octets, each a number, a range, a list of both, or x
 * (`10.x.1-2.4,5`).
 */
#include <stdlib.h>

#include "watch/columns.h"

#define PROBE_LINES 50
/* Ranges of one wildcard, and of all of a list: a list may not grow without end. */
#define RANGES_MAX 65536
#define EXPANDED_MAX (1u << 20)

/* Which numbers an octet may be. */
struct octet {
	bool in[256];
	bool all;
};

/* `7`, `1-2`, `4,5`, `x`. */
static bool
octet_read(struct tryst_slice t, struct octet *o)
{
	*o = (struct octet){ .all = tryst_slice_like(t, "x") };
	for (unsigned i = 0; o->all && i < 256; i++)
		o->in[i] = true;
	if (o->all)
		return true;
	do {
		struct tryst_slice last = tryst_slice_cut(&t, ','), first;
		bool range = memchr(last.data, '-', last.len) != NULL;
		uint64_t from, to;

		first = tryst_slice_cut(&last, '-');
		if (!tryst_slice_number(first, 255, &from))
			return false;
		to = from;
		if (range && !tryst_slice_number(last, 255, &to))
			return false;
		if (to < from)
			return false;
		for (uint64_t i = from; i <= to; i++)
			o->in[i] = true;
	} while (t.len);
	return true;
}

static bool
wildcard_read(struct tryst_slice t, struct octet octets[4])
{
	for (unsigned i = 0; i < 4; i++) {
		if (!t.len || !octet_read(tryst_slice_cut(&t, '.'), &octets[i]))
			return false;
	}
	return !t.len;
}

/* Whether a word can only be a wildcard: an x, or a list in an octet. */
static bool
is_wildcard(struct tryst_slice t)
{
	struct octet octets[4];

	return t.len && (memchr(t.data, 'x', t.len) || memchr(t.data, 'X', t.len)) &&
	       !memchr(t.data, ':', t.len) && wildcard_read(t, octets);
}

/* Ranges in the order of addresses, the neighbours joined. */
struct ranges {
	struct tryst_ip_range list[RANGES_MAX];
	size_t count;
};

static bool
range_add(struct ranges *r, uint32_t first, uint32_t last)
{
	struct tryst_ip_range *before = r->count ? &r->list[r->count - 1] : NULL;

	if (before && (uint32_t)before->last.lo + 1 == first) {
		before->last = tryst_ip_v4(last);
		return true;
	}
	if (r->count == RANGES_MAX)
		return false;
	r->list[r->count++] = (struct tryst_ip_range){ tryst_ip_v4(first), tryst_ip_v4(last) };
	return true;
}

/* All addresses of the octets from `at` on; `first` has what stands before. */
static bool
expand(struct ranges *r, const struct octet octets[4], unsigned at, uint32_t first)
{
	unsigned shift = 24 - 8 * at;
	bool all = true;

	for (unsigned i = at; i < 4; i++)
		all = all && octets[i].all;
	if (at == 4)
		return range_add(r, first, first);
	if (all)
		return range_add(r, first, first | UINT32_MAX >> (8 * at));
	for (uint32_t i = 0; i < 256; i++) {
		if (octets[at].in[i] && !expand(r, octets, at + 1, first | i << shift))
			return false;
	}
	return true;
}

struct reader {
	struct tryst_watchlist *w;
	uint32_t line;
	size_t expanded; /* ranges of wildcards so far */
	struct ranges *ranges;
};

static int
wildcard_add(struct reader *s, struct tryst_slice word, const struct octet octets[4])
{
	struct ranges *r = s->ranges;
	struct tryst_list_entry e;
	int rc = 0;

	tryst_list_entry_init(&e);
	e.text = word;
	r->count = 0;
	if (!expand(r, octets, 0, 0))
		return tryst_list_reject(s->w, s->line, "the wildcard is more than 65536 ranges",
		                         word);
	if (s->expanded + r->count > EXPANDED_MAX)
		return tryst_list_reject(s->w, s->line, "too many ranges in wildcards", word);
	s->expanded += r->count;
	for (size_t i = 0; rc == 0 && i < r->count; i++) {
		e.form.range = r->list[i];
		rc = tryst_list_add(s->w, s->line, &e);
	}
	return rc;
}

static int
line_read(struct reader *s, struct tryst_slice text)
{
	struct tryst_list_entry e;
	struct octet octets[4];
	struct tryst_form form;
	const char *why;
	uint64_t number;

	tryst_list_entry_init(&e);
	if (tryst_slice_number(text, UINT32_MAX, &number)) {
		e.form.range.first = e.form.range.last = tryst_ip_v4((uint32_t)number);
		e.text = text;
		return tryst_list_add(s->w, s->line, &e);
	}
	if (!tryst_form_parse(text.data, text.len, &form, &why) || form.used != text.len) {
		if (wildcard_read(text, octets))
			return wildcard_add(s, text, octets);
		if (memchr(text.data, 'x', text.len) && memchr(text.data, ':', text.len))
			return tryst_list_reject(s->w, s->line, "wildcards of IPv6 are not read",
			                         text);
	}
	return tryst_list_take(s->w, s->line, &e, text);
}

static int
silk_text_read(struct tryst_watchlist *w, const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct reader s = { .w = w, .ranges = malloc(sizeof(*s.ranges)) };
	struct tryst_slice line;
	int rc = s.ranges ? 0 : TRYST_ERR_NOMEM;

	tryst_list_called(w, "SiLK text");
	while (rc == 0 && tryst_slice_line(&lines, &line)) {
		s.line = lines.line;
		line = tryst_slice_trim(tryst_slice_cut(&line, '#'), " \t|");
		if (line.len)
			rc = line_read(&s, line);
	}
	free(s.ranges);
	return rc;
}

static bool
silk_text_probe(const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct tryst_slice line;

	while (lines.line < PROBE_LINES && tryst_slice_line(&lines, &line)) {
		if (is_wildcard(tryst_slice_trim(tryst_slice_cut(&line, '#'), " \t|")))
			return true;
	}
	return false;
}

const struct tryst_list_format tryst_list_silk_text = {
	.name = "silk-text",
	.help = "wildcards of SiLK, 10.x.1-2.4,5",
	.probe = silk_text_probe,
	.read = silk_text_read,
};
