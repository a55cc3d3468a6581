/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shards of an index whose checksums are right and whose content is anything: what opens can be
 * searched, verified and read without trouble, and what it says keeps within its own bounds.
 */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "base/library.h"
#include "read/lz4_entry.h"
#include "store/about.h"
#include "store/shard.h"
#include "store/sum.h"

#define SIZE_MAX_HERE (1u << 16)
#define HEAD 208u
#define TABLE 32u
#define ENTRY_HEAD 16u
#define PLAIN_MAX (1u << 20)

struct place {
	uint8_t *data;
	size_t len;
};

static struct place
section(uint8_t *data, size_t size, unsigned i)
{
	uint64_t at = tryst_load_le64(data + TABLE + i * 24);
	uint64_t len = tryst_load_le64(data + TABLE + i * 24 + 8);

	if (at > size || len > size - at)
		return (struct place){ NULL, 0 };
	return (struct place){ data + at, (size_t)len };
}

/* Checksums of a paged section: `entry` bytes a page, of which the last are its place and sum. */
static void
repair_pages(struct place p, size_t page, size_t entry, size_t bytes_at)
{
	uint64_t pages, directory;

	if (p.len < 16)
		return;
	pages = ((uint64_t)tryst_load_le32(p.data) + page - 1) / page;
	directory = pages * entry;
	if (directory > p.len - 16)
		return;
	tryst_store_le32(p.data + bytes_at, (uint32_t)(p.len - 16 - directory));
	for (uint64_t i = 0; i < pages; i++) {
		uint8_t *e = p.data + 16 + i * entry, *data = p.data + 16 + directory;
		size_t all = (size_t)(p.len - 16 - directory);
		size_t from = tryst_load_le32(e + entry - 8);
		size_t to = i + 1 < pages ? tryst_load_le32(e + 2 * entry - 8) : all;

		if (from <= to && to <= all)
			tryst_store_le32(e + entry - 4, tryst_store_sum(data + from, to - from));
	}
	tryst_store_le32(p.data + 12, tryst_store_sum2(p.data, 12, p.data + 16, (size_t)directory));
}

static void
repair_units(struct place p, uint32_t units)
{
	size_t len = (size_t)units * TRYST_SHARD_UNIT_BYTES;
	size_t page = (size_t)TRYST_SHARD_UNITS_PAGE * TRYST_SHARD_UNIT_BYTES;

	for (size_t at = 0, sum = len; at < len && sum + 4 <= p.len; at += page, sum += 4)
		tryst_store_le32(p.data + sum,
		                 tryst_store_sum(p.data + at, TRYST_MIN(page, len - at)));
}

static void
repair_entries(struct place p)
{
	for (size_t at = 0; at + ENTRY_HEAD <= p.len;) {
		uint32_t len = tryst_load_le32(p.data + at + 8);

		if (len > p.len - at - ENTRY_HEAD)
			return;
		tryst_store_le32(p.data + at + 12,
		                 tryst_store_sum2(p.data + at, 12, p.data + at + ENTRY_HEAD, len));
		at += ENTRY_HEAD + len;
	}
}

static void
repair(uint8_t *data, size_t size)
{
	struct place dictionary, postings, sample, blocks;

	memcpy(data, "TRYSTIDX\3\0\0\0\7\0\0\0", 16);
	dictionary = section(data, size, TRYST_SHARD_DICTIONARY);
	postings = section(data, size, TRYST_SHARD_POSTINGS);
	sample = section(data, size, TRYST_SHARD_SAMPLE);
	blocks = section(data, size, TRYST_SHARD_SAMPLE_BLOCKS);
	repair_units(section(data, size, TRYST_SHARD_UNITS), tryst_load_le32(data + 20));
	repair_entries(section(data, size, TRYST_SHARD_ENTRIES));
	repair_pages(dictionary, TRYST_DICTIONARY_PAGE, 24, 4);
	repair_pages(postings, TRYST_POSTINGS_PAGE, 8, 8);
	for (size_t at = TRYST_SAMPLE_INFO_SIZE; at + 32 <= sample.len; at += 32) {
		uint64_t block = tryst_load_le64(sample.data + at + 8);
		uint32_t len = tryst_load_le32(sample.data + at + 16);

		if (block <= blocks.len && len <= blocks.len - block)
			tryst_store_le32(sample.data + at + 24,
			                 tryst_store_sum(blocks.data + block, len));
	}
	for (unsigned i = 0; i < TRYST_SHARD_SECTIONS; i++) {
		struct place p = section(data, size, i);

		if (i != TRYST_SHARD_DICTIONARY && i != TRYST_SHARD_POSTINGS &&
		    i != TRYST_SHARD_SAMPLE_BLOCKS && i != TRYST_SHARD_ENTRIES && p.data)
			tryst_store_le32(data + TABLE + i * 24 + 16,
			                 tryst_store_sum(p.data, p.len));
	}
	tryst_store_le32(data + HEAD - 8, tryst_store_sum(data, HEAD - 8));
}

/* A history may say what it likes: it stays before its place. */
static void
enter(const struct tryst_shard *s, const struct tryst_shard_unit *unit)
{
	struct tryst_nf_entry e;
	struct tryst_error err;
	uint8_t *memory, *plain;

	FUZZ_CHECK(tryst_lz4(&err));
	if (!tryst_shard_entry(s, unit, &e) || !e.history || e.plain > PLAIN_MAX)
		return;
	memory = malloc(TRYST_LZ4_HISTORY_MAX);
	plain = malloc(e.plain + (size_t)1);
	FUZZ_CHECK(memory && plain);
	(void)tryst_lz4_history_unpack(e.history, e.history_len, memory, plain, e.plain);
	free(memory);
	free(plain);
}

static void
read_files(const struct tryst_shard *s)
{
	for (uint32_t i = 0; i < s->file_count; i++) {
		struct tryst_cursor c = tryst_cursor_init(s->files[i].about, s->files[i].about_len);
		struct tryst_input in;

		FUZZ_CHECK(tryst_input_init(&in, "x", 0, NULL) == 0);
		(void)tryst_about_read(&in, &c, NULL);
		FUZZ_CHECK(in.health.note_count <= TRYST_HEALTH_NOTES);
		FUZZ_CHECK(in.exporter_count <= TRYST_EXPORTERS_MAX);
		tryst_input_fini(&in);
	}
	for (uint32_t i = 0; i < s->unit_count; i++) {
		struct tryst_shard_unit unit;

		if (!tryst_shard_unit(s, i, &unit))
			continue;
		FUZZ_CHECK(unit.file < s->file_count);
		enter(s, &unit);
	}
}

static void
search(const struct tryst_shard *s)
{
	static const struct tryst_ip_range all = { { 0, 0 }, { UINT64_MAX, UINT64_MAX } };
	struct tryst_code_ranges codes = { 0 };
	struct tryst_block_set set;
	struct tryst_error err;

	FUZZ_CHECK(tryst_block_set_init(&set, s->postings.blocks, &err) == 0);
	if (tryst_dictionary_ranges(&s->dictionary, &all, 1, &codes, &err) == 0 &&
	    tryst_postings_blocks(&s->postings, codes.list, codes.count, &set, &err) == 0)
		FUZZ_CHECK(tryst_block_set_count(&set) <= s->postings.blocks);
	tryst_block_set_fini(&set);
	tryst_code_ranges_fini(&codes);
}

static void
read_sample(const struct tryst_shard *s)
{
	static struct tryst_shard_rows rows;
	static struct tryst_batch batch;
	struct tryst_error err;
	uint32_t count;

	if (!batch.memory)
		FUZZ_CHECK(tryst_batch_init(&batch, TRYST_BITS_ALL, &err) == 0);
	if (tryst_shard_check_sample(s, UINT64_MAX, &count, &err) < 0)
		return;
	for (uint32_t i = 0; i < count; i++) {
		struct tryst_shard_sample_block k;
		uint32_t n = 0;

		FUZZ_CHECK(tryst_shard_sample_block(s, i, &k));
		if (tryst_shard_sample_ends(s, &k, &rows, &batch, &err) < 0)
			continue;
		FUZZ_CHECK(batch.rows <= TRYST_BATCH_ROWS);
		for (uint32_t row = 0; row < batch.rows; row += 2)
			rows.rows[n++] = (uint16_t)row;
		if (tryst_shard_sample_rest(s, &rows, n, &batch, &err) == 0)
			FUZZ_CHECK(batch.rows == n);
	}
}

void
fuzz_index(const uint8_t *data, size_t size)
{
	struct tryst_shard *s;
	struct tryst_error err;
	uint8_t *copy;
	char path[64];
	int fd;

	if (size < HEAD || size > SIZE_MAX_HERE)
		return;
	copy = malloc(size);
	FUZZ_CHECK(copy);
	memcpy(copy, data, size);
	repair(copy, size);
	fd = fuzz_file(copy, size);
	free(copy);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (tryst_shard_open(&s, path, &err) == 0) {
		(void)tryst_shard_verify(s, &err);
		read_files(s);
		search(s);
		read_sample(s);
		tryst_shard_close(s);
	} else {
		fuzz_check_line(err.text);
	}
	(void)close(fd);
}
