/* SPDX-License-Identifier: Apache-2.0 */
/* Acting together: how often it errs, what it finds; lists that are cut down; overlays. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hunt/meet_find.h"
#include "meet_fixture.h"

#define MEMBERS 6
#define VISITS 40

/* An endpoint whose clients' visits are made by hand. */
struct place {
	struct tryst_meet_endpoint e;
	struct tryst_meet_member members[MEMBERS];
	struct tryst_meet_visit visits[MEMBERS][4096];
};

enum how { EVEN, BY_DAY, PERIODIC, IN_EPISODES };

static int
visit_order(const void *va, const void *vb)
{
	const struct tryst_meet_visit *a = va, *b = vb;

	return (a->start_ms > b->start_ms) - (a->start_ms < b->start_ms);
}

/* More by day: a share of the day from 8 to 18 h. */
static int64_t
by_day(struct meet_flows *r)
{
	double u = meet_uniform(r);

	return (int64_t)(meet_uniform(r) < .9 ? (8 + 10 * u) * 3600000 : u * (double)MEET_DAY_MS);
}

static void
place_fill(struct place *p, struct meet_flows *r, enum how how)
{
	int64_t episodes[8];

	memset(p, 0, sizeof(*p));
	p->e.members = p->members;
	p->e.member_count = MEMBERS;
	for (unsigned k = 0; k < 8; k++)
		episodes[k] = (int64_t)(meet_uniform(r) * ((double)MEET_DAY_MS - 100000));
	for (uint32_t m = 0; m < MEMBERS; m++) {
		struct tryst_meet_member *one = &p->members[m];
		int64_t at_ms = (int64_t)(meet_uniform(r) * 1024000);
		uint32_t n = 0;

		for (; how == PERIODIC && at_ms < MEET_DAY_MS; at_ms += 1024000)
			p->visits[m][n++].start_ms = at_ms;
		while (how != PERIODIC && n < VISITS)
			p->visits[m][n++].start_ms =
				how == BY_DAY ? by_day(r)
					      : (int64_t)(meet_uniform(r) * (double)MEET_DAY_MS);
		for (unsigned k = 0; how == IN_EPISODES && k < 8; k++)
			p->visits[m][k].start_ms = episodes[k] + (int64_t)(meet_uniform(r) * 8000);
		qsort(p->visits[m], n, sizeof(p->visits[m][0]), visit_order);
		one->visits = p->visits[m];
		one->visit_count = n;
		one->answered = n;
	}
}

/* The clock of a network that is busy from 8 to 18 h. */
static void
clock_make(struct tryst_meet_clock *c)
{
	static uint32_t activity[TRYST_MEET_CLOCK_BINS];

	for (unsigned i = 0; i < 288; i++)
		activity[i] = i >= 96 && i < 216 ? 946 : 35;
	tryst_meet_clock_init(c, 0, MEET_DAY_MS - 1, activity);
}

static unsigned
found(enum how how, unsigned runs, double log10_p)
{
	static const bool wanted[MEMBERS] = { true, true, true, true, true, true };
	static struct place p;
	static struct tryst_meet_clock clock;
	struct meet_flows random = { .random = 7 + (uint64_t)how };
	struct tryst_meet_group g = { 0 };
	struct tryst_error err;
	unsigned n = 0;

	clock_make(&clock);
	for (unsigned run = 0; run < runs; run++) {
		struct tryst_meet_together t;

		place_fill(&p, &random, how);
		assert_int_equal(tryst_meet_group_test(&g, &clock, &p.e, wanted, false, &t, &err),
		                 0);
		n += t.tested && t.log10_p <= log10_p;
	}
	tryst_meet_group_fini(&g);
	return n;
}

static void
test_together(void **state)
{
	unsigned even, day, periodic, together;

	(void)state;
	even = found(EVEN, 400, -2);
	day = found(BY_DAY, 400, -2);
	periodic = found(PERIODIC, 400, -2);
	print_message("of 400 at 1 %%: even %u, by day %u, periodic %u\n", even, day, periodic);
	assert_true(even <= 10);
	assert_true(day <= 10);
	assert_true(periodic <= 10);
	together = found(IN_EPISODES, 50, -4);
	print_message("of 50 that come together 8 times of 40: %u\n", together);
	assert_true(together >= 48);
}

static void
test_clock(void **state)
{
	static struct tryst_meet_clock c;

	(void)state;
	clock_make(&c);
	assert_true(tryst_meet_clock_at(&c, 0) == 0);
	assert_true(tryst_meet_clock_at(&c, MEET_DAY_MS + 5) < 1);
	for (int64_t at_ms = 0; at_ms < MEET_DAY_MS - 60000; at_ms += 60000)
		assert_true(tryst_meet_clock_at(&c, at_ms) <
		            tryst_meet_clock_at(&c, at_ms + 60000));
	/* Ten busy hours are more than nine tenths of the day. */
	assert_true(tryst_meet_clock_at(&c, 18 * 3600000) - tryst_meet_clock_at(&c, 8 * 3600000) >
	            .9);
}

/* What is kept of too many contacts does not depend on their order, nor on who added them. */
static void
test_thinned(void **state)
{
	const uint32_t n = (uint32_t)TRYST_MEET_CONTACTS_MAX + 300000;
	struct tryst_meet_contacts a = { 0 }, b[2] = { { 0 }, { 0 } };
	struct tryst_error err;

	(void)state;
	for (uint32_t i = 0; i < n; i++) {
		struct tryst_meet_contact c = { .client = tryst_ip_v4(i), .group = 1, .count = 1 };

		assert_int_equal(tryst_meet_contact_add(&a, TRYST_MEET_CALLS, &c, &err), 0);
		c.client = tryst_ip_v4(n - 1 - i);
		assert_int_equal(tryst_meet_contact_add(&b[i % 3 == 0], TRYST_MEET_CALLS, &c, &err),
		                 0);
	}
	assert_int_equal(tryst_meet_contact_join(&b[0], &b[1], TRYST_MEET_CALLS, &err), 0);
	assert_int_equal(a.level, 1);
	assert_int_equal(a.level, b[0].level);
	assert_int_equal(a.count, b[0].count);
	tryst_meet_contact_by_client(&a);
	tryst_meet_contact_by_client(&b[0]);
	assert_memory_equal(a.list, b[0].list, a.count * sizeof(*a.list));
	free(a.list);
	free(b[0].list);
}

/* Six hosts with half of sixty peers each, among hosts that choose by popularity. */
static void
test_overlay(void **state)
{
	const struct tryst_meet_options options = { .since_ms = INT64_MIN };
	struct meet_flows r = { .random = 5 };
	struct tryst_meet_contacts peers = { 0 };
	struct tryst_meet_candidates all = { 0 };
	struct tryst_error err;

	(void)state;
	for (uint32_t host = 0; host < 200; host++) {
		for (unsigned n = 0; n < 60; n++) {
			double u = meet_uniform(&r);
			bool member = host < 6 && n < 50;
			uint32_t peer = member ? (uint32_t)(meet_uniform(&r) * 60)
			                       : 1000 + (uint32_t)(u * u * u * 20000);
			struct tryst_meet_contact c = {
				.client = tryst_ip_v4(MEET_HOME + host),
				.server = tryst_ip_v4(0x50000000u + peer),
				.first_ms = n,
				.group = 1,
				.count = 1,
				.port = 20000,
				.proto = 17,
			};

			assert_int_equal(tryst_meet_contact_add(&peers, TRYST_MEET_PEERS, &c, &err),
			                 0);
		}
	}
	assert_int_equal(tryst_meet_finish_overlay(&peers, &options, &all, &err), 0);
	assert_int_equal(all.count, 1);
	assert_int_equal(all.list[0].clients_total, 6);
	for (uint32_t i = 0; i < 6; i++)
		assert_true(tryst_ip_equal(all.list[0].clients[i], tryst_ip_v4(MEET_HOME + i)));
	assert_true(all.list[0].log10_p < -5);
	free(all.list);
	free(peers.list);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_together),
		cmocka_unit_test(test_thinned),
		cmocka_unit_test(test_overlay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
