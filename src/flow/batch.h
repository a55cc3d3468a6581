/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A batch of flow records: fixed-capacity columns and a selection vector.
 *
 * Columns that nobody asked for have no memory (NULL).  `present[row]` holds one bit a field: what
 * the record really said.  A field whose bit is clear is unknown; its column holds 0 there, but
 * reports leave it out.  `sel[0..selected)` are the rows still in play, ascending; filters only
 * ever narrow it.
 *
 * Addresses may come as codes (flow/codebook.h): then `coded` has the bit of their column, the
 * codes stand in src_code or dst_code, and the column of addresses holds nothing of meaning.  That
 * is only where nobody looks at the addresses themselves: struct tryst_request says it, in its
 * `coded`.
 *
 * record_no holds a raw number while flowing, (part << 32 | index of the flow record in its part),
 * which sorts as the file does; tryst_input_record() makes the ordinal that people are shown.
 *
 * One owner at a time: a reader fills it, the pipeline filters it, operators read it.
 */
#ifndef TRYST_FLOW_BATCH_H
#define TRYST_FLOW_BATCH_H

#include "base/error.h"
#include "flow/codebook.h"
#include "flow/field.h"

#define TRYST_BATCH_ROWS 2048
#define TRYST_CODED_ALL (TRYST_BIT(src) | TRYST_BIT(dst)) /* the columns that have codes */

struct tryst_batch {
	uint32_t rows;               /* filled */
	uint32_t selected;           /* entries of sel */
	size_t part;                 /* of the source; rows may be numbered by other parts */
	uint64_t columns;            /* the columns that have memory */
	uint64_t sure;               /* fields that every row says, and that none says; */
	uint64_t never;              /* 0: look at `present`, which holds it in any case */
	uint64_t coded;              /* the columns that are codes in these rows */
	struct tryst_codebook *book; /* of the codes; NULL while nothing is coded */
	uint32_t *src_code;
	uint32_t *dst_code;
	uint16_t *sel;
	uint64_t *present;
#define FIELD(id, type, nfdump, ipfix, zeek, ecs, unit, help) tryst_type_##type *id;
#include "flow/fields.def"
#undef FIELD
	void *memory;
	void *code_memory;
};

/* Makes an empty batch of TRYST_BATCH_ROWS rows with the given columns. */
int tryst_batch_init(struct tryst_batch *b, uint64_t columns, struct tryst_error *err);
void tryst_batch_fini(struct tryst_batch *b);

/* Gives memory to src_code and dst_code where `columns` has their bits; once, after the above. */
int tryst_batch_add_codes(struct tryst_batch *b, uint64_t columns, struct tryst_error *err);

/* The codes of a column, or NULL where these rows have addresses. */
static inline const uint32_t *
tryst_batch_codes(const struct tryst_batch *b, enum tryst_field field)
{
	if (!(b->coded >> field & 1))
		return NULL;
	return field == TRYST_FIELD_src ? b->src_code : b->dst_code;
}

/* Selects all rows. */
void tryst_batch_select_all(struct tryst_batch *b);

/*
 * A column by its id, for code that runs over fields: the address of the first value, or NULL when
 * the batch has no such column.
 */
void *tryst_batch_column(const struct tryst_batch *b, enum tryst_field field);

/* The value of a row of a column that holds numbers of size bytes. */
static inline uint64_t
tryst_column_number(const void *column, size_t size, uint32_t row)
{
	switch (size) {
	case 1:
		return ((const uint8_t *)column)[row];
	case 2:
		return ((const uint16_t *)column)[row];
	case 4:
		return ((const uint32_t *)column)[row];
	default:
		return ((const uint64_t *)column)[row];
	}
}

/*
 * One value as an unsigned number (times as they are, addresses not allowed).
 * The column must have memory.
 */
uint64_t tryst_batch_number(const struct tryst_batch *b, enum tryst_field field, uint32_t row);

static inline bool
tryst_batch_known(const struct tryst_batch *b, enum tryst_field field, uint32_t row)
{
	return b->present[row] >> field & 1;
}

#endif
