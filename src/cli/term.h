/* SPDX-License-Identifier: Apache-2.0 */
/* The terminal: whether there is one, how wide, and whether in colour. */
#ifndef TRYST_CLI_TERM_H
#define TRYST_CLI_TERM_H

#include "cli/settings.h"

/* Whether the standard output is one. */
bool tryst_term_out(void);

/* Columns of the standard output: the terminal's, else COLUMNS, else 0 for unknown. */
unsigned tryst_term_width(void);

/* Columns of the standard error where it is a terminal, else 0. */
unsigned tryst_term_width_said(void);

/*
 * Whether to colour the standard output: the option; then NO_COLOR (no-color.org) or
 * TRYST_NO_COLOR when not empty; then CLICOLOR_FORCE or FORCE_COLOR, unless empty or 0; then
 * whether it is a terminal that is not dumb.
 */
bool tryst_term_colour(enum tryst_colour wish);

#endif
