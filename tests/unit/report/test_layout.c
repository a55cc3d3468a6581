/* SPDX-License-Identifier: Apache-2.0 */
#include "report/layout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
assert_text(struct tryst_buf *b, const char *want)
{
	assert_false(b->failed);
	assert_string_equal(b->len ? b->data : "", want);
	tryst_buf_clear(b);
}

static void
test_numbers(void **state)
{
	struct tryst_buf b = { 0 };

	(void)state;
	tryst_layout_number(&b, 0);
	assert_text(&b, "0");
	tryst_layout_number(&b, 999);
	assert_text(&b, "999");
	tryst_layout_number(&b, 1000);
	assert_text(&b, "1,000");
	tryst_layout_number(&b, UINT64_MAX);
	assert_text(&b, "18,446,744,073,709,551,615");
	tryst_layout_count(&b, 1, "entry");
	assert_text(&b, "1 entry");
	tryst_layout_count(&b, 0, "entry");
	assert_text(&b, "0 entries");
	tryst_layout_count(&b, 1234, "host");
	assert_text(&b, "1,234 hosts");
	tryst_buf_fini(&b);
}

static void
test_clip(void **state)
{
	struct tryst_buf b = { 0 };

	(void)state;
	tryst_layout_clip(&b, "", 10);
	assert_text(&b, "");
	tryst_layout_clip(&b, "0123456789", 10);
	assert_text(&b, "0123456789");
	tryst_layout_clip(&b, "0123456789a", 10);
	assert_text(&b, "0123456...");
	tryst_layout_clip(&b, "\033]0;x\a", 40);
	assert_text(&b, "\\x1b]0;x\\x07");
	tryst_layout_clip(&b, "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2", 5);
	assert_text(&b, "\xe6\xbc\xa2...");
	tryst_buf_fini(&b);
}

static void
test_wrap(void **state)
{
	struct tryst_buf b = { 0 };

	(void)state;
	tryst_layout_wrap(&b, 10, 0, 2, "one two three four");
	assert_text(&b, "one two\n  three\n  four\n");
	tryst_layout_wrap(&b, 10, 2, 4, "  abcdefgh  ij ");
	assert_text(&b, "  abcdefgh\n    ij\n");
	tryst_layout_wrap(&b, 10, 0, 2, "x 0123456789abcdefghi y");
	assert_text(&b, "x\n  01234567\n  89abcdef\n  ghi y\n");
	tryst_layout_wrap(&b, 10, 0, 0, "some of 12 % at");
	assert_text(&b, "some of\n12 % at\n");
	tryst_layout_wrap(&b, 10, 0, 0, "so so (p = 1) is");
	assert_text(&b, "so so\n(p = 1) is\n");
	tryst_layout_wrap(&b, 10, 0, 0, "all % % % % % % % at");
	assert_text(&b, "all % % %\n% % % % at\n");
	tryst_layout_wrap(&b, 10, 0, 0, "");
	assert_text(&b, "\n");
	tryst_buf_fini(&b);
}

static const struct tryst_table_column columns[] = {
	{ "Name", false, NULL },    { "N", true, NULL },     { "in", true, "Packets" },
	{ "out", true, "Packets" }, { "Note", false, NULL },
};

static void
fill(struct tryst_table *t, const char *note)
{
	tryst_table_init(t, columns, TRYST_ARRAY_SIZE(columns));
	tryst_table_cell(t, "alpha");
	tryst_table_number(t, 1);
	tryst_table_number(t, 1234);
	tryst_table_number(t, 0);
	tryst_table_cell(t, "%s", note);
	tryst_table_cell(t, "b");
	tryst_table_number(t, 22);
	tryst_table_number(t, 3);
	tryst_table_number(t, 45);
	tryst_table_cell(t, "%s", "");
}

static const struct {
	unsigned width;
	const char *note, *want;
} tables[] = {
	{ 40, "note",
	  "                Packets\n"
	  "  Name    N     in  out  Note\n"
	  "  alpha   1  1,234    0  note\n"
	  "  b      22      3   45\n" },
	/* A column without text is left out. */
	{ 40, "",
	  "                Packets\n"
	  "  Name    N     in  out\n"
	  "  alpha   1  1,234    0\n"
	  "  b      22      3   45\n" },
	/* One blank between columns, where only so they fit. */
	{ 25, "note",
	  "             Packets\n"
	  "  Name   N    in out Note\n"
	  "  alpha  1 1,234   0 note\n"
	  "  b     22     3  45\n" },
	/* Else the rest goes to further lines, empty ones left out; a group stays together. */
	{ 16, "note",
	  "  Name   N\n"
	  "        Packets\n"
	  "         in out\n"
	  "      Note\n"
	  "  alpha  1\n"
	  "      1,234   0\n"
	  "      note\n"
	  "  b     22\n"
	  "          3  45\n" },
};

static void
test_marked(void **state)
{
	struct tryst_buf b = { 0 };

	(void)state;
	tryst_layout_marked(&b, 16, 2, "+14.1", "one two three");
	assert_text(&b, "  +14.1  one two\n         three\n");
	tryst_layout_marked(&b, 16, 2, ".", "one");
	assert_text(&b, "      .  one\n");
	tryst_layout_marked(&b, 16, 0, "+0.5", "");
	assert_text(&b, " +0.5  \n");
	tryst_buf_fini(&b);
}

static void
test_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(tables); i++) {
		struct tryst_buf b = { 0 };
		struct tryst_table t;

		fill(&t, tables[i].note);
		tryst_table_print(&t, &b, tables[i].width, 2);
		assert_text(&b, tables[i].want);
		tryst_table_fini(&t);
		tryst_buf_fini(&b);
	}
}

/* Tones are around the text alone, so columns stand as without. */
/* Round numbers, then without what can be spared; what does not help is not done. */
static const struct {
	unsigned width;
	const char *want;
} narrows[] = {
	{ 40, "                   Packets\n"
	      "  Name          in     out  Note\n"
	      "  alpha  1,234,567    999+  none\n"
	      "  b        999,950  10,000\n" },
	{ 26, "            Packets\n"
	      "  Name     in   out Note\n"
	      "  alpha 1.23M  999+ none\n"
	      "  b     1.00M 10.0k\n" },
	{ 20, "            Packets\n"
	      "  Name     in   out\n"
	      "  alpha 1.23M  999+\n"
	      "  b     1.00M 10.0k\n"
	      "  Not shown: Note\n"
	      "  (24 columns hold\n"
	      "  all).\n" },
	{ 12, "  Name  Note\n"
	      "  alpha none\n"
	      "  b\n"
	      "  Not shown:\n"
	      "  Packets\n"
	      "  (24\n"
	      "  columns\n"
	      "  hold all).\n" },
	{ 10, "  Name\n"
	      "               Packets\n"
	      "             in    out\n"
	      "      Note\n"
	      "  alpha\n"
	      "      1,234,567   999+\n"
	      "      none\n"
	      "  b\n"
	      "        999,950 10,000\n" },
};

static void
test_narrow(void **state)
{
	static const struct tryst_table_column four[] = {
		{ "Name", false, NULL },
		{ "in", true, "Packets" },
		{ "out", true, "Packets" },
		{ "Note", false, NULL },
	};
	static const struct tryst_table_narrow may[][TRYST_ARRAY_SIZE(four)] = {
		{ { false, 0 }, { true, 2 }, { true, 2 }, { false, 1 } },
		{ { false, 0 }, { true, 1 }, { true, 1 }, { false, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(narrows); i++) {
		struct tryst_buf b = { 0 };
		struct tryst_table t;

		tryst_table_init(&t, four, TRYST_ARRAY_SIZE(four));
		t.narrow = may[narrows[i].width <= 12];
		tryst_table_cell(&t, "alpha");
		tryst_table_number(&t, 1234567);
		tryst_table_cell(&t, "999+");
		tryst_table_cell(&t, "none");
		tryst_table_cell(&t, "b");
		tryst_table_number(&t, 999950);
		tryst_table_number(&t, 10000);
		tryst_table_cell(&t, "%s", "");
		tryst_table_print(&t, &b, narrows[i].width, 2);
		assert_text(&b, narrows[i].want);
		tryst_table_fini(&t);
		tryst_buf_fini(&b);
	}
}

static void
test_tones(void **state)
{
	static const struct tryst_table_column three[] = {
		{ "Name", false, NULL },
		{ "N", true, NULL },
		{ "Word", false, NULL },
	};
	struct tryst_buf b = { 0 };
	struct tryst_table t;

	(void)state;
	tryst_table_init(&t, three, TRYST_ARRAY_SIZE(three));
	tryst_table_tone(&t, TRYST_TONE_ALARM); /* of no cell */
	tryst_table_cell(&t, "a");
	tryst_table_number(&t, 5);
	tryst_table_tone(&t, TRYST_TONE_STRONG);
	tryst_table_cell(&t, "x");
	tryst_table_cell(&t, "bb");
	tryst_table_tone(&t, TRYST_TONE_FAINT);
	tryst_table_number(&t, 10);
	tryst_table_cell(&t, "yy");
	tryst_table_tone(&t, TRYST_TONE_ALARM);
	tryst_table_print(&t, &b, 80, 2);
	assert_text(&b, "  Name   N  Word\n"
	                "  a      \033[1m5\033[0m  x\n"
	                "  \033[2mbb\033[0m    10  \033[31myy\033[0m\n");
	tryst_table_fini(&t);
	tryst_buf_fini(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers), cmocka_unit_test(test_clip),
		cmocka_unit_test(test_wrap),    cmocka_unit_test(test_marked),
		cmocka_unit_test(test_tables),  cmocka_unit_test(test_tones),
		cmocka_unit_test(test_narrow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
