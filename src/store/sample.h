/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sample of a segment or an index shard: the rows of which either end's tryst_sampler_key is at
 * most a ceiling, kept once more, so that the background of a hunt (flow/sampler.h) is read from a
 * few blocks whatever the size of the archive.
 *
 * The ceiling is tryst_sampler_ceiling(level) of the least level at which at most
 * tryst_sample_room(rows) rows are chosen.  Rows are sorted by (the smaller of their two keys,
 * row), so those of any higher level are a prefix: at_level[] says how long it is.  What is chosen
 * depends on the rows alone.
 *
 * This part chooses and sorts; the caller encodes the batches it hands out, as any block is
 * encoded.
 */
#ifndef TRYST_STORE_SAMPLE_H
#define TRYST_STORE_SAMPLE_H

#include "base/buf.h"
#include "base/cursor.h"
#include "flow/batch.h"
#include "flow/sampler.h"

#define TRYST_SAMPLE_LEVELS (TRYST_SAMPLER_LEVEL_MAX + 1)
#define TRYST_SAMPLE_NONE TRYST_SAMPLE_LEVELS

/* How many rows of so many a sample may have: one in 256, but 4096 always. */
static inline uint32_t
tryst_sample_room(uint64_t rows)
{
	return (uint32_t)TRYST_MIN(TRYST_MAX(rows / 256, (uint64_t)4096), (uint64_t)UINT32_MAX);
}

/* What is known of a sample without reading it. */
struct tryst_sample_info {
	/* All rows of hosts chosen at this level are there; TRYST_SAMPLE_NONE: there is no sample.
	 */
	uint32_t level;
	uint32_t at_level[TRYST_SAMPLE_LEVELS]; /* rows of each level; 0 below `level` */
};

/* All rows that the sample holds. */
static inline uint32_t
tryst_sample_rows(const struct tryst_sample_info *info)
{
	return info->level == TRYST_SAMPLE_NONE ? 0 : info->at_level[info->level];
}

#define TRYST_SAMPLE_INFO_SIZE (4 + 4 * TRYST_SAMPLE_LEVELS)

void tryst_sample_info_write(const struct tryst_sample_info *info, struct tryst_buf *out);
/* False when it cannot be one: too short, a level out of bounds, counts that grow. */
bool tryst_sample_info_read(struct tryst_sample_info *info, struct tryst_cursor *c);

/*
 * The level that a run uses, a property of its inputs: the least one that no sample is too small
 * for, and at which all samples together have at most `room` rows.
 */
struct tryst_sample_sum {
	uint32_t level;
	uint64_t at_level[TRYST_SAMPLE_LEVELS];
};

/* One that is none changes nothing. */
void tryst_sample_sum_add(struct tryst_sample_sum *sum, const struct tryst_sample_info *info);
unsigned tryst_sample_sum_level(const struct tryst_sample_sum *sum, uint64_t room);

struct tryst_sample_builder;

/*
 * A builder that keeps the columns given (src and dst among them) of at most rows_max rows of a
 * segment; it needs memory for 2 * tryst_sample_room(rows_max) rows at most.  One thread at a time.
 */
int tryst_sample_builder_new(struct tryst_sample_builder **out, uint64_t columns, uint64_t rows_max,
                             struct tryst_error *err);
void tryst_sample_builder_free(struct tryst_sample_builder *b); /* NULL is fine */

/*
 * Looks at all rows of a batch (not only the selected ones), which are rows first_row and on of the
 * segment.  Batches may come in any order.  Columns that the batch lacks count as unknown.
 */
int tryst_sample_add(struct tryst_sample_builder *b, const struct tryst_batch *batch,
                     uint64_t first_row, struct tryst_error *err);

/* Before any row: the caller knows that rows of no lower level will do (TRYST_SAMPLE_NONE: none).
 */
void tryst_sample_begin_at(struct tryst_sample_builder *b, unsigned level);

/* The same of one row of a batch, whose number in the segment is given. */
void tryst_sample_add_row(struct tryst_sample_builder *b, const struct tryst_batch *batch,
                          uint32_t row, uint64_t number);

/* The segment has so many rows: fits the level and sorts.  Nothing may be added after. */
int tryst_sample_finish(struct tryst_sample_builder *b, uint64_t rows, struct tryst_error *err);

/* After finish. */
void tryst_sample_builder_info(const struct tryst_sample_builder *b,
                               struct tryst_sample_info *info);

/*
 * After finish: fills a batch, which has memory for the builder's columns, with the sample's rows
 * from `first` on, TRYST_BATCH_ROWS at most, and numbers[i] with the row of the segment that row i
 * was.  Returns how many.
 */
uint32_t tryst_sample_fill(const struct tryst_sample_builder *b, uint32_t first,
                           struct tryst_batch *out, uint64_t numbers[TRYST_BATCH_ROWS]);

/* The largest key of a row that it would keep now; it only falls until it is cleared. */
uint64_t tryst_sample_builder_ceiling(const struct tryst_sample_builder *b);

void tryst_sample_builder_clear(struct tryst_sample_builder *b);

#endif
