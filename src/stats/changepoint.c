/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/changepoint.h"

#include <assert.h>
#include <math.h>

/* Where the cell of event i ends: half way to the next one. */
static double
cell_end(const double *times, size_t n, double end, size_t i)
{
	return i + 1 == n ? end : (times[i] + times[i + 1]) / 2;
}

size_t
tryst_bayesian_blocks(const double *times, size_t n, double begin, double end, double p0,
                      double *edges, double *best, size_t *last)
{
	double penalty = 4 - log(73.53 * p0 * pow((double)n, -.478));
	size_t count = 0;

	/* best[r]: the fitness of the best blocks over events 0..r; last[r]: where their last one
	 * begins. */
	for (size_t r = 0; r < n; r++) {
		double right = cell_end(times, n, end, r);

		best[r] = -INFINITY;
		for (size_t k = 0; k <= r; k++) {
			double left = k ? cell_end(times, n, end, k - 1) : begin;
			double events = (double)(r - k + 1);
			double fitness = events * (log(events) - log(right - left)) - penalty +
			                 (k ? best[k - 1] : 0);

			if (fitness > best[r]) {
				best[r] = fitness;
				last[r] = k;
			}
		}
	}
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
