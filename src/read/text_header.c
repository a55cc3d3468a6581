/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Column names.  The table of fields gives most of them (our ids, nfdump's, Zeek's, ECS's); the few
 * that are nobody's there, or that need another way of reading, stand in `special`, which wins.
 */
#include "read/text.h"

#include <string.h>
#include <strings.h>

static const struct tryst_text_name special[] = {
	TRYST_TEXT_NAME("start", TIME, start_ms),
	TRYST_TEXT_NAME("time", TIME, start_ms),
	TRYST_TEXT_NAME("firstSeen", TIME, start_ms),
	TRYST_TEXT_NAME("start_ms", TIME_MS, start_ms),
	TRYST_TEXT_NAME("end", TIME, end_ms),
	TRYST_TEXT_NAME("lastSeen", TIME, end_ms),
	TRYST_TEXT_NAME("end_ms", TIME_MS, end_ms),
	TRYST_TEXT_NAME("received", TIME, received_ms),
	TRYST_TEXT_NAME("received_ms", TIME_MS, received_ms),
	TRYST_TEXT_NAME_ONLY("duration", DURATION),
	TRYST_TEXT_NAME_ONLY("td", DURATION),
	TRYST_TEXT_NAME_ONLY("event.duration", DURATION_NS),
	TRYST_TEXT_NAME("srcAddr", IP, src),
	TRYST_TEXT_NAME("dstAddr", IP, dst),
	TRYST_TEXT_NAME("srcPort", NUMBER, src_port),
	TRYST_TEXT_NAME("dstPort", PORT, dst_port),
	TRYST_TEXT_NAME("dst_port", PORT, dst_port),
	TRYST_TEXT_NAME("dp", PORT, dst_port),
	TRYST_TEXT_NAME("proto", PROTO, proto),
	TRYST_TEXT_NAME("pr", PROTO, proto),
	TRYST_TEXT_NAME("network.iana_number", PROTO, proto),
	TRYST_TEXT_NAME("network.transport", PROTO, proto),
	TRYST_TEXT_NAME("tcp_flags", FLAGS, tcp_flags),
	TRYST_TEXT_NAME("flg", FLAGS, tcp_flags),
	TRYST_TEXT_NAME("rev_tcp_flags", FLAGS, rev_tcp_flags),
	TRYST_TEXT_NAME("first_flags", FLAGS, first_flags),
	TRYST_TEXT_NAME("direction", DIRECTION, direction),
	TRYST_TEXT_NAME("dir", DIRECTION, direction),
	TRYST_TEXT_NAME("network.direction", DIRECTION, direction),
	/* What SiLK's rwcut calls them, in full and cut to its columns. */
	TRYST_TEXT_NAME("sTime", TIME, start_ms),
	TRYST_TEXT_NAME("eTime", TIME, end_ms),
	TRYST_TEXT_NAME_ONLY("dur", DURATION),
	TRYST_TEXT_NAME("sIP", IP, src),
	TRYST_TEXT_NAME("dIP", IP, dst),
	TRYST_TEXT_NAME("nhIP", IP, next_hop),
	TRYST_TEXT_NAME("sPort", NUMBER, src_port),
	TRYST_TEXT_NAME("dPort", PORT, dst_port),
	TRYST_TEXT_NAME("protocol", PROTO, proto),
	TRYST_TEXT_NAME("pro", PROTO, proto),
	TRYST_TEXT_NAME("flags", FLAGS, tcp_flags),
	TRYST_TEXT_NAME("iType", NUMBER, icmp_type),
	TRYST_TEXT_NAME("iTy", NUMBER, icmp_type),
	TRYST_TEXT_NAME("iCode", NUMBER, icmp_code),
	TRYST_TEXT_NAME("iCo", NUMBER, icmp_code),
	/* Zeek's words for these are not what the fields hold; the last two are given by us. */
	TRYST_TEXT_NAME_ONLY("history", IGNORE),
	TRYST_TEXT_NAME_ONLY("conn_state", IGNORE),
	TRYST_TEXT_NAME_ONLY("input_id", IGNORE),
	TRYST_TEXT_NAME_ONLY("record_no", IGNORE),
};

#define OURS "tryst."
#define OURS_LEN (sizeof(OURS) - 1)
#define REQUIRED (TRYST_BIT(start_ms) | TRYST_BIT(src) | TRYST_BIT(dst))

const struct tryst_text_names tryst_text_names_any = {
	.list = special,
	.count = TRYST_ARRAY_SIZE(special),
	.fields = true,
	.required = REQUIRED,
};

static const char separators[] = { ',', '\t', ';', '|' };

/* With these nfdump's 0 means 0. */
#define ZERO_COUNTS                                                                                \
	(TRYST_BIT(start_ms) | TRYST_BIT(end_ms) | TRYST_BIT(src) | TRYST_BIT(dst) |               \
	 TRYST_BIT(src_port) | TRYST_BIT(dst_port) | TRYST_BIT(proto) | TRYST_BIT(tcp_flags) |     \
	 TRYST_BIT(tos) | TRYST_BIT(packets) | TRYST_BIT(bytes))

static bool
same(const char *name, size_t len, const char *known)
{
	/* The name may hold a NUL, where comparing would stop before its end. */
	return len > 0 && strlen(known) == len && strncasecmp(name, known, len) == 0;
}

static enum tryst_text_parse
parse_of(enum tryst_field_type type)
{
	return type == TRYST_TYPE_time ? TRYST_TEXT_TIME
	       : type == TRYST_TYPE_ip ? TRYST_TEXT_IP
	                               : TRYST_TEXT_NUMBER;
}

uint64_t
tryst_text_field_max(unsigned field)
{
	static const uint64_t max[TRYST_TEXT_VALUES] = {
#define FIELD(id, type, nfdump, ipfix, zeek, ecs, unit, help)                                      \
	[TRYST_FIELD_##id] = sizeof(tryst_type_##type) >= 8                                        \
	                             ? UINT64_MAX                                                  \
	                             : (1ULL << (8 * sizeof(tryst_type_##type) % 64)) - 1,
#include "flow/fields.def"
#undef FIELD
		[TRYST_TEXT_TOTAL_PACKETS] = UINT64_MAX,
		[TRYST_TEXT_TOTAL_BYTES] = UINT64_MAX,
		[TRYST_TEXT_IP_PROTO] = UINT8_MAX,
	};

	return max[field];
}

struct tryst_text_column
tryst_text_column_find(const struct tryst_text_names *names, const char *name, size_t len)
{
	struct tryst_text_column c = { .parse = TRYST_TEXT_IGNORE };

	/* What ECS has no name for stands under ours, by our own names. */
	if (names->fields && len > OURS_LEN && strncasecmp(name, OURS, OURS_LEN) == 0) {
		name += OURS_LEN;
		len -= OURS_LEN;
	}
	for (size_t i = 0; i < names->count; i++) {
		const struct tryst_text_name *n = &names->list[i];

		if (same(name, len, n->name))
			return (struct tryst_text_column){ .parse = (uint8_t)n->parse,
				                           .field = (uint8_t)n->field,
				                           .max = tryst_text_field_max(n->field),
				                           .zero_unknown = n->zero_unknown,
				                           .own = n->own };
	}
	for (int i = 0; names->fields && i < TRYST_FIELD_COUNT; i++) {
		const struct tryst_field_info *f = tryst_field_info(i);

		if (same(name, len, f->name) || same(name, len, f->nfdump) ||
		    same(name, len, f->zeek) || same(name, len, f->ecs)) {
			c.parse = (uint8_t)parse_of(f->type);
			c.field = (uint8_t)i;
			c.max = tryst_text_field_max((unsigned)i);
			c.zero_unknown = same(name, len, f->nfdump) && !(ZERO_COUNTS >> i & 1);
			return c;
		}
	}
	return c;
}

uint64_t
tryst_text_names_fields(const struct tryst_text_names *names)
{
	uint64_t fields = names->fields ? TRYST_BITS_ALL : 0;

	for (size_t i = 0; i < names->count; i++) {
		const struct tryst_text_name *n = &names->list[i];

		if (n->parse == TRYST_TEXT_OWN)
			fields |= n->own->sets;
		else if (n->parse != TRYST_TEXT_IGNORE && n->parse != TRYST_TEXT_DURATION &&
		         n->parse != TRYST_TEXT_DURATION_NS)
			fields |= 1ULL << n->field;
	}
	return fields & ~(TRYST_BIT(input_id) | TRYST_BIT(record_no));
}

/* A name without blanks and quotes. */
static struct tryst_text_cell
name_trim(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '"'))
		p++;
	while (end > p && (end[-1] == ' ' || end[-1] == '"'))
		end--;
	return (struct tryst_text_cell){ p, (size_t)(end - p) };
}

static void
column_add(struct tryst_text_table *t, const struct tryst_text_names *names,
           struct tryst_text_cell name)
{
	struct tryst_text_column c = tryst_text_column_find(names, name.text, name.len);
	bool duration = c.parse == TRYST_TEXT_DURATION || c.parse == TRYST_TEXT_DURATION_NS;

	if (same(name.text, name.len, "pr") || same(name.text, name.len, "firstSeen"))
		t->nfdump = true;
	if (c.parse == TRYST_TEXT_PORT)
		t->ports_hold_icmp = true;
	if (c.parse == TRYST_TEXT_OWN) {
		t->fields |= c.own->sets;
	} else if (c.parse != TRYST_TEXT_IGNORE && !duration) {
		c.bit = 1ULL << c.field;
		if (t->fields & c.bit)
			c.parse = TRYST_TEXT_IGNORE;
		t->fields |= c.bit;
	}
	t->known += c.parse != TRYST_TEXT_IGNORE;
	c.at = (uint16_t)t->columns;
	t->column[t->columns++] = c;
}

/* What the fast way through a row needs to know. */
static void
columns_use(struct tryst_text_table *t)
{
	t->cut = tryst_text_cutter();
	t->used_count = 0;
	for (unsigned i = 0; i < t->columns; i++) {
		if (t->column[i].parse != TRYST_TEXT_IGNORE)
			t->used[t->used_count++] = t->column[i];
	}
}

bool
tryst_text_columns_add(struct tryst_text_table *t, const struct tryst_text_names *names,
                       const char *p, const char *end)
{
	for (;;) {
		const char *cut = memchr(p, t->separator, (size_t)(end - p));

		if (t->columns == TRYST_TEXT_COLUMNS_MAX)
			return false;
		column_add(t, names, name_trim(p, cut ? cut : end));
		if (!cut)
			break;
		p = cut + 1;
	}
	if (t->fields & (TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code)))
		t->ports_hold_icmp = false;
	columns_use(t);
	return (t->fields & names->required) == names->required;
}

/* The separator that makes most sense of the line. */
static bool
header_line(const struct tryst_text_names *names, const char *p, const char *end,
            struct tryst_text_table *out)
{
	bool found = false;

	if (memchr(p, '\0', (size_t)(end - p)))
		return false;
	while (p < end && (*p == '#' || *p == ' '))
		p++;
	/* Zeek's header has a word before the columns and other rules for its values. */
	if (end - p > 7 && memcmp(p, "fields\t", 7) == 0)
		return false;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(separators); i++) {
		struct tryst_text_table t = { .separator = separators[i], .quotes = true };

		if (tryst_text_columns_add(&t, names, p, end) && (!found || t.known > out->known)) {
			*out = t;
			found = true;
		}
	}
	return found;
}

static bool
header_find(const uint8_t *text, size_t len, const struct tryst_text_names *names, bool first,
            struct tryst_text_table *out)
{
	static const uint8_t bom[] = { 0xef, 0xbb, 0xbf };
	const char *begin = (const char *)text, *end = begin + len, *p = begin;
	uint64_t lines = 0;

	if (len >= sizeof(bom) && memcmp(text, bom, sizeof(bom)) == 0)
		p += sizeof(bom);
	while (p < end) {
		const char *eol = memchr(p, '\n', (size_t)(end - p));
		const char *stop = eol ? eol : end;

		if (stop > p && stop[-1] == '\r')
			stop--;
		lines++;
		if (header_line(names, p, stop, out)) {
			out->header_at = (size_t)(p - begin);
			out->header_len = (size_t)(stop - p);
			out->data_at = eol ? (size_t)(eol + 1 - begin) : len;
			out->lines = lines;
			return true;
		}
		if (first || !eol || (stop > p && *p != '#'))
			return false;
		p = eol + 1;
	}
	return false;
}

bool
tryst_text_header(const uint8_t *text, size_t len, struct tryst_text_table *out)
{
	return header_find(text, len, &tryst_text_names_any, false, out);
}

bool
tryst_text_header_first(const uint8_t *text, size_t len, const struct tryst_text_names *names,
                        struct tryst_text_table *out)
{
	return header_find(text, len, names, true, out);
}
