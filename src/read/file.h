/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opens what a path names as a seekable struct tryst_file.
 *
 * Regular files are opened as they are.  The standard input (`-`), FIFOs and sockets are copied to
 * an unlinked temporary file in TMPDIR (or /tmp) first, because readers go to and fro in an input.
 */
#ifndef TRYST_READ_FILE_H
#define TRYST_READ_FILE_H

#include <sys/types.h>

#include "read/read.h"

/*
 * The path must outlive the file.  Negative with a text that names the path.  A pipe is read
 * to its end, or until the waits (NULL: none) are ended.
 */
int tryst_file_open(struct tryst_file *out, const char *path, struct tryst_waits *waits,
                    struct tryst_error *err);
void tryst_file_close(struct tryst_file *f);

/*
 * Reads len bytes at an offset, fewer only at the end of the file; returns how many, or a negative
 * code.  Any thread.
 */
ssize_t tryst_file_read(const struct tryst_file *f, uint64_t at, void *buf, size_t len,
                        struct tryst_error *err);

/* A new, unlinked file in TMPDIR (or /tmp): its descriptor, or a negative code. */
int tryst_file_temp(struct tryst_error *err);

#endif
