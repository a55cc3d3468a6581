/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The postings of a segment or an index shard: for each code of its dictionary the ascending list
 * of blocks that hold the address.  Exact: a block is in the list if and only if a row of it has
 * the address in one of the columns that were added.
 *
 * Which columns those are is the caller's promise: src and dst at least, because a request's
 * addresses mean these.
 *
 * As bytes: a head, a directory (place and checksum of each page), and pages of TRYST_POSTINGS_PAGE
 * lists; each list is Rice coded with a parameter of its own, or a bitmap where that is smaller.
 * Checked as the dictionary is (store/dictionary.h).  docs/formats/index.md has the layout.
 * Rice: R. F. Rice, JPL Publication 79-22, 1979.
 */
#ifndef TRYST_STORE_POSTINGS_H
#define TRYST_STORE_POSTINGS_H

#include "store/dictionary.h"

#define TRYST_POSTINGS_PAGE 64               /* lists */
#define TRYST_POSTINGS_BLOCKS_MAX (1u << 20) /* blocks of one segment */

struct tryst_postings_builder;

int tryst_postings_builder_new(struct tryst_postings_builder **out, struct tryst_error *err);
void tryst_postings_builder_free(struct tryst_postings_builder *b); /* NULL is fine */

/*
 * The provisional ids (of the dictionary builder) that stand in a block, in any order, repeated as
 * they come.  May be called several times for a block; blocks come in ascending order.
 */
int tryst_postings_add(struct tryst_postings_builder *b, uint32_t block, const uint32_t *ids,
                       uint32_t count, struct tryst_error *err);

size_t tryst_postings_builder_bytes(const struct tryst_postings_builder *b);

/*
 * Appends the bytes of the postings.  codes[id] is the code of a provisional id
 * (tryst_dictionary_codes), count how many there are.  out->failed, or negative, without memory.
 */
int tryst_postings_write(const struct tryst_postings_builder *b, const uint32_t *codes,
                         uint32_t count, struct tryst_buf *out, struct tryst_error *err);

/* Forgets everything and keeps the memory. */
void tryst_postings_builder_clear(struct tryst_postings_builder *b);

/* Open postings: a view, nothing to free.  Any threads may read it. */
struct tryst_postings {
	uint32_t count;  /* lists: codes of the dictionary */
	uint32_t blocks; /* block numbers are below this */
	uint32_t pages;
	const uint8_t *directory;
	const uint8_t *data;
	size_t data_len;
};

/* Checks head and directory.  TRYST_ERR_FORMAT with what is wrong. */
int tryst_postings_open(struct tryst_postings *p, const uint8_t *data, size_t len,
                        struct tryst_error *err);

/* A set of blocks: bit b % 64 of words[b / 64]. */
struct tryst_block_set {
	uint64_t *words;
	uint32_t blocks; /* how many bits there are */
};

/* An empty set of so many blocks. */
int tryst_block_set_init(struct tryst_block_set *s, uint32_t blocks, struct tryst_error *err);
void tryst_block_set_fini(struct tryst_block_set *s);
uint32_t tryst_block_set_count(const struct tryst_block_set *s);

static inline bool
tryst_block_set_has(const struct tryst_block_set *s, uint32_t block)
{
	return s->words[block / 64] >> block % 64 & 1;
}

/*
 * Adds the blocks of all codes in the ranges (sorted, disjoint) to the set, which was made for
 * p->blocks.  Touches only the pages of those codes.  TRYST_ERR_FORMAT when one is damaged.
 */
int tryst_postings_blocks(const struct tryst_postings *p, const struct tryst_code_range *ranges,
                          size_t count, struct tryst_block_set *set, struct tryst_error *err);

/*
 * Adds to blocks[i] in how many blocks ips[i] stands, by a dictionary and its postings as bytes.
 * What is damaged counts nothing; TRYST_ERR_NOMEM.
 */
int tryst_weigh(const uint8_t *dictionary, size_t dictionary_len, const uint8_t *postings,
                size_t postings_len, const struct tryst_ip *ips, size_t count, uint64_t *blocks,
                struct tryst_error *err);

#endif
