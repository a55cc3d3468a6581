/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables whose columns are named in a header: what abuse.ch, MISP, DShield and many others publish.
 *
 * RFC 4180 and what is met beside it: the header in a comment, quoted or not; commas, semicolons or
 * tabs; blanks before a quote; comments between and behind the rows; rows that lack the columns at
 * their end.  Columns count by name, never by position.
 */
#include <ctype.h>
#include <stdlib.h>

#include "watch/columns.h"

#define COLUMNS_MAX 64
#define HEAD_LINES_MAX 400
#define ROW_BYTES_MAX ((size_t)64 << 10)
#define NAME_BYTES_MAX 40

struct header {
	enum tryst_column columns[COLUMNS_MAX];
	size_t count;
	uint32_t line;
	size_t behind; /* where the rows begin */
	char separator;
};

/* A row being taken apart; pos moves over the list. */
struct row {
	const char *pos, *end;
	char separator;
	char *scratch; /* unescaped fields; room for a row */
	size_t used;
	uint32_t newlines; /* inside quotes */
	bool broken;       /* a quote that is not closed */
};

/* Feeds by two columns that only they have; the first that fits names the list. */
static const struct {
	const char *name;
	const char *columns[2];
} feeds[] = {
	{ "Feodo Tracker CSV", { "dst_ip", "c2_status" } },
	{ "Feodo Tracker CSV", { "dstip", "lastonline" } },
	{ "ThreatFox CSV", { "ioc_id", "ioc_value" } },
	{ "URLhaus CSV", { "url", "urlhaus_link" } },
	{ "SSLBL CSV", { "firstseen", "dstip" } },
	{ "SSLBL CSV", { "listingdate", "sha1" } },
	{ "MISP CSV", { "to_ids", "event_id" } },
	{ "DShield", { "start", "netblock" } },
};

static bool
at_line_end(const struct row *r)
{
	return r->pos >= r->end || *r->pos == '\n' || *r->pos == '\r';
}

static uint32_t
newlines_count(const char *from, size_t len)
{
	const char *end = from + len;
	uint32_t n = 0;

	for (; (from = memchr(from, '\n', (size_t)(end - from))) != NULL; from++)
		n++;
	return n;
}

/* Behind the opening quote.  Doubled quotes become one in the scratch buffer. */
static struct tryst_slice
quoted_read(struct row *r)
{
	const char *from = r->pos, *limit = r->end, *p = from, *quote;
	char *out = r->scratch + r->used;
	size_t n = 0;

	if ((size_t)(limit - from) > ROW_BYTES_MAX - r->used)
		limit = from + (ROW_BYTES_MAX - r->used);
	for (; (quote = memchr(p, '"', (size_t)(limit - p))) != NULL; p = quote + 2) {
		bool last = quote + 1 >= r->end || quote[1] != '"';

		if (!last || p != from) /* else the field is as it stands */
			memcpy(out + n, p, (size_t)(quote - p));
		n += (size_t)(quote - p);
		if (last) {
			r->pos = quote + 1;
			r->newlines += newlines_count(from, (size_t)(quote - from));
			if (p == from)
				return (struct tryst_slice){ from, n };
			r->used += n;
			return (struct tryst_slice){ out, n };
		}
		out[n++] = '"';
		if (quote + 2 >= limit)
			break;
	}
	r->broken = true;
	return (struct tryst_slice){ from, 0 };
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct tryst_slice
blanks_trim(struct tryst_slice t)
{
	while (t.len && is_blank(t.data[0]))
		t = tryst_slice_from(t, 1);
	while (t.len && is_blank(t.data[t.len - 1]))
		t.len--;
	return t;
}

/* One field; pos is then at the separator or the end of the line. */
static struct tryst_slice
field_read(struct row *r)
{
	struct tryst_slice field;
	const char *from = r->pos;
	char separator = r->separator;

	while (from < r->end && (*from == ' ' || (*from == '\t' && r->separator != '\t')))
		from++;
	if (from < r->end && *from == '"') {
		r->pos = from + 1;
		field = quoted_read(r);
		while (!at_line_end(r) && *r->pos != r->separator)
			r->pos++;
		return blanks_trim(field);
	}
	for (const char *p = r->pos;; p++) {
		if (p >= r->end || *p == separator || *p == '\n' || *p == '\r') {
			r->pos = p;
			break;
		}
	}
	field = (struct tryst_slice){ from, r->pos > from ? (size_t)(r->pos - from) : 0 };
	return blanks_trim(field);
}

/* Whether there is another field; steps over the separator. */
static bool
field_next(struct row *r)
{
	if (at_line_end(r))
		return false;
	r->pos++;
	return true;
}

/* A name of a column: a short word or two of letters. */
static bool
is_name(struct tryst_slice t)
{
	bool letter = false;

	if (!t.len || t.len > NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		if (!isalnum(c) && !strchr("_-. /()", c))
			return false;
		letter = letter || isalpha(c);
	}
	return letter;
}

static bool
header_split(struct tryst_slice line, char separator, struct header *h)
{
	char scratch[4096];
	struct row r = { line.data, line.data + line.len, separator, scratch, 0, 0, false };
	bool seen[TRYST_COLUMN_COUNT] = { false };

	h->count = 0;
	h->separator = separator;
	if (line.len > sizeof(scratch))
		return false;
	do {
		struct tryst_slice name = field_read(&r);

		/* A separator behind the last name is no column. */
		if (!name.len && at_line_end(&r) && h->count)
			break;
		if (r.broken || h->count == COLUMNS_MAX || !is_name(name))
			return false;
		h->columns[h->count] = tryst_column_find(name);
		seen[h->columns[h->count]] = true;
		h->count++;
	} while (field_next(&r));
	return seen[TRYST_COLUMN_ADDRESS] || seen[TRYST_COLUMN_URL] || seen[TRYST_COLUMN_HASH] ||
	       (seen[TRYST_COLUMN_START] && seen[TRYST_COLUMN_END]);
}

/* Whether a line of the list is its header. */
static bool
header_read(struct tryst_slice line, struct header *h)
{
	static const char separators[] = "\t;,";
	bool comment = line.len && line.data[0] == '#';

	line = tryst_slice_trim(line, "# \t\r");
	for (const char *s = separators; *s; s++) {
		if (line.len && memchr(line.data, *s, line.len))
			return header_split(line, *s, h) && h->count >= 2;
	}
	return !comment && line.len && header_split(line, ',', h) &&
	       h->columns[0] == TRYST_COLUMN_ADDRESS;
}

/* The header, in the comments before the first row or as that row. */
static bool
header_find(const char *data, size_t len, struct header *h)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct tryst_slice line;
	bool comment = true;

	while (comment && lines.line < HEAD_LINES_MAX && tryst_slice_line(&lines, &line)) {
		comment = !line.len || line.data[0] == '#';
		if (!header_read(line, h))
			continue;
		h->line = lines.line;
		h->behind = lines.at;
		return true;
	}
	return false;
}

static bool
csv_probe(const char *data, size_t len)
{
	struct header h;

	return header_find(data, len, &h);
}

/* Whether the header has a column of that name. */
static bool
header_has(struct tryst_slice line, const char *name)
{
	for (size_t i = 0; i + strlen(name) <= line.len; i++) {
		struct tryst_slice t = { line.data + i, strlen(name) };

		if (tryst_slice_like(t, name) && (!i || !isalnum((unsigned char)t.data[-1])) &&
		    (i + t.len == line.len ||
		     (!isalnum((unsigned char)t.data[t.len]) && t.data[t.len] != '_')))
			return true;
	}
	return false;
}

static const char *
feed_name(struct tryst_slice header)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(feeds); i++) {
		if (header_has(header, feeds[i].columns[0]) &&
		    header_has(header, feeds[i].columns[1]))
			return feeds[i].name;
	}
	return "csv";
}

/* One row at data[at]; returns where it ends, before the end of its line. */
static int
row_add(struct tryst_watchlist *w, const struct header *h, struct row *r, uint32_t line,
        const struct tryst_list_entry *base)
{
	struct tryst_list_record record;
	const char *from = r->pos;
	struct tryst_slice whole;
	size_t i = 0;

	tryst_list_record_init(&record);
	do {
		struct tryst_slice value = field_read(r);
		enum tryst_column c = i < h->count ? h->columns[i] : TRYST_COLUMN_NONE;

		if (c && tryst_value_is_null(record.value[c]))
			record.value[c] = value;
		i++;
	} while (!r->broken && field_next(r));
	whole = (struct tryst_slice){ from, (size_t)(r->pos - from) };
	if (r->broken) {
		const char *lf = memchr(from, '\n', (size_t)(r->end - from));

		r->pos = lf ? lf : r->end;
		r->newlines = 0;
		whole.len = (size_t)(r->pos - from);
		return tryst_list_reject(w, line, "a quote that is not closed", whole);
	}
	if (h->count > 1 && i == 1 && tryst_value_is_null(record.value[TRYST_COLUMN_ADDRESS]))
		return tryst_list_reject(w, line, "one column, where the header names more", whole);
	return tryst_list_add_record(w, line, &record, base, whole);
}

static int
rows_read(struct tryst_watchlist *w, const struct header *h, struct row *r, uint32_t line)
{
	struct tryst_list_entry base;
	int rc = 0;

	tryst_list_entry_init(&base);
	while (rc == 0 && r->pos < r->end) {
		line++;
		r->used = r->newlines = 0;
		r->broken = false;
		if (*r->pos == '#') {
			struct tryst_slice comment = { r->pos, 0 };

			while (!at_line_end(r))
				r->pos++;
			comment.len = (size_t)(r->pos - comment.data);
			rc = tryst_list_comment(w, comment);
		} else if (!at_line_end(r)) {
			rc = row_add(w, h, r, line, &base);
			line += r->newlines;
		}
		if (r->pos < r->end && *r->pos == '\r')
			r->pos++;
		if (r->pos < r->end && *r->pos == '\n')
			r->pos++;
	}
	return rc;
}

static int
csv_read(struct tryst_watchlist *w, const char *data, size_t len)
{
	struct tryst_slice_lines lines = { .data = data, .len = len };
	struct tryst_slice line;
	struct header h;
	struct row r = { .pos = data, .end = data + len };
	int rc = 0;

	if (!header_find(data, len, &h))
		return tryst_list_reject(w, 1, "no header that names a column of addresses",
		                         (struct tryst_slice){ 0 });
	while (rc == 0 && tryst_slice_line(&lines, &line) && lines.line < h.line)
		rc = tryst_list_comment(w, line);
	tryst_list_called(w, feed_name(line));
	r.scratch = malloc(ROW_BYTES_MAX + 1);
	if (!r.scratch || rc < 0) {
		free(r.scratch);
		return TRYST_ERR_NOMEM;
	}
	r.pos = data + h.behind;
	r.separator = h.separator;
	rc = rows_read(w, &h, &r, h.line);
	free(r.scratch);
	return rc;
}

const struct tryst_list_format tryst_list_csv = {
	.name = "csv",
	.help = "tables by column names: Feodo, ThreatFox, URLhaus, SSLBL, MISP, DShield, any",
	.probe = csv_probe,
	.read = csv_read,
};
