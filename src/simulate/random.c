/* SPDX-License-Identifier: Apache-2.0 */
#include "simulate/random.h"

#include <stdlib.h>
#include <string.h>

#define LN2 0x1.62e42fefa39efp-1
#define HALF_TURN 3.14159265358979323846

/* ln of a mantissa in [sqrt 1/2, sqrt 2) by the series of artanh, times a power of two. */
double
tryst_sim_ln(double x)
{
	static const double odd[] = { 1. / 17, 1. / 15, 1. / 13, 1. / 11, 1. / 9,
		                      1. / 7,  1. / 5,  1. / 3,  1 };
	uint64_t bits;
	double s, s2, sum = 0;
	int e;

	memcpy(&bits, &x, sizeof(bits));
	e = (int)(bits >> 52 & 0x7ff) - 1023;
	bits = (bits & 0xfffffffffffffULL) | 0x3ff0000000000000ULL;
	memcpy(&x, &bits, sizeof(x));
	if (x > 1.4142135623730951) {
		x *= 0.5;
		e++;
	}
	s = (x - 1) / (x + 1);
	s2 = s * s;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(odd); i++)
		sum = sum * s2 + odd[i];
	return 2 * s * sum + e * LN2;
}

double
tryst_sim_exp(double x)
{
	static const double parts[] = { 1. / 13, 1. / 12, 1. / 11, 1. / 10, 1. / 9, 1. / 8, 1. / 7,
		                        1. / 6,  1. / 5,  1. / 4,  1. / 3,  1. / 2, 1 };
	double turns = x / LN2, r, sum = 1;
	int64_t k = (int64_t)(turns < 0 ? turns - 0.5 : turns + 0.5);
	uint64_t bits = (uint64_t)(k + 1023) << 52;
	double scale;

	r = x - (double)k * LN2;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(parts); i++)
		sum = 1 + sum * r * parts[i];
	memcpy(&scale, &bits, sizeof(scale));
	return sum * scale;
}

double
tryst_sim_pow(double x, double y)
{
	return tryst_sim_exp(y * tryst_sim_ln(x));
}

double
tryst_sim_cos_turns(double u)
{
	static const double parts[] = { 1. / (18 * 17), 1. / (16 * 15), 1. / (14 * 13),
		                        1. / (12 * 11), 1. / (10 * 9),  1. / (8 * 7),
		                        1. / (6 * 5),   1. / (4 * 3),   1. / 2 };
	double x, x2, sum = 1;

	u -= (double)(int64_t)u;
	u = u > 0.5 ? 1 - u : u;
	x = (u > 0.25 ? 0.5 - u : u) * 2 * HALF_TURN;
	x2 = x * x;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(parts); i++)
		sum = 1 - sum * x2 * parts[i];
	return u > 0.25 ? -sum : sum;
}

double
tryst_sim_exponential(struct tryst_sim_rng *r, double mean)
{
	return -mean * tryst_sim_ln(1 - tryst_sim_uniform(r));
}

/* Box and Muller 1958; IEEE 754 rounds the square root the same everywhere. */
double
tryst_sim_normal(struct tryst_sim_rng *r)
{
	double radius = __builtin_sqrt(tryst_sim_exponential(r, 2));

	return radius * tryst_sim_cos_turns(tryst_sim_uniform(r));
}

uint32_t
tryst_sim_lognormal(struct tryst_sim_rng *r, double median, double sigma, uint32_t max)
{
	double x = median * tryst_sim_exp(sigma * tryst_sim_normal(r));

	return x < 1 ? 1 : x > max ? max : (uint32_t)x;
}

uint32_t
tryst_sim_permute(uint32_t at, uint32_t n, uint64_t key)
{
	unsigned half = 1;
	uint32_t mask;

	assert(at < n && n <= 1u << 24);
	while (half < 12 && 1u << 2 * half < n)
		half++;
	mask = (1u << half) - 1;
	do {
		uint32_t left = at >> half, right = at & mask;

		for (unsigned round = 0; round < 4; round++) {
			uint64_t mixed =
				tryst_sim_mix(key + (uint64_t)round * TRYST_SIM_GAMMA + right);
			uint32_t next = left ^ ((uint32_t)mixed & mask);

			left = right;
			right = next;
		}
		at = left << half | right;
	} while (at >= n);
	return at;
}

bool
tryst_sim_alias_init(struct tryst_sim_alias *a, const double *weights, uint32_t count)
{
	uint32_t *work = malloc(count * sizeof(*work)), small = 0, large = count;
	double *scaled = malloc(count * sizeof(*scaled)), sum = 0;

	a->slots = malloc(count * sizeof(*a->slots));
	a->count = count;
	if (!work || !scaled || !a->slots) {
		free(work);
		free(scaled);
		return false;
	}
	for (uint32_t i = 0; i < count; i++)
		sum += weights[i];
	/* Those below the mean stand at the front of the work, those above at its end. */
	for (uint32_t i = 0; i < count; i++) {
		scaled[i] = weights[i] * count / sum;
		if (scaled[i] < 1)
			work[small++] = i;
		else
			work[--large] = i;
	}
	while (small && large < count) {
		uint32_t low = work[--small], high = work[large];

		a->slots[low] = (struct tryst_sim_slot){ (float)scaled[low], high };
		scaled[high] -= 1 - scaled[low];
		if (scaled[high] < 1) {
			large++;
			work[small++] = high;
		}
	}
	while (small) {
		uint32_t i = work[--small];

		a->slots[i] = (struct tryst_sim_slot){ 1, i };
	}
	for (; large < count; large++)
		a->slots[work[large]] = (struct tryst_sim_slot){ 1, work[large] };
	free(work);
	free(scaled);
	return true;
}

void
tryst_sim_alias_fini(struct tryst_sim_alias *a)
{
	free(a->slots);
	a->slots = NULL;
}
