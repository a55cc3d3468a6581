/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of what nfdump prints for people: its line formats (docs/formats/nfdump-text.md). */
#ifndef TRYST_READ_NFDUMP_TEXT_H
#define TRYST_READ_NFDUMP_TEXT_H

#include "read/read.h"

extern const struct tryst_reader tryst_reader_nfdump_text;

#endif
