/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/suggest.h"

static const char *const names[] = { "hunt",    "flows", "top",      "lists", "help",
	                             "version", "port",  "src_port", "proto" };
#define COMMANDS 6 /* of them */

static void
nearest(void **state)
{
	static const struct {
		const char *word;
		const char *best;
	} cases[] = {
		{ "hunt", "hunt" },
		{ "hutn", "hunt" },
		{ "unt", "hunt" },
		{ "hunnt", "hunt" },
		{ "HUNT", "hunt" },
		{ "flow", "flows" },
		{ "vers", "version" },
		{ "versoin", "version" },
		{ "tpo", "top" },
		{ "xyzzy", NULL },
		{ "", NULL },
		{ "zz", NULL },
		{ "t", NULL },
		{ "hnt", "hunt" },
		{ "hlup", NULL }, /* one slip in a short word ... */
		{ "vresoin", "version" },
		{ "vresonis", NULL }, /* ... two in a long one */
		{ "src-prt", "src_port" },
		{ "src port", "src_port" },
		{ "prot", "proto" }, /* not port, which begins otherwise */
		{ "a-word-that-is-far-longer-than-any-name-that-there-is", NULL },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_suggest s;

		tryst_suggest_init(&s, cases[i].word, strlen(cases[i].word));
		for (size_t n = 0; n < TRYST_ARRAY_SIZE(names); n++)
			tryst_suggest_try(&s, names[n]);
		if (cases[i].best)
			assert_string_equal(s.best, cases[i].best);
		else
			assert_null(s.best);
	}
}

static void
texts(void **state)
{
	struct tryst_error err;
	struct tryst_suggest s;
	char many[64][8];

	(void)state;
	/* Where nothing was tried there is nothing to name. */
	tryst_suggest_init(&s, "xyzzy", 5);
	(void)tryst_suggest_error(&s, "command", &err);
	assert_string_equal(err.text, "no command 'xyzzy'");
	for (size_t n = 0; n < COMMANDS; n++)
		tryst_suggest_try(&s, names[n]);
	assert_int_equal(tryst_suggest_error(&s, "command", &err), TRYST_ERR_USAGE);
	assert_string_equal(err.text, "no command 'xyzzy', there are hunt, flows, top, lists, "
	                              "help, version");
	/* A name that comes again is named once; it may be a part of another. */
	tryst_suggest_try(&s, "flows");
	tryst_suggest_try(&s, "low");
	tryst_suggest_try(&s, "low");
	(void)tryst_suggest_error(&s, "command", &err);
	assert_string_equal(err.text, "no command 'xyzzy', there are hunt, flows, top, lists, "
	                              "help, version, low");
	/* Too many to be of help: none is named. */
	for (size_t n = 0; n < TRYST_ARRAY_SIZE(many); n++) {
		(void)snprintf(many[n], sizeof(many[n]), "abcd%zu", n);
		tryst_suggest_try(&s, many[n]);
	}
	(void)tryst_suggest_error(&s, "command", &err);
	assert_string_equal(err.text, "no command 'xyzzy'");
	tryst_suggest_init(&s, "hutn or", 4);
	tryst_suggest_try(&s, "hunt");
	(void)tryst_suggest_error(&s, "command", &err);
	assert_string_equal(err.text, "no command 'hutn', did you mean hunt?");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nearest),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
