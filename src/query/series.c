/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator behind `series`.  A thread adds flows to cells by (row, bin); merging folds cells
 * together; the answer is a matrix of what is left.
 *
 * Spreading is exact: of B bytes over D ms, what has passed after t ms is B * t / D rounded down,
 * and a bin gets the difference between its ends.  So the bins of a flow sum up to B, and the
 * answer depends on no order.
 */
#include "query/series_impl.h"

#include <stdlib.h>

#define CURSORS 256
#define UNTIMED INT64_MAX

/* A bin of a row, looked up before: while flows stay in it there is nothing to look up. */
struct cursor {
	int64_t from, to; /* inclusive; from > to: none */
	uint32_t row;
	struct tryst_series_cell *cell;
};

struct state {
	struct tryst_series_cells cells;
	struct tryst_series_rows rows;
	struct tryst_series_apart apart;
	unsigned moves; /* of the cells when the cursors were set */
	struct cursor cursors[CURSORS];
	struct tryst_group_values values[TRYST_GROUP_STRETCH];
	uint32_t row_of[TRYST_GROUP_STRETCH];
};

static void
cursors_clear(struct state *st)
{
	st->moves = st->cells.moves;
	for (size_t i = 0; i < CURSORS; i++)
		st->cursors[i] = (struct cursor){ .from = INT64_MAX, .to = INT64_MIN };
}

static int
series_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	struct tryst_series *s = (struct tryst_series *)op;
	struct state *st = calloc(1, sizeof(*st));
	int rc;

	if (!st)
		return tryst_error_nomem(err);
	rc = tryst_series_cells_init(&st->cells, &s->budget, err);
	if (rc == 0)
		rc = tryst_series_rows_init(&st->rows, &s->keys, err);
	if (rc < 0) {
		tryst_series_cells_fini(&st->cells);
		free(st);
		return rc;
	}
	cursors_clear(st);
	*state = st;
	return 0;
}

/* Of an amount over a duration, what has passed after t ms of it. */
static uint64_t
passed(uint64_t amount, uint64_t t, uint64_t duration)
{
	if ((amount | t) >> 32 == 0)
		return amount * t / duration;
	return (uint64_t)((unsigned __int128)amount * t / duration);
}

static void
outside_add(struct state *st, bool first, const struct tryst_group_values *v)
{
	struct tryst_series_cell c = { v->flows, v->packets, v->bytes };

	if (first)
		tryst_series_cell_add(&st->apart.outside, &c);
}

static bool
in_window(const struct tryst_series *s, int64_t ms)
{
	return ms >= s->o.from_ms && ms <= s->o.to_ms;
}

/* Adds all of a flow to the bin of one moment, and leaves the cursor there. */
static int
add_moment(const struct tryst_series *s, struct state *st, uint32_t row,
           const struct tryst_group_values *v, int64_t ms, struct tryst_error *err)
{
	struct tryst_series_cell what = { v->flows, v->packets, v->bytes };
	int64_t bin = tryst_series_bin(s, ms), every = s->o.every_ms;
	struct cursor *c = &st->cursors[row % CURSORS];
	int rc = tryst_series_cells_get(&st->cells, row, bin, &c->cell, err);

	if (rc < 0)
		return rc;
	if (st->moves != st->cells.moves) {
		struct tryst_series_cell *cell = c->cell;

		cursors_clear(st);
		c->cell = cell;
	}
	tryst_series_cell_add(c->cell, &what);
	c->row = row;
	c->from = TRYST_MAX(bin * every, s->o.from_ms);
	c->to = TRYST_MIN(bin * every + every - 1, s->o.to_ms);
	return 0;
}

/* Adds a flow that lasts; first: of the sides of its key. */
static int
add_spread(const struct tryst_series *s, struct state *st, uint32_t row,
           const struct tryst_group_values *v, bool first, struct tryst_error *err)
{
	int64_t start = v->first_ms, at = TRYST_MAX(start, s->o.from_ms);
	int64_t last = TRYST_MIN(v->last_ms - 1, s->o.to_ms);
	uint64_t duration = (uint64_t)v->last_ms - (uint64_t)start;
	uint64_t gone = (uint64_t)at - (uint64_t)start;
	uint64_t packets = passed(v->packets, gone, duration);
	uint64_t bytes = passed(v->bytes, gone, duration);
	struct tryst_group_values outside = *v;

	for (int64_t bin = tryst_series_bin(s, at); at <= last; bin++) {
		int64_t next = TRYST_MIN((bin + 1) * s->o.every_ms, last + 1);
		struct tryst_series_cell *cell, part;
		int rc = tryst_series_cells_get(&st->cells, row, bin, &cell, err);

		if (rc < 0)
			return rc;
		gone = (uint64_t)next - (uint64_t)start;
		part = (struct tryst_series_cell){
			.flows = at == start ? v->flows : 0,
			.packets = passed(v->packets, gone, duration) - packets,
			.bytes = passed(v->bytes, gone, duration) - bytes,
		};
		tryst_series_cell_add(cell, &part);
		outside.flows -= part.flows;
		outside.packets -= part.packets;
		outside.bytes -= part.bytes;
		packets += part.packets;
		bytes += part.bytes;
		at = next;
	}
	outside_add(st, first, &outside);
	if (st->moves != st->cells.moves)
		cursors_clear(st);
	return 0;
}

/* A flow that is not in the bin of the cursor. */
static __attribute__((noinline)) int
add_flow(const struct tryst_series *s, struct state *st, uint32_t row,
         const struct tryst_group_values *v, bool first, struct tryst_error *err)
{
	int64_t start = v->first_ms, end = TRYST_MAX(v->last_ms, start);

	/* An end on the very edge of a bin belongs to the one before. */
	if (end > start) {
		uint64_t bins = (uint64_t)tryst_series_bin(s, end - 1) -
		                (uint64_t)tryst_series_bin(s, start);

		if (bins > TRYST_SERIES_SPAN_MAX)
			st->apart.too_long += first;
		else if (bins || !in_window(s, start) || !in_window(s, end - 1))
			return add_spread(s, st, row, v, first, err);
	}
	if (in_window(s, start))
		return add_moment(s, st, row, v, start, err);
	outside_add(st, first, v);
	return 0;
}

/* Adds the stretch, each flow to its row. */
static int
add_rows(const struct tryst_series *s, struct state *st, const uint32_t *row_of, size_t n,
         bool first, struct tryst_error *err)
{
	for (size_t i = 0; i < n; i++) {
		const struct tryst_group_values *v = &st->values[i];
		uint32_t row = row_of ? row_of[i] : TRYST_SERIES_TOTAL;
		struct cursor *c = &st->cursors[row % CURSORS];
		int rc;

		if (TRYST_LIKELY(c->row == row && v->first_ms >= c->from && v->last_ms <= c->to)) {
			c->cell->flows += v->flows;
			c->cell->packets += v->packets;
			c->cell->bytes += v->bytes;
			continue;
		}
		if (v->first_ms == UNTIMED) {
			struct tryst_series_cell what = { v->flows, v->packets, v->bytes };

			if (first)
				tryst_series_cell_add(&st->apart.untimed, &what);
			continue;
		}
		rc = add_flow(s, st, row, v, first, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Puts the moments at which flows count in the place of their times. */
static void
moments_load(const struct tryst_series *s, struct state *st, const struct tryst_batch *b,
             const uint16_t *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct tryst_group_values *v = &st->values[i];

		if (s->o.at == TRYST_SERIES_RECEIVED) {
			bool known = tryst_batch_known(b, TRYST_FIELD_received_ms, rows[i]);

			v->first_ms = known ? b->received_ms[rows[i]] : UNTIMED;
			v->last_ms = v->first_ms;
		} else if (v->first_ms == INT64_MAX && v->last_ms == INT64_MIN) {
			v->last_ms = UNTIMED;
		} else if (s->o.at == TRYST_SERIES_START) {
			v->last_ms = v->first_ms;
		} else if (s->o.at == TRYST_SERIES_END) {
			v->first_ms = v->last_ms;
		}
		/* What ends before it starts has no duration; what no calendar has is no time. */
		v->last_ms = TRYST_MAX(v->first_ms, v->last_ms);
		if (v->first_ms < -TRYST_TIME_DATE_MAX || v->last_ms > TRYST_TIME_DATE_MAX)
			v->first_ms = v->last_ms = UNTIMED;
	}
}

static int
series_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
            struct tryst_error *err)
{
	const struct tryst_series *s = (const struct tryst_series *)op;
	struct state *st = state;
	unsigned sides = s->keys.key.sides;

	for (size_t at = 0; at < b->selected; at += TRYST_GROUP_STRETCH) {
		const uint16_t *rows = b->sel + at;
		size_t n = TRYST_MIN(b->selected - at, TRYST_GROUP_STRETCH);
		int rc = 0;

		tryst_group_values_load(s->o.ways, b, rows, n, st->values);
		moments_load(s, st, b, rows, n);
		/* With one row a flow, the total is their sum: see series_finish. */
		if (sides != 1)
			rc = add_rows(s, st, NULL, n, true, err);
		for (unsigned side = 0; side < sides && rc == 0; side++) {
			rc = tryst_series_rows_load(&st->rows, side, b, rows, n, st->row_of, err);
			if (rc == 0)
				rc = add_rows(s, st, st->row_of, n, sides == 1, err);
		}
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The row of the merged cells for a row of a thread's. */
static int
row_translate(struct tryst_series *s, const struct state *st, uint32_t row, uint32_t *out,
              struct tryst_error *err)
{
	*out = row;
	if (row < TRYST_SERIES_MORE || s->keys.only || s->keys.small)
		return 0;
	return tryst_series_rows_of(&s->rows,
	                            tryst_group_table_key(&st->rows.found, row - TRYST_SERIES_MORE),
	                            out, err);
}

static int
cells_merge(struct tryst_series *s, const struct state *st, struct tryst_error *err)
{
	const struct tryst_series_cell *from;
	struct tryst_series_cell *to;
	uint32_t row;
	int64_t bin;
	int rc = 0;

	for (size_t at = 0;
	     rc == 0 && tryst_series_cells_next(&st->cells, &at, &row, &bin, &from);) {
		rc = row_translate(s, st, row, &row, err);
		if (rc == 0)
			rc = tryst_series_cells_get(&s->cells, row, bin, &to, err);
		for (size_t i = 0; i < TRYST_SERIES_CHUNK && rc == 0; i++)
			tryst_series_cell_add(&to[i], &from[i]);
	}
	return rc;
}

static int
series_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct tryst_series *s = (struct tryst_series *)op;
	struct state *st = state;
	int rc = cells_merge(s, st, err);

	tryst_series_cell_add(&s->apart.untimed, &st->apart.untimed);
	tryst_series_cell_add(&s->apart.outside, &st->apart.outside);
	s->apart.too_long += st->apart.too_long;
	tryst_series_cells_fini(&st->cells);
	tryst_series_rows_fini(&st->rows);
	free(st);
	return rc;
}

static const struct tryst_operator_ops series_ops = {
	.name = "series",
	.open = series_open,
	.push = series_push,
	.merge = series_merge,
};

int
tryst_series_new(struct tryst_series **out, const struct tryst_series_options *options,
                 struct tryst_error *err)
{
	struct tryst_series *s = calloc(1, sizeof(*s));
	int rc;

	assert(options->every_ms >= 1 && options->every_ms <= TRYST_SERIES_EVERY_MAX);
	if (!s)
		return tryst_error_nomem(err);
	s->o = *options;
	s->budget.limit = options->memory;
	rc = tryst_series_keys_init(&s->keys, options->key, options->only, options->only_count,
	                            &s->budget, err);
	if (rc == 0)
		rc = tryst_series_rows_init(&s->rows, &s->keys, err);
	else
		s->rows.keys = &s->keys;
	if (rc == 0)
		rc = tryst_series_cells_init(&s->cells, &s->budget, err);
	s->op.ops = &series_ops;
	s->op.columns = s->keys.key.columns | tryst_group_values_columns(options->ways);
	if (options->at == TRYST_SERIES_RECEIVED)
		s->op.columns |= TRYST_BIT(received_ms);
	s->op.coded = tryst_series_keys_coded(&s->keys);
	if (rc < 0)
		tryst_series_free(s);
	else
		*out = s;
	return rc;
}

void
tryst_series_free(struct tryst_series *s)
{
	if (!s)
		return;
	tryst_series_cells_fini(&s->cells);
	tryst_series_rows_fini(&s->rows);
	tryst_series_keys_fini(&s->keys);
	free(s);
}

struct tryst_operator *
tryst_series_operator(struct tryst_series *s)
{
	return &s->op;
}
