/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flow records as text, one line each: the row formats of `tryst flows -o`, behind one table.
 *
 * A format is opened once and then used by any number of threads.  To add one: write out_<name>.c
 * with a `const struct tryst_row_format` and name it in the table of rows.c.
 */
#ifndef TRYST_CLI_ROWS_H
#define TRYST_CLI_ROWS_H

#include "base/buf.h"
#include "cli/cell.h"
#include "flow/source.h"

#define TRYST_SLOTS_MAX 64

struct tryst_rows;

struct tryst_row_format {
	const char *name;
	const char *arg; /* what may stand behind `name:`, or NULL for nothing */
	bool arg_needed;
	/* Fills the slots; arg is NULL when there is none. */
	int (*open)(struct tryst_rows *rows, const char *arg, struct tryst_error *err);
	/* Optional: what stands above the rows. */
	void (*heading)(const struct tryst_rows *rows, struct tryst_buf *out);
	/* Optional: what stands below them. */
	void (*ending)(const struct tryst_rows *rows, struct tryst_buf *out);
	/* Writes one line at p, with its newline; columns[i] is that of slots[i]. */
	char *(*row)(const struct tryst_rows *rows, char *p, const void *const *columns,
	             const struct tryst_batch *b, uint32_t row);
};

extern const struct tryst_row_format tryst_out_table;
extern const struct tryst_row_format tryst_out_json;
extern const struct tryst_row_format tryst_out_csv;
extern const struct tryst_row_format tryst_out_fmt;
extern const struct tryst_row_format tryst_out_zeek;
extern const struct tryst_row_format tryst_out_ecs;

/* The table, ended by NULL; the first one is the default. */
extern const struct tryst_row_format *const tryst_row_formats[];

/* The text of nfdump's `line`, `long` or `extended`, or NULL. */
const char *tryst_fmt_preset(const char *name, size_t len);

struct tryst_slot {
	struct tryst_cell cell;
	size_t before; /* where the text before the cell stands in texts */
	size_t before_len;
	uint8_t width; /* padded to it; 0: not */
	bool left;     /* padded behind the value */
};

struct tryst_rows {
	const struct tryst_row_format *format;
	struct tryst_slot slots[TRYST_SLOTS_MAX];
	unsigned count;
	struct tryst_buf texts; /* what stands before the cells; the rest stands behind the last */
	size_t behind;
	size_t more;    /* bytes that a row may take beyond texts and cells */
	unsigned width; /* of the terminal */
	bool scale;     /* large counts as `4.20 M` */
	bool plain;     /* protocols as numbers */
	bool quiet;     /* no heading where the format can do without */
	bool colour;
	struct tryst_input *const *inputs; /* of the run, set before the first row */
	int64_t now_ms;                    /* when it began */
	bool marks;                        /* rows have marks, which tryst_rows_resolve replaces */
};

/*
 * Opens what the user wrote behind -o (NULL: the default), after width, scale, quiet and colour
 * were set.  TRYST_ERR_USAGE for an unknown format, field or tag, with the nearest one.
 */
int tryst_rows_open(struct tryst_rows *rows, const char *spec, struct tryst_error *err);
void tryst_rows_fini(struct tryst_rows *rows);

/* The columns that the rows are made of. */
uint64_t tryst_rows_columns(const struct tryst_rows *rows);

/* Appends a slot, with the text before it. */
int tryst_rows_slot(struct tryst_rows *rows, const struct tryst_cell *cell, const char *before,
                    size_t before_len, struct tryst_error *err);

/* Slots by a list of cell names parted by commas; NULL: one for every field. */
int tryst_rows_select(struct tryst_rows *rows, const char *list, struct tryst_error *err);

/* Appends the first `count` selected rows of a batch. */
void tryst_rows_batch(const struct tryst_rows *rows, const struct tryst_batch *b, uint32_t count,
                      struct tryst_buf *out);

/* Remembers how many records came before a part, so that asking again costs nothing. */
struct tryst_ordinals {
	struct tryst_input *const *inputs;
	const struct tryst_input *input;
	uint64_t part;
	uint64_t first; /* ordinal of the part's first record */
};

/* Appends text with its marks replaced; all that comes before it in its input has been read. */
void tryst_rows_resolve(struct tryst_ordinals *o, const char *text, size_t len,
                        struct tryst_buf *out);

/*
 * A name for a record, the same whenever the same input is read under the same path: C and 11
 * characters.  Needs input_id and record_no.
 */
char *tryst_put_uid(char *p, const struct tryst_rows *rows, const struct tryst_batch *b,
                    uint32_t row);

/* The Community ID, and whether enough is known for one; looks at addresses, proto and ports. */
bool tryst_community_known(const struct tryst_batch *b, uint32_t row);
char *tryst_put_community_id(char *p, const struct tryst_batch *b, uint32_t row);

static inline bool
tryst_slot_known(const struct tryst_slot *slot, const struct tryst_batch *b, uint32_t row)
{
	return (b->present[row] & slot->cell.needs) == slot->cell.needs;
}

static inline char *
tryst_slot_before(const struct tryst_rows *rows, const struct tryst_slot *slot, char *p)
{
	memcpy(p, rows->texts.data + slot->before, slot->before_len);
	return p + slot->before_len;
}

#endif
