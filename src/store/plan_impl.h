/* SPDX-License-Identifier: Apache-2.0 */
/* What the deciding and the reading share. */
#ifndef TRYST_STORE_PLAN_IMPL_H
#define TRYST_STORE_PLAN_IMPL_H

#include "store/index.h"
#include "store/plan.h"

struct plan_shard {
	struct tryst_shard *shard;
	uint32_t *inputs; /* by file: the input that it is + 1; 0: none of this run's */
	/* Of the last decision: */
	struct tryst_error fault; /* code 0: it can be used */
	uint32_t pages_checked;   /* of its units, ascending: the last one + 1 */
	size_t bad_entries;       /* of the wanted runs' entries into blocks */
	struct tryst_nf_unit *units;
	size_t unit_count, unit_room;
	uint32_t sample_blocks; /* that hold rows for the run's sampler */
	uint32_t readers;       /* inputs that are read through the index; they share the sample */
};

struct plan_input {
	struct plan_shard *shard; /* NULL: no index knows it */
	uint32_t file;
	bool changed; /* it was another file when it was indexed */
	/* Of the last decision: */
	bool runs;             /* the run reads it */
	const char *full;      /* why it is read in full; NULL: it is not */
	bool outside;          /* all of it is outside the window */
	size_t units, count;   /* its runs of records in the shard's list */
	uint32_t sample_first; /* every readers-th block from here on is its share of the sample */
};

/* A folder that may have an index beside it or in the cache. */
struct plan_place {
	char *root;
	struct tryst_index *indexes[2]; /* beside, cached */
};

struct tryst_planner {
	struct tryst_input *const *input_list;
	size_t input_count;
	const char *cache;
	struct plan_input *inputs;
	struct plan_place *places;
	size_t place_count, place_room;
	struct plan_shard **shards; /* those that know an input */
	size_t shard_count, shard_room;
	size_t changed, known;
};

static inline const struct tryst_shard_file *
plan_file(const struct plan_input *in)
{
	return &in->shard->shard->files[in->file];
}

#endif
