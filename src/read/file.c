/* SPDX-License-Identifier: Apache-2.0 */
#include "read/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

#define COPY_SIZE 65536
#define STOP_EVERY_MS 100

int
tryst_file_temp(struct tryst_error *err)
{
	const char *dir = getenv("TMPDIR");
	char path[512];
	int fd;

	if (!dir || !*dir)
		dir = "/tmp";
	if ((size_t)snprintf(path, sizeof(path), "%s/tryst-XXXXXX", dir) >= sizeof(path))
		return tryst_error_set(err, TRYST_ERR_USAGE, "the name in TMPDIR is too long");
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return tryst_error_errno(err, "no temporary file in %s", dir);
	(void)unlink(path);
	return fd;
}

/* As read(2), but where the waits are ended it is the end of the pipe. */
static ssize_t
read_until(int fd, void *buf, size_t len, const struct tryst_waits *waits)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	for (;;) {
		int ready = poll(&p, 1, waits ? STOP_EVERY_MS : -1);

		if (waits && atomic_load(&waits->end))
			return 0;
		if (ready < 0 && errno != EINTR)
			return -1;
		if (ready <= 0)
			continue;
		n = read(fd, buf, len);
		if (n >= 0 || (errno != EAGAIN && errno != EINTR))
			return n;
	}
}

/* Copies all that can be read from fd to a temporary file, whose descriptor is returned. */
static int
spool(int fd, const char *path, struct tryst_waits *waits, struct tryst_error *err)
{
	uint8_t *data = malloc(COPY_SIZE);
	int to = -1, rc = 0;
	ssize_t n = 0;

	if (!data)
		return tryst_error_nomem(err);
	if (waits)
		atomic_fetch_add(&waits->count, 1);
	to = tryst_file_temp(err);
	if (to < 0) {
		rc = to;
		goto out;
	}
	while ((n = read_until(fd, data, COPY_SIZE, waits)) > 0) {
		if (!tryst_write_all(to, data, (size_t)n)) {
			rc = tryst_error_errno(err, "copying %s to a temporary file", path);
			goto out;
		}
	}
	if (n < 0)
		rc = tryst_error_errno(err, "reading %s", path);
out:
	if (waits)
		atomic_fetch_sub(&waits->count, 1);
	free(data);
	if (rc < 0 && to >= 0)
		(void)close(to);
	return rc < 0 ? rc : to;
}

/* Whether pread from 0 shows what read would: a regular file that nobody has read from yet. */
static bool
usable_as_is(int fd, const struct stat *st)
{
	return S_ISREG(st->st_mode) && lseek(fd, 0, SEEK_CUR) == 0;
}

/* The descriptor to keep: fd itself (own) or a copy of what it holds. */
static int
settle(int fd, const char *path, struct tryst_waits *waits, struct stat *st,
       struct tryst_error *err)
{
	int to;

	if (fstat(fd, st) != 0) {
		to = tryst_error_errno(err, "%s", path);
	} else if (usable_as_is(fd, st)) {
		return fd;
	} else if (S_ISDIR(st->st_mode)) {
		to = tryst_error_set(err, TRYST_ERR_IO, "%s: is a directory", path);
	} else if (S_ISBLK(st->st_mode)) {
		to = tryst_error_set(err, TRYST_ERR_IO, "%s: is a block device, not a file", path);
	} else {
		to = spool(fd, path, waits, err);
		if (to >= 0 && fstat(to, st) != 0) {
			(void)close(to);
			to = tryst_error_errno(err, "%s", path);
		}
	}
	(void)close(fd);
	return to;
}

int
tryst_file_open(struct tryst_file *out, const char *path, struct tryst_waits *waits,
                struct tryst_error *err)
{
	bool standard_input = strcmp(path, "-") == 0;
	struct stat st;
	int fd;

	if (standard_input)
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		/* A FIFO without a writer is waited for later. */
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return tryst_error_errno(err, "%s", standard_input ? "standard input" : path);
	fd = settle(fd, standard_input ? "standard input" : path, waits, &st, err);
	if (fd < 0)
		return fd;
	*out = (struct tryst_file){ .fd = fd, .size = (uint64_t)st.st_size, .path = path };
	return 0;
}

void
tryst_file_close(struct tryst_file *f)
{
	if (f->fd >= 0)
		(void)close(f->fd);
	f->fd = -1;
}

ssize_t
tryst_file_read(const struct tryst_file *f, uint64_t at, void *buf, size_t len,
                struct tryst_error *err)
{
	uint8_t *to = buf;
	size_t got = 0;

	while (got < len) {
		ssize_t n = pread(f->fd, to + got, len - got, (off_t)(at + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return tryst_error_errno(err, "%s: reading at offset %llu", f->path,
			                         (unsigned long long)(at + got));
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}
