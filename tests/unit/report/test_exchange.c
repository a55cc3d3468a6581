/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Exchange formats on one case with what is hard about them: labels made to break out of every
 * format, both address families, ICMP, unknown counts, forged sources, a search that was narrowed.
 * The outputs are compared with tests/golden/exchange/ (TRYST_UPDATE=1 writes them anew).
 */
#include "report/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/io.h"
#include "fixture.h"
#include "report/csv.h"
#include "report/report.h"
#include "report/stix.h"

static char program[] = "tryst", verb[] = "hunt";
static char *const command[] = { program, verb };

static const struct fixture_flow flows[] = {
	/* Two listed hosts at one server: one is answered, the other only asks. */
	{ .src = "10.9.9.9",
	  .src_port = 40000,
	  .dst = "192.0.2.1",
	  .dst_port = 6667,
	  .proto = 6,
	  .flags = 0x1b,
	  .first_flags = 0x02,
	  .start = "2026-11-23T10:00:00.250Z",
	  .duration_ms = 1500,
	  .packets = 12,
	  .bytes = 900,
	  .exporter = "198.51.100.1" },
	{ .src = "192.0.2.1",
	  .src_port = 6667,
	  .dst = "10.9.9.9",
	  .dst_port = 40000,
	  .proto = 6,
	  .flags = 0x1b,
	  .start = "2026-11-23T10:00:00.260Z",
	  .duration_ms = 1490,
	  .packets = 10,
	  .bytes = 5000,
	  .exporter = "198.51.100.1" },
	{ .src = "10.9.9.10",
	  .src_port = 40001,
	  .dst = "192.0.2.1",
	  .dst_port = 6667,
	  .proto = 6,
	  .flags = 0x02,
	  .start = "2026-11-23T10:05:00Z",
	  .packets = 3,
	  .bytes = 180,
	  .exporter = "198.51.100.1" },
	/* Home goes out, by IPv6; nobody counted. */
	{ .src = "2001:db8::80",
	  .src_port = 50000,
	  .dst = "2001:db8:bad::1",
	  .dst_port = 443,
	  .proto = 6,
	  .start = "2026-11-23T11:00:00Z" },
	/* A ping, a protocol without ports, and backscatter. */
	{ .src = "10.9.9.9",
	  .dst = "192.0.2.2",
	  .proto = 1,
	  .icmp = true,
	  .icmp_type = 8,
	  .start = "2026-11-23T12:00:00Z",
	  .packets = 1,
	  .bytes = 84 },
	{ .src = "10.9.9.9",
	  .dst = "192.0.2.2",
	  .proto = 47,
	  .start = "2026-11-23T12:30:00Z",
	  .packets = 1,
	  .bytes = 84 },
	{ .src = "10.9.9.10",
	  .src_port = 80,
	  .dst = "192.0.2.3",
	  .dst_port = 50001,
	  .proto = 6,
	  .flags = 0x12,
	  .start = "2026-11-23T13:00:00Z",
	  .packets = 1,
	  .bytes = 44 },
};

/* What a feed may say.  A list has a label a line, so the line end comes by a case file. */
static const char list[] =
	"10.9.9.9 # =HYPERLINK(\"http://x\",\"y\")|a=b\\c,\td \033[31m\xc2\x9b \xff end\n"
	"10.9.9.0/24 # -\n"
	"10.9.9.10 # @SUM(1+1)*cmd|' /C calc'!A0\n"
	"2001:db8:bad::/48 # ordinary\n";

static void
open_case(struct fixture *f)
{
	static const struct fixture_setup setup = {
		.list = list,
		.home = { "192.0.2.0/24", "2001:db8::/64" },
	};

	fixture_hunt(f, &setup, flows, TRYST_ARRAY_SIZE(flows));
	f->c->argc = TRYST_ARRAY_SIZE(command);
	f->c->argv = command;
	f->c->created_ms = 1795395600000;
	f->c->asked = (struct tryst_asked){
		.from_known = true,
		.to_known = true,
		.from_ms = 1795392000000,
		.to_ms = 1795478400000,
		.filter = "not label \"a|b=c\\d\033[31m <b>`x`</b>\"",
	};
}

static void
render(const struct tryst_case *c, const char *format, struct tryst_buf *out)
{
	const struct tryst_report_options options = { .width = 80 };
	struct tryst_error err;

	assert_int_equal(tryst_renderer_find(format)->render(c, &options, out, &err), 0);
}

static const char *const formats[] = { "csv",       "csv-meetings",   "csv-hosts", "csv-companions",
	                               "stix",      "misp",           "ecs",       "zeek",
	                               "cef",       "misp-sightings", "dshield",   "md",
	                               "csv-search" };

static void
test_golden(void **state)
{
	struct tryst_error err;
	struct fixture f;

	(void)state;
	open_case(&f);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(formats); i++) {
		struct tryst_buf got = { 0 }, want = { 0 };
		char path[512];

		(void)snprintf(path, sizeof(path), "%s/exchange/%s", TRYST_GOLDEN, formats[i]);
		render(f.c, formats[i], &got);
		if (getenv("TRYST_UPDATE")) {
			FILE *file = fopen(path, "w");

			assert_non_null(file);
			assert_int_equal(fwrite(got.data, 1, got.len, file), got.len);
			assert_int_equal(fclose(file), 0);
		}
		if (tryst_slurp(path, 1 << 20, &want, &err) < 0)
			fail_msg("%s; TRYST_UPDATE=1 writes it", err.text);
		if (want.len != got.len || memcmp(want.data, got.data, got.len))
			fail_msg("%s differs from:\n%s", path, got.data);
		tryst_buf_fini(&got);
		tryst_buf_fini(&want);
	}
	fixture_close(&f);
}

/* Nothing that a terminal obeys and no half character, whatever the format. */
static void
test_bytes(void **state)
{
	struct fixture f;

	(void)state;
	open_case(&f);
	for (size_t k = 0; k < TRYST_ARRAY_SIZE(formats); k++) {
		struct tryst_buf b = { 0 };

		render(f.c, formats[k], &b);
		for (size_t i = 0; i < b.len;) {
			size_t n = tryst_utf8_len(b.data + i, b.len - i);

			if (!n ||
			    (n == 1 && (uint8_t)b.data[i] < ' ' && !strchr("\n\t", b.data[i])))
				fail_msg("%s, byte %zu: %.60s", formats[k], i, b.data + i);
			i += n;
		}
		tryst_buf_fini(&b);
	}
	fixture_close(&f);
}

static void
test_csv_text(void **state)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", NULL },
		{ "plain", "\"plain\"" },
		{ "a,b \"c\"", "\"a,b \"\"c\"\"\"" },
		{ "=1+1", "\"'=1+1\"" },
		{ "+1", "\"'+1\"" },
		{ "-1", "\"'-1\"" },
		{ "@x", "\"'@x\"" },
		{ "\t=1", "\"\\x09=1\"" },
		{ "a\r\nb", "\"a\\x0d\\x0ab\"" },
		{ "\033[31m", "\"\\x1b[31m\"" },
		{ "\"", "\"\"\"\"" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_buf b = { 0 };

		tryst_csv_text(&b, cases[i].text, strlen(cases[i].text));
		if (cases[i].want)
			assert_string_equal(b.data, cases[i].want);
		else
			assert_int_equal(b.len, 0);
		tryst_buf_fini(&b);
	}
}

static struct tryst_ip
ip(const char *text)
{
	struct tryst_ip v;

	assert_true(tryst_ip_parse(text, strlen(text), &v));
	return v;
}

/* Identifiers that the specification and other programs give. */
static void
test_identifiers(void **state)
{
	static const uint8_t dns[16] = { 0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1,
		                         0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8 };
	char id[TRYST_STIX_ID_MAX], uuid[TRYST_UUID_TEXT_MAX];
	struct tryst_buf b = { 0 };

	(void)state;
	/* RFC 9562, appendix A.4. */
	tryst_uuid5(dns, "www.example.com", 15, uuid);
	assert_string_equal(uuid, "2ed6657d-e927-568b-95e1-2665a8aea6a2");
	tryst_stix_address_id(&b, ip("198.51.100.3"), id);
	assert_string_equal(id, "ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4");
	tryst_stix_address_id(&b, ip("2001:db8::1"), id);
	assert_string_equal(id, "ipv6-addr--6469e3a9-b053-5e34-a025-9396ae051d26");
	tryst_uuid5(dns, "tryst.invalid", 13, uuid);
	assert_string_equal(uuid, "cf88597e-cfe1-5253-8560-39924e1dba72");
	assert_int_equal(tryst_uuid_space[0], 0xcf);
	assert_int_equal(tryst_uuid_space[15], 0x72);
	assert_false(b.failed);
}

static void
test_patterns(void **state)
{
	static const struct {
		const char *first, *last;
		uint16_t port;
		const char *want;
	} cases[] = {
		{ "192.0.2.1", "192.0.2.1", 0, "[ipv4-addr:value = '192.0.2.1']" },
		{ "10.0.0.0", "10.255.255.255", 0, "[ipv4-addr:value ISSUBSET '10.0.0.0/8']" },
		{ "2001:db8::1", "2001:db8::1", 0, "[ipv6-addr:value = '2001:db8::1']" },
		{ "10.0.0.1", "10.0.0.2", 0,
		  "[ipv4-addr:value = '10.0.0.1'] OR [ipv4-addr:value = '10.0.0.2']" },
		{ "192.0.2.1", "192.0.2.1", 6667,
		  "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = "
		  "'192.0.2.1' AND network-traffic:dst_port = 6667]" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_indicator indicator = {
			.range = { ip(cases[i].first), ip(cases[i].last) },
			.port = cases[i].port,
		};
		struct tryst_buf b = { 0 };

		tryst_stix_pattern(&b, &indicator);
		assert_string_equal(b.data, cases[i].want);
		tryst_buf_fini(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),   cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_csv_text), cmocka_unit_test(test_identifiers),
		cmocka_unit_test(test_patterns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
