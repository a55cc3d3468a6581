/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files that make a source of a segment. */
#ifndef TRYST_STORE_SEGMENT_SOURCE_H
#define TRYST_STORE_SEGMENT_SOURCE_H

#include "store/addresses.h"
#include "store/store.h"

#define SEGMENT_FIELDS 6          /* that are addresses */
#define SEGMENT_GROUP_BYTES 65536 /* hardly any is larger */

struct segment_source {
	struct tryst_source base; /* first */
	struct tryst_segment segment;
	struct tryst_addresses addresses;
	bool has_dictionary;
	bool codes;               /* those who take codes get them */
	const uint8_t *page_rows; /* tryst_segment_page_rows */
	bool outside;             /* no row overlaps the window */
	bool by_address;          /* read: blocks of `hits`, rows with a wanted code */
	struct tryst_block_set hits;
	uint32_t *wanted;                /* a bit a code */
	const uint8_t *sample_page_rows; /* read the sample too; NULL: not */
};

/* What a thread needs while it reads a part; in its scratch memory. */
struct segment_reading {
	struct segment_source *s;
	struct tryst_sink *sink;
	size_t part;
	struct tryst_group values, addresses;
	const struct tryst_block_entry
		*unopened; /* whose addresses nobody needed so far; or NULL */
	struct tryst_block_fault fault;
	uint32_t codes[SEGMENT_FIELDS][TRYST_BATCH_ROWS + 8];
	bool lost[TRYST_BATCH_ROWS + 8];
	struct tryst_dictionary_cache cache[SEGMENT_FIELDS];
	struct tryst_block_entry entries[TRYST_DIRECTORY_PAGE];
	uint64_t numbers[TRYST_BATCH_ROWS + 8]; /* rows of the segment, of a sample's block */
	uint16_t rows[TRYST_BATCH_ROWS];
	uint32_t wide; /* so many blocks are read without looking at bounds */
	uint8_t bytes[2][SEGMENT_GROUP_BYTES]; /* of the groups of one block */
};

/*
 * The columns of the given rows (all: NULL) of the open groups become rows `at` and on of the
 * batch, and `present` of the fields `known`.  The group of the addresses is opened where it is not
 * and they are among them.  Rows whose addresses are lost are left out and
 * counted.  Returns how many there are now, or -1: r->fault.
 */
int tryst_segment_fill(struct segment_reading *r, uint64_t columns, uint64_t known,
                       const uint16_t *rows, uint32_t n, uint32_t at);

/* Room for n more rows in the batch. */
int tryst_segment_room(struct segment_reading *r, uint32_t n, struct tryst_error *err);

/*
 * Reads all rows of the open groups, which begin at a row of the part, and flushes those that are
 * wanted; a few that are within the sink's bounds are left in the batch, which may hold others.
 * 1: the block is damaged, r->fault says how.
 */
int tryst_segment_scan(struct segment_reading *r, uint32_t first, struct tryst_error *err);

/* input_id and record_no of rows `at` and on of the batch: row first + rows[i] of the part. */
void tryst_segment_name(struct segment_reading *r, uint32_t first, const uint16_t *rows, uint32_t n,
                        uint32_t at);

/*
 * Opens a regular file that begins as a segment; -1: it is none, or whoever opens it next says why.
 */
int tryst_segment_find(const char *path, uint64_t *size);

/* What was decided for a request, and why. */
struct tryst_segment_plan {
	bool outside;         /* its time is outside of the window */
	bool by_address;      /* the index says which blocks */
	bool index_damaged;   /* it would say, but is damaged: all blocks */
	bool sample_small;    /* it would say, but the run wants more hosts than the sample has */
	uint32_t codes;       /* addresses of the dictionary that are wanted */
	uint32_t sample_rows; /* read beside them, at most */
	struct tryst_error damage; /* what of the index is damaged, where it is */
};

/* Whether a block is read. */
static inline bool
tryst_segment_wants(const struct segment_source *s, uint32_t block,
                    const struct tryst_block_entry *e)
{
	const struct tryst_request *req = &s->base.request;

	if (e->last_ms < req->from_ms || e->first_ms > req->to_ms)
		return false;
	return !s->by_address || tryst_block_set_has(&s->hits, block);
}

/* Decides what is read: s->outside, by_address, hits, wanted, sample. */
int tryst_segment_choose(struct segment_source *s, struct tryst_segment_plan *plan,
                         struct tryst_error *err);
/* Frees what was decided, also after a failure. */
void tryst_segment_choice_free(struct segment_source *s);

#endif
