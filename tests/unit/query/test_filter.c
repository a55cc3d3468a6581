/* SPDX-License-Identifier: Apache-2.0 */
/* Filters against a small batch made by hand: which rows match, what is asked of a source. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flow/source.h"
#include "query/filter.h"

#define T0 1061560000000 /* 2003-08-22 13:46:40 UTC */

/*
 *   0  tcp 10.0.0.1:1234 -> 192.0.2.1:80       SYN ACK, 10 packets, 1500 bytes, 2 s, AS 64500 ->
 * 70000 1  udp 10.1.2.3:53 -> 198.51.100.7:5353    1 packet, 60 bytes, 0 s 2  icmp 192.0.2.1
 * -> 10.0.0.1 type 3 code 1, 2 packets, 3000000 bytes, 1 s 3  tcp [2001:db8::1]:443 ->
 * [2001:db8::2]:8080   SYN, 4 packets, 400 bytes, 0.5 s, exporter, NAT 4  tcp 10.0.0.1:22
 * -> 10.0.0.1:22          all flags, ends before it starts 5  nothing known but addresses:
 * 203.0.113.9 -> 192.0.2.1
 */
#define ROWS 6

static void
fill(struct tryst_batch *b, uint32_t r, struct tryst_ip src, struct tryst_ip dst)
{
	TRYST_SET(b, src, r, src);
	TRYST_SET(b, dst, r, dst);
	b->rows = r + 1;
}

static void
fill_ports(struct tryst_batch *b, uint32_t r, uint8_t proto, uint16_t src, uint16_t dst)
{
	TRYST_SET(b, proto, r, proto);
	TRYST_SET(b, src_port, r, src);
	TRYST_SET(b, dst_port, r, dst);
}

static void
fill_counts(struct tryst_batch *b, uint32_t r, uint64_t packets, uint64_t bytes, int64_t ms)
{
	TRYST_SET(b, packets, r, packets);
	TRYST_SET(b, bytes, r, bytes);
	TRYST_SET(b, start_ms, r, T0);
	TRYST_SET(b, end_ms, r, T0 + ms);
}

static void
fill_rest(struct tryst_batch *b)
{
	TRYST_SET(b, tcp_flags, 0, 0x12);
	TRYST_SET(b, src_as, 0, 64500);
	TRYST_SET(b, dst_as, 0, 70000);
	TRYST_SET(b, in_if, 0, 1);
	TRYST_SET(b, out_if, 0, 2);
	TRYST_SET(b, tos, 0, 8);
	TRYST_SET(b, src_mask, 0, 24);
	TRYST_SET(b, vlan, 0, 100);
	TRYST_SET(b, rev_bytes, 0, 5);
	TRYST_SET(b, flows, 1, 3);
	TRYST_SET(b, icmp_type, 2, 3);
	TRYST_SET(b, icmp_code, 2, 1);
	TRYST_SET(b, tcp_flags, 3, 0x02);
	TRYST_SET(b, exporter, 3, tryst_ip_v4(0x0a0000fe));
	TRYST_SET(b, nat_src, 3, tryst_ip_v4(0x01020304));
	TRYST_SET(b, nat_src_port, 3, 4000);
	TRYST_SET(b, next_hop, 3, tryst_ip_v4(0x0a0000ff));
	TRYST_SET(b, direction, 3, 1);
	TRYST_SET(b, fwd_status, 3, 16);
	TRYST_SET(b, sampling, 3, 100);
	TRYST_SET(b, domain, 3, 7);
	TRYST_SET(b, tcp_flags, 4, 0xff);
}

static void
batch_make(struct tryst_batch *b)
{
	struct tryst_ip ten = tryst_ip_v4(0x0a000001), web = tryst_ip_v4(0xc0000201);

	assert_int_equal(tryst_batch_init(b, TRYST_BITS_ALL, NULL), 0);
	fill(b, 0, ten, web);
	fill(b, 1, tryst_ip_v4(0x0a010203), tryst_ip_v4(0xc6336407));
	fill(b, 2, web, ten);
	fill(b, 3, (struct tryst_ip){ 0x20010db8ULL << 32, 1 },
	     (struct tryst_ip){ 0x20010db8ULL << 32, 2 });
	fill(b, 4, ten, ten);
	fill(b, 5, tryst_ip_v4(0xcb007109), web);
	fill_ports(b, 0, 6, 1234, 80);
	fill_ports(b, 1, 17, 53, 5353);
	fill_ports(b, 2, 1, 0, 3 * 256 + 1);
	fill_ports(b, 3, 6, 443, 8080);
	fill_ports(b, 4, 6, 22, 22);
	fill_counts(b, 0, 10, 1500, 2000);
	fill_counts(b, 1, 1, 60, 0);
	fill_counts(b, 2, 2, 3000000, 1000);
	fill_counts(b, 3, 4, 400, 500);
	fill_counts(b, 4, 1, 40, -10);
	fill_rest(b);
}

static struct tryst_filter *
compile(const char *text)
{
	struct tryst_filter *f = NULL;
	struct tryst_error err = { 0 };

	if (tryst_filter_new(&f, text, "filter", &err) < 0)
		fail_msg("%s\nfor: %s", err.text, text);
	return f;
}

/* The rows that match, as digits. */
static void
run(const struct tryst_filter *f, struct tryst_batch *b, char out[ROWS + 1])
{
	const struct tryst_predicate *p = tryst_filter_predicate(f);

	/* Of all rows no list is needed. */
	b->selected = b->rows;
	memset(b->sel, 0xff, b->rows * sizeof(*b->sel));
	p->apply(p, b);
	for (uint32_t i = 0; i < b->selected; i++)
		out[i] = (char)('0' + b->sel[i]);
	out[b->selected] = '\0';
}

static const struct {
	const char *text;
	const char *rows;
} cases[] = {
	/* nothing and everything */
	{ "", "012345" },
	{ " # a comment\n\t", "012345" },
	{ "any", "012345" },
	{ "not any", "" },
	{ "any and tcp", "034" },
	{ "any or tcp", "012345" },
	{ "not any or tcp", "034" },
	/* protocols */
	{ "proto tcp", "034" },
	{ "PROTO TCP", "034" },
	{ "proto 17", "1" },
	{ "proto \\tcp", "034" },
	{ "tcp", "034" },
	{ "icmp", "2" },
	{ "proto in [icmp udp]", "12" },
	{ "proto > 6", "1" },
	{ "proto != 6", "12" },
	{ "not proto 6", "125" },
	{ "ipv4", "01245" },
	{ "inet6", "3" },
	{ "ip", "01245" },
	{ "ip6 and tcp", "3" },
	{ "ip proto \\tcp", "04" },
	{ "esp", "" },
	/* addresses */
	{ "ip 10.0.0.1", "024" },
	{ "10.0.0.1", "024" },
	{ "host 10.0.0.1", "024" },
	{ "SRC IP 10.0.0.1", "04" },
	{ "dst ip 10.0.0.1", "24" },
	{ "src 10.0.0.1", "04" },
	{ "src host 10.0.0.1", "04" },
	{ "src and dst ip 10.0.0.1", "4" },
	{ "dst or src ip 10.0.0.1", "024" },
	{ "src or dst net 10.0.0.0/8", "0124" },
	{ "dst and src net 10/8", "4" },
	{ "src net 10/8", "014" },
	{ "net 10.0.0.0 255.255.0.0", "024" },
	{ "net 10.0.0.0 mask 255.255.0.0", "024" },
	{ "net 10.0.0.0 / 16", "024" },
	{ "net 10.1", "1" },
	{ "net 10", "0124" },
	{ "ip 192.0.2.0/24", "025" },
	{ "dst ip 192.0.2", "05" },
	{ "ip 192.0.2.77/24", "025" },
	{ "ip 2001:db8::1", "3" },
	{ "net 2001:db8::/32", "3" },
	{ "src ip in [10.0.0.1, 2001:db8::/32 198.51.100.0/24]", "034" },
	{ "ip in [10.1.0.0/16 10.0.0.0/8]", "0124" },
	{ "ip in [10.0.0.0/8 10.1.0.0/16]", "0124" },
	{ "net in [10.1.0.0/16]", "1" },
	{ "src in [10.1.0.0/16]", "1" },
	{ "ip in [\n10.1.2.3 # one\n, 203.0.113.9\n]", "15" },
	{ "ip 10.1.2.3 or ip 203.0.113.9 or dst ip 2001:db8::2", "135" },
	{ "src ip 10.1.2.3 or dst ip 10.1.2.3", "1" },
	{ "not ip 10.0.0.1", "135" },
	{ "ip 0.0.0.0/0", "01245" },
	/* ports */
	{ "port 22", "4" },
	{ "src port 53", "1" },
	{ "dst port > 5000", "13" },
	{ "port >= 5353", "13" },
	{ "port in [80-90]", "0" },
	{ "port in [22, 53 80-90]", "014" },
	{ "portrange 50-60", "1" },
	{ "dst portrange 80-5400", "012" },
	{ "src and dst port 22", "4" },
	{ "src and dst port > 100", "3" },
	{ "src or dst port 443", "3" },
	{ "port 80-90", "0" },
	{ "port lt 30", "24" },
	{ "port > 65534", "" },
	{ "port < 0", "" },
	{ "port 53 or port 80 or port 443 or port 22", "0134" },
	{ "tcp port 80", "0" },
	{ "tcp dst port 80 or udp port 53", "01" },
	{ "not tcp port 80", "12345" },
	{ "tcp src or dst port 22", "4" },
	{ "ip host 10.1.2.3", "1" },
	{ "ip6 host 2001:db8::1", "3" },
	/* precedence: not, and, or */
	{ "tcp or udp and port 9", "034" },
	{ "udp and port 9 or tcp", "034" },
	{ "(tcp or udp) and port 53", "1" },
	{ "not tcp and port 53", "1" },
	{ "not (tcp and port 53)", "012345" },
	{ "! tcp && ! udp || port 22", "245" },
	{ "not not tcp", "034" },
	/* flags */
	{ "flags S", "034" },
	{ "flags SA", "04" },
	{ "flags AS", "04" },
	{ "flags S and not flags AFRPU", "3" },
	{ "flags S/SA", "3" },
	{ "flags S/SAFR", "3" },
	{ "flags SA/SAFR", "0" },
	{ "flags any AF", "04" },
	{ "flags X", "4" },
	{ "flags 0x02", "3" },
	{ "flags = 18", "0" },
	{ "flags > 2", "04" },
	{ "not flags S", "125" },
	{ "not flags SU", "125" },
	{ "tcp_flags /RF", "03" },
	{ "rev_tcp_flags S", "" },
	/* counters and rates */
	{ "bytes > 1.5k", "2" },
	{ "bytes >= 1.5k", "02" },
	{ "bytes > 1.5M", "2" },
	{ "bytes = 3m", "2" },
	{ "bytes 60", "1" },
	{ "bytes 0x3c", "1" },
	{ "packets <= 1", "14" },
	{ "in packets 10", "0" },
	{ "out bytes 5", "0" },
	{ "rev_bytes > 0", "0" },
	{ "out packets < 100", "" },
	{ "greater 1500", "02" },
	{ "less 60", "14" },
	{ "duration > 999 and duration < 3000", "02" },
	{ "duration 0", "1" },
	{ "duration > 3000", "4" },
	{ "pps 5", "0" },
	{ "pps 0", "14" },
	{ "bps 6000", "0" },
	{ "bps gt 1m", "2" },
	{ "bps != 6000", "1234" },
	{ "bpp 150", "0" },
	/* the rest */
	{ "as 70000", "0" },
	{ "src as 64500", "0" },
	{ "dst as in [64500 64501]", "" },
	{ "as in [64500-64510, 3]", "0" },
	{ "if 2", "0" },
	{ "in if 2", "" },
	{ "out if 2", "0" },
	{ "tos 8", "0" },
	{ "src tos 8", "0" },
	{ "mask 24", "0" },
	/* a plain record is one flow */
	{ "flows 1", "02345" },
	{ "flows 3", "1" },
	{ "flows > 1", "1" },
	{ "flows >= 1", "012345" },
	{ "flows != 1", "1" },
	{ "not flows 1", "1" },
	{ "flows in [1, 3]", "012345" },
	{ "flows in [2 3]", "1" },
	{ "flows < 1", "" },
	{ "flows < 0", "" },
	{ "vlan 100", "0" },
	{ "vlan 0", "" },
	{ "not vlan 100", "12345" },
	{ "icmp-type 3", "2" },
	{ "icmp-code 1", "2" },
	{ "icmp-type 8", "" },
	{ "router ip 10.0.0.254", "3" },
	{ "exporter 10.0.0.254", "3" },
	{ "exporter ip 10.0.0.254", "3" },
	{ "exporter in [10.0.0.0/24]", "3" },
	{ "next ip 10.0.0.255", "3" },
	{ "next_hop 10.0.0.255", "3" },
	{ "next ip in [10.0.0.0/8]", "3" },
	{ "nat_src 1.2.3.4", "3" },
	{ "xip 1.2.3.4", "3" },
	{ "dst nip 1.2.3.4", "" },
	{ "xport 4000", "3" },
	{ "flowdir egress", "3" },
	{ "flowdir 1", "3" },
	{ "dir ingress", "" },
	{ "fwdstat drop", "3" },
	{ "fwdstat 16", "3" },
	{ "sampling > 1", "3" },
	{ "observation domain id 7", "3" },
	{ "domain 7", "3" },
	{ "min_ttl 112", "" },
	{ "start_ms >= 2003-08-22T13:46:40Z", "01234" },
	{ "end_ms < 2003-08-22T13:46:40Z", "4" },
	{ "src_port 1234", "0" },
};

static void
matches(void **state)
{
	struct tryst_batch b;

	(void)state;
	batch_make(&b);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_filter *f = compile(cases[i].text);
		char rows[ROWS + 1];

		run(f, &b, rows);
		if (strcmp(rows, cases[i].rows) != 0)
			fail_msg("'%s' gives %s, not %s", cases[i].text, rows, cases[i].rows);
		tryst_filter_free(f);
	}
	tryst_batch_fini(&b);
}

/* Only rows still in play are looked at, and they stay in order. */
static void
narrows(void **state)
{
	struct tryst_filter *f = compile("port 22 or tcp");
	const struct tryst_predicate *p = tryst_filter_predicate(f);
	struct tryst_batch b;

	(void)state;
	batch_make(&b);
	b.selected = 3;
	b.sel[0] = 1;
	b.sel[1] = 3;
	b.sel[2] = 4;
	p->apply(p, &b);
	assert_int_equal(b.selected, 2);
	assert_int_equal(b.sel[0], 3);
	assert_int_equal(b.sel[1], 4);
	tryst_batch_fini(&b);
	tryst_filter_free(f);
}

static void
columns(void **state)
{
	static const struct {
		const char *text;
		uint64_t columns;
	} table[] = {
		{ "any", 0 },
		{ "any or bytes 3", 0 },
		{ "any and bytes 3", TRYST_BIT(bytes) },
		{ "src port 80 and tcp", TRYST_BIT(src_port) | TRYST_BIT(proto) },
		{ "port 80", TRYST_BIT(src_port) | TRYST_BIT(dst_port) },
		{ "bps > 1", TRYST_BIT(start_ms) | TRYST_BIT(end_ms) | TRYST_BIT(bytes) },
		{ "flags S", TRYST_BIT(proto) | TRYST_BIT(tcp_flags) },
		{ "ipv6 or exporter 1.2.3.4",
		  TRYST_BIT(src) | TRYST_BIT(dst) | TRYST_BIT(exporter) },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(table); i++) {
		struct tryst_filter *f = compile(table[i].text);

		assert_int_equal(tryst_filter_predicate(f)->columns, table[i].columns);
		assert_int_equal(tryst_filter_is_any(f), table[i].columns == 0);
		tryst_filter_free(f);
	}
}

/* Each: a filter, and the bounds of every flow that it takes. */
static void
bounds(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		struct tryst_bound list[2];
	} table[] = {
		{ "any", 0, { { 0 } } },
		{ "tcp or bytes 3", 0, { { 0 } } },
		{ "proto != 6", 0, { { 0 } } },
		{ "flows 1", 0, { { 0 } } },
		{ "not tcp", 0, { { 0 } } },
		{ "host 1.2.3.4", 0, { { 0 } } },
		{ "tcp", 1, { { TRYST_FIELD_proto, TRYST_FIELD_proto, 6, 6 } } },
		{ "port in [ 80 443 ] and host 1.2.3.4",
		  1,
		  { { TRYST_FIELD_src_port, TRYST_FIELD_dst_port, 80, 443 } } },
		{ "dst port 443 and bytes > 1000000",
		  2,
		  { { TRYST_FIELD_dst_port, TRYST_FIELD_dst_port, 443, 443 },
		    { TRYST_FIELD_bytes, TRYST_FIELD_bytes, 1000001, UINT64_MAX } } },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(table); i++) {
		struct tryst_filter *f = compile(table[i].text);
		struct tryst_bounds got = tryst_filter_predicate(f)->bounds;

		assert_int_equal(got.count, table[i].count);
		for (size_t k = 0; k < got.count; k++) {
			assert_int_equal(got.list[k].field, table[i].list[k].field);
			assert_int_equal(got.list[k].other, table[i].list[k].other);
			assert_int_equal(got.list[k].lo, table[i].list[k].lo);
			assert_int_equal(got.list[k].hi, table[i].list[k].hi);
		}
		tryst_filter_free(f);
	}
}

/* Each: a filter, and the ranges of addresses without which nothing matches ("" for none). */
static void
addresses(void **state)
{
	static const struct {
		const char *text;
		const char *ranges;
	} table[] = {
		{ "any", "" },
		{ "tcp", "" },
		{ "ip 10.0.0.1", "10.0.0.1-10.0.0.1 " },
		{ "src net 10/8", "10.0.0.0-10.255.255.255 " },
		{ "tcp and src ip in [10.0.0.1 10.0.0.3]", "10.0.0.1-10.0.0.1 10.0.0.3-10.0.0.3 " },
		{ "net 10/8 and dst ip 192.0.2.1", "192.0.2.1-192.0.2.1 " },
		{ "src ip 10.0.0.1 or dst ip 10.0.0.2", "10.0.0.1-10.0.0.2 " },
		{ "src ip 10.0.0.1 or tcp", "" },
		{ "not ip 10.0.0.1", "" },
		{ "not ip 10.0.0.1 and ip 10.0.0.2", "10.0.0.2-10.0.0.2 " },
		{ "(ip 10.0.0.1 and tcp) or (dst net 10.9/16 and src host 1.2.3.4)",
		  "1.2.3.4-1.2.3.4 10.0.0.1-10.0.0.1 " },
		{ "exporter 10.0.0.1", "" },
		{ "nat_src 10.0.0.1", "" },
		{ "2001:db8::/32 and 0.0.0.0/0",
		  "2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff " },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(table); i++) {
		struct tryst_filter *f = compile(table[i].text);
		const struct tryst_ipset *set = tryst_filter_addresses(f);
		struct tryst_buf text = { 0 };
		char ip[TRYST_IP_TEXT_MAX];
		size_t count = 0;
		const struct tryst_ip_range *r = set ? tryst_ipset_ranges(set, &count) : NULL;

		tryst_buf_str(&text, "");
		for (size_t k = 0; k < count; k++) {
			tryst_ip_format(r[k].first, ip);
			tryst_buf_printf(&text, "%s-", ip);
			tryst_ip_format(r[k].last, ip);
			tryst_buf_printf(&text, "%s ", ip);
		}
		assert_string_equal(text.data, table[i].ranges);
		tryst_buf_fini(&text);
		tryst_filter_free(f);
	}
}

/* A list of 1,000,000 addresses and long chains of `or` work. */
static void
large(void **state)
{
	struct tryst_buf text = { 0 };
	struct tryst_filter *f;
	struct tryst_batch b;
	char rows[ROWS + 1];

	(void)state;
	batch_make(&b);
	tryst_buf_str(&text, "src ip in [10.0.0.1");
	for (uint32_t i = 1; i < 1000000; i++)
		tryst_buf_printf(&text, "\n20.%u.%u.%u", i >> 16, i >> 8 & 255, i & 255);
	tryst_buf_str(&text, "]");
	f = compile(text.data);
	run(f, &b, rows);
	assert_string_equal(rows, "04");
	tryst_filter_free(f);

	tryst_buf_clear(&text);
	tryst_buf_str(&text, "port 22");
	for (uint32_t i = 0; i < 50000; i++)
		tryst_buf_printf(&text, " or ip 20.0.%u.%u or src port %u or bytes > %u", i >> 8,
		                 i & 255, 10000 + i, 5000000 + i);
	f = compile(text.data);
	run(f, &b, rows);
	assert_string_equal(rows, "4");
	tryst_filter_free(f);
	tryst_buf_fini(&text);
	tryst_batch_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches), cmocka_unit_test(narrows),   cmocka_unit_test(columns),
		cmocka_unit_test(bounds),  cmocka_unit_test(addresses), cmocka_unit_test(large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
