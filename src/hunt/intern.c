/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/intern.h"

#include <stdlib.h>
#include <string.h>

#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)

int
tryst_intern_init(struct tryst_intern *t, size_t max, struct tryst_error *err)
{
	size_t slots = 64;

	while (slots < 2 * max)
		slots *= 2;
	*t = (struct tryst_intern){
		.keys = malloc((max + 1) * sizeof(*t->keys)),
		.slots = calloc(slots, sizeof(*t->slots)),
		.max = (uint32_t)max,
		.slot_mask = slots - 1,
	};
	if (t->keys && t->slots)
		return 0;
	tryst_intern_fini(t);
	return tryst_error_nomem(err);
}

void
tryst_intern_fini(struct tryst_intern *t)
{
	free(t->keys);
	free(t->slots);
	*t = (struct tryst_intern){ 0 };
}

static size_t
intern_slot(const struct tryst_intern *t, struct tryst_ip key)
{
	size_t at = tryst_ip_hash(key) & t->slot_mask;

	while (t->slots[at] && !tryst_ip_equal(t->keys[t->slots[at] - 1], key))
		at = (at + 1) & t->slot_mask;
	return at;
}

uint32_t
tryst_intern_find(const struct tryst_intern *t, struct tryst_ip key)
{
	return t->slots[intern_slot(t, key)] - 1;
}

uint32_t
tryst_intern_add(struct tryst_intern *t, struct tryst_ip key)
{
	size_t at = intern_slot(t, key);

	if (!t->slots[at]) {
		assert(t->count < t->max);
		t->keys[t->count++] = key;
		t->slots[at] = t->count;
	}
	return t->slots[at] - 1;
}

struct ranked {
	struct tryst_ip key;
	uint32_t number;
};

static int
ranked_compare(const void *a, const void *b)
{
	return tryst_ip_compare(((const struct ranked *)a)->key, ((const struct ranked *)b)->key);
}

int
tryst_intern_rank(struct tryst_intern *t, uint32_t *rank, struct tryst_error *err)
{
	struct ranked *list = malloc((t->count + (size_t)1) * sizeof(*list));

	if (!list)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < t->count; i++)
		list[i] = (struct ranked){ t->keys[i], i };
	qsort(list, t->count, sizeof(*list), ranked_compare);
	for (uint32_t i = 0; i < t->count; i++) {
		t->keys[i] = list[i].key;
		rank[list[i].number] = i;
	}
	free(list);
	return 0;
}

/* One pass, from -> to; false, to untouched, when all digits are alike. */
static bool
pairs_pass(const struct tryst_pair *from, struct tryst_pair *to, size_t count, unsigned shift)
{
	size_t at[DIGITS] = { 0 }, sum = 0;

	for (size_t i = 0; i < count; i++)
		at[from[i].key >> shift & (DIGITS - 1)]++;
	if (at[from[0].key >> shift & (DIGITS - 1)] == count)
		return false;
	for (size_t i = 0; i < DIGITS; i++) {
		size_t n = at[i];

		at[i] = sum;
		sum += n;
	}
	for (size_t i = 0; i < count; i++)
		to[at[from[i].key >> shift & (DIGITS - 1)]++] = from[i];
	return true;
}

void
tryst_pairs_sort(struct tryst_pair *list, struct tryst_pair *work, size_t count)
{
	struct tryst_pair *from = list, *to = work, *swap;

	for (unsigned shift = 0; count && shift < 64; shift += DIGIT_BITS) {
		if (pairs_pass(from, to, count, shift)) {
			swap = from;
			from = to;
			to = swap;
		}
	}
	if (from != list && count)
		memcpy(list, from, count * sizeof(*list));
}
