/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs of records of an nfdump file: read again they are what they were, and what somebody says
 * that they are, or what has become of the file, is damage at most.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/library.h"
#include "read/nfdump.h"

#define RECORD 76u
#define ROWS 20000u
#define UNITS ((ROWS + TRYST_NF_UNIT_ROWS - 1) / TRYST_NF_UNIT_ROWS)

struct made {
	struct tryst_file file;
	struct tryst_nf_unit list[UNITS];
	size_t count, entered;
	uint64_t octets;
};

struct sink {
	struct tryst_sink base;
	struct tryst_nf_units *units; /* while they are found */
	struct made *made;
	uint64_t rows, octets;
};

/* Notes the unit, as the builder of an index does, and sums the rows. */
static int
flush(struct tryst_sink *base, struct tryst_error *err)
{
	struct sink *s = (struct sink *)base;
	struct tryst_nf_unit *u;

	(void)err;
	for (uint32_t i = 0; i < base->batch.rows; i++)
		s->octets += base->batch.bytes[i] * (base->batch.record_no[i] + 1);
	s->rows += base->batch.rows;
	base->batch.rows = 0;
	if (!s->units || !s->units->count)
		return 0;
	assert_true(s->made->count < UNITS);
	u = &s->made->list[s->made->count++];
	*u = s->units->list[--s->units->count];
	if (u->entry.history) {
		uint8_t *history = malloc(u->entry.history_len);

		assert_non_null(history);
		memcpy(history, u->entry.history, u->entry.history_len);
		u->entry.history = history;
		s->made->entered++;
	}
	return 0;
}

static void
sink_init(struct sink *s, atomic_bool *stop)
{
	*s = (struct sink){ .base = { .flush = flush, .stop = stop } };
	tryst_health_init(&s->base.health);
	assert_int_equal(tryst_batch_init(&s->base.batch, TRYST_BITS_ALL, NULL), 0);
}

static void
sink_fini(struct sink *s)
{
	for (size_t i = 0; i < TRYST_SCRATCH_SLOTS; i++)
		free(s->base.scratch[i]);
	tryst_batch_fini(&s->base.batch);
}

static void
put_record(uint8_t *p, uint32_t i)
{
	memset(p, 0, RECORD);
	tryst_store_le16(p, NF_RECORD_V3);
	tryst_store_le16(p + 2, RECORD);
	tryst_store_le16(p + 4, 2);
	tryst_store_le32(p + 12, 1 | 52u << 16);
	tryst_store_le64(p + 16, 1000 + i);
	tryst_store_le64(p + 24, 2000 + i);
	tryst_store_le64(p + 40, 1);
	tryst_store_le64(p + 48, i * 2654435761u % 1500);
	tryst_store_le32(p + 64, 2 | 12u << 16);
	tryst_store_le32(p + 68, 0x0a000000 + i * 40503 % 5000);
	tryst_store_le32(p + 72, 0x0a000001);
}

static const struct tryst_request all = { .from_ms = INT64_MIN,
	                                  .to_ms = INT64_MAX,
	                                  .columns = TRYST_BITS_ALL };

static void
find_units(struct made *m)
{
	struct tryst_nf_units units = { 0 };
	const struct tryst_read_options options = { .units = &units };
	struct tryst_file file = m->file;
	struct tryst_source *source;
	struct tryst_input in;
	struct tryst_error err;
	atomic_bool stop = false;
	struct sink s;

	file.fd = dup(m->file.fd);
	sink_init(&s, &stop);
	s.units = &units;
	s.made = m;
	assert_int_equal(tryst_input_init(&in, "test", 0, &err), 0);
	assert_int_equal(tryst_reader_nfdump.open(&file, &in, &all, &options, &source, &err), 0);
	assert_int_equal(source->parts, 1);
	assert_int_equal(source->ops->read(source, 0, &s.base, &err), 0);
	assert_int_equal(s.rows, ROWS);
	assert_int_equal(m->count, UNITS);
	m->octets = s.octets;
	source->ops->close(source);
	tryst_input_fini(&in);
	tryst_nf_units_fini(&units);
	sink_fini(&s);
}

/* A file of one block, and its runs. */
static void
make(struct made *m, enum nf_packing packing)
{
	const struct tryst_lz4 *lz4 = tryst_lz4(NULL);
	char path[] = "/tmp/tryst-units-XXXXXX";
	uint8_t *plain = malloc(ROWS * RECORD), head[NF_V2_HEADER + NF_BLOCK_HEADER] = { 0 };
	uint8_t *packed = malloc(2 * ROWS * RECORD);
	int len = ROWS * RECORD, fd = mkstemp(path);

	assert_true(plain && packed && lz4 && fd >= 0);
	for (uint32_t i = 0; i < ROWS; i++)
		put_record(plain + (size_t)i * RECORD, i);
	memcpy(packed, plain, ROWS * RECORD);
	if (packing == NF_LZ4)
		len = lz4->LZ4_compress_default((char *)plain, (char *)packed, len, 2 * len);
	assert_true(len > 0);
	tryst_store_le16(head, NF_MAGIC);
	tryst_store_le16(head + 2, 2);
	head[16] = (uint8_t)packing;
	tryst_store_le32(head + NF_V2_HEADER, ROWS);
	tryst_store_le32(head + NF_V2_HEADER + 4, (uint32_t)len);
	head[NF_V2_HEADER + 8] = 3;
	assert_int_equal(write(fd, head, sizeof(head)), sizeof(head));
	assert_int_equal(write(fd, packed, (size_t)len), len);
	(void)unlink(path);
	free(plain);
	free(packed);
	*m = (struct made){ .file = { .fd = fd, .size = sizeof(head) + (size_t)len, .path = "t" } };
	find_units(m);
}

static void
made_fini(struct made *m)
{
	for (size_t i = 0; i < m->count; i++)
		free((void *)(uintptr_t)m->list[i].entry.history);
	(void)close(m->file.fd);
}

/* Reads units of a file; s->base.health is what is found. */
static void
read_units(const struct made *m, const struct tryst_nf_unit *units, size_t count, struct sink *s)
{
	struct tryst_source source = { .request = all };
	atomic_bool stop = false;
	struct tryst_error err;

	sink_init(s, &stop);
	assert_int_equal(tryst_nf_units_read(&m->file, units, count, &source, &s->base, &err), 0);
	assert_int_equal(flush(&s->base, &err), 0);
	sink_fini(s);
}

static void
test_again(void **state)
{
	struct made m;
	struct sink s;

	(void)state;
	for (unsigned lz4 = 0; lz4 < 2; lz4++) {
		make(&m, lz4 ? NF_LZ4 : NF_PLAIN);
		assert_true(lz4 ? m.entered > UNITS / 2 : m.entered == 0);
		read_units(&m, m.list, m.count, &s);
		assert_int_equal(s.rows, ROWS);
		assert_int_equal(s.octets, m.octets);
		assert_false(tryst_health_damaged(&s.base.health));
		made_fini(&m);
	}
}

/* Units that say anything of themselves, among others of the same block. */
static void
test_lies(void **state)
{
	static const uint32_t values[] = { 0,        1,         9, 200, 1u << 20, NF_BLOCK_MAX,
		                           1u << 31, UINT32_MAX };
	struct made m;
	struct sink s;

	(void)state;
	make(&m, NF_LZ4);
	for (unsigned i = 0; i < TRYST_ARRAY_SIZE(values) * 8; i++) {
		struct tryst_nf_unit units[8];
		struct tryst_nf_unit *u = &units[i % 5 + 1];
		uint32_t v = values[i / 8];

		memcpy(units, m.list + m.count - 8, sizeof(units));
		u->size = i % 8 == 0 ? v : u->size;
		u->packing = i % 8 == 1 ? (uint8_t)v : u->packing;
		u->from = i % 8 == 2 ? v : u->from;
		u->to = i % 8 == 3 ? v : u->to;
		u->packed_to = i % 8 == 4 ? v : u->packed_to;
		u->entry.packed = i % 8 == 5 ? v : u->entry.packed;
		u->entry.plain = i % 8 == 6 ? v : u->entry.plain;
		u->rows = i % 8 == 7 ? (uint16_t)v : u->rows;
		read_units(&m, units, 8, &s);
	}
	made_fini(&m);
}

/* What has become of the file under an index that does not know it. */
static void
test_rotten(void **state)
{
	const off_t first = NF_V2_HEADER + NF_BLOCK_HEADER;
	struct made m;
	struct sink s;

	(void)state;
	make(&m, NF_PLAIN);
	/* The length of the third record of the second run. */
	assert_int_equal(pwrite(m.file.fd, "\0\0", 2, first + m.list[1].from + 2 * RECORD + 2), 2);
	read_units(&m, m.list, m.count, &s);
	assert_int_equal(s.rows, ROWS - TRYST_NF_UNIT_ROWS + 2);
	assert_int_equal(s.base.health.damaged_blocks, 1);
	read_units(&m, m.list + 2, m.count - 2, &s);
	assert_false(tryst_health_damaged(&s.base.health));
	assert_int_equal(ftruncate(m.file.fd, first + m.list[4].from), 0);
	read_units(&m, m.list + 2, 3, &s);
	assert_int_equal(s.base.health.damaged_blocks, 1);
	made_fini(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_rotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
