/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table of codecs, and those of gzip, zstd and bzip2.  A codec's step works from the window
 * into the caller's buffer until one of them is used up, or a member or frame is complete.
 */
#include "read/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/library.h"

static bool
gzip_magic(const uint8_t *p, size_t len)
{
	return len >= 3 && p[0] == 0x1f && p[1] == 0x8b && p[2] == 8;
}

static int
gzip_open(void **state, struct tryst_error *err)
{
	const struct tryst_zlib *zlib = tryst_zlib(err);
	z_stream *z;

	if (!zlib)
		return err->code;
	z = calloc(1, sizeof(*z));
	/* 15 window bits, and 16: the gzip wrapper with its check sum. */
	if (!z || zlib->inflateInit2_(z, 15 + 16, ZLIB_VERSION, sizeof(*z)) != Z_OK) {
		free(z);
		return tryst_error_nomem(err);
	}
	*state = z;
	return 0;
}

static bool
gzip_reset(void *state)
{
	return tryst_zlib(NULL)->inflateReset(state) == Z_OK;
}

static enum tryst_codec_step
gzip_step(void *state, struct tryst_codec_span *span)
{
	const struct tryst_zlib *zlib = tryst_zlib(NULL);
	z_stream *z = state;
	uInt in_len = (uInt)TRYST_MIN(span->in_len, (size_t)1 << 30);
	uInt out_len = (uInt)TRYST_MIN(span->out_len, (size_t)1 << 30);
	int rc;

	z->next_in = (z_const Bytef *)(uintptr_t)span->in;
	z->avail_in = in_len;
	z->next_out = span->out;
	z->avail_out = out_len;
	rc = zlib->inflate(z, Z_NO_FLUSH);
	span->in += in_len - z->avail_in;
	span->in_len -= in_len - z->avail_in;
	span->out += out_len - z->avail_out;
	span->out_len -= out_len - z->avail_out;
	if (rc == Z_STREAM_END)
		return TRYST_CODEC_DONE;
	if (rc == Z_OK || rc == Z_BUF_ERROR)
		return TRYST_CODEC_MORE;
	if (rc == Z_MEM_ERROR)
		return TRYST_CODEC_NOMEM;
	span->why = z->msg ? z->msg : zlib->zError(rc);
	return TRYST_CODEC_BAD;
}

static void
gzip_close(void *state)
{
	(void)tryst_zlib(NULL)->inflateEnd(state);
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

static int
zstd_open(void **state, struct tryst_error *err)
{
	const struct tryst_zstd *zstd = tryst_zstd(err);

	if (!zstd)
		return err->code;
	*state = zstd->ZSTD_createDStream();
	return *state ? 0 : tryst_error_nomem(err);
}

static bool
zstd_reset(void *state)
{
	const struct tryst_zstd *zstd = tryst_zstd(NULL);

	return !zstd->ZSTD_isError(zstd->ZSTD_DCtx_reset(state, ZSTD_reset_session_only));
}

static enum tryst_codec_step
zstd_step(void *state, struct tryst_codec_span *span)
{
	const struct tryst_zstd *zstd = tryst_zstd(NULL);
	ZSTD_inBuffer in = { span->in, span->in_len, 0 };
	ZSTD_outBuffer out = { span->out, span->out_len, 0 };
	size_t rc = zstd->ZSTD_decompressStream(state, &out, &in);

	span->in += in.pos;
	span->in_len -= in.pos;
	span->out += out.pos;
	span->out_len -= out.pos;
	if (zstd->ZSTD_getErrorCode(rc) == ZSTD_error_memory_allocation)
		return TRYST_CODEC_NOMEM;
	if (zstd->ZSTD_isError(rc)) {
		span->why = zstd->ZSTD_getErrorName(rc);
		return TRYST_CODEC_BAD;
	}
	return rc == 0 ? TRYST_CODEC_DONE : TRYST_CODEC_MORE;
}

static void
zstd_close(void *state)
{
	(void)tryst_zstd(NULL)->ZSTD_freeDStream(state);
}

static bool
bzip2_magic(const uint8_t *p, size_t len)
{
	return len >= 4 && memcmp(p, "BZh", 3) == 0 && p[3] >= '1' && p[3] <= '9';
}

static int
bzip2_open(void **state, struct tryst_error *err)
{
	const struct tryst_bzip2 *bzip2 = tryst_bzip2(err);
	bz_stream *z;

	if (!bzip2)
		return err->code;
	z = calloc(1, sizeof(*z));
	if (!z || bzip2->BZ2_bzDecompressInit(z, 0, 0) != BZ_OK) {
		free(z);
		return tryst_error_nomem(err);
	}
	*state = z;
	return 0;
}

static bool
bzip2_reset(void *state)
{
	const struct tryst_bzip2 *bzip2 = tryst_bzip2(NULL);
	bz_stream *z = state;

	(void)bzip2->BZ2_bzDecompressEnd(z);
	memset(z, 0, sizeof(*z));
	return bzip2->BZ2_bzDecompressInit(z, 0, 0) == BZ_OK;
}

static enum tryst_codec_step
bzip2_step(void *state, struct tryst_codec_span *span)
{
	bz_stream *z = state;
	unsigned in_len = (unsigned)TRYST_MIN(span->in_len, (size_t)1 << 30);
	unsigned out_len = (unsigned)TRYST_MIN(span->out_len, (size_t)1 << 30);
	int rc;

	z->next_in = (char *)(uintptr_t)span->in;
	z->avail_in = in_len;
	z->next_out = (char *)span->out;
	z->avail_out = out_len;
	rc = tryst_bzip2(NULL)->BZ2_bzDecompress(z);
	span->in += in_len - z->avail_in;
	span->in_len -= in_len - z->avail_in;
	span->out += out_len - z->avail_out;
	span->out_len -= out_len - z->avail_out;
	if (rc == BZ_STREAM_END)
		return TRYST_CODEC_DONE;
	if (rc == BZ_OK)
		return TRYST_CODEC_MORE;
	if (rc == BZ_MEM_ERROR)
		return TRYST_CODEC_NOMEM;
	span->why =
		rc == BZ_DATA_ERROR_MAGIC ? "no bzip2 header" : "data does not match its check sum";
	return TRYST_CODEC_BAD;
}

static void
bzip2_close(void *state)
{
	(void)tryst_bzip2(NULL)->BZ2_bzDecompressEnd(state);
	free(state);
}

static const struct tryst_codec codec_gzip = {
	"gzip", gzip_magic, gzip_open, gzip_reset, gzip_step, gzip_close,
};
static const struct tryst_codec codec_zstd = {
	"zstd", zstd_magic, zstd_open, zstd_reset, zstd_step, zstd_close,
};
static const struct tryst_codec codec_bzip2 = {
	"bzip2", bzip2_magic, bzip2_open, bzip2_reset, bzip2_step, bzip2_close,
};

/* A skippable frame may begin a file of zstd or of lz4; only tools of zstd write such files. */
static const struct tryst_codec *const codecs[] = {
	&codec_gzip, &codec_zstd, &tryst_codec_lz4, &tryst_codec_xz, &codec_bzip2,
};

const struct tryst_codec *
tryst_codec_find(const uint8_t *head, size_t len)
{
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(codecs); i++) {
		if (codecs[i]->magic(head, len))
			return codecs[i];
	}
	return NULL;
}
