/* SPDX-License-Identifier: Apache-2.0 */
#include "store/addresses.h"

#include <stdlib.h>
#include <string.h>

struct book {
	struct tryst_codebook base; /* first */
	struct tryst_ip list[];
};

static void
book_addresses(const struct tryst_codebook *c, uint32_t from, uint32_t n, struct tryst_ip *out)
{
	const struct book *b = (const struct book *)c;

	memcpy(out, b->list + from, n * sizeof(*out));
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
	a->list = NULL;
	a->lost = NULL;
	(void)pthread_mutex_init(&a->lock, NULL);
}

void
tryst_addresses_fini(struct tryst_addresses *a)
{
	tryst_codebook_drop(tryst_addresses_book(a));
	free(a->lost);
	(void)pthread_mutex_destroy(&a->lock);
}

/* The pages into the list; those that are damaged are marked. */
static int
read_pages(struct tryst_addresses *a, struct tryst_ip *list, struct tryst_error *err)
{
	const struct tryst_dictionary *d = &a->dictionary;
	struct tryst_error ignored;

	for (uint32_t page = 0; page < d->pages; page++) {
		struct tryst_ip *out = list + (size_t)page * TRYST_DICTIONARY_PAGE;

		if (tryst_dictionary_page(d, page, out, &ignored) >= 0)
			continue;
		if (!a->lost)
			a->lost = calloc(d->pages / 8 + 1, 1);
		if (!a->lost)
			return tryst_error_nomem(err);
		memset(out, 0, TRYST_DICTIONARY_PAGE * sizeof(*out));
		a->lost[page / 8] |= (uint8_t)(1 << page % 8);
	}
	return 0;
}

static int
load(struct tryst_addresses *a, struct tryst_error *err)
{
	const struct tryst_dictionary *d = &a->dictionary;
	/* A page is always written whole. */
	size_t room = (size_t)d->pages * TRYST_DICTIONARY_PAGE;
	struct book *b = malloc(sizeof(*b) + room * sizeof(b->list[0]));
	int rc = b ? read_pages(a, b->list, err) : tryst_error_nomem(err);

	if (rc < 0) {
		free(b);
		return rc;
	}
	b->base = (struct tryst_codebook){ .count = d->count,
		                           .addresses = book_addresses,
		                           .release = book_release };
	atomic_init(&b->base.holds, 1);
	a->list = b->list;
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
	uint32_t all = a->dictionary.count;

	if (tryst_addresses_book(a))
		return;
	/* One of a page that must be looked up costs as much as fifty in a row. */
	if (atomic_fetch_add_explicit(&a->asked_for, n, memory_order_relaxed) + n > all / 50)
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
get_loaded(const struct tryst_addresses *a, const uint32_t *codes, uint32_t n, struct tryst_ip *ips,
           bool *lost)
{
	uint32_t count = a->dictionary.count, largest = 0, gone = 0;

	for (uint32_t i = 0; i < n; i++)
		largest = TRYST_MAX(largest, codes[i]);
	if (TRYST_LIKELY(largest < count && !a->lost)) {
		for (uint32_t i = 0; i < n; i++)
			ips[i] = a->list[codes[i]];
		return 0;
	}
	for (uint32_t i = 0; i < n; i++) {
		uint32_t page = codes[i] / TRYST_DICTIONARY_PAGE;

		if (codes[i] >= count || (a->lost && a->lost[page / 8] >> page % 8 & 1))
			gone += lose(lost, i, &ips[i]);
		else
			ips[i] = a->list[codes[i]];
	}
	return gone;
}

uint32_t
tryst_addresses_get(const struct tryst_addresses *a, const uint32_t *codes, uint32_t n,
                    struct tryst_ip *ips, bool *lost, struct tryst_dictionary_cache *cache)
{
	struct tryst_error ignored;
	uint32_t gone = 0;

	if (tryst_addresses_book(a))
		return get_loaded(a, codes, n, ips, lost);
	if (tryst_dictionary_ips(&a->dictionary, codes, n, ips, cache, &ignored) >= 0)
		return 0;
	for (uint32_t i = 0; i < n; i++) {
		if (tryst_dictionary_ips(&a->dictionary, &codes[i], 1, &ips[i], cache, &ignored) <
		    0)
			gone += lose(lost, i, &ips[i]);
	}
	return gone;
}
