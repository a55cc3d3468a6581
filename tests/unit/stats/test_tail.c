/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tails and special functions against reference values of scipy 1.10.1 (stats.*.logsf, logpmf,
 * special.betainc and gammaincc, fisher_exact), of exact rational arithmetic (Poisson-binomial),
 * and, for the scan statistic, against a seeded simulation.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/base.h"
#include "stats/multiple.h"
#include "stats/special.h"
#include "stats/tail.h"

static void
close_to(const char *what, double got, double want, double relative)
{
	double scale = fmax(fabs(want), 1e-12);

	if (!(fabs(got - want) <= relative * scale))
		fail_msg("%s: %.17g, expected %.17g", what, got, want);
}

static void
special_functions(void **state)
{
	(void)state;
	close_to("chi2 1 3.84", tryst_chi2_upper(1, 3.84), -2.9948622271800254, 1e-12);
	close_to("chi2 1 40", tryst_chi2_upper(1, 40), -22.093833084219643, 1e-12);
	close_to("chi2 2 10", tryst_chi2_upper(2, 10), -5, 1e-12);
	close_to("chi2 10 5", tryst_chi2_upper(10, 5), -0.11521107470692993, 1e-12);
	close_to("chi2 100 300", tryst_chi2_upper(100, 300), -48.65375813023639, 1e-12);
	close_to("gammaincc .5 .1", tryst_log_gamma_upper(.5, .1), -0.42354632347596605, 1e-12);
	close_to("gammaincc 5 50", tryst_log_gamma_upper(5, 50), -37.44838565575167, 1e-12);
	close_to("gammaincc 300 200", tryst_log_gamma_upper(300, 200), -2.7114643863880412e-11,
	         1e-5);
	close_to("normal -3", tryst_log_normal_upper(-3), -0.001350809964748193, 1e-11);
	close_to("normal 10", tryst_log_normal_upper(10), -53.23128515051248, 1e-12);
	close_to("normal 30", tryst_log_normal_upper(30), -454.32124395634327, 1e-10);
	close_to("normal 45", tryst_log_normal_upper(45), -1017.2260942419525, 1e-10);
	close_to("betainc .5 .5 .3", tryst_log_beta_inc(.5, .5, .3), log(0.3690101195655454),
	         1e-12);
	close_to("betainc 200 3 .2", tryst_log_beta_inc(200, 3, .2), log(2.09303680264738e-136),
	         1e-12);
	assert_true(tryst_log_beta_inc(2, 30, .9) <= 0);
}

static void
binomial(void **state)
{
	static const struct {
		uint64_t n;
		double p;
		uint64_t x;
		double upper, point;
	} cases[] = {
		{ 20, .01, 10, -34.01620371089643, -34.025413903813465 },
		{ 20, .05, 10, -18.29486621958181, -18.34346436481296 },
		{ 20, .302, 10, -2.994756221452692, -3.441853063667866 },
		{ 1000, .5, 400, -9.008416235595756e-11, -23.795035434398812 },
		{ 100000, 1e-4, 50, -43.13922814770956, -43.35626410735765 },
		{ 20, .3, 20, -24.07945608651872, -24.07945608651872 },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		close_to("upper", tryst_binomial_upper(cases[i].n, cases[i].p, cases[i].x),
		         cases[i].upper, 1e-6);
		close_to("point", tryst_binomial_point(cases[i].n, cases[i].p, cases[i].x),
		         cases[i].point, 1e-10);
	}
	assert_true(tryst_binomial_upper(20, .5, 0) == 0);
	assert_true(tryst_binomial_upper(20, .5, 21) == -INFINITY);
	assert_true(tryst_binomial_point(5, 0, 0) == 0);
}

static void
poisson(void **state)
{
	static const struct {
		double mean;
		uint64_t x;
		double upper;
	} cases[] = {
		{ .5, 1, -0.9327521295671887 },   { .5, 20, -56.674489444928724 },
		{ 10, 5, -0.029689079446520935 }, { 10, 40, -27.940044460002564 },
		{ 1e-3, 3, -22.515775287423423 }, { 1000, 1100, -6.945841014365211 },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++)
		close_to("poisson", tryst_poisson_upper(cases[i].mean, cases[i].x), cases[i].upper,
		         1e-10);
	assert_true(tryst_poisson_upper(3, 0) == 0);
	assert_true(tryst_poisson_upper(0, 1) == -INFINITY);
}

static void
tables(void **state)
{
	(void)state;
	close_to("hyper", tryst_hypergeometric_upper(1000, 50, 20, 5), -6.101018714047701, 1e-9);
	close_to("hyper", tryst_hypergeometric_upper(65536, 20, 300, 3), -9.188697865026338, 1e-8);
	close_to("hyper", tryst_hypergeometric_upper(100, 60, 50, 25), -0.012163854437387692, 1e-8);
	assert_true(tryst_hypergeometric_upper(100, 60, 50, 10) == 0);
	close_to("fisher", tryst_fisher_exact(8, 2, 1, 5), -3.3534067178258065, 1e-10);
	close_to("fisher", tryst_fisher_exact(0, 5, 7, 0), -6.674561391814426, 1e-10);
	close_to("fisher", tryst_fisher_exact(30, 5, 10, 40), -20.014150042846847, 1e-9);
	assert_true(fabs(tryst_fisher_exact(10, 10, 10, 10)) < 1e-12);
}

/* Equal chances are a binomial, on both sides of where doubles hold no probability. */
static void
poisson_binomial_small(void **state)
{
	static const size_t met[] = { 1, 4, 100, 170, 176, 180, 200, 300, 400 };
	double p[400], work[402];

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(p); i++)
		p[i] = 0.01;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(met); i++)
		close_to("small", tryst_poisson_binomial_upper(p, 400, met[i], work),
		         tryst_binomial_upper(400, 0.01, met[i]), 1e-9);
}

static void
poisson_binomial(void **state)
{
	double p[20], equal[20], work[22];

	(void)state;
	for (int i = 0; i < 20; i++) {
		p[i] = (i + 1) / 1000.;
		equal[i] = .302;
	}
	close_to("1", tryst_poisson_binomial_upper(p, 20, 1, work), -1.657629942254644, 1e-12);
	close_to("3", tryst_poisson_binomial_upper(p, 20, 3, work), -6.80654505046877, 1e-12);
	close_to("10", tryst_poisson_binomial_upper(p, 20, 10, work), -34.348560192387836, 1e-12);
	close_to("20", tryst_poisson_binomial_upper(p, 20, 20, work), -95.81948911888925, 1e-12);
	close_to("equal", tryst_poisson_binomial_upper(equal, 20, 10, work), -2.994756221452692,
	         1e-12);
	assert_true(tryst_poisson_binomial_upper(p, 20, 0, work) == 0);
	assert_true(tryst_poisson_binomial_upper(p, 20, 21, work) == -INFINITY);
	p[0] = 0;
	p[1] = 1;
	assert_true(tryst_poisson_binomial_upper(p, 2, 1, work) == 0);
	assert_true(tryst_poisson_binomial_upper(p, 2, 2, work) == -INFINITY);
}

/* "10 of 20 needs p >= 0.302 (alpha .05), 0.078 (Bonferroni over 65,536)". */
/* Against the exact recursion, which also serves up to n = 2000. */
static void
saddlepoint(void **state)
{
	static const size_t sizes[] = { 500, 3000 };
	static double p[3000], work[3002];

	(void)state;
	for (size_t k = 0; k < TRYST_ARRAY_SIZE(sizes); k++) {
		size_t n = sizes[k];
		double mean = 0;

		for (size_t i = 0; i < n; i++) {
			p[i] = 0.2 / (1 + (double)(i % 97));
			mean += p[i];
		}
		for (size_t x = 3; x < n; x += 1 + x / 7) {
			double exact = tryst_poisson_binomial_upper(p, n, x, work);
			double quick = tryst_poisson_binomial_saddle(p, n, x);

			if ((double)x > mean && fabs(quick - exact) > 0.01)
				fail_msg("n %zu x %zu: %.6g, exact %.6g", n, x, quick, exact);
			if (fabs(exp(quick) - exp(exact)) > 0.01)
				fail_msg("n %zu x %zu: %.6g, exact %.6g", n, x, quick, exact);
		}
		close_to("all", tryst_poisson_binomial_saddle(p, n, n),
		         tryst_poisson_binomial_upper(p, n, n, work), 1e-9);
		assert_true(tryst_poisson_binomial_saddle(p, n, 0) == 0);
		assert_true(tryst_poisson_binomial_saddle(p, n, n + 1) == -INFINITY);
		assert_true(tryst_poisson_binomial_tail(p, n, 9, work) ==
		            (n > 2000 ? tryst_poisson_binomial_saddle(p, n, 9)
		                      : tryst_poisson_binomial_upper(p, n, 9, work)));
	}
}

static void
unsurprising(void **state)
{
	double p = tryst_unsurprising_probability(20, 10, log(.05));

	(void)state;
	assert_true(p > .3015 && p < .3025);
	close_to("at p*", tryst_binomial_upper(20, p, 10), log(.05), 1e-9);
	p = tryst_unsurprising_probability(20, 10, log(.05 / 65536));
	assert_true(p > .0775 && p < .0785);
}

static double
uniform(uint64_t *x)
{
	*x ^= *x << 13;
	*x ^= *x >> 7;
	*x ^= *x << 17;
	return (double)(*x >> 11) * 0x1p-53;
}

static int
compare(const void *va, const void *vb)
{
	double a = *(const double *)va, b = *(const double *)vb;

	return (a > b) - (a < b);
}

/* Whether k of n even random points stand in some window w. */
static bool
clustered(uint64_t *x, unsigned n, unsigned k, double w)
{
	double at[64];

	for (unsigned i = 0; i < n; i++)
		at[i] = uniform(x);
	qsort(at, n, sizeof(*at), compare);
	for (unsigned i = 0; i + k <= n; i++) {
		if (at[i + k - 1] - at[i] <= w)
			return true;
	}
	return false;
}

static void
scan(void **state)
{
	static const struct {
		unsigned n, k;
		double w;
	} cases[] = { { 10, 5, .05 }, { 20, 5, .02 }, { 20, 8, .1 }, { 50, 7, .02 } };
	uint64_t x = 20030822;

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		const int runs = 40000;
		double p = exp(tryst_scan_upper(cases[i].n, cases[i].k, cases[i].w)), seen, error;
		int hits = 0;

		for (int r = 0; r < runs; r++)
			hits += clustered(&x, cases[i].n, cases[i].k, cases[i].w);
		seen = (double)hits / runs;
		error = 4 * sqrt(seen * (1 - seen) / runs);
		if (fabs(p - seen) > error + .06 * seen)
			fail_msg("%u of %u in %g: %g, simulated %g +- %g", cases[i].k, cases[i].n,
			         cases[i].w, p, seen, error);
	}
	assert_true(tryst_scan_upper(3, 4, .1) == -INFINITY);
	assert_true(tryst_scan_upper(1000, 2, .5) == 0);
}

static void
many_tests(void **state)
{
	const double p[] = { .01, .04, .03, .005, .5 };
	/* statsmodels' and R's p.adjust(method = "BH") of the same. */
	const double want[] = { .025, .05, .05, .025, .5 };
	double log_p[5], log_q[5];
	size_t order[5];

	(void)state;
	for (int i = 0; i < 5; i++)
		log_p[i] = log(p[i]);
	tryst_fdr_bh(log_p, 5, 5, log_q, order);
	for (int i = 0; i < 5; i++)
		close_to("bh", exp(log_q[i]), want[i], 1e-12);
	tryst_fdr_bh(log_p, 5, 50, log_q, order);
	close_to("bh of 50", exp(log_q[3]), .25, 1e-12);
	assert_true(log_q[4] == 0);
	close_to("by 50", tryst_fdr_by_log_factor(50), 1.503900789699812, 1e-14);
	close_to("by 65536", tryst_fdr_by_log_factor(65536), 2.4568138997609537, 1e-14);
	for (int i = 0; i < 3; i++)
		log_p[i] = log((const double[]){ .01, .2, .9 }[i]);
	close_to("cauchy", tryst_cauchy_combine(log_p, 3), -3.454573782426479, 1e-12);
	log_p[0] = log(1e-6);
	log_p[1] = log(.3);
	close_to("cauchy", tryst_cauchy_combine(log_p, 2), -13.12236565991345, 1e-9);
	log_p[0] = -500;
	close_to("cauchy far out", tryst_cauchy_combine(log_p, 1), -500, 1e-12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(special_functions),
		cmocka_unit_test(binomial),
		cmocka_unit_test(poisson),
		cmocka_unit_test(tables),
		cmocka_unit_test(poisson_binomial),
		cmocka_unit_test(poisson_binomial_small),
		cmocka_unit_test(saddlepoint),
		cmocka_unit_test(unsurprising),
		cmocka_unit_test(scan),
		cmocka_unit_test(many_tests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
