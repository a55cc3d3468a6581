/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static const struct tryst_zone utc = { .kind = TRYST_ZONE_UTC };
static const struct tryst_zone edt = { .kind = TRYST_ZONE_FIXED, .offset_s = -4 * 3600 };

/* 2003-08-22T19:09:54Z, the first packet of the founding case. */
#define FOUNDING 1061579394000LL

static int64_t
parse(const char *text, const struct tryst_zone *zone)
{
	int64_t ms = -1;

	if (!tryst_time_parse(text, strlen(text), zone, &ms))
		fail_msg("'%s' was not parsed", text);
	return ms;
}

static void
test_parse(void **state)
{
	static const struct {
		const char *text;
		const struct tryst_zone *zone;
		int64_t ms;
	} cases[] = {
		{ "2003-08-22T15:09:54-04:00", &utc, FOUNDING },
		{ "2003-08-22T15:09:54-0400", &edt, FOUNDING },
		{ "2003-08-22 15:09:54-04", &utc, FOUNDING },
		{ "2003-08-22T19:09:54Z", &edt, FOUNDING },
		{ "2003-08-22t19:09:54z", &edt, FOUNDING },
		{ "2003-08-22 19:09:54 UTC", &edt, FOUNDING },
		{ "2003-08-22 15:09:54 -0400", &utc, FOUNDING },
		{ "2003-08-22 15:09:54", &edt, FOUNDING },
		{ "2003-08-22 19:09:54", &utc, FOUNDING },
		{ "2003-08-22T19:09:54.123", &utc, FOUNDING + 123 },
		{ "2003-08-22T19:09:54.123999999Z", &utc, FOUNDING + 123 },
		{ "2003-08-22T19:09:54.5", &utc, FOUNDING + 500 },
		{ "2003-08-22T19:09:54,05", &utc, FOUNDING + 50 },
		{ "2003-08-22T19:09:54.", &utc, FOUNDING },
		{ "2003/08/22.19:09:54", &utc, FOUNDING },
		{ "2003/08/22.19:09:54.001", &utc, FOUNDING + 1 },
		{ "2003/08/22.19:09", &utc, FOUNDING - 54000 },
		{ "2003/08/22.19", &utc, FOUNDING - 594000 },
		{ "2003/08/22", &utc, 1061510400000 },
		{ "2003-08-22", &edt, 1061510400000 + 4 * 3600000 },
		{ "2003-08", &utc, 1059696000000 },
		{ "1061579394", &edt, FOUNDING },
		{ "1061579394.25", &utc, FOUNDING + 250 },
		{ "1061579394123", &edt, FOUNDING + 123 },
		{ "2000-02-29", &utc, 951782400000 },
		{ "2016-12-31T23:59:60Z", &utc, 1483228800000 },
		{ "1969-12-31T23:59:59.999Z", &utc, -1 },
		{ "0000-01-01T00:00:00Z", &utc, -62167219200000 },
		{ "9999-12-31T23:59:59.999Z", &utc, 253402300799999 },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		if (parse(cases[i].text, cases[i].zone) != cases[i].ms)
			fail_msg("'%s': %lld, expected %lld", cases[i].text,
			         (long long)parse(cases[i].text, cases[i].zone),
			         (long long)cases[i].ms);
	}
}

static void
test_parse_refuses(void **state)
{
	static const char *const cases[] = {
		"",
		"x",
		"2003",
		"2003-",
		"2003-8-22",
		"2003-08-32",
		"2003-02-29",
		"1900-02-29",
		"2003-13-01",
		"2003-00-01",
		"2003-08-00",
		"2003-08/22",
		"2003-08-22.19:09",
		"2003-08-22T",
		"2003-08-22T24:00",
		"2003-08-22T19:60",
		"2003-08-22T19:09:61",
		"2003-08-22T19:09:54.1234567890",
		"2003-08-22T19:09:54+24:00",
		"2003-08-22T19:09:54+4",
		"2003-08-22T19:09:54-04:00x",
		"2003-08-22T19:09:54 ",
		"2003-08T19:09",
		"2003-08-22Z",
		"2003-08-22T19-04",
		"106157939",
		"10615793941",
		"106157939412",
		"10615793941234",
		"1061579394123.5",
		"1061579394.x",
		"-2h",
		"now",
		"+061579394",
		"99999999999999999999999999",
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		int64_t ms = 42;

		if (tryst_time_parse(cases[i], strlen(cases[i]), &utc, &ms))
			fail_msg("'%s' was parsed as %lld", cases[i], (long long)ms);
		assert_int_equal(ms, 42);
	}
}

static void
test_length_is_exact(void **state)
{
	int64_t ms;

	(void)state;
	assert_true(tryst_time_parse("1061579394123", 10, &utc, &ms));
	assert_int_equal(ms, FOUNDING);
	assert_false(tryst_time_parse("2003-08-22T19:09:54", 9, &utc, &ms));
}

/* Every day of four centuries, by the C library. */
static void
test_civil(void **state)
{
	(void)state;
	for (int64_t day = -146097; day < 146097; day++) {
		time_t t = (time_t)(day * 86400);
		struct tm tm;

		assert_non_null(gmtime_r(&t, &tm));
		assert_int_equal(tryst_time_civil(tm.tm_year + 1900, (unsigned)tm.tm_mon + 1,
		                                  (unsigned)tm.tm_mday, 0, 0, 0),
		                 day * 86400000);
	}
}

static void
test_format(void **state)
{
	char text[TRYST_TIME_TEXT_MAX];

	(void)state;
	assert_int_equal(tryst_time_format(FOUNDING + 7, text), 24);
	assert_string_equal(text, "2003-08-22T19:09:54.007Z");
	assert_int_equal(tryst_time_format_short(FOUNDING + 7, text), 19);
	assert_string_equal(text, "2003-08-22 19:09:54");
	(void)tryst_time_format(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999Z");
	(void)tryst_time_format(TRYST_TIME_MAX, text);
	assert_string_equal(text, "9223372036854775807");
	(void)tryst_time_format_short(TRYST_TIME_MIN, text);
	assert_string_equal(text, "-9223372036854775808");
	(void)tryst_time_format(253402300800000, text);
	assert_string_equal(text, "253402300800000");
}

static void
test_format_reads_back(void **state)
{
	(void)state;
	for (int64_t ms = -62167219200000; ms < 253402300800000; ms += 86399999 * 61LL) {
		char text[TRYST_TIME_TEXT_MAX];
		size_t len = tryst_time_format(ms, text);
		int64_t back;

		assert_true(tryst_time_parse(text, len, &edt, &back));
		assert_int_equal(back, ms);
	}
}

static void
test_relative(void **state)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} cases[] = {
		{ "now", FOUNDING },
		{ "-2h", FOUNDING - 7200000 },
		{ "-30m", FOUNDING - 1800000 },
		{ "-1d", FOUNDING - 86400000 },
		{ "-1w2d3h4m5s", FOUNDING - (9 * 86400 + 3 * 3600 + 4 * 60 + 5) * 1000LL },
		{ "+1h", FOUNDING + 3600000 },
		{ "today", 1061524800000 }, /* 04:00Z: midnight of EDT */
		{ "yesterday", 1061438400000 },
		{ "2003-08-22", 1061524800000 },
		{ "1061579394", FOUNDING },
		{ "-", -1 },
		{ "-2", -1 },
		{ "-h", -1 },
		{ "2h", -1 },
		{ "-2y", -1 },
		{ "-99999999999h", -1 },
		{ "tomorrow", -1 },
		{ "", -1 },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		int64_t ms = -1;
		bool ok = tryst_time_parse_relative(cases[i].text, strlen(cases[i].text), &edt,
		                                    FOUNDING, &ms);

		if (ok != (cases[i].ms != -1) || ms != cases[i].ms)
			fail_msg("'%s': %lld", cases[i].text, (long long)ms);
	}
}

static void
check_window(const char *text, const char *from, const char *to)
{
	struct tryst_error err = { 0 };
	char a[TRYST_TIME_TEXT_MAX], b[TRYST_TIME_TEXT_MAX];
	int64_t from_ms, to_ms;

	if (tryst_time_parse_window(text, &utc, FOUNDING, &from_ms, &to_ms, &err) < 0)
		fail_msg("%s", err.text);
	(void)tryst_time_format(from_ms, a);
	(void)tryst_time_format(to_ms, b);
	if (strcmp(a, from) != 0 || strcmp(b, to) != 0)
		fail_msg("'%s': %s to %s", text, a, b);
}

static void
test_window(void **state)
{
	static const char min[] = "-9223372036854775808", max[] = "9223372036854775807";
	static const struct {
		const char *text, *from, *to;
	} cases[] = {
		{ "2003-08-22", "2003-08-22T00:00:00.000Z", "2003-08-22T23:59:59.999Z" },
		{ "2003-08", "2003-08-01T00:00:00.000Z", "2003-08-31T23:59:59.999Z" },
		{ "2003-12", "2003-12-01T00:00:00.000Z", "2003-12-31T23:59:59.999Z" },
		{ "2003-08-22T15", "2003-08-22T15:00:00.000Z", "2003-08-22T15:59:59.999Z" },
		{ "2003/08/22.15", "2003-08-22T15:00:00.000Z", "2003-08-22T15:59:59.999Z" },
		{ "2003-08-22 15:09", "2003-08-22T15:09:00.000Z", "2003-08-22T15:09:59.999Z" },
		{ "2003-08-22T15:09-04:00", "2003-08-22T19:09:00.000Z",
		  "2003-08-22T19:09:59.999Z" },
		{ "2003-08-22T15:09:10/2003-08-22T16:00:01.5", "2003-08-22T15:09:10.000Z",
		  "2003-08-22T16:00:01.500Z" },
		{ "2003-08-22T15:09/2003-08-22T16:00", "2003-08-22T15:09:00.000Z",
		  "2003-08-22T16:00:00.000Z" },
		{ "2003-08-22/2003-08-23", "2003-08-22T00:00:00.000Z", "2003-08-23T23:59:59.999Z" },
		{ "2003-08-22..2003-08-23", "2003-08-22T00:00:00.000Z",
		  "2003-08-23T23:59:59.999Z" },
		{ "2003/08/22.15:00..2003/08/22.16:00", "2003-08-22T15:00:00.000Z",
		  "2003-08-22T16:00:00.000Z" },
		{ "2003/08/22.15:00/2003/08/22.16:00", "2003-08-22T15:00:00.000Z",
		  "2003-08-22T16:00:00.000Z" },
		{ "2003/08/22.15:00:00-2003/08/22.16:00:00", "2003-08-22T15:00:00.000Z",
		  "2003-08-22T16:00:00.000Z" },
		{ "2003/08/22-2003/08/23", "2003-08-22T00:00:00.000Z", "2003-08-23T23:59:59.999Z" },
		{ "2003-08-22/", "2003-08-22T00:00:00.000Z", max },
		{ "/2003-08-22", min, "2003-08-22T23:59:59.999Z" },
		{ "..2003-08-22T10:00", min, "2003-08-22T10:00:00.000Z" },
		{ "2003/08/22-", "2003-08-22T00:00:00.000Z", max },
		{ "-2h", "2003-08-22T17:09:54.000Z", "2003-08-22T19:09:54.000Z" },
		{ "-2h/-1h", "2003-08-22T17:09:54.000Z", "2003-08-22T18:09:54.000Z" },
		{ "yesterday", "2003-08-21T00:00:00.000Z", "2003-08-21T23:59:59.999Z" },
		{ "yesterday..now", "2003-08-21T00:00:00.000Z", "2003-08-22T19:09:54.000Z" },
		{ "1061579394/1061579395", "2003-08-22T19:09:54.000Z", "2003-08-22T19:09:55.000Z" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++)
		check_window(cases[i].text, cases[i].from, cases[i].to);
}

static void
test_window_refuses(void **state)
{
	static const char *const cases[] = { "",
		                             "/",
		                             "..",
		                             "x",
		                             "2003-08-22-2003-08-23",
		                             "-2",
		                             "+2h",
		                             "2003-8-22",
		                             "2003-08-22/x",
		                             "2003-08-23/2003-08-22" };

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_error err = { 0 };
		int64_t from = 0, to = 0;

		if (tryst_time_parse_window(cases[i], &utc, FOUNDING, &from, &to, &err) !=
		    TRYST_ERR_USAGE)
			fail_msg("'%s' was taken", cases[i]);
		assert_non_null(strstr(err.text, cases[i]));
	}
}

static void
test_zone(void **state)
{
	static const struct {
		const char *text;
		int kind;
		int32_t offset_s;
	} cases[] = {
		{ "UTC", TRYST_ZONE_UTC, 0 },         { "Z", TRYST_ZONE_UTC, 0 },
		{ "+02:00", TRYST_ZONE_FIXED, 7200 }, { "-0400", TRYST_ZONE_FIXED, -14400 },
		{ "+0545", TRYST_ZONE_FIXED, 20700 }, { "-04", TRYST_ZONE_FIXED, -14400 },
	};
	static const char *const wrong[] = {
		"",   "Mars/Phobos", "../../etc/passwd", "/etc/localtime",
		"+2", "+25:00",      "America",          "EDT4x"
	};
	struct tryst_zone zone;
	struct tryst_error err;

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		assert_int_equal(tryst_zone_parse(cases[i].text, &zone, &err), 0);
		assert_int_equal(zone.kind, cases[i].kind);
		assert_int_equal(zone.offset_s, cases[i].offset_s);
	}
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(wrong); i++) {
		assert_int_equal(tryst_zone_parse(wrong[i], &zone, &err), TRYST_ERR_USAGE);
		assert_non_null(strstr(err.text, wrong[i]));
	}
}

/* A name of the database becomes TZ; what is no zone file is none. */
static void
test_zone_database(void **state)
{
	char dir[] = "/tmp/tryst-test-XXXXXX", path[64];
	struct tryst_zone zone;
	struct tryst_error err;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/Here", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fputs("no zone", f) >= 0, 1);
	assert_int_equal(setenv("TZDIR", dir, 1), 0);
	assert_int_equal(fflush(f), 0);
	assert_int_equal(tryst_zone_parse("Here", &zone, &err), TRYST_ERR_USAGE);
	rewind(f);
	assert_int_equal(fputs("TZif2", f) >= 0, 1);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(tryst_zone_parse("Here", &zone, &err), 0);
	assert_int_equal(zone.kind, TRYST_ZONE_LOCAL);
	assert_string_equal(getenv("TZ"), "Here");
	assert_int_equal(unsetenv("TZDIR"), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0);
}

/* The rules are given to TZ outright, so that the test needs no tz database. */
static void
test_local(void **state)
{
	static const struct {
		const char *text, *expected;
	} cases[] = {
		{ "2003-08-22 15:09:54", "2003-08-22T19:09:54.000Z" },
		{ "2003-01-22 15:09:54", "2003-01-22T20:09:54.000Z" },
		{ "2003-10-26 00:59:59", "2003-10-26T04:59:59.000Z" },
		{ "2003-10-26 01:30:00", "2003-10-26T05:30:00.000Z" }, /* twice: the first */
		{ "2003-10-26 02:00:00", "2003-10-26T07:00:00.000Z" },
		{ "2003-04-06 01:59:59", "2003-04-06T06:59:59.000Z" },
		{ "2003-04-06 02:30:00", "2003-04-06T07:30:00.000Z" }, /* never: as before */
		{ "2003-04-06 03:00:00", "2003-04-06T07:00:00.000Z" },
		{ "2003-08-22T19:09:54Z", "2003-08-22T19:09:54.000Z" },
	};
	struct tryst_error err;
	struct tryst_zone zone;
	char text[TRYST_TIME_TEXT_MAX];
	int64_t from, to;

	(void)state;
	assert_int_equal(setenv("TZ", "EST5EDT4,M4.1.0,M10.5.0", 1), 0);
	assert_int_equal(tryst_zone_parse("local", &zone, &err), 0);
	for (size_t turn = 0; turn < 2; turn++) {
		for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
			(void)tryst_time_format(parse(cases[i].text, &zone), text);
			assert_string_equal(text, cases[i].expected);
		}
	}
	/* The day of the change has 25 hours. */
	assert_int_equal(tryst_time_parse_window("2003-10-26", &zone, 0, &from, &to, &err), 0);
	assert_int_equal(to + 1 - from, 25 * 3600000);
	assert_int_equal(tryst_time_parse_window("today", &zone, from + 5000, &from, &to, &err), 0);
	assert_int_equal(to + 1 - from, 25 * 3600000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),           cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_length_is_exact), cmocka_unit_test(test_civil),
		cmocka_unit_test(test_format),          cmocka_unit_test(test_format_reads_back),
		cmocka_unit_test(test_relative),        cmocka_unit_test(test_window),
		cmocka_unit_test(test_window_refuses),  cmocka_unit_test(test_zone),
		cmocka_unit_test(test_zone_database),   cmocka_unit_test(test_local),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
