/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bipartite configuration model (Saracco et al., New J. Phys. 17, 2015): the least informed
 * graph between hosts and endpoints that keeps, on average, how many endpoints each host contacts
 * and how many hosts each endpoint serves.  Host i and endpoint j are then linked independently
 * with
 *
 *     p_ij = x_i y_j / (1 + x_i y_j)
 *
 * and everyone of one degree has the same x, so the fit works on classes of degrees and costs the
 * square of the number of different degrees, not of hosts.  Pure: no I/O; the caller owns all
 * arrays.
 */
#ifndef TRYST_STATS_BICM_H
#define TRYST_STATS_BICM_H

#include <stddef.h>
#include <stdint.h>

/* One class: `count` nodes of the same degree; `fitness` is x or y, filled by the fit. */
struct tryst_bicm_class {
	double degree; /* > 0 */
	double count;
	double fitness;
};

/*
 * Fits both sides by the fixed point x_k = k / sum_d c_d y_d / (1 + x_k y_d) and likewise for y,
 * from x_k = k / sqrt(E), until no fitness moves by more than 1e-9 of itself or `rounds` are over.
 * The sums of degrees of both sides must agree (E).  Returns the largest relative change of the
 * last round: at most 1e-9 when it converged.
 */
double tryst_bicm_fit(struct tryst_bicm_class *hosts, size_t host_classes,
                      struct tryst_bicm_class *endpoints, size_t endpoint_classes, unsigned rounds);

/*
 * The fitness of one node of that degree given the classes of the other side, already fitted: the
 * root of sum_d c_d x y_d / (1 + x y_d) = degree (Newton's method in ln x).  A degree that is more
 * than the other side has nodes counts as all of them but a millionth.
 */
double tryst_bicm_solve(double degree, const struct tryst_bicm_class *other, size_t classes);

/* p_ij of a host and an endpoint of these fitnesses. */
static inline double
tryst_bicm_probability(double x, double y)
{
	return x * y / (1 + x * y);
}

#endif
