/* SPDX-License-Identifier: Apache-2.0 */
/* Counts of different things, and RITA's score on sequences whose score is known. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/base.h"
#include "stats/distinct.h"
#include "stats/rita.h"

static uint64_t
hash(uint64_t z)
{
	z = (z + 1) * 0x9e3779b97f4a7c15ULL;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static void
test_count(void **state)
{
	static const uint64_t counts[] = { 0, 1, 10, 100, 1000, 10000, 100000, 1000000 };

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(counts); i++) {
		struct tryst_distinct a = { 0 }, b = { 0 };
		double n = (double)counts[i];

		/* Twice each, and the halves overlap. */
		for (uint64_t k = 0; k < counts[i]; k++) {
			tryst_distinct_add(k % 2 ? &a : &b, hash(k));
			tryst_distinct_add(&a, hash(k));
		}
		tryst_distinct_merge(&b, &a);
		assert_true(fabs(tryst_distinct_count(&b) - n) <= .05 * n + .5);
	}
}

/* Every 60 s for a day, the same size: all subscores are 1. */
static void
test_rita_perfect(void **state)
{
	int64_t starts[1440];
	double bytes[1440], work[1440];
	struct tryst_rita r;

	(void)state;
	for (int i = 0; i < 1440; i++) {
		starts[i] = 60 * i;
		bytes[i] = 300;
	}
	r = tryst_rita_score(starts, bytes, 1440, 0, 86400, work);
	assert_true(r.scored);
	assert_true(r.times == 1 && r.sizes == 1 && r.histogram == 1 && r.duration == 1);
	assert_true(r.score == 1);
	assert_false(tryst_rita_score(starts, bytes, 3, 0, 86400, work).scored);
}

/* Gaps 10, 20, 70, 80: Q1 17.5, Q2 45, Q3 72.5, so no skew; median deviation 30 of 45. */
static void
test_rita_formula(void **state)
{
	const int64_t starts[] = { 0, 10, 30, 30, 100, 180 };
	const double bytes[] = { 100, 100, 100, 100, 100, 700 };
	double work[6];
	struct tryst_rita r = tryst_rita_score(starts, bytes, 6, 0, 240, work);

	(void)state;
	assert_true(r.scored);
	assert_true(fabs(r.times - (1 + (45. - 30) / 45) / 2) < 1e-12);
	assert_true(r.sizes == 1);
	/* Bars 0, 1, 3 (two), 10, 18 of 24: too few for a duration or for levels. */
	assert_true(r.duration == 0);
	assert_true(r.histogram == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_count),
		cmocka_unit_test(test_rita_perfect),
		cmocka_unit_test(test_rita_formula),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
