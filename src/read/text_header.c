/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Column names.  The table of fields gives most of them (our ids, nfdump's, Zeek's, ECS's); the few
 * that are nobody's there, or that need another way of reading, stand in `special`, which wins.
 */
#include "read/text.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	enum tryst_text_parse parse;
	enum tryst_field field;
} special[] = {
	{ "start", TRYST_TEXT_TIME, TRYST_FIELD_start_ms },
	{ "time", TRYST_TEXT_TIME, TRYST_FIELD_start_ms },
	{ "firstSeen", TRYST_TEXT_TIME, TRYST_FIELD_start_ms },
	{ "start_ms", TRYST_TEXT_TIME_MS, TRYST_FIELD_start_ms },
	{ "end", TRYST_TEXT_TIME, TRYST_FIELD_end_ms },
	{ "lastSeen", TRYST_TEXT_TIME, TRYST_FIELD_end_ms },
	{ "end_ms", TRYST_TEXT_TIME_MS, TRYST_FIELD_end_ms },
	{ "received", TRYST_TEXT_TIME, TRYST_FIELD_received_ms },
	{ "received_ms", TRYST_TEXT_TIME_MS, TRYST_FIELD_received_ms },
	{ "duration", TRYST_TEXT_DURATION, 0 },
	{ "td", TRYST_TEXT_DURATION, 0 },
	{ "event.duration", TRYST_TEXT_DURATION_NS, 0 },
	{ "srcAddr", TRYST_TEXT_IP, TRYST_FIELD_src },
	{ "dstAddr", TRYST_TEXT_IP, TRYST_FIELD_dst },
	{ "srcPort", TRYST_TEXT_NUMBER, TRYST_FIELD_src_port },
	{ "dstPort", TRYST_TEXT_PORT, TRYST_FIELD_dst_port },
	{ "dst_port", TRYST_TEXT_PORT, TRYST_FIELD_dst_port },
	{ "dp", TRYST_TEXT_PORT, TRYST_FIELD_dst_port },
	{ "proto", TRYST_TEXT_PROTO, TRYST_FIELD_proto },
	{ "pr", TRYST_TEXT_PROTO, TRYST_FIELD_proto },
	{ "network.iana_number", TRYST_TEXT_PROTO, TRYST_FIELD_proto },
	{ "network.transport", TRYST_TEXT_PROTO, TRYST_FIELD_proto },
	{ "tcp_flags", TRYST_TEXT_FLAGS, TRYST_FIELD_tcp_flags },
	{ "flg", TRYST_TEXT_FLAGS, TRYST_FIELD_tcp_flags },
	{ "rev_tcp_flags", TRYST_TEXT_FLAGS, TRYST_FIELD_rev_tcp_flags },
	{ "direction", TRYST_TEXT_DIRECTION, TRYST_FIELD_direction },
	{ "dir", TRYST_TEXT_DIRECTION, TRYST_FIELD_direction },
	{ "network.direction", TRYST_TEXT_DIRECTION, TRYST_FIELD_direction },
	/* What SiLK's rwcut calls them, in full and cut to its columns. */
	{ "sTime", TRYST_TEXT_TIME, TRYST_FIELD_start_ms },
	{ "eTime", TRYST_TEXT_TIME, TRYST_FIELD_end_ms },
	{ "dur", TRYST_TEXT_DURATION, 0 },
	{ "sIP", TRYST_TEXT_IP, TRYST_FIELD_src },
	{ "dIP", TRYST_TEXT_IP, TRYST_FIELD_dst },
	{ "nhIP", TRYST_TEXT_IP, TRYST_FIELD_next_hop },
	{ "sPort", TRYST_TEXT_NUMBER, TRYST_FIELD_src_port },
	{ "dPort", TRYST_TEXT_PORT, TRYST_FIELD_dst_port },
	{ "protocol", TRYST_TEXT_PROTO, TRYST_FIELD_proto },
	{ "pro", TRYST_TEXT_PROTO, TRYST_FIELD_proto },
	{ "flags", TRYST_TEXT_FLAGS, TRYST_FIELD_tcp_flags },
	{ "iType", TRYST_TEXT_NUMBER, TRYST_FIELD_icmp_type },
	{ "iTy", TRYST_TEXT_NUMBER, TRYST_FIELD_icmp_type },
	{ "iCode", TRYST_TEXT_NUMBER, TRYST_FIELD_icmp_code },
	{ "iCo", TRYST_TEXT_NUMBER, TRYST_FIELD_icmp_code },
	/* Zeek's words for these are not what the fields hold; the last two are given by us. */
	{ "history", TRYST_TEXT_IGNORE, 0 },
	{ "conn_state", TRYST_TEXT_IGNORE, 0 },
	{ "input_id", TRYST_TEXT_IGNORE, 0 },
	{ "record_no", TRYST_TEXT_IGNORE, 0 },
};

static const char separators[] = { ',', '\t', ';', '|' };

#define REQUIRED (TRYST_BIT(start_ms) | TRYST_BIT(src) | TRYST_BIT(dst))
/* With these nfdump's 0 means 0. */
#define ZERO_COUNTS                                                                                \
	(TRYST_BIT(start_ms) | TRYST_BIT(end_ms) | TRYST_BIT(src) | TRYST_BIT(dst) |               \
	 TRYST_BIT(src_port) | TRYST_BIT(dst_port) | TRYST_BIT(proto) | TRYST_BIT(tcp_flags) |     \
	 TRYST_BIT(tos) | TRYST_BIT(packets) | TRYST_BIT(bytes))

static bool
same(const char *name, size_t len, const char *known)
{
	return len > 0 && strncasecmp(name, known, len) == 0 && known[len] == '\0';
}

static enum tryst_text_parse
parse_of(enum tryst_field_type type)
{
	return type == TRYST_TYPE_time ? TRYST_TEXT_TIME
	       : type == TRYST_TYPE_ip ? TRYST_TEXT_IP
	                               : TRYST_TEXT_NUMBER;
}

static struct tryst_text_column
column_of(const char *name, size_t len)
{
	struct tryst_text_column c = { .parse = TRYST_TEXT_IGNORE };

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(special); i++) {
		if (same(name, len, special[i].name)) {
			c.parse = (uint8_t)special[i].parse;
			c.field = (uint8_t)special[i].field;
			return c;
		}
	}
	for (int i = 0; i < TRYST_FIELD_COUNT; i++) {
		const struct tryst_field_info *f = tryst_field_info(i);

		if (same(name, len, f->name) || same(name, len, f->nfdump) ||
		    same(name, len, f->zeek) || same(name, len, f->ecs)) {
			c.parse = (uint8_t)parse_of(f->type);
			c.field = (uint8_t)i;
			c.zero_unknown = same(name, len, f->nfdump) && !(ZERO_COUNTS >> i & 1);
			return c;
		}
	}
	return c;
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

/* A field that two columns name is read from the first. */
static void
column_add(struct tryst_text_table *t, struct tryst_text_cell name)
{
	struct tryst_text_column c = column_of(name.text, name.len);
	bool duration = c.parse == TRYST_TEXT_DURATION || c.parse == TRYST_TEXT_DURATION_NS;

	if (same(name.text, name.len, "pr") || same(name.text, name.len, "firstSeen"))
		t->nfdump = true;
	if (c.parse == TRYST_TEXT_PORT)
		t->ports_hold_icmp = true;
	if (c.parse != TRYST_TEXT_IGNORE && !duration) {
		c.bit = 1ULL << c.field;
		if (t->fields & c.bit)
			c.parse = TRYST_TEXT_IGNORE;
		t->fields |= c.bit;
	}
	t->known += c.parse != TRYST_TEXT_IGNORE;
	t->column[t->columns++] = c;
}

static bool
header_split(const char *p, const char *end, char separator, struct tryst_text_table *t)
{
	*t = (struct tryst_text_table){ .separator = separator };
	for (;;) {
		const char *cut = memchr(p, separator, (size_t)(end - p));

		if (t->columns == TRYST_TEXT_COLUMNS_MAX)
			return false;
		column_add(t, name_trim(p, cut ? cut : end));
		if (!cut)
			break;
		p = cut + 1;
	}
	if (t->fields & (TRYST_BIT(icmp_type) | TRYST_BIT(icmp_code)))
		t->ports_hold_icmp = false;
	return (t->fields & REQUIRED) == REQUIRED;
}

/* The separator that makes most sense of the line. */
static bool
header_line(const char *p, const char *end, struct tryst_text_table *out)
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
		struct tryst_text_table t;

		if (header_split(p, end, separators[i], &t) && (!found || t.known > out->known)) {
			*out = t;
			found = true;
		}
	}
	return found;
}

bool
tryst_text_header(const uint8_t *text, size_t len, struct tryst_text_table *out)
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
		if (header_line(p, stop, out)) {
			out->header_at = (size_t)(p - begin);
			out->header_len = (size_t)(stop - p);
			out->data_at = eol ? (size_t)(eol + 1 - begin) : len;
			out->lines = lines;
			return true;
		}
		if (!eol || (stop > p && *p != '#'))
			return false;
		p = eol + 1;
	}
	return false;
}
