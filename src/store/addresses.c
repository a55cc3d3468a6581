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

int
tryst_addresses_load(struct tryst_addresses *a, struct tryst_error *err)
{
	const struct tryst_dictionary *d = &a->dictionary;
	/* A page is always written whole. */
	size_t room = (size_t)d->pages * TRYST_DICTIONARY_PAGE;
	struct book *b = malloc(sizeof(*b) + room * sizeof(b->list[0]));
	struct tryst_error ignored;

	if (!b)
		return tryst_error_nomem(err);
	b->base = (struct tryst_codebook){ .count = d->count,
		                           .addresses = book_addresses,
		                           .release = book_release };
	atomic_init(&b->base.holds, 1);
	for (uint32_t page = 0; page < d->pages; page++) {
		struct tryst_ip *out = b->list + (size_t)page * TRYST_DICTIONARY_PAGE;

		if (tryst_dictionary_page(d, page, out, &ignored) >= 0)
			continue;
		if (!a->lost)
			a->lost = calloc(d->pages / 8 + 1, 1);
		if (!a->lost) {
			free(b);
			return tryst_error_nomem(err);
		}
		memset(out, 0, TRYST_DICTIONARY_PAGE * sizeof(*out));
		a->lost[page / 8] |= (uint8_t)(1 << page % 8);
	}
	a->book = &b->base;
	a->list = b->list;
	return 0;
}

void
tryst_addresses_fini(struct tryst_addresses *a)
{
	tryst_codebook_drop(a->book);
	free(a->lost);
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

	if (a->book)
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
