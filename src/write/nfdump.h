/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes files of nfdump, layout 2 (nfdump 1.7).  docs/formats/nfdump.md has the format and says
 * what becomes of each field.
 *
 * The work is in two halves.  A *packer* belongs to a thread and turns rows into packed blocks; it
 * is nearly all of the work.  The *file* takes what the packers made, in the order in which it is
 * to stand there, and knows the counts, so it makes the header, which comes last.
 *
 * Between the two, each block is followed by its statistics, and a block that is small goes over
 * unpacked: the file joins such blocks, so that a filter that leaves little makes no file of
 * thousands of tiny blocks.  What the file holds depends only on the rows and on where parts end.
 */
#ifndef TRYST_WRITE_NFDUMP_H
#define TRYST_WRITE_NFDUMP_H

#include "base/buf.h"
#include "flow/batch.h"
#include "read/nfdump.h"

/* The columns that a packer looks at. */
extern const uint64_t tryst_nf_written;

struct tryst_nf_packer;

/* packing: NF_PLAIN, NF_LZ4 or NF_ZSTD.  One thread at a time. */
int tryst_nf_packer_new(struct tryst_nf_packer **out, enum nf_packing packing,
                        struct tryst_error *err);
void tryst_nf_packer_free(struct tryst_nf_packer *p);

/*
 * Takes the first `count` selected rows of a batch with the columns above.  Blocks that became full
 * are appended to out, for tryst_nf_file_add.
 */
int tryst_nf_packer_rows(struct tryst_nf_packer *p, const struct tryst_batch *b, uint32_t count,
                         struct tryst_buf *out, struct tryst_error *err);

/* Appends what is left over: the end of a part. */
int tryst_nf_packer_end(struct tryst_nf_packer *p, struct tryst_buf *out, struct tryst_error *err);

struct tryst_nf_file;

/* Appends to the file behind the header. */
typedef int (*tryst_nf_put_fn)(void *ctx, const void *data, size_t len, struct tryst_error *err);

int tryst_nf_file_new(struct tryst_nf_file **out, enum nf_packing packing, tryst_nf_put_fn put,
                      void *ctx, struct tryst_error *err);
void tryst_nf_file_free(struct tryst_nf_file *f);

/* What packers made, in the order in which it is to stand in the file. */
int tryst_nf_file_add(struct tryst_nf_file *f, const char *data, size_t len,
                      struct tryst_error *err);

/*
 * Writes the rest and the appendix, and fills in the header: the NF_V2_HEADER bytes that stand at
 * the very beginning of the file, before all that was put.
 */
int tryst_nf_file_end(struct tryst_nf_file *f, int64_t created_ms, uint8_t header[NF_V2_HEADER],
                      struct tryst_error *err);

#endif
