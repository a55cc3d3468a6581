/* SPDX-License-Identifier: Apache-2.0 */
/* The ids of a block's addresses against those that the dictionary gives each of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "draw.h"
#include "store/recent.h"

#define HOSTS 20000u
#define BLOCKS 300u

struct world {
	struct tryst_recent *recent;
	struct tryst_dictionary_builder *d;
	struct tryst_batch rows;
	uint32_t *ids, *again;
	uint8_t *in_block; /* by id */
};

/* Few hosts are in most flows; the first of all is the address of zeros, as free slots are. */
static struct tryst_ip
draw_host(uint64_t *seed)
{
	uint64_t n = draw(seed) % (draw(seed) % 3 ? 40 : HOSTS);

	return (struct tryst_ip){ n % 3 ? 0 : n, n };
}

static void
fill(struct world *w, uint32_t rows, uint64_t *seed)
{
	w->rows.rows = rows;
	for (uint32_t i = 0; i < rows; i++) {
		w->rows.src[i] = draw_host(seed);
		w->rows.dst[i] = i && draw(seed) % 2 ? w->rows.src[i - 1] : draw_host(seed);
	}
}

/* Of a block, in one call or several. */
static void
check_block(struct world *w, uint32_t block, uint64_t *seed)
{
	struct tryst_error err;
	uint32_t calls = 1 + (uint32_t)(draw(seed) % 3);

	memset(w->in_block, 0, HOSTS);
	for (uint32_t call = 0; call < calls; call++) {
		uint32_t rows = (uint32_t)(draw(seed) % 700), count = 0, n = 2 * rows;

		fill(w, rows, seed);
		assert_int_equal(
			tryst_recent_ids(w->recent, w->d, block, &w->rows, w->ids, &count, &err),
			0);
		assert_in_range(count, 0, n);
		assert_int_equal(tryst_dictionary_add(w->d, w->rows.src, rows, w->again, &err), 0);
		assert_int_equal(
			tryst_dictionary_add(w->d, w->rows.dst, rows, w->again + rows, &err), 0);
		for (uint32_t i = 0; i < count; i++)
			w->in_block[w->ids[i]] |= 1;
		for (uint32_t i = 0; i < n; i++) {
			assert_true(w->in_block[w->again[i]] & 1);
			w->in_block[w->again[i]] |= 2;
		}
	}
	/* And none that is not in it. */
	for (uint32_t id = 0; id < HOSTS; id++)
		assert_true(w->in_block[id] != 1);
}

static void
test_same_ids(void **state)
{
	struct tryst_error err;
	uint64_t seed = 17;
	struct world w = { .recent = calloc(1, sizeof(*w.recent)),
		           .ids = malloc(2 * TRYST_BATCH_ROWS * sizeof(*w.ids)),
		           .again = malloc(2 * TRYST_BATCH_ROWS * sizeof(*w.again)),
		           .in_block = malloc(HOSTS) };

	(void)state;
	assert_true(w.recent && w.ids && w.again && w.in_block);
	assert_int_equal(tryst_dictionary_builder_new(&w.d, &err), 0);
	assert_int_equal(tryst_batch_init(&w.rows, TRYST_BIT(src) | TRYST_BIT(dst), &err), 0);
	for (uint32_t shard = 0; shard < 3; shard++) {
		for (uint32_t block = 0; block < BLOCKS; block++)
			check_block(&w, block, &seed);
		tryst_dictionary_builder_clear(w.d);
		tryst_recent_clear(w.recent);
	}
	tryst_batch_fini(&w.rows);
	tryst_dictionary_builder_free(w.d);
	free(w.recent);
	free(w.ids);
	free(w.again);
	free(w.in_block);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
