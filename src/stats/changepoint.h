/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When did the rate of events change?  Pure: no I/O; the caller owns all arrays; any thread.
 */
#ifndef TRYST_STATS_CHANGEPOINT_H
#define TRYST_STATS_CHANGEPOINT_H

#include <stddef.h>
#include <stdint.h>

/*
 * Bayesian blocks over event times (Scargle et al., ApJ 764, 2013): the piecewise constant rate
 * that maximises the sum of N (ln N - ln T) over blocks less a penalty a block of 4 - ln(73.53 p0
 * N^-0.478), where p0 is the chance of one false change.  O(n^2), of cheap steps; n <= 2000 is the
 * intended use.
 *
 * times[0..n) ascend strictly; the whole is [begin, end].  edges gets the changes, ascending (room
 * for n), and work and last are of 3 n doubles and n indices.  Returns the number of changes.
 */
size_t tryst_bayesian_blocks(const double *times, size_t n, double begin, double end, double p0,
                             double *edges, double *work, size_t *last);

/*
 * PELT (Killick, Fearnhead and Eckley, JASA 107, 2012) over counts in equal bins with the Poisson
 * likelihood and a penalty a change (2 ln n is usual).  changes gets the first bin of each new
 * segment, ascending (room for n); cost and last are work of n + 1 doubles and indices, candidates
 * of n + 1 indices.  Returns the number of changes.
 */
size_t tryst_pelt_poisson(const uint32_t *counts, size_t n, double penalty, size_t *changes,
                          double *cost, size_t *last, size_t *candidates);

#endif
