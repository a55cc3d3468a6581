/* SPDX-License-Identifier: Apache-2.0 */
/* What nfdump prints for people: its formats, its roundings and shortenings, its summary, damage.
 */
#include "rows.h"

#define LONG                                                                                       \
	"Date first seen             Duration     Proto      Src IP Addr:Port           "          \
	"Dst IP Addr:Port     Flags Tos  Packets    Bytes Flows\n"
#define AT "start_ms=2003-08-22T19:00:00.500Z end_ms=2003-08-22T19:00:02.000Z "
#define ROW "2003-08-22 19:00:00.500     00:00:01.500 "
#define AB "src=192.0.2.1 dst=198.51.100.7 "

static const struct expected_log rows_of_long[] = {
	{ .name = "a row, and the summary behind it",
	  .text = ROW "TCP  192.0.2.1:1234  ->  198.51.100.7:80  ...AP.SF  8  10  840  1\n"
	              "Summary: total flows: 1, total bytes: 840, total packets: 10\n"
	              "Time window: 2003-08-22 19:00:00 - 2003-08-22 19:00:02\n"
	              "Total flows processed: 1, passed: 1, Blocks skipped: 0, Bytes read: 1\n"
	              "Sys: 0.001s flows/second: 1.0       Wall: 0.001s flows/second: 1.0\n",
	  .rows = { AT AB
	            "src_port=1234 dst_port=80 proto=6 tcp_flags=27 tos=8 packets=10 bytes=840" },
	  .other = 4 },
	{ .name = "IPv6 in full, ICMP in both spellings",
	  .text = ROW "UDP  2001:db8::1.53  ->  2001:db8::2.1234  ........  0  1  64  1\n" ROW
	              "ICMP6  2001:db8::1.0  ->  2001:db8::2.128.0  ........  0  1  64  1\n" ROW
	              "ICMP  192.0.2.1:0  ->  198.51.100.7:3.13  ........  0  1  64  1\n" ROW
	              "ICMP  192.0.2.1:0  ->  198.51.100.7:2048  ........  0  1  64  1\n",
	  .rows = { AT "src=2001:db8::1 dst=2001:db8::2 src_port=53 dst_port=1234 proto=17 "
	               "tcp_flags=0 "
	               "tos=0 packets=1 bytes=64",
	            AT "src=2001:db8::1 dst=2001:db8::2 src_port=0 dst_port=32768 proto=58 "
	               "tcp_flags=0 "
	               "tos=0 icmp_type=128 icmp_code=0 packets=1 bytes=64",
	            AT AB
	            "src_port=0 dst_port=781 proto=1 tcp_flags=0 tos=0 icmp_type=3 icmp_code=13 "
	            "packets=1 bytes=64",
	            AT AB
	            "src_port=0 dst_port=2048 proto=1 tcp_flags=0 tos=0 icmp_type=8 icmp_code=0 "
	            "packets=1 bytes=64" } },
	{ .name = "rounded counts are said to be",
	  .text = ROW "TCP  192.0.2.1:1  ->  198.51.100.7:2  ......S.  0  4.2 M  1.5 G  1\n",
	  .rows = { AT AB "src_port=1 dst_port=2 proto=6 tcp_flags=2 tos=0 packets=4200000 "
	                  "bytes=1500000000" },
	  .note = "nfdump rounded its counts" },
	{ .name = "days, labels behind the row, words by tabs",
	  .text = "2003-08-22\t19:00:00.500\t1d\t00:00:01.500\tUDP\t192.0.2.1:1\t->\t198.51.100.7:"
	          "2\t"
	          "......\t0\t1\t64\t1\tBackground\n",
	  .rows = { "start_ms=2003-08-22T19:00:00.500Z end_ms=2003-08-23T19:00:02.000Z " AB
	            "src_port=1 dst_port=2 proto=17 tcp_flags=0 tos=0 packets=1 bytes=64" } },
	{ .name = "damage costs its line",
	  .text = ROW "TCP  2001:db..ac0b.80  ->  198.51.100.7:80  ........  0  1  64  1\n" ROW
	              "TCP  192.0.2.1:65536  ->  198.51.100.7:80  ........  0  1  64  1\n" ROW
	              "TCP  192.0.2.1:1  <-  198.51.100.7:80  ........  0  1  64  1\n" ROW
	              "TCP  192.0.2.1:1  ->  198.51.100.7:80\n"
	              "2003-13-22 19:00:00.500  0.1  TCP  192.0.2.1:1  ->  198.51.100.7:80  ...  0 "
	              " 1  64  1\n" ROW
	              "UDP  192.0.2.1:1  ->  198.51.100.7:2  ........  0  1  64  1\n",
	  .rows = { AT AB "src_port=1 dst_port=2 proto=17 tcp_flags=0 tos=0 packets=1 bytes=64" },
	  .damaged = 5,
	  .note = "a whole address (nfdump -6)" },
};

static const struct expected_log others[] = {
	{ .name = "bilong: both directions, by the header's names",
	  .text = "Date first seen             Duration     Proto      Src IP Addr:Port           "
	          "Dst IP Addr:Port     Flags Tos  Out Pkt   In Pkt Out Byte  In Byte Flows\n" ROW
	          "TCP  192.0.2.1:1234  <->  198.51.100.7:80  ......S.  0  4  5  280  300  1\n" ROW
	          "TCP  192.0.2.1:1234  <->  198.51.100.7:80  ......S.  0  0  5  0  300  1\n",
	  .rows = { AT AB "src_port=1234 dst_port=80 proto=6 tcp_flags=2 tos=0 packets=5 bytes=300 "
	                  "rev_packets=4 rev_bytes=280",
	            AT AB
	            "src_port=1234 dst_port=80 proto=6 tcp_flags=2 tos=0 packets=5 bytes=300" } },
	{ .name = "line, of an older nfdump; the duration in seconds",
	  .text = "Date flow start          Duration Proto      Src IP Addr:Port          "
	          "Dst IP Addr:Port   Packets    Bytes Flows\n"
	          "2003-08-22 19:00:00.500     1.500 UDP  192.0.2.1:53  ->  198.51.100.7:53  1  64 "
	          " 1\n",
	  .rows = { AT AB "src_port=53 dst_port=53 proto=17 packets=1 bytes=64" } },
	{ .name = "extended, whose rates nobody needs",
	  .text = "Date first seen             Duration     Proto      Src IP Addr:Port          "
	          "Dst IP Addr:Port     Flags Tos  Packets    Bytes      pps      bps    Bpp "
	          "Flows\n" ROW
	          "TCP  192.0.2.1:1  ->  198.51.100.7:2  ......S.  0  1  60  0  1.1 M  60  1\n",
	  .rows = { AT AB "src_port=1 dst_port=2 proto=6 tcp_flags=2 tos=0 packets=1 bytes=60" } },
};

static void
test_formats(void **state)
{
	(void)state;
	check_logs("nfdump-text", LONG, rows_of_long, TRYST_ARRAY_SIZE(rows_of_long));
	check_logs("nfdump-text", "", others, TRYST_ARRAY_SIZE(others));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
