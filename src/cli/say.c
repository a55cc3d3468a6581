/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int
write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

static void
say(const char *prefix, const char *fmt, va_list ap)
{
	struct tryst_buf out = { 0 };
	char *text = NULL;
	const char *line;

	if (vasprintf(&text, fmt, ap) < 0)
		return;
	line = text;
	tryst_buf_str(&out, prefix);
	for (;;) {
		size_t len = strcspn(line, "\n");

		tryst_buf_safe(&out, line, len);
		tryst_buf_char(&out, '\n');
		if (!line[len] || !line[len + 1])
			break;
		line += len + 1;
	}
	/* There is nowhere left to report that the standard error cannot be written to. */
	if (!out.failed)
		(void)write_all(STDERR_FILENO, out.data, out.len);
	tryst_buf_fini(&out);
	free(text);
}

void
tryst_say(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("tryst: ", fmt, ap);
	va_end(ap);
}

void
tryst_say_plain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	say("", fmt, ap);
	va_end(ap);
}

int
tryst_out(const char *data, size_t len, struct tryst_error *err)
{
	if (write_all(STDOUT_FILENO, data, len) < 0)
		return tryst_error_errno(err, "cannot write to the standard output");
	return 0;
}

int
tryst_out_buf(const struct tryst_buf *b, struct tryst_error *err)
{
	if (b->failed)
		return tryst_error_nomem(err);
	return tryst_out(b->data, b->len, err);
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

/* A device or a pipe is written to, never replaced. */
static int
save_special(const char *path, const struct tryst_buf *b, struct tryst_error *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int rc = 0;

	if (fd < 0 || write_all(fd, b->data, b->len) < 0)
		rc = tryst_error_errno(err, "%s: cannot be written", path);
	if (fd >= 0)
		(void)close(fd);
	return rc;
}

/* `target` is path with its symbolic links followed. */
static int
save_file(const char *path, const char *target, const struct tryst_buf *b, struct tryst_error *err)
{
	char *temp = NULL;
	int rc = 0, fd;

	if (asprintf(&temp, "%s.XXXXXX", target) < 0)
		return tryst_error_nomem(err);
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0) {
		rc = tryst_error_errno(err, "%s: cannot be written", path);
		goto out;
	}
	if (write_all(fd, b->data, b->len) < 0 || fsync(fd) < 0 || give_mode(fd) < 0 ||
	    rename(temp, target) < 0) {
		rc = tryst_error_errno(err, "%s: cannot be written", path);
		(void)unlink(temp);
	}
	(void)close(fd);
out:
	free(temp);
	return rc;
}

int
tryst_save(const char *path, const struct tryst_buf *b, struct tryst_error *err)
{
	char *target;
	struct stat st;
	int rc;

	if (b->failed)
		return tryst_error_nomem(err);
	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
		return save_special(path, b, err);
	target = realpath(path, NULL);
	rc = save_file(path, target ? target : path, b, err);
	free(target);
	return rc;
}
