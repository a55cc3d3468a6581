/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one thread sums by key: a table of packed keys, and before it, where the key is one small
 * number or comes as codes, an array.  What is in the array goes over to the table when the
 * dictionary of the codes changes, and at the end.  Threads that are in one dictionary leave it one
 * after the other: the arrays of the first ones wait for those of the others, so that what goes to
 * a table is nearly always there once.
 *
 * Codes serve keys of one address, cut to a prefix or not.  Where the budget has no room for the
 * array, codes are looked up one by one: slower, and the same.
 */
#ifndef TRYST_QUERY_GROUP_SUMS_H
#define TRYST_QUERY_GROUP_SUMS_H

#include <pthread.h>

#include "query/group_array.h"
#include "query/group_key.h"
#include "query/group_load.h"
#include "query/group_sorted.h"

/* Rows looked at together: their keys and values stay in the first-level cache. */
#define TRYST_GROUP_STRETCH 128

/*
 * What all threads share: an array that one of them has left, until one of another dictionary
 * comes, and what arrays of codes go to: for whole addresses a sorted list, while that pays and
 * takes a fourth of the memory at most, else a table.
 */
struct tryst_group_left {
	pthread_mutex_t lock;        /* of the array */
	struct tryst_codebook *book; /* held; NULL: there is none */
	struct tryst_group_array array;
	pthread_mutex_t table_lock; /* of the rest */
	struct tryst_group_sorted sorted;
	bool use_table;
	struct tryst_group_table table; /* empty until the first array comes */
};

void tryst_group_left_init(struct tryst_group_left *l);
void tryst_group_left_fini(struct tryst_group_left *l);

struct tryst_group_sums {
	struct tryst_group_left *left; /* shared */
	const struct tryst_group_key *key;
	struct tryst_group_table table;
	struct tryst_group_array array;
	struct tryst_codebook *book;    /* of the array, held; NULL: it holds small numbers */
	struct tryst_codebook *without; /* the one for which the budget had no room */
	bool small;                     /* the array is for the key's numbers */
	uint32_t codes[TRYST_GROUP_STRETCH];
	uint32_t plain[2][TRYST_BATCH_ROWS]; /* codes of a whole batch */
	uint64_t keys[TRYST_GROUP_STRETCH * TRYST_GROUP_KEY_WORDS_MAX];
};

/* The columns that may come as codes for such a key. */
uint64_t tryst_group_sums_coded(const struct tryst_group_key *k);

/* TRYST_ERR_LIMIT when the budget has no room even for an empty table. */
int tryst_group_sums_init(struct tryst_group_sums *s, const struct tryst_group_key *key,
                          const struct tryst_group_seed *seed, struct tryst_group_budget *budget,
                          struct tryst_group_left *left, struct tryst_error *err);
void tryst_group_sums_fini(struct tryst_group_sums *s);

/*
 * Adds values[i] to the groups of rows[i], n <= TRYST_GROUP_STRETCH, from every side of the key;
 * keyed[i] says whether there was any.  Errors as tryst_group_table_add.
 */
int tryst_group_sums_add(struct tryst_group_sums *s, const struct tryst_batch *b,
                         const uint16_t *rows, const struct tryst_group_values *values, size_t n,
                         bool *keyed, struct tryst_error *err);

/*
 * The short way for a batch whose rows all say the key, where it has an array: *plain holds their
 * groups.  False, also after an error: there is none.
 */
struct tryst_group_plain {
	struct tryst_group_columns columns;
	const uint16_t *rows; /* NULL: all of the batch in their order */
	size_t count;
	const uint32_t *codes[2]; /* of each row, by side */
};

int tryst_group_sums_plain(struct tryst_group_sums *s, enum tryst_ways ways,
                           const struct tryst_batch *b, struct tryst_group_plain *plain,
                           bool *is_plain, struct tryst_error *err);

/*
 * Adds n of these flows from `at` on, up to one that is too strange, and their sum to *total.
 * *added is how many; the one behind takes the long way.
 */
int tryst_group_sums_add_plain(struct tryst_group_sums *s, const struct tryst_group_plain *plain,
                               size_t at, size_t n, struct tryst_group_values *total, size_t *added,
                               struct tryst_error *err);

/*
 * The thread has done: its own table, the shared one and the sorted list hold all of it but the
 * array that is left; with the last thread, that too.
 */
int tryst_group_sums_end(struct tryst_group_sums *s, bool last, struct tryst_error *err);

/* Moves the sorted list into a table.  Errors as tryst_group_table_add. */
int tryst_group_sorted_move(struct tryst_group_sorted *sorted, const struct tryst_group_key *key,
                            struct tryst_group_table *table, struct tryst_error *err);

#endif
