/* SPDX-License-Identifier: Apache-2.0 */
/* Writes records in a row format (cli/rows.h) to an output, with heading and ending. */
#ifndef TRYST_CLI_LINES_H
#define TRYST_CLI_LINES_H

#include "cli/output.h"
#include "cli/rows.h"
#include "cli/stream.h"

struct tryst_lines {
	struct tryst_stream stream; /* first */
	struct tryst_run *run;
	struct tryst_rows rows; /* opened by the caller */
	struct tryst_output output;
	struct tryst_ordinals ordinals;
	struct tryst_buf resolved;
	uint64_t wanted; /* rows still to be written */
	uint64_t written;
	bool headed; /* the heading is out */
};

/*
 * Reads everything of the run and writes the first `wanted` records of it.  After
 * TRYST_COUNT_UNSET, all; when there were enough, r->enough is set.  The output was opened and is
 * not committed.
 */
int tryst_lines_go(struct tryst_lines *l, struct tryst_run *r, uint64_t wanted,
                   struct tryst_error *err);
void tryst_lines_fini(struct tryst_lines *l); /* with the rows and the output */

#endif
