/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the index of an archive says what the archive says: each shard is made again of the files
 * that it is of, as `tryst index` made it, and compared.  Files that are gone or have changed since
 * are left out on both sides, so a shard of which only some are left is compared as far as these
 * go.
 */
#ifndef TRYST_STORE_INDEX_VERIFY_H
#define TRYST_STORE_INDEX_VERIFY_H

#include "flow/pipeline.h"
#include "store/index.h"
#include "store/verify.h"

struct tryst_index_verify_job {
	const struct tryst_index *index;
	struct tryst_input *const *inputs; /* the archive's files, sorted by path */
	size_t count;
	size_t prefix; /* characters of their paths before what is relative to the root */
	unsigned jobs; /* threads, a shard each */
	size_t memory; /* bytes, for all of them */
	bool quick;    /* only the checksums: the archive is not read */
	const atomic_bool *stop;
	struct tryst_progress *progress; /* its counters move: bytes and flows of what is read */
};

struct tryst_index_verified {
	uint64_t damaged; /* shards with findings */
	uint64_t files;   /* compared */
	uint64_t flows;   /* in them */
};

/*
 * Checks every shard; `finding` takes a line for all that is wrong, in the order of the shards,
 * from the calling thread.  TRYST_ERR_INTERRUPTED after a stop, TRYST_ERR_NOMEM, TRYST_ERR_LIMIT:
 * a shard cannot be made again within the memory.
 */
int tryst_index_verify(const struct tryst_index_verify_job *job, tryst_finding_fn finding,
                       void *ctx, struct tryst_index_verified *out, struct tryst_error *err);

/*
 * Compares a shard with one made again of some of its files.  again_file[i] is the number in
 * `again` of file i of the shard, or UINT32_MAX where it was left out; these numbers ascend.
 * Returns how many differences were told, each with the name of the file; no more than a few are.
 * Negative: TRYST_ERR_NOMEM, or TRYST_ERR_FORMAT where one of them is damaged.
 */
int tryst_shard_compare(const struct tryst_shard *s, const struct tryst_shard *again,
                        const uint32_t *again_file, tryst_finding_fn finding, void *ctx,
                        struct tryst_error *err);

#endif
