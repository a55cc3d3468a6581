/* SPDX-License-Identifier: Apache-2.0 */
#include "query/group_sums.h"

#include <string.h>

_Static_assert(TRYST_GROUP_STRETCH *TRYST_GROUP_ARRAY_PACKETS_EACH < TRYST_GROUP_ARRAY_PACKETS &&
                       TRYST_GROUP_COLUMN_PACKETS <= TRYST_GROUP_ARRAY_PACKETS_EACH,
               "a stretch fits in an empty array");

/* What of the array is on its way to the table. */
struct run {
	struct tryst_group_sums *s;
	struct tryst_group_table *table;
	struct tryst_group_values values[TRYST_GROUP_STRETCH];
	size_t count;
	uint32_t page; /* of the addresses below, from 1 */
	struct tryst_ip ips[TRYST_GROUP_STRETCH];
};

void
tryst_group_left_init(struct tryst_group_left *l)
{
	*l = (struct tryst_group_left){ .book = NULL };
	(void)pthread_mutex_init(&l->lock, NULL);
	(void)pthread_mutex_init(&l->table_lock, NULL);
}

void
tryst_group_left_fini(struct tryst_group_left *l)
{
	if (l->array.budget)
		tryst_group_array_fini(&l->array);
	if (l->table.budget)
		tryst_group_table_fini(&l->table);
	tryst_group_sorted_fini(&l->sorted);
	tryst_codebook_drop(l->book);
	l->book = NULL;
	(void)pthread_mutex_destroy(&l->lock);
	(void)pthread_mutex_destroy(&l->table_lock);
}

uint64_t
tryst_group_sums_coded(const struct tryst_group_key *k)
{
	return k->part_count == 1 && k->parts[0].is_ip ? k->columns & TRYST_CODED_ALL : 0;
}

/* Small numbers have their array at once, unless the budget is that tight. */
static int
small_init(struct tryst_group_sums *s, struct tryst_error *err)
{
	uint32_t small = tryst_group_key_small(s->key);
	int rc;

	if (!small)
		return 0;
	rc = tryst_group_array_resize(&s->array, small, err);
	s->small = rc == 0;
	return rc == TRYST_ERR_LIMIT ? 0 : rc;
}

int
tryst_group_sums_init(struct tryst_group_sums *s, const struct tryst_group_key *key,
                      const struct tryst_group_seed *seed, struct tryst_group_budget *budget,
                      struct tryst_group_left *left, struct tryst_error *err)
{
	int rc;

	s->left = left;
	s->key = key;
	s->book = NULL;
	s->without = NULL;
	s->small = false;
	tryst_group_array_init(&s->array, budget);
	rc = tryst_group_table_init(&s->table, key->words, seed, budget, err);
	if (rc == 0)
		rc = small_init(s, err);
	if (rc < 0)
		tryst_group_sums_fini(s);
	return rc;
}

void
tryst_group_sums_fini(struct tryst_group_sums *s)
{
	if (s->table.budget)
		tryst_group_table_fini(&s->table);
	tryst_group_array_fini(&s->array);
	tryst_codebook_drop(s->book);
	tryst_codebook_drop(s->without);
	s->book = NULL;
	s->without = NULL;
}

static int
run_flush(struct run *r, struct tryst_error *err)
{
	size_t count = r->count;

	r->count = 0;
	return tryst_group_table_add(r->table, r->s->keys, r->values, count, err);
}

/* The key of an entry of the array. */
static void
run_key(struct run *r, uint32_t code, uint64_t *key)
{
	struct tryst_codebook *book = r->s->book;
	uint32_t from = code - code % TRYST_GROUP_STRETCH;

	if (!book) {
		tryst_group_key_number(r->s->key, code, key);
		return;
	}
	if (r->page != from / TRYST_GROUP_STRETCH + 1) {
		r->page = from / TRYST_GROUP_STRETCH + 1;
		book->addresses(book, from, TRYST_MIN(book->count - from, TRYST_GROUP_STRETCH),
		                r->ips);
	}
	tryst_group_key_address(r->s->key, r->ips[code - from], key);
}

/* Moves the array into a table. */
static int
array_move(struct tryst_group_sums *s, struct tryst_group_table *table, struct tryst_error *err)
{
	struct run r = { .s = s, .table = table };
	const size_t words = s->key->words;
	int rc = 0;

	for (uint32_t at = 0;; at++) {
		uint64_t *key = s->keys + r.count * words;

		if (!tryst_group_array_take(&s->array, &at, &r.values[r.count]))
			break;
		run_key(&r, at, key);
		/* Codes are sorted, so the hosts of a prefix come one after the other. */
		if (r.count && memcmp(key, key - words, words * sizeof(*key)) == 0) {
			tryst_group_values_add(&r.values[r.count - 1], &r.values[r.count]);
			continue;
		}
		if (++r.count < TRYST_GROUP_STRETCH)
			continue;
		rc = run_flush(&r, err);
		if (rc < 0)
			return rc;
	}
	return run_flush(&r, err);
}

int
tryst_group_sorted_move(struct tryst_group_sorted *sorted, const struct tryst_group_key *key,
                        struct tryst_group_table *table, struct tryst_error *err)
{
	uint64_t keys[TRYST_GROUP_STRETCH * TRYST_GROUP_KEY_WORDS_MAX];
	struct tryst_group_values values[TRYST_GROUP_STRETCH];
	size_t count = tryst_group_sorted_count(sorted);
	int rc = 0;

	for (size_t at = 0; at < count && rc == 0; at += TRYST_GROUP_STRETCH) {
		size_t n = TRYST_MIN(count - at, TRYST_GROUP_STRETCH);

		for (size_t i = 0; i < n; i++) {
			tryst_group_key_address(key, tryst_group_sorted_ip(sorted, at + i),
			                        keys + i * key->words);
			values[i] = tryst_group_sorted_values(sorted, at + i);
		}
		rc = tryst_group_table_add(table, keys, values, n, err);
	}
	if (rc == 0)
		tryst_group_sorted_fini(sorted);
	return rc;
}

static int
left_table_init(struct tryst_group_sums *s, struct tryst_error *err)
{
	struct tryst_group_left *l = s->left;

	return l->table.budget ? 0
	                       : tryst_group_table_init(&l->table, s->key->words, s->table.seed,
	                                                s->table.budget, err);
}

/* Merges the array into the sorted list; TRYST_ERR_LIMIT: it cannot, and will not again. */
static int
array_sort_in(struct tryst_group_sums *s, struct tryst_error *err)
{
	struct tryst_group_left *l = s->left;
	struct tryst_group_budget *budget = s->table.budget;
	int rc = TRYST_ERR_LIMIT;

	if (l->use_table || !tryst_group_key_whole(s->key))
		return rc;
	if (!l->sorted.budget)
		tryst_group_sorted_init(&l->sorted, budget);
	if (tryst_group_sorted_pays(&l->sorted))
		rc = tryst_group_sorted_merge(&l->sorted, s->book, &s->array, budget->limit / 4,
		                              err);
	if (rc != TRYST_ERR_LIMIT)
		return rc;
	l->use_table = true;
	rc = left_table_init(s, err);
	if (rc == 0)
		rc = tryst_group_sorted_move(&l->sorted, s->key, &l->table, err);
	return rc == 0 ? TRYST_ERR_LIMIT : rc;
}

/* Moves the array to where it belongs: codes to what all threads share. */
static int
array_settle(struct tryst_group_sums *s, struct tryst_error *err)
{
	struct tryst_group_left *l = s->left;
	int rc;

	if (s->small)
		return array_move(s, &s->table, err);
	if (!s->book)
		return 0;
	(void)pthread_mutex_lock(&l->table_lock);
	rc = array_sort_in(s, err);
	if (rc == TRYST_ERR_LIMIT) {
		rc = left_table_init(s, err);
		if (rc == 0)
			rc = array_move(s, &l->table, err);
	}
	(void)pthread_mutex_unlock(&l->table_lock);
	return rc;
}

/* Gives one's array away, and takes the one that was left, if there was. */
static void
array_swap(struct tryst_group_sums *s)
{
	struct tryst_group_array array = s->left->array;
	struct tryst_codebook *book = s->left->book;

	s->left->array = s->array;
	s->left->book = s->book;
	s->array = array;
	s->book = book;
	if (!s->array.budget)
		tryst_group_array_init(&s->array, s->left->array.budget);
}

/* Leaves one's array for the others, or adds it to theirs; one of another book comes back. */
static int
array_leave(struct tryst_group_sums *s, struct tryst_error *err)
{
	struct tryst_group_left *l = s->left;

	if (!s->book)
		return 0;
	/* Nobody else has a part of this book, nor will have one. */
	if (atomic_load(&s->book->holds) == 1)
		return array_settle(s, err);
	(void)pthread_mutex_lock(&l->lock);
	if (l->book == s->book &&
	    tryst_group_array_room(&l->array, s->array.flows, s->array.packets)) {
		tryst_group_array_fold(&l->array, &s->array);
		(void)pthread_mutex_unlock(&l->lock);
		return 0;
	}
	array_swap(s);
	(void)pthread_mutex_unlock(&l->lock);
	return array_settle(s, err);
}

/* Takes back what was left, in the place of one's own, which is empty. */
static bool
left_take(struct tryst_group_sums *s)
{
	bool any;

	(void)pthread_mutex_lock(&s->left->lock);
	any = s->left->book != NULL;
	if (any) {
		tryst_codebook_drop(s->book);
		s->book = NULL;
		array_swap(s);
		tryst_group_array_fini(&s->left->array);
	}
	(void)pthread_mutex_unlock(&s->left->lock);
	return any;
}

int
tryst_group_sums_end(struct tryst_group_sums *s, bool last, struct tryst_error *err)
{
	int rc = s->small ? array_settle(s, err) : array_leave(s, err);

	if (rc == 0 && last && !s->small && left_take(s))
		rc = array_settle(s, err);
	return rc;
}

/* Whether the array is that of the book; it takes over what it can. */
static int
book_use(struct tryst_group_sums *s, struct tryst_codebook *book, bool *usable,
         struct tryst_error *err)
{
	int rc;

	*usable = s->book == book;
	if (s->book == book || s->without == book)
		return 0;
	rc = array_leave(s, err);
	if (rc < 0)
		return rc;
	do {
		tryst_codebook_drop(s->book);
		s->book = NULL;
		rc = tryst_group_array_resize(&s->array, book->count, err);
		/* One that was left gives its room, if that is what is missing. */
		if (rc != TRYST_ERR_LIMIT || !left_take(s))
			break;
		rc = array_settle(s, err);
	} while (rc == 0);
	*usable = rc == 0;
	if (rc == 0) {
		s->book = tryst_codebook_hold(book);
	} else if (rc == TRYST_ERR_LIMIT) {
		tryst_codebook_drop(s->without);
		s->without = tryst_codebook_hold(book);
		rc = 0;
	}
	return rc;
}

/* Packs the keys of codes that have no array. */
static void
keys_of_codes(struct tryst_group_sums *s, const struct tryst_codebook *book, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint64_t *key = s->keys + i * s->key->words;
		struct tryst_ip ip;

		key[0] = 0;
		if (s->codes[i] == TRYST_GROUP_CODE_NONE)
			continue;
		book->addresses(book, s->codes[i], 1, &ip);
		tryst_group_key_address(s->key, ip, key);
	}
}

/* What the array does not take goes to the table; of the rest, the packets. */
static int
add_strange(struct tryst_group_sums *s, const struct tryst_codebook *book,
            const struct tryst_group_values *values, size_t n, uint64_t *packets,
            struct tryst_error *err)
{
	int rc = 0;

	*packets = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		uint64_t key[TRYST_GROUP_KEY_WORDS_MAX];
		struct tryst_ip ip;

		if (s->codes[i] == TRYST_GROUP_CODE_NONE)
			continue;
		if (TRYST_LIKELY(tryst_group_array_takes(&values[i]))) {
			*packets += values[i].packets;
			continue;
		}
		if (book) {
			book->addresses(book, s->codes[i], 1, &ip);
			tryst_group_key_address(s->key, ip, key);
		} else {
			tryst_group_key_number(s->key, s->codes[i], key);
		}
		rc = tryst_group_table_add(&s->table, key, &values[i], 1, err);
		s->codes[i] = TRYST_GROUP_CODE_NONE;
	}
	return rc;
}

static int
add_codes(struct tryst_group_sums *s, const struct tryst_batch *b, enum tryst_field field,
          const uint16_t *rows, const struct tryst_group_values *values, size_t n, bool *keyed,
          struct tryst_error *err)
{
	bool coded = tryst_batch_codes(b, field), usable = s->small;
	uint64_t packets;
	int rc = 0;

	tryst_group_codes_load(&s->key->parts[0], b, field, rows, n, s->codes);
	for (size_t i = 0; i < n; i++)
		keyed[i] |= s->codes[i] != TRYST_GROUP_CODE_NONE;
	if (coded)
		rc = book_use(s, b->book, &usable, err);
	if (rc < 0)
		return rc;
	if (!usable) {
		keys_of_codes(s, b->book, n);
		return tryst_group_table_add(&s->table, s->keys, values, n, err);
	}
	rc = add_strange(s, coded ? b->book : NULL, values, n, &packets, err);
	if (rc == 0 && !tryst_group_array_room(&s->array, n, packets))
		rc = array_settle(s, err);
	if (rc == 0)
		tryst_group_array_add(&s->array, s->codes, values, n);
	return rc;
}

int
tryst_group_sums_add(struct tryst_group_sums *s, const struct tryst_batch *b, const uint16_t *rows,
                     const struct tryst_group_values *values, size_t n, bool *keyed,
                     struct tryst_error *err)
{
	const struct tryst_group_key *k = s->key;
	int rc = 0;

	assert(n <= TRYST_GROUP_STRETCH);
	memset(keyed, false, n * sizeof(*keyed));
	for (unsigned side = 0; side < k->sides && rc == 0; side++) {
		enum tryst_field field = k->parts[0].field[side];

		if (k->part_count == 1 && (s->small || tryst_batch_codes(b, field))) {
			rc = add_codes(s, b, field, rows, values, n, keyed, err);
			continue;
		}
		tryst_group_key_load(k, side, b, rows, n, s->keys);
		for (size_t i = 0; i < n; i++)
			keyed[i] |= (s->keys[i * k->words] & TRYST_GROUP_KNOWN) != 0;
		rc = tryst_group_table_add(&s->table, s->keys, values, n, err);
	}
	return rc;
}

int
tryst_group_sums_plain(struct tryst_group_sums *s, enum tryst_ways ways,
                       const struct tryst_batch *b, struct tryst_group_plain *plain, bool *is_plain,
                       struct tryst_error *err)
{
	const struct tryst_group_key *k = s->key;
	bool coded = (k->columns & ~b->coded) == 0, usable = s->small;
	int rc = 0;

	*is_plain = false;
	if (k->part_count != 1 || !(coded || s->small) || (k->columns & ~b->sure) ||
	    !tryst_group_columns_of(ways, b, &plain->columns))
		return 0;
	if (coded)
		rc = book_use(s, b->book, &usable, err);
	if (rc < 0 || !usable)
		return rc;
	plain->rows = b->selected == b->rows ? NULL : b->sel;
	plain->count = b->selected;
	for (unsigned side = 0; side < k->sides; side++) {
		enum tryst_field field = k->parts[0].field[side];

		plain->codes[side] = plain->rows ? NULL : tryst_batch_codes(b, field);
		if (plain->codes[side])
			continue;
		tryst_group_codes_load(&k->parts[0], b, field, b->sel, b->selected, s->plain[side]);
		plain->codes[side] = s->plain[side];
	}
	*is_plain = true;
	return 0;
}

int
tryst_group_sums_add_plain(struct tryst_group_sums *s, const struct tryst_group_plain *plain,
                           size_t at, size_t n, struct tryst_group_values *total, size_t *added,
                           struct tryst_error *err)
{
	const uint16_t *rows = plain->rows ? plain->rows + at : NULL;
	struct tryst_group_columns c =
		tryst_group_columns_at(&plain->columns, plain->rows ? 0 : at);
	struct tryst_group_values sum;

	assert(n && at + n <= plain->count);
	*added = 0;
	for (unsigned side = 0; side < s->key->sides; side++) {
		int rc = 0;

		if (!tryst_group_array_room(&s->array, n, n * TRYST_GROUP_COLUMN_PACKETS))
			rc = array_settle(s, err);
		if (rc < 0)
			return rc;
		/* What is too strange does not depend on the side. */
		*added = tryst_group_array_add_columns(&s->array, plain->codes[side] + at,
		                                       plain->count - at - n, &c, rows, n, &sum);
	}
	tryst_group_values_add(total, &sum);
	return 0;
}
