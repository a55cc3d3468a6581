/* SPDX-License-Identifier: Apache-2.0 */
/* AWS VPC flow logs: the default format with and without its header, custom ones, what is no flow.
 */
#include "rows.h"

#define V2                                                                                         \
	"version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes "  \
	"start end action log-status\n"
#define AT "start_ms=2003-08-22T19:00:00.000Z end_ms=2003-08-22T19:01:00.000Z "
#define AB "src=192.0.2.1 dst=198.51.100.7 "
#define TAIL " 1061578800 1061578860 "

static const struct expected_log v2[] = {
	{ .name = "accepted and rejected",
	  .text = "2 123456789010 eni-1 192.0.2.1 198.51.100.7 1234 80 6 10 840" TAIL "ACCEPT OK\n"
	          "2 123456789010 eni-1 2001:db8::1 2001:db8::2 0 0 58 0 0" TAIL "REJECT OK\n",
	  .rows = { AT AB "src_port=1234 dst_port=80 proto=6 packets=10 bytes=840 fwd_status=64",
	            AT "src=2001:db8::1 dst=2001:db8::2 src_port=0 dst_port=0 proto=58 packets=0 "
	               "bytes=0 fwd_status=128" } },
	{ .name = "nothing to say, and nothing kept",
	  .text = "2 123456789010 eni-1 - - - - - - -" TAIL "- NODATA\n"
	          "2 123456789010 eni-1 - - - - - - -" TAIL "- SKIPDATA\n",
	  .other = 2 },
	{ .name = "the header again, where files were put together; CRLF",
	  .text = V2 "2 123456789010 eni-1 192.0.2.1 198.51.100.7 1 2 17 1 64" TAIL "ACCEPT OK\r\n",
	  .rows = { AT AB "src_port=1 dst_port=2 proto=17 packets=1 bytes=64 fwd_status=64" },
	  .other = 1 },
	{ .name = "damage costs its line",
	  .text = "2 123456789010 eni-1 192.0.2.1 198.51.100.7 1 2 256 1 64" TAIL "ACCEPT OK\n"
	          "2 123456789010 eni-1 192.0.2.1 198.51.100.7 1 2 17 1 64" TAIL "MAYBE OK\n"
	          "2 123456789010 eni-1 192.0.2.1 198.51.100.7 1 2 17 1 64" TAIL "ACCEPT\n"
	          "2 123456789010 eni-1 - 198.51.100.7 1 2 17 1 64" TAIL "ACCEPT OK\n"
	          "2 123456789010 eni-1 192.0.2.1 198.51.100.7 1 2 17 1 64" TAIL "ACCEPT GOOD\n",
	  .damaged = 5,
	  .note = "column 8: expected a number in range, found \"256\"" },
};

static void
test_default(void **state)
{
	struct rows rows;

	(void)state;
	check_logs("vpc", V2, v2, TRYST_ARRAY_SIZE(v2));
	/* Without a header; there the first line must be a record. */
	check_logs("vpc", "", v2, 2);
	read_log("vpc", v2[0].text, &rows);
	assert_int_equal(rows.count, 2);
	rows_fini(&rows);
}

static const struct expected_log custom[] = {
	{ .name = "version 3: flags, and the packet's own addresses behind a NAT gateway",
	  .text = "srcaddr dstaddr pkt-srcaddr pkt-dstaddr tcp-flags start end subnet-id\n"
	          "10.0.0.5 198.51.100.7 192.0.2.1 198.51.100.7 19" TAIL "subnet-1\n"
	          "192.0.2.1 10.0.0.9 192.0.2.1 198.51.100.7 2" TAIL "subnet-1\n",
	  .rows = { AT AB "tcp_flags=19 nat_src=10.0.0.5", AT AB "tcp_flags=2 nat_dst=10.0.0.9" } },
	{ .name = "version 5: direction, other columns, another order",
	  .text = "flow-direction traffic-path end start pkt-src-aws-service bytes dstaddr "
	          "srcaddr\n"
	          "egress 8 1061578860 1061578800 S3 100 198.51.100.7 192.0.2.1\n"
	          "ingress - 1061578860 1061578800 - - 198.51.100.7 192.0.2.1\n"
	          "- - 1061578860 1061578800 - 7 198.51.100.7 192.0.2.1\n",
	  .rows = { AT AB "bytes=100 direction=1", AT AB "direction=0", AT AB "bytes=7" } },
	{ .name = "no end",
	  .text = "srcaddr dstaddr start\n192.0.2.1 198.51.100.7 1061578800\n",
	  .rows = { "start_ms=2003-08-22T19:00:00.000Z end_ms=2003-08-22T19:00:00.000Z "
	            "src=192.0.2.1 dst=198.51.100.7" } },
};

static void
test_custom(void **state)
{
	(void)state;
	check_logs("vpc", "", custom, TRYST_ARRAY_SIZE(custom));
	refuse_log("srcaddr dstaddr action\n192.0.2.1 198.51.100.7 ACCEPT\n",
	           "not a flow log that is known here");
	refuse_log("2 is a number with thirteen blanks a b c d e f g h i\n",
	           "not a flow log that is known here");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_custom),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
