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

#include "base/io.h"
#include "base/time.h"
#include "store/segment.h"

#define JOURNAL ".commit"
#define LOCK ".lock"

/* A line of the journal: a file gets a name, or with an empty `from` goes. */
struct change {
	char from[TRYST_STORE_NAME_MAX], to[TRYST_STORE_NAME_MAX];
};

struct tryst_directory {
	char *path;
	int fd, lock;
	uint32_t next; /* number */
	struct change *changes;
	size_t count, room;
};

const char *
tryst_directory_path(const struct tryst_directory *d)
{
	return d->path;
}

static bool
is_segment_name(const char *name)
{
	size_t len = strlen(name), suffix = sizeof(TRYST_SEGMENT_SUFFIX) - 1;

	return name[0] != '.' && len > suffix && len < TRYST_STORE_NAME_MAX &&
	       strcmp(name + len - suffix, TRYST_SEGMENT_SUFFIX) == 0;
}

/* The number in ".000012.tmp" or "20030822T150900Z-000012.tryst"; 0: there is none. */
static uint32_t
number_of(const char *name)
{
	const char *at = name[0] == '.' ? name + 1 : strrchr(name, '-');
	unsigned long v;
	char *end;

	if (!at)
		return 0;
	at += *at == '-';
	if (*at < '0' || *at > '9')
		return 0;
	v = strtoul(at, &end, 10);
	return v < UINT32_MAX ? (uint32_t)v : 0;
}

static bool
is_temp_name(const char *name)
{
	const char *dot = name[0] == '.' ? strrchr(name + 1, '.') : NULL;

	return dot && strcmp(dot, ".tmp") == 0 && number_of(name);
}

/* What a directory holds, as far as it says whether it is a store. */
struct contents {
	size_t segments;
	bool marked;                      /* a writer's lock or journal: a store, even if empty */
	char other[TRYST_STORE_NAME_MAX]; /* the first that nobody expects in a store, cut short */
};

static void
contents_add(struct contents *c, const char *name)
{
	if (is_segment_name(name))
		c->segments++;
	else if (strcmp(name, LOCK) == 0 || strcmp(name, JOURNAL) == 0)
		c->marked = true;
	else if (name[0] != '.' && (!c->other[0] || strcmp(name, c->other) < 0))
		(void)snprintf(c->other, sizeof(c->other), "%s", name);
}

/* Whether it is a store to look at. */
static int
contents_check(const struct contents *c, const char *path, struct tryst_error *err)
{
	if (c->segments || (c->marked && !c->other[0]))
		return 0;
	return tryst_error_set(err, TRYST_ERR_FORMAT, "%s: is no store (it has no segments)", path);
}

/*
 * Whether segments may be added: among files of another kind nobody would see them, and whoever
 * reads the directory would read the flows twice.
 */
static int
contents_check_room(const struct contents *c, const char *path, struct tryst_error *err)
{
	if (!c->other[0])
		return 0;
	if (!c->segments)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "%s: is no store and not empty: name a new directory", path);
	return tryst_error_set(err, TRYST_ERR_USAGE,
	                       "%s: has '%s' beside its segments: a store is a directory of its "
	                       "own",
	                       path, c->other);
}

/* Looks without a lock, so that what is no store stays as it is. */
static int
check_contents(const struct tryst_directory *d, bool create, struct tryst_error *err)
{
	int fd = openat(d->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct contents c = { 0 };
	struct dirent *e;

	if (!dir) {
		rc = tryst_error_errno(err, "%s", d->path);
		if (fd >= 0)
			(void)close(fd);
		return rc;
	}
	while ((errno = 0, e = readdir(dir)))
		contents_add(&c, e->d_name);
	if (errno)
		rc = tryst_error_errno(err, "%s", d->path);
	(void)closedir(dir);
	if (rc < 0)
		return rc;
	return create ? contents_check_room(&c, d->path, err) : contents_check(&c, d->path, err);
}

static void
temp_name(char out[TRYST_STORE_NAME_MAX], uint32_t number)
{
	(void)snprintf(out, TRYST_STORE_NAME_MAX, ".%06" PRIu32 ".tmp", number);
}

static int
sync_directory(const struct tryst_directory *d, struct tryst_error *err)
{
	return fsync(d->fd) < 0 ? tryst_error_errno(err, "%s", d->path) : 0;
}

static int
apply(const struct tryst_directory *d, const struct change *c, struct tryst_error *err)
{
	int rc = c->from[0] ? renameat(d->fd, c->from, d->fd, c->to) : unlinkat(d->fd, c->to, 0);

	if (rc < 0 && errno != ENOENT)
		return tryst_error_errno(err, "%s/%s", d->path, c->to);
	/* Done before, when the journal is finished a second time; else what follows would lose. */
	if (rc < 0 && c->from[0] && faccessat(d->fd, c->to, F_OK, 0) < 0)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "%s/" JOURNAL
		                       ": neither %s nor %s is there: nothing removed",
		                       d->path, c->from, c->to);
	return 0;
}

/* A name of ours: nothing that leads elsewhere. */
static bool
name_valid(const char *name)
{
	return !strchr(name, '/') && (is_segment_name(name) || is_temp_name(name));
}

/* The journal ends in a line of its own, so that one cut short is known. */
static int
journal_read(struct tryst_directory *d, size_t *mended, struct tryst_error *err)
{
	int fd = openat(d->fd, JOURNAL, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), rc = 0;
	char verb[16], a[TRYST_STORE_NAME_MAX], b[TRYST_STORE_NAME_MAX], line[256];
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	struct change c;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (!f)
		return tryst_error_errno(err, "%s/" JOURNAL, d->path);
	while (rc == 0 && fgets(line, sizeof(line), f)) {
		int n = sscanf(line, "%15s %63s %63s", verb, a, b);

		c = (struct change){ 0 };
		if (n == 3 && strcmp(verb, "rename") == 0 && name_valid(a) && name_valid(b)) {
			(void)snprintf(c.from, sizeof(c.from), "%s", a);
			(void)snprintf(c.to, sizeof(c.to), "%s", b);
		} else if (n == 2 && strcmp(verb, "remove") == 0 && name_valid(a)) {
			(void)snprintf(c.to, sizeof(c.to), "%s", a);
		} else {
			rc = tryst_error_set(err, TRYST_ERR_FORMAT,
			                     "%s/" JOURNAL ": not a line of a journal", d->path);
			break;
		}
		rc = apply(d, &c, err);
		*mended += 1;
	}
	(void)fclose(f);
	if (rc == 0)
		rc = sync_directory(d, err);
	if (rc == 0 && unlinkat(d->fd, JOURNAL, 0) < 0)
		rc = tryst_error_errno(err, "%s/" JOURNAL, d->path);
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
		if (is_segment_name(e->d_name)) {
			d->next = TRYST_MAX(d->next, number_of(e->d_name) + 1);
		} else if (is_temp_name(e->d_name) || strcmp(e->d_name, JOURNAL ".new") == 0) {
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
	d->lock = openat(d->fd, LOCK, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
	if (d->lock < 0)
		return tryst_error_errno(err, "%s/" LOCK, d->path);
	if (flock(d->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		return tryst_error_set(err, TRYST_ERR_BUSY,
		                       "%s: another process is writing to this store", d->path);
	return tryst_error_errno(err, "%s/" LOCK, d->path);
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
		rc = journal_read(d, mended, err);
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
	for (size_t i = 0; i < d->count; i++) {
		if (d->changes[i].from[0])
			(void)unlinkat(d->fd, d->changes[i].from, 0);
	}
	if (d->lock >= 0)
		(void)close(d->lock);
	if (d->fd >= 0)
		(void)close(d->fd);
	free(d->changes);
	free(d->path);
	free(d);
}

/* One more change; the caller fills it. */
static struct change *
add_change(struct tryst_directory *d)
{
	size_t room = TRYST_MAX(2 * d->room, (size_t)16);
	struct change *list;

	if (d->count == d->room) {
		list = reallocarray(d->changes, room, sizeof(*list));
		if (!list)
			return NULL;
		d->changes = list;
		d->room = room;
	}
	d->changes[d->count] = (struct change){ 0 };
	return &d->changes[d->count++];
}

int
tryst_directory_begin(struct tryst_directory *d, uint32_t *number, struct tryst_error *err)
{
	struct change *c = add_change(d);
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
	for (size_t i = 0; i < d->count; i++) {
		struct change *c = &d->changes[i];

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
	struct change *c = add_change(d);

	if (!c)
		return tryst_error_nomem(err);
	(void)snprintf(c->to, sizeof(c->to), "%s", name);
	return 0;
}

static int
journal_write(const struct tryst_directory *d, struct tryst_error *err)
{
	struct tryst_buf text = { 0 };
	int fd, rc = 0;

	for (size_t i = 0; i < d->count; i++) {
		const struct change *c = &d->changes[i];

		if (c->from[0] && c->to[0])
			tryst_buf_printf(&text, "rename %s %s\n", c->from, c->to);
		else if (c->to[0])
			tryst_buf_printf(&text, "remove %s\n", c->to);
	}
	fd = openat(d->fd, JOURNAL ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (text.failed)
		rc = tryst_error_nomem(err);
	else if (fd < 0 || !tryst_write_all(fd, text.data, text.len) || fsync(fd) < 0 ||
	         renameat(d->fd, JOURNAL ".new", d->fd, JOURNAL) < 0)
		rc = tryst_error_errno(err, "%s/" JOURNAL, d->path);
	if (fd >= 0)
		(void)close(fd);
	tryst_buf_fini(&text);
	return rc == 0 ? sync_directory(d, err) : rc;
}

int
tryst_directory_commit(struct tryst_directory *d, struct tryst_error *err)
{
	bool any = false;
	int rc = 0;

	for (size_t i = 0; i < d->count; i++)
		any |= d->changes[i].to[0] != '\0';
	if (!any)
		return 0;
	rc = journal_write(d, err);
	/* Without a journal nobody will ask for what was begun: closing removes it. */
	if (rc < 0 && (unlinkat(d->fd, JOURNAL, 0) == 0 || errno == ENOENT) && fsync(d->fd) == 0)
		return rc;
	for (size_t i = 0; i < d->count && rc == 0; i++) {
		if (d->changes[i].to[0])
			rc = apply(d, &d->changes[i], err);
	}
	if (rc == 0)
		rc = sync_directory(d, err);
	if (rc == 0 && unlinkat(d->fd, JOURNAL, 0) < 0)
		rc = tryst_error_errno(err, "%s/" JOURNAL, d->path);
	d->count = 0;
	return rc;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
tryst_directory_list(const char *path, char ***out, size_t *count, struct tryst_error *err)
{
	struct tryst_buf names = { 0 };
	struct contents contents = { 0 };
	DIR *dir = opendir(path);
	struct dirent *e;
	size_t n = 0, at;
	char **list;
	int rc = 0;

	*out = NULL;
	*count = 0;
	if (!dir)
		return tryst_error_errno(err, "%s", path);
	while ((errno = 0, e = readdir(dir))) {
		contents_add(&contents, e->d_name);
		if (!is_segment_name(e->d_name))
			continue;
		tryst_buf_add(&names, e->d_name, strlen(e->d_name) + 1);
		n++;
	}
	if (errno)
		rc = tryst_error_errno(err, "%s", path);
	(void)closedir(dir);
	if (rc == 0)
		rc = contents_check(&contents, path, err);
	list = names.failed ? NULL : malloc((n + 1) * sizeof(*list) + names.len);
	if (rc == 0 && !list)
		rc = tryst_error_nomem(err);
	if (rc == 0) {
		char *text = (char *)(list + n + 1);

		memcpy(text, names.data ? names.data : "", names.len);
		for (size_t i = at = 0; i < n; i++, at += strlen(text + at) + 1)
			list[i] = text + at;
		list[n] = NULL;
		qsort(list, n, sizeof(*list), compare_names);
		*out = TRYST_TAKE(list);
		*count = n;
	}
	free(list);
	tryst_buf_fini(&names);
	return rc;
}
