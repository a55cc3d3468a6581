/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal of a store, and the names in its directory (store/directory.h).
 *
 * A journal is lines `rename FROM TO` and `remove NAME`, all renames first.  It appears whole and
 * synced, and goes when all of it is done, so whoever finds one knows that a commit is on its way,
 * or was cut short.
 */
#ifndef TRYST_STORE_JOURNAL_H
#define TRYST_STORE_JOURNAL_H

#include "store/directory.h"

#define TRYST_JOURNAL ".commit"
#define TRYST_JOURNAL_NEW TRYST_JOURNAL ".new"
#define TRYST_STORE_LOCK ".lock"

/* A file gets a name, or with an empty `from` goes; with an empty `to` it is only begun. */
struct tryst_change {
	char from[TRYST_STORE_NAME_MAX], to[TRYST_STORE_NAME_MAX];
};

struct tryst_changes {
	struct tryst_change *list;
	size_t count, room;
};

/* One more, empty; NULL without memory. */
struct tryst_change *tryst_changes_add(struct tryst_changes *c);
void tryst_changes_fini(struct tryst_changes *c);

/* Names of segments and of unfinished ones (.NUMBER.tmp). */
bool tryst_store_is_segment(const char *name);
bool tryst_store_is_temp(const char *name);
/* The number in either; 0: there is none. */
uint32_t tryst_store_number(const char *name);

/*
 * In the functions below dir is a descriptor of the directory, and path its name for messages.
 *
 * Reads the journal: 1, or 0 where there is none.  TRYST_ERR_FORMAT: a line is none of a journal's,
 * or leads out of the directory.
 */
int tryst_journal_read(int dir, const char *path, struct tryst_changes *out,
                       struct tryst_error *err);

/* Writes it and syncs. */
int tryst_journal_write(int dir, const char *path, const struct tryst_changes *c,
                        struct tryst_error *err);

/*
 * Does what it says, again where it was done in part, syncs, and removes it.  TRYST_ERR_FORMAT: a
 * file that gets a name is lost; then nothing that comes after it is done.
 */
int tryst_journal_finish(int dir, const char *path, const struct tryst_changes *c,
                         struct tryst_error *err);

/* As tryst_directory_list, but whether the directory is a store is the caller's to find out. */
struct tryst_contents {
	size_t segments;
	bool marked;                      /* a writer's lock or journal: a store, even if empty */
	char other[TRYST_STORE_NAME_MAX]; /* the first that nobody expects in a store, cut short */
	struct tryst_buf names;           /* of all segments, each ended by NUL, in no order */
};

/* Looks at what is there; the caller frees the names. */
int tryst_contents_read(struct tryst_contents *out, int dir, const char *path,
                        struct tryst_error *err);

/* Whether it is a store to look at; whether segments may be added to it. */
int tryst_contents_check(const struct tryst_contents *c, const char *path, struct tryst_error *err);
int tryst_contents_check_room(const struct tryst_contents *c, const char *path,
                              struct tryst_error *err);

#endif
