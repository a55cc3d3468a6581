/* SPDX-License-Identifier: Apache-2.0 */
/* The search without a list: the same whatever the order, threads and memory; beacons; baselines.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hunt/meet_beacon.h"
#include "meet_fixture.h"

#define CONTROLLER 0x09010203u
#define REFUSER 0x09010204u

/* A client that calls every `period` seconds, more or less, from one time to another. */
static void
beacon(struct meet_flows *v, uint32_t client, double period_s, double jitter, int64_t from_ms,
       int64_t to_ms)
{
	double at_ms = (double)from_ms + meet_uniform(v) * period_s * 1000;

	while (at_ms < (double)to_ms) {
		meet_talk(v, (int64_t)at_ms, client, CONTROLLER, 443, 300);
		at_ms += period_s * 1000 * (1 + jitter * (2 * meet_uniform(v) - 1));
	}
}

static void
make(struct meet_flows *v, uint64_t seed)
{
	*v = (struct meet_flows){ .random = seed };
	meet_background(v, 300, 200, 40);
	for (uint32_t c = 1; c <= 3; c++)
		beacon(v, MEET_HOME + c, 300, .1, 0, MEET_DAY_MS);
	/* Refused every minute for two hours. */
	for (int64_t at_ms = 36000000; at_ms < 43200000; at_ms += 60000) {
		uint16_t port = (uint16_t)(40000 + at_ms / 60000 % 5000);

		meet_flow_add(v, (struct meet_flow){ at_ms, 0, MEET_HOME + 9, REFUSER, port, 6881,
		                                     6, 0x02, 1, 48, false });
		meet_flow_add(v, (struct meet_flow){ at_ms + 9, 0, REFUSER, MEET_HOME + 9, 6881,
		                                     port, 6, 0x14, 1, 40, false });
	}
	/* And IPv6, which takes two units. */
	for (int64_t at_ms = 0; at_ms < MEET_DAY_MS; at_ms += 600000)
		meet_flow_add(v,
		              (struct meet_flow){ at_ms, 5, 7, 8, 40001, 443, 17, 0, 1, 80, true });
}

static void
same_finding(const struct tryst_finding *a, const struct tryst_finding *b)
{
	assert_string_equal(a->kind, b->kind);
	assert_true(tryst_ip_equal(a->ip, b->ip));
	assert_int_equal(a->port, b->port);
	assert_int_equal(a->grade, b->grade);
	assert_memory_equal(&a->score, &b->score, sizeof(a->score));
	assert_memory_equal(&a->log10_p, &b->log10_p, sizeof(a->log10_p));
	assert_int_equal(a->client_count, b->client_count);
	for (uint32_t i = 0; i < a->client_count; i++)
		assert_true(tryst_ip_equal(a->clients[i], b->clients[i]));
	assert_int_equal(a->evidence.count, b->evidence.count);
	for (uint32_t i = 0; i < a->evidence.count; i++)
		assert_string_equal(a->evidence.list[i].text, b->evidence.list[i].text);
}

static void
same(const struct meet_run *a, const struct meet_run *b)
{
	assert_int_equal(a->c->finding_count, b->c->finding_count);
	assert_int_equal(a->c->search.pairs, b->c->search.pairs);
	assert_int_equal(a->c->search.tested, b->c->search.tested);
	assert_int_equal(a->c->search.clients_home, b->c->search.clients_home);
	for (size_t i = 0; i < a->c->finding_count; i++)
		same_finding(&a->c->findings[i], &b->c->findings[i]);
}

/* Order of rows, threads, and whether memory holds the flows or a file does. */
static void
test_same(void **state)
{
	const size_t little = (size_t)4 << 20;
	const struct tryst_meet_options options = { 0 }, tight = { .memory = little };
	struct meet_flows v;
	struct meet_run first, other;

	(void)state;
	make(&v, 1);
	meet_search(&first, &options, &v, 0);
	assert_true(first.c->finding_count > 1);
	for (unsigned shuffle = 1; shuffle <= 3; shuffle++) {
		meet_search(&other, shuffle == 3 ? &tight : &options, &v, shuffle);
		same(&first, &other);
		meet_close(&other);
	}
	meet_close(&first);
	free(v.list);
}

static void
test_beacons(void **state)
{
	const struct tryst_meet_options options = { .rita = true };
	const struct tryst_finding *f;
	struct meet_flows v;
	struct meet_run r;
	size_t refused;

	(void)state;
	make(&v, 2);
	meet_search(&r, &options, &v, 0);
	assert_int_equal(meet_place(&r, "beacon", CONTROLLER, 443), 1);
	f = &r.c->findings[0];
	assert_int_equal(f->grade, 'A');
	assert_int_equal(f->clients_total, 3);
	assert_true(llabs(f->period_ms - 300000) < 15000);
	assert_true(f->log10_p < -50);
	assert_true(f->prevalence_known && f->prevalence < .02);
	refused = meet_place(&r, "refused_beacon", REFUSER, 6881);
	assert_true(refused > 1);
	assert_true(r.c->findings[refused - 1].grade >= 'C');
	for (size_t i = 1; i < r.c->finding_count; i++)
		assert_true(r.c->findings[i].grade > 'B');
	meet_close(&r);
	free(v.list);
}

/* Nothing but chance: nothing is found. */
static void
test_nothing(void **state)
{
	const struct tryst_meet_options options = { 0 };

	(void)state;
	for (uint64_t seed = 10; seed < 15; seed++) {
		struct meet_flows v = { .random = seed };
		struct meet_run r;

		meet_background(&v, 400, 20, 60);
		meet_search(&r, &options, &v, 0);
		assert_true(r.c->search.tested > 500);
		assert_true(!r.c->finding_count || r.c->findings[0].grade > 'C');
		meet_close(&r);
		free(v.list);
	}
}

static void
test_known_and_since(void **state)
{
	struct tryst_meet_options options = { .since_ms = MEET_DAY_MS / 2 };
	struct tryst_watchlist *known;
	struct meet_flows v = { .random = 3 };
	struct meet_run r;

	(void)state;
	meet_background(&v, 300, 200, 40);
	beacon(&v, MEET_HOME + 1, 300, .1, 0, MEET_DAY_MS);
	meet_search(&r, &options, &v, 0);
	assert_int_equal(meet_place(&r, "beacon", CONTROLLER, 443), 0);
	assert_true(r.c->search.old > 0);
	meet_close(&r);
	/* What began later is news, and so is another pace. */
	options.since_ms = 1;
	meet_search(&r, &options, &v, 0);
	assert_true(meet_place(&r, "beacon", CONTROLLER, 443) > 0);
	assert_int_equal(tryst_watchlist_new(&known, &r.error), 0);
	assert_int_equal(tryst_watchlist_parse(known, "known", "9.1.2.0/24\n", 11, &r.error), 0);
	assert_int_equal(tryst_watchlist_seal(known, &r.error), 0);
	meet_close(&r);
	options.known = known;
	meet_search(&r, &options, &v, 0);
	assert_int_equal(meet_place(&r, "beacon", CONTROLLER, 443), 0);
	assert_int_equal(r.c->search.known, 1);
	meet_close(&r);
	tryst_watchlist_free(known);
	free(v.list);
}

/* Keepalives of one connection are no visits, and no flow is lost that has two units. */
static void
test_stitched(void **state)
{
	const struct tryst_meet_options options = { 0 };
	struct meet_flows v = { .random = 4 };
	struct meet_run r;

	(void)state;
	meet_background(&v, 100, 50, 20);
	for (int64_t at_ms = 0; at_ms < MEET_DAY_MS; at_ms += 90000)
		meet_flow_add(&v, (struct meet_flow){ at_ms, 0, MEET_HOME + 1, CONTROLLER, 45000,
		                                      6667, 6, at_ms ? 0x18 : 0x1a, 1, 80, false });
	meet_search(&r, &options, &v, 0);
	assert_int_equal(meet_place(&r, "beacon", CONTROLLER, 6667), 0);
	assert_int_equal(meet_place(&r, "refused_beacon", CONTROLLER, 6667), 0);
	meet_close(&r);
	free(v.list);
}

/* The rank of visits at so many seconds. */
static double
rank_of(const int *at_s, uint32_t count)
{
	struct tryst_meet_visit visits[16] = { 0 };
	struct tryst_meet_member m = { .visits = visits, .visit_count = count };
	struct tryst_meet_times times = { 0 };
	struct tryst_meet_beacon b;
	struct tryst_error err;
	double rank;

	for (uint32_t i = 0; i < count; i++)
		visits[i].start_ms = visits[i].end_ms = at_s[i] * 1000;
	assert_int_equal(tryst_meet_beacon_test(&m, &times, &b, &err), 0);
	assert_true(b.log10_p > -3);
	assert_int_equal(tryst_meet_beacon_rank(&m, &b, &times, &rank, &err), 0);
	tryst_meet_times_fini(&times);
	return rank;
}

/* What is too little for a test has its place, too: half an hour, of which calls are left out. */
static void
test_rank(void **state)
{
	static const int skipping[] = { 0, 2100, 9200, 10900, 18300, 20000, 25300, 27200 };
	static const int people[] = { 0, 900, 1300, 9100, 9800, 20300, 25100, 27200 };
	static const int few[] = { 0, 1800, 5500, 9000 }, burst[] = { 0, 60, 1900, 9000 };
	static const int one_call[] = { 0, 5, 9, 12 };

	(void)state;
	assert_true(rank_of(skipping, 8) > rank_of(people, 8) + .5);
	assert_true(rank_of(few, 4) > rank_of(burst, 4) + .5);
	assert_true(rank_of(few, 4) < rank_of(skipping, 8));
	assert_true(rank_of(one_call, 4) == -1);
	assert_true(rank_of(few, 1) == -1);
}

/* Where a server has more clients than memory holds, some are looked at, and the case says so. */
static void
test_sampled(void **state)
{
	const struct tryst_meet_options options = { .memory = (size_t)1 << 20 };
	struct meet_flows v = { .random = 5 };
	struct meet_run a, b;

	(void)state;
	for (uint32_t c = 0; c < 20000; c++)
		meet_talk(&v, (int64_t)(meet_uniform(&v) * (double)MEET_DAY_MS),
		          MEET_HOME + 1000 + c, CONTROLLER, 443, 500);
	meet_search(&a, &options, &v, 0);
	meet_search(&b, &options, &v, 0);
	assert_true(a.c->search.one_in > 1);
	same(&a, &b);
	meet_close(&a);
	meet_close(&b);
	free(v.list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),     cmocka_unit_test(test_beacons),
		cmocka_unit_test(test_nothing),  cmocka_unit_test(test_known_and_since),
		cmocka_unit_test(test_stitched), cmocka_unit_test(test_sampled),
		cmocka_unit_test(test_rank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
