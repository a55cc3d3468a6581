/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way through a row that nearly all rows take: no quotes, as many cells as there are columns,
 * values in the usual shapes.  Whatever is not so is left to text_row.c, which has the rules; a
 * test holds the two together.
 */
#include <string.h>

#include "read/text.h"
#include "read/text_digits.h"

#define ENDS (1 + TRYST_TEXT_COLUMNS_MAX + TRYST_TEXT_CUT_SLACK)

/* A cell, and where its line begins. */
struct span {
	const char *p;
	size_t len;
	const char *line;
};

/* A time whose minute and zone are those of the last one: `00Z`, or with thousandths `00.123Z`. */
static inline bool
fast_clock(struct span c, const struct tryst_text_clock *clock, uint64_t *out)
{
	const uint8_t *p = (const uint8_t *)c.p, *last = (const uint8_t *)clock->minute;
	uint64_t second, ms = 0;

	_Static_assert(sizeof(clock->minute) == 17, "two words and the colon");
	if (!clock->valid || c.len < 19u + clock->zone_len || c.p[16] != ':' ||
	    tryst_load_le64(p) != tryst_load_le64(last) ||
	    tryst_load_le64(p + 8) != tryst_load_le64(last + 8) ||
	    !tryst_digits_word(tryst_load_le16(p + 17), 2, &second) || second > 59)
		return false;
	if (clock->zone_len && tryst_digits_load(c.p + c.len, clock->zone_len) != clock->zone_word)
		return false;
	if (c.len != 19u + clock->zone_len &&
	    (c.len != 23u + clock->zone_len || c.p[19] != '.' ||
	     !tryst_digits_word(tryst_load_le32(p + 19) >> 8, 3, &ms)))
		return false;
	*out = (uint64_t)clock->minute_ms + second * 1000 + ms;
	return true;
}

static inline bool
fast_number(struct span c, uint64_t max, uint64_t *out)
{
	uint64_t v;

	if (!tryst_digits_number(c.line, c.p, c.len, &v) || v > max)
		return false;
	*out = v;
	return true;
}

static inline bool
fast_proto(struct span c, const struct tryst_text_memory *m, uint64_t *out)
{
	const struct tryst_text_proto *slot =
		tryst_text_proto_slot(m, (struct tryst_text_cell){ c.p, c.len });

	if (c.len == slot->len && c.len <= 8 && c.p + c.len - c.line >= 8 &&
	    tryst_digits_load(c.p + c.len, c.len) == tryst_load_le64((const uint8_t *)slot->name)) {
		*out = slot->number;
		return true;
	}
	return fast_number(c, UINT8_MAX, out);
}

/* Seconds that the flow took, which are no field. */
static inline bool
fast_duration(struct span c, struct tryst_text_row *row)
{
	uint64_t ms;

	if (!tryst_digits_seconds(c.line, c.p, c.len, &ms))
		return false;
	row->duration_ms = (int64_t)ms;
	row->has_duration = true;
	return true;
}

/* Reads a value; false leaves it to others. */
static inline bool
fast_value(const struct tryst_text_column *col, struct span c, const struct tryst_text_memory *m,
           struct tryst_text_row *row)
{
	uint64_t *number = &row->number[col->field];

	/* What most columns are comes first: a jump by a table is guessed wrong more often. */
	if (col->parse == TRYST_TEXT_NUMBER || col->parse == TRYST_TEXT_PORT)
		return fast_number(c, col->max, number);
	if (col->parse == TRYST_TEXT_IP)
		return tryst_digits_v4(c.line, c.p, c.len, &row->ip[col->field]);
	switch ((enum tryst_text_parse)col->parse) {
	case TRYST_TEXT_FLAGS:
		return fast_number(c, col->max, number) ||
		       tryst_text_flags((struct tryst_text_cell){ c.p, c.len }, number);
	case TRYST_TEXT_DIRECTION:
		return fast_number(c, col->max, number);
	case TRYST_TEXT_EPOCH:
		return tryst_digits_epoch(c.p, c.len, number);
	case TRYST_TEXT_TIME:
	case TRYST_TEXT_TIME_MS:
	case TRYST_TEXT_TIME_NS:
		return fast_clock(c, &m->clock[col->field], number);
	case TRYST_TEXT_PROTO:
		return fast_proto(c, m, number);
	case TRYST_TEXT_DURATION:
		return fast_duration(c, row);
	default:
		return false;
	}
}

/* What all cells of a row have in common. */
struct context {
	const struct tryst_text_table *t;
	const struct tryst_zone *zone;
	struct tryst_text_memory *m;
	struct tryst_text_row *row;
};

/* Everything else, as text_row.c reads it. */
static bool
slow_cell(const struct context *x, const struct tryst_text_column *col, struct span c)
{
	struct tryst_text_cell cell = { c.p, c.len };

	if (c.len && (tryst_text_is_blank(c.p[0]) || tryst_text_is_blank(c.p[c.len - 1])))
		return false;
	if (col->parse == TRYST_TEXT_OWN && c.len &&
	    col->own->read(x->t, x->zone, cell, x->m, x->row))
		return true;
	return tryst_text_value_read(x->t, col, x->zone, cell, x->m, x->row);
}

/* Reads the cells that end at these offsets; before the first one lies that of -1. */
static inline bool
fast_cells(const struct context *x, const char *line, const uint32_t *ends)
{
	const struct tryst_text_column *col = x->t->used, *behind = col + x->t->used_count;
	struct tryst_text_row *row = x->row;

	for (; col < behind; col++) {
		const uint32_t *end = &ends[col->at];
		struct span c = { line + (uint32_t)(end[-1] + 1), end[0] - end[-1] - 1, line };

		/* No value, but to a dialect it may mean something. */
		if (c.len <= 1 && (c.len == 0 || c.p[0] == '-') && col->parse != TRYST_TEXT_OWN)
			continue;
		if (TRYST_LIKELY(fast_value(col, c, x->m, row))) {
			row->known |= tryst_text_is_unknown(col, row) ? 0 : col->bit;
			continue;
		}
		if (!slow_cell(x, col, c))
			return false;
		if (TRYST_UNLIKELY(row->verdict != TRYST_TEXT_ROW))
			return true;
	}
	return true;
}

bool
tryst_text_row_fast(const struct tryst_text_table *t, const struct tryst_zone *zone,
                    const char *line, size_t len, struct tryst_text_memory *memory,
                    struct tryst_text_row *row)
{
	const struct context x = { t, zone, memory, row };
	uint32_t room[ENDS], *ends = room + 1, count;

	count = t->cut(line, len, t->separator, t->quotes ? '"' : t->separator, t->columns, ends);
	if (TRYST_UNLIKELY(count == TRYST_TEXT_CUT_QUOTED || count + 1 < t->columns ||
	                   (count + 1 > t->columns && !t->more_cells)))
		return false;
	room[0] = UINT32_MAX;
	if (count + 1 == t->columns)
		ends[count] = (uint32_t)len;
	return fast_cells(&x, line, ends);
}
