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

/*
 * What would be read of the file for a request, and why, as the end of a sentence: "12 of 640
 * blocks (...)".  False: the file is no segment, and nothing is said.
 */
bool tryst_store_explain(const char *path, const struct tryst_request *req, struct tryst_buf *out);

#endif
