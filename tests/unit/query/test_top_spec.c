/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "query/top.h"

struct good {
	char form;
	const char *text;
	const char *title;
	enum tryst_order order;
	bool ascending;
};

static const struct good goods[] = {
	/* nfdump's statistics */
	{ 's', "srcip", "src", TRYST_ORDER_FLOWS, false },
	{ 's', "srcip/bytes", "src", TRYST_ORDER_BYTES, false },
	{ 's', "ip/flows", "ip", TRYST_ORDER_FLOWS, false },
	{ 's', "ip/bps:a", "ip", TRYST_ORDER_BPS, true },
	{ 's', "dstport/packets:d", "dst_port", TRYST_ORDER_PACKETS, false },
	{ 's', "port/pps", "port", TRYST_ORDER_PPS, false },
	{ 's', "as/bpp", "as", TRYST_ORDER_BPP, false },
	{ 's', "if", "if", TRYST_ORDER_FLOWS, false },
	{ 's', "mask", "mask", TRYST_ORDER_FLOWS, false },
	{ 's', "srcip:p/bytes", "src,proto", TRYST_ORDER_BYTES, false },
	{ 's', "dstport:p", "dst_port,proto", TRYST_ORDER_FLOWS, false },
	{ 's', "record/bytes", "proto,src,dst,src_port,dst_port", TRYST_ORDER_BYTES, false },
	{ 's', "router", "exporter", TRYST_ORDER_FLOWS, false },
	{ 's', "nhip", "next_hop", TRYST_ORDER_FLOWS, false },
	{ 's', "odid", "domain", TRYST_ORDER_FLOWS, false },
	{ 's', "srctos", "tos", TRYST_ORDER_FLOWS, false },
	{ 's', "srcvlan", "vlan", TRYST_ORDER_FLOWS, false },
	{ 's', "xsrcip/bytes", "nat_src", TRYST_ORDER_BYTES, false },
	{ 's', "srcip4/24/bytes", "src/24", TRYST_ORDER_BYTES, false },
	/* nfdump's aggregations */
	{ 'A', "srcip,dstport", "src,dst_port", TRYST_ORDER_FLOWS, false },
	{ 'A', "srcip,dstip4/24,dstport", "src,dst/24,dst_port", TRYST_ORDER_FLOWS, false },
	{ 'A', "srcip4/24,srcip6/64,proto", "src/24/64,proto", TRYST_ORDER_FLOWS, false },
	{ 'A', "srcip6/64", "src/64", TRYST_ORDER_FLOWS, false },
	{ 'A', "dstip6/24", "dst/32/24", TRYST_ORDER_FLOWS, false },
	{ 'A', "next,router,inif,outif", "next_hop,exporter,in_if,out_if", TRYST_ORDER_FLOWS,
	  false },
	/* words */
	{ 'w', "src by bytes", "src", TRYST_ORDER_BYTES, false },
	{ 'w', "src", "src", TRYST_ORDER_BYTES, false },
	{ 'w', "  SRC ,dst   BY  packets ", "src,dst", TRYST_ORDER_PACKETS, false },
	{ 'w', "src/24 by flows", "src/24", TRYST_ORDER_FLOWS, false },
	{ 'w', "src/64", "src/64", TRYST_ORDER_BYTES, false },
	{ 'w', "ip/16/48 by flows", "ip/16/48", TRYST_ORDER_FLOWS, false },
	{ 'w', "ip/0/0", "ip/0/0", TRYST_ORDER_BYTES, false },
	{ 'w', "dst port by bytes", "dst_port", TRYST_ORDER_BYTES, false },
	{ 'w', "dst_port", "dst_port", TRYST_ORDER_BYTES, false },
	{ 'w', "in if", "in_if", TRYST_ORDER_BYTES, false },
	{ 'w', "exporter", "exporter", TRYST_ORDER_BYTES, false },
	{ 'w', "proto", "proto", TRYST_ORDER_BYTES, false },
	{ 'w', "tcp-flags by flows:a", "tcp_flags", TRYST_ORDER_FLOWS, true },
	{ 'w', "input_id", "input_id", TRYST_ORDER_BYTES, false },
	{ 'w', "srcip/flows", "src", TRYST_ORDER_FLOWS, false },
};

static void
test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(goods); i++) {
		const struct good *g = &goods[i];
		struct tryst_error err = { 0 };
		struct tryst_top_spec spec, again;

		if (tryst_top_spec_parse(&spec, g->form, g->text, &err))
			fail_msg("%s: %s", g->text, err.text);
		if (strcmp(spec.title, g->title) != 0)
			fail_msg("%s: title %s, expected %s", g->text, spec.title, g->title);
		assert_int_equal(spec.order, g->order);
		assert_int_equal(spec.ascending, g->ascending);

		/* A title is a specification of the same key. */
		assert_int_equal(tryst_top_spec_parse(&again, 'w', spec.title, &err), 0);
		assert_string_equal(again.title, spec.title);
		assert_int_equal(again.part_count, spec.part_count);
		assert_memory_equal(again.parts, spec.parts,
		                    sizeof(spec.parts[0]) * spec.part_count);
	}
}

struct bad {
	const char *text;
	const char *says;
};

static const struct bad bads[] = {
	{ "", "expected a field" },
	{ " , ", "expected a field" },
	{ "src,", "expected a field" },
	{ "by bytes", "expected" },
	{ "scrip", "did you mean 'srcip'" },
	{ "dst prot", "did you mean 'dst_port'" },
	{ "srcip/nosuch", "expected flows, packets, bytes, bps, pps or bpp" },
	{ "src by", "expected flows, packets, bytes, bps, pps or bpp" },
	{ "src by bytes:x", "expected a (ascending) or d (descending)" },
	{ "ip/flows/bytes", "expected one order" },
	{ "srcgeo", "expected ip, port, as" },
	{ "mpls3", "src_port, dst_port" },
	{ "completely wrong", "src_port, dst_port" },
	{ "a name that is longer than any name of a field could be", "no field" },
	{ "srcip4/33", "at most 32 for IPv4" },
	{ "src/129", "prefix length" },
	{ "src/1x", "prefix length" },
	{ "src/24/", "expected flows" },
	{ "src/24/64/1", "prefix length" },
	{ "srcip4/24/64", "prefix length" },
	{ "proto/8", "addresses only" },
	{ "src,src", "each field once" },
	{ "srcip4/24,srcip4/16", "each field once" },
	{ "srcip4/24,src", "each field once" },
	{ "proto:p", "each field once" },
	{ "src,dst,proto,tos,vlan,domain,in_if,out_if,min_ttl", "at most 8" },
};

static void
test_bad(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(bads); i++) {
		struct tryst_error err = { 0 };
		struct tryst_top_spec spec;

		if (tryst_top_spec_parse(&spec, 's', bads[i].text, &err) != TRYST_ERR_USAGE)
			fail_msg("'%s' must be refused", bads[i].text);
		if (!strstr(err.text, bads[i].says))
			fail_msg("'%s': %s", bads[i].text, err.text);
		assert_null(strchr(err.text, '\n'));
	}
}

/* Every field can be a key by our name; the longest title fits. */
static void
test_every_field(void **state)
{
	static const char longest[] =
		"src_port,dst_port,rev_tcp_flags,rev_packets,nat_src_port,nat_dst_port,received_ms,"
		"fwd_status";
	struct tryst_error err = { 0 };
	struct tryst_top_spec spec;

	(void)state;
	for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
		assert_int_equal(tryst_top_spec_parse(&spec, 'w', tryst_field_info(f)->name, &err),
		                 0);
		assert_int_equal(spec.part_count, 1);
		assert_int_equal(spec.parts[0].field, f);
		assert_false(spec.parts[0].either);
	}
	assert_int_equal(tryst_top_spec_parse(&spec, 'w', longest, &err), 0);
	assert_string_equal(spec.title, longest);
}

/* nfdump's letters: i the forward, o the reverse counters, none both; by flows forward only. */
static void
test_orders(void **state)
{
	static const struct {
		char form;
		const char *text;
		const char *name;
		enum tryst_ways ways;
	} cases[] = {
		{ 's', "ip", "flows", TRYST_WAYS_FORWARD },
		{ 's', "ip/flows", "flows", TRYST_WAYS_FORWARD },
		{ 's', "ip/bytes", "bytes", TRYST_WAYS_BOTH },
		{ 's', "ip/packets", "packets", TRYST_WAYS_BOTH },
		{ 's', "ip/bps", "bps", TRYST_WAYS_BOTH },
		{ 's', "ip/pps", "pps", TRYST_WAYS_BOTH },
		{ 's', "ip/bpp", "bpp", TRYST_WAYS_BOTH },
		{ 's', "ip/ibyte", "bytes", TRYST_WAYS_FORWARD },
		{ 's', "ip/ipkg", "packets", TRYST_WAYS_FORWARD },
		{ 's', "ip/obyte", "bytes", TRYST_WAYS_REVERSE },
		{ 's', "ip/opps", "pps", TRYST_WAYS_REVERSE },
		{ 'A', "srcip,dstip", "flows", TRYST_WAYS_FORWARD },
		{ 'w', "ip", "bytes", TRYST_WAYS_BOTH },
		{ 'w', "ip by flows", "flows", TRYST_WAYS_BOTH },
		{ 'w', "ip by obpp", "bpp", TRYST_WAYS_REVERSE },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_error err = { 0 };
		struct tryst_top_spec spec;

		assert_int_equal(tryst_top_spec_parse(&spec, cases[i].form, cases[i].text, &err),
		                 0);
		assert_string_equal(tryst_order_name(spec.order), cases[i].name);
		assert_int_equal(spec.ways, cases[i].ways);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_every_field),
		cmocka_unit_test(test_orders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
