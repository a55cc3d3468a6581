/* SPDX-License-Identifier: Apache-2.0 */
/* What `tryst export` does, for commands that make flow records themselves. */
#ifndef TRYST_CLI_EXPORT_H
#define TRYST_CLI_EXPORT_H

#include "cli/run.h"

/*
 * Reads everything of the run and writes it to the file in the format that --as names.  *written
 * are the records, also of a run that failed; the file is then not there.
 */
int tryst_export_to(struct tryst_run *r, const char *as, const char *path, uint64_t *written,
                    struct tryst_error *err);

#endif
