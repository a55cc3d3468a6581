/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way back: a case file (docs/case-file.md, schema 1) -> a case in memory, the same as the hunt
 * made it as far as reports can tell.
 *
 * Case files come from anywhere, so every byte of one is hostile: numbers are bounded, indices are
 * checked, and sentences that renderers print as they are (verdicts, reasons) are made safe for a
 * terminal here.  Keys that are not known are passed over, since later versions add some.  What a
 * case file does not hold stays zero: `marks`, `watched` and `began` of sightings, `unmatched`
 * where none was said, indicators of lists that no host of the case is in.
 */
#ifndef TRYST_REPORT_LOAD_H
#define TRYST_REPORT_LOAD_H

#include "hunt/case.h"

struct tryst_case_file;

/*
 * Reads a case file: a path, or "-" for the standard input.  TRYST_ERR_IO; TRYST_ERR_LIMIT above
 * 1 GiB; TRYST_ERR_FORMAT with the line where it is no JSON, or the path of the key that is not as
 * it must be ("case.json: meetings[3].endpoint.ip: expected an address"); TRYST_ERR_UNSUPPORTED for
 * another schema.  The caller frees *out.
 */
int tryst_case_file_load(struct tryst_case_file **out, const char *path, struct tryst_error *err);

/* The same from memory; `name` is what errors call it. */
int tryst_case_file_parse(struct tryst_case_file **out, const char *name, const char *data,
                          size_t len, struct tryst_error *err);

/* The case, which lives as long as the file. */
struct tryst_case *tryst_case_file_case(struct tryst_case_file *f);

void tryst_case_file_free(struct tryst_case_file *f);

#endif
