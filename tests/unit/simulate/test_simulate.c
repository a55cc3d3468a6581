/* SPDX-License-Identifier: Apache-2.0 */
/* Simulated networks: the same seed the same records, degrees, exporters, and what is planted. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "made.h"

/* What a batch says of a record, and nothing of the padding. */
static uint64_t
digest(const struct tryst_sim_record *r)
{
	uint64_t h = tryst_sim_hash((uint64_t)r->start_ms, (uint64_t)r->end_ms, r->src, r->dst);

	h = tryst_sim_hash(h, r->packets, r->bytes, r->conversation);
	return tryst_sim_hash(h, (uint64_t)r->src_port << 16 | r->dst_port,
	                      (uint64_t)r->proto << 8 | r->tcp_flags, r->ttl);
}

static uint64_t
digest_all(const struct all *a)
{
	uint64_t h = 0;

	for (size_t i = 0; i < a->count; i++)
		h = tryst_sim_mix(h + digest(&a->list[i]));
	return h;
}

#define SMALL "hosts=512 externals=2000 scanners=20 players=100 duration=3 start=1061564400"

static void
test_same_seed(void **state)
{
	struct tryst_sim *a = make("S1", SMALL, 3), *b = make("S1", SMALL, 3);
	struct tryst_sim *c = make("S1", SMALL, 4);
	struct all ra = records(a), rb = { 0 }, rc = records(c);
	struct tryst_error err;
	size_t parts = tryst_sim_parts(b);
	uint64_t forward = 0, backward = 0;

	(void)state;
	/* The parts in any order. */
	for (size_t i = parts; i-- > 0;)
		assert_int_equal(tryst_sim_part_records(b, i, take, &rb, &err), 0);
	assert_int_equal(ra.count, rb.count);
	for (size_t i = 0; i < ra.count; i++) {
		forward += digest(&ra.list[i]);
		backward += digest(&rb.list[i]);
	}
	assert_int_equal(forward, backward);
	assert_int_not_equal(digest_all(&ra), digest_all(&rc));
	free(ra.list);
	free(rb.list);
	free(rc.list);
	tryst_sim_free(a);
	tryst_sim_free(b);
	tryst_sim_free(c);
}

/*
 * All scenarios: the same bytes whatever the compiler, its optimisation and the machine.  Whoever
 * changes what is modelled changes the number; run it with gcc and clang then: arguments of a call
 * that draw from one stream are evaluated in any order.
 */
static void
test_pinned(void **state)
{
	uint64_t h = 0;

	(void)state;
	for (const struct tryst_sim_scenario *s = tryst_sim_scenarios; s->name; s++) {
		struct tryst_sim *sim =
			make(s->name, SMALL " sampling=20 session=2 degree=60 exporters=2", 3);
		struct all a = records(sim);

		h = tryst_sim_mix(h + digest_all(&a));
		free(a.list);
		tryst_sim_free(sim);
	}
	assert_int_equal(h, 0xa7fd93dcf3b73e45ULL);
}

/* One knob does not reshuffle the rest: without scanners, everything else is the same. */
static void
test_streams_apart(void **state)
{
	struct tryst_sim *a = make("N0", SMALL, 3), *b = make("N0", SMALL " scan_max=0.02", 3);
	struct all ra = records(a), rb = records(b);
	uint64_t with = 0, without = 0;

	(void)state;
	for (size_t i = 0; i < ra.count; i++) {
		ra.list[i].conversation = 0;
		if (ra.list[i].role == TRYST_SIM_ROLE_VISIT)
			with += digest(&ra.list[i]);
	}
	for (size_t i = 0; i < rb.count; i++) {
		rb.list[i].conversation = 0;
		if (rb.list[i].role == TRYST_SIM_ROLE_VISIT)
			without += digest(&rb.list[i]);
	}
	assert_true(ra.count > rb.count);
	assert_int_equal(with, without);
	free(ra.list);
	free(rb.list);
	tryst_sim_free(a);
	tryst_sim_free(b);
}

static int
compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static void
test_addresses(void **state)
{
	struct tryst_sim *sim = make("N0", "externals=200000", 8);
	uint32_t *list = malloc(200000 * sizeof(*list));

	(void)state;
	assert_non_null(list);
	for (uint32_t i = 0; i < 200000; i++) {
		uint32_t a = list[i] = tryst_sim_external(&sim->w, i), first = a >> 24;

		assert_true(first > 0 && first < 224 && first != 10 && first != 127);
		assert_false(tryst_sim_is_local(a));
		assert_true((a & 255) > 0 && (a & 255) < 255);
	}
	qsort(list, 200000, sizeof(*list), compare);
	for (uint32_t i = 1; i < 200000; i++)
		assert_true(list[i] != list[i - 1]);
	for (uint32_t i = 0; i < 4096; i++)
		assert_true(tryst_sim_is_local(tryst_sim_local(&sim->w, i)));
	free(list);
	tryst_sim_free(sim);
}

/* Hill's estimate of the exponent of the degrees (whole numbers: k - 1/2, from 10 on). */
static void
test_degrees(void **state)
{
	static const double exponents[] = { 1.8, 2.1, 2.5 };

	(void)state;
	for (size_t e = 0; e < TRYST_ARRAY_SIZE(exponents); e++) {
		char settings[128];
		struct tryst_sim *sim;
		double sum = 0;
		unsigned n = 0;

		(void)snprintf(settings, sizeof(settings),
		               "hosts=65000 degree_max=60000 externals=200000 exponent=%g",
		               exponents[e]);
		sim = make("N0", settings, 2);
		for (uint32_t i = 0; i < 200000; i++) {
			if (sim->w.degree[i] < 10)
				continue;
			sum += log(sim->w.degree[i] / 9.5);
			n++;
		}
		assert_true(fabs(1 + n / sum - exponents[e]) < 0.08);
		tryst_sim_free(sim);
	}
}

/* The records of one talk under an exporter's settings. */
static struct all
exported(const char *settings, const struct tryst_sim_talk *t)
{
	struct tryst_sim *sim = make("N0", settings, 1);
	struct tryst_sim_part part = { .w = &sim->w, .from_ms = sim->w.start_ms };
	struct all a;

	tryst_sim_export(&part, t, INT64_MIN, INT64_MAX);
	assert_true(tryst_sim_part_sort(&part));
	a = (struct all){ part.records, part.count, part.cap };
	tryst_sim_free(sim);
	return a;
}

#define QUIET "asymmetric=0 loss=0 "

static void
test_exporter(void **state)
{
	struct tryst_sim_talk t = {
		.id = 1,
		.start_ms = 1061510400000,
		.duration_ms = 1000000,
		.lag_ms = 20,
		.packets = { 50001, 30001 },
		.bytes = { 5000123, 6000077 },
		.client = 0x20304050,
		.server = 198u << 24 | 18u << 16 | 9,
		.client_port = 5000,
		.server_port = 443,
		.proto = TRYST_SIM_TCP,
		.tcp_flags = { 0x1b, 0x1b },
	};
	static const double actives[] = { 60, 300, 1800 };
	struct all a;

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(actives); i++) {
		char settings[64];
		uint64_t packets = 0, bytes = 0;
		size_t want = 2 * ((size_t)(1000 / actives[i]) + 1);

		(void)snprintf(settings, sizeof(settings), QUIET "active=%g", actives[i]);
		a = exported(settings, &t);
		assert_int_equal(a.count, want);
		for (size_t n = 0; n < a.count; n++) {
			packets += a.list[n].packets;
			bytes += a.list[n].bytes;
			assert_true(a.list[n].end_ms - a.list[n].start_ms <= actives[i] * 1000);
			/* The SYN is in the first two only, the FIN in the last two. */
			assert_int_equal(a.list[n].tcp_flags & 2, n < 2 ? 2 : 0);
			assert_int_equal(a.list[n].tcp_flags & 1, n >= a.count - 2);
		}
		assert_int_equal(packets, 80002);
		assert_int_equal(bytes, 5000123 + 6000077);
		free(a.list);
	}
	/* Packets further apart than the inactive timeout are flows of their own. */
	t.packets[0] = 11;
	t.packets[1] = 0;
	a = exported(QUIET "inactive=15", &t);
	assert_int_equal(a.count, 11);
	free(a.list);
	/* Two exporters see the same, with the clock of one ahead. */
	a = exported(QUIET "exporters=2 clock=700 inactive=600 active=3600", &t);
	assert_int_equal(a.count, 2);
	assert_int_equal(a.list[1].start_ms - a.list[0].start_ms, 700);
	assert_int_equal(a.list[0].packets, a.list[1].packets);
	free(a.list);
}

static void
test_sampling(void **state)
{
	struct tryst_sim_talk t = {
		.start_ms = 1061510400000,
		.duration_ms = 1000000,
		.packets = { 1000000, 0 },
		.bytes = { 100000000, 0 },
		.client = 0x20304050,
		.server = 198u << 24 | 18u << 16 | 9,
		.proto = TRYST_SIM_UDP,
	};
	struct all a = exported(QUIET "sampling=100", &t);
	uint64_t packets = 0, seen = 0;

	(void)state;
	for (size_t n = 0; n < a.count; n++) {
		packets += a.list[n].packets;
		assert_int_equal(a.list[n].bytes, a.list[n].packets * 100);
	}
	/* Binomial: 10,000 with a deviation of 100. */
	assert_true(packets > 9500 && packets < 10500);
	free(a.list);
	/* A flow of one packet is seen in one of N cases. */
	t.packets[0] = 1;
	t.bytes[0] = 37;
	t.duration_ms = 0;
	for (t.id = 1; t.id <= 300; t.id++) {
		a = exported(QUIET "hosts=64 externals=100 sampling=10 players=0", &t);
		seen += a.count;
		free(a.list);
	}
	assert_true(seen > 12 && seen < 50);
}

/* Counts rows, and checks that what is not known of them is 0. */
struct looker {
	struct tryst_operator op;
	atomic_size_t rows;
};

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
	(void)state;
	(void)err;
	for (uint32_t i = 0; i < b->selected; i++) {
		uint32_t row = b->sel[i];
		bool tcp = b->proto[row] == 6;

		assert_int_equal(tryst_batch_known(b, TRYST_FIELD_tcp_flags, row), tcp);
		assert_int_equal(tcp, b->tcp_flags[row] != 0);
		assert_int_equal(b->rev_packets[row], 0);
		assert_int_equal(b->fwd_status[row], 0);
		assert_true(b->min_ttl[row] > 0);
	}
	atomic_fetch_add(&((struct looker *)op)->rows, b->selected);
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
	.name = "look", .open = look_open, .push = look_push, .merge = look_merge
};

static void
test_source(void **state)
{
	struct looker l = { .op = { .ops = &look_ops, .columns = TRYST_BITS_ALL } };
	struct tryst_operator *op = &l.op;
	struct tryst_sim *sim = make("N0", SMALL " sampling=10", 3);
	struct all a = records(sim);
	struct tryst_input in, *inputs[] = { &in };
	struct tryst_pipeline p = {
		.inputs = inputs,
		.input_count = 1,
		.open = tryst_sim_open,
		.open_ctx = sim,
		.request = { .from_ms = TRYST_TIME_MIN, .to_ms = TRYST_TIME_MAX },
		.operators = &op,
		.operator_count = 1,
		.jobs = 3,
	};
	struct tryst_error err;

	(void)state;
	assert_int_equal(tryst_input_init(&in, "N0", 0, &err), 0);
	assert_int_equal(tryst_pipeline_run(&p, &err), 0);
	assert_int_equal(in.health.flows, a.count);
	assert_int_equal(l.rows, a.count);
	assert_int_equal(in.exporter_count, 1);
	assert_int_equal(in.exporters[0]->sampling, 10);
	assert_int_equal(tryst_input_record(&in, 1ULL << 32), in.part_flows[0] + 1);
	tryst_input_fini(&in);
	free(a.list);
	tryst_sim_free(sim);
}

static void
test_lists(void **state)
{
	struct tryst_sim *sim = make("N0", "scanners=30", 6);
	struct tryst_error err;

	(void)state;
	for (unsigned kind = 0; kind < TRYST_SIM_LIST_KINDS; kind++) {
		struct tryst_sim_list a, b, c;

		assert_int_equal(tryst_sim_list_draw(sim, kind, 20, 1, &a, &err), 0);
		assert_int_equal(tryst_sim_list_draw(sim, kind, 20, 1, &b, &err), 0);
		assert_int_equal(tryst_sim_list_draw(sim, kind, 20, 2, &c, &err), 0);
		assert_int_equal(a.count, 20);
		assert_memory_equal(a.hosts, b.hosts, 20 * sizeof(*a.hosts));
		assert_memory_not_equal(a.hosts, c.hosts, 20 * sizeof(*a.hosts));
		for (size_t i = 1; i < a.count; i++)
			assert_true(tryst_ip_compare(a.hosts[i - 1], a.hosts[i]) < 0);
		tryst_sim_list_fini(&a);
		tryst_sim_list_fini(&b);
		tryst_sim_list_fini(&c);
	}
	tryst_sim_free(sim);
	/* A network without such hosts has nobody to list. */
	sim = make("N0", "scanners=0", 6);
	struct tryst_sim_list none;
	assert_int_equal(tryst_sim_list_draw(sim, TRYST_SIM_LIST_SCANNERS, 20, 1, &none, &err),
	                 TRYST_ERR_USAGE);
	tryst_sim_free(sim);
}

/* What goes to listed hosts is discarded from a moment on; what comes from them is not. */
static void
test_null_route(void **state)
{
	struct tryst_sim *sim = make("S1", "null_route=yes null_at=0.5 fwd_status=yes", 5);
	const struct tryst_sim_truth *t = tryst_sim_truth(sim);
	struct all a = records(sim);
	unsigned dropped = 0;

	(void)state;
	for (size_t i = 0; i < a.count; i++) {
		const struct tryst_sim_record *r = &a.list[i];

		if (r->out_if == 0) {
			dropped++;
			assert_true(tryst_sim_list_has(&t->listed, r->dst));
			assert_false(r->delivered);
			assert_int_equal(r->fwd_status, 131);
		} else {
			assert_int_equal(r->fwd_status, 64);
		}
	}
	assert_true(dropped > 5);
	free(a.list);
	tryst_sim_free(sim);
}

static void
test_knobs(void **state)
{
	struct tryst_sim_params p;
	struct tryst_error err;
	struct tryst_buf text = { 0 };

	(void)state;
	assert_int_equal(tryst_sim_params_init(&p, "S99", &err), TRYST_ERR_USAGE);
	for (const struct tryst_sim_scenario *s = tryst_sim_scenarios; s->name; s++)
		assert_int_equal(tryst_sim_params_init(&p, s->name, &err), 0);
	assert_int_equal(tryst_sim_params_init(&p, "N1", &err), 0);
	assert_int_equal((int)p.list, TRYST_SIM_LIST_SCANNERS);
	for (size_t i = 0; i < tryst_sim_knob_count; i++) {
		const struct tryst_sim_knob *k = &tryst_sim_knobs[i];
		double value = *tryst_sim_knob_at(&p, k);

		assert_true(value >= k->min && value <= k->max);
		/* What is written can be set. */
		tryst_buf_clear(&text);
		tryst_buf_printf(&text, "%s=", k->name);
		tryst_sim_knob_format(k, value, &text);
		assert_int_equal(tryst_sim_params_set(&p, text.data, &err), 0);
		assert_true(*tryst_sim_knob_at(&p, k) == value);
	}
	tryst_buf_fini(&text);
	for (size_t i = 0; i < TRYST_SIM_ROLES; i++)
		assert_non_null(tryst_sim_roles[i]);
	assert_int_equal(tryst_sim_params_set(&p, "hosts", &err), TRYST_ERR_USAGE);
	assert_int_equal(tryst_sim_params_set(&p, "hots=5000", &err), TRYST_ERR_USAGE);
	assert_non_null(strstr(err.text, "hosts"));
	assert_int_equal(tryst_sim_params_set(&p, "hosts=1e3000", &err), TRYST_ERR_USAGE);
	assert_int_equal(tryst_sim_params_set(&p, "hosts=100.5", &err), TRYST_ERR_USAGE);
	assert_int_equal(tryst_sim_params_set(&p, "hosts=5", &err), TRYST_ERR_USAGE);
	assert_int_equal(tryst_sim_params_set(&p, "hosts=nan", &err), TRYST_ERR_USAGE);
	assert_int_equal(tryst_sim_params_set(&p, "mixing=", &err), TRYST_ERR_USAGE);
	assert_int_equal(tryst_sim_params_set(&p, "list=everyone", &err), TRYST_ERR_USAGE);
	assert_int_equal(tryst_sim_params_set(&p, "list=gamers", &err), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_seed),     cmocka_unit_test(test_pinned),
		cmocka_unit_test(test_streams_apart), cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_degrees),       cmocka_unit_test(test_exporter),
		cmocka_unit_test(test_sampling),      cmocka_unit_test(test_source),
		cmocka_unit_test(test_lists),         cmocka_unit_test(test_null_route),
		cmocka_unit_test(test_knobs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
