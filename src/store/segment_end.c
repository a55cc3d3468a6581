/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a segment: everything that needs all of its addresses. */
#include <string.h>
#include <unistd.h>

#include "store/segment_impl.h"
#include "store/sum.h"

void
tryst_segment_foot_write(const struct tryst_segment_info *info, uint8_t foot[TRYST_SEGMENT_FOOT])
{
	uint8_t *p = foot + 80;

	memset(foot, 0, TRYST_SEGMENT_FOOT);
	tryst_store_le32(foot + 4, TRYST_SEGMENT_VERSION);
	tryst_store_le64(foot + 8, info->size);
	tryst_store_le64(foot + 16, info->rows);
	tryst_store_le64(foot + 24, info->known);
	tryst_store_le32(foot + 32, info->blocks);
	tryst_store_le32(foot + 36, info->sample_blocks);
	tryst_store_le64(foot + 40, (uint64_t)info->first_ms);
	tryst_store_le64(foot + 48, (uint64_t)info->last_ms);
	tryst_store_le64(foot + 56, (uint64_t)info->sane_first_ms);
	tryst_store_le64(foot + 64, (uint64_t)info->sane_last_ms);
	tryst_store_le32(foot + 72, TRYST_SECTION_COUNT);
	for (unsigned i = 0; i < TRYST_SECTION_COUNT; i++, p += 16) {
		tryst_store_le64(p, info->sections[i].at);
		tryst_store_le64(p + 8, info->sections[i].size);
	}
	tryst_store_le32(p, info->sample.level);
	for (unsigned i = 0; i < TRYST_SAMPLE_LEVELS; i++)
		tryst_store_le32(p + 4 + (size_t)4 * i, info->sample.at_level[i]);
	_Static_assert(80 + 16 * TRYST_SECTION_COUNT + TRYST_SAMPLE_INFO_SIZE + 8 <=
	                       TRYST_SEGMENT_FOOT,
	               "the foot has room");
	memcpy(foot + TRYST_SEGMENT_FOOT - 8, TRYST_SEGMENT_MAGIC, 8);
	tryst_store_le32(foot, tryst_store_sum(foot + 4, TRYST_SEGMENT_FOOT - 4));
}

/* Provisional numbers become codes, and the groups of addresses are written. */
static int
put_addresses(struct tryst_segment_writer *w, struct tryst_error *err)
{
	const uint32_t *codes = tryst_dictionary_codes(w->dictionary);
	struct tryst_buf group = { 0 };
	int rc = 0;

	for (size_t i = 0; i < w->id_count; i++)
		w->ids[i] = codes[w->ids[i]];
	tryst_segment_section_begin(w, TRYST_SECTION_ADDRESSES);
	for (size_t i = 0; i < w->block_count && rc == 0; i++) {
		struct segment_block *b = &w->blocks[i];
		uint32_t *columns[TRYST_FIELD_COUNT] = { 0 }, *next = w->codes;
		uint64_t fields = b->fields;

		for (unsigned f = 0; fields >> f; f++) {
			if (!(fields >> f & 1))
				continue;
			columns[f] = next;
			next += TRYST_BATCH_ROWS;
			tryst_segment_codes(w, b, f, columns[f]);
		}
		tryst_buf_clear(&group);
		tryst_block_encode_codes(w->encoder, fields, columns, b->entry.rows, &group);
		b->entry.addresses_at = w->at;
		b->entry.addresses_size = (uint32_t)group.len;
		rc = group.failed ? tryst_error_nomem(err)
		                  : tryst_segment_put(w, group.data, group.len, err);
	}
	tryst_segment_section_end(w, TRYST_SECTION_ADDRESSES);
	tryst_buf_fini(&group);
	return rc;
}

static int
put_index(struct tryst_segment_writer *w, struct tryst_error *err)
{
	struct tryst_buf bytes = { 0 };
	int rc;

	tryst_dictionary_write(w->dictionary, &bytes);
	tryst_segment_section_begin(w, TRYST_SECTION_DICTIONARY);
	rc = bytes.failed ? tryst_error_nomem(err)
	                  : tryst_segment_put(w, bytes.data, bytes.len, err);
	tryst_segment_section_end(w, TRYST_SECTION_DICTIONARY);
	tryst_buf_clear(&bytes);
	if (rc == 0)
		rc = tryst_postings_write(w->postings, tryst_dictionary_codes(w->dictionary),
		                          tryst_dictionary_builder_count(w->dictionary), &bytes,
		                          err);
	tryst_segment_section_begin(w, TRYST_SECTION_POSTINGS);
	if (rc == 0)
		rc = bytes.failed ? tryst_error_nomem(err)
		                  : tryst_segment_put(w, bytes.data, bytes.len, err);
	tryst_segment_section_end(w, TRYST_SECTION_POSTINGS);
	tryst_buf_fini(&bytes);
	return rc;
}

static const struct tryst_block_entry *
block_entry(const void *ctx, size_t i)
{
	return &((const struct segment_block *)ctx)[i].entry;
}

static int
put_rest(struct tryst_segment_writer *w, const struct tryst_buf *provenance,
         struct tryst_error *err)
{
	uint8_t foot[TRYST_SEGMENT_FOOT];
	int rc = tryst_segment_put_directory(w, TRYST_SECTION_DIRECTORY, block_entry, w->blocks,
	                                     w->block_count, err);

	tryst_segment_section_begin(w, TRYST_SECTION_PROVENANCE);
	if (rc == 0)
		rc = tryst_segment_put(w, provenance->data, provenance->len, err);
	tryst_segment_section_end(w, TRYST_SECTION_PROVENANCE);
	w->info.blocks = (uint32_t)w->block_count;
	w->info.size = w->at + TRYST_SEGMENT_FOOT;
	tryst_segment_foot_write(&w->info, foot);
	if (rc == 0)
		rc = tryst_segment_put(w, foot, sizeof(foot), err);
	return rc == 0 ? tryst_segment_flush(w, err) : rc;
}

int
tryst_segment_end(struct tryst_segment_writer *w, const struct tryst_buf *provenance,
                  struct tryst_segment_info *info, struct tryst_error *err)
{
	int rc;

	tryst_segment_section_end(w, TRYST_SECTION_VALUES);
	rc = tryst_dictionary_finish(w->dictionary, err);
	if (rc == 0)
		rc = put_addresses(w, err);
	if (rc == 0)
		rc = put_index(w, err);
	if (rc == 0)
		rc = tryst_segment_flush(w, err);
	if (rc == 0)
		rc = tryst_segment_put_sample(w, tryst_dictionary_sorted(w->dictionary), err);
	if (rc == 0)
		rc = put_rest(w, provenance, err);
	if (rc == 0 && fsync(w->fd) < 0)
		rc = tryst_error_errno(err, "%s", w->name);
	*info = w->info;
	tryst_segment_drop(w);
	return rc;
}
