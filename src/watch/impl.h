/* SPDX-License-Identifier: Apache-2.0 */
/* The watchlist from inside: its store (watchlist.c), the list being read (list.c), files (load.c).
 */
#ifndef TRYST_WATCH_IMPL_H
#define TRYST_WATCH_IMPL_H

#include "base/arena.h"
#include "watch/format.h"

#define TRYST_LIST_BYTES_MAX ((size_t)1 << 30)
#define TRYST_LIST_KINDS_MAX 8

/* A growing array. */
struct tryst_list_vec {
	void *data;
	size_t count, cap;
};

/* A new element at the end, all zero, or NULL. */
void *tryst_list_push(struct tryst_list_vec *v, size_t size);

/* Of entries that are skipped: what they are, and how many. */
struct tryst_list_kind {
	char name[24];
	uint32_t count, line; /* of the first */
};

struct tryst_watchlist {
	struct tryst_arena arena; /* every text */
	struct tryst_watchlist_options options;
	struct tryst_list_vec indicators; /* struct tryst_indicator */
	struct tryst_list_vec lists;      /* struct tryst_list_info */
	struct tryst_list_vec remarks;    /* struct tryst_list_remark */
	struct tryst_ipset *set;          /* once sealed */
	/* Of the list being read: */
	struct tryst_list_vec exceptions; /* struct tryst_ip_range */
	struct tryst_list_kind kinds[TRYST_LIST_KINDS_MAX];
	size_t kind_count;
	size_t first_indicator;
	uint32_t warnings;
	size_t unpacked;     /* bytes, of the load */
	size_t first_masked; /* an indicator, while its list's masked > 0 */
};

/* The list being read: the last one. */
struct tryst_list_info *tryst_list_current(struct tryst_watchlist *w);

/* Begins a list; ends it: exceptions, what was skipped, what is doubtful of it as a whole. */
int tryst_list_begin(struct tryst_watchlist *w, const char *path, struct tryst_error *err);
int tryst_list_end(struct tryst_watchlist *w, struct tryst_error *err);

/* Takes the exceptions of the list out of its indicators. */
int tryst_list_subtract(struct tryst_watchlist *w);

/* The same for a part of the list that ends here: what comes has exceptions of its own. */
int tryst_list_part(struct tryst_watchlist *w);

/*
 * Reads one list, or all of an archive, from memory; `depth` archives are around it.  Negative only
 * where nothing of it could be read.
 */
int tryst_list_parse(struct tryst_watchlist *w, const char *path, const char *data, size_t len,
                     unsigned depth, struct tryst_error *err);

/*
 * The same for what tryst_list_is_packed says is packed: unpacks it first.  All that one load
 * unpacks is at most TRYST_LIST_BYTES_MAX.
 */
bool tryst_list_is_packed(const char *data, size_t len);
int tryst_list_unpack(struct tryst_watchlist *w, const char *path, const char *data, size_t len,
                      unsigned depth, struct tryst_error *err);

/* The lists of a directory. */
int tryst_list_folder(struct tryst_watchlist *w, const char *path, struct tryst_error *err);

/* One file, or "-". */
int tryst_list_file(struct tryst_watchlist *w, const char *path, struct tryst_error *err);

/*
 * The names of the events of a MISP feed's manifest, one of tryst_list_vec's elements (char *, in
 * the arena) each; false when it is none.
 */
bool tryst_misp_manifest(struct tryst_watchlist *w, const char *data, size_t len,
                         struct tryst_list_vec *names);

#endif
