/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often the coincidence test is wrong, and how often it finds what is there, over networks by
 * chance (tests/unit/hunt/world.h): bench-chance FIRST_SEED LAST_SEED [small|large [all|nulls
 * [CONTACTS]]], where CONTACTS is how many fit in memory.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../tests/unit/hunt/world.h"
#include "hunt/chance.h"
#include "stats/tail.h"

struct row {
	const char *title;
	enum world_list list;
	uint32_t communities, meet, degree;
};

static const struct row rows[] = {
	{ "random list", WORLD_RANDOM, 0, 0, 0 },
	{ "active list", WORLD_ACTIVE, 0, 0, 0 },
	{ "10 scanners + 10", WORLD_HALF, 0, 0, 0 },
	{ "20 scanners", WORLD_SCANNERS, 0, 0, 0 },
	{ "one of 20 communities", WORLD_COMMUNITY, 20, 0, 0 },
	{ "random list, communities", WORLD_RANDOM, 20, 0, 0 },
	{ "random, 3 at d=50", WORLD_RANDOM, 0, 3, 50 },
	{ "random, 5 at d=500", WORLD_RANDOM, 0, 5, 500 },
	{ "random, 10 at d=5000", WORLD_RANDOM, 0, 10, 5000 },
	{ "active, 5 at d=50", WORLD_ACTIVE, 0, 5, 50 },
	{ "active, 10 at d=500", WORLD_ACTIVE, 0, 10, 500 },
	{ "half scanners, 10 at d=50", WORLD_HALF, 0, 10, 50 },
	{ "half scanners, 10 at d=500", WORLD_HALF, 0, 10, 500 },
	{ "half scanners, 10 at d=5000", WORLD_HALF, 0, 10, 5000 },
	{ "community, 10 at d=50", WORLD_COMMUNITY, 20, 10, 50 },
	{ "community, 10 at d=500", WORLD_COMMUNITY, 20, 10, 500 },
};

/* What one row found over the seeds. */
struct sums {
	unsigned runs, any_raw, any, planted_raw, planted;
	double found; /* findings in all */
	double meetings;
	double tests, below_2, below_3; /* endpoints; of them with p at most 1e-2 and 1e-3 */
	double times, times_2;          /* meetings of five or more seen in time; p at most 1e-2 */
};

/* Randomised p-values of all endpoints, also those without listed hosts: uniform if all is well. */
static void
calibrate(const struct world *w, struct sums *s, uint64_t seed)
{
	const struct tryst_graph *g = w->built.builder.graph;
	const struct tryst_chance_model *m = w->built.builder.chance;
	double p[WORLD_LISTED_MAX], work[WORLD_LISTED_MAX + 3];
	uint32_t hosts[WORLD_LISTED_MAX], listed = 0;

	for (uint32_t i = 0; i < g->host_count; i++) {
		if (g->hosts[i].listed != TRYST_NOT_LISTED)
			hosts[listed++] = i;
	}
	for (uint32_t j = 0; j < g->endpoint_count; j++) {
		uint32_t n = 0, x = g->endpoints[j].listed;
		double at_least, more, v;

		if (j == w->planted)
			continue;
		for (; n < listed; n++)
			p[n] = tryst_chance_of(m, hosts[n], j);
		at_least = exp(tryst_poisson_binomial_upper(p, n, x, work));
		more = exp(tryst_poisson_binomial_upper(p, n, (size_t)x + 1, work));
		seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
		v = (double)(seed >> 11) * 0x1p-53;
		more += v * (at_least - more);
		s->tests++;
		s->below_2 += more <= 1e-2;
		s->below_3 += more <= 1e-3;
	}
}

static void
run_one(const struct row *r, const struct world_options *base, struct sums *s)
{
	struct world_options o = *base;
	const struct tryst_meeting *planted;
	unsigned raw = 0, found = 0;
	struct world w;

	o.list = r->list;
	o.communities = r->communities;
	o.meet = r->meet;
	o.meet_degree = r->degree;
	world_open(&w, &o);
	planted = o.meet ? world_planted(&w) : NULL;
	for (size_t i = 0; i < w.c.meeting_count; i++) {
		const struct tryst_chance *c = &w.c.meetings[i].chance;

		if (&w.c.meetings[i] == planted)
			continue;
		raw += !c->untested && c->log10_q_bh <= log10(0.05);
		found += c->significant;
		if (c->listed_met >= 5 && !w.c.meetings[i].synchrony.untested) {
			s->times++;
			s->times_2 += w.c.meetings[i].synchrony.log10_p <= -2;
		}
	}
	s->runs++;
	s->any_raw += raw > 0;
	s->any += found > 0;
	s->found += found;
	s->meetings += (double)w.c.meeting_count;
	if (planted) {
		s->planted_raw += planted->chance.log10_q_bh <= log10(0.05);
		s->planted += planted->chance.significant;
	}
	if (!o.meet)
		calibrate(&w, s, o.seed);
	world_close(&w);
}

int
main(int argc, char **argv)
{
	struct world_options base = {
		.hosts = 20000,
		.endpoints = 2000,
		.scanners = 100,
		.services = 8,
		.mixing = 0.8,
		.listed = 20,
	};
	uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	bool nulls;
	uint64_t last = argc > 2 ? strtoull(argv[2], NULL, 10) : 20;

	if (argc > 3 && strcmp(argv[3], "large") == 0) {
		base.hosts = 100000;
		base.endpoints = 10000;
		base.scanners = 200;
	}
	nulls = argc > 4 && strcmp(argv[4], "nulls") == 0;
	if (argc > 5)
		base.room = strtoull(argv[5], NULL, 10);
	printf("%-28s %5s %9s %8s %8s %9s | %8s %8s\n", "", "runs", "meetings", "any raw", "any",
	       "findings", "raw", "found");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sums s = { 0 };

		if (nulls && rows[i].meet)
			continue;

		for (base.seed = first; base.seed <= last; base.seed++)
			run_one(&rows[i], &base, &s);
		printf("%-28s %5u %9.1f %8.3f %8.3f %9.3f | ", rows[i].title, s.runs,
		       s.meetings / s.runs, (double)s.any_raw / s.runs, (double)s.any / s.runs,
		       s.found / s.runs);
		if (rows[i].meet)
			printf("%8.3f %8.3f", (double)s.planted_raw / s.runs,
			       (double)s.planted / s.runs);
		else
			printf("p<=.01: %.5f p<=.001: %.6f synchrony: %.0f, p<=.01: %.4f",
			       s.below_2 / s.tests, s.below_3 / s.tests, s.times,
			       s.times_2 / fmax(s.times, 1));
		printf("\n");
		fflush(stdout);
	}
	return 0;
}
