/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
test_text_stays(void **state)
{
	struct tryst_arena a = { 0 };
	char *texts[5000];
	char text[16];

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(texts); i++) {
		memset(text, (int)('a' + i % 26), sizeof(text));
		texts[i] = tryst_arena_text(&a, text, i % sizeof(text));
		assert_non_null(texts[i]);
	}
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(texts); i++) {
		memset(text, (int)('a' + i % 26), sizeof(text));
		assert_int_equal(strlen(texts[i]), i % sizeof(text));
		assert_memory_equal(texts[i], text, i % sizeof(text));
	}
	tryst_arena_fini(&a);
	tryst_arena_fini(&a);
}

static void
test_alignment_and_size(void **state)
{
	struct tryst_arena a = { 0 };
	size_t sizes[] = { 0, 1, 4095, 4096, 4097, 1 << 20, 3 << 20, 8 };

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(sizes); i++) {
		char *p = tryst_arena_alloc(&a, sizes[i]);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		memset(p, 0xaa, sizes[i]);
		assert_string_equal(tryst_arena_text(&a, "x", 1), "x");
	}
	tryst_arena_fini(&a);
}

static void
test_impossible(void **state)
{
	struct tryst_arena a = { 0 };

	(void)state;
	assert_null(tryst_arena_alloc(&a, SIZE_MAX));
	assert_null(tryst_arena_alloc(&a, SIZE_MAX - 8));
	assert_null(tryst_arena_text(&a, "", SIZE_MAX));
	assert_string_equal(tryst_arena_text(&a, "", 0), "");
	tryst_arena_fini(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_stays),
		cmocka_unit_test(test_alignment_and_size),
		cmocka_unit_test(test_impossible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
