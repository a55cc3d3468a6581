/* SPDX-License-Identifier: Apache-2.0 */
/* Crypto-PAn against the values that other programs give, and its promises. */
#include "report/anonymize.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "report/load.h"

/* The key of the authors' sample, and that of the documentation of yacryptopan. */
static const uint8_t sample[TRYST_ANONYMIZE_KEY] = { 21,  34,  23,  141, 51,  164, 207, 128,
	                                             19,  10,  91,  22,  73,  144, 125, 16,
	                                             216, 152, 143, 131, 121, 121, 101, 39,
	                                             98,  87,  76,  45,  42,  132, 34,  2 };
static const char words[] = "32-char-str-for-AES-key-and-pad.";

static const struct {
	bool sample;
	const char *from, *to;
} vectors[] = {
	{ true, "128.11.68.132", "135.242.180.132" },
	{ true, "129.118.74.4", "134.136.186.123" },
	{ true, "130.132.252.244", "133.68.164.234" },
	{ true, "141.223.7.43", "141.167.8.160" },
	{ true, "192.102.249.13", "252.138.62.131" },
	{ true, "24.0.250.221", "100.15.198.226" },
	{ false, "192.0.2.1", "192.0.125.244" },
	{ false, "2001:db8::1", "27fe:8bc7:fee:1e:1e1f:f0fe:f0e1:83fd" },
};

static struct tryst_anonymizer *
make(bool of_sample)
{
	struct tryst_anonymizer *a = NULL;
	uint8_t key[TRYST_ANONYMIZE_KEY];
	struct tryst_error err;

	memcpy(key, of_sample ? sample : (const uint8_t *)words, sizeof(key));
	assert_int_equal(tryst_anonymizer_new(&a, key, &err), 0);
	return a;
}

static struct tryst_ip
ip(const char *text)
{
	struct tryst_ip v;

	assert_true(tryst_ip_parse(text, strlen(text), &v));
	return v;
}

static void
test_vectors(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(vectors); i++) {
		struct tryst_anonymizer *a = make(vectors[i].sample);
		char text[TRYST_IP_TEXT_MAX];

		(void)tryst_ip_format(tryst_anonymize(a, ip(vectors[i].from)), text);
		assert_string_equal(text, vectors[i].to);
		tryst_anonymizer_free(a);
	}
	tryst_anonymizer_free(NULL);
}

/* How many leading bits two addresses share. */
static unsigned
shared(struct tryst_ip a, struct tryst_ip b)
{
	if (a.hi != b.hi)
		return (unsigned)__builtin_clzll(a.hi ^ b.hi);
	return a.lo == b.lo ? 128 : 64 + (unsigned)__builtin_clzll(a.lo ^ b.lo);
}

static uint64_t
random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/* Pairs that share any number of bits share as many afterwards; the family stays. */
static void
test_prefixes(void **state)
{
	struct tryst_anonymizer *a = make(true);
	uint64_t seed = 20260822;

	(void)state;
	for (unsigned i = 0; i < 4000; i++) {
		struct tryst_ip x = { random_next(&seed), random_next(&seed) }, y;
		unsigned bits = (unsigned)(random_next(&seed) % 128);
		struct tryst_ip mask = tryst_ip_mask(bits);

		if (i % 2)
			x = tryst_ip_v4((uint32_t)x.lo);
		y.hi = (x.hi & mask.hi) | (random_next(&seed) & ~mask.hi);
		y.lo = (x.lo & mask.lo) | (random_next(&seed) & ~mask.lo);
		if (tryst_ip_is_v4(x) != tryst_ip_is_v4(y))
			continue;
		assert_int_equal(shared(x, y),
		                 shared(tryst_anonymize(a, x), tryst_anonymize(a, y)));
		assert_int_equal(tryst_ip_is_v4(x), tryst_ip_is_v4(tryst_anonymize(a, x)));
	}
	tryst_anonymizer_free(a);
}

/* Texts as they come, with 10.1.0.0/16, 192.0.2.7 and 2001:db8:1::/48 hidden. */
static void
test_texts(void **state)
{
	static const char head[] =
		"{\"schema\":1,\"complete\":true,\"inputs\":[],\"watchlists\":[],"
		"\"home\":[\"10.1.0.0/16\",\"192.0.2.7\",\"2001:db8:1::/48\"],\"events\":[],"
		"\"summary\":{},\"around\":{\"untested\":\"x\"},"
		"\"timeline\":{\"unlooked\":\"x\",\"changes\":{\"untested\":\"x\"}},\"caveats\":["
		"\"";
	/* What must go, and what must stay; "" for nothing. */
	static const struct {
		const char *text, *gone, *stays;
	} cases[] = {
		{ "10.1.2.3", "10.1.2.3", "" },
		{ "x10.1.2.3y", "10.1.2.3", "x" },
		{ "1.10.1.2.3", "10.1.2.3", "1." },
		{ "010.001.002.003", "010.001.002.003", "" },
		{ "10.1.2.3:80, 10.2.2.3", "10.1.2.3", "10.2.2.3" },
		{ "10.1/16 and 10.1.0.0/16", "10.1", "/16 and " },
		{ "10.1.2.0/24", "10.1.2", "/24" },
		{ "10.0.0.0/8", "", "10.0.0.0/8" },
		{ "110.1.2.3 10.1.2.300", "10.1.2.30", "110.1.2.3" },
		{ "[2001:db8:1::5]:443", "db8:1", "]:443" },
		{ "2001:0DB8:0001:0:0:0:0:5.", "0DB8:0001", "." },
		{ "2001:db8:2::5 2001:db8:1::/64", "db8:1:", "2001:db8:2::5" },
		{ "::ffff:10.1.2.3", "10.1.2.3", "" },
		{ "192.0.2.7.csv 192.0.2.70", "192.0.2.7.", "192.0.2.70" },
		{ "at 10:01:02 on 2026-11-23, v10.1.2", "", "at 10:01:02 on 2026-11-23, v10.1.2" },
	};
	struct tryst_anonymizer *a = make(true);

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_case_file *plain = NULL, *hidden = NULL;
		struct tryst_buf json = { 0 };
		struct tryst_error err;
		const char *got;

		tryst_buf_printf(&json, "%s%s\"]}", head, cases[i].text);
		if (tryst_case_file_parse(&plain, "c", json.data, json.len, &err) < 0)
			fail_msg("%s", err.text);
		if (tryst_case_anonymize(&hidden, tryst_case_file_case(plain), a, &err) < 0)
			fail_msg("%s", err.text);
		got = tryst_case_file_case(hidden)->caveats[0];
		if ((cases[i].gone[0] && strstr(got, cases[i].gone)) ||
		    !strstr(got, cases[i].stays))
			fail_msg("%zu: '%s' became '%s'", i, cases[i].text, got);
		tryst_case_file_free(plain);
		tryst_case_file_free(hidden);
		tryst_buf_fini(&json);
	}
	tryst_anonymizer_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
