/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One column of one block as bytes: a *chunk* (docs/formats/store.md, "Chunks").
 *
 * The encoder chooses by size among a constant, numbers packed above a base with a few exceptions
 * that are wider (Zukowski et al., "Super-scalar RAM-CPU cache compression", ICDE 2006), a
 * dictionary of the most frequent values, and differences.  What it chooses depends on the values
 * alone.  Any value of 64 bits comes back exactly.
 *
 * A chunk that was opened is safe to decode whatever its bytes are: opening checks every length.
 * What its values then mean is the caller's to check.
 */
#ifndef TRYST_STORE_COLUMN_H
#define TRYST_STORE_COLUMN_H

#include "flow/batch.h"
#include "store/pack.h"

enum tryst_encoding {
	TRYST_ENCODING_CONST,  /* [value] */
	TRYST_ENCODING_PACKED, /* base, width, exceptions, packed numbers */
	TRYST_ENCODING_DICT,   /* values, the most frequent first, and which one a row has */
	TRYST_ENCODING_DELTA,  /* the first value, and zigzag differences to the one before */
	TRYST_ENCODING_COUNT
};

#define TRYST_DICT_MAX 256 /* values of a chunk's dictionary */

/* No chunk is larger: every value in full and the largest header. */
#define TRYST_CHUNK_MAX (TRYST_BATCH_ROWS * 8 + 64)

/* Working memory of an encoder, one a thread; no contents outlive a call. */
struct tryst_encoder {
	uint64_t a[TRYST_BATCH_ROWS];     /* offsets from the base, differences */
	uint64_t b[TRYST_BATCH_ROWS + 1]; /* high bits of exceptions */
	uint16_t places[TRYST_BATCH_ROWS + 1];
	uint64_t c[TRYST_BATCH_ROWS]; /* numbers of dictionary entries, differences */
	uint64_t keys[1024];          /* the dictionary's hash table */
	uint16_t entry[1024];         /* entry number + 1 */
	uint64_t values[TRYST_DICT_MAX];
	uint32_t counts[TRYST_DICT_MAX];
	uint8_t order[TRYST_DICT_MAX];
};

/*
 * Encodes 1 to TRYST_BATCH_ROWS values into out (TRYST_CHUNK_MAX bytes) as the smallest of what is
 * tried: differences only where asked.  Returns the size; *encoding is an enum tryst_encoding.
 */
size_t tryst_column_encode(struct tryst_encoder *e, const uint64_t *values, uint32_t count,
                           bool differences, uint8_t *out, uint8_t *encoding);

/* The chunk of values that are all this one. */
size_t tryst_column_constant(uint64_t value, uint8_t *out, uint8_t *encoding);

/* Packed numbers with exceptions, as they stand in a chunk. */
struct tryst_packed {
	const uint8_t *bits;
	const uint8_t *places; /* of the exceptions: 16 bits each, ascending */
	const uint8_t *highs;  /* what stands above `width` in them */
	uint64_t base;
	uint16_t exceptions;
	uint8_t width;
	uint8_t high_width;
};

/* A chunk opened for decoding; it points into the bytes. */
struct tryst_column {
	uint8_t encoding;
	uint32_t count;             /* rows */
	uint64_t first;             /* the constant, or the first value */
	struct tryst_packed packed; /* numbers, entry numbers, or differences */
	const uint8_t *values;      /* the dictionary, packed above values_base */
	uint64_t values_base;
	uint16_t values_count;
	uint8_t values_width;
};

/*
 * Opens a chunk of `count` rows (1 to TRYST_BATCH_ROWS).  TRYST_PACK_SLACK bytes behind it must be
 * readable.  False: it is none.
 */
bool tryst_column_open(struct tryst_column *c, uint8_t encoding, const uint8_t *data, size_t size,
                       uint32_t count);

/*
 * All values into out, whose values have 1, 2, 4 or 8 bytes (they are cut to that) and which has
 * room for the rows rounded up to a multiple of eight.  False: it names dictionary entries that
 * are not there, and out holds anything.
 */
bool tryst_column_decode(const struct tryst_column *c, void *out, size_t value_size);

/* The values of the given rows (below count, ascending) into out[0..n); otherwise as above. */
bool tryst_column_pick(const struct tryst_column *c, const uint16_t *rows, uint32_t n, void *out,
                       size_t value_size);

static inline uint64_t
tryst_zigzag(uint64_t difference)
{
	return difference << 1 ^ -(difference >> 63);
}

static inline uint64_t
tryst_unzigzag(uint64_t v)
{
	return v >> 1 ^ -(v & 1);
}

#endif
