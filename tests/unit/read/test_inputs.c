/* SPDX-License-Identifier: Apache-2.0 */
#include "read/read.h"

#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "read/file.h"

static char root[] = "/tmp/tryst-test-XXXXXX";

static void
make_file(const char *path, const char *content)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_not_equal(fputs(content, f), EOF);
	assert_int_equal(fclose(f), 0);
}

static int
setup(void **state)
{
	(void)state;
	if (!mkdtemp(root) || chdir(root) != 0)
		return -1;
	if (mkdir("a", 0755) != 0 || mkdir("a/deep", 0755) != 0 || mkdir("a/.hidden", 0755) != 0 ||
	    mkdir("empty", 0755) != 0)
		return -1;
	make_file("a/nfcapd.2", "two");
	make_file("a/nfcapd.1", "one");
	make_file("a/deep/nfcapd.3", "three");
	make_file("a/.hidden/nfcapd.4", "x");
	make_file("a/.nfstat", "x");
	make_file("a/nfcapd.current.77", "x");
	make_file("z", "zz");
	if (symlink("..", "a/deep/loop") != 0 || symlink("../z", "a/link") != 0)
		return -1;
	return link("z", "z-again");
}

static int
teardown(void **state)
{
	char command[128];

	(void)state;
	(void)snprintf(command, sizeof(command), "rm -rf %s", root);
	return chdir("/") != 0 || system(command) != 0;
}

/* Literals where the words of a command line are expected; they are not written to. */
static char *const *
argv_of(const char *const *words)
{
	return (char *const *)(uintptr_t)words;
}

/* Expands words (ended by NULL) and checks the paths (ended by NULL), their order and their ids. */
static void
check(const char *const *words, const char *const *paths, size_t repeated)
{
	struct tryst_inputs inputs;
	struct tryst_error err;
	size_t count = 0;
	uint64_t bytes = 0;

	while (words[count])
		count++;
	assert_int_equal(tryst_inputs_expand(&inputs, argv_of(words), count, &err), 0);
	for (size_t i = 0; i < inputs.count; i++) {
		assert_non_null(paths[i]);
		assert_string_equal(inputs.list[i]->path, paths[i]);
		assert_int_equal(inputs.list[i]->id, i);
		bytes += inputs.list[i]->size;
	}
	assert_null(paths[inputs.count]);
	assert_int_equal(inputs.repeated, repeated);
	assert_int_equal(inputs.bytes, bytes);
	tryst_inputs_free(&inputs);
}

#define LIST(...) ((const char *[]){ __VA_ARGS__, NULL })

static void
test_expand(void **state)
{
	(void)state;
	check(LIST("z"), LIST("z"), 0);
	check(LIST("a"), LIST("a/deep/nfcapd.3", "a/link", "a/nfcapd.1", "a/nfcapd.2"), 0);
	check(LIST("a//"), LIST("a/deep/nfcapd.3", "a/link", "a/nfcapd.1", "a/nfcapd.2"), 0);
	check(LIST("z", "a/nfcapd.1", "a/nfcapd.1"), LIST("a/nfcapd.1", "z"), 1);
	check(LIST("z", "z-again", "a/link"), LIST("a/link"), 2);
	check(LIST("a/nfcapd.?"), LIST("a/nfcapd.1", "a/nfcapd.2"), 0);
	check(LIST("a/[n]*.?", "z*"), LIST("a/nfcapd.1", "a/nfcapd.2", "z"), 1);
	check(LIST("-", "z"), LIST("-", "z"), 0);
	check(LIST("-", "-"), LIST("-"), 1);
	check(LIST("a/nfcapd.current.77"), LIST("a/nfcapd.current.77"), 0);
}

static void
test_walked(void **state)
{
	struct tryst_inputs inputs;
	struct tryst_error err;

	(void)state;
	assert_int_equal(tryst_inputs_expand(&inputs, argv_of(LIST("a", "a/nfcapd.2")), 2, &err),
	                 0);
	assert_int_equal(inputs.count, 4);
	assert_true(inputs.list[2]->walked);
	assert_false(inputs.list[3]->walked);
	assert_int_equal(inputs.list[3]->size, 3);
	tryst_inputs_free(&inputs);
}

static void
test_errors(void **state)
{
	static const struct {
		const char *word;
		const char *text;
	} cases[] = {
		{ "missing", "missing: No such file or directory" },
		{ "empty", "empty: a directory without files" },
		{ "nothing*", "nothing*: no file matches" },
		{ "z/below", "z/below: Not a directory" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_inputs inputs;
		struct tryst_error err;
		const char *words[] = { "z", cases[i].word, cases[i].word };

		assert_int_equal(tryst_inputs_expand(&inputs, argv_of(words), 3, &err), 0);
		assert_int_equal(inputs.count, 2);
		for (size_t k = 0; k < 2; k++) {
			if (strcmp(inputs.list[k]->path, "z") == 0)
				assert_int_equal(inputs.list[k]->error.code, 0);
			else
				assert_string_equal(inputs.list[k]->error.text, cases[i].text);
		}
		tryst_inputs_free(&inputs);
	}
}

static void *
feed(void *path)
{
	make_file(path, "through a pipe");
	return NULL;
}

static void
test_file_spools_a_fifo(void **state)
{
	struct tryst_file f;
	struct tryst_error err;
	pthread_t thread;
	char text[32] = "", path[] = "fifo";

	(void)state;
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_int_equal(pthread_create(&thread, NULL, feed, path), 0);
	assert_int_equal(tryst_file_open(&f, "fifo", NULL, &err), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(f.size, 14);
	assert_int_equal(tryst_file_read(&f, 8, text, sizeof(text), &err), 6);
	assert_string_equal(text, "a pipe");
	tryst_file_close(&f);
	assert_int_equal(unlink("fifo"), 0);
}

static void
test_file_standard_input(void **state)
{
	int saved = dup(STDIN_FILENO), fd = open("z", O_RDONLY);
	struct tryst_file f;
	struct tryst_error err;
	char text[4] = "";

	(void)state;
	assert_true(saved >= 0 && fd >= 0 && dup2(fd, STDIN_FILENO) == 0);
	assert_int_equal(tryst_file_open(&f, "-", NULL, &err), 0);
	assert_int_equal(f.size, 2);
	tryst_file_close(&f);
	/* Somebody has read the first byte: what is left is the input. */
	assert_int_equal(lseek(STDIN_FILENO, 1, SEEK_SET), 1);
	assert_int_equal(tryst_file_open(&f, "-", NULL, &err), 0);
	assert_int_equal(f.size, 1);
	assert_int_equal(tryst_file_read(&f, 0, text, sizeof(text), &err), 1);
	assert_string_equal(text, "z");
	tryst_file_close(&f);
	assert_int_equal(dup2(saved, STDIN_FILENO), 0);
	(void)close(saved);
	(void)close(fd);
}

static void
test_file_errors(void **state)
{
	struct tryst_file f;
	struct tryst_error err;

	(void)state;
	assert_int_equal(tryst_file_open(&f, "missing", NULL, &err), TRYST_ERR_IO);
	assert_string_equal(err.text, "missing: No such file or directory");
	assert_int_equal(tryst_file_open(&f, "a", NULL, &err), TRYST_ERR_IO);
	assert_string_equal(err.text, "a: is a directory");
}

static void
check_open(const char *path, bool walked, int code, const char *part_of_text)
{
	struct tryst_read_options options = { .zone = { .kind = TRYST_ZONE_UTC } };
	struct tryst_request req = { .from_ms = INT64_MIN, .to_ms = INT64_MAX };
	struct tryst_source *source = NULL;
	struct tryst_error err = { 0 };
	struct tryst_input in;

	assert_int_equal(tryst_input_init(&in, path, 0, &err), 0);
	in.walked = walked;
	assert_int_equal(tryst_read_open(&options, &in, &req, &source, &err), code);
	if (!strstr(err.text, part_of_text))
		fail_msg("%s", err.text);
	assert_int_equal(in.skipped, walked);
	assert_null(source);
	tryst_input_fini(&in);
}

static void
test_open_nobody_knows(void **state)
{
	(void)state;
	make_file("readme", "Hello \x1b[31m, this is no table\nfoo\n");
	make_file("binary", "\x01\x02\x03");
	make_file("nothing", "");
	make_file("broken.gz", "\x1f\x8b\x08");
	make_file("logs.zip", "PK\x03\x04 and so on");
	check_open("broken.gz", false, TRYST_ERR_UNSUPPORTED,
	           "gzip data, whose content is empty or damaged; expected one of: nfdump, ");
	check_open("readme", false, TRYST_ERR_UNSUPPORTED, "readme: not a flow log");
	check_open("logs.zip", false, TRYST_ERR_UNSUPPORTED,
	           "6e, a zip archive: unpack it first; expected one of: ");
	check_open("z", false, TRYST_ERR_UNSUPPORTED, "begins with \"zz\"; expected one of: ");
	check_open("readme", true, TRYST_ERR_UNSUPPORTED, "begins with the bytes 48 65 6c");
	check_open("binary", false, TRYST_ERR_UNSUPPORTED, "begins with the bytes 01 02 03; ");
	check_open("nothing", false, TRYST_ERR_FORMAT, "nothing: is empty");
	check_open("nothing", true, TRYST_ERR_FORMAT, "nothing: is empty");
	check_open("missing", false, TRYST_ERR_IO, "missing: No such file");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expand),
		cmocka_unit_test(test_walked),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_file_spools_a_fifo),
		cmocka_unit_test(test_file_standard_input),
		cmocka_unit_test(test_file_errors),
		cmocka_unit_test(test_open_nobody_knows),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
