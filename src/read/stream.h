/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of a file from its beginning to its end, decompressed where it is gzip, zstd, lz4, xz
 * or bzip2 (read/codec.h); members and frames may follow one another.
 *
 * Nothing is held but one window of compressed bytes, one of unpacked ones and the codec's own
 * state (at most TRYST_CODEC_MEMORY_MAX), so an archive that unpacks to terabytes costs time, not
 * memory.
 *
 * Damage ends the stream: everything before it has been delivered, and the stream says where in the
 * file and what: the same whatever the sizes of the reads.
 */
#ifndef TRYST_READ_STREAM_H
#define TRYST_READ_STREAM_H

#include "read/file.h"

#define TRYST_STREAM_WINDOW 262144
#define TRYST_STREAM_PLAIN 65536

struct tryst_codec;

struct tryst_stream {
	const struct tryst_file *file;
	const struct tryst_codec *codec; /* NULL: plain */
	void *state;
	uint8_t *window; /* compressed bytes [pos, end) are still to be used */
	size_t pos;
	size_t end;
	uint64_t read_at; /* where in the file the window ends */
	uint8_t *plain;   /* of what is unpacked, [plain_pos, plain_end) is still to be delivered */
	size_t plain_pos;
	size_t plain_end;
	bool between; /* no member or frame is open */
	bool ended;
	bool damaged;
	char damage[160]; /* what is wrong, with the offset in the file */
};

/* The name of the compression that this beginning shows, or NULL. */
const char *tryst_stream_compression(const uint8_t *head, size_t len);

/* The file stays the caller's and must outlive the stream. */
int tryst_stream_open(struct tryst_stream *s, const struct tryst_file *file,
                      struct tryst_error *err);
void tryst_stream_close(struct tryst_stream *s);

/*
 * Fills buf with the next len bytes; fewer only at the end (or before damage), 0 there ever after.
 * Negative on an I/O error or without memory.
 */
ssize_t tryst_stream_read(struct tryst_stream *s, void *buf, size_t len, struct tryst_error *err);

/* The offset in the file of the first byte that was not used. */
uint64_t tryst_stream_offset(const struct tryst_stream *s);

#endif
