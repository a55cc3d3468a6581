/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of one size whose values stand at fixed places: what the readers of SiLK and flow-tools
 * files share.  A layout is a table of columns; what is no plain column (times, packed bits) is
 * done by the reader's own `finish`.
 *
 * For ICMP, both formats keep type * 256 + code in the destination port.
 */
#ifndef TRYST_READ_FIXED_H
#define TRYST_READ_FIXED_H

#include "read/read.h"
#include "read/row.h"

#define TRYST_FIXED_COLUMNS_MAX 20

enum tryst_fixed_load {
	TRYST_FIXED_UINT, /* `size` bytes in the order of the file */
	TRYST_FIXED_IP4,  /* 4 bytes in the order of the file */
	TRYST_FIXED_IP6,  /* 16 bytes in network order */
};

struct tryst_fixed_column {
	uint8_t field; /* enum tryst_field */
	uint8_t load;  /* enum tryst_fixed_load */
	uint8_t size;
	uint8_t at; /* from the start of the record */
};

struct tryst_fixed_layout {
	uint16_t size; /* of a record; every column lies in it */
	uint16_t count;
	struct tryst_fixed_column columns[TRYST_FIXED_COLUMNS_MAX];
};

/* How the records of one file are read: the first member of what `finish` needs beside it. */
struct tryst_fixed {
	const struct tryst_fixed_layout *layout;
	bool big; /* the byte order of the file */
	/*
	 * Completes a row that has its columns: start_ms and end_ms at least.  NULL, or why the
	 * bytes cannot be a record.
	 */
	const char *(*finish)(const struct tryst_fixed *f, const uint8_t *record,
	                      struct tryst_row *row);
};

/* The reading of one part by one thread; to be ended whatever happened. */
struct tryst_fixed_reading {
	const struct tryst_fixed *fixed;
	struct tryst_source *source;
	struct tryst_sink *sink;
	struct tryst_tally tally;
	struct tryst_row row;
};

void tryst_fixed_begin(struct tryst_fixed_reading *r, const struct tryst_fixed *fixed,
                       struct tryst_source *source, struct tryst_sink *sink);

/* Tells the input of the exporters seen, whatever the reading ended with; rc, or no memory. */
int tryst_fixed_end(struct tryst_fixed_reading *r, int rc, struct tryst_error *err);

/*
 * Takes len bytes of whole records: counts them and stores those that the request wants.  The place
 * of the first is `at` for notes; `stride` is how far in the file the next one is (0: they are
 * compressed together).  Negative: stop.
 */
int tryst_fixed_take(struct tryst_fixed_reading *r, const uint8_t *data, size_t len, uint64_t at,
                     unsigned stride, struct tryst_error *err);

/*
 * Into how many parts the whole records in the last `bytes` bytes of an uncompressed file are cut.
 * A piece of a record at its end is counted in *health.
 */
size_t tryst_fixed_parts(const struct tryst_fixed_layout *l, const struct tryst_file *file,
                         uint64_t bytes, struct tryst_health *health);

/* Reads one such part; the records begin at `from`.  Uses scratch slot 0. */
int tryst_fixed_part(struct tryst_fixed_reading *r, const struct tryst_file *file, uint64_t from,
                     size_t part, struct tryst_error *err);

/* One number of 1 to 8 bytes. */
uint64_t tryst_fixed_uint(const uint8_t *p, unsigned size, bool big);

#endif
