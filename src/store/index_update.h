/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and keeping the index of an archive.
 *
 * Files that no shard knows as they are now are read and become new shards; shards of which no file
 * is left go.  A shard of a new file every five minutes would be many, and to put each into a large
 * one would read that again and again: so when several small shards have come together, they are
 * made one of the next size (O'Neil et al., "The log-structured merge-tree", Acta Informatica 33,
 * 1996), and a file is read a few times in all.
 *
 * Shards appear whole: written to a temporary name, synced, renamed.  Whoever reads meanwhile has
 * the old ones open.  One writer at a time; a second is refused by name.
 */
#ifndef TRYST_STORE_INDEX_UPDATE_H
#define TRYST_STORE_INDEX_UPDATE_H

#include "flow/pipeline.h"
#include "store/index.h"

/* What is to be done. */
struct tryst_index_job {
	const char *root; /* the archive's real path */
	const char *folder;
	const char *cache; /* where the folder lies in, for messages; NULL: beside the archive */
	bool beside;
	/*
	 * The archive's files, sorted by path.  Those that are refused, or damaged in part, get
	 * their error; those that have one (TRYST_ERR_IO: the walk met it) count as refused.
	 */
	struct tryst_input *const *inputs;
	size_t count;
	size_t prefix; /* characters of their paths before what is relative to the root */
	unsigned jobs;
	size_t memory;
	const atomic_bool *stop;
	struct tryst_progress *progress; /* its counters move: bytes and flows of what is read */
};

/* What was done. */
struct tryst_index_result {
	uint64_t files;     /* read and indexed now */
	uint64_t flows;     /* in them */
	uint64_t bytes;     /* of them */
	uint64_t current;   /* indexed before, and as they were */
	uint64_t gone;      /* known before, and not there any more or changed */
	uint64_t not_flows; /* files of the archive that are none of nfdump's */
	uint64_t refused;   /* files and folders that could not be read, or files too large */
	uint64_t damaged;   /* of those indexed now, in part */
	uint64_t shards, shards_gone;
	uint64_t index_bytes; /* of all shards that there are now */
};

/*
 * Brings the index up to date.  0 also when files were refused, or when there are none: then no
 * folder is left.  TRYST_ERR_INTERRUPTED after a stop: what was finished until then stays.
 */
int tryst_index_update(struct tryst_index_job *job, struct tryst_index_result *result,
                       struct tryst_error *err);

/* Removes the index.  *shards is how many there were.  TRYST_ERR_IO also when there is none. */
int tryst_index_drop(const char *folder, uint64_t *shards, struct tryst_error *err);

#endif
