/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reading of an input found out beside its flows, as bytes: its health with the notes, and
 * its exporters.  So an input that is not read again is reported as if it were.
 */
#ifndef TRYST_STORE_ABOUT_H
#define TRYST_STORE_ABOUT_H

#include "base/buf.h"
#include "base/cursor.h"
#include "flow/source.h"

/* Numbers of 7 bits a byte, the lowest first, the high bit set where more follow. */
void tryst_number_put(struct tryst_buf *out, uint64_t v);
uint64_t tryst_number_get(struct tryst_cursor *c);

/* Appends what was found of an input that was read; out->failed without memory. */
void tryst_about_write(const struct tryst_input *in, struct tryst_buf *out);

/*
 * Adds it to an input that was not read.  TRYST_ERR_FORMAT when the bytes are none, which may leave
 * a part added.
 */
int tryst_about_read(struct tryst_input *in, struct tryst_cursor *c, struct tryst_error *err);

#endif
