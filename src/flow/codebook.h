/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses by number.  A source that keeps its addresses in a sorted dictionary may hand over the
 * numbers, *codes*, instead of addresses: they are a fourth of the size, and what is summed by
 * address is then summed in an array.
 *
 * Codes run from 0 to count - 1 in the order of tryst_ip_compare, so that two codebooks merge like
 * sorted lists.  A source hands out codes only of a dictionary that it has verified: looking them
 * up cannot fail.
 *
 * A codebook outlives its source while somebody holds it.  Any thread.
 */
#ifndef TRYST_FLOW_CODEBOOK_H
#define TRYST_FLOW_CODEBOOK_H

#include <stdatomic.h>

#include "base/ip.h"

struct tryst_codebook {
	uint32_t count;
	atomic_uint holds; /* 1 when made: its maker's */
	/* Writes the addresses of the codes from, from + 1, ... from + n - 1. */
	void (*addresses)(const struct tryst_codebook *c, uint32_t from, uint32_t n,
	                  struct tryst_ip *out);
	void (*release)(struct tryst_codebook *c); /* the last hold was dropped */
};

static inline struct tryst_codebook *
tryst_codebook_hold(struct tryst_codebook *c)
{
	(void)atomic_fetch_add_explicit(&c->holds, 1, memory_order_relaxed);
	return c;
}

/* Takes NULL. */
static inline void
tryst_codebook_drop(struct tryst_codebook *c)
{
	if (c && atomic_fetch_sub_explicit(&c->holds, 1, memory_order_acq_rel) == 1)
		c->release(c);
}

#endif
