/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lz4 frames, as `lz4` writes them: linked or independent blocks of at most 4 MiB, with and
 * without check sums.  Its legacy format (`lz4 -l`) is not read.
 *
 * Source: LZ4 Frame Format Description, v1.6.2.
 */
#include <string.h>

#include "base/cursor.h"
#include "base/library.h"
#include "read/codec.h"

#define MAGIC_FRAME 0x184d2204
#define MAGIC_SKIPPABLE 0x184d2a50 /* and 15 more */

static bool
lz4_magic(const uint8_t *p, size_t len)
{
	uint32_t magic = len >= 4 ? tryst_load_le32(p) : 0;

	return magic == MAGIC_FRAME || (magic & ~15u) == MAGIC_SKIPPABLE;
}

static int
lz4_open(void **state, struct tryst_error *err)
{
	const struct tryst_lz4 *lz4 = tryst_lz4(err);
	LZ4F_dctx *d = NULL;

	if (!lz4)
		return err->code;
	if (lz4->LZ4F_isError(lz4->LZ4F_createDecompressionContext(&d, LZ4F_VERSION)))
		return tryst_error_nomem(err);
	*state = d;
	return 0;
}

static bool
lz4_reset(void *state)
{
	tryst_lz4(NULL)->LZ4F_resetDecompressionContext(state);
	return true;
}

static enum tryst_codec_step
lz4_step(void *state, struct tryst_codec_span *span)
{
	const struct tryst_lz4 *lz4 = tryst_lz4(NULL);
	size_t used = span->in_len, got = span->out_len;
	size_t rc = lz4->LZ4F_decompress(state, span->out, &got, span->in, &used, NULL);

	if (lz4->LZ4F_isError(rc)) {
		/* The numbers of the errors are no part of the stable interface; the names are. */
		span->why = lz4->LZ4F_getErrorName(rc);
		return strcmp(span->why, "ERROR_allocation_failed") == 0 ? TRYST_CODEC_NOMEM
		                                                         : TRYST_CODEC_BAD;
	}
	span->in += used;
	span->in_len -= used;
	span->out += got;
	span->out_len -= got;
	return rc == 0 ? TRYST_CODEC_DONE : TRYST_CODEC_MORE;
}

static void
lz4_close(void *state)
{
	(void)tryst_lz4(NULL)->LZ4F_freeDecompressionContext(state);
}

const struct tryst_codec tryst_codec_lz4 = {
	"lz4", lz4_magic, lz4_open, lz4_reset, lz4_step, lz4_close,
};
