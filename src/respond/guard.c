/* SPDX-License-Identifier: Apache-2.0 */
#include "respond/guard.h"

#include <string.h>

/* clang-format off */
const struct tryst_guard_class tryst_guard_classes[] = {
	{ "own", "your own networks (--own, and --home of the case)" },
	{ "allowlist", "what --allowlist names" },
	{ "exporter", "addresses of those who export the flows" },
	{ "local", "addresses of this machine" },
	{ "next-hop", "next hops that flows or --next-hop name" },
	{ "peer", "BGP peers (--peer, --local-address)" },
	{ "root-server", "DNS root servers" },
	{ "resolver", "well-known public resolvers" },
	{ "private", "private and shared address space (RFC 1918, 6598, 4193)" },
	{ "loopback", "loopback and unspecified addresses" },
	{ "link-local", "link-local addresses" },
	{ "documentation", "documentation and benchmarking (RFC 5737, 3849, 9637, 2544)" },
	{ "multicast", "multicast" },
	{ "reserved", "0/8, 240/4, discard only (RFC 6666), segment routing (RFC 9602)" },
	{ "protocol", "protocol assignments, translation, 6to4 (192.0.0.0/24, 2001::/23, ...)" },
	{ 0 },
};

#define V4(a, b, c, d)                                                                             \
	{                                                                                          \
		{ 0, TRYST_IP_V4_TAG << 32 | (a##ULL << 24 | b##ULL << 16 | c##ULL << 8 | d##ULL) }, 128  \
	}
#define V6(a, b, c, d, e, f, g, h)                                                                 \
	{                                                                                          \
		{ 0x##a##ULL << 48 | 0x##b##ULL << 32 | 0x##c##ULL << 16 | 0x##d##ULL,             \
		  0x##e##ULL << 48 | 0x##f##ULL << 32 | 0x##g##ULL << 16 | 0x##h##ULL },           \
			128                                                                        \
	}
#define ROOT(address, letter) { address, "root-server", "DNS root server " letter }
#define RESOLVER(address, who) { address, "resolver", "public resolver of " who }

/* Root servers by the root hints of 18 April 2024, b also by its addresses before November 2023;
 * resolvers by what their operators have announced for years. */
static const struct tryst_guard known[] = {
	ROOT(V4(198, 41, 0, 4), "a"), ROOT(V6(2001, 503, ba3e, 0, 0, 0, 2, 30), "a"),
	ROOT(V4(170, 247, 170, 2), "b"), ROOT(V6(2801, 1b8, 10, 0, 0, 0, 0, b), "b"),
	ROOT(V4(199, 9, 14, 201), "b"), ROOT(V6(2001, 500, 200, 0, 0, 0, 0, b), "b"),
	ROOT(V4(192, 33, 4, 12), "c"), ROOT(V6(2001, 500, 2, 0, 0, 0, 0, c), "c"),
	ROOT(V4(199, 7, 91, 13), "d"), ROOT(V6(2001, 500, 2d, 0, 0, 0, 0, d), "d"),
	ROOT(V4(192, 203, 230, 10), "e"), ROOT(V6(2001, 500, a8, 0, 0, 0, 0, e), "e"),
	ROOT(V4(192, 5, 5, 241), "f"), ROOT(V6(2001, 500, 2f, 0, 0, 0, 0, f), "f"),
	ROOT(V4(192, 112, 36, 4), "g"), ROOT(V6(2001, 500, 12, 0, 0, 0, 0, d0d), "g"),
	ROOT(V4(198, 97, 190, 53), "h"), ROOT(V6(2001, 500, 1, 0, 0, 0, 0, 53), "h"),
	ROOT(V4(192, 36, 148, 17), "i"), ROOT(V6(2001, 7fe, 0, 0, 0, 0, 0, 53), "i"),
	ROOT(V4(192, 58, 128, 30), "j"), ROOT(V6(2001, 503, c27, 0, 0, 0, 2, 30), "j"),
	ROOT(V4(193, 0, 14, 129), "k"), ROOT(V6(2001, 7fd, 0, 0, 0, 0, 0, 1), "k"),
	ROOT(V4(199, 7, 83, 42), "l"), ROOT(V6(2001, 500, 9f, 0, 0, 0, 0, 42), "l"),
	ROOT(V4(202, 12, 27, 33), "m"), ROOT(V6(2001, dc3, 0, 0, 0, 0, 0, 35), "m"),
	RESOLVER(V4(1, 1, 1, 1), "Cloudflare"), RESOLVER(V4(1, 0, 0, 1), "Cloudflare"),
	RESOLVER(V6(2606, 4700, 4700, 0, 0, 0, 0, 1111), "Cloudflare"),
	RESOLVER(V6(2606, 4700, 4700, 0, 0, 0, 0, 1001), "Cloudflare"),
	RESOLVER(V4(8, 8, 8, 8), "Google"), RESOLVER(V4(8, 8, 4, 4), "Google"),
	RESOLVER(V6(2001, 4860, 4860, 0, 0, 0, 0, 8888), "Google"),
	RESOLVER(V6(2001, 4860, 4860, 0, 0, 0, 0, 8844), "Google"),
	RESOLVER(V4(9, 9, 9, 9), "Quad9"), RESOLVER(V4(149, 112, 112, 112), "Quad9"),
	RESOLVER(V6(2620, fe, 0, 0, 0, 0, 0, fe), "Quad9"),
	RESOLVER(V6(2620, fe, 0, 0, 0, 0, 0, 9), "Quad9"),
	RESOLVER(V4(208, 67, 222, 222), "OpenDNS"), RESOLVER(V4(208, 67, 220, 220), "OpenDNS"),
	RESOLVER(V6(2620, 119, 35, 0, 0, 0, 0, 35), "OpenDNS"),
	RESOLVER(V6(2620, 119, 53, 0, 0, 0, 0, 53), "OpenDNS"),
};
/* clang-format on */

const struct tryst_guard_class *
tryst_guard_class_find(const char *name)
{
	for (size_t i = 0; tryst_guard_classes[i].name; i++) {
		if (strcmp(tryst_guard_classes[i].name, name) == 0)
			return &tryst_guard_classes[i];
	}
	return NULL;
}

const struct tryst_guard *
tryst_guard_known(size_t *count)
{
	*count = TRYST_ARRAY_SIZE(known);
	return known;
}
