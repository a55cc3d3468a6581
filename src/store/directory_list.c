/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is in the directory of a store, for whoever reads it.
 *
 * A commit is not one system call, so a listing may meet it half way.  While there is a journal a
 * reader waits a little, which is long for a writer that is alive.  What stays was left by one that
 * was killed, and there the reader decides by what has been done: as long as not all new segments
 * have their names, those that have are not there yet; then those that are to be removed are gone.
 * So it sees what was there before the commit, or what is after it, and changes nothing.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/journal.h"
#include "store/segment.h"

#define WAIT_MS 5
#define WAITS 30 /* for a writer to end its commit */

static void
add_name(struct tryst_contents *c, const char *name)
{
	if (tryst_store_is_segment(name)) {
		c->segments++;
		tryst_buf_add(&c->names, name, strlen(name) + 1);
	}
	if (strcmp(name, TRYST_STORE_LOCK) == 0 || strcmp(name, TRYST_JOURNAL) == 0)
		c->marked = true;
	else if (!tryst_store_is_segment(name) && name[0] != '.' &&
	         (!c->other[0] || strcmp(name, c->other) < 0))
		(void)snprintf(c->other, sizeof(c->other), "%s", name);
}

int
tryst_contents_read(struct tryst_contents *out, int dir, const char *path, struct tryst_error *err)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc = 0;
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	*out = (struct tryst_contents){ 0 };
	if (!d) {
		rc = tryst_error_errno(err, "%s", path);
		if (fd >= 0)
			(void)close(fd);
		return rc;
	}
	while ((errno = 0, e = readdir(d)))
		add_name(out, e->d_name);
	if (errno)
		rc = tryst_error_errno(err, "%s", path);
	else if (out->names.failed)
		rc = tryst_error_nomem(err);
	(void)closedir(d);
	return rc;
}

int
tryst_contents_check(const struct tryst_contents *c, const char *path, struct tryst_error *err)
{
	if (c->segments || (c->marked && !c->other[0]))
		return 0;
	return tryst_error_set(err, TRYST_ERR_FORMAT, "%s: is no store (it has no segments)", path);
}

/*
 * Whether segments may be added: among files of another kind nobody would see them, and whoever
 * reads the directory would read the flows twice.
 */
int
tryst_contents_check_room(const struct tryst_contents *c, const char *path, struct tryst_error *err)
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

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The segments as a list of names in one allocation, sorted. */
static char **
make_list(const struct tryst_contents *c)
{
	char **list = malloc((c->segments + 1) * sizeof(*list) + c->names.len), *text;
	size_t at = 0;

	if (!list)
		return NULL;
	text = (char *)(list + c->segments + 1);
	memcpy(text, c->names.data ? c->names.data : "", c->names.len);
	for (size_t i = 0; i < c->segments; i++, at += strlen(text + at) + 1)
		list[i] = text + at;
	list[c->segments] = NULL;
	qsort(list, c->segments, sizeof(*list), compare_names);
	return list;
}

static bool
has(char **list, size_t count, const char *name)
{
	return bsearch(&name, list, count, sizeof(*list), compare_names) != NULL;
}

/* Leaves out what the journal of a commit that was cut short has not brought, or has removed. */
static size_t
apply_view(const struct tryst_changes *journal, char **list, size_t count)
{
	bool done = true, *hidden = calloc(count + 1, sizeof(*hidden));
	size_t kept = 0;

	if (!hidden)
		return SIZE_MAX;
	for (size_t i = 0; i < journal->count; i++)
		done &= !journal->list[i].from[0] || has(list, count, journal->list[i].to);
	for (size_t i = 0; i < journal->count; i++) {
		const char *name = journal->list[i].to;
		char **at = bsearch(&name, list, count, sizeof(*list), compare_names);

		bool is_remove = journal->list[i].from[0] == '\0';

		if (at && is_remove == done)
			hidden[at - list] = true;
	}
	for (size_t i = 0; i < count; i++) {
		if (!hidden[i])
			list[kept++] = list[i];
	}
	list[kept] = NULL;
	free(hidden);
	return kept;
}

/*
 * Whether the names are still those.  The reading of a long directory is many system calls, between
 * which all of a commit fits; but no name comes twice, so that what is half before it and half
 * after it is not there a second time.
 */
static int
read_same(const struct tryst_contents *c, int dir, const char *path, struct tryst_error *err)
{
	struct tryst_contents again;
	int rc = tryst_contents_read(&again, dir, path, err);

	if (rc == 0)
		rc = again.names.len == c->names.len &&
		     (!c->names.len || memcmp(again.names.data, c->names.data, c->names.len) == 0);
	tryst_buf_fini(&again.names);
	return rc;
}

/*
 * Lists while no commit is on its way, if there is such a moment.  1: there was none, and *journal
 * is what was found.
 */
static int
read_settled(struct tryst_contents *c, struct tryst_changes *journal, int dir, const char *path,
             struct tryst_error *err)
{
	for (unsigned i = 0;; i++) {
		struct timespec pause = { .tv_nsec = WAIT_MS * 1000000L };
		int rc = tryst_contents_read(c, dir, path, err), found = 0;

		if (rc == 0)
			rc = found = tryst_journal_read(dir, path, journal, err);
		if (rc >= 0)
			rc = read_same(c, dir, path, err);
		if (rc < 0)
			return rc;
		if ((rc && (!found || i >= WAITS)) || i == 2 * WAITS)
			return found;
		tryst_changes_fini(journal);
		tryst_buf_fini(&c->names);
		(void)nanosleep(&pause, NULL);
	}
}

int
tryst_directory_list(const char *path, char ***out, size_t *count, struct tryst_error *err)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;
	struct tryst_contents contents = { 0 };
	struct tryst_changes journal = { 0 };
	char **list = NULL;

	*out = NULL;
	*count = 0;
	if (dir < 0)
		return tryst_error_errno(err, "%s", path);
	rc = read_settled(&contents, &journal, dir, path, err);
	if (rc >= 0)
		rc = tryst_contents_check(&contents, path, err);
	list = rc == 0 ? make_list(&contents) : NULL;
	if (list)
		contents.segments = apply_view(&journal, list, contents.segments);
	if (rc == 0 && (!list || contents.segments == SIZE_MAX))
		rc = tryst_error_nomem(err);
	if (rc == 0) {
		*out = TRYST_TAKE(list);
		*count = contents.segments;
	}
	free(list);
	tryst_changes_fini(&journal);
	tryst_buf_fini(&contents.names);
	(void)close(dir);
	return rc;
}
