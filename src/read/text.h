/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text tables: what text*.c share, and the other logs of text build on.
 *
 * text_header.c turns a header line into a struct tryst_text_table, text_row.c and text_cell.c turn
 * a line into one struct tryst_text_row by it, text_value.c reads single values, text_log.c cuts
 * files into parts and parts into lines and fills the batches.  What is accepted:
 * docs/formats/text.md.
 */
#ifndef TRYST_READ_TEXT_H
#define TRYST_READ_TEXT_H

#include "read/read.h"
#include "read/text_cut.h"

#define TRYST_TEXT_COLUMNS_MAX 256
#define TRYST_TEXT_LINE_MAX 65536

extern const struct tryst_reader tryst_reader_csv;

/* How the cells of a column are read. */
enum tryst_text_parse {
	TRYST_TEXT_IGNORE,
	TRYST_TEXT_TIME,
	TRYST_TEXT_TIME_MS, /* as TIME, but a plain number is milliseconds */
	TRYST_TEXT_TIME_NS, /* as TIME, but a plain number is nanoseconds */
	TRYST_TEXT_EPOCH,   /* as TIME, but a plain number is seconds, with any fraction */
	TRYST_TEXT_DURATION,
	TRYST_TEXT_DURATION_NS,
	TRYST_TEXT_IP,
	TRYST_TEXT_NUMBER,
	TRYST_TEXT_PORT, /* a number, or ICMP type.code */
	TRYST_TEXT_PROTO,
	TRYST_TEXT_FLAGS,
	TRYST_TEXT_DIRECTION,
	TRYST_TEXT_OWN, /* by the dialect's own function */
};

/*
 * Values that are no fields of a flow but help to find them; they live behind the fields in
 * `number`, `known` and the sets of bits.
 */
enum tryst_text_help {
	TRYST_TEXT_TOTAL_PACKETS = TRYST_FIELD_COUNT,
	TRYST_TEXT_TOTAL_BYTES,
	TRYST_TEXT_ALL_FLAGS, /* of both directions */
	TRYST_TEXT_ONE_WAY,   /* the record is of one direction */
	TRYST_TEXT_IP_PROTO,  /* a number that is better than the protocol's name */
	TRYST_TEXT_VALUES
};
#define TRYST_TEXT_HELP_BIT(id) (1ULL << TRYST_TEXT_##id)

_Static_assert(TRYST_TEXT_VALUES <= 64, "the sets of values are 64 bits");

struct tryst_text_own;

struct tryst_text_column {
	uint8_t parse;     /* enum tryst_text_parse */
	uint8_t field;     /* enum tryst_field or tryst_text_help */
	bool zero_unknown; /* nfdump writes 0 for what a record does not have */
	uint16_t at;       /* which one of the table's */
	uint64_t bit;      /* of the field; 0 for what is no field itself */
	uint64_t max;      /* of a number; for the fast way only */
	const struct tryst_text_own *own;
};

/* A column's name in a dialect. */
struct tryst_text_name {
	const char *name;
	enum tryst_text_parse parse;
	unsigned field;
	const struct tryst_text_own *own; /* of TRYST_TEXT_OWN */
	bool zero_unknown;
};

#define TRYST_TEXT_NAME(name, parse, field)                                                        \
	{                                                                                          \
		name, TRYST_TEXT_##parse, TRYST_FIELD_##field, NULL, false                         \
	}
/* 0 in there means that there is no value. */
#define TRYST_TEXT_NAME_ZERO(name, parse, field)                                                   \
	{                                                                                          \
		name, TRYST_TEXT_##parse, TRYST_FIELD_##field, NULL, true                          \
	}
#define TRYST_TEXT_NAME_HELP(name, parse, help)                                                    \
	{                                                                                          \
		name, TRYST_TEXT_##parse, TRYST_TEXT_##help, NULL, false                           \
	}
#define TRYST_TEXT_NAME_OWN(name, own)                                                             \
	{                                                                                          \
		name, TRYST_TEXT_OWN, 0, &(own), false                                             \
	}
#define TRYST_TEXT_NAME_ONLY(name, parse)                                                          \
	{                                                                                          \
		name, TRYST_TEXT_##parse, 0, NULL, false                                           \
	}

/* The names of a dialect, compared without letter case; the first that fits counts. */
struct tryst_text_names {
	const struct tryst_text_name *list;
	size_t count;
	bool fields;       /* and then our names, nfdump's, Zeek's and ECS's of flow/fields.def */
	uint64_t required; /* the fields without which it is no such table */
};

struct tryst_text_table {
	char separator;
	bool quotes;     /* a cell may be quoted (RFC 4180) */
	bool more_cells; /* a row may have more cells than there are columns */
	char unset[16];  /* further texts that mean "no value" */
	char empty[16];
	int year; /* of times that have none */
	unsigned columns;
	unsigned known;       /* columns that are not ignored */
	uint64_t fields;      /* what the rows can set */
	bool nfdump;          /* nfdump's own names: its footer and its spelling of protocols */
	bool ports_hold_icmp; /* for ICMP, dst_port is type * 256 + code */
	size_t header_at;     /* the header line in the text it was found in */
	size_t header_len;
	size_t data_at;        /* the first line behind it */
	uint64_t lines;        /* lines before data_at */
	tryst_text_cut_fn cut; /* how this machine finds separators best */
	unsigned used_count;
	struct tryst_text_column column[TRYST_TEXT_COLUMNS_MAX];
	struct tryst_text_column used[TRYST_TEXT_COLUMNS_MAX]; /* those not ignored, in order */
};

/* Of tables: our names, nfdump's, Zeek's, ECS's and those of docs/formats/text.md. */
extern const struct tryst_text_names tryst_text_names_any;

/* The largest value of a number in a field or a tryst_text_help. */
uint64_t tryst_text_field_max(unsigned field);

/* What a name means; TRYST_TEXT_IGNORE if nothing. */
struct tryst_text_column tryst_text_column_find(const struct tryst_text_names *names,
                                                const char *name, size_t len);

/* All fields that the names may set. */
uint64_t tryst_text_names_fields(const struct tryst_text_names *names);

/*
 * Adds the columns that a line of names gives to a table (whose separator is set); of two columns
 * for one field the first counts.  False when there are too many, or a required field is missing.
 */
bool tryst_text_columns_add(struct tryst_text_table *t, const struct tryst_text_names *names,
                            const char *p, const char *end);

/*
 * Finds the header in the beginning of a text: its first line that is neither empty nor a comment,
 * or a comment that names columns.  False unless it has a source, a destination and a start time.
 */
bool tryst_text_header(const uint8_t *text, size_t len, struct tryst_text_table *out);

/* The same for a dialect whose header is the first line. */
bool tryst_text_header_first(const uint8_t *text, size_t len, const struct tryst_text_names *names,
                             struct tryst_text_table *out);

/* The time that was read last: most rows share their minute with the row before. */
struct tryst_text_clock {
	char minute[17]; /* `YYYY-MM-DD hh:mm:` */
	char zone[8];    /* what follows the seconds */
	uint8_t zone_len;
	bool valid;
	uint64_t zone_word; /* the same in the lowest bytes, the others 0 */
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
bool tryst_text_epoch(struct tryst_text_cell c, int64_t *out_ms); /* seconds since 1970 */
bool tryst_text_seconds(struct tryst_text_cell c, int64_t *out_ms);
bool tryst_text_flags(struct tryst_text_cell c, uint64_t *out);
bool tryst_text_missing(struct tryst_text_cell c); /* empty, `-`, `None`, `NaN`, `null` */

/* Whether the cell is one of these words, letter by letter. */
bool tryst_text_is_one_of(struct tryst_text_cell c, const char *const *words, size_t count);

static inline bool
tryst_text_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* What a line is. */
enum tryst_text_verdict {
	TRYST_TEXT_ROW,
	TRYST_TEXT_NOTHING, /* blank, or a part of the format itself */
	TRYST_TEXT_OTHER,   /* a record that is well formed and no flow */
	TRYST_TEXT_SKIPPED, /* a flow of something that is not IP */
	TRYST_TEXT_EVENT,   /* of a firewall or a translator of addresses */
	TRYST_TEXT_BAD,
};

/* One row; number[] and ip[] are valid where `known` has the field's bit. */
struct tryst_text_row {
	uint64_t known;
	enum tryst_text_verdict verdict; /* anything but ROW ends the reading of its cells */
	bool has_duration;
	bool icmp_done; /* the destination port said `type.code` */
	bool reversed;  /* the destination opened it */
	int64_t duration_ms;
	uint64_t number[TRYST_TEXT_VALUES]; /* times too, as their two's complement */
	struct tryst_ip ip[TRYST_FIELD_COUNT];
};

/* Whether the value that a column gave is the 0 by which nfdump says that it has none. */
static inline bool
tryst_text_is_unknown(const struct tryst_text_column *col, const struct tryst_text_row *row)
{
	if (TRYST_LIKELY(!col->zero_unknown))
		return false;
	if (col->parse == TRYST_TEXT_IP)
		return row->ip[col->field].hi == 0 && (uint32_t)row->ip[col->field].lo == 0;
	return row->number[col->field] == 0;
}

#define TRYST_TEXT_PROTOS 8

/* What one thread keeps from row to row. */
struct tryst_text_memory {
	struct tryst_text_clock clock[3]; /* start, end, received */
	struct tryst_text_proto {         /* names that were looked up; by hash */
		char name[16];            /* and zeros */
		uint8_t len;              /* 0: no name */
		uint8_t number;
	} proto[TRYST_TEXT_PROTOS];
};

/* Where a name of a protocol (not empty) would be remembered. */
static inline const struct tryst_text_proto *
tryst_text_proto_slot(const struct tryst_text_memory *m, struct tryst_text_cell c)
{
	return &m->proto[((uint8_t)c.text[0] + (uint8_t)c.text[c.len - 1] + c.len) %
	                 TRYST_TEXT_PROTOS];
}

/* Why a line is no row. */
struct tryst_text_fault {
	unsigned column; /* from 1; 0: the line as a whole */
	struct tryst_text_cell cell;
	const char *expected;
	unsigned cells; /* with column 0: how many there are */
};

/* A dialect's own way of reading a value: sets the row's values and their `known` bits. */
struct tryst_text_own {
	bool (*read)(const struct tryst_text_table *t, const struct tryst_zone *zone,
	             struct tryst_text_cell c, struct tryst_text_memory *m,
	             struct tryst_text_row *row);
	const char *expected;
	uint64_t sets; /* the fields that it may set */
};

/*
 * Reads one value into the row as its column says; a text that says "no value" is none.  False when
 * it is not what the column holds.  `zone`: of times that have none.
 */
bool tryst_text_value_read(const struct tryst_text_table *t, const struct tryst_text_column *col,
                           const struct tryst_zone *zone, struct tryst_text_cell c,
                           struct tryst_text_memory *m, struct tryst_text_row *row);

/* What the column holds, for a message. */
const char *tryst_text_expected(const struct tryst_text_column *col);

void tryst_text_row_init(struct tryst_text_row *row);

/* The end from the start and the duration, the ICMP type and code from the port. */
void tryst_text_row_complete(const struct tryst_text_table *t, struct tryst_text_row *row);

/* Whether it has a start and two addresses. */
bool tryst_text_row_usable(const struct tryst_text_row *row, struct tryst_text_fault *fault);

/* Turns a row around: source and destination, and what belongs to them. */
void tryst_text_row_reverse(struct tryst_text_row *row);

/*
 * Reads one line (without its line end) into *row: TRYST_TEXT_BAD, and *fault says why, or what the
 * row's cells say that it is.
 */
enum tryst_text_verdict tryst_text_row_parse(const struct tryst_text_table *t,
                                             const struct tryst_zone *zone, const char *line,
                                             size_t len, struct tryst_text_memory *memory,
                                             struct tryst_text_row *row,
                                             struct tryst_text_fault *fault);

/*
 * The same for lines that are as most are: true, and *row is what tryst_text_row_parse would make
 * of it before the row is completed; false, and nothing is known about the line (*row may have
 * changed).
 */
bool tryst_text_row_fast(const struct tryst_text_table *t, const struct tryst_zone *zone,
                         const char *line, size_t len, struct tryst_text_memory *memory,
                         struct tryst_text_row *row);

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
