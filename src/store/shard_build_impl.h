/* SPDX-License-Identifier: Apache-2.0 */
/* A shard while it is built: filled by shard_build.c, written by shard_write.c. */
#ifndef TRYST_STORE_SHARD_BUILD_IMPL_H
#define TRYST_STORE_SHARD_BUILD_IMPL_H

#include "store/recent.h"
#include "store/shard_impl.h"

/* What a sample's rows are kept with: everything but who they are here. */
#define SHARD_COLUMNS (TRYST_BITS_ALL & ~(TRYST_BIT(input_id) | TRYST_BIT(record_no)))

struct tryst_shard_builder {
	struct tryst_dictionary_builder *dictionary;
	struct tryst_recent *recent;
	struct tryst_postings_builder *postings;
	struct tryst_sample_builder *sample;
	struct tryst_block_encoder *encoder;
	struct tryst_buf files, units, entries;
	uint32_t file_count, unit_count;
	uint64_t flows, sample_rows;
	struct tryst_sink sink;
	uint32_t *ids;
	/* Of the file being read: */
	struct tryst_nf_units found;
	uint64_t ceiling; /* of the sample */
	struct {
		uint64_t offset; /* of the block of the last entry */
		uint32_t packed;
		uint32_t place; /* as a unit has it */
	} entry;
	bool whole;
	int64_t from_ms, to_ms;
	size_t memory_max;
};

#endif
