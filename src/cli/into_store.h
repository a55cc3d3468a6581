/* SPDX-License-Identifier: Apache-2.0 */
/* All rows of a run into a store: what import and compaction share. */
#ifndef TRYST_CLI_INTO_STORE_H
#define TRYST_CLI_INTO_STORE_H

#include "cli/run.h"
#include "store/import.h"

/* Reads everything of the run and hands it to the writer; the caller ends it and commits. */
int tryst_into_store(struct tryst_run *r, struct tryst_store_writer *w, struct tryst_error *err);

#endif
