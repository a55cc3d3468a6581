/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRYST_READ_PLAIN_H
#define TRYST_READ_PLAIN_H

#include "read/file.h"

/*
 * Where the file is compressed (read/stream.h), puts an unpacked copy in its place: an unlinked
 * temporary file, of at most TRYST_PLAIN_RATIO_MAX times its size and TRYST_PLAIN_FREE bytes more,
 * so that a file made to unpack to terabytes fills no disk.  The limit and damage end the copy and
 * are counted in in->health.  Negative with a text that names the path; the file is as it was then.
 */
int tryst_plain_copy(struct tryst_file *file, struct tryst_input *in, struct tryst_error *err);

#define TRYST_PLAIN_RATIO_MAX 200u
#define TRYST_PLAIN_FREE (16u << 20)

#endif
