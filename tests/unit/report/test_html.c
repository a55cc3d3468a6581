/* SPDX-License-Identifier: Apache-2.0 */
/* The page: what comes from outside stays text, the limits hold, the same case gives the same
 * bytes. */
#include "report/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"
#include "report/asset.h"
#include "report/html_axis.h"

#define IMG "<img src=x onerror=alert(1)>"

static void
render(const struct tryst_case *c, const struct tryst_report_options *options,
       struct tryst_buf *out)
{
	struct tryst_error err;

	assert_int_equal(tryst_renderer_find("html")->render(c, options, out, &err), 0);
}

static size_t
occurrences(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text += strlen(part))
		n++;
	return n;
}

/* No byte that a terminal obeys, no invalid UTF-8. */
static void
check_bytes(const struct tryst_buf *b)
{
	for (size_t i = 0; i < b->len;) {
		size_t n = tryst_utf8_len(b->data + i, b->len - i);

		if (!n || (n == 1 && (uint8_t)b->data[i] < 0x20 && !strchr("\n\t", b->data[i])))
			fail_msg("byte %zu: %.60s", i, b->data + i);
		i += n;
	}
}

static void
test_markup(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "plain", "plain" },
		{ "<script>'\"&", "&lt;script&gt;&#39;&quot;&amp;" },
		{ "\033[31mred\007", "\\x1b[31mred\\x07" },
		{ "a\nb", "a\\x0ab" },
		{ "\xff<", "\\xff&lt;" },
		{ "\xe2\x80\xae"
		  "evil",
		  "\\xe2\\x80\\xaeevil" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_buf b = { 0 };

		tryst_markup_str(&b, cases[i].text);
		assert_string_equal(b.data, cases[i].want);
		tryst_buf_fini(&b);
	}
}

static void
test_short(void **state)
{
	struct tryst_buf b = { 0 };

	(void)state;
	tryst_markup_short(&b, "2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff", 21);
	assert_string_equal(b.data, "2001:db8:aaaa\xe2\x80\xa6"
	                            "ee:ffff");
	tryst_buf_clear(&b);
	tryst_markup_short(&b, "<<<<<<<<<<", 10);
	assert_int_equal(occurrences(b.data, "&lt;"), 10);
	tryst_buf_clear(&b);
	/* Never within a character. */
	tryst_markup_short(&b, "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4", 7);
	check_bytes(&b);
	tryst_buf_fini(&b);
}

static void
test_units(void **state)
{
	static const struct {
		double v;
		const char *want;
	} cases[] = {
		{ 0, "0" },      { 12, "12" },       { 0.5, "0.5" },     { 100.456, "100.46" },
		{ -0.001, "0" }, { -3.25, "-3.25" }, { 1e6, "1000000" }, { 7.1, "7.1" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_buf b = { 0 };

		tryst_markup_unit(&b, cases[i].v);
		assert_string_equal(b.data, cases[i].want);
		tryst_buf_fini(&b);
	}
}

static void
test_json(void **state)
{
	static const char json[] = "\"</script><!--&\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\xaa\"";
	struct tryst_buf b = { 0 };

	(void)state;
	tryst_markup_json(&b, json, sizeof(json) - 1);
	assert_string_equal(b.data, "\"\\u003c/script\\u003e\\u003c!--\\u0026\\u2028\\u2029"
	                            "\xe2\x80\xaa\"");
	tryst_buf_fini(&b);
}

/* Long pauses are left out, and only where they are most of the time. */
static void
test_episodes(void **state)
{
	static const struct tryst_moment_span apart[] = {
		{ 0, 1000 }, { 3000, 60000 }, { 7200000, 7260000 }, { 7261000, 7262000 }
	};
	static const struct tryst_moment_span even[] = {
		{ 0, 0 }, { 10000, 10000 }, { 20000, 20000 }, { 30000, 30000 }
	};
	struct tryst_axis a;

	(void)state;
	tryst_axis_episodes(&a, apart, TRYST_ARRAY_SIZE(apart), 100, 800);
	assert_int_equal(a.count, 2);
	assert_true(tryst_axis_x(&a, 0) > 100 && tryst_axis_x(&a, 60000) < a.parts[1].x);
	assert_true(tryst_axis_x(&a, 7200000) > a.parts[1].x);
	assert_true(tryst_axis_x(&a, INT64_MAX) <= 900.01);
	assert_true(tryst_axis_x(&a, INT64_MIN) >= 100);
	tryst_axis_episodes(&a, even, TRYST_ARRAY_SIZE(even), 100, 800);
	assert_int_equal(a.count, 1);
}

static const struct fixture_flow hostile[] = {
	{ .src = "2001:db8:bad::1",
	  .src_port = 51234,
	  .dst = "2001:db8::80",
	  .dst_port = 443,
	  .proto = 6,
	  .flags = 0x02,
	  .start = "2026-11-22T23:59:58.250Z",
	  .duration_ms = 3723456,
	  .packets = 1234567,
	  .bytes = 1234567890,
	  .exporter = "198.51.100.1" },
	{ .src = "10.9.9.9",
	  .src_port = 40000,
	  .dst = "2001:db8::80",
	  .dst_port = 443,
	  .proto = 6,
	  .start = "2026-11-23T10:00:00Z",
	  .input = 1 },
	{ .src = "10.9.9.10",
	  .dst = "192.0.2.1",
	  .proto = 250,
	  .start = "2026-11-23T12:00:00Z",
	  .packets = 1,
	  .bytes = 84,
	  .input = 1 },
};

static char hostile_name[] = "</title></svg>" IMG "\033[2J";
static char hostile_whom[] = "</script>" IMG;
static char program[] = "tryst", hostile_word[] = "$(" IMG ")' \"x\"";
static char *const command[] = { program, hostile_word };

static void
hostile_open(struct fixture *f)
{
	static const struct tryst_event event = { hostile_name, 1795392000000, 1795395600000 };
	static const struct tryst_dead dead = { .whom = hostile_whom, .at_ms = 1795392000000 };
	struct fixture_setup setup = {
		.list = "2001:db8:bad::/48 # </script><script>alert(1)</script> \033]0;pwned\007\n"
			"10.9.9.9 # x\" onmouseover=alert(1) y='" IMG
			"\n10.9.9.10 # \xe2\x80\xaetxt\n"
			"<b>no address</b>\n",
		.home = { "2001:db8::/64", "192.0.2.0/24" },
	};

	fixture_hunt(f, &setup, hostile, TRYST_ARRAY_SIZE(hostile));
	free(f->inputs[1].path);
	f->inputs[1].path = strdup("logs/" IMG "\n\033[31m.csv");
	tryst_health_note(&f->inputs[1].health, 100, 17, "expected %s, found \033[H", IMG);
	(void)tryst_error_set(&f->inputs[2].error, TRYST_ERR_FORMAT, "%s: no flow file", IMG);
	assert_int_equal(tryst_hunt_case(f->hunt, f->input_list, FIXTURE_INPUTS, &f->c, &f->error),
	                 0);
	f->c->argc = TRYST_ARRAY_SIZE(command);
	f->c->argv = command;
	f->c->events = &event;
	f->c->event_count = 1;
	f->c->dead = &dead;
	f->c->dead_count = 1;
	f->c->complete = false;
}

/* Nothing from outside becomes an element, an attribute, the end of one, or a control. */
static void
test_hostile(void **state)
{
	static const char *const never[] = {
		"<img", "</title></svg>", "</script><", "alert(1)</scr", "x\" onmouseover",
		"\033", "\007",           "<b>no"
	};
	static const struct tryst_zone zone = { TRYST_ZONE_FIXED, -4 * 3600 };
	const struct tryst_report_options options = { .zone = &zone, .zone_name = IMG };
	struct tryst_buf b = { 0 };
	struct fixture f;

	(void)state;
	hostile_open(&f);
	render(f.c, &options, &b);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(never); i++) {
		if (strstr(b.data, never[i]))
			fail_msg("%s: %.80s", never[i], strstr(b.data, never[i]));
	}
	/* It is all there, though, as text. */
	assert_non_null(strstr(b.data, "&lt;img src=x onerror=alert(1)&gt;"));
	assert_non_null(strstr(b.data, "\\x1b]0;pwned\\x07"));
	assert_int_equal(occurrences(b.data, "<script"), tryst_asset_script.len ? 2 : 0);
	assert_int_equal(occurrences(b.data, "<style"), 1);
	assert_int_equal(occurrences(b.data, "</html>"), 1);
	assert_non_null(strstr(b.data, "<strong>Incomplete.</strong>"));
	check_bytes(&b);
	tryst_buf_fini(&b);
	fixture_close(&f);
}

static void
sobig_open(struct fixture *f, unsigned shuffle)
{
	struct fixture_setup setup = {
		.list = fixture_sobig_list,
		.home = { "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24" },
		.threads = 1 + shuffle,
		.shuffle = shuffle,
		.batch_rows = 1 + shuffle,
	};

	fixture_hunt(f, &setup, fixture_sobig, fixture_sobig_count);
	f->c->created_ms = 1061596800000;
}

/* All of the founding case, whether or not there is a script; the policy names the style. */
static void
test_founding_case(void **state)
{
	const struct tryst_report_options options = { 0 };
	struct tryst_buf first = { 0 };

	(void)state;
	for (unsigned shuffle = 0; shuffle < 5; shuffle++) {
		struct tryst_buf b = { 0 };
		struct fixture f;

		sobig_open(&f, shuffle);
		render(f.c, &options, &b);
		if (!shuffle)
			tryst_buf_add(&first, b.data, b.len);
		assert_string_equal(b.data, first.data);
		assert_int_equal(occurrences(b.data, "<tr id=\"s"), 25);
		assert_int_equal(occurrences(b.data, "<tr id=\"h"), 15);
		assert_int_equal(occurrences(b.data, "<tr id=\"r"), 4);
		assert_int_equal(occurrences(b.data, tryst_asset_style.hash), 1);
		assert_true(b.len < 1000000);
		tryst_buf_fini(&b);
		fixture_close(&f);
	}
	tryst_buf_fini(&first);
}

static void
test_nothing(void **state)
{
	static const struct fixture_flow flows[] = {
		{ .src = "192.0.2.5", .dst = "192.0.2.6", .start = "2026-11-23T14:00:00Z" },
	};
	const struct tryst_report_options options = { 0 };
	struct fixture_setup setup = { .list = "10.9.9.9\n" };

	(void)state;
	for (size_t n = 0; n < 2; n++) {
		struct tryst_buf b = { 0 };
		struct fixture f;

		fixture_hunt(&f, &setup, flows, n);
		render(f.c, &options, &b);
		assert_non_null(strstr(b.data, n ? "was not seen" : "No flow records were read"));
		assert_null(strstr(b.data, "id=\"when\""));
		tryst_buf_fini(&b);
		fixture_close(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_markup),        cmocka_unit_test(test_short),
		cmocka_unit_test(test_units),         cmocka_unit_test(test_json),
		cmocka_unit_test(test_episodes),      cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_founding_case), cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
