/* SPDX-License-Identifier: Apache-2.0 */
/* Multiples of one period: how often it errs, and what it finds. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/base.h"
#include "stats/comb.h"

static double
uniform(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ULL);

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	z ^= z >> 31;
	return ((double)(z >> 11) + .5) / 9007199254740992.;
}

static int
order(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Gaps of a Poisson process, and of a bursty one: fewer errors than were asked for. */
static void
test_null(void **state)
{
	static const size_t counts[] = { 6, 20, 100 };
	uint64_t random = 1;

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(counts); i++) {
		for (unsigned bursty = 0; bursty < 2; bursty++) {
			unsigned wrong = 0;

			for (unsigned run = 0; run < 3000; run++) {
				double gaps[100];

				for (size_t k = 0; k < counts[i]; k++) {
					bool near = bursty && uniform(&random) < .5;

					gaps[k] = -(near ? 30 : 600) * log(uniform(&random));
				}
				qsort(gaps, counts[i], sizeof(*gaps), order);
				wrong += tryst_comb_test(gaps, counts[i], 20).log_p < log(.01);
			}
			assert_true(wrong <= 15);
		}
	}
}

/* Every half an hour, 60 % of the calls left out: found, and by its period. */
static void
test_power(void **state)
{
	uint64_t random = 2;
	unsigned found = 0;

	(void)state;
	for (unsigned run = 0; run < 200; run++) {
		struct tryst_comb c;
		double gaps[20];

		for (size_t k = 0; k < 20; k++) {
			gaps[k] = 0;
			do
				gaps[k] += 1800 * (1 + .05 * (2 * uniform(&random) - 1));
			while (uniform(&random) < .6);
		}
		qsort(gaps, 20, sizeof(*gaps), order);
		c = tryst_comb_test(gaps, 20, 20);
		found += c.log_p < log(.001) && fabs(c.period - 1800) < 60;
	}
	assert_true(found > 180);
}

static void
test_ends(void **state)
{
	const double few[] = { 60, 60, 60, 60 }, clock[] = { 60, 60, 60, 60, 60, 120, 180, 600 };
	const double fast[] = { 1, 2, 3, 4, 5, 6 };
	struct tryst_comb c = tryst_comb_test(few, 4, 20);

	(void)state;
	assert_true(c.period == 0 && c.log_p == 0);
	c = tryst_comb_test(clock, TRYST_ARRAY_SIZE(clock), 20);
	assert_true(fabs(c.period - 60) < .5 && c.share > .9);
	/* Whole seconds are the clock's that wrote them. */
	assert_true(tryst_comb_test(fast, TRYST_ARRAY_SIZE(fast), 20).period == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_power),
		cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
