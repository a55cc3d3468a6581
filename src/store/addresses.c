/* SPDX-License-Identifier: Apache-2.0 */
#include "store/addresses.h"

#include <stdlib.h>
#include <string.h>

/*
 * All addresses by code; lost ones are 0.  Those of IPv4 are neighbours and take four bytes each.
 * Room is for all in either form: what is not used is not touched.
 */
struct book {
	struct tryst_codebook base; /* first */
	uint32_t v4_first, v4_count;
	uint32_t *v4;            /* by code - v4_first */
	struct tryst_ip other[]; /* by code, less v4_count behind the others */
};

/* All of n codes from `from` on are IPv4. */
static inline bool
all_v4(const struct book *b, uint32_t from, uint32_t n)
{
	return from >= b->v4_first && from - b->v4_first <= b->v4_count &&
	       n <= b->v4_count - (from - b->v4_first);
}

static inline struct tryst_ip
book_ip(const struct book *b, uint32_t code)
{
	if (code - b->v4_first < b->v4_count)
		return tryst_ip_v4(b->v4[code - b->v4_first]);
	return b->other[code < b->v4_first ? code : code - b->v4_count];
}

static void
book_addresses(const struct tryst_codebook *c, uint32_t from, uint32_t n, struct tryst_ip *out)
{
	const struct book *b = (const struct book *)c;

	if (TRYST_LIKELY(all_v4(b, from, n))) {
		const uint32_t *v4 = b->v4 + (from - b->v4_first);

		for (uint32_t i = 0; i < n; i++)
			out[i] = tryst_ip_v4(v4[i]);
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		out[i] = book_ip(b, from + i);
}

/*
 * Appends n addresses from code `from` on: the first IPv4 ones in a row go to theirs.  They come in
 * order: between two of IPv4 stand no others.
 */
static void
book_append(struct book *b, uint32_t from, uint32_t n, const struct tryst_ip *ips)
{
	if (b->v4_count && from == b->v4_first + b->v4_count && tryst_ip_is_v4(ips[0]) &&
	    tryst_ip_is_v4(ips[n - 1])) {
		for (uint32_t i = 0; i < n; i++)
			b->v4[b->v4_count + i] = (uint32_t)ips[i].lo;
		b->v4_count += n;
		return;
	}
	for (uint32_t i = 0; i < n; i++) {
		if (tryst_ip_is_v4(ips[i]) &&
		    (!b->v4_count || from + i == b->v4_first + b->v4_count)) {
			if (!b->v4_count)
				b->v4_first = from + i;
			b->v4[b->v4_count++] = (uint32_t)ips[i].lo;
		} else {
			b->other[from + i - b->v4_count] = ips[i];
		}
	}
}

static void
book_release(struct tryst_codebook *c)
{
	free(c);
}

void
tryst_addresses_init(struct tryst_addresses *a)
{
	atomic_init(&a->book, NULL);
	atomic_init(&a->asked_for, 0);
	a->lost = NULL;
	a->unordered = false;
	(void)pthread_mutex_init(&a->lock, NULL);
}

void
tryst_addresses_fini(struct tryst_addresses *a)
{
	tryst_codebook_drop(tryst_addresses_book(a));
	free(a->lost);
	(void)pthread_mutex_destroy(&a->lock);
}

/* The pages into the book; those that are damaged are marked. */
static int
read_pages(struct tryst_addresses *a, struct book *b, struct tryst_error *err)
{
	const struct tryst_dictionary *d = &a->dictionary;
	struct tryst_ip ips[TRYST_DICTIONARY_PAGE], before = { 0 };
	struct tryst_error ignored;

	for (uint32_t page = 0; page < d->pages; page++) {
		uint32_t from = page * TRYST_DICTIONARY_PAGE;
		uint32_t n = TRYST_MIN(d->count - from, (uint32_t)TRYST_DICTIONARY_PAGE);

		if (tryst_dictionary_page(d, page, ips, &ignored) < 0) {
			if (!a->lost)
				a->lost = calloc(d->pages / 8 + 1, 1);
			if (!a->lost)
				return tryst_error_nomem(err);
			memset(ips, 0, sizeof(ips));
			a->lost[page / 8] |= (uint8_t)(1 << page % 8);
		}
		book_append(b, from, n, ips);
		/* Within a page there is no other order. */
		a->unordered |= page && tryst_ip_compare(before, ips[0]) >= 0;
		before = ips[n - 1];
	}
	return 0;
}

static int
load(struct tryst_addresses *a, struct tryst_error *err)
{
	const struct tryst_dictionary *d = &a->dictionary;
	size_t bytes = sizeof(struct tryst_ip) + sizeof(uint32_t);
	struct book *b = malloc(sizeof(*b) + d->count * bytes);
	int rc;

	if (!b)
		return tryst_error_nomem(err);
	*b = (struct book){
		.base = { .count = d->count, .addresses = book_addresses, .release = book_release }
	};
	b->v4 = (uint32_t *)(void *)(b->other + d->count);
	rc = read_pages(a, b, err);
	if (rc < 0) {
		free(b);
		return rc;
	}
	atomic_init(&b->base.holds, 1);
	atomic_store_explicit(&a->book, &b->base, memory_order_release);
	return 0;
}

int
tryst_addresses_load(struct tryst_addresses *a, struct tryst_error *err)
{
	int rc = 0;

	(void)pthread_mutex_lock(&a->lock);
	if (!tryst_addresses_book(a))
		rc = load(a, err);
	(void)pthread_mutex_unlock(&a->lock);
	return rc;
}

void
tryst_addresses_expect(struct tryst_addresses *a, uint32_t n)
{
	if (tryst_addresses_book(a))
		return;
	/* Each that must be looked up costs a page. */
	if (atomic_fetch_add_explicit(&a->asked_for, n, memory_order_relaxed) + n >
	    a->dictionary.pages)
		(void)tryst_addresses_load(a, NULL);
}

static uint32_t
lose(bool *lost, uint32_t i, struct tryst_ip *ip)
{
	*ip = (struct tryst_ip){ 0 };
	if (lost)
		lost[i] = true;
	return 1;
}

static uint32_t
get_loaded(const struct tryst_addresses *a, const struct book *b, const uint32_t *codes, uint32_t n,
           struct tryst_ip *ips, bool *lost)
{
	uint32_t count = b->base.count, largest = 0, furthest = 0, gone = 0;

	for (uint32_t i = 0; i < n; i++) {
		largest = TRYST_MAX(largest, codes[i]);
		furthest = TRYST_MAX(furthest, codes[i] - b->v4_first);
	}
	if (TRYST_LIKELY(largest < count && furthest < b->v4_count && !a->lost)) {
		for (uint32_t i = 0; i < n; i++)
			ips[i] = tryst_ip_v4(b->v4[codes[i] - b->v4_first]);
		return 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t page = codes[i] / TRYST_DICTIONARY_PAGE;

		if (codes[i] >= count || (a->lost && a->lost[page / 8] >> page % 8 & 1))
			gone += lose(lost, i, &ips[i]);
		else
			ips[i] = book_ip(b, codes[i]);
	}
	return gone;
}

uint32_t
tryst_addresses_get(const struct tryst_addresses *a, const uint32_t *codes, uint32_t n,
                    struct tryst_ip *ips, bool *lost, struct tryst_dictionary_cache *cache)
{
	const struct tryst_codebook *book = tryst_addresses_book(a);
	struct tryst_error ignored;
	uint32_t gone = 0;

	if (book)
		return get_loaded(a, (const struct book *)book, codes, n, ips, lost);
	if (tryst_dictionary_ips(&a->dictionary, codes, n, ips, cache, &ignored) >= 0)
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		if (tryst_dictionary_ips(&a->dictionary, &codes[i], 1, &ips[i], cache, &ignored) <
		    0)
			gone += lose(lost, i, &ips[i]);
	}
	return gone;
}
