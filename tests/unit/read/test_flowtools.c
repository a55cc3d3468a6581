/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The flow-tools reader, on files made by hand of its public headers: both stream formats, every
 * NetFlow version, both byte orders, with zlib and without; damage, refusals and mutations.  And,
 * with SiLK's, that its probe wants nothing else of the corpus.
 */
#include "rows.h"

#include <ftw.h>
#include <zlib.h>

#include "read/flowtools.h"
#include "read/silk.h"

#define RECORDS 1000
#define UNIX_SECONDS 1061578800U /* 2003-08-22T19:00:00Z */
#define EXPORTER 0xc0000201U

struct image {
	uint8_t data[1 << 17];
	size_t len;
};

struct kind {
	uint8_t stream;
	uint16_t version;
	bool big, compressed;
};

static struct image image;

static void
put(struct image *m, uint64_t v, unsigned size, bool big)
{
	for (unsigned i = 0; i < size; i++)
		m->data[m->len++] = (uint8_t)(v >> 8 * (big ? size - 1 - i : i));
}

static void
put_zeros(struct image *m, size_t count)
{
	memset(m->data + m->len, 0, count);
	m->len += count;
}

static void
put_entry(struct image *m, unsigned type, unsigned size, uint64_t v, bool big)
{
	put(m, type, 2, big);
	put(m, size, 2, big);
	put(m, v, size, big);
}

static void
put_header(struct image *m, const struct kind *k, uint32_t flags, uint32_t flows)
{
	m->len = 0;
	put(m, 0xcf10, 2, true);
	put(m, k->big ? 2 : 1, 1, true);
	put(m, k->stream, 1, true);
	flags |= k->compressed ? 2 : 0;
	if (k->stream == 1) {
		put(m, k->version, 2, k->big);
		put_zeros(m, 2 + 8);
		put(m, flags, 4, k->big);
		put(m, 0, 4, k->big);
		put(m, flows, 4, k->big);
		put(m, 5, 4, k->big);
		put_zeros(m, 4 + 68 + 256);
		assert_int_equal(m->len, 360);
		return;
	}
	put(m, 8 + 5 + 6 + 5 * 8 + 8 + 1, 4, k->big);
	put_entry(m, 1, 1, 1, k->big);
	put_entry(m, 2, 2, k->version, k->big);
	put_entry(m, 5, 4, EXPORTER, k->big);
	put_entry(m, 6, 4, UNIX_SECONDS, k->big);
	put_entry(m, 8, 4, flags, k->big);
	put_entry(m, 10, 4, flows, k->big);
	put_entry(m, 11, 4, 5, k->big);
	put_entry(m, 15, 4, 0x666f6f00, k->big);
	put_zeros(m, 1);
}

/* Stream version 1: the clock stands for uptime 0. */
static void
put_record1(struct image *m, const struct kind *k, unsigned i)
{
	put(m, UNIX_SECONDS - 10, 4, k->big);
	put(m, 500, 4, k->big);
	put(m, 0x0a000001 + i, 4, k->big);
	put(m, 0xcb007107, 4, k->big);
	put(m, 0x0afe0001, 4, k->big);
	put(m, 3, 2, k->big);
	put(m, 4, 2, k->big);
	put(m, 2, 4, k->big);
	put(m, 96, 4, k->big);
	put(m, 9500, 4, k->big);
	put(m, 9750, 4, k->big);
	put(m, 1027, 2, k->big);
	put(m, 27015, 2, k->big);
	put_zeros(m, 2);
	put(m, 17, 1, k->big);
	put(m, 0x10, 1, k->big);
	put(m, 0x1b, 1, k->big);
	put_zeros(m, 3);
	put(m, 64500, 2, k->big);
	put(m, 64501, 2, k->big);
	put(m, 24, 1, k->big);
	put(m, 16, 1, k->big);
	put_zeros(m, 2);
}

static void
put_record3(struct image *m, const struct kind *k, unsigned i)
{
	/* The uptime wrapped between the flow and its export. */
	uint32_t up = 400;

	put(m, UNIX_SECONDS, 4, k->big);
	put(m, 400000000, 4, k->big);
	put(m, up, 4, k->big);
	put(m, i % 2 ? 0xc0000202 : 0, 4, k->big);
	put(m, 0x0a000001 + i, 4, k->big);
	put(m, 0xcb007107, 4, k->big);
	put(m, 0x0afe0001, 4, k->big);
	put(m, 3, 2, k->big);
	put(m, 4, 2, k->big);
	put(m, 2, 4, k->big);
	put(m, 96, 4, k->big);
	put(m, up - 400, 4, k->big);
	put(m, up - 150, 4, k->big);
	put(m, 1027, 2, k->big);
	put(m, 27015, 2, k->big);
	put(m, 17, 1, k->big);
	put(m, 0x10, 1, k->big);
	put(m, 0x1b, 1, k->big);
	put_zeros(m, 1);
	if (k->version == 1) {
		put_zeros(m, 4);
		return;
	}
	put(m, 1, 1, k->big);
	put(m, 2, 1, k->big);
	put(m, 24, 1, k->big);
	put(m, 16, 1, k->big);
	put(m, 64500, 2, k->big);
	put(m, 64501, 2, k->big);
	put_zeros(m, k->version == 6 ? 8 : k->version == 7 ? 4 : 0);
}

/* A whole file; returns where its records begin. */
static size_t
make(struct image *m, const struct kind *k, unsigned records)
{
	static struct image unpacked;
	struct image *to = k->compressed ? &unpacked : m;
	uLongf packed;
	size_t data_at;

	put_header(m, k, 1, records);
	data_at = m->len;
	unpacked.len = 0;
	for (unsigned i = 0; i < records; i++)
		k->stream == 1 ? put_record1(to, k, i) : put_record3(to, k, i);
	if (k->compressed) {
		packed = sizeof(m->data) - m->len;
		assert_int_equal(compress(m->data + m->len, &packed, unpacked.data, unpacked.len),
		                 Z_OK);
		m->len += packed;
	}
	return data_at;
}

/* Reads an image; the code of opening it. */
static int
read_image(const struct image *m, struct rows *rows, struct tryst_error *err)
{
	struct tryst_request req = { .from_ms = INT64_MIN,
		                     .to_ms = INT64_MAX,
		                     .columns = TRYST_BITS_ALL };
	const struct tryst_read_options options = { 0 };
	struct tryst_source *source = NULL;
	struct tryst_file file;
	FILE *f = tmpfile();
	int rc;

	*rows = (struct rows){ 0 };
	tryst_health_init(&rows->health);
	assert_non_null(f);
	assert_int_equal(fwrite(m->data, 1, m->len, f), m->len);
	assert_int_equal(fflush(f), 0);
	file = (struct tryst_file){ .fd = dup(fileno(f)), .size = m->len, .path = "test" };
	(void)fclose(f);
	assert_int_equal(tryst_input_init(&rows->in, "test", 0, err), 0);
	rc = tryst_reader_flowtools.open(&file, &rows->in, &req, &options, &source, err);
	if (rc < 0) {
		(void)close(file.fd);
		return rc;
	}
	read_source(source, rows, req.columns);
	tryst_health_add(&rows->health, &rows->in.health);
	return 0;
}

static struct rows
read_ok(const struct image *m)
{
	struct rows rows;
	struct tryst_error err = { 0 };

	if (read_image(m, &rows, &err) < 0)
		fail_msg("%s", err.text);
	return rows;
}

#define TIMES "start_ms=2003-08-22T19:00:00.000Z end_ms=2003-08-22T19:00:00.250Z "
#define MIDDLE                                                                                     \
	"dst=203.0.113.7 src_port=1027 dst_port=27015 proto=17 tcp_flags=27 tos=16 packets=2 "     \
	"bytes=96 in_if=3 out_if=4 "
#define ASES "src_as=64500 dst_as=64501 next_hop=10.254.0.1 src_mask=24 dst_mask=16"

static void
every_kind(void **state)
{
	static const struct {
		uint8_t stream;
		uint16_t version;
		const char *row; /* the second */
	} cases[] = {
		{ 1, 1, TIMES "src=10.0.0.2 " MIDDLE "next_hop=10.254.0.1" },
		{ 1, 0xffff, TIMES "src=10.0.0.2 " MIDDLE "next_hop=10.254.0.1" },
		{ 1, 5, TIMES "src=10.0.0.2 " MIDDLE ASES },
		{ 3, 1, TIMES "src=10.0.0.2 " MIDDLE "next_hop=10.254.0.1 exporter=192.0.2.2" },
		{ 3, 5, TIMES "src=10.0.0.2 " MIDDLE ASES " exporter=192.0.2.2 domain=258" },
		{ 3, 6, TIMES "src=10.0.0.2 " MIDDLE ASES " exporter=192.0.2.2" },
		{ 3, 7, TIMES "src=10.0.0.2 " MIDDLE ASES " exporter=192.0.2.2" },
	};

	(void)state;
	for (size_t i = 0; i < 4 * TRYST_ARRAY_SIZE(cases); i++) {
		struct kind k = { cases[i / 4].stream, cases[i / 4].version, i % 2, i / 2 % 2 };
		struct rows rows;

		make(&image, &k, RECORDS);
		rows = read_ok(&image);
		assert_int_equal(rows.count, RECORDS);
		assert_false(tryst_health_damaged(&rows.health));
		assert_int_equal(rows.health.notes_total, 0);
		assert_int_equal(rows.health.sequence_lost, 5);
		assert_string_equal(row_text(&rows.list[1]), cases[i / 4].row);
		assert_int_equal(rows.list[RECORDS - 1].ip[TRYST_FIELD_src].lo & 0xffff, RECORDS);
		assert_int_equal(rows.list[RECORDS - 1].record_no, RECORDS);
		/* A record without an exporter is of the header's. */
		if (k.stream == 3) {
			assert_int_equal(rows.list[0].ip[TRYST_FIELD_exporter].lo & UINT32_MAX,
			                 EXPORTER);
			assert_int_equal(rows.in.exporter_count, 2);
		}
		rows_fini(&rows);
	}
}

/* Large enough for several parts. */
static void
parts(void **state)
{
	static struct image big;
	const struct kind k = { 3, 5, false, false };
	FILE *f = tmpfile();
	char path[64];
	struct rows rows;
	const unsigned times = 40;

	(void)state;
	assert_non_null(f);
	size_t data_at = make(&big, &k, RECORDS);

	assert_int_equal(fwrite(big.data, 1, data_at, f), data_at);
	for (unsigned i = 0; i < times; i++)
		assert_int_equal(fwrite(big.data + data_at, 1, big.len - data_at, f),
		                 big.len - data_at);
	assert_int_equal(fflush(f), 0);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(f));
	read_file(path, &rows);
	assert_string_equal(rows.in.format, "flow-tools");
	assert_int_equal(rows.parts, 3);
	assert_int_equal(rows.count, times * RECORDS);
	for (size_t i = 0; i < rows.count; i++)
		assert_int_equal(rows.list[i].ip[TRYST_FIELD_src].lo & 0xffff, i % RECORDS + 1);
	rows_fini(&rows);
	(void)fclose(f);
}

static void
damage(void **state)
{
	struct kind k = { 3, 5, true, false };
	struct rows rows;
	size_t data_at;

	(void)state;
	/* Cut inside a record; and the header knows that flows are missing. */
	data_at = make(&image, &k, RECORDS);
	image.len -= 64 + 10;
	rows = read_ok(&image);
	assert_int_equal(rows.count, RECORDS - 2);
	assert_int_equal(rows.health.damaged_records, 1);
	assert_int_equal(rows.health.damaged_bytes, 54);
	assert_int_equal(rows.health.notes_total, 2);
	assert_string_equal(rows.health.notes[1].text,
	                    "its own header says 1000 flows, 998 were read");
	rows_fini(&rows);
	/* Cut in compressed data: what came before counts. */
	k.compressed = true;
	data_at = make(&image, &k, RECORDS);
	image.len -= (image.len - data_at) / 2;
	rows = read_ok(&image);
	assert_in_range(rows.count, 1, RECORDS - 1);
	assert_int_equal(rows.health.damaged_blocks, 1);
	assert_non_null(strstr(rows.health.notes[0].text, "cut short"));
	rows_fini(&rows);
	/* A flipped byte: at the latest the checksum tells. */
	make(&image, &k, RECORDS);
	image.data[data_at + (image.len - data_at) / 2] ^= 0x40;
	rows = read_ok(&image);
	assert_int_equal(rows.health.damaged_blocks, 1);
	rows_fini(&rows);
	/* Bytes behind the end. */
	make(&image, &k, RECORDS);
	put_zeros(&image, 3);
	rows = read_ok(&image);
	assert_int_equal(rows.count, RECORDS);
	assert_int_equal(rows.health.damaged_bytes, 3);
	rows_fini(&rows);
	/* No flows at all. */
	make(&image, &k, 0);
	rows = read_ok(&image);
	assert_int_equal(rows.count, 0);
	assert_false(tryst_health_damaged(&rows.health));
	rows_fini(&rows);
}

static void
end_before_start(void **state)
{
	const struct kind k = { 3, 5, false, false };
	struct rows rows;
	size_t data_at = make(&image, &k, 2);

	(void)state;
	/* First is 0, which is 400 ms ago; Last becomes 200 before that. */
	memcpy(image.data + data_at + 44, "\x38\xff\xff\xff", 4);
	rows = read_ok(&image);
	assert_int_equal(rows.count, 2);
	assert_int_equal(rows.health.bad_times, 1);
	rows_fini(&rows);
}

static void
refusals(void **state)
{
	static const struct {
		struct kind kind;
		const char *text;
	} cases[] = {
		{ { 3, 8, false, false }, "NetFlow version 8 in stream version 3: not read" },
		{ { 3, 1005, true, false }, "NetFlow version 1005 in stream version 3" },
		{ { 1, 7, true, false }, "NetFlow version 7 in stream version 1" },
		{ { 2, 5, true, false }, "stream version 2, 1 and 3 are known" },
	};

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_error err = { 0 };
		struct rows rows;

		put_header(&image, &cases[i].kind, 1, 0);
		assert_int_equal(read_image(&image, &rows, &err), TRYST_ERR_UNSUPPORTED);
		if (!strstr(err.text, cases[i].text))
			fail_msg("'%s' does not say '%s'", err.text, cases[i].text);
		rows_fini(&rows);
	}
	for (size_t len = 0;; len++) {
		const struct kind k = { 3, 5, false, false };
		struct tryst_error err = { 0 };
		struct rows rows;

		if (len == make(&image, &k, 1))
			break;
		image.len = len;
		assert_int_equal(read_image(&image, &rows, &err), TRYST_ERR_FORMAT);
		rows_fini(&rows);
	}
}

static void
mutations(void **state)
{
	static struct image whole;
	uint64_t random = 20030822;

	(void)state;
	for (unsigned round = 0; round < 4000; round++) {
		struct tryst_error err = { 0 };
		struct rows rows;

		if (round % 100 == 0) {
			struct kind k = { round % 400 ? 3 : 1, round % 300 ? 5 : 1, round / 200 % 2,
				          round / 100 % 2 };

			make(&whole, &k, 60);
		}
		image.len = whole.len;
		memcpy(image.data, whole.data, whole.len);
		for (unsigned i = 0; i <= round % 5; i++) {
			random = random * 6364136223846793005ULL + 1442695040888963407ULL;
			image.data[(random >> 33) % (i % 2 ? 76 : whole.len)] ^=
				(uint8_t)(1u << (random >> 30 & 7));
		}
		if (round % 7 == 0)
			image.len = (random >> 33) % whole.len;
		if (read_image(&image, &rows, &err) == 0)
			assert_true(rows.count <= 2048);
		else
			assert_true(err.text[0]);
		rows_fini(&rows);
	}
}

/* --- the probes --------------------------------------------------------------------------------
 */

static unsigned probed, silk_files;

static int
probe_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	uint8_t head[TRYST_PROBE_SIZE];
	struct tryst_probe p = { .head = head, .text = head };
	bool silk = strstr(path, "/silk-files/");
	FILE *f;

	(void)st;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	f = fopen(path, "rb");
	assert_non_null(f);
	p.head_len = p.text_len = fread(head, 1, sizeof(head), f);
	(void)fclose(f);
	probed++;
	silk_files += silk;
	if (tryst_reader_silk.probe(&p) != (silk ? 100 : 0) || tryst_reader_flowtools.probe(&p))
		fail_msg("%s: silk %d, flow-tools %d", path, tryst_reader_silk.probe(&p),
		         tryst_reader_flowtools.probe(&p));
	return 0;
}

static void
probes(void **state)
{
	const char *dir = getenv("TRYST_CORPUS");

	(void)state;
	dir = dir ? dir : "../shared/corpus";
	if (access(dir, R_OK) != 0) {
		print_message("no corpus at %s\n", dir);
		skip();
	}
	assert_int_equal(nftw(dir, probe_file, 16, FTW_PHYS), 0);
	assert_true(probed > 300);
	assert_int_equal(silk_files, 7);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind), cmocka_unit_test(parts),
		cmocka_unit_test(damage),     cmocka_unit_test(end_before_start),
		cmocka_unit_test(refusals),   cmocka_unit_test(mutations),
		cmocka_unit_test(probes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
