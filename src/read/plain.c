/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compressed files for readers that go to and fro in them.
 */
#include "read/plain.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/io.h"
#include "read/stream.h"

#define PIECE 65536
#define MAGIC_MAX 8

static uint64_t
limit_of(const struct tryst_file *file)
{
	return file->size * TRYST_PLAIN_RATIO_MAX + TRYST_PLAIN_FREE;
}

/* Copies what the stream delivers, up to the limit; *size is how much that was. */
static int
copy(struct tryst_stream *s, int to, uint64_t *size, struct tryst_error *err)
{
	uint8_t *data = malloc(PIECE);
	ssize_t n = 0;
	int rc = 0;

	if (!data)
		return tryst_error_nomem(err);
	while (rc == 0 && *size < limit_of(s->file) &&
	       (n = tryst_stream_read(s, data, PIECE, err)) > 0) {
		*size += (uint64_t)n;
		if (!tryst_write_all(to, data, (size_t)n))
			rc = tryst_error_errno(err, "unpacking %s to a temporary file",
			                       s->file->path);
	}
	free(data);
	return n < 0 ? (int)n : rc;
}

static void
count_damage(const struct tryst_stream *s, uint64_t size, struct tryst_health *h)
{
	bool cut = size >= limit_of(s->file);

	if (!s->damaged && !cut)
		return;
	h->damaged_blocks++;
	h->damaged_bytes += s->file->size - tryst_stream_offset(s);
	if (cut)
		tryst_health_note(h, size, 0,
		                  "%llu compressed bytes hold more than %llu, which no flow log "
		                  "does: the rest is not read",
		                  (unsigned long long)s->file->size, (unsigned long long)size);
	else
		tryst_health_note(h, size, 0, "%s", s->damage);
}

int
tryst_plain_copy(struct tryst_file *file, struct tryst_input *in, struct tryst_error *err)
{
	struct tryst_stream stream;
	uint8_t head[MAGIC_MAX];
	ssize_t len = tryst_file_read(file, 0, head, sizeof(head), err);
	uint64_t size = 0;
	int to, rc;

	if (len < 0 || !tryst_stream_compression(head, (size_t)len))
		return len < 0 ? (int)len : 0;
	to = tryst_file_temp(err);
	if (to < 0)
		return to;
	rc = tryst_stream_open(&stream, file, err);
	if (rc == 0) {
		rc = copy(&stream, to, &size, err);
		if (rc == 0)
			count_damage(&stream, size, &in->health);
		tryst_stream_close(&stream);
	}
	if (rc < 0) {
		(void)close(to);
		return rc;
	}
	tryst_file_close(file);
	file->fd = to;
	file->size = size;
	return 0;
}
