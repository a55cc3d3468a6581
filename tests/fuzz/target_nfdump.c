/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of one unpacked nfdump block, in memory of exactly their size: reading a byte too far
 * is seen, which the scratch memory of the whole reader would hide.  The first byte is the layout.
 */
#include "fuzz.h"

#include <string.h>

#include "read/nfdump.h"

static int
drop(struct tryst_sink *sink, struct tryst_error *err)
{
	(void)err;
	FUZZ_CHECK(sink->batch.rows <= TRYST_BATCH_ROWS);
	sink->batch.rows = 0;
	return 0;
}

void
fuzz_nfdump_records(const uint8_t *data, size_t size)
{
	static struct nf_reading r;
	struct tryst_error err = { 0 };
	struct tryst_input in;
	struct tryst_source source = { .input = &in };
	struct tryst_sink sink = { .flush = drop };
	struct nf_exporters exporters;
	uint8_t *block;
	int rc;

	if (size < 2)
		return;
	block = malloc(size - 1);
	FUZZ_CHECK(block);
	memcpy(block, data + 1, size - 1);
	FUZZ_CHECK(tryst_input_init(&in, "fuzz", 0, &err) == 0);
	FUZZ_CHECK(tryst_batch_init(&sink.batch, TRYST_BITS_ALL, &err) == 0);
	tryst_health_init(&sink.health);
	source.request = (struct tryst_request){ .from_ms = INT64_MIN,
		                                 .to_ms = INT64_MAX,
		                                 .columns = TRYST_BITS_ALL };
	tryst_nf_exporters_init(&exporters, &in);
	r = (struct nf_reading){ .sink = &sink,
		                 .source = &source,
		                 .counted = { .exporters = &exporters } };
	rc = data[0] & 1 ? tryst_nf_walk_v1(&r, block, size - 1, &err)
	                 : tryst_nf_walk_v3(&r, block, size - 1, &err);
	FUZZ_CHECK(rc == 0);
	FUZZ_CHECK(sink.health.flows <= size);
	FUZZ_CHECK(tryst_nf_counted_end(&r.counted, 0, &err) == 0);
	FUZZ_CHECK(tryst_nf_exporters_tell(&exporters, &err) == 0);
	tryst_nf_exporters_fini(&exporters);
	free(r.map_places);
	free(r.maps);
	tryst_batch_fini(&sink.batch);
	tryst_input_fini(&in);
	free(block);
}
