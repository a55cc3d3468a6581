/* SPDX-License-Identifier: Apache-2.0 */
#include "query/series_rows.h"

#include <stdlib.h>
#include <string.h>

#define ROW(entry) ((uint32_t)(TRYST_SERIES_MORE + (entry)))

static const struct tryst_group_values nothing = { 0, 0, 0, INT64_MAX, INT64_MIN };

static int
given_init(struct tryst_series_keys *k, struct tryst_error *err)
{
	uint64_t key[TRYST_GROUP_KEY_WORDS_MAX];
	int rc = tryst_group_table_init(&k->given, k->key.words, &k->seed, k->budget, err);

	for (size_t i = 0; i < k->only_count && rc == 0; i++) {
		tryst_group_key_pack(&k->key, k->only[i].key, k->only[i].known, key);
		rc = tryst_group_table_add(&k->given, key, &nothing, 1, err);
	}
	assert(rc < 0 || k->given.used == k->only_count);
	return rc;
}

/* Small numbers: their own rows, or of the given ones these and for the rest OTHER. */
static int
small_init(struct tryst_series_keys *k, uint32_t small, struct tryst_error *err)
{
	k->small = malloc(small * sizeof(*k->small));
	if (!k->small)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < small; i++)
		k->small[i] = k->only ? TRYST_SERIES_OTHER : ROW(i);
	for (size_t i = 0; i < k->only_count; i++) {
		if (k->only[i].known)
			k->small[k->only[i].key[0].lo] = ROW(i);
	}
	return 0;
}

int
tryst_series_keys_init(struct tryst_series_keys *k, const struct tryst_top_spec *key,
                       const struct tryst_top_row *only, size_t only_count,
                       struct tryst_group_budget *budget, struct tryst_error *err)
{
	uint32_t small;
	int rc;

	*k = (struct tryst_series_keys){ .budget = budget, .only = only, .only_count = only_count };
	if (!key)
		return 0;
	tryst_group_key_init(&k->key, key);
	rc = tryst_group_seed_init(&k->seed, err);
	small = tryst_group_key_small(&k->key);
	if (rc == 0 && small)
		rc = small_init(k, small, err);
	if (rc == 0 && only)
		rc = given_init(k, err);
	return rc;
}

void
tryst_series_keys_fini(struct tryst_series_keys *k)
{
	if (k->given.budget)
		tryst_group_table_fini(&k->given);
	free(k->small);
	k->small = NULL;
}

uint64_t
tryst_series_keys_coded(const struct tryst_series_keys *k)
{
	return k->only ? tryst_group_sums_coded(&k->key) : 0;
}

int
tryst_series_rows_init(struct tryst_series_rows *r, const struct tryst_series_keys *k,
                       struct tryst_error *err)
{
	r->keys = k;
	r->found = (struct tryst_group_table){ 0 };
	r->book = NULL;
	r->map = (struct tryst_group_pages){ 0 };
	r->mapped = false;
	if (!k->key.part_count || k->only || k->small)
		return 0;
	return tryst_group_table_init(&r->found, k->key.words, &k->seed, k->budget, err);
}

void
tryst_series_rows_fini(struct tryst_series_rows *r)
{
	if (r->found.budget)
		tryst_group_table_fini(&r->found);
	tryst_group_pages_fini(&r->map, r->keys->budget);
	tryst_codebook_drop(r->book);
	r->book = NULL;
}

int
tryst_series_rows_of(struct tryst_series_rows *r, const uint64_t *key, uint32_t *row,
                     struct tryst_error *err)
{
	const struct tryst_series_keys *k = r->keys;
	struct tryst_ip values[TRYST_KEY_PARTS_MAX];
	size_t entry;
	int rc;

	if (k->small) {
		tryst_group_key_unpack(&k->key, key, values);
		*row = k->small[values[0].lo];
		return 0;
	}
	entry = tryst_group_table_find(k->only ? &k->given : &r->found, key);
	if (entry != SIZE_MAX || k->only) {
		*row = entry == SIZE_MAX ? TRYST_SERIES_OTHER : ROW(entry);
		return 0;
	}
	*row = ROW(r->found.used);
	rc = tryst_group_table_add(&r->found, key, &nothing, 1, err);
	return rc;
}

/* The first code whose address is not before ip. */
static uint32_t
book_find(const struct tryst_codebook *book, struct tryst_ip ip)
{
	uint32_t from = 0, count = book->count;

	while (count) {
		uint32_t half = count / 2;
		struct tryst_ip at;

		book->addresses(book, from + half, 1, &at);
		if (tryst_ip_compare(at, ip) < 0) {
			from += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return from;
}

/* Whether rows are bytes in a map: it is looked up for every flow, so it had better be small. */
static bool
map_is_narrow(const struct tryst_series_rows *r)
{
	return TRYST_SERIES_MORE + r->keys->only_count <= UINT8_MAX + 1;
}

static inline uint32_t
map_get(const struct tryst_series_rows *r, uint32_t code)
{
	const void *map = r->map.data;

	return map_is_narrow(r) ? ((const uint8_t *)map)[code] : ((const uint32_t *)map)[code];
}

static void
map_set(struct tryst_series_rows *r, uint32_t code, uint32_t row)
{
	void *map = r->map.data;

	if (map_is_narrow(r))
		((uint8_t *)map)[code] = (uint8_t)row;
	else
		((uint32_t *)map)[code] = row;
}

/* Gives a row to the codes of a masked address. */
static void
map_fill(struct tryst_series_rows *r, struct tryst_ip ip, struct tryst_ip mask, uint32_t row)
{
	const struct tryst_ip last = { ip.hi | ~mask.hi, ip.lo | ~mask.lo };
	const struct tryst_codebook *book = r->book;
	struct tryst_ip at;

	for (uint32_t i = book_find(book, ip); i < book->count; i++) {
		book->addresses(book, i, 1, &at);
		if (tryst_ip_compare(at, last) > 0)
			break;
		map_set(r, i, row);
	}
}

/* As map_fill, of all IPv4: their codes are neighbours. */
static void
map_fill_v4(struct tryst_series_rows *r, uint32_t row)
{
	struct tryst_ip mask = tryst_ip_mask(96), first = tryst_ip_v4(0);
	const struct tryst_ip behind = { 0, (first.lo | ~mask.lo) + 1 };
	uint32_t end = book_find(r->book, behind);

	for (uint32_t i = book_find(r->book, first); i < end; i++)
		map_set(r, i, row);
}

/* IPv6 first: a short prefix of it holds all of IPv4, which is a family of its own. */
static void
map_make(struct tryst_series_rows *r)
{
	const struct tryst_series_keys *k = r->keys;
	const struct tryst_group_key_part *p = &k->key.parts[0];

	_Static_assert(TRYST_SERIES_OTHER == 0, "a map of zeros");
	memset(r->map.data, 0,
	       r->book->count * (map_is_narrow(r) ? sizeof(uint8_t) : sizeof(uint32_t)));
	for (unsigned v4 = 0; v4 < 2; v4++) {
		if (v4)
			map_fill_v4(r, TRYST_SERIES_OTHER);
		for (size_t i = 0; i < k->only_count; i++) {
			struct tryst_ip ip = k->only[i].key[0];

			if (k->only[i].known && tryst_ip_is_v4(ip) == (v4 == 1))
				map_fill(r, ip, v4 ? p->v4_mask : p->v6_mask, ROW(i));
		}
	}
}

/* The map of a book, if the budget has room. */
static int
book_use(struct tryst_series_rows *r, struct tryst_codebook *book, struct tryst_error *err)
{
	struct tryst_group_budget *budget = r->keys->budget;
	size_t size = TRYST_MAX(book->count, 1u) *
	              (map_is_narrow(r) ? sizeof(uint8_t) : sizeof(uint32_t));
	int rc;

	if (r->book == book)
		return 0;
	tryst_codebook_drop(r->book);
	r->book = tryst_codebook_hold(book);
	if (r->map.data)
		rc = tryst_group_pages_grow(&r->map, budget, size, err);
	else
		rc = tryst_group_pages_init(&r->map, budget, size, err);
	r->mapped = rc == 0;
	if (r->mapped)
		map_make(r);
	return rc == TRYST_ERR_LIMIT ? 0 : rc;
}

static int
rows_of_codes(struct tryst_series_rows *r, const struct tryst_batch *b, size_t n, uint32_t *out,
              struct tryst_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < n && rc == 0; i++) {
		uint64_t key[TRYST_GROUP_KEY_WORDS_MAX];
		struct tryst_ip ip;

		if (r->codes[i] == TRYST_GROUP_CODE_NONE) {
			out[i] = TRYST_SERIES_UNKNOWN;
		} else if (r->mapped) {
			out[i] = map_get(r, r->codes[i]);
		} else {
			b->book->addresses(b->book, r->codes[i], 1, &ip);
			tryst_group_key_address(&r->keys->key, ip, key);
			rc = tryst_series_rows_of(r, key, &out[i], err);
		}
	}
	return rc;
}

/* The rows of codes that every flow has, by a map. */
static void
rows_of_map(const struct tryst_series_rows *r, const uint32_t *codes, const uint16_t *rows,
            size_t n, uint32_t *out)
{
	const uint8_t *narrow = (const uint8_t *)(const void *)r->map.data;

	if (map_is_narrow(r)) {
		for (size_t i = 0; i < n; i++)
			out[i] = narrow[codes[rows[i]]];
		return;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = map_get(r, codes[rows[i]]);
}

int
tryst_series_rows_load(struct tryst_series_rows *r, unsigned side, const struct tryst_batch *b,
                       const uint16_t *rows, size_t n, uint32_t *out, struct tryst_error *err)
{
	const struct tryst_series_keys *k = r->keys;
	const struct tryst_group_key_part *p = &k->key.parts[0];
	bool coded = k->key.part_count == 1 && tryst_batch_codes(b, p->field[side]);
	int rc = coded ? book_use(r, b->book, err) : 0;

	if (rc < 0)
		return rc;
	if (coded && r->mapped && b->sure >> p->field[side] & 1) {
		rows_of_map(r, tryst_batch_codes(b, p->field[side]), rows, n, out);
		return 0;
	}
	if (coded || k->small) {
		tryst_group_codes_load(p, b, p->field[side], rows, n, r->codes);
		if (coded)
			return rows_of_codes(r, b, n, out, err);
		for (size_t i = 0; i < n; i++)
			out[i] = r->codes[i] == TRYST_GROUP_CODE_NONE ? TRYST_SERIES_UNKNOWN
			                                              : k->small[r->codes[i]];
		return 0;
	}
	tryst_group_key_load(&k->key, side, b, rows, n, r->packed);
	for (size_t i = 0; i < n && rc == 0; i++) {
		const uint64_t *key = r->packed + i * k->key.words;

		out[i] = TRYST_SERIES_UNKNOWN;
		if (key[0] & TRYST_GROUP_KNOWN)
			rc = tryst_series_rows_of(r, key, &out[i], err);
	}
	return rc;
}
