/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables as CSV (RFC 4180, lines end in LF) with a header; csv_*.c has the tables.  What is not
 * known is an empty cell; text from outside is quoted and can be no formula (tryst_csv_text).
 * Everything is appended; memory that is out is marked in the buffer.  docs/exchange.md
 */
#ifndef TRYST_REPORT_CSV_H
#define TRYST_REPORT_CSV_H

#include "report/exchange.h"

/* Defines a function for a column: appends one value of the row r to out, if it is known. */
#define TRYST_CSV_PUT(name, known, put)                                                            \
	static void name(const struct tryst_row *r, struct tryst_buf *out)                         \
	{                                                                                          \
		if (known)                                                                         \
			put;                                                                       \
	}

/* Values; a number that is none (NaN, infinite) is an empty cell. */
void tryst_csv_ip(struct tryst_buf *out, struct tryst_ip ip);
void tryst_csv_time(struct tryst_buf *out, int64_t ms);
void tryst_csv_real(struct tryst_buf *out, double v);
void tryst_csv_i64(struct tryst_buf *out, int64_t v);
void tryst_csv_str(struct tryst_buf *out, const char *text); /* from outside: tryst_csv_text */

/*
 * Appends a quoted CSV cell (RFC 4180), empty for no text: on one line, without control characters,
 * and nothing that a spreadsheet takes for a formula.
 */
void tryst_csv_text(struct tryst_buf *out, const char *text, size_t len);

/* The first line, and a line of it; columns end with one without a name. */
void tryst_csv_heading(const struct tryst_column *columns, struct tryst_buf *out);
void tryst_csv_row(const struct tryst_column *columns, const struct tryst_row *r,
                   struct tryst_buf *out);

#endif
