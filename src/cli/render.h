/* SPDX-License-Identifier: Apache-2.0 */
/* From a case to the standard output or a file, in one of the formats of report/report.h. */
#ifndef TRYST_CLI_RENDER_H
#define TRYST_CLI_RENDER_H

#include "cli/settings.h"
#include "report/report.h"

/* The renderer of -o FORMAT (NULL: text); TRYST_ERR_USAGE names the nearest. */
int tryst_render_find(const char *name, const struct tryst_renderer **out, struct tryst_error *err);

/*
 * All that a command writes of a case: the case file of --save, the page of --report, and to the
 * standard output, as wide and as coloured as that is; all of them as --anonymize wants it, or
 * none. What cannot be saved is printed all the same, and the other way round; the first failure is
 * told.  Where there is nothing to print, that is said in the name of the command.  zone: that of
 * --tz, which pages show times in beside UTC, or NULL.
 */
int tryst_render_output(const char *command, const struct tryst_case *c,
                        const struct tryst_renderer *renderer, const struct tryst_settings *s,
                        const struct tryst_zone *zone, struct tryst_error *err);

#endif
