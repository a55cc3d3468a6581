/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every format of lists on samples with the quirks that are met, and on broken twins of them: what
 * is made of each must be what feeds.want/ says.  Samples are invented: addresses are those of RFC
 * 5737 and 3849.
 *
 *     test-watch-feeds FEEDS WANT [--update]
 */
#include "watch/watchlist.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/time.h"

static const char *feeds, *want;
static bool update;

static void
add_time(struct tryst_buf *out, const char *name, int64_t ms)
{
	char text[TRYST_TIME_TEXT_MAX];

	if (ms == TRYST_TIME_MIN || ms == TRYST_TIME_MAX)
		return;
	(void)tryst_time_format(ms, text);
	tryst_buf_printf(out, " %s=%s", name, text);
}

static void
add_indicator(struct tryst_buf *out, const struct tryst_indicator *i)
{
	char first[TRYST_IP_TEXT_MAX], last[TRYST_IP_TEXT_MAX];

	(void)tryst_ip_format(i->range.first, first);
	(void)tryst_ip_format(i->range.last, last);
	tryst_buf_printf(out, "%u: %s", i->line, first);
	if (strcmp(first, last) != 0)
		tryst_buf_printf(out, "-%s", last);
	if (strcmp(first, i->text) != 0)
		tryst_buf_printf(out, " text=%s", i->text);
	if (i->port)
		tryst_buf_printf(out, " port=%u", i->port);
	if (i->proto)
		tryst_buf_printf(out, " proto=%u", i->proto);
	add_time(out, "first", i->first_ms);
	add_time(out, "last", i->last_ms);
	add_time(out, "from", i->from_ms);
	add_time(out, "until", i->until_ms);
	if (i->confidence != TRYST_CONFIDENCE_UNKNOWN)
		tryst_buf_printf(out, " confidence=%u", i->confidence);
	if (i->tlp)
		tryst_buf_printf(out, " %s", tryst_tlp_name(i->tlp));
	if (i->source[0])
		tryst_buf_printf(out, " source=%s", i->source);
	if (i->label[0])
		tryst_buf_printf(out, " # %s", i->label);
	tryst_buf_char(out, '\n');
}

/* What was made of a list, without the warnings that documentation addresses cause. */
static void
dump(struct tryst_buf *out, const struct tryst_watchlist *w)
{
	const struct tryst_list_remark *remarks;
	size_t count = tryst_watchlist_remarks(w, &remarks);

	for (uint32_t l = 0; l < tryst_watchlist_lists(w); l++) {
		const struct tryst_list_info *info = tryst_watchlist_list(w, l);
		const char *member = strchr(info->path, ':');

		tryst_buf_printf(out, "[%s%s%s] %u indicators, %u rejected, %u skipped",
		                 info->format, member ? " " : "", member ? member + 1 : "",
		                 info->indicators, info->rejected, info->skipped);
		add_time(out, "made", info->made_ms);
		if (info->title[0])
			tryst_buf_printf(out, " title=%s", info->title);
		tryst_buf_char(out, '\n');
		for (uint32_t i = 0; i < tryst_watchlist_count(w); i++) {
			if (tryst_watchlist_indicator(w, i)->list == l)
				add_indicator(out, tryst_watchlist_indicator(w, i));
		}
		for (size_t i = 0; i < count; i++) {
			if (remarks[i].list == l && !strstr(remarks[i].text, "documentation"))
				tryst_buf_printf(out, "%u: %s: %s\n", remarks[i].line,
				                 remarks[i].rejected ? "rejected" : "warning",
				                 remarks[i].text);
		}
	}
}

static char *
file_read(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	char *data;

	if (!f)
		return NULL;
	data = malloc(1 << 16);
	assert_non_null(data);
	*len = fread(data, 1, 1 << 16, f);
	(void)fclose(f);
	return data;
}

static void
check_sample(const char *folder, const char *name)
{
	char path[512], expected_path[512];
	struct tryst_error err = { 0 };
	struct tryst_buf out = { 0 };
	struct tryst_watchlist *w;
	size_t len, expected_len = 0;
	char *data, *exact, *expected;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s/%s", feeds, folder, name);
	(void)snprintf(expected_path, sizeof(expected_path), "%s/%s-%s.want", want, folder, name);
	data = file_read(path, &len);
	assert_non_null(data);
	/* A block of exactly its size shows a sanitizer every read beyond. */
	exact = malloc(len ? len : 1);
	assert_non_null(exact);
	memcpy(exact, data, len);
	assert_int_equal(tryst_watchlist_new(&w, NULL), 0);
	if (tryst_watchlist_parse(w, name, exact, len, &err) < 0)
		tryst_buf_printf(&out, "error: %s\n", err.text);
	free(exact);
	free(data);
	dump(&out, w);
	assert_int_equal(tryst_watchlist_seal(w, NULL), 0);
	if (update) {
		f = fopen(expected_path, "wb");
		assert_non_null(f);
		assert_int_equal(fwrite(out.data, 1, out.len, f), out.len);
		assert_int_equal(fclose(f), 0);
	}
	expected = file_read(expected_path, &expected_len);
	if (!expected)
		fail_msg("%s is not there", expected_path);
	if (expected_len != out.len || memcmp(expected, out.data, out.len) != 0)
		fail_msg("%s/%s gives\n%s\nand should give\n%.*s", folder, name, out.data,
		         (int)expected_len, expected);
	free(expected);
	tryst_buf_fini(&out);
	tryst_watchlist_free(w);
}

static unsigned
folder_each(const char *folder)
{
	char path[512];
	const struct dirent *e;
	unsigned count = 0;
	DIR *d;

	(void)snprintf(path, sizeof(path), "%s/%s", feeds, folder);
	d = opendir(path);
	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		check_sample(folder, e->d_name);
		count++;
	}
	(void)closedir(d);
	return count;
}

static void
test_samples(void **state)
{
	(void)state;
	for (size_t i = 0; tryst_watchlist_format(i); i++)
		assert_true(folder_each(tryst_watchlist_format(i)) >= 2);
	assert_true(folder_each("packed") >= 2);
}

/* Every format is recognised as what it is asked for by name. */
static void
test_named_formats(void **state)
{
	struct tryst_watchlist_options options = { .format = "silk-text" };
	struct tryst_watchlist *w;
	struct tryst_error err;

	(void)state;
	assert_int_equal(tryst_watchlist_new(&w, NULL), 0);
	assert_int_equal(tryst_watchlist_configure(w, &options, &err), 0);
	assert_int_equal(tryst_watchlist_parse(w, "n", "167838212\n", 10, &err), 0);
	assert_string_equal(tryst_watchlist_indicator(w, 0)->text, "167838212");
	assert_int_equal((uint32_t)tryst_watchlist_indicator(w, 0)->range.first.lo, 167838212);
	options.format = "cvs";
	assert_int_equal(tryst_watchlist_configure(w, &options, &err), TRYST_ERR_USAGE);
	assert_non_null(strstr(err.text, "did you mean csv"));
	tryst_watchlist_free(w);
}

static void
test_observables(void **state)
{
	static const char bundle[] =
		"{\"type\":\"bundle\",\"id\":\"bundle--1\",\"objects\":["
		"{\"type\":\"ipv4-addr\",\"id\":\"ipv4-addr--1\",\"value\":\"192.0.2.99\"}]}";
	struct tryst_watchlist_options options = { .observables = false };
	struct tryst_watchlist *w;

	(void)state;
	assert_int_equal(tryst_watchlist_new(&w, NULL), 0);
	assert_int_equal(tryst_watchlist_parse(w, "b", bundle, sizeof(bundle) - 1, NULL), 0);
	assert_int_equal(tryst_watchlist_count(w), 0);
	assert_int_equal(tryst_watchlist_list(w, 0)->skipped, 1);
	options.observables = true;
	assert_int_equal(tryst_watchlist_configure(w, &options, NULL), 0);
	assert_int_equal(tryst_watchlist_parse(w, "b", bundle, sizeof(bundle) - 1, NULL), 0);
	assert_int_equal(tryst_watchlist_count(w), 1);
	tryst_watchlist_free(w);
}

static void
test_validity(void **state)
{
	struct tryst_indicator i = { .from_ms = 1000, .until_ms = 2000 };

	(void)state;
	assert_false(tryst_indicator_valid(&i, 0, 999));
	assert_true(tryst_indicator_valid(&i, 0, 1000));
	assert_true(tryst_indicator_valid(&i, 1999, 5000));
	assert_false(tryst_indicator_valid(&i, 2000, 5000));
	i.from_ms = TRYST_TIME_MIN;
	assert_true(tryst_indicator_valid(&i, 0, 0));
	i.until_ms = TRYST_TIME_MAX;
	assert_true(tryst_indicator_valid(&i, TRYST_TIME_MAX, TRYST_TIME_MAX));
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_named_formats),
		cmocka_unit_test(test_observables),
		cmocka_unit_test(test_validity),
	};

	if (argc < 3)
		return 2;
	feeds = argv[1];
	want = argv[2];
	update = argc > 3 && strcmp(argv[3], "--update") == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
