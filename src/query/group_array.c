/* SPDX-License-Identifier: Apache-2.0 */
#include "query/group_array.h"

#include <string.h>

/* Times are kept so that 0 means none: as numbers that only grow. */
struct entry {
	uint64_t flows, packets, bytes;
	uint64_t before; /* how far the first is before INT64_MAX */
	uint64_t after;  /* how far the last is behind INT64_MIN */
};

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

void
tryst_group_array_add(struct tryst_group_array *a, const uint32_t *codes,
                      const struct tryst_group_values *values, size_t n)
{
	/* Ask for all of them first, so that their misses overlap. */
	for (size_t i = 0; i < n; i++) {
		const char *e = (const char *)entry_at(a, codes[i]);

		__builtin_prefetch(e, 1);
		__builtin_prefetch(e + sizeof(struct entry) - 1, 1);
	}
	for (size_t i = 0; i < n; i++) {
		const struct tryst_group_values *v = &values[i];
		struct entry *e;
		uint64_t before, after;

		if (codes[i] == TRYST_GROUP_CODE_NONE)
			continue;
		assert(codes[i] < a->count);
		e = entry_at(a, codes[i]);
		before = (uint64_t)INT64_MAX - (uint64_t)v->first_ms;
		after = (uint64_t)v->last_ms - (uint64_t)INT64_MIN;
		e->flows += v->flows;
		e->packets += v->packets;
		e->bytes += v->bytes;
		e->before = TRYST_MAX(e->before, before);
		e->after = TRYST_MAX(e->after, after);
	}
}

void
tryst_group_array_fold(struct tryst_group_array *a, struct tryst_group_array *from)
{
	assert(a->count == from->count);
	for (uint32_t i = 0; i < a->count; i++) {
		struct entry *e = entry_at(a, i), *f = entry_at(from, i);

		if (!f->flows)
			continue;
		e->flows += f->flows;
		e->packets += f->packets;
		e->bytes += f->bytes;
		e->before = TRYST_MAX(e->before, f->before);
		e->after = TRYST_MAX(e->after, f->after);
		memset(f, 0, sizeof(*f));
	}
}

bool
tryst_group_array_take(struct tryst_group_array *a, uint32_t *at, struct tryst_group_values *out)
{
	for (uint32_t i = *at; i < a->count; i++) {
		struct entry *e = entry_at(a, i);

		if (!e->flows)
			continue;
		*out = (struct tryst_group_values){
			.flows = e->flows,
			.packets = e->packets,
			.bytes = e->bytes,
			.first_ms = (int64_t)((uint64_t)INT64_MAX - e->before),
			.last_ms = (int64_t)(e->after + (uint64_t)INT64_MIN),
		};
		memset(e, 0, sizeof(*e));
		*at = i;
		return true;
	}
	return false;
}
