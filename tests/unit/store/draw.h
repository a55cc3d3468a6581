/* SPDX-License-Identifier: Apache-2.0 */
/* Seeded numbers and addresses for the property tests of this room. */
#ifndef TESTS_UNIT_STORE_DRAW_H
#define TESTS_UNIT_STORE_DRAW_H

#include "base/ip.h"

/* splitmix64: Steele et al., OOPSLA 2014. */
static inline uint64_t
draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* IPv4 in a few dense networks, IPv6 in some networks, and now and then one at an end of all. */
static inline struct tryst_ip
draw_ip(uint64_t *state)
{
	uint64_t r = draw(state);

	switch (r % 16) {
	case 0:
		return (struct tryst_ip){ 0x20010db800000000ULL | (r >> 8 & 3), draw(state) };
	case 1:
		return (struct tryst_ip){ draw(state), draw(state) };
	case 2:
		return r >> 60 ? tryst_ip_v4((uint32_t)(r >> 8))
		               : (struct tryst_ip){ -(r >> 8 & 1), -(r >> 8 & 1) };
	default:
		return tryst_ip_v4((uint32_t)(0x0a000000 + (r >> 8 & 0x3fff) * (r >> 32 & 7)));
	}
}

#endif
