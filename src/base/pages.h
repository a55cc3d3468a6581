/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory for tables that are looked up at random: in pages of 2 MB where the system has such, so
 * that finding the page does not take longer than reading it.
 */
#ifndef TRYST_BASE_PAGES_H
#define TRYST_BASE_PAGES_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/base.h"

#define TRYST_PAGE_BYTES ((size_t)2 << 20)

/* Uninitialised, for free; NULL: no memory. */
static inline void *
tryst_pages_alloc(size_t bytes)
{
	size_t rounded = (bytes + TRYST_PAGE_BYTES - 1) / TRYST_PAGE_BYTES * TRYST_PAGE_BYTES;
	void *p;

	if (bytes < 2 * TRYST_PAGE_BYTES || rounded < bytes)
		return malloc(bytes);
	p = aligned_alloc(TRYST_PAGE_BYTES, rounded);
	if (p)
		(void)madvise(p, rounded, MADV_HUGEPAGE);
	return p;
}

/* A larger table with what is in the first used bytes of the old one, which is freed. */
static inline void *
tryst_pages_grow(void *old, size_t used, size_t bytes)
{
	void *p = tryst_pages_alloc(bytes);

	if (p && used)
		memcpy(p, old, used);
	if (p)
		free(old);
	return p;
}

#endif
