/* SPDX-License-Identifier: Apache-2.0 */
/* A shard that has been built, as bytes. */
#include <stdlib.h>
#include <string.h>

#include "store/shard_build_impl.h"
#include "store/sum.h"

/* One address column of a batch of the sample. */
static void
put_addresses(struct tryst_encoder *e, unsigned field, const struct tryst_ip *ips, uint32_t rows,
              struct tryst_buf *out)
{
	uint64_t values[TRYST_BATCH_ROWS];
	size_t head = out->len, sizes[2];
	uint8_t encodings[2], *p;

	(void)tryst_buf_reserve(out, SHARD_HALF_HEAD);
	out->len += out->failed ? 0 : SHARD_HALF_HEAD;
	for (unsigned half = 0; half < 2; half++) {
		for (uint32_t i = 0; i < rows; i++)
			values[i] = half ? ips[i].lo : ips[i].hi;
		p = (uint8_t *)tryst_buf_reserve(out, TRYST_CHUNK_MAX);
		if (!p)
			return;
		sizes[half] = tryst_column_encode(e, values, rows, false, p, &encodings[half]);
		out->len += sizes[half];
	}
	p = (uint8_t *)out->data + head;
	p[0] = (uint8_t)field;
	p[1] = encodings[0];
	p[2] = encodings[1];
	p[3] = 0;
	tryst_store_le16(p + 4, (uint16_t)sizes[0]);
	tryst_store_le16(p + 6, (uint16_t)sizes[1]);
}

static void
put_sample_block(struct tryst_shard_builder *b, struct tryst_encoder *e,
                 const struct tryst_batch *rows, const uint64_t *numbers, struct tryst_buf *out)
{
	size_t head = out->len;
	uint64_t known = 0;

	for (uint32_t i = 0; i < rows->rows; i++)
		known |= rows->present[i];
	known |= TRYST_BIT(src) | TRYST_BIT(dst);
	(void)tryst_buf_reserve(out, 4);
	out->len += out->failed ? 0 : 4;
	tryst_block_encode(b->encoder, rows, rows->rows, numbers, out);
	if (!out->failed)
		tryst_store_le32((uint8_t *)out->data + head, (uint32_t)(out->len - head - 4));
	for (unsigned f = 0; TRYST_ADDRESS_BITS >> f; f++) {
		if (known & TRYST_ADDRESS_BITS & 1ULL << f)
			put_addresses(e, f, tryst_batch_column(rows, f), rows->rows, out);
	}
}

static int
put_sample_blocks(struct tryst_shard_builder *b, struct tryst_batch *rows, struct tryst_buf *table,
                  struct tryst_buf *blocks, struct tryst_error *err)
{
	struct tryst_encoder *e = malloc(sizeof(*e));
	uint64_t *numbers = malloc(TRYST_BATCH_ROWS * sizeof(*numbers));
	uint32_t done = 0;

	while (e && numbers && tryst_sample_fill(b->sample, done, rows, numbers)) {
		size_t at = blocks->len;
		uint8_t *p = (uint8_t *)tryst_buf_reserve(table, SHARD_SAMPLE_ENTRY);

		put_sample_block(b, e, rows, numbers, blocks);
		if (!p || blocks->failed)
			break;
		memset(p, 0, SHARD_SAMPLE_ENTRY);
		tryst_store_le64(p, TRYST_MIN(tryst_sampler_key(rows->src[0]),
		                              tryst_sampler_key(rows->dst[0])));
		tryst_store_le64(p + 8, at);
		tryst_store_le32(p + 16, (uint32_t)(blocks->len - at));
		tryst_store_le32(p + 20, rows->rows);
		tryst_store_le32(p + 24, tryst_store_sum(blocks->data + at, blocks->len - at));
		table->len += SHARD_SAMPLE_ENTRY;
		done += rows->rows;
	}
	if (!e || !numbers || blocks->failed || table->failed)
		(void)tryst_error_nomem(err);
	free(e);
	free(numbers);
	return blocks->failed || table->failed || !e || !numbers ? TRYST_ERR_NOMEM : 0;
}

static int
put_sample(struct tryst_shard_builder *b, struct tryst_buf sections[TRYST_SHARD_SECTIONS],
           struct tryst_error *err)
{
	struct tryst_sample_info info;
	struct tryst_batch rows;
	int rc = tryst_sample_finish(b->sample, b->sample_rows, err);

	if (rc == 0)
		rc = tryst_batch_init(&rows, SHARD_COLUMNS, err);
	if (rc < 0)
		return rc;
	tryst_sample_builder_info(b->sample, &info);
	tryst_sample_info_write(&info, &sections[TRYST_SHARD_SAMPLE]);
	rc = put_sample_blocks(b, &rows, &sections[TRYST_SHARD_SAMPLE],
	                       &sections[TRYST_SHARD_SAMPLE_BLOCKS], err);
	tryst_batch_fini(&rows);
	return rc;
}

/* The checksums of the pages, behind the units. */
static void
put_unit_sums(struct tryst_shard_builder *b)
{
	uint32_t pages = tryst_shard_unit_pages(b->unit_count);
	uint8_t *p = (uint8_t *)tryst_buf_reserve(&b->units, (size_t)pages * 4);

	for (uint32_t page = 0; p && page < pages; page++) {
		size_t first = page * (size_t)TRYST_SHARD_UNITS_PAGE * TRYST_SHARD_UNIT_BYTES;
		size_t len = TRYST_MIN(b->units.len - first,
		                       (size_t)TRYST_SHARD_UNITS_PAGE * TRYST_SHARD_UNIT_BYTES);

		tryst_store_le32(p + (size_t)page * 4, tryst_store_sum(b->units.data + first, len));
	}
	b->units.len += p ? (size_t)pages * 4 : 0;
}

/* Head, sections, and the slack behind them. */
static int
put_all(const struct tryst_shard_builder *b, const struct tryst_buf *sections,
        struct tryst_buf *out, struct tryst_error *err)
{
	uint64_t at = SHARD_HEAD;
	uint8_t *p = (uint8_t *)tryst_buf_reserve(out, SHARD_HEAD);
	size_t table = sections[TRYST_SHARD_SAMPLE].len - TRYST_SAMPLE_INFO_SIZE;

	if (!p)
		return tryst_error_nomem(err);
	memset(p, 0, SHARD_HEAD);
	memcpy(p, SHARD_MAGIC, 8);
	tryst_store_le32(p + 8, TRYST_SHARD_VERSION);
	tryst_store_le32(p + 12, TRYST_SHARD_SECTIONS);
	tryst_store_le32(p + 16, b->file_count);
	tryst_store_le32(p + 20, b->unit_count);
	tryst_store_le32(p + 24, (uint32_t)(table / SHARD_SAMPLE_ENTRY));
	for (unsigned i = 0; i < TRYST_SHARD_SECTIONS; i++) {
		uint8_t *entry = p + SHARD_TABLE + i * (size_t)24;
		bool paged = i == TRYST_SHARD_UNITS || i == TRYST_SHARD_ENTRIES ||
		             i == TRYST_SHARD_DICTIONARY || i == TRYST_SHARD_POSTINGS ||
		             i == TRYST_SHARD_SAMPLE_BLOCKS;

		tryst_store_le64(entry, at);
		tryst_store_le64(entry + 8, sections[i].len);
		tryst_store_le32(entry + 16,
		                 paged ? 0 : tryst_store_sum(sections[i].data, sections[i].len));
		at += sections[i].len;
	}
	tryst_store_le32(p + SHARD_HEAD - 8, tryst_store_sum(p, SHARD_HEAD - 8));
	out->len += SHARD_HEAD;
	for (unsigned i = 0; i < TRYST_SHARD_SECTIONS; i++)
		tryst_buf_add(out, sections[i].data, sections[i].len);
	p = (uint8_t *)tryst_buf_reserve(out, SHARD_SLACK);
	if (!p)
		return tryst_error_nomem(err);
	memset(p, 0, SHARD_SLACK);
	out->len += SHARD_SLACK;
	return 0;
}

int
tryst_shard_write(struct tryst_shard_builder *b, struct tryst_buf *out, struct tryst_error *err)
{
	struct tryst_buf sections[TRYST_SHARD_SECTIONS] = { { 0 } };
	int rc = tryst_dictionary_finish(b->dictionary, err);

	if (rc == 0) {
		tryst_dictionary_write(b->dictionary, &sections[TRYST_SHARD_DICTIONARY]);
		rc = tryst_postings_write(b->postings, tryst_dictionary_codes(b->dictionary),
		                          tryst_dictionary_builder_count(b->dictionary),
		                          &sections[TRYST_SHARD_POSTINGS], err);
	}
	if (rc == 0)
		rc = put_sample(b, sections, err);
	sections[TRYST_SHARD_FILES] = b->files;
	put_unit_sums(b);
	sections[TRYST_SHARD_UNITS] = b->units;
	sections[TRYST_SHARD_ENTRIES] = b->entries;
	for (unsigned i = 0; i < TRYST_SHARD_SECTIONS && rc == 0; i++) {
		if (sections[i].failed)
			rc = tryst_error_nomem(err);
	}
	if (rc == 0)
		rc = put_all(b, sections, out, err);
	for (unsigned i = TRYST_SHARD_ENTRIES + 1; i < TRYST_SHARD_SECTIONS; i++)
		tryst_buf_fini(&sections[i]);
	return rc;
}
