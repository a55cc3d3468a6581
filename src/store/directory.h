/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The directory of a store.
 *
 * Segments have names that sort by time: the start of the first flow and a number that no other
 * segment of the store has had.  Everything else begins with a dot, so that readers pass it over:
 * the lock, segments being written (.NUMBER.tmp), and the journal (.commit).
 *
 * What a writer changes, it changes at once: it lists in the journal which files get which names
 * and which go, and only then renames and removes.  Whoever opens the store to write next finishes
 * a journal that was left behind, and removes unfinished segments.  Readers take no lock and see,
 * by the journal, nothing half.
 */
#ifndef TRYST_STORE_DIRECTORY_H
#define TRYST_STORE_DIRECTORY_H

#include "base/buf.h"
#include "base/error.h"

#define TRYST_STORE_NAME_MAX 64

struct tryst_directory;

/*
 * Opens a store for writing and locks it; with `create` it may be new, or an empty directory.
 * TRYST_ERR_BUSY: another process writes to it.  What is no store is refused and stays as it is:
 * TRYST_ERR_FORMAT, with `create` TRYST_ERR_USAGE for a directory that has other files.  *mended
 * counts files that an earlier writer left and that were finished or removed.
 */
int tryst_directory_open(struct tryst_directory **out, const char *path, bool create,
                         size_t *mended, struct tryst_error *err);
/* Unlocks; removes what was begun and not committed.  NULL is fine. */
void tryst_directory_close(struct tryst_directory *d);

const char *tryst_directory_path(const struct tryst_directory *d);

/* A new unfinished segment: its descriptor and the number for the rest. */
int tryst_directory_begin(struct tryst_directory *d, uint32_t *number, struct tryst_error *err);

/* It is written and synced, and gets its name when all is committed. */
int tryst_directory_add(struct tryst_directory *d, uint32_t number, int64_t first_ms,
                        struct tryst_error *err);

/* This segment goes when all is committed. */
int tryst_directory_remove(struct tryst_directory *d, const char *name, struct tryst_error *err);

/* All that was added appears, all that was removed goes. */
int tryst_directory_commit(struct tryst_directory *d, struct tryst_error *err);

/*
 * The names of the segments, sorted, in one allocation that the caller frees; ended by NULL.  While
 * a commit is on its way, or was cut short, these are all from before it or all from after it; that
 * may take some tenths of a second.  TRYST_ERR_FORMAT: the directory is no store, or its journal is
 * none.
 */
int tryst_directory_list(const char *path, char ***out, size_t *count, struct tryst_error *err);

#endif
