/* SPDX-License-Identifier: Apache-2.0 */
/* The second pass: which flows it keeps, within what room, whatever the threads and the order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "hunt/around.h"

#define HOME "192.0.2.1"
#define LIST "203.0.113.1\n203.0.113.2\n"

static const struct fixture_setup setup = { .list = LIST, .home = { "192.0.2.0/24" } };

#define UDP(s, sp, d, dp, t)                                                                       \
	.src = s, .src_port = sp, .dst = d, .dst_port = dp, .proto = 17, .start_ms = t,            \
	.packets = 1, .bytes = 40

#define MEET                                                                                       \
	{ UDP("203.0.113.1", 4001, HOME, 27015, 10000000) },                                       \
	{                                                                                          \
		UDP("203.0.113.2", 4002, HOME, 27015, 10060000)                                    \
	}

static void
test_what_is_kept(void **state)
{
	static const struct fixture_flow flows[] = {
		MEET,
		{ UDP("198.51.100.1", 4003, HOME, 27015, 10030000) }, /* kept: another client */
		{ UDP(HOME, 27015, "198.51.100.1", 4003, 10030100) }, /* kept: the answer */
		{ UDP("198.51.100.2", 4004, HOME, 27016, 10030000) }, /* another port */
		{ UDP("198.51.100.2", 4004, "192.0.2.2", 27015, 10030000) }, /* another host */
		{ UDP("198.51.100.3", 27015, HOME, 5000, 10030000) }, /* the port is not home's */
		{ UDP("198.51.100.4", 4005, HOME, 27015, 10000000 - 3600000) },     /* kept */
		{ UDP("198.51.100.5", 4006, HOME, 27015, 10000000 - 3600000 - 1) }, /* before */
	};
	struct fixture f;

	(void)state;
	fixture_hunt_twice(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	assert_int_equal(f.c->meeting_count, 1);
	assert_null(f.c->around.untested);
	assert_int_equal(f.c->around.meetings, 1);
	assert_int_equal(f.c->around.records, 3);
	assert_int_equal(f.c->around.one_in, 1);
	assert_int_equal(f.c->around.sampled, 0);
	assert_int_equal(f.c->flows_read, TRYST_ARRAY_SIZE(flows));
	assert_int_equal(f.c->flows_matched, 2);
	fixture_close(&f);
}

static void
test_not_read(void **state)
{
	static const struct fixture_flow flows[] = { MEET };
	struct tryst_hunt_again again;
	struct fixture f;

	(void)state;
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	assert_string_equal(f.c->around.untested, "The inputs were read only once.");
	fixture_close(&f);

	fixture_open(&f, &setup);
	assert_int_equal(fixture_push(&f, &setup, flows, 1), 0);
	assert_int_equal(tryst_hunt_find(f.hunt, f.input_list, FIXTURE_INPUTS, &f.error), 0);
	assert_false(tryst_hunt_around(f.hunt, &again));
	assert_int_equal(tryst_hunt_case(f.hunt, f.input_list, FIXTURE_INPUTS, &f.c, &f.error), 0);
	assert_string_equal(f.c->around.untested, "There is no meeting.");
	fixture_close(&f);

	fixture_open(&f, &setup);
	assert_int_equal(fixture_push(&f, &setup, flows, 2), 0);
	assert_int_equal(tryst_hunt_find(f.hunt, f.input_list, FIXTURE_INPUTS, &f.error), 0);
	assert_true(tryst_hunt_around(f.hunt, &again));
	tryst_hunt_around_not(f.hunt, "It changed.");
	assert_int_equal(tryst_hunt_case(f.hunt, f.input_list, FIXTURE_INPUTS, &f.c, &f.error), 0);
	assert_string_equal(f.c->around.untested, "It changed.");
	fixture_close(&f);
}

#define HOSTS 3000

/* Many hosts at one endpoint, few at another. */
static struct fixture_flow *
crowd_make(size_t *count)
{
	struct fixture_flow *flows = calloc(HOSTS + 8, sizeof(*flows));
	static char names[HOSTS][16];
	size_t n = 0;

	assert_non_null(flows);
	flows[n++] = (struct fixture_flow){ UDP("203.0.113.1", 4001, HOME, 27015, 1000) };
	flows[n++] = (struct fixture_flow){ UDP("203.0.113.2", 4002, HOME, 27015, 2000) };
	flows[n++] = (struct fixture_flow){ UDP("203.0.113.1", 4001, HOME, 80, 1000) };
	flows[n++] = (struct fixture_flow){ UDP("203.0.113.2", 4002, HOME, 80, 2000) };
	for (unsigned i = 0; i < HOSTS; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "10.0.%u.%u", i >> 8, i & 255);
		flows[n++] = (struct fixture_flow){ UDP(names[i], 5000, HOME, 27015, i) };
	}
	flows[n++] = (struct fixture_flow){ UDP(names[7], 5000, HOME, 80, 7) };
	*count = n;
	return flows;
}

static void
test_bounded_in_any_order(void **state)
{
	struct fixture_setup s = setup;
	size_t count;
	struct fixture_flow *flows = crowd_make(&count);
	uint64_t records = 0, one_in = 0;

	(void)state;
	/* Room for the listed, and for some hundreds of others at each endpoint. */
	s.memory = 300000;
	for (unsigned shuffle = 0; shuffle < 12; shuffle++) {
		struct fixture f;

		s.shuffle = shuffle;
		s.threads = 1 + shuffle % 8;
		s.batch_rows = 1 + 37 * shuffle;
		fixture_hunt_twice(&f, &s, flows, count);
		assert_int_equal(f.c->around.meetings, 2);
		assert_int_equal(f.c->around.sampled, 1);
		assert_true(f.c->around.one_in > 1);
		assert_in_range(f.c->around.records, 100, 1000);
		if (shuffle) {
			assert_int_equal(f.c->around.records, records);
			assert_int_equal(f.c->around.one_in, one_in);
		}
		records = f.c->around.records;
		one_in = f.c->around.one_in;
		fixture_close(&f);
	}
	free(flows);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_kept),
		cmocka_unit_test(test_not_read),
		cmocka_unit_test(test_bounded_in_any_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
