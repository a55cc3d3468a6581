/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intervals of confidence.  Pure: no state, no I/O, any thread.
 */
#ifndef TRYST_STATS_INTERVAL_H
#define TRYST_STATS_INTERVAL_H

#include <stdint.h>

/*
 * The exact interval of a binomial proportion, k of n, at the level 1 - alpha (Clopper and Pearson,
 * Biometrika 26, 1934): each side is left out with at most alpha / 2.  0 <= k <= n, n >= 1.
 */
void tryst_clopper_pearson(uint64_t k, uint64_t n, double alpha, double *low, double *high);

#endif
