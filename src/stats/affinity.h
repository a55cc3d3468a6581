/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a host choose its endpoints as a group of others does?  Pure: no state, no I/O, any thread.
 */
#ifndef TRYST_STATS_AFFINITY_H
#define TRYST_STATS_AFFINITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One endpoint, for one host. */
struct tryst_affinity {
	double chance; /* q: that the host touches it, were it none of the group */
	double group;  /* P1: were it one of them, tryst_affinity_group() */
	bool touched;
};

/*
 * P1 = max((x + 1/2) / (n + 1), q): x of the n of the group touch the endpoint, and one of them
 * never does so less than anyone would.
 */
double tryst_affinity_group(uint32_t x, uint32_t n, double chance);

/*
 * The log-likelihood ratio of "one of the group" to "anyone", touches being independent given
 * either: the sum of ln(P1/q) over the endpoints touched and of ln((1-P1)/(1-q)) over the others.
 * Its exponential has mean 1 under "anyone", so that P(llr >= t) <= exp(-t) there, whatever the
 * chances are (Markov): exp(-llr) is a p-value, a conservative one.
 */
double tryst_affinity_llr(const struct tryst_affinity *list, size_t n);

/*
 * What a p-value adds to such a ratio: ln(1 / (2 sqrt p)), which keeps the mean of the exponential
 * at 1 or below (Vovk and Wang, Annals of Statistics 49, 2021: e-values by a calibrator).
 */
double tryst_affinity_of_p(double p);

#endif
