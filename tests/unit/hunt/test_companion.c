/* SPDX-License-Identifier: Apache-2.0 */
/* Companions in a small network: one that comes with the listed, one that comes before them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "hunt/operational.h"

#define LISTED 8
#define OTHERS 300
#define SERVERS 40
#define MEETING_PLACES 3
#define EPISODES 6
#define HOUR 3600000LL
#define COMPANION "198.51.100.77"
#define CONTROLLER "198.51.100.99"
#define FLOWS_MAX 20000

struct network {
	char names[LISTED + OTHERS + SERVERS + MEETING_PLACES][16];
	struct fixture_flow flows[FLOWS_MAX];
	size_t count;
	unsigned seed;
};

static const char *
server(struct network *n, unsigned i)
{
	return n->names[LISTED + OTHERS + i];
}

static unsigned
next_random(struct network *n, unsigned below)
{
	n->seed = n->seed * 1103515245u + 12345u;
	return (n->seed >> 8) % below;
}

/* One query and its answer. */
static void
visit(struct network *n, const char *host, const char *home, uint16_t port, int64_t at_ms)
{
	uint16_t from = (uint16_t)(20000 + n->count);

	assert_true(n->count + 2 <= FLOWS_MAX);
	n->flows[n->count++] = (struct fixture_flow){ .src = host,
		                                      .src_port = from,
		                                      .dst = home,
		                                      .dst_port = port,
		                                      .proto = 17,
		                                      .start_ms = at_ms,
		                                      .packets = 3,
		                                      .bytes = 300 };
	n->flows[n->count++] = (struct fixture_flow){ .src = home,
		                                      .src_port = port,
		                                      .dst = host,
		                                      .dst_port = from,
		                                      .proto = 17,
		                                      .start_ms = at_ms + 20,
		                                      .packets = 3,
		                                      .bytes = 300 };
}

/* Three hundred others at forty servers over a day, a few of them at each meeting place too. */
static struct network *
network_make(void)
{
	struct network *n = calloc(1, sizeof(*n));

	assert_non_null(n);
	n->seed = 5;
	for (unsigned i = 0; i < LISTED; i++)
		(void)snprintf(n->names[i], sizeof(n->names[i]), "203.0.113.%u", i + 1);
	for (unsigned i = 0; i < OTHERS; i++)
		(void)snprintf(n->names[LISTED + i], sizeof(n->names[i]), "10.1.%u.%u", i / 200,
		               1 + i % 200);
	for (unsigned i = 0; i < SERVERS + MEETING_PLACES; i++)
		(void)snprintf(n->names[LISTED + OTHERS + i], sizeof(n->names[i]), "192.0.2.%u",
		               i + 1);
	for (unsigned i = 0; i < OTHERS; i++) {
		for (unsigned k = 0; k < 2 + i % 3; k++)
			visit(n, n->names[LISTED + i], server(n, next_random(n, SERVERS)), 53,
			      next_random(n, 24 * HOUR));
	}
	for (unsigned j = 0; j < MEETING_PLACES; j++) {
		for (unsigned k = 0; k < 5; k++)
			visit(n, n->names[LISTED + next_random(n, OTHERS)], server(n, SERVERS + j),
			      53, next_random(n, 24 * HOUR));
	}
	for (unsigned i = 0; i < LISTED; i++)
		visit(n, n->names[i], server(n, next_random(n, SERVERS)), 53,
		      next_random(n, 24 * HOUR));
	return n;
}

static int64_t
episode(unsigned e)
{
	static const int64_t hours[EPISODES] = { 2, 5, 9, 14, 16, 21 };

	return hours[e] * HOUR + 777777;
}

/* The listed meet at three places, six times; a companion with them, a controller before them. */
static void
network_plant(struct network *n)
{
	for (unsigned e = 0; e < EPISODES; e++) {
		for (unsigned j = 0; j < MEETING_PLACES; j++) {
			for (unsigned i = 0; i < LISTED; i++)
				visit(n, n->names[i], server(n, SERVERS + j), 53,
				      episode(e) + 6000 * i + 60000 * j);
			visit(n, COMPANION, server(n, SERVERS + j), 53,
			      episode(e) + 20000 + 60000 * j);
		}
		visit(n, CONTROLLER, server(n, SERVERS), 53, episode(e) - 300000);
	}
	visit(n, CONTROLLER, server(n, SERVERS), 53, 11 * HOUR);
}

static const char list[] = "203.0.113.1\n203.0.113.2\n203.0.113.3\n203.0.113.4\n"
			   "203.0.113.5\n203.0.113.6\n203.0.113.7\n203.0.113.8\n";

static const struct tryst_companion *
companion_at(const struct fixture *f, const char *text)
{
	struct tryst_ip ip;

	assert_true(tryst_ip_parse(text, strlen(text), &ip));
	for (size_t i = 0; i < f->c->companion_count; i++) {
		if (tryst_ip_equal(f->c->companions[i].ip, ip))
			return &f->c->companions[i];
	}
	return NULL;
}

static void
test_found(void **state)
{
	struct fixture_setup setup = { .list = list, .home = { "192.0.2.0/24" } };
	struct network *n = network_make();
	const struct tryst_companion *k;
	double llr = 0;

	(void)state;
	network_plant(n);
	for (unsigned shuffle = 0; shuffle < 3; shuffle++) {
		struct fixture f;

		setup.shuffle = shuffle;
		setup.threads = 1 + 3 * shuffle;
		fixture_hunt_twice(&f, &setup, n->flows, n->count);
		assert_null(f.c->companions_untested);
		assert_true(f.c->meetings[0].chance.significant);
		k = companion_at(&f, COMPANION);
		assert_non_null(k);
		assert_ptr_equal(k, &f.c->companions[0]);
		assert_int_equal(k->grade, 'A');
		assert_int_equal(k->meeting_count, MEETING_PLACES);
		assert_true(k->evidence.count >= 2);
		assert_string_equal(k->evidence.list[0].family, "endpoints");
		assert_true(k->evidence.list[0].ref_count > 0);
		if (shuffle)
			assert_true(k->llr == llr);
		llr = k->llr;
		k = companion_at(&f, CONTROLLER);
		assert_non_null(k);
		assert_true(k->grade <= 'B');
		assert_string_equal(k->direction, "controller_candidate");
		assert_true(k->lead_known);
		assert_int_equal(k->lead_ms, 300000);
		assert_true(k->log10_p_lead < -3);
		for (size_t i = 0; i < f.c->companion_count; i++)
			assert_true(f.c->companions[i].grade > 'B' ||
			            &f.c->companions[i] == companion_at(&f, COMPANION) ||
			            &f.c->companions[i] == companion_at(&f, CONTROLLER));
		fixture_close(&f);
	}
	free(n);
}

/* Read once, only what was touched tells; without a meeting that is more than chance nothing. */
static void
test_cannot_tell(void **state)
{
	struct fixture_setup setup = { .list = list, .home = { "192.0.2.0/24" } };
	struct network *n = network_make();
	struct fixture f;

	(void)state;
	fixture_hunt_twice(&f, &setup, n->flows, n->count);
	assert_non_null(f.c->companions_untested);
	assert_int_equal(f.c->companion_count, 0);
	fixture_close(&f);

	network_plant(n);
	fixture_hunt(&f, &setup, n->flows, n->count);
	assert_null(f.c->companions_untested);
	assert_non_null(companion_at(&f, COMPANION));
	assert_int_equal(companion_at(&f, COMPANION)->grade, 'B');
	assert_null(companion_at(&f, COMPANION)->direction);
	assert_null(companion_at(&f, CONTROLLER));
	fixture_close(&f);
	free(n);
}

static void
test_operational(void **state)
{
	struct tryst_operational o;
	struct tryst_error err;
	int64_t ms[400];

	(void)state;
	/* Half of all visits within the first tenth of the time. */
	for (int i = 0; i < 200; i++) {
		ms[i] = i * 5;
		ms[200 + i] = 1000 + i * 45;
	}
	assert_int_equal(tryst_operational_init(&o, ms, 400, 0, 10000, &err), 0);
	assert_true(tryst_operational_at(&o, -1) == 0);
	assert_true(tryst_operational_at(&o, 0) == 0);
	assert_true(fabs(tryst_operational_at(&o, 500) - .25) < 1e-12);
	assert_true(fabs(tryst_operational_at(&o, 502) - (100 + .4) / 400) < 1e-12);
	assert_true(fabs(tryst_operational_at(&o, 1000) - .5) < 1e-12);
	assert_true(tryst_operational_at(&o, INT64_MAX) < 1);
	tryst_operational_fini(&o);
	/* Too few visits make no clock. */
	assert_int_equal(tryst_operational_init(&o, ms, 100, 0, 9999, &err), 0);
	assert_true(fabs(tryst_operational_at(&o, 2500) - .25) < 1e-12);
	assert_true(tryst_operational_at(&o, INT64_MIN) == 0);
	tryst_operational_fini(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_cannot_tell),
		cmocka_unit_test(test_operational),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
