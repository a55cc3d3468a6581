/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Temporary files without a name: what memory does not hold.  They are gone when their descriptor
 * is closed, whatever the program ends with.
 */
#ifndef TRYST_BASE_SCRATCH_H
#define TRYST_BASE_SCRATCH_H

#include "base/base.h"
#include "base/error.h"

/* The directory to use where the caller's is NULL or empty. */
#define TRYST_SCRATCH_DIRECTORY "/tmp"

/* Opens one in the directory for reading and writing: a descriptor, or negative. */
int tryst_scratch_open(const char *directory, struct tryst_error *err);

/* Writes all of it at an offset; the directory is named by what went wrong.  Any threads. */
int tryst_scratch_write(int fd, const char *directory, const void *data, size_t len, uint64_t at,
                        struct tryst_error *err);

/* Reads so many bytes at an offset, where they were written.  Any threads. */
int tryst_scratch_read(int fd, const char *directory, void *data, size_t len, uint64_t at,
                       struct tryst_error *err);

#endif
