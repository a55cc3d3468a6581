/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of what Argus's ra prints with a separator (docs/formats/argus.md). */
#ifndef TRYST_READ_ARGUS_H
#define TRYST_READ_ARGUS_H

#include "read/read.h"

extern const struct tryst_reader tryst_reader_argus;

#endif
