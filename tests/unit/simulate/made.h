/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of simulations share: one made of words, and all its records. */
#ifndef TRYST_TESTS_SIMULATE_MADE_H
#define TRYST_TESTS_SIMULATE_MADE_H

#include <stdlib.h>
#include <string.h>

#include "simulate/plan.h"
#include "simulate/sim.h"

/* A simulation of a scenario with settings parted by blanks. */
static inline struct tryst_sim *
make(const char *scenario, const char *settings, uint64_t seed)
{
	struct tryst_sim_params p;
	struct tryst_error err = { 0 };
	struct tryst_sim *sim = NULL;
	char copy[512], *save = NULL, *word;

	assert_int_equal(tryst_sim_params_init(&p, scenario, &err), 0);
	(void)strncpy(copy, settings, sizeof(copy) - 1);
	copy[sizeof(copy) - 1] = '\0';
	for (word = strtok_r(copy, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (tryst_sim_params_set(&p, word, &err) < 0)
			fail_msg("%s", err.text);
	}
	if (tryst_sim_new(&sim, &p, seed, &err) < 0)
		fail_msg("%s", err.text);
	return sim;
}

/* All records of a simulation, in order. */
struct all {
	struct tryst_sim_record *list;
	size_t count, cap;
};

static inline int
take(void *ctx, const struct tryst_sim_record *records, size_t count, struct tryst_error *err)
{
	struct all *a = ctx;

	(void)err;
	if (a->count + count > a->cap) {
		a->cap = (a->count + count) * 2;
		a->list = realloc(a->list, a->cap * sizeof(*a->list));
		assert_non_null(a->list);
	}
	if (count)
		memcpy(a->list + a->count, records, count * sizeof(*records));
	a->count += count;
	return 0;
}

static inline struct all
records(const struct tryst_sim *sim)
{
	struct all a = { 0 };
	struct tryst_error err;

	for (size_t part = 0; part < tryst_sim_parts(sim); part++)
		assert_int_equal(tryst_sim_part_records(sim, part, take, &a, &err), 0);
	return a;
}

#endif
