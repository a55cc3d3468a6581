/* SPDX-License-Identifier: Apache-2.0 */
#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "store/segment.h"

struct tryst_change *
tryst_changes_add(struct tryst_changes *c)
{
	size_t room = TRYST_MAX(2 * c->room, (size_t)16);
	struct tryst_change *list;

	if (c->count == c->room) {
		list = reallocarray(c->list, room, sizeof(*list));
		if (!list)
			return NULL;
		c->list = list;
		c->room = room;
	}
	c->list[c->count] = (struct tryst_change){ 0 };
	return &c->list[c->count++];
}

void
tryst_changes_fini(struct tryst_changes *c)
{
	free(c->list);
	*c = (struct tryst_changes){ 0 };
}

bool
tryst_store_is_segment(const char *name)
{
	size_t len = strlen(name), suffix = sizeof(TRYST_SEGMENT_SUFFIX) - 1;

	return name[0] != '.' && len > suffix && len < TRYST_STORE_NAME_MAX &&
	       strcmp(name + len - suffix, TRYST_SEGMENT_SUFFIX) == 0;
}

/* The number in ".000012.tmp" or "20030822T150900Z-000012.tryst"; 0: there is none. */
uint32_t
tryst_store_number(const char *name)
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

bool
tryst_store_is_temp(const char *name)
{
	const char *dot = name[0] == '.' ? strrchr(name + 1, '.') : NULL;

	return dot && strcmp(dot, ".tmp") == 0 && tryst_store_number(name);
}

/* A name of ours: nothing that leads elsewhere. */
static bool
name_valid(const char *name)
{
	return !strchr(name, '/') && (tryst_store_is_segment(name) || tryst_store_is_temp(name));
}

static bool
read_line(const char *line, struct tryst_change *c)
{
	char verb[16], a[TRYST_STORE_NAME_MAX], b[TRYST_STORE_NAME_MAX];
	int n = sscanf(line, "%15s %63s %63s", verb, a, b);

	if (n == 3 && strcmp(verb, "rename") == 0 && name_valid(a) && name_valid(b)) {
		(void)snprintf(c->from, sizeof(c->from), "%s", a);
		(void)snprintf(c->to, sizeof(c->to), "%s", b);
		return true;
	}
	if (n == 2 && strcmp(verb, "remove") == 0 && name_valid(a)) {
		(void)snprintf(c->to, sizeof(c->to), "%s", a);
		return true;
	}
	return false;
}

int
tryst_journal_read(int dir, const char *path, struct tryst_changes *out, struct tryst_error *err)
{
	int fd = openat(dir, TRYST_JOURNAL, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK), rc = 1;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
	struct stat st;
	char line[256];

	*out = (struct tryst_changes){ 0 };
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (!f)
		return tryst_error_errno(err, "%s/" TRYST_JOURNAL, path);
	/* A pipe: nobody is waited for. */
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		rc = tryst_error_set(err, TRYST_ERR_FORMAT, "%s/" TRYST_JOURNAL ": is no file",
		                     path);
	while (rc == 1 && fgets(line, sizeof(line), f)) {
		struct tryst_change *c = tryst_changes_add(out);

		if (!c)
			rc = tryst_error_nomem(err);
		else if (!read_line(line, c))
			rc = tryst_error_set(err, TRYST_ERR_FORMAT,
			                     "%s/" TRYST_JOURNAL ": not a line of a journal", path);
	}
	if (rc == 1 && ferror(f))
		rc = tryst_error_errno(err, "%s/" TRYST_JOURNAL, path);
	(void)fclose(f);
	if (rc < 0)
		tryst_changes_fini(out);
	return rc;
}

static int
sync_directory(int dir, const char *path, struct tryst_error *err)
{
	return fsync(dir) < 0 ? tryst_error_errno(err, "%s", path) : 0;
}

int
tryst_journal_write(int dir, const char *path, const struct tryst_changes *changes,
                    struct tryst_error *err)
{
	struct tryst_buf text = { 0 };
	int fd, rc = 0;

	for (size_t i = 0; i < changes->count; i++) {
		const struct tryst_change *c = &changes->list[i];

		if (c->from[0] && c->to[0])
			tryst_buf_printf(&text, "rename %s %s\n", c->from, c->to);
	}
	for (size_t i = 0; i < changes->count; i++) {
		const struct tryst_change *c = &changes->list[i];

		if (!c->from[0])
			tryst_buf_printf(&text, "remove %s\n", c->to);
	}
	fd = openat(dir, TRYST_JOURNAL_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (text.failed)
		rc = tryst_error_nomem(err);
	else if (fd < 0 || !tryst_write_all(fd, text.data, text.len) || fsync(fd) < 0 ||
	         renameat(dir, TRYST_JOURNAL_NEW, dir, TRYST_JOURNAL) < 0)
		rc = tryst_error_errno(err, "%s/" TRYST_JOURNAL, path);
	if (fd >= 0)
		(void)close(fd);
	tryst_buf_fini(&text);
	return rc == 0 ? sync_directory(dir, path, err) : rc;
}

static int
apply(int dir, const char *path, const struct tryst_change *c, struct tryst_error *err)
{
	int rc = c->from[0] ? renameat(dir, c->from, dir, c->to) : unlinkat(dir, c->to, 0);

	if (rc < 0 && errno != ENOENT)
		return tryst_error_errno(err, "%s/%s", path, c->to);
	/* Done before, when the journal is finished a second time; else what follows would lose. */
	if (rc < 0 && c->from[0] && faccessat(dir, c->to, F_OK, 0) < 0)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "%s/" TRYST_JOURNAL
		                       ": neither %s nor %s is there: nothing removed",
		                       path, c->from, c->to);
	return 0;
}

int
tryst_journal_finish(int dir, const char *path, const struct tryst_changes *c,
                     struct tryst_error *err)
{
	int rc = 0;

	for (int removes = 0; removes < 2; removes++) {
		for (size_t i = 0; i < c->count && rc == 0; i++) {
			bool is_remove = c->list[i].from[0] == '\0';

			if (c->list[i].to[0] && is_remove == removes)
				rc = apply(dir, path, &c->list[i], err);
		}
	}
	if (rc == 0)
		rc = sync_directory(dir, path, err);
	if (rc == 0 && unlinkat(dir, TRYST_JOURNAL, 0) < 0)
		rc = tryst_error_errno(err, "%s/" TRYST_JOURNAL, path);
	return rc;
}
