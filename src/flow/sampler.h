/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which flows of hosts that nobody listed are wanted beside those of the listed ones: the flows of
 * hosts chosen by a hash of their address, all of them or none.  That is what "how likely is it by
 * chance" is measured against.
 *
 * The share starts at all and may fall while the sources read: a source may leave out what is not
 * chosen now, because what was once left out is never chosen again.  Who looks at the rows tests
 * again.  Adaptive distinct sampling: Gibbons, VLDB 2001.
 */
#ifndef TRYST_FLOW_SAMPLER_H
#define TRYST_FLOW_SAMPLER_H

#include <stdatomic.h>

#include "base/ipset.h"

#define TRYST_SAMPLER_LEVEL_MAX 40

struct tryst_sampler {
	atomic_uint_fast64_t ceiling;   /* hosts whose tryst_ip_hash is at most this are chosen */
	const struct tryst_ipset *home; /* hosts are outside of it, and only met from inside; NULL:
	                                   any address may be a host */
};

/* The ceiling that chooses one host in 2^level. */
static inline uint64_t
tryst_sampler_ceiling(unsigned level)
{
	return UINT64_MAX >> level;
}

/* Whether either end of a flow is a chosen host.  Any thread. */
static inline bool
tryst_sampler_wants(const struct tryst_sampler *s, struct tryst_ip src, struct tryst_ip dst)
{
	uint64_t ceiling = atomic_load_explicit(&s->ceiling, memory_order_relaxed);
	bool from_src = tryst_ip_hash(src) <= ceiling;
	bool from_dst = tryst_ip_hash(dst) <= ceiling;

	if (TRYST_LIKELY(!from_src && !from_dst))
		return false;
	if (!s->home)
		return true;
	return tryst_ipset_contains(s->home, src) ? from_dst && !tryst_ipset_contains(s->home, dst)
	                                          : from_src && tryst_ipset_contains(s->home, dst);
}

/* The same for IPv4 addresses in host order: what the readers' inner loops ask. */
static inline bool
tryst_sampler_wants_v4(const struct tryst_sampler *s, uint32_t src, uint32_t dst)
{
	return tryst_sampler_wants(s, tryst_ip_v4(src), tryst_ip_v4(dst));
}

#endif
