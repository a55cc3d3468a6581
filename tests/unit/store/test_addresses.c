/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses by code: all in memory, page by page and as a codebook, of whatever families. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/cursor.h"
#include "draw.h"
#include "store/addresses.h"
#include "store/dictionary_build.h"
#include "store/sum.h"

#define MAX 2000

struct made {
	struct tryst_dictionary_builder *b;
	struct tryst_buf bytes;
	const struct tryst_ip *sorted;
	struct tryst_addresses loaded, paged;
};

/* So many addresses of IPv6 below IPv4, of IPv4, and of IPv6 above. */
static void
make(struct made *m, uint32_t below, uint32_t v4, uint32_t above)
{
	struct tryst_error err;
	uint32_t id;

	memset(m, 0, sizeof(*m));
	assert_int_equal(tryst_dictionary_builder_new(&m->b, &err), 0);
	for (uint32_t i = 0; i < below + v4 + above; i++) {
		struct tryst_ip ip = { 0, i };

		if (i >= below + v4)
			ip = (struct tryst_ip){ 0x20010db800000000, i };
		else if (i >= below)
			ip = tryst_ip_v4(i * 99991);
		assert_int_equal(tryst_dictionary_add(m->b, &ip, 1, &id, &err), 0);
	}
	assert_int_equal(tryst_dictionary_finish(m->b, &err), 0);
	tryst_dictionary_write(m->b, &m->bytes);
	m->sorted = tryst_dictionary_sorted(m->b);
	tryst_addresses_init(&m->loaded);
	tryst_addresses_init(&m->paged);
}

static void
load(struct made *m)
{
	const uint8_t *data = (const uint8_t *)m->bytes.data;
	struct tryst_error err;

	assert_int_equal(tryst_dictionary_open(&m->loaded.dictionary, data, m->bytes.len, &err), 0);
	m->paged.dictionary = m->loaded.dictionary;
	assert_int_equal(tryst_addresses_load(&m->loaded, &err), 0);
	assert_null(tryst_addresses_book(&m->paged));
}

static void
made_fini(struct made *m)
{
	tryst_addresses_fini(&m->loaded);
	tryst_addresses_fini(&m->paged);
	tryst_buf_fini(&m->bytes);
	tryst_dictionary_builder_free(m->b);
}

/* Some codes between these, and now and then one beyond the end; `damaged`: the page of no use. */
static void
check_get(const struct made *m, uint32_t from, uint32_t to, uint32_t damaged, uint64_t *seed)
{
	uint32_t count = m->loaded.dictionary.count, codes[50], gone = 0;
	struct tryst_dictionary_cache cache = { 0 };
	struct tryst_ip ips[50], paged[50];
	bool lost[50] = { false }, paged_lost[50] = { false };

	for (unsigned i = 0; i < 50; i++)
		codes[i] = from + (uint32_t)(draw(seed) % (to - from));
	if (draw(seed) % 4 == 0)
		codes[draw(seed) % 50] = count + (uint32_t)(draw(seed) % 3);
	for (unsigned i = 0; i < 50; i++)
		gone += codes[i] >= count || codes[i] / TRYST_DICTIONARY_PAGE == damaged;
	assert_int_equal(tryst_addresses_get(&m->loaded, codes, 50, ips, lost, &cache), gone);
	assert_int_equal(tryst_addresses_get(&m->paged, codes, 50, paged, paged_lost, &cache),
	                 gone);
	for (unsigned i = 0; i < 50; i++) {
		bool is_lost = codes[i] >= count || codes[i] / TRYST_DICTIONARY_PAGE == damaged;
		struct tryst_ip want = is_lost ? (struct tryst_ip){ 0 } : m->sorted[codes[i]];

		assert_int_equal(lost[i], is_lost);
		assert_int_equal(paged_lost[i], is_lost);
		assert_true(tryst_ip_equal(ips[i], want));
		assert_true(tryst_ip_equal(paged[i], want));
	}
}

static void
check_book(struct made *m, uint64_t *seed)
{
	struct tryst_codebook *book = tryst_codebook_hold(tryst_addresses_book(&m->loaded));
	struct tryst_ip ips[MAX];

	made_fini(m); /* of which the book is no part */
	for (unsigned i = 0; i < 200; i++) {
		uint32_t from = (uint32_t)(draw(seed) % book->count);
		uint32_t n = (uint32_t)(draw(seed) % (book->count - from + 1));
		struct tryst_ip one;

		book->addresses(book, from, n, ips);
		for (uint32_t k = 0; k < n; k++) {
			book->addresses(book, from + k, 1, &one);
			assert_true(tryst_ip_equal(ips[k], one));
			assert_true(k == 0 || tryst_ip_compare(ips[k - 1], one) < 0);
		}
	}
	tryst_codebook_drop(book);
}

static void
test_families(void **state)
{
	static const uint32_t mixes[][3] = { { 0, 1, 0 },     { 0, 1000, 0 },  { 1, 0, 0 },
		                             { 300, 700, 0 }, { 0, 700, 300 }, { 300, 0, 700 },
		                             { 5, 1000, 7 },  { 200, 1, 200 } };
	uint64_t seed = 22082003;

	(void)state;
	for (unsigned i = 0; i < TRYST_ARRAY_SIZE(mixes); i++) {
		uint32_t below = mixes[i][0], v4 = mixes[i][1], all = below + v4 + mixes[i][2];
		struct made m;

		make(&m, below, v4, mixes[i][2]);
		load(&m);
		for (unsigned k = 0; k < 50; k++) {
			check_get(&m, 0, all, UINT32_MAX, &seed);
			if (v4)
				check_get(&m, below, below + v4, UINT32_MAX, &seed);
		}
		check_book(&m, &seed);
	}
}

/* A page that cannot be read loses its addresses and no other, wherever it is. */
static void
test_damage(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (uint32_t piece = 0; piece < 8; piece++) {
		uint32_t bytes, page = 0;
		struct made m;

		make(&m, 150, 500, 300);
		load(&m);
		bytes = (uint32_t)m.loaded.dictionary.data_len / m.loaded.dictionary.pages;
		tryst_addresses_fini(&m.loaded);
		tryst_addresses_init(&m.loaded);
		/* Somewhere in about that page: which one, the dictionary says. */
		m.bytes.data[m.bytes.len - m.loaded.dictionary.data_len + piece * bytes + 3] ^= 1;
		load(&m);
		for (; page < m.loaded.dictionary.pages; page++) {
			struct tryst_ip ips[TRYST_DICTIONARY_PAGE];
			struct tryst_error err;

			if (tryst_dictionary_page(&m.loaded.dictionary, page, ips, &err) < 0)
				break;
		}
		assert_true(page < m.loaded.dictionary.pages);
		assert_non_null(m.loaded.lost);
		for (unsigned k = 0; k < 50; k++)
			check_get(&m, 0, 950, page, &seed);
		made_fini(&m);
	}
}

/* Pages in no order, which checksums do not tell. */
static void
test_unordered(void **state)
{
	struct made m;
	uint8_t *head;

	(void)state;
	make(&m, 0, 500, 0);
	load(&m);
	assert_false(m.loaded.unordered);
	tryst_addresses_fini(&m.loaded);
	tryst_addresses_init(&m.loaded);
	head = (uint8_t *)m.bytes.data;
	memcpy(head + TRYST_DICTIONARY_HEAD + TRYST_DICTIONARY_ENTRY, head + TRYST_DICTIONARY_HEAD,
	       sizeof(struct tryst_ip));
	tryst_store_le32(head + 12, tryst_store_sum2(head, 12, head + TRYST_DICTIONARY_HEAD,
	                                             (size_t)4 * TRYST_DICTIONARY_ENTRY));
	load(&m);
	assert_true(m.loaded.unordered);
	made_fini(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_unordered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
