/* SPDX-License-Identifier: Apache-2.0 */
#include "query/group_array_columns.h"

#include <string.h>

#include "base/cpu.h"

#define FLOW TRYST_GROUP_ARRAY_PACKETS

_Static_assert(FLOW <= UINT64_MAX / TRYST_GROUP_ARRAY_FLOWS + 1, "flows and packets fit in a word");

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

void
tryst_group_array_add(struct tryst_group_array *a, const uint32_t *codes,
                      const struct tryst_group_values *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		__builtin_prefetch(tryst_group_array_entry(a, codes[i]), 1);
	for (size_t i = 0; i < n; i++) {
		const struct tryst_group_values *v = &values[i];
		bool timed = v->first_ms != INT64_MAX;
		struct tryst_group_entry what;

		if (codes[i] == TRYST_GROUP_CODE_NONE)
			continue;
		assert(codes[i] < a->count);
		what = (struct tryst_group_entry){
			FLOW | v->packets,
			v->bytes,
			timed ? (uint64_t)(TRYST_GROUP_ARRAY_TIME - v->first_ms) : 0,
			timed ? (uint64_t)(v->last_ms + TRYST_GROUP_ARRAY_TIME) : 0,
		};
		tryst_group_entry_add(tryst_group_array_entry(a, codes[i]), &what);
		a->packets += v->packets;
	}
	a->flows += (uint32_t)n;
}

/* Inlined with and without rows. */
static inline __attribute__((always_inline)) size_t
add_columns(struct tryst_group_entry *entries, const uint32_t *codes, size_t ahead,
            const struct tryst_group_columns *columns, const uint16_t *rows, size_t n,
            struct tryst_group_entry *sum)
{
	const struct tryst_group_columns c = *columns;
	struct tryst_group_entry total = { 0 };
	size_t i = 0;

	for (; i < n; i++) {
		struct tryst_group_entry what;

		if (!tryst_group_entry_of(&c, rows ? rows[i] : i, &what))
			break;
		if (i + TRYST_GROUP_AHEAD < n + ahead)
			__builtin_prefetch(entries + codes[i + TRYST_GROUP_AHEAD], 1);
		tryst_group_entry_add(entries + codes[i], &what);
		tryst_group_entry_add(&total, &what);
	}
	tryst_group_entry_add(sum, &total);
	return i;
}

size_t
tryst_group_add_plain(struct tryst_group_entry *entries, const uint32_t *codes, size_t ahead,
                      const struct tryst_group_columns *c, size_t n, struct tryst_group_entry *sum)
{
	return add_columns(entries, codes, ahead, c, NULL, n, sum);
}

static tryst_group_add_fn
add_best(void)
{
#ifdef __x86_64__
	if (TRYST_CPU_HAS(AVX2))
		return tryst_group_add_avx2;
#endif
	return tryst_group_add_plain;
}

size_t
tryst_group_array_add_columns(struct tryst_group_array *a, const uint32_t *codes, size_t ahead,
                              const struct tryst_group_columns *c, const uint16_t *rows, size_t n,
                              struct tryst_group_values *sum)
{
	struct tryst_group_entry *entries = tryst_group_array_entry(a, 0), total = { 0 };

	assert(tryst_group_array_room(a, n, n * TRYST_GROUP_COLUMN_PACKETS));
	n = rows ? add_columns(entries, codes, ahead, c, rows, n, &total)
	         : add_best()(entries, codes, ahead, c, n, &total);
	*sum = tryst_group_entry_values(&total);
	a->flows += (uint32_t)sum->flows;
	a->packets += sum->packets;
	return n;
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
		tryst_group_entry_add(e, f);
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
