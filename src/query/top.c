/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operator behind `top`.  A thread loads the values of a stretch of rows, column by column, and
 * adds them to its own sums (query/group_sums.h); merging folds their tables together; ranking
 * walks what is left once.
 */
#include "query/top.h"

#include <stdlib.h>
#include <string.h>

#include "query/group_load.h"
#include "query/group_sums.h"

struct tryst_top {
	struct tryst_operator op; /* first: operators are cast to what they are embedded in */
	struct tryst_top_spec spec;
	struct tryst_group_key key;
	struct tryst_group_seed seed;
	struct tryst_group_budget budget;
	struct tryst_group_table table; /* empty until the first merge */
	struct tryst_group_left left;
	unsigned states; /* of threads, not merged yet */
	struct tryst_group_values total;
	struct tryst_group_values unkeyed;
};

struct state {
	struct tryst_group_values total;
	struct tryst_group_values unkeyed;
	struct tryst_group_values values[TRYST_GROUP_STRETCH];
	struct tryst_group_sums sums;
};

static int
top_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	struct tryst_top *t = (struct tryst_top *)op;
	struct state *s = malloc(sizeof(*s));
	int ret;

	if (!s)
		return tryst_error_nomem(err);
	ret = tryst_group_sums_init(&s->sums, &t->key, &t->seed, &t->budget, &t->left, err);
	if (ret) {
		free(s);
		return ret;
	}
	s->total = TRYST_GROUP_VALUES_NONE;
	s->unkeyed = TRYST_GROUP_VALUES_NONE;
	t->states++;
	*state = s;
	return 0;
}

/* The rows of a stretch, whatever they say. */
static int
push_stretch(const struct tryst_top *t, struct state *s, const struct tryst_batch *b,
             const uint16_t *rows, size_t n, struct tryst_error *err)
{
	bool keyed[TRYST_GROUP_STRETCH];
	int ret;

	tryst_group_values_load(t->spec.ways, b, rows, n, s->values);
	ret = tryst_group_sums_add(&s->sums, b, rows, s->values, n, keyed, err);
	if (ret)
		return ret;
	for (size_t i = 0; i < n; i++)
		tryst_group_values_add(&s->total, &s->values[i]);
	for (size_t i = 0; i < n; i++) {
		if (TRYST_UNLIKELY(!keyed[i]))
			tryst_group_values_add(&s->unkeyed, &s->values[i]);
	}
	return 0;
}

static int
top_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
         struct tryst_error *err)
{
	const struct tryst_top *t = (const struct tryst_top *)op;
	struct state *s = state;
	struct tryst_group_plain plain;
	bool is_plain;
	int ret = tryst_group_sums_plain(&s->sums, t->spec.ways, b, &plain, &is_plain, err);

	for (size_t at = 0; at < b->selected && ret == 0;) {
		size_t n = TRYST_MIN(b->selected - at, TRYST_GROUP_STRETCH), added = 0;

		if (is_plain)
			ret = tryst_group_sums_add_plain(&s->sums, &plain, at, n, &s->total, &added,
			                                 err);
		at += added;
		if (ret < 0 || added == n)
			continue;
		n = is_plain ? 1 : n;
		ret = push_stretch(t, s, b, b->sel + at, n, err);
		at += n;
	}
	return ret;
}

/* The groups: in the sorted list, or else in the table. */
static size_t
groups_count(const struct tryst_top *t)
{
	size_t sorted = tryst_group_sorted_count(&t->left.sorted);

	return sorted ? sorted : t->table.used;
}

/* Folds a table into the merged one.  The larger stays: fewer groups move, and it need not grow. */
static int
table_fold(struct tryst_top *t, struct tryst_group_table *table, struct tryst_error *err)
{
	if (t->table.used <= table->used) {
		struct tryst_group_table larger = *table;

		*table = t->table;
		t->table = larger;
	}
	return table->used ? tryst_group_table_merge(&t->table, table, err) : 0;
}

static int
top_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct tryst_top *t = (struct tryst_top *)op;
	struct state *s = state;
	bool last = --t->states == 0;
	int ret = tryst_group_sums_end(&s->sums, last, err);

	tryst_group_values_add(&t->total, &s->total);
	tryst_group_values_add(&t->unkeyed, &s->unkeyed);
	if (ret == 0)
		ret = table_fold(t, &s->sums.table, err);
	if (ret == 0 && last)
		ret = table_fold(t, &t->left.table, err);
	if (ret == 0 && last && t->table.used)
		ret = tryst_group_sorted_move(&t->left.sorted, &t->key, &t->table, err);
	tryst_group_sums_fini(&s->sums);
	free(s);
	return ret;
}

static const struct tryst_operator_ops top_ops = {
	.name = "top",
	.open = top_open,
	.push = top_push,
	.merge = top_merge,
};

int
tryst_top_new(struct tryst_top **out, const struct tryst_top_spec *spec, unsigned jobs,
              size_t memory, struct tryst_error *err)
{
	struct tryst_top *t;
	int ret;

	assert(jobs >= 1 && spec->part_count >= 1 && spec->part_count <= TRYST_KEY_PARTS_MAX);
	t = calloc(1, sizeof(*t));
	if (!t)
		return tryst_error_nomem(err);
	tryst_group_left_init(&t->left);
	ret = tryst_group_seed_init(&t->seed, err);
	if (ret)
		goto out;
	t->spec = *spec;
	t->op.ops = &top_ops;
	tryst_group_key_init(&t->key, spec);
	t->op.columns = t->key.columns | tryst_group_values_columns(spec->ways);
	t->op.coded = tryst_group_sums_coded(&t->key);
	t->budget.limit = memory;
	if (memory / jobs < tryst_group_table_bytes_min(t->key.words)) {
		ret = tryst_error_set(err, TRYST_ERR_LIMIT,
		                      "%zu KiB of memory cannot hold tables for %u threads: allow "
		                      "more with --memory",
		                      memory >> 10, jobs);
		goto out;
	}
	t->total = TRYST_GROUP_VALUES_NONE;
	t->unkeyed = TRYST_GROUP_VALUES_NONE;
	*out = TRYST_TAKE(t);
out:
	tryst_top_free(t);
	return ret;
}

void
tryst_top_free(struct tryst_top *t)
{
	if (!t)
		return;
	tryst_group_table_fini(&t->table);
	tryst_group_left_fini(&t->left);
	free(t);
}

struct tryst_operator *
tryst_top_operator(struct tryst_top *t)
{
	return &t->op;
}

static struct tryst_top_row
row_of_values(struct tryst_group_values v)
{
	return (struct tryst_top_row){ .flows = v.flows,
		                       .packets = v.packets,
		                       .bytes = v.bytes,
		                       .first_ms = v.first_ms,
		                       .last_ms = v.last_ms };
}

/* A group but for its key. */
static struct tryst_top_row
row_at(const struct tryst_top *t, size_t group)
{
	const struct tryst_group_sorted *sorted = &t->left.sorted;

	return row_of_values(tryst_group_sorted_count(sorted)
	                             ? tryst_group_sorted_values(sorted, group)
	                             : tryst_group_table_values(&t->table, group));
}

static void
key_at(const struct tryst_top *t, size_t group, uint64_t *key)
{
	if (tryst_group_sorted_count(&t->left.sorted))
		tryst_group_key_address(&t->key, tryst_group_sorted_ip(&t->left.sorted, group),
		                        key);
	else
		memcpy(key, tryst_group_table_key(&t->table, group), t->key.words * sizeof(*key));
}

struct tryst_top_row
tryst_top_total(const struct tryst_top *t, uint64_t *groups)
{
	if (groups)
		*groups = groups_count(t);
	return row_of_values(t->total);
}

struct tryst_top_row
tryst_top_unkeyed(const struct tryst_top *t)
{
	return row_of_values(t->unkeyed);
}

uint64_t
tryst_top_value(const struct tryst_top_row *row, enum tryst_order order)
{
	uint64_t ms =
		row->last_ms > row->first_ms ? (uint64_t)row->last_ms - (uint64_t)row->first_ms : 0;

	switch (order) {
	case TRYST_ORDER_FLOWS:
		return row->flows;
	case TRYST_ORDER_PACKETS:
		return row->packets;
	case TRYST_ORDER_BYTES:
		return row->bytes;
	case TRYST_ORDER_BPS:
		/* In two steps, so that petabytes do not overflow. */
		return ms ? row->bytes / ms * 8000 + row->bytes % ms * 8000 / ms : 0;
	case TRYST_ORDER_PPS:
		return ms ? row->packets / ms * 1000 + row->packets % ms * 1000 / ms : 0;
	case TRYST_ORDER_BPP:
		return row->packets ? row->bytes / row->packets : 0;
	case TRYST_ORDER_COUNT:
		break;
	}
	assert(!"an order");
	return 0;
}

/* A group in the ranking; `value` is turned around for the ascending order, so larger is better. */
struct rank {
	uint64_t value;
	size_t group;
};

/* <0: a is the better one.  No two groups are equal, so the order is total. */
static int
rank_compare(const void *a, const void *b, void *top)
{
	uint64_t left_key[TRYST_GROUP_KEY_WORDS_MAX], right_key[TRYST_GROUP_KEY_WORDS_MAX];
	const struct rank *left = a, *right = b;
	const struct tryst_top *t = top;

	if (left->value != right->value)
		return left->value > right->value ? -1 : 1;
	key_at(t, left->group, left_key);
	key_at(t, right->group, right_key);
	return tryst_group_key_compare(&t->key, left_key, right_key);
}

/* Puts r at `at` and sinks it to its place; the root of the heap is the worst of the best. */
static void
heap_replace(struct tryst_top *t, struct rank *heap, size_t count, size_t at, struct rank r)
{
	for (;;) {
		size_t child = 2 * at + 1;

		if (child >= count)
			break;
		if (child + 1 < count && rank_compare(&heap[child], &heap[child + 1], t) < 0)
			child++;
		if (rank_compare(&r, &heap[child], t) > 0)
			break;
		heap[at] = heap[child];
		at = child;
	}
	heap[at] = r;
}

/* What n groups from `from` on are ranked by. */
static void
values_fill(const struct tryst_top *t, size_t from, size_t n, uint64_t *values)
{
	static const enum tryst_group_column columns[] = {
		[TRYST_ORDER_FLOWS] = TRYST_GROUP_FLOWS,
		[TRYST_ORDER_PACKETS] = TRYST_GROUP_PACKETS,
		[TRYST_ORDER_BYTES] = TRYST_GROUP_BYTES,
	};
	enum tryst_order order = t->spec.order;

	if (tryst_group_sorted_count(&t->left.sorted) && order < TRYST_ARRAY_SIZE(columns)) {
		tryst_group_sorted_column(&t->left.sorted, columns[order], from, n, values);
	} else {
		for (size_t i = 0; i < n; i++) {
			struct tryst_top_row row = row_at(t, from + i);

			values[i] = tryst_top_value(&row, order);
		}
	}
	for (size_t i = 0; t->spec.ascending && i < n; i++)
		values[i] = ~values[i];
}

/* Fills `ranks` (room for n, at most the number of groups) with the best n, sorted. */
static void
ranks_fill(struct tryst_top *t, struct rank *ranks, size_t n)
{
	uint64_t values[TRYST_GROUP_STRETCH];
	size_t count = 0, groups = groups_count(t);

	for (size_t at = 0; at < groups; at++) {
		struct rank r = { 0, at };

		if (at % TRYST_GROUP_STRETCH == 0)
			values_fill(t, at, TRYST_MIN(groups - at, TRYST_GROUP_STRETCH), values);
		r.value = values[at % TRYST_GROUP_STRETCH];
		if (count < n) {
			ranks[count++] = r;
			for (size_t i = count == n ? n / 2 : 0; i-- > 0;)
				heap_replace(t, ranks, n, i, ranks[i]);
		} else if (r.value >= ranks[0].value && rank_compare(&r, &ranks[0], t) < 0) {
			heap_replace(t, ranks, n, 0, r);
		}
	}
	assert(count == n);
	qsort_r(ranks, n, sizeof(*ranks), rank_compare, t);
}

int
tryst_top_rows(struct tryst_top *t, size_t n, struct tryst_top_row **rows, size_t *count,
               struct tryst_error *err)
{
	struct rank *ranks = NULL;
	size_t size;
	int ret = 0;

	if (n == 0 || n > groups_count(t))
		n = groups_count(t);
	*rows = NULL;
	*count = 0;
	size = n * (sizeof(**rows) + sizeof(*ranks));
	if (!tryst_group_budget_take(&t->budget, size))
		return tryst_error_set(
			err, TRYST_ERR_LIMIT,
			"%zu rows do not fit in the memory of %zu MiB beside the table "
			"of groups: ask for fewer with -n or allow more with --memory",
			n, t->budget.limit >> 20);
	ranks = calloc(n ? n : 1, sizeof(*ranks));
	*rows = calloc(n ? n : 1, sizeof(**rows));
	if (!ranks || !*rows) {
		ret = tryst_error_nomem(err);
		goto out;
	}
	if (n)
		ranks_fill(t, ranks, n);
	for (size_t i = 0; i < n; i++) {
		struct tryst_top_row *row = &(*rows)[i];
		uint64_t key[TRYST_GROUP_KEY_WORDS_MAX];

		*row = row_at(t, ranks[i].group);
		key_at(t, ranks[i].group, key);
		row->known = (uint8_t)key[0];
		tryst_group_key_unpack(&t->key, key, row->key);
	}
	*count = n;
out:
	if (ret) {
		free(*rows);
		*rows = NULL;
	}
	free(ranks);
	tryst_group_budget_give(&t->budget, size);
	return ret;
}
