/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The beacon score of RITA (Active Countermeasures, v5), by its published formulas, for comparison
 * with the renewal test.  Pure: no I/O; the caller owns all arrays; any thread.
 *
 * The mean of four subscores from 0 to 1: how even the gaps are, and the sizes (Bowley's skewness
 * and the median absolute deviation), how alike the hours of the day are (a histogram of 24 bars,
 * or two levels of it), and how much of the time it lasted.
 */
#ifndef TRYST_STATS_RITA_H
#define TRYST_STATS_RITA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tryst_rita {
	bool scored; /* at least 4 different seconds, and fewer than 86,400 connections */
	double score;
	double times, sizes, histogram, duration; /* the subscores */
};

/*
 * starts_s[0..n): seconds, ascending; bytes[0..n) that the client sent; the log is [from_s, to_s).
 * work: room for n doubles.
 */
struct tryst_rita tryst_rita_score(const int64_t *starts_s, const double *bytes, size_t n,
                                   int64_t from_s, int64_t to_s, double *work);

#endif
