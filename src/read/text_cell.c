/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a cell to a value of the row, by what its column holds; also those that say that there is no
 * value.  The shapes of single values are read in text_value.c.
 */
#include "read/text.h"

#include <string.h>

#include "base/proto.h"

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

	return tryst_text_is_one_of(c, words, TRYST_ARRAY_SIZE(words));
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

static bool
is_text(struct tryst_text_cell c, const char *text)
{
	return *text && strlen(text) == c.len && memcmp(c.text, text, c.len) == 0;
}

bool
tryst_text_value_read(const struct tryst_text_table *t, const struct tryst_text_column *col,
                      const struct tryst_zone *zone, struct tryst_text_cell c,
                      struct tryst_text_memory *m, struct tryst_text_row *row)
{
	if (col->parse == TRYST_TEXT_IGNORE)
		return true;
	if (TRYST_UNLIKELY(!parse_value(t, col, zone, c, m, row)))
		return tryst_text_missing(c) || is_text(c, t->unset) || is_text(c, t->empty) ||
		       (col->parse == TRYST_TEXT_DIRECTION && is_no_direction(c));
	row->known |= tryst_text_is_unknown(col, row) ? 0 : col->bit;
	return true;
}
