/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which rows of a block are within bounds: the kernels for one processor against those for any, and
 * groups of random columns against the rows that went in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "draw.h"
#include "store/block.h"
#include "store/match.h"

#define WORDS (TRYST_BATCH_ROWS / 64)

static void
swap(uint64_t *a, uint64_t *b)
{
	uint64_t x = *a;

	*a = *b;
	*b = x;
}

/* Every width, with counts around the kernels' strides: both kernels say the same as a look. */
static void
test_kernels(void **state)
{
	static const uint32_t counts[] = { 1, 8, 63, 64, 65, 127, 300, 2047, 2048 };
	const struct tryst_match *kernels[] = { &tryst_match_scalar, tryst_match_best() };
	uint64_t values[TRYST_BATCH_ROWS], seed = 1;
	uint8_t packed[TRYST_BATCH_ROWS * 8 + TRYST_PACK_SLACK];

	(void)state;
	for (unsigned round = 0; round < 59 * TRYST_ARRAY_SIZE(counts) * 3; round++) {
		unsigned width = round % 59 == 58 ? 64 : round % 59;
		uint32_t count = counts[round / 59 % TRYST_ARRAY_SIZE(counts)];
		uint64_t top = width == 64 ? UINT64_MAX : ((uint64_t)1 << width) - 1, lo, hi;
		struct tryst_match_set set;

		for (uint32_t i = 0; i < count; i++)
			values[i] = draw(&seed) >> (draw(&seed) % 64) & top;
		lo = values[draw(&seed) % count];
		hi = round % 3 ? draw(&seed) & top : lo;
		if (lo > hi)
			swap(&lo, &hi);
		for (unsigned i = 0; i < 4; i++)
			set.words[i] = draw(&seed) & draw(&seed);
		memset(packed, 0xff, sizeof(packed));
		tryst_pack(packed, values, count, width);
		for (size_t k = 0; k < TRYST_ARRAY_SIZE(kernels); k++) {
			uint64_t range[WORDS], in[WORDS] = { 0 };

			memset(range, 0xff, sizeof(range));
			kernels[k]->range(range, packed, count, width, lo, hi);
			if (width <= 8)
				kernels[k]->set(in, packed, count, width, &set);
			for (uint32_t i = 0; i < (count + 63) / 64 * 64; i++) {
				bool has = i < count && width <= 8 &&
				           tryst_match_set_has(&set, (unsigned)values[i]);

				assert_int_equal(range[i / 64] >> i % 64 & 1,
				                 i < count && values[i] >= lo && values[i] <= hi);
				assert_int_equal(in[i / 64] >> i % 64 & 1, has);
			}
		}
	}
}

/* A number such as columns of one kind or another have. */
static uint64_t
draw_number(uint64_t *seed, unsigned kind, uint32_t row)
{
	static const uint64_t few[] = { 0, 1, 443, 25, 53, 80, 443, 60000 };
	uint64_t r = draw(seed);

	switch (kind) {
	case 0:
		return 443;
	case 1:
		return few[r % 8];
	case 2:
		return r % 40 ? r >> 58 : r >> 20; /* few bits, and exceptions */
	case 3:
		return (r & 0xffff) + 100;
	case 4:
		return row / 7 + (r & 1);
	case 5:
		return (r % 200) * 1000003;
	case 6:
		return r;
	default:
		return r % 30 ? few[r % 4] : r >> 44;
	}
}

static void
draw_batch(struct tryst_batch *b, uint64_t *seed)
{
	uint64_t always = draw(seed) | draw(seed);

	b->rows = draw(seed) % 4 ? TRYST_BATCH_ROWS : 1 + (uint32_t)(draw(seed) % TRYST_BATCH_ROWS);
	for (uint32_t row = 0; row < b->rows; row++)
		b->present[row] = (always | draw(seed)) & TRYST_STORED_BITS;
	for (unsigned f = 0; TRYST_STORED_BITS >> f; f++) {
		size_t size = tryst_field_info(f)->size;
		unsigned kind = (unsigned)(draw(seed) % 8);
		bool related = f == TRYST_FIELD_bytes && draw(seed) % 4;

		for (uint32_t row = 0; row < b->rows && size <= 8; row++) {
			uint64_t v = draw_number(seed, kind, row);

			if (related)
				v = b->packets[row] * (40 + (v & 1023)) + v % 3;
			memcpy((uint8_t *)tryst_batch_column(b, f) + row * size, &v, size);
		}
	}
}

static uint64_t
number_of(const struct tryst_batch *b, enum tryst_field field, uint32_t row)
{
	return tryst_batch_known(b, field, row) ? tryst_batch_number(b, field, row) : 0;
}

static struct tryst_bound
draw_bound(const struct tryst_batch *b, uint64_t *seed)
{
	static const enum tryst_field usual[] = {
		TRYST_FIELD_bytes,    TRYST_FIELD_packets,  TRYST_FIELD_src_port,
		TRYST_FIELD_dst_port, TRYST_FIELD_dst_port, TRYST_FIELD_proto,
	};
	struct tryst_bound k = { .field = usual[draw(seed) % TRYST_ARRAY_SIZE(usual)] };

	while (draw(seed) % 4 == 0 || tryst_field_info(k.field)->size > 8)
		k.field = (enum tryst_field)(draw(seed) % TRYST_FIELD_record_no);
	k.other = k.field;
	if (k.field == TRYST_FIELD_src_port && draw(seed) % 2)
		k.other = TRYST_FIELD_dst_port;
	k.lo = number_of(b, k.field, (uint32_t)(draw(seed) % b->rows));
	k.hi = draw(seed) % 2 ? k.lo : number_of(b, k.field, (uint32_t)(draw(seed) % b->rows));
	if (k.lo > k.hi)
		swap(&k.lo, &k.hi);
	if (draw(seed) % 4 == 0)
		k.hi = UINT64_MAX;
	return k;
}

/* What is stored of a row, an unknown number as 0, is within a bound. */
static bool
is_within(const struct tryst_batch *b, const struct tryst_bound *k, uint32_t row)
{
	uint64_t x = number_of(b, k->field, row), y = number_of(b, k->other, row);

	return (x >= k->lo && x <= k->hi) || (y >= k->lo && y <= k->hi);
}

/*
 * Nothing is promised where numbers are stored as differences, and of bytes, which are looked at
 * last and may be so by packets only, where many rows are left.
 */
static bool
is_exact(const struct tryst_bound *k, bool last, uint32_t n, uint32_t rows)
{
	return k->field != TRYST_FIELD_start_ms && k->field != TRYST_FIELD_end_ms &&
	       k->field != TRYST_FIELD_received_ms &&
	       (k->field != TRYST_FIELD_bytes || (last && n <= rows / 8));
}

static uint64_t
check_group(struct tryst_group *g, const struct tryst_batch *b, uint64_t *seed)
{
	struct tryst_bound list[3];
	struct tryst_bounds bounds = { list, draw(seed) % 4 };
	struct tryst_block_fault fault;
	uint16_t rows[TRYST_BATCH_ROWS];
	uint32_t n, at = 0;

	for (size_t i = 0; i < bounds.count; i++)
		list[i] = draw_bound(b, seed);
	assert_true(tryst_group_narrow(g, bounds, rows, &n, &fault));
	for (uint32_t row = 0; row < b->rows; row++) {
		bool got = at < n && rows[at] == row, within = true, out = false;

		for (size_t i = 0; i < bounds.count; i++) {
			bool in = is_within(b, &list[i], row);

			within &= in;
			out |= !in && is_exact(&list[i], i + 1 == bounds.count, n, b->rows);
		}
		at += got;
		assert_true(got || !within);
		assert_false(got && out);
	}
	assert_int_equal(at, n);
	return n;
}

static void
test_groups(void **state)
{
	struct tryst_block_encoder *e;
	struct tryst_error err;
	struct tryst_batch b;
	uint64_t seed = 7, left = 0;

	(void)state;
	assert_int_equal(tryst_block_encoder_new(&e, &err), 0);
	assert_int_equal(tryst_batch_init(&b, TRYST_BITS_ALL, &err), 0);
	for (unsigned round = 0; round < 150; round++) {
		static const uint8_t slack[TRYST_PACK_SLACK];
		struct tryst_buf bytes = { 0 };
		struct tryst_block_fault fault;
		struct tryst_group g;
		size_t size;

		draw_batch(&b, &seed);
		tryst_block_encode(e, &b, b.rows, NULL, &bytes);
		size = bytes.len;
		tryst_buf_add(&bytes, slack, sizeof(slack));
		assert_false(bytes.failed);
		assert_true(tryst_group_open(&g, (const uint8_t *)bytes.data, size, &fault));
		for (unsigned i = 0; i < 12; i++)
			left += check_group(&g, &b, &seed);
		tryst_buf_fini(&bytes);
	}
	assert_true(left > 10000);
	tryst_batch_fini(&b);
	tryst_block_encoder_free(e);
}

/* A chunk that is damaged is found where it is read, and not where no row is left to read it for.
 */
static void
test_damage(void **state)
{
	const struct tryst_bound ports = { TRYST_FIELD_dst_port, TRYST_FIELD_dst_port, 443, 443 };
	const struct tryst_bound proto = { TRYST_FIELD_proto, TRYST_FIELD_proto, 6, 6 };
	const struct tryst_bound both[] = { ports, proto };
	static const uint8_t slack[TRYST_PACK_SLACK];
	struct tryst_block_encoder *e;
	struct tryst_block_fault fault;
	struct tryst_buf bytes = { 0 };
	uint16_t rows[TRYST_BATCH_ROWS];
	struct tryst_error err;
	struct tryst_batch b;
	struct tryst_group g;
	uint64_t seed = 9;
	uint32_t n;
	size_t size;

	(void)state;
	assert_int_equal(tryst_block_encoder_new(&e, &err), 0);
	assert_int_equal(tryst_batch_init(&b, TRYST_BITS_ALL, &err), 0);
	draw_batch(&b, &seed);
	for (uint32_t i = 0; i < b.rows; i++) {
		b.present[i] |= TRYST_BIT(proto);
		b.proto[i] = (uint8_t)(17 + i % 2);
	}
	tryst_block_encode(e, &b, b.rows, NULL, &bytes);
	size = bytes.len;
	tryst_buf_add(&bytes, slack, sizeof(slack));
	assert_true(tryst_group_open(&g, (const uint8_t *)bytes.data, size, &fault));
	bytes.data[g.at[g.chunk_of[TRYST_STREAM_port_high]]] ^= 1;
	assert_false(tryst_group_narrow(&g, (struct tryst_bounds){ &ports, 1 }, rows, &n, &fault));
	assert_int_equal(fault.stream, TRYST_STREAM_port_high);
	assert_true(tryst_group_narrow(&g, (struct tryst_bounds){ both, 2 }, rows, &n, &fault));
	assert_int_equal(n, 0);
	tryst_buf_fini(&bytes);
	tryst_batch_fini(&b);
	tryst_block_encoder_free(e);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kernels),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
