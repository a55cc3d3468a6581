/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of `tryst series` as text: a table, CSV or JSON Lines. */
#ifndef TRYST_CLI_OUT_SERIES_H
#define TRYST_CLI_OUT_SERIES_H

#include "base/buf.h"
#include "query/series.h"

struct tryst_series_answer {
	const struct tryst_series_table *table;
	const struct tryst_top_spec *spec; /* of the key, or with no parts: only its order */
	const struct tryst_top_row *keys;  /* table->keys of them */
	uint64_t groups;                   /* keys there are */
	int64_t every_ms;
	const char *at; /* when flows count: the name */
	unsigned width; /* of the terminal */
	bool scale;     /* large counts as `4.20 M` */
	bool sparks;    /* a line of bars for each column */
	bool plain;     /* protocols as numbers */
	bool quiet;     /* no heading */
	bool colour;
};

struct tryst_series_format {
	const char *name;
	void (*render)(const struct tryst_series_answer *a, struct tryst_buf *out);
};

/* The format of that name (NULL: the default), or NULL with an error. */
const struct tryst_series_format *tryst_series_format_find(const char *name,
                                                           struct tryst_error *err);

/* A number of a bin by an order: a sum, a rate over its length, or bytes per packet. */
uint64_t tryst_series_value(const struct tryst_series_cell *c, enum tryst_order order,
                            int64_t every_ms);

#endif
