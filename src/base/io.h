/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to descriptors. */
#ifndef TRYST_BASE_IO_H
#define TRYST_BASE_IO_H

#include "base/buf.h"
#include "base/error.h"

/* Writes all of it, whatever signals come in between; false with errno set on failure. */
bool tryst_write_all(int fd, const void *data, size_t len);

/*
 * Appends a whole file, or for "-" the standard input.  TRYST_ERR_IO, TRYST_ERR_NOMEM, or
 * TRYST_ERR_LIMIT where there are more than max bytes; the error names the path.
 */
int tryst_slurp(const char *path, size_t max, struct tryst_buf *out, struct tryst_error *err);

#endif
