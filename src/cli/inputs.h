/* SPDX-License-Identifier: Apache-2.0 */
/* From words to inputs, as read/read.h has it, with what the journals of stores say. */
#ifndef TRYST_CLI_INPUTS_H
#define TRYST_CLI_INPUTS_H

#include "read/read.h"

/*
 * As tryst_inputs_expand; of the directories that are stores those segments that readers see
 * (store/directory.h), also while somebody writes to them.  A journal that cannot be read is said,
 * and the store taken as it stands there.
 */
int tryst_inputs_find(struct tryst_inputs *out, char *const *words, size_t count,
                      struct tryst_error *err);

#endif
