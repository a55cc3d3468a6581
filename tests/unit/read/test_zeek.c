/* SPDX-License-Identifier: Apache-2.0 */
/* Zeek's conn.log in its own layout: good rows, what is missing, headers that change, damage. */
#include "rows.h"

#include "read/zeek.h"

#define HEAD                                                                                       \
	"#separator "                                                                              \
	"\\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n"
#define FIELDS                                                                                     \
	"#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\t"          \
	"orig_bytes\tconn_state\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n"
#define TIMES "start_ms=2003-08-22T19:00:00.500Z end_ms=2003-08-22T19:00:02.000Z "
#define AT "start_ms=2003-08-22T19:00:00.500Z end_ms=2003-08-22T19:00:00.500Z "
#define AB "src=192.0.2.1 dst=198.51.100.7 "

static const struct expected_log rows_of_zeek[] = {
	{ .name = "both directions",
	  .text = "1061578800.500000\tC1\t192.0.2.1\t1234\t198.51.100.7\t80\ttcp\t1."
	          "500000\t77\tSF\t"
	          "ShADadFf\t5\t300\t4\t280\n",
	  .rows = { TIMES AB "src_port=1234 dst_port=80 proto=6 tcp_flags=19 packets=5 bytes=300 "
	                     "rev_packets=4 rev_bytes=280 rev_tcp_flags=19" } },
	{ .name = "nothing came back: zeros are zeros",
	  .text = "1061578800.5\tC1\t192.0.2.1\t1234\t198.51.100.7\t80\ttcp\t-\t-"
	          "\tS0\tS\t1\t60\t0\t0\n",
	  .rows = { AT AB "src_port=1234 dst_port=80 proto=6 tcp_flags=2 packets=1 bytes=60 "
	                  "rev_packets=0 rev_bytes=0 rev_tcp_flags=0" } },
	{ .name = "the last second that has a date, and the one behind it",
	  .text = "253402300799.999000\tC1\t192.0.2.1\t53\t198.51.100.7\t53\tudp\t-\t-\t-\t-\t-\t-"
	          "\t-\t-\n"
	          "253402300800.000000\tC1\t192.0.2.1\t53\t198.51.100.7\t53\tudp\t-\t-\t-\t-\t-\t-"
	          "\t-\t-\n",
	  .rows = { "start_ms=9999-12-31T23:59:59.999Z end_ms=9999-12-31T23:59:59.999Z " AB
	            "src_port=53 dst_port=53 proto=17" },
	  .damaged = 1,
	  .note = "column 1: expected a time, found \"253402300800.000000\"" },
	{ .name = "unset, and the history of what is no TCP",
	  .text = "1061578800.5\tC1\t192.0.2.1\t53\t198.51.100.7\t53\tudp\t-\t-\t-\tDd\t-\t-\t-\t-"
	          "\n",
	  .rows = { AT AB "src_port=53 dst_port=53 proto=17" } },
	{ .name = "echo, whose answer's type is no code",
	  .text = "1061578800.5\tC1\t192.0.2.1\t8\t198.51.100.7\t0\ticmp\t-\t-\tOTH\t-"
	          "\t1\t84\t1\t84\n",
	  .rows = { AT AB "proto=1 icmp_type=8 packets=1 bytes=84 rev_packets=1 rev_bytes=84" } },
	{ .name = "unreachable, which has no answer",
	  .text = "1061578800.5\tC1\t192.0.2.1\t3\t198.51.100.7\t13\ticmp\t-\t-\tOTH\t-"
	          "\t1\t84\t0\t0\n",
	  .rows = { AT AB "proto=1 icmp_type=3 icmp_code=13 packets=1 bytes=84 rev_packets=0 "
	                  "rev_bytes=0" } },
	{ .name = "icmp between IPv6 addresses",
	  .text = "1061578800.5\tC1\t2001:db8::1\t128\t2001:db8::2\t129\ticmp\t-\t-\tOTH\t-"
	          "\t1\t84\t1\t"
	          "84\n",
	  .rows = { AT "src=2001:db8::1 dst=2001:db8::2 proto=58 icmp_type=128 packets=1 bytes=84 "
	               "rev_packets=1 rev_bytes=84" } },
	{ .name = "a protocol that Zeek has no name for",
	  .text = "1061578800.5\tC1\t192.0.2.1\t0\t198.51.100.7\t0\tunknown_transport\t-\t-\tOTH\t-"
	          "\t1\t"
	          "60\t0\t0\n",
	  .rows = { AT AB "src_port=0 dst_port=0 packets=1 bytes=60 rev_packets=0 rev_bytes=0" } },
	{ .name = "labels behind the last column, CRLF",
	  .text = "1061578800.5\tC1\t192.0.2.1\t1\t198.51.100.7\t2\tudp\t-\t-\t-\t-\t1\t60\t0\t0\t"
	          "Malicious\tC&C\r\n",
	  .rows = { AT AB "src_port=1 dst_port=2 proto=17 packets=1 bytes=60 rev_packets=0 "
	                  "rev_bytes=0" } },
	{ .name = "a turned direction in the history, and what is said between rows",
	  .text = "1061578800.5\tC1\t192.0.2.1\t1\t198.51.100.7\t2\ttcp\t-\t-\t-\t^"
	          "hA\t1\t60\t1\t60\n"
	          "#close\t2003-08-22-20-00-00\n",
	  .rows = { AT AB "src_port=1 dst_port=2 proto=6 tcp_flags=16 packets=1 bytes=60 "
	                  "rev_packets=1 rev_bytes=60 rev_tcp_flags=18" } },
	{ .name = "rows of another log behind its header",
	  .text = "1061578800.5\tC1\t192.0.2.1\t1\t198.51.100.7\t2\tudp\t-\t-\t-\t-\t-\t-\t-\t-\n"
	          "#fields\tts\tuid\tid.orig_h\tid.resp_h\thost\n"
	          "1061578800.5\tC1\t192.0.2.1\t198.51.100.7\texample.org\n"
	          "#fields\tid.resp_h\tts\tid.orig_h\torig_pkts\n198.51.100.7\t1061578800.5\t192.0."
	          "2.1\t"
	          "7\n",
	  .rows = { AT AB "src_port=1 dst_port=2 proto=17", AT AB "packets=7" },
	  .other = 1 },
	{ .name = "damage costs its line",
	  .text = "1061578800.5\tC1\t192.0.2.1\t1\t198.51.100.7\t2\tudp\t-\t-\t-\t-\t-\t-\t-\t-\n"
	          "1061578800.5\tC1\t192.0.2.1\t65536\t198.51.100.7\t2\tudp\t-\t-\t-\t-\t-\t-\t-\t-"
	          "\n"
	          "1061578800.5\tC1\t192.0.2.300\t1\t198.51.100.7\t2\tudp\t-\t-\t-\t-\t-\t-\t-\t-\n"
	          "-\tC1\t192.0.2.1\t1\t198.51.100.7\t2\tudp\t-\t-\t-\t-\t-\t-\t-\t-\n"
	          "1061578800.5\tC1\t192.0.2.1\t1\t198.51.100.7\n"
	          "1061578800.5\tC1\t192.0.2.1\t1\t198.51.100.7\t2\tudp\t-\t-\t-\t9\t-\t-\t-\t-\n",
	  .rows = { AT AB "src_port=1 dst_port=2 proto=17" },
	  .damaged = 5,
	  .note = "column 4: expected a number in range, found \"65536\"" },
};

static void
test_rows(void **state)
{
	(void)state;
	check_logs("zeek", HEAD FIELDS, rows_of_zeek, TRYST_ARRAY_SIZE(rows_of_zeek));
}

static const struct expected_log headers_of_zeek[] = {
	{ .name = "fields in another order, with protocol and VLAN",
	  .text = HEAD "#fields\tvlan\torig_pkts\tid.resp_h\tid.orig_h\tip_proto\tts\n"
	               "12\t3\t198.51.100.7\t192.0.2.1\t47\t1061578800.5\n",
	  .rows = { AT AB "proto=47 packets=3 vlan=12" } },
	{ .name = "another separator, and other words for nothing",
	  .text = "#separator ;\n#unset_field;nil\n#empty_field;none\n"
	          "#fields;ts;id.orig_h;id.resp_h;orig_pkts;proto\n"
	          "1061578800.5;192.0.2.1;198.51.100.7;nil;none\n",
	  .rows = { AT AB } },
	{ .name = "another scope separator",
	  .text = HEAD "#fields\tts\tid_orig_h\tid_orig_p\tid_resp_h\tid_resp_p\torig_pkts\n"
	               "1061578800.5\t192.0.2.1\t1\t198.51.100.7\t2\t3\n",
	  .rows = { AT AB "src_port=1 dst_port=2 packets=3" } },
	{ .name = "times in ISO 8601",
	  .text = HEAD "#fields\tts\tid.orig_h\tid.resp_h\torig_pkts\n"
	               "2003-08-22T19:00:00.500000Z\t192.0.2.1\t198.51.100.7\t3\n",
	  .rows = { AT AB "packets=3" } },
	{ .name = "payload is not bytes",
	  .text = HEAD "#fields\tts\tid.orig_h\tid.resp_h\torig_bytes\tresp_bytes\n"
	               "1061578800.5\t192.0.2.1\t198.51.100.7\t3000\t1\n",
	  .rows = { AT AB } },
};

static void
test_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(headers_of_zeek); i++) {
		struct expected_log e = headers_of_zeek[i];
		char row[256];
		size_t len;

		/* The macros end with a blank. */
		(void)snprintf(row, sizeof(row), "%s", e.rows[0]);
		len = strlen(row);
		if (row[len - 1] == ' ')
			row[len - 1] = '\0';
		e.rows[0] = row;
		check_logs("zeek", "", &e, 1);
	}
}

static void
test_refused(void **state)
{
	(void)state;
	/* Zeek's http.log has a time and two addresses as well. */
	refuse_log(HEAD
	           "#fields\tts\tuid\tid.orig_h\tid.resp_h\thost\n1.5\tC\t1.1.1.1\t2.2.2.2\tx\n",
	           "not a flow log that is known here");
	refuse_log(HEAD "#fields\tts\torig_pkts\n1.5\t3\n", "not a flow log that is known here");
}

/* Headers change in the middle: whatever the size of the parts, and whoever reads them first. */
static void
test_parts(void **state)
{
	static const char text[] = HEAD FIELDS
		"1061578800.5\tC1\t192.0.2.1\t1\t198.51.100.7\t2\tudp\t-\t-\t-\t-\t1\t60\t0\t0\n"
		"#close\n#separator ;\n#fields;ts;id.orig_h;id.resp_h;orig_pkts\n"
		"1061578801.5;192.0.2.2;198.51.100.7;2\n1061578802.5;192.0.2.2;198.51.100.7;x\n"
		"#fields;orig_pkts;id.resp_h;id.orig_h;ts\n4;198.51.100.7;192.0.2.2;1061578803.5\n"
		"#fields;host\nexample.org\n" HEAD FIELDS
		"1061578805.5\tC1\t192.0.2.1\t1\t198.51.100.7\t2\tudp\t-\t-\t-\t-\t5\t60\t0\t0\n";
	static const uint64_t packets[] = { 1, 2, 4, 5 };
	struct tryst_request req = { .from_ms = INT64_MIN,
		                     .to_ms = INT64_MAX,
		                     .columns = TRYST_BITS_ALL };
	struct tryst_read_options options = { .zone = { .kind = TRYST_ZONE_UTC } };

	(void)state;
	for (uint64_t size = 1; size < sizeof(text) + 5; size++) {
		FILE *f = tmpfile();
		struct rows rows = { 0 };
		struct tryst_source *source = NULL;
		struct tryst_error err = { 0 };
		struct tryst_file file = { .size = sizeof(text) - 1, .path = "log" };

		assert_non_null(f);
		assert_int_equal(fwrite(text, 1, sizeof(text) - 1, f), sizeof(text) - 1);
		assert_int_equal(fflush(f), 0);
		file.fd = dup(fileno(f));
		assert_int_equal(fclose(f), 0);
		tryst_health_init(&rows.health);
		assert_int_equal(tryst_input_init(&rows.in, "log", 0, &err), 0);
		assert_int_equal(
			tryst_zeek_open(&file, &rows.in, &req, &options, size, &source, &err), 0);
		read_source(source, &rows, TRYST_BITS_ALL);
		assert_int_equal(rows.count, TRYST_ARRAY_SIZE(packets));
		for (size_t i = 0; i < rows.count; i++) {
			assert_int_equal(rows.list[i].number[TRYST_FIELD_packets], packets[i]);
			assert_int_equal(rows.list[i].record_no, i + 1);
		}
		assert_int_equal(rows.health.damaged_records, 1);
		assert_int_equal(rows.health.other_records, 1);
		assert_int_equal(rows.health.notes[0].line, 12);
		rows_fini(&rows);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
