/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the writing and the reading of shards share.
 *
 *   head: magic, version u32, sections u32, files u32, units u32, blocks of the sample u32, 0 u32,
 *         for each section its place u64, length u64, checksum u32, 0 u32;
 *         the checksum of all that u32, 0 u32
 *   the sections, and SHARD_SLACK bytes of 0, so that groups of chunks may be read beyond their end
 */
#ifndef TRYST_STORE_SHARD_IMPL_H
#define TRYST_STORE_SHARD_IMPL_H

#include "store/block.h"
#include "store/shard.h"

#define SHARD_MAGIC "TRYSTIDX"
#define SHARD_HEAD (8u + 6 * 4 + TRYST_SHARD_SECTIONS * 24 + 8)
#define SHARD_TABLE 32u /* where the table of sections begins */
#define SHARD_SLACK 64u
#define SHARD_FILE_WHOLE 1u
#define SHARD_SAMPLE_ENTRY 32u

/* Before the history of an entry: packed, plain, length of the history, checksum; 32 bits each. */
#define SHARD_ENTRY_HEAD 16u

/* An address column of a block of the sample: two chunks, of the upper and the lower half. */
#define SHARD_HALF_HEAD 8u

extern const char *const tryst_shard_section_names[TRYST_SHARD_SECTIONS];

#endif
