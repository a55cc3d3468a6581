/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which row of a series a flow counts in, as seen from one side of the key.  Rows 0 to
 * TRYST_SERIES_MORE - 1 are others, unknown and the total; then come the keys.
 *
 * The keys are either given (the same rows in all threads), or found as they come (each thread
 * numbers its own; for small numbers the number says the row).  Codes of a dictionary are looked up
 * once a dictionary: the addresses of a prefix are neighbours there.
 */
#ifndef TRYST_QUERY_SERIES_ROWS_H
#define TRYST_QUERY_SERIES_ROWS_H

#include "query/group_load.h"
#include "query/group_sums.h"
#include "query/series.h"

/* What all threads share; read only while they run. */
struct tryst_series_keys {
	struct tryst_group_key key; /* without parts: there is only the total */
	struct tryst_group_seed seed;
	struct tryst_group_budget *budget;
	const struct tryst_top_row *only; /* the keys given, or NULL */
	size_t only_count;
	struct tryst_group_table given; /* of them: entry i is only[i] */
	uint32_t *small;                /* the row of each small number; NULL: not such a key */
};

/* A thread's. */
struct tryst_series_rows {
	const struct tryst_series_keys *keys;
	struct tryst_group_table found; /* keys as they came; used where none are given */
	struct tryst_codebook *book;    /* held; of the map */
	struct tryst_group_pages map;   /* the row of each code: uint8_t where that is enough */
	bool mapped;                    /* the budget had room for it */
	uint32_t codes[TRYST_GROUP_STRETCH];
	uint64_t packed[TRYST_GROUP_STRETCH * TRYST_GROUP_KEY_WORDS_MAX];
};

/* The arrays belong to the caller; key NULL: there is none. */
int tryst_series_keys_init(struct tryst_series_keys *k, const struct tryst_top_spec *key,
                           const struct tryst_top_row *only, size_t only_count,
                           struct tryst_group_budget *budget, struct tryst_error *err);
void tryst_series_keys_fini(struct tryst_series_keys *k);

/* The columns of the key that may come as codes. */
uint64_t tryst_series_keys_coded(const struct tryst_series_keys *k);

int tryst_series_rows_init(struct tryst_series_rows *r, const struct tryst_series_keys *k,
                           struct tryst_error *err);
void tryst_series_rows_fini(struct tryst_series_rows *r);

/* The row of each of n flows: TRYST_SERIES_UNKNOWN where the flow says nothing of the key. */
int tryst_series_rows_load(struct tryst_series_rows *r, unsigned side, const struct tryst_batch *b,
                           const uint16_t *rows, size_t n, uint32_t *out, struct tryst_error *err);

/*
 * The row of a packed key, which is entered where it is missing and none were given, else
 * TRYST_SERIES_OTHER.
 */
int tryst_series_rows_of(struct tryst_series_rows *r, const uint64_t *key, uint32_t *row,
                         struct tryst_error *err);

#endif
