/* SPDX-License-Identifier: Apache-2.0 */
/* `tryst index --check`. */
#ifndef TRYST_CLI_INDEX_CHECK_H
#define TRYST_CLI_INDEX_CHECK_H

#include "cli/run.h"

/*
 * Checks the index in a folder against the archive, the run's inputs: whose real path is root, and
 * of whose paths `prefix` characters stand before what is relative to it.  Returns the exit code,
 * or negative.
 */
int tryst_index_check(struct tryst_run *r, const char *root, const char *folder, size_t prefix,
                      struct tryst_error *err);

/* Says what of the archive could not be read, and returns how many there are. */
uint64_t tryst_index_say_unreadable(const struct tryst_run *r);

#endif
