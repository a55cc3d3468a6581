/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blocks: up to TRYST_BATCH_ROWS rows as *groups* of chunks (docs/formats/store.md, "Groups").
 *
 * A block has two groups: the values of its rows, which are encoded while importing, and the
 * addresses as codes of the segment's dictionary, which are known only when all of it was read.
 * A group is a head with the size and checksum of each chunk, itself checked, and the chunks; a
 * chunk is checked when it is first read, so that only what is read is checked, and once.
 *
 * A *stream* is what a chunk holds: a field as it is, or what takes fewer bits: the duration in
 * place of the end, the smaller and the larger of two ports or addresses and whether they were
 * swapped, bytes as a multiple of the packets and a rest.
 */
#ifndef TRYST_STORE_BLOCK_H
#define TRYST_STORE_BLOCK_H

#include "base/buf.h"
#include "flow/bound.h"
#include "store/column.h"

/* The first numbers are those of the fields, so they and the bits of `present` are for good. */
enum tryst_stream_id {
	TRYST_STREAM_present = 64,
	TRYST_STREAM_duration,
	TRYST_STREAM_port_low,
	TRYST_STREAM_port_high,
	TRYST_STREAM_port_swap,
	TRYST_STREAM_bytes_quotient,
	TRYST_STREAM_bytes_rest,
	TRYST_STREAM_address_low,
	TRYST_STREAM_address_high,
	TRYST_STREAM_address_swap,
	TRYST_STREAM_row, /* of a sample: which row of the segment it was */
	TRYST_STREAM_COUNT
};

/* The name of a stream for messages: "packets", "duration". */
const char *tryst_stream_name(unsigned stream);

/* The fields that are addresses, and those that a segment keeps. */
#define TRYST_ADDRESS_BITS                                                                         \
	(TRYST_BIT(src) | TRYST_BIT(dst) | TRYST_BIT(next_hop) | TRYST_BIT(exporter) |             \
	 TRYST_BIT(nat_src) | TRYST_BIT(nat_dst))
#define TRYST_STORED_BITS (TRYST_BITS_ALL & ~(TRYST_BIT(input_id) | TRYST_BIT(record_no)))

#define TRYST_GROUP_HEAD 8
#define TRYST_GROUP_ENTRY 8
#define TRYST_GROUP_CHUNKS_MAX 64
/* No group is larger. */
#define TRYST_GROUP_MAX                                                                            \
	(TRYST_GROUP_HEAD + TRYST_GROUP_CHUNKS_MAX * (TRYST_GROUP_ENTRY + TRYST_CHUNK_MAX))

/* Makes groups; one thread at a time. */
struct tryst_block_encoder;

int tryst_block_encoder_new(struct tryst_block_encoder **out, struct tryst_error *err);
void tryst_block_encoder_free(struct tryst_block_encoder *e);

/*
 * Appends the group of the values of the first `rows` rows of a batch.  A field that no row has is
 * not kept; what stands in the column of a row that has not the field is not kept either.
 * numbers: of a sample, the row that each was; else NULL.  out->failed without memory.
 */
void tryst_block_encode(struct tryst_block_encoder *e, const struct tryst_batch *b, uint32_t rows,
                        const uint64_t *numbers, struct tryst_buf *out);

/* Appends the group of the addresses: codes[field][row] for each field of the set. */
void tryst_block_encode_codes(struct tryst_block_encoder *e, uint64_t fields,
                              uint32_t *const codes[TRYST_FIELD_COUNT], uint32_t rows,
                              struct tryst_buf *out);

/* A group opened for reading, by one thread; it points into the bytes. */
struct tryst_group {
	const uint8_t *data;
	uint32_t rows;
	uint32_t chunks;
	uint32_t at[TRYST_GROUP_CHUNKS_MAX]; /* of each chunk, from data */
	uint8_t chunk_of[TRYST_STREAM_COUNT];
	uint64_t opened; /* the chunks that were checked and opened: a bit each */
	struct tryst_column columns[TRYST_GROUP_CHUNKS_MAX];
};

/* Why and where something cannot be read. */
struct tryst_block_fault {
	const char *what; /* NULL: nothing is wrong */
	unsigned stream;  /* TRYST_STREAM_COUNT: the head of the group */
	size_t at;        /* from the beginning of the group */
};

/*
 * Opens a group of exactly size bytes, with TRYST_PACK_SLACK readable ones behind.  Checks the head
 * only.
 */
bool tryst_group_open(struct tryst_group *g, const uint8_t *data, size_t size,
                      struct tryst_block_fault *fault);

/* Whether the group has a chunk of the stream. */
static inline bool
tryst_group_has(const struct tryst_group *g, unsigned stream)
{
	return g->chunk_of[stream] != UINT8_MAX;
}

/*
 * A stream of a group, whose chunk is checked: the given rows (ascending, n of them), or with
 * rows == NULL all of them, into values of 1, 2, 4 or 8 bytes, as tryst_column_decode and _pick do.
 * A stream that is not there is 0.
 */
bool tryst_group_stream(struct tryst_group *g, unsigned stream, const uint16_t *rows, uint32_t n,
                        void *out, size_t value_size, struct tryst_block_fault *fault);

/*
 * The chunk of a stream, checked and opened.  1: there it is, as long as the group is; 0: there is
 * none; negative: damaged.
 */
int tryst_group_column(struct tryst_group *g, unsigned stream, const struct tryst_column **c,
                       struct tryst_block_fault *fault);

/*
 * The rows that are within all of the bounds, and perhaps some that are not, into rows[0..*n),
 * which has room for all.  Chunks are read only as long as any row is left.
 */
bool tryst_group_narrow(struct tryst_group *g, struct tryst_bounds bounds, uint16_t *rows,
                        uint32_t *n, struct tryst_block_fault *fault);

/* Verifies every chunk, and that each decodes. */
bool tryst_group_verify(struct tryst_group *g, struct tryst_block_fault *fault);

/*
 * Fills `present` of a batch, of these fields only, from a group: its given rows, or all with rows
 * == NULL, become rows `at` and on of the batch.  With all rows `sure` and `never` are set, too.
 */
bool tryst_group_present(struct tryst_group *g, uint64_t fields, const uint16_t *rows, uint32_t n,
                         struct tryst_batch *b, uint32_t at, struct tryst_block_fault *fault);

/* Fills columns (other than addresses) of a batch likewise.  All rows need at == 0. */
bool tryst_group_fill(struct tryst_group *g, uint64_t columns, const uint16_t *rows, uint32_t n,
                      struct tryst_batch *b, uint32_t at, struct tryst_block_fault *fault);

/* The codes of src and dst, of the given rows or all; room as for tryst_column_decode. */
bool tryst_group_pair(struct tryst_group *g, const uint16_t *rows, uint32_t n, uint32_t *src,
                      uint32_t *dst, struct tryst_block_fault *fault);

#endif
