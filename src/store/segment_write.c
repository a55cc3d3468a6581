/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks are appended as they come; what needs all addresses of the segment is written at its end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "store/segment_impl.h"
#include "store/sum.h"

#define HELD_MAX (1u << 20)
#define PUSH_BYTES (16u << 20) /* so much at once is handed to the disk while more is made */

const char *const tryst_section_names[TRYST_SECTION_COUNT] = {
	[TRYST_SECTION_VALUES] = "values",
	[TRYST_SECTION_ADDRESSES] = "addresses",
	[TRYST_SECTION_DICTIONARY] = "dictionary",
	[TRYST_SECTION_POSTINGS] = "postings",
	[TRYST_SECTION_SAMPLE] = "sample",
	[TRYST_SECTION_SAMPLE_DIRECTORY] = "directory of the sample",
	[TRYST_SECTION_DIRECTORY] = "directory",
	[TRYST_SECTION_PROVENANCE] = "provenance",
};

int
tryst_segment_writer_new(struct tryst_segment_writer **out, struct tryst_error *err)
{
	struct tryst_segment_writer *w = calloc(1, sizeof(*w));
	int rc;

	*out = NULL;
	if (!w)
		return tryst_error_nomem(err);
	w->fd = -1;
	w->codes = malloc(sizeof(*w->codes) * TRYST_PIECE_ADDRESSES_MAX);
	rc = w->codes ? 0 : tryst_error_nomem(err);
	if (rc == 0)
		rc = tryst_dictionary_builder_new(&w->dictionary, err);
	if (rc == 0)
		rc = tryst_postings_builder_new(&w->postings, err);
	if (rc == 0)
		rc = tryst_sample_builder_new(&w->sample, TRYST_STORED_BITS, TRYST_SEGMENT_ROWS,
		                              err);
	if (rc == 0)
		rc = tryst_block_encoder_new(&w->encoder, err);
	if (rc == 0)
		*out = w;
	else
		tryst_segment_writer_free(w);
	return rc;
}

void
tryst_segment_writer_free(struct tryst_segment_writer *w)
{
	if (!w)
		return;
	tryst_segment_drop(w);
	tryst_buf_fini(&w->out);
	tryst_dictionary_builder_free(w->dictionary);
	tryst_postings_builder_free(w->postings);
	tryst_sample_builder_free(w->sample);
	tryst_block_encoder_free(w->encoder);
	free(w->blocks);
	free(w->ids);
	free(w->places);
	free(w->codes);
	free(w);
}

void
tryst_segment_drop(struct tryst_segment_writer *w)
{
	if (w->fd >= 0)
		(void)close(w->fd);
	w->fd = -1;
}

uint64_t
tryst_segment_rows(const struct tryst_segment_writer *w)
{
	return w->info.rows;
}

int
tryst_segment_begin(struct tryst_segment_writer *w, int fd, const char *name,
                    struct tryst_error *err)
{
	uint8_t head[TRYST_SEGMENT_HEAD] = TRYST_SEGMENT_MAGIC;

	assert(w->fd < 0);
	tryst_dictionary_builder_clear(w->dictionary);
	tryst_postings_builder_clear(w->postings);
	tryst_sample_builder_clear(w->sample);
	tryst_buf_clear(&w->out);
	w->block_count = w->id_count = w->place_count = 0;
	w->at = w->pushed = 0;
	w->info = (struct tryst_segment_info){ .first_ms = INT64_MAX,
		                               .last_ms = INT64_MIN,
		                               .sane_first_ms = INT64_MAX,
		                               .sane_last_ms = INT64_MIN };
	w->fd = fd;
	w->name = name;
	tryst_store_le32(head + 8, TRYST_SEGMENT_VERSION);
	tryst_store_le32(head + 12, tryst_store_sum(head, 12));
	w->info.sections[TRYST_SECTION_VALUES].at = TRYST_SEGMENT_HEAD;
	return tryst_segment_put(w, head, sizeof(head), err);
}

int
tryst_segment_flush(struct tryst_segment_writer *w, struct tryst_error *err)
{
	if (w->out.failed)
		return tryst_error_nomem(err);
	if (!tryst_write_all(w->fd, w->out.data, w->out.len))
		return tryst_error_errno(err, "%s", w->name);
	tryst_buf_clear(&w->out);
	if (w->at - w->pushed >= PUSH_BYTES) {
		/* Only a hint: the disk works while we do, so that the sync at the end is short. */
		(void)sync_file_range(w->fd, (off_t)w->pushed, (off_t)(w->at - w->pushed),
		                      SYNC_FILE_RANGE_WRITE);
		w->pushed = w->at;
	}
	return 0;
}

int
tryst_segment_put(struct tryst_segment_writer *w, const void *data, size_t size,
                  struct tryst_error *err)
{
	tryst_buf_add(&w->out, data, size);
	w->at += size;
	if (w->out.failed)
		return tryst_error_nomem(err);
	return w->out.len >= HELD_MAX ? tryst_segment_flush(w, err) : 0;
}

void
tryst_segment_section_begin(struct tryst_segment_writer *w, enum tryst_section section)
{
	w->info.sections[section].at = w->at;
}

void
tryst_segment_section_end(struct tryst_segment_writer *w, enum tryst_section section)
{
	w->info.sections[section].size = w->at - w->info.sections[section].at;
}

/* Room for n more of an array of elements of so many bytes. */
static int
grow(void **list, size_t count, size_t n, size_t *room, size_t size, struct tryst_error *err)
{
	size_t want = TRYST_MAX(*room * 2, TRYST_MAX(count + n, (size_t)4096));
	void *p;

	if (count + n <= *room)
		return 0;
	p = reallocarray(*list, want, size);
	if (!p)
		return tryst_error_nomem(err);
	*list = p;
	*room = want;
	return 0;
}

static int
grow_all(struct tryst_segment_writer *w, uint32_t addresses, size_t places, struct tryst_error *err)
{
	void *blocks = w->blocks, *ids = w->ids, *more = w->places;
	int rc = grow(&blocks, w->block_count, 1, &w->block_room, sizeof(*w->blocks), err);

	w->blocks = blocks;
	if (rc == 0)
		rc = grow(&ids, w->id_count, addresses, &w->id_room, sizeof(*w->ids), err);
	w->ids = ids;
	if (rc == 0)
		rc = grow(&more, w->place_count, places, &w->place_room, sizeof(*w->places), err);
	w->places = more;
	return rc;
}

static void
count_block(struct tryst_segment_info *info, const struct tryst_piece *p)
{
	info->rows += p->rows;
	info->known |= p->known;
	info->first_ms = TRYST_MIN(info->first_ms, p->first_ms);
	info->last_ms = TRYST_MAX(info->last_ms, p->last_ms);
	info->sane_first_ms = TRYST_MIN(info->sane_first_ms, p->sane_first_ms);
	info->sane_last_ms = TRYST_MAX(info->sane_last_ms, p->sane_last_ms);
}

/* The numbers of the block's addresses, and where each row's stand among them. */
static int
add_addresses(struct tryst_segment_writer *w, const struct tryst_piece *p, const uint8_t *data,
              struct tryst_error *err)
{
	size_t per_field = tryst_piece_padded(p->rows * sizeof(*w->places)) / sizeof(*w->places);
	size_t places = per_field * (size_t)__builtin_popcountll(p->fields);
	uint32_t *ids;
	int rc = grow_all(w, p->addresses, places, err);

	if (rc < 0)
		return rc;
	ids = w->ids + w->id_count;
	rc = tryst_dictionary_add(w->dictionary, (const struct tryst_ip *)(const void *)data,
	                          p->addresses, ids, err);
	if (rc == 0)
		rc = tryst_postings_add(w->postings, (uint32_t)w->block_count, ids, p->met, err);
	memcpy(w->places + w->place_count, data + p->addresses * sizeof(struct tryst_ip),
	       places * sizeof(*w->places));
	w->id_count += p->addresses;
	w->place_count += places;
	return rc;
}

int
tryst_segment_add(struct tryst_segment_writer *w, const struct tryst_piece *p, const uint8_t *data,
                  struct tryst_error *err)
{
	struct segment_block b = {
		.entry = { .values_at = w->at,
		           .values_size = p->values_size,
		           .first_ms = p->first_ms,
		           .last_ms = p->last_ms,
		           .rows = p->rows,
		           .first_row = (uint32_t)w->info.rows },
		.fields = p->fields,
		.ids_at = w->id_count,
		.places_at = w->place_count,
	};
	int rc = tryst_segment_put(w, data, p->values_size, err);

	if (rc == 0)
		rc = add_addresses(w, p, data + tryst_piece_padded(p->values_size), err);
	if (rc < 0)
		return rc;
	w->blocks[w->block_count++] = b;
	count_block(&w->info, p);
	return 0;
}

void
tryst_segment_codes(const struct tryst_segment_writer *w, const struct segment_block *b,
                    enum tryst_field field, uint32_t *out)
{
	size_t per_field =
		tryst_piece_padded(b->entry.rows * sizeof(*w->places)) / sizeof(*w->places);
	uint64_t before = b->fields & ((1ULL << field) - 1);
	const uint16_t *places =
		w->places + b->places_at + per_field * (size_t)__builtin_popcountll(before);
	const uint32_t *ids = w->ids + b->ids_at;

	for (uint32_t i = 0; i < b->entry.rows; i++)
		out[i] = ids[places[i]];
}

static void
put_entry(uint8_t *p, const struct tryst_block_entry *e)
{
	tryst_store_le64(p, e->values_at);
	tryst_store_le64(p + 8, e->addresses_at);
	tryst_store_le32(p + 16, e->values_size);
	tryst_store_le32(p + 20, e->addresses_size);
	tryst_store_le64(p + 24, (uint64_t)e->first_ms);
	tryst_store_le64(p + 32, (uint64_t)e->last_ms);
	tryst_store_le32(p + 40, e->rows);
	tryst_store_le32(p + 44, e->first_row);
}

int
tryst_segment_put_directory(struct tryst_segment_writer *w, enum tryst_section section,
                            const struct tryst_block_entry *(*entry)(const void *ctx, size_t i),
                            const void *ctx, size_t count, struct tryst_error *err)
{
	size_t pages = (count + TRYST_DIRECTORY_PAGE - 1) / TRYST_DIRECTORY_PAGE;
	uint8_t page[TRYST_DIRECTORY_PAGE_SIZE], *rows = calloc(pages + 1, 4);
	int rc;

	if (!rows)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < count; i++) {
		uint8_t *sum = rows + 4 + i / TRYST_DIRECTORY_PAGE * 4;

		tryst_store_le32(sum, tryst_load_le32(sum) + entry(ctx, i)->rows);
	}
	tryst_store_le32(rows, tryst_store_sum(rows + 4, 4 * pages));
	tryst_segment_section_begin(w, section);
	rc = tryst_segment_put(w, rows, 4 + 4 * pages, err);
	for (size_t i = 0; i < count && rc == 0;) {
		uint8_t *p = page + TRYST_DIRECTORY_HEAD;

		for (unsigned n = 0; n < TRYST_DIRECTORY_PAGE && i < count; n++, i++) {
			put_entry(p, entry(ctx, i));
			p += TRYST_DIRECTORY_ENTRY;
		}
		tryst_store_le32(page + 4, 0);
		tryst_store_le32(page, tryst_store_sum(page + 4, (size_t)(p - page) - 4));
		rc = tryst_segment_put(w, page, (size_t)(p - page), err);
	}
	tryst_segment_section_end(w, section);
	free(rows);
	return rc;
}
