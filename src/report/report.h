/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Renderers: one per format behind one table.  A renderer turns a case into text and knows nothing
 * else; the same case always gives the same bytes.
 */
#ifndef TRYST_REPORT_REPORT_H
#define TRYST_REPORT_REPORT_H

#include "base/buf.h"
#include "base/time.h"
#include "hunt/case.h"

struct tryst_report_options {
	unsigned width; /* columns of the terminal; 0: not a terminal, use 100 */
	bool colour;
	const struct tryst_zone *zone; /* NULL: UTC alone; else a page shows times in it, too, */
	const char *zone_name;         /* and calls it so */
};

struct tryst_renderer {
	const char *name; /* as in -o and --format */
	const char *help;
	const char *nothing; /* "only ...": what it takes of a case, where that can be nothing */
	int (*render)(const struct tryst_case *c, const struct tryst_report_options *options,
	              struct tryst_buf *out, struct tryst_error *err);
};

/* The table, ended by NULL. */
extern const struct tryst_renderer *const tryst_renderers[];

/* The renderer of that name, or NULL. */
const struct tryst_renderer *tryst_renderer_find(const char *name);

#endif
