/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compressions of whole files, one entry each in one table (read/codec.c): gzip (RFC 1952), bzip2,
 * zstd (RFC 8878), lz4 (its frame format 1.6) and xz (its format 1.2).  What drives them is
 * read/stream.c.
 *
 * To add one: read/codec_<name>.c with a `const struct tryst_codec`, named in the table, and a
 * packer in tests/unit/read/test_stream.c.
 */
#ifndef TRYST_READ_CODEC_H
#define TRYST_READ_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define TRYST_CODEC_MAGIC_MAX 6

/*
 * No file makes its codec take more memory than this, whatever it asks for: what zstd allows by
 * itself, and twice what `xz -9` needs.
 */
#define TRYST_CODEC_MEMORY_MAX (128u << 20)

enum tryst_codec_step {
	TRYST_CODEC_MORE, /* the input or the room was used up */
	TRYST_CODEC_DONE, /* a member (gzip), stream (bzip2, xz) or frame (zstd, lz4) is complete */
	TRYST_CODEC_BAD,
	TRYST_CODEC_NOMEM,
};

/* What a step works on; it moves all four. */
struct tryst_codec_span {
	const uint8_t *in;
	size_t in_len;
	uint8_t *out;
	size_t out_len;
	const char *why; /* of TRYST_CODEC_BAD: a constant text */
};

/* A state belongs to one thread at a time. */
struct tryst_codec {
	const char *name;
	bool (*magic)(const uint8_t *p, size_t len); /* whether a member begins like this */
	/* Its library is loaded then (base/library.h). */
	int (*open)(void **state, struct tryst_error *err);
	bool (*reset)(void *state); /* before each member; false: no memory */
	enum tryst_codec_step (*step)(void *state, struct tryst_codec_span *span);
	void (*close)(void *state);
};

extern const struct tryst_codec tryst_codec_lz4;
extern const struct tryst_codec tryst_codec_xz;

/* The codec of a file that begins with these bytes, NULL if it is none. */
const struct tryst_codec *tryst_codec_find(const uint8_t *head, size_t len);

#endif
