/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/special.h"

#define V4(a, b, c, d, n)                                                                          \
	{                                                                                          \
		{ 0, TRYST_IP_V4_TAG << 32 | ((a) << 24 | (b) << 16 | (c) << 8 | (d)) }, 96 + (n)  \
	}
#define V6(a, b, c, n)                                                                             \
	{                                                                                          \
		{ (a) << 48 | (b) << 32 | (c) << 16, 0 }, (n)                                      \
	}

/* IANA special-purpose registries of both families (RFC 6890 and updates), and multicast. */
static const struct tryst_special specials[] = {
	{ { { 0, 0 }, 128 }, "loopback", "the unspecified address (RFC 4291)" },
	{ { { 0, 1 }, 128 }, "loopback", "loopback (RFC 4291)" },
	{ V4(0ULL, 0, 0, 0, 8), "reserved", "this network (RFC 791)" },
	{ V4(10ULL, 0, 0, 0, 8), "private", "private use (RFC 1918)" },
	{ V4(100ULL, 64, 0, 0, 10), "private", "shared address space (RFC 6598)" },
	{ V4(127ULL, 0, 0, 0, 8), "loopback", "loopback (RFC 1122)" },
	{ V4(169ULL, 254, 0, 0, 16), "link-local", "link-local (RFC 3927)" },
	{ V4(172ULL, 16, 0, 0, 12), "private", "private use (RFC 1918)" },
	{ V4(192ULL, 0, 0, 0, 24), "protocol", "protocol assignments (RFC 6890)" },
	{ V4(192ULL, 0, 2, 0, 24), "documentation", "documentation (RFC 5737)" },
	{ V4(192ULL, 88, 99, 0, 24), "protocol", "6to4 relay anycast (RFC 7526)" },
	{ V4(192ULL, 168, 0, 0, 16), "private", "private use (RFC 1918)" },
	{ V4(198ULL, 18, 0, 0, 15), "documentation", "benchmarking (RFC 2544)" },
	{ V4(198ULL, 51, 100, 0, 24), "documentation", "documentation (RFC 5737)" },
	{ V4(203ULL, 0, 113, 0, 24), "documentation", "documentation (RFC 5737)" },
	{ V4(224ULL, 0, 0, 0, 4), "multicast", "multicast (RFC 5771)" },
	{ V4(240ULL, 0, 0, 0, 4), "reserved", "reserved or broadcast (RFC 1112)" },
	{ V6(0x64ULL, 0xff9bULL, 0ULL, 96), "protocol", "IPv4/IPv6 translation (RFC 6052)" },
	{ V6(0x64ULL, 0xff9bULL, 1ULL, 48), "protocol", "IPv4/IPv6 translation (RFC 8215)" },
	{ V6(0x100ULL, 0ULL, 0ULL, 64), "reserved", "discard only (RFC 6666)" },
	{ V6(0x2001ULL, 0ULL, 0ULL, 23), "protocol", "protocol assignments (RFC 2928)" },
	{ V6(0x2001ULL, 0xdb8ULL, 0ULL, 32), "documentation", "documentation (RFC 3849)" },
	{ V6(0x2002ULL, 0ULL, 0ULL, 16), "protocol", "6to4 (RFC 3056)" },
	{ V6(0x3fffULL, 0ULL, 0ULL, 20), "documentation", "documentation (RFC 9637)" },
	{ V6(0x5f00ULL, 0ULL, 0ULL, 16), "reserved", "segment routing (RFC 9602)" },
	{ V6(0xfc00ULL, 0ULL, 0ULL, 7), "private", "unique local (RFC 4193)" },
	{ V6(0xfe80ULL, 0ULL, 0ULL, 10), "link-local", "link-local (RFC 4291)" },
	{ V6(0xff00ULL, 0ULL, 0ULL, 8), "multicast", "multicast (RFC 4291)" },
};

static const char *
wide_find(struct tryst_ip_range r)
{
	if (tryst_ip_is_v4(r.first) && tryst_ip_is_v4(r.last))
		return r.last.lo - r.first.lo >= 1ULL << 24 ? "wider than a /8" : NULL;
	return r.last.hi - r.first.hi >= 1ULL << (64 - 19) ? "wider than a /19" : NULL;
}

const struct tryst_special *
tryst_special_next(struct tryst_ip_range r, size_t *at)
{
	for (; *at < TRYST_ARRAY_SIZE(specials); ++*at) {
		struct tryst_ip_range s = tryst_prefix_range(specials[*at].prefix);

		if (tryst_ip_compare(s.first, r.last) > 0)
			break; /* they are in order */
		if (tryst_ip_compare(r.first, s.last) <= 0)
			return &specials[(*at)++];
	}
	return NULL;
}

const char *
tryst_special_find(struct tryst_ip_range r)
{
	const char *wide = wide_find(r);
	const struct tryst_special *special;
	size_t at = 0;

	if (wide)
		return wide;
	special = tryst_special_next(r, &at);
	return special ? special->name : NULL;
}
