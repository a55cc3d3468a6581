/* SPDX-License-Identifier: Apache-2.0 */
/* The folder that an index lies in: one writer, files that appear whole, nothing left behind. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "store/index_update_impl.h"

int
index_folder_sync(const char *folder, struct tryst_error *err)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc = fd < 0 || fsync(fd) != 0 ? tryst_error_errno(err, "%s", folder) : 0;

	if (fd >= 0)
		(void)close(fd);
	return rc;
}

int
index_folder_write(const char *folder, const char *name, const struct tryst_buf *bytes,
                   struct tryst_error *err)
{
	struct tryst_buf temporary = { 0 }, path = { 0 };
	int fd = -1, rc = 0;

	tryst_buf_printf(&temporary, "%s/" INDEX_TEMPORARY "%s", folder, name);
	tryst_buf_printf(&path, "%s/%s", folder, name);
	if (temporary.failed || path.failed) {
		rc = tryst_error_nomem(err);
		goto out;
	}
	fd = open(temporary.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || !tryst_write_all(fd, bytes->data, bytes->len) || fsync(fd) != 0 ||
	    rename(temporary.data, path.data) != 0) {
		rc = tryst_error_errno(err, "%s", temporary.data);
		if (fd >= 0)
			(void)unlink(temporary.data);
	}
out:
	if (fd >= 0)
		(void)close(fd);
	tryst_buf_fini(&temporary);
	tryst_buf_fini(&path);
	return rc;
}

int
index_folder_make(const char *folder, size_t *kept, struct tryst_error *err)
{
	char *path = strdup(folder);
	int rc = 0;

	if (!path)
		return tryst_error_nomem(err);
	for (size_t i = 1; rc == 0 && i <= strlen(folder); i++) {
		if (folder[i] != '/' && folder[i] != '\0')
			continue;
		path[i] = '\0';
		if (mkdir(path, 0755) != 0) {
			if (errno != EEXIST)
				rc = tryst_error_errno(err, "%s", path);
			*kept = i;
		}
		path[i] = folder[i];
	}
	free(path);
	return rc;
}

void
index_folder_remove(const char *folder, size_t kept)
{
	char *path = NULL;

	if (asprintf(&path, "%s/" INDEX_LOCK, folder) < 0)
		return;
	(void)unlink(path);
	path[strlen(folder)] = '\0';
	while (rmdir(path) == 0) {
		char *slash = strrchr(path, '/');

		if (!slash || (size_t)(slash - path) <= kept)
			break;
		*slash = '\0';
	}
	free(path);
}

uint64_t
index_folder_each(const char *folder, const char *begin, const char *end, bool remove_it,
                  uint64_t *count)
{
	DIR *d = opendir(folder);
	uint64_t bytes = 0;

	for (struct dirent *e; d && (e = readdir(d));) {
		size_t len = strlen(e->d_name);
		struct stat st;

		if (strncmp(e->d_name, begin, strlen(begin)) != 0 || len < strlen(end) ||
		    strcmp(e->d_name + len - strlen(end), end) != 0)
			continue;
		if (fstatat(dirfd(d), e->d_name, &st, 0) == 0)
			bytes += (uint64_t)st.st_size;
		*count += !remove_it || unlinkat(dirfd(d), e->d_name, 0) == 0;
	}
	if (d)
		(void)closedir(d);
	return bytes;
}

int
index_folder_lock(const char *folder, struct tryst_error *err)
{
	struct tryst_buf path = { 0 };
	struct stat st;
	int fd;

	if (lstat(folder, &st) != 0)
		return tryst_error_errno(err, "%s", folder);
	/* Nobody leads us elsewhere. */
	if (!S_ISDIR(st.st_mode))
		return tryst_error_set(err, TRYST_ERR_IO, "%s: is no directory", folder);
	tryst_buf_printf(&path, "%s/" INDEX_LOCK, folder);
	if (path.failed)
		return tryst_error_nomem(err);
	fd = open(path.data, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0) {
		fd = tryst_error_errno(err, "%s", path.data);
	} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		(void)close(fd);
		fd = tryst_error_set(err, TRYST_ERR_BUSY,
		                     "%s: another 'tryst index' is at work there", folder);
	}
	tryst_buf_fini(&path);
	return fd;
}

int
tryst_index_drop(const char *folder, uint64_t *shards, struct tryst_error *err)
{
	uint64_t other = 0;
	struct stat st;
	int lock;

	*shards = 0;
	if (stat(folder, &st) != 0)
		return errno == ENOENT ? tryst_error_set(err, TRYST_ERR_IO, "%s: no index", folder)
		                       : tryst_error_errno(err, "%s", folder);
	lock = index_folder_lock(folder, err);
	if (lock < 0)
		return lock;
	(void)index_folder_each(folder, INDEX_TEMPORARY, "", true, &other);
	(void)index_folder_each(folder, "", TRYST_INDEX_SUFFIX, true, shards);
	(void)index_folder_each(folder, INDEX_LOCK, "", true, &other);
	(void)close(lock);
	/* Whatever else somebody keeps there stays, and the folder with it. */
	(void)rmdir(folder);
	return 0;
}
