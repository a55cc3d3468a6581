/* SPDX-License-Identifier: Apache-2.0 */
/* The block compressions of SiLK files. */
#include "read/silk.h"

#include "base/library.h"

static size_t
unpack_zlib(const uint8_t *in, size_t len, uint8_t *out, size_t max)
{
	uLongf got = max;

	return tryst_zlib(NULL)->uncompress(out, &got, in, len) == Z_OK ? got : 0;
}

static size_t
unpack_lzo(const uint8_t *in, size_t len, uint8_t *out, size_t max)
{
	lzo_uint got = max;

	return tryst_lzo(NULL)->lzo1x_decompress_safe(in, len, out, &got, NULL) == LZO_E_OK ? got
	                                                                                    : 0;
}

static size_t
unpack_snappy(const uint8_t *in, size_t len, uint8_t *out, size_t max)
{
	size_t got = max;

	return tryst_snappy(NULL)->snappy_uncompress((const char *)in, len, (char *)out, &got) ==
	                       SNAPPY_OK
	               ? got
	               : 0;
}

int
tryst_silk_unpack_ready(enum silk_packing packing, struct tryst_error *err)
{
	if ((packing == SILK_ZLIB && !tryst_zlib(err)) ||
	    (packing == SILK_LZO && !tryst_lzo(err)) ||
	    (packing == SILK_SNAPPY && !tryst_snappy(err)))
		return err->code;
	return 0;
}

bool
tryst_silk_unpack(enum silk_packing packing, const uint8_t *in, size_t len, uint8_t *out,
                  size_t plain)
{
	static size_t (*const unpack[])(const uint8_t *, size_t, uint8_t *, size_t) = {
		[SILK_ZLIB] = unpack_zlib,
		[SILK_LZO] = unpack_lzo,
		[SILK_SNAPPY] = unpack_snappy,
	};

	assert(packing != SILK_PLAIN && packing < TRYST_ARRAY_SIZE(unpack));
	return unpack[packing](in, len, out, plain) == plain;
}
