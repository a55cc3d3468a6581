/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Export datagrams of three exporters, each in memory of its own size, so that a read beyond its
 * end is seen.  Decoded twice, for all columns and for a few: the same counts, the same times and
 * addresses; and no exporter answers for more than there is.
 */
#include "fuzz.h"

#include <string.h>

#include "read/export.h"

#define FEW (TRYST_BIT(start_ms) | TRYST_BIT(src) | TRYST_BIT(sampling))

struct decoding {
	struct tryst_sink sink; /* first: flush() gets it */
	struct tryst_input in;
	struct tryst_export *x;
	uint64_t digest;
	uint64_t rows;
};

static int
digest(struct tryst_sink *sink, struct tryst_error *err)
{
	struct decoding *d = (struct decoding *)sink;
	struct tryst_batch *b = &sink->batch;

	(void)err;
	FUZZ_CHECK(b->rows <= TRYST_BATCH_ROWS);
	for (uint32_t i = 0; i < b->rows; i++) {
		uint64_t present = b->present[i] & FEW;

		FUZZ_CHECK((b->present[i] & ~b->columns) == 0);
		d->digest = fuzz_hash(d->digest, &b->start_ms[i], sizeof(b->start_ms[i]));
		d->digest = fuzz_hash(d->digest, &b->src[i], sizeof(b->src[i]));
		d->digest = fuzz_hash(d->digest, &b->sampling[i], sizeof(b->sampling[i]));
		d->digest = fuzz_hash(d->digest, &present, sizeof(present));
	}
	d->rows += b->rows;
	b->rows = 0;
	return 0;
}

static void
begin(struct decoding *d, uint64_t columns)
{
	struct tryst_error err = { 0 };

	*d = (struct decoding){ .sink = { .flush = digest }, .digest = FUZZ_SEED };
	tryst_health_init(&d->sink.health);
	FUZZ_CHECK(tryst_input_init(&d->in, "fuzz", 0, &err) == 0);
	FUZZ_CHECK(tryst_batch_init(&d->sink.batch, columns, &err) == 0);
	FUZZ_CHECK(tryst_export_new(&d->x, &d->in, &err) == 0);
}

static void
feed(struct decoding *d, const uint8_t *data, size_t len, size_t at)
{
	uint8_t *exact = malloc(len ? len : 1);
	struct tryst_datagram gram = {
		.exporter = tryst_ip_v4(0xc0000200 + (uint32_t)(at % 3)),
		.port = (uint16_t)(at % 2),
		.data = exact,
		.len = len,
		.at = at,
	};
	struct tryst_error err = { 0 };

	FUZZ_CHECK(exact);
	memcpy(exact, data, len);
	FUZZ_CHECK(tryst_export_decode(d->x, &gram, &d->sink, &err) == 0);
	free(exact);
}

/* What came of it, without the notes, which both say alike. */
static void
end(struct decoding *d)
{
	struct tryst_error err = { 0 };
	uint64_t flows = 0, undecodable = 0, lost = 0;

	FUZZ_CHECK(tryst_export_finish(d->x, &d->sink.health, &err) == 0);
	FUZZ_CHECK(digest(&d->sink, &err) == 0);
	FUZZ_CHECK(d->rows == d->sink.health.flows);
	for (uint32_t i = 0; i < d->sink.health.note_count; i++)
		fuzz_check_line(d->sink.health.notes[i].text);
	for (size_t i = 0; i < d->in.exporter_count; i++) {
		const uint64_t *counts = d->in.exporters[i]->counts;

		flows += counts[TRYST_EXPORTER_FLOWS];
		undecodable += counts[TRYST_EXPORTER_UNDECODABLE_BYTES];
		lost += counts[TRYST_EXPORTER_SEQUENCE_LOST];
	}
	FUZZ_CHECK(flows == d->sink.health.flows);
	FUZZ_CHECK(undecodable == d->sink.health.undecodable_bytes);
	FUZZ_CHECK(lost == d->sink.health.sequence_lost);
	tryst_export_free(d->x);
	tryst_batch_fini(&d->sink.batch);
	tryst_input_fini(&d->in);
}

void
fuzz_export(const uint8_t *data, size_t size)
{
	static struct decoding all, few;

	begin(&all, TRYST_BITS_ALL);
	begin(&few, FEW);
	for (size_t at = 0, len; at < size; at += len) {
		len = tryst_export_length(data + at, size - at);
		if (len == 0 || len > size - at)
			len = size - at;
		len = TRYST_MIN(len, (size_t)65535);
		feed(&all, data + at, len, at);
		feed(&few, data + at, len, at);
	}
	end(&all);
	end(&few);
	FUZZ_CHECK(all.rows == few.rows && all.digest == few.digest);
	FUZZ_CHECK(all.sink.health.bad_times == few.sink.health.bad_times);
	FUZZ_CHECK(all.sink.health.notes_total == few.sink.health.notes_total);
	FUZZ_CHECK(all.sink.health.damaged_bytes == few.sink.health.damaged_bytes);
}
