/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/bicm.h"

#include <math.h>

#define TOLERANCE 1e-9

/* One half round: the fitness of every class of `side` given the other side's. */
static double
half_round(struct tryst_bicm_class *side, size_t n, const struct tryst_bicm_class *other, size_t m)
{
	double largest = 0;

	for (size_t i = 0; i < n; i++) {
		double sum = 0, x = side[i].fitness;

		for (size_t j = 0; j < m; j++)
			sum += other[j].count * other[j].fitness / (1 + x * other[j].fitness);
		side[i].fitness = side[i].degree / sum;
		largest = fmax(largest, fabs(side[i].fitness - x) / side[i].fitness);
	}
	return largest;
}

double
tryst_bicm_fit(struct tryst_bicm_class *hosts, size_t host_classes,
               struct tryst_bicm_class *endpoints, size_t endpoint_classes, unsigned rounds)
{
	double edges = 0, change = INFINITY;

	for (size_t i = 0; i < host_classes; i++)
		edges += hosts[i].degree * hosts[i].count;
	for (size_t i = 0; i < host_classes; i++)
		hosts[i].fitness = hosts[i].degree / sqrt(edges);
	for (size_t j = 0; j < endpoint_classes; j++)
		endpoints[j].fitness = endpoints[j].degree / sqrt(edges);
	for (unsigned r = 0; r < rounds && change > TOLERANCE; r++) {
		change = half_round(hosts, host_classes, endpoints, endpoint_classes);
		change = fmax(change, half_round(endpoints, endpoint_classes, hosts, host_classes));
	}
	return change;
}

double
tryst_bicm_solve(double degree, const struct tryst_bicm_class *other, size_t classes)
{
	double nodes = 0, sum = 0, x;

	for (size_t j = 0; j < classes; j++) {
		nodes += other[j].count;
		sum += other[j].count * other[j].fitness;
	}
	degree = fmin(degree, nodes * (1 - 1e-6));
	if (degree <= 0 || sum <= 0)
		return 0;
	/* Every p is below x y, so this is below the root, and Newton climbs from there. */
	x = degree / sum;
	for (int round = 0; round < 100; round++) {
		double expected = 0, slope = 0, step;

		for (size_t j = 0; j < classes; j++) {
			double p = tryst_bicm_probability(x, other[j].fitness);

			expected += other[j].count * p;
			slope += other[j].count * p * (1 - p);
		}
		step = (degree - expected) / slope;
		/* Far from the root the slope is nearly nothing. */
		x *= exp(fmax(-1, fmin(1, step)));
		if (fabs(step) < TOLERANCE)
			break;
	}
	return x;
}
