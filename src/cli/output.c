/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

#define COPY_BYTES (64u << 10)

static int
failed(const struct tryst_output *o, struct tryst_error *err)
{
	if (o->path)
		return tryst_error_errno(err, "%s: cannot be written", o->path);
	return tryst_error_errno(err, "cannot write to the standard output");
}

/* mkstemp makes files for the owner only; a result gets the mode that open() would have given it.
 */
static int
give_mode(int fd)
{
	mode_t mask = umask(0);

	(void)umask(mask);
	return fchmod(fd, 0666 & ~mask);
}

/* A new file beside the one that it becomes. */
static int
open_file(struct tryst_output *o, struct tryst_error *err)
{
	o->target = realpath(o->path, NULL);
	if (!o->target)
		o->target = strdup(o->path);
	if (!o->target || asprintf(&o->temp, "%s.XXXXXX", o->target) < 0) {
		o->temp = NULL;
		return tryst_error_nomem(err);
	}
	o->fd = mkostemp(o->temp, O_CLOEXEC);
	if (o->fd >= 0)
		return 0;
	free(TRYST_TAKE(o->temp));
	return failed(o, err);
}

/* A file without a name, whose contents go to o->fd when they are complete. */
static int
open_spool(struct tryst_output *o, struct tryst_error *err)
{
	const char *folder = getenv("TMPDIR");
	char *name;
	int rc = 0;

	if (asprintf(&name, "%s/tryst.XXXXXX", folder && *folder ? folder : "/tmp") < 0)
		return tryst_error_nomem(err);
	o->last = o->fd;
	o->fd = mkostemp(name, O_CLOEXEC);
	if (o->fd < 0)
		rc = tryst_error_errno(err, "%s", name);
	else
		(void)unlink(name);
	free(name);
	return rc;
}

int
tryst_output_open(struct tryst_output *o, const char *path, bool binary, struct tryst_error *err)
{
	struct stat st;

	*o = (struct tryst_output){ .fd = STDOUT_FILENO, .last = -1 };
	if (path && strcmp(path, "-") != 0)
		o->path = path;
	if (o->path && (stat(path, &st) < 0 || S_ISREG(st.st_mode)))
		return open_file(o, err);
	if (o->path) {
		o->fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		if (o->fd < 0)
			return failed(o, err);
	}
	if (!binary)
		return 0;
	if (isatty(o->fd))
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "binary data is not for a terminal: name a file with -o, "
		                       "or use a pipe");
	return open_spool(o, err);
}

int
tryst_output_write(struct tryst_output *o, const void *data, size_t len, struct tryst_error *err)
{
	return tryst_write_all(o->fd, data, len) ? 0 : failed(o, err);
}

int
tryst_output_begin(struct tryst_output *o, const void *data, size_t len, struct tryst_error *err)
{
	if (pwrite(o->fd, data, len, 0) != (ssize_t)len)
		return failed(o, err);
	return 0;
}

static int
copy_spool(struct tryst_output *o, struct tryst_error *err)
{
	char block[COPY_BYTES];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(o->fd, block, sizeof(block), at)) > 0) {
		if (!tryst_write_all(o->last, block, (size_t)n))
			return failed(o, err);
		at += n;
	}
	return n < 0 ? tryst_error_errno(err, "the temporary file cannot be read") : 0;
}

int
tryst_output_commit(struct tryst_output *o, struct tryst_error *err)
{
	if (o->last >= 0)
		return copy_spool(o, err);
	if (!o->temp)
		return 0;
	if (fsync(o->fd) < 0 || give_mode(o->fd) < 0 || rename(o->temp, o->target) < 0)
		return failed(o, err);
	free(TRYST_TAKE(o->temp));
	return 0;
}

void
tryst_output_close(struct tryst_output *o)
{
	if (o->temp)
		(void)unlink(o->temp);
	if (o->fd > STDERR_FILENO)
		(void)close(o->fd);
	if (o->last > STDERR_FILENO)
		(void)close(o->last);
	free(o->temp);
	free(o->target);
	*o = (struct tryst_output){ .fd = -1, .last = -1 };
}
