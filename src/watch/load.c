/* SPDX-License-Identifier: Apache-2.0 */
/* Lists from files, the standard input and directories. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/io.h"
#include "watch/impl.h"

#define MANIFEST "manifest.json"

/* An address where a list is expected: people try. */
static int
list_read(const char *path, struct tryst_buf *buf, struct tryst_error *err)
{
	struct tryst_prefix prefix;

	if (tryst_prefix_parse(path, strlen(path), &prefix, NULL) && access(path, F_OK) < 0)
		return tryst_error_set(err, TRYST_ERR_IO,
		                       "%s: no such file: a list is a file, or - for the standard "
		                       "input: echo %s | tryst ... -w -",
		                       path, path);
	return tryst_slurp(path, TRYST_LIST_BYTES_MAX, buf, err);
}

/* Names the file's bytes in the lists that came of it, from `from` on. */
static void
file_hash(struct tryst_watchlist *w, size_t from, const struct tryst_buf *buf)
{
	char text[TRYST_SHA256_TEXT];

	tryst_sha256(buf->data ? buf->data : "", buf->len, text);
	for (size_t l = from; l < w->lists.count; l++) {
		struct tryst_list_info *info = (struct tryst_list_info *)w->lists.data + l;

		memcpy(info->sha256, text, sizeof(text));
	}
}

int
tryst_list_file(struct tryst_watchlist *w, const char *path, struct tryst_error *err)
{
	struct tryst_buf buf = { 0 };
	size_t from = w->lists.count;
	int rc = list_read(path, &buf, err);

	if (rc == 0)
		rc = tryst_watchlist_parse(w, path, buf.data ? buf.data : "", buf.len, err);
	if (w->options.hash)
		file_hash(w, from, &buf);
	tryst_buf_fini(&buf);
	return rc;
}

static int
name_compare(const void *va, const void *vb)
{
	return strcmp(*(char *const *)va, *(char *const *)vb);
}

/* `folder/name` in the arena, or NULL. */
static char *
path_join(struct tryst_watchlist *w, const char *folder, const char *name)
{
	size_t n = strlen(folder), len = strlen(name);
	char *path = tryst_arena_alloc(&w->arena, n + len + 2);

	if (!path)
		return NULL;
	memcpy(path, folder, n);
	if (n && path[n - 1] != '/')
		path[n++] = '/';
	memcpy(path + n, name, len + 1);
	return path;
}

static int
path_add(struct tryst_watchlist *w, struct tryst_list_vec *paths, const char *folder,
         const char *name)
{
	char *path = path_join(w, folder, name), **at;

	at = path ? tryst_list_push(paths, sizeof(*at)) : NULL;
	if (!at)
		return TRYST_ERR_NOMEM;
	*at = path;
	return 0;
}

/* The regular files of a directory, but hidden ones. */
static int
folder_files(struct tryst_watchlist *w, const char *path, struct tryst_list_vec *paths,
             struct tryst_error *err)
{
	DIR *d = opendir(path);
	const struct dirent *e;
	struct stat st;
	int rc = 0;

	if (!d)
		return tryst_error_errno(err, "%s: cannot open the directory", path);
	while (rc == 0 && (e = readdir(d)) != NULL) {
		if (e->d_name[0] != '.' && fstatat(dirfd(d), e->d_name, &st, 0) == 0 &&
		    S_ISREG(st.st_mode))
			rc = path_add(w, paths, path, e->d_name);
	}
	(void)closedir(d);
	return rc < 0 ? tryst_error_nomem(err) : 0;
}

/* The events that a feed's manifest names: their files, or a rejected line of it each. */
static int
manifest_files(struct tryst_watchlist *w, const char *folder, const char *path,
               struct tryst_list_vec *paths, struct tryst_error *err)
{
	struct tryst_list_vec names = { 0 };
	struct tryst_buf buf = { 0 };
	int rc = list_read(path, &buf, err);

	if (rc == 0)
		rc = tryst_list_begin(w, path, err);
	if (rc == 0)
		tryst_list_called(w, "MISP manifest");
	if (rc == 0 && !tryst_misp_manifest(w, buf.data ? buf.data : "", buf.len, &names))
		rc = tryst_error_set(err, TRYST_ERR_FORMAT,
		                     "%s: not the manifest of a MISP feed, expected an object "
		                     "whose keys are events' UUIDs",
		                     path);
	for (size_t i = 0; i < names.count && rc == 0; i++) {
		const char *name = ((char **)names.data)[i];
		char *file = path_join(w, folder, name);

		if (!file)
			rc = tryst_error_nomem(err);
		else if (access(file, R_OK) == 0)
			rc = path_add(w, paths, folder, name);
		else
			rc = tryst_list_reject(w, 1, "the file of an event is not there",
			                       tryst_slice_of(name));
	}
	free(names.data);
	tryst_buf_fini(&buf);
	return rc;
}

int
tryst_list_folder(struct tryst_watchlist *w, const char *path, struct tryst_error *err)
{
	struct tryst_list_vec paths = { 0 };
	struct tryst_error first = { 0 };
	const char *manifest = path_join(w, path, MANIFEST);
	size_t good = 0;
	int rc;

	if (!manifest)
		return tryst_error_nomem(err);
	rc = access(manifest, F_OK) == 0 ? manifest_files(w, path, manifest, &paths, err)
	                                 : folder_files(w, path, &paths, err);
	if (paths.count)
		qsort(paths.data, paths.count, sizeof(char *), name_compare);
	for (size_t i = 0; i < paths.count && rc == 0; i++) {
		struct tryst_error e;
		int one = tryst_list_file(w, ((char **)paths.data)[i], &e);

		good += one == 0;
		if (one < 0 && !first.code)
			first = e;
		rc = one == TRYST_ERR_NOMEM ? tryst_error_nomem(err) : 0;
	}
	free(paths.data);
	if (rc == 0 && first.code && !good)
		return tryst_error_set(err, first.code, "%s", first.text);
	if (rc == 0 && !good)
		return tryst_error_set(err, TRYST_ERR_FORMAT, "%s: no list in this directory",
		                       path);
	return rc;
}

int
tryst_watchlist_load(struct tryst_watchlist *w, const char *path, struct tryst_error *err)
{
	struct stat st;

	if (strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return tryst_list_folder(w, path, err);
	return tryst_list_file(w, path, err);
}
