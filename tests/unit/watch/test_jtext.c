/* SPDX-License-Identifier: Apache-2.0 */
/* The pull parser for JSON: what is JSON and what is not (RFC 8259), strings, and where things are.
 */
#include "watch/jtext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* Whether a text is one JSON document, each in a block of exactly its size. */
static bool
is_json(const char *text, size_t len)
{
	char *data = malloc(len ? len : 1);
	struct tryst_jtext j;
	struct tryst_jvalue v;
	bool ok;

	assert_non_null(data);
	memcpy(data, text, len);
	tryst_jtext_init(&j, data, len);
	ok = tryst_jtext_value(&j, &v) && !tryst_jtext_peek(&j) && j.pos == j.end;
	free(data);
	return ok;
}

static const char *const accepted[] = {
	"{}",
	"[]",
	" [ ] ",
	"{\"a\":1}",
	"[1,2.5,-0,0,1e5,1E-5,-1.25e+3]",
	"[true,false,null]",
	"\"\"",
	"\"\\u00e9\\n\\\"\\\\\\/\"",
	"{\"a\":{\"b\":[{},[],[[]]]}}",
	"[\"\xc3\xa9\"]",
	"\r\n\t{\"a\" : \"b\"}\n",
};

static const char *const rejected[] = {
	"",           "{",         "}",           "[",
	"]",          "[1",        "[1,",         "[1,]",
	"[,1]",       "[1 2]",     "{\"a\"}",     "{\"a\":}",
	"{\"a\":1,}", "{a:1}",     "{'a':1}",     "{\"a\":1 \"b\":2}",
	"{\"a\" 1}",  "[01]",      "[1.]",        "[.5]",
	"[1e]",       "[+1]",      "[-]",         "[NaN]",
	"[tru]",      "[nulll]",   "\"a",         "\"\\",
	"\"\\x\"",    "\"\\u12\"", "\"\\u12g4\"", "\"\n\"",
	"\"\t\"",     "[1}",       "{\"a\":[}",   "{\"a\":1]",
	"1 2",        "// no\n1",
};

static void
test_grammar(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(accepted); i++) {
		if (!is_json(accepted[i], strlen(accepted[i])))
			fail_msg("'%s' is JSON", accepted[i]);
	}
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(rejected); i++) {
		if (is_json(rejected[i], strlen(rejected[i])))
			fail_msg("'%s' is not JSON", rejected[i]);
	}
	/* No beginning of a document is one. */
	for (size_t len = 1; len < strlen(accepted[8]); len++)
		assert_false(is_json(accepted[8], len));
}

static void
test_nesting_is_bounded(void **state)
{
	char deep[2 * (TRYST_JTEXT_DEPTH_MAX + 1)];

	(void)state;
	for (size_t depth = TRYST_JTEXT_DEPTH_MAX; depth <= TRYST_JTEXT_DEPTH_MAX + 1; depth++) {
		memset(deep, '[', depth);
		memset(deep + depth, ']', depth);
		assert_int_equal(is_json(deep, 2 * depth), depth <= TRYST_JTEXT_DEPTH_MAX);
	}
}

static const struct {
	const char *json, *text;
} strings[] = {
	{ "\"plain\"", "plain" },
	{ "\"a\\nb\\tc\"", "a\nb\tc" },
	{ "\"\\\"\\\\\\/\\b\\f\\r\"", "\"\\/\b\f\r" },
	{ "\"\\u0041\\u00e9\\u20ac\"", "A\xc3\xa9\xe2\x82\xac" },
	{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
	{ "\"\\ud83d\"", "\xef\xbf\xbd" },
	{ "\"\\ude00x\"", "\xef\xbf\xbdx" },
	{ "\"\\ud83d\\u0041\"", "\xef\xbf\xbd"
	                        "A" },
	{ "\"a\\u0000b\"", "a b" },
	{ "17.5", "17.5" },
	{ "true", "true" },
};

static void
test_strings(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(strings); i++) {
		struct tryst_buf b = { 0 };
		struct tryst_jtext j;
		struct tryst_jvalue v;

		assert_non_null(tryst_buf_reserve(&b, 64));
		tryst_jtext_init(&j, strings[i].json, strlen(strings[i].json));
		assert_true(tryst_jtext_value(&j, &v));
		if (!tryst_slice_is(tryst_jtext_string(v, &b), strings[i].text))
			fail_msg("%s", strings[i].json);
		tryst_buf_fini(&b);
	}
}

/* Where there is no room for a string it is empty, and the buffer does not move. */
static void
test_no_room(void **state)
{
	static const char json[] = "\"a\\n\"";
	struct tryst_buf none = { 0 };
	struct tryst_jtext j;
	struct tryst_jvalue v;

	(void)state;
	tryst_jtext_init(&j, json, strlen(json));
	assert_true(tryst_jtext_value(&j, &v));
	assert_int_equal(tryst_jtext_string(v, &none).len, 0);
	assert_null(none.data);
}

static void
test_walk(void **state)
{
	static const char json[] =
		"{\n \"skip\": {\"x\": [1, {}]},\n \"list\": [\n  \"a\",\n  2\n ],"
		"\n \"end\": null\n}";
	struct tryst_slice key;
	struct tryst_jtext j;
	struct tryst_jvalue v;

	(void)state;
	tryst_jtext_init(&j, json, strlen(json));
	assert_true(tryst_jtext_enter(&j, '{'));
	assert_true(tryst_jtext_key(&j, &key) && tryst_slice_is(key, "skip"));
	assert_true(tryst_jtext_value(&j, &v) && v.kind == '{');
	assert_true(tryst_slice_is(v.text, "{\"x\": [1, {}]}"));
	assert_true(tryst_jtext_key(&j, &key) && tryst_slice_is(key, "list"));
	assert_int_equal(tryst_jtext_line(&j, key.data), 3);
	assert_true(tryst_jtext_enter(&j, '['));
	assert_true(tryst_jtext_more(&j) && tryst_jtext_value(&j, &v));
	assert_int_equal(tryst_jtext_line(&j, v.text.data), 4);
	assert_true(tryst_jtext_more(&j) && tryst_jtext_value(&j, &v) && v.kind == '0');
	assert_false(tryst_jtext_more(&j));
	assert_true(tryst_jtext_key(&j, &key) && tryst_jtext_value(&j, &v) && v.kind == 'n');
	assert_false(tryst_jtext_key(&j, &key));
	assert_null(j.why);
	assert_int_equal(tryst_jtext_peek(&j), 0);
	/* What is wrong ends everything. */
	tryst_jtext_init(&j, "[1,", 3);
	assert_true(tryst_jtext_enter(&j, '[') && tryst_jtext_more(&j));
	assert_true(tryst_jtext_value(&j, &v));
	assert_false(tryst_jtext_more(&j));
	assert_non_null(j.why);
	assert_false(tryst_jtext_value(&j, &v));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grammar), cmocka_unit_test(test_nesting_is_bounded),
		cmocka_unit_test(test_strings), cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
