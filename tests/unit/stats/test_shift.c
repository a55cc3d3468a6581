/* SPDX-License-Identifier: Apache-2.0 */
/* The circular shift test: what a hit is, its rate of false alarms, and its power. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/base.h"
#include "stats/shift.h"

static uint64_t seed;

static double
next_random(void)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return (double)((z ^ z >> 31) >> 11) / 9007199254740992.0;
}

static void
test_hits(void **state)
{
	static const double times[] = { .1, .15, .5, .99 };
	static const struct tryst_shift_window windows[] = { { .1, .2 }, { .3, .5 }, { .9, 1 } };

	(void)state;
	assert_int_equal(tryst_shift_test(times, 4, windows, 3, false, 0, 1).hits, 3);
	assert_int_equal(tryst_shift_test(times, 4, windows, 3, true, 0, 1).hits, 2);
	assert_int_equal(tryst_shift_test(times, 0, windows, 3, true, 0, 1).hits, 0);
	/* Nothing is as good as nothing. */
	assert_true(tryst_shift_test(times, 0, windows, 3, true, 0, 99).p == 1);
	/* Shifted by 0.618 once: .718, .768, .118, .608: one in the first window. */
	assert_true(tryst_shift_test(times, 4, windows, 3, false, 0, 1).p == .5);
}

/* All windows hit, which no shift does: p is what the guard leaves. */
static void
test_floor(void **state)
{
	double times[20];
	struct tryst_shift_window windows[20];
	struct tryst_shift got;

	(void)state;
	seed = 7;
	for (unsigned i = 0; i < 20; i++) {
		times[i] = (i + .9 * next_random()) / 20;
		windows[i] = (struct tryst_shift_window){ times[i], times[i] + 1e-4 };
	}
	got = tryst_shift_test(times, 20, windows, 20, true, .01, 999);
	assert_int_equal(got.hits, 20);
	assert_true(fabs(got.p - .02) < .002);
	got = tryst_shift_test(times, 20, windows, 20, true, .0001, 999);
	assert_true(got.p < .002);
}

static int
time_compare(const void *va, const void *vb)
{
	const double *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

#define DAY_MIN 1440.
#define EPISODES 12

/* How a host comes. */
enum habit {
	EVEN,     /* at any time */
	BURSTS,   /* three at a time */
	PERIODIC, /* every so often, with a jitter of a minute */
	HABITS,
};

/*
 * One day: twelve episodes of the listed, at even times or every two hours, and a host of n visits,
 * of which `leads` are before an episode.
 */
static struct tryst_shift
one_day(enum habit habit, bool regular, unsigned n, unsigned leads)
{
	double times[2000], phase = next_random();
	struct tryst_shift_window windows[EPISODES];

	for (unsigned e = 0; e < EPISODES; e++) {
		double within = regular ? .25 + next_random() / 120 : .1 + .8 * next_random();
		double at = (e + within) / EPISODES;

		windows[e] = (struct tryst_shift_window){ at - 10 / DAY_MIN, at };
	}
	for (unsigned i = 0; i < n; i++) {
		if (i < leads)
			times[i] = windows[i].to - (1 + 8 * next_random()) / DAY_MIN;
		else if (habit == PERIODIC)
			times[i] = (i + phase) / n + next_random() / DAY_MIN;
		else if (habit == BURSTS && i % 3 && i > leads)
			times[i] = times[i - 1] + 2 * next_random() / DAY_MIN;
		else
			times[i] = next_random();
		times[i] -= floor(times[i]);
	}
	qsort(times, n, sizeof(*times), time_compare);
	return tryst_shift_test(times, n, windows, EPISODES, true, 20 / DAY_MIN, 999);
}

static unsigned
runs_asked(void)
{
	const char *env = getenv("TRYST_RUNS");

	return env ? 50 * (unsigned)strtoul(env, NULL, 10) : 200;
}

static void
test_calibration(void **state)
{
	static const char *const names[] = { "even", "in bursts", "periodic" };
	static const unsigned visits[] = { 12, 48, 500 };
	unsigned runs = runs_asked();

	(void)state;
	for (unsigned k = 0; k < HABITS * TRYST_ARRAY_SIZE(visits) * 2; k++) {
		enum habit habit = k % HABITS;
		unsigned n = visits[k / HABITS % TRYST_ARRAY_SIZE(visits)];
		bool regular = k >= HABITS * TRYST_ARRAY_SIZE(visits);
		unsigned p05 = 0, tail05 = 0, tail01 = 0, tail001 = 0;

		seed = 1000 + k;
		for (unsigned r = 0; r < runs; r++) {
			struct tryst_shift s = one_day(habit, regular, n, 0);
			double tail = tryst_shift_tail(s, EPISODES);

			p05 += s.p <= .05;
			tail05 += tail <= .05;
			tail01 += tail <= .01;
			tail001 += tail <= .001;
		}
		print_message("%u visits %s, %s: p <= 0.05 %.4f; tail <= 0.05 %.4f, 0.01 %.4f, "
		              "0.001 %.5f\n",
		              n, names[habit], regular ? "regular" : "any time", p05 / (double)runs,
		              tail05 / (double)runs, tail01 / (double)runs, tail001 / (double)runs);
		assert_true(p05 <= .05 * runs + 3 * sqrt(.05 * runs));
		assert_true(tail05 <= .05 * runs + 3 * sqrt(.05 * runs));
		assert_true(tail01 <= .01 * runs + 3 * sqrt(.01 * runs));
	}
}

static void
test_power(void **state)
{
	static const unsigned visits[] = { 12, 48, 100, 200, 500 };
	unsigned runs = runs_asked() / 4;

	(void)state;
	for (size_t k = 0; k < TRYST_ARRAY_SIZE(visits); k++) {
		unsigned p05 = 0, tail001 = 0;

		seed = 2000 + k;
		for (unsigned r = 0; r < runs; r++) {
			struct tryst_shift s = one_day(BURSTS, false, visits[k], 10);

			p05 += s.p <= .05;
			tail001 += tryst_shift_tail(s, EPISODES) <= .001;
		}
		print_message("%u visits a day, before 10 of 12 episodes: p <= 0.05 %.3f, "
		              "tail <= 0.001 %.3f\n",
		              visits[k], p05 / (double)runs, tail001 / (double)runs);
		if (visits[k] <= 50)
			assert_true(p05 >= .95 * runs && tail001 >= .95 * runs);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hits),
		cmocka_unit_test(test_floor),
		cmocka_unit_test(test_calibration),
		cmocka_unit_test(test_power),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
