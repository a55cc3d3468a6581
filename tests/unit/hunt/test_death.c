/* SPDX-License-Identifier: Apache-2.0 */
/* Hosts that were said to be down: who is meant, what counts as activity, and the rates. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "hunt/visit.h"

#define A "203.0.113.1"
#define B "203.0.113.2"
#define C "198.51.100.9"
#define HOME "192.0.2.1"
#define LIST A " # seed\n" B " # drop\n" C "\n"

#define UDP(s, sp, d, dp, t)                                                                       \
	.src = s, .src_port = sp, .dst = d, .dst_port = dp, .proto = 17, .start_ms = t,            \
	.packets = 1, .bytes = 40

static char all[] = "all", seed[] = "seed", prefix[] = "203.0.113.0/24", address[] = A;

static const struct tryst_death *
death_of(const struct fixture *f, const char *text)
{
	struct tryst_ip ip;

	assert_true(tryst_ip_parse(text, strlen(text), &ip));
	for (size_t i = 0; i < f->c->host_count; i++) {
		if (tryst_ip_equal(f->c->hosts[i].ip, ip))
			return &f->c->hosts[i].death;
	}
	fail_msg("%s: not among the hosts", text);
	return NULL;
}

static void
test_visits(void **state)
{
	int64_t starts[] = { 20000, 0, 4000, 9000, 14001, 20000, INT64_MAX, INT64_MAX - 1 };

	(void)state;
	assert_int_equal(tryst_visits_find(starts, TRYST_ARRAY_SIZE(starts)), 4);
	assert_int_equal(starts[0], 0);
	assert_int_equal(starts[1], 14001);
	assert_int_equal(starts[2], 20000);
	assert_int_equal(tryst_visits_find(starts, 0), 0);
}

/* One by one A, B and C, each before and after a minute; something else spans 100 minutes. */
static const struct fixture_flow flows[] = {
	{ UDP(A, 4001, HOME, 53, 600000) },
	{ UDP(A, 4002, HOME, 53, 602000) }, /* the same visit */
	{ UDP(A, 4003, HOME, 53, 3600000) },
	{ UDP(B, 4001, HOME, 53, 3660000) },         /* within the slack: before */
	{ UDP(B, 4002, HOME, 53, 3660001) },         /* the same visit still */
	{ UDP(HOME, 4002, B, 99, 5000000) },         /* to it, not from it */
	{ UDP(C, 4001, HOME, 53, 3600000 + 60000) }, /* only after */
	{ UDP(C, 4001, HOME, 53, 4000000) },
	{ UDP(C, 4009, HOME, 53, 3000000), .duration_ms = 900000 }, /* from before until after */
	{ UDP("10.0.0.1", 1, "10.0.0.2", 2, 0), .duration_ms = 6000000 },
};

static void
test_all(void **state)
{
	static const struct tryst_dead dead[] = { { .whom = all, .at_ms = 3600000 } };
	struct fixture_setup setup = { .list = LIST,
		                       .home = { "192.0.2.0/24" },
		                       .dead = dead,
		                       .dead_count = 1,
		                       .slack_ms = 60000 };
	const struct tryst_death *d;
	struct fixture f;

	(void)state;
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows) - 1);
	d = death_of(&f, A);
	assert_true(d->stated);
	assert_int_equal(d->at_ms, 3660000);
	assert_int_equal(d->visits_before, 2);
	assert_int_equal(d->visits_after, 0);
	assert_false(d->rate_known); /* only listed hosts' flows: how long was looked? */
	d = death_of(&f, B);
	assert_int_equal(d->visits_before, 0);
	assert_int_equal(d->visits_after, 1);
	d = death_of(&f, C);
	assert_int_equal(d->visits_before, 1);
	assert_int_equal(d->visits_after, 2);
	assert_int_equal(d->spanning, 1);
	assert_int_equal(f.c->deaths.stated, 3);
	assert_int_equal(f.c->deaths.before, 2);
	assert_int_equal(f.c->deaths.after, 2);
	assert_int_equal(f.c->deaths.only_after, 1);
	assert_int_equal(f.c->deaths.reading_count, 4);
	fixture_close(&f);
}

static void
test_rates(void **state)
{
	static const struct tryst_dead dead[] = { { .whom = all, .at_ms = 3600000 } };
	struct fixture_setup setup = { .list = LIST,
		                       .home = { "192.0.2.0/24" },
		                       .dead = dead,
		                       .dead_count = 1,
		                       .to_ms = 7200000 };
	const struct tryst_death *d;
	struct fixture f;

	(void)state;
	/* An excerpt, but the window says that two hours were looked at. */
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows) - 1);
	assert_null(f.c->timeline.unlooked);
	d = death_of(&f, A);
	assert_true(d->rate_known);
	assert_int_equal(d->visits_before, 1);
	assert_int_equal(d->visits_after, 1);
	assert_true(fabs(d->rate_ratio - 1) < 1e-12);
	/* Clopper-Pearson of 1 of 2: 0.01257912, 0.98742088. */
	assert_true(fabs(d->rate_ratio_low - 0.01257912 / 0.98742088) < 1e-8);
	assert_true(fabs(d->rate_ratio_high - 0.98742088 / 0.01257912) < 1e-4);
	d = death_of(&f, B);
	assert_true(isinf(d->rate_ratio));
	assert_true(isfinite(d->rate_ratio_low));
	fixture_close(&f);

	/* Other flows say how long was looked: 100 minutes. */
	setup.to_ms = 0;
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	assert_int_equal(f.c->timeline.begin_ms, 0);
	assert_int_equal(f.c->timeline.end_ms, 6000000);
	assert_true(fabs(death_of(&f, A)->rate_ratio - 1.5) < 1e-12);
	fixture_close(&f);
}

/* The narrowest entry that names a host holds, of equally narrow ones the earliest. */
static void
test_whom(void **state)
{
	static struct tryst_dead dead[] = {
		{ .whom = all, .at_ms = 1000 },
		{ .whom = seed, .at_ms = 2000, .kind = TRYST_DEAD_LABEL },
		{ .whom = prefix, .at_ms = 3000, .kind = TRYST_DEAD_PREFIX },
		{ .whom = address, .at_ms = 9000, .kind = TRYST_DEAD_PREFIX },
		{ .whom = address, .at_ms = 4000, .kind = TRYST_DEAD_PREFIX },
	};
	struct fixture_setup setup = {
		.list = LIST, .home = { "192.0.2.0/24" }, .dead = dead, .dead_count = 5
	};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(dead); i++) {
		if (dead[i].kind == TRYST_DEAD_PREFIX)
			assert_true(tryst_prefix_parse(dead[i].whom, strlen(dead[i].whom),
			                               &dead[i].prefix, NULL));
	}
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	assert_int_equal(death_of(&f, A)->at_ms, 4000);
	assert_int_equal(death_of(&f, B)->at_ms, 3000);
	assert_int_equal(death_of(&f, C)->at_ms, 1000);
	fixture_close(&f);

	setup.dead = &dead[1];
	setup.dead_count = 1;
	fixture_hunt(&f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	assert_int_equal(death_of(&f, A)->at_ms, 2000);
	assert_false(death_of(&f, B)->stated);
	assert_int_equal(f.c->deaths.stated, 1);
	fixture_close(&f);
}

static uint64_t random_state;

static double
next_random(void)
{
	uint64_t z = random_state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

/* How often the interval of the rate ratio holds 1 for a host that went on as before. */
static void
test_coverage(void **state)
{
	static const unsigned visits[] = { 4, 12, 40 };
	static const struct tryst_dead dead[] = { { .whom = all, .at_ms = 8 * 3600000 } };
	struct fixture_setup setup = { .list = LIST,
		                       .home = { "192.0.2.0/24" },
		                       .dead = dead,
		                       .dead_count = 1,
		                       .to_ms = 24 * 3600000 };
	const char *env = getenv("TRYST_RUNS");
	unsigned runs = env ? (unsigned)strtoul(env, NULL, 10) : 60;

	(void)state;
	random_state = 1003;
	for (size_t k = 0; k < TRYST_ARRAY_SIZE(visits); k++) {
		unsigned held = 0;

		for (unsigned r = 0; r < runs; r++) {
			struct fixture_flow day[40];
			const struct tryst_death *d;
			struct fixture f;

			for (unsigned i = 0; i < visits[k]; i++)
				day[i] = (struct fixture_flow){ UDP(
					A, (uint16_t)(4000 + i), HOME, 53,
					(int64_t)(next_random() * 24 * 3600000)) };
			fixture_hunt(&f, &setup, day, visits[k]);
			d = death_of(&f, A);
			assert_true(d->rate_known);
			held += d->rate_ratio_low <= 1 && d->rate_ratio_high >= 1;
			fixture_close(&f);
		}
		print_message("%u visits: the interval holds the truth in %.3f of %u\n", visits[k],
		              held / (double)runs, runs);
		assert_true(held >= .95 * runs - 3 * sqrt(.05 * runs));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_visits),   cmocka_unit_test(test_all),
		cmocka_unit_test(test_rates),    cmocka_unit_test(test_whom),
		cmocka_unit_test(test_coverage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
