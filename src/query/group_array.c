/* SPDX-License-Identifier: Apache-2.0 */
#include "query/group_array.h"

#include <string.h>

/*
 * Times are kept so that 0 means none and numbers only grow: how far the first is before
 * TRYST_GROUP_ARRAY_TIME, and the last behind its negative.
 */
struct entry {
	uint64_t flows_packets; /* flows above PACKETS_BITS */
	uint64_t bytes;
	uint64_t before, after;
};

#define PACKETS_BITS 38
#define FLOW ((uint64_t)1 << PACKETS_BITS)

_Static_assert(sizeof(struct entry) == 32, "two entries a line of the cache");
_Static_assert(FLOW == TRYST_GROUP_ARRAY_PACKETS &&
                       FLOW <= UINT64_MAX / TRYST_GROUP_ARRAY_FLOWS + 1,
               "flows and packets fit in a word");

/* Entries asked for before they are needed, so that their misses overlap. */
#define AHEAD 96

static inline struct entry *
entry_at(struct tryst_group_array *a, uint32_t i)
{
	return (struct entry *)(void *)a->pages.data + i;
}

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
	size_t size = (size_t)TRYST_MAX(count, 1u) * sizeof(struct entry);
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
entry_add(struct entry *e, uint64_t flows_packets, uint64_t bytes, uint64_t before, uint64_t after)
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
		__builtin_prefetch(entry_at(a, codes[i]), 1);
	for (size_t i = 0; i < n; i++) {
		const struct tryst_group_values *v = &values[i];
		bool timed = v->first_ms != INT64_MAX;

		if (codes[i] == TRYST_GROUP_CODE_NONE)
			continue;
		assert(codes[i] < a->count);
		entry_add(entry_at(a, codes[i]), FLOW | v->packets, v->bytes,
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

		__builtin_prefetch(entry_at(a, codes[TRYST_MIN(i + AHEAD, n + ahead - 1)]), 1);
		assert(codes[i] < a->count);
		entry_add(entry_at(a, codes[i]), FLOW | c->packets[row], c->bytes[row],
		          (uint64_t)(TRYST_GROUP_ARRAY_TIME - c->first_ms[row]),
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
		struct entry *e = entry_at(a, i), *f = entry_at(from, i);

		if (!f->flows_packets)
			continue;
		entry_add(e, f->flows_packets, f->bytes, f->before, f->after);
		memset(f, 0, sizeof(*f));
	}
	a->flows += from->flows;
	a->packets += from->packets;
	from->flows = 0;
	from->packets = 0;
}

bool
tryst_group_array_take(struct tryst_group_array *a, uint32_t *at, struct tryst_group_values *out)
{
	for (uint32_t i = *at; i < a->count; i++) {
		struct entry *e = entry_at(a, i);

		if (!e->flows_packets)
			continue;
		*out = (struct tryst_group_values){
			.flows = e->flows_packets >> PACKETS_BITS,
			.packets = e->flows_packets & (FLOW - 1),
			.bytes = e->bytes,
			.first_ms =
				e->before ? TRYST_GROUP_ARRAY_TIME - (int64_t)e->before : INT64_MAX,
			.last_ms =
				e->after ? (int64_t)e->after - TRYST_GROUP_ARRAY_TIME : INT64_MIN,
		};
		memset(e, 0, sizeof(*e));
		*at = i;
		return true;
	}
	a->flows = 0;
	a->packets = 0;
	return false;
}
