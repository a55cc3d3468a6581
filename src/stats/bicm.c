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
