/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 (FIPS 180-4) of what was read, so that anybody can tell whether they have the same. */
#ifndef TRYST_BASE_HASH_H
#define TRYST_BASE_HASH_H

#include "base/error.h"

#define TRYST_SHA256_TEXT 65 /* 64 hexadecimal digits and a NUL */

/* Of bytes in memory.  Pure; any thread. */
void tryst_sha256(const void *data, size_t len, char out[TRYST_SHA256_TEXT]);

/* Of a file, read from its beginning to its end.  TRYST_ERR_IO; *out is "" then. */
int tryst_sha256_file(const char *path, char out[TRYST_SHA256_TEXT], struct tryst_error *err);

#endif
