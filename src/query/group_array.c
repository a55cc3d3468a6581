/* SPDX-License-Identifier: Apache-2.0 */
#include "query/group_array.h"

#include <string.h>

#define FLOW TRYST_GROUP_ARRAY_PACKETS

_Static_assert(FLOW <= UINT64_MAX / TRYST_GROUP_ARRAY_FLOWS + 1, "flows and packets fit in a word");

/* Entries asked for before they are needed, so that their misses overlap. */
#define AHEAD 96

void
tryst_group_array_init(struct tryst_group_array *a, struct tryst_group_budget *budget)
{
	*a = (struct tryst_group_array){ .budget = budget };
}

void
tryst_group_array_fini(struct tryst_group_array *a)
{
	tryst_group_pages_fini(&a->pages, a->budget);
	a->count = 0;
}

int
tryst_group_array_resize(struct tryst_group_array *a, uint32_t count, struct tryst_error *err)
{
	size_t size = (size_t)TRYST_MAX(count, 1u) * sizeof(struct tryst_group_entry);
	int rc;

	if (a->pages.data)
		rc = tryst_group_pages_grow(&a->pages, a->budget, size, err);
	else
		rc = tryst_group_pages_init(&a->pages, a->budget, size, err);
	if (rc == 0)
		a->count = count;
	return rc;
}

static inline void
entry_add(struct tryst_group_entry *e, uint64_t flows_packets, uint64_t bytes, uint64_t before,
          uint64_t after)
{
	e->flows_packets += flows_packets;
	e->bytes += bytes;
	e->before = TRYST_MAX(e->before, before);
	e->after = TRYST_MAX(e->after, after);
}

void
tryst_group_array_add(struct tryst_group_array *a, const uint32_t *codes,
                      const struct tryst_group_values *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(tryst_group_array_entry(a, codes[i]), 1);
	for (size_t i = 0; i < n; i++) {
		const struct tryst_group_values *v = &values[i];
		bool timed = v->first_ms != INT64_MAX;

		if (codes[i] == TRYST_GROUP_CODE_NONE)
			continue;
		assert(codes[i] < a->count);
		entry_add(tryst_group_array_entry(a, codes[i]), FLOW | v->packets, v->bytes,
		          timed ? (uint64_t)(TRYST_GROUP_ARRAY_TIME - v->first_ms) : 0,
		          timed ? (uint64_t)(v->last_ms + TRYST_GROUP_ARRAY_TIME) : 0);
		a->packets += v->packets;
	}
	a->flows += (uint32_t)n;
}

/* Inlined with and without rows. */
static inline __attribute__((always_inline)) void
add_columns(struct tryst_group_array *a, const uint32_t *codes, size_t ahead,
            const struct tryst_group_columns *c, const uint16_t *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t row = rows ? rows[i] : i;

		__builtin_prefetch(
			tryst_group_array_entry(a, codes[TRYST_MIN(i + AHEAD, n + ahead - 1)]), 1);
		assert(codes[i] < a->count);
		entry_add(tryst_group_array_entry(a, codes[i]), FLOW | c->packets[row],
		          c->bytes[row], (uint64_t)(TRYST_GROUP_ARRAY_TIME - c->first_ms[row]),
		          (uint64_t)(c->last_ms[row] + TRYST_GROUP_ARRAY_TIME));
	}
}

void
tryst_group_array_add_columns(struct tryst_group_array *a, const uint32_t *codes, size_t ahead,
                              const struct tryst_group_columns *c, const uint16_t *rows, size_t n,
                              uint64_t packets)
{
	if (rows)
		add_columns(a, codes, ahead, c, rows, n);
	else
		add_columns(a, codes, ahead, c, NULL, n);
	a->flows += (uint32_t)n;
	a->packets += packets;
}

void
tryst_group_array_fold(struct tryst_group_array *a, struct tryst_group_array *from)
{
	assert(a->count == from->count && tryst_group_array_room(a, from->flows, from->packets));
	for (uint32_t i = 0; i < a->count; i++) {
		struct tryst_group_entry *e = tryst_group_array_entry(a, i),
					 *f = tryst_group_array_entry(from, i);

		if (!f->flows_packets)
			continue;
		entry_add(e, f->flows_packets, f->bytes, f->before, f->after);
		memset(f, 0, sizeof(*f));
	}
	a->flows += from->flows;
	a->packets += from->packets;
	tryst_group_array_taken(from);
}

bool
tryst_group_array_take(struct tryst_group_array *a, uint32_t *at, struct tryst_group_values *out)
{
	for (uint32_t i = *at; i < a->count; i++) {
		if (!tryst_group_array_take_at(a, i, out))
			continue;
		*at = i;
		return true;
	}
	tryst_group_array_taken(a);
	return false;
}
