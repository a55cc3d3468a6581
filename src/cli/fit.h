/* SPDX-License-Identifier: Apache-2.0 */
/* Text that fits the terminal: what is written in lines of the source, broken anew where it does
 * not. */
#ifndef TRYST_CLI_FIT_H
#define TRYST_CLI_FIT_H

#include "base/buf.h"
#include "base/error.h"

/*
 * Appends text, in which paragraphs whose lines are all of at most width columns stay as they are
 * (width below 40: all do); others are broken at blanks.  A paragraph is lines that begin without a
 * blank; or a line of "  word  what it means" and the lines that go on below the meaning; or any
 * other line.  text is safe.
 */
void tryst_fit(struct tryst_buf *out, const char *text, unsigned width);

/* Appends a name and, from a column on, what it means, below itself where it takes several lines.
 */
void tryst_fit_beside(struct tryst_buf *out, const char *name, unsigned from, const char *text,
                      unsigned width);

/* Writes b to the standard output, fitted to it (tryst_term_width). */
int tryst_out_fit(const struct tryst_buf *b, struct tryst_error *err);

#endif
