/* SPDX-License-Identifier: Apache-2.0 */
/* Dictionary, postings and sample of a segment, and whether they are those of its rows. */
#include <inttypes.h>
#include <string.h>

#include "store/verify_impl.h"

void
verify_dictionary(struct verify *v)
{
	const struct tryst_dictionary *d = &v->source.addresses.dictionary;
	uint64_t at = verify_section_at(v, TRYST_SECTION_DICTIONARY);
	struct tryst_ip ips[TRYST_DICTIONARY_PAGE], before = { 0 };
	struct tryst_error err;
	size_t size;
	const uint8_t *data = tryst_segment_section(&v->segment, TRYST_SECTION_DICTIONARY, &size);

	if (tryst_dictionary_open(&v->source.addresses.dictionary, data, size, &err) < 0) {
		v->whole = false;
		verify_find(v, "dictionary, offset %" PRIu64 ": %s", at, err.text);
		return;
	}
	v->source.has_dictionary = true;
	for (uint32_t page = 0; page < d->pages; page++) {
		int count = tryst_dictionary_page(d, page, ips, &err);

		if (count < 0)
			verify_find(v, "dictionary, offset %" PRIu64 ": %s", at, err.text);
		for (int i = 0; i < count; i++) {
			if ((page || i) && tryst_ip_compare(before, ips[i]) >= 0)
				verify_find(v, "dictionary, page %" PRIu32 ": not in order", page);
			before = ips[i];
		}
	}
}

/* Made again of the rows, they must be the same bytes. */
int
verify_postings(struct verify *v, struct tryst_error *err)
{
	struct tryst_buf again = { 0 };
	struct tryst_postings p;
	struct tryst_error why;
	size_t size;
	const uint8_t *data = tryst_segment_section(&v->segment, TRYST_SECTION_POSTINGS, &size);
	uint32_t count = v->source.addresses.dictionary.count;
	int rc = 0;

	if (tryst_postings_open(&p, data, size, &why) < 0) {
		verify_find(v, "postings, offset %" PRIu64 ": %s",
		            verify_section_at(v, TRYST_SECTION_POSTINGS), why.text);
		return 0;
	}
	if (v->whole) {
		rc = tryst_postings_write(v->postings, v->same, count, &again, err);
		if (rc == 0 && again.failed)
			rc = tryst_error_nomem(err);
		if (rc == 0 && (again.len != size || memcmp(again.data, data, size) != 0))
			verify_find(v,
			            "postings, offset %" PRIu64
			            ": damaged, or not those of the rows",
			            verify_section_at(v, TRYST_SECTION_POSTINGS));
	} else {
		struct tryst_code_range all = { 0, count ? count - 1 : 0 };
		struct tryst_block_set set;

		rc = tryst_block_set_init(&set, TRYST_MAX(p.blocks, 1u), err);
		if (rc == 0 && tryst_postings_blocks(&p, &all, count ? 1 : 0, &set, &why) < 0)
			verify_find(v, "postings, offset %" PRIu64 ": %s",
			            verify_section_at(v, TRYST_SECTION_POSTINGS), why.text);
		if (rc == 0)
			tryst_block_set_fini(&set);
	}
	tryst_buf_fini(&again);
	return rc;
}

/* Whether a decoded block of the sample is the one made again of the rows. */
static bool
same_rows(const struct tryst_batch *a, const struct tryst_batch *b, const uint64_t *numbers,
          const uint64_t *expected)
{
	if (a->rows != b->rows || memcmp(numbers, expected, a->rows * sizeof(*numbers)) != 0)
		return false;
	for (uint32_t i = 0; i < a->rows; i++) {
		if (a->present[i] != b->present[i])
			return false;
	}
	for (unsigned f = 0; TRYST_STORED_BITS >> f; f++) {
		size_t size = tryst_field_info(f)->size;
		const char *x = tryst_batch_column(a, f), *y = tryst_batch_column(b, f);

		for (uint32_t i = 0; i < a->rows; i++) {
			if ((a->present[i] >> f & 1) &&
			    memcmp(x + i * size, y + i * size, size) != 0)
				return false;
		}
	}
	return true;
}

static void
check_sample_block(struct verify *v, uint32_t block, const struct tryst_block_entry *e,
                   struct tryst_batch *expected)
{
	uint64_t numbers[TRYST_BATCH_ROWS];
	struct segment_reading *r = v->reading;
	bool whole = v->whole;
	uint32_t first = block * TRYST_BATCH_ROWS;

	if (!verify_read_block(v, "sample block", block, e) || !whole)
		return;
	if (!tryst_group_stream(&r->values, TRYST_STREAM_row, NULL, e->rows, r->numbers, 8,
	                        &r->fault))
		return;
	(void)tryst_sample_fill(v->sample, first, expected, numbers);
	if (!same_rows(&v->sink.batch, expected, r->numbers, numbers))
		verify_find(v,
		            "sample block %" PRIu32 ", offset %" PRIu64
		            ": not the rows of the segment",
		            block, e->values_at);
}

int
verify_sample(struct verify *v, struct tryst_error *err)
{
	const struct tryst_segment_info *info = &v->segment.info;
	struct tryst_batch expected = { 0 };
	struct tryst_sample_info again;
	int rc = tryst_sample_finish(v->sample, info->rows, err);

	if (rc == 0)
		rc = tryst_batch_init(&expected, TRYST_STORED_BITS, err);
	if (rc < 0)
		return rc;
	tryst_sample_builder_info(v->sample, &again);
	if (v->whole && memcmp(&again, &info->sample, sizeof(again)) != 0)
		verify_find(v, "foot: its sample is not that of the rows");
	if (!tryst_segment_page_rows(&v->segment, TRYST_SECTION_SAMPLE_DIRECTORY))
		verify_find(v,
		            "directory of the sample, offset %" PRIu64
		            ": its head is damaged (checksum)",
		            verify_section_at(v, TRYST_SECTION_SAMPLE_DIRECTORY));
	for (uint32_t page = 0; page < tryst_segment_pages(info->sample_blocks); page++) {
		int count = tryst_segment_page(&v->segment, TRYST_SECTION_SAMPLE_DIRECTORY, page,
		                               v->reading->entries);

		if (count < 0)
			verify_find_page(v, TRYST_SECTION_SAMPLE_DIRECTORY, page);
		for (int i = 0; i < count; i++)
			check_sample_block(v, page * TRYST_DIRECTORY_PAGE + (uint32_t)i,
			                   &v->reading->entries[i], &expected);
	}
	tryst_batch_fini(&expected);
	return 0;
}
