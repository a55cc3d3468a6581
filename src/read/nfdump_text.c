/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of nfdump's line, long, extended, biline and bilong formats
 * (docs/formats/nfdump-text.md).
 *
 * A row is words between blanks or tabs: date, time, duration, protocol, source, arrow,
 * destination, and then what the header names behind "Dst IP Addr:Port".
 */
#include "read/nfdump_text.h"

#include <string.h>
#include <strings.h>

#include "read/text_log.h"

#define WORDS_MAX 48
#define TIME_MAX 40
#define TAIL_MAX 24

static const struct tryst_text_column col_start = { .parse = TRYST_TEXT_TIME,
	                                            .field = TRYST_FIELD_start_ms,
	                                            .bit = TRYST_BIT(start_ms) };
static const struct tryst_text_column col_duration = { .parse = TRYST_TEXT_DURATION };
static const struct tryst_text_column col_proto = { .parse = TRYST_TEXT_PROTO,
	                                            .field = TRYST_FIELD_proto,
	                                            .bit = TRYST_BIT(proto) };
static const struct tryst_text_column col_ip[2] = {
	{ .parse = TRYST_TEXT_IP, .field = TRYST_FIELD_src, .bit = TRYST_BIT(src) },
	{ .parse = TRYST_TEXT_IP, .field = TRYST_FIELD_dst, .bit = TRYST_BIT(dst) },
};
static const struct tryst_text_column col_port[2] = {
	{ .parse = TRYST_TEXT_NUMBER, .field = TRYST_FIELD_src_port, .bit = TRYST_BIT(src_port) },
	{ .parse = TRYST_TEXT_PORT, .field = TRYST_FIELD_dst_port, .bit = TRYST_BIT(dst_port) },
};

/* The words of the header behind the addresses; those of two words are joined. */
static const struct tryst_text_name tail_list[] = {
	TRYST_TEXT_NAME("Flags", FLAGS, tcp_flags),
	TRYST_TEXT_NAME("Tos", NUMBER, tos),
	TRYST_TEXT_NAME("Packets", NUMBER, packets),
	TRYST_TEXT_NAME("Bytes", NUMBER, bytes),
	TRYST_TEXT_NAME("InPkt", NUMBER, packets),
	TRYST_TEXT_NAME("InByte", NUMBER, bytes),
	TRYST_TEXT_NAME_ZERO("OutPkt", NUMBER, rev_packets),
	TRYST_TEXT_NAME_ZERO("OutByte", NUMBER, rev_bytes),
};

static const struct tryst_text_names tail_names = { tail_list, TRYST_ARRAY_SIZE(tail_list), false,
	                                            0 };

struct words {
	struct tryst_text_cell list[WORDS_MAX];
	unsigned count;
};

static void
words_split(const char *p, const char *end, struct words *w)
{
	w->count = 0;
	while (w->count < WORDS_MAX) {
		const char *begin;

		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		if (p == end)
			break;
		begin = p;
		while (p < end && *p != ' ' && *p != '\t')
			p++;
		w->list[w->count++] = (struct tryst_text_cell){ begin, (size_t)(p - begin) };
	}
}

static bool
is_word(const struct words *w, unsigned at, const char *text)
{
	return at < w->count && w->list[at].len == strlen(text) &&
	       strncasecmp(w->list[at].text, text, w->list[at].len) == 0;
}

/* The columns that follow the addresses. */
static void
tail_columns(const struct words *w, unsigned from, struct tryst_text_table *t)
{
	for (unsigned i = from; i < w->count && t->columns < TAIL_MAX; i++) {
		struct tryst_text_cell a = w->list[i];
		struct tryst_text_column c;
		char name[16];
		size_t len = TRYST_MIN(a.len, sizeof(name) / 2);

		memcpy(name, a.text, len);
		if ((is_word(w, i, "Out") || is_word(w, i, "In")) && i + 1 < w->count) {
			struct tryst_text_cell b = w->list[++i];

			memcpy(name + len, b.text, TRYST_MIN(b.len, sizeof(name) / 2));
			len += TRYST_MIN(b.len, sizeof(name) / 2);
		}
		c = tryst_text_column_find(&tail_names, name, len);
		c.bit = c.parse == TRYST_TEXT_IGNORE ? 0 : 1ULL << c.field;
		t->fields |= c.bit;
		t->column[t->columns++] = c;
	}
}

/* `Date first seen Duration Proto Src IP Addr:Port Dst IP Addr:Port ...`, or `Date flow start`. */
static bool
header_find(const char *text, size_t len, struct tryst_text_table *t)
{
	static const char *const begins[][3] = { { "Date", "first", "seen" },
		                                 { "Date", "flow", "start" } };
	static const char *const rest[] = { "Duration",  "Proto", "Src", "IP",
		                            "Addr:Port", "Dst",   "IP",  "Addr:Port" };
	const char *eol = memchr(text, '\n', len);
	struct words w;
	bool begun = false;

	*t = (struct tryst_text_table){ .nfdump = true, .ports_hold_icmp = true };
	t->header_len = eol ? (size_t)(eol - text) : len;
	t->data_at = eol ? t->header_len + 1 : len;
	t->lines = 1;
	if (t->header_len && text[t->header_len - 1] == '\r')
		t->header_len--;
	words_split(text, text + t->header_len, &w);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(begins); i++)
		begun |= is_word(&w, 0, begins[i][0]) && is_word(&w, 1, begins[i][1]) &&
		         is_word(&w, 2, begins[i][2]);
	for (unsigned i = 0; begun && i < TRYST_ARRAY_SIZE(rest); i++)
		begun = is_word(&w, 3 + i, rest[i]);
	if (!begun)
		return false;
	t->fields = TRYST_BIT(start_ms) | TRYST_BIT(src) | TRYST_BIT(dst) | TRYST_BIT(src_port) |
	            TRYST_BIT(dst_port) | TRYST_BIT(proto);
	tail_columns(&w, 3 + TRYST_ARRAY_SIZE(rest), t);
	return true;
}

/* A row being read, word by word. */
struct line {
	struct tryst_text_part *p;
	struct words words;
	unsigned at;          /* the next word */
	char start[TIME_MAX]; /* date and time as one cell, which a fault may show */
	struct tryst_text_fault *fault;
};

static bool
fail(struct line *l, struct tryst_text_cell c, const char *expected)
{
	*l->fault = (struct tryst_text_fault){ .column = l->at, .cell = c, .expected = expected };
	return false;
}

static bool
value(struct line *l, const struct tryst_text_column *col, struct tryst_text_cell c)
{
	return tryst_text_value_read(&l->p->log->table, col, &l->p->log->options.zone, c,
	                             &l->p->memory, &l->p->row) ||
	       fail(l, c, tryst_text_expected(col));
}

static struct tryst_text_cell
next_word(struct line *l)
{
	return l->at < l->words.count ? l->words.list[l->at++] : (struct tryst_text_cell){ "", 0 };
}

/* Two words: date and time. */
static bool
read_start(struct line *l)
{
	struct tryst_text_cell date = next_word(l), clock = next_word(l);

	if (date.len + clock.len + 1 > sizeof(l->start))
		return fail(l, clock, "a time");
	memcpy(l->start, date.text, date.len);
	l->start[date.len] = ' ';
	memcpy(l->start + date.len + 1, clock.text, clock.len);
	return value(l, &col_start, (struct tryst_text_cell){ l->start, date.len + clock.len + 1 });
}

/* Of `hh:mm:ss.mmm`; nonsense (1.7.1 shows it for an end before the start) says nothing. */
static bool
clock_ms(struct tryst_text_cell c, int64_t *out)
{
	struct tryst_text_cell part = { c.text, 0 };
	int64_t minutes = 0, ms;
	uint64_t v;

	for (size_t i = 0; i < c.len; i++) {
		if (c.text[i] != ':')
			continue;
		part.len = (size_t)(c.text + i - part.text);
		if (!tryst_text_number(part, 1000000, &v))
			return false;
		minutes = minutes * 60 + (int64_t)v;
		part.text = c.text + i + 1;
	}
	part.len = (size_t)(c.text + c.len - part.text);
	if (!tryst_text_seconds(part, &ms) || ms == INT64_MAX)
		return false;
	*out = minutes * 60000 + ms;
	return true;
}

/* Seconds, a clock, or days and a clock: `1d 02:03:04.567`. */
static bool
read_duration(struct line *l)
{
	struct tryst_text_row *row = &l->p->row;
	struct tryst_text_cell c = next_word(l);
	uint64_t days = 0;
	bool known = true;

	if (c.len > 1 && c.text[c.len - 1] == 'd') {
		c.len--;
		known = tryst_text_number(c, 100000, &days);
		c = next_word(l);
	}
	if (!memchr(c.text, ':', c.len))
		return value(l, &col_duration, c);
	known = known && clock_ms(c, &row->duration_ms);
	row->duration_ms += (int64_t)days * 86400000;
	row->has_duration = known;
	return true;
}

/* `192.0.2.1:80`, `2001:db8::1.443`, `192.0.2.1:8.0` (ICMP type and code), or an address alone. */
static bool
read_end(struct line *l, unsigned side)
{
	struct tryst_text_cell c = next_word(l), port;
	const char *cut = memchr(c.text, ':', c.len), *last = memrchr(c.text, ':', c.len);

	if (memmem(c.text, c.len, "..", 2))
		return fail(l, c, "a whole address (nfdump -6)");
	if (cut && !memchr(c.text, '.', (size_t)(cut - c.text)))
		cut = memchr(last, '.', c.len - (size_t)(last - c.text));
	if (!cut)
		return value(l, &col_ip[side], c);
	port = (struct tryst_text_cell){ cut + 1, c.len - (size_t)(cut + 1 - c.text) };
	/* Tools that label flows write the port of what has none as `0:0`. */
	if (last > cut)
		port.len = (size_t)(last - port.text);
	c.len = (size_t)(cut - c.text);
	return value(l, &col_ip[side], c) && value(l, &col_port[side], port);
}

/* Once a part; the part needs no data but the mark that it was said. */
static void
note_rounded(struct tryst_text_part *p)
{
	if (!p->data)
		tryst_health_note(&p->sink->health, 0, 0,
		                  "nfdump rounded its counts (like 4.2 M); -N prints them in full");
	p->data = p->log;
}

/* `4.2 M`: what nfdump rounded, in thousands of thousands. */
static bool
read_scaled(struct line *l, const struct tryst_text_column *col, struct tryst_text_cell c)
{
	static const struct {
		char letter;
		uint64_t tenth;
	} scales[] = { { 'K', 100 }, { 'M', 100000 }, { 'G', 100000000 }, { 'T', 100000000000 } };
	struct tryst_text_cell unit = next_word(l);
	const char *dot = memchr(c.text, '.', c.len);
	uint64_t whole, tenth = 0, *out = &l->p->row.number[col->field];

	if (dot && (size_t)(c.text + c.len - dot) == 2)
		tenth = (uint64_t)(dot[1] - '0');
	if (!tryst_text_number(
		    (struct tryst_text_cell){ c.text, dot ? (size_t)(dot - c.text) : c.len },
		    1000000, &whole) ||
	    tenth > 9)
		return fail(l, c, "a number");
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(scales); i++) {
		if (scales[i].letter != unit.text[0])
			continue;
		*out = (whole * 10 + tenth) * scales[i].tenth;
		l->p->row.known |= col->bit;
		note_rounded(l->p);
		return true;
	}
	return fail(l, unit, "K, M, G or T");
}

static bool
read_tail(struct line *l)
{
	const struct tryst_text_table *t = &l->p->log->table;

	for (unsigned i = 0; i < t->columns; i++) {
		struct tryst_text_cell c = next_word(l);
		bool scaled = l->at < l->words.count && l->words.list[l->at].len == 1 &&
		              strchr("KMGT", l->words.list[l->at].text[0]);

		if (c.len == 0)
			return t->column[i].parse == TRYST_TEXT_IGNORE ||
			       fail(l, c, tryst_text_expected(&t->column[i]));
		if (t->column[i].parse == TRYST_TEXT_IGNORE)
			l->at += scaled;
		else if (scaled ? !read_scaled(l, &t->column[i], c) : !value(l, &t->column[i], c))
			return false;
	}
	return true;
}

static bool
read_row(struct line *l)
{
	struct tryst_text_row *row = &l->p->row;
	struct tryst_text_cell arrow;

	tryst_text_row_init(row);
	if (!read_start(l) || !read_duration(l) || !value(l, &col_proto, next_word(l)) ||
	    !read_end(l, 0))
		return false;
	arrow = next_word(l);
	if (arrow.len < 2 || arrow.text[arrow.len - 1] != '>')
		return fail(l, arrow, "->");
	if (!read_end(l, 1) || !read_tail(l) || !tryst_text_row_usable(row, l->fault))
		return false;
	tryst_text_row_complete(&l->p->log->table, row);
	return true;
}

static enum tryst_text_verdict
nfdump_line(struct tryst_text_part *p, const struct tryst_text_line *line,
            char why[TRYST_TEXT_FAULT_MAX])
{
	struct tryst_text_fault fault;
	struct line l = { .p = p, .fault = &fault };

	words_split(line->text, line->text + line->len, &l.words);
	if (l.words.count == 0)
		return TRYST_TEXT_NOTHING;
	if (TRYST_LIKELY(read_row(&l)))
		return TRYST_TEXT_ROW;
	if (tryst_text_log_is_header(p->log, line) || tryst_text_is_footer(line->text, line->len))
		return TRYST_TEXT_OTHER;
	tryst_text_fault_format(&fault, &p->log->table, why);
	return TRYST_TEXT_BAD;
}

static int
nfdump_head(struct tryst_text_log *log, const char *head, size_t len, struct tryst_error *err)
{
	if (!header_find(head, len, &log->table))
		return tryst_error_set(
			err, TRYST_ERR_FORMAT,
			"expected nfdump's header: Date first seen, Duration, Proto, "
			"Src IP Addr:Port, Dst IP Addr:Port");
	return tryst_text_log_keep_header(log, head, err);
}

static const struct tryst_text_dialect nfdump_dialect = {
	.open = nfdump_head,
	.line = nfdump_line,
};

static int
nfdump_probe(const struct tryst_probe *p)
{
	struct tryst_text_table table;

	return header_find((const char *)p->text, p->text_len, &table) ? 97 : 0;
}

static int
nfdump_open(const struct tryst_file *file, struct tryst_input *in, const struct tryst_request *req,
            const struct tryst_read_options *options, struct tryst_source **out,
            struct tryst_error *err)
{
	return tryst_text_log_open(&nfdump_dialect, file, in, req, options, TRYST_TEXT_PART_SIZE,
	                           out, err);
}

const struct tryst_reader tryst_reader_nfdump_text = {
	.name = "nfdump-text",
	.help = "what nfdump prints: line, long, extended, biline, bilong",
	.probe = nfdump_probe,
	.open = nfdump_open,
};
