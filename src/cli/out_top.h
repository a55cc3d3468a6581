/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of `tryst top` as text: a table, CSV or JSON Lines. */
#ifndef TRYST_CLI_OUT_TOP_H
#define TRYST_CLI_OUT_TOP_H

#include "base/buf.h"
#include "query/top.h"

struct tryst_top_answer {
	const struct tryst_top_spec *spec;
	const struct tryst_top_row *rows;
	size_t count;
	struct tryst_top_row total;   /* of all flows, each once */
	struct tryst_top_row unkeyed; /* of them: without the key */
	uint64_t groups;
	unsigned width; /* of the terminal */
	bool scale;     /* large counts as `4.20 M` */
	bool plain;     /* protocols as numbers */
	bool quiet;     /* no heading above the table */
	bool colour;
};

struct tryst_top_format {
	const char *name;
	void (*render)(const struct tryst_top_answer *a, struct tryst_buf *out);
};

/* The format of that name (NULL: the default), or NULL with an error. */
const struct tryst_top_format *tryst_top_format_find(const char *name, struct tryst_error *err);

#endif
