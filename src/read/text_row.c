/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a line to a row, in one pass: cut a cell (RFC 4180 quoting; a row is one line), read it by
 * its column.  Every known column is read whoever wants it, so that which rows count as damaged
 * does not depend on the question.
 */
#include "read/text.h"

#include <string.h>

#include "base/cursor.h"
#include "base/proto.h"

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

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct tryst_text_cell
trim(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	while (end > p && is_blank(end[-1]))
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
	if (TRYST_UNLIKELY(cell->len && (is_blank(cell->text[0]) || is_blank(p[-1]))))
		*cell = trim(cell->text, p);
	c->more = p < c->end;
	c->pos = p + c->more;
	return true;
}

/* What nfdump means by a name that is another's elsewhere (IANA's IPIP is 94), or -1. */
static int
nfdump_proto(struct tryst_text_cell c)
{
	static const struct {
		const char *name;
		int proto;
	} names[] = { { "IPIP", 4 }, { "HOST", 61 }, { "NET", 63 }, { "FS", 68 }, { "OS", 94 } };

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(names); i++) {
		if (strlen(names[i].name) == c.len && memcmp(names[i].name, c.text, c.len) == 0)
			return names[i].proto;
	}
	return -1;
}

/* A number or a name; names that were looked up are remembered. */
static bool
parse_proto(struct tryst_text_cell c, bool nfdump, struct tryst_text_memory *m, uint64_t *out)
{
	struct tryst_text_proto *slot;
	int proto;

	if (c.len == 0)
		return false;
	slot = &m->proto[tryst_text_proto_slot(m, c) - m->proto];
	if (c.len == slot->len && memcmp(c.text, slot->name, c.len) == 0) {
		*out = slot->number;
		return true;
	}
	if (tryst_text_number(c, UINT8_MAX, out))
		return true;
	proto = nfdump ? nfdump_proto(c) : -1;
	if (proto < 0)
		proto = tryst_proto_find(c.text, c.len);
	if (proto < 0)
		return false;
	*out = (uint64_t)proto;
	if (c.len <= sizeof(slot->name)) {
		*slot = (struct tryst_text_proto){ .len = (uint8_t)c.len,
			                           .number = (uint8_t)proto };
		memcpy(slot->name, c.text, c.len);
	}
	return true;
}

/* A port, or `type.code` as nfdump shows ICMP. */
static bool
parse_port(struct tryst_text_cell c, struct tryst_text_row *row, uint64_t *out)
{
	const char *dot = memchr(c.text, '.', c.len);
	uint64_t type, code;

	if (!dot)
		return tryst_text_number(c, UINT16_MAX, out);
	if (!tryst_text_number((struct tryst_text_cell){ c.text, (size_t)(dot - c.text) },
	                       UINT8_MAX, &type) ||
	    !tryst_text_number(
		    (struct tryst_text_cell){ dot + 1, c.len - (size_t)(dot + 1 - c.text) },
		    UINT8_MAX, &code))
		return tryst_text_number(c, UINT16_MAX, out);
	row->icmp_done = true;
	*out = type << 8 | code;
	return true;
}

static bool
parse_direction(struct tryst_text_cell c, uint64_t *out)
{
	static const struct {
		const char *word;
		uint8_t value;
	} words[] = {
		{ "ingress", 0 }, { "inbound", 0 },  { "I", 0 },
		{ "egress", 1 },  { "outbound", 1 }, { "E", 1 },
	};

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(words); i++) {
		if (strlen(words[i].word) == c.len && memcmp(words[i].word, c.text, c.len) == 0) {
			*out = words[i].value;
			return true;
		}
	}
	return tryst_text_number(c, UINT8_MAX, out);
}

/* ECS's words for what is neither way through a router. */
static bool
is_no_direction(struct tryst_text_cell c)
{
	static const char *const words[] = { "internal", "external", "unknown" };

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(words); i++) {
		if (strlen(words[i]) == c.len && memcmp(words[i], c.text, c.len) == 0)
			return true;
	}
	return false;
}

static bool
parse_time(struct tryst_text_cell c, const struct tryst_text_column *col,
           const struct tryst_zone *zone, struct tryst_text_memory *m, uint64_t *out)
{
	int64_t ms;

	_Static_assert(TRYST_FIELD_start_ms == 0 && TRYST_FIELD_received_ms == 2, "clock[field]");
	if (col->parse == TRYST_TEXT_TIME_MS && tryst_text_number(c, TRYST_TIME_DATE_MAX, out))
		return true;
	if (col->parse == TRYST_TEXT_TIME_NS && tryst_text_number(c, UINT64_MAX, out)) {
		*out /= 1000000;
		return true;
	}
	if (col->parse == TRYST_TEXT_EPOCH && tryst_text_epoch(c, &ms)) {
		*out = (uint64_t)ms;
		return true;
	}
	if (!tryst_text_time(c, zone, &m->clock[col->field], &ms))
		return false;
	*out = (uint64_t)ms;
	return true;
}

static bool
parse_duration(struct tryst_text_cell c, bool ns, struct tryst_text_row *row)
{
	uint64_t v;

	if (ns) {
		if (!tryst_text_number(c, UINT64_MAX, &v))
			return false;
		row->duration_ms = (int64_t)(v / 1000000);
	} else if (!tryst_text_seconds(c, &row->duration_ms)) {
		return false;
	}
	row->has_duration = row->duration_ms != INT64_MAX;
	return true;
}

const char *
tryst_text_expected(const struct tryst_text_column *col)
{
	static const char *const texts[] = {
		[TRYST_TEXT_IGNORE] = "",
		[TRYST_TEXT_TIME] = "a time",
		[TRYST_TEXT_TIME_MS] = "a time",
		[TRYST_TEXT_TIME_NS] = "a time",
		[TRYST_TEXT_EPOCH] = "a time",
		[TRYST_TEXT_DURATION] = "seconds",
		[TRYST_TEXT_DURATION_NS] = "nanoseconds",
		[TRYST_TEXT_IP] = "an IP address",
		[TRYST_TEXT_NUMBER] = "a number in range",
		[TRYST_TEXT_PORT] = "a port, or an ICMP type.code",
		[TRYST_TEXT_PROTO] = "a protocol number or name",
		[TRYST_TEXT_FLAGS] = "TCP flags",
		[TRYST_TEXT_DIRECTION] = "a direction",
	};

	return col->parse == TRYST_TEXT_OWN ? col->own->expected : texts[col->parse];
}

/* Reads one value into the row; false when it is not what the column holds. */
static inline bool
parse_value(const struct tryst_text_table *t, const struct tryst_text_column *col,
            const struct tryst_zone *zone, struct tryst_text_cell c, struct tryst_text_memory *m,
            struct tryst_text_row *row)
{
	uint64_t *number = &row->number[col->field];

	switch ((enum tryst_text_parse)col->parse) {
	case TRYST_TEXT_IP:
		return tryst_text_ip(c, &row->ip[col->field]);
	case TRYST_TEXT_NUMBER:
		return tryst_text_number(c, tryst_text_field_max(col->field), number);
	case TRYST_TEXT_TIME:
	case TRYST_TEXT_TIME_MS:
	case TRYST_TEXT_TIME_NS:
	case TRYST_TEXT_EPOCH:
		return parse_time(c, col, zone, m, number);
	case TRYST_TEXT_PORT:
		return parse_port(c, row, number);
	case TRYST_TEXT_PROTO:
		return parse_proto(c, t->nfdump, m, number);
	case TRYST_TEXT_FLAGS:
		return tryst_text_flags(c, number);
	case TRYST_TEXT_DIRECTION:
		return parse_direction(c, number);
	case TRYST_TEXT_DURATION:
	case TRYST_TEXT_DURATION_NS:
		return parse_duration(c, col->parse == TRYST_TEXT_DURATION_NS, row);
	case TRYST_TEXT_OWN:
		return col->own->read(t, zone, c, m, row);
	case TRYST_TEXT_IGNORE:
		break;
	}
	return true;
}

/* Whether a value is the 0 by which nfdump says that it has none. */
static bool
is_zero(const struct tryst_text_column *col, const struct tryst_text_row *row)
{
	if (col->parse == TRYST_TEXT_IP)
		return row->ip[col->field].hi == 0 && (uint32_t)row->ip[col->field].lo == 0;
	return row->number[col->field] == 0;
}

static bool
is_text(struct tryst_text_cell c, const char *text)
{
	return *text && strlen(text) == c.len && memcmp(c.text, text, c.len) == 0;
}

/* Reads one cell, which may also say that there is no value. */
static inline bool
parse_cell(const struct tryst_text_table *t, const struct tryst_text_column *col,
           const struct tryst_zone *zone, struct tryst_text_cell c, struct tryst_text_memory *m,
           struct tryst_text_row *row)
{
	if (col->parse == TRYST_TEXT_IGNORE)
		return true;
	if (TRYST_UNLIKELY(!parse_value(t, col, zone, c, m, row)))
		return tryst_text_missing(c) || is_text(c, t->unset) || is_text(c, t->empty) ||
		       (col->parse == TRYST_TEXT_DIRECTION && is_no_direction(c));
	if (!(col->zero_unknown && is_zero(col, row)))
		row->known |= col->bit;
	return true;
}

bool
tryst_text_value_read(const struct tryst_text_table *t, const struct tryst_text_column *col,
                      const struct tryst_zone *zone, struct tryst_text_cell c,
                      struct tryst_text_memory *m, struct tryst_text_row *row)
{
	return parse_cell(t, col, zone, c, m, row);
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
		if (!parse_cell(t, &t->column[i], zone, cell, memory, row)) {
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
