/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline and the sequencer over a made-up source: the same answer for any number of threads.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flow/pipeline.h"
#include "flow/sequencer.h"

/*
 * Input i has i % 5 parts; part p has 700 * p + i rows; row r has bytes r.  Input 3 cannot be
 * opened, and the reading of part 1 of input 7 fails half way.
 */
#define INPUTS 40
#define BAD_INPUT 3
#define BAD_READ 7

struct fake {
	struct tryst_source base;
};

static uint32_t
fake_rows(uint32_t input, size_t part)
{
	return (uint32_t)(700 * part + input);
}

static int
fake_read(struct tryst_source *s, size_t part, struct tryst_sink *sink, struct tryst_error *err)
{
	uint32_t rows = fake_rows(s->input->id, part), row;
	bool bad = s->input->id == BAD_READ && part == 1;
	int rc;

	for (uint32_t r = 0; r < (bad ? rows / 2 : rows); r++) {
		rc = tryst_sink_row(sink, &row, err);
		if (rc < 0)
			return rc;
		TRYST_SET(&sink->batch, src, row, tryst_ip_v4(r));
		TRYST_SET(&sink->batch, dst, row, tryst_ip_v4(1u << 31));
		TRYST_SET(&sink->batch, start_ms, row, (int64_t)r);
		TRYST_SET(&sink->batch, end_ms, row, (int64_t)r + 10);
		TRYST_SET(&sink->batch, bytes, row, r);
		TRYST_SET(&sink->batch, record_no, row, sink->record_base | r);
		TRYST_SET(&sink->batch, input_id, row, sink->input_id);
		sink->health.flows++;
		tryst_sink_commit(sink);
		if (r % 1000 == 0)
			(void)sched_yield();
	}
	if (bad)
		return tryst_error_set(err, TRYST_ERR_IO, "disk on fire");
	return 0;
}

static void
fake_close(struct tryst_source *s)
{
	free(s);
}

static const struct tryst_source_ops fake_ops = { .read = fake_read, .close = fake_close };

static int
fake_open(void *ctx, struct tryst_input *in, const struct tryst_request *req,
          struct tryst_source **out, struct tryst_error *err)
{
	struct fake *f;

	(void)ctx;
	if (in->id == BAD_INPUT)
		return tryst_error_set(err, TRYST_ERR_IO, "no such input");
	f = calloc(1, sizeof(*f));
	assert_non_null(f);
	f->base = (struct tryst_source){ .ops = &fake_ops, .input = in, .request = *req };
	f->base.parts = in->id % 5;
	*out = &f->base;
	return 0;
}

/* Sums, and lists "input part rows" a line in order. */
struct lister {
	struct tryst_operator op;
	struct tryst_sequencer *sequencer;
	struct tryst_buf out;
	uint64_t rows, bytes;
	uint64_t enough; /* records after which to stop; 0: never */
	uint64_t written;
	atomic_bool stop;
};

struct lister_state {
	struct tryst_buf text;
	uint64_t rows, bytes, part_rows;
};

static int
lister_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	(void)op;
	*state = calloc(1, sizeof(struct lister_state));
	return *state ? 0 : tryst_error_nomem(err);
}

static int
lister_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
            struct tryst_error *err)
{
	struct lister *l = (struct lister *)op;
	struct lister_state *s = state;
	size_t part = b->record_no[b->sel[0]] >> 32;

	for (uint32_t i = 0; i < b->selected; i++)
		s->bytes += b->bytes[b->sel[i]];
	s->rows += b->selected;
	s->part_rows += b->selected;
	if (part % 2 == 0)
		return 0;
	/* Odd parts are written piece by piece. */
	tryst_buf_printf(&s->text, "+%u\n", b->selected);
	return tryst_sequencer_some(l->sequencer, b->input_id[0], part, &s->text, 0, err);
}

static int
lister_part_end(struct tryst_operator *op, void *state, uint32_t input, size_t part, size_t parts,
                struct tryst_error *err)
{
	struct lister *l = (struct lister *)op;
	struct lister_state *s = state;
	uint64_t rows = s->part_rows;

	if (part == SIZE_MAX)
		return tryst_sequencer_input(l->sequencer, input, parts, err);
	tryst_buf_printf(&s->text, "%u %zu %llu\n", input, part, (unsigned long long)rows);
	s->part_rows = 0;
	return tryst_sequencer_part(l->sequencer, input, part, &s->text, rows, err);
}

static int
lister_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct lister *l = (struct lister *)op;
	struct lister_state *s = state;

	(void)err;
	l->rows += s->rows;
	l->bytes += s->bytes;
	tryst_buf_fini(&s->text);
	free(s);
	return 0;
}

static const struct tryst_operator_ops lister_ops = {
	.name = "lister",
	.open = lister_open,
	.push = lister_push,
	.part_end = lister_part_end,
	.merge = lister_merge,
};

/* Only the sums: nobody asks for an order. */
static int
summer_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
            struct tryst_error *err)
{
	struct lister_state *s = state;

	(void)op;
	(void)err;
	for (uint32_t i = 0; i < b->selected; i++)
		s->bytes += b->bytes[b->sel[i]];
	s->rows += b->selected;
	return 0;
}

static const struct tryst_operator_ops summer_ops = {
	.name = "summer", .open = lister_open, .push = summer_push, .merge = lister_merge
};

static bool in_order = true;
static uint64_t disk_size; /* records that can be written; 0: any number */

static int
lister_write(void *ctx, const char *data, size_t len, uint64_t records, struct tryst_error *err)
{
	struct lister *l = ctx;

	if (disk_size && l->written >= disk_size)
		return tryst_error_set(err, TRYST_ERR_IO, "disk full");
	tryst_buf_add(&l->out, data, len);
	l->written += records;
	if (l->enough && l->written >= l->enough)
		return tryst_error_set(err, TRYST_ERR_INTERRUPTED, "enough");
	return 0;
}

struct run {
	struct tryst_input inputs[INPUTS];
	struct lister lister;
	int rc;
	struct tryst_error err;
};

/* Runs with so many threads; the waiting room of the sequencer holds `waiting` bytes. */
static void
run(struct run *r, unsigned jobs, size_t waiting, uint64_t enough,
    const struct tryst_request *request)
{
	struct tryst_input *inputs[INPUTS];
	struct tryst_operator *ops[] = { &r->lister.op };
	struct tryst_pipeline p = {
		.inputs = inputs,
		.input_count = INPUTS,
		.open = fake_open,
		.request = *request,
		.operators = ops,
		.operator_count = 1,
		.jobs = jobs,
		.stop = &r->lister.stop,
	};

	*r = (struct run){ .lister = { .op = { .ops = in_order ? &lister_ops : &summer_ops,
		                               .columns = TRYST_BIT(bytes) | TRYST_BIT(record_no) |
		                                          TRYST_BIT(input_id) },
		                       .enough = enough } };
	for (uint32_t i = 0; i < INPUTS; i++) {
		assert_int_equal(tryst_input_init(&r->inputs[i], "x", i, &r->err), 0);
		inputs[i] = &r->inputs[i];
	}
	assert_int_equal(tryst_sequencer_new(&r->lister.sequencer, lister_write, &r->lister,
	                                     waiting, &r->lister.stop, &r->err),
	                 0);
	r->rc = tryst_pipeline_run(&p, &r->err);
	tryst_sequencer_free(r->lister.sequencer);
}

static void
run_free(struct run *r)
{
	for (uint32_t i = 0; i < INPUTS; i++)
		tryst_input_fini(&r->inputs[i]);
	tryst_buf_fini(&r->lister.out);
}

static const struct tryst_request everything = { .from_ms = INT64_MIN, .to_ms = INT64_MAX };

static void
same_for_any_threads(void **state)
{
	static struct run one, many;
	static const unsigned jobs[] = { 1, 2, 3, 8 };

	(void)state;
	run(&one, 1, 1 << 20, 0, &everything);
	assert_int_equal(one.rc, 0);
	assert_true(one.lister.rows > 10000);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(jobs); i++) {
		/* A waiting room of one byte makes threads wait for each other at every turn. */
		run(&many, jobs[i], 1, 0, &everything);
		assert_int_equal(many.rc, 0);
		assert_int_equal(many.lister.rows, one.lister.rows);
		assert_int_equal(many.lister.bytes, one.lister.bytes);
		assert_string_equal(many.lister.out.data, one.lister.out.data);
		run_free(&many);
	}
	run_free(&one);
}

/* Threads that keep to their inputs read each part once, too. */
static void
same_in_no_order(void **state)
{
	static struct run one, many;

	(void)state;
	run(&one, 1, 1 << 20, 0, &everything);
	in_order = false;
	for (unsigned jobs = 1; jobs <= 8; jobs++) {
		run(&many, jobs, 1, 0, &everything);
		assert_int_equal(many.rc, 0);
		assert_int_equal(many.lister.rows, one.lister.rows);
		assert_int_equal(many.lister.bytes, one.lister.bytes);
		for (uint32_t i = 0; i < INPUTS; i++) {
			assert_int_equal(many.inputs[i].health.flows, one.inputs[i].health.flows);
			assert_string_equal(many.inputs[i].error.text, one.inputs[i].error.text);
		}
		run_free(&many);
	}
	in_order = true;
	run_free(&one);
}

static void
trouble_stays_with_its_input(void **state)
{
	static struct run r;

	(void)state;
	run(&r, 4, 1 << 20, 0, &everything);
	assert_int_equal(r.rc, 0);
	assert_string_equal(r.inputs[BAD_INPUT].error.text, "no such input");
	assert_string_equal(r.inputs[BAD_READ].error.text, "disk on fire");
	/* What was read before the failure counts. */
	assert_int_equal(r.inputs[BAD_READ].health.flows,
	                 fake_rows(BAD_READ, 0) + fake_rows(BAD_READ, 1) / 2);
	assert_int_equal(r.inputs[8].health.flows, 8 * 3 + 700 * 3);
	assert_int_equal(tryst_input_record(&r.inputs[8], 2ULL << 32 | 5), 8 + 708 + 6);
	/* The same without the sums. */
	assert_non_null(r.inputs[8].part_first);
	free(r.inputs[8].part_first);
	r.inputs[8].part_first = NULL;
	assert_int_equal(tryst_input_record(&r.inputs[8], 2ULL << 32 | 5), 8 + 708 + 6);
	run_free(&r);
}

/* The first write that fails is in the middle of part 3 of input 4, while it is being read. */
static void
output_is_no_fault_of_an_input(void **state)
{
	static struct run r;

	(void)state;
	disk_size = fake_rows(1, 0) + fake_rows(2, 0) + fake_rows(2, 1) + fake_rows(4, 0) +
	            fake_rows(4, 1) + fake_rows(4, 2);
	for (unsigned jobs = 1; jobs <= 4; jobs++) {
		run(&r, jobs, 1, 0, &everything);
		assert_int_equal(r.rc, TRYST_ERR_IO);
		assert_string_equal(r.err.text, "disk full");
		assert_int_equal(r.inputs[4].error.code, 0);
		run_free(&r);
	}
	disk_size = 0;
}

static void
same_exporters_in_any_order(void **state)
{
	struct tryst_input in[2];
	struct tryst_error err;

	(void)state;
	for (uint32_t turn = 0; turn < 2; turn++) {
		assert_int_equal(tryst_input_init(&in[turn], "x", 0, &err), 0);
		for (uint32_t i = 0; i < TRYST_EXPORTERS_MAX + 100; i++) {
			uint32_t n = turn ? TRYST_EXPORTERS_MAX + 99 - i : i;
			struct tryst_exporter e = { .ip = tryst_ip_v4(n / 2), .domain = n % 2 };

			for (uint32_t k = 0; k < 3; k++) {
				e.sampling = turn ? k * 100 : 200 - k * 100;
				/* The sum is 0, though it is less in between. */
				e.counts[TRYST_EXPORTER_SEQUENCE_LOST] =
					(uint64_t)(turn ? (int)k - 1 : 1 - (int)k);
				e.counts[TRYST_EXPORTER_FLOWS] = n;
				assert_int_equal(tryst_input_exporter(&in[turn], &e, &err), 0);
			}
		}
		assert_int_equal(in[turn].exporter_count, TRYST_EXPORTERS_MAX);
		assert_true(in[turn].exporters_left);
		assert_int_equal(in[turn].exporter_rest.counts[TRYST_EXPORTER_FLOWS],
		                 3 * (100 * TRYST_EXPORTERS_MAX + 99 * 100 / 2));
		assert_int_equal(in[turn].exporter_rest.counts[TRYST_EXPORTER_SEQUENCE_LOST], 0);
	}
	for (uint32_t i = 0; i < TRYST_EXPORTERS_MAX; i++) {
		assert_true(tryst_ip_equal(in[0].exporters[i]->ip, tryst_ip_v4(i / 2)));
		assert_true(tryst_ip_equal(in[1].exporters[i]->ip, tryst_ip_v4(i / 2)));
		assert_int_equal(in[0].exporters[i]->sampling, 200);
		assert_int_equal(in[1].exporters[i]->sampling, 200);
		assert_memory_equal(in[0].exporters[i]->counts, in[1].exporters[i]->counts,
		                    sizeof(in[0].exporters[i]->counts));
		assert_int_equal(in[0].exporters[i]->counts[TRYST_EXPORTER_FLOWS], 3 * i);
	}
	tryst_input_fini(&in[0]);
	tryst_input_fini(&in[1]);
}

static void
stops_when_enough(void **state)
{
	static struct run all, r;

	(void)state;
	run(&all, 1, 1, 0, &everything);
	for (unsigned jobs = 1; jobs <= 4; jobs++) {
		run(&r, jobs, 1, 3000, &everything);
		assert_int_equal(r.rc, TRYST_ERR_INTERRUPTED);
		assert_true(r.lister.written >= 3000);
		/* A prefix of the whole, the same for any number of threads. */
		assert_int_equal(strncmp(r.lister.out.data, all.lister.out.data, r.lister.out.len),
		                 0);
		run_free(&r);
	}
	run_free(&all);
}

static void
tests_what_the_source_does_not(void **state)
{
	const struct tryst_ipset_entry entry = { { tryst_ip_v4(0), 96 + 26 }, 0 };
	struct tryst_request request = { .from_ms = 50, .to_ms = 80 };
	struct tryst_error err;
	struct tryst_ipset *set;
	static struct run r;

	(void)state;
	assert_int_equal(tryst_ipset_new(&set, &entry, 1, &err), 0);
	request.addresses = set;
	run(&r, 2, 1, 0, &request);
	assert_int_equal(r.rc, 0);
	/* Rows 40..63 of every part that has so many: starts 40..80 overlap, addresses end at 63.
	 */
	for (uint32_t i = 0; i < INPUTS; i++) {
		for (size_t p = 0; i != BAD_INPUT && p < i % 5; p++) {
			uint32_t rows = fake_rows(i, p);

			if (rows > 40)
				r.lister.rows -= TRYST_MIN(rows, 64u) - 40;
		}
	}
	assert_int_equal(r.lister.rows, 0);
	run_free(&r);
	tryst_ipset_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_for_any_threads),
		cmocka_unit_test(same_in_no_order),
		cmocka_unit_test(trouble_stays_with_its_input),
		cmocka_unit_test(output_is_no_fault_of_an_input),
		cmocka_unit_test(same_exporters_in_any_order),
		cmocka_unit_test(stops_when_enough),
		cmocka_unit_test(tests_what_the_source_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
