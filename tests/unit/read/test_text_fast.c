/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fast way through a row finds what the careful one finds: in lines that are as they should be,
 * in lines changed at random, and in values of every shape.  So do the ways to cut a line.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "read/text.h"
#include "read/zeek.h"

static uint64_t
next_random(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return *x >> 16;
}

/* Sends every line the careful way. */
static uint32_t
cut_nothing(const char *line, size_t len, char separator, char quote, uint32_t max, uint32_t *ends)
{
	(void)line;
	(void)len;
	(void)separator;
	(void)quote;
	(void)max;
	(void)ends;
	return TRYST_TEXT_CUT_QUOTED;
}

/* The three ways of one table, each with what it keeps from row to row. */
struct ways {
	struct tryst_text_table table[3];
	struct tryst_text_memory memory[3];
	struct tryst_text_row row[3];
};

static void
ways_init(struct ways *w, const struct tryst_text_table *t)
{
	memset(w, 0, sizeof(*w));
	for (size_t i = 0; i < 3; i++)
		w->table[i] = *t;
	w->table[0].cut = cut_nothing;
	w->table[1].cut = tryst_text_cut_plain;
}

static void
check_rows(const struct tryst_text_row *a, const struct tryst_text_row *b, const char *line)
{
	uint64_t ips = 0;

	for (unsigned i = 0; i < TRYST_FIELD_COUNT; i++)
		ips |= (uint64_t)(tryst_field_info((enum tryst_field)i)->type == TRYST_TYPE_ip)
		       << i;
	if (a->known != b->known || a->has_duration != b->has_duration)
		fail_msg("%s: %llx, but %llx", line, (unsigned long long)a->known,
		         (unsigned long long)b->known);
	if (a->has_duration && a->duration_ms != b->duration_ms)
		fail_msg("%s: another duration", line);
	for (unsigned i = 0; i < TRYST_TEXT_VALUES; i++) {
		if (!(a->known >> i & 1))
			continue;
		if (ips >> i & 1 ? !tryst_ip_equal(a->ip[i], b->ip[i])
		                 : a->number[i] != b->number[i])
			fail_msg("%s: value %u", line, i);
	}
}

/* One line, in memory of exactly its size. */
static enum tryst_text_verdict
check_line(struct ways *w, const char *text, size_t len)
{
	const struct tryst_zone zone = { .kind = TRYST_ZONE_FIXED, .offset_s = 3600 };
	enum tryst_text_verdict verdict[3];
	struct tryst_text_fault fault[3];
	char said[3][TRYST_TEXT_FAULT_MAX] = { "" };
	char *line = malloc(len + !len);

	assert_non_null(line);
	memcpy(line, text, len);
	for (size_t i = 0; i < 3; i++) {
		verdict[i] = tryst_text_row_parse(&w->table[i], &zone, line, len, &w->memory[i],
		                                  &w->row[i], &fault[i]);
		if (verdict[i] == TRYST_TEXT_BAD)
			tryst_text_fault_format(&fault[i], &w->table[i], said[i]);
		assert_int_equal(verdict[i], verdict[0]);
		assert_string_equal(said[i], said[0]);
		if (verdict[i] == TRYST_TEXT_ROW)
			check_rows(&w->row[0], &w->row[i], text);
	}
	free(line);
	return verdict[0];
}

static const struct {
	const char *header;
	const char *rows[4];
} tables[] = {
	{ "ts,te,td,sa,da,sp,dp,pr,flg,stos,ipkt,ibyt,opkt,obyt,in,nh,dir,ra,tr",
	  { "2026-11-22 00:00:00,2026-11-22 00:00:01,0.001,162.224.110.89,10.20.0.8,40637,27015,"
	    "UDP,........,0,61,5368,0,0,2,0.0.0.0,1,127.0.0.1,2026-11-26 04:24:38.380",
	    "2026-11-22 00:00:00.097,2026-11-22 00:00:59.999,12.5,2001:db8::1,::ffff:10.1.2.3,0,"
	    "8.0,ICMP6,...AP.SF,255,4294967296,99999999999,1,12345678,65536,9.9.9.9,0,0.0.0.0,-",
	    " 2026-11-22 00:00:00.097 ,2026-11-22 00:00:59, 1.25,1.1.1.1,255.255.255.255,65535,"
	    "65536,IPIP,0x1b,,1.0,12345678901234567,1,12345678,,,,,",
	    "\"2026-11-22 00:00:00\",,,\"10.0.0.1\",10.0.0.2,,,TCP  ,,,,,,,,,,," } },
	{ "start,src,dst,src_port,dst_port,proto,packets,bytes,end,tcp_flags",
	  { "2026-11-22T00:00:00.000Z,10.0.0.1,10.0.0.2,1,22,6,1,40,2026-11-22T00:00:00.5Z,27",
	    "1795305600.25,10.0.0.1,10.0.0.2,1,22,tcp,18446744073709551615,18446744073709551616,"
	    "1795305600,SA",
	    "2026-11-22T00:00:00.123+02:00,010.000.000.001,1.2.3.4,00080,1e3,17,0,0,"
	    "2026-11-22T00:00:60.000+02:00,256",
	    "2026-11-22T00:00:00.000,1.2.3.256,10.0.0.2,,,,,,2026-11-22T00:00:61.000Z," } },
	{ "dst;src;start_ms;bytes",
	  { "10.0.0.2;10.0.0.1;1795305600000;1", "1.2.3.4;2.3.4.5;1;2;3", "1.2.3;4;1;1",
	    "1.2.3.4;1..3.4;1;1" } },
};

/* Each good row, and all that become of it when characters change, go and come. */
static void
test_tables(void **state)
{
	struct ways *w = malloc(sizeof(*w));
	struct tryst_text_table *t = malloc(sizeof(*t));
	uint64_t x = 88172645463325252ULL;
	unsigned good = 0, bad = 0;

	(void)state;
	assert_true(w && t);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(tables); i++) {
		const char *header = tables[i].header;

		assert_true(tryst_text_header((const uint8_t *)header, strlen(header), t));
		ways_init(w, t);
		for (unsigned turn = 0; turn < 40000; turn++) {
			const char *row = tables[i].rows[turn % 4];
			char line[512];
			size_t len = strlen(row);

			memcpy(line, row, len + 1);
			for (unsigned k = 0; k < turn / 4 % 4; k++) {
				size_t at = next_random(&x) % len;
				const char *other = tables[i].rows[next_random(&x) % 4];

				line[at] = other[next_random(&x) % strlen(other)];
			}
			if (turn % 9 == 8)
				len = next_random(&x) % len;
			line[len] = '\0';
			if (check_line(w, line, len) == TRYST_TEXT_ROW)
				good++;
			else
				bad++;
		}
	}
	assert_true(good > 10000 && bad > 10000);
	free(w);
	free(t);
}

/* clang-format off */
static const char *const values[] = {
	"0", "1", "12", "123", "1234", "12345", "123456", "1234567", "12345678", "123456789",
	"1234567890", "123456789012345", "1234567890123456", "12345678901234567",
	"18446744073709551615", "18446744073709551616", "65535", "65536", "255", "256", "-1",
	"+1", "1.0", "1.5", "1.", ".5", "0.5", "1.12345678", "1.123456789", "1234567.5",
	"12345678.5", "0x1f", "1 ", " 1", "1/", "1:", "\x11", "", "-", "--", "None", "1.1.1.1",
	"0.0.0.0", "1.1.1.10", "1.1.10.1", "1.10.1.1", "10.1.1.1", "1.1.1.100", "100.1.1.1",
	"255.255.255.255", "255.255.255.256", "1.1.1.1.", ".1.1.1.1", "1.1.1.1.1", "1..1.1.1",
	"1.1.1", "1111.1.1.1", "1.1.1.1a", "001.002.003.004", "9.9.9.:", "1/1/1/1", "::", "::1",
	"1::", "2001:db8::1:2", "2001:db8:0:0:0:0:0:1", "::ffff:1.2.3.4", "::1.2.3.4",
	"1:2:3:4:5:6:7:8:9", "fe80::1%e", "12345::", "1795305600", "1795305600.1",
	"1795305600.123456", "1795305600.12345678", "1795305600.123456789", "17953056001.5",
	"1795305600,5", "2026-11-22T00:00:00Z", "2026-11-22T00:00:00.5Z",
	"2026-11-22T00:00:00.123Z", "2026-11-22T00:00:00.123", "2026-11-22T00:00:00.123+01:00",
	"2026-11-22T00:00:00.123+02:00", "2026-11-22T00:00:00.1234Z", "2026-11-22T00:00:7x.123Z",
	"2026-11-22T00:00:60.123Z", "2026-11-22T00:00:59.x23Z", "2026-11-22 00:00:00.123",
	"2026-11-22 00:00:00", "tcp", "TCP", "Tcp", "udp", "icmp", "ipv6-icmp", "ospf", "nobody",
	"SA", "...AP.SF", "........", "FSRPAUEC", "FSRPAUECF", "X",
};
/* clang-format on */
static const char *const names[] = { "bytes",    "src_port",  "dst_port",      "tos",
	                             "next_hop", "duration",  "end",           "end_ms",
	                             "proto",    "tcp_flags", "direction",     "nh",
	                             "in",       "received",  "event.duration" };
static const char *const places[][2] = { { "%s,start,src,dst", "%s,1795305600,10.0.0.1,10.0.0.2" },
	                                 { "start,src,%s,dst", "1795305600,10.0.0.1,%s,10.0.0.2" },
	                                 { "start,src,dst,%s",
	                                   "1795305600,10.0.0.1,10.0.0.2,%s" } };

/* Values of one kind, where they end a line, begin it, and stand in its middle. */
static void
test_values(void **state)
{
	struct ways *w = malloc(sizeof(*w));
	struct tryst_text_table *t = malloc(sizeof(*t));

	(void)state;
	assert_true(w && t);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(names) * TRYST_ARRAY_SIZE(places); i++) {
		const char *const *place = places[i % TRYST_ARRAY_SIZE(places)];
		char text[256];

		(void)snprintf(text, sizeof(text), place[0], names[i / TRYST_ARRAY_SIZE(places)]);
		assert_true(tryst_text_header((const uint8_t *)text, strlen(text), t));
		ways_init(w, t);
		/* Twice: the second time some of them are remembered. */
		for (size_t k = 0; k < 2 * TRYST_ARRAY_SIZE(values); k++) {
			(void)snprintf(text, sizeof(text), place[1],
			               values[k % TRYST_ARRAY_SIZE(values)]);
			(void)check_line(w, text, strlen(text));
		}
	}
	free(w);
	free(t);
}

/* Tables as Zeek's: tabs, no quotes, own ways of reading, more cells than columns. */
static void
test_zeek(void **state)
{
	static const char header[] =
		"ts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tduration\t"
		"history\torig_pkts\torig_ip_bytes\tip_proto";
	static const char *const rows[] = {
		"1795305600.000000\t162.224.110.89\t40637\t10.20.0.8\t27015\tudp\t0.001000\t-\t61\t"
		"5368\t17",
		"1795305600.5\tfe80::1\t128\t::1\t0\ticmp\t-\t-\t61\t5368\t-",
		"1795305600\t10.0.0.1\t1\t10.0.0.2\t2\ttcp\t12345678.5\tShADadFf^\t-\t(empty)"
		"\t6\tmore",
		"\"1795305600.5\t10.0.0.1\t1\t10.0.0.2\t2\tunknown_transport\t1.5\t(empty)"
		"\t1\t2\t250",
	};
	struct ways *w = malloc(sizeof(*w));
	struct tryst_text_table *t = calloc(1, sizeof(*t));
	uint64_t x = 1234567;

	(void)state;
	assert_true(w && t);
	t->separator = '\t';
	t->more_cells = true;
	memcpy(t->unset, "-", 2);
	memcpy(t->empty, "(empty)", 8);
	assert_true(tryst_text_columns_add(t, &tryst_zeek_names, header, header + strlen(header)));
	ways_init(w, t);
	for (unsigned turn = 0; turn < 20000; turn++) {
		char line[256];
		size_t len = strlen(rows[turn % 4]);

		memcpy(line, rows[turn % 4], len + 1);
		for (unsigned k = 0; k < turn / 4 % 3; k++)
			line[next_random(&x) % len] = rows[0][next_random(&x) % strlen(rows[0])];
		(void)check_line(w, line, len);
	}
	free(w);
	free(t);
}

static void
test_cutters(void **state)
{
	static uint32_t ends[2][256 + 1 + TRYST_TEXT_CUT_SLACK];
	uint64_t x = 42;

	(void)state;
	for (size_t len = 0; len < 256; len++) {
		for (unsigned turn = 0; turn < 60; turn++) {
			char *line = malloc(len + !len);
			char quote = turn % 3 ? '"' : ',';
			uint32_t n;

			assert_non_null(line);
			for (size_t i = 0; i < len; i++)
				line[i] = ",-+\xac"[next_random(&x) % (turn % 4 + 1)];
			if (len && turn % 5 == 0)
				line[next_random(&x) % len] = '"';
			n = tryst_text_cut_plain(line, len, ',', quote, 256, ends[0]);
			assert_int_equal(tryst_text_cutter()(line, len, ',', quote, 256, ends[1]),
			                 n);
			if (n != TRYST_TEXT_CUT_QUOTED)
				assert_memory_equal(ends[0], ends[1], n * sizeof(ends[0][0]));
			else
				assert_true(quote == '"' && memchr(line, '"', len));
			/* Stopped early, it still says that there are too many. */
			if (n != TRYST_TEXT_CUT_QUOTED && n > 3)
				assert_true(tryst_text_cutter()(line, len, ',', quote, 3, ends[1]) >
				            3);
			free(line);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_zeek),
		cmocka_unit_test(test_cutters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
