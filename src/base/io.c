/* SPDX-License-Identifier: Apache-2.0 */
#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK ((size_t)64 << 10)

bool
tryst_write_all(int fd, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

/* All bytes of a descriptor. */
static int
read_all(int fd, const char *path, size_t max, struct tryst_buf *out, struct tryst_error *err)
{
	size_t room = CHUNK, before = out->len;
	struct stat st;
	ssize_t n;
	char *p;

	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    (uint64_t)st.st_size <= max)
		room = (size_t)st.st_size + 1;
	for (;; room = CHUNK) {
		p = tryst_buf_reserve(out, room);
		if (!p)
			return tryst_error_nomem(err);
		n = read(fd, p, room);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return tryst_error_errno(err, "%s: cannot read", path);
		if (n == 0)
			return 0;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
		if (out->len - before > max)
			return tryst_error_set(err, TRYST_ERR_LIMIT,
			                       "%s: expected at most %zu MiB, there is more", path,
			                       max >> 20);
	}
}

int
tryst_slurp(const char *path, size_t max, struct tryst_buf *out, struct tryst_error *err)
{
	bool input = strcmp(path, "-") == 0;
	int fd = input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC), rc;

	if (fd < 0)
		return tryst_error_errno(err, "%s: cannot open", path);
	rc = read_all(fd, path, max, out, err);
	if (!input)
		(void)close(fd);
	return rc;
}
