/* SPDX-License-Identifier: Apache-2.0 */
/* The sample against all rows: who is in it, in what order, at which level. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "draw.h"
#include "store/sample.h"

#define COLUMNS (TRYST_BIT(src) | TRYST_BIT(dst) | TRYST_BIT(bytes) | TRYST_BIT(proto))

struct flow {
	struct tryst_ip src, dst;
	uint64_t key;
	uint64_t present;
};

static uint64_t
key_of(const struct flow *f)
{
	return TRYST_MIN(tryst_sampler_key(f->src), tryst_sampler_key(f->dst));
}

static struct flow *
draw_flows(uint64_t seed, uint32_t n, bool nobody)
{
	struct flow *f = calloc(n + 1, sizeof(*f));

	assert_non_null(f);
	for (uint32_t i = 0; i < n; i++) {
		f[i].src = nobody ? tryst_ip_v4(0) : tryst_ip_v4((uint32_t)(draw(&seed) % 5000));
		f[i].dst = draw_ip(&seed);
		f[i].key = key_of(&f[i]);
		f[i].present = draw(&seed) & COLUMNS;
	}
	return f;
}

/* Adds the flows in batches of varying size, the last one first when `backwards`. */
static void
add_all(struct tryst_sample_builder *b, const struct flow *f, uint32_t n, bool backwards)
{
	struct tryst_error err;
	struct tryst_batch batch;

	assert_int_equal(tryst_batch_init(&batch, COLUMNS & ~TRYST_BIT(proto), &err), 0);
	for (uint32_t done = 0; done < n; done += batch.rows) {
		uint32_t first;

		batch.rows = TRYST_MIN(n - done, backwards ? 1999u : 700u);
		first = backwards ? n - done - batch.rows : done;
		for (uint32_t i = 0; i < batch.rows; i++) {
			batch.src[i] = f[first + i].src;
			batch.dst[i] = f[first + i].dst;
			batch.bytes[i] = first + i;
			batch.present[i] = f[first + i].present;
		}
		assert_int_equal(tryst_sample_add(b, &batch, first, &err), 0);
	}
	tryst_batch_fini(&batch);
}

static uint32_t
rows_at(const struct flow *f, uint32_t n, unsigned level)
{
	uint32_t rows = 0;

	for (uint32_t i = 0; i < n; i++)
		rows += f[i].key <= tryst_sampler_ceiling(level);
	return rows;
}

static void
check_rows(const struct tryst_sample_builder *b, const struct flow *f, uint32_t rows)
{
	uint64_t numbers[TRYST_BATCH_ROWS], key = 0, number = 0;
	struct tryst_batch batch;
	struct tryst_error err;
	uint32_t done = 0;

	assert_int_equal(tryst_batch_init(&batch, COLUMNS, &err), 0);
	for (uint32_t n; (n = tryst_sample_fill(b, done, &batch, numbers)) > 0; done += n) {
		for (uint32_t i = 0; i < n; i++) {
			const struct flow *flow = &f[numbers[i]];

			assert_true(tryst_ip_equal(batch.src[i], flow->src));
			assert_true(tryst_ip_equal(batch.dst[i], flow->dst));
			assert_int_equal(batch.bytes[i],
			                 flow->present & TRYST_BIT(bytes) ? numbers[i] : 0);
			assert_int_equal(batch.proto[i], 0);
			assert_int_equal(batch.present[i], flow->present & ~TRYST_BIT(proto));
			assert_true(flow->key > key || (flow->key == key && numbers[i] > number) ||
			            done + i == 0);
			key = flow->key;
			number = numbers[i];
		}
	}
	assert_int_equal(done, rows);
	tryst_batch_fini(&batch);
}

static void
check_info(const struct tryst_sample_info *info, const struct flow *f, uint32_t n)
{
	unsigned level = 0;

	while (level < TRYST_SAMPLE_NONE && rows_at(f, n, level) > tryst_sample_room(n))
		level++;
	assert_int_equal(info->level, level);
	for (unsigned l = 0; l < TRYST_SAMPLE_LEVELS; l++)
		assert_int_equal(info->at_level[l], l < level ? 0 : rows_at(f, n, l));
}

static void
test_choice(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 4096, 4097, 8192, 30000, 300000 };

	(void)state;
	for (size_t s = 0; s < TRYST_ARRAY_SIZE(sizes); s++) {
		for (unsigned turn = 0; turn < 2; turn++) {
			uint32_t n = sizes[s];
			struct flow *f = draw_flows(s, n, false);
			struct tryst_sample_builder *b;
			struct tryst_sample_info info;
			struct tryst_error err;

			/* The level follows the rows that come, not the most that might. */
			assert_int_equal(
				tryst_sample_builder_new(&b, COLUMNS, turn ? 4096 : 1 << 21, &err),
				0);
			if (n <= 1 << 20) {
				add_all(b, f, n, turn);
				assert_int_equal(tryst_sample_finish(b, n, &err), 0);
				tryst_sample_builder_info(b, &info);
				check_info(&info, f, n);
				check_rows(b, f, tryst_sample_rows(&info));
			}
			tryst_sample_builder_free(b);
			free(f);
		}
	}
}

/* An address whose key is 0 in every row: no level is high enough. */
static void
test_none(void **state)
{
	struct flow *f = draw_flows(1, 20000, true);
	struct tryst_sample_sum sum = { 0 };
	struct tryst_sample_builder *b;
	struct tryst_sample_info info;
	struct tryst_error err;

	(void)state;
	assert_int_equal(tryst_sample_builder_new(&b, COLUMNS, 20000, &err), 0);
	add_all(b, f, 20000, false);
	assert_int_equal(tryst_sample_finish(b, 20000, &err), 0);
	tryst_sample_builder_info(b, &info);
	assert_int_equal(info.level, TRYST_SAMPLE_NONE);
	assert_int_equal(tryst_sample_rows(&info), 0);
	check_rows(b, f, 0);
	tryst_sample_sum_add(&sum, &info);
	assert_int_equal(tryst_sample_sum_level(&sum, 10), 0);
	tryst_sample_builder_clear(b);
	assert_int_equal(tryst_sample_finish(b, 0, &err), 0);
	tryst_sample_builder_info(b, &info);
	assert_int_equal(info.level, 0);
	tryst_sample_builder_free(b);
	free(f);
}

static void
test_info(void **state)
{
	struct tryst_sample_info info = { .level = 3 }, back;
	struct tryst_sample_sum sum = { 0 };
	struct tryst_buf bytes = { 0 };
	struct tryst_cursor c;

	(void)state;
	for (unsigned l = 3; l < TRYST_SAMPLE_LEVELS; l++)
		info.at_level[l] = (uint32_t)(4000ULL >> l);
	tryst_sample_info_write(&info, &bytes);
	assert_int_equal(bytes.len, TRYST_SAMPLE_INFO_SIZE);
	c = tryst_cursor_init(bytes.data, bytes.len);
	assert_true(tryst_sample_info_read(&back, &c));
	assert_memory_equal(&info, &back, sizeof(info));
	c = tryst_cursor_init(bytes.data, bytes.len - 1);
	assert_false(tryst_sample_info_read(&back, &c));
	tryst_store_le32((uint8_t *)bytes.data + 4 + 4 * 9, 1000000); /* grows with the level */
	c = tryst_cursor_init(bytes.data, bytes.len);
	assert_false(tryst_sample_info_read(&back, &c));
	tryst_store_le32((uint8_t *)bytes.data, 99);
	c = tryst_cursor_init(bytes.data, bytes.len);
	assert_false(tryst_sample_info_read(&back, &c));
	tryst_buf_fini(&bytes);

	tryst_sample_sum_add(&sum, &info);
	assert_int_equal(tryst_sample_sum_level(&sum, 100000), 3);
	info.level = 5;
	tryst_sample_sum_add(&sum, &info);
	assert_int_equal(tryst_sample_sum_level(&sum, 100000), 5);
	assert_int_equal(tryst_sample_sum_level(&sum, 250), 5);
	assert_int_equal(tryst_sample_sum_level(&sum, 249), 6);
	assert_int_equal(tryst_sample_sum_level(&sum, 0), 12);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
