/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/segment_source.h"

int
tryst_segment_find(const char *path, uint64_t *size)
{
	uint8_t head[8];
	struct stat st;
	int fd;

	/* Only to look at a pipe would take from it. */
	if (strcmp(path, "-") == 0 || stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && pread(fd, head, sizeof(head), 0) == sizeof(head) &&
	    tryst_segment_is(head, sizeof(head))) {
		*size = (uint64_t)st.st_size;
		return fd;
	}
	(void)close(fd);
	return -1;
}

int
tryst_store_open(void *ctx, struct tryst_input *in, const struct tryst_request *req,
                 struct tryst_source **out, struct tryst_error *err)
{
	const struct tryst_read_options *options = ctx;
	struct tryst_segment segment;
	uint64_t size = 0;
	int fd = options->format ? -1 : tryst_segment_find(in->path, &size), rc;

	if (fd < 0)
		return tryst_read_open(ctx, in, req, out, err);
	in->size = size;
	rc = tryst_segment_open(&segment, fd, size, in->path, err);
	(void)close(fd);
	if (rc < 0)
		return rc;
	in->format = "tryst";
	rc = tryst_segment_source(&segment, in, req, out, err);
	if (rc < 0) {
		tryst_segment_close(&segment);
		if (err && strncmp(err->text, in->path, strlen(in->path)) != 0)
			tryst_error_prefix(err, "%s", in->path);
	}
	return rc;
}
