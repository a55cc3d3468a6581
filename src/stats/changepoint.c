/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/changepoint.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#define LOG_STEPS 64
#define CHECK_EVERY 16 /* events */

/* Where the cell of event i ends: half way to the next one. */
static double
cell_end(const double *times, size_t n, double end, size_t i)
{
	return i + 1 == n ? end : (times[i] + times[i + 1]) / 2;
}

/*
 * ln x from below: the chord between two of the steps that a table cuts [1, 2] into, and by no more
 * than 1/8 of the square of a step.  The table is lower than it should be by more than anything
 * here is rounded.  What has no such bound (0, denormal, negative) has none: -infinity.
 */
static void
log_below_init(double table[LOG_STEPS + 1])
{
	for (unsigned i = 0; i <= LOG_STEPS; i++)
		table[i] = log(1 + (double)i / LOG_STEPS) - 1e-9;
}

static inline double
log_below(const double table[LOG_STEPS + 1], double x)
{
	uint64_t bits;
	unsigned exponent, step;
	double rest;

	memcpy(&bits, &x, sizeof(bits));
	exponent = (unsigned)(bits >> 52);
	step = (unsigned)(bits >> 46) % LOG_STEPS;
	rest = (double)(int64_t)(bits & (((uint64_t)1 << 46) - 1)) * 0x1p-46;
	if (exponent - 1 >= 2046)
		return -INFINITY;
	return ((int)exponent - 1023) * M_LN2 + table[step] +
	       rest * (table[step + 1] - table[step]);
}

/* What the best blocks over the events so far are made of. */
struct blocks {
	const double *begins; /* where the cell of each event begins */
	const double *logs;   /* of 1, 2, ... */
	double penalty;
	double *best; /* the fitness of the best blocks over events 0..r */
	size_t *last; /* where the last of them begins */
	double *most; /* of those whose last block begins there: no more than this at `checked` */
	size_t checked;
	double log_table[LOG_STEPS + 1];
};

/* Of the blocks over events 0..r, ending at `right`, the last of which begins with event k. */
static inline double
blocks_fitness(const struct blocks *b, size_t k, size_t r, double log_span)
{
	return (double)(r - k + 1) * (b->logs[r - k] - log_span) - b->penalty +
	       (k ? b->best[k - 1] : 0);
}

/* No less than that: the fitness falls with the logarithm, each step of its arithmetic too. */
static inline double
blocks_most(const struct blocks *b, size_t k, size_t r, double right)
{
	return blocks_fitness(b, k, r, log_below(b->log_table, right - b->begins[k]));
}

/*
 * Cutting a block in two never makes the sum of N (ln N - ln T) less (the log sum inequality).  So
 * what began at k and was worth `most` when event `checked` was the last is now worth at most what
 * a block of the events since then adds; the least of `most` that can still reach `least`.
 */
static double
reach(const struct blocks *b, size_t r, double right, double least)
{
	size_t n = r - b->checked;
	double added = (double)n * (b->logs[n - 1] - log(right - b->begins[b->checked + 1]));

	return least - added - 1e-6 * (1 + fabs(least) + fabs(added));
}

/* How good the best blocks over events 0..r are so far; those worth less than `least` are not. */
struct search {
	size_t r;
	double right, best, least;
};

static inline void
consider(struct blocks *b, struct search *s, size_t k)
{
	double f = blocks_fitness(b, k, s->r, log(s->right - b->begins[k]));

	if (f > s->best) {
		s->best = f;
		b->last[s->r] = k;
		if (f > s->least)
			s->least = f;
	}
}

/*
 * The best blocks over events 0..r, the last of which ends at `right`.  The cost would be the
 * logarithms of the spans: one is taken only where bounds say that the block may be the best.
 */
static void
best_find(struct blocks *b, size_t r, double right)
{
	struct search s = { r, right, -INFINITY, -INFINITY };
	size_t known = r % CHECK_EVERY ? b->checked + 1 : 0;

	/* Where the last block began for the event before is mostly where it does for this. */
	if (r)
		s.least = blocks_fitness(b, b->last[r - 1], r,
		                         log(right - b->begins[b->last[r - 1]]));
	if (known) {
		double needed = reach(b, r, right, s.least);

		for (size_t k = 0; k < known; k++) {
			if (!(b->most[k] < needed) && !(blocks_most(b, k, r, right) < s.least))
				consider(b, &s, k);
		}
	}
	for (size_t k = known; k <= r; k++) {
		b->most[k] = blocks_most(b, k, r, right);
		if (!(b->most[k] < s.least))
			consider(b, &s, k);
	}
	b->best[r] = s.best;
	if (!known)
		b->checked = r;
}

size_t
tryst_bayesian_blocks(const double *times, size_t n, double begin, double end, double p0,
                      double *edges, double *work, size_t *last)
{
	double *begins = edges, *logs = work;
	struct blocks b = {
		.begins = begins,
		.logs = logs,
		.penalty = 4 - log(73.53 * p0 * pow((double)n, -.478)),
		.best = work + n,
		.most = work + 2 * n,
		.last = last,
	};
	size_t count = 0;

	log_below_init(b.log_table);
	for (size_t i = 0; i < n; i++) {
		begins[i] = i ? cell_end(times, n, end, i - 1) : begin;
		logs[i] = log((double)(i + 1));
	}
	for (size_t r = 0; r < n; r++)
		best_find(&b, r, cell_end(times, n, end, r));
	for (size_t r = n; r > 0 && last[r - 1] > 0; r = last[r - 1])
		edges[count++] = cell_end(times, n, end, last[r - 1] - 1);
	for (size_t i = 0; i < count / 2; i++) {
		double swap = edges[i];

		edges[i] = edges[count - 1 - i];
		edges[count - 1 - i] = swap;
	}
	return count;
}

/* Minus twice the log likelihood of `sum` events in `bins` bins, but for what every split shares.
 */
static double
segment_cost(double sum, double bins)
{
	return sum > 0 ? 2 * sum * (1 - log(sum / bins)) : 0;
}

size_t
tryst_pelt_poisson(const uint32_t *counts, size_t n, double penalty, size_t *changes, double *cost,
                   size_t *last, size_t *candidates)
{
	size_t kept = 1, count = 0;

	candidates[0] = 0;
	cost[0] = -penalty;
	for (size_t t = 1; t <= n; t++) {
		double sum = 0;
		size_t at = t, still = 0;

		cost[t] = INFINITY;
		/* Candidates ascend, so going backwards the sum grows bin by bin. */
		for (size_t i = kept; i-- > 0;) {
			double c;

			while (at > candidates[i])
				sum += counts[--at];
			c = cost[candidates[i]] + segment_cost(sum, (double)(t - at)) + penalty;
			if (c < cost[t]) {
				cost[t] = c;
				last[t] = at;
			}
		}
		sum = 0;
		at = t;
		for (size_t i = kept; i-- > 0;) {
			while (at > candidates[i])
				sum += counts[--at];
			/* One that is worse even without a penalty can never be last again. */
			if (cost[at] + segment_cost(sum, (double)(t - at)) > cost[t])
				candidates[i] = SIZE_MAX;
		}
		for (size_t i = 0; i < kept; i++) {
			if (candidates[i] != SIZE_MAX)
				candidates[still++] = candidates[i];
		}
		candidates[still++] = t;
		kept = still;
	}
	for (size_t t = n; t > 0 && last[t] > 0; t = last[t])
		changes[count++] = last[t];
	for (size_t i = 0; i < count / 2; i++) {
		size_t swap = changes[i];

		changes[i] = changes[count - 1 - i];
		changes[count - 1 - i] = swap;
	}
	return count;
}
