/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watchlists: files of suspects -> indicators and one address set.
 *
 * All lists of a hunt are one watchlist; every indicator knows its file and line.  Overlapping
 * entries all count.  A line that is no indicator is rejected with file:line and reason, never
 * guessed.
 */
#ifndef TRYST_WATCH_WATCHLIST_H
#define TRYST_WATCH_WATCHLIST_H

#include "base/ipset.h"

/* The text fields point into the watchlist's memory, NUL-terminated, "" when empty. */
struct tryst_indicator {
	const char *text;  /* as given, refanged */
	const char *label; /* trailing comment or section, the reason shown in reports */
	struct tryst_ip_range range;
	uint32_t list; /* which file */
	uint32_t line; /* from 1 */
	uint16_t port; /* 0: any */
	uint8_t proto; /* 0: any */
};

struct tryst_list_info {
	const char *path;
	const char *format; /* "plain" */
	uint32_t indicators;
	uint32_t rejected;
	uint32_t masked;    /* prefixes with host bits set, which were cleared */
	uint32_t dangerous; /* special-purpose, very wide: hunted, but warned about */
	char sha256[65];    /* "" where not computed */
};

/* A rejected or doubtful line: the first ones of each list are kept. */
struct tryst_list_remark {
	uint32_t list, line;
	bool rejected; /* else a warning */
	char text[160];
};

struct tryst_watchlist;

int tryst_watchlist_new(struct tryst_watchlist **out, struct tryst_error *err);
void tryst_watchlist_free(struct tryst_watchlist *w);

/*
 * Reads a list: a path, or "-".  TRYST_ERR_IO, TRYST_ERR_LIMIT above 1 GiB, or TRYST_ERR_FORMAT
 * when nothing in it is an indicator; the list and its remarks are then kept, and others may be
 * loaded.
 */
int tryst_watchlist_load(struct tryst_watchlist *w, const char *path, struct tryst_error *err);

/* Reads a list from memory (tests, fuzzing); `path` names it. */
int tryst_watchlist_parse(struct tryst_watchlist *w, const char *path, const char *data, size_t len,
                          struct tryst_error *err);

/*
 * After the last load: builds the set.  Then the watchlist is read-only and any thread may ask
 * it.
 */
int tryst_watchlist_seal(struct tryst_watchlist *w, struct tryst_error *err);

/*
 * The same from what a case file says of it, in its order: a list, whose remarks come next;
 * indicators of the lists there are; nothing is read and nothing checked.  Texts are copied.
 */
int tryst_watchlist_restore_list(struct tryst_watchlist *w, const struct tryst_list_info *info,
                                 struct tryst_error *err);
int tryst_watchlist_restore_remark(struct tryst_watchlist *w,
                                   const struct tryst_list_remark *remark, struct tryst_error *err);
int tryst_watchlist_restore_indicator(struct tryst_watchlist *w,
                                      const struct tryst_indicator *indicator, uint32_t *id,
                                      struct tryst_error *err);

size_t tryst_watchlist_count(const struct tryst_watchlist *w);
const struct tryst_indicator *tryst_watchlist_indicator(const struct tryst_watchlist *w,
                                                        uint32_t id);
size_t tryst_watchlist_lists(const struct tryst_watchlist *w);
const struct tryst_list_info *tryst_watchlist_list(const struct tryst_watchlist *w, uint32_t list);
size_t tryst_watchlist_remarks(const struct tryst_watchlist *w,
                               const struct tryst_list_remark **out);

/* The set of all indicators; its values are indicator ids.  Only once sealed. */
const struct tryst_ipset *tryst_watchlist_set(const struct tryst_watchlist *w);

#endif
