/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing byte buffer for building text.  Failure to allocate is sticky: later appends do nothing
 * and `failed` says so once at the end, so that renderers need no check per line.
 */
#ifndef TRYST_BASE_BUF_H
#define TRYST_BASE_BUF_H

#include <stdarg.h>

#include "base/base.h"

struct tryst_buf {
	char *data; /* NUL-terminated once anything was appended */
	size_t len;
	size_t cap;
	bool failed;
};

void tryst_buf_fini(struct tryst_buf *b);
void tryst_buf_clear(struct tryst_buf *b); /* empty, memory kept */

/* Room for n more bytes (and a NUL); NULL when failed.  The caller writes there and adds to len. */
char *tryst_buf_reserve(struct tryst_buf *b, size_t n);

void tryst_buf_add(struct tryst_buf *b, const void *data, size_t len);
void tryst_buf_str(struct tryst_buf *b, const char *text);
void tryst_buf_char(struct tryst_buf *b, char c);
void tryst_buf_u64(struct tryst_buf *b, uint64_t v);
void tryst_buf_printf(struct tryst_buf *b, const char *fmt, ...) TRYST_PRINTF(2, 3);
void tryst_buf_vprintf(struct tryst_buf *b, const char *fmt, va_list ap) TRYST_PRINTF(2, 0);

#define TRYST_POWER_TEXT_MAX 24

/* 10^log10 as text, "9.8e-08", also where no double holds it: "1e-412". */
const char *tryst_power_text(double log10, char out[TRYST_POWER_TEXT_MAX]);

/* The length of the valid UTF-8 sequence at text (RFC 3629; left >= 1 bytes), or 0. */
size_t tryst_utf8_len(const char *text, size_t left);

/*
 * Appends text that came from outside so that a terminal stays safe: control characters (C0, DEL,
 * C1), what turns the direction of text or breaks the line, and invalid UTF-8 become \xNN.
 */
void tryst_buf_safe(struct tryst_buf *b, const char *text, size_t len);

#endif
