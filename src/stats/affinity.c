/* SPDX-License-Identifier: Apache-2.0 */
#include "stats/affinity.h"

#include <math.h>

#define CHANCE_MIN 1e-9 /* no model knows that something is impossible */

double
tryst_affinity_group(uint32_t x, uint32_t n, double chance)
{
	return fmax((x + .5) / (n + 1.), chance);
}

double
tryst_affinity_llr(const struct tryst_affinity *list, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++) {
		const struct tryst_affinity *a = &list[i];

		double chance = fmax(a->chance, CHANCE_MIN);

		/* Where the group is like anyone, it says nothing. */
		if (a->group <= chance)
			continue;
		sum += a->touched ? log(a->group / chance) : log1p(-a->group) - log1p(-chance);
	}
	return sum;
}

double
tryst_affinity_of_p(double p)
{
	return -log(2) - log(p) / 2;
}
