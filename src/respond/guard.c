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
	{ "content", "content networks, whose addresses everybody shares (Cloudflare, Fastly)" },
	{ "private", "private and shared address space (RFC 1918, 6598, 4193)" },
	{ "loopback", "loopback and unspecified addresses" },
	{ "link-local", "link-local addresses" },
	{ "documentation", "documentation and benchmarking (RFC 5737, 3849, 9637, 2544)" },
	{ "multicast", "multicast" },
	{ "reserved", "0/8, 240/4, discard only (RFC 6666), segment routing (RFC 9602)" },
	{ "protocol", "protocol assignments, translation, 6to4 (192.0.0.0/24, 2001::/23, ...)" },
	{ 0 },
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
