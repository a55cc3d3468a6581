/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of rate, bins, and meetings beside events. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "hunt/build.h"
#include "hunt/visit.h"
#include "stats/changepoint.h"

#define A "203.0.113.1"
#define B "203.0.113.2"
#define HOME "192.0.2.1"
#define LIST A "\n" B "\n"
#define HOUR 3600000LL

/* n flows of the listed, `gap` apart from start on, each a visit of its own. */
static size_t
train(struct fixture_flow *flows, size_t at, size_t n, int64_t start, int64_t gap)
{
	for (size_t i = 0; i < n; i++) {
		flows[at + i] = (struct fixture_flow){
			.src = i & 1 ? A : B,
			.src_port = (uint16_t)(10000 + at + i),
			.dst = HOME,
			.dst_port = 27015,
			.proto = 17,
			.start_ms = start + (int64_t)i * gap,
			.packets = 1,
			.bytes = 37,
		};
	}
	return at + n;
}

static void
test_blocks(void **state)
{
	struct fixture_setup setup = { .list = LIST, .to_ms = 24 * HOUR };
	struct fixture_flow flows[400];
	const struct tryst_changes *ch;
	struct fixture f;
	size_t n;

	(void)state;
	/* One in ten minutes, for an hour one in twenty seconds, then as before. */
	n = train(flows, 0, 60, 1, 600000);
	n = train(flows, n, 180, 10 * HOUR, 20000);
	n = train(flows, n, 78, 11 * HOUR, 600000);
	fixture_hunt(&f, &setup, flows, n);
	ch = &f.c->meetings[0].changes;
	assert_null(ch->untested);
	assert_string_equal(ch->method, "bayesian_blocks");
	assert_int_equal(ch->visits, n);
	assert_int_equal(ch->edge_count, 2);
	/* An edge lies half way between two visits. */
	assert_in_range(ch->edges_ms[0], 10 * HOUR - 300000, 10 * HOUR + 20000);
	assert_in_range(ch->edges_ms[1], 11 * HOUR - 20000, 11 * HOUR + 300000);
	assert_in_range(ch->segment_visits[0], 60, 61);
	assert_int_equal(ch->segment_visits[0] + ch->segment_visits[1] + ch->segment_visits[2], n);
	assert_int_equal(f.c->timeline.changes.edge_count, 2);
	assert_int_equal(f.c->timeline.bins_ms, 0);
	assert_int_equal(f.c->timeline.bin_ms, 5 * 60000);
	assert_int_equal(f.c->timeline.bins[0], 1);
	assert_int_equal(f.c->timeline.bins[10 * 12], 15);
	fixture_close(&f);
}

/* More visits than Bayesian blocks take; the change is found in whole bins. */
static void
test_pelt(void **state)
{
	struct fixture_flow *flows = calloc(3000, sizeof(*flows));
	struct fixture_setup setup = { .list = LIST, .to_ms = 24 * HOUR };
	const struct tryst_changes *ch;
	struct fixture f;
	size_t n;

	(void)state;
	assert_non_null(flows);
	n = train(flows, 0, 600, 1, 60000);
	n = train(flows, n, 2000, 10 * HOUR, 6000);
	fixture_hunt(&f, &setup, flows, n);
	ch = &f.c->timeline.changes;
	assert_string_equal(ch->method, "pelt");
	assert_int_equal(ch->edge_count, 2);
	assert_int_equal(ch->edges_ms[0], 10 * HOUR);
	assert_in_range(ch->edges_ms[1], 10 * HOUR + 11900000, 10 * HOUR + 12060000);
	fixture_close(&f);
	free(flows);
}

static void
test_even_or_few(void **state)
{
	struct fixture_setup setup = { .list = LIST };
	struct fixture_flow flows[200];
	struct fixture f;
	size_t n;

	(void)state;
	n = train(flows, 0, 200, 1000, 60000);
	fixture_hunt(&f, &setup, flows, n);
	assert_int_equal(f.c->timeline.changes.edge_count, 0);
	assert_int_equal(f.c->timeline.changes.segment_visits[0], 200);
	assert_non_null(f.c->timeline.unlooked);
	fixture_close(&f);
	/* Four records within seconds are one visit. */
	n = train(flows, 0, 4, 1000, 3000);
	fixture_hunt(&f, &setup, flows, n);
	assert_non_null(f.c->timeline.changes.untested);
	assert_int_equal(f.c->timeline.changes.visits, 1);
	fixture_close(&f);
	fixture_hunt(&f, &setup, flows, 0);
	assert_int_equal(f.c->timeline.bin_count, 0);
	fixture_close(&f);
}

/* A null route of two hours: what worked after its end was not routed away. */
static void
test_null_route_window(void **state)
{
	static char name[] = "Null0 at the border";
	static const struct tryst_event event = { name, 10 * HOUR, 12 * HOUR };
	static struct tryst_sighting sightings[6];
	struct tryst_case c = { .events = &event, .event_count = 1 };
	struct tryst_arena arena = { 0 };
	struct tryst_case_builder b = { .c = &c, .arena = &arena };
	const struct tryst_null_route *n;
	struct tryst_error err;

	(void)state;
	for (int i = 0; i < 6; i++)
		sightings[i] = (struct tryst_sighting){
			.first_ms = (9 + i / 2 * 2) * HOUR,
			.verdict = i / 2 == 1 ? TRYST_VERDICT_ATTEMPT : TRYST_VERDICT_EXCHANGED,
		};
	c.sightings = sightings;
	c.sighting_count = 6;
	assert_int_equal(tryst_case_events(&b, &err), 0);
	assert_int_equal(c.timeline.null_route_count, 1);
	n = &c.timeline.null_routes[0];
	assert_null(n->untested);
	assert_int_equal(n->before, 2);
	assert_int_equal(n->before_worked, 2);
	assert_int_equal(n->after, 2);
	assert_int_equal(n->after_worked, 0);
	assert_true(fabs(n->log10_p - log10(1 / 3.)) < 1e-9);
	tryst_arena_fini(&arena);
}

/* The founding case: 9 minutes after the null route, 14 after the end of the window. */
static void
test_events(void **state)
{
	static char null_route[] = "null route", window[] = "worm window";
	static struct tryst_event events[] = {
		{ null_route, 19 * HOUR, 19 * HOUR },
		{ window, 19 * HOUR, 22 * HOUR },
	};
	struct fixture_setup setup = {
		.list = LIST, .events = events, .event_count = 1, .to_ms = 24 * HOUR
	};
	struct fixture_flow flows[2];
	const struct tryst_meeting *m;
	struct fixture f;
	size_t n;

	(void)state;
	n = train(flows, 0, 2, 19 * HOUR + 9 * 60000, 3 * HOUR + 5 * 60000);
	fixture_hunt(&f, &setup, flows, n);
	m = &f.c->meetings[0];
	assert_int_equal(m->event_count, 2);
	assert_false(m->events[0].of_end);
	assert_int_equal(m->events[0].onset_ms, 9 * 60000);
	assert_true(m->events[0].p_known);
	assert_true(fabs(m->events[0].log10_p - log10(2 * 9 / 1440.)) < 1e-9);
	assert_true(m->events[1].of_end);
	assert_int_equal(m->events[1].onset_ms, 3 * HOUR + 14 * 60000);
	assert_int_equal(f.c->timeline.null_route_count, 1);
	assert_non_null(f.c->timeline.null_routes[0].untested);
	fixture_close(&f);

	/* The ends beside a window; of three times one is near more easily. */
	setup.event_count = 2;
	fixture_hunt(&f, &setup, flows, n);
	m = &f.c->meetings[0];
	assert_int_equal(m->event_count, 4);
	assert_int_equal(m->events[3].event, 1);
	assert_true(m->events[3].at_end && m->events[3].of_end);
	assert_int_equal(m->events[3].onset_ms, 14 * 60000);
	assert_true(fabs(m->events[3].log10_p - log10(1 - pow(1 - 28 / 1440., 3))) < 1e-9);
	fixture_close(&f);

	/* Nothing says how long was looked. */
	setup.to_ms = 0;
	fixture_hunt(&f, &setup, flows, n);
	assert_false(f.c->meetings[0].events[0].p_known);
	fixture_close(&f);
}

static int
ms_compare(const void *va, const void *vb)
{
	const int64_t *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

static uint64_t seed;

/* splitmix64 */
static double
next_random(void)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

static unsigned
runs_asked(unsigned usual)
{
	const char *env = getenv("TRYST_RUNS");

	return env ? (unsigned)strtoul(env, NULL, 10) : usual;
}

/* How many of `runs` days with n acts at an even rate, each cut into `pieces` flows, show a change.
 */
static unsigned
false_changes(unsigned n, unsigned pieces, bool visits, unsigned runs)
{
	const double day = 86400000;
	static int64_t starts[2000];
	static double times[2000], edges[2000], best[3 * 2000];
	static size_t last[2000];
	unsigned changed = 0;

	for (unsigned r = 0; r < runs; r++) {
		size_t count = n;

		for (unsigned i = 0; i < n; i++) {
			starts[i] = (int64_t)(next_random() * day);
			if (i % pieces)
				starts[i] = starts[i - 1] + 1 + (int64_t)(next_random() * 3000);
		}
		if (visits)
			count = tryst_visits_find(starts, n);
		else
			qsort(starts, n, sizeof(*starts), ms_compare);
		for (size_t i = 0; i < count; i++)
			times[i] = (double)starts[i] + (visits ? 0 : 1e-3 * (double)i);
		changed += tryst_bayesian_blocks(times, count, 0, day + 4000, .01, edges, best,
		                                 last) > 0;
	}
	return changed;
}

/* An even rate has no changes, once flows of one act are one visit. */
static void
test_false_changes(void **state)
{
	unsigned runs = runs_asked(100);

	(void)state;
	seed = 1001;
	for (unsigned n = 50; n <= 800; n *= 4) {
		unsigned single = false_changes(n, 1, true, runs);
		unsigned visits = false_changes(n, 2, true, runs);
		unsigned flows = false_changes(n, 2, false, runs);

		print_message("%u flows of an even rate, a change in: single %.4f; pairs as visits "
		              "%.4f, as flows %.4f\n",
		              n, single / (double)runs, visits / (double)runs,
		              flows / (double)runs);
		assert_true(single <= .05 * runs && visits <= .05 * runs);
	}
}

/* A meeting at any time is as near to one of the events as its p-value says. */
static void
test_events_are_even(void **state)
{
	static char one[] = "one", two[] = "two";
	static struct tryst_event events[] = {
		{ one, 5 * HOUR, 5 * HOUR },
		{ two, 15 * HOUR, 17 * HOUR },
	};
	struct fixture_setup setup = {
		.list = LIST, .events = events, .event_count = 2, .to_ms = 24 * HOUR
	};
	unsigned runs = runs_asked(60), below[3] = { 0 };
	static const double levels[] = { .5, .1, .01 };

	(void)state;
	seed = 1002;
	for (unsigned r = 0; r < runs; r++) {
		struct fixture_flow flows[2];
		struct fixture f;
		double best = 0;
		size_t n = train(flows, 0, 2, (int64_t)(next_random() * 24 * HOUR), 1);

		fixture_hunt(&f, &setup, flows, n);
		/* Of the two events the nearer. */
		for (uint32_t i = 0; i < f.c->meetings[0].event_count; i += 2)
			best = TRYST_MIN(best, f.c->meetings[0].events[i].log10_p);
		for (unsigned k = 0; k < 3; k++)
			below[k] += best <= log10(levels[k]);
		fixture_close(&f);
	}
	print_message("meetings at any time: p <= 0.5 %.3f, 0.1 %.4f, 0.01 %.4f of %u\n",
	              below[0] / (double)runs, below[1] / (double)runs, below[2] / (double)runs,
	              runs);
	assert_true(below[1] <= .1 * runs + 3 * sqrt(.1 * runs));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_pelt),
		cmocka_unit_test(test_even_or_few),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_null_route_window),
		cmocka_unit_test(test_false_changes),
		cmocka_unit_test(test_events_are_even),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
