/* SPDX-License-Identifier: Apache-2.0 */
#include "base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* FIPS 180-4, examples of NIST. */
static const struct {
	const char *text, *want;
} vectors[] = {
	{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
	{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
};

static void
test_vectors(void **state)
{
	char got[TRYST_SHA256_TEXT];

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(vectors); i++) {
		tryst_sha256(vectors[i].text, strlen(vectors[i].text), got);
		assert_string_equal(got, vectors[i].want);
	}
}

/* In more than one piece, and not at all. */
static void
test_file(void **state)
{
	char path[] = "/tmp/tryst-hash.XXXXXX", got[TRYST_SHA256_TEXT], want[TRYST_SHA256_TEXT];
	size_t len = 1000003;
	char *data = calloc(1, len);
	int fd = mkstemp(path);
	struct tryst_error err;

	(void)state;
	assert_non_null(data);
	assert_true(fd >= 0);
	memset(data, 'x', len / 2);
	assert_int_equal(write(fd, data, len), len);
	assert_int_equal(close(fd), 0);
	assert_int_equal(tryst_sha256_file(path, got, &err), 0);
	tryst_sha256(data, len, want);
	assert_string_equal(got, want);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(tryst_sha256_file(path, got, &err), TRYST_ERR_IO);
	assert_string_equal(got, "");
	free(data);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
