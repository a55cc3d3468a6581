/* SPDX-License-Identifier: Apache-2.0 */
/* The blocks of a segment, and what its directory says of them. */
#include <inttypes.h>

#include "store/verify_impl.h"

static void
find_block(struct verify *v, const char *kind, uint32_t block, uint64_t at)
{
	const struct tryst_block_fault *f = &v->reading->fault;

	v->whole = false;
	verify_find(v, "%s %" PRIu32 ", offset %" PRIu64 ": damaged (%s: %s)", kind, block,
	            at + f->at, tryst_stream_name(f->stream), f->what);
}

bool
verify_read_block(struct verify *v, const char *kind, uint32_t block,
                  const struct tryst_block_entry *e)
{
	struct segment_reading *r = v->reading;
	uint64_t at;
	int n;

	r->fault = (struct tryst_block_fault){ 0 };
	if (!tryst_segment_block(&v->segment, e, &r->values, &r->addresses, &r->fault, &at)) {
		find_block(v, kind, block, at);
		return false;
	}
	if (!tryst_group_verify(&r->values, &r->fault)) {
		find_block(v, kind, block, e->values_at);
		return false;
	}
	if (!tryst_group_verify(&r->addresses, &r->fault)) {
		find_block(v, kind, block, e->addresses_at);
		return false;
	}
	n = tryst_segment_fill(r, TRYST_STORED_BITS, TRYST_STORED_BITS, NULL, e->rows, 0);
	if (n < 0) {
		find_block(v, kind, block, e->addresses_at);
		return false;
	}
	if (n != (int)e->rows) {
		/* The dictionary has been complained of. */
		v->whole = false;
		return false;
	}
	v->sink.batch.rows = e->rows;
	return true;
}

/* What the rows of the batch say, beside what the directory says of them. */
static void
count_rows(struct verify *v, uint32_t block, const struct tryst_block_entry *e)
{
	const struct tryst_batch *b = &v->sink.batch;
	struct tryst_segment_info *seen = &v->seen;
	int64_t first = INT64_MAX, last = INT64_MIN;
	struct tryst_health h;

	tryst_health_init(&h);
	for (uint32_t i = 0; i < b->rows; i++) {
		first = TRYST_MIN(first, b->start_ms[i]);
		last = TRYST_MAX(last, b->end_ms[i]);
		tryst_health_time(&h, b->start_ms[i], b->end_ms[i]);
		seen->known |= b->present[i];
	}
	if (first != e->first_ms || last != e->last_ms)
		verify_find(v, "directory: block %" PRIu32 ": its times are not those of its rows",
		            block);
	seen->first_ms = TRYST_MIN(seen->first_ms, first);
	seen->last_ms = TRYST_MAX(seen->last_ms, last);
	seen->sane_first_ms = TRYST_MIN(seen->sane_first_ms, h.first_ms);
	seen->sane_last_ms = TRYST_MAX(seen->sane_last_ms, h.last_ms);
}

/* The codes of the block's rows, for the postings to be compared. */
static int
count_codes(struct verify *v, uint32_t block, uint32_t rows, struct tryst_error *err)
{
	struct segment_reading *r = v->reading;
	int rc;

	if (!tryst_group_has(&r->addresses, TRYST_STREAM_address_low))
		return 0;
	rc = tryst_postings_add(v->postings, block, r->codes[0], rows, err);
	return rc == 0 ? tryst_postings_add(v->postings, block, r->codes[1], rows, err) : rc;
}

static int
check_block(struct verify *v, uint32_t block, const struct tryst_block_entry *e,
            struct tryst_error *err)
{
	int rc;

	if (e->first_row != v->seen.rows)
		verify_find(v,
		            "directory: block %" PRIu32 " begins at row %" PRIu32 ", not %" PRIu64,
		            block, e->first_row, v->seen.rows);
	v->seen.rows += e->rows;
	if (!verify_read_block(v, "block", block, e))
		return 0;
	count_rows(v, block, e);
	rc = count_codes(v, block, e->rows, err);
	if (rc < 0 || !tryst_group_has(&v->reading->addresses, TRYST_STREAM_address_low))
		return rc;
	return tryst_sample_add(v->sample, &v->sink.batch, e->first_row, err);
}

void
verify_find_page(struct verify *v, enum tryst_section section, uint32_t page)
{
	v->whole = false;
	verify_find(v, "%s, offset %" PRIu64 ": page %" PRIu32 " is damaged (checksum)",
	            tryst_section_names[section], verify_section_at(v, section), page);
}

/* Whether blocks fill their sections from end to end. */
struct tiling {
	uint64_t values, addresses;
};

static void
check_tiling(struct verify *v, struct tiling *t, uint32_t block, const struct tryst_block_entry *e)
{
	if (e->values_at != t->values || e->addresses_at != t->addresses)
		verify_find(v, "directory: block %" PRIu32 " is not where the one before it ends",
		            block);
	t->values = e->values_at + e->values_size;
	t->addresses = e->addresses_at + e->addresses_size;
}

int
verify_blocks(struct verify *v, struct tryst_error *err)
{
	struct tiling t = { verify_section_at(v, TRYST_SECTION_VALUES),
		            verify_section_at(v, TRYST_SECTION_ADDRESSES) };
	uint32_t pages = tryst_segment_pages(v->segment.info.blocks);
	int rc = 0;

	if (!tryst_segment_page_rows(&v->segment, TRYST_SECTION_DIRECTORY))
		verify_find(v, "directory, offset %" PRIu64 ": its head is damaged (checksum)",
		            verify_section_at(v, TRYST_SECTION_DIRECTORY));
	for (uint32_t page = 0; page < pages && rc == 0; page++) {
		int count = tryst_segment_page(&v->segment, TRYST_SECTION_DIRECTORY, page,
		                               v->reading->entries);

		if (count < 0)
			verify_find_page(v, TRYST_SECTION_DIRECTORY, page);
		for (int i = 0; i < count && rc == 0; i++) {
			const struct tryst_block_entry *e = &v->reading->entries[i];
			uint32_t block = page * TRYST_DIRECTORY_PAGE + (uint32_t)i;

			check_tiling(v, &t, block, e);
			rc = check_block(v, block, e, err);
		}
	}
	if (v->whole && (t.values != verify_section_end(v, TRYST_SECTION_VALUES) ||
	                 t.addresses != verify_section_end(v, TRYST_SECTION_ADDRESSES)))
		verify_find(v, "directory: its blocks do not fill their sections");
	return rc;
}
