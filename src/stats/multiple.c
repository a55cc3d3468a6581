/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/multiple.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

static int
by_log_p(const void *va, const void *vb, void *ctx)
{
	const double *log_p = ctx;
	size_t a = *(const size_t *)va, b = *(const size_t *)vb;

	if (log_p[a] != log_p[b])
		return log_p[a] < log_p[b] ? -1 : 1;
	return (a > b) - (a < b);
}

void
tryst_fdr_bh(const double *log_p, size_t n, uint64_t m, double *log_q, size_t *order)
{
	double least = 0;
	union {
		const double *in;
		void *out;
	} ctx = { .in = log_p };

	assert(m >= n);
	for (size_t i = 0; i < n; i++)
		order[i] = i;
	qsort_r(order, n, sizeof(*order), by_log_p, ctx.out);
	for (size_t rank = n; rank-- > 0;) {
		double q = log_p[order[rank]] + log((double)m) - log((double)rank + 1);

		least = fmin(least, q);
		log_q[order[rank]] = least;
	}
}

double
tryst_fdr_by_log_factor(uint64_t m)
{
	const double euler = 0.57721566490153286;
	double sum = 0;

	assert(m > 0);
	/* The asymptotic series is exact to a double from here on. */
	if (m > 1000) {
		double x = (double)m;

		return log(log(x) + euler + 1 / (2 * x) - 1 / (12 * x * x));
	}
	for (uint64_t i = m; i > 0; i--)
		sum += 1 / (double)i;
	return log(sum);
}

double
tryst_cauchy_combine(const double *log_p, size_t n)
{
	double sum = 0, t;

	assert(n > 0);
	for (size_t i = 0; i < n; i++) {
		double p = exp(log_p[i]);

		/* tan((1/2 - p) pi) = 1/tan(p pi), which is 1/(p pi) where p has no digits to lose.
		 */
		if (log_p[i] < -30)
			sum += exp(fmin(-log_p[i], 690)) / M_PI;
		else
			sum += 1 / tan(M_PI * fmin(p, 1 - 1e-15));
	}
	t = sum / (double)n;
	if (t > 1e10)
		return -log(t * M_PI);
	return log(.5 - atan(t) / M_PI);
}
