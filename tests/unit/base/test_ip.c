/* SPDX-License-Identifier: Apache-2.0 */
#include "base/ip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* What each text is, in canonical form; NULL: not an address. */
static const struct {
	const char *text, *canonical;
} addresses[] = {
	{ "192.0.2.1", "192.0.2.1" },
	{ "0.0.0.0", "0.0.0.0" },
	{ "255.255.255.255", "255.255.255.255" },
	{ "043.229.053.000", "43.229.53.0" },
	{ "010.010.010.010", "10.10.10.10" },
	{ "::", "::" },
	{ "::1", "::1" },
	{ "1::", "1::" },
	{ "2001:DB8::7", "2001:db8::7" },
	{ "2001:db8:0:0:0:0:0:1", "2001:db8::1" },
	{ "2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1" },
	{ "2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1" },
	{ "2001:0:0:1:0:0:0:1", "2001:0:0:1::1" },
	{ "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0" },
	{ "::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8" },
	{ "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8" },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" },
	{ "::ffff:192.0.2.1", "192.0.2.1" },
	{ "::FFFF:c000:0201", "192.0.2.1" },
	{ "::192.0.2.1", "::c000:201" },
	{ "64:ff9b::192.0.2.33", "64:ff9b::c000:221" },
	{ "1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:c000:201" },
	{ "fe80::1%eth0", "fe80::1" },
	{ "fe80::1%25", "fe80::1" },
	{ "", NULL },
	{ "1.2.3", NULL },
	{ "1.2.3.4.5", NULL },
	{ "1.2.3.4.", NULL },
	{ ".1.2.3.4", NULL },
	{ "1..3.4", NULL },
	{ "1.2.3.256", NULL },
	{ "1.2.3.0004", NULL },
	{ "1.2.3.4 ", NULL },
	{ " 1.2.3.4", NULL },
	{ "1.2.3.-4", NULL },
	{ "1.2.3.4%eth0", NULL },
	{ "0x7f.0.0.1", NULL },
	{ "16909060", NULL },
	{ ":", NULL },
	{ ":::", NULL },
	{ "1:", NULL },
	{ ":1", NULL },
	{ "1:::2", NULL },
	{ "1::2::3", NULL },
	{ "1:2:3:4:5:6:7", NULL },
	{ "1:2:3:4:5:6:7:8:9", NULL },
	{ "1:2:3:4:5:6:7:8::", NULL },
	{ "::1:2:3:4:5:6:7:8", NULL },
	{ "1:2:3:4:5:6:7:1.2.3.4", NULL },
	{ "::1.2.3.4:5", NULL },
	{ "1.2.3.4::", NULL },
	{ "12345::", NULL },
	{ "g::", NULL },
	{ "fe80::1%", NULL },
	{ "%eth0", NULL },
	{ "a", NULL },
};

static void
test_parse_format(void **state)
{
	char out[TRYST_IP_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(addresses); i++) {
		struct tryst_ip ip = { 7, 9 };
		const char *text = addresses[i].text;

		if (!addresses[i].canonical) {
			if (tryst_ip_parse(text, strlen(text), &ip))
				fail_msg("'%s' was taken for an address", text);
			assert_true(ip.hi == 7 && ip.lo == 9);
			continue;
		}
		if (!tryst_ip_parse(text, strlen(text), &ip))
			fail_msg("'%s' was not taken", text);
		assert_int_equal(tryst_ip_format(ip, out), strlen(addresses[i].canonical));
		assert_string_equal(out, addresses[i].canonical);
	}
}

static void
test_parse_exact_length(void **state)
{
	struct tryst_ip ip;

	(void)state;
	assert_true(tryst_ip_parse("1.2.3.45", 7, &ip));
	assert_true(tryst_ip_equal(ip, tryst_ip_v4(0x01020304)));
	assert_true(tryst_ip_parse("::12", 3, &ip));
	assert_int_equal(ip.lo, 1);
	assert_false(tryst_ip_parse("1.2.3.4\0", 8, &ip));
	assert_false(tryst_ip_parse(NULL, 0, &ip));
}

static void
test_prefix(void **state)
{
	static const struct {
		const char *text, *canonical;
		bool masked;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1", false },
		{ "192.0.2.1/32", "192.0.2.1", false },
		{ "192.0.2.1/24", "192.0.2.0/24", true },
		{ "192.0.2.0/24", "192.0.2.0/24", false },
		{ "192.0.2.0/255.255.255.0", "192.0.2.0/24", false },
		{ "1.2.3.4/0.0.0.0", "0.0.0.0/0", true },
		{ "1.2.3.4/255.255.255.255", "1.2.3.4", false },
		{ "0.0.0.0/0", "0.0.0.0/0", false },
		{ "10/8", "10.0.0.0/8", false },
		{ "10.1/16", "10.1.0.0/16", false },
		{ "10.1.2/16", "10.1.0.0/16", true },
		{ "031.013.000.077/016", "31.13.0.0/16", true },
		{ "2001:db8::/32", "2001:db8::/32", false },
		{ "2001:db8::1/32", "2001:db8::/32", true },
		{ "2001:db8::1/128", "2001:db8::1", false },
		{ "fe80::1%eth0/64", "fe80::/64", true },
		{ "::/0", "::/0", false },
		{ "8000::/1", "8000::/1", false },
		{ "::ffff:192.0.2.0/120", "192.0.2.0/24", false },
		{ "1:2:3:4:5::/65", "1:2:3:4::/65", true },
		{ "", NULL, false },
		{ "/8", NULL, false },
		{ "10", NULL, false },
		{ "10.1", NULL, false },
		{ "10./8", NULL, false },
		{ "10/", NULL, false },
		{ "10/33", NULL, false },
		{ "10/+8", NULL, false },
		{ "10/8/8", NULL, false },
		{ "1.2.3.4/255.0.255.0", NULL, false },
		{ "1.2.3.4/0.0.0.255", NULL, false },
		{ "1.2.3.4/255.0", NULL, false },
		{ "2001:db8::/129", NULL, false },
		{ "2001:db8::/255.255.0.0", NULL, false },
		{ "2001:db8/32", NULL, false },
	};
	char out[TRYST_PREFIX_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_prefix p;
		bool masked;

		if (tryst_prefix_parse(cases[i].text, strlen(cases[i].text), &p, &masked) !=
		    !!cases[i].canonical)
			fail_msg("'%s' was judged wrongly", cases[i].text);
		if (!cases[i].canonical)
			continue;
		assert_int_equal(tryst_prefix_format(p, out), strlen(cases[i].canonical));
		assert_string_equal(out, cases[i].canonical);
		assert_int_equal(masked, cases[i].masked);
		assert_true(tryst_prefix_parse(out, strlen(out), &p, NULL));
	}
}

static void
test_longest_text_fits(void **state)
{
	struct tryst_prefix p = { { 0xfedcba9876543210, 0xfedcba9876543210 }, 127 };
	char out[TRYST_PREFIX_TEXT_MAX];

	(void)state;
	assert_int_equal(tryst_prefix_format(p, out), 43);
	assert_string_equal(out, "fedc:ba98:7654:3210:fedc:ba98:7654:3210/127");
}

static void
test_bytes(void **state)
{
	uint8_t in[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 255 }, out[16];
	struct tryst_ip ip = tryst_ip_from_bytes(in);

	(void)state;
	assert_true(ip.hi == 0x0102030405060708 && ip.lo == 0x090a0b0c0d0e0fff);
	tryst_ip_to_bytes(ip, out);
	assert_memory_equal(in, out, 16);
}

static void
test_mask_range_contains(void **state)
{
	struct tryst_ip ip = { 0x20010db800000000, 0x8000000000000001 };

	(void)state;
	for (unsigned len = 0; len <= 128; len++) {
		struct tryst_ip mask = tryst_ip_mask(len);
		struct tryst_prefix p = { { ip.hi & mask.hi, ip.lo & mask.lo }, (uint8_t)len };
		struct tryst_ip_range r = tryst_prefix_range(p);
		unsigned ones =
			(unsigned)(__builtin_popcountll(mask.hi) + __builtin_popcountll(mask.lo));

		assert_int_equal(ones, len);
		assert_true(tryst_prefix_contains(p, ip));
		assert_true(tryst_prefix_contains(p, r.first) && tryst_prefix_contains(p, r.last));
		assert_true(tryst_ip_compare(r.first, ip) <= 0 &&
		            tryst_ip_compare(ip, r.last) <= 0);
		if (r.last.lo != UINT64_MAX) {
			r.last.lo++;
			assert_false(tryst_prefix_contains(p, r.last));
		}
	}
}

static void
check_cover(const char *first, const char *last, const char *expected)
{
	struct tryst_prefix cover[254];
	struct tryst_ip_range r;
	char text[1024] = "", one[TRYST_PREFIX_TEXT_MAX];
	size_t n, len = 0;

	assert_true(tryst_ip_parse(first, strlen(first), &r.first));
	assert_true(tryst_ip_parse(last, strlen(last), &r.last));
	n = tryst_ip_range_cover(r, cover, TRYST_ARRAY_SIZE(cover));
	for (size_t i = 0; i < n; i++) {
		size_t k = tryst_prefix_format(cover[i], one);

		assert_true(len + k + 2 < sizeof(text));
		if (i)
			text[len++] = ' ';
		memcpy(text + len, one, k + 1);
		len += k;
	}
	assert_string_equal(text, expected);
}

static void
test_cover(void **state)
{
	(void)state;
	check_cover("1.2.3.4", "1.2.3.4", "1.2.3.4");
	check_cover("1.2.3.0", "1.2.3.255", "1.2.3.0/24");
	check_cover("1.2.3.4", "1.2.3.9", "1.2.3.4/30 1.2.3.8/31");
	check_cover("1.2.3.1", "1.2.3.6", "1.2.3.1 1.2.3.2/31 1.2.3.4/31 1.2.3.6");
	check_cover("0.0.0.0", "255.255.255.255", "0.0.0.0/0");
	check_cover("255.255.255.255", "255.255.255.255", "255.255.255.255");
	check_cover("::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::/0");
	check_cover("2001:db8::ffff:ffff:ffff:ffff",
	            "2001:db8:0:1::", "2001:db8::ffff:ffff:ffff:ffff 2001:db8:0:1::");
}

static void
test_cover_worst(void **state)
{
	struct tryst_ip_range r = { { 0, 1 }, { UINT64_MAX, UINT64_MAX - 1 } };
	struct tryst_prefix cover[254];
	struct tryst_ip next = r.first;

	(void)state;
	assert_int_equal(tryst_ip_range_cover(r, cover, 254), 254);
	assert_int_equal(tryst_ip_range_cover(r, NULL, 0), 254);
	for (size_t i = 0; i < 254; i++) {
		assert_true(tryst_ip_equal(cover[i].ip, next));
		next = tryst_prefix_range(cover[i]).last;
		if (i == 253)
			assert_true(tryst_ip_equal(next, r.last));
		next.lo++;
		next.hi += next.lo == 0;
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_format), cmocka_unit_test(test_parse_exact_length),
		cmocka_unit_test(test_prefix),       cmocka_unit_test(test_longest_text_fits),
		cmocka_unit_test(test_bytes),        cmocka_unit_test(test_mask_range_contains),
		cmocka_unit_test(test_cover),        cmocka_unit_test(test_cover_worst),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
