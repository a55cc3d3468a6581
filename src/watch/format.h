/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between a list format and the watchlist: a format reads the bytes of one list and reports what it
 * finds, line by line.  The table of formats is in watchlist.c; the first whose probe says yes
 * reads.
 */
#ifndef TRYST_WATCH_FORMAT_H
#define TRYST_WATCH_FORMAT_H

#include "watch/form.h"
#include "watch/watchlist.h"

struct tryst_list_format {
	const char *name;
	bool (*probe)(const char *data, size_t len);
	/* Returns 0 or a negative code; what is wrong with the list itself are remarks. */
	int (*read)(struct tryst_watchlist *w, const char *data, size_t len);
};

extern const struct tryst_list_format tryst_list_plain;

/* A piece of the list; need not end with NUL. */
struct tryst_text {
	const char *data;
	size_t len;
};

/* Each is about a line of the list being read.  0 or TRYST_ERR_NOMEM; texts are copied. */

int tryst_list_add(struct tryst_watchlist *w, uint32_t line, const struct tryst_form *form,
                   struct tryst_text text, struct tryst_text label);

/* `why`, then the beginning of the text in quotes, made safe for a terminal. */
int tryst_list_reject(struct tryst_watchlist *w, uint32_t line, const char *why,
                      struct tryst_text text);
int tryst_list_warn(struct tryst_watchlist *w, uint32_t line, const char *why,
                    struct tryst_text text);

#endif
