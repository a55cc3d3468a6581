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
	atomic_uint_fast64_t ceiling;   /* hosts whose key is at most this are chosen */
	const struct tryst_ipset *home; /* hosts are outside of it, and only met from inside; NULL:
	                                   any address may be a host */
	const struct tryst_ipset *met;  /* hosts are only met at one of these; NULL: anywhere */
};

/*
 * What is compared with the ceiling.  Of IPv4 one multiplication (Fibonacci hashing, Knuth 6.4): it
 * is asked twice for every flow of an archive, and spreads the chosen ones evenly over any block of
 * addresses.
 */
static inline uint64_t
tryst_sampler_key_v4(uint32_t ip)
{
	return ip * 0x9e3779b97f4a7c15ULL;
}

static inline uint64_t
tryst_sampler_key(struct tryst_ip ip)
{
	return tryst_ip_is_v4(ip) ? tryst_sampler_key_v4((uint32_t)ip.lo) : tryst_ip_hash(ip);
}

/* The ceiling that chooses one host in 2^level. */
static inline uint64_t
tryst_sampler_ceiling(unsigned level)
{
	return UINT64_MAX >> level;
}

static inline uint64_t
tryst_sampler_now(const struct tryst_sampler *s)
{
	return atomic_load_explicit(&s->ceiling, memory_order_relaxed);
}

/* Whether a flow with a chosen end is one of a host with whom it is to be met. */
static inline bool
tryst_sampler_meets(const struct tryst_sampler *s, struct tryst_ip src, bool src_chosen,
                    struct tryst_ip dst, bool dst_chosen)
{
	if (s->met && !(src_chosen && tryst_ipset_contains(s->met, dst)) &&
	    !(dst_chosen && tryst_ipset_contains(s->met, src)))
		return false;
	if (!s->home)
		return true;
	return tryst_ipset_contains(s->home, src)
	               ? dst_chosen && !tryst_ipset_contains(s->home, dst)
	               : src_chosen && tryst_ipset_contains(s->home, dst);
}

/* Whether either end of a flow is a chosen host.  Any thread. */
static inline bool
tryst_sampler_wants(const struct tryst_sampler *s, struct tryst_ip src, struct tryst_ip dst)
{
	uint64_t ceiling = tryst_sampler_now(s);
	bool src_chosen = tryst_sampler_key(src) <= ceiling;
	bool dst_chosen = tryst_sampler_key(dst) <= ceiling;

	return (src_chosen | dst_chosen) &&
	       tryst_sampler_meets(s, src, src_chosen, dst, dst_chosen);
}

/* The same for IPv4 addresses in host order: what the readers' inner loops ask. */
static inline bool
tryst_sampler_wants_v4(const struct tryst_sampler *s, uint32_t src, uint32_t dst)
{
	uint64_t ceiling = tryst_sampler_now(s);
	bool src_chosen = tryst_sampler_key_v4(src) <= ceiling;
	bool dst_chosen = tryst_sampler_key_v4(dst) <= ceiling;

	if (TRYST_LIKELY(!(src_chosen | dst_chosen)))
		return false;
	return tryst_sampler_meets(s, tryst_ip_v4(src), src_chosen, tryst_ip_v4(dst), dst_chosen);
}

#endif
