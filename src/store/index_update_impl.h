/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of keeping an index share: the decision, the work, and the folder. */
#ifndef TRYST_STORE_INDEX_UPDATE_IMPL_H
#define TRYST_STORE_INDEX_UPDATE_IMPL_H

#include <pthread.h>

#include "store/index_update.h"

#define INDEX_TEMPORARY ".tmp-"
#define INDEX_LOCK ".lock"

/* A file to be read. */
struct index_pending {
	uint32_t input;
	uint64_t weight;
};

struct index_group {
	size_t first, count; /* of the pending files */
};

struct index_update {
	struct tryst_index_job *job;
	struct tryst_index_result *result;
	struct tryst_index *index; /* as it was; NULL: none */
	bool *goes;                /* by shard: all its files are gone or read again */
	struct index_pending *pending;
	size_t pending_count;
	struct index_group *groups;
	size_t group_count;
	atomic_size_t next_group;
	size_t threads;       /* they share the memory */
	pthread_mutex_t lock; /* the rest, while threads run */
	struct tryst_error error;
	char (*written)[24]; /* names of new shards */
	size_t written_count, written_room;
};

/* The path of an input below the root. */
static inline const char *
index_relative(const struct index_update *u, uint32_t input)
{
	return u->job->inputs[input]->path + u->job->prefix;
}

/* Decides which files are read, into which shards, and which shards go. */
int index_decide(struct index_update *u, struct tryst_error *err);

int index_folder_sync(const char *folder, struct tryst_error *err);

/* Writes a file that appears whole or not at all. */
int index_folder_write(const char *folder, const char *name, const struct tryst_buf *bytes,
                       struct tryst_error *err);

/* mkdir -p; *kept: so many characters of the path were there before. */
int index_folder_make(const char *folder, size_t *kept, struct tryst_error *err);

/* A folder without shards goes, and those above it that were made for it; the lock is held. */
void index_folder_remove(const char *folder, size_t kept);

/*
 * Looks at every file of the folder whose name begins and ends so, and removes it where that is
 * asked for.  Adds to *count and returns the bytes of all.
 */
uint64_t index_folder_each(const char *folder, const char *begin, const char *end, bool remove_it,
                           uint64_t *count);

/* The descriptor of the lock, or negative. */
int index_folder_lock(const char *folder, struct tryst_error *err);

#endif
