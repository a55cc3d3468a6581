/* SPDX-License-Identifier: Apache-2.0 */
/* Flow records in JSON, a table a dialect: good ones, odd ones, damage; lines, arrays and neither.
 */
#include "rows.h"

#define AT "start_ms=2003-08-22T19:00:00.500Z end_ms=2003-08-22T19:00:02.000Z "
#define ONCE "start_ms=2003-08-22T19:00:00.500Z end_ms=2003-08-22T19:00:00.500Z "
#define AB "src=192.0.2.1 dst=198.51.100.7 "

#define ZEEK                                                                                       \
	"\"ts\":1061578800.5,\"id.orig_h\":\"192.0.2.1\",\"id.resp_h\":\"198.51.100.7\","          \
	"\"id.orig_p\":1234,\"id.resp_p\":80,\"proto\":\"tcp\""

static const struct expected_log zeek[] = {
	{ .name = "both directions",
	  .text = "{" ZEEK
	          ",\"uid\":\"C1\",\"duration\":1.5,\"orig_bytes\":7,\"conn_state\":\"SF\","
	          "\"history\":\"ShADadFf\",\"orig_pkts\":5,\"orig_ip_bytes\":300,\"resp_pkts\":4,"
	          "\"resp_ip_bytes\":280,\"tunnel_parents\":[\"x\"]}\n",
	  .rows = { AT AB "src_port=1234 dst_port=80 proto=6 tcp_flags=19 packets=5 bytes=300 "
	                  "rev_packets=4 rev_bytes=280 rev_tcp_flags=19" } },
	{ .name = "nested, in ISO 8601, over several lines",
	  .text = "{\"ts\":\"2003-08-22T19:00:00.500000Z\",\n\"id\":{\"orig_h\":\"2001:db8::1\","
	          "\"resp_h\":\"2001:db8::2\",\"orig_p\":128,\"resp_p\":129},\"proto\":\"icmp\",\n"
	          "\"orig_pkts\":0,\"orig_bytes\":null}\n",
	  .rows = { ONCE "src=2001:db8::1 dst=2001:db8::2 proto=58 icmp_type=128 packets=0" } },
	{ .name = "damage costs its line",
	  .text = "{" ZEEK ",\"orig_pkts\":1}\n{" ZEEK ",\"orig_pkts\":\"x\"}\n{" ZEEK
	          ",\"orig_pkts\":1\n{\"ts\":1061578800.5,\"orig_pkts\":1}\nnot at all\n{" ZEEK
	          ",\"orig_pkts\":2}\n",
	  .rows = { ONCE AB "src_port=1234 dst_port=80 proto=6 packets=1",
	            ONCE AB "src_port=1234 dst_port=80 proto=6 packets=2" },
	  .damaged = 4,
	  .note = "expected a number in range, found \"x\"" },
};

#define EVE                                                                                        \
	"\"timestamp\":\"2003-08-22T19:30:00.000001+0000\",\"src_ip\":\"192.0.2.1\","              \
	"\"dest_ip\":\"198.51.100.7\""

static const struct expected_log eve[] = {
	{ .name = "flow",
	  .text = "{" EVE
	          ",\"event_type\":\"flow\",\"src_port\":1234,\"dest_port\":80,\"proto\":\"TCP\","
	          "\"vlan\":[100,200],\"flow\":{\"pkts_toserver\":5,\"pkts_toclient\":4,"
	          "\"bytes_toserver\":300,\"bytes_toclient\":280,"
	          "\"start\":\"2003-08-22T21:00:00.500000+0200\","
	          "\"end\":\"2003-08-22T19:00:02.000000+0000\",\"state\":\"closed\",\"alerted\":"
	          "false},"
	          "\"tcp\":{\"tcp_flags\":\"1f\",\"tcp_flags_ts\":\"1b\",\"tcp_flags_tc\":\"13\"}}"
	          "\n",
	  .rows = { AT AB "src_port=1234 dst_port=80 proto=6 tcp_flags=27 packets=5 bytes=300 "
	                  "rev_packets=4 rev_bytes=280 rev_tcp_flags=19 vlan=100" } },
	{ .name = "ICMP, and nothing back",
	  .text = "{" EVE
	          ",\"event_type\":\"flow\",\"proto\":\"ICMP\",\"icmp_type\":8,\"icmp_code\":0,"
	          "\"flow\":{\"pkts_toserver\":1,\"pkts_toclient\":0,\"bytes_toserver\":98,"
	          "\"bytes_toclient\":0,\"start\":\"2003-08-22T19:00:00.5Z\"}}\n",
	  .rows = { ONCE AB "proto=1 icmp_type=8 icmp_code=0 packets=1 bytes=98 rev_packets=0 "
	                    "rev_bytes=0" } },
	{ .name = "netflow is one direction",
	  .text = "{" EVE
	          ",\"event_type\":\"netflow\",\"src_port\":1,\"dest_port\":2,\"proto\":\"TCP\","
	          "\"netflow\":{\"pkts\":5,\"bytes\":300,\"start\":\"2003-08-22T19:00:00.5+0000\","
	          "\"end\":\"2003-08-22T19:00:02+0000\",\"age\":2,\"min_ttl\":60,\"max_ttl\":64},"
	          "\"tcp\":{\"tcp_flags\":\"1b\"}}\n",
	  .rows = { AT AB
	            "src_port=1 dst_port=2 proto=6 tcp_flags=27 packets=5 bytes=300 min_ttl=60 "
	            "max_ttl=64" } },
	{ .name = "what else is in an EVE log",
	  .text = "{" EVE ",\"event_type\":\"dns\",\"dns\":{\"rrname\":\"x\"}}\n"
	          "{" EVE
	          ",\"event_type\":\"alert\",\"flow\":{\"start\":\"2003-08-22T19:00:00Z\"}}\n"
	          "{\"timestamp\":\"x\",\"event_type\":\"stats\",\"stats\":{\"uptime\":1}}\n",
	  .other = 3 },
	{ .name = "damage costs its line",
	  .text = "{\"event_type\":\"dns\"}\n"
	          "{" EVE ",\"event_type\":\"flow\",\"flow\":{\"start\":\"never\"}}\n"
	          "{" EVE ",\"event_type\":\"flow\",\"flow\":{}}\n"
	          "{" EVE ",\"event_type\":\"flow\",\"flow\":{\"start\":\"2003-08-22T19:00:00Z\"},"
	          "\"tcp\":{\"tcp_flags_ts\":\"1ff\"}}\n",
	  .damaged = 3,
	  .other = 1,
	  .note = "flow.start" },
};

#define NFDUMP                                                                                     \
	"\"type\":\"FLOW\",\"export_sysid\":1,\"first\":\"2003-08-22T19:00:00.500\","              \
	"\"last\":\"2003-08-22T19:00:02.000\""

static const struct expected_log nfdump[] = {
	{ .name = "lines: a flow of both directions, zeros that say nothing, an event",
	  .text = "{" NFDUMP
	          ",\"received\":\"2003-08-22T19:00:03.000\",\"in_packets\":5,\"in_bytes\":300,"
	          "\"out_packets\":4,\"out_bytes\":280,\"proto\":6,\"tcp_flags\":\"...AP.SF\","
	          "\"src_port\":1234,\"dst_port\":80,\"src_tos\":8,\"src4_addr\":\"192.0.2.1\","
	          "\"dst4_addr\":\"198.51.100.7\",\"input_snmp\":3,\"ip4_router\":\"192.0.2.9\"}\n"
	          "{" NFDUMP ",\"in_packets\":0,\"in_bytes\":0,\"out_packets\":0,\"out_bytes\":0,"
	          "\"proto\":17,\"tcp_flags\":\"........\",\"src_port\":0,\"dst_port\":0,\"src_"
	          "tos\":0,"
	          "\"src6_addr\":\"2001:db8::1\",\"dst6_addr\":\"2001:db8::2\",\"input_snmp\":0,"
	          "\"src_as\":0,\"ip6_next_hop\":\"::\"}\n"
	          "{\"type\":\"EVENT\",\"export_sysid\":1,\"in_packets\":0}\n",
	  .rows = { "start_ms=2003-08-22T19:00:00.500Z end_ms=2003-08-22T19:00:02.000Z "
	            "received_ms=2003-08-22T19:00:03.000Z " AB
	            "src_port=1234 dst_port=80 proto=6 tcp_flags=27 tos=8 packets=5 bytes=300 "
	            "rev_packets=4 rev_bytes=280 in_if=3 exporter=192.0.2.9",
	            AT "src=2001:db8::1 dst=2001:db8::2 src_port=0 dst_port=0 proto=17 tos=0 "
	               "packets=0 "
	               "bytes=0" },
	  .events = 1 },
	{ .name = "an array, indented",
	  .text = "[\n{\n  " NFDUMP
	          ",\n  \"in_packets\" : 5,\n \"in_bytes\" : 300, \"proto\" : 1,\n"
	          "  \"icmp_type\" : 3,\n  \"icmp_code\" : 13,\n  \"src4_addr\" : \"192.0.2.1\",\n"
	          "  \"dst4_addr\" : \"198.51.100.7\"\n}\n,{\n " NFDUMP ",\"in_packets\":1,"
	          "\"src4_addr\":\"192.0.2.1\",\"dst4_addr\":\"198.51.100.7\"\n}\n]\n",
	  .rows = { AT AB "proto=1 icmp_type=3 icmp_code=13 packets=5 bytes=300",
	            AT AB "packets=1" } },
	{ .name = "an array with damage in it, and cut",
	  .text = "[{" NFDUMP ",\"in_packets\":-1,\"src4_addr\":\"192.0.2.1\"},\n{" NFDUMP
	          ",\"in_packets\":2,\"src4_addr\":\"192.0.2.1\",\"dst4_addr\":\"198.51.100.7\"},"
	          "\n{" NFDUMP ",\"in_pack",
	  .rows = { AT AB "packets=2" },
	  .damaged = 2,
	  .note = "in_packets" },
	{ .name = "an empty array behind it",
	  .text = "[{" NFDUMP ",\"in_packets\":2,\"src4_addr\":\"192.0.2.1\",\"dst4_addr\":"
	          "\"198.51.100.7\"}]\n[]\n",
	  .rows = { AT AB "packets=2" } },
};

#define GOFLOW                                                                                     \
	"\"time_flow_start_ns\":1061578800500000000,\"time_flow_end_ns\":1061578802000000000,"     \
	"\"src_addr\":\"192.0.2.1\",\"dst_addr\":\"198.51.100.7\""

static const struct expected_log goflow2[] = {
	{ .name = "names of protocols, sampling beside the counts, networks",
	  .text = "{\"type\":\"NETFLOW_V9\"," GOFLOW ",\"time_received_ns\":1061578803000000000,"
	          "\"sampling_rate\":100,\"sampler_address\":\"192.0.2.9\",\"bytes\":300,"
	          "\"packets\":5,"
	          "\"etype\":\"IPv4\",\"proto\":\"TCP\",\"src_port\":1234,\"dst_port\":80,\"tcp_"
	          "flags\":27,"
	          "\"in_if\":3,\"out_if\":0,\"src_as\":64512,\"src_net\":\"192.0.2.0/24\","
	          "\"dst_net\":\"0.0.0.0/0\",\"observation_domain_id\":7}\n",
	  .rows = { "start_ms=2003-08-22T19:00:00.500Z end_ms=2003-08-22T19:00:02.000Z "
	            "received_ms=2003-08-22T19:00:03.000Z " AB
	            "src_port=1234 dst_port=80 proto=6 tcp_flags=27 packets=5 bytes=300 in_if=3 "
	            "src_as=64512 src_mask=24 exporter=192.0.2.9 domain=7 sampling=100" } },
	{ .name = "numbers for names, ICMPv6, what is not IP",
	  .text = "{" GOFLOW ",\"etype\":34525,\"proto\":58,\"icmp_type\":128,\"icmp_code\":0,"
	          "\"src_port\":0,\"dst_port\":0,\"tcp_flags\":0,\"packets\":0}\n"
	          "{" GOFLOW ",\"etype\":\"ARP\"}\n{" GOFLOW
	          ",\"etype\":\"IPv6\",\"proto\":\"IPv6-ICMP\"}\n",
	  .rows = { AT AB "proto=58 icmp_type=128 icmp_code=0 packets=0", AT AB "proto=58" },
	  .skipped = 1 },
	{ .name = "goflow 1",
	  .text = "{\"TimeFlowStart\":1061578800,\"TimeFlowEnd\":1061578802,\"SrcAddr\":\"192.0.2."
	          "1\","
	          "\"DstAddr\":\"198.51.100.7\",\"Bytes\":300,\"Packets\":5,\"Proto\":17,"
	          "\"SrcPort\":53,"
	          "\"DstPort\":53,\"SamplingRate\":0,\"Etype\":2048}\n",
	  .rows = { "start_ms=2003-08-22T19:00:00.000Z end_ms=2003-08-22T19:00:02.000Z " AB
	            "src_port=53 dst_port=53 proto=17 packets=5 bytes=300" } },
	{ .name = "damage costs its line",
	  .text = "{" GOFLOW ",\"packets\":1}\n{" GOFLOW ",\"packets\":1.5}\n"
	          "{\"time_flow_start_ns\":0,\"src_addr\":\"192.0.2.1\",\"dst_addr\":\"198.51.100."
	          "7\"}\n",
	  .rows = { AT AB "packets=1" },
	  .damaged = 2,
	  .note = "packets" },
};

static const struct expected_log any[] = {
	{ .name = "our own, as it is written",
	  .text = "{\"type\":\"flow\",\"schema\":1,\"start\":\"2003-08-22T19:00:00.500Z\","
	          "\"end\":\"2003-08-22T19:00:02.000Z\",\"src\":\"192.0.2.1\",\"dst\":\"198.51.100."
	          "7\","
	          "\"proto\":1,\"icmp_type\":8,\"icmp_code\":0,\"packets\":0,\"exporter\":\"192.0."
	          "2.9\"}\n",
	  .rows = { AT AB "proto=1 icmp_type=8 icmp_code=0 packets=0 exporter=192.0.2.9" } },
	{ .name = "escapes, quoted and exponential numbers, text to pass over",
	  .text = "{\"note\":\"\\u007b\\\"}\",\"start\":1.0615788005e9,\"src\":\"192.0.2.1\","
	          "\"dst\":\"198.51.100.7\",\"bytes\":\"300\",\"packets\":5e0,\"x\":[{\"src\":"
	          "\"a\"}]}\n",
	  .rows = { ONCE AB "packets=5 bytes=300" } },
};

static void
test_dialects(void **state)
{
	(void)state;
	check_logs("zeek-json", "", zeek, TRYST_ARRAY_SIZE(zeek));
	check_logs("eve", "", eve, TRYST_ARRAY_SIZE(eve));
	check_logs("nfdump-json", "", nfdump, TRYST_ARRAY_SIZE(nfdump));
	check_logs("goflow2", "", goflow2, TRYST_ARRAY_SIZE(goflow2));
	check_logs("json", "", any, TRYST_ARRAY_SIZE(any));
}

static void
test_refused(void **state)
{
	(void)state;
	refuse_log("{\"a\":1}\n", "not a flow log that is known here");
	refuse_log("[1, 2, 3]\n", "not a flow log that is known here");
	refuse_log("{\"ts\":1,\"id.orig_h\":\"1.1.1.1\"}\n", "not a flow log that is known here");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dialects),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
