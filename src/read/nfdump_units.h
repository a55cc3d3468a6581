/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs of flow records of an nfdump file of layout 2, for an index that says which of them hold
 * something.  They never go beyond a block, and since records of layout 2 describe themselves, each
 * can be read by itself.
 */
#ifndef TRYST_READ_NFDUMP_UNITS_H
#define TRYST_READ_NFDUMP_UNITS_H

#include "read/read.h"

/*
 * So many flow records: few enough to be read for one of them, many enough that what an index
 * notes of each run is small beside them.
 */
#define TRYST_NF_UNIT_ROWS 512

_Static_assert(TRYST_NF_UNIT_ROWS <= TRYST_BATCH_ROWS, "a run fits a batch");

/*
 * Where the unpacking of an LZ4 block may begin (read/lz4_entry.h): at its byte `packed`, which
 * makes the unpacked byte `plain`.
 */
struct tryst_nf_entry {
	uint32_t packed, plain;
	const uint8_t *history; /* NULL: at the beginning, which needs none */
	uint32_t history_len;
};

/* At most TRYST_NF_UNIT_ROWS flow records that stand together. */
struct tryst_nf_unit {
	uint64_t offset; /* of the block's header in the file */
	uint32_t size;   /* bytes of the block behind it, as they stand there */
	uint32_t from;   /* the bytes of the unpacked block */
	uint32_t to;
	uint32_t part;  /* as the reader divides the file */
	uint32_t first; /* the first of its flow records in that part, from 0 */
	uint16_t rows;
	uint8_t packing; /* of the block: enum nf_packing */
	/* Bytes of the packed block that are enough to unpack it up to `to`. */
	uint32_t packed_to;
	struct tryst_nf_entry entry; /* at or before `from` */
};

/*
 * What the reading of a file finds, in the order of the file if it is read by one thread.  The
 * history of an entry stands there until the next one is made.
 */
struct tryst_nf_units {
	struct tryst_nf_unit *list;
	size_t count, room;
	/*
	 * Not NULL: of columns beside the times and addresses only rows are filled of which an
	 * end's key (flow/sampler.h) is at most this, which may fall while the file is read; the
	 * others do not have them.
	 */
	const uint64_t *full_to;
	struct tryst_nf_maker *maker; /* of entries */
};

void tryst_nf_units_fini(struct tryst_nf_units *units);

/*
 * Reads units, which are in the order of the file, into the sink: those rows that the source's
 * request wants, as reading the whole file would give them (but for the sampler, which is the
 * caller's business where request.sample is NULL).  sink->health counts the flow records that were
 * looked at, and as damage only blocks that cannot be read or are not where they were.  Uses the
 * sink's scratch slots 0 to 2.  Negative as a reader's read.
 */
int tryst_nf_units_read(const struct tryst_file *file, const struct tryst_nf_unit *units,
                        size_t count, const struct tryst_source *source, struct tryst_sink *sink,
                        struct tryst_error *err);

#endif
