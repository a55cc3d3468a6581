/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/meet_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/pages.h"

#define DIGIT_BITS 8
#define DIGIT_COUNT (1 << DIGIT_BITS)
#define DIGITS (2 * TRYST_MEET_HALF_BITS / DIGIT_BITS)
#define START_DIGITS (32 / DIGIT_BITS)
#define FEW 40 /* keys that are sorted by moving each to its place */

typedef unsigned (*digit_fn)(const struct tryst_meet_key *key, unsigned digit);

/* Room for the keys of all units; what was there is lost. */
static int
keys_grow(struct tryst_meet_scan *s, size_t n, struct tryst_error *err)
{
	if (n <= s->key_cap)
		return 0;
	free(s->keys);
	free(s->spare);
	n += n / 4;
	s->key_cap = 0;
	s->keys = tryst_pages_alloc(n * sizeof(*s->keys));
	s->spare = tryst_pages_alloc(n * sizeof(*s->spare));
	if (!s->keys || !s->spare)
		return tryst_error_nomem(err);
	s->key_cap = n;
	return 0;
}

static unsigned
digit_of(const struct tryst_meet_key *key, unsigned digit)
{
	return key->key >> digit * DIGIT_BITS & (DIGIT_COUNT - 1);
}

static unsigned
start_digit_of(const struct tryst_meet_key *key, unsigned digit)
{
	return key->start >> digit * DIGIT_BITS & (DIGIT_COUNT - 1);
}

/* Keys of all units, in no order; how many have which first digit. */
static size_t
keys_make(struct tryst_meet_scan *s, uint32_t counts[DIGIT_COUNT])
{
	size_t n = 0;

	for (size_t i = 0; i < s->units.count; i += tryst_meet_units(&s->units.list[i])) {
		const struct tryst_meet_unit *u = &s->units.list[i];
		uint64_t endpoint = tryst_meet_endpoint_hash(u) >> (64 - TRYST_MEET_HALF_BITS);
		uint64_t client = tryst_meet_client_hash(u) & ((1ULL << TRYST_MEET_HALF_BITS) - 1);
		struct tryst_meet_key key = { endpoint << TRYST_MEET_HALF_BITS | client,
			                      (uint32_t)i, (uint32_t)(u->start >> 16) };

		counts[digit_of(&key, DIGITS - 1)]++;
		s->keys[n++] = key;
	}
	return n;
}

/* Counts become places. */
static void
places(uint32_t counts[DIGIT_COUNT])
{
	uint32_t sum = 0;

	for (unsigned b = 0; b < DIGIT_COUNT; b++) {
		uint32_t here = counts[b];

		counts[b] = sum;
		sum += here;
	}
}

/* Radix sort, the last digit first; of is inlined.  The result is in to where keep, else in from.
 */
static inline __attribute__((always_inline)) void
radix_sort(struct tryst_meet_key *from, struct tryst_meet_key *to, size_t n, unsigned digits,
           digit_fn of, bool keep)
{
	uint32_t counts[DIGITS][DIGIT_COUNT] = { 0 };
	struct tryst_meet_key *result = keep ? to : from;

	for (size_t i = 0; i < n; i++) {
		for (unsigned d = 0; d < digits; d++)
			counts[d][of(&from[i], d)]++;
	}
	for (unsigned d = 0; d < digits; d++) {
		struct tryst_meet_key *other = from;

		/* All alike. */
		if (counts[d][of(from, d)] == n)
			continue;
		places(counts[d]);
		for (size_t i = 0; i < n; i++)
			to[counts[d][of(&from[i], d)]++] = from[i];
		from = to;
		to = other;
	}
	if (from != result)
		memcpy(result, from, n * sizeof(*result));
}

/* A bucket of from by all digits but the first, which are alike, to the same place in to. */
static void
bucket_sort(struct tryst_meet_key *from, struct tryst_meet_key *to, size_t n)
{
	if (n > FEW) {
		radix_sort(from, to, n, DIGITS - 1, digit_of, true);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		size_t at = i;

		for (; at && to[at - 1].key > from[i].key; at--)
			to[at] = to[at - 1];
		to[at] = from[i];
	}
}

/* Keys that are the same by time. */
static void
starts_sort(struct tryst_meet_key *keys, struct tryst_meet_key *spare, size_t n)
{
	if (n > FEW) {
		radix_sort(keys, spare, n, START_DIGITS, start_digit_of, false);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct tryst_meet_key key = keys[i];
		size_t at = i;

		for (; at && keys[at - 1].start > key.start; at--)
			keys[at] = keys[at - 1];
		keys[at] = key;
	}
}

int
tryst_meet_keys_sort(struct tryst_meet_scan *s, size_t *count, struct tryst_error *err)
{
	uint32_t at[DIGIT_COUNT] = { 0 };
	int rc = keys_grow(s, s->units.count, err);
	size_t n;

	if (rc < 0)
		return rc;
	n = keys_make(s, at);
	places(at);
	for (size_t i = 0; i < n; i++)
		s->spare[at[digit_of(&s->keys[i], DIGITS - 1)]++] = s->keys[i];
	for (size_t b = 0, from = 0; b < DIGIT_COUNT; from = at[b++])
		bucket_sort(s->spare + from, s->keys + from, at[b] - from);
	for (size_t from = 0, to; from < n; from = to) {
		for (to = from + 1; to < n && s->keys[to].key == s->keys[from].key; to++)
			;
		starts_sort(s->keys + from, s->spare + from, to - from);
	}
	*count = n;
	return 0;
}
