/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The nfdump reader: the corpus' totals, damage of every kind, and layouts made by hand.  The
 * records themselves are compared with nfdump's own output in tests/diff.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "read/nfdump.h"

/* What an operator sees of a file. */
struct seen {
	struct tryst_operator op;
	uint64_t rows, packets, bytes, weighted;
};

static int
seen_open(struct tryst_operator *op, void **state, struct tryst_error *err)
{
	(void)op;
	*state = calloc(1, sizeof(struct seen));
	return *state ? 0 : tryst_error_nomem(err);
}

static int
seen_push(struct tryst_operator *op, void *state, const struct tryst_batch *b,
          struct tryst_error *err)
{
	struct seen *s = state;

	(void)op;
	(void)err;
	for (uint32_t i = 0; i < b->selected; i++) {
		uint32_t row = b->sel[i];

		/* The promise of struct tryst_batch: what is unknown is 0. */
		for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
			static const uint8_t zeros[sizeof(struct tryst_ip)];
			size_t size = tryst_field_info(f)->size;
			const char *column = tryst_batch_column(b, f);

			if (!tryst_batch_known(b, f, row))
				assert_memory_equal(column + row * size, zeros, size);
		}
		s->rows++;
		s->packets += b->packets[row];
		s->bytes += b->bytes[row];
		s->weighted += b->bytes[row] * (b->record_no[row] + 1);
	}
	return 0;
}

static int
seen_merge(struct tryst_operator *op, void *state, struct tryst_error *err)
{
	struct seen *to = (struct seen *)op, *from = state;

	(void)err;
	to->rows += from->rows;
	to->packets += from->packets;
	to->bytes += from->bytes;
	to->weighted += from->weighted;
	free(from);
	return 0;
}

static const struct tryst_operator_ops seen_ops = {
	.name = "seen",
	.open = seen_open,
	.push = seen_push,
	.merge = seen_merge,
};

static int
open_nfdump(void *ctx, struct tryst_input *in, const struct tryst_request *req,
            struct tryst_source **out, struct tryst_error *err)
{
	const struct tryst_read_options options = { 0 };
	struct tryst_file file = { .path = in->path };
	struct stat st;
	int rc;

	(void)ctx;
	file.fd = open(in->path, O_RDONLY | O_CLOEXEC);
	if (file.fd < 0 || fstat(file.fd, &st) < 0)
		return tryst_error_errno(err, "%s", in->path);
	file.size = (uint64_t)st.st_size;
	in->size = file.size;
	rc = tryst_reader_nfdump.open(&file, in, req, &options, out, err);
	if (rc < 0)
		(void)close(file.fd);
	return rc;
}

static struct seen
read_file(struct tryst_input *in, const char *path, unsigned jobs,
          const struct tryst_request *request)
{
	struct seen seen = {
		.op = { .ops = &seen_ops, .columns = TRYST_BITS_ALL },
	};
	struct tryst_operator *ops[] = { &seen.op };
	struct tryst_pipeline p = {
		.inputs = &in,
		.input_count = 1,
		.open = open_nfdump,
		.request = { .from_ms = INT64_MIN, .to_ms = INT64_MAX },
		.operators = ops,
		.operator_count = 1,
		.jobs = jobs,
	};
	struct tryst_error err = { 0 };

	if (request)
		p.request = *request;
	assert_int_equal(tryst_input_init(in, path, 0, &err), 0);
	assert_int_equal(tryst_pipeline_run(&p, &err), 0);
	return seen;
}

static const char *
corpus(void)
{
	const char *dir = getenv("TRYST_CORPUS");

	return dir ? dir : "../shared/corpus";
}

static void
corpus_totals(void **state)
{
	char line[512], path[1024];
	FILE *f;
	int files = 0;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/ground-truth/nfdump_totals.tsv", corpus());
	f = fopen(path, "r");
	if (!f) {
		print_message("no corpus at %s\n", corpus());
		skip();
	}
	assert_non_null(fgets(line, sizeof(line), f));
	while (fgets(line, sizeof(line), f)) {
		unsigned long long flows, packets, bytes;
		char name[256];

		if (sscanf(line, "%*s %255s %llu %llu %llu", name, &flows, &packets, &bytes) != 4)
			fail_msg("cannot read: %s", line);
		(void)snprintf(path, sizeof(path), "%s/%s", corpus(), name);
		for (unsigned jobs = 1; jobs <= 4; jobs += 3) {
			struct tryst_input in;
			struct seen s = read_file(&in, path, jobs, NULL);

			if (s.rows != flows || s.packets != packets || s.bytes != bytes)
				fail_msg("%s: %llu flows %llu packets %llu bytes, nfdump says "
				         "%llu %llu %llu",
				         name, (unsigned long long)s.rows,
				         (unsigned long long)s.packets, (unsigned long long)s.bytes,
				         flows, packets, bytes);
			assert_int_equal(in.error.code, 0);
			assert_int_equal(in.health.flows, flows);
			assert_false(tryst_health_damaged(&in.health));
			tryst_input_fini(&in);
		}
		files++;
	}
	(void)fclose(f);
	assert_true(files >= 19);
}

/* --- files made by hand ------------------------------------------------------------------------
 */

struct image {
	uint8_t data[1 << 16];
	size_t len;
};

static void
put(struct image *m, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		m->data[m->len++] = i < 8 ? (uint8_t)(v >> (8 * i)) : 0;
}

/* A layout 2 file without appendix. */
static void
put_header(struct image *m)
{
	m->len = 0;
	put(m, NF_MAGIC, 2);
	put(m, 2, 2);
	put(m, 0x01070100, 4);
	put(m, 0, 8);
	put(m, NF_PLAIN, 1);
	put(m, 0, 23);
}

/* One V3 record with generic and IPv4 elements: 12 + 52 + 12 bytes. */
static void
put_flow(struct image *m, uint32_t src, uint64_t bytes)
{
	put(m, NF_RECORD_V3, 2);
	put(m, 76, 2);
	put(m, 2, 2);
	put(m, 0, 6);
	put(m, 1 | 52u << 16, 4);
	put(m, 1000, 8);
	put(m, 2000, 8);
	put(m, 0, 8);
	put(m, 1, 8);
	put(m, bytes, 8);
	put(m, 1234, 2);
	put(m, 80, 2);
	put(m, 6, 1);
	put(m, 2, 1);
	put(m, 0, 2);
	put(m, 2 | 12u << 16, 4);
	put(m, src, 4);
	put(m, 0x0a000001, 4);
}

static size_t
begin_block(struct image *m)
{
	size_t at = m->len;

	put(m, 0, 8);
	put(m, 3, 2);
	put(m, 0, 2);
	return at;
}

static void
end_block(struct image *m, size_t at, uint32_t records)
{
	struct image header = { .len = 0 };

	put(&header, records, 4);
	put(&header, m->len - at - NF_BLOCK_HEADER, 4);
	memcpy(m->data + at, header.data, 8);
}

/* Three blocks of ten flows; flow i has 1 << i... bytes unique to its place. */
static void
put_three_blocks(struct image *m, size_t block[4])
{
	put_header(m);
	for (uint32_t b = 0; b < 3; b++) {
		block[b] = begin_block(m);
		for (uint32_t i = 0; i < 10; i++)
			put_flow(m, 0xc0000200 + b * 10 + i, 100 * b + i);
		end_block(m, block[b], 10);
	}
	block[3] = m->len;
}

static struct seen
read_image(struct tryst_input *in, const struct image *m, const struct tryst_request *request)
{
	char path[] = "/tmp/tryst-test-XXXXXX";
	int fd = mkstemp(path);
	struct seen s;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, m->data, m->len), m->len);
	(void)close(fd);
	s = read_file(in, path, 2, request);
	(void)unlink(path);
	return s;
}

static void
whole(void **state)
{
	static struct image m;
	size_t block[4];
	struct tryst_input in;
	struct seen s;

	(void)state;
	put_three_blocks(&m, block);
	s = read_image(&in, &m, NULL);
	assert_int_equal(s.rows, 30);
	assert_int_equal(s.packets, 30);
	assert_false(tryst_health_damaged(&in.health));
	assert_int_equal(in.health.first_ms, 1000);
	assert_int_equal(in.health.last_ms, 2000);
	assert_int_equal(tryst_input_record(&in, 7), 8);
	tryst_input_fini(&in);
}

/* Damage at one place, and how many of the thirty flows must survive it. */
static void
damage(void **state)
{
	static struct image whole_image, m;
	size_t block[4];
	const struct {
		const char *what;
		int block, at;
		uint8_t value;
		uint64_t least, most;
	} cases[] = {
		{ "block size too large", 1, 7, 0xff, 20, 20 },
		{ "block type", 1, 8, 0x77, 20, 20 },
		{ "record size zero", 1, NF_BLOCK_HEADER + 76 * 4 + 2, 0, 24, 24 },
		{ "record size beyond the block", 1, NF_BLOCK_HEADER + 76 * 4 + 3, 0xff, 24, 24 },
		{ "element length", 1, NF_BLOCK_HEADER + 76 * 4 + 14, 0, 29, 29 },
		{ "number of elements", 1, NF_BLOCK_HEADER + 76 * 4 + 4, 9, 29, 29 },
	};

	(void)state;
	put_three_blocks(&whole_image, block);
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct tryst_input in;
		struct seen s;

		m = whole_image;
		m.data[block[cases[i].block] + (size_t)cases[i].at] = cases[i].value;
		s = read_image(&in, &m, NULL);
		if (s.rows < cases[i].least || s.rows > cases[i].most)
			fail_msg("%s: %llu flows", cases[i].what, (unsigned long long)s.rows);
		assert_int_equal(in.error.code, 0);
		assert_true(tryst_health_damaged(&in.health));
		assert_true(in.health.note_count > 0);
		tryst_input_fini(&in);
	}
}

static void
cut_short(void **state)
{
	static struct image m;
	size_t block[4];

	(void)state;
	put_three_blocks(&m, block);
	for (size_t len = 1; len < block[3]; len += 7) {
		struct tryst_input in;
		struct seen s;
		size_t third = block[2] + NF_BLOCK_HEADER;

		m.len = len;
		s = read_image(&in, &m, NULL);
		if (len < NF_V2_HEADER) {
			assert_int_not_equal(in.error.code, 0);
		} else if (len >= third) {
			assert_int_equal(s.rows, 20 + (len - third) / 76);
			assert_true(tryst_health_damaged(&in.health));
		}
		tryst_input_fini(&in);
	}
}

static void
wanted_only(void **state)
{
	static struct image m;
	size_t block[4];
	const struct tryst_ipset_entry entries[] = {
		{ { tryst_ip_v4(0xc0000203), 128 }, 0 },
		{ { tryst_ip_v4(0xc0000210), 96 + 29 }, 1 },
	};
	struct tryst_request req = { .from_ms = 1500, .to_ms = 1500 };
	struct tryst_error err;
	struct tryst_ipset *set;
	struct tryst_input in;
	struct seen s;

	(void)state;
	put_three_blocks(&m, block);
	assert_int_equal(tryst_ipset_new(&set, entries, 2, &err), 0);
	req.addresses = set;
	s = read_image(&in, &m, &req);
	assert_int_equal(s.rows, 1 + 8);
	assert_int_equal(in.health.flows, 30);
	tryst_input_fini(&in);
	req.from_ms = 2001;
	req.to_ms = INT64_MAX;
	s = read_image(&in, &m, &req);
	assert_int_equal(s.rows, 0);
	assert_int_equal(in.health.flows, 30);
	tryst_input_fini(&in);
	tryst_ipset_free(set);
}

/* An appendix: behind the three blocks, and where the header's offset of it is damaged. */
static void
appendix_offset(void **state)
{
	static const struct {
		int64_t shift;
		uint64_t rows;
		bool damaged;
	} cases[] = { { 0, 30, false }, { -500, 30, true }, { -1, 30, true }, { 100, 30, true } };
	static struct image m;
	size_t block[4], at;

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(cases); i++) {
		struct image offset = { .len = 0 };
		struct tryst_input in;
		struct seen s;

		put_three_blocks(&m, block);
		at = begin_block(&m);
		put(&m, NF_RECORD_IDENT, 2);
		put(&m, 8, 2);
		put(&m, 0, 4);
		end_block(&m, at, 1);
		put(&offset, block[3] + (uint64_t)cases[i].shift, 8);
		memcpy(m.data + 24, offset.data, 8);
		s = read_image(&in, &m, NULL);
		assert_int_equal(s.rows, cases[i].rows);
		assert_int_equal(tryst_health_damaged(&in.health), cases[i].damaged);
		tryst_input_fini(&in);
	}
}

/* A time that is none is counted, and does not become the first or last of the file. */
static void
absurd_times(void **state)
{
	static const uint8_t times[][16] = {
		{ 0, 0, 0, 0, 0, 0, 0, 0x80, 1 }, /* starts at INT64_MIN */
		{ 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f },
		{ 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1 }, /* beyond the year 9999 */
	};
	static struct image m;
	size_t block[4];

	(void)state;
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(times); i++) {
		struct tryst_input in;
		struct seen s;

		put_three_blocks(&m, block);
		memcpy(m.data + block[1] + NF_BLOCK_HEADER + 76 + 16, times[i], 16);
		s = read_image(&in, &m, NULL);
		assert_int_equal(s.rows, 30);
		assert_int_equal(in.health.bad_times, 1);
		assert_int_equal(in.health.first_ms, 1000);
		assert_int_equal(in.health.last_ms, 2000);
		tryst_input_fini(&in);
	}
}

/* Bytes flipped anywhere: no crash (the sanitizers watch), and never more flows than were there. */
static void
mutations(void **state)
{
	static struct image whole_image, m;
	size_t block[4];
	uint64_t x = 88172645463325252ULL;

	(void)state;
	put_three_blocks(&whole_image, block);
	for (int round = 0; round < 2000; round++) {
		struct tryst_input in;

		m = whole_image;
		for (int i = 0; i < 1 + round % 4; i++) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			m.data[x % m.len] = (uint8_t)(x >> 32);
		}
		(void)read_image(&in, &m, NULL);
		assert_true(in.health.flows <= 30);
		tryst_input_fini(&in);
	}
}

/* Who has a number: version, IPv4 address, source id. */
static void
put_exporter(struct image *m, uint16_t number, uint32_t ip, uint32_t domain)
{
	put(m, NF_RECORD_EXPORTER, 2);
	put(m, 32, 2);
	put(m, 9, 4);
	put(m, 0, 8);
	put(m, ip, 8);
	put(m, 2, 2);
	put(m, number, 2);
	put(m, domain, 4);
}

/*
 * Flows by the number of their exporter, who that is in the last block, and what the collector
 * counted in the first.
 */
static void
exporters(void **state)
{
	static struct image m;
	const struct tryst_exporter *e;
	struct tryst_input in;
	size_t block;

	(void)state;
	put_header(&m);
	block = begin_block(&m);
	put(&m, NF_RECORD_EXPORTER_STAT, 2);
	put(&m, 8 + 2 * 24, 2);
	put(&m, 2, 4);
	for (uint32_t number = 2; number <= 3; number++) {
		put(&m, number, 4);
		put(&m, 10 + number, 4);
		put(&m, 1000 + number, 8);
		put(&m, 77, 8);
	}
	end_block(&m, block, 1);
	for (unsigned b = 0; b < 4; b++) {
		block = begin_block(&m);
		for (unsigned i = 0; i < 12; i++) {
			size_t at = m.len;

			put_flow(&m, i, i);
			m.data[at + 8] = (uint8_t)(i % 5); /* the number's low byte */
			m.data[at + 9] = (uint8_t)(i % 5 == 4 ? 0xff : 0);
			if (i == 7) /* of number 2: ends before it starts */
				m.data[at + 12 + 4 + 8] = 0;
			if (i == 7)
				m.data[at + 12 + 4 + 9] = 0;
		}
		end_block(&m, block, 12);
	}
	block = begin_block(&m);
	put_exporter(&m, 3, 0xc0000203, 7);
	put_exporter(&m, 2, 0xc0000202, 0);
	put_exporter(&m, 9, 0xc0000209, 0);
	end_block(&m, block, 3);
	(void)read_image(&in, &m, NULL);
	assert_int_equal(in.health.flows, 48);
	assert_int_equal(in.exporter_count, 3);
	e = in.exporters[0];
	assert_int_equal(e->ip.lo & UINT32_MAX, 0xc0000202);
	assert_int_equal(e->protocols, 1U << TRYST_PROTOCOL_NETFLOW9);
	assert_int_equal(e->counts[TRYST_EXPORTER_FLOWS], 4 * 2);
	assert_int_equal(e->counts[TRYST_EXPORTER_BAD_TIMES], 4);
	assert_int_equal(e->counts[TRYST_EXPORTER_SEQUENCE_GAPS], 12);
	assert_int_equal(e->counts[TRYST_EXPORTER_DATAGRAMS], 1002);
	e = in.exporters[1];
	assert_int_equal(e->domain, 7);
	assert_int_equal(e->counts[TRYST_EXPORTER_FLOWS], 4 * 2);
	assert_int_equal(e->counts[TRYST_EXPORTER_BAD_TIMES], 0);
	assert_int_equal(e->counts[TRYST_EXPORTER_SEQUENCE_GAPS], 13);
	assert_int_equal(in.exporters[2]->counts[TRYST_EXPORTER_FLOWS], 0);
	tryst_input_fini(&in);
}

/* A common record of layout 1, of one packet, with what the extensions of its map hold. */
static void
put_common(struct image *m, uint16_t map, uint32_t bytes, unsigned extensions)
{
	put(m, NF_RECORD_COMMON, 2);
	put(m, 48 + extensions, 2);
	put(m, 0, 2);
	put(m, map, 2);
	put(m, 0, 4);
	put(m, 1000, 4);
	put(m, 2000, 4);
	put(m, 17 << 16, 4);
	put(m, 1234 | 53 << 16, 4);
	put(m, 0, 4);
	put(m, 0xc0000201, 4);
	put(m, 0x0a000001, 4);
	put(m, 1, 4);
	put(m, bytes, 4);
	put(m, 0, extensions);
}

static void
put_map(struct image *m, uint16_t id, uint16_t extension)
{
	put(m, NF_RECORD_MAP, 2);
	put(m, 12, 2);
	put(m, id, 2);
	put(m, 0, 2);
	put(m, extension, 2);
	put(m, 0, 2);
}

/*
 * As many extension maps as a small file holds, each used by every third record; the second of one
 * id replaces the first.
 */
static void
maps(void **state)
{
	enum { MAPS = 1000, AS = 7 /* the extension of two AS numbers, 8 bytes */ };
	static struct image m;
	struct tryst_input in;
	struct seen s;
	size_t block;

	(void)state;
	m.len = 0;
	put(&m, NF_MAGIC | 1 << 16, 4);
	put(&m, 0, NF_V1_HEADER - 4);
	block = begin_block(&m);
	for (unsigned i = 0; i < MAPS; i++)
		put_map(&m, (uint16_t)(i * 65), 0);
	for (unsigned i = 0; i < MAPS; i += 3)
		put_common(&m, (uint16_t)(i * 65), i, 0);
	put_map(&m, 65, AS);
	put_common(&m, 65, 5, 0); /* too short now */
	put_common(&m, 65, 7, 8);
	put_common(&m, 66, 9, 0); /* no such map */
	end_block(&m, block, 2 * MAPS);
	s = read_image(&in, &m, NULL);
	assert_int_equal(s.rows, 334 + 1);
	assert_int_equal(s.bytes, 333 * 334 / 2 * 3 + 7);
	assert_int_equal(in.health.damaged_records, 2);
	assert_int_equal(in.health.other_records, MAPS + 1);
	tryst_input_fini(&in);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exporters),    cmocka_unit_test(corpus_totals),
		cmocka_unit_test(whole),        cmocka_unit_test(damage),
		cmocka_unit_test(cut_short),    cmocka_unit_test(wanted_only),
		cmocka_unit_test(mutations),    cmocka_unit_test(appendix_offset),
		cmocka_unit_test(absurd_times), cmocka_unit_test(maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
