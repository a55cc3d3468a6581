/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address index beside an archive that stays as it is: a folder of shards (store/shard.h),
 * found again from the files of the archive.  The folder is `.tryst` in the archive itself, where
 * somebody asked for that, or has its name from the path of the archive and lies in the user's
 * cache.  A folder in an archive is trusted only if it belongs to the user, to root or to the owner
 * of the folder it lies in: what it says decides what a hunt does not look at.
 *
 * A file counts as indexed while its path, size and time of change are those that were noted.
 */
#ifndef TRYST_STORE_INDEX_H
#define TRYST_STORE_INDEX_H

#include "store/shard.h"

#define TRYST_INDEX_BESIDE ".tryst"
#define TRYST_INDEX_SUFFIX ".idx"

/*
 * The folder of the index of the archive `root` (a real path), to be freed: beside it, or in the
 * cache ($XDG_CACHE_HOME/tryst or so; never NULL then).  NULL without memory.
 */
char *tryst_index_folder(const char *root, bool beside, const char *cache);

/* A shard that cannot be used, and why. */
struct tryst_index_fault {
	char *path;
	struct tryst_error error;
};

struct tryst_index {
	char *root;
	char *folder;
	struct tryst_shard **shards; /* sorted by path */
	size_t shard_count;
	struct tryst_index_fault *faults;
	size_t fault_count;
	struct tryst_index_slot *slots; /* hash table: path -> shard and file */
	size_t slot_mask;
};

/*
 * Opens all shards of a folder.  *out is NULL where there is no such folder, or none that is
 * trusted.  Shards that are damaged or of another version become faults.  Negative: no memory, or
 * the folder cannot be read.
 */
int tryst_index_open(struct tryst_index **out, const char *root, const char *folder, bool beside,
                     struct tryst_error *err);
void tryst_index_close(struct tryst_index *ix); /* NULL is fine */

/* What is known of a file, by its path below the root. */
struct tryst_index_entry {
	struct tryst_shard *shard;
	uint32_t file;
};

/* Looks a file up as it is now.  -1: nobody knows it; 0: it was another when it was indexed; 1. */
int tryst_index_find(const struct tryst_index *ix, const char *relative, uint64_t size,
                     int64_t mtime_ns, struct tryst_index_entry *out);

#endif
