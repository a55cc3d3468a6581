/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Segments written and read back through a source: random rows of every field, all requests, and
 * what is refused.  The kernels for one processor against those for any.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "draw.h"
#include "store/dictionary_build.h"
#include "store/kernels.h"
#include "store/provenance.h"
#include "store/segment_impl.h"
#include "store/store.h"
#include "store/sum.h"
#include "store/verify.h"

#define ROWS_MAX 20000

/* What went in, row by row. */
struct rows {
	uint32_t count;
	uint64_t present[ROWS_MAX];
	uint64_t digest[ROWS_MAX];
	struct tryst_ip src[ROWS_MAX], dst[ROWS_MAX];
	int64_t start[ROWS_MAX], end[ROWS_MAX];
	uint64_t port[ROWS_MAX], bytes[ROWS_MAX];
};

static uint64_t
row_digest(const struct tryst_batch *b, uint32_t row)
{
	uint64_t h = b->present[row] & TRYST_STORED_BITS;

	for (unsigned f = 0; TRYST_STORED_BITS >> f; f++) {
		size_t size = tryst_field_info(f)->size;
		const uint8_t *v = (const uint8_t *)tryst_batch_column(b, f) + row * size;

		for (size_t i = 0; i < size && (b->present[row] >> f & 1); i++)
			h = (h ^ v[i]) * 0x100000001b3ULL + f;
	}
	return h;
}

/* Rows as logs have them: times that go on, few shapes, small numbers and now and then large ones.
 */
static void
draw_rows(struct tryst_batch *b, uint64_t *seed, int64_t *now)
{
	uint64_t shapes[3];

	for (unsigned i = 0; i < 3; i++)
		shapes[i] = draw(seed) & draw(seed) & TRYST_STORED_BITS;
	b->rows = 1 + (uint32_t)(draw(seed) % TRYST_BATCH_ROWS);
	for (uint32_t row = 0; row < b->rows; row++) {
		b->present[row] = shapes[draw(seed) % 3] | TRYST_BIT(src) | TRYST_BIT(dst);
		if (draw(seed) % 50 == 0)
			b->present[row] = draw(seed) & TRYST_STORED_BITS;
		*now += (int64_t)(draw(seed) % 20);
		for (unsigned f = 0; TRYST_STORED_BITS >> f; f++) {
			size_t size = tryst_field_info(f)->size;
			uint8_t *at = (uint8_t *)tryst_batch_column(b, f) + row * size;
			uint64_t v = draw(seed) >> (draw(seed) % 4 ? 58 : draw(seed) % 64);
			struct tryst_ip ip = draw_ip(seed);

			if (size == sizeof(ip))
				memcpy(at, &ip, size);
			else
				memcpy(at, &v, size);
		}
		b->start_ms[row] = *now;
		b->end_ms[row] = *now + (int64_t)(draw(seed) % 5000) - 3;
	}
	tryst_batch_select_all(b);
}

static void
remember(struct rows *r, const struct tryst_batch *b)
{
	for (uint32_t i = 0; i < b->rows; i++) {
		uint32_t at = r->count++;
		bool src = b->present[i] & TRYST_BIT(src), dst = b->present[i] & TRYST_BIT(dst);

		r->present[at] = b->present[i];
		r->digest[at] = row_digest(b, i);
		r->src[at] = src ? b->src[i] : (struct tryst_ip){ 0 };
		r->dst[at] = dst ? b->dst[i] : (struct tryst_ip){ 0 };
		r->start[at] = b->present[i] & TRYST_BIT(start_ms) ? b->start_ms[i] : 0;
		r->end[at] = b->present[i] & TRYST_BIT(end_ms) ? b->end_ms[i] : 0;
		r->port[at] = b->present[i] & TRYST_BIT(dst_port) ? b->dst_port[i] : 0;
		r->bytes[at] = b->present[i] & TRYST_BIT(bytes) ? b->bytes[i] : 0;
	}
}

static void
add_pieces(struct tryst_segment_writer *w, struct tryst_buf *pieces)
{
	struct tryst_error err;

	for (size_t at = 0; at < pieces->len;) {
		struct tryst_piece p;

		memcpy(&p, pieces->data + at, sizeof(p));
		assert_int_equal(p.kind, TRYST_PIECE_BLOCK);
		assert_int_equal(tryst_segment_add(w, &p,
		                                   (const uint8_t *)pieces->data + at + sizeof(p),
		                                   &err),
		                 0);
		at += p.size;
	}
	tryst_buf_clear(pieces);
}

/* A segment of random rows in a file of memory: its descriptor and size. */
static int
make_segment(struct rows *r, uint64_t seed, uint32_t rows, size_t *size)
{
	int fd = memfd_create("segment", MFD_CLOEXEC);
	struct tryst_buf pieces = { 0 }, provenance = { 0 };
	struct tryst_segment_writer *w;
	struct tryst_segment_info info;
	struct tryst_cutter *cutter;
	struct tryst_batch b;
	struct tryst_error err;
	int64_t now = 1061578800000;

	assert_true(fd >= 0);
	r->count = 0;
	assert_int_equal(tryst_batch_init(&b, TRYST_BITS_ALL, &err), 0);
	assert_int_equal(tryst_cutter_new(&cutter, &err), 0);
	assert_int_equal(tryst_segment_writer_new(&w, &err), 0);
	assert_int_equal(tryst_segment_begin(w, dup(fd), "test", &err), 0);
	while (r->count < rows) {
		draw_rows(&b, &seed, &now);
		b.rows = TRYST_MIN(b.rows, rows - r->count);
		remember(r, &b);
		tryst_cutter_rows(cutter, &b, b.rows, &pieces);
		add_pieces(w, &pieces);
	}
	tryst_cutter_flush(cutter, &pieces);
	add_pieces(w, &pieces);
	tryst_provenance_begin(&provenance);
	tryst_provenance_end(&provenance);
	assert_int_equal(tryst_segment_end(w, &provenance, &info, &err), 0);
	assert_int_equal(info.rows, rows);
	*size = info.size;
	tryst_segment_writer_free(w);
	tryst_cutter_free(cutter);
	tryst_batch_fini(&b);
	tryst_buf_fini(&pieces);
	tryst_buf_fini(&provenance);
	return fd;
}

struct reading {
	struct tryst_sink sink; /* first */
	atomic_bool stop;
	const struct rows *rows;
	const uint64_t *first; /* row of each part */
	uint8_t *seen;
	bool digests;
};

static int
take(struct tryst_sink *sink, struct tryst_error *err)
{
	struct reading *r = (struct reading *)sink;
	const struct tryst_batch *b = &sink->batch;

	(void)err;
	for (uint32_t i = 0; i < b->rows; i++) {
		uint64_t row = r->first[b->record_no[i] >> 32] + (b->record_no[i] & UINT32_MAX);

		assert_true(row < r->rows->count);
		assert_int_equal(r->seen[row], 0);
		r->seen[row] = 1;
		if (r->digests)
			assert_int_equal(row_digest(b, i), r->rows->digest[row]);
		assert_true(tryst_ip_equal(b->src[i], r->rows->src[row]));
		assert_true(tryst_ip_equal(b->dst[i], r->rows->dst[row]));
	}
	sink->batch.rows = 0;
	return 0;
}

/* Which rows a request gets; each once, with its values. */
static void
read_all(int fd, size_t size, const struct tryst_request *req, struct tryst_bounds bounds,
         const struct rows *rows, uint8_t *seen)
{
	struct reading r = { .sink = { .flush = take, .bounds = bounds },
		             .rows = rows,
		             .seen = seen };
	struct tryst_segment segment;
	struct tryst_source *source;
	struct tryst_input in;
	struct tryst_error err;
	uint64_t *first, flows = 0;
	size_t pages;

	r.sink.stop = &r.stop;
	r.digests = req->columns == TRYST_BITS_ALL;
	memset(seen, 0, rows->count);
	assert_int_equal(tryst_input_init(&in, "test", 0, &err), 0);
	assert_int_equal(tryst_segment_open(&segment, fd, size, "test", &err), 0);
	pages = tryst_segment_pages(segment.info.blocks);
	first = calloc(pages + 1, sizeof(*first));
	assert_non_null(first);
	for (size_t i = 0; i < pages; i++)
		first[i + 1] =
			first[i] +
			tryst_load_le32(tryst_segment_page_rows(&segment, TRYST_SECTION_DIRECTORY) +
		                        4 * i);
	r.first = first;
	assert_int_equal(tryst_segment_source(&segment, &in, req, &source, &err), 0);
	assert_int_equal(source->parts, pages);
	assert_int_equal(tryst_batch_init(&r.sink.batch, req->columns, &err), 0);
	for (size_t part = source->parts; part-- > 0;) {
		tryst_health_init(&r.sink.health);
		r.sink.record_base = (uint64_t)part << 32;
		assert_int_equal(source->ops->read(source, part, &r.sink, &err), 0);
		(void)take(&r.sink, &err);
		assert_false(tryst_health_damaged(&r.sink.health));
		flows += r.sink.health.flows;
	}
	assert_int_equal(flows, rows->count);
	source->ops->close(source);
	for (size_t i = 0; i < TRYST_SCRATCH_SLOTS; i++)
		free(r.sink.scratch[i]);
	tryst_batch_fini(&r.sink.batch);
	tryst_input_fini(&in);
	free(first);
}

/* All rows that match are there, others may be. */
static void
check_seen(const struct rows *rows, const uint8_t *seen, const struct tryst_request *req)
{
	for (uint32_t i = 0; i < rows->count; i++) {
		bool wanted = rows->end[i] >= req->from_ms && rows->start[i] <= req->to_ms &&
		              tryst_request_wants(req, rows->src[i], rows->dst[i]);

		assert_true(seen[i] || !wanted);
	}
}

/* Rows within bounds are there, and where they are few no others. */
static void
check_bounds(int fd, size_t size, const struct rows *rows, uint8_t *seen, uint64_t *seed)
{
	uint32_t row = (uint32_t)(draw(seed) % rows->count);
	uint64_t port = rows->port[row], most = rows->bytes[row];
	struct tryst_bound list[] = {
		{ TRYST_FIELD_dst_port, TRYST_FIELD_dst_port, port, port },
		{ TRYST_FIELD_bytes, TRYST_FIELD_bytes, 1, most },
	};
	struct tryst_bounds bounds = { list, 1 + (most > 0 && draw(seed) % 2) };
	struct tryst_request req = { INT64_MIN, INT64_MAX, .columns = TRYST_BITS_ALL };
	uint32_t within = 0, others = 0;

	read_all(fd, size, &req, bounds, rows, seen);
	for (uint32_t i = 0; i < rows->count; i++) {
		bool in = rows->port[i] == port &&
		          (bounds.count == 1 || (rows->bytes[i] > 0 && rows->bytes[i] <= most));

		assert_true(seen[i] || !in);
		within += in;
		others += seen[i] && !in;
	}
	if (within < rows->count / 32)
		assert_int_equal(others, 0);
}

static void
say_finding(void *ctx, const char *text)
{
	(void)ctx;
	print_message("%s\n", text);
}

static void
test_requests(void **state)
{
	static const uint32_t counts[] = { 1, 2047, 2049, ROWS_MAX };
	struct rows *rows = malloc(sizeof(*rows));
	uint8_t *seen = malloc(ROWS_MAX);

	(void)state;
	assert_non_null(rows);
	assert_non_null(seen);
	for (size_t n = 0; n < TRYST_ARRAY_SIZE(counts); n++) {
		struct tryst_request req = { INT64_MIN, INT64_MAX, .columns = TRYST_BITS_ALL };
		struct tryst_sampler sampler = { .home = NULL };
		uint64_t seed = 100 + n, checked;
		struct tryst_error err;
		char path[64];
		size_t size;
		int fd = make_segment(rows, seed, counts[n], &size);

		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		assert_int_equal(tryst_segment_verify(path, say_finding, NULL, &checked, &err), 0);
		assert_int_equal(checked, rows->count);
		read_all(fd, size, &req, (struct tryst_bounds){ 0 }, rows, seen);
		for (uint32_t i = 0; i < rows->count; i++)
			assert_int_equal(seen[i], 1);
		for (unsigned round = 0; round < 20; round++) {
			uint32_t row = (uint32_t)(draw(&seed) % rows->count);
			struct tryst_ipset_entry entries[] = {
				{ { rows->src[row], 128 }, 0 },
				{ { draw_ip(&seed), 128 }, 1 },
			};
			struct tryst_ipset *set;

			assert_int_equal(tryst_ipset_new(&set, entries, 2, &err), 0);
			req = (struct tryst_request){ INT64_MIN, INT64_MAX, set,
				                      .columns = TRYST_BITS_ALL };
			if (round % 3 == 1)
				req.from_ms = rows->start[row];
			if (round % 3 == 2)
				req.columns =
					TRYST_BIT(src) | TRYST_BIT(dst) | TRYST_BIT(record_no);
			if (round % 4 == 3) {
				atomic_init(&sampler.ceiling, tryst_sampler_ceiling(round % 12));
				req.sample = &sampler;
			}
			read_all(fd, size, &req, (struct tryst_bounds){ 0 }, rows, seen);
			check_seen(rows, seen, &req);
			tryst_ipset_free(set);
			check_bounds(fd, size, rows, seen, &seed);
		}
		(void)close(fd);
	}
	free(seen);
	free(rows);
}

/* Another version is refused by name, before anything else of it is looked at. */
static void
test_refused(void **state)
{
	struct rows *rows = malloc(sizeof(*rows));
	uint8_t head[TRYST_SEGMENT_HEAD] = TRYST_SEGMENT_MAGIC;
	struct tryst_segment s;
	struct tryst_error err;
	size_t size;
	int fd;

	(void)state;
	assert_non_null(rows);
	fd = make_segment(rows, 5, 3, &size);
	tryst_store_le32(head + 8, 2);
	tryst_store_le32(head + 12, tryst_store_sum(head, 12));
	assert_int_equal(pwrite(fd, head, sizeof(head), 0), sizeof(head));
	assert_int_equal(tryst_segment_open(&s, fd, size, "new.tryst", &err),
	                 TRYST_ERR_UNSUPPORTED);
	assert_string_equal(err.text,
	                    "new.tryst: made by a newer tryst (format 2, this one reads 1)");
	assert_int_equal(tryst_segment_open(&s, fd, 100, "cut.tryst", &err), TRYST_ERR_FORMAT);
	assert_non_null(strstr(err.text, "cut short"));
	(void)close(fd);
	free(rows);
}

/* The codes of the first block, under numbers of streams that nobody knows. */
static void
hide_codes(int fd, const struct tryst_block_entry *e)
{
	uint8_t group[TRYST_GROUP_MAX];
	size_t head;

	assert_int_equal(pread(fd, group, e->addresses_size, (off_t)e->addresses_at),
	                 e->addresses_size);
	head = TRYST_GROUP_HEAD + (size_t)group[6] * TRYST_GROUP_ENTRY;
	for (size_t at = TRYST_GROUP_HEAD; at < head; at += TRYST_GROUP_ENTRY) {
		if (group[at] >= TRYST_STREAM_address_low && group[at] <= TRYST_STREAM_address_swap)
			group[at] += TRYST_STREAM_COUNT;
	}
	tryst_store_le32(group, tryst_store_sum(group + 4, head - 4));
	assert_int_equal(pwrite(fd, group, head, (off_t)e->addresses_at), head);
}

/* A dictionary without addresses. */
static void
hide_addresses(int fd, uint64_t at, uint64_t size)
{
	uint8_t head[TRYST_DICTIONARY_HEAD] = { 0 };

	tryst_store_le32(head + 4, (uint32_t)(size - sizeof(head)));
	tryst_store_le32(head + 12, tryst_store_sum(head, 12));
	assert_int_equal(pwrite(fd, head, sizeof(head), (off_t)at), sizeof(head));
}

static int
drop(struct tryst_sink *sink, struct tryst_error *err)
{
	(void)err;
	sink->batch.rows = 0;
	return 0;
}

/* How many rows of a segment of one part are lost with damaged blocks, read with or without codes.
 */
static uint64_t
count_lost(int fd, size_t size, bool coded, uint64_t rows)
{
	struct tryst_request req = { INT64_MIN, INT64_MAX, .columns = TRYST_BIT(src) };
	struct tryst_sink sink = { .flush = drop };
	struct tryst_segment segment;
	struct tryst_source *source;
	struct tryst_input in;
	struct tryst_error err;
	atomic_bool stop = false;

	req.coded = coded ? TRYST_BIT(src) : 0;
	sink.stop = &stop;
	assert_int_equal(tryst_input_init(&in, "test", 0, &err), 0);
	assert_int_equal(tryst_segment_open(&segment, fd, size, "test", &err), 0);
	assert_int_equal(tryst_segment_source(&segment, &in, &req, &source, &err), 0);
	assert_int_equal(tryst_batch_init(&sink.batch, req.columns, &err), 0);
	assert_int_equal(tryst_batch_add_codes(&sink.batch, req.coded, &err), 0);
	tryst_health_init(&sink.health);
	assert_int_equal(source->ops->read(source, 0, &sink, &err), 0);
	assert_true(sink.health.damaged_blocks > 0 && sink.health.damaged_records == 0);
	source->ops->close(source);
	for (size_t i = 0; i < TRYST_SCRATCH_SLOTS; i++)
		free(sink.scratch[i]);
	tryst_batch_fini(&sink.batch);
	tryst_input_fini(&in);
	return rows - sink.health.flows;
}

/*
 * Rows whose addresses are in no dictionary, or that have no codes at all, with every checksum
 * right: their block is damaged, whoever reads it.
 */
static void
test_crafted(void **state)
{
	static struct tryst_block_entry entries[TRYST_DIRECTORY_PAGE];
	struct rows *rows = malloc(sizeof(*rows));

	(void)state;
	assert_non_null(rows);
	for (unsigned how = 1; how < 4; how++) {
		struct tryst_segment s;
		struct tryst_error err;
		uint64_t checked;
		char path[64];
		size_t size;
		int fd = make_segment(rows, 9, 300, &size);

		assert_int_equal(tryst_segment_open(&s, fd, size, "test", &err), 0);
		assert_int_equal(tryst_segment_page(&s, TRYST_SECTION_DIRECTORY, 0, entries), 1);
		if (how & 1)
			hide_codes(fd, &entries[0]);
		if (how & 2)
			hide_addresses(fd, s.info.sections[TRYST_SECTION_DICTIONARY].at,
			               s.info.sections[TRYST_SECTION_DICTIONARY].size);
		tryst_segment_close(&s);
		assert_int_equal(count_lost(fd, size, true, 300), 300);
		assert_int_equal(count_lost(fd, size, false, 300), 300);
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		assert_true(tryst_segment_verify(path, say_finding, NULL, &checked, &err) > 0);
		(void)close(fd);
	}
	free(rows);
}

static void
test_kernels(void **state)
{
	const struct tryst_kernels *a = &tryst_kernels_plain, *b = tryst_kernels_best();
	static uint64_t v[2][2049], w[2][2049], x[2][2049];
	static uint16_t places[2][2049];
	static uint8_t bytes[2][2048 * 8 + 64];
	uint64_t seed = 6;

	(void)state;
	for (unsigned round = 0; round < 400; round++) {
		uint32_t n = 1 + (uint32_t)(draw(&seed) % 2048), h[2][65];
		unsigned shift = (unsigned)(draw(&seed) % 64), width = (unsigned)(draw(&seed) % 58);
		uint64_t base = draw(&seed) >> shift, least[2], most[2], all[2], any[2];
		uint32_t counts[2][256];

		for (uint32_t i = 0; i < n; i++) {
			v[0][i] = v[1][i] = draw(&seed) >> shift;
			w[0][i] = w[1][i] = draw(&seed) >> (draw(&seed) & 63);
		}
		a->range(v[0], n, &least[0], &most[0]);
		b->range(v[1], n, &least[1], &most[1]);
		assert_memory_equal(least, least + 1, sizeof(*least));
		assert_memory_equal(most, most + 1, sizeof(*most));
		a->offsets(x[0], v[0], n, base, h[0]);
		b->offsets(x[1], v[1], n, base, h[1]);
		assert_memory_equal(h[0], h[1], sizeof(h[0]));
		assert_memory_equal(x[0], x[1], n * sizeof(**x));
		assert_int_equal(a->exceptions(x[0], n, width, w[0], places[0]),
		                 b->exceptions(x[1], n, width, w[1], places[1]));
		assert_memory_equal(x[0], x[1], n * sizeof(**x));
		a->pack(bytes[0], x[0], n, width);
		b->pack(bytes[1], x[1], n, width);
		assert_memory_equal(bytes[0], bytes[1], sizeof(bytes[0]));
		a->differences(x[0], v[0], n);
		b->differences(x[1], v[1], n);
		assert_memory_equal(x[0], x[1], n * sizeof(**x));
		a->multiply(x[0], v[0], v[0], n);
		b->multiply(x[1], v[1], v[1], n);
		assert_memory_equal(x[0], x[1], n * sizeof(**x));
		a->known(x[0], n, base, &all[0], &any[0]);
		b->known(x[1], n, base, &all[1], &any[1]);
		assert_true(all[0] == all[1] && any[0] == any[1]);
		memcpy(w[1], w[0], sizeof(w[0]));
		a->order(v[0], w[0], x[0], n);
		b->order(v[1], w[1], x[1], n);
		assert_memory_equal(v[0], v[1], n * sizeof(**v));
		assert_memory_equal(w[0], w[1], n * sizeof(**w));
		assert_memory_equal(x[0], x[1], n * sizeof(**x));
		a->unswap_u16((uint16_t *)v[0], (uint16_t *)w[0], (uint8_t *)x[0], n);
		b->unswap_u16((uint16_t *)v[1], (uint16_t *)w[1], (uint8_t *)x[1], n);
		a->unswap_u32((uint32_t *)v[0], (uint32_t *)w[0], (uint8_t *)x[0], n);
		b->unswap_u32((uint32_t *)v[1], (uint32_t *)w[1], (uint8_t *)x[1], n);
		assert_memory_equal(v[0], v[1], n * sizeof(**v));
		assert_memory_equal(w[0], w[1], n * sizeof(**w));
		for (uint32_t i = 0; i < n; i++)
			x[0][i] = base + (draw(&seed) & 255);
		a->count(x[0], n, base, counts[0]);
		b->count(x[0], n, base, counts[1]);
		assert_memory_equal(counts[0], counts[1], sizeof(counts[0]));
	}
}

/* Rows by the bits of their codes. */
static void
test_find(void **state)
{
	const struct tryst_kernels *a = &tryst_kernels_plain, *b = tryst_kernels_best();
	static uint32_t low[2048], high[2048], bits[128];
	static uint16_t places[2][2049];
	uint64_t seed = 7;

	(void)state;
	for (unsigned round = 0; round < 200; round++) {
		uint32_t n = 1 + (uint32_t)(draw(&seed) % 2048), large[2];

		for (uint32_t i = 0; i < n; i++) {
			low[i] = (uint32_t)(draw(&seed) & 4095);
			high[i] = (uint32_t)(draw(&seed) & 4095);
		}
		for (unsigned i = 0; i < 128; i++)
			bits[i] = (uint32_t)(draw(&seed) & draw(&seed) & draw(&seed));
		a->largest(low, n, &large[0]);
		b->largest(low, n, &large[1]);
		assert_int_equal(large[0], large[1]);
		for (unsigned wanted = 0; wanted < 2; wanted++) {
			uint32_t found = a->find(places[0], low, high, n, bits, wanted);

			assert_int_equal(b->find(places[1], low, high, n, bits, wanted), found);
			assert_memory_equal(places[0], places[1], found * sizeof(**places));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_crafted),  cmocka_unit_test(test_kernels),
		cmocka_unit_test(test_find),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
