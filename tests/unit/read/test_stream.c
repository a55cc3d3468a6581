/* SPDX-License-Identifier: Apache-2.0 */
#include "read/stream.h"

#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#define CONTENT_SIZE 1000000
#define PACKED_SIZE (2 * CONTENT_SIZE)

static uint8_t content[CONTENT_SIZE];
static uint8_t packed[2 * PACKED_SIZE];
static uint8_t out[2 * CONTENT_SIZE + 1];

static size_t
pack_gzip(const uint8_t *data, size_t len, uint8_t *to)
{
	z_stream z = { 0 };
	size_t n;

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (z_const Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)len;
	z.next_out = to;
	z.avail_out = PACKED_SIZE;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	n = PACKED_SIZE - z.avail_out;
	(void)deflateEnd(&z);
	return n;
}

static size_t
pack_zstd(const uint8_t *data, size_t len, uint8_t *to)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	size_t n;

	assert_non_null(c);
	(void)ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
	n = ZSTD_compress2(c, to, PACKED_SIZE, data, len);
	assert_false(ZSTD_isError(n));
	(void)ZSTD_freeCCtx(c);
	return n;
}

static size_t
pack_bzip2(const uint8_t *data, size_t len, uint8_t *to)
{
	unsigned n = PACKED_SIZE;

	assert_int_equal(BZ2_bzBuffToBuffCompress((char *)to, &n, (char *)(uintptr_t)data,
	                                          (unsigned)len, 9, 0, 0),
	                 BZ_OK);
	return n;
}

/* Linked blocks of 64 KiB, every check sum there is. */
static size_t
pack_lz4(const uint8_t *data, size_t len, uint8_t *to)
{
	LZ4F_preferences_t how = LZ4F_INIT_PREFERENCES;
	size_t n;

	how.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled;
	how.frameInfo.blockChecksumFlag = LZ4F_blockChecksumEnabled;
	how.frameInfo.blockSizeID = LZ4F_max64KB;
	n = LZ4F_compressFrame(to, PACKED_SIZE, data, len, &how);
	assert_false(LZ4F_isError(n));
	return n;
}

/* Independent blocks of 4 MiB, none, and a size that is known. */
static size_t
pack_lz4_bare(const uint8_t *data, size_t len, uint8_t *to)
{
	LZ4F_preferences_t how = LZ4F_INIT_PREFERENCES;
	size_t n;

	how.frameInfo.blockMode = LZ4F_blockIndependent;
	how.frameInfo.blockSizeID = LZ4F_max4MB;
	how.frameInfo.contentSize = len;
	n = LZ4F_compressFrame(to, PACKED_SIZE, data, len, &how);
	assert_false(LZ4F_isError(n));
	return n;
}

static size_t
pack_xz(const uint8_t *data, size_t len, uint8_t *to)
{
	size_t n = 0;

	assert_int_equal(
		lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, data, len, to, &n, PACKED_SIZE),
		LZMA_OK);
	return n;
}

static size_t
pack_plain(const uint8_t *data, size_t len, uint8_t *to)
{
	memcpy(to, data, len);
	return len;
}

static const struct {
	const char *name;
	size_t (*pack)(const uint8_t *data, size_t len, uint8_t *to);
} packers[] = {
	{ "gzip", pack_gzip }, { "zstd", pack_zstd },    { "bzip2", pack_bzip2 },
	{ "lz4", pack_lz4 },   { "lz4", pack_lz4_bare }, { "xz", pack_xz },
};

/* Reads a file made of these bytes in pieces of a size; returns how much came out. */
static size_t
unpack(const uint8_t *data, size_t len, size_t piece, struct tryst_stream *s)
{
	FILE *f = tmpfile();
	struct tryst_file file;
	struct tryst_error err;
	size_t got = 0;
	ssize_t n;

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fflush(f), 0);
	file = (struct tryst_file){ .fd = fileno(f), .size = len, .path = "test" };
	assert_int_equal(tryst_stream_open(s, &file, &err), 0);
	while ((n = tryst_stream_read(s, out + got, TRYST_MIN(piece, sizeof(out) - got), &err)) > 0)
		got += (size_t)n;
	assert_int_equal(n, 0);
	tryst_stream_close(s);
	assert_int_equal(fclose(f), 0);
	return got;
}

static int
setup(void **state)
{
	uint32_t x = 12345;

	(void)state;
	for (size_t i = 0; i < sizeof(content); i++) {
		x = x * 1664525 + 1013904223;
		content[i] = (uint8_t)('0' + (x >> 28));
	}
	return 0;
}

static void
check_whole(size_t len, size_t expected, size_t piece)
{
	struct tryst_stream s;

	assert_int_equal(unpack(packed, len, piece, &s), expected);
	assert_false(s.damaged);
	assert_int_equal(tryst_stream_offset(&s), len);
}

static void
test_one_member(void **state)
{
	static const size_t pieces[] = { 7, 4096, sizeof(out) };

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(packers); i++) {
		size_t len = packers[i].pack(content, sizeof(content), packed);

		assert_string_equal(tryst_stream_compression(packed, len), packers[i].name);
		for (size_t k = 0; k < TRYST_ARRAY_SIZE(pieces); k++) {
			memset(out, 0, sizeof(out));
			check_whole(len, sizeof(content), pieces[k]);
			assert_memory_equal(out, content, sizeof(content));
		}
	}
	assert_null(tryst_stream_compression(content, sizeof(content)));
	check_whole(pack_plain(content, sizeof(content), packed), sizeof(content), 1000);
	assert_memory_equal(out, content, sizeof(content));
}

/* Also with a member of nothing between them, and with zeros behind, as tape drives leave them. */
static void
test_members_follow(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(packers); i++) {
		size_t len = packers[i].pack(content, 1000, packed);

		len += packers[i].pack(content, 0, packed + len);
		len += packers[i].pack(content + 1000, 500000, packed + len);
		memset(packed + len, 0, 600000);
		check_whole(len + 600000, 501000, 4096);
		assert_memory_equal(out, content, 501000);
	}
}

static void
test_truncated(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(packers); i++) {
		size_t len = packers[i].pack(content, sizeof(content), packed);

		for (size_t cut = 7; cut < len; cut += len / 13) {
			struct tryst_stream s;
			size_t got = unpack(packed, cut, 4096, &s);

			assert_true(s.damaged);
			assert_true(got <= sizeof(content));
			assert_memory_equal(out, content, got);
			assert_non_null(strstr(s.damage, packers[i].name));
			assert_non_null(strstr(s.damage, "ends in the middle"));
		}
	}
}

/* A flipped bit near the end is found by the check sums. */
static void
test_flipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(packers); i++) {
		struct tryst_stream s;
		size_t len = packers[i].pack(content, sizeof(content), packed);

		if (packers[i].pack == pack_lz4_bare)
			continue; /* has none */
		packed[len - 9] ^= 0x10;
		(void)unpack(packed, len, 4096, &s);
		assert_true(s.damaged);
		assert_non_null(strstr(s.damage, "damaged at offset"));
	}
}

static void
test_garbage_behind(void **state)
{
	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(packers); i++) {
		struct tryst_stream s;
		size_t len = packers[i].pack(content, 1000, packed);

		memcpy(packed + len, "hello", 5);
		assert_int_equal(unpack(packed, len + 5, 100, &s), 1000);
		assert_true(s.damaged);
		assert_int_equal(tryst_stream_offset(&s), len);
		assert_non_null(strstr(s.damage, "something else follows"));
	}
}

/* What asks for more memory than a file may: the limit is that of the codec, not ours to count. */
static void
test_memory_limit(void **state)
{
	lzma_options_lzma how;
	const lzma_filter filters[] = { { LZMA_FILTER_LZMA2, &how }, { LZMA_VLI_UNKNOWN, NULL } };
	struct tryst_stream s;
	size_t len = 0, header_len;
	uint8_t *filter;
	uint32_t sum;

	(void)state;
	assert_false(lzma_lzma_preset(&how, 1));
	how.dict_size = 64 << 20;
	assert_int_equal(lzma_stream_buffer_encode((lzma_filter *)(uintptr_t)filters,
	                                           LZMA_CHECK_CRC32, NULL, content, 1000, packed,
	                                           &len, sizeof(packed)),
	                 LZMA_OK);
	check_whole(len, 1000, 4096);
	/* The same, but the block's header (at 12) asks for 4 GiB; its check sum ends it. */
	header_len = (packed[12] + 1u) * 4;
	filter = memmem(packed + 12, header_len, "\x21\x01", 2);
	assert_non_null(filter);
	filter[2] = 40;
	sum = lzma_crc32(packed + 12, header_len - 4, 0);
	memcpy(packed + 12 + header_len - 4, &sum, 4);
	assert_int_equal(unpack(packed, len, 4096, &s), 0);
	assert_true(s.damaged);
	assert_non_null(strstr(s.damage, "more than 128 MiB of memory"));
}

/* Frames that are to be passed over, before, between and behind. */
static void
test_skippable(void **state)
{
	static const uint8_t skip[] = { 0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c' };

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(packers); i++) {
		bool lz4 = strcmp(packers[i].name, "lz4") == 0;
		size_t len = 0;

		if (!lz4 && strcmp(packers[i].name, "zstd") != 0)
			continue;
		for (unsigned k = lz4; k < 4; k++) {
			if (k % 2) {
				len += packers[i].pack(content, 1000, packed + len);
			} else {
				memcpy(packed + len, skip, sizeof(skip));
				len += sizeof(skip);
			}
		}
		check_whole(len, 2000, 100);
	}
}

/* A file that unpacks to a thousand times its size is read piece by piece. */
static void
test_bomb(void **state)
{
	static uint8_t zeros[1 << 20];

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(packers); i++) {
		size_t len = packers[i].pack(zeros, sizeof(zeros), packed);

		check_whole(len, sizeof(zeros), 777);
	}
}

/*
 * Any bytes behind a magic number: no crash, no hang, bounded output; and where it ends and what is
 * said of that does not depend on the sizes of the reads.
 */
static void
test_mutations(void **state)
{
	uint64_t x = 88172645463325252ULL;

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(packers); i++) {
		static uint8_t good[PACKED_SIZE];
		size_t len = packers[i].pack(content, 20000, good);

		for (unsigned turn = 0; turn < 300; turn++) {
			struct tryst_stream s, other;
			size_t got;

			memcpy(packed, good, len);
			for (unsigned k = 0; k <= turn % 4; k++) {
				x ^= x << 13;
				x ^= x >> 7;
				x ^= x << 17;
				packed[4 + x % (len - 4)] = (uint8_t)(x >> 40);
			}
			got = unpack(packed, len, 5000, &s);
			assert_int_equal(unpack(packed, len, 1 + turn, &other), got);
			assert_string_equal(other.damage, s.damage);
			assert_int_equal(unpack(packed, len, sizeof(out), &other), got);
			assert_string_equal(other.damage, s.damage);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_member),     cmocka_unit_test(test_members_follow),
		cmocka_unit_test(test_truncated),      cmocka_unit_test(test_flipped),
		cmocka_unit_test(test_garbage_behind), cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_memory_limit),   cmocka_unit_test(test_skippable),
		cmocka_unit_test(test_bomb),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
