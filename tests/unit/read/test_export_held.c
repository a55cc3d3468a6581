/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Data sets that come before their templates: kept, released in their order, given up.
 */
#include "export_rows.h"

/* Data waits for its template, with the times of its own datagram, up to a bound. */
static void
test_data_first(void **state)
{
	static const uint16_t timed[] = { 8, 4, 12, 4, 22, 4, 21, 4, 0 };
	static struct wire w;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BITS_ALL);
	v9_begin(&w, 10000, EXPORT_S, 0, 0);
	set_begin(&w, 256);
	put_hex(&w, "0a000001 0a000002 00000000 00002710");
	set_end(&w);
	feed(&d, &w);
	assert_int_equal(d.rows.count, 0);
	v9_begin(&w, 70000, EXPORT_S + 60, 1, 0);
	put_template(&w, 0, 256, timed);
	feed(&d, &w);
	assert_int_equal(d.rows.count, 1);
	assert_int_equal(d.rows.list[0].number[TRYST_FIELD_start_ms], EXPORT_MS - 10000);
	assert_int_equal(d.rows.list[0].number[TRYST_FIELD_end_ms], EXPORT_MS);
	assert_int_equal(d.rows.list[0].number[TRYST_FIELD_received_ms], EXPORT_MS);
	/* Those of another exporter stay. */
	finish(&d);
	assert_int_equal(health(&d)->undecodable_sets, 0);
	decoded_fini(&d);
}

/* A set of one record of 4 bytes for a template that is perhaps not there. */
static void
feed_early(struct decoded *d, uint16_t id, uint32_t src)
{
	static struct wire w;

	ipfix_begin(&w, 0, 0);
	set_begin(&w, id);
	put(&w, src, 4);
	set_end(&w);
	ipfix_end(&w);
	feed(d, &w);
}

/* The template of such records, and how many rows there are then. */
static size_t
feed_template(struct decoded *d, uint16_t id)
{
	static const uint16_t fields[] = { 8, 4, 0 };
	static struct wire w;

	ipfix_begin(&w, 0, 0);
	put_template(&w, 2, id, fields);
	ipfix_end(&w);
	feed(d, &w);
	return d->rows.count;
}

/* Each template releases what waits for it and nothing else, also what waits for it once more. */
static void
test_data_first_many(void **state)
{
	static const uint8_t order[] = { 1, 3, 4, 2, 5 };
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BITS_ALL);
	feed_early(&d, 300, 1);
	feed_early(&d, 364, 2);
	feed_early(&d, 300, 3);
	assert_int_equal(feed_template(&d, 301), 0);
	assert_int_equal(feed_template(&d, 300), 2);
	assert_int_equal(feed_template(&d, 300), 2);
	feed_early(&d, 300, 4);
	assert_int_equal(d.rows.count, 3);
	feed_early(&d, 365, 5);
	assert_int_equal(feed_template(&d, 364), 4);
	assert_int_equal(feed_template(&d, 365), 5);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(order); i++)
		assert_int_equal(d.rows.list[i].ip[TRYST_FIELD_src].lo & 0xff, order[i]);
	/* Nothing waits any more; what comes now does again, and never gets its template. */
	feed_early(&d, 400, 6);
	finish(&d);
	assert_int_equal(health(&d)->undecodable_sets, 1);
	decoded_fini(&d);
}

static void
test_held_bound(void **state)
{
	enum { SET = 60000, SETS = 100 };
	static struct wire w;
	struct decoded d;

	(void)state;
	decoded_init(&d, TRYST_BIT(src));
	for (unsigned i = 0; i < SETS; i++) {
		ipfix_begin(&w, 0, 0);
		set_begin(&w, (uint16_t)(256 + i));
		w.len += SET;
		set_end(&w);
		ipfix_end(&w);
		feed(&d, &w);
	}
	assert_in_range(health(&d)->undecodable_sets, SETS - TRYST_EXPORT_HELD_MAX / SET, SETS - 1);
	finish(&d);
	assert_int_equal(health(&d)->undecodable_sets, SETS);
	assert_int_equal(health(&d)->undecodable_bytes, SETS * SET);
	decoded_fini(&d);
	decoded_init(&d, TRYST_BIT(src));
	for (unsigned i = 0; i < TRYST_EXPORT_HELD_SETS_MAX + 10; i++) {
		ipfix_begin(&w, 0, i % 7);
		set_begin(&w, 300);
		put(&w, 0, 4);
		set_end(&w);
		ipfix_end(&w);
		feed(&d, &w);
	}
	assert_int_equal(health(&d)->undecodable_sets, 10);
	decoded_fini(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_data_first),
		cmocka_unit_test(test_data_first_many),
		cmocka_unit_test(test_held_bound),
	};

	return cmocka_run_group_tests_name("read/export_held", tests, NULL, NULL);
}
