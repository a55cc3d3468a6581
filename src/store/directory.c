/* SPDX-License-Identifier: Apache-2.0 */
#include "store/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/time.h"
#include "store/journal.h"
#include "store/segment.h"

struct tryst_directory {
	char *path;
	int fd, lock;
	uint32_t next; /* number */
	struct tryst_changes changes;
};

const char *
tryst_directory_path(const struct tryst_directory *d)
{
	return d->path;
}

/* Looks without a lock, so that what is no store stays as it is. */
static int
check_contents(const struct tryst_directory *d, bool create, struct tryst_error *err)
{
	struct tryst_contents c;
	int rc = tryst_contents_read(&c, d->fd, d->path, err);

	if (rc == 0)
		rc = create ? tryst_contents_check_room(&c, d->path, err)
		            : tryst_contents_check(&c, d->path, err);
	tryst_buf_fini(&c.names);
	return rc;
}

static void
temp_name(char out[TRYST_STORE_NAME_MAX], uint32_t number)
{
	(void)snprintf(out, TRYST_STORE_NAME_MAX, ".%06" PRIu32 ".tmp", number);
}

/* What an earlier writer began to commit. */
static int
finish_journal(struct tryst_directory *d, size_t *mended, struct tryst_error *err)
{
	struct tryst_changes journal;
	int rc = tryst_journal_read(d->fd, d->path, &journal, err);

	if (rc == 1) {
		*mended += journal.count;
		rc = tryst_journal_finish(d->fd, d->path, &journal, err);
		tryst_changes_fini(&journal);
	}
	return rc;
}

/* Removes unfinished segments; notes the largest number. */
static int
clean(struct tryst_directory *d, size_t *mended, struct tryst_error *err)
{
	int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir) {
		rc = tryst_error_errno(err, "%s", d->path);
		if (fd >= 0)
			(void)close(fd);
		return rc;
	}
	while (rc == 0 && (errno = 0, e = readdir(dir))) {
		if (tryst_store_is_segment(e->d_name)) {
			d->next = TRYST_MAX(d->next, tryst_store_number(e->d_name) + 1);
		} else if (tryst_store_is_temp(e->d_name) ||
		           strcmp(e->d_name, TRYST_JOURNAL_NEW) == 0) {
			if (unlinkat(d->fd, e->d_name, 0) < 0)
				rc = tryst_error_errno(err, "%s/%s", d->path, e->d_name);
			*mended += 1;
		}
	}
	if (rc == 0 && errno)
		rc = tryst_error_errno(err, "%s", d->path);
	(void)closedir(dir);
	return rc;
}

static int
take_lock(struct tryst_directory *d, struct tryst_error *err)
{
	d->lock = openat(d->fd, TRYST_STORE_LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (d->lock < 0)
		return tryst_error_errno(err, "%s/" TRYST_STORE_LOCK, d->path);
	if (flock(d->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return tryst_error_set(err, TRYST_ERR_BUSY,
		                       "%s: another process is writing to this store", d->path);
	return tryst_error_errno(err, "%s/" TRYST_STORE_LOCK, d->path);
}

int
tryst_directory_open(struct tryst_directory **out, const char *path, bool create, size_t *mended,
                     struct tryst_error *err)
{
	struct tryst_directory *d = calloc(1, sizeof(*d));
	int rc = 0;

	*out = NULL;
	*mended = 0;
	if (!d)
		return tryst_error_nomem(err);
	d->fd = d->lock = -1;
	d->next = 1;
	d->path = strdup(path);
	if (!d->path)
		rc = tryst_error_nomem(err);
	if (rc == 0 && create && mkdir(path, 0777) < 0 && errno != EEXIST)
		rc = tryst_error_errno(err, "%s", path);
	if (rc == 0) {
		d->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (d->fd < 0)
			rc = tryst_error_errno(err, "%s", path);
	}
	if (rc == 0)
		rc = check_contents(d, create, err);
	if (rc == 0)
		rc = take_lock(d, err);
	if (rc == 0)
		rc = finish_journal(d, mended, err);
	if (rc == 0)
		rc = clean(d, mended, err);
	if (rc == 0)
		*out = d;
	else
		tryst_directory_close(d);
	return rc;
}

void
tryst_directory_close(struct tryst_directory *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->changes.count; i++) {
		if (d->changes.list[i].from[0])
			(void)unlinkat(d->fd, d->changes.list[i].from, 0);
	}
	if (d->lock >= 0)
		(void)close(d->lock);
	if (d->fd >= 0)
		(void)close(d->fd);
	tryst_changes_fini(&d->changes);
	free(d->path);
	free(d);
}

int
tryst_directory_begin(struct tryst_directory *d, uint32_t *number, struct tryst_error *err)
{
	struct tryst_change *c = tryst_changes_add(&d->changes);
	int fd;

	if (!c)
		return tryst_error_nomem(err);
	*number = d->next++;
	temp_name(c->from, *number);
	fd = openat(d->fd, c->from, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	return fd < 0 ? tryst_error_errno(err, "%s/%s", d->path, c->from) : fd;
}

int
tryst_directory_add(struct tryst_directory *d, uint32_t number, int64_t first_ms,
                    struct tryst_error *err)
{
	char time[TRYST_TIME_TEXT_MAX] = "", from[TRYST_STORE_NAME_MAX];
	char compact[TRYST_TIME_TEXT_MAX] = "";
	size_t n = 0;

	/* 2003-08-22T15:09:00.000Z without what a shell or another system may stumble over. */
	(void)tryst_time_format(TRYST_MIN(TRYST_MAX(first_ms, (int64_t)0), TRYST_TIME_DATE_MAX),
	                        time);
	for (const char *p = time; *p && *p != '.'; p++) {
		if (*p != '-' && *p != ':' && *p != 'Z')
			compact[n++] = *p;
	}
	temp_name(from, number);
	for (size_t i = 0; i < d->changes.count; i++) {
		struct tryst_change *c = &d->changes.list[i];

		if (strcmp(c->from, from) == 0) {
			(void)snprintf(c->to, sizeof(c->to), "%.20sZ-%06" PRIu32 "%s", compact,
			               number, TRYST_SEGMENT_SUFFIX);
			return 0;
		}
	}
	return tryst_error_set(err, TRYST_ERR_USAGE, "no segment of that number was begun");
}

int
tryst_directory_remove(struct tryst_directory *d, const char *name, struct tryst_error *err)
{
	struct tryst_change *c = tryst_changes_add(&d->changes);

	if (!c)
		return tryst_error_nomem(err);
	(void)snprintf(c->to, sizeof(c->to), "%s", name);
	return 0;
}

int
tryst_directory_commit(struct tryst_directory *d, struct tryst_error *err)
{
	bool any = false;
	int rc = 0;

	for (size_t i = 0; i < d->changes.count; i++)
		any |= d->changes.list[i].to[0] != '\0';
	if (!any)
		return 0;
	rc = tryst_journal_write(d->fd, d->path, &d->changes, err);
	/* Without a journal nobody will ask for what was begun: closing removes it. */
	if (rc < 0 && (unlinkat(d->fd, TRYST_JOURNAL, 0) == 0 || errno == ENOENT) &&
	    fsync(d->fd) == 0)
		return rc;
	if (rc == 0)
		rc = tryst_journal_finish(d->fd, d->path, &d->changes, err);
	d->changes.count = 0;
	return rc;
}
