/* SPDX-License-Identifier: Apache-2.0 */
/* The reader of flow-tools' files: docs/formats/flow-tools.md. */
#ifndef TRYST_READ_FLOWTOOLS_H
#define TRYST_READ_FLOWTOOLS_H

#include "read/fixed.h"

#define FT_MAGIC 0xcf10
#define FT_HEADER1 360u     /* of stream version 1: all of it */
#define FT_HEADER_MAX 16384 /* of stream version 3: flow-tools' own limit */
#define FT_RECORD_MAX 72

struct ft_head {
	struct tryst_fixed fixed; /* first */
	uint8_t stream;           /* version of the stream format: 1 or 3 */
	uint16_t version;         /* of NetFlow */
	bool compressed;
	bool complete;     /* flow-tools finished it, and its counts stand */
	uint32_t exporter; /* 0: the header does not say */
	uint32_t flows;    /* that the header counts; 0: it does not say */
	uint32_t lost;
	uint64_t data_at;
};

/* Reads the header. */
int tryst_ft_head(struct ft_head *h, const struct tryst_file *file, struct tryst_error *err);

/* The layout of a record; NULL: not read here. */
const struct tryst_fixed_layout *tryst_ft_layout(unsigned stream, unsigned version);

/* struct tryst_fixed.finish of every layout. */
const char *tryst_ft_finish(const struct tryst_fixed *f, const uint8_t *record,
                            struct tryst_row *row);

extern const struct tryst_reader tryst_reader_flowtools;

#endif
