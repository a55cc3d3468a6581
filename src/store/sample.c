/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The builder keeps rows whose key is at most the ceiling of its level, and raises the level when
 * they are more than twice the room.  The level that is right for the rows that came is never below
 * that, because the room only grows with the rows; finishing finds it.
 */
#include "store/sample.h"

#include <stdlib.h>
#include <string.h>

struct chosen {
	uint64_t key;
	uint64_t row;
	uint32_t at; /* in the rows; until finish as in this array */
};

/* Where a field stands in a row. */
struct place {
	uint8_t field;
	uint8_t size;
	uint16_t at;
};

struct tryst_sample_builder {
	uint64_t columns;
	uint32_t room; /* rows held at most: twice what the largest segment's sample has */
	uint32_t count;
	unsigned level;
	struct chosen *chosen;
	struct tryst_sample_info info;
	uint8_t *rows;   /* `present` first, then the fields; row by row, as most do not stay */
	size_t row_size; /* a multiple of 8 */
	unsigned places_count;
	struct place places[TRYST_FIELD_COUNT];
	uint8_t place_of[TRYST_FIELD_COUNT]; /* by field */
};

void
tryst_sample_info_write(const struct tryst_sample_info *info, struct tryst_buf *out)
{
	uint8_t *p = (uint8_t *)tryst_buf_reserve(out, TRYST_SAMPLE_INFO_SIZE);

	if (!p)
		return;
	tryst_store_le32(p, info->level);
	for (unsigned i = 0; i < TRYST_SAMPLE_LEVELS; i++)
		tryst_store_le32(p + 4 + 4 * (size_t)i, info->at_level[i]);
	out->len += TRYST_SAMPLE_INFO_SIZE;
}

bool
tryst_sample_info_read(struct tryst_sample_info *info, struct tryst_cursor *c)
{
	uint32_t before = UINT32_MAX;

	info->level = tryst_cursor_le32(c);
	for (unsigned i = 0; i < TRYST_SAMPLE_LEVELS; i++) {
		info->at_level[i] = tryst_cursor_le32(c);
		if (i < info->level && info->at_level[i])
			return false;
		if (i >= info->level && info->at_level[i] > before)
			return false;
		if (i >= info->level)
			before = info->at_level[i];
	}
	return !c->failed && info->level <= TRYST_SAMPLE_NONE;
}

void
tryst_sample_sum_add(struct tryst_sample_sum *sum, const struct tryst_sample_info *info)
{
	if (info->level == TRYST_SAMPLE_NONE)
		return;
	sum->level = TRYST_MAX(sum->level, info->level);
	for (unsigned i = info->level; i < TRYST_SAMPLE_LEVELS; i++)
		sum->at_level[i] += info->at_level[i];
}

unsigned
tryst_sample_sum_level(const struct tryst_sample_sum *sum, uint64_t room)
{
	unsigned level = sum->level;

	while (level < TRYST_SAMPLER_LEVEL_MAX && sum->at_level[level] > room)
		level++;
	return level;
}

/* How many rows there may be while more come. */
static uint32_t
rows_held(uint64_t rows_max)
{
	return (uint32_t)TRYST_MIN(2 * (uint64_t)tryst_sample_room(rows_max), (uint64_t)1 << 31);
}

static uint8_t *
row_at(const struct tryst_sample_builder *b, uint32_t i)
{
	return b->rows + i * b->row_size;
}

static void
place_fields(struct tryst_sample_builder *b)
{
	b->row_size = sizeof(uint64_t);
	for (unsigned f = 0; f < TRYST_FIELD_COUNT; f++) {
		uint8_t size = tryst_field_info(f)->size;

		if (!(b->columns >> f & 1))
			continue;
		b->place_of[f] = (uint8_t)b->places_count;
		b->places[b->places_count++] =
			(struct place){ (uint8_t)f, size, (uint16_t)b->row_size };
		b->row_size += size;
	}
	b->row_size = (b->row_size + 7) & ~(size_t)7;
}

int
tryst_sample_builder_new(struct tryst_sample_builder **out, uint64_t columns, uint64_t rows_max,
                         struct tryst_error *err)
{
	struct tryst_sample_builder *b = calloc(1, sizeof(*b));

	*out = NULL;
	if (!b)
		return tryst_error_nomem(err);
	b->columns = columns;
	b->room = rows_held(rows_max);
	b->chosen = reallocarray(NULL, b->room, sizeof(*b->chosen));
	place_fields(b);
	b->rows = reallocarray(NULL, b->room, b->row_size);
	if (!b->chosen || !b->rows) {
		tryst_sample_builder_free(b);
		return tryst_error_nomem(err);
	}
	*out = b;
	return 0;
}

void
tryst_sample_builder_free(struct tryst_sample_builder *b)
{
	if (!b)
		return;
	free(b->chosen);
	free(b->rows);
	free(b);
}

void
tryst_sample_builder_clear(struct tryst_sample_builder *b)
{
	b->count = 0;
	b->level = 0;
}

uint64_t
tryst_sample_builder_ceiling(const struct tryst_sample_builder *b)
{
	return b->level < TRYST_SAMPLE_NONE ? tryst_sampler_ceiling(b->level) : 0;
}

/* Forgets the rows beyond the ceiling and moves the others together. */
static void
prune(struct tryst_sample_builder *b)
{
	uint64_t ceiling = tryst_sampler_ceiling(b->level);
	uint32_t kept = 0;

	for (uint32_t i = 0; i < b->count; i++) {
		if (b->chosen[i].key > ceiling)
			continue;
		if (i != kept)
			memcpy(row_at(b, kept), row_at(b, i), b->row_size);
		b->chosen[kept] = b->chosen[i];
		b->chosen[kept].at = kept;
		kept++;
	}
	b->count = kept;
}

/* A copy of a size that is known costs no call. */
static inline void
copy_value(uint8_t *out, const uint8_t *in, unsigned size)
{
	if (size == 8)
		memcpy(out, in, 8);
	else if (size == 16)
		memcpy(out, in, 16);
	else if (size == 4)
		memcpy(out, in, 4);
	else if (size == 2)
		memcpy(out, in, 2);
	else
		memcpy(out, in, size);
}

static void
keep(struct tryst_sample_builder *b, const struct tryst_batch *batch, uint32_t row, uint64_t key,
     uint64_t number)
{
	uint32_t at = b->count++;
	uint64_t present = batch->present[row] & batch->columns & b->columns;
	uint64_t copied = (present | TRYST_BIT(src) | TRYST_BIT(dst)) & b->columns;
	uint8_t *out = row_at(b, at);

	b->chosen[at] = (struct chosen){ key, number, at };
	memset(out, 0, b->row_size);
	memcpy(out, &present, sizeof(present));
	for (; copied; copied &= copied - 1) {
		const struct place *p = &b->places[b->place_of[__builtin_ctzll(copied)]];
		const uint8_t *column = tryst_batch_column(batch, p->field);

		copy_value(out + p->at, column + (size_t)row * p->size, p->size);
	}
}

void
tryst_sample_begin_at(struct tryst_sample_builder *b, unsigned level)
{
	assert(b->count == 0);
	b->level = level;
}

void
tryst_sample_add_row(struct tryst_sample_builder *b, const struct tryst_batch *batch, uint32_t row,
                     uint64_t number)
{
	uint64_t key =
		TRYST_MIN(tryst_sampler_key(batch->src[row]), tryst_sampler_key(batch->dst[row]));

	if (b->level == TRYST_SAMPLE_NONE || key > tryst_sampler_ceiling(b->level))
		return;
	keep(b, batch, row, key, number);
	while (b->count == b->room && ++b->level < TRYST_SAMPLE_NONE)
		prune(b);
}

int
tryst_sample_add(struct tryst_sample_builder *b, const struct tryst_batch *batch,
                 uint64_t first_row, struct tryst_error *err)
{
	uint64_t ceiling = tryst_sampler_ceiling(b->level);

	(void)err;
	for (uint32_t row = 0; row < batch->rows && b->level < TRYST_SAMPLE_NONE; row++) {
		uint64_t key = TRYST_MIN(tryst_sampler_key(batch->src[row]),
		                         tryst_sampler_key(batch->dst[row]));

		if (TRYST_LIKELY(key > ceiling))
			continue;
		keep(b, batch, row, key, first_row + row);
		while (b->count == b->room && ++b->level < TRYST_SAMPLE_NONE)
			prune(b);
		ceiling = tryst_sampler_ceiling(b->level);
	}
	return 0;
}

static int
compare_chosen(const void *a, const void *b)
{
	const struct chosen *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->row < y->row ? -1 : x->row > y->row;
}

int
tryst_sample_finish(struct tryst_sample_builder *b, uint64_t rows, struct tryst_error *err)
{
	uint32_t room = tryst_sample_room(rows), n;

	(void)err;
	b->info = (struct tryst_sample_info){ .level = TRYST_SAMPLE_NONE };
	if (b->level == TRYST_SAMPLE_NONE)
		b->count = 0;
	qsort(b->chosen, b->count, sizeof(*b->chosen), compare_chosen);
	n = b->count;
	for (unsigned level = b->level; level < TRYST_SAMPLE_LEVELS; level++) {
		while (n && b->chosen[n - 1].key > tryst_sampler_ceiling(level))
			n--;
		if (n > room)
			continue;
		b->info.level = TRYST_MIN(b->info.level, (uint32_t)level);
		b->info.at_level[level] = n;
	}
	b->count = tryst_sample_rows(&b->info);
	return 0;
}

void
tryst_sample_builder_info(const struct tryst_sample_builder *b, struct tryst_sample_info *info)
{
	*info = b->info;
}

uint32_t
tryst_sample_fill(const struct tryst_sample_builder *b, uint32_t first, struct tryst_batch *out,
                  uint64_t numbers[TRYST_BATCH_ROWS])
{
	uint32_t n = first < b->count ? TRYST_MIN(b->count - first, (uint32_t)TRYST_BATCH_ROWS) : 0;
	const struct chosen *chosen = b->chosen + first;

	for (uint32_t i = 0; i < n; i++) {
		memcpy(&out->present[i], row_at(b, chosen[i].at), sizeof(out->present[i]));
		numbers[i] = chosen[i].row;
	}
	for (unsigned k = 0; k < b->places_count; k++) {
		const struct place *p = &b->places[k];
		uint8_t *column = tryst_batch_column(out, p->field);

		for (uint32_t i = 0; column && i < n; i++)
			memcpy(column + i * p->size, row_at(b, chosen[i].at) + p->at, p->size);
	}
	out->rows = n;
	return n;
}
