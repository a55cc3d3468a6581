/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of codes gathered in a sorted list: what goes in comes out, and where it outgrows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "query/group_sums.h"

#define MIB ((size_t)1 << 20)
#define SPACE 3000 /* addresses there are */
#define BOOKS 40

static uint64_t
draw(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* The addresses by number, sorted: IPv6 below and above IPv4. */
static struct tryst_ip
nth_ip(uint32_t n)
{
	if (n < 100)
		return (struct tryst_ip){ 0, n };
	if (n < SPACE - 100)
		return tryst_ip_v4(0x01020304 + n * 77777);
	return (struct tryst_ip){ 0x20010db800000000 + n / 10, n };
}

struct book {
	struct tryst_codebook base;
	uint32_t numbers[];
};

static void
book_addresses(const struct tryst_codebook *c, uint32_t from, uint32_t n, struct tryst_ip *out)
{
	const struct book *b = (const struct book *)c;

	assert_true(from + n <= c->count);
	for (uint32_t i = 0; i < n; i++)
		out[i] = nth_ip(b->numbers[from + i]);
}

static void
book_release(struct tryst_codebook *c)
{
	free(c);
}

/* Of the addresses from `from` on, one in `of`. */
static struct book *
book_new(uint32_t from, uint32_t to, uint32_t of, uint64_t *seed)
{
	struct book *b = calloc(1, sizeof(*b) + (to - from) * sizeof(b->numbers[0]));

	assert_non_null(b);
	for (uint32_t i = from; i < to; i++) {
		if (draw(seed) % of == 0)
			b->numbers[b->base.count++] = i;
	}
	b->base.addresses = book_addresses;
	b->base.release = book_release;
	atomic_store(&b->base.holds, 1);
	return b;
}

static void
array_fill(struct tryst_group_array *a, const struct book *b, struct tryst_group_values *expected,
           uint64_t *seed)
{
	for (unsigned i = 0; b->base.count && i < 2000; i++) {
		struct tryst_group_values v = { 1, draw(seed) % 1000, draw(seed),
			                        (int64_t)(draw(seed) % 5000),
			                        (int64_t)(draw(seed) % 5000) };
		uint32_t code = (uint32_t)(draw(seed) % b->base.count);

		tryst_group_array_add(a, &code, &v, 1);
		tryst_group_values_add(&expected[b->numbers[code]], &v);
	}
}

static void
sorted_check(const struct tryst_group_sorted *s, const struct tryst_group_values *expected)
{
	size_t at, other = 0, v4 = s->other.used;
	struct tryst_group_values got;

	for (uint32_t i = 0; i < SPACE; i++) {
		if (!expected[i].flows)
			continue;
		at = tryst_ip_is_v4(nth_ip(i)) ? v4++ : other++;
		assert_true(at < tryst_group_sorted_count(s));
		assert_true(tryst_ip_equal(tryst_group_sorted_ip(s, at), nth_ip(i)));
		got = tryst_group_sorted_values(s, at);
		assert_memory_equal(&got, &expected[i], sizeof(got));
	}
	assert_int_equal(other, s->other.used);
	assert_int_equal(v4, tryst_group_sorted_count(s));
}

static void
test_merge(void **state)
{
	static const uint32_t ranges[][3] = { { 0, 0, 1 },     { 1000, 1500, 3 },
		                              { 0, 800, 2 },   { 2000, SPACE, 2 },
		                              { 0, SPACE, 1 }, { 0, SPACE, 50 } };
	struct tryst_group_budget budget = { .limit = 4 * MIB };
	struct tryst_group_values expected[SPACE];
	struct tryst_group_sorted s;
	struct tryst_error err;
	uint64_t seed = 22082003;

	(void)state;
	for (uint32_t i = 0; i < SPACE; i++)
		expected[i] = TRYST_GROUP_VALUES_NONE;
	tryst_group_sorted_init(&s, &budget);
	for (unsigned i = 0; i < BOOKS; i++) {
		const uint32_t *r = ranges[i % TRYST_ARRAY_SIZE(ranges)];
		struct book *b = book_new(r[0], r[1], r[2], &seed);
		struct tryst_group_values got;
		struct tryst_group_array a;
		uint32_t at = 0;

		tryst_group_array_init(&a, &budget);
		assert_int_equal(tryst_group_array_resize(&a, b->base.count, &err), 0);
		array_fill(&a, b, expected, &seed);
		assert_int_equal(tryst_group_sorted_merge(&s, &b->base, &a, MIB, &err), 0);
		assert_false(tryst_group_array_take(&a, &at, &got));
		sorted_check(&s, expected);
		tryst_group_array_fini(&a);
		tryst_codebook_drop(&b->base);
	}
	assert_true(tryst_group_sorted_pays(&s));
	s.walked = UINT64_MAX;
	assert_false(tryst_group_sorted_pays(&s));
	tryst_group_sorted_fini(&s);
	assert_int_equal(budget.used, 0);
}

/* Without room nothing changes, whatever ran out. */
static void
test_limit(void **state)
{
	struct tryst_group_values expected[SPACE];
	uint64_t seed = 1;
	struct book *b = book_new(0, SPACE, 1, &seed);
	unsigned failures = 0;

	(void)state;
	for (size_t limit = 0; limit < 200000; limit += 4000) {
		struct tryst_group_budget budget = { .limit = MIB }, tight = { .limit = limit };
		struct tryst_group_sorted s;
		struct tryst_group_array a;
		struct tryst_error err;
		int rc;

		for (uint32_t i = 0; i < SPACE; i++)
			expected[i] = TRYST_GROUP_VALUES_NONE;
		tryst_group_array_init(&a, &budget);
		assert_int_equal(tryst_group_array_resize(&a, SPACE, &err), 0);
		array_fill(&a, b, expected, &seed);
		tryst_group_sorted_init(&s, limit / 4000 % 2 ? &tight : &budget);
		rc = tryst_group_sorted_merge(&s, &b->base, &a, limit, &err);
		if (rc < 0) {
			assert_int_equal(rc, TRYST_ERR_LIMIT);
			assert_int_equal(tryst_group_sorted_count(&s), 0);
			assert_int_equal(tryst_group_sorted_merge(&s, &b->base, &a, 0, &err),
			                 TRYST_ERR_LIMIT);
			s.budget = &budget;
			budget.used += tight.used;
			tight.used = 0;
			rc = tryst_group_sorted_merge(&s, &b->base, &a, MIB, &err);
			failures++;
		}
		assert_int_equal(rc, 0);
		sorted_check(&s, expected);
		tryst_group_sorted_fini(&s);
		tryst_group_array_fini(&a);
		assert_int_equal(budget.used, 0);
	}
	assert_in_range(failures, 10, 40);
	tryst_codebook_drop(&b->base);
}

/* A book out of order is refused or taken somehow, but never written beyond what there is. */
static void
test_disorder(void **state)
{
	static struct tryst_group_values sums[SPACE]; /* of nobody's concern */
	struct tryst_group_budget budget = { .limit = 4 * MIB };
	struct tryst_group_sorted s;
	struct tryst_error err;
	uint64_t seed = 4;
	unsigned refused = 0;

	(void)state;
	tryst_group_sorted_init(&s, &budget);
	for (unsigned turn = 0; turn < 60; turn++) {
		struct book *b = book_new(0, SPACE, 1 + turn % 4, &seed);
		struct tryst_group_array a;
		int rc;

		for (uint32_t i = 0; turn && i < b->base.count; i += 1 + turn) {
			uint32_t other = (uint32_t)(draw(&seed) % b->base.count);
			uint32_t number = b->numbers[i];

			b->numbers[i] = b->numbers[other];
			b->numbers[other] = number;
		}
		tryst_group_array_init(&a, &budget);
		assert_int_equal(tryst_group_array_resize(&a, b->base.count, &err), 0);
		array_fill(&a, b, sums, &seed);
		rc = tryst_group_sorted_merge(&s, &b->base, &a, MIB, &err);
		refused += rc == TRYST_ERR_LIMIT;
		assert_true(rc == 0 || rc == TRYST_ERR_LIMIT);
		tryst_group_array_fini(&a);
		tryst_codebook_drop(&b->base);
	}
	assert_true(refused > 10);
	tryst_group_sorted_fini(&s);
}

/* All codes of a book, once. */
static void
push_book(struct tryst_group_sums *sums, struct book *book, struct tryst_batch *b)
{
	struct tryst_group_values values[TRYST_GROUP_STRETCH];
	bool keyed[TRYST_GROUP_STRETCH];
	struct tryst_error err;

	b->book = &book->base;
	b->coded = TRYST_BIT(src);
	for (uint32_t code = 0; code < book->base.count;) {
		uint32_t n = TRYST_MIN(book->base.count - code, TRYST_GROUP_STRETCH);

		for (uint32_t i = 0; i < n; i++, code++) {
			b->src_code[i] = code;
			b->present[i] = TRYST_BIT(src);
			b->sel[i] = (uint16_t)i;
			values[i] = (struct tryst_group_values){ 1, 1, book->numbers[code], 5, 6 };
		}
		assert_int_equal(tryst_group_sums_add(sums, b, b->sel, values, n, keyed, &err), 0);
	}
}

/* A list that takes a fourth of the memory becomes a table, and all is in that. */
static void
test_outgrown(void **state)
{
	struct tryst_group_budget budget = { .limit = 340000 };
	struct tryst_group_left left;
	struct tryst_group_sums sums;
	struct tryst_group_seed hash_seed;
	struct tryst_group_key key;
	struct tryst_top_spec spec;
	struct tryst_batch b;
	struct tryst_error err;
	uint64_t seed = 3;
	struct book *books[] = { book_new(0, 1000, 1, &seed), book_new(500, 2500, 1, &seed),
		                 book_new(0, 1000, 1, &seed) };

	(void)state;
	assert_int_equal(tryst_top_spec_parse(&spec, 'w', "src", &err), 0);
	tryst_group_key_init(&key, &spec);
	assert_int_equal(tryst_group_seed_init(&hash_seed, &err), 0);
	assert_int_equal(tryst_batch_init(&b, TRYST_BIT(src), &err), 0);
	assert_int_equal(tryst_batch_add_codes(&b, TRYST_BIT(src), &err), 0);
	tryst_group_left_init(&left);
	assert_int_equal(tryst_group_sums_init(&sums, &key, &hash_seed, &budget, &left, &err), 0);
	push_book(&sums, books[0], &b);
	push_book(&sums, books[1], &b);
	push_book(&sums, books[2], &b);
	assert_int_equal(tryst_group_sorted_count(&left.sorted), 1000);
	assert_int_equal(tryst_group_sums_end(&sums, true, &err), 0);
	assert_true(left.use_table);
	assert_int_equal(tryst_group_sorted_count(&left.sorted), 0);
	assert_int_equal(left.table.used, 2500);
	for (uint32_t i = 0; i < 2500; i++) {
		uint64_t packed[TRYST_GROUP_KEY_WORDS_MAX];
		size_t at;

		tryst_group_key_address(&key, nth_ip(i), packed);
		at = tryst_group_table_find(&left.table, packed);
		assert_true(at != SIZE_MAX);
		assert_int_equal(tryst_group_table_values(&left.table, at).flows, i < 500    ? 2
		                                                                  : i < 1000 ? 3
		                                                                             : 1);
	}
	tryst_group_sums_fini(&sums);
	tryst_group_left_fini(&left);
	assert_int_equal(budget.used, 0);
	tryst_batch_fini(&b);
	for (unsigned i = 0; i < TRYST_ARRAY_SIZE(books); i++)
		tryst_codebook_drop(&books[i]->base);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_disorder),
		cmocka_unit_test(test_outgrown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
