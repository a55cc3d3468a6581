/* SPDX-License-Identifier: Apache-2.0 */
/* From a case to the standard output or a file, in one of the formats of report/report.h. */
#ifndef TRYST_CLI_RENDER_H
#define TRYST_CLI_RENDER_H

#include "cli/settings.h"
#include "report/report.h"

/* The renderer of -o FORMAT (NULL: text); TRYST_ERR_USAGE names the nearest. */
int tryst_render_find(const char *name, const struct tryst_renderer **out, struct tryst_error *err);

/*
 * To the standard output, as wide and as coloured as that is.  zone: that of --tz, which pages show
 * times in beside UTC, or NULL.
 */
int tryst_render_print(const struct tryst_case *c, const struct tryst_renderer *renderer,
                       const struct tryst_settings *s, const struct tryst_zone *zone,
                       struct tryst_error *err);

/* To a file, by the renderer of that name: either the old file or the whole new one is there. */
int tryst_render_save(const struct tryst_case *c, const char *name, const char *path,
                      const struct tryst_settings *s, const struct tryst_zone *zone,
                      struct tryst_error *err);

#endif
