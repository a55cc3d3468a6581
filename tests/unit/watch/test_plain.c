/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain lists, line by line: what is accepted and as what, what is rejected and why.
 */
#include "watch/watchlist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct tryst_watchlist *
parse(const char *data, size_t len, int expected)
{
	struct tryst_watchlist *w;
	struct tryst_error err;
	int rc;

	assert_int_equal(tryst_watchlist_new(&w, &err), 0);
	rc = tryst_watchlist_parse(w, "list.txt", data, len, &err);
	if (rc != expected)
		fail_msg("%.60s: rc %d %s", data, rc, rc ? err.text : "");
	return w;
}

static const struct {
	const char *line, *text, *first, *last; /* last NULL: one address */
	unsigned port;
	const char *label;
} accepted[] = {
	/* addresses */
	{ "192.0.2.1", "192.0.2.1", "192.0.2.1", NULL, 0, "" },
	{ "  192.0.2.1\t ", "192.0.2.1", "192.0.2.1", NULL, 0, "" },
	{ "043.229.053.000", "043.229.053.000", "43.229.53.0", NULL, 0, "" },
	{ "2001:db8::7", "2001:db8::7", "2001:db8::7", NULL, 0, "" },
	{ "::ffff:192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1", NULL, 0, "" },
	{ "fe80::1%eth0 x", "fe80::1%eth0", "fe80::1", NULL, 0, "x" },
	{ "\"192.0.2.1\"", "192.0.2.1", "192.0.2.1", NULL, 0, "" },
	{ "127.0.0.1", "127.0.0.1", "127.0.0.1", NULL, 0, "" },
	/* prefixes */
	{ "192.0.2.0/24", "192.0.2.0/24", "192.0.2.0", "192.0.2.255", 0, "" },
	{ "31.13.0.77/16", "31.13.0.77/16", "31.13.0.0", "31.13.255.255", 0, "" },
	{ "192.0.2.0/255.255.255.0", "192.0.2.0/255.255.255.0", "192.0.2.0", "192.0.2.255", 0, "" },
	{ "192.0.2.9 255.255.255.248 x", "192.0.2.9 255.255.255.248", "192.0.2.8", "192.0.2.15", 0,
	  "x" },
	{ "0.0.0.0/0", "0.0.0.0/0", "0.0.0.0", "255.255.255.255", 0, "" },
	{ "2001:db8::/32", "2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
	  0, "" },
	/* ranges */
	{ "1.2.3.4-1.2.3.9", "1.2.3.4-1.2.3.9", "1.2.3.4", "1.2.3.9", 0, "" },
	{ "1.2.3.4 - 1.2.4.9 bad", "1.2.3.4 - 1.2.4.9", "1.2.3.4", "1.2.4.9", 0, "bad" },
	{ "1.2.3.4 -1.2.4.9", "1.2.3.4 -1.2.4.9", "1.2.3.4", "1.2.4.9", 0, "" },
	{ "1.2.3.4-9", "1.2.3.4-9", "1.2.3.4", "1.2.3.9", 0, "" },
	{ "1.2.3.4-009,x", "1.2.3.4-009", "1.2.3.4", "1.2.3.9", 0, "x" },
	{ "2001:db8::1-2001:db8::f", "2001:db8::1-2001:db8::f", "2001:db8::1", "2001:db8::f", 0,
	  "" },
	{ "1.2.3.*", "1.2.3.*", "1.2.3.0", "1.2.3.255", 0, "" },
	{ "1.2.*.*", "1.2.*.*", "1.2.0.0", "1.2.255.255", 0, "" },
	{ "1.2.* x", "1.2.*", "1.2.0.0", "1.2.255.255", 0, "x" },
	/* ports and URLs */
	{ "192.0.2.1:8080", "192.0.2.1:8080", "192.0.2.1", NULL, 8080, "" },
	{ "192.0.2.1|8080", "192.0.2.1|8080", "192.0.2.1", NULL, 8080, "" },
	{ "192.0.2.1|64500|EXAMPLE", "192.0.2.1", "192.0.2.1", NULL, 0, "64500|EXAMPLE" },
	{ "[2001:db8::1]:443", "[2001:db8::1]:443", "2001:db8::1", NULL, 443, "" },
	{ "[2001:db8::1]", "[2001:db8::1]", "2001:db8::1", NULL, 0, "" },
	{ "2001:db8::1|443", "2001:db8::1|443", "2001:db8::1", NULL, 443, "" },
	{ "http://192.0.2.1:81/a/b.sh?c#d x", "http://192.0.2.1:81/a/b.sh?c#d", "192.0.2.1", NULL,
	  81, "x" },
	{ "https://me:pw@[2001:db8::1]:8443/", "https://me:pw@[2001:db8::1]:8443/", "2001:db8::1",
	  NULL, 8443, "" },
	{ "192.0.2.1/bins/x86 elf", "192.0.2.1/bins/x86", "192.0.2.1", NULL, 0, "elf" },
	{ "192.0.2.1:81/x86", "192.0.2.1:81/x86", "192.0.2.1", NULL, 81, "" },
	/* comments and labels */
	{ "1.4.0.0/17 ; SBL256893", "1.4.0.0/17", "1.4.0.0", "1.4.127.255", 0, "SBL256893" },
	{ "192.0.2.1 # a # b", "192.0.2.1", "192.0.2.1", NULL, 0, "a # b" },
	{ "192.0.2.1 // Mirai", "192.0.2.1", "192.0.2.1", NULL, 0, "Mirai" },
	{ "192.0.2.1 ### c2", "192.0.2.1", "192.0.2.1", NULL, 0, "c2" },
	{ "192.0.2.1 cols # why", "192.0.2.1", "192.0.2.1", NULL, 0, "why" },
	{ "192.0.2.1 cols #", "192.0.2.1", "192.0.2.1", NULL, 0, "cols" },
	{ "192.0.2.1#glued", "192.0.2.1", "192.0.2.1", NULL, 0, "glued" },
	{ "192.0.2.1;glued", "192.0.2.1", "192.0.2.1", NULL, 0, "glued" },
	{ "192.0.2.1,Emotet,2026-01-01", "192.0.2.1", "192.0.2.1", NULL, 0, "Emotet,2026-01-01" },
	{ "192.0.2.1\t12\tname", "192.0.2.1", "192.0.2.1", NULL, 0, "12\tname" },
	{ "192.0.2.1: note", "192.0.2.1", "192.0.2.1", NULL, 0, "note" },
	{ "2001:db8::1: note", "2001:db8::1", "2001:db8::1", NULL, 0, "note" },
	{ "192.0.2.1 - note", "192.0.2.1", "192.0.2.1", NULL, 0, "note" },
	{ "192.0.2.1 http://198.51.100.1/x", "192.0.2.1", "192.0.2.1", NULL, 0,
	  "http://198.51.100.1/x" },
	{ "10.9.8.7 server.example", "10.9.8.7", "10.9.8.7", NULL, 0, "server.example" },
	/* refanging */
	{ "1[.]2[.]3[.]4", "1.2.3.4", "1.2.3.4", NULL, 0, "" },
	{ "1(.)2(.)3(.)4", "1.2.3.4", "1.2.3.4", NULL, 0, "" },
	{ "1{.}2{.}3{.}4", "1.2.3.4", "1.2.3.4", NULL, 0, "" },
	{ "1[dot]2(DOT)3[Dot]4", "1.2.3.4", "1.2.3.4", NULL, 0, "" },
	{ "1 dot 2 dot 3 DOT 4 dot matrix", "1.2.3.4", "1.2.3.4", NULL, 0, "dot matrix" },
	{ "1\\.2\\.3\\.4", "1.2.3.4", "1.2.3.4", NULL, 0, "" },
	{ "1[.1[.1.]1", "1.1.1.1", "1.1.1.1", NULL, 0, "" },
	{ "1[.]2.3(.4", "1.2.3.4", "1.2.3.4", NULL, 0, "" },
	{ "1.2.3[.]4[:]80", "1.2.3.4:80", "1.2.3.4", NULL, 80, "" },
	{ "1.2.3[.]0[/]24", "1.2.3.0/24", "1.2.3.0", "1.2.3.255", 0, "" },
	{ "2001[:]db8[:][:]1", "2001:db8::1", "2001:db8::1", NULL, 0, "" },
	{ "hxxp://1.2.3[.]4/x", "http://1.2.3.4/x", "1.2.3.4", NULL, 0, "" },
	{ "hXXps://1.2.3[.]4:8443/x", "https://1.2.3.4:8443/x", "1.2.3.4", NULL, 8443, "" },
	{ "fxp://1.2.3.4/", "fxp://1.2.3.4/", "1.2.3.4", NULL, 0, "" },
	{ "meow[:]//1.2.3.4/", "http://1.2.3.4/", "1.2.3.4", NULL, 0, "" },
	{ "http[:]//1.2.3.4/", "http://1.2.3.4/", "1.2.3.4", NULL, 0, "" },
	{ "http[://]1.2.3.4", "http://1.2.3.4", "1.2.3.4", NULL, 0, "" },
	{ "http:\\\\1.2.3.4", "http://1.2.3.4", "1.2.3.4", NULL, 0, "" },
	{ "http__1.2.3.4", "http://1.2.3.4", "1.2.3.4", NULL, 0, "" },
	{ "http://me[@]1.2.3.4/", "http://me@1.2.3.4/", "1.2.3.4", NULL, 0, "" },
	/* logs and configurations: the first address of the line */
	{ "Nov 23 10:00:00 h sshd: Failed password for root from 192.0.2.1 port 22", "192.0.2.1",
	  "192.0.2.1", NULL, 0,
	  "Nov 23 10:00:00 h sshd: Failed password for root from 192.0.2.1 port 22" },
	{ "deny ip 203.0.113.7 any", "203.0.113.7", "203.0.113.7", NULL, 0,
	  "deny ip 203.0.113.7 any" },
	{ "from mx ([192.0.2.1]) by", "[192.0.2.1]", "192.0.2.1", NULL, 0,
	  "from mx ([192.0.2.1]) by" },
	{ "std::vector 2001:db8::1.", "2001:db8::1", "2001:db8::1", NULL, 0,
	  "std::vector 2001:db8::1." },
	{ "GET http://evil.example/?ip=1.1.1.1 192.0.2.1", "192.0.2.1", "192.0.2.1", NULL, 0,
	  "GET http://evil.example/?ip=1.1.1.1 192.0.2.1" },
};

static void
test_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(accepted); i++) {
		const char *line = accepted[i].line, *last = accepted[i].last;
		struct tryst_watchlist *w = parse(line, strlen(line), 0);
		const struct tryst_indicator *in = tryst_watchlist_indicator(w, 0);
		struct tryst_ip ip;
		char text[TRYST_IP_TEXT_MAX];

		assert_int_equal(tryst_watchlist_count(w), 1);
		assert_string_equal(in->text, accepted[i].text);
		(void)tryst_ip_format(in->range.first, text);
		if (strcmp(text, accepted[i].first) != 0)
			fail_msg("'%s' begins at %s", line, text);
		last = last ? last : accepted[i].first;
		assert_true(tryst_ip_parse(last, strlen(last), &ip));
		if (!tryst_ip_equal(ip, in->range.last))
			fail_msg("'%s' does not end at %s", line, last);
		if (in->port != accepted[i].port)
			fail_msg("'%s': port %u", line, in->port);
		assert_string_equal(in->label, accepted[i].label);
		assert_int_equal(in->line, 1);
		tryst_watchlist_free(w);
	}
}

static const struct {
	const char *line, *why;
} rejected[] = {
	{ "evil.example", "a name, not an address" },
	{ "evil[.]example", "a name, not an address" },
	{ "16909060", "a bare number" },
	{ "n/a", "no address" },
	{ "10/8", "no address" },
	{ "1.2.3", "no address" },
	{ "1.2.3.256", "no address" },
	{ "1.2.3.4.5", "no address" },
	{ "1.*.3.4", "no address" },
	{ "*.*.*.*", "no address" },
	{ "10:00:00", "no address" },
	{ "00:11:22:33:44:55", "no address" },
	{ "::", NULL },
	{ "1.2.3.4/33", "prefix length" },
	{ "1.2.3.4/", "directly behind" },
	{ "1.2.3.4/24x", "directly behind" },
	{ "1.2.3.4/255.0.255.0", "prefix length" },
	{ "2001:db8::/129", "prefix length" },
	{ "1.2.3.4:0", "port" },
	{ "1.2.3.4:65536", "port" },
	{ "1.2.3.4:123456", "port" },
	{ "[2001:db8::1]:99999", "port" },
	{ "1.2.3.4:x", "directly behind" },
	{ "1.2.3.4-1.2.3.3", "ends before" },
	{ "1.2.3.4-3", "ends before" },
	{ "1.2.3.4-256", "dash" },
	{ "1.2.3.4-foo", "dash" },
	{ "1.2.3.4-2001:db8::1", "families" },
	{ "1.2.3.4foo", "directly behind" },
	{ "1.2.3.4.example.com", "directly behind" },
	{ "http://evil.example/?x=1.2.3.4", "name" },
	{ "http://1.2.3.4.example/", "name" },
	{ "127.0.0.1\tevil.example", "hosts file" },
	{ "0.0.0.0 evil.example", "hosts file" },
	{ "::1 localhost", "hosts file" },
	{ "1.2.3.4 5.6.7.8", "second address" },
	{ "1.2.3.4, 5.6.7.8", "second address" },
	{ "1.2.3.0\t1.2.3.255\t24\t99", "second address" },
};

static void
test_rejected(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(rejected); i++) {
		const char *line = rejected[i].line, *why = rejected[i].why;
		struct tryst_watchlist *w = parse(line, strlen(line), why ? TRYST_ERR_FORMAT : 0);
		const struct tryst_list_remark *remarks;

		assert_int_equal(tryst_watchlist_list(w, 0)->rejected, why ? 1 : 0);
		assert_int_equal(tryst_watchlist_remarks(w, &remarks), 1);
		assert_int_equal(remarks[0].rejected, !!why);
		if (why && !strstr(remarks[0].text, why))
			fail_msg("'%s' is rejected because %s", line, remarks[0].text);
		tryst_watchlist_free(w);
	}
}

static void
test_lines(void **state)
{
	static const char list[] = "\xef\xbb\xbf# head\r\n\r\n192.0.2.1\r\n; x\n//y\n  \n"
				   "n/a\n198.51.100.0/24\n\r2001:db8::1";
	struct tryst_watchlist *w = parse(list, sizeof(list) - 1, 0);
	static const unsigned lines[] = { 3, 8, 10 };
	const struct tryst_list_remark *remarks;

	(void)state;
	assert_int_equal(tryst_watchlist_count(w), 3);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(tryst_watchlist_indicator(w, i)->line, lines[i]);
	assert_int_equal(tryst_watchlist_list(w, 0)->rejected, 1);
	assert_string_equal(tryst_watchlist_list(w, 0)->format, "plain");
	assert_true(tryst_watchlist_remarks(w, &remarks) > 0);
	assert_int_equal(remarks[1].line, 7);
	assert_true(remarks[1].rejected);
	tryst_watchlist_free(w);
}

/* NUL bytes and lines without end are somebody's mistake, not ours. */
static void
test_binary_and_long(void **state)
{
	static const char binary[] = "\0\0\n192.0.2.1\0x\n\xff\xfe\xfd\n198.51.100.7\n\0";
	size_t len = (1 << 17);
	char *data = malloc(len + 20);
	struct tryst_watchlist *w = parse(binary, sizeof(binary) - 1, 0);
	const struct tryst_list_remark *remarks;

	(void)state;
	assert_non_null(data);
	assert_int_equal(tryst_watchlist_count(w), 1);
	assert_int_equal(tryst_watchlist_list(w, 0)->rejected, 4);
	tryst_watchlist_free(w);

	memset(data, '1', len);
	memcpy(data + len, "\n192.0.2.1\n", 11);
	w = parse(data, len + 11, 0);
	assert_int_equal(tryst_watchlist_list(w, 0)->rejected, 1);
	assert_true(tryst_watchlist_remarks(w, &remarks) > 0);
	assert_non_null(strstr(remarks[0].text, "64 KiB"));
	assert_int_equal(tryst_watchlist_indicator(w, 0)->line, 2);
	tryst_watchlist_free(w);
	free(data);
}

static void
test_long_label_is_cut_between_characters(void **state)
{
	char line[400] = "192.0.2.1 # x";
	struct tryst_watchlist *w;
	size_t len = strlen(line), label;

	(void)state;
	for (size_t i = 0; i < 180; i++, len += 2)
		memcpy(line + len, "\xc3\xa9", 2);
	w = parse(line, len, 0);
	label = strlen(tryst_watchlist_indicator(w, 0)->label);
	assert_int_equal(label, 255);
	tryst_watchlist_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_rejected),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_binary_and_long),
		cmocka_unit_test(test_long_label_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
