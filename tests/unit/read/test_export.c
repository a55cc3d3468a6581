/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The export decoder on datagrams made by hand: every element, and every way in which templates
 * and data can come.
 */
#include "export_rows.h"

#define ADDRESSES "0a000001 0a000002"

/* One record of IPFIX: the two addresses, its times in ms, and what the case adds. */
static void
decode_elements(struct decoded *d, const char *template, const char *record)
{
	static struct wire w;

	decoded_init(d, TRYST_BITS_ALL);
	ipfix_begin(&w, 0, 7);
	set_begin(&w, 2);
	put(&w, 256, 2);
	put(&w, 0, 2);
	put_hex(&w, template);
	put_at(&w, w.set + 6, (uint16_t)((w.len - w.set - 8) / 4));
	/* An enterprise number is no field. */
	for (size_t at = w.set + 8; at < w.len; at += 4) {
		if (w.data[at] & 0x80) {
			put_at(&w, w.set + 6,
			       (uint16_t)(w.data[w.set + 6] << 8 | (w.data[w.set + 7] - 1)));
			at += 4;
		}
	}
	set_end(&w);
	set_begin(&w, 256);
	put_hex(&w, record);
	set_end(&w);
	ipfix_end(&w);
	feed(d, &w);
}

struct element_case {
	const char *template;
	const char *record;
	const char *expected; /* what the row has besides */
};

/* 1700000000000 ms is 0x18bcfe56800; the default times are that and 1 ms less. */
#define T "0098 0008 0099 0008"
#define TIMES "0000018bcfe567ff 0000018bcfe56800"

static const struct element_case elements[] = {
	{ "0001 0004 0002 0004", "0000 1000 0000 0010", "packets=16 bytes=4096" },
	{ "0001 0001 0002 0003", "ff 010000", "packets=65536 bytes=255" },
	{ "0001 0008", "00000001 00000000", "bytes=4294967296" },
	/* Totals where there are no deltas, what left the exporter where there is neither. */
	{ "0055 0004 0056 0004", "00000005 00000006", "packets=6 bytes=5" },
	{ "0055 0004 0001 0004", "00000005 00000006", "bytes=6" },
	{ "0017 0004 0018 0004", "00000005 00000006", "packets=6 bytes=5" },
	{ "0017 0004 0001 0004 0018 0004 0002 0004", "00000005 00000000 00000006 00000001",
	  "packets=1 bytes=0" },
	{ "00e7 0008 00e8 0008 012a 0004 012b 0004",
	  "0000000000000005 0000000000000006 00000007 00000008",
	  "packets=7 bytes=5 rev_packets=8 rev_bytes=6" },
	{ "8001 0004 00007279 8002 0004 00007279 8006 0001 00007279", "00000009 00000003 12",
	  "rev_packets=3 rev_bytes=9 rev_tcp_flags=18" },
	/* An unknown enterprise's element 1 is no octets. */
	{ "8001 0004 00000009 0002 0004", "00000009 00000003", "packets=3" },
	{ "0007 0002 000b 0002 0004 0001", "1234 0050 06", "src_port=4660 dst_port=80 proto=6" },
	{ "00b4 0002 00b5 0002 00b6 0002 00b7 0002", "0000 0000 0007 0009",
	  "src_port=7 dst_port=9" },
	{ "0006 0002", "0112", "tcp_flags=18" },
	{ "0006 0001", "12", "tcp_flags=18" },
	{ "0005 0001 0034 0001 0035 0001 0036 0004", "b8 3f 40 00000102",
	  "tos=184 min_ttl=63 max_ttl=64 ip_id=258" },
	{ "00c0 0001", "39", "min_ttl=57 max_ttl=57" },
	{ "000a 0002 000e 0004 0010 0002 0011 0004", "0003 00010000 fde8 00010001",
	  "in_if=3 out_if=65536 src_as=65000 dst_as=65537" },
	{ "0009 0001 000d 0001 003a 0002", "18 10 0064", "src_mask=24 dst_mask=16 vlan=100" },
	{ "003a 0002 00f3 0002", "0000 0064", "vlan=100" },
	{ "000f 0004 0012 0004", "c0000201 c0000202", "next_hop=192.0.2.1" },
	{ "0012 0004", "c0000202", "next_hop=192.0.2.2" },
	{ "003e 0010", "20010db8000000000000000000000001", "next_hop=2001:db8::1" },
	{ "0059 0001 0088 0001 003d 0001", "40 03 01", "fwd_status=64 end_reason=3 direction=1" },
	{ "0059 0004", "00000080", "fwd_status=128" },
	{ "00e1 0004 00e2 0004 00e3 0002 00e4 0002", "c0000201 c0000202 0001 0002",
	  "nat_src=192.0.2.1 nat_dst=192.0.2.2 nat_src_port=1 nat_dst_port=2" },
	{ "0119 0010", "20010db8000000000000000000000001", "nat_src=2001:db8::1" },
	{ "0022 0004", "00000064", "sampling=100" },
	{ "0082 0004", "c0000209", "exporter=192.0.2.9" },
	/* YAF's flags of the first packet and of the others. */
	{ "800e 0001 00001ad7 800f 0001 00001ad7", "02 18", "tcp_flags=26 first_flags=2" },
	/* A length that no address has: stepped over. */
	{ "0082 0006 0005 0001", "c00002090000 08", "tos=8" },
	/* ICMP from everywhere, also as the destination port; not for others. */
	{ "0004 0001 0020 0002", "01 0301", "dst_port=769 proto=1 icmp_type=3 icmp_code=1" },
	{ "0004 0001 008b 0002", "3a 8000", "dst_port=32768 proto=58 icmp_type=128 icmp_code=0" },
	{ "0004 0001 00b0 0001 00b1 0001 000b 0002", "01 03 0a 0000",
	  "dst_port=778 proto=1 icmp_type=3 icmp_code=10" },
	{ "0004 0001 00b2 0001 00b3 0001", "3a 01 04",
	  "dst_port=260 proto=58 icmp_type=1 icmp_code=4" },
	{ "0004 0001 000b 0002", "01 0800", "dst_port=2048 proto=1 icmp_type=8 icmp_code=0" },
	{ "0004 0001 000b 0002 0020 0002", "01 0800 0000",
	  "dst_port=2048 proto=1 icmp_type=8 icmp_code=0" },
	{ "0004 0001 000b 0002 0020 0002", "11 0035 0000", "dst_port=53 proto=17" },
	{ "0004 0001 000b 0002 00b0 0001 00b1 0001", "06 0050 00 00", "dst_port=80 proto=6" },
	{ "0004 0001", "01", "proto=1" },
	/* Of variable length and structured ones are stepped over. */
	{ "0052 ffff 0005 0001 0123 ffff", "03 616263 08 ff0004 01020304", "tos=8" },
	{ "e4ee ffff 00001ad7 0005 0001", "02 0102 08", "tos=8" },
	{ "00e9 0001 0001 0004", "02 00000005", "bytes=5 fw_event=2" },
};

#define BASE "src=10.0.0.1 dst=10.0.0.2 "

/* The row without what every case has, in two parts. */
static void
check_row(const struct decoded *d, const char *expected, const char *what)
{
	const char *text = row_text(&d->rows.list[0]);
	char seen[2048] = "", word[64];
	int used;

	for (; sscanf(text, "%63s%n", word, &used) == 1; text += used) {
		static const char *const common[] = { "start_ms=", "end_ms=", "received_ms=",
			                              "src=10",    "dst=10",  "domain=7" };
		bool known = false;

		for (size_t i = 0; i < TRYST_ARRAY_SIZE(common); i++)
			known |= strncmp(word, common[i], strlen(common[i])) == 0;
		if (!known)
			(void)snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s%s",
			               *seen ? " " : "", word);
	}
	if (strcmp(seen, expected) != 0)
		fail_msg("%s: %s, expected %s", what, seen, expected);
}

static void
test_elements(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(elements); i++) {
		const struct element_case *c = &elements[i];
		char template[256], record[256];
		struct decoded d;

		(void)snprintf(template, sizeof(template), "0008 0004 000c 0004 " T " %s",
		               c->template);
		(void)snprintf(record, sizeof(record), ADDRESSES " " TIMES " %s", c->record);
		decode_elements(&d, template, record);
		if (d.rows.count != 1)
			fail_msg("%s: %zu rows", c->template, d.rows.count);
		check_row(&d, c->expected, c->template);
		assert_int_equal(health(&d)->damaged_records + health(&d)->damaged_blocks, 0);
		assert_int_equal(health(&d)->bad_times, 0);
		decoded_fini(&d);
	}
}

static void
test_addresses(void **state)
{
	static const struct element_case cases[] = {
		{ "001b 0010 001c 0010",
		  "20010db8000000000000000000000001 20010db8000000000000000000000002",
		  "src=2001:db8::1 dst=2001:db8::2" },
		/* Both families in one template: the one that is set. */
		{ "0008 0004 000c 0004 001b 0010 001c 0010",
		  "00000000 00000000 20010db8000000000000000000000001 "
		  "20010db8000000000000000000000002",
		  "src=2001:db8::1 dst=2001:db8::2" },
		{ "001b 0010 001c 0010 0008 0004 000c 0004",
		  "00000000000000000000000000000000 00000000000000000000000000000000 " ADDRESSES,
		  "src=10.0.0.1 dst=10.0.0.2" },
		{ "0008 0004 000c 0004 001b 0010 001c 0010",
		  "00000000 0a000002 00000000000000000000000000000000 "
		  "00000000000000000000000000000000",
		  "src=0.0.0.0 dst=10.0.0.2" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct decoded d;

		decode_elements(&d, cases[i].template, cases[i].record);
		assert_int_equal(d.rows.count, 1);
		if (!strstr(row_text(&d.rows.list[0]), cases[i].expected))
			fail_msg("case %zu: %s", i, row_text(&d.rows.list[0]));
		decoded_fini(&d);
	}
}

static void
test_times(void **state)
{
	static const struct {
		const char *template, *record;
		int64_t start, end; /* relative to the export */
		unsigned bad;
	} cases[] = {
		{ T, "0000018bcfe567ff 0000018bcfe56800", -1, 0, 0 },
		{ "0096 0004 0097 0004", "6553f0ff 6553f100", -1000, 0, 0 },
		{ "0096 0008 0097 0008", "000000006553f0ff 000000006553f100", -1000, 0, 0 },
		/* Seconds where milliseconds belong. */
		{ "0098 0004 0099 0004", "6553f0ff 6553f100", -1000, 0, 0 },
		/* 1700000000 s are 0xe8fee300 + ... s since 1900: NTP's format, and plain counts.
		 */
		{ "009a 0008 009b 0008", "e8fe6f7f80000000 e8fe6f8000000000", -500, 0, 0 },
		{ "009c 0008 009d 0008", "e8fe6f7f80000000 e8fe6f8000000000", -500, 0, 0 },
		{ "009a 0008 009b 0008", "00060a24181e0c18 00060a24181e4000", -14, 0, 0 },
		{ "009c 0008 009d 0008", "17979cfe35b4f600 17979cfe362a0000", -8, 0, 0 },
		{ "009e 0004 009f 0004", "000007d0 000003e8", -2, -1, 0 },
		/* A start or an end and a duration. */
		{ "0098 0008 00a1 0004", "0000018bcfe567f0 0000000a", -16, -6, 0 },
		{ "0099 0008 00a2 0004", "0000018bcfe56800 00002710", -10, 0, 0 },
		{ "0098 0008", "0000018bcfe56800", 0, 0, 0 },
		/* Uptimes with the start of the exporter beside them. */
		{ "00a0 0008 0016 0004 0015 0004", "0000018bcfe4 0000 00006000 00006800", -67584,
		  -65536, 0 },
		/* Of eight bytes: that do not begin again, or are no uptimes at all. */
		{ "00a0 0008 0016 0008 0015 0008",
		  "0000018acfe56800 0000000100000000 0000000100000001", 0, 1, 0 },
		{ "0016 0008 0015 0008", "0000018bcfe567ff 0000018bcfe56800", -1, 0, 0 },
		/* An event has one time. */
		{ "0143 0008", "0000018bcfe567f0", -16, -16, 0 },
		{ "0142 0004", "6553f0ff", -1000, -1000, 0 },
		{ "0144 0008", "e8fe6f7f80000000", -500, -500, 0 },
		{ "0145 0008", "e8fe6f7f80000000", -500, -500, 0 },
		/* Uptimes of who knows when, and no time at all. */
		{ "0016 0004 0015 0004", "00006000 00006800", -2048, 0, 1 },
		{ "0005 0001", "00", 0, 0, 1 },
		/* Backwards, and too far off. */
		{ T, "0000018bcfe56801 0000018bcfe56800", 1, 0, 1 },
		{ T, "0000018bcfe56800 0000018bcff68000", 0, 1120256, 1 },
		{ T, "0000018b00000000 0000018b00000000", -3487918080, -3487918080, 1 },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		char template[256], record[256];
		struct decoded d;

		(void)snprintf(template, sizeof(template), "0008 0004 000c 0004 %s",
		               cases[i].template);
		(void)snprintf(record, sizeof(record), ADDRESSES " %s", cases[i].record);
		decode_elements(&d, template, record);
		assert_int_equal(d.rows.count, 1);
		if ((int64_t)d.rows.list[0].number[TRYST_FIELD_start_ms] - EXPORT_MS !=
		            cases[i].start ||
		    (int64_t)d.rows.list[0].number[TRYST_FIELD_end_ms] - EXPORT_MS != cases[i].end)
			fail_msg("case %zu: %s", i, row_text(&d.rows.list[0]));
		assert_int_equal(health(&d)->notes_total, cases[i].bad);
		if (health(&d)->bad_times != cases[i].bad)
			fail_msg("case %zu: %d bad times", i, (int)health(&d)->bad_times);
		decoded_fini(&d);
	}
}

/* NetFlow v9's uptimes: beside the header's, beyond it, and on the other side of its wrap. */
static void
test_uptime(void **state)
{
	static const uint16_t fields[] = { 8, 4, 12, 4, 22, 4, 21, 4, 0 };
	static const struct {
		uint32_t uptime, first, last;
		int64_t start, end;
		unsigned bad;
	} cases[] = {
		{ 1000000, 990000, 1000000, -10000, 0, 0 },
		{ 1000000, 990000, 1000005, -10000, 5, 0 },
		{ 1000, 4294966296u, 500, -2000, -500, 0 },
		{ 1000, 0xffffffff, 900, -1001, -100, 0 },
		{ 4294967290u, 4294967000u, 4, -290, 10, 0 },
		{ 0, 0, 0, 0, 0, 0 },
		{ 0, 4294966296u, 4294967295u, -1000, -1, 0 },
		/* A week ahead is no wrap. */
		{ 1000000, 605800000, 605800000, 604800000, 604800000, 1 },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		static struct wire w;
		struct decoded d;

		decoded_init(&d, TRYST_BITS_ALL);
		v9_begin(&w, cases[i].uptime, EXPORT_S, 0, 0);
		put_template(&w, 0, 256, fields);
		set_begin(&w, 256);
		put_hex(&w, ADDRESSES);
		put(&w, cases[i].first, 4);
		put(&w, cases[i].last, 4);
		set_end(&w);
		feed(&d, &w);
		assert_int_equal(d.rows.count, 1);
		if ((int64_t)d.rows.list[0].number[TRYST_FIELD_start_ms] - EXPORT_MS !=
		            cases[i].start ||
		    (int64_t)d.rows.list[0].number[TRYST_FIELD_end_ms] - EXPORT_MS != cases[i].end)
			fail_msg("case %zu: %s", i, row_text(&d.rows.list[0]));
		assert_int_equal(health(&d)->bad_times, cases[i].bad);
		decoded_fini(&d);
	}
}

/* What a firewall or a translator tells is no flow, but for a connection that ended with counts. */
static void
test_events(void **state)
{
	static const struct {
		const char *template, *record, *expected;
		unsigned events;
	} cases[] = {
		/* NSEL: created, denied; deleted, with what went both ways; without. */
		{ "00e9 0001", "01", "fw_event=1", 1 },
		{ "00e9 0001 00e7 0004", "03 00000000", "fw_event=3", 1 },
		{ "00e9 0001 00e7 0004 00e8 0004", "02 00000064 000000c8", "rev_bytes=200", 0 },
		{ "00e9 0001 0055 0004", "02 00000000", "fw_event=2", 1 },
		/* Of ASA before 8.4(5). */
		{ "9c45 0001 9c41 0004", "01 c0000201", "nat_src=192.0.2.1", 1 },
		/* NEL: a session, with its translation. */
		{ "00e6 0001 00e1 0004 00e3 0002", "04 c0000201 03e8", "nat_event=4", 1 },
		/* Neither: a flow with a translated address. */
		{ "00e6 0001 00e1 0004 0001 0004", "00 c0000201 00000064", "nat_src=192.0.2.1", 0 },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		char template[256], record[256];
		static struct wire w;
		struct decoded d;

		(void)snprintf(template, sizeof(template), "0008 0004 000c 0004 " T " %s",
		               cases[i].template);
		(void)snprintf(record, sizeof(record), ADDRESSES " " TIMES " %s", cases[i].record);
		/* As NetFlow v9, whose elements have no bit for enterprises. */
		decoded_init(&d, TRYST_BITS_ALL);
		v9_begin(&w, 0, EXPORT_S, 0, 7);
		set_begin(&w, 0);
		put(&w, 256, 2);
		put(&w, 0, 2);
		put_hex(&w, template);
		put_at(&w, w.set + 6, (uint16_t)((w.len - w.set - 8) / 4));
		set_end(&w);
		set_begin(&w, 256);
		put_hex(&w, record);
		set_end(&w);
		feed(&d, &w);
		assert_int_equal(d.rows.count, 1);
		if (!strstr(row_text(&d.rows.list[0]), cases[i].expected))
			fail_msg("case %zu: %s", i, row_text(&d.rows.list[0]));
		assert_int_equal(health(&d)->events, cases[i].events);
		assert_int_equal(health(&d)->flows, 1);
		decoded_fini(&d);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),    cmocka_unit_test(test_elements),
		cmocka_unit_test(test_addresses), cmocka_unit_test(test_times),
		cmocka_unit_test(test_uptime),
	};

	return cmocka_run_group_tests_name("read/export", tests, NULL, NULL);
}
