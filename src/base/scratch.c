/* SPDX-License-Identifier: Apache-2.0 */
#include "base/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int
tryst_scratch_open(const char *directory, struct tryst_error *err)
{
	char path[4096];
	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), n;

	if (fd >= 0)
		return fd;
	/* Not every file system makes files without a name. */
	n = snprintf(path, sizeof(path), "%s/tryst-XXXXXX", directory);
	if (n < 0 || (size_t)n >= sizeof(path))
		return tryst_error_set(err, TRYST_ERR_IO, "%s: the path is too long", directory);
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return tryst_error_errno(err, "%s: cannot make a temporary file (TMPDIR)",
		                         directory);
	(void)unlink(path);
	return fd;
}

int
tryst_scratch_write(int fd, const char *directory, const void *data, size_t len, uint64_t at,
                    struct tryst_error *err)
{
	const char *from = data;

	while (len > 0) {
		ssize_t n = pwrite(fd, from, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return tryst_error_errno(err, "%s: cannot write a temporary file (TMPDIR)",
			                         directory);
		from += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}

int
tryst_scratch_read(int fd, const char *directory, void *data, size_t len, uint64_t at,
                   struct tryst_error *err)
{
	char *to = data;

	while (len > 0) {
		ssize_t n = pread(fd, to, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			errno = EIO; /* somebody cut it short */
		if (n <= 0)
			return tryst_error_errno(err, "%s: cannot read a temporary file",
			                         directory);
		to += n;
		len -= (size_t)n;
		at += (uint64_t)n;
	}
	return 0;
}
