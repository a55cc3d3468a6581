/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a result goes as it is made.
 *
 * A file appears at its name only when it is complete: until then it has a temporary name beside
 * it, and what was at the name stays.  Symbolic links are followed; the standard output, a device
 * or a pipe is written to as it is.  One thread at a time.
 */
#ifndef TRYST_CLI_OUTPUT_H
#define TRYST_CLI_OUTPUT_H

#include "base/base.h"
#include "base/error.h"

struct tryst_output {
	const char *path; /* as it is called; NULL: the standard output */
	char *target;     /* the name that the file gets */
	char *temp;       /* the one that it has; NULL: not a file of ours */
	int fd;           /* what is written to */
	int last;         /* binary only: where it all goes in the end, or -1 */
};

/*
 * path: NULL or "-" is the standard output.  `binary`: not for a terminal (TRYST_ERR_USAGE), and
 * its beginning is written at the end, so that what cannot be gone back in is filled by a copy.
 * Whatever comes of it, tryst_output_close is due.
 */
int tryst_output_open(struct tryst_output *o, const char *path, bool binary,
                      struct tryst_error *err);

/* Appends; TRYST_ERR_IO names the output. */
int tryst_output_write(struct tryst_output *o, const void *data, size_t len,
                       struct tryst_error *err);

/* Overwrites the beginning; of a binary one only. */
int tryst_output_begin(struct tryst_output *o, const void *data, size_t len,
                       struct tryst_error *err);

/* It is complete: synced and given its name. */
int tryst_output_commit(struct tryst_output *o, struct tryst_error *err);

/* Frees all; what was not committed to a file is gone. */
void tryst_output_close(struct tryst_output *o);

#endif
