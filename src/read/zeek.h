/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Zeek's conn.log (docs/formats/zeek.md): what its two spellings, TSV and JSON, share.
 */
#ifndef TRYST_READ_ZEEK_H
#define TRYST_READ_ZEEK_H

#include "read/text.h"

extern const struct tryst_reader tryst_reader_zeek;

extern const struct tryst_text_names tryst_zeek_names;

/* Gives a row its protocol, its ICMP type and code, and flags only if it is TCP. */
void tryst_zeek_finish(struct tryst_text_row *row);

/* As tryst_text_open, for tests. */
int tryst_zeek_open(const struct tryst_file *file, struct tryst_input *in,
                    const struct tryst_request *req, const struct tryst_read_options *options,
                    uint64_t part_size, struct tryst_source **out, struct tryst_error *err);

#endif
