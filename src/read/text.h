/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text tables: what text*.c share.
 *
 * text_header.c turns a header line into a struct tryst_text_table, text_row.c turns a line into
 * one struct tryst_text_row by it, text_value.c reads single values, text.c cuts files into parts
 * and parts into lines and fills the batches.  What is accepted: docs/formats/text.md.
 */
#ifndef TRYST_READ_TEXT_H
#define TRYST_READ_TEXT_H

#include "read/read.h"

#define TRYST_TEXT_COLUMNS_MAX 256
#define TRYST_TEXT_LINE_MAX 65536

extern const struct tryst_reader tryst_reader_csv;

/* How the cells of a column are read. */
enum tryst_text_parse {
	TRYST_TEXT_IGNORE,
	TRYST_TEXT_TIME,
	TRYST_TEXT_TIME_MS, /* as TIME, but a plain number is milliseconds */
	TRYST_TEXT_DURATION,
	TRYST_TEXT_DURATION_NS,
	TRYST_TEXT_IP,
	TRYST_TEXT_NUMBER,
	TRYST_TEXT_PORT, /* a number, or ICMP type.code */
	TRYST_TEXT_PROTO,
	TRYST_TEXT_FLAGS,
	TRYST_TEXT_DIRECTION,
};

struct tryst_text_column {
	uint8_t parse;     /* enum tryst_text_parse */
	uint8_t field;     /* enum tryst_field */
	uint64_t bit;      /* of the field; 0 for what is no field itself */
	bool zero_unknown; /* nfdump writes 0 for what a record does not have */
};

struct tryst_text_table {
	char separator;
	unsigned columns;
	unsigned known;       /* columns that are not ignored */
	uint64_t fields;      /* what the rows can set */
	bool nfdump;          /* nfdump's own names: its footer and its spelling of protocols */
	bool ports_hold_icmp; /* for ICMP, dst_port is type * 256 + code */
	size_t header_at;     /* the header line in the text it was found in */
	size_t header_len;
	size_t data_at; /* the first line behind it */
	uint64_t lines; /* lines before data_at */
	struct tryst_text_column column[TRYST_TEXT_COLUMNS_MAX];
};

/*
 * Finds the header in the beginning of a text: its first line that is neither empty nor a comment,
 * or a comment that names columns.  False unless it has a source, a destination and a start time.
 */
bool tryst_text_header(const uint8_t *text, size_t len, struct tryst_text_table *out);

/* The time that was read last: most rows share their minute with the row before. */
struct tryst_text_clock {
	char minute[17]; /* `YYYY-MM-DD hh:mm:` */
	char zone[8];    /* what follows the seconds */
	uint8_t zone_len;
	bool valid;
	int64_t minute_ms;
};

/* A cell's text without blanks and quotes around it. */
struct tryst_text_cell {
	const char *text;
	size_t len;
};

/* Single values: exactly the cell, false if it is none. */
bool tryst_text_number(struct tryst_text_cell c, uint64_t max, uint64_t *out);
bool tryst_text_ip(struct tryst_text_cell c, struct tryst_ip *out);
bool tryst_text_time(struct tryst_text_cell c, const struct tryst_zone *zone,
                     struct tryst_text_clock *clock, int64_t *out_ms);
bool tryst_text_seconds(struct tryst_text_cell c, int64_t *out_ms);
bool tryst_text_flags(struct tryst_text_cell c, uint64_t *out);
bool tryst_text_missing(struct tryst_text_cell c); /* empty, `-`, `None`, `NaN`, `null` */

/* One row; number[] and ip[] are valid where `known` has the field's bit. */
struct tryst_text_row {
	uint64_t known;
	bool has_duration;
	bool icmp_done; /* the destination port said `type.code` */
	int64_t duration_ms;
	uint64_t number[TRYST_FIELD_COUNT]; /* times too, as their two's complement */
	struct tryst_ip ip[TRYST_FIELD_COUNT];
};

/* What one thread keeps from row to row. */
struct tryst_text_memory {
	struct tryst_text_clock clock[3]; /* start, end, received */
	char proto[16];                   /* the last name of a protocol, and its number */
	uint8_t proto_len;
	uint8_t proto_number;
};

/* Why a line is no row. */
struct tryst_text_fault {
	unsigned column; /* from 1; 0: the line as a whole */
	struct tryst_text_cell cell;
	const char *expected;
	unsigned cells; /* with column 0: how many there are */
};

/* Reads one line (without its line end) into *row; false: *fault says why. */
bool tryst_text_row_parse(const struct tryst_text_table *t, const struct tryst_zone *zone,
                          const char *line, size_t len, struct tryst_text_memory *memory,
                          struct tryst_text_row *row, struct tryst_text_fault *fault);

#define TRYST_TEXT_FAULT_MAX 128

/* A fault as people read it; safe for a terminal. */
void tryst_text_fault_format(const struct tryst_text_fault *f, const struct tryst_text_table *t,
                             char out[TRYST_TEXT_FAULT_MAX]);

/* Whether a line is one of those that nfdump writes around its rows. */
bool tryst_text_is_footer(const char *text, size_t len);

/* Where rows go: the columns of a batch that a table fills.  Good while the batch has its memory.
 */
struct tryst_text_target {
	uint64_t fields;
	unsigned count;
	struct {
		void *values;
		uint8_t field;
		uint8_t type;
	} column[TRYST_FIELD_COUNT];
};

/* Resolves the columns for these fields, and sets the batch's others to 0. */
void tryst_text_target_init(struct tryst_text_target *t, const struct tryst_batch *b,
                            uint64_t fields);

/* Writes a row's fields and its `present`; what is unknown becomes 0. */
void tryst_text_target_put(const struct tryst_text_target *t, struct tryst_batch *b, uint32_t at,
                           const struct tryst_text_row *row);

/* Opens with parts of part_size bytes: the reader's own open uses 4 MiB, tests use odd sizes. */
int tryst_text_open(const struct tryst_file *file, struct tryst_input *in,
                    const struct tryst_request *req, const struct tryst_read_options *options,
                    uint64_t part_size, struct tryst_source **out, struct tryst_error *err);

#endif
