/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of postings, little-endian:
 *
 *   lists u32, blocks u32, bytes of the pages u32, checksum of these 12 bytes and the directory u32
 *   directory: for each page its place in the pages u32 and its checksum u32
 *   pages: bits (store/bits.h), list after list
 *
 * A list of n blocks is: n + 1 in Elias' gamma code; the first block in `width` bits, as many as
 * the largest block number has; if there are two or more, five bits k.  k < 31: each other block as
 * its difference to the one before, less 1, in the Rice code of parameter k.  k = 31: the last
 * block in `width` bits, and a bit for each block between first and last. Gamma: P. Elias, IEEE
 * Trans. Inf. Theory 21 (1975).
 */
#include "store/postings.h"

#include <stdlib.h>
#include <string.h>

#include "store/bits.h"
#include "store/postings_code.h"
#include "store/sum.h"

unsigned
tryst_postings_width(uint32_t blocks)
{
	return blocks > 1 ? 32 - (unsigned)__builtin_clz(blocks - 1) : 0;
}

int
tryst_postings_open(struct tryst_postings *p, const uint8_t *data, size_t len,
                    struct tryst_error *err)
{
	struct tryst_cursor c = tryst_cursor_init(data, len), directory;
	uint32_t count = tryst_cursor_le32(&c), blocks = tryst_cursor_le32(&c);
	uint32_t bytes = tryst_cursor_le32(&c), sum = tryst_cursor_le32(&c);
	uint32_t pages =
		(uint32_t)(((uint64_t)count + TRYST_POSTINGS_PAGE - 1) / TRYST_POSTINGS_PAGE);

	directory = tryst_cursor_sub(&c, pages * (size_t)TRYST_POSTINGS_ENTRY);
	if (c.failed || tryst_cursor_left(&c) != bytes || blocks > TRYST_POSTINGS_BLOCKS_MAX)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "postings: %zu bytes, not as many as their head says", len);
	if (tryst_store_sum2(data, 12, directory.pos, tryst_cursor_left(&directory)) != sum)
		return tryst_error_set(err, TRYST_ERR_FORMAT,
		                       "postings: the checksum of their directory is wrong");
	*p = (struct tryst_postings){
		.count = count,
		.blocks = blocks,
		.pages = pages,
		.directory = directory.pos,
		.data = c.pos,
		.data_len = bytes,
	};
	return 0;
}

int
tryst_block_set_init(struct tryst_block_set *s, uint32_t blocks, struct tryst_error *err)
{
	*s = (struct tryst_block_set){ calloc(blocks / 64 + 1, sizeof(*s->words)), blocks };
	return s->words ? 0 : tryst_error_nomem(err);
}

void
tryst_block_set_fini(struct tryst_block_set *s)
{
	free(s->words);
	*s = (struct tryst_block_set){ 0 };
}

uint32_t
tryst_block_set_count(const struct tryst_block_set *s)
{
	uint32_t n = 0;

	for (uint32_t i = 0; s->words && i <= s->blocks / 64; i++)
		n += (uint32_t)__builtin_popcountll(s->words[i]);
	return n;
}

/* The bits of a page; false: they are not what was written. */
static bool
page_bits(const struct tryst_postings *p, uint32_t page, struct tryst_bits_in *bits)
{
	const uint8_t *entry = p->directory + page * (size_t)TRYST_POSTINGS_ENTRY;
	size_t from = tryst_load_le32(entry);
	size_t to =
		page + 1 < p->pages ? tryst_load_le32(entry + TRYST_POSTINGS_ENTRY) : p->data_len;

	if (from > to || to > p->data_len)
		return false;
	*bits = tryst_bits_init(p->data + from, to - from);
	return tryst_store_sum(p->data + from, to - from) == tryst_load_le32(entry + 4);
}

static uint32_t
get_gamma(struct tryst_bits_in *bits)
{
	uint32_t width = tryst_bits_get_unary(bits, 31);

	return width > 31 ? 0 : 1U << width | (uint32_t)tryst_bits_get(bits, width);
}

static inline void
set_add(struct tryst_block_set *set, uint64_t block)
{
	set->words[block / 64] |= 1ULL << block % 64;
}

/* The blocks between first and last as bits. */
static bool
bitmap_read(struct tryst_bits_in *bits, uint32_t first, uint32_t last, struct tryst_block_set *set)
{
	if (!set) {
		tryst_bits_skip(bits, last - first - 1);
		return bits->left >= 0;
	}
	set_add(set, last);
	for (uint32_t block = first + 1; block < last;) {
		unsigned n = TRYST_MIN(last - block, 32u);
		uint64_t word = tryst_bits_get(bits, n);

		for (; word; word &= word - 1)
			set_add(set, block + (unsigned)__builtin_ctzll(word));
		block += n;
	}
	return bits->left >= 0;
}

/* Reads one list into the set, or past it (NULL).  False: it is none. */
static bool
list_read(const struct tryst_postings *p, struct tryst_bits_in *bits, struct tryst_block_set *set)
{
	unsigned width = tryst_postings_width(p->blocks), k;
	uint32_t n = get_gamma(bits);
	uint64_t block;

	if (n <= 1)
		return n == 1 && bits->left >= 0;
	n--;
	block = tryst_bits_get(bits, width);
	if (n > p->blocks || block >= p->blocks)
		return false;
	if (set)
		set_add(set, block);
	if (n == 1)
		return bits->left >= 0;
	k = (unsigned)tryst_bits_get(bits, 5);
	if (k == TRYST_POSTINGS_BITMAP) {
		uint32_t last = (uint32_t)tryst_bits_get(bits, width);

		return last > block && last < p->blocks &&
		       bitmap_read(bits, (uint32_t)block, last, set);
	}
	if (!set)
		tryst_bits_skip_rice(bits, k, n - 1);
	for (uint32_t i = 1; set && i < n; i++) {
		block += tryst_bits_get_rice(bits, k, p->blocks) + 1;
		if (block >= p->blocks)
			return false;
		set_add(set, block);
	}
	return bits->left >= 0;
}

/* The lists first to last, which stand in one page. */
static bool
page_read(const struct tryst_postings *p, uint32_t page, struct tryst_bits_in *bits, uint32_t *at,
          uint32_t first, uint32_t last, struct tryst_block_set *set)
{
	uint32_t end = page * TRYST_POSTINGS_PAGE + TRYST_POSTINGS_PAGE;

	for (; *at < end && *at <= last && *at < p->count; ++*at) {
		if (!list_read(p, bits, *at < first ? NULL : set))
			return false;
	}
	return true;
}

int
tryst_postings_blocks(const struct tryst_postings *p, const struct tryst_code_range *ranges,
                      size_t count, struct tryst_block_set *set, struct tryst_error *err)
{
	struct tryst_bits_in bits = { 0 };
	uint32_t held = UINT32_MAX, at = 0; /* the page being read, and its next list */

	for (size_t i = 0; i < count; i++) {
		uint32_t first = ranges[i].first, last = ranges[i].last;

		if (first > last || last >= p->count)
			return tryst_error_set(err, TRYST_ERR_FORMAT,
			                       "postings: %u lists, and code %u is asked for",
			                       p->count, last);
		for (uint32_t page = first / TRYST_POSTINGS_PAGE;
		     page <= last / TRYST_POSTINGS_PAGE; page++) {
			bool ok = true;

			if (page != held) {
				ok = page_bits(p, page, &bits);
				held = page;
				at = page * TRYST_POSTINGS_PAGE;
			}
			if (!ok || !page_read(p, page, &bits, &at, first, last, set))
				return tryst_error_set(err, TRYST_ERR_FORMAT,
				                       "postings: page %u of %u is damaged", page,
				                       p->pages);
		}
	}
	return 0;
}
