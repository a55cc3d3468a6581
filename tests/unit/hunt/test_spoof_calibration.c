/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often honest clients look like one generator, family by family, on seeded simulations;
 * docs/statistics/forged-sources.md quotes what they print.  Rates are checked with room for the
 * noise of so many runs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <math.h>

#include <cmocka.h>

#include "stage.h"

#define DAY_MS 86400000
#define RUNS 400
#define SOURCES 12
#define FLOWS 400

static struct stage stage;

/* The port of a source's next flow. */
typedef unsigned (*port_fn)(uint32_t source, unsigned *counters);

static unsigned
port_random(uint32_t source, unsigned *counters)
{
	(void)source;
	(void)counters;
	return 1024 + stage_below(&stage, 64512);
}

/* Old systems count up, each from a place of its own; other traffic takes some. */
static unsigned
port_counting(uint32_t source, unsigned *counters)
{
	if (!counters[source])
		counters[source] = 1024 + stage_below(&stage, 4000);
	counters[source] += 1 + stage_below(&stage, 3);
	return counters[source];
}

static unsigned
port_bound(uint32_t source, unsigned *counters)
{
	(void)source;
	(void)counters;
	return 27005;
}

/* Half bound to the game's port, half random. */
static unsigned
port_mixed(uint32_t source, unsigned *counters)
{
	return source % 2 ? port_bound(source, counters) : port_random(source, counters);
}

/* Close together: bursts of ten flows of different sources within half a second. */
static void
bursts(port_fn port)
{
	unsigned counters[SOURCES] = { 0 };

	for (uint32_t i = 0; i < FLOWS; i++) {
		uint32_t source = stage_below(&stage, SOURCES);

		(void)stage_flow(&stage, i / 10 * 60000 + i % 10 * 40, source, i % 3,
		                 port(source, counters));
	}
}

struct rates {
	double speaks, loud; /* share of runs with 0.4 or more, and with 3 or more */
};

static void
rates_add(struct rates *r, const char *family)
{
	const struct tryst_evidence *e = stage_family(stage_weigh(&stage), family);
	double llr = e && e->scored ? e->llr : 0;

	r->speaks += (llr >= TRYST_SPOOF_SPEAKS) / (double)RUNS;
	r->loud += (llr >= 3) / (double)RUNS;
}

static void
rates_print(const char *what, const struct rates *r)
{
	printf("%-36s speaks %5.2f %%, 3 or more %5.2f %%\n", what, 100 * r->speaks, 100 * r->loud);
}

static void
ports(void **state)
{
	static const struct {
		const char *what;
		port_fn port;
	} hosts[] = {
		{ "ports: random", port_random },
		{ "ports: counting", port_counting },
		{ "ports: bound to 27005", port_bound },
		{ "ports: half bound, half random", port_mixed },
	};

	(void)state;
	for (size_t h = 0; h < TRYST_ARRAY_SIZE(hosts); h++) {
		struct rates r = { 0 };

		for (unsigned run = 0; run < RUNS; run++) {
			stage_init(&stage, DAY_MS, 1000 + run);
			bursts(hosts[h].port);
			rates_add(&r, "port_adjacency");
			stage_fini(&stage);
		}
		rates_print(hosts[h].what, &r);
		assert_true(r.loud <= .005);
		assert_true(r.speaks <= .01);
	}
}

/* A generator with one counter, and half of its flows alone. */
static void
ports_power(void **state)
{
	struct rates r = { 0 };

	(void)state;
	for (unsigned run = 0; run < RUNS; run++) {
		stage_init(&stage, DAY_MS, 5000 + run);
		for (uint32_t i = 0; i < 12; i++) {
			uint32_t source = stage_below(&stage, SOURCES);
			unsigned port = port_random(0, NULL);

			(void)stage_flow(&stage, 10000 * i, source, 1, port);
			if (i % 2)
				(void)stage_flow(&stage, 10000 * i + 2, (source + 1) % SOURCES, 2,
				                 port + 1);
		}
		rates_add(&r, "port_adjacency");
		stage_fini(&stage);
	}
	rates_print("ports: six pairs of a generator", &r);
	assert_true(r.loud >= .99);
}

/* Gamma with shape 1/2: half a squared normal. */
static double
gamma_half(void)
{
	double z = sqrt(-2 * log(stage_uniform(&stage))) * cos(2 * M_PI * stage_uniform(&stage));

	return z * z / 2;
}

/* `flows` flows of sources with these weights, at random times. */
static void
weighted(const double *weights, uint32_t sources, uint32_t flows)
{
	double sum = 0;

	for (uint32_t i = 0; i < sources; i++)
		sum += weights[i];
	for (uint32_t i = 0; i < flows; i++) {
		double at = stage_uniform(&stage) * sum;
		uint32_t source = 0;

		while (source + 1 < sources && (at -= weights[source]) > 0)
			source++;
		(void)stage_flow(&stage, (int64_t)(stage_uniform(&stage) * DAY_MS), source, 1,
		                 port_random(0, NULL));
	}
	stage_sort(&stage);
}

static void
equal_rates(void **state)
{
	static const uint32_t flows[] = { 12, 30, 100 };
	double weights[10];
	char what[64];

	(void)state;
	for (size_t f = 0; f < TRYST_ARRAY_SIZE(flows); f++) {
		struct rates honest = { 0 }, forged = { 0 };

		for (unsigned run = 0; run < RUNS; run++) {
			stage_init(&stage, DAY_MS, 2000 + run);
			for (uint32_t i = 0; i < 10; i++)
				weights[i] = gamma_half();
			weighted(weights, 10, flows[f]);
			rates_add(&honest, "equal_rates");
			stage_fini(&stage);
			stage_init(&stage, DAY_MS, 3000 + run);
			for (uint32_t i = 0; i < 10; i++)
				weights[i] = 1;
			weighted(weights, 10, flows[f]);
			rates_add(&forged, "equal_rates");
			stage_fini(&stage);
		}
		(void)snprintf(what, sizeof(what), "rates: hosts, %u flows", flows[f]);
		rates_print(what, &honest);
		(void)snprintf(what, sizeof(what), "rates: one generator, %u flows", flows[f]);
		rates_print(what, &forged);
		/* A likelihood ratio of 3 to 2 may be had by chance twice in three times, of e^3
		 * once in twenty. */
		assert_true(honest.speaks <= .35 && honest.loud <= .01);
		assert_true(f < 2 || forged.speaks > .9);
	}
}

/* People: most in the evening, each at times of his own. */
static int64_t
evening_ms(void)
{
	double t;

	do
		t = stage_uniform(&stage);
	while (stage_uniform(&stage) > (1 + .9 * sin(2 * M_PI * t)) / 1.9);
	return (int64_t)(t * DAY_MS);
}

static void
times(void **state)
{
	struct rates people = { 0 }, forged = { 0 };

	(void)state;
	for (unsigned run = 0; run < RUNS; run++) {
		stage_init(&stage, DAY_MS, 4000 + run);
		for (uint32_t i = 0; i < SOURCES; i++) {
			uint32_t visits = 1 + stage_below(&stage, 12);

			while (visits-- > 0)
				(void)stage_flow(&stage, evening_ms(), i, 1, port_random(0, NULL));
		}
		stage_sort(&stage);
		rates_add(&people, "common_times");
		stage_fini(&stage);
		stage_init(&stage, DAY_MS, 6000 + run);
		for (uint32_t i = 0; i < 120; i++)
			(void)stage_flow(&stage, DAY_MS / 3 + 90000 * i,
			                 i < SOURCES ? i : stage_below(&stage, SOURCES), 1,
			                 port_random(0, NULL));
		rates_add(&forged, "common_times");
		stage_fini(&stage);
	}
	rates_print("times: people, by day and night", &people);
	rates_print("times: three hours of one generator", &forged);
	assert_true(people.speaks <= .05 && people.loud <= .01);
	assert_true(forged.speaks > .9);
}

/* Visits in bursts, each person's own; and a generator that serves all in turn. */
static void
gaps(void **state)
{
	struct rates people = { 0 }, forged = { 0 };

	(void)state;
	for (unsigned run = 0; run < RUNS; run++) {
		int64_t at_ms = 0;

		stage_init(&stage, DAY_MS, 7000 + run);
		for (uint32_t i = 0; i < SOURCES; i++) {
			for (uint32_t b = 0; b < 5; b++) {
				int64_t burst_ms = evening_ms();

				for (uint32_t k = 0; k < 4; k++)
					(void)stage_flow(&stage,
					                 burst_ms + (int64_t)stage_exponential(
									    &stage, 60000),
					                 i, 1, port_random(0, NULL));
			}
		}
		stage_sort(&stage);
		rates_add(&people, "equal_gaps");
		stage_fini(&stage);
		stage_init(&stage, DAY_MS, 8000 + run);
		for (uint32_t i = 0; i < 12 * SOURCES; i++) {
			if (i % SOURCES == 0)
				at_ms += (int64_t)stage_exponential(&stage, 300000);
			(void)stage_flow(&stage, at_ms + i % SOURCES, i % SOURCES, 1,
			                 port_random(0, NULL));
		}
		rates_add(&forged, "equal_gaps");
		stage_fini(&stage);
	}
	rates_print("gaps: people, in bursts", &people);
	rates_print("gaps: one generator in turn", &forged);
	assert_true(people.speaks <= .08 && people.loud <= .01);
	assert_true(forged.speaks > .9);
}

/* Honest hosts of many systems, far and near. */
static void
marks(void **state)
{
	static const unsigned initial[] = { 64, 64, 64, 128, 128, 255 };
	struct rates few = { 0 }, many = { 0 };

	(void)state;
	for (unsigned run = 0; run < 2 * RUNS; run++) {
		uint32_t sources = run % 2 ? 3 : SOURCES;

		stage_init(&stage, DAY_MS, 9000 + run);
		for (uint32_t i = 0; i < sources; i++) {
			struct tryst_sighting *s =
				stage_flow(&stage, 60000 * i, i, 1, port_random(0, NULL));

			s->marks.ttl_known = s->marks.tos_known = s->marks.ip_id_known = true;
			s->marks.ttl = (uint8_t)(initial[stage_below(&stage, 6)] - 6 -
			                         stage_below(&stage, 18));
			s->marks.tos = stage_below(&stage, 8) ? 0 : 8;
			s->marks.ip_id = stage_below(&stage, 65536);
		}
		rates_add(run % 2 ? &few : &many, "packet_marks");
		stage_fini(&stage);
	}
	rates_print("marks: three hosts", &few);
	rates_print("marks: twelve hosts", &many);
	assert_true(few.loud <= .02 && many.loud <= .005);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports),       cmocka_unit_test(ports_power),
		cmocka_unit_test(equal_rates), cmocka_unit_test(times),
		cmocka_unit_test(gaps),        cmocka_unit_test(marks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
