/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside, made safe for a terminal. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "base/buf.h"

static void
safe(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "plain", "plain" },
		{ "caf\xc3\xa9 \xe2\x82\xac", "caf\xc3\xa9 \xe2\x82\xac" },
		{ "\x1b[31m\n\t\x7f", "\\x1b[31m\\x0a\\x09\\x7f" },
		{ "\xc2\x9b", "\\xc2\\x9b" }, /* CSI of C1 */
		{ "\xff\xe2\x82", "\\xff\\xe2\\x82" },
		{ "a\xe2\x80\xae"
		  "b",
		  "a\\xe2\\x80\\xaeb" }, /* right-to-left override */
		{ "\xe2\x81\xa6", "\\xe2\\x81\\xa6" },
		{ "\xe2\x80\xa8", "\\xe2\\x80\\xa8" }, /* line separator */
		{ "\xe2\x80\x93\xe2\x81\xaa",
		  "\xe2\x80\x93\xe2\x81\xaa" }, /* neighbours of these */
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_buf b = { 0 };

		tryst_buf_safe(&b, cases[i].text, strlen(cases[i].text));
		assert_string_equal(b.data, cases[i].want);
		tryst_buf_fini(&b);
	}
}

static void
power(void **state)
{
	char text[TRYST_POWER_TEXT_MAX];

	(void)state;
	assert_string_equal(tryst_power_text(0, text), "1");
	assert_string_equal(tryst_power_text(-7.01, text), "9.8e-08");
	assert_string_equal(tryst_power_text(-412.3, text), "1e-412");
	assert_string_equal(tryst_power_text(350, text), "1e350");
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(safe), cmocka_unit_test(power) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
