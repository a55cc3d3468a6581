/* SPDX-License-Identifier: Apache-2.0 */
#include "query/group_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#define LINE_WORDS 8
#define VALUE_WORDS (sizeof(struct tryst_group_values) / sizeof(uint64_t))
#define SLOT_BITS_MIN 10
#define HUGE_PAGE ((size_t)2 << 20)

/* Keys whose slots are fetched before the first of them is looked at. */
#define AHEAD 64

/* Slots of one step of a merge; see tryst_group_table_merge. */
#define MERGE_BLOCK 64

_Static_assert(sizeof(struct tryst_group_values) == 40, "an entry's values are five words");

int
tryst_group_seed_init(struct tryst_group_seed *s, struct tryst_error *err)
{
	if (getrandom(s->words, sizeof(s->words), 0) != (ssize_t)sizeof(s->words))
		return tryst_error_errno(err, "cannot draw random numbers for a hash table");
	return 0;
}

bool
tryst_group_budget_take(struct tryst_group_budget *b, size_t bytes)
{
	size_t before = atomic_fetch_add(&b->used, bytes);

	if (before <= b->limit && bytes <= b->limit - before)
		return true;
	atomic_fetch_sub(&b->used, bytes);
	return false;
}

void
tryst_group_budget_give(struct tryst_group_budget *b, size_t bytes)
{
	atomic_fetch_sub(&b->used, bytes);
}

static size_t
table_bytes(const struct tryst_group_table *t)
{
	return t->slot_count * t->stride * sizeof(*t->slots);
}

/* Pages straight from the system are zero, unused ones cost nothing, and large ones spare the TLB.
 */
static int
table_alloc(struct tryst_group_table *t, unsigned slot_bits, struct tryst_error *err)
{
	size_t size;
	void *p;

	t->slot_bits = slot_bits;
	t->slot_count = (size_t)1 << slot_bits;
	t->used = 0;
	size = table_bytes(t);
	if (!tryst_group_budget_take(t->budget, size))
		return TRYST_ERR_LIMIT;
	p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED) {
		tryst_group_budget_give(t->budget, size);
		return tryst_error_nomem(err);
	}
	if (size >= HUGE_PAGE)
		(void)madvise(p, size, MADV_HUGEPAGE);
	t->slots = p;
	return 0;
}

static int
table_limit(const struct tryst_group_table *t, size_t groups, struct tryst_error *err)
{
	return tryst_error_set(
		err, TRYST_ERR_LIMIT,
		"a table of more than %zu groups does not fit in the %zu KiB of memory "
		"that all threads share: allow more with --memory or ask for a coarser "
		"key",
		groups, t->budget->limit >> 10);
}

static unsigned
stride_of(unsigned key_words)
{
	return TRYST_MAX(key_words + (unsigned)VALUE_WORDS, LINE_WORDS);
}

size_t
tryst_group_table_bytes_min(unsigned key_words)
{
	return stride_of(key_words) * sizeof(uint64_t) << SLOT_BITS_MIN;
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
		                         .stride = stride_of(key_words) };
	ret = table_alloc(t, SLOT_BITS_MIN, err);
	return ret == TRYST_ERR_LIMIT ? table_limit(t, 0, err) : ret;
}

void
tryst_group_table_fini(struct tryst_group_table *t)
{
	if (!t->slots)
		return;
	(void)munmap(t->slots, table_bytes(t));
	tryst_group_budget_give(t->budget, table_bytes(t));
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

static inline uint64_t *
table_slot(const struct tryst_group_table *t, size_t index)
{
	return t->slots + index * t->stride;
}

static inline bool
key_equal(const uint64_t *a, const uint64_t *b, unsigned words)
{
	uint64_t differ = 0;

	for (unsigned i = 0; i < words; i++)
		differ |= a[i] ^ b[i];
	return differ == 0;
}

/* The entry of the key, or the empty slot where it belongs. */
static inline uint64_t *
table_find(const struct tryst_group_table *t, const uint64_t *key, uint64_t hash, unsigned words)
{
	size_t mask = t->slot_count - 1;
	size_t i = hash >> (64 - t->slot_bits);

	for (;; i = (i + 1) & mask) {
		uint64_t *entry = table_slot(t, i);

		if (!entry[0] || key_equal(entry, key, words))
			return entry;
	}
}

/* Twice the slots; entries move in the order they stand, so both tables are walked forward. */
static int
table_grow(struct tryst_group_table *t, struct tryst_error *err)
{
	struct tryst_group_table old = *t;
	const uint64_t *entry;
	size_t at = 0;
	int ret;

	ret = table_alloc(t, old.slot_bits + 1, err);
	if (ret) {
		*t = old;
		return ret == TRYST_ERR_LIMIT ? table_limit(t, t->used, err) : ret;
	}
	while ((entry = tryst_group_table_next(&old, &at))) {
		uint64_t hash = key_hash(t->seed, entry, t->key_words);
		uint64_t *to = table_find(t, entry, hash, t->key_words);

		memcpy(to, entry, (t->key_words + VALUE_WORDS) * sizeof(*to));
	}
	t->used = old.used;
	tryst_group_table_fini(&old);
	return 0;
}

/* A new group.  Kept out of line: most keys have been seen before. */
static __attribute__((noinline)) int
table_insert(struct tryst_group_table *t, uint64_t *entry, const uint64_t *key, uint64_t hash,
             const struct tryst_group_values *v, struct tryst_error *err)
{
	int ret;

	/* Two of three slots: longer probes would cost more than the memory saves. */
	if ((t->used + 1) * 3 > t->slot_count * 2) {
		ret = table_grow(t, err);
		if (ret)
			return ret;
		entry = table_find(t, key, hash, t->key_words);
	}
	memcpy(entry, key, t->key_words * sizeof(*key));
	memcpy(entry + t->key_words, v, sizeof(*v));
	t->used++;
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

/*
 * Up to AHEAD keys: their slots are on the way from memory while the later ones are hashed.
 * Inlined with a constant number of words where that number is common.
 */
static inline __attribute__((always_inline)) int
table_add(struct tryst_group_table *t, const uint64_t *keys,
          const struct tryst_group_values *values, size_t count, unsigned words,
          struct tryst_error *err)
{
	uint64_t hashes[AHEAD];
	int ret;

	for (size_t i = 0; i < count; i++) {
		const uint64_t *slot;

		hashes[i] = key_hash(t->seed, keys + i * words, words);
		slot = table_slot(t, hashes[i] >> (64 - t->slot_bits));
		__builtin_prefetch(slot, 1);
		if (words + VALUE_WORDS > LINE_WORDS)
			__builtin_prefetch(slot + words + VALUE_WORDS - 1, 1);
	}
	for (size_t i = 0; i < count; i++) {
		const uint64_t *key = keys + i * words;
		uint64_t *entry;

		if (!(key[0] & TRYST_GROUP_KNOWN))
			continue;
		entry = table_find(t, key, hashes[i], words);
		if (TRYST_LIKELY(entry[0])) {
			entry_add(entry, words, &values[i]);
			continue;
		}
		ret = table_insert(t, entry, key, hashes[i], &values[i], err);
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

static int
merge_block(struct tryst_group_table *t, const struct tryst_group_table *from, size_t block,
            struct tryst_error *err)
{
	uint64_t keys[MERGE_BLOCK * TRYST_GROUP_KEY_WORDS_MAX];
	struct tryst_group_values values[MERGE_BLOCK];
	size_t n = 0;

	for (size_t i = 0; i < MERGE_BLOCK; i++) {
		const uint64_t *entry = table_slot(from, block * MERGE_BLOCK + i);

		if (!entry[0])
			continue;
		memcpy(keys + n * t->key_words, entry, t->key_words * sizeof(*entry));
		values[n++] = tryst_group_entry_values(from, entry);
	}
	return tryst_group_table_add(t, keys, values, n, err);
}

/*
 * Block after block in strides of about the golden ratio: inserting in the order of the hash would
 * crowd the lower end of a table that has yet to grow, and probes there would be long.
 */
int
tryst_group_table_merge(struct tryst_group_table *t, const struct tryst_group_table *from,
                        struct tryst_error *err)
{
	size_t blocks = from->slot_count / MERGE_BLOCK;
	size_t step = (size_t)((double)blocks * 0.6180339887498949) | 1;

	assert(t->key_words == from->key_words && t->seed == from->seed);
	for (size_t i = 0, block = 0; i < blocks; i++, block = (block + step) & (blocks - 1)) {
		int ret = merge_block(t, from, block, err);

		if (ret)
			return ret;
	}
	return 0;
}

const uint64_t *
tryst_group_table_next(const struct tryst_group_table *t, size_t *at)
{
	while (*at < t->slot_count) {
		const uint64_t *entry = table_slot(t, (*at)++);

		if (entry[0])
			return entry;
	}
	return NULL;
}

struct tryst_group_values
tryst_group_entry_values(const struct tryst_group_table *t, const uint64_t *entry)
{
	struct tryst_group_values v;

	memcpy(&v, entry + t->key_words, sizeof(v));
	return v;
}
