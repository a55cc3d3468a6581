/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text for HTML and the SVG inside it (HTML Living Standard, 13.3: escaping a string).
 *
 * One escape serves text and double-quoted attributes alike, so that no caller can pick the wrong
 * one.  What comes from outside is first made safe as for a terminal (tryst_buf_safe): controls,
 * escapes and what turns the direction of text are shown, not obeyed.  Appends to buffers with
 * sticky failure; pure; any thread.
 */
#ifndef TRYST_REPORT_MARKUP_H
#define TRYST_REPORT_MARKUP_H

#include "base/buf.h"
#include "base/ip.h"

/* Outside text of len bytes. */
void tryst_markup_text(struct tryst_buf *b, const char *text, size_t len);
void tryst_markup_str(struct tryst_buf *b, const char *text);

/* The same, cut to about max characters with an ellipsis in the middle where it is longer. */
void tryst_markup_short(struct tryst_buf *b, const char *text, size_t max);

/* What `made` holds, escaped, and `made` emptied; its failure is taken over. */
void tryst_markup_take(struct tryst_buf *b, struct tryst_buf *made);

/* Our own format and numbers (%s only for constants), then escaped. */
void tryst_markup_printf(struct tryst_buf *b, const char *fmt, ...) TRYST_PRINTF(2, 3);

void tryst_markup_ip(struct tryst_buf *b, struct tryst_ip ip);

/* A length in SVG units: at most two decimals, none where it is whole, never "-0". */
void tryst_markup_unit(struct tryst_buf *b, double v);

/* JSON that stands in a script element: `<`, `>`, `&`, U+2028 and U+2029 become \u00XX. */
void tryst_markup_json(struct tryst_buf *b, const char *json, size_t len);

#endif
