/* SPDX-License-Identifier: Apache-2.0 */
/* Argus's tables: counts of both sides, directions, ports and times in their forms, damage. */
#include "rows.h"

#define NAMES                                                                                      \
	"StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,State,sTos,dTos,TotPkts,TotBytes,"    \
	"SrcBytes,Label\n"
#define AT "start_ms=2011-08-10T09:46:53.047Z end_ms=2011-08-10T09:46:54.547Z "
#define ROW "2011/08/10 09:46:53.047277,1.5,"
#define AB "src=192.0.2.1 dst=198.51.100.7 "
#define BA "src=198.51.100.7 dst=192.0.2.1 "

static const struct expected_log binetflows[] = {
	{ .name = "shares of totals; a label with a comma",
	  .text = ROW
	  "tcp,192.0.2.1,1234,   ->,198.51.100.7,80,FSPA_SRPA,0,0,10,1000,600,\"flow, x\"\n",
	  .rows = { AT AB "src_port=1234 dst_port=80 proto=6 tcp_flags=27 tos=0 bytes=600 "
	                  "rev_bytes=400 rev_tcp_flags=30" } },
	{ .name = "a side without bytes has no packets",
	  .text = ROW "udp,192.0.2.1,53,   ->,198.51.100.7,53,INT,0,,3,180,180,flow=Background\n",
	  .rows = { AT AB
	            "src_port=53 dst_port=53 proto=17 tos=0 packets=3 bytes=180 rev_packets=0 "
	            "rev_bytes=0" } },
	{ .name = "two packets of two sides",
	  .text = ROW "udp,192.0.2.1,53,  <->,198.51.100.7,53,CON,0,0,2,300,60,x\n",
	  .rows = { AT AB "src_port=53 dst_port=53 proto=17 tos=0 packets=1 bytes=60 rev_packets=1 "
	                  "rev_bytes=240" } },
	{ .name = "the destination opened it; its type of service is not known",
	  .text = ROW "tcp,192.0.2.1,80,  <-,198.51.100.7,1234,SA_S,7,0,2,120,60,x\n" ROW
	              "tcp,192.0.2.1,80,  <?,198.51.100.7,1234,A_,7,0,2,120,120,x\n",
	  .rows = { AT BA "src_port=1234 dst_port=80 proto=6 tcp_flags=2 packets=1 bytes=60 "
	                  "rev_packets=1 rev_bytes=60 rev_tcp_flags=18",
	            AT BA "src_port=1234 dst_port=80 proto=6 tcp_flags=0 packets=0 bytes=0 "
	                  "rev_packets=2 rev_bytes=120 rev_tcp_flags=16" } },
	{ .name = "directions that turn nothing",
	  .text = ROW "tcp,192.0.2.1,1,  <?>,198.51.100.7,2,_,,,,,,x\n" ROW
	              "tcp,192.0.2.1,1,   ?>,198.51.100.7,2,,,,,,,x\n" ROW
	              "tcp,192.0.2.1,1,  who,198.51.100.7,2,REQ,,,,,,x\n",
	  .rows = { AT AB "src_port=1 dst_port=2 proto=6 tcp_flags=0 rev_tcp_flags=0",
	            AT AB "src_port=1 dst_port=2 proto=6",
	            AT AB "src_port=1 dst_port=2 proto=6" } },
	{ .name = "hexadecimal ports, and names of services",
	  .text = ROW "tcp,192.0.2.1,0x04d2,->,198.51.100.7,0x0050,,,,,,,\n" ROW
	              "tcp,192.0.2.1,*,->,198.51.100.7,https,,,,,,,\n" ROW
	              "rtp,192.0.2.1,10,->,198.51.100.7,0xFFFF,,,,,,,\n",
	  .rows = { AT AB "src_port=1234 dst_port=80 proto=6", AT AB "proto=6",
	            AT AB "src_port=10 dst_port=65535 proto=17" } },
	{ .name = "ICMP: code and type in the source port",
	  .text = ROW "icmp,192.0.2.1,0x0303,->,198.51.100.7,0x8fb7,URP,0,,1,70,70,\n" ROW
	              "icmp,192.0.2.1,0x0008,<->,198.51.100.7,,ECO,0,0,2,196,98,\n" ROW
	              "ipv6-icmp,2001:db8::1,135,->,2001:db8::2,0,,,,,,,\n",
	  .rows = { AT AB "proto=1 tos=0 icmp_type=3 icmp_code=3 packets=1 bytes=70 rev_packets=0 "
	                  "rev_bytes=0",
	            AT AB "proto=1 tos=0 icmp_type=8 icmp_code=0 packets=1 bytes=98 rev_packets=1 "
	                  "rev_bytes=98",
	            AT "src=2001:db8::1 dst=2001:db8::2 proto=58 icmp_type=135 icmp_code=0" } },
	{ .name = "what is not IP",
	  .text = ROW "arp,192.0.2.1,,who,198.51.100.7,,CON,,,2,120,60,\n" ROW
	              "llc,00:11:22:33:44:55,,->,00:11:22:33:44:66,,INT,,,2,120,60,\n" ROW
	              "man,0,0,,0,0,STA,,,2,120,60,\n",
	  .skipped = 3 },
	{ .name = "a share above its total proves nothing",
	  .text = ROW "udp,192.0.2.1,1,->,198.51.100.7,2,,,,10,100,600,\n",
	  .rows = { AT AB "src_port=1 dst_port=2 proto=17 bytes=600" } },
	{ .name = "damage costs its line; the header may come again",
	  .text = NAMES ROW "tcp,192.0.2.1,0x10000,->,198.51.100.7,80,,,,,,,\n" ROW
	                    "nobody,192.0.2.1,1,->,198.51.100.7,80,,,,,,,\n"
	                    "yesterday,1,tcp,192.0.2.1,1,->,198.51.100.7,80,,,,,,,\n" ROW
	                    "tcp,192.0.2.1,1,->,,80,,,,,,,\n" ROW "tcp,192.0.2.1\n" ROW
	                    "tcp,192.0.2.1,1,->,198.51.100.7,2,,,,,,,\n",
	  .rows = { AT AB "src_port=1 dst_port=2 proto=6" },
	  .damaged = 5,
	  .other = 1,
	  .note = "column 5: expected a port, found \"0x10000\"" },
};

static void
test_binetflow(void **state)
{
	(void)state;
	check_logs("argus", NAMES, binetflows, TRYST_ARRAY_SIZE(binetflows));
}

static const struct expected_log variants[] = {
	{ .name = "both sides counted, other columns between, tabs",
	  .text = "SrcId\tStartTime\tLastTime\tFlgs\tProto\tSrcAddr\tSport\tDir\tDstAddr\tDport\t"
	          "SrcPkts\tDstPkts\tSrcBytes\tDstBytes\tState\tsVid\tsAS\tdAS\n"
	          "s\t1312969613.047277\t1312969614.547\t "
	          "e\ttcp\t192.0.2.1\t1234\t->\t198.51.100.7\t80\t"
	          "5\t4\t300\t280\tFIN\t12\t64512\t64513\n",
	  .rows = { AT AB "src_port=1234 dst_port=80 proto=6 packets=5 bytes=300 rev_packets=4 "
	                  "rev_bytes=280 src_as=64512 dst_as=64513 vlan=12" } },
	{ .name = "the destination opened it: its AS is the source's, its VLAN is not known",
	  .text = "StartTime,Dur,Proto,SrcAddr,Sport,Dir,DstAddr,Dport,SrcPkts,DstPkts,sVid,sAS,"
	          "dAS\n" ROW "tcp,192.0.2.1,80,<-,198.51.100.7,1234,4,5,12,64512,64513\n" ROW
	          "tcp,192.0.2.1,80,<-,198.51.100.7,1234,4,,12,64512,\n",
	  .rows = { AT BA "src_port=1234 dst_port=80 proto=6 packets=5 rev_packets=4 "
	                  "src_as=64513 dst_as=64512",
	            AT BA "src_port=1234 dst_port=80 proto=6 rev_packets=4 dst_as=64512" } },
	{ .name = "no duration: the end is the start",
	  .text = "StartTime|Proto|SrcAddr|DstAddr|TotPkts\n1312969613.047|6|192.0.2.1|198.51.100."
	          "7|3\n",
	  .rows = { "start_ms=2011-08-10T09:46:53.047Z end_ms=2011-08-10T09:46:53.047Z " AB
	            "proto=6" } },
	{ .name = "ra's own words (Bot-IoT)",
	  .text = "pkSeqID,stime,flgs,proto,saddr,sport,dir,daddr,dport,pkts,bytes,state,ltime,"
	          "spkts,"
	          "dpkts,sbytes,dbytes,attack\n1,1312969613.047277,e,tcp,192.0.2.1,0x04d2,->,"
	          "198.51.100.7,80,9,580,RST,1312969614.547000,5,4,300,280,1\n",
	  .rows = { AT AB "src_port=1234 dst_port=80 proto=6 packets=5 bytes=300 rev_packets=4 "
	                  "rev_bytes=280" } },
	{ .name = "UNSW-NB15",
	  .text = "srcip,sport,dstip,dsport,proto,state,dur,sbytes,dbytes,Spkts,Dpkts,Stime,Ltime,"
	          "Label\n"
	          "192.0.2.1,1234,198.51.100.7,53,udp,CON,1.5,146,178,2,2,1312969613,1312969614,"
	          "0\n",
	  .rows = { "start_ms=2011-08-10T09:46:53.000Z end_ms=2011-08-10T09:46:54.000Z " AB
	            "src_port=1234 dst_port=53 proto=17 packets=2 bytes=146 rev_packets=2 "
	            "rev_bytes=178" } },
};

static void
test_variants(void **state)
{
	(void)state;
	check_logs("argus", "", variants, TRYST_ARRAY_SIZE(variants));
}

/* Times without a year take that of the file's name, and the report says so. */
static void
test_year(void **state)
{
	static const char text[] = "StartTime,Dur,Proto,SrcAddr,DstAddr\n"
				   "01/09.17:09:04.266106,0.5,tcp,192.0.2.1,198.51.100.7\n";
	static const struct {
		const char *name, *year, *note;
	} cases[] = {
		{ "argus.2024.01.09.csv", "2024", "2024 taken, from the file's name" },
		{ "capture20110810.binetflow", "2011", "2011 taken, from the file's name" },
		{ "capture12345.csv", NULL, "taken, from when the file was written" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct rows rows;

		read_log_named(cases[i].name, "argus", text, &rows);
		assert_int_equal(rows.count, 1);
		if (cases[i].year)
			assert_memory_equal(row_text(&rows.list[0]) + strlen("start_ms="),
			                    cases[i].year, 4);
		assert_non_null(strstr(row_text(&rows.list[0]), "-01-09T17:09:04.266Z"));
		assert_non_null(strstr(rows.health.notes[0].text, cases[i].note));
		assert_int_equal(rows.health.damaged_records, 0);
		rows_fini(&rows);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_binetflow),
		cmocka_unit_test(test_variants),
		cmocka_unit_test(test_year),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
