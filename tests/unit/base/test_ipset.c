/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The set against a linear scan: seeded random prefixes that overlap a lot, asked at random
 * addresses and at both sides of every edge.
 */
#include "base/ipset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENTRIES_MAX 600

static uint64_t
random_next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* Few distinct high bits, so that prefixes nest, repeat and touch. */
static struct tryst_prefix
random_prefix(uint64_t *seed)
{
	static const uint8_t v4_lengths[] = { 96,  97,  104, 111, 112, 113,
		                              119, 120, 121, 126, 127, 128 };
	static const uint8_t v6_lengths[] = { 0,  1,  3,  16, 31, 32,  33, 48,
		                              63, 64, 65, 80, 95, 127, 128 };
	uint64_t r = random_next(seed), bits = random_next(seed);
	struct tryst_ip ip = tryst_ip_v4((uint32_t)(bits & 0xff03ffff)), mask;
	uint8_t len = v4_lengths[r >> 8 & 7 ? 4 + (r >> 16) % 8 : (r >> 16) % 12];

	if (r & 1) {
		ip = (struct tryst_ip){ 0x2001000000000000 | (bits & 0x000301ff00010003),
			                bits >> 32 & 0xf };
		len = v6_lengths[r >> 8 & 7 ? 3 + (r >> 16) % 12 : (r >> 16) % 15];
	}
	mask = tryst_ip_mask(len);
	return (struct tryst_prefix){ { ip.hi & mask.hi, ip.lo & mask.lo }, len };
}

/* The holders of ip in the promised order, found the slow way. */
static size_t
slow_match(const struct tryst_ipset_entry *entries, size_t count, struct tryst_ip ip,
           uint32_t *values)
{
	size_t n = 0;

	for (int len = 128; len >= 0; len--) {
		size_t from = n;

		for (size_t i = 0; i < count; i++) {
			size_t at = n;

			if (entries[i].prefix.len != len ||
			    !tryst_prefix_contains(entries[i].prefix, ip))
				continue;
			for (; at > from && values[at - 1] > entries[i].value; at--)
				values[at] = values[at - 1];
			values[at] = entries[i].value;
			n++;
		}
	}
	return n;
}

static void
check_at(const struct tryst_ipset *set, const struct tryst_ipset_entry *entries, size_t count,
         struct tryst_ip ip)
{
	uint32_t expected[ENTRIES_MAX], found[ENTRIES_MAX];
	size_t n = slow_match(entries, count, ip, expected);
	char text[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(ip, text);
	if (tryst_ipset_contains(set, ip) != (n > 0))
		fail_msg("contains(%s) is wrong", text);
	if (tryst_ip_is_v4(ip) && tryst_ipset_contains_v4(set, (uint32_t)ip.lo) != (n > 0))
		fail_msg("contains_v4(%s) is wrong", text);
	memset(found, 0xff, sizeof(found));
	if (tryst_ipset_match(set, ip, found, ENTRIES_MAX) != n)
		fail_msg("match(%s) finds another number", text);
	if (n)
		assert_memory_equal(found, expected, n * sizeof(found[0]));
}

static struct tryst_ip
ip_plus(struct tryst_ip ip, int by)
{
	struct tryst_ip sum = { ip.hi, ip.lo + (uint64_t)(int64_t)by };

	if (by > 0)
		sum.hi += sum.lo < ip.lo;
	else
		sum.hi -= sum.lo > ip.lo;
	return sum;
}

static void
check_ranges(const struct tryst_ipset *set, const struct tryst_ipset_entry *entries, size_t count)
{
	size_t n;
	const struct tryst_ip_range *r = tryst_ipset_ranges(set, &n);
	uint32_t ignored[ENTRIES_MAX];

	assert_int_equal(n > 0, count > 0);
	for (size_t i = 0; i < n; i++) {
		struct tryst_ip before = ip_plus(r[i].first, -1), after = ip_plus(r[i].last, 1);

		assert_true(tryst_ip_compare(r[i].first, r[i].last) <= 0);
		if (i)
			assert_true(tryst_ip_compare(ip_plus(r[i - 1].last, 1), r[i].first) < 0);
		assert_true(slow_match(entries, count, r[i].first, ignored) > 0);
		assert_true(slow_match(entries, count, r[i].last, ignored) > 0);
		if (r[i].first.hi | r[i].first.lo)
			assert_int_equal(slow_match(entries, count, before, ignored), 0);
		if (after.hi | after.lo)
			assert_int_equal(slow_match(entries, count, after, ignored), 0);
	}
}

static void
check_random_set(uint64_t seed, size_t count, uint8_t least_len)
{
	struct tryst_ipset_entry entries[ENTRIES_MAX];
	struct tryst_ipset *set;

	for (size_t i = 0; i < count; i++) {
		do
			entries[i].prefix = random_prefix(&seed);
		while (entries[i].prefix.len < least_len);
		entries[i].value = (uint32_t)random_next(&seed) % 50;
		if (i && random_next(&seed) % 8 == 0)
			entries[i].prefix = entries[random_next(&seed) % i].prefix;
	}
	assert_int_equal(tryst_ipset_new(&set, entries, count, NULL), 0);
	assert_int_equal(tryst_ipset_count(set), count);
	check_ranges(set, entries, count);
	for (size_t i = 0; i < count; i++) {
		struct tryst_ip_range r = tryst_prefix_range(entries[i].prefix);

		check_at(set, entries, count, r.first);
		check_at(set, entries, count, r.last);
		check_at(set, entries, count, ip_plus(r.first, -1));
		check_at(set, entries, count, ip_plus(r.last, 1));
	}
	for (size_t i = 0; i < 200; i++) {
		uint64_t a = random_next(&seed), b = random_next(&seed);

		check_at(set, entries, count, random_prefix(&seed).ip);
		check_at(set, entries, count, tryst_ip_v4((uint32_t)a));
		check_at(set, entries, count, (struct tryst_ip){ a, b });
	}
	tryst_ipset_free(set);
}

static void
test_random_sets(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		check_random_set(seed, seed % 20, 0);
		check_random_set(seed + 1000, 20 + seed * 2, 16);
	}
	for (uint64_t seed = 2000; seed < 2006; seed++)
		check_random_set(seed, ENTRIES_MAX, 33);
}

static struct tryst_ipset *
set_of(const char *const *prefixes, size_t count)
{
	struct tryst_ipset_entry entries[16];
	struct tryst_ipset *set;

	for (size_t i = 0; i < count; i++) {
		assert_true(tryst_prefix_parse(prefixes[i], strlen(prefixes[i]), &entries[i].prefix,
		                               NULL));
		entries[i].value = (uint32_t)i;
	}
	assert_int_equal(tryst_ipset_new(&set, entries, count, NULL), 0);
	return set;
}

static bool
has(const struct tryst_ipset *set, const char *text)
{
	struct tryst_ip ip;

	assert_true(tryst_ip_parse(text, strlen(text), &ip));
	return tryst_ipset_contains(set, ip);
}

static void
test_empty(void **state)
{
	struct tryst_ipset *set;
	size_t n;

	(void)state;
	assert_int_equal(tryst_ipset_new(&set, NULL, 0, NULL), 0);
	assert_false(has(set, "0.0.0.0") || has(set, "255.255.255.255") || has(set, "::"));
	assert_int_equal(tryst_ipset_match(set, tryst_ip_v4(1), NULL, 0), 0);
	(void)tryst_ipset_ranges(set, &n);
	assert_int_equal(n, 0);
	tryst_ipset_free(set);
	tryst_ipset_free(NULL);
}

static void
test_everything(void **state)
{
	static const char *const v4[] = { "0.0.0.0/0" }, *const all[] = { "::/0", "10/8", "::/0" };
	struct tryst_ipset *set = set_of(v4, 1);
	uint32_t values[3];

	(void)state;
	assert_true(has(set, "0.0.0.0") && has(set, "255.255.255.255") && has(set, "10.9.8.7"));
	assert_false(has(set, "::") || has(set, "::fffe:ffff:ffff") || has(set, "::1:0:0:0"));
	tryst_ipset_free(set);

	set = set_of(all, 3);
	assert_true(has(set, "0.0.0.0") && has(set, "255.255.255.255") && has(set, "::"));
	assert_true(has(set, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") && has(set, "2001:db8::"));
	assert_int_equal(tryst_ipset_match(set, tryst_ip_v4(0x0a000001), values, 3), 3);
	assert_true(values[0] == 1 && values[1] == 0 && values[2] == 2);
	tryst_ipset_free(set);
}

/* nfdump 1.7.1 forgets the /8 in `ip in [10.1.0.0/16 10.0.0.0/8]`; here every holder counts. */
static void
test_overlap(void **state)
{
	static const char *const prefixes[] = { "10.1.0.0/16", "10.0.0.0/8" };
	struct tryst_ipset *set = set_of(prefixes, 2);
	uint32_t values[2] = { 9, 9 };

	(void)state;
	assert_true(has(set, "10.1.2.3") && has(set, "10.200.0.1"));
	assert_int_equal(tryst_ipset_match(set, tryst_ip_v4(0x0a010203), values, 2), 2);
	assert_true(values[0] == 0 && values[1] == 1);
	assert_int_equal(tryst_ipset_match(set, tryst_ip_v4(0x0ac80001), values, 2), 1);
	assert_int_equal(values[0], 1);
	tryst_ipset_free(set);
}

static void
test_match_says_more_than_fit(void **state)
{
	static const char *const prefixes[] = { "10.0.0.0/8", "10.1.1.1", "10.1.0.0/16" };
	struct tryst_ipset *set = set_of(prefixes, 3);
	uint32_t values[2] = { 9, 9 };

	(void)state;
	assert_int_equal(tryst_ipset_match(set, tryst_ip_v4(0x0a010101), values, 1), 3);
	assert_true(values[0] == 1 && values[1] == 9);
	tryst_ipset_free(set);
}

static void
test_neighbours_join(void **state)
{
	static const char *const prefixes[] = { "10.0.1.0/24", "10.0.0.0/24", "10.0.3.0/24",
		                                "::fffe:ffff:ffff", "0.0.0.0" };
	struct tryst_ipset *set = set_of(prefixes, 5);
	const struct tryst_ip_range *r;
	size_t n;

	(void)state;
	r = tryst_ipset_ranges(set, &n);
	assert_int_equal(n, 3);
	assert_true(tryst_ip_equal(r[1].first, tryst_ip_v4(0x0a000000)));
	assert_true(tryst_ip_equal(r[1].last, tryst_ip_v4(0x0a0001ff)));
	assert_true(has(set, "0.0.0.0") && has(set, "::fffe:ffff:ffff") && !has(set, "0.0.0.1"));
	tryst_ipset_free(set);
}

/* Every second /17 of IPv6: many wide entries, which must build in no time. */
static void
test_many_wide_v6(void **state)
{
	struct tryst_ipset_entry *entries = calloc(65536, sizeof(*entries));
	struct tryst_ipset *set;

	(void)state;
	assert_non_null(entries);
	for (uint32_t i = 0; i < 65536; i++)
		entries[i] = (struct tryst_ipset_entry){ { { (uint64_t)i << 48, 0 }, 17 }, i };
	assert_int_equal(tryst_ipset_new(&set, entries, 65536, NULL), 0);
	assert_true(has(set, "2001:7fff::") && !has(set, "2001:8000::"));
	tryst_ipset_free(set);
	free(entries);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_sets),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_everything),
		cmocka_unit_test(test_overlap),
		cmocka_unit_test(test_match_says_more_than_fit),
		cmocka_unit_test(test_neighbours_join),
		cmocka_unit_test(test_many_wide_v6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
