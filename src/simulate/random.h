/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random numbers and the few functions of real numbers that the simulation needs.
 *
 * A stream is named by (seed, what it is for, two numbers), so that one knob does not reshuffle the
 * rest and any part can be made alone, on any thread.  The generator is SplitMix64 (Steele, Lea and
 * Flood, OOPSLA 2014); a name is mixed into its first state.
 *
 * Logarithm, exponential and cosine are our own, of + - * / and square roots alone, which IEEE 754
 * rounds the same everywhere (this room is built without contraction): the same seed makes the same
 * bytes on any machine.  Their error is below 1e-12, which is more than dice need.
 */
#ifndef TRYST_SIMULATE_RANDOM_H
#define TRYST_SIMULATE_RANDOM_H

#include "base/base.h"

struct tryst_sim_rng {
	uint64_t state;
};

#define TRYST_SIM_GAMMA 0x9e3779b97f4a7c15ULL

/* The finaliser of SplitMix64: a bijection that mixes well. */
static inline uint64_t
tryst_sim_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return x ^ (x >> 31);
}

/* One number of a name: the same name, the same number. */
static inline uint64_t
tryst_sim_hash(uint64_t seed, uint64_t use, uint64_t a, uint64_t b)
{
	uint64_t h = tryst_sim_mix(seed + TRYST_SIM_GAMMA * (use + 1));

	h = tryst_sim_mix(h + TRYST_SIM_GAMMA * (a + 1));
	return tryst_sim_mix(h + TRYST_SIM_GAMMA * (b + 1));
}

static inline struct tryst_sim_rng
tryst_sim_stream(uint64_t seed, uint64_t use, uint64_t a, uint64_t b)
{
	return (struct tryst_sim_rng){ tryst_sim_hash(seed, use, a, b) };
}

static inline uint64_t
tryst_sim_next(struct tryst_sim_rng *r)
{
	r->state += TRYST_SIM_GAMMA;
	return tryst_sim_mix(r->state);
}

/* 64 random bits as a number in [0, 1). */
static inline double
tryst_sim_unit(uint64_t bits)
{
	return (double)(bits >> 11) * 0x1p-53;
}

static inline double
tryst_sim_uniform(struct tryst_sim_rng *r)
{
	return tryst_sim_unit(tryst_sim_next(r));
}

/* One of [0, n), n > 0; off from uniform by less than n / 2^32. */
static inline uint32_t
tryst_sim_below(struct tryst_sim_rng *r, uint32_t n)
{
	return (uint32_t)(((tryst_sim_next(r) >> 32) * n) >> 32);
}

/* One of [low, high]. */
static inline uint32_t
tryst_sim_between(struct tryst_sim_rng *r, uint32_t low, uint32_t high)
{
	return low + tryst_sim_below(r, high - low + 1);
}

static inline bool
tryst_sim_chance(struct tryst_sim_rng *r, double p)
{
	return tryst_sim_uniform(r) < p;
}

double tryst_sim_ln(double x);            /* x > 0 and normal */
double tryst_sim_exp(double x);           /* -700 < x < 700 */
double tryst_sim_pow(double x, double y); /* x > 0 */
double tryst_sim_cos_turns(double u);     /* of 2 pi u, u >= 0 */

double tryst_sim_exponential(struct tryst_sim_rng *r, double mean);
double tryst_sim_normal(struct tryst_sim_rng *r);
/* Log-normal, as a whole number from 1 up to max. */
uint32_t tryst_sim_lognormal(struct tryst_sim_rng *r, double median, double sigma, uint32_t max);

/* A bijection of [0, n) on itself, by a Feistel network with cycle walking; 0 < n <= 2^24. */
uint32_t tryst_sim_permute(uint32_t at, uint32_t n, uint64_t key);

/* Draws from a fixed set of weights in constant time (Walker's alias method, as of Vose 1991). */
struct tryst_sim_alias {
	struct tryst_sim_slot {
		float own; /* the share of the slot that is its own */
		uint32_t other;
	} * slots;
	uint32_t count;
};

/* Weights are at least 0 and not all 0; false without memory. */
bool tryst_sim_alias_init(struct tryst_sim_alias *a, const double *weights, uint32_t count);
void tryst_sim_alias_fini(struct tryst_sim_alias *a);

static inline uint32_t
tryst_sim_alias_draw(const struct tryst_sim_alias *a, struct tryst_sim_rng *r)
{
	uint64_t bits = tryst_sim_next(r);
	uint32_t at = (uint32_t)(((bits >> 32) * a->count) >> 32);
	float u = (float)(bits & 0xffffff) * 0x1p-24f;

	return u < a->slots[at].own ? at : a->slots[at].other;
}

#endif
