/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks a segment against itself: every byte is under a checksum that fits, every block decodes,
 * and dictionary, postings, sample, directories and foot say what the rows say.
 */
#ifndef TRYST_STORE_VERIFY_H
#define TRYST_STORE_VERIFY_H

#include "base/error.h"

/* Takes one finding, a line: where and what. */
typedef void (*tryst_finding_fn)(void *ctx, const char *text);

/*
 * Returns how many findings there were, or negative when it could not be told (TRYST_ERR_NOMEM, or
 * TRYST_ERR_IO: the file cannot be opened).  *rows: what the segment holds, 0 where it says
 * nothing.
 */
int tryst_segment_verify(const char *path, tryst_finding_fn finding, void *ctx, uint64_t *rows,
                         struct tryst_error *err);

#endif
