/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What exporters say about themselves in records of options: sampling, and when they were started.
 */
#include "export_rows.h"

struct sampling_case {
	const char *options; /* the options template behind its id, in a set of NetFlow v9 */
	const char *record;
	const char *fields; /* of the data besides the addresses */
	const char *data;
	const char *expected;
};

/* Scope length, option length, then the fields. */
static const struct sampling_case samplings[] = {
	{ "0004 0008 0001 0004 0022 0004 0023 0001", "00000000 00000064 02", "", "",
	  "sampling=100" },
	{ "0004 000c 0001 0004 0030 0001 0031 0001 0032 0004", "00000000 05 02 000003e8",
	  "0030 0001", "05", "sampling=1000" },
	/* Another sampler's id says nothing. */
	{ "0004 000c 0001 0004 0030 0001 0031 0001 0032 0004", "00000000 05 02 000003e8",
	  "0030 0001", "06", "" },
	/* No id in the data: the only sampler. */
	{ "0004 000c 0001 0004 0030 0001 0031 0001 0032 0004", "00000000 05 02 000003e8", "", "",
	  "sampling=1000" },
	/* Interfaces as scope. */
	{ "0004 0004 0002 0004 0022 0004", "00000003 00000064", "000a 0004", "00000003",
	  "sampling=100" },
	{ "0004 0004 0002 0004 0022 0004", "00000003 00000064", "000a 0004", "00000004", "" },
	/* Packets in a row and between; so many out of. */
	{ "0004 000c 012e 0004 0130 0001 0131 0004 0132 0004", "00000001 01 00000001 000001ff", "",
	  "", "sampling=512" },
	{ "0004 0008 0001 0004 0135 0004 0136 0004", "00000001 00000001 00000040", "", "",
	  "sampling=64" },
	/* What the record says itself comes first; 0 says nothing. */
	{ "0004 0008 0001 0004 0022 0004 0023 0001", "00000000 00000064 02", "0022 0002", "0007",
	  "sampling=7" },
	{ "0004 0008 0001 0004 0022 0004 0023 0001", "00000000 00000064 02", "0022 0002", "0000",
	  "sampling=100" },
	{ "0004 0008 0001 0004 0022 0004 0023 0001", "00000000 00000000 02", "", "", "" },
	/* On the way out, and where only the other interface is sampled. */
	{ "0004 0004 0002 0004 0022 0004", "00000003 00000064", "000e 0004", "00000003",
	  "sampling=100" },
	/* Microseconds in a row and between; a probability, float32 and float64; none. */
	{ "0004 0008 0001 0004 0133 0004 0134 0004", "00000001 00000064 00000384", "", "",
	  "sampling=10" },
	{ "0004 0004 0001 0004 0137 0004", "00000001 3c23d70a", "", "", "sampling=100" },
	{ "0004 0004 0001 0004 0137 0008", "00000001 3f50624dd2f1a9fc", "", "", "sampling=1000" },
	{ "0004 0004 0001 0004 0137 0008", "00000001 7ff8000000000000", "", "", "" },
	{ "0004 0004 0001 0004 0137 0008", "00000001 bff0000000000000", "", "", "" },
	{ "0004 0004 0001 0004 0137 0008", "00000001 0000000000000001", "", "", "" },
};

/* Two interfaces with intervals of their own: a record's is that of where it was counted. */
static void
test_sampling_direction(void **state)
{
	static const uint16_t fields[] = { 8, 4, 12, 4, 10, 2, 14, 2, 61, 1, 0 };
	static const uint32_t expected[] = { 100, 200, 200, 100, 0 };
	static struct wire w;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BIT(src) | TRYST_BIT(sampling));
	v9_begin(&w, 1000, EXPORT_S, 0, 9);
	set_begin(&w, 1);
	put_hex(&w, "012c 0004 0004 0002 0004 0022 0004");
	set_end(&w);
	set_begin(&w, 300);
	put_hex(&w, "00000001 00000064 00000002 000000c8");
	set_end(&w);
	put_template(&w, 0, 256, fields);
	set_begin(&w, 256);
	put_hex(&w, "0a000001 0a000002 0001 0002 00");
	put_hex(&w, "0a000001 0a000002 0001 0002 01");
	put_hex(&w, "0a000001 0a000002 0007 0002 00");
	put_hex(&w, "0a000001 0a000002 0001 0007 01");
	put_hex(&w, "0a000001 0a000002 0008 0007 01");
	set_end(&w);
	feed(&d, &w);
	finish(&d);
	assert_int_equal(d.rows.count, TRYST_ARRAY_SIZE(expected));
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(expected); i++)
		assert_int_equal(d.rows.list[i].number[TRYST_FIELD_sampling], expected[i]);
	assert_int_equal(d.in.exporters[0]->sampling, 200);
	decoded_fini(&d);
}

static void
test_sampling(void **state)
{
	static struct wire w;

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(samplings); i++) {
		const struct sampling_case *c = &samplings[i];
		const char *text;
		struct decoded d;

		decoded_init(&d, TRYST_BITS_ALL);
		v9_begin(&w, 1000, EXPORT_S, 0, 9);
		set_begin(&w, 1);
		put(&w, 300, 2);
		put_hex(&w, c->options);
		set_end(&w);
		set_begin(&w, 300);
		put_hex(&w, c->record);
		set_end(&w);
		set_begin(&w, 0);
		put(&w, 256, 2);
		put(&w, *c->fields ? 3 : 2, 2);
		put_hex(&w, "0008 0004 000c 0004");
		put_hex(&w, c->fields);
		set_end(&w);
		set_begin(&w, 256);
		put_hex(&w, "0a000001 0a000002");
		put_hex(&w, c->data);
		set_end(&w);
		feed(&d, &w);
		assert_int_equal(d.rows.count, 1);
		text = strstr(row_text(&d.rows.list[0]), "sampling");
		if (strcmp(text ? text : "", c->expected) != 0)
			fail_msg("case %zu: %s", i, text ? text : "no sampling");
		assert_int_equal(health(&d)->other_records, 1);
		decoded_fini(&d);
	}
}

/* Options of IPFIX say once when the exporter was started: uptimes count from there. */
static void
test_boot(void **state)
{
	static const uint16_t fields[] = { 8, 4, 12, 4, 22, 4, 21, 4, 0 };
	static struct wire w;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BITS_ALL);
	ipfix_begin(&w, 0, 1);
	set_begin(&w, 3);
	put_hex(&w, "012c 0002 0001 0095 0004 00a0 0008");
	set_end(&w);
	set_begin(&w, 300);
	put(&w, 1, 4);
	put(&w, EXPORT_MS - 100000, 8);
	set_end(&w);
	put_template(&w, 2, 256, fields);
	set_begin(&w, 256);
	put_hex(&w, "0a000001 0a000002");
	put(&w, 40000, 4);
	put(&w, 90000, 4);
	set_end(&w);
	ipfix_end(&w);
	feed(&d, &w);
	assert_int_equal(d.rows.count, 1);
	assert_int_equal(d.rows.list[0].number[TRYST_FIELD_start_ms], EXPORT_MS - 60000);
	assert_int_equal(d.rows.list[0].number[TRYST_FIELD_end_ms], EXPORT_MS - 10000);
	assert_int_equal(health(&d)->bad_times, 0);
	/* Not those of another domain. */
	put_at(&w, 14, 2);
	put_at(&w, 2, (uint16_t)w.len);
	feed(&d, &w);
	assert_int_equal(health(&d)->bad_times, 0);
	ipfix_begin(&w, 0, 3);
	put_template(&w, 2, 256, fields);
	set_begin(&w, 256);
	put_hex(&w, "0a000001 0a000002 00000001 00000002");
	set_end(&w);
	ipfix_end(&w);
	feed(&d, &w);
	assert_int_equal(health(&d)->bad_times, 1);
	assert_true(noted(&d, "does not say since when"));
	decoded_fini(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sampling),
		cmocka_unit_test(test_sampling_direction),
		cmocka_unit_test(test_boot),
	};

	return cmocka_run_group_tests_name("read/export_options", tests, NULL, NULL);
}
