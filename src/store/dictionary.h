/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dictionary of a segment or an index shard: all addresses of all its address columns, sorted
 * by tryst_ip_compare.  The code of an address is its position, so a prefix or a range of addresses
 * is a range of codes.
 *
 * While building, addresses get provisional ids in the order of their first appearance; finishing
 * sorts them and says which code each id became.  The builder belongs to one thread at a time.
 *
 * As bytes: a head, a directory (first address, place and checksum of each page), and pages of
 * TRYST_DICTIONARY_PAGE addresses as differences.  Head and directory have a checksum of their own,
 * verified on opening; a page is verified whenever it is read, so only what is read is verified.
 * docs/formats/index.md has the layout.
 */
#ifndef TRYST_STORE_DICTIONARY_H
#define TRYST_STORE_DICTIONARY_H

#include "base/buf.h"
#include "base/error.h"
#include "base/ip.h"

#define TRYST_DICTIONARY_PAGE 128
#define TRYST_DICTIONARY_MAX (UINT32_MAX - 1) /* addresses */

struct tryst_dictionary_builder;

int tryst_dictionary_builder_new(struct tryst_dictionary_builder **out, struct tryst_error *err);
void tryst_dictionary_builder_free(struct tryst_dictionary_builder *b); /* NULL is fine */

/*
 * The provisional ids of `count` addresses (new ones are added), ids[i] of ips[i].  Calls with many
 * addresses hide the memory's latency: give it whole columns.  TRYST_ERR_NOMEM, or TRYST_ERR_LIMIT
 * beyond TRYST_DICTIONARY_MAX.
 */
int tryst_dictionary_add(struct tryst_dictionary_builder *b, const struct tryst_ip *ips,
                         uint32_t count, uint32_t *ids, struct tryst_error *err);

/* How many different addresses there are. */
uint32_t tryst_dictionary_builder_count(const struct tryst_dictionary_builder *b);

/* The address of a provisional id; after finish that of a code. */
struct tryst_ip tryst_dictionary_builder_ip(const struct tryst_dictionary_builder *b, uint32_t id);

/* Bytes that the builder holds, for a memory budget. */
size_t tryst_dictionary_builder_bytes(const struct tryst_dictionary_builder *b);

/* Sorts; nothing may be added after. */
int tryst_dictionary_finish(struct tryst_dictionary_builder *b, struct tryst_error *err);

/* After finish: by provisional id, its code.  Belongs to the builder. */
const uint32_t *tryst_dictionary_codes(const struct tryst_dictionary_builder *b);

/* After finish: all addresses, by code.  They belong to the builder. */
const struct tryst_ip *tryst_dictionary_sorted(const struct tryst_dictionary_builder *b);

/* After finish: appends the bytes of the dictionary; out->failed without memory. */
void tryst_dictionary_write(const struct tryst_dictionary_builder *b, struct tryst_buf *out);

/* Forgets all addresses and keeps the memory, for the next segment. */
void tryst_dictionary_builder_clear(struct tryst_dictionary_builder *b);

/* An open dictionary: a view, nothing to free.  Any threads may read it. */
struct tryst_dictionary {
	uint32_t count; /* addresses */
	uint32_t pages;
	const uint8_t *directory;
	const uint8_t *data; /* the pages */
	size_t data_len;
};

/*
 * Checks head and directory.  The bytes must outlive the view and need no alignment.
 * TRYST_ERR_FORMAT with what is wrong; the caller prefixes the file.
 */
int tryst_dictionary_open(struct tryst_dictionary *d, const uint8_t *data, size_t len,
                          struct tryst_error *err);

/*
 * The addresses of one page: codes page * TRYST_DICTIONARY_PAGE and on.  Returns how many, or
 * TRYST_ERR_FORMAT when the page is damaged.
 */
int tryst_dictionary_page(const struct tryst_dictionary *d, uint32_t page,
                          struct tryst_ip out[TRYST_DICTIONARY_PAGE], struct tryst_error *err);

/*
 * The page read last, as far as it was needed, so that neighbours cost little; one a thread.  All
 * zero is empty.
 */
struct tryst_dictionary_cache {
	uint32_t page_next; /* the page held + 1; 0 none */
	uint32_t count;     /* how many of its addresses */
	struct tryst_ip ips[TRYST_DICTIONARY_PAGE];
};

/*
 * ips[i] of codes[i], in any order; cheapest when neighbours are near.  TRYST_ERR_FORMAT for a
 * damaged page or a code beyond the end.
 */
int tryst_dictionary_ips(const struct tryst_dictionary *d, const uint32_t *codes, uint32_t count,
                         struct tryst_ip *ips, struct tryst_dictionary_cache *cache,
                         struct tryst_error *err);

/* Codes first to last, both included. */
struct tryst_code_range {
	uint32_t first, last;
};

struct tryst_code_ranges {
	struct tryst_code_range *list; /* sorted, disjoint */
	size_t count, room;
};

/*
 * The codes of the addresses in the ranges, which are sorted and disjoint
 * (tryst_ipset_ranges).  Costs a page for each range that may hold something, no page twice.
 * `out` is filled from the beginning and keeps its memory from call to call.
 */
int tryst_dictionary_ranges(const struct tryst_dictionary *d, const struct tryst_ip_range *ranges,
                            size_t count, struct tryst_code_ranges *out, struct tryst_error *err);
void tryst_code_ranges_fini(struct tryst_code_ranges *ranges);

#endif
