/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cells: what may stand in a row of csv and json.  Every field of the table of fields is one, by
 * its name or nfdump's; a few more are made of fields (start as RFC 3339, duration_ms, flags).
 */
#ifndef TRYST_CLI_CELL_H
#define TRYST_CLI_CELL_H

#include "cli/put.h"
#include "flow/batch.h"

/*
 * Writes the value of a row for which all that it needs is known, at most PUT_MAX bytes without a
 * newline; `column` is that of the cell's field.
 */
typedef char *(*tryst_put_fn)(char *p, const void *column, const struct tryst_batch *b,
                              uint32_t row);

struct tryst_cell {
	const char *name;
	enum tryst_field field;
	uint64_t needs; /* the fields that must be known for there to be a value */
	tryst_put_fn put;
	bool text;     /* quoted in JSON */
	uint64_t uses; /* fields that are looked at where known */
};

/* The cell with this name; TRYST_ERR_USAGE with the nearest one when there is none. */
int tryst_cell_find(const char *name, size_t len, struct tryst_cell *out, struct tryst_error *err);

/* The cell that csv and json show for a field when nobody chooses: times as text. */
void tryst_cell_of(enum tryst_field field, struct tryst_cell *out);

/* Milliseconds from start to end; both must be known.  An end before the start is 0. */
static inline uint64_t
tryst_cell_duration(const struct tryst_batch *b, uint32_t row)
{
	int64_t start = b->start_ms[row], end = b->end_ms[row];

	return end > start ? (uint64_t)end - (uint64_t)start : 0;
}

/*
 * The ordinal of a record is known only when all of its input before it was read, which may be
 * after the row became text: what stands there until then is a mark, this byte (which rows hold
 * nowhere else) and the raw number and input behind it.
 */
#define TRYST_MARK '\001'
#define TRYST_MARK_LEN (1 + sizeof(uint64_t) + sizeof(uint32_t))

/* The raw number and the input of the mark at p. */
uint64_t tryst_mark_read(const char *p, uint32_t *input);

#endif
