/* SPDX-License-Identifier: Apache-2.0 */
/* The dictionary against a sorted array: ids, codes, ranges; and every bit of its bytes flipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "draw.h"
#include "store/dictionary.h"

#define MAX 3000

struct made {
	struct tryst_dictionary_builder *b;
	struct tryst_buf bytes;
	struct tryst_ip ips[MAX]; /* as they came */
	uint32_t ids[MAX];
	struct tryst_ip sorted[MAX];
	uint32_t count; /* different ones */
};

static int
compare(const void *a, const void *b)
{
	const struct tryst_ip *x = a, *y = b;

	return tryst_ip_compare(*x, *y);
}

static struct made *
make(uint64_t seed, uint32_t n)
{
	struct made *m = calloc(1, sizeof(*m));
	struct tryst_error err;

	assert_non_null(m);
	assert_int_equal(tryst_dictionary_builder_new(&m->b, &err), 0);
	for (uint32_t i = 0; i < n; i++)
		m->ips[i] = draw_ip(&seed);
	for (uint32_t i = 0; i < n;) {
		uint32_t k = (uint32_t)(draw(&seed) % 100 + 1);

		k = TRYST_MIN(k, n - i);
		assert_int_equal(tryst_dictionary_add(m->b, m->ips + i, k, m->ids + i, &err), 0);
		i += k;
	}
	for (uint32_t i = 0; i < n; i++)
		assert_true(
			tryst_ip_equal(tryst_dictionary_builder_ip(m->b, m->ids[i]), m->ips[i]));
	memcpy(m->sorted, m->ips, sizeof(m->ips));
	qsort(m->sorted, n, sizeof(*m->sorted), compare);
	for (uint32_t i = 0; i < n; i++) {
		if (i == 0 || !tryst_ip_equal(m->sorted[i], m->sorted[m->count - 1]))
			m->sorted[m->count++] = m->sorted[i];
	}
	assert_int_equal(tryst_dictionary_builder_count(m->b), m->count);
	assert_int_equal(tryst_dictionary_finish(m->b, &err), 0);
	tryst_dictionary_write(m->b, &m->bytes);
	assert_false(m->bytes.failed);
	return m;
}

static void
made_free(struct made *m)
{
	tryst_dictionary_builder_free(m->b);
	tryst_buf_fini(&m->bytes);
	free(m);
}

static const uint32_t sizes[] = { 0, 1, 2, 127, 128, 129, 256, 1000, MAX };

static void
test_codes(void **state)
{
	struct tryst_dictionary d;
	struct tryst_error err;

	(void)state;
	for (size_t s = 0; s < TRYST_ARRAY_SIZE(sizes); s++) {
		struct made *m = make(s, sizes[s]);
		struct tryst_dictionary_cache cache = { 0 };
		const uint32_t *codes = tryst_dictionary_codes(m->b);

		assert_int_equal(
			tryst_dictionary_open(&d, (uint8_t *)m->bytes.data, m->bytes.len, &err), 0);
		assert_int_equal(d.count, m->count);
		for (uint32_t i = 0; i < sizes[s]; i++) {
			struct tryst_ip ip;

			assert_int_equal(
				tryst_dictionary_ips(&d, &codes[m->ids[i]], 1, &ip, &cache, &err),
				0);
			assert_true(tryst_ip_equal(ip, m->ips[i]));
			assert_true(tryst_ip_equal(ip, m->sorted[codes[m->ids[i]]]));
		}
		assert_int_equal(tryst_dictionary_ips(&d, &m->count, 1, m->ips, &cache, &err),
		                 TRYST_ERR_FORMAT);
		made_free(m);
	}
}

/* Sorted, disjoint ranges, about as long as the gaps between addresses. */
static size_t
draw_ranges(struct tryst_ip_range *out, const struct made *m, uint32_t n, uint64_t *seed)
{
	struct tryst_ip ends[200];
	size_t ends_count = 2 * (1 + draw(seed) % 90), count = 0;

	for (size_t i = 0; i < ends_count; i++) {
		ends[i] = draw(seed) % 2 && n ? m->ips[draw(seed) % n] : draw_ip(seed);
		ends[i].lo += draw(seed) % 3 - 1;
	}
	qsort(ends, ends_count, sizeof(*ends), compare);
	for (size_t i = 0; i + 1 < ends_count; i += 1 + draw(seed) % 2) {
		if (count && tryst_ip_compare(ends[i], out[count - 1].last) <= 0)
			continue;
		out[count++] = (struct tryst_ip_range){ ends[i], ends[i + 1] };
		i++;
	}
	return count;
}

static void
test_ranges(void **state)
{
	struct tryst_ip_range ranges[200];
	struct tryst_code_ranges found = { 0 };
	struct tryst_dictionary d;
	struct tryst_error err;
	uint64_t seed = 7;

	(void)state;
	for (size_t s = 0; s < TRYST_ARRAY_SIZE(sizes); s++) {
		struct made *m = make(s + 100, sizes[s]);

		assert_int_equal(
			tryst_dictionary_open(&d, (uint8_t *)m->bytes.data, m->bytes.len, &err), 0);
		for (unsigned turn = 0; turn < 50; turn++) {
			size_t count = draw_ranges(ranges, m, sizes[s], &seed), at = 0, r = 0;

			assert_int_equal(tryst_dictionary_ranges(&d, ranges, count, &found, &err),
			                 0);
			for (uint32_t code = 0; code < m->count; code++) {
				bool in;

				while (r < count &&
				       tryst_ip_compare(ranges[r].last, m->sorted[code]) < 0)
					r++;
				in = r < count &&
				     tryst_ip_compare(ranges[r].first, m->sorted[code]) <= 0;
				while (at < found.count && found.list[at].last < code)
					at++;
				assert_int_equal(in,
				                 at < found.count && found.list[at].first <= code);
			}
		}
		made_free(m);
	}
	tryst_code_ranges_fini(&found);
}

/* Whatever bit is flipped or byte is missing: refused on opening or on reading, never believed. */
static void
test_damage(void **state)
{
	struct made *m = make(5, 400);
	uint8_t *copy = malloc(m->bytes.len);
	struct tryst_ip ips[TRYST_DICTIONARY_PAGE];
	struct tryst_dictionary d;
	struct tryst_error err;

	(void)state;
	assert_non_null(copy);
	for (size_t bit = 0; bit < m->bytes.len * 8; bit += 3) {
		bool found;

		memcpy(copy, m->bytes.data, m->bytes.len);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		found = tryst_dictionary_open(&d, copy, m->bytes.len, &err) < 0;
		for (uint32_t page = 0; !found && page < d.pages; page++)
			found = tryst_dictionary_page(&d, page, ips, &err) < 0;
		assert_true(found);
		assert_int_equal(err.code, TRYST_ERR_FORMAT);
	}
	for (size_t len = 0; len < m->bytes.len; len++)
		assert_int_equal(tryst_dictionary_open(&d, (uint8_t *)m->bytes.data, len, &err),
		                 TRYST_ERR_FORMAT);
	free(copy);
	made_free(m);
}

static void
test_clear(void **state)
{
	struct made *m = make(9, 500);
	struct tryst_ip ip = tryst_ip_v4(1);
	struct tryst_error err;
	uint32_t id;

	(void)state;
	tryst_dictionary_builder_clear(m->b);
	assert_int_equal(tryst_dictionary_add(m->b, &ip, 1, &id, &err), 0);
	assert_int_equal(id, 0);
	assert_int_equal(tryst_dictionary_builder_count(m->b), 1);
	assert_true(tryst_dictionary_builder_bytes(m->b) > 0);
	made_free(m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
