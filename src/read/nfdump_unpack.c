/* SPDX-License-Identifier: Apache-2.0 */
/* The block compressions of nfdump files. */
#include "read/nfdump.h"

#include "base/library.h"

static size_t
unpack_plain(const uint8_t *in, size_t len, uint8_t *out, size_t max)
{
	if (len > max)
		return 0;
	memcpy(out, in, len);
	return len;
}

static size_t
unpack_lzo(const uint8_t *in, size_t len, uint8_t *out, size_t max)
{
	lzo_uint got = max;

	return tryst_lzo(NULL)->lzo1x_decompress_safe(in, len, out, &got, NULL) == LZO_E_OK ? got
	                                                                                    : 0;
}

static size_t
unpack_bz2(const uint8_t *in, size_t len, uint8_t *out, size_t max)
{
	const struct tryst_bzip2 *bzip2 = tryst_bzip2(NULL);
	bz_stream s = { .next_out = (char *)out, .avail_out = (unsigned)max };
	int rc;

	/* The library's own type lacks the const; it does not write there. */
	memcpy(&s.next_in, &in, sizeof(s.next_in));
	s.avail_in = (unsigned)len;
	if (bzip2->BZ2_bzDecompressInit(&s, 0, 0) != BZ_OK)
		return 0;
	rc = bzip2->BZ2_bzDecompress(&s);
	(void)bzip2->BZ2_bzDecompressEnd(&s);
	return rc == BZ_STREAM_END ? max - s.avail_out : 0;
}

static size_t
unpack_lz4(const uint8_t *in, size_t len, uint8_t *out, size_t max)
{
	int got = tryst_lz4(NULL)->LZ4_decompress_safe((const char *)in, (char *)out, (int)len,
	                                               (int)max);

	return got > 0 ? (size_t)got : 0;
}

static size_t
unpack_zstd(const uint8_t *in, size_t len, uint8_t *out, size_t max)
{
	const struct tryst_zstd *zstd = tryst_zstd(NULL);
	size_t got = zstd->ZSTD_decompress(out, max, in, len);

	return zstd->ZSTD_isError(got) ? 0 : got;
}

int
tryst_nf_unpack_ready(enum nf_packing packing, struct tryst_error *err)
{
	if ((packing == NF_LZO && !tryst_lzo(err)) || (packing == NF_BZ2 && !tryst_bzip2(err)) ||
	    (packing == NF_LZ4 && !tryst_lz4(err)) || (packing == NF_ZSTD && !tryst_zstd(err)))
		return err->code;
	return 0;
}

size_t
tryst_nf_unpack(enum nf_packing packing, const uint8_t *in, size_t len, uint8_t *out, size_t max)
{
	static size_t (*const unpack[])(const uint8_t *, size_t, uint8_t *, size_t) = {
		[NF_PLAIN] = unpack_plain, [NF_LZO] = unpack_lzo,   [NF_BZ2] = unpack_bz2,
		[NF_LZ4] = unpack_lz4,     [NF_ZSTD] = unpack_zstd,
	};

	assert(packing < TRYST_ARRAY_SIZE(unpack) && len <= NF_BLOCK_MAX && max <= NF_BLOCK_MAX);
	return unpack[packing](in, len, out, max);
}
