/* SPDX-License-Identifier: Apache-2.0 */
#include "query/group_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define LINE_BYTES 64
#define VALUE_WORDS ((unsigned)(sizeof(struct tryst_group_values) / sizeof(uint64_t)))
#define SLOT_BITS_MIN 10
#define CAPACITY_MIN ((size_t)512)

/* Keys looked up side by side, so that their misses overlap. */
#define AHEAD 64

_Static_assert(sizeof(struct tryst_group_values) == 40, "an entry's values are five words");

int
tryst_group_seed_init(struct tryst_group_seed *s, struct tryst_error *err)
{
	if (getrandom(s->words, sizeof(s->words), 0) != (ssize_t)sizeof(s->words))
		return tryst_error_errno(err, "cannot draw random numbers for a hash table");
	return 0;
}

static size_t
slots_bytes(unsigned slot_bits)
{
	return sizeof(uint64_t) << slot_bits;
}

static size_t
entry_bytes(unsigned key_words)
{
	return (key_words + VALUE_WORDS) * sizeof(uint64_t);
}

/* Lower layers only say TRYST_ERR_LIMIT; here it gets its text. */
static int
table_failed(const struct tryst_group_table *t, int ret, struct tryst_error *err)
{
	if (ret != TRYST_ERR_LIMIT)
		return ret;
	return tryst_error_set(
		err, TRYST_ERR_LIMIT,
		"a table of more than %zu groups does not fit in the %zu KiB of memory "
		"that all threads share: allow more with --memory or ask for a coarser "
		"key",
		t->used, t->budget->limit >> 10);
}

size_t
tryst_group_table_bytes_min(unsigned key_words)
{
	return slots_bytes(SLOT_BITS_MIN) + CAPACITY_MIN * entry_bytes(key_words);
}

int
tryst_group_table_init(struct tryst_group_table *t, unsigned key_words,
                       const struct tryst_group_seed *seed, struct tryst_group_budget *budget,
                       struct tryst_error *err)
{
	int ret;

	assert(key_words >= 1 && key_words <= TRYST_GROUP_KEY_WORDS_MAX);
	*t = (struct tryst_group_table){ .seed = seed,
		                         .budget = budget,
		                         .key_words = key_words,
		                         .slot_bits = SLOT_BITS_MIN,
		                         .capacity = CAPACITY_MIN };
	ret = tryst_group_pages_init(&t->slots, budget, slots_bytes(SLOT_BITS_MIN), err);
	if (ret == 0)
		ret = tryst_group_pages_init(&t->entries, budget,
		                             CAPACITY_MIN * entry_bytes(key_words), err);
	if (ret) {
		ret = table_failed(t, ret, err);
		tryst_group_table_fini(t);
	}
	return ret;
}

void
tryst_group_table_fini(struct tryst_group_table *t)
{
	tryst_group_pages_fini(&t->slots, t->budget);
	tryst_group_pages_fini(&t->entries, t->budget);
	*t = (struct tryst_group_table){ 0 };
}

static inline uint64_t
key_hash(const struct tryst_group_seed *seed, const uint64_t *key, unsigned words)
{
	uint64_t h = 0;

	for (unsigned i = 0; i < words; i++) {
		uint32_t lo = (uint32_t)key[i] + (uint32_t)seed->words[i];
		uint32_t hi = (uint32_t)(key[i] >> 32) + (uint32_t)(seed->words[i] >> 32);

		h += (uint64_t)lo * hi;
	}
	/* NH is even only over all of its bits; slots are taken by the upper ones. */
	h = (h ^ h >> 32) * 0xd6e8feb86659fd93ULL;
	return (h ^ h >> 32) * 0xd6e8feb86659fd93ULL;
}

static inline bool
key_equal(const uint64_t *a, const uint64_t *b, unsigned words)
{
	uint64_t differ = 0;

	for (unsigned i = 0; i < words; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}

static inline uint64_t *
entry_at(const struct tryst_group_table *t, size_t i, unsigned words)
{
	return t->entries.data + i * (words + VALUE_WORDS);
}

/*
 * The number, from 1, of the first entry whose hash has the same upper half, or 0.  Nearly always
 * that is the entry of the key, if there is one.
 */
static inline uint32_t
slot_find(const struct tryst_group_table *t, uint64_t hash)
{
	size_t mask = ((size_t)1 << t->slot_bits) - 1;

	for (size_t i = hash >> (64 - t->slot_bits);; i = (i + 1) & mask) {
		uint64_t slot = t->slots.data[i];

		if (!slot || (slot ^ hash) >> 32 == 0)
			return (uint32_t)slot;
	}
}

/* Enters a slot's value where its upper half belongs. */
static void
slot_put(uint64_t *slots, unsigned slot_bits, uint64_t slot)
{
	size_t mask = ((size_t)1 << slot_bits) - 1;
	size_t i = slot >> (64 - slot_bits);

	while (slots[i])
		i = (i + 1) & mask;
	slots[i] = slot;
}

/* Twice the slots.  Both arrays are walked forward, as the order of the hash is theirs. */
static int
slots_grow(struct tryst_group_table *t, struct tryst_error *err)
{
	size_t count = (size_t)1 << t->slot_bits;
	struct tryst_group_pages slots = { 0 };
	int ret;

	if (t->slot_bits == 32)
		return TRYST_ERR_LIMIT;
	ret = tryst_group_pages_init(&slots, t->budget, slots_bytes(t->slot_bits + 1), err);
	if (ret)
		return ret;
	for (size_t i = 0; i < count; i++) {
		if (t->slots.data[i])
			slot_put(slots.data, t->slot_bits + 1, t->slots.data[i]);
	}
	tryst_group_pages_fini(&t->slots, t->budget);
	t->slots = slots;
	t->slot_bits++;
	return 0;
}

/* Half as many entries again, and what else fits in the pages. */
static int
entries_grow(struct tryst_group_table *t, struct tryst_error *err)
{
	size_t bytes = entry_bytes(t->key_words);
	int ret;

	ret = tryst_group_pages_grow(&t->entries, t->budget,
	                             (t->capacity + t->capacity / 2) * bytes, err);
	if (ret)
		return ret;
	t->capacity = t->entries.size / bytes;
	return 0;
}

static inline void
entry_add(uint64_t *entry, unsigned words, const struct tryst_group_values *v)
{
	struct tryst_group_values sum;

	memcpy(&sum, entry + words, sizeof(sum));
	tryst_group_values_add(&sum, v);
	memcpy(entry + words, &sum, sizeof(sum));
}

/* A key whose upper half of the hash the table lacks, or has for another key. */
static __attribute__((noinline)) int
entry_insert(struct tryst_group_table *t, const uint64_t *key, uint64_t hash,
             const struct tryst_group_values *v, struct tryst_error *err)
{
	size_t mask = ((size_t)1 << t->slot_bits) - 1;
	uint64_t *entry;
	int ret = 0;

	for (size_t i = hash >> (64 - t->slot_bits); t->slots.data[i]; i = (i + 1) & mask) {
		if ((t->slots.data[i] ^ hash) >> 32)
			continue;
		entry = entry_at(t, (uint32_t)t->slots.data[i] - 1, t->key_words);
		if (key_equal(entry, key, t->key_words)) {
			entry_add(entry, t->key_words, v);
			return 0;
		}
	}
	if (t->used == t->capacity)
		ret = entries_grow(t, err);
	/* At most two of three slots: beyond that, probes grow long. */
	if (ret == 0 && (t->used + 1) * 3 > (mask + 1) * 2)
		ret = slots_grow(t, err);
	if (ret)
		return table_failed(t, ret, err);
	entry = entry_at(t, t->used++, t->key_words);
	memcpy(entry, key, t->key_words * sizeof(*key));
	memcpy(entry + t->key_words, v, sizeof(*v));
	slot_put(t->slots.data, t->slot_bits, hash >> 32 << 32 | t->used);
	return 0;
}

/*
 * Up to AHEAD keys in three rounds: ask for their slots, then for their entries, then add.  Inlined
 * with a constant number of words where that number is common.
 */
static inline __attribute__((always_inline)) int
table_add(struct tryst_group_table *t, const uint64_t *keys,
          const struct tryst_group_values *values, size_t count, unsigned words,
          struct tryst_error *err)
{
	uint64_t hashes[AHEAD];
	uint32_t numbers[AHEAD];

	for (size_t i = 0; i < count; i++) {
		hashes[i] = key_hash(t->seed, keys + i * words, words);
		__builtin_prefetch(&t->slots.data[hashes[i] >> (64 - t->slot_bits)], 1);
	}
	for (size_t i = 0; i < count; i++) {
		const uint64_t *entry;

		numbers[i] = slot_find(t, hashes[i]);
		if (!numbers[i])
			continue;
		entry = entry_at(t, numbers[i] - 1, words);
		__builtin_prefetch(entry, 1);
		if (entry_bytes(words) != LINE_BYTES)
			__builtin_prefetch(entry + words + VALUE_WORDS - 1, 1);
	}
	for (size_t i = 0; i < count; i++) {
		const uint64_t *key = keys + i * words;
		uint64_t *entry = numbers[i] ? entry_at(t, numbers[i] - 1, words) : NULL;
		int ret;

		if (!(key[0] & TRYST_GROUP_KNOWN))
			continue;
		if (TRYST_LIKELY(entry && key_equal(entry, key, words))) {
			entry_add(entry, words, &values[i]);
			continue;
		}
		ret = entry_insert(t, key, hashes[i], &values[i], err);
		if (ret)
			return ret;
	}
	return 0;
}

int
tryst_group_table_add(struct tryst_group_table *t, const uint64_t *keys,
                      const struct tryst_group_values *values, size_t count,
                      struct tryst_error *err)
{
	for (size_t i = 0; i < count; i += AHEAD) {
		const uint64_t *k = keys + i * t->key_words;
		size_t n = TRYST_MIN(count - i, AHEAD);
		int ret;

		if (t->key_words == 1)
			ret = table_add(t, k, values + i, n, 1, err);
		else if (t->key_words == 3)
			ret = table_add(t, k, values + i, n, 3, err);
		else if (t->key_words == 5)
			ret = table_add(t, k, values + i, n, 5, err);
		else
			ret = table_add(t, k, values + i, n, t->key_words, err);
		if (ret)
			return ret;
	}
	return 0;
}

int
tryst_group_table_merge(struct tryst_group_table *t, const struct tryst_group_table *from,
                        struct tryst_error *err)
{
	uint64_t keys[AHEAD * TRYST_GROUP_KEY_WORDS_MAX];
	struct tryst_group_values values[AHEAD];
	int ret = 0;

	assert(t->key_words == from->key_words && t->seed == from->seed);
	for (size_t at = 0; at < from->used && ret == 0; at += AHEAD) {
		size_t n = TRYST_MIN(from->used - at, AHEAD);

		for (size_t i = 0; i < n; i++) {
			memcpy(keys + i * t->key_words, tryst_group_table_key(from, at + i),
			       t->key_words * sizeof(*keys));
			values[i] = tryst_group_table_values(from, at + i);
		}
		ret = tryst_group_table_add(t, keys, values, n, err);
	}
	return ret;
}

size_t
tryst_group_table_find(const struct tryst_group_table *t, const uint64_t *key)
{
	size_t mask = ((size_t)1 << t->slot_bits) - 1;
	uint64_t hash = key_hash(t->seed, key, t->key_words);

	for (size_t i = hash >> (64 - t->slot_bits); t->slots.data[i]; i = (i + 1) & mask) {
		size_t entry = (uint32_t)t->slots.data[i] - 1;

		if ((t->slots.data[i] ^ hash) >> 32 == 0 &&
		    key_equal(entry_at(t, entry, t->key_words), key, t->key_words))
			return entry;
	}
	return SIZE_MAX;
}

const uint64_t *
tryst_group_table_key(const struct tryst_group_table *t, size_t i)
{
	return entry_at(t, i, t->key_words);
}

struct tryst_group_values
tryst_group_table_values(const struct tryst_group_table *t, size_t i)
{
	struct tryst_group_values v;

	memcpy(&v, entry_at(t, i, t->key_words) + t->key_words, sizeof(v));
	return v;
}
