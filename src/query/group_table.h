/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table from packed keys to sums: what one thread fills while it groups flows.
 *
 * A key is a fixed number of 64-bit words.  The low byte of its first word says which parts of the
 * key are known and is never 0 in the table.  Entries, a key and its five values, stand in one
 * array in the order they came; slots are taken by the high bits of the hash with linear probing
 * and hold the upper half of the hash and the number of an entry.  So groups cost little beyond
 * themselves, growing moves no entry, and an update costs two misses, both of them prefetched.
 *
 * The hash is NH (RFC 4418, 5.2) under keys drawn at random for each run: nobody can prepare
 * addresses that collide.  The order of entries is chance; nothing reported may depend on it.
 */
#ifndef TRYST_QUERY_GROUP_TABLE_H
#define TRYST_QUERY_GROUP_TABLE_H

#include "query/group_pages.h"

#define TRYST_GROUP_KEY_WORDS_MAX 17
#define TRYST_GROUP_KNOWN 0xffu /* the bits of a key's first word that say what is known */

struct tryst_group_values {
	uint64_t flows, packets, bytes;
	int64_t first_ms, last_ms; /* INT64_MAX and INT64_MIN while no time is known */
};

#define TRYST_GROUP_VALUES_NONE ((struct tryst_group_values){ 0, 0, 0, INT64_MAX, INT64_MIN })

/* The random keys of the hash, one a word. */
struct tryst_group_seed {
	uint64_t words[TRYST_GROUP_KEY_WORDS_MAX];
};

int tryst_group_seed_init(struct tryst_group_seed *s, struct tryst_error *err);

struct tryst_group_table {
	const struct tryst_group_seed *seed; /* shared by the tables of a run */
	struct tryst_group_budget *budget;
	/* A slot: upper half of the hash << 32 | number of the entry, from 1; 0 is empty. */
	struct tryst_group_pages slots;
	struct tryst_group_pages entries; /* key, then values */
	size_t used;                      /* entries */
	size_t capacity;
	unsigned slot_bits; /* log2 of the number of slots, at most 32 */
	unsigned key_words;
};

/* What an empty table takes. */
size_t tryst_group_table_bytes_min(unsigned key_words);

/* An empty table; TRYST_ERR_LIMIT when the budget has no room even for that. */
int tryst_group_table_init(struct tryst_group_table *t, unsigned key_words,
                           const struct tryst_group_seed *seed, struct tryst_group_budget *budget,
                           struct tryst_error *err);
void tryst_group_table_fini(struct tryst_group_table *t);

/*
 * Adds values[i] to the group of the key at keys + i * key_words.  Keys of which nothing is known
 * are passed over.  TRYST_ERR_LIMIT, with a text for the user, when the table would outgrow the
 * budget; it then holds the keys before that one.
 */
int tryst_group_table_add(struct tryst_group_table *t, const uint64_t *keys,
                          const struct tryst_group_values *values, size_t count,
                          struct tryst_error *err);

/* Folds the groups of `from` into t; `from` stays as it is. */
int tryst_group_table_merge(struct tryst_group_table *t, const struct tryst_group_table *from,
                            struct tryst_error *err);

/* The number of the entry of a key, or SIZE_MAX where there is none. */
size_t tryst_group_table_find(const struct tryst_group_table *t, const uint64_t *key);

/* The key of entry i < used, and its values. */
const uint64_t *tryst_group_table_key(const struct tryst_group_table *t, size_t i);
struct tryst_group_values tryst_group_table_values(const struct tryst_group_table *t, size_t i);

/* Adds b to *a. */
static inline void
tryst_group_values_add(struct tryst_group_values *a, const struct tryst_group_values *b)
{
	a->flows += b->flows;
	a->packets += b->packets;
	a->bytes += b->bytes;
	a->first_ms = TRYST_MIN(a->first_ms, b->first_ms);
	a->last_ms = TRYST_MAX(a->last_ms, b->last_ms);
}

#endif
