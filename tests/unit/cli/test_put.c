/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/put.h"

static const char *
ended(char *text, char *end)
{
	assert_true(end - text < PUT_MAX);
	*end = '\0';
	return text;
}

/* Every day of the years that have four digits, and the edges of a day. */
static void
times_equal_the_base_ones(void **state)
{
	static const int64_t within[] = { 0, 1, 59999, 60000, 3599999, 43200000, 86399999 };
	const int64_t first = tryst_time_civil(0, 1, 1, 0, 0, 0);
	const int64_t last = tryst_time_civil(9999, 12, 31, 0, 0, 0);
	char ours[PUT_MAX], theirs[TRYST_TIME_TEXT_MAX];

	(void)state;
	for (int64_t day = first; day <= last; day += MS_PER_DAY) {
		int64_t ms = day + within[(day / MS_PER_DAY & 0xff) % TRYST_ARRAY_SIZE(within)];

		(void)tryst_time_format(ms, theirs);
		assert_string_equal(ended(ours, tryst_put_time(ours, ms, 'T', true)), theirs);
	}
}

static void
times_out_of_range(void **state)
{
	static const int64_t times[] = { INT64_MIN, -62167219200001, 253402300800000, INT64_MAX };
	char ours[PUT_MAX], theirs[TRYST_TIME_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(times); i++) {
		(void)tryst_time_format(times[i], theirs);
		assert_string_equal(ended(ours, tryst_put_time(ours, times[i], 'T', true)), theirs);
	}
	assert_string_equal(ended(ours, tryst_put_time(ours, 0, ' ', false)),
	                    "1970-01-01 00:00:00.000");
}

static void
numbers(void **state)
{
	char ours[PUT_MAX], theirs[PUT_MAX];
	uint64_t v = 0;

	(void)state;
	for (int i = 0; i < 2000; i++) {
		(void)snprintf(theirs, sizeof(theirs), "%" PRIu64, v);
		assert_string_equal(ended(ours, put_u64(ours, v)), theirs);
		v = i < 1100 ? v + 1 : v * 3 + 7;
	}
	assert_string_equal(ended(ours, put_u64(ours, UINT64_MAX)), "18446744073709551615");
}

static void
addresses(void **state)
{
	static const char *const texts[] = {
		"0.0.0.0",
		"1.22.133.255",
		"255.255.255.255",
		"10.9.99.100",
		"::",
		"2001:db8::1",
		"fe80::1:2:3:4",
		"2001:db8:1111:2222:3333:4444:5555:6666",
	};
	char text[PUT_MAX];

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(texts); i++) {
		struct tryst_ip ip;

		assert_true(tryst_ip_parse(texts[i], strlen(texts[i]), &ip));
		assert_string_equal(ended(text, put_ip(text, ip)), texts[i]);
	}
}

static void
for_people(void **state)
{
	static const struct {
		double v;
		const char *scaled, *bytes;
	} cases[] = {
		{ 0, "0", "0 B" },
		{ 7, "7", "7 B" },
		{ 0.25, "0.2", "0.2 B" },
		{ 999, "999", "999 B" },
		{ 1000, "1.00 k", "1.00 kB" },
		{ 9994, "9.99 k", "9.99 kB" },
		{ 9996, "10.0 k", "10.0 kB" },
		{ 99960, "100 k", "100 kB" },
		{ 999600, "1.00 M", "1.00 MB" },
		{ 1234567, "1.23 M", "1.23 MB" },
		{ 64e9, "64.0 G", "64.0 GB" },
		{ 18446744073709551615.0, "18.4 E", "18.4 EB" },
	};
	char text[PUT_MAX];

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		assert_string_equal(ended(text, tryst_put_scaled(text, cases[i].v)),
		                    cases[i].scaled);
		assert_string_equal(ended(text, tryst_put_bytes(text, cases[i].v)), cases[i].bytes);
	}
	assert_string_equal(ended(text, tryst_put_seconds(text, 12045)), "12.045");
	assert_string_equal(ended(text, tryst_put_flags(text, 0x12)), "...A..S.");
	assert_string_equal(ended(text, tryst_put_flags(text, 0xff)), "CEUAPRSF");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_equal_the_base_ones),
		cmocka_unit_test(times_out_of_range),
		cmocka_unit_test(numbers),
		cmocka_unit_test(addresses),
		cmocka_unit_test(for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
