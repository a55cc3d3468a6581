/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the dictionary share. */
#ifndef TRYST_STORE_DICTIONARY_BUILD_H
#define TRYST_STORE_DICTIONARY_BUILD_H

#include "store/dictionary.h"

#define TRYST_DICTIONARY_HEAD 16u
#define TRYST_DICTIONARY_ENTRY 24u

/* Appends the dictionary of sorted, different addresses. */
void tryst_dictionary_write_sorted(const struct tryst_ip *ips, uint32_t count,
                                   struct tryst_buf *out);

#endif
