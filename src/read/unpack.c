/* SPDX-License-Identifier: Apache-2.0 */
#include "read/unpack.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "read/stream.h"

#define CHUNK 65536

static int
copy(struct tryst_stream *from, struct tryst_file *to, struct tryst_error *err)
{
	uint8_t *data = malloc(CHUNK);
	ssize_t n;
	int rc = 0;

	if (!data)
		return tryst_error_nomem(err);
	while ((n = tryst_stream_read(from, data, CHUNK, err)) > 0) {
		if (!tryst_write_all(to->fd, data, (size_t)n)) {
			rc = tryst_error_errno(err, "unpacking %s to a temporary file", to->path);
			break;
		}
		to->size += (uint64_t)n;
	}
	free(data);
	return n < 0 ? (int)n : rc;
}

int
tryst_unpack(const struct tryst_file *file, struct tryst_file *out, struct tryst_health *health,
             struct tryst_error *err)
{
	struct tryst_stream stream;
	int rc;

	*out = (struct tryst_file){ .fd = -1, .path = file->path };
	rc = tryst_stream_open(&stream, file, err);
	if (rc < 0)
		return rc;
	if (!stream.codec) {
		*out = *file;
		goto out;
	}
	out->fd = tryst_file_temp(err);
	rc = out->fd < 0 ? out->fd : copy(&stream, out, err);
	if (rc == 0 && stream.damaged) {
		health->damaged_blocks++;
		health->damaged_bytes += file->size - tryst_stream_offset(&stream);
		tryst_health_note(health, out->size, 0, "%s", stream.damage);
	}
	if (rc < 0)
		tryst_file_close(out);
out:
	tryst_stream_close(&stream);
	return rc;
}

void
tryst_unpack_done(const struct tryst_file *file, struct tryst_file *out, bool goes_on)
{
	if (out->fd == file->fd)
		return;
	if (goes_on)
		(void)close(file->fd);
	else
		tryst_file_close(out);
}
