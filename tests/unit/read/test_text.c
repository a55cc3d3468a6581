/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of text tables: what becomes of single rows, good and bad. */
#include "rows.h"

/* Expects exactly one good row. */
static void
check_row(const char *text, const struct setting *set, const char *expected)
{
	struct rows rows;

	read_text(text, set, &rows);
	if (rows.health.damaged_records)
		fail_msg("%s: %s", text, rows.health.notes[0].text);
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.health.flows, 1);
	assert_string_equal(row_text(&rows.list[0]), expected);
	rows_fini(&rows);
}

static const struct setting cest = { .zone = { .kind = TRYST_ZONE_FIXED, .offset_s = 7200 } };

#define T0 "start_ms=2003-08-22T19:09:54.000Z end_ms=2003-08-22T19:09:54.000Z"
#define AB "src=10.0.0.1 dst=10.0.0.2"

static void
test_rows(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "start,src,dst\n1061579394,10.0.0.1,10.0.0.2\n", T0 " " AB },
		{ "start,src,dst\n1061579394,10.0.0.1,10.0.0.2", T0 " " AB },
		{ "start,src,dst\r\n1061579394,10.0.0.1,10.0.0.2\r\n", T0 " " AB },
		{ "\xef\xbb\xbfstart,src,dst\n1061579394,10.0.0.1,10.0.0.2\n", T0 " " AB },
		{ "# start,src,dst\n1061579394,10.0.0.1,10.0.0.2\n", T0 " " AB },
		{ "# made by hand\n#\n\n#start;src;dst\n1061579394;10.0.0.1;10.0.0.2\n",
		  T0 " " AB },
		{ "dst\tsrc\tstart\n10.0.0.2\t10.0.0.1\t1061579394\n", T0 " " AB },
		{ "start|src|dst\n1061579394|10.0.0.1|10.0.0.2\n", T0 " " AB },
		{ "\"start\",\"src\", \"dst\"\n\"1061579394\",\"10.0.0.1\",\"10.0.0.2\"\n",
		  T0 " " AB },
		{ "start,src,note,dst\n1061579394,10.0.0.1,\"a, \"\"b\"\"\",10.0.0.2\n",
		  T0 " " AB },
		{ "START,Src,DST,start\n 1061579394 ,10.0.0.1\t,  10.0.0.2,x\n", T0 " " AB },
		{ "time,src,dst\n2003-08-22T15:09:54-04:00,10.0.0.1,10.0.0.2\n", T0 " " AB },
		{ "start_ms,src,dst\n1061579394000,10.0.0.1,10.0.0.2\n", T0 " " AB },
		{ "start_ms,src,dst\n2003-08-22T19:09:54Z,10.0.0.1,10.0.0.2\n", T0 " " AB },
		{ "start_ms,src,dst\n5,10.0.0.1,::1\n",
		  "start_ms=1970-01-01T00:00:00.005Z end_ms=1970-01-01T00:00:00.005Z src=10.0.0.1 "
		  "dst=::1" },
		{ "start,duration,src,dst\n1061579394.5,1.25,10.0.0.1,10.0.0.2\n",
		  "start_ms=2003-08-22T19:09:54.500Z end_ms=2003-08-22T19:09:55.750Z " AB },
		{ "start,duration,end,src,dst\n1061579394,9,1061579395,10.0.0.1,10.0.0.2\n",
		  "start_ms=2003-08-22T19:09:54.000Z end_ms=2003-08-22T19:09:55.000Z " AB },
		{ "start,duration,end,src,dst\n1061579394,1,-,10.0.0.1,10.0.0.2\n",
		  "start_ms=2003-08-22T19:09:54.000Z end_ms=2003-08-22T19:09:55.000Z " AB },
		{ "start,duration,src,dst\n1061579394,-2.000,10.0.0.1,10.0.0.2\n", T0 " " AB },
		{ "start,src,dst,proto,packets,bytes,tcp_flags\n"
		  "1061579394,10.0.0.1,10.0.0.2,,-,None,NaN\n",
		  T0 " " AB },
		{ "start,src,dst,proto,src_port,dst_port,tcp_flags,packets,bytes\n"
		  "1061579394,10.0.0.1,10.0.0.2,TCP,1033,80,...AP.SF,3.0,18446744073709551615\n",
		  T0 " " AB " src_port=1033 dst_port=80 proto=6 tcp_flags=27 packets=3 "
		     "bytes=18446744073709551615" },
		{ "start,src,dst,proto,tcp_flags\n1061579394,10.0.0.1,10.0.0.2,ipv6-icmp,0x1B\n",
		  T0 " " AB " proto=58 tcp_flags=27" },
		{ "start,src,dst,proto,tcp_flags\n1061579394,10.0.0.1,10.0.0.2,47,194\n",
		  T0 " " AB " proto=47 tcp_flags=194" },
		{ "start,src,dst,proto,tcp_flags\n1061579394,10.0.0.1,10.0.0.2,udp,SA\n",
		  T0 " " AB " proto=17 tcp_flags=18" },
		{ "start,src,dst,proto,dst_port\n1061579394,10.0.0.1,10.0.0.2,1,8.1\n",
		  T0 " " AB " dst_port=2049 proto=1 icmp_type=8 icmp_code=1" },
		{ "start,src,dst,proto,dst_port\n1061579394,10.0.0.1,10.0.0.2,icmp,2049\n",
		  T0 " " AB " dst_port=2049 proto=1 icmp_type=8 icmp_code=1" },
		{ "start,src,dst,proto,dst_port,icmp_type,icmp_code\n"
		  "1061579394,10.0.0.1,10.0.0.2,icmp,0,3,4\n",
		  T0 " " AB " dst_port=0 proto=1 icmp_type=3 icmp_code=4" },
		{ "start,src,dst,direction,vlan,sampling,nat_src,in_if\n"
		  "1061579394,10.0.0.1,10.0.0.2,egress,7,100,10.0.0.3,0\n",
		  T0 " " AB " in_if=0 vlan=7 direction=1 nat_src=10.0.0.3 sampling=100" },
		{ "ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\thistory\t"
		  "orig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n"
		  "1061579394.000000\tCa\t10.0.0.1\t1033\t10.0.0.2\t8998\tudp\t-\tD\t1\t37\t0\t0\n",
		  T0 " " AB " src_port=1033 dst_port=8998 proto=17 packets=1 bytes=37 "
		     "rev_packets=0 rev_bytes=0" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++)
		check_row(cases[i].text, &plain, cases[i].expected);
}

/* By the names of the Elastic Common Schema. */
static void
test_rows_ecs(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "event.start,event.duration,source.ip,destination.ip,network.transport\n"
		  "2003-08-22T19:09:54Z,1500000000,10.0.0.1,10.0.0.2,tcp\n",
		  "start_ms=2003-08-22T19:09:54.000Z end_ms=2003-08-22T19:09:55.500Z " AB
		  " proto=6" },
		{ "start,src,dst,network.direction\n1061579394,10.0.0.1,10.0.0.2,internal\n",
		  T0 " " AB },
		{ "start,src,dst,network.direction\n1061579394,10.0.0.1,10.0.0.2,unknown\n",
		  T0 " " AB },
		{ "event.start,event.duration,source.ip,destination.ip\n"
		  "2003-01-01T00:00:00Z,20131200000000000,10.0.0.1,10.0.0.2\n",
		  "start_ms=2003-01-01T00:00:00.000Z end_ms=2003-08-22T00:00:00.000Z " AB },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++)
		check_row(cases[i].text, &plain, cases[i].expected);
}

/* The two layouts of nfdump, in a zone; what it prints as 0 because it has none is unknown. */
static void
test_rows_nfdump(void **state)
{
	static const char full[] =
		"ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk,"
		"dtos,dir,nh,nhb,svln,dvln,ismc,odmc,idmc,osmc,mpls1,mpls2,mpls3,mpls4,mpls5,mpls6,"
		"mpls7,mpls8,mpls9,mpls10,cl,sl,al,ra,eng,exid,tr\n";
	static const char row[] =
		"2003-08-22 21:09:54,2003-08-22 21:10:04,10.010,10.0.0.1,10.0.0.2,0,2049,ICMP,"
		"........,1,2,202,303,212,3234,12,14,65000,0,16,24,128,1,172.137.158.146,"
		"172.136.242.19,82,93,02:34:56:78:90:aa,ff:ee:dd:cc:bb:aa,aa:ee:dd:cc:bb:ff,"
		"aa:34:56:78:90:02,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,"
		"    0.000,    0.000,    0.000,126.130.248.0,5/6,1,1970-01-01 02:00:00.000\n";
	static const char brief[] =
		"firstSeen,duration,proto,srcAddr,srcPort,dstAddr,dstPort,packets,bytes,flows\n"
		"2003-08-22 21:09:54.000,0.007,IPIP,10.0.0.1,0,10.0.0.2,0,1,37,1\n";
	char text[2048];

	(void)state;
	(void)snprintf(text, sizeof(text), "%s%s", full, row);
	check_row(text, &cest,
	          "start_ms=2003-08-22T19:09:54.000Z end_ms=2003-08-22T19:10:04.000Z " AB
	          " src_port=0 dst_port=2049 proto=1 tcp_flags=0 tos=2 icmp_type=8 icmp_code=1 "
	          "packets=202 bytes=303 rev_packets=212 rev_bytes=3234 in_if=12 out_if=14 "
	          "src_as=65000 next_hop=172.137.158.146 src_mask=16 dst_mask=24 vlan=82 "
	          "fwd_status=1 direction=1 exporter=126.130.248.0");
	check_row(brief, &cest,
	          "start_ms=2003-08-22T19:09:54.000Z end_ms=2003-08-22T19:09:54.007Z " AB
	          " src_port=0 dst_port=0 proto=4 packets=1 bytes=37 flows=1");
}

static void
test_no_table(void **state)
{
	static const char *const cases[] = {
		"",
		"\n\n",
		"hello\n",
		"src,dst,bytes\n10.0.0.1,10.0.0.2,1\n",
		"start,src,bytes\n",
		"1061579394,10.0.0.1,10.0.0.2\n",
		"garbage\nstart,src,dst\n",
		"#start src dst\n",
		"#separator \\x09\n#fields\tts\tid.orig_h\tid.resp_h\n",
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_error err = { 0 };
		struct tryst_probe probe = { .text = (const uint8_t *)cases[i],
			                     .text_len = strlen(cases[i]) };
		struct rows rows;

		assert_int_equal(tryst_reader_csv.probe(&probe), 0);
		assert_int_equal(read_bytes(cases[i], strlen(cases[i]), &plain, &rows, &err),
		                 TRYST_ERR_FORMAT);
		assert_non_null(strstr(err.text, "expected a header line"));
		rows_fini(&rows);
	}
}

static void
test_damage(void **state)
{
	static const struct {
		const char *row, *note;
	} cases[] = {
		{ "x,10.0.0.1,10.0.0.2,6,1", "column 1: expected a time, found \"x\"" },
		{ "-,10.0.0.1,10.0.0.2,6,1", "expected a start time, found none" },
		{ "1061579394,,10.0.0.2,6,1", "expected a source address, found none" },
		{ "1061579394,10.0.0.1,None,6,1", "expected a destination address, found none" },
		{ "1061579394,10.0.0.1,10.0.0.256,6,1",
		  "column 3: expected an IP address, found \"10.0.0.256\"" },
		{ "1061579394,10.0.0.1,10.0.0.2,256,1",
		  "column 4: expected a protocol number or name, found \"256\"" },
		{ "1061579394,10.0.0.1,10.0.0.2,\x1b[31mtcp,1",
		  "column 4: expected a protocol number or name, found \"?[31mtcp\"" },
		{ "1061579394,10.0.0.1,10.0.0.2,6,65536",
		  "column 5: expected a port, or an ICMP type.code, found \"65536\"" },
		{ "1061579394,10.0.0.1,10.0.0.2,6,0123456789012345678901234567890123456789",
		  "column 5: expected a port, or an ICMP type.code, found "
		  "\"01234567890123456789012345678901...\"" },
		{ "1061579394,10.0.0.1,10.0.0.2,6", "expected 5 columns, found 4" },
		{ "1061579394,10.0.0.1,10.0.0.2,6,1,7,8", "expected 5 columns, found 7" },
		{ "1061579394,\"10.0.0.1,10.0.0.2,6,1",
		  "column 2: expected closing quotes, found \"\"" },
		{ "1061579394,\"10.0.0.1\"x,10.0.0.2,6,1",
		  "column 2: expected closing quotes, found \"\"" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct rows rows;
		char text[512];

		(void)snprintf(text, sizeof(text),
		               "# a table\nstart,src,dst,proto,dst_port\n"
		               "1061579394,10.0.0.1,10.0.0.2,6,80\n\n%s\n"
		               "1061579395,10.0.0.1,10.0.0.2,6,80\n",
		               cases[i].row);
		read_text(text, &plain, &rows);
		assert_int_equal(rows.count, 2);
		assert_int_equal(rows.list[1].record_no, 2);
		assert_int_equal(rows.health.damaged_records, 1);
		assert_int_equal(rows.health.note_count, 1);
		assert_string_equal(rows.health.notes[0].text, cases[i].note);
		assert_int_equal(rows.health.notes[0].line, 5);
		assert_int_equal(rows.health.notes[0].at, strstr(text, "80\n\n") + 4 - text);
		rows_fini(&rows);
	}
}

static void
test_other_lines(void **state)
{
	struct rows rows;

	(void)state;
	read_text("ts,sa,da,pr,ipkt,ibyt,flg\n"
	          "2003-08-22 19:09:54,10.0.0.1,10.0.0.2,UDP,1,37,........\n"
	          "Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp\n1,37,1,0,0,37\n"
	          "ts,sa,da,pr,ipkt,ibyt,flg\n"
	          "No matched flows\n"
	          "# a comment\n",
	          &plain, &rows);
	assert_int_equal(rows.count, 1);
	assert_int_equal(rows.health.other_records, 6);
	assert_int_equal(rows.health.damaged_records, 0);
	rows_fini(&rows);
	/* Another's table has no such lines. */
	read_text("start,src,dst\nSummary\n", &plain, &rows);
	assert_int_equal(rows.health.damaged_records, 1);
	rows_fini(&rows);
}

static void
test_request(void **state)
{
	static const char text[] = "start,end,src,dst,bytes\n"
				   "1061579300,1061579310,10.0.0.1,10.0.0.2,1\n"
				   "1061579311,1061579320,10.0.0.3,10.0.0.1,2\n"
				   "1061579320,1061579330,10.0.0.3,10.0.0.4,4\n"
				   "1061579340,1061579335,10.0.0.1,10.0.0.3,8\n";
	struct tryst_ipset_entry entry = { .value = 1 };
	struct setting set = plain;
	struct tryst_ipset *ips;
	struct tryst_error err;
	struct rows rows;

	(void)state;
	assert_true(tryst_prefix_parse("10.0.0.1", 8, &entry.prefix, NULL));
	assert_int_equal(tryst_ipset_new(&ips, &entry, 1, &err), 0);
	set.addresses = ips;
	set.from_ms = 1061579320000;
	set.to_ms = 1061579339999;
	set.columns = TRYST_BIT(src) | TRYST_BIT(record_no) | TRYST_BIT(vlan);
	read_text(text, &set, &rows);
	assert_int_equal(rows.count, 1);
	assert_string_equal(row_text(&rows.list[0]), "src=10.0.0.3");
	assert_int_equal(rows.list[0].record_no, 2);
	assert_int_equal(rows.health.flows, 4);
	assert_int_equal(rows.health.bad_times, 1);
	assert_int_equal(rows.health.first_ms, 1061579300000);
	assert_int_equal(rows.health.last_ms, 1061579335000);
	rows_fini(&rows);
	tryst_ipset_free(ips);
}

/* Times that share a minute with the one before, in every way that they can differ from it. */
static void
test_clock(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: none */
	} cases[] = {
		{ "2003-08-22 21:09:54", 1061579394000 },
		{ "2003-08-22 21:09:55", 1061579395000 },
		{ "2003-08-22 21:09:55.1", 1061579395100 },
		{ "2003-08-22 21:09:55.1239", 1061579395123 },
		{ "2003-08-22 21:09:55.", 1061579395000 },
		{ "2003-08-22 21:09:55Z", 1061586595000 },
		{ "2003-08-22 21:09:56Z", 1061586596000 },
		{ "2003-08-22 21:09:56.5Z", 1061586596500 },
		{ "2003-08-22 21:09:56-04:00", 1061600996000 },
		{ "2003-08-22 21:09:57-04:00", 1061600997000 },
		{ "2003-08-22 21:09:57-05:00", 1061604597000 },
		{ "2003-08-22 21:09:57-05:0", -1 },
		{ "2003-08-22 21:09:5", -1 },
		{ "2003-08-22 21:09:61", -1 },
		{ "2003-08-22 21:09:60", 1061579400000 },
		{ "2003-08-22 21:09:58", 1061579398000 },
		{ "2003-08-22 21:09:x8", -1 },
		{ "2003-08-22 21:09", 1061579340000 },
		{ "2003-08-22 21:10:00", 1061579400000 },
		{ "1061579394.5", 1061579394500 },
		{ "1969-12-31 23:59:59.5", -7200500 },
		{ "1969-12-31 23:59:58.25", -7201750 },
		{ "", -1 },
	};
	struct tryst_text_clock clock = { .valid = false };

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_text_cell cell = { cases[i].text, strlen(cases[i].text) };
		int64_t ms = -1;
		bool ok = tryst_text_time(cell, &cest.zone, &clock, &ms);

		if (ok != (cases[i].ms != -1) || (ok && ms != cases[i].ms))
			fail_msg("'%s': %lld", cases[i].text, (long long)ms);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),        cmocka_unit_test(test_rows_ecs),
		cmocka_unit_test(test_rows_nfdump), cmocka_unit_test(test_no_table),
		cmocka_unit_test(test_damage),      cmocka_unit_test(test_other_lines),
		cmocka_unit_test(test_request),     cmocka_unit_test(test_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
