/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For readers that go to and fro in a file: whole files that are compressed are unpacked to an
 * unlinked temporary file first.
 */
#ifndef TRYST_READ_UNPACK_H
#define TRYST_READ_UNPACK_H

#include "read/file.h"

/*
 * *out is the file itself or, if it is compressed, what it unpacks to; damage ends that, and is
 * counted in *health.  Negative: *out is nothing.
 */
int tryst_unpack(const struct tryst_file *file, struct tryst_file *out, struct tryst_health *health,
                 struct tryst_error *err);

/* Ends it: closes the one of two files that is not needed, *file if the reader goes on with *out.
 */
void tryst_unpack_done(const struct tryst_file *file, struct tryst_file *out, bool goes_on);

#endif
