/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a line to a row, in one pass: cut a cell (RFC 4180 quoting; a row is one line), read it by
 * its column (text_cell.c).  Every known column is read whoever wants it, so that which rows count
 * as damaged does not depend on the question.
 */
#include "read/text.h"

#include <string.h>

#include "base/cursor.h"

#define USABLE (TRYST_BIT(start_ms) | TRYST_BIT(src) | TRYST_BIT(dst))
#define PROTO_ICMP 1
#define PROTO_ICMPV6 58

struct cut {
	const char *pos;
	const char *end;
	char separator;
	bool quotes;
	bool more; /* another cell follows */
};

static struct tryst_text_cell
trim(const char *p, const char *end)
{
	while (p < end && tryst_text_is_blank(*p))
		p++;
	while (end > p && tryst_text_is_blank(end[-1]))
		end--;
	return (struct tryst_text_cell){ p, (size_t)(end - p) };
}

/* A cell that begins with a quote; false when the quotes do not close before a separator. */
static bool
cut_quoted(struct cut *c, struct tryst_text_cell *cell)
{
	const char *begin = c->pos + 1, *p = begin;

	for (;;) {
		p = memchr(p, '"', (size_t)(c->end - p));
		if (!p)
			return false;
		if (p + 1 == c->end || p[1] != '"')
			break;
		p += 2;
	}
	*cell = trim(begin, p);
	p++;
	c->more = p < c->end;
	if (c->more && *p != c->separator)
		return false;
	c->pos = p + c->more;
	return true;
}

/* The first separator at or behind p, or end.  Eight bytes at a time while there are eight. */
static inline const char *
find_separator(const char *p, const char *end, char separator)
{
	const uint64_t ones = 0x0101010101010101ULL;

	for (; end - p >= 8; p += 8) {
		uint64_t x = tryst_load_le64((const uint8_t *)p) ^ (ones * (uint8_t)separator);
		uint64_t zeros = (x - ones) & ~x & (ones << 7);

		if (zeros)
			return p + __builtin_ctzll(zeros) / 8;
	}
	while (p < end && *p != separator)
		p++;
	return p;
}

static inline bool
cut_cell(struct cut *c, struct tryst_text_cell *cell)
{
	const char *p = c->pos;

	if (p < c->end && *p == '"' && c->quotes)
		return cut_quoted(c, cell);
	p = find_separator(p, c->end, c->separator);
	*cell = (struct tryst_text_cell){ c->pos, (size_t)(p - c->pos) };
	if (TRYST_UNLIKELY(cell->len &&
	                   (tryst_text_is_blank(cell->text[0]) || tryst_text_is_blank(p[-1]))))
		*cell = trim(cell->text, p);
	c->more = p < c->end;
	c->pos = p + c->more;
	return true;
}

void
tryst_text_row_init(struct tryst_text_row *row)
{
	row->known = 0;
	row->verdict = TRYST_TEXT_ROW;
	row->has_duration = row->icmp_done = row->reversed = false;
}

void
tryst_text_row_complete(const struct tryst_text_table *t, struct tryst_text_row *row)
{
	uint64_t *n = row->number;
	uint64_t proto = row->known & TRYST_BIT(proto) ? n[TRYST_FIELD_proto] : 0;

	if (!(row->known & TRYST_BIT(end_ms))) {
		n[TRYST_FIELD_end_ms] = n[TRYST_FIELD_start_ms] +
		                        (row->has_duration ? (uint64_t)row->duration_ms : 0);
		row->known |= TRYST_BIT(end_ms);
	}
	if ((proto == PROTO_ICMP || proto == PROTO_ICMPV6) && (row->known & TRYST_BIT(dst_port)) &&
	    (t->ports_hold_icmp || row->icmp_done) && !(row->known & TRYST_BIT(icmp_type))) {
		n[TRYST_FIELD_icmp_type] = n[TRYST_FIELD_dst_port] >> 8;
		n[TRYST_FIELD_icmp_code] = n[TRYST_FIELD_dst_port] & 0xff;
		row->known |= TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code);
	}
}

bool
tryst_text_row_usable(const struct tryst_text_row *row, struct tryst_text_fault *fault)
{
	static const struct {
		uint64_t bit;
		const char *expected;
	} needed[] = {
		/* USABLE */
		{ TRYST_BIT(start_ms), "a start time" },
		{ TRYST_BIT(src), "a source address" },
		{ TRYST_BIT(dst), "a destination address" },
	};

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(needed); i++) {
		if (!(row->known & needed[i].bit)) {
			*fault = (struct tryst_text_fault){ .expected = needed[i].expected };
			return false;
		}
	}
	return true;
}

void
tryst_text_row_reverse(struct tryst_text_row *row)
{
	static const uint8_t pairs[][2] = {
		{ TRYST_FIELD_src_port, TRYST_FIELD_dst_port },
		{ TRYST_FIELD_packets, TRYST_FIELD_rev_packets },
		{ TRYST_FIELD_bytes, TRYST_FIELD_rev_bytes },
		{ TRYST_FIELD_tcp_flags, TRYST_FIELD_rev_tcp_flags },
		{ TRYST_FIELD_src_as, TRYST_FIELD_dst_as },
		{ TRYST_FIELD_src_mask, TRYST_FIELD_dst_mask },
	};
	struct tryst_ip ip = row->ip[TRYST_FIELD_src];

	row->ip[TRYST_FIELD_src] = row->ip[TRYST_FIELD_dst];
	row->ip[TRYST_FIELD_dst] = ip;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(pairs); i++) {
		unsigned a = pairs[i][0], b = pairs[i][1];
		uint64_t number = row->number[a];
		uint64_t differ = (row->known >> a ^ row->known >> b) & 1;

		row->number[a] = row->number[b];
		row->number[b] = number;
		row->known ^= differ << a | differ << b;
	}
	/* Those of the other side are not known. */
	row->known &= ~(TRYST_BIT(tos) | TRYST_BIT(first_flags) | TRYST_BIT(vlan));
}

/* Whether a line had the cells that it should; *cells counts them all. */
static bool
count_fits(const struct tryst_text_table *t, struct cut *cut, unsigned *cells)
{
	struct tryst_text_cell cell;

	if (*cells == t->columns && (!cut->more || t->more_cells))
		return true;
	while (cut->more && cut_cell(cut, &cell))
		++*cells;
	return false;
}

enum tryst_text_verdict
tryst_text_row_parse(const struct tryst_text_table *t, const struct tryst_zone *zone,
                     const char *line, size_t len, struct tryst_text_memory *memory,
                     struct tryst_text_row *row, struct tryst_text_fault *fault)
{
	struct cut cut = { line, line + len, t->separator, t->quotes, true };
	struct tryst_text_cell cell;
	unsigned i = 0;

	tryst_text_row_init(row);
	if (TRYST_LIKELY(tryst_text_row_fast(t, zone, line, len, memory, row))) {
		if (TRYST_UNLIKELY(row->verdict != TRYST_TEXT_ROW))
			return row->verdict;
		goto complete;
	}
	tryst_text_row_init(row);
	for (; cut.more && i < t->columns; i++) {
		if (!cut_cell(&cut, &cell)) {
			*fault = (struct tryst_text_fault){ .column = i + 1,
				                            .cell = { cut.pos, 0 },
				                            .expected = "closing quotes" };
			return TRYST_TEXT_BAD;
		}
		if (!tryst_text_value_read(t, &t->column[i], zone, cell, memory, row)) {
			*fault = (struct tryst_text_fault){ .column = i + 1,
				                            .cell = cell,
				                            .expected = tryst_text_expected(
								    &t->column[i]) };
			return TRYST_TEXT_BAD;
		}
		if (TRYST_UNLIKELY(row->verdict != TRYST_TEXT_ROW))
			return row->verdict;
	}
	if (!count_fits(t, &cut, &i)) {
		*fault = (struct tryst_text_fault){ .cells = i };
		return TRYST_TEXT_BAD;
	}
complete:
	if (TRYST_UNLIKELY((row->known & USABLE) != USABLE)) {
		(void)tryst_text_row_usable(row, fault);
		return TRYST_TEXT_BAD;
	}
	tryst_text_row_complete(t, row);
	return TRYST_TEXT_ROW;
}
