/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the threads of an import hand to the one writer of a segment.
 *
 * A *cutter* belongs to a thread.  It cuts the rows of a part into blocks and encodes what needs no
 * dictionary, which is most of the work; of the addresses it sends the different ones and, for each
 * row, their places among them.  What is left of a part, less than a block, goes over as it is: the
 * writer joins such rests, so that many small parts make whole blocks.
 *
 * A piece never leaves the process: its numbers are the machine's own.
 */
#ifndef TRYST_STORE_PIECE_H
#define TRYST_STORE_PIECE_H

#include "store/block.h"

enum tryst_piece_kind {
	TRYST_PIECE_BLOCK, /* values, addresses, places */
	TRYST_PIECE_REST,  /* rows as they are */
};

/* Addresses in a block: all six fields different in every row. */
#define TRYST_PIECE_ADDRESSES_MAX (6 * TRYST_BATCH_ROWS)

/*
 * The head of a piece.  Behind that of a block stand its group of values, its different addresses
 * and for each field of `fields` the place of each row's among them (16 bits), each padded to
 * eight bytes; behind that of a rest its `present` and the columns.
 */
struct tryst_piece {
	uint64_t size; /* with this head, a multiple of 8 */
	uint64_t fields;
	uint64_t known; /* the fields that any row has */
	int64_t first_ms, last_ms;
	int64_t sane_first_ms, sane_last_ms; /* the same of the times that can be (flow/health.h) */
	uint32_t kind;
	uint32_t rows;
	uint32_t input; /* its number */
	uint32_t addresses;
	uint32_t met; /* the first so many of the addresses are a src or dst */
	uint32_t values_size;
};

struct tryst_cutter;

int tryst_cutter_new(struct tryst_cutter **out, struct tryst_error *err);
void tryst_cutter_free(struct tryst_cutter *c);

/*
 * Takes the first `count` selected rows of a batch, which has all columns that are to be kept, and
 * input_id.  Blocks that became full are appended to out; out->failed without memory.
 */
void tryst_cutter_rows(struct tryst_cutter *c, const struct tryst_batch *b, uint32_t count,
                       struct tryst_buf *out);

/* Appends what is left: the end of a part. */
void tryst_cutter_end(struct tryst_cutter *c, struct tryst_buf *out);

/* The writer's side: the rows of a rest join the cutter's own; blocks come as from above. */
void tryst_cutter_rest(struct tryst_cutter *c, const struct tryst_piece *p, const uint8_t *data,
                       struct tryst_buf *out);

/* Appends what is left as a block. */
void tryst_cutter_flush(struct tryst_cutter *c, struct tryst_buf *out);

static inline size_t
tryst_piece_padded(size_t size)
{
	return (size + 7) / 8 * 8;
}

#endif
