/* SPDX-License-Identifier: Apache-2.0 */
/* A background out of a log: what is kept (degrees, times, records) and what is drawn anew. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include "made.h"

#define SMALL "hosts=512 externals=2000 scanners=20 players=100 duration=3 start=1061564400"

static const struct tryst_prefix home = { { 0, (0xffffULL << 32) | 198u << 24 | 18u << 16 }, 112 };

/* Reads a simulation as if it were a log. */
static int
read_trace(struct tryst_sim *sim, unsigned jobs, size_t memory, struct tryst_sim_trace **out,
           struct tryst_error *err)
{
	struct tryst_input in, *inputs[] = { &in };
	struct tryst_operator *op;
	struct tryst_pipeline p = {
		.inputs = inputs,
		.input_count = 1,
		.open = tryst_sim_open,
		.open_ctx = sim,
		.request = { .from_ms = TRYST_TIME_MIN, .to_ms = TRYST_TIME_MAX },
		.operators = &op,
		.operator_count = 1,
		.jobs = jobs,
	};
	int rc;

	assert_int_equal(tryst_sim_trace_new(out, &home, 1, memory, err), 0);
	assert_int_equal(tryst_input_init(&in, "log", 0, err), 0);
	op = tryst_sim_trace_operator(*out);
	rc = tryst_pipeline_run(&p, err);
	tryst_input_fini(&in);
	return rc;
}

static int
compare(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return a < b ? -1 : a > b;
}

static struct tryst_sim *
like(const struct tryst_sim_trace *t, const char *scenario, uint64_t seed)
{
	struct tryst_sim_params p;
	struct tryst_sim *sim = NULL;
	struct tryst_error err;

	assert_int_equal(tryst_sim_params_init(&p, scenario, &err), 0);
	if (tryst_sim_new_like(&sim, &p, seed, t, &err) < 0)
		fail_msg("%s", err.text);
	return sim;
}

/* Edges of pairs that serve, as (peer, local end), in order; all different. */
static uint64_t *
edges(const struct tryst_sim *sim, size_t *count)
{
	const struct tryst_sim_trace *t = sim->w.trace;
	uint64_t *list = malloc((t->pair_count + 1) * sizeof(*list));

	assert_non_null(list);
	*count = 0;
	for (uint32_t i = 0; i < t->pair_count; i++) {
		const struct tryst_sim_trace_pair *p = &t->pairs[i];

		if (p->serves && p->proto == 6)
			list[(*count)++] = (uint64_t)p->peer << 32 |
			                   (uint64_t)sim->like.ends[i].local << 16 |
			                   sim->like.ends[i].port;
	}
	qsort(list, *count, sizeof(*list), compare);
	for (size_t i = 1; i < *count; i++)
		assert_true(list[i] != list[i - 1]);
	return list;
}

/* How often each local end stands there, in order. */
static void
in_degrees(const struct tryst_sim *sim, uint64_t *counts)
{
	for (uint32_t i = 0; i < sim->w.trace->pair_count; i++)
		counts[sim->like.ends[i].local]++;
	qsort(counts, sim->w.trace->locals, sizeof(*counts), compare);
}

static void
test_degrees_kept(void **state)
{
	struct tryst_sim *log = make("N0", SMALL, 3), *a, *b;
	struct tryst_sim_trace *t;
	struct tryst_error err;
	uint64_t *ea, *eb, *da, *db;
	size_t na, nb, same = 0;

	(void)state;
	assert_int_equal(read_trace(log, 2, 1u << 30, &t, &err), 0);
	assert_true(t->visitors > 500 && t->visitors <= t->peers);
	a = like(t, "N0", 1);
	b = like(t, "N0", 2);
	ea = edges(a, &na);
	eb = edges(b, &nb);
	assert_int_equal(na, nb);
	for (size_t i = 0, k = 0; i < na && k < nb;) {
		same += ea[i] == eb[k];
		if (ea[i] < eb[k])
			i++;
		else if (ea[i] > eb[k])
			k++;
		else
			i++, k++;
	}
	/* Scanners must meet most hosts whatever is drawn; the rest is different. */
	assert_true(same < na * 8 / 10);
	da = calloc(t->locals, sizeof(*da));
	db = calloc(t->locals, sizeof(*db));
	assert_non_null(da);
	assert_non_null(db);
	in_degrees(a, da);
	in_degrees(b, db);
	assert_memory_equal(da, db, t->locals * sizeof(*da));
	free(ea);
	free(eb);
	free(da);
	free(db);
	tryst_sim_free(a);
	tryst_sim_free(b);
	tryst_sim_trace_free(t);
	tryst_sim_free(log);
}

/* Every record of the log is there, at its time, with its counts. */
static void
test_records_kept(void **state)
{
	struct tryst_sim *log = make("N0", SMALL, 3), *sim;
	struct tryst_sim_trace *t;
	struct tryst_error err;
	struct all a = records(log), b;
	uint64_t was = 0, is = 0;

	(void)state;
	assert_int_equal(read_trace(log, 1, 1u << 30, &t, &err), 0);
	assert_int_equal(tryst_sim_trace_elsewhere(t), 0);
	sim = like(t, "N0", 1);
	b = records(sim);
	assert_int_equal(a.count, b.count);
	for (size_t i = 0; i < a.count; i++) {
		const struct tryst_sim_record *x = &a.list[i], *y = &b.list[i];

		was += tryst_sim_hash((uint64_t)x->start_ms, (uint64_t)x->end_ms, x->packets,
		                      x->bytes << 8 | x->tcp_flags);
		is += tryst_sim_hash((uint64_t)y->start_ms, (uint64_t)y->end_ms, y->packets,
		                     y->bytes << 8 | y->tcp_flags);
		assert_true(tryst_sim_is_local(y->src) != tryst_sim_is_local(y->dst));
		assert_int_equal(y->role, TRYST_SIM_ROLE_LIKE);
		assert_true(i == 0 || y->end_ms >= b.list[i - 1].end_ms);
	}
	assert_int_equal(was, is);
	free(a.list);
	free(b.list);
	tryst_sim_free(sim);
	tryst_sim_trace_free(t);
	tryst_sim_free(log);
}

/* The same network however the log was read, and what is planted comes beside. */
static void
test_same(void **state)
{
	struct tryst_sim *log = make("N0", SMALL, 3), *a, *b;
	struct tryst_sim_trace *ta, *tb;
	struct tryst_error err;
	struct all ra, rb;
	unsigned planted = 0;

	(void)state;
	assert_int_equal(read_trace(log, 1, 1u << 30, &ta, &err), 0);
	assert_int_equal(read_trace(log, 4, 1u << 30, &tb, &err), 0);
	a = like(ta, "S1", 7);
	b = like(tb, "S1", 7);
	ra = records(a);
	rb = records(b);
	assert_int_equal(ra.count, rb.count);
	for (size_t i = 0; i < ra.count; i++) {
		assert_int_equal(ra.list[i].src, rb.list[i].src);
		assert_int_equal(ra.list[i].dst, rb.list[i].dst);
		assert_int_equal(ra.list[i].start_ms, rb.list[i].start_ms);
		planted += ra.list[i].planted;
	}
	assert_true(planted >= 10);
	free(ra.list);
	free(rb.list);
	tryst_sim_free(a);
	tryst_sim_free(b);
	tryst_sim_trace_free(ta);
	tryst_sim_trace_free(tb);
	tryst_sim_free(log);
}

static void
test_refused(void **state)
{
	struct tryst_sim *log = make("N0", SMALL, 3), *sim = NULL;
	struct tryst_sim_list list;
	struct tryst_sim_params p;
	struct tryst_sim_trace *t;
	struct tryst_error err;

	(void)state;
	assert_int_equal(read_trace(log, 1, 1u << 16, &t, &err), TRYST_ERR_LIMIT);
	tryst_sim_trace_free(t);
	/* Nothing was read. */
	assert_int_equal(tryst_sim_params_init(&p, "N0", &err), 0);
	assert_int_equal(tryst_sim_trace_new(&t, &home, 1, 1u << 30, &err), 0);
	assert_int_equal(
		tryst_sim_trace_operator(t)->ops->finish(tryst_sim_trace_operator(t), &err), 0);
	assert_int_equal(tryst_sim_new_like(&sim, &p, 1, t, &err), TRYST_ERR_FORMAT);
	tryst_sim_trace_free(t);
	/* Who scans is known by degree; who plays is not known. */
	assert_int_equal(read_trace(log, 1, 1u << 30, &t, &err), 0);
	sim = like(t, "N1", 1);
	assert_int_equal(tryst_sim_list_draw(sim, TRYST_SIM_LIST_GAMERS, 5, 1, &list, &err),
	                 TRYST_ERR_USAGE);
	assert_int_equal(tryst_sim_list_draw(sim, TRYST_SIM_LIST_SCANNERS, 5, 1, &list, &err), 0);
	assert_int_equal(list.count, 5);
	tryst_sim_list_fini(&list);
	tryst_sim_free(sim);
	tryst_sim_trace_free(t);
	tryst_sim_free(log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_degrees_kept),
		cmocka_unit_test(test_records_kept),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
