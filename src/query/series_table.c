/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of a series: a matrix of what the threads have summed. */
#include <stdlib.h>

#include "query/series_impl.h"

/* From the first bin with anything in it, or the window's begin, to the last or the window's end.
 */
static bool
range_find(const struct tryst_series *s, int64_t *first, int64_t *last)
{
	const struct tryst_series_cell *cells;
	uint32_t row;
	int64_t bin;

	*first = INT64_MAX;
	*last = INT64_MIN;
	for (size_t at = 0; tryst_series_cells_next(&s->cells, &at, &row, &bin, &cells);) {
		for (int64_t i = 0; i < TRYST_SERIES_CHUNK; i++) {
			if (!(cells[i].flows | cells[i].packets | cells[i].bytes))
				continue;
			*first = TRYST_MIN(*first, bin + i);
			*last = TRYST_MAX(*last, bin + i);
		}
	}
	if (s->o.from_ms != TRYST_TIME_MIN)
		*first = tryst_series_bin(s, s->o.from_ms);
	if (s->o.to_ms != TRYST_TIME_MAX)
		*last = tryst_series_bin(s, s->o.to_ms);
	return *first <= *last && *first != INT64_MIN && *last != INT64_MAX;
}

static int
bins_error(const struct tryst_series *s, int64_t first, int64_t last, struct tryst_error *err)
{
	char from[TRYST_TIME_TEXT_MAX], to[TRYST_TIME_TEXT_MAX];

	(void)tryst_time_format(first * s->o.every_ms, from);
	(void)tryst_time_format(last * s->o.every_ms, to);
	return tryst_error_set(err, TRYST_ERR_LIMIT,
	                       "from %s to %s there are more than %d steps: ask for longer ones "
	                       "with --every, or for less time with -t",
	                       from, to, TRYST_SERIES_BINS_MAX);
}

static int
table_new(struct tryst_series *s, size_t keys, struct tryst_series_table *out,
          struct tryst_error *err)
{
	int64_t first, last;
	size_t size;

	*out = (struct tryst_series_table){ .keys = keys, .apart = s->apart };
	if (range_find(s, &first, &last)) {
		if ((uint64_t)last - (uint64_t)first >= TRYST_SERIES_BINS_MAX)
			return bins_error(s, first, last, err);
		out->bins = (size_t)(last - first) + 1;
		out->first_ms = first * s->o.every_ms;
	}
	size = (keys + TRYST_SERIES_MORE) * out->bins * sizeof(*out->cells);
	if (!tryst_group_budget_take(&s->budget, size))
		return tryst_error_set(err, TRYST_ERR_LIMIT,
		                       "%zu steps of %zu keys do not fit in the memory of %zu MiB: "
		                       "ask for fewer keys with -n, longer steps with --every, or "
		                       "allow more with --memory",
		                       out->bins, keys, s->budget.limit >> 20);
	out->cells = calloc(1, size ? size : 1);
	return out->cells ? 0 : tryst_error_nomem(err);
}

/* Says for each row of the cells which of the answer's it is. */
static int
places_find(struct tryst_series *s, const struct tryst_top_row *keys, size_t count, size_t **places,
            struct tryst_error *err)
{
	uint64_t key[TRYST_GROUP_KEY_WORDS_MAX];
	size_t rows = TRYST_SERIES_MORE;
	int rc = 0;

	if (s->keys.only)
		rows += s->keys.only_count;
	else
		rows += s->keys.small ? tryst_group_key_small(&s->keys.key) : s->rows.found.used;
	/* A key without a single flow may be entered on looking. */
	rows += count;
	*places = malloc(rows * sizeof(**places));
	if (!*places)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < rows; i++)
		(*places)[i] = count + (i < TRYST_SERIES_MORE ? i : TRYST_SERIES_OTHER);
	for (size_t i = 0; i < count && rc == 0; i++) {
		uint32_t row;

		tryst_group_key_pack(&s->keys.key, keys[i].key, keys[i].known, key);
		rc = tryst_series_rows_of(&s->rows, key, &row, err);
		if (rc == 0 && row >= TRYST_SERIES_MORE)
			(*places)[row] = i;
	}
	return rc;
}

int
tryst_series_finish(struct tryst_series *s, const struct tryst_top_row *keys, size_t count,
                    struct tryst_series_table *out, struct tryst_error *err)
{
	const struct tryst_series_cell *cells;
	size_t *places = NULL;
	uint32_t row;
	int64_t bin;
	int rc = table_new(s, count, out, err);

	if (rc == 0)
		rc = places_find(s, keys, count, &places, err);
	for (size_t at = 0;
	     rc == 0 && tryst_series_cells_next(&s->cells, &at, &row, &bin, &cells);) {
		int64_t before = bin - out->first_ms / s->o.every_ms;

		for (int64_t i = 0; i < TRYST_SERIES_CHUNK; i++) {
			int64_t column = before + i;

			/* Those that are not in the range are empty. */
			if (column < 0 || column >= (int64_t)out->bins)
				continue;
			tryst_series_cell_add(out->cells + places[row] * out->bins + column,
			                      &cells[i]);
			if (s->keys.key.sides == 1)
				tryst_series_cell_add(
					out->cells + (count + TRYST_SERIES_TOTAL) * out->bins +
						column,
					&cells[i]);
		}
	}
	free(places);
	if (rc < 0)
		tryst_series_table_fini(out);
	return rc;
}

void
tryst_series_table_fini(struct tryst_series_table *t)
{
	free(t->cells);
	t->cells = NULL;
}
