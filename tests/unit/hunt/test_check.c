/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The verdict on a block, rule by rule, and how often it says "works" of a block that does nothing.
 * Whole readings are in tests/cli/test_block_check.py.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <math.h>

#include "base/arena.h"
#include "hunt/check.h"
#include "stats/tail.h"

static const struct tryst_ip exporter = { 0, 0xffff05060701 };

/* Judges counts by hand; the test is made of them. */
static struct tryst_check_host
judged(struct tryst_check_phase before, struct tryst_check_phase after,
       const struct tryst_ip *silent, char why[400])
{
	struct tryst_check_leak leak = {
		.way = { .exporter = exporter, .out_if = 7, .out_if_known = true, .packets = 12 },
		.conversations = after.delivered + after.forwarded
	};
	struct tryst_check_host h = { .before = before, .after = after };
	struct tryst_arena arena = { 0 };

	h.tested = before.judged && after.judged;
	if (h.tested)
		h.log10_p = tryst_fisher_exact(before.worked, before.judged - before.worked,
		                               after.worked, after.judged - after.worked) /
		            M_LN10;
	h.leaks = &leak;
	h.leak_count = leak.conversations > 0;
	assert_int_equal(tryst_check_judge(&h, silent, &arena, NULL), 0);
	(void)strncpy(why, h.why, 399);
	why[399] = '\0';
	tryst_arena_fini(&arena);
	h.why = NULL;
	h.leaks = NULL;
	return h;
}

/* All of one kind. */
static struct tryst_check_phase
phase(uint32_t conversations, uint32_t delivered, uint32_t forwarded, uint32_t dropped,
      uint32_t worked)
{
	return (struct tryst_check_phase){
		.conversations = conversations,
		.went = conversations,
		.delivered = delivered,
		.forwarded = forwarded,
		.dropped = dropped,
		.untold = conversations - delivered - forwarded - dropped,
		.judged = conversations,
		.worked = worked,
	};
}

static void
rules_in_their_order(void **state)
{
	const struct {
		struct tryst_check_phase before, after;
		bool silent;
		enum tryst_check_verdict verdict;
		const char *why;
	} cases[] = {
		{ phase(9, 9, 0, 0, 9), phase(9, 1, 0, 8, 1), true, TRYST_CHECK_LEAKS,
		  "1 of 9 conversations that went to it since then got out, 1 of them were "
		  "answered by it: by 5.6.7.1 interface 7 (1 conversation, 12 packets). 8 were "
		  "dropped." },
		{ phase(9, 9, 0, 0, 9), phase(9, 0, 9, 0, 0), false, TRYST_CHECK_LEAKS,
		  "none of them was answered by it" },
		{ phase(9, 9, 0, 0, 9), phase(9, 0, 0, 9, 0), true, TRYST_CHECK_CANNOT_TELL,
		  "5.6.7.1 carried packets to it before and exports no flow" },
		{ phase(9, 9, 0, 0, 9), phase(0, 0, 0, 0, 0), false, TRYST_CHECK_CANNOT_TELL,
		  "nobody tried (before: 9 conversations)." },
		{ phase(0, 0, 0, 0, 0), phase(9, 0, 0, 9, 0), false, TRYST_CHECK_WORKS,
		  "Exporters dropped all 9 of 9 conversations that went to it." },
		{ phase(9, 9, 0, 0, 9), phase(9, 0, 0, 5, 0), false, TRYST_CHECK_WORKS,
		  "of 4 nobody says what became of it, and none was answered" },
		{ phase(9, 9, 0, 0, 9), phase(9, 0, 0, 0, 0), false, TRYST_CHECK_WORKS,
		  "0 of 9 conversations worked since then, 9 of 9 before" },
		{ phase(9, 9, 0, 0, 9), phase(2, 0, 0, 0, 0), false, TRYST_CHECK_WORKS,
		  "p = 0.018" },
		{ phase(2, 2, 0, 0, 2), phase(2, 0, 0, 0, 0), false, TRYST_CHECK_CANNOT_TELL,
		  "too few to tell from chance" },
		{ phase(9, 0, 0, 0, 0), phase(9, 0, 0, 0, 0), false, TRYST_CHECK_CANNOT_TELL,
		  "nothing worked before either (0 of 9)" },
		{ phase(0, 0, 0, 0, 0), phase(9, 0, 0, 0, 0), false, TRYST_CHECK_CANNOT_TELL,
		  "no traffic with it before" },
		{ phase(9, 9, 0, 0, 9), phase(9, 0, 0, 0, 1), false, TRYST_CHECK_CANNOT_TELL,
		  "whether what home sent got there is not seen" },
	};
	char why[400];

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_check_host h = judged(cases[i].before, cases[i].after,
		                                   cases[i].silent ? &exporter : NULL, why);

		if (h.verdict != cases[i].verdict || !strstr(why, cases[i].why))
			fail_msg("case %zu: %s: %s", i, tryst_check_verdict_name(h.verdict), why);
	}
}

static void
what_cannot_be_seen_is_said(void **state)
{
	struct tryst_check_phase before = phase(9, 9, 0, 0, 9), after = phase(9, 0, 0, 0, 0);
	char why[400];

	(void)state;
	after.judged = 0;
	after.sampling = 1000;
	assert_int_equal(judged(before, after, NULL, why).verdict, TRYST_CHECK_CANNOT_TELL);
	assert_non_null(strstr(why, "cannot be seen here, since packets are sampled"));
	after = phase(0, 0, 0, 0, 0);
	before.sampling = 1000;
	assert_int_equal(judged(before, after, NULL, why).verdict, TRYST_CHECK_CANNOT_TELL);
	assert_non_null(strstr(why, "1 in 1000 packets"));
}

static uint32_t
draw(uint64_t *seed, uint32_t n, double p)
{
	uint32_t hits = 0;

	for (uint32_t i = 0; i < n; i++) {
		*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
		hits += (double)(*seed >> 11) / 0x1p53 < p;
	}
	return hits;
}

/*
 * Null model: the block does nothing, and conversations work with one chance p before and after,
 * each by itself.  Nobody says what was forwarded, so that only the test speaks.  "Works" may then
 * be said of at most 5 % of hosts, for any p and any numbers.
 */
static void
of_a_block_that_does_nothing(void **state)
{
	static const double chances[] = { .02, .1, .3, .6, .9 };
	const uint32_t rounds = 4000;
	char why[400];

	(void)state;
	for (size_t c = 0; c < TRYST_ARRAY_SIZE(chances); c++) {
		uint64_t seed = 0x5eed0000 + c;
		uint32_t wrong = 0;

		for (uint32_t i = 0; i < rounds; i++) {
			uint32_t before = 1 + i % 40, after = 1 + i / 40 % 25;
			struct tryst_check_phase b = phase(before, 0, 0, 0, 0);
			struct tryst_check_phase a = phase(after, 0, 0, 0, 0);

			b.worked = draw(&seed, before, chances[c]);
			a.worked = draw(&seed, after, chances[c]);
			wrong += judged(b, a, NULL, why).verdict == TRYST_CHECK_WORKS;
		}
		assert_true(wrong <= rounds / 20);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_in_their_order),
		cmocka_unit_test(what_cannot_be_seen_is_said),
		cmocka_unit_test(of_a_block_that_does_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
