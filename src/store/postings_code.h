/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the postings share. */
#ifndef TRYST_STORE_POSTINGS_CODE_H
#define TRYST_STORE_POSTINGS_CODE_H

#include "store/postings.h"

#define TRYST_POSTINGS_HEAD 16u
#define TRYST_POSTINGS_ENTRY 8u
#define TRYST_POSTINGS_BITMAP 31u /* in the place of a Rice parameter */

/* How many bits a block number has. */
unsigned tryst_postings_width(uint32_t blocks);

#endif
