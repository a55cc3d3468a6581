/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Case files that are not as they should be: each of these is the founding case's with one thing
 * changed.  That good ones come back the same is shown in test_report.c, on whole hunts.
 */
#include "report/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/io.h"
#include "report/report.h"

static void
golden_read(struct tryst_buf *b)
{
	struct tryst_error err;

	assert_int_equal(tryst_slurp(TRYST_GOLDEN "/report/sobig-f.json", 1 << 20, b, &err), 0);
}

/* The golden case with the first `from` behind the first `after` changed to `to`. */
static void
changed(const char *after, const char *from, const char *to, struct tryst_buf *out)
{
	struct tryst_buf b = { 0 };
	const char *at;

	golden_read(&b);
	at = strstr(b.data, after);
	at = at ? strstr(at + strlen(after), from) : NULL;
	if (!at)
		fail_msg("not in the golden case: %s %s", after, from);
	tryst_buf_add(out, b.data, (size_t)(at - b.data));
	tryst_buf_str(out, to);
	tryst_buf_str(out, at + strlen(from));
	tryst_buf_fini(&b);
}

static const struct {
	const char *after, *from, *to;
	int code;
	const char *error;
} wrong[] = {
	{ "{", "\"schema\": 1", "\"schema\": 2", TRYST_ERR_UNSUPPORTED,
	  "c: schema: expected 1, found 2: made by another version" },
	{ "{", "\"schema\": 1", "\"schema\": \"1\"", TRYST_ERR_FORMAT,
	  "c: schema: expected the number 1" },
	{ "{", "\"schema\": 1", "\"scheme\": 1", TRYST_ERR_FORMAT, "c: schema: missing" },
	{ "{", "\"schema\": 1,", "\"schema\": 1", TRYST_ERR_FORMAT,
	  "c:3: no case file (tryst hunt --save writes one): " },
	{ "{", "\"schema\": 1,", "\"schema\": 1, \"schema\": 1,", TRYST_ERR_FORMAT,
	  "c:2: no case" },
	{ "\"window\"", "Z\"", "x\"", TRYST_ERR_FORMAT,
	  "c: window.first: expected a time such as" },
	{ "\"inputs\"", "\"flows\": ", "\"flows\": -", TRYST_ERR_FORMAT,
	  "c: inputs[0].flows: expected a whole number of 0 to 18446744073709551615" },
	{ "\"inputs\"", "\"flows\": ", "\"flows\": 99999999999999999999", TRYST_ERR_FORMAT,
	  "c: inputs[0].flows: expected a whole number" },
	{ "\"home\": [", "\"", "\"x", TRYST_ERR_FORMAT,
	  "c: home[0]: expected an address or a prefix" },
	{ "\"hosts\": [", "\"ip\": \"", "\"ip\": \"x", TRYST_ERR_FORMAT,
	  "c: hosts[0].ip: expected an address" },
	{ "\"hosts\": [", "\"watchlist\": 0", "\"watchlist\": 1", TRYST_ERR_FORMAT,
	  "c: hosts[0].entries[0]: watchlist: expected an index" },
	{ "\"hosts\": [", "\"line\": ", "\"line\": 4294967296, \"l\": ", TRYST_ERR_FORMAT,
	  "c: hosts[0].entries[0].line: expected a whole number of 0 to 4294967295" },
	{ "\"hosts\": [", "\"grade\": \"", "\"grade\": \"x", TRYST_ERR_FORMAT,
	  "c: hosts[0].spoof.grade: expected one of undecidable, genuine, probably_spoofed" },
	{ "\"sightings\": [", "\"id\": 1", "\"id\": 2", TRYST_ERR_FORMAT,
	  "c: sightings[0]: id: expected 1" },
	{ "\"sightings\": [", "\"listed\": \"peer\"", "\"listed\": \"home\"", TRYST_ERR_FORMAT,
	  "c: sightings[0]: expected a listed end that is one of the hosts" },
	{ "\"sightings\": [", "\"torn\": false", "\"torn\": 0", TRYST_ERR_FORMAT,
	  "c: sightings[0].torn: expected true or false" },
	{ "\"meetings\": [", "\"sightings\": [", "\"sightings\": [99,", TRYST_ERR_FORMAT,
	  "c: meetings[0].sightings[0]: expected the id of one of the sightings" },
	{ "\"meetings\": [", "\"hosts\": [", "\"hosts\": [\"9.9.9.9\",", TRYST_ERR_FORMAT,
	  "c: meetings[0].hosts[0]: expected the address of one of the hosts" },
	{ "\"meetings\": [", "\"rate_changes\": {", "\"rate_changes\": [], \"x\": {",
	  TRYST_ERR_FORMAT, "c: meetings[0].rate_changes: expected an object" },
	{ "\"rate_changes\": {", "\"method\"", "\"x\"", TRYST_ERR_FORMAT,
	  "c: meetings[0].rate_changes: expected untested, or method" },
};

static void
test_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(wrong); i++) {
		struct tryst_case_file *file = NULL;
		struct tryst_buf b = { 0 };
		struct tryst_error err;
		int rc;

		changed(wrong[i].after, wrong[i].from, wrong[i].to, &b);
		rc = tryst_case_file_parse(&file, "c", b.data, b.len, &err);
		if (rc != wrong[i].code ||
		    strncmp(err.text, wrong[i].error, strlen(wrong[i].error)))
			fail_msg("%zu: %d, '%s' instead of '%s'", i, rc, rc < 0 ? err.text : "",
			         wrong[i].error);
		assert_null(file);
		tryst_buf_fini(&b);
	}
}

/* What is no case file at all. */
static void
test_no_case(void **state)
{
	static const char *const texts[] = { "", "[]", "1", "null", "{", "\"", "{}", "\"\\u00f" };
	struct tryst_case_file *file = NULL;
	struct tryst_error err;

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(texts); i++)
		assert_int_equal(
			tryst_case_file_parse(&file, "c", texts[i], strlen(texts[i]), &err),
			TRYST_ERR_FORMAT);
	assert_int_equal(tryst_case_file_load(&file, "/nowhere/case.json", &err), TRYST_ERR_IO);
	assert_int_equal(tryst_case_file_parse(&file, "c", "{}", 2, NULL), TRYST_ERR_FORMAT);
}

static void
render(struct tryst_case_file *file, const char *format, struct tryst_buf *out)
{
	struct tryst_error err;

	assert_int_equal(tryst_renderer_find(format)->render(
				 tryst_case_file_case(file),
				 &(struct tryst_report_options){ .width = 80 }, out, &err),
	                 0);
}

/* Reads the case with one change and gives it as JSON again. */
static void
again(const char *after, const char *from, const char *to, const char *format,
      struct tryst_buf *out)
{
	struct tryst_case_file *file = NULL;
	struct tryst_buf b = { 0 };
	struct tryst_error err;

	changed(after, from, to, &b);
	if (tryst_case_file_parse(&file, "c", b.data, b.len, &err) < 0)
		fail_msg("%s", err.text);
	render(file, format, out);
	tryst_case_file_free(file);
	tryst_buf_fini(&b);
}

/* What jansson alone would lose: large counts, bytes that are no UTF-8, and their stand-ins. */
static void
test_kept(void **state)
{
	static const struct {
		const char *after, *from, *to, *want;
	} cases[] = {
		{ "\"inputs\"", "\"bytes\": ", "\"bytes\": 18446744073709551615, \"x\": ",
		  "\"bytes\": 18446744073709551615," },
		{ "\"inputs\"", "\"path\": \"", "\"path\": \"a\\u00ff\\u0041\\\\u00ff\xc3\xbf ",
		  "\"path\": \"a\\u00ffA\\\\u00ff\xc3\xbf " },
		{ "\"inputs\"", "\"path\": \"", "\"path\": \"\xf4\x8f\xba\x80\\u00C2\\u0080",
		  "\"path\": \"\xf4\x8f\xba\x80\\u00c2\\u0080" },
		{ "\"meetings\": [", "\"llr\": ", "\"llr\": -0, \"x\": ", "\"llr\": -0," },
		{ "{", "\"schema\": 1,", "\"schema\": 1, \"new\": {\"a\": [1, null]},",
		  "\"schema\": 1,\n \"tool\"" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_buf b = { 0 };

		again(cases[i].after, cases[i].from, cases[i].to, "json", &b);
		if (!strstr(b.data, cases[i].want))
			fail_msg("%zu: not there: %s in\n%s", i, cases[i].want, b.data);
		tryst_buf_fini(&b);
	}
}

/* Sentences are printed as they are, so a file must not bring its own escape sequences. */
static void
test_safe(void **state)
{
	static const struct {
		const char *after, *from, *to;
	} cases[] = {
		{ "\"meetings\": [", "\"verdict\": \"", "\"verdict\": \"\\u001b[2J" },
		{ "\"meetings\": [", "\"text\": \"", "\"text\": \"\\u00c2\\u009b2J\\n" },
		{ "\"caveats\": [", "\"", "\"\\u001b]0;x\\u0007" },
		{ "\"meetings\": [", "\"shape\": \"", "\"shape\": \"\\u001b[31m" },
		{ "\"inputs\": [", "\"format\": \"", "\"format\": \"\\u001b[31m" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_buf b = { 0 };

		again(cases[i].after, cases[i].from, cases[i].to, "text", &b);
		for (const char *p = b.data; *p; p++)
			assert_true((uint8_t)*p >= ' ' || *p == '\n');
		assert_null(strstr(b.data, "\xc2\x9b"));
		tryst_buf_fini(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wrong),
		cmocka_unit_test(test_no_case),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_safe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
