/* SPDX-License-Identifier: Apache-2.0 */
#include "query/group_array.h"

#include <string.h>

/*
 * Times are kept so that 0 means none and numbers only grow, of 48 bits: how far the first is
 * before TRYST_GROUP_ARRAY_TIME, and the last behind its negative.
 */
struct entry {
	uint64_t packets, bytes;
	uint32_t flows;
	uint32_t before_low, after_low;
	uint16_t before_high, after_high;
};

_Static_assert(sizeof(struct entry) == 32, "two entries a line of the cache");

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

/* The larger of two numbers of 48 bits, the first in parts. */
static inline void
raise48(uint32_t *low, uint16_t *high, uint64_t v)
{
	uint64_t now = (uint64_t)*high << 32 | *low;

	v = TRYST_MAX(v, now);
	*low = (uint32_t)v;
	*high = (uint16_t)(v >> 32);
}

void
tryst_group_array_add(struct tryst_group_array *a, const uint32_t *codes,
                      const struct tryst_group_values *values, size_t n)
{
	/* Ask for all of them first, so that their misses overlap. */
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(entry_at(a, codes[i]), 1);
	for (size_t i = 0; i < n; i++) {
		const struct tryst_group_values *v = &values[i];
		bool timed = v->first_ms != INT64_MAX;
		struct entry *e;

		if (codes[i] == TRYST_GROUP_CODE_NONE)
			continue;
		assert(codes[i] < a->count);
		e = entry_at(a, codes[i]);
		e->packets += v->packets;
		e->bytes += v->bytes;
		e->flows++;
		raise48(&e->before_low, &e->before_high,
		        timed ? (uint64_t)(TRYST_GROUP_ARRAY_TIME - v->first_ms) : 0);
		raise48(&e->after_low, &e->after_high,
		        timed ? (uint64_t)(v->last_ms + TRYST_GROUP_ARRAY_TIME) : 0);
	}
	a->added += (uint32_t)n;
}

void
tryst_group_array_fold(struct tryst_group_array *a, struct tryst_group_array *from)
{
	assert(a->count == from->count && tryst_group_array_room(a, from->added));
	for (uint32_t i = 0; i < a->count; i++) {
		struct entry *e = entry_at(a, i), *f = entry_at(from, i);

		if (!f->flows)
			continue;
		e->packets += f->packets;
		e->bytes += f->bytes;
		e->flows += f->flows;
		raise48(&e->before_low, &e->before_high,
		        (uint64_t)f->before_high << 32 | f->before_low);
		raise48(&e->after_low, &e->after_high,
		        (uint64_t)f->after_high << 32 | f->after_low);
		memset(f, 0, sizeof(*f));
	}
	a->added += from->added;
	from->added = 0;
}

bool
tryst_group_array_take(struct tryst_group_array *a, uint32_t *at, struct tryst_group_values *out)
{
	for (uint32_t i = *at; i < a->count; i++) {
		struct entry *e = entry_at(a, i);
		uint64_t before = (uint64_t)e->before_high << 32 | e->before_low;
		uint64_t after = (uint64_t)e->after_high << 32 | e->after_low;

		if (!e->flows)
			continue;
		*out = (struct tryst_group_values){
			.flows = e->flows,
			.packets = e->packets,
			.bytes = e->bytes,
			.first_ms = before ? TRYST_GROUP_ARRAY_TIME - (int64_t)before : INT64_MAX,
			.last_ms = after ? (int64_t)after - TRYST_GROUP_ARRAY_TIME : INT64_MIN,
		};
		memset(e, 0, sizeof(*e));
		*at = i;
		return true;
	}
	a->added = 0;
	return false;
}
