/* SPDX-License-Identifier: Apache-2.0 */
/* The containers: pcap and pcapng made by hand, whole and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "read/capture.h"

/* Bytes being put together in one byte order. */
struct bytes {
	uint8_t data[8192];
	size_t len;
	bool big_endian;
};

static void
put(struct bytes *b, uint64_t v, unsigned size)
{
	for (unsigned i = 0; i < size; i++)
		b->data[b->len++] = (uint8_t)(v >> 8 * (b->big_endian ? size - 1 - i : i));
}

static void
put_pcap(struct bytes *b, uint32_t magic, uint32_t link)
{
	put(b, magic, 4);
	put(b, 2, 2);
	put(b, 4, 2);
	put(b, 0, 8);
	put(b, 65535, 4);
	put(b, link, 4);
}

/* A frame of len bytes 'x'. */
static void
put_record(struct bytes *b, uint32_t s, uint32_t fraction, uint32_t len, uint32_t wire)
{
	put(b, s, 4);
	put(b, fraction, 4);
	put(b, len, 4);
	put(b, wire, 4);
	memset(b->data + b->len, 'x', len);
	b->len += len;
}

/* A block of pcapng around a body that is made of `words` 32-bit numbers. */
static void
put_block(struct bytes *b, uint32_t type, const uint32_t *words, uint32_t count)
{
	put(b, type, 4);
	put(b, 12 + 4 * count, 4);
	for (uint32_t i = 0; i < count; i++)
		put(b, words[i], 4);
	put(b, 12 + 4 * count, 4);
}

static void
put_section(struct bytes *b)
{
	put_block(b, 0x0a0d0d0a, (uint32_t[]){ 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff }, 4);
}

static void
put_interface(struct bytes *b, uint16_t link, int resolution)
{
	put(b, 1, 4);
	put(b, resolution < 0 ? 20 : 32, 4);
	put(b, link, 2);
	put(b, 0, 2);
	put(b, 0, 4);
	if (resolution >= 0) {
		put(b, 9, 2);
		put(b, 1, 2);
		b->data[b->len++] = (uint8_t)resolution;
		put(b, 0, 3);
		put(b, 0, 4);
	}
	put(b, resolution < 0 ? 20 : 32, 4);
}

static void
put_packet(struct bytes *b, uint32_t interface, uint64_t ticks)
{
	uint32_t words[] = {
		interface, (uint32_t)(ticks >> 32), (uint32_t)ticks, 4, 60, 0x78787878
	};

	put_block(b, 6, words, TRYST_ARRAY_SIZE(words));
}

/* Reads everything; every frame as `time link len/wire;`. */
static void
check(const struct bytes *b, const char *expected, const struct tryst_health *health)
{
	int fd = memfd_create("capture", 0);
	struct tryst_file file = { .fd = fd, .size = b->len, .path = "capture" };
	struct tryst_capture c;
	struct tryst_frame frame;
	struct tryst_health h;
	struct tryst_error err;
	char text[1024] = "";
	size_t len = 0;
	int rc;

	assert_int_equal(write(fd, b->data, b->len), b->len);
	tryst_health_init(&h);
	assert_int_equal(tryst_capture_open(&c, &file, &err), 0);
	while ((rc = tryst_capture_next(&c, &frame, &h, &err)) == 1) {
		for (uint32_t i = 0; i < frame.len; i++)
			assert_int_equal(frame.data[i], 'x');
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%lld %u %u/%u;",
		                        (long long)frame.time_ms, frame.link, frame.len,
		                        frame.wire_len);
	}
	assert_int_equal(rc, 0);
	assert_string_equal(text, expected);
	assert_int_equal(h.damaged_records, health->damaged_records);
	assert_int_equal(h.damaged_blocks, health->damaged_blocks);
	assert_int_equal(h.damaged_bytes, health->damaged_bytes);
	assert_int_equal(h.skipped_records, health->skipped_records);
	tryst_capture_close(&c);
	(void)close(fd);
}

static const struct tryst_health well = { 0 };

static void
test_pcap(void **state)
{
	static const struct {
		uint32_t magic;
		uint32_t fraction;
	} kinds[] = { { 0xa1b2c3d4, 123456 }, { 0xa1b23c4d, 123456789 } };

	(void)state;
	for (size_t i = 0; i < 2 * TRYST_ARRAY_SIZE(kinds); i++) {
		struct bytes b = { .big_endian = i & 1 };

		/* The upper bits of the link type are flags. */
		put_pcap(&b, kinds[i / 2].magic, 0x30000001);
		put_record(&b, 1000, kinds[i / 2].fraction, 60, 1500);
		put_record(&b, 0xffffffff, 0, 0, 0);
		check(&b, "1000123 1 60/1500;4294967295000 1 0/0;", &well);
	}
}

static void
test_pcap_damaged(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	put_pcap(&b, 0xa1b2c3d4, 1);
	put_record(&b, 1000, 0, 20, 20);
	put_record(&b, 1001, 0, 20, 20);
	/* The length of the second is made nonsense: the next two are found again. */
	b.data[24 + 36 + 11] = 0x7f;
	put_record(&b, 1002, 0, 20, 20);
	put_record(&b, 1003, 0, 20, 20);
	check(&b, "1000000 1 20/20;1002000 1 20/20;1003000 1 20/20;",
	      &(struct tryst_health){ .damaged_records = 1, .damaged_bytes = 36 });
	/* The end is missing. */
	b.len -= 5;
	check(&b, "1000000 1 20/20;1002000 1 20/20;",
	      &(struct tryst_health){ .damaged_records = 2, .damaged_bytes = 36 + 31 });
	b.len = 24 + 10;
	check(&b, "", &(struct tryst_health){ .damaged_records = 1, .damaged_bytes = 10 });
	b.len = 24;
	check(&b, "", &well);
}

static void
test_pcapng(void **state)
{
	(void)state;
	for (unsigned big_endian = 0; big_endian < 2; big_endian++) {
		struct bytes b = { .big_endian = big_endian };

		put_section(&b);
		put_interface(&b, 1, -1);
		put_interface(&b, 101, 9);
		put_interface(&b, 113, 0x8a);
		put_packet(&b, 0, 1234567);
		put_block(&b, 5, (uint32_t[]){ 0, 0, 0 }, 3);
		put_packet(&b, 1, 5000000001);
		put_packet(&b, 2, 1536);
		/* A new section, in the other byte order, describes its own interfaces. */
		b.big_endian = !big_endian;
		put_section(&b);
		put_interface(&b, 228, 3);
		put_packet(&b, 0, 42);
		check(&b, "1234 1 4/60;5000 101 4/60;1500 113 4/60;42 228 4/60;", &well);
	}
}

static void
test_pcapng_damaged(void **state)
{
	struct bytes b = { 0 };
	size_t bad;

	(void)state;
	put_section(&b);
	put_packet(&b, 0, 1);
	put_interface(&b, 1, 3);
	put_packet(&b, 1, 1);
	put_packet(&b, 0, UINT64_MAX);
	put_block(&b, 3, (uint32_t[]){ 4, 0x78787878 }, 2);
	bad = b.len;
	put_packet(&b, 0, 2);
	put_packet(&b, 0, 3);
	/* Two without an interface, one out of time; the simple packet has none. */
	check(&b, "2 1 4/60;3 1 4/60;",
	      &(struct tryst_health){ .damaged_records = 3, .skipped_records = 1 });
	/* Lengths that disagree cost the block. */
	b.data[bad + 4] = 32;
	check(&b, "3 1 4/60;",
	      &(struct tryst_health){ .damaged_records = 3,
	                              .skipped_records = 1,
	                              .damaged_blocks = 1,
	                              .damaged_bytes = 36 });
	b.len -= 4;
	check(&b, "",
	      &(struct tryst_health){ .damaged_records = 3,
	                              .skipped_records = 1,
	                              .damaged_blocks = 1,
	                              .damaged_bytes = 36 + 32 });
}

static void
test_is(void **state)
{
	(void)state;
	assert_true(tryst_capture_is((const uint8_t *)"\xa1\xb2\xc3\xd4", 4));
	assert_true(tryst_capture_is((const uint8_t *)"\x4d\x3c\xb2\xa1", 4));
	assert_true(tryst_capture_is((const uint8_t *)"\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a", 12));
	assert_false(tryst_capture_is((const uint8_t *)"\n\r\r\n\x1c\0\0\0", 8));
	assert_false(tryst_capture_is((const uint8_t *)"\xa1\xb2\xc3", 3));
	assert_false(tryst_capture_is((const uint8_t *)"\x0c\xa5\x01\x00", 4));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pcap),   cmocka_unit_test(test_pcap_damaged),
		cmocka_unit_test(test_pcapng), cmocka_unit_test(test_pcapng_damaged),
		cmocka_unit_test(test_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
