/* SPDX-License-Identifier: Apache-2.0 */
#include "base/proto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
test_find(void **state)
{
	static const struct {
		const char *name;
		int proto;
	} cases[] = {
		{ "tcp", 6 },        { "TCP", 6 },         { "Udp", 17 },   { "icmp", 1 },
		{ "IPv6-ICMP", 58 }, { "icmp6", 58 },      { "GRE", 47 },   { "esp", 50 },
		{ "sctp", 132 },     { "hip", 139 },       { "NSH", 145 },  { "ospf", 89 },
		{ "hopopt", 0 },     { "Frag6", 44 },      { "S-RPC", 90 }, { "net", -1 },
		{ "host", -1 },      { "tc", -1 },         { "tcpx", -1 },  { "", -1 },
		{ "6", -1 },         { "ipv6-icmp ", -1 },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++)
		assert_int_equal(tryst_proto_find(cases[i].name, strlen(cases[i].name)),
		                 cases[i].proto);
	assert_int_equal(tryst_proto_find("tcpdump", 3), 6);
	assert_int_equal(tryst_proto_find("tcp\0", 4), -1);
}

static void
test_both_ways(void **state)
{
	unsigned named = 0;

	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		const char *name = tryst_proto_name((uint8_t)i);

		if (!name)
			continue;
		named++;
		assert_int_equal(tryst_proto_find(name, strlen(name)), i);
	}
	assert_int_equal(named, 141);
	assert_null(tryst_proto_name(61));
	assert_null(tryst_proto_name(255));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_both_ways),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
