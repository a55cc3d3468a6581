/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store: a directory of segments (store/segment.h).  The directory is the catalogue; readers need
 * no lock, and whoever writes holds one (store/directory.h).
 */
#ifndef TRYST_STORE_STORE_H
#define TRYST_STORE_STORE_H

#include "read/read.h"
#include "store/segment.h"

/*
 * tryst_open_fn: a segment if the file is one, else as tryst_read_open; ctx is a struct
 * tryst_read_options.
 */
int tryst_store_open(void *ctx, struct tryst_input *in, const struct tryst_request *req,
                     struct tryst_source **out, struct tryst_error *err);

/* Makes a source of an open segment, which is taken over on success. */
int tryst_segment_source(struct tryst_segment *segment, struct tryst_input *in,
                         const struct tryst_request *req, struct tryst_source **out,
                         struct tryst_error *err);

/* What would be read of a segment for a request, and why. */
struct tryst_segment_plan {
	bool outside;       /* its time is outside of the window */
	bool by_address;    /* the index says which blocks */
	bool index_damaged; /* it would say, but is damaged: all blocks */
	uint32_t blocks;    /* of the segment */
	uint32_t outside_blocks;
	uint32_t wanted; /* blocks that are read */
	uint64_t wanted_bytes;
	uint32_t codes;       /* addresses of the dictionary that are wanted */
	uint32_t sample_rows; /* read beside them */
};

/* False, with *err: it cannot be opened; *is_segment says whether the file is one at all. */
bool tryst_store_plan(const char *path, const struct tryst_request *req,
                      struct tryst_segment_plan *out, bool *is_segment, struct tryst_error *err);

#endif
