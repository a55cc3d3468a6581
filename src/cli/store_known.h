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

/*
 * No input may lie in the store that is written, by whatever name: its flows would be there twice.
 * TRYST_ERR_USAGE names the first that does.  A store that is not there yet holds none.
 */
int tryst_store_check_inputs(const char *path, struct tryst_input *const *inputs, size_t count,
                             struct tryst_error *err);

#endif
