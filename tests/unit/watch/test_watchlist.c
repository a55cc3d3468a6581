/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watchlist as a whole: sets, warnings, errors, files; and that no bytes can break it.
 */
#include "watch/known.h"
#include "watch/special.h"
#include "watch/watchlist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct tryst_watchlist *
sealed(const char *data)
{
	struct tryst_watchlist *w;

	assert_int_equal(tryst_watchlist_new(&w, NULL), 0);
	assert_int_equal(tryst_watchlist_parse(w, "a.txt", data, strlen(data), NULL), 0);
	assert_int_equal(tryst_watchlist_seal(w, NULL), 0);
	return w;
}

static size_t
match(const struct tryst_watchlist *w, const char *text, uint32_t ids[4])
{
	struct tryst_ip ip;

	assert_true(tryst_ip_parse(text, strlen(text), &ip));
	return tryst_ipset_match(tryst_watchlist_set(w), ip, ids, 4);
}

/* nfdump 1.7.1 forgets the wider of two prefixes in a list; here both are reported. */
static void
test_overlaps_all_count(void **state)
{
	struct tryst_watchlist *w = sealed("10.1.0.0/16\n10.0.0.0/8\n10.1.2.3 # host\n10.1.2.3\n");
	uint32_t ids[4];

	(void)state;
	assert_int_equal(match(w, "10.1.2.3", ids), 4);
	assert_true(ids[0] == 2 && ids[1] == 3 && ids[2] == 0 && ids[3] == 1);
	assert_int_equal(match(w, "10.200.0.1", ids), 1);
	assert_int_equal(ids[0], 1);
	assert_int_equal(match(w, "11.0.0.0", ids), 0);
	tryst_watchlist_free(w);
}

/* A range becomes several prefixes of the set and stays one indicator. */
static void
test_range_in_set(void **state)
{
	struct tryst_watchlist *w = sealed("1.2.3.4-1.2.3.9\n2001:db8::1-2001:db8::6\n");
	uint32_t ids[4];

	(void)state;
	assert_int_equal(match(w, "1.2.3.3", ids), 0);
	for (unsigned i = 4; i <= 9; i++) {
		char text[16];

		(void)snprintf(text, sizeof(text), "1.2.3.%u", i);
		assert_int_equal(match(w, text, ids), 1);
		assert_int_equal(ids[0], 0);
	}
	assert_int_equal(match(w, "1.2.3.10", ids), 0);
	assert_int_equal(match(w, "2001:db8::6", ids), 1);
	assert_int_equal(ids[0], 1);
	assert_int_equal(match(w, "2001:db8::7", ids), 0);
	assert_string_equal(tryst_watchlist_indicator(w, 0)->text, "1.2.3.4-1.2.3.9");
	tryst_watchlist_free(w);
}

static void
test_warnings(void **state)
{
	static const char list[] =
		"31.13.0.77/16\n10.0.0.1\n31.14.0.77/16\nfe80::1%eth0\n8.8.8.8\n";
	struct tryst_watchlist *w = sealed(list);
	const struct tryst_list_info *info = tryst_watchlist_list(w, 0);
	const struct tryst_list_remark *remarks;
	uint32_t ids[4];

	(void)state;
	assert_int_equal(info->indicators, 5);
	assert_int_equal(info->masked, 2);
	assert_int_equal(info->dangerous, 3);
	assert_int_equal(info->rejected, 0);
	assert_int_equal(tryst_watchlist_remarks(w, &remarks), 5);
	assert_int_equal(remarks[0].line, 2);
	assert_string_equal(remarks[0].text, "private use (RFC 1918): \"10.0.0.1\"");
	assert_int_equal(remarks[1].line, 4);
	assert_string_equal(remarks[1].text, "zone id dropped: \"fe80::1%eth0\"");
	assert_int_equal(remarks[4].line, 1);
	assert_string_equal(
		remarks[4].text,
		"bits below the prefix length cleared in 2 entries, here: \"31.13.0.77/16\"");
	assert_int_equal(match(w, "10.0.0.1", ids), 1);
	tryst_watchlist_free(w);
}

static void
test_special(void **state)
{
	static const struct {
		const char *first, *last, *name;
	} cases[] = {
		{ "8.8.8.8", "8.8.8.8", "resolver" },
		{ "8.8.8.9", "8.8.8.9", NULL },
		{ "198.41.0.4", "198.41.0.4", "root server (a)" },
		{ "2001:500:2f::", "2001:500:2f::ff", "root server (f)" },
		{ "104.20.0.0", "104.20.0.1", "content network" },
		{ "2606:4700:4700::1111", "2606:4700:4700::1111", "resolver" },
		{ "2606:4700:1::", "2606:4700:1::", "content network" },
		{ "9.255.255.255", "9.255.255.255", NULL },
		{ "10.0.0.0", "10.0.0.0", "RFC 1918" },
		{ "9.255.0.0", "10.0.0.0", "RFC 1918" },
		{ "11.0.0.0", "11.255.255.255", NULL },
		{ "11.0.0.0", "12.0.0.0", "wider" },
		{ "100.63.255.255", "100.63.255.255", NULL },
		{ "100.127.255.255", "100.127.255.255", "RFC 6598" },
		{ "172.32.0.0", "172.32.0.0", NULL },
		{ "198.19.255.255", "198.19.255.255", "RFC 2544" },
		{ "223.255.255.255", "223.255.255.255", NULL },
		{ "224.0.0.0", "224.0.0.0", "multicast" },
		{ "255.255.255.255", "255.255.255.255", "reserved" },
		{ "::", "::", "unspecified" },
		{ "::1", "::1", "loopback" },
		{ "2001:db8::1", "2001:db8::1", "documentation" },
		{ "2001:1ff:ffff::", "2001:1ff:ffff::", "protocol" },
		{ "2001:200::", "2001:200::", NULL },
		{ "2a00::", "2a00:1fff:ffff:ffff:ffff:ffff:ffff:ffff", NULL },
		{ "2a00::", "2a00:2000::", "wider" },
		{ "fdff::1", "fdff::1", "unique local" },
		{ "febf::1", "febf::1", "link-local" },
		{ "ff02::1", "ff02::1", "multicast" },
		{ "::", "ffff::", "wider" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_ip_range r;
		const char *name;

		assert_true(tryst_ip_parse(cases[i].first, strlen(cases[i].first), &r.first));
		assert_true(tryst_ip_parse(cases[i].last, strlen(cases[i].last), &r.last));
		name = tryst_special_find(r);
		if (!name)
			name = tryst_known_find(r);
		if (!name != !cases[i].name || (name && !strstr(name, cases[i].name)))
			fail_msg("%s is %s", cases[i].first, name ? name : "nothing special");
	}
}

static void
test_remarks_are_bounded_and_safe(void **state)
{
	char *list = malloc(400000);
	struct tryst_watchlist *w;
	const struct tryst_list_remark *remarks;
	size_t len = 0;

	(void)state;
	assert_non_null(list);
	memcpy(list, "\x1b[31mred\n", 9);
	for (len = 9; len < 300000;)
		len += (size_t)snprintf(list + len, 32, "bad line\n10.0.0.1\n");
	w = sealed(list);
	assert_int_equal(tryst_watchlist_list(w, 0)->rejected, (len - 9) / 18 + 1);
	assert_int_equal(tryst_watchlist_list(w, 0)->dangerous, (len - 9) / 18);
	assert_int_equal(tryst_watchlist_remarks(w, &remarks), 70);
	assert_string_equal(remarks[0].text, "no address in it: \"\\x1b[31mred\"");
	tryst_watchlist_free(w);
	free(list);
}

static void
test_errors(void **state)
{
	static const struct {
		const char *data;
		size_t len;
		const char *text;
	} cases[] = {
		{ "", 0, "a.txt: the list is empty" },
		{ "# only\n\n", 8, "a.txt: the list is empty" },
		{ "x.example\ny.example\n", 20, "(2 rejected)" },
		{ "x.example\n", 10, "line 1: a name, not an address: \"x.example\"" },
		{ "%PDF-1.7", 8, "PDF" },
		{ "\xff\xfe"
		  "1\0",
		  4, "UTF-16" },
	};
	struct tryst_watchlist *w;
	struct tryst_error err;

	(void)state;
	assert_int_equal(tryst_watchlist_new(&w, NULL), 0);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		assert_int_equal(
			tryst_watchlist_parse(w, "a.txt", cases[i].data, cases[i].len, &err),
			TRYST_ERR_FORMAT);
		if (!strstr(err.text, cases[i].text))
			fail_msg("%s", err.text);
	}
	assert_int_equal(tryst_watchlist_load(w, "/nonexistent/list", &err), TRYST_ERR_IO);
	assert_non_null(strstr(err.text, "/nonexistent/list"));
	assert_int_equal(tryst_watchlist_parse(w, "b.txt", "192.0.2.1", 9, &err), 0);
	assert_int_equal(tryst_watchlist_seal(w, &err), 0);
	assert_int_equal(tryst_watchlist_indicator(w, 0)->list, TRYST_ARRAY_SIZE(cases));
	assert_string_equal(tryst_watchlist_list(w, TRYST_ARRAY_SIZE(cases))->path, "b.txt");
	tryst_watchlist_free(w);
	tryst_watchlist_free(NULL);
}

static void
test_files(void **state)
{
	char path[] = "/tmp/tryst-watch-XXXXXX";
	int fd = mkstemp(path), pipes[2], kept;
	struct tryst_watchlist *w;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "192.0.2.1\n192.0.2.2", 19), 19);
	close(fd);
	assert_int_equal(tryst_watchlist_new(&w, NULL), 0);
	assert_int_equal(tryst_watchlist_load(w, path, NULL), 0);
	unlink(path);

	kept = dup(STDIN_FILENO);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "2001:db8::1 # piped\n", 20), 20);
	close(pipes[1]);
	assert_true(dup2(pipes[0], STDIN_FILENO) == STDIN_FILENO);
	close(pipes[0]);
	assert_int_equal(tryst_watchlist_load(w, "-", NULL), 0);
	if (kept >= 0) {
		(void)dup2(kept, STDIN_FILENO);
		close(kept);
	}
	assert_int_equal(tryst_watchlist_lists(w), 2);
	assert_int_equal(tryst_watchlist_count(w), 3);
	assert_string_equal(tryst_watchlist_list(w, 0)->path, path);
	assert_string_equal(tryst_watchlist_list(w, 1)->path, "-");
	assert_string_equal(tryst_watchlist_indicator(w, 2)->label, "piped");
	tryst_watchlist_free(w);
}

static void
file_write(const char *folder, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

/* All files of a directory, by name; of a MISP feed the events that its manifest names. */
static void
test_folders(void **state)
{
	static const char *const names[] = { "b.txt", "a.txt", ".hidden", "manifest.json",
		                             "5b0e9a40-0000-4000-8000-000000000001.json" };
	char folder[] = "/tmp/tryst-watch-XXXXXX", path[256];
	struct tryst_watchlist *w;
	struct tryst_error err;

	(void)state;
	assert_non_null(mkdtemp(folder));
	assert_int_equal(tryst_watchlist_new(&w, NULL), 0);
	assert_int_equal(tryst_watchlist_load(w, folder, &err), TRYST_ERR_FORMAT);
	assert_non_null(strstr(err.text, "no list in this directory"));
	file_write(folder, names[0], "192.0.2.2\n");
	file_write(folder, names[1], "192.0.2.1\n");
	file_write(folder, names[2], "192.0.2.3\n");
	assert_int_equal(tryst_watchlist_load(w, folder, &err), 0);
	assert_int_equal(tryst_watchlist_count(w), 2);
	assert_string_equal(tryst_watchlist_indicator(w, 0)->text, "192.0.2.1");
	tryst_watchlist_free(w);

	file_write(folder, names[3],
	           "{\"5b0e9a40-0000-4000-8000-000000000001\":{\"info\":\"x\"},"
	           "\"5b0e9a40-0000-4000-8000-000000000002\":{\"info\":\"gone\"}}");
	file_write(folder, names[4],
	           "{\"Event\":{\"info\":\"x\",\"Attribute\":[{\"type\":\"ip-dst\","
	           "\"value\":\"192.0.2.9\",\"to_ids\":true}]}}");
	assert_int_equal(tryst_watchlist_new(&w, NULL), 0);
	assert_int_equal(tryst_watchlist_load(w, folder, &err), 0);
	assert_int_equal(tryst_watchlist_count(w), 1);
	assert_string_equal(tryst_watchlist_indicator(w, 0)->text, "192.0.2.9");
	assert_int_equal(tryst_watchlist_list(w, 0)->rejected, 1);
	tryst_watchlist_free(w);

	file_write(folder, names[3], "{\"../../etc/passwd\":{}}");
	assert_int_equal(tryst_watchlist_new(&w, NULL), 0);
	assert_int_equal(tryst_watchlist_load(w, folder, &err), TRYST_ERR_FORMAT);
	assert_non_null(strstr(err.text, "not the manifest"));
	tryst_watchlist_free(w);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(names); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(folder);
}

static uint64_t
random_next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ULL; /* splitmix64 */

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* Bytes that matter to the grammar more often than others. */
static char
random_byte(uint64_t *seed)
{
	static const char likely[] =
		"0123456789abcdef....::::////--[](){}|*%@#;,\\ \t\r\n\"hxtp_dot";
	uint64_t r = random_next(seed);

	return r & 7 ? likely[(r >> 8) % (sizeof(likely) - 1)] : (char)(r >> 8);
}

/*
 * Random and mutated lists, each in a block of exactly its size so that a sanitizer sees a read
 * beyond.  Whatever comes in, every line is counted once and every indicator is a true range that
 * its set holds.
 */
static void
test_hostile_bytes(void **state)
{
	static const char list[] =
		"192.0.2.1 # a\n1.2.3.4-9\n[2001:db8::1]:443,x\nhxxp[:]//1[.]2(.)3 dot 4:80/x\n"
		"10.1.0.0 255.255.0.0\n1.2.*.*\n "
		"fe80::1%eth0/64\n127.0.0.1\tx.example\n1.2.3.4|80\n"
		"Nov 1 10:00:00 from ([192.0.2.9]) to 2001:db8::/32-x\n::ffff:1.2.3.4 - ::2\n";

	(void)state;
	for (uint64_t seed = 1; seed <= 3000; seed++) {
		uint64_t s = seed;
		size_t len = seed & 1 ? random_next(&s) % 300 : sizeof(list) - 1;
		char *data = malloc(len ? len : 1);
		struct tryst_watchlist *w;
		uint32_t ids[4];

		assert_non_null(data);
		if (len == sizeof(list) - 1)
			memcpy(data, list, len);
		for (size_t i = 0; i < len; i++) {
			if ((seed & 1) || random_next(&s) % 16 == 0)
				data[i] = random_byte(&s);
		}
		assert_int_equal(tryst_watchlist_new(&w, NULL), 0);
		(void)tryst_watchlist_parse(w, "x", data, len, NULL);
		free(data);
		assert_int_equal(tryst_watchlist_seal(w, NULL), 0);
		assert_int_equal(tryst_watchlist_list(w, 0)->indicators, tryst_watchlist_count(w));
		for (uint32_t i = 0; i < tryst_watchlist_count(w); i++) {
			const struct tryst_indicator *in = tryst_watchlist_indicator(w, i);

			assert_true(tryst_ip_compare(in->range.first, in->range.last) <= 0);
			assert_true(strlen(in->text) > 0 && strlen(in->label) <= 256);
			assert_true(
				tryst_ipset_match(tryst_watchlist_set(w), in->range.first, ids, 4));
			assert_true(tryst_ipset_contains(tryst_watchlist_set(w), in->range.last));
		}
		tryst_watchlist_free(w);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overlaps_all_count),
		cmocka_unit_test(test_range_in_set),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_special),
		cmocka_unit_test(test_remarks_are_bounded_and_safe),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_folders),
		cmocka_unit_test(test_hostile_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
