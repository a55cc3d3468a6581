/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any reader over any bytes, held to read/read.h, flow/source.h and flow/batch.h:
 *
 *   - a batch is never overfilled; what a row does not know is 0 in columns that held garbage;
 *   - every flow that is counted came out as a row, with a record number of its own;
 *   - a second reading that asks for less (a window, addresses, few columns) and takes the parts
 *     backwards gives the same values for the rows that match, and the same counts;
 *   - what is said is one line that a terminal can take; descriptors are closed.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define ROWS_KEPT 65536  /* with more, there is no second reading */
#define ROWS_MAX 1000000 /* of an input that unpacks to more, the beginning will do */
#define PARTS_MAX 65536
#define GARBAGE 0xa5
#define GARBAGE_SCRATCH 65536
#define INPUT_ID 3

struct kept_row {
	uint64_t record;
	int64_t start_ms, end_ms;
	struct tryst_ip src, dst;
	uint64_t digest;
};

struct reading {
	struct tryst_sink sink; /* first: flush() gets it */
	uint64_t columns;       /* what the digests are made of */
	struct tryst_health health;
	atomic_bool stop;
	bool stopped;
	uint64_t rows;
	uint64_t part_rows;   /* of the part being read */
	uint64_t part_record; /* the highest record number in it, plus 1 */
	uint64_t exporters;   /* a digest of the exporters and their counts */
	struct kept_row *kept;
	size_t kept_count, kept_room;
};

/* Another input's part may have been read before with the same batch and scratch memory. */
static void
spoil(struct reading *r)
{
	struct tryst_sink *sink = &r->sink;

	for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
		char *column = tryst_batch_column(&sink->batch, f);

		if (column)
			memset(column, GARBAGE,
			       tryst_field_info(f)->size * (size_t)TRYST_BATCH_ROWS);
	}
	memset(sink->batch.present, GARBAGE, sizeof(*sink->batch.present) * TRYST_BATCH_ROWS);
	for (size_t i = 0; i < TRYST_SCRATCH_SLOTS; i++) {
		if (sink->scratch[i])
			memset(sink->scratch[i], GARBAGE,
			       TRYST_MIN(sink->scratch_size[i], (size_t)GARBAGE_SCRATCH));
	}
}

static void
check_unknown(const struct tryst_batch *b, uint32_t rows)
{
	static const uint8_t zeros[sizeof(struct tryst_ip)];

	for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
		size_t size = tryst_field_info(f)->size;
		const char *column = tryst_batch_column(b, f);

		for (uint32_t i = 0; column && i < rows; i++) {
			bool known = tryst_batch_known(b, f, i);

			if (!known && memcmp(column + i * size, zeros, size) != 0) {
				(void)fprintf(stderr, "row %u: %s is unknown and not 0\n", i,
				              tryst_field_info(f)->name);
				abort();
			}
		}
	}
}

static uint64_t
digest(const struct tryst_batch *b, uint64_t columns, uint32_t row)
{
	uint64_t present = b->present[row] & columns;
	uint64_t h = fuzz_hash(FUZZ_SEED, &present, sizeof(present));

	for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
		size_t size = tryst_field_info(f)->size;

		if (columns >> f & 1)
			h = fuzz_hash(h, (char *)tryst_batch_column(b, f) + row * size, size);
	}
	return h;
}

static void
keep(struct reading *r, uint32_t row)
{
	const struct tryst_batch *b = &r->sink.batch;

	if (r->kept_count == ROWS_KEPT)
		return;
	if (r->kept_count == r->kept_room) {
		r->kept_room = TRYST_MAX(2 * r->kept_room, (size_t)64);
		r->kept = realloc(r->kept, r->kept_room * sizeof(*r->kept));
		FUZZ_CHECK(r->kept);
	}
	r->kept[r->kept_count++] = (struct kept_row){
		.record = b->record_no[row],
		.start_ms = b->start_ms[row],
		.end_ms = b->end_ms[row],
		.src = b->src[row],
		.dst = b->dst[row],
		.digest = digest(b, r->columns, row),
	};
}

static bool
matches(const struct tryst_request *req, const struct kept_row *k)
{
	if (k->end_ms < req->from_ms || k->start_ms > req->to_ms)
		return false;
	return !req->addresses || tryst_ipset_contains(req->addresses, k->src) ||
	       tryst_ipset_contains(req->addresses, k->dst);
}

static int
flush(struct tryst_sink *sink, struct tryst_error *err)
{
	struct reading *r = (struct reading *)sink;
	const struct tryst_batch *b = &sink->batch;

	FUZZ_CHECK(b->rows <= TRYST_BATCH_ROWS);
	check_unknown(b, b->rows);
	for (uint32_t i = 0; i < b->rows; i++) {
		FUZZ_CHECK(b->record_no[i] >> 32 == sink->record_base >> 32);
		FUZZ_CHECK(b->input_id[i] == INPUT_ID);
		r->part_record = TRYST_MAX(r->part_record, (b->record_no[i] & UINT32_MAX) + 1);
		keep(r, i);
	}
	r->rows += b->rows;
	r->part_rows += b->rows;
	sink->batch.rows = 0;
	if (r->rows < ROWS_MAX)
		return 0;
	r->stopped = true;
	return tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
}

static void
reading_init(struct reading *r, uint64_t columns, uint64_t digested)
{
	struct tryst_error err = { 0 };

	*r = (struct reading){ .columns = digested };
	r->sink.flush = flush;
	r->sink.stop = &r->stop;
	r->sink.input_id = INPUT_ID;
	tryst_health_init(&r->health);
	FUZZ_CHECK(tryst_batch_init(&r->sink.batch, columns, &err) == 0);
}

static void
reading_fini(struct reading *r)
{
	for (size_t i = 0; i < TRYST_SCRATCH_SLOTS; i++)
		free(r->sink.scratch[i]);
	tryst_batch_fini(&r->sink.batch);
	free(r->kept);
}

static void
check_error(int rc, const struct tryst_error *err)
{
	FUZZ_CHECK(err->code == rc);
	FUZZ_CHECK(err->text[0]);
	FUZZ_CHECK(rc != TRYST_ERR_NOMEM);
	fuzz_check_line(err->text);
}

static void
check_health(const struct tryst_health *h)
{
	FUZZ_CHECK(h->bad_times <= h->flows);
	FUZZ_CHECK(h->note_count <= TRYST_HEALTH_NOTES);
	FUZZ_CHECK(h->note_count <= h->notes_total);
	for (uint32_t i = 0; i < h->note_count; i++) {
		FUZZ_CHECK(memchr(h->notes[i].text, 0, sizeof(h->notes[i].text)));
		FUZZ_CHECK(h->notes[i].text[0]);
		fuzz_check_line(h->notes[i].text);
	}
}

static void
read_part(struct reading *r, struct tryst_source *s, size_t part)
{
	struct tryst_sink *sink = &r->sink;
	const struct tryst_request *req = &s->request;
	bool all = req->from_ms == INT64_MIN && req->to_ms == INT64_MAX && !req->addresses;
	struct tryst_error err = { 0 };
	int rc;

	tryst_health_init(&sink->health);
	spoil(r);
	sink->record_base = (uint64_t)part << 32;
	sink->source_ops = s->ops;
	r->part_rows = r->part_record = 0;
	rc = s->ops->read(s, part, sink, &err);
	if (rc < 0)
		check_error(rc, &err);
	if (!r->stopped)
		(void)flush(sink, &err);
	check_health(&sink->health);
	if (!r->stopped && all)
		FUZZ_CHECK(r->part_rows == sink->health.flows);
	FUZZ_CHECK(r->part_rows <= sink->health.flows);
	FUZZ_CHECK(r->part_record <= sink->health.flows);
	s->input->part_flows[part] = sink->health.flows;
	tryst_health_add(&r->health, &sink->health);
}

static int
compare_rows(const void *a, const void *b)
{
	uint64_t x = ((const struct kept_row *)a)->record, y = ((const struct kept_row *)b)->record;

	return x < y ? -1 : x > y;
}

/* What the pipeline would do with the rows, in the order of the file. */
static void
settle(struct reading *r, const struct tryst_request *req, const struct tryst_source_ops *ops)
{
	size_t count = 0;

	if (r->kept_count)
		qsort(r->kept, r->kept_count, sizeof(*r->kept), compare_rows);
	for (size_t i = 0; i < r->kept_count; i++) {
		const struct kept_row *k = &r->kept[i];

		FUZZ_CHECK(i == 0 || k[-1].record < k->record);
		if (ops->tests_window)
			FUZZ_CHECK(k->end_ms >= req->from_ms && k->start_ms <= req->to_ms);
		if (ops->tests_addresses && req->addresses)
			FUZZ_CHECK(tryst_ipset_contains(req->addresses, k->src) ||
			           tryst_ipset_contains(req->addresses, k->dst));
	}
	for (size_t i = 0; i < r->kept_count; i++) {
		if (matches(req, &r->kept[i]))
			r->kept[count++] = r->kept[i];
	}
	r->kept_count = count;
}

static int
open_input(const struct tryst_reader *reader, int fd, size_t size, struct tryst_input *in,
           const struct tryst_request *req, struct tryst_source **out, struct tryst_error *err)
{
	struct tryst_read_options options = { 0 };
	struct tryst_file file = { .fd = fd, .size = size, .path = in->path };
	int rc;

	if (!reader)
		return tryst_read_open(&options, in, req, out, err);
	in->size = size;
	in->format = options.format = reader->name;
	rc = reader->open(&file, in, req, &options, out, err);
	/* On failure the descriptor is still ours, on success the source's. */
	FUZZ_CHECK(fcntl(fd, F_GETFD) >= 0);
	if (rc < 0)
		(void)close(fd);
	return rc;
}

/* No exporter answers for more than the input does. */
static void
check_exporters(struct reading *r, const struct tryst_input *in)
{
	uint64_t flows = in->exporter_rest.counts[TRYST_EXPORTER_FLOWS];
	uint64_t lost = in->exporter_rest.counts[TRYST_EXPORTER_SEQUENCE_LOST];

	r->exporters = FUZZ_SEED;
	for (size_t i = 0; i < in->exporter_count; i++) {
		const struct tryst_exporter *e = in->exporters[i];

		FUZZ_CHECK(i == 0 || tryst_exporter_compare(in->exporters[i - 1], e) < 0);
		flows += e->counts[TRYST_EXPORTER_FLOWS];
		lost += e->counts[TRYST_EXPORTER_SEQUENCE_LOST];
		r->exporters = fuzz_hash(r->exporters, (const uint8_t *)&e->ip, sizeof(e->ip));
		r->exporters = fuzz_hash(r->exporters, (const uint8_t *)&e->domain, 4);
		r->exporters = fuzz_hash(r->exporters, (const uint8_t *)&e->sampling, 4);
		r->exporters =
			fuzz_hash(r->exporters, (const uint8_t *)e->counts, sizeof(e->counts));
	}
	FUZZ_CHECK(flows <= r->health.flows);
	FUZZ_CHECK(lost <= r->health.sequence_lost);
}

/* Reads everything; false: the bytes were refused. */
static bool
read_all(struct reading *r, const struct tryst_reader *reader, int fd, size_t size,
         const struct tryst_request *req, bool backwards)
{
	struct tryst_input in;
	struct tryst_source *s = NULL;
	struct tryst_error err = { 0 };
	char path[64];
	int mine = fcntl(fd, F_DUPFD_CLOEXEC, 3), rc;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", mine);
	(void)lseek(mine, 0, SEEK_SET);
	FUZZ_CHECK(tryst_input_init(&in, path, INPUT_ID, &err) == 0);
	rc = open_input(reader, mine, size, &in, req, &s, &err);
	if (rc < 0)
		check_error(rc, &err);
	else
		FUZZ_CHECK(s && s->ops && s->input == &in && s->parts <= PARTS_MAX);
	if (s) {
		in.parts = s->parts;
		in.part_flows = calloc(s->parts + 1, sizeof(*in.part_flows));
		FUZZ_CHECK(in.part_flows);
		for (size_t i = 0; i < s->parts && !r->stopped; i++)
			read_part(r, s, backwards ? s->parts - 1 - i : i);
		settle(r, req, s->ops);
		s->ops->close(s);
		if (reader)
			FUZZ_CHECK(fcntl(mine, F_GETFD) < 0);
		tryst_health_add(&r->health, &in.health);
		check_health(&r->health);
		for (size_t i = 0; i < r->kept_count; i++)
			FUZZ_CHECK(tryst_input_record(&in, r->kept[i].record) <= r->health.flows);
		check_exporters(r, &in);
	}
	if (!reader)
		(void)close(mine);
	tryst_input_fini(&in);
	return s != NULL;
}

static void
compare(const struct reading *a, const struct reading *b)
{
	FUZZ_CHECK(a->health.flows == b->health.flows);
	FUZZ_CHECK(a->health.events == b->health.events);
	FUZZ_CHECK(a->health.other_records == b->health.other_records);
	FUZZ_CHECK(a->health.skipped_records == b->health.skipped_records);
	FUZZ_CHECK(a->health.damaged_records == b->health.damaged_records);
	FUZZ_CHECK(a->health.damaged_blocks == b->health.damaged_blocks);
	FUZZ_CHECK(a->health.damaged_bytes == b->health.damaged_bytes);
	FUZZ_CHECK(a->health.bad_times == b->health.bad_times);
	FUZZ_CHECK(a->health.sequence_lost == b->health.sequence_lost);
	FUZZ_CHECK(a->health.first_ms == b->health.first_ms);
	FUZZ_CHECK(a->health.last_ms == b->health.last_ms);
	FUZZ_CHECK(a->exporters == b->exporters);
	FUZZ_CHECK(a->kept_count == b->kept_count);
	for (size_t i = 0; i < a->kept_count; i++) {
		FUZZ_CHECK(a->kept[i].record == b->kept[i].record);
		FUZZ_CHECK(a->kept[i].digest == b->kept[i].digest);
	}
}

/* The second reading: one row's time, or addresses, or both are wanted, and few columns. */
static void
read_less(struct reading *all, const struct tryst_reader *reader, int fd, size_t size,
          uint64_t chance)
{
	struct tryst_request req = { .from_ms = INT64_MIN,
		                     .to_ms = INT64_MAX,
		                     .columns = all->columns };
	const struct kept_row *k = &all->kept[chance % all->kept_count];
	struct tryst_ipset_entry entry = { { k->src, 128 }, 0 };
	struct tryst_ipset *set = NULL;
	struct tryst_error err = { 0 };
	struct reading less;

	if (chance >> 32 & 1) {
		req.from_ms = TRYST_MIN(k->start_ms, k->end_ms);
		req.to_ms = TRYST_MAX(k->start_ms, k->end_ms);
	}
	if (chance >> 33 & 1) {
		FUZZ_CHECK(tryst_ipset_new(&set, &entry, 1, &err) == 0);
		req.addresses = set;
	}
	reading_init(&less, req.columns, req.columns);
	FUZZ_CHECK(read_all(&less, reader, fd, size, &req, true));
	settle(all, &req, &(struct tryst_source_ops){ 0 });
	compare(all, &less);
	reading_fini(&less);
	tryst_ipset_free(set);
}

/* The number that the next file to be opened will get. */
static int
next_free(int fd)
{
	int copy = dup(fd);

	FUZZ_CHECK(copy >= 0);
	(void)close(copy);
	return copy;
}

void
fuzz_read(const struct tryst_reader *reader, const uint8_t *data, size_t size)
{
	uint64_t chance = fuzz_hash(FUZZ_SEED, data, TRYST_MIN(size, (size_t)4096));
	uint64_t digested = TRYST_BIT(start_ms) | TRYST_BIT(end_ms) | TRYST_BIT(src) |
	                    TRYST_BIT(dst) | TRYST_BIT(input_id) | TRYST_BIT(record_no) |
	                    ((chance * 0x9e3779b97f4a7c15ULL) & TRYST_BITS_ALL);
	struct tryst_request req = { .from_ms = INT64_MIN,
		                     .to_ms = INT64_MAX,
		                     .columns = TRYST_BITS_ALL };
	int fd = fuzz_file(data, size), free_before = next_free(fd);
	struct reading all;

	if (reader) {
		struct tryst_probe probe = { .file = &(struct tryst_file){ fd, size, "fuzz" },
			                     .head = data,
			                     .head_len = TRYST_MIN(size, (size_t)TRYST_PROBE_SIZE),
			                     .text = data,
			                     .text_len =
			                             TRYST_MIN(size, (size_t)TRYST_PROBE_SIZE) };
		int score = reader->probe(&probe);

		FUZZ_CHECK(score >= 0 && score <= 100);
	}
	reading_init(&all, req.columns, digested);
	if (read_all(&all, reader, fd, size, &req, false) && !all.stopped && all.kept_count &&
	    all.rows <= ROWS_KEPT)
		read_less(&all, reader, fd, size, chance);
	reading_fini(&all);
	/* Nothing is left open. */
	FUZZ_CHECK(next_free(fd) == free_before);
	(void)close(fd);
}
