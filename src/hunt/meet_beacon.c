/* SPDX-License-Identifier: Apache-2.0 */
#include "hunt/meet_beacon.h"

#include <math.h>
#include <stdlib.h>

#include "stats/comb.h"
#include "stats/rita.h"

#define GAPS_MIN 5
#define REPORT_GAPS 10   /* times the median: the host was off */
#define REPORT_SHARE .15 /* of gaps that are that long: no beacon at this scale */
#define GAP_MIN_MS 1

static const int64_t scales_ms[] = { 200, 1000, 5000, 12000, 30000 };
static const int64_t comb_scales_ms[] = { 1000, 12000 };

#define TESTS (TRYST_ARRAY_SIZE(scales_ms) + TRYST_ARRAY_SIZE(comb_scales_ms))
#define COMB_GAPS_MAX 2048
#define COMB_PERIOD_MIN_MS 20000. /* shorter ones are the clock's that stamped the records */
#define DECISIVE -12.             /* log10 p: less would tell nothing new */
#define DISTANCE_SCALE_MS 30000   /* what comes within it is one call, however it is made */
#define DISTANCE_GAPS_MIN 3

void
tryst_meet_times_fini(struct tryst_meet_times *t)
{
	free(t->gaps);
	free(t->sorted);
	free(t->seconds);
	*t = (struct tryst_meet_times){ 0 };
}

static int
times_grow(struct tryst_meet_times *t, size_t n, struct tryst_error *err)
{
	if (n <= t->cap)
		return 0;
	tryst_meet_times_fini(t);
	t->gaps = malloc(n * sizeof(*t->gaps));
	t->sorted = malloc(n * sizeof(*t->sorted));
	t->seconds = malloc(n * sizeof(*t->seconds));
	if (!t->gaps || !t->sorted || !t->seconds) {
		tryst_meet_times_fini(t);
		return tryst_error_nomem(err);
	}
	t->cap = n;
	return 0;
}

/*
 * The gaps from the end of one dead time to the next start: a start ends what is coalesced, and
 * nothing for `scale` after it counts.  Of a Poisson process they are exponential whatever the
 * scale is.
 */
static size_t
gaps_make(const struct tryst_meet_member *m, int64_t scale_ms, double *gaps)
{
	int64_t last_ms = m->visits[0].start_ms;
	size_t n = 0;

	for (uint32_t i = 1; i < m->visit_count; i++) {
		int64_t gap_ms = m->visits[i].start_ms - last_ms - scale_ms;

		if (gap_ms < 0)
			continue;
		gaps[n++] = (double)TRYST_MAX(gap_ms, GAP_MIN_MS);
		last_ms = m->visits[i].start_ms;
	}
	return n;
}

/* The k-th smallest of n values, which are rearranged (Hoare's FIND, CACM 4, 1961, as by Wirth). */
static double
select_kth(double *v, ptrdiff_t n, ptrdiff_t k)
{
	ptrdiff_t low = 0, high = n - 1;

	while (low < high) {
		double pivot = v[k];
		ptrdiff_t i = low, j = high;

		do {
			while (v[i] < pivot)
				i++;
			while (pivot < v[j])
				j--;
			if (i <= j) {
				double swap = v[i];

				v[i++] = v[j];
				v[j--] = swap;
			}
		} while (i <= j);
		if (j < k)
			low = i;
		if (k < i)
			high = j;
	}
	return v[k];
}

/*
 * The gaps of t->gaps[0..n) but for those while the host was off, and the least of them; n is 0
 * where they are too many.
 */
static struct tryst_gaps
gaps_sum(struct tryst_meet_times *t, size_t n, double *median, double *least)
{
	struct tryst_gaps g = { 0 };

	for (size_t i = 0; i < n; i++)
		t->sorted[i] = t->gaps[i];
	*median = select_kth(t->sorted, (ptrdiff_t)n, (ptrdiff_t)n / 2);
	*least = INFINITY;
	for (size_t i = 0; i < n; i++) {
		if (t->gaps[i] > REPORT_GAPS * *median)
			continue;
		g.n++;
		g.sum += t->gaps[i];
		g.sum_log += log(t->gaps[i]);
		if (t->gaps[i] < *least)
			*least = t->gaps[i];
	}
	if ((double)(n - g.n) > REPORT_SHARE * (double)n)
		g.n = 0;
	return g;
}

static void
scale_test(const struct tryst_meet_member *m, int64_t scale_ms, struct tryst_meet_times *t,
           struct tryst_meet_beacon *out)
{
	struct tryst_gaps g;
	struct tryst_renewal r;
	size_t n = gaps_make(m, scale_ms, t->gaps);
	double median, least, log10_p;

	if (n < GAPS_MIN)
		return;
	g = gaps_sum(t, n, &median, &least);
	if (g.n < GAPS_MIN)
		return;
	r = tryst_renewal_test(g);
	out->strength = fmax(out->strength, -r.log_p / M_LN10 + .01 * log10(r.kappa));
	log10_p = fmin(0, r.log_p / M_LN10 + log10(TESTS));
	if (out->tested && log10_p >= out->log10_p)
		return;
	out->tested = true;
	out->log10_p = log10_p;
	out->kappa = r.kappa;
	out->period_ms = (int64_t)median + scale_ms;
	out->scale_ms = scale_ms;
	out->gaps = (uint32_t)g.n;
}

static int
gap_order(const void *va, const void *vb)
{
	const double *a = va, *b = vb;

	return (*a > *b) - (*a < *b);
}

/* Times from start to start that are whole multiples of one. */
static void
comb_test(const struct tryst_meet_member *m, int64_t scale_ms, struct tryst_meet_times *t,
          size_t *before, struct tryst_meet_beacon *out)
{
	size_t n = gaps_make(m, scale_ms, t->gaps);
	struct tryst_comb c;
	double log10_p;

	/* As many as at the scale before: they are the same. */
	if (n < GAPS_MIN || n == *before)
		return;
	*before = n;
	n = TRYST_MIN(n, (size_t)COMB_GAPS_MAX);
	for (size_t i = 0; i < n; i++)
		t->sorted[i] = t->gaps[i] + (double)scale_ms;
	qsort(t->sorted, n, sizeof(*t->sorted), gap_order);
	c = tryst_comb_test(t->sorted, n, COMB_PERIOD_MIN_MS);
	out->strength = fmax(out->strength, -c.log_p / M_LN10);
	log10_p = fmin(0, c.log_p / M_LN10 + log10(TESTS));
	if (log10_p >= out->log10_p)
		return;
	out->tested = true;
	out->skips = true;
	out->log10_p = log10_p;
	out->period_ms = (int64_t)c.period;
	out->scale_ms = scale_ms;
	out->gaps = (uint32_t)n;
}

int
tryst_meet_beacon_test(const struct tryst_meet_member *m, struct tryst_meet_times *t,
                       struct tryst_meet_beacon *out, struct tryst_error *err)
{
	size_t gaps = 0;
	int rc;

	*out = (struct tryst_meet_beacon){ .kappa = 1, .strength = -1 };
	if (m->visit_count < TRYST_MEET_VISITS_MIN)
		return 0;
	rc = times_grow(t, m->visit_count, err);
	for (size_t i = 0; rc >= 0 && i < TRYST_ARRAY_SIZE(scales_ms); i++)
		scale_test(m, scales_ms[i], t, out);
	for (size_t i = 0; rc >= 0 && i < TRYST_ARRAY_SIZE(comb_scales_ms); i++) {
		if (out->log10_p > DECISIVE)
			comb_test(m, comb_scales_ms[i], t, &gaps, out);
	}
	return rc;
}

int
tryst_meet_beacon_rank(const struct tryst_meet_member *m, const struct tryst_meet_beacon *b,
                       struct tryst_meet_times *t, double *rank, struct tryst_error *err)
{
	struct tryst_gaps g = { 0 };
	double median, least = 0;
	size_t n;
	int rc = times_grow(t, m->visit_count, err);

	if (rc < 0)
		return rc;
	n = m->visit_count ? gaps_make(m, DISTANCE_SCALE_MS, t->gaps) : 0;
	if (n >= DISTANCE_GAPS_MIN)
		g = gaps_sum(t, n, &median, &least);
	*rank = b->strength;
	if (g.n >= DISTANCE_GAPS_MIN)
		*rank -= fmax(tryst_least_gap_log_p(g.n, g.sum, least) / M_LN10, DECISIVE);
	return 0;
}

int
tryst_meet_beacon_rita(const struct tryst_meet_member *m, int64_t from_ms, int64_t to_ms,
                       struct tryst_meet_times *t, struct tryst_meet_beacon *out,
                       struct tryst_error *err)
{
	struct tryst_rita r;
	int rc = times_grow(t, m->visit_count, err);

	if (rc < 0 || !m->visit_count)
		return rc;
	for (uint32_t i = 0; i < m->visit_count; i++) {
		t->seconds[i] = m->visits[i].start_ms / 1000;
		t->gaps[i] = m->visits[i].bytes_out;
	}
	r = tryst_rita_score(t->seconds, t->gaps, m->visit_count, from_ms / 1000,
	                     (to_ms + 999) / 1000, t->sorted);
	out->rita_scored = r.scored;
	out->rita = r.score;
	return 0;
}
