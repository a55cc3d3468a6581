/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the coincidence test right as often as it says?  Seeded networks by chance (world.h), small
 * and few; bench/bench_chance.c measures the same on many and large ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>

#include "hunt/chance.h"
#include "stats/tail.h"
#include "world.h"

#define SEEDS 5

static const struct world_options small = {
	.hosts = 4000,
	.endpoints = 500,
	.scanners = 30,
	.services = 5,
	.mixing = 0.8,
	.listed = 20,
};

/* Findings of SEEDS networks beside the planted one, and how often that was found. */
struct result {
	unsigned lists, planted;
	double tests, small_p; /* randomised p-values, and those of at most 0.01 */
};

static void
calibrate(const struct world *w, uint64_t seed, struct result *r)
{
	const struct tryst_graph *g = w->built.builder.graph;
	double p[WORLD_LISTED_MAX], work[WORLD_LISTED_MAX + 3];

	for (uint32_t j = 0; j < g->endpoint_count; j++) {
		double least, more;
		uint32_t n = 0;

		for (uint32_t i = 0; i < g->host_count; i++) {
			if (g->hosts[i].listed != TRYST_NOT_LISTED)
				p[n++] = tryst_chance_of(w->built.builder.chance, i, j);
		}
		least = exp(tryst_poisson_binomial_upper(p, n, g->endpoints[j].listed, work));
		more = exp(tryst_poisson_binomial_upper(p, n, (size_t)g->endpoints[j].listed + 1,
		                                        work));
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		more += (double)(seed >> 11) * 0x1p-53 * (least - more);
		r->tests++;
		r->small_p += more <= 0.01;
	}
}

static struct result
run(struct world_options o)
{
	struct result r = { 0 };

	for (o.seed = 1; o.seed <= SEEDS; o.seed++) {
		const struct tryst_meeting *planted;
		bool any = false;
		struct world w;

		world_open(&w, &o);
		planted = o.meet ? world_planted(&w) : NULL;
		for (size_t i = 0; i < w.c.meeting_count; i++)
			any |= w.c.meetings[i].chance.significant && &w.c.meetings[i] != planted;
		r.lists += any;
		r.planted += planted && planted->chance.significant;
		if (!o.meet)
			calibrate(&w, o.seed, &r);
		world_close(&w);
	}
	return r;
}

/* Nothing happened: no kind of list may have findings, and p-values are what they say. */
static void
test_nothing(void **state)
{
	static const struct {
		enum world_list list;
		uint32_t communities;
		double most; /* of the share of p-values below 0.01 */
	} nulls[] = {
		{ WORLD_RANDOM, 0, 0.018 },
		{ WORLD_ACTIVE, 0, 0.018 },
		{ WORLD_HALF, 0, 0.018 },
		{ WORLD_SCANNERS, 0, 0.018 },
		/* The model is wrong here; the hosts like the listed ones put it right. */
		{ WORLD_COMMUNITY, 20, 1 },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(nulls); i++) {
		struct world_options o = small;
		struct result r;

		o.list = nulls[i].list;
		o.communities = nulls[i].communities;
		r = run(o);
		if (r.lists > 1 || r.small_p > nulls[i].most * r.tests)
			fail_msg("list %zu: %u of %d with a finding, p <= .01 in %.4f", i, r.lists,
			         SEEDS, r.small_p / r.tests);
	}
}

/* Something did, also where only a sample of the other hosts fits. */
static void
test_something(void **state)
{
	struct world_options o = small;
	struct result r;

	(void)state;
	o.meet = 8;
	o.meet_degree = 40;
	r = run(o);
	assert_true(r.planted >= SEEDS - 1);
	o.list = WORLD_HALF;
	r = run(o);
	assert_true(r.planted >= SEEDS - 1);
	o.list = WORLD_RANDOM;
	o.room = 6000;
	r = run(o);
	assert_true(r.planted >= SEEDS - 1 && r.lists <= 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_something),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
