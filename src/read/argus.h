/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of what Argus's ra prints with a separator (docs/formats/argus.md). */
#ifndef TRYST_READ_ARGUS_H
#define TRYST_READ_ARGUS_H

#include "read/text.h"

extern const struct tryst_reader tryst_reader_argus;

/* What its columns are called, and how their cells are read. */
extern const struct tryst_text_names tryst_argus_names;

#endif
