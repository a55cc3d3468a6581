/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The addresses of an open segment by code: page by page where few are asked for, or all of them in
 * memory, which then are a codebook for whoever takes codes.  An address whose page is damaged is
 * *lost*: the rows that have it cannot be told.
 */
#ifndef TRYST_STORE_ADDRESSES_H
#define TRYST_STORE_ADDRESSES_H

#include <pthread.h>
#include <stdatomic.h>

#include "flow/codebook.h"
#include "store/dictionary.h"

struct tryst_addresses {
	struct tryst_dictionary dictionary;
	_Atomic(struct tryst_codebook *) book; /* all of them are in memory */
	uint8_t *lost;                         /* a bit a page, with the book; NULL: none is */
	bool unordered; /* likewise: of a crafted file, whose book is of no use to others */
	atomic_uint_fast32_t asked_for;
	pthread_mutex_t lock; /* of who loads */
};

/* The caller opens a->dictionary. */
void tryst_addresses_init(struct tryst_addresses *a);
void tryst_addresses_fini(struct tryst_addresses *a);

/* Reads all addresses into memory, if they are not there; any thread. */
int tryst_addresses_load(struct tryst_addresses *a, struct tryst_error *err);

/* So many will be asked for: when they have become many, all are loaded.  Any thread. */
void tryst_addresses_expect(struct tryst_addresses *a, uint32_t n);

static inline struct tryst_codebook *
tryst_addresses_book(const struct tryst_addresses *a)
{
	return atomic_load_explicit(&a->book, memory_order_acquire);
}

/*
 * ips[i] of codes[i]; a lost one is 0 and, where `lost` is not NULL, lost[i] is set.  Returns how
 * many are lost.  The cache is used without the book.
 */
uint32_t tryst_addresses_get(const struct tryst_addresses *a, const uint32_t *codes, uint32_t n,
                             struct tryst_ip *ips, bool *lost,
                             struct tryst_dictionary_cache *cache);

#endif
