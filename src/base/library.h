/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The compression libraries, each loaded when something is first packed or unpacked with it: most
 * runs need none, and to load all of them takes a short one longer than its work.  docs/decisions/
 * 0012-load-when-needed.md has the figures and what a package says of them.
 *
 * Their headers are compiled against, so that every function has its own type; nothing is linked.
 * A library is a table of the functions that are used of it, named as in its header:
 *
 *	const struct tryst_lz4 *lz4 = tryst_lz4(err);
 *
 *	if (!lz4)
 *		return err->code;
 *	got = lz4->LZ4_decompress_safe(...);
 *
 * NULL: it is not on this system, or lacks a function (TRYST_ERR_UNSUPPORTED, the text names the
 * file and the package that has it), or there is no memory.  Once loaded it stays: where another
 * call has succeeded before, err may be NULL and the answer is not.  Any thread.
 *
 * To add one: its functions here, its file in library.c, its headers in src/base/meson.build.
 */
#ifndef TRYST_BASE_LIBRARY_H
#define TRYST_BASE_LIBRARY_H

#include <bzlib.h>
#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "base/error.h"

#define TRYST_ZLIB(X)                                                                              \
	X(inflateInit2_)                                                                           \
	X(inflateReset)                                                                            \
	X(inflate)                                                                                 \
	X(inflateEnd)                                                                              \
	X(uncompress)                                                                              \
	X(crc32_z)                                                                                 \
	X(zError)
#define TRYST_ZSTD(X)                                                                              \
	X(ZSTD_createDStream)                                                                      \
	X(ZSTD_freeDStream)                                                                        \
	X(ZSTD_DCtx_reset)                                                                         \
	X(ZSTD_decompressStream)                                                                   \
	X(ZSTD_isError)                                                                            \
	X(ZSTD_getErrorCode)                                                                       \
	X(ZSTD_getErrorName)                                                                       \
	X(ZSTD_decompress)                                                                         \
	X(ZSTD_compress)                                                                           \
	X(ZSTD_compressBound)
#define TRYST_LZ4(X)                                                                               \
	X(LZ4F_createDecompressionContext)                                                         \
	X(LZ4F_freeDecompressionContext)                                                           \
	X(LZ4F_resetDecompressionContext)                                                          \
	X(LZ4F_decompress)                                                                         \
	X(LZ4F_isError)                                                                            \
	X(LZ4F_getErrorName)                                                                       \
	X(LZ4_decompress_safe)                                                                     \
	X(LZ4_decompress_safe_partial)                                                             \
	X(LZ4_decompress_safe_partial_usingDict)                                                   \
	X(LZ4_compress_default)                                                                    \
	X(LZ4_compressBound)
#define TRYST_XZ(X)                                                                                \
	X(lzma_stream_decoder)                                                                     \
	X(lzma_code)                                                                               \
	X(lzma_end)
#define TRYST_BZIP2(X)                                                                             \
	X(BZ2_bzDecompressInit)                                                                    \
	X(BZ2_bzDecompress)                                                                        \
	X(BZ2_bzDecompressEnd)
#define TRYST_LZO(X) X(lzo1x_decompress_safe)
#define TRYST_SNAPPY(X) X(snappy_uncompress)

#define TRYST_LIBRARY_MEMBER(name) __typeof__(name) *name;

struct tryst_zlib {
	TRYST_ZLIB(TRYST_LIBRARY_MEMBER)
};
struct tryst_zstd {
	TRYST_ZSTD(TRYST_LIBRARY_MEMBER)
};
struct tryst_lz4 {
	TRYST_LZ4(TRYST_LIBRARY_MEMBER)
};
struct tryst_xz {
	TRYST_XZ(TRYST_LIBRARY_MEMBER)
};
struct tryst_bzip2 {
	TRYST_BZIP2(TRYST_LIBRARY_MEMBER)
};
struct tryst_lzo {
	TRYST_LZO(TRYST_LIBRARY_MEMBER)
};
struct tryst_snappy {
	TRYST_SNAPPY(TRYST_LIBRARY_MEMBER)
};

const struct tryst_zlib *tryst_zlib(struct tryst_error *err);
const struct tryst_zstd *tryst_zstd(struct tryst_error *err);
const struct tryst_lz4 *tryst_lz4(struct tryst_error *err);
const struct tryst_xz *tryst_xz(struct tryst_error *err);
const struct tryst_bzip2 *tryst_bzip2(struct tryst_error *err);
const struct tryst_lzo *tryst_lzo(struct tryst_error *err);
const struct tryst_snappy *tryst_snappy(struct tryst_error *err);

/* The name of library i, and whether it can be loaded (0, or an error); NULL behind the last. */
const char *tryst_library_name(size_t i);
int tryst_library_try(size_t i, struct tryst_error *err);

#endif
