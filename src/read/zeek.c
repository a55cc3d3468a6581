/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of Zeek's conn.log in its own layout (docs/formats/zeek.md).
 *
 * Lines that begin with `#` say how the following ones are to be read; concatenated logs have
 * several such headers.  A part therefore begins with the header in force there: that of the
 * nearest part before it that was read or looked through already, changed by the `#` lines
 * between.
 */
#include "read/zeek.h"

#include <stdlib.h>
#include <string.h>

#include "read/text_log.h"

/* What the `#` lines up to some place say. */
struct header {
	struct tryst_text_table table;
	bool usable; /* the columns are those of a conn.log */
	struct header *next;
};

struct zeek_log {
	struct header first; /* behind the header at the beginning */
	size_t parts;
	_Atomic(const struct header *) *after; /* of each part; NULL: nobody knows yet */
	_Atomic(struct header *) list;         /* all of them, to be freed */
};

struct zeek_part {
	const struct header *now;
	bool changed; /* now is `own` */
	struct header own;
};

static void
header_init(struct header *h)
{
	*h = (struct header){
		.table = { .separator = '\t', .more_cells = true, .unset = "-", .empty = "(empty)" }
	};
}

/* What follows a word and one character behind it, or false. */
static bool
directive(const char *line, size_t len, const char *word, struct tryst_text_cell *out)
{
	size_t n = strlen(word);

	if (len < n || memcmp(line, word, n) != 0 || (len > n && line[n] != ' ' && line[n] != '\t'))
		return false;
	*out = (struct tryst_text_cell){ line + TRYST_MIN(n + 1, len),
		                         len - TRYST_MIN(n + 1, len) };
	return true;
}

static void
text_keep(struct tryst_text_cell c, char out[16])
{
	size_t n = TRYST_MIN(c.len, (size_t)15);

	memcpy(out, c.text, n);
	out[n] = '\0';
}

/* `\x09`, or the character itself. */
static char
separator_of(struct tryst_text_cell c)
{
	unsigned v = 0;

	if (c.len == 1)
		return c.text[0];
	if (c.len != 4 || memcmp(c.text, "\\x", 2) != 0)
		return '\t';
	for (size_t i = 2; i < 4; i++) {
		const char *digits = "0123456789abcdef";
		const char *at = memchr(digits, c.text[i] | 0x20, 16);

		if (!at)
			return '\t';
		v = v << 4 | (unsigned)(at - digits);
	}
	return (char)v;
}

/* Other logs of Zeek have a time and two addresses as well. */
static bool
is_conn(struct tryst_text_cell fields)
{
	static const char *const own[] = { "conn_state", "orig_pkts", "orig_bytes" };

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(own); i++) {
		if (memmem(fields.text, fields.len, own[i], strlen(own[i])))
			return true;
	}
	return false;
}

static void
header_fields(struct header *h, struct tryst_text_cell fields)
{
	struct tryst_text_table *t = &h->table;

	t->columns = t->known = 0;
	t->fields = 0;
	h->usable = tryst_text_columns_add(t, &tryst_zeek_names, fields.text,
	                                   fields.text + fields.len) &&
	            is_conn(fields);
}

/* Takes in one line that begins with `#`. */
static void
header_apply(struct header *h, const char *line, size_t len)
{
	struct tryst_text_cell c;

	if (directive(line, len, "#separator", &c)) {
		header_init(h);
		h->table.separator = separator_of(c);
	} else if (len > 7 && memcmp(line, "#fields", 7) == 0 && line[7] == h->table.separator) {
		header_fields(h, (struct tryst_text_cell){ line + 8, len - 8 });
	} else if (len > 13 && memcmp(line, "#unset_field", 12) == 0) {
		text_keep((struct tryst_text_cell){ line + 13, len - 13 }, h->table.unset);
	} else if (len > 13 && memcmp(line, "#empty_field", 12) == 0) {
		text_keep((struct tryst_text_cell){ line + 13, len - 13 }, h->table.empty);
	}
}

/* Reads the `#` lines at the beginning. */
static void
header_read(struct header *h, const char *text, size_t len)
{
	const char *p = text, *end = text + len;

	header_init(h);
	while (p < end && (*p == '#' || *p == '\n' || *p == '\r')) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		size_t n;

		if (!eol)
			break;
		n = (size_t)(eol - p);
		header_apply(h, p, n && p[n - 1] == '\r' ? n - 1 : n);
		h->table.lines++;
		p = eol + 1;
	}
	h->table.data_at = (size_t)(p - text);
}

/* The header in force behind a part becomes known; one that is like `before` is not kept twice. */
static const struct header *
publish(struct zeek_log *z, size_t part, const struct header *before, const struct header *h)
{
	const struct header *known = before;

	if (h != before) {
		struct header *copy = malloc(sizeof(*copy));

		if (!copy)
			return NULL;
		*copy = *h;
		copy->next = atomic_load(&z->list);
		while (!atomic_compare_exchange_weak(&z->list, &copy->next, copy))
			continue;
		known = copy;
	}
	atomic_store(&z->after[part], known);
	return known;
}

/* Looks through a part that nobody has read yet. */
static int
look_through(struct tryst_text_log *log, size_t part, const struct header **now,
             struct header *work, struct tryst_error *err)
{
	char *window = malloc(TRYST_TEXT_WINDOW);
	struct tryst_text_lines lines;
	struct tryst_text_line line;
	const struct header *h = *now;
	int rc = window ? tryst_text_log_lines(log, part, window, &lines, err)
	                : tryst_error_nomem(err);

	while (rc == 0 && (rc = tryst_text_lines_next(&lines, &line, err)) == 1) {
		rc = 0;
		if (line.len == 0 || line.text[0] != '#')
			continue;
		if (h != work)
			*work = *h;
		h = work;
		header_apply(work, line.text, line.len);
	}
	free(window);
	if (rc < 0)
		return rc;
	*now = publish(log->data, part, *now, h);
	return *now ? 0 : tryst_error_nomem(err);
}

static int
zeek_begin(struct tryst_text_part *p, struct tryst_error *err)
{
	struct zeek_log *z = p->log->data;
	struct zeek_part *zp = calloc(1, sizeof(*zp));
	const struct header *h = NULL;
	size_t i = p->part;
	int rc = 0;

	if (!zp)
		return tryst_error_nomem(err);
	while (i > 0 && !(h = atomic_load(&z->after[i - 1])))
		i--;
	if (!h)
		h = &z->first;
	for (; i < p->part && rc == 0; i++)
		rc = look_through(p->log, i, &h, &zp->own, err);
	if (rc < 0) {
		free(zp);
		return rc;
	}
	zp->now = h;
	p->data = zp;
	return 0;
}

static void
zeek_end(struct tryst_text_part *p, bool complete)
{
	struct zeek_log *z = p->log->data;
	struct zeek_part *zp = p->data;

	/* Without memory the next reader looks for itself. */
	if (complete && !p->log->compressed && zp->changed)
		(void)publish(z, p->part, NULL, zp->now);
	else if (complete && !p->log->compressed)
		atomic_store(&z->after[p->part], zp->now);
	free(zp);
}

static enum tryst_text_verdict
zeek_line(struct tryst_text_part *p, const struct tryst_text_line *line,
          char why[TRYST_TEXT_FAULT_MAX])
{
	struct zeek_part *zp = p->data;
	struct tryst_text_fault fault;

	if (TRYST_UNLIKELY(line->text[0] == '#')) {
		if (!zp->changed)
			zp->own = *zp->now;
		zp->now = &zp->own;
		zp->changed = true;
		header_apply(&zp->own, line->text, line->len);
		return TRYST_TEXT_NOTHING;
	}
	if (TRYST_UNLIKELY(!zp->now->usable))
		return TRYST_TEXT_OTHER;
	if (TRYST_UNLIKELY(tryst_text_row_parse(&zp->now->table, &p->log->options.zone, line->text,
	                                        line->len, &p->memory, &p->row,
	                                        &fault) != TRYST_TEXT_ROW)) {
		tryst_text_fault_format(&fault, &zp->now->table, why);
		return TRYST_TEXT_BAD;
	}
	tryst_zeek_finish(&p->row);
	return TRYST_TEXT_ROW;
}

static int
zeek_head(struct tryst_text_log *log, const char *head, size_t len, struct tryst_error *err)
{
	struct zeek_log *z = calloc(1, sizeof(*z));

	if (!z)
		return tryst_error_nomem(err);
	log->data = z;
	header_read(&z->first, head, len);
	z->parts = (size_t)(log->file.size / log->part_size) + 1;
	z->after = calloc(z->parts, sizeof(*z->after));
	if (!z->after)
		return tryst_error_nomem(err);
	if (!z->first.usable)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "expected a #fields line with the columns of a conn.log: "
		                       "ts, id.orig_h, id.resp_h and conn_state or orig_pkts");
	log->table = z->first.table;
	/* Later headers may have more columns. */
	log->table.fields = tryst_text_names_fields(&tryst_zeek_names);
	return 0;
}

static void
zeek_close(struct tryst_text_log *log)
{
	struct zeek_log *z = log->data;
	struct header *h = z ? atomic_load(&z->list) : NULL, *next;

	for (; h; h = next) {
		next = h->next;
		free(h);
	}
	if (z)
		free(z->after);
	free(z);
}

static const struct tryst_text_dialect zeek_dialect = {
	.open = zeek_head,
	.begin = zeek_begin,
	.end = zeek_end,
	.line = zeek_line,
	.close = zeek_close,
};

int
tryst_zeek_open(const struct tryst_file *file, struct tryst_input *in,
                const struct tryst_request *req, const struct tryst_read_options *options,
                uint64_t part_size, struct tryst_source **out, struct tryst_error *err)
{
	return tryst_text_log_open(&zeek_dialect, file, in, req, options, part_size, out, err);
}

static int
zeek_probe(const struct tryst_probe *p)
{
	struct header *h;
	int score = 0;

	if (p->text_len == 0 || p->text[0] != '#')
		return 0;
	h = malloc(sizeof(*h));
	if (h) {
		header_read(h, (const char *)p->text, p->text_len);
		score = h->usable ? 98 : 0;
	}
	free(h);
	return score;
}

static int
zeek_open(const struct tryst_file *file, struct tryst_input *in, const struct tryst_request *req,
          const struct tryst_read_options *options, struct tryst_source **out,
          struct tryst_error *err)
{
	return tryst_zeek_open(file, in, req, options, TRYST_TEXT_PART_SIZE, out, err);
}

const struct tryst_reader tryst_reader_zeek = {
	.name = "zeek",
	.help = "Zeek's conn.log as Zeek writes it (TSV), several in one file too",
	.probe = zeek_probe,
	.open = zeek_open,
};
