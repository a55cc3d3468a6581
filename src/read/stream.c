/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table of codecs, one loop over them.  A codec's step works from the window into the caller's
 * buffer until one of them is used up, or a member (gzip, bzip2) or frame (zstd) is complete.
 */
#include "read/stream.h"

#include <bzlib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#define MAGIC_MAX 4

enum step { STEP_MORE, STEP_DONE, STEP_BAD };

/* What a step works on; it moves all four. */
struct span {
	const uint8_t *in;
	size_t in_len;
	uint8_t *out;
	size_t out_len;
	const char *why; /* of STEP_BAD */
};

struct tryst_codec {
	const char *name;
	bool (*magic)(const uint8_t *p, size_t len);
	void *(*open)(void); /* NULL: no memory */
	bool (*reset)(void *state);
	enum step (*step)(void *state, struct span *span);
	void (*close)(void *state);
};

static bool
gzip_magic(const uint8_t *p, size_t len)
{
	return len >= 3 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8;
}

static void *
gzip_open(void)
{
	z_stream *z = calloc(1, sizeof(*z));

	/* 15 window bits, and 16: the gzip wrapper with its check sum. */
	if (z && inflateInit2(z, 15 + 16) != Z_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static bool
gzip_reset(void *state)
{
	return inflateReset(state) == Z_OK;
}

static enum step
gzip_step(void *state, struct span *span)
{
	z_stream *z = state;
	uInt in_len = (uInt)TRYST_MIN(span->in_len, (size_t)1 << 30);
	uInt out_len = (uInt)TRYST_MIN(span->out_len, (size_t)1 << 30);
	int rc;

	z->next_in = (z_const Bytef *)(uintptr_t)span->in;
	z->avail_in = in_len;
	z->next_out = span->out;
	z->avail_out = out_len;
	rc = inflate(z, Z_NO_FLUSH);
	span->in += in_len - z->avail_in;
	span->in_len -= in_len - z->avail_in;
	span->out += out_len - z->avail_out;
	span->out_len -= out_len - z->avail_out;
	if (rc == Z_STREAM_END)
		return STEP_DONE;
	if (rc == Z_OK || rc == Z_BUF_ERROR)
		return STEP_MORE;
	span->why = z->msg ? z->msg : zError(rc);
	return STEP_BAD;
}

static void
gzip_close(void *state)
{
	(void)inflateEnd(state);
	free(state);
}

static bool
zstd_magic(const uint8_t *p, size_t len)
{
	if (len < 4)
		return false;
	if (p[0] == 0x28 && p[1] == 0xb5 && p[2] == 0x2f && p[3] == 0xfd)
		return true;
	return (p[0] & 0xf0) == 0x50 && p[1] == 0x2a && p[2] == 0x4d && p[3] == 0x18;
}

static void *
zstd_open(void)
{
	return ZSTD_createDStream();
}

static bool
zstd_reset(void *state)
{
	return !ZSTD_isError(ZSTD_DCtx_reset(state, ZSTD_reset_session_only));
}

static enum step
zstd_step(void *state, struct span *span)
{
	ZSTD_inBuffer in = { span->in, span->in_len, 0 };
	ZSTD_outBuffer out = { span->out, span->out_len, 0 };
	size_t rc = ZSTD_decompressStream(state, &out, &in);

	span->in += in.pos;
	span->in_len -= in.pos;
	span->out += out.pos;
	span->out_len -= out.pos;
	if (ZSTD_isError(rc)) {
		span->why = ZSTD_getErrorName(rc);
		return STEP_BAD;
	}
	return rc == 0 ? STEP_DONE : STEP_MORE;
}

static void
zstd_close(void *state)
{
	(void)ZSTD_freeDStream(state);
}

static bool
bzip2_magic(const uint8_t *p, size_t len)
{
	return len >= 4 && memcmp(p, "BZh", 3) == 0 && p[3] >= '1' && p[3] <= '9';
}

static void *
bzip2_open(void)
{
	bz_stream *z = calloc(1, sizeof(*z));

	if (z && BZ2_bzDecompressInit(z, 0, 0) != BZ_OK) {
		free(z);
		return NULL;
	}
	return z;
}

static bool
bzip2_reset(void *state)
{
	bz_stream *z = state;

	(void)BZ2_bzDecompressEnd(z);
	memset(z, 0, sizeof(*z));
	return BZ2_bzDecompressInit(z, 0, 0) == BZ_OK;
}

static enum step
bzip2_step(void *state, struct span *span)
{
	bz_stream *z = state;
	unsigned in_len = (unsigned)TRYST_MIN(span->in_len, (size_t)1 << 30);
	unsigned out_len = (unsigned)TRYST_MIN(span->out_len, (size_t)1 << 30);
	int rc;

	z->next_in = (char *)(uintptr_t)span->in;
	z->avail_in = in_len;
	z->next_out = (char *)span->out;
	z->avail_out = out_len;
	rc = BZ2_bzDecompress(z);
	span->in += in_len - z->avail_in;
	span->in_len -= in_len - z->avail_in;
	span->out += out_len - z->avail_out;
	span->out_len -= out_len - z->avail_out;
	if (rc == BZ_STREAM_END)
		return STEP_DONE;
	if (rc == BZ_OK)
		return STEP_MORE;
	span->why =
		rc == BZ_DATA_ERROR_MAGIC ? "no bzip2 header" : "data does not match its check sum";
	return STEP_BAD;
}

static void
bzip2_close(void *state)
{
	(void)BZ2_bzDecompressEnd(state);
	free(state);
}

static const struct tryst_codec codecs[] = {
	{ "gzip", gzip_magic, gzip_open, gzip_reset, gzip_step, gzip_close },
	{ "zstd", zstd_magic, zstd_open, zstd_reset, zstd_step, zstd_close },
	{ "bzip2", bzip2_magic, bzip2_open, bzip2_reset, bzip2_step, bzip2_close },
};

static const struct tryst_codec *
codec_find(const uint8_t *head, size_t len)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(codecs); i++) {
		if (codecs[i].magic(head, len))
			return &codecs[i];
	}
	return NULL;
}

const char *
tryst_stream_compression(const uint8_t *head, size_t len)
{
	const struct tryst_codec *codec = codec_find(head, len);

	return codec ? codec->name : NULL;
}

int
tryst_stream_open(struct tryst_stream *s, const struct tryst_file *file, struct tryst_error *err)
{
	uint8_t head[MAGIC_MAX];
	ssize_t n = tryst_file_read(file, 0, head, sizeof(head), err);

	*s = (struct tryst_stream){ .file = file, .between = true };
	if (n < 0)
		return (int)n;
	s->codec = codec_find(head, (size_t)n);
	if (!s->codec)
		return 0;
	s->window = malloc(TRYST_STREAM_WINDOW);
	s->state = s->codec->open();
	if (!s->window || !s->state) {
		tryst_stream_close(s);
		return tryst_error_nomem(err);
	}
	return 0;
}

void
tryst_stream_close(struct tryst_stream *s)
{
	if (s->state)
		s->codec->close(s->state);
	s->state = NULL;
	free(s->window);
	s->window = NULL;
}

uint64_t
tryst_stream_offset(const struct tryst_stream *s)
{
	return s->read_at - (s->end - s->pos);
}

static void
damage(struct tryst_stream *s, const char *why)
{
	s->damaged = s->ended = true;
	(void)snprintf(s->damage, sizeof(s->damage),
	               "%s data damaged at offset %llu of the file: %s", s->codec->name,
	               (unsigned long long)tryst_stream_offset(s), why);
}

/* Makes the window hold at least `need` bytes (at most MAGIC_MAX), fewer only at the end. */
static int
window_fill(struct tryst_stream *s, size_t need, struct tryst_error *err)
{
	ssize_t n;

	if (s->end - s->pos >= need)
		return 0;
	memmove(s->window, s->window + s->pos, s->end - s->pos);
	s->end -= s->pos;
	s->pos = 0;
	n = tryst_file_read(s->file, s->read_at, s->window + s->end, TRYST_STREAM_WINDOW - s->end,
	                    err);
	if (n < 0)
		return (int)n;
	s->end += (size_t)n;
	s->read_at += (size_t)n;
	return 0;
}

/* Between members: ends the stream, or makes ready for the next member.  Zero padding is nothing.
 */
static int
member_begin(struct tryst_stream *s, struct tryst_error *err)
{
	int rc = window_fill(s, MAGIC_MAX, err);

	while (rc == 0 && s->pos < s->end && s->window[s->pos] == 0) {
		s->pos++;
		rc = window_fill(s, MAGIC_MAX, err);
	}
	if (rc < 0)
		return rc;
	if (s->pos == s->end) {
		s->ended = true;
	} else if (!s->codec->magic(s->window + s->pos, s->end - s->pos)) {
		damage(s, "something else follows");
	} else if (!s->codec->reset(s->state)) {
		return tryst_error_nomem(err);
	}
	s->between = false;
	return 0;
}

/* One step; adds to *got what it delivered. */
static int
member_step(struct tryst_stream *s, uint8_t *buf, size_t len, size_t *got, struct tryst_error *err)
{
	struct span span = { .out = buf + *got, .out_len = len - *got };
	int rc = window_fill(s, 1, err);
	bool at_end;
	size_t used;

	if (rc < 0)
		return rc;
	at_end = s->pos == s->end;
	span.in = s->window + s->pos;
	span.in_len = s->end - s->pos;
	rc = (int)s->codec->step(s->state, &span);
	used = (s->end - s->pos) - span.in_len;
	s->pos += used;
	if (rc == STEP_BAD)
		damage(s, span.why);
	else if (rc == STEP_DONE)
		s->between = true;
	else if (at_end && span.out_len == len - *got)
		damage(s, "the file ends in the middle");
	*got = len - span.out_len;
	return 0;
}

ssize_t
tryst_stream_read(struct tryst_stream *s, void *buf, size_t len, struct tryst_error *err)
{
	size_t got = 0;
	ssize_t n;
	int rc = 0;

	if (!s->codec) {
		n = tryst_file_read(s->file, s->read_at, buf, len, err);
		s->read_at += n > 0 ? (size_t)n : 0;
		return n;
	}
	while (got < len && !s->ended && rc == 0) {
		if (s->between)
			rc = member_begin(s, err);
		else
			rc = member_step(s, buf, len, &got, err);
	}
	return rc < 0 ? rc : (ssize_t)got;
}
