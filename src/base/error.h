/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request or the environment failed: a negative code, and one line of text in an object the
 * caller owns.  Bugs are asserts, damaged input is counted in struct tryst_health: neither comes
 * here.
 *
 * The text names what, where (file:line or offset) and what was expected, without a trailing full
 * stop or newline.  A caller higher up may prefix it, never replace it.
 */
#ifndef TRYST_BASE_ERROR_H
#define TRYST_BASE_ERROR_H

#include "base/base.h"

enum tryst_error_code {
	TRYST_OK = 0,
	TRYST_ERR_NOMEM = -1,
	TRYST_ERR_IO = -2,          /* the operating system said no; the text ends in its words */
	TRYST_ERR_FORMAT = -3,      /* what was read is not what it must be */
	TRYST_ERR_UNSUPPORTED = -4, /* well formed, but of a kind we do not read */
	TRYST_ERR_USAGE = -5,       /* the user's words are off */
	TRYST_ERR_LIMIT = -6,       /* a stated limit was reached */
	TRYST_ERR_INTERRUPTED = -7, /* asked to stop */
	TRYST_ERR_BUSY = -8,        /* somebody else has it now; later it may go */
};

struct tryst_error {
	int code;
	char text[1024];
};

/*
 * Fills *err (which may be NULL) and returns code, so that `return tryst_error_set(...)` reads
 * well.
 */
int tryst_error_set(struct tryst_error *err, int code, const char *fmt, ...) TRYST_PRINTF(3, 4);

/* The same, with ": <strerror(errno)>" behind the text and the code TRYST_ERR_IO. */
int tryst_error_errno(struct tryst_error *err, const char *fmt, ...) TRYST_PRINTF(2, 3);

/* TRYST_ERR_NOMEM with the standard text. */
int tryst_error_nomem(struct tryst_error *err);

/* Puts "<prefix>: " before the text that is already there. */
void tryst_error_prefix(struct tryst_error *err, const char *fmt, ...) TRYST_PRINTF(2, 3);

#endif
