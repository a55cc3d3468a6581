/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manual pages (mdoc(7)) out of the command and option tables.
 */
#ifndef TRYST_CLI_MAN_H
#define TRYST_CLI_MAN_H

#include "cli/cli.h"

/* tryst-<command>(1). */
void tryst_man_command(const struct tryst_command *c, struct tryst_buf *out);

/* tryst(1). */
void tryst_man_program(struct tryst_buf *out);

#endif
