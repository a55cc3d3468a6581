/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRYST_CLI_STORE_KNOWN_H
#define TRYST_CLI_STORE_KNOWN_H

#include "flow/source.h"

/*
 * Says which of the inputs, which have been read, the store at the path was made from before;
 * `all`: of these all flows are imported, no window or filter leaves any out.  Segments that cannot
 * be read know none.
 */
int tryst_store_say_known(const char *path, struct tryst_input *const *inputs, size_t count,
                          bool all, struct tryst_error *err);

#endif
