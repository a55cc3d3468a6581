/* SPDX-License-Identifier: Apache-2.0 */
/* What a mistake in a filter looks like, to the letter; includes; the parser under mutated text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "query/filter.h"

static const struct {
	const char *text;
	const char *error;
} cases[] = {
	{ "src foo 1.2.3.4", "filter: unexpected \"foo\"\n"
	                     "  src foo 1.2.3.4\n"
	                     "      ^^^\n"
	                     "  expected ip, net, port, as or an address" },
	{ "prot tcp", "filter: unexpected \"prot\"\n"
	              "  prot tcp\n"
	              "  ^^^^\n"
	              "  did you mean proto?" },
	{ "min_tll > 3", "filter: unexpected \"min_tll\"\n"
	                 "  min_tll > 3\n"
	                 "  ^^^^^^^\n"
	                 "  did you mean min_ttl?" },
	{ "tcp\nand prot udp", "filter:2: unexpected \"prot\"\n"
	                       "  and prot udp\n"
	                       "      ^^^^\n"
	                       "  did you mean proto?" },
	{ "port 80 port 90", "filter: unexpected \"port\"\n"
	                     "  port 80 port 90\n"
	                     "          ^^^^\n"
	                     "  tests are joined by `and` or `or`" },
	{ "tcp and 80", "filter: unexpected \"80\"\n"
	                "  tcp and 80\n"
	                "          ^^\n"
	                "  did you mean port 80?" },
	{ "port 70000", "filter: 70000 is out of range: port is 0 to 65535\n"
	                "  port 70000\n"
	                "       ^^^^^" },
	{ "port in [1 2-70000]", "filter: 70000 is out of range: port is 0 to 65535\n"
	                         "  port in [1 2-70000]\n"
	                         "               ^^^^^" },
	{ "ip www.example.com",
	  "filter: \"www.example.com\" is not an address; host names are not resolved\n"
	  "  ip www.example.com\n"
	  "     ^^^^^^^^^^^^^^^" },
	{ "ip in [1.2.3.4 nonsense]",
	  "filter: \"nonsense\" is not an address; host names are not resolved\n"
	  "  ip in [1.2.3.4 nonsense]\n"
	  "                 ^^^^^^^^" },
	{ "10.0.0.0/33", "filter: \"10.0.0.0/33\" is not an address or a prefix\n"
	                 "  10.0.0.0/33\n"
	                 "  ^^^^^^^^^^^" },
	{ "net 10.0.0.0 255.0.255.0", "filter: \"255.0.255.0\" is not a netmask\n"
	                              "  net 10.0.0.0 255.0.255.0\n"
	                              "               ^^^^^^^^^^^" },
	{ "bytes > 1.5", "filter: \"1.5\" is not a whole number\n"
	                 "  bytes > 1.5\n"
	                 "          ^^^" },
	{ "bytes > 99999999t", "filter: \"99999999t\" is too large\n"
	                       "  bytes > 99999999t\n"
	                       "          ^^^^^^^^^" },
	{ "bytes > ten", "filter: \"ten\" is not a number\n"
	                 "  bytes > ten\n"
	                 "          ^^^" },
	{ "proto foo", "filter: \"foo\" is neither a protocol's name nor a number\n"
	               "  proto foo\n"
	               "        ^^^" },
	{ "mac 00:11:22:33:44:55", "filter: tryst's records carry no MAC addresses\n"
	                           "  mac 00:11:22:33:44:55\n"
	                           "  ^^^" },
	{ "in src mac aa", "filter: tryst's records carry no MAC addresses\n"
	                   "  in src mac aa\n"
	                   "     ^^^" },
	{ "next as 5", "filter: tryst's records carry no next as\n"
	               "  next as 5\n"
	               "       ^^" },
	{ "dst vlan 5", "filter: tryst's records carry no dst vlan\n"
	                "  dst vlan 5\n"
	                "      ^^^^" },
	{ "src bytes 5", "filter: bytes cannot follow src\n"
	                 "  src bytes 5\n"
	                 "      ^^^^^\n"
	                 "  its sides are in and out" },
	{ "(tcp) %web", "filter: tryst's records carry no flow labels\n"
	                "  (tcp) %web\n"
	                "        ^^^^" },
	{ "exporter 5", "filter: tryst's records carry no exporter number of a collector\n"
	                "  exporter 5\n"
	                "           ^" },
	{ "port != 80", "filter: != is unclear: a flow has two of port\n"
	                "  port != 80\n"
	                "       ^^\n"
	                "  name the side, or put `not` before the test" },
	{ "flags SQ", "filter: \"SQ\" is not a set of TCP flags\n"
	              "  flags SQ\n"
	              "        ^^\n"
	              "  letters are F S R P A U E C, and X for the first six" },
	{ "flags SA/S", "filter: \"SA/S\" is not a set of TCP flags\n"
	                "  flags SA/S\n"
	                "        ^^^^\n"
	                "  letters are F S R P A U E C, and X for the first six" },
	{ "(tcp", "filter: this bracket is never closed\n"
	          "  (tcp\n"
	          "  ^" },
	{ "tcp)", "filter: unexpected \")\"\n"
	          "  tcp)\n"
	          "     ^\n"
	          "  no bracket is open here" },
	{ "tcp and", "filter: unexpected end, expected a test\n"
	             "  tcp and\n"
	             "         ^" },
	{ "src as", "filter: unexpected end, expected a number after \"as\"\n"
	            "  src as\n"
	            "        ^" },
	{ "ip in [1.2.3.4", "filter: the list has no end, expected ]\n"
	                    "  ip in [1.2.3.4\n"
	                    "                ^" },
	{ "port in []", "filter: the list is empty\n"
	                "  port in []\n"
	                "           ^" },
	{ "port in [90-80]", "filter: the range ends before it begins\n"
	                     "  port in [90-80]\n"
	                     "           ^^^^^" },
	{ "tcp\tand\x1b[31m", "filter: unexpected \"\\x1b\"\n"
	                      "  tcp and\\x1b[31m\n"
	                      "         ^^^^\n"
	                      "  expected a test" },
	{ "tcp and \"\xc3\xa4\xc3\xa4\" x", "filter: unexpected \"\"\xc3\xa4\xc3\xa4\"\"\n"
	                                    "  tcp and \"\xc3\xa4\xc3\xa4\" x\n"
	                                    "          ^^^^\n"
	                                    "  expected a test" },
	{ "ip in [10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 x 10.0.0.7 10.0.0.8]",
	  "filter: \"x\" is not an address; host names are not resolved\n"
	  "  ....1 10.0.0.2 10.0.0.3 10.0.0.4 10.0.0.5 10.0.0.6 x 10.0.0.7 10.0.0.8]\n"
	  "                                                     ^" },
};

static int
compile(const char *text, struct tryst_error *err)
{
	struct tryst_filter *f = NULL;
	int rc = tryst_filter_new(&f, text, "filter", err);

	tryst_filter_free(f);
	return rc;
}

static void
messages(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_error err = { 0 };

		assert_int_equal(compile(cases[i].text, &err), TRYST_ERR_USAGE);
		assert_string_equal(err.text, cases[i].error);
	}
	assert_int_equal(compile("tcp and", NULL), TRYST_ERR_USAGE);
}

/* What nfdump can test and our records do not hold is refused, never silently true or false. */
static void
refused(void **state)
{
	static const char *const texts[] = {
		"ident x",        "geo US",        "src geo US",       "payload content x",
		"mpls label1 3",  "engine-type 3", "engine-id 3",      "sysid 3",
		"nfversion 9",    "flowlabel x",   "client latency 3", "asa event deny",
		"nat event add",  "ingress vrf 3", "pblock start 3",   "bgpnext ip 1.2.3.4",
		"tunip 1.2.3.4",  "tun proto 3",   "count > 3",        "record_no 3",
		"prev as 3",      "dst tos 3",     "out mac aa",       "observation point id 3",
		"port in pblock", "ingress acl 3",
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(texts); i++) {
		struct tryst_error err = { 0 };

		if (compile(texts[i], &err) != TRYST_ERR_USAGE)
			fail_msg("'%s' is accepted", texts[i]);
	}
}

static void
repeat(struct tryst_buf *b, const char *text, unsigned n)
{
	while (n--)
		tryst_buf_str(b, text);
}

static void
limits(void **state)
{
	struct tryst_buf text = { 0 };
	struct tryst_error err = { 0 };

	(void)state;
	repeat(&text, "(", 200);
	tryst_buf_str(&text, "tcp");
	repeat(&text, ")", 200);
	assert_int_equal(compile(text.data, &err), 0);

	tryst_buf_clear(&text);
	repeat(&text, "(", 100000);
	assert_int_equal(compile(text.data, &err), TRYST_ERR_USAGE);
	assert_non_null(strstr(err.text, "more than 200 tests inside each other"));

	tryst_buf_clear(&text);
	repeat(&text, "tcp ip ", 100000);
	assert_int_equal(compile(text.data, &err), TRYST_ERR_USAGE);

	tryst_buf_clear(&text);
	repeat(&text, "not ", 100000);
	tryst_buf_str(&text, "tcp");
	assert_int_equal(compile(text.data, &err), 0);

	tryst_buf_clear(&text);
	repeat(&text, "tcp and ", (16 << 20) / 8);
	tryst_buf_str(&text, "udp");
	assert_int_equal(compile(text.data, &err), TRYST_ERR_USAGE);
	assert_string_equal(err.text,
	                    "filter: the text has 16777219 bytes, more than the 16777216 allowed");
	tryst_buf_fini(&text);
}

static void
file_write(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
includes(void **state)
{
	char folder[] = "/tmp/tryst-filter-XXXXXX";
	struct tryst_filter *f = NULL;
	struct tryst_error err = { 0 };
	struct tryst_buf out = { 0 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(chdir(folder), 0);
	file_write("list", "# hosts\n1.2.3.4\n10/8, 2001:db8::/32");
	file_write("outer", "ip in [ @include list\n] # all\n");
	file_write("loop", "tcp or @include loop\n");
	file_write("bad", "tcp and\n  prot udp\n");
	file_write("empty", "");

	assert_int_equal(tryst_filter_new(&f, "udp or (@include outer\n) and tcp @include empty",
	                                  "filter", &err),
	                 0);
	tryst_filter_explain(f, &out);
	assert_string_equal(out.data, "((proto = 17) or ((ip in [1.2.3.4, 10.0.0.0/8, "
	                              "2001:db8::/32]) and (proto = 6)))");
	tryst_filter_free(f);
	tryst_buf_fini(&out);

	assert_int_equal(compile("udp or\n@include bad", &err), TRYST_ERR_USAGE);
	assert_string_equal(err.text, "bad:2: unexpected \"prot\"\n"
	                              "    prot udp\n"
	                              "    ^^^^\n"
	                              "  did you mean proto?");
	assert_int_equal(compile("@include loop", &err), TRYST_ERR_USAGE);
	assert_non_null(strstr(err.text, "loop:1: files include each other too deeply"));
	assert_int_equal(compile("@include nowhere", &err), TRYST_ERR_USAGE);
	assert_string_equal(err.text, "filter: cannot open 'nowhere': No such file or directory\n"
	                              "  @include nowhere\n"
	                              "           ^^^^^^^");
	assert_int_equal(compile("@include .", &err), TRYST_ERR_USAGE);
	assert_int_equal(compile("@include", &err), TRYST_ERR_USAGE);

	(void)unlink("list");
	(void)unlink("outer");
	(void)unlink("loop");
	(void)unlink("bad");
	(void)unlink("empty");
	assert_int_equal(chdir("/"), 0);
	assert_int_equal(rmdir(folder), 0);
}

static uint64_t
draw(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* Nothing that the parser is given makes it do anything but accept or refuse with a text. */
static void
mutations(void **state)
{
	static const char *const seeds[] = {
		"src ip in [10.0.0.1, 2001:db8::/32 198.51.100/24] and not (tcp port 80 or udp)",
		"flags S/SA or flags any AF && bytes > 1.5M || port in [80-90, 443]",
		"src or dst net 10.0.0.0 255.0.0.0 and start_ms >= 2003-08-22T13:46:40Z # c\n",
		"duration > 0x10 and proto \\tcp and icmp-type 3 and in if 2 and next ip ::1",
		"tcp ip host 1.2.3.4 @include /dev/null\n or observation domain id 1",
	};
	static const char bytes[] = " ()[],!&|<>=#/\\%.:-+0159axfk\n\t\"'@\x80\xff\x01";
	uint64_t seed = 20030822;
	char text[256];

	(void)state;
	for (unsigned round = 0; round < 6000; round++) {
		const char *from = seeds[draw(&seed) % TRYST_ARRAY_SIZE(seeds)];
		size_t len = strlen(from);
		struct tryst_error err = { 0 };

		memcpy(text, from, len + 1);
		for (uint64_t n = 1 + draw(&seed) % 4; n; n--) {
			size_t at = draw(&seed) % len, other = draw(&seed) % len;

			if (draw(&seed) % 3 == 0)
				text[at] = text[other];
			else if (draw(&seed) % 3)
				text[at] = bytes[draw(&seed) % (sizeof(bytes) - 1)];
			else
				memmove(text + at, text + other, len + 1 - TRYST_MAX(at, other));
			len = strlen(text);
			if (len == 0)
				break;
		}
		if (compile(text, &err) < 0)
			assert_true(err.text[0] != '\0' && err.code == TRYST_ERR_USAGE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages), cmocka_unit_test(refused),   cmocka_unit_test(limits),
		cmocka_unit_test(includes), cmocka_unit_test(mutations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
