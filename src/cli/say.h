/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Talking to the user (standard error) and writing results (standard output, files).  Text from
 * outside is made safe for a terminal here, so that callers may pass paths and error texts as they
 * are.
 */
#ifndef TRYST_CLI_SAY_H
#define TRYST_CLI_SAY_H

#include "base/buf.h"
#include "base/error.h"

/* "tryst: <text>" as one line, or several where the text has several. */
void tryst_say(const char *fmt, ...) TRYST_PRINTF(1, 2);

/* The same without the name in front: lines of a summary. */
void tryst_say_plain(const char *fmt, ...) TRYST_PRINTF(1, 2);

/* tryst_say of a line that may be long: on a terminal it is broken at blanks where that ends. */
void tryst_say_long(const char *text);

/*
 * From now on everything said is JSON Lines, {"type":"message","text":"..."}: for a program that
 * asked for JSON and reads the standard error, too.  Of the process, before threads.
 */
void tryst_say_as_json(void);

/* The last line of such a run that did not end well: {"type":"exit","code":4,"meaning":"..."}. */
void tryst_say_exit(int code);

/* Writes everything to the standard output; TRYST_ERR_IO names it. */
int tryst_out(const char *data, size_t len, struct tryst_error *err);
int tryst_out_buf(const struct tryst_buf *b, struct tryst_error *err); /* also when it failed */

/* Writes all of it to a tryst_output: either the old file or the whole new one is there. */
int tryst_save(const char *path, const struct tryst_buf *b, struct tryst_error *err);

#endif
