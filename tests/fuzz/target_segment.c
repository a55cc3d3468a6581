/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A segment of a store over any bytes.  Checksums would end nearly every run at the door, so those
 * of the head, the foot, the directories and the groups are made right first: what a group then
 * holds is anything.  Whatever is there is read in full, by address, with a sample, and verified.
 */
#include "fuzz.h"

#include <string.h>
#include <unistd.h>

#include "store/segment_source.h"
#include "store/sum.h"
#include "store/verify.h"

struct reading {
	struct tryst_sink sink; /* first: flush() gets it */
	atomic_bool stop;
	uint64_t rows;
};

/* Codes that somebody may take for places in an array. */
static void
check_codes(const struct tryst_batch *b, enum tryst_field field)
{
	const uint32_t *codes = tryst_batch_codes(b, field);

	for (uint32_t i = 0; codes && i < b->rows; i++)
		FUZZ_CHECK(!tryst_batch_known(b, field, i) || codes[i] < b->book->count);
}

static int
flush(struct tryst_sink *sink, struct tryst_error *err)
{
	struct reading *r = (struct reading *)sink;

	(void)err;
	FUZZ_CHECK(sink->batch.rows <= TRYST_BATCH_ROWS);
	for (uint32_t i = 0; i < sink->batch.rows; i++)
		FUZZ_CHECK((sink->batch.present[i] & ~sink->batch.columns) == 0);
	check_codes(&sink->batch, TRYST_FIELD_src);
	check_codes(&sink->batch, TRYST_FIELD_dst);
	r->rows += sink->batch.rows;
	sink->batch.rows = 0;
	sink->selected = false;
	return 0;
}

/* Every third row is wanted, so that both ways of reading the rest are gone. */
static uint32_t
choose(struct tryst_sink *sink)
{
	struct tryst_batch *b = &sink->batch;

	b->selected = 0;
	for (uint32_t i = 0; i < b->rows; i += b->rows % 2 ? 3 : 100)
		b->sel[b->selected++] = (uint16_t)i;
	sink->selected = b->selected != 0;
	return b->selected;
}

/* Makes the checksums of a group's head and chunks right, as far as it stays within the file. */
static void
mend_group(uint8_t *data, uint64_t at, uint64_t size, uint64_t end)
{
	uint8_t *g;
	size_t entries, chunk;

	if (at > end || size > end - at || size < TRYST_GROUP_HEAD)
		return;
	g = data + at;
	entries = (size_t)g[6] * TRYST_GROUP_ENTRY;
	chunk = TRYST_GROUP_HEAD + entries;
	if (chunk > size)
		return;
	for (uint8_t *e = g + TRYST_GROUP_HEAD; e < g + TRYST_GROUP_HEAD + entries;
	     e += TRYST_GROUP_ENTRY) {
		size_t len = tryst_load_le16(e + 2);

		if (len > size - chunk)
			break;
		tryst_store_le32(e + 4, tryst_store_sum(g + chunk, len));
		chunk += len;
	}
	tryst_store_le32(g, tryst_store_sum(g + 4, TRYST_GROUP_HEAD - 4 + entries));
}

/* The same of a directory of so many blocks, and of the groups that it names. */
static void
mend_directory(uint8_t *data, uint64_t at, uint32_t blocks, uint64_t end)
{
	uint32_t pages = tryst_segment_pages(blocks);
	uint8_t *d, *page;

	if (at > end || tryst_directory_size(blocks) > end - at)
		return;
	d = data + at;
	page = d + 4 + (size_t)4 * pages;
	tryst_store_le32(d, tryst_store_sum(d + 4, (size_t)4 * pages));
	for (uint32_t first = 0; first < blocks; first += TRYST_DIRECTORY_PAGE) {
		uint32_t n = TRYST_MIN(blocks - first, (uint32_t)TRYST_DIRECTORY_PAGE);
		size_t size = TRYST_DIRECTORY_HEAD + (size_t)n * TRYST_DIRECTORY_ENTRY;

		tryst_store_le32(page, tryst_store_sum(page + 4, size - 4));
		for (uint32_t i = 0; i < n; i++) {
			const uint8_t *e =
				page + TRYST_DIRECTORY_HEAD + (size_t)i * TRYST_DIRECTORY_ENTRY;

			mend_group(data, tryst_load_le64(e), tryst_load_le32(e + 16), end);
			mend_group(data, tryst_load_le64(e + 8), tryst_load_le32(e + 20), end);
		}
		page += size;
	}
}

static void
mend(uint8_t *data, size_t size)
{
	uint64_t end = size - TRYST_SEGMENT_FOOT;
	uint8_t *foot = data + end;

	memcpy(data, TRYST_SEGMENT_MAGIC, 8);
	tryst_store_le32(data + 8, TRYST_SEGMENT_VERSION);
	tryst_store_le32(data + 12, tryst_store_sum(data, 12));
	memcpy(foot + TRYST_SEGMENT_FOOT - 8, TRYST_SEGMENT_MAGIC, 8);
	tryst_store_le64(foot + 8, size);
	mend_directory(data, tryst_load_le64(foot + 80 + 16 * TRYST_SECTION_DIRECTORY),
	               tryst_load_le32(foot + 32), end);
	mend_directory(data, tryst_load_le64(foot + 80 + 16 * TRYST_SECTION_SAMPLE_DIRECTORY),
	               tryst_load_le32(foot + 36), end);
	tryst_store_le32(foot, tryst_store_sum(foot + 4, TRYST_SEGMENT_FOOT - 4));
}

static void
read_parts(struct tryst_source *s, const struct tryst_request *req, uint64_t early)
{
	const struct tryst_bound list[] = {
		{ TRYST_FIELD_dst_port, TRYST_FIELD_dst_port, 443, 443 },
		{ TRYST_FIELD_bytes, TRYST_FIELD_bytes, 1000, 100000 },
		{ TRYST_FIELD_in_if, TRYST_FIELD_out_if, 0, 7 },
	};
	struct reading r = { .sink.flush = flush, .sink.select = choose, .sink.early = early };
	struct tryst_error err;

	r.sink.stop = &r.stop;
	if (early == TRYST_BIT(dst_port))
		r.sink.bounds = (struct tryst_bounds){ list, TRYST_ARRAY_SIZE(list) };
	else if (early)
		r.sink.bounds = (struct tryst_bounds){ list + 1, 1 };
	FUZZ_CHECK(tryst_batch_init(&r.sink.batch, req->columns, &err) == 0);
	FUZZ_CHECK(tryst_batch_add_codes(&r.sink.batch, req->coded, &err) == 0);
	for (size_t part = 0; part < s->parts; part++) {
		tryst_health_init(&r.sink.health);
		r.sink.batch.coded = 0;
		r.sink.batch.book = NULL;
		r.sink.record_base = (uint64_t)part << 32;
		FUZZ_CHECK(s->ops->read(s, part, &r.sink, &err) == 0);
		(void)flush(&r.sink, &err);
	}
	for (size_t i = 0; i < TRYST_SCRATCH_SLOTS; i++)
		free(r.sink.scratch[i]);
	tryst_batch_fini(&r.sink.batch);
}

static void
read_segment(int fd, size_t size, const struct tryst_request *req, uint64_t early)
{
	struct tryst_segment segment;
	struct tryst_source *source;
	struct tryst_input in;
	struct tryst_error err;

	FUZZ_CHECK(tryst_input_init(&in, "fuzz", 0, &err) == 0);
	if (tryst_segment_open(&segment, fd, size, "fuzz", &err) == 0) {
		if (tryst_segment_source(&segment, &in, req, &source, &err) == 0) {
			read_parts(source, req, early);
			source->ops->close(source);
		} else {
			fuzz_check_line(err.text);
			tryst_segment_close(&segment);
		}
	} else {
		fuzz_check_line(err.text);
	}
	for (uint32_t i = 0; i < in.health.note_count; i++)
		FUZZ_CHECK(in.health.notes[i].text[0]);
	tryst_input_fini(&in);
}

static void
count_finding(void *ctx, const char *text)
{
	FUZZ_CHECK(text[0]);
	++*(int *)ctx;
}

void
fuzz_segment(const uint8_t *data, size_t size)
{
	struct tryst_ipset_entry all = { .prefix = { .len = 1 } };
	struct tryst_sampler sampler = { .home = NULL };
	struct tryst_request req = { .from_ms = INT64_MIN,
		                     .to_ms = INT64_MAX,
		                     .columns = TRYST_BITS_ALL };
	uint8_t *copy = malloc(size + 1);
	struct tryst_ipset *set;
	struct tryst_error err;
	uint64_t rows;
	char path[64];
	int fd, found = 0, told;

	FUZZ_CHECK(copy && tryst_ipset_new(&set, &all, 1, &err) == 0);
	memcpy(copy, data, size);
	if (size >= TRYST_SEGMENT_HEAD + TRYST_SEGMENT_FOOT)
		mend(copy, size);
	fd = fuzz_file(copy, size);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	read_segment(fd, size, &req, 0);
	read_segment(fd, size, &req, TRYST_BIT(bytes) | TRYST_BIT(src_port) | TRYST_BIT(dst));
	read_segment(fd, size, &req, TRYST_BIT(dst_port));
	req.addresses = set;
	read_segment(fd, size, &req, 0);
	atomic_init(&sampler.ceiling, tryst_sampler_ceiling(3));
	req.sample = &sampler;
	read_segment(fd, size, &req, 0);
	req = (struct tryst_request){ .from_ms = INT64_MIN,
		                      .to_ms = 1061579000000,
		                      .columns = TRYST_BIT(src) | TRYST_BIT(bytes),
		                      .coded = TRYST_CODED_ALL };
	read_segment(fd, size, &req, 0);
	told = tryst_segment_verify(path, count_finding, &found, &rows, &err);
	FUZZ_CHECK(told == found);
	(void)close(fd);
	tryst_ipset_free(set);
	free(copy);
}
