/* SPDX-License-Identifier: Apache-2.0 */
/*
 * xz streams: blocks of LZMA2, with whatever check sum.  The older .lzma has no magic number and is
 * not read.
 *
 * Source: The .xz File Format, 1.2.1.
 */
#include <stdlib.h>
#include <string.h>

#include "base/library.h"
#include "read/codec.h"

static bool
xz_magic(const uint8_t *p, size_t len)
{
	static const uint8_t magic[] = { 0xfd, '7', 'z', 'X', 'Z', 0 };

	return len >= sizeof(magic) && memcmp(p, magic, sizeof(magic)) == 0;
}

static int
xz_open(void **state, struct tryst_error *err)
{
	const lzma_stream init = LZMA_STREAM_INIT;
	lzma_stream *z;

	if (!tryst_xz(err))
		return err->code;
	z = calloc(1, sizeof(*z));
	if (!z)
		return tryst_error_nomem(err);
	*z = init;
	*state = z;
	return 0;
}

/* Keeps the memory of the stream before. */
static bool
xz_reset(void *state)
{
	return tryst_xz(NULL)->lzma_stream_decoder(state, TRYST_CODEC_MEMORY_MAX, 0) == LZMA_OK;
}

static const char *
text_of(lzma_ret rc)
{
	switch (rc) {
	case LZMA_MEMLIMIT_ERROR:
		return "it takes more than 128 MiB of memory to unpack";
	case LZMA_OPTIONS_ERROR:
		return "a kind of compression that liblzma does not know";
	case LZMA_FORMAT_ERROR:
		return "no xz header";
	default:
		return "data does not match its check sum or is invalid";
	}
}

static enum tryst_codec_step
xz_step(void *state, struct tryst_codec_span *span)
{
	lzma_stream *z = state;
	lzma_ret rc;

	z->next_in = span->in;
	z->avail_in = span->in_len;
	z->next_out = span->out;
	z->avail_out = span->out_len;
	rc = tryst_xz(NULL)->lzma_code(z, LZMA_RUN);
	span->in = z->next_in;
	span->in_len = z->avail_in;
	span->out = z->next_out;
	span->out_len = z->avail_out;
	if (rc == LZMA_STREAM_END)
		return TRYST_CODEC_DONE;
	/* LZMA_BUF_ERROR: nothing could be done, twice. */
	if (rc == LZMA_OK || rc == LZMA_BUF_ERROR)
		return TRYST_CODEC_MORE;
	if (rc == LZMA_MEM_ERROR)
		return TRYST_CODEC_NOMEM;
	span->why = text_of(rc);
	return TRYST_CODEC_BAD;
}

static void
xz_close(void *state)
{
	tryst_xz(NULL)->lzma_end(state);
	free(state);
}

const struct tryst_codec tryst_codec_xz = {
	"xz", xz_magic, xz_open, xz_reset, xz_step, xz_close,
};
