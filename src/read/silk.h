/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the SiLK reader share.  The format is described in docs/formats/silk.md.
 *
 * A file is a header, and records of one size, in blocks that are compressed one by one or in one
 * piece.  Opening reads the header and the heads of the blocks; parts are read in parallel.
 */
#ifndef TRYST_READ_SILK_H
#define TRYST_READ_SILK_H

#include "base/cursor.h"
#include "read/fixed.h"

#define SILK_MAGIC 0xdeadbeefu
#define SILK_HEADER_START 16u
#define SILK_HEADER_MAX (1u << 20)
#define SILK_EXPANDED 16 /* the file version that began the header of today */
#define SILK_BLOCK_HEAD 8u
#define SILK_BLOCK_MAX (1u << 20) /* packed or not: SiLK's own limit */

enum silk_packing { SILK_PLAIN, SILK_ZLIB, SILK_LZO, SILK_SNAPPY, SILK_PACKINGS };

/* A kind of record: format and version. */
struct silk_layout {
	uint8_t format;
	uint8_t version;
	uint8_t state_at;   /* the byte of attributes, whose top bit says IPv6 */
	uint8_t elapsed_at; /* 32 bits, ms */
	bool hourly;        /* times count from the hour in the header, TCP flags are packed */
	struct tryst_fixed_layout fixed;
};

/* The kind of record, or NULL. */
const struct silk_layout *tryst_silk_layout(unsigned format, unsigned version);

struct silk_head {
	struct tryst_fixed fixed; /* first */
	const struct silk_layout *layout;
	enum silk_packing packing;
	int64_t hour_ms;  /* of hourly files */
	uint32_t sensor;  /* of hourly files; SILK_NO_SENSOR: unknown */
	uint64_t data_at; /* where the records or blocks begin */
};

#define SILK_NO_SENSOR 0xffffu

/*
 * Reads the header.  TRYST_ERR_UNSUPPORTED with a text that says what would make the file readable
 * when it is of another kind; *flows then tells whether it holds flow records at all.
 */
int tryst_silk_head(struct silk_head *h, const struct tryst_file *file, bool *flows,
                    struct tryst_error *err);

/* struct tryst_fixed.finish of every layout. */
const char *tryst_silk_finish(const struct tryst_fixed *f, const uint8_t *record,
                              struct tryst_row *row);

#define SILK_PART_FULL (1u << 18) /* bytes of blocks that make a part */

/* Blocks that are read together: whole blocks, one behind the other, at most SILK_PART_MAX bytes.
 */
struct silk_part {
	uint64_t from, to;
};

#define SILK_PART_MAX (SILK_PART_FULL + SILK_BLOCK_HEAD + SILK_BLOCK_MAX)

struct silk_parts {
	struct silk_part *list;
	size_t count, room;
};

/* The head of a block. */
struct silk_block {
	uint32_t packed;
	uint32_t plain;
};

/* Reads the head of a block from its SILK_BLOCK_HEAD bytes; false: they cannot be one. */
bool tryst_silk_block(const struct silk_head *h, const uint8_t *p, struct silk_block *b);

/*
 * Walks the chain of blocks and cuts it into parts.  Where it breaks, what is skipped up to the
 * next place where a chain begins is counted in *health.
 */
int tryst_silk_parts(struct silk_parts *p, const struct silk_head *h, const struct tryst_file *file,
                     struct tryst_health *health, struct tryst_error *err);

/* Loads what unpacks such blocks; before any of them is. */
int tryst_silk_unpack_ready(enum silk_packing packing, struct tryst_error *err);

/* Unpacks a block; false unless it becomes exactly `plain` bytes. */
bool tryst_silk_unpack(enum silk_packing packing, const uint8_t *in, size_t len, uint8_t *out,
                       size_t plain);

extern const struct tryst_reader tryst_reader_silk;

#endif
