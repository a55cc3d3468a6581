/* SPDX-License-Identifier: Apache-2.0 */
/* Unpacking from the middle of an LZ4 block gives what unpacking all of it gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/library.h"
#include "read/lz4_entry.h"

#define PLAIN_MAX (1u << 20)
#define RECORD 96u
#define STEP 30011u

static uint64_t random_state;

static uint32_t
draw(uint32_t below)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)((random_state >> 33) % below);
}

/* Records that have a lot in common; bytes that have nothing; one byte; both in turn. */
enum kind { RECORDS, NOISE, ONE_BYTE, MIXED, KINDS };

static void
fill(uint8_t *out, size_t len, enum kind kind)
{
	for (size_t at = 0; at < len; at += RECORD) {
		size_t n = len - at < RECORD ? len - at : RECORD;
		bool noise = kind == NOISE || (kind == MIXED && draw(3) == 0);

		memset(out + at, 7, n);
		for (size_t i = 0; kind != ONE_BYTE && i < n; i++) {
			if (noise || i % 24 < 4)
				out[at + i] = (uint8_t)draw(noise ? 256 : 16);
		}
	}
}

struct block {
	uint8_t *plain, *packed, *again, *memory, *history;
	struct tryst_lz4_history *work;
	uint32_t plain_len, packed_len;
};

static void
block_make(struct block *b, enum kind kind, uint32_t len)
{
	struct tryst_error err;
	const struct tryst_lz4 *lz4 = tryst_lz4(&err);
	int room, got;

	assert_non_null(lz4);
	room = lz4->LZ4_compressBound((int)PLAIN_MAX);

	*b = (struct block){ .plain = malloc(PLAIN_MAX),
		             .packed = malloc((size_t)room),
		             .again = malloc(PLAIN_MAX),
		             .memory = malloc(TRYST_LZ4_HISTORY_MAX),
		             .history = malloc(TRYST_LZ4_HISTORY_MAX),
		             .work = malloc(sizeof(*b->work)),
		             .plain_len = len };
	assert_true(b->plain && b->packed && b->again && b->memory && b->history && b->work);
	fill(b->plain, len, kind);
	got = lz4->LZ4_compress_default((char *)b->plain, (char *)b->packed, (int)len, room);
	assert_true(got > 0);
	b->packed_len = (uint32_t)got;
}

static void
block_free(struct block *b)
{
	free(b->plain);
	free(b->packed);
	free(b->again);
	free(b->memory);
	free(b->history);
	free(b->work);
}

/* Unpacks from the walk's place up to `to` with nothing but its history and the bytes needed. */
static void
enter(struct block *b, const struct tryst_lz4_walk *from, size_t len, uint32_t to)
{
	struct tryst_lz4_walk end = *from;
	size_t part;
	uint8_t *in;

	tryst_lz4_walk_to(&end, to);
	part = tryst_lz4_walk_enough(&end) - from->at;
	/* Behind its last byte a sanitizer would complain. */
	in = malloc(part);
	assert_non_null(in);
	memcpy(in, b->packed + from->at, part);
	memset(b->again, 0xa5, PLAIN_MAX);
	assert_true(tryst_lz4_history_unpack(b->history, len, b->memory, b->again, from->plain));
	assert_true(tryst_lz4_unpack_from(in, part, b->again, from->plain, to, PLAIN_MAX));
	assert_memory_equal(b->again + from->plain, b->plain + from->plain, to - from->plain);
	free(in);
}

static void
test_every_place(void **state)
{
	static const uint32_t lengths[] = { 1, 13, 4096, 65535, 65536, 200000, PLAIN_MAX };

	(void)state;
	for (unsigned i = 0; i < TRYST_ARRAY_SIZE(lengths) * KINDS; i++) {
		uint32_t len = lengths[i / KINDS];
		struct tryst_lz4_walk w;
		struct block b;

		random_state = i;
		block_make(&b, i % KINDS, len);
		w = (struct tryst_lz4_walk){ .packed = b.packed, .len = b.packed_len };
		for (uint32_t at = 0; at < len; at += 1 + draw(STEP)) {
			size_t got;

			tryst_lz4_walk_to(&w, at);
			assert_true(w.plain <= at && at < w.next_plain && w.at < w.next);
			got = tryst_lz4_history_pack(b.work, &w, b.plain, b.history,
			                             TRYST_LZ4_HISTORY_MAX);
			assert_true(got > 0);
			enter(&b, &w, got, len);
			enter(&b, &w, got, at + 1 + draw(len - at));
		}
		tryst_lz4_walk_to(&w, len);
		assert_int_equal(w.next, b.packed_len);
		assert_int_equal(w.next_plain, len);
		block_free(&b);
	}
}

static void
test_little_room(void **state)
{
	struct tryst_lz4_walk w;
	struct block b;
	size_t got;

	(void)state;
	random_state = 5;
	block_make(&b, RECORDS, PLAIN_MAX);
	w = (struct tryst_lz4_walk){ .packed = b.packed, .len = b.packed_len };
	tryst_lz4_walk_to(&w, PLAIN_MAX / 2);
	got = tryst_lz4_history_pack(b.work, &w, b.plain, b.history, TRYST_LZ4_HISTORY_MAX);
	assert_true(got > 16);
	assert_int_equal(tryst_lz4_history_pack(b.work, &w, b.plain, b.history, got - 1), 0);
	assert_int_equal(tryst_lz4_history_pack(b.work, &w, b.plain, b.history, got), got);
	block_free(&b);
}

/* A walk that goes by marks is where one is that takes each step. */
static void
test_marks(void **state)
{
	struct tryst_lz4_marks *marks = malloc(sizeof(*marks));

	(void)state;
	assert_non_null(marks);
	for (unsigned i = 0; i < 8 * KINDS; i++) {
		struct tryst_lz4_walk w, v;
		struct block b;

		random_state = i;
		block_make(&b, i % KINDS, PLAIN_MAX - draw(PLAIN_MAX / 2));
		tryst_lz4_marks_make(marks, b.packed, b.packed_len);
		if (i % KINDS == RECORDS)
			assert_in_range(marks->count, b.packed_len / 64 / 16, b.packed_len / 64);
		w = (struct tryst_lz4_walk){ .packed = b.packed, .len = b.packed_len };
		v = (struct tryst_lz4_walk){ .packed = b.packed,
			                     .len = b.packed_len,
			                     .marks = marks };
		for (uint32_t at = 0; at < b.plain_len; at += 1 + draw(i < 2 * KINDS ? 50 : STEP)) {
			tryst_lz4_walk_to(&w, at);
			tryst_lz4_walk_to(&v, at);
			assert_true(w.at == v.at && w.plain == v.plain && w.next == v.next &&
			            w.next_plain == v.next_plain);
		}
		/* And of what is damaged nothing is read outside. */
		for (unsigned k = 0; k < 50; k++) {
			b.packed[draw(b.packed_len)] = k % 2 ? 255 : (uint8_t)draw(256);
			tryst_lz4_marks_make(marks, b.packed, b.packed_len);
			for (uint32_t m = 0; m < marks->count; m++)
				assert_true(marks->list[m].at < b.packed_len);
		}
		block_free(&b);
	}
	free(marks);
}

/* What is damaged is refused or gives other bytes, within the block. */
static void
test_damage(void **state)
{
	struct tryst_lz4_walk w;
	struct block b;
	size_t got;

	(void)state;
	random_state = 6;
	block_make(&b, MIXED, 300000);
	w = (struct tryst_lz4_walk){ .packed = b.packed, .len = b.packed_len };
	tryst_lz4_walk_to(&w, 150000);
	got = tryst_lz4_history_pack(b.work, &w, b.plain, b.history, TRYST_LZ4_HISTORY_MAX);
	assert_true(got > 0);
	for (unsigned i = 0; i < 3000; i++) {
		size_t at = draw((uint32_t)got), len = i % 3 ? got : at;
		uint32_t place = i % 5 ? w.plain : draw(1000);
		uint8_t *copy = malloc(len + 1);

		assert_non_null(copy);
		memcpy(copy, b.history, len);
		copy[at < len ? at : 0] ^= (uint8_t)(1u << draw(8));
		(void)tryst_lz4_history_unpack(copy, len, b.memory, b.again, place);
		free(copy);
	}
	for (unsigned i = 0; i < 1000; i++) {
		uint32_t at = draw(b.packed_len);

		b.packed[at] ^= (uint8_t)(1u << draw(8));
		w = (struct tryst_lz4_walk){ .packed = b.packed, .len = b.packed_len };
		for (uint32_t place = 0; place < 300000; place += STEP) {
			tryst_lz4_walk_to(&w, place);
			assert_true(w.at <= b.packed_len && w.next <= b.packed_len);
		}
		(void)tryst_lz4_unpack_from(b.packed + at, b.packed_len - at, b.again,
		                            draw(PLAIN_MAX), PLAIN_MAX, PLAIN_MAX);
	}
	assert_false(tryst_lz4_unpack_from(b.packed, b.packed_len, b.again, 5, PLAIN_MAX + 1,
	                                   PLAIN_MAX));
	assert_false(tryst_lz4_unpack_from(b.packed, b.packed_len, b.again, 5, 5, PLAIN_MAX));
	block_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_place),
		cmocka_unit_test(test_little_room),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
