/* SPDX-License-Identifier: Apache-2.0 */
/* Postings against a plain matrix of (code, block), and every bit of their bytes flipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "draw.h"
#include "store/postings.h"

#define IDS 300
#define BLOCKS 5000

static uint8_t truth[IDS][BLOCKS]; /* by code */

struct made {
	struct tryst_postings_builder *b;
	struct tryst_buf bytes;
	uint32_t codes[IDS];
	uint32_t ids, blocks;
};

/* How dense the list of an id is, and where it begins and ends. */
struct habit {
	uint32_t one_in, from, to;
};

static void
make(struct made *m, uint64_t seed, uint32_t ids, uint32_t blocks)
{
	struct habit habits[IDS];
	struct tryst_error err;

	*m = (struct made){ .ids = ids, .blocks = blocks };
	memset(truth, 0, sizeof(truth));
	assert_int_equal(tryst_postings_builder_new(&m->b, &err), 0);
	for (uint32_t i = 0; i < ids; i++) {
		uint32_t swap = (uint32_t)(draw(&seed) % (i + 1));

		m->codes[i] = m->codes[swap];
		m->codes[swap] = i;
		habits[i].one_in = (uint32_t)1 << draw(&seed) % 14;
		habits[i].from = draw(&seed) % 2 ? 0 : (uint32_t)(draw(&seed) % blocks);
		habits[i].to = draw(&seed) % 2 ? blocks : (uint32_t)(draw(&seed) % blocks);
	}
	for (uint32_t block = 0; block < blocks; block++) {
		uint32_t list[2 * IDS], n = 0;

		for (uint32_t i = 0; i < ids; i++) {
			if (block < habits[i].from || block >= habits[i].to ||
			    draw(&seed) % habits[i].one_in)
				continue;
			truth[m->codes[i]][block] = 1;
			list[n++] = i;
			if (draw(&seed) % 4 == 0) {
				list[n] = list[draw(&seed) % n];
				n++;
			}
		}
		assert_int_equal(tryst_postings_add(m->b, block, list, n / 2, &err), 0);
		assert_int_equal(tryst_postings_add(m->b, block, list + n / 2, n - n / 2, &err), 0);
	}
	assert_int_equal(tryst_postings_write(m->b, m->codes, ids, &m->bytes, &err), 0);
}

static void
made_fini(struct made *m)
{
	tryst_postings_builder_free(m->b);
	tryst_buf_fini(&m->bytes);
}

static void
check_query(const struct made *m, const struct tryst_postings *p,
            const struct tryst_code_range *ranges, size_t count)
{
	struct tryst_block_set set;
	struct tryst_error err;
	uint32_t total = 0;

	assert_int_equal(tryst_block_set_init(&set, p->blocks, &err), 0);
	assert_int_equal(tryst_postings_blocks(p, ranges, count, &set, &err), 0);
	for (uint32_t block = 0; block < m->blocks; block++) {
		bool in = false;

		for (size_t r = 0; r < count; r++) {
			for (uint32_t code = ranges[r].first; code <= ranges[r].last; code++)
				in |= truth[code][block];
		}
		assert_int_equal(in, tryst_block_set_has(&set, block));
		total += in;
	}
	assert_int_equal(total, tryst_block_set_count(&set));
	tryst_block_set_fini(&set);
}

static void
test_queries(void **state)
{
	static const struct {
		uint32_t ids, blocks;
	} sizes[] = { { 0, 1 },   { 1, 1 },    { 5, 1 },     { 64, 2 },
		      { 65, 63 }, { 300, 64 }, { 300, 700 }, { 200, BLOCKS } };
	struct tryst_code_range ranges[IDS];
	struct tryst_postings p;
	struct tryst_error err;
	uint64_t seed = 3;
	struct made m;

	(void)state;
	for (size_t s = 0; s < TRYST_ARRAY_SIZE(sizes); s++) {
		make(&m, s, sizes[s].ids, sizes[s].blocks);
		assert_int_equal(
			tryst_postings_open(&p, (uint8_t *)m.bytes.data, m.bytes.len, &err), 0);
		assert_int_equal(p.count, m.ids);
		for (uint32_t code = 0; code < m.ids; code += 1 + code / 8) {
			ranges[0] = (struct tryst_code_range){ code, code };
			check_query(&m, &p, ranges, 1);
		}
		for (unsigned turn = 0; turn < 10; turn++) {
			size_t count = 0;

			for (uint32_t code = (uint32_t)(draw(&seed) % 100); code < m.ids;
			     code += 2 + (uint32_t)(draw(&seed) % 100)) {
				uint32_t last = code + (uint32_t)(draw(&seed) % 50);

				last = TRYST_MIN(last, m.ids - 1);
				ranges[count++] = (struct tryst_code_range){ code, last };
				code = last;
			}
			check_query(&m, &p, ranges, count);
		}
		made_fini(&m);
	}
}

static void
test_damage(void **state)
{
	struct tryst_block_set set;
	struct tryst_postings p;
	struct tryst_error err;
	struct made m;
	uint8_t *copy;

	(void)state;
	make(&m, 77, 150, 90);
	copy = malloc(m.bytes.len);
	assert_non_null(copy);
	assert_int_equal(tryst_block_set_init(&set, 90, &err), 0);
	for (size_t bit = 0; bit < m.bytes.len * 8; bit++) {
		struct tryst_code_range all = { 0, 149 };

		memcpy(copy, m.bytes.data, m.bytes.len);
		copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
		err.code = 0;
		if (tryst_postings_open(&p, copy, m.bytes.len, &err) == 0)
			(void)tryst_postings_blocks(&p, &all, 1, &set, &err);
		assert_int_equal(err.code, TRYST_ERR_FORMAT);
	}
	for (size_t len = 0; len < m.bytes.len; len++)
		assert_int_equal(tryst_postings_open(&p, (uint8_t *)m.bytes.data, len, &err),
		                 TRYST_ERR_FORMAT);
	tryst_block_set_fini(&set);
	free(copy);
	made_fini(&m);
}

/* Codes that are not there, more blocks than there may be, and a builder used again. */
static void
test_limits(void **state)
{
	struct tryst_code_range beyond = { 3, 7 };
	struct tryst_block_set set;
	struct tryst_postings p;
	struct tryst_error err;
	uint32_t id = 0;
	struct made m;

	(void)state;
	make(&m, 1, 7, 10);
	assert_int_equal(tryst_postings_open(&p, (uint8_t *)m.bytes.data, m.bytes.len, &err), 0);
	assert_int_equal(tryst_block_set_init(&set, p.blocks, &err), 0);
	assert_int_equal(tryst_postings_blocks(&p, &beyond, 1, &set, &err), TRYST_ERR_FORMAT);
	assert_int_equal(tryst_postings_add(m.b, TRYST_POSTINGS_BLOCKS_MAX, &id, 1, &err),
	                 TRYST_ERR_LIMIT);
	tryst_postings_builder_clear(m.b);
	tryst_buf_clear(&m.bytes);
	assert_int_equal(tryst_postings_add(m.b, 4, &id, 1, &err), 0);
	assert_int_equal(tryst_postings_write(m.b, &id, 1, &m.bytes, &err), 0);
	assert_int_equal(tryst_postings_open(&p, (uint8_t *)m.bytes.data, m.bytes.len, &err), 0);
	assert_int_equal(p.blocks, 5);
	beyond = (struct tryst_code_range){ 0, 0 };
	memset(set.words, 0, sizeof(*set.words));
	assert_int_equal(tryst_postings_blocks(&p, &beyond, 1, &set, &err), 0);
	assert_int_equal(set.words[0], 1 << 4);
	assert_true(tryst_postings_builder_bytes(m.b) > 0);
	tryst_block_set_fini(&set);
	made_fini(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_queries),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
