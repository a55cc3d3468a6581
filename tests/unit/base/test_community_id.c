/* SPDX-License-Identifier: Apache-2.0 */
/* The vectors of corelight/community-id-spec, and that both directions have one name. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/community_id.h"

static const struct {
	uint16_t seed;
	uint8_t proto;
	bool one_way;
	const char *src, *dst;
	uint16_t src_port, dst_port;
	const char *want;
} vectors[] = {
	{ 0, 6, false, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:wCb3OG7yAFWelaUydu0D+125CLM=" },
	{ 1, 6, false, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:HhA1B+6CoLbiKPEs5nhNYN4XWfk=" },
	{ 0, 17, false, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg=" },
	{ 0, 132, false, "1.2.3.4", "5.6.7.8", 1122, 3344, "1:EKt4MsxuyaE6mL+hmrEkQ9csDD8=" },
	{ 0, 1, true, "1.2.3.4", "5.6.7.8", 8, 0, "1:crodRHL2FEsHjbv3UkRrfbs4bZ0=" },
	{ 0, 1, true, "5.6.7.8", "1.2.3.4", 0, 0, "1:crodRHL2FEsHjbv3UkRrfbs4bZ0=" },
	{ 0, 1, true, "1.2.3.4", "5.6.7.8", 11, 0, "1:f/YiSyWqczrTgfUCZlBUnvHRcPk=" },
	/* Ports of a protocol without ports do not count. */
	{ 0, 46, false, "1.2.3.4", "5.6.7.8", 9, 7, "1:ikv3kmf89luf73WPz1jOs49S768=" },
	{ 0, 6, false, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943,
	  25, "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
};

static struct tryst_ip
ip(const char *text)
{
	struct tryst_ip out;

	assert_true(tryst_ip_parse(text, strlen(text), &out));
	return out;
}

static void
spec(void **state)
{
	char got[TRYST_COMMUNITY_ID_LEN + 1] = "";

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(vectors); i++) {
		struct tryst_ip src = ip(vectors[i].src), dst = ip(vectors[i].dst);
		uint16_t from = vectors[i].src_port, to = vectors[i].dst_port;

		tryst_community_id(vectors[i].seed, src, dst, vectors[i].proto, from, to, got);
		assert_string_equal(got, vectors[i].want);
		if (vectors[i].one_way)
			continue;
		tryst_community_id(vectors[i].seed, dst, src, vectors[i].proto, to, from, got);
		assert_string_equal(got, vectors[i].want);
	}
}

/* An error message from the other side is another conversation. */
static void
one_way(void **state)
{
	char there[TRYST_COMMUNITY_ID_LEN], back[TRYST_COMMUNITY_ID_LEN];

	(void)state;
	tryst_community_id(0, ip("1.2.3.4"), ip("5.6.7.8"), 1, 11, 0, there);
	tryst_community_id(0, ip("5.6.7.8"), ip("1.2.3.4"), 1, 11, 0, back);
	assert_memory_not_equal(there, back, sizeof(there));
}

static void
counterparts(void **state)
{
	(void)state;
	assert_int_equal(tryst_icmp_counterpart(1, 8), 0);
	assert_int_equal(tryst_icmp_counterpart(1, 0), 8);
	assert_int_equal(tryst_icmp_counterpart(1, 128), -1);
	assert_int_equal(tryst_icmp_counterpart(58, 129), 128);
	assert_int_equal(tryst_icmp_counterpart(58, 0), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(spec),
		cmocka_unit_test(one_way),
		cmocka_unit_test(counterparts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
