/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What making flow records costs: a simulated day as a source, with an operator that looks at all
 * of its columns and does nothing.
 *
 *     bench_simulate [threads]
 *
 * Prints for each setting the time to set up, the records, and records a second
 * of processor time, so that with more threads it is still what one core makes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "simulate/simulate.h"

static double
now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int
look_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	(void)op;
	(void)err;
	*state = NULL;
	return 0;
}

static int
look_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
          struct tryst_error *err)
{
	(void)op;
	(void)state;
	(void)b;
	(void)err;
	return 0;
}

static int
look_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	(void)op;
	(void)state;
	(void)err;
	return 0;
}

static const struct tryst_operator_ops look_ops = {
	.name = "look",
	.open = look_open,
	.push = look_push,
	.merge = look_merge,
};

/* Settings parted by NULL. */
static int
measure(const char *scenario, const char *const *settings, unsigned jobs, struct tryst_error *err)
{
	struct tryst_operator look = { .ops = &look_ops, .columns = TRYST_BITS_ALL }, *op = &look;
	struct tryst_input in = { 0 }, *inputs[] = { &in };
	struct tryst_pipeline p = {
		.inputs = inputs,
		.input_count = 1,
		.open = tryst_sim_open,
		.request = { .from_ms = TRYST_TIME_MIN, .to_ms = TRYST_TIME_MAX },
		.operators = &op,
		.operator_count = 1,
		.jobs = jobs,
	};
	struct tryst_sim *sim = NULL;
	struct tryst_sim_params params;
	double start = now(), made;
	int rc = tryst_sim_params_init(&params, scenario, err);

	for (size_t i = 0; settings[i] && rc == 0; i++)
		rc = tryst_sim_params_set(&params, settings[i], err);
	if (rc == 0)
		rc = tryst_sim_new(&sim, &params, 1, err);
	made = now();
	p.open_ctx = sim;
	if (rc == 0)
		rc = tryst_input_init(&in, scenario, 0, err);
	if (rc == 0)
		rc = tryst_pipeline_run(&p, err);
	if (rc == 0) {
		double took = now() - made;

		(void)printf("%-4s %-16s %8.3f s  %10lu records  %6.2f M/s\n", scenario,
		             settings[0] ? settings[0] : "", made - start,
		             (unsigned long)in.health.flows, (double)in.health.flows / took / 1e6);
	}
	tryst_input_fini(&in);
	tryst_sim_free(sim);
	return rc;
}

int
main(int argc, char **argv)
{
	unsigned jobs = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 1;
	static const char *const settings[][4] = {
		{ NULL },
		{ "hosts=65000", "externals=1000000" },
		{ "sampling=100" },
		{ "exporters=2" },
	};
	static const char *const scenarios[] = { "N0", "S1", "S2" };
	struct tryst_error err;
	int rc = 0;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(settings) && rc == 0; i++)
		rc = measure("N0", settings[i], jobs, &err);
	for (size_t i = 1; i < TRYST_ARRAY_SIZE(scenarios) && rc == 0; i++)
		rc = measure(scenarios[i], settings[0], jobs, &err);
	if (rc < 0)
		(void)fprintf(stderr, "bench-simulate: %s\n", err.text);
	return rc < 0;
}
