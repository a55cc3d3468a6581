/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes a store: takes what the cutters of all threads made, in the order of the inputs and of
 * their records, into one segment after the other.  A full segment is finished on a thread of its
 * own while the next one fills.  Segments appear all at once, at the end.
 *
 * What the segments hold depends only on the rows, on where parts end, and on rows_max.
 */
#ifndef TRYST_STORE_IMPORT_H
#define TRYST_STORE_IMPORT_H

#include "flow/source.h"
#include "store/directory.h"
#include "store/piece.h"

struct tryst_store_writer;

/* The rows of a segment that a budget of memory allows. */
uint64_t tryst_store_rows_max(size_t memory_bytes);

/*
 * The directory and the inputs (sorted by id) must outlive the writer.  One thread at a time calls
 * it.
 */
int tryst_store_writer_new(struct tryst_store_writer **out, struct tryst_directory *directory,
                           struct tryst_input **inputs, size_t input_count, uint64_t rows_max,
                           struct tryst_error *err);
void tryst_store_writer_free(struct tryst_store_writer *w);

/* The next pieces. */
int tryst_store_writer_add(struct tryst_store_writer *w, const char *data, size_t len,
                           struct tryst_error *err);

/*
 * No more rows, and all inputs are read: finishes the last segment.  What was written is for the
 * caller to commit.
 */
int tryst_store_writer_end(struct tryst_store_writer *w, struct tryst_error *err);

/* So far. */
struct tryst_store_written {
	uint64_t rows;
	uint64_t bytes; /* of finished segments */
	uint32_t segments;
};
struct tryst_store_written tryst_store_writer_sum(const struct tryst_store_writer *w);

/* Provenance of another store's segment, for the segment being filled (compaction). */
int tryst_store_writer_origin(struct tryst_store_writer *w, const uint8_t *section, size_t size,
                              struct tryst_error *err);

#endif
