/* SPDX-License-Identifier: Apache-2.0 */
/* A source that fills column by column: early selection, and addresses as codes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "flow/pipeline.h"

#define BLOCKS 9
#define PARTS 3
#define ROWS 1500 /* a block; its bytes are the number of the row in the input */

static unsigned blocks_filled; /* one thread */
static unsigned books_alive;

/* Code c is 10.0.0.c. */
struct book {
	struct tryst_codebook base;
};

static void
book_addresses(const struct tryst_codebook *c, uint32_t from, uint32_t n, struct tryst_ip *out)
{
	assert_true(from + n <= c->count);
	for (uint32_t i = 0; i < n; i++)
		out[i] = tryst_ip_v4(0x0a000000 + from + i);
}

static void
book_release(struct tryst_codebook *c)
{
	books_alive--;
	free(c);
}

struct source {
	struct tryst_source base;
	struct tryst_codebook *book;
};

static int
source_block(struct source *s, unsigned block, struct tryst_sink *sink, struct tryst_error *err)
{
	struct tryst_batch *b = &sink->batch;

	for (uint32_t r = 0; r < ROWS; r++) {
		b->bytes[r] = block * ROWS + r;
		b->present[r] = TRYST_BIT(bytes) | TRYST_BIT(src);
	}
	b->rows = ROWS;
	b->sure = TRYST_BIT(bytes) | TRYST_BIT(src);
	sink->health.flows += ROWS;
	if (sink->early == TRYST_BIT(bytes) && sink->select(sink) == 0) {
		assert_int_equal(b->rows, 0);
		return 0;
	}
	blocks_filled++;
	for (uint32_t r = 0; r < ROWS; r++) {
		if (s->base.request.coded & TRYST_BIT(src))
			b->src_code[r] = r % 7;
		else
			b->src[r] = tryst_ip_v4(0x0a000000 + r % 7);
	}
	b->coded = s->base.request.coded;
	b->book = b->coded ? s->book : NULL;
	return sink->flush(sink, err);
}

static int
source_read(struct tryst_source *s, size_t part, struct tryst_sink *sink, struct tryst_error *err)
{
	int rc = 0;

	assert_int_equal(sink->batch.coded, 0);
	assert_int_equal(sink->batch.sure, 0);
	for (unsigned i = 0; i < BLOCKS / PARTS && rc == 0; i++)
		rc = source_block((struct source *)s, (unsigned)part * (BLOCKS / PARTS) + i, sink,
		                  err);
	return rc;
}

static void
source_close(struct tryst_source *base)
{
	struct source *s = (struct source *)base;

	tryst_codebook_drop(s->book);
	free(s);
}

static const struct tryst_source_ops source_ops = { .read = source_read, .close = source_close };

static int
source_open(void *ctx, struct tryst_input *in, const struct tryst_request *req,
            struct tryst_source **out, struct tryst_error *err)
{
	struct source *s = calloc(1, sizeof(*s));
	struct book *book = calloc(1, sizeof(*book));

	(void)ctx;
	(void)err;
	assert_non_null(s);
	assert_non_null(book);
	book->base.count = 7;
	atomic_store(&book->base.holds, 1);
	book->base.addresses = book_addresses;
	book->base.release = book_release;
	books_alive++;
	s->base = (struct tryst_source){
		.ops = &source_ops, .input = in, .request = *req, .parts = PARTS
	};
	s->book = &book->base;
	*out = &s->base;
	return 0;
}

/* Sums bytes, and the last bytes of sources. */
struct sum {
	struct tryst_operator op;
	struct tryst_codebook *book; /* of the last batch */
	uint64_t rows, bytes, hosts;
	unsigned coded; /* batches */
};

static int
sum_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	(void)err;
	*state = op;
	return 0;
}

static int
sum_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
         struct tryst_error *err)
{
	struct sum *s = (struct sum *)op;
	const uint32_t *codes = tryst_batch_codes(b, TRYST_FIELD_src);

	(void)state;
	(void)err;
	s->coded += codes != NULL;
	assert_true((codes != NULL) == (b->book != NULL));
	if (b->book != s->book) {
		tryst_codebook_drop(s->book);
		s->book = b->book ? tryst_codebook_hold(b->book) : NULL;
	}
	for (uint32_t i = 0; i < b->selected; i++) {
		uint32_t r = b->sel[i];

		s->bytes += b->bytes[r];
		s->hosts += codes ? codes[r] : (uint32_t)b->src[r].lo & 0xff;
	}
	s->rows += b->selected;
	return 0;
}

static int
sum_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	(void)op;
	(void)state;
	(void)err;
	return 0;
}

static const struct tryst_operator_ops sum_ops = {
	.name = "sum", .open = sum_open, .push = sum_push, .merge = sum_merge
};

/* bytes >= least. */
struct test {
	struct tryst_predicate base;
	uint64_t least;
};

static void
test_apply(const struct tryst_predicate *p, struct tryst_batch *b)
{
	const struct test *t = (const struct test *)p;
	uint32_t kept = 0;

	if (b->selected == b->rows)
		tryst_batch_select_all(b);
	for (uint32_t i = 0; i < b->selected; i++) {
		if (b->bytes[b->sel[i]] >= t->least)
			b->sel[kept++] = b->sel[i];
	}
	b->selected = kept;
}

static struct sum
run(uint64_t least, uint64_t test_columns, uint64_t coded, const struct tryst_ipset *addresses)
{
	struct sum s = { .op = { .ops = &sum_ops,
		                 .columns = TRYST_BIT(bytes) | TRYST_BIT(src),
		                 .coded = coded } };
	struct test t = { .base = { .apply = test_apply, .columns = test_columns },
		          .least = least };
	struct tryst_operator *op = &s.op;
	struct tryst_input input, *inputs[] = { &input };
	struct tryst_pipeline p = {
		.inputs = inputs,
		.input_count = 1,
		.open = source_open,
		.request = { .from_ms = INT64_MIN, .to_ms = INT64_MAX, .addresses = addresses },
		.predicate = least ? &t.base : NULL,
		.operators = &op,
		.operator_count = 1,
		.jobs = 1,
	};
	struct tryst_error err = { 0 };

	blocks_filled = 0;
	assert_int_equal(tryst_input_init(&input, "x", 0, &err), 0);
	assert_int_equal(tryst_pipeline_run(&p, &err), 0);
	assert_int_equal(input.health.flows, BLOCKS * ROWS);
	tryst_input_fini(&input);
	return s;
}

static void
only_blocks_with_wanted_rows_are_filled(void **state)
{
	uint64_t least = 5 * ROWS + 1000, all = BLOCKS * ROWS;
	struct sum s = run(least, TRYST_BIT(bytes), 0, NULL);

	(void)state;
	assert_int_equal(s.rows, all - least);
	assert_int_equal(s.bytes, all * (all - 1) / 2 - least * (least - 1) / 2);
	assert_int_equal(blocks_filled, 4);
	s = run(all, TRYST_BIT(bytes), 0, NULL);
	assert_int_equal(s.rows, 0);
	assert_int_equal(blocks_filled, 0);
	s = run(0, 0, 0, NULL);
	assert_int_equal(s.rows, all);
	assert_int_equal(blocks_filled, BLOCKS);
}

static void
codes_outlive_their_source(void **state)
{
	struct sum plain = run(0, 0, 0, NULL), s = run(0, 0, TRYST_BIT(src), NULL);
	struct tryst_ip ip;

	(void)state;
	assert_int_equal(plain.coded, 0);
	assert_int_equal(s.coded, BLOCKS);
	assert_int_equal(s.hosts, plain.hosts);
	assert_int_equal(books_alive, 1);
	s.book->addresses(s.book, 6, 1, &ip);
	assert_true(tryst_ip_equal(ip, tryst_ip_v4(0x0a000006)));
	tryst_codebook_drop(s.book);
	assert_int_equal(books_alive, 0);
}

/* Whoever tests addresses needs them. */
static void
no_codes_where_addresses_are_tested(void **state)
{
	struct tryst_ipset_entry entry = { .prefix = { tryst_ip_v4(0x0a000003), 128 } };
	struct tryst_ipset *set;
	struct tryst_error err;
	struct sum s = run(1, TRYST_BIT(bytes) | TRYST_BIT(src), TRYST_BIT(src), NULL);

	(void)state;
	assert_int_equal(s.coded, 0);
	assert_int_equal(tryst_ipset_new(&set, &entry, 1, &err), 0);
	s = run(0, 0, TRYST_BIT(src), set);
	assert_int_equal(s.coded, 0);
	tryst_ipset_free(set);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_blocks_with_wanted_rows_are_filled),
		cmocka_unit_test(codes_outlive_their_source),
		cmocka_unit_test(no_codes_where_addresses_are_tested),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
