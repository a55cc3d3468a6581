/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store is listed as it was before a commit or as it is after it, whenever that comes; and an
 * index is opened with the shards that have come for those that went.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/directory.h"
#include "store/index.h"

#define SEGMENTS 1500 /* more than one system call lists */
#define GOES 1000     /* so many of them go, and one comes for them */

static const char *store;
static size_t wait_for;      /* so many entries are read before the commit; 0: there is none */
static void (*at_end)(void); /* what happens when all are read; once */

static void
segment_name(char out[TRYST_STORE_NAME_MAX], unsigned i)
{
	(void)snprintf(out, TRYST_STORE_NAME_MAX, "20030822T000000Z-%06u.tryst", i);
}

/* One segment in place of most others. */
static void
commit(void)
{
	struct tryst_directory *d;
	struct tryst_error err;
	char name[TRYST_STORE_NAME_MAX];
	uint32_t number;
	size_t mended;
	int fd;

	assert_int_equal(tryst_directory_open(&d, store, false, &mended, &err), 0);
	fd = tryst_directory_begin(d, &number, &err);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(tryst_directory_add(d, number, 0, &err), 0);
	for (unsigned i = 0; i < GOES; i++) {
		segment_name(name, i);
		assert_int_equal(tryst_directory_remove(d, name, &err), 0);
	}
	assert_int_equal(tryst_directory_commit(d, &err), 0);
	tryst_directory_close(d);
}

/* In place of the library's, which it asks: a commit comes between two of its answers. */
struct dirent *
readdir(DIR *dir)
{
	struct dirent *(*real)(DIR *), *e;
	void *at = dlsym(RTLD_NEXT, "readdir64");
	void (*then)(void) = at_end;

	memcpy(&real, &at, sizeof(real));
	if (wait_for && --wait_for == 0)
		commit();
	e = real(dir);
	if (!e && then) {
		at_end = NULL;
		then();
	}
	return e;
}

static void
test_commit_while_listing(void **state)
{
	(void)state;
	for (unsigned i = 1; i < SEGMENTS; i += 300) {
		char folder[] = "/tmp/tryst-store-XXXXXX", name[TRYST_STORE_NAME_MAX];
		struct tryst_error err;
		char path[128], **list;
		size_t count;

		store = mkdtemp(folder);
		assert_non_null(store);
		for (unsigned k = 0; k < SEGMENTS; k++) {
			segment_name(name, k);
			(void)snprintf(path, sizeof(path), "%s/%s", store, name);
			(void)close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
		}
		wait_for = i;
		assert_int_equal(tryst_directory_list(store, &list, &count, &err), 0);
		assert_int_equal(wait_for, 0);
		assert_true(count == SEGMENTS || count == SEGMENTS - GOES + 1);
		free(list);
		assert_int_equal(tryst_directory_list(store, &list, &count, &err), 0);
		assert_int_equal(count, SEGMENTS - GOES + 1);
		for (size_t k = 0; k < count; k++) {
			(void)snprintf(path, sizeof(path), "%s/%s", store, list[k]);
			(void)unlink(path);
		}
		free(list);
		(void)snprintf(path, sizeof(path), "%s/.lock", store);
		(void)unlink(path);
		assert_int_equal(rmdir(store), 0);
	}
}

/* Another shard comes, and this one goes. */
static void
replace_shard(void)
{
	char from[128], to[128];

	(void)snprintf(from, sizeof(from), "%s/1.idx", store);
	(void)snprintf(to, sizeof(to), "%s/2.idx", store);
	assert_int_equal(rename(from, to), 0);
}

static void
put_shard(const char *path)
{
	struct tryst_shard_builder *b;
	struct tryst_buf bytes = { 0 };
	struct tryst_error err;
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(tryst_shard_builder_new(&b, &err), 0);
	assert_int_equal(tryst_shard_write(b, &bytes, &err), 0);
	assert_int_equal(fwrite(bytes.data, 1, bytes.len, f), bytes.len);
	assert_int_equal(fclose(f), 0);
	tryst_buf_fini(&bytes);
	tryst_shard_builder_free(b);
}

static void
test_index_while_made_again(void **state)
{
	char folder[] = "/tmp/tryst-index-XXXXXX", path[128];
	struct tryst_index *ix;
	struct tryst_error err;

	(void)state;
	store = mkdtemp(folder);
	assert_non_null(store);
	(void)snprintf(path, sizeof(path), "%s/1.idx", store);
	put_shard(path);
	at_end = replace_shard;
	assert_int_equal(tryst_index_open(&ix, "/", store, false, &err), 0);
	assert_null(at_end);
	assert_int_equal(ix->fault_count, 0);
	assert_int_equal(ix->shard_count, 1);
	tryst_index_close(ix);
	path[strlen(store) + 1] = '2';
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("nowhere", path), 0);
	assert_int_equal(tryst_index_open(&ix, "/", store, false, &err), 0);
	assert_int_equal(ix->fault_count, 1);
	tryst_index_close(ix);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(store), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commit_while_listing),
		cmocka_unit_test(test_index_while_made_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
