/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/known.h"

#define V4(a, b, c, d, n)                                                                          \
	{                                                                                          \
		{ 0, TRYST_IP_V4_TAG << 32 | ((a) << 24 | (b) << 16 | (c) << 8 | (d)) }, 96 + (n)  \
	}
#define V6(hi, lo, n)                                                                              \
	{                                                                                          \
		{ (hi), (lo) }, (n)                                                                \
	}

/*
 * In the order of addresses, disjoint; as of November 2026: the DNS root servers
 * (root-servers.org), the best known public resolvers, and what two content networks publish of
 * their addresses.
 */
static const struct tryst_special known[] = {
	{ V6(0x0ULL, 0x0ULL, 128), NULL, "the unspecified address (RFC 4291)" },
	{ V6(0x0ULL, 0x1ULL, 128), NULL, "loopback (RFC 4291)" },
	{ V4(0ULL, 0, 0, 0, 8), NULL, "this network (RFC 791)" },
	{ V4(1ULL, 0, 0, 1, 32), "resolver", "a public DNS resolver (Cloudflare)" },
	{ V4(1ULL, 1, 1, 1, 32), "resolver", "a public DNS resolver (Cloudflare)" },
	{ V4(8ULL, 8, 4, 4, 32), "resolver", "a public DNS resolver (Google)" },
	{ V4(8ULL, 8, 8, 8, 32), "resolver", "a public DNS resolver (Google)" },
	{ V4(9ULL, 9, 9, 9, 32), "resolver", "a public DNS resolver (Quad9)" },
	{ V4(10ULL, 0, 0, 0, 8), NULL, "private use (RFC 1918)" },
	{ V4(23ULL, 235, 32, 0, 20), "content", "a content network (Fastly)" },
	{ V4(43ULL, 249, 72, 0, 22), "content", "a content network (Fastly)" },
	{ V4(100ULL, 64, 0, 0, 10), NULL, "shared address space (RFC 6598)" },
	{ V4(103ULL, 21, 244, 0, 22), "content", "a content network (Cloudflare)" },
	{ V4(103ULL, 22, 200, 0, 22), "content", "a content network (Cloudflare)" },
	{ V4(103ULL, 31, 4, 0, 22), "content", "a content network (Cloudflare)" },
	{ V4(103ULL, 244, 50, 0, 24), "content", "a content network (Fastly)" },
	{ V4(103ULL, 245, 222, 0, 23), "content", "a content network (Fastly)" },
	{ V4(103ULL, 245, 224, 0, 24), "content", "a content network (Fastly)" },
	{ V4(104ULL, 16, 0, 0, 13), "content", "a content network (Cloudflare)" },
	{ V4(104ULL, 24, 0, 0, 14), "content", "a content network (Cloudflare)" },
	{ V4(104ULL, 156, 80, 0, 20), "content", "a content network (Fastly)" },
	{ V4(108ULL, 162, 192, 0, 18), "content", "a content network (Cloudflare)" },
	{ V4(127ULL, 0, 0, 0, 8), NULL, "loopback (RFC 1122)" },
	{ V4(131ULL, 0, 72, 0, 22), "content", "a content network (Cloudflare)" },
	{ V4(140ULL, 248, 64, 0, 18), "content", "a content network (Fastly)" },
	{ V4(140ULL, 248, 128, 0, 17), "content", "a content network (Fastly)" },
	{ V4(141ULL, 101, 64, 0, 18), "content", "a content network (Cloudflare)" },
	{ V4(146ULL, 75, 0, 0, 17), "content", "a content network (Fastly)" },
	{ V4(149ULL, 112, 112, 112, 32), "resolver", "a public DNS resolver (Quad9)" },
	{ V4(151ULL, 101, 0, 0, 16), "content", "a content network (Fastly)" },
	{ V4(157ULL, 52, 64, 0, 18), "content", "a content network (Fastly)" },
	{ V4(162ULL, 158, 0, 0, 15), "content", "a content network (Cloudflare)" },
	{ V4(167ULL, 82, 0, 0, 17), "content", "a content network (Fastly)" },
	{ V4(167ULL, 82, 128, 0, 20), "content", "a content network (Fastly)" },
	{ V4(167ULL, 82, 160, 0, 20), "content", "a content network (Fastly)" },
	{ V4(167ULL, 82, 224, 0, 20), "content", "a content network (Fastly)" },
	{ V4(169ULL, 254, 0, 0, 16), NULL, "link-local (RFC 3927)" },
	{ V4(170ULL, 247, 170, 2, 32), "root-server", "a DNS root server (b)" },
	{ V4(172ULL, 16, 0, 0, 12), NULL, "private use (RFC 1918)" },
	{ V4(172ULL, 64, 0, 0, 13), "content", "a content network (Cloudflare)" },
	{ V4(172ULL, 111, 64, 0, 18), "content", "a content network (Fastly)" },
	{ V4(173ULL, 245, 48, 0, 20), "content", "a content network (Cloudflare)" },
	{ V4(185ULL, 31, 16, 0, 22), "content", "a content network (Fastly)" },
	{ V4(188ULL, 114, 96, 0, 20), "content", "a content network (Cloudflare)" },
	{ V4(190ULL, 93, 240, 0, 20), "content", "a content network (Cloudflare)" },
	{ V4(192ULL, 0, 0, 0, 24), NULL, "protocol assignments (RFC 6890)" },
	{ V4(192ULL, 0, 2, 0, 24), NULL, "documentation (RFC 5737)" },
	{ V4(192ULL, 5, 5, 241, 32), "root-server", "a DNS root server (f)" },
	{ V4(192ULL, 33, 4, 12, 32), "root-server", "a DNS root server (c)" },
	{ V4(192ULL, 36, 148, 17, 32), "root-server", "a DNS root server (i)" },
	{ V4(192ULL, 58, 128, 30, 32), "root-server", "a DNS root server (j)" },
	{ V4(192ULL, 88, 99, 0, 24), NULL, "6to4 relay anycast (RFC 7526)" },
	{ V4(192ULL, 112, 36, 4, 32), "root-server", "a DNS root server (g)" },
	{ V4(192ULL, 168, 0, 0, 16), NULL, "private use (RFC 1918)" },
	{ V4(192ULL, 203, 230, 10, 32), "root-server", "a DNS root server (e)" },
	{ V4(193ULL, 0, 14, 129, 32), "root-server", "a DNS root server (k)" },
	{ V4(197ULL, 234, 240, 0, 22), "content", "a content network (Cloudflare)" },
	{ V4(198ULL, 18, 0, 0, 15), NULL, "benchmarking (RFC 2544)" },
	{ V4(198ULL, 41, 0, 4, 32), "root-server", "a DNS root server (a)" },
	{ V4(198ULL, 41, 128, 0, 17), "content", "a content network (Cloudflare)" },
	{ V4(198ULL, 51, 100, 0, 24), NULL, "documentation (RFC 5737)" },
	{ V4(198ULL, 97, 190, 53, 32), "root-server", "a DNS root server (h)" },
	{ V4(199ULL, 7, 83, 42, 32), "root-server", "a DNS root server (l)" },
	{ V4(199ULL, 7, 91, 13, 32), "root-server", "a DNS root server (d)" },
	{ V4(199ULL, 9, 14, 201, 32), "root-server", "a DNS root server (b, until 2023)" },
	{ V4(199ULL, 27, 72, 0, 21), "content", "a content network (Fastly)" },
	{ V4(199ULL, 232, 0, 0, 16), "content", "a content network (Fastly)" },
	{ V4(202ULL, 12, 27, 33, 32), "root-server", "a DNS root server (m)" },
	{ V4(203ULL, 0, 113, 0, 24), NULL, "documentation (RFC 5737)" },
	{ V4(208ULL, 67, 220, 220, 32), "resolver", "a public DNS resolver (OpenDNS)" },
	{ V4(208ULL, 67, 222, 222, 32), "resolver", "a public DNS resolver (OpenDNS)" },
	{ V4(224ULL, 0, 0, 0, 4), NULL, "multicast (RFC 5771)" },
	{ V4(240ULL, 0, 0, 0, 4), NULL, "reserved or broadcast (RFC 1112)" },
	{ V6(0x64ff9b00000000ULL, 0x0ULL, 96), NULL, "IPv4/IPv6 translation (RFC 6052)" },
	{ V6(0x64ff9b00010000ULL, 0x0ULL, 48), NULL, "IPv4/IPv6 translation (RFC 8215)" },
	{ V6(0x100000000000000ULL, 0x0ULL, 64), NULL, "discard only (RFC 6666)" },
	{ V6(0x2001000000000000ULL, 0x0ULL, 23), NULL, "protocol assignments (RFC 2928)" },
	{ V6(0x2001050000010000ULL, 0x53ULL, 128), "root-server", "a DNS root server (h)" },
	{ V6(0x2001050000020000ULL, 0xcULL, 128), "root-server", "a DNS root server (c)" },
	{ V6(0x2001050000120000ULL, 0xd0dULL, 128), "root-server", "a DNS root server (g)" },
	{ V6(0x20010500002d0000ULL, 0xdULL, 128), "root-server", "a DNS root server (d)" },
	{ V6(0x20010500002f0000ULL, 0xfULL, 128), "root-server", "a DNS root server (f)" },
	{ V6(0x20010500009f0000ULL, 0x42ULL, 128), "root-server", "a DNS root server (l)" },
	{ V6(0x2001050000a80000ULL, 0xeULL, 128), "root-server", "a DNS root server (e)" },
	{ V6(0x2001050002000000ULL, 0xbULL, 128), "root-server",
	  "a DNS root server (b, until 2023)" },
	{ V6(0x200105030c270000ULL, 0x20030ULL, 128), "root-server", "a DNS root server (j)" },
	{ V6(0x20010503ba3e0000ULL, 0x20030ULL, 128), "root-server", "a DNS root server (a)" },
	{ V6(0x200107fd00000000ULL, 0x1ULL, 128), "root-server", "a DNS root server (k)" },
	{ V6(0x200107fe00000000ULL, 0x53ULL, 128), "root-server", "a DNS root server (i)" },
	{ V6(0x20010db800000000ULL, 0x0ULL, 32), NULL, "documentation (RFC 3849)" },
	{ V6(0x20010dc300000000ULL, 0x35ULL, 128), "root-server", "a DNS root server (m)" },
	{ V6(0x2001486048600000ULL, 0x8844ULL, 128), "resolver", "a public DNS resolver (Google)" },
	{ V6(0x2001486048600000ULL, 0x8888ULL, 128), "resolver", "a public DNS resolver (Google)" },
	{ V6(0x2002000000000000ULL, 0x0ULL, 16), NULL, "6to4 (RFC 3056)" },
	{ V6(0x2400cb0000000000ULL, 0x0ULL, 32), "content", "a content network (Cloudflare)" },
	{ V6(0x2405810000000000ULL, 0x0ULL, 32), "content", "a content network (Cloudflare)" },
	{ V6(0x2405b50000000000ULL, 0x0ULL, 32), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470000000000ULL, 0x0ULL, 34), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470040000000ULL, 0x0ULL, 38), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470044000000ULL, 0x0ULL, 39), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470046000000ULL, 0x0ULL, 40), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470047000000ULL, 0x1001ULL, 128), "resolver",
	  "a public DNS resolver (Cloudflare)" },
	{ V6(0x2606470047000000ULL, 0x1111ULL, 128), "resolver",
	  "a public DNS resolver (Cloudflare)" },
	{ V6(0x2606470047010000ULL, 0x0ULL, 48), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470047020000ULL, 0x0ULL, 47), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470047040000ULL, 0x0ULL, 46), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470047080000ULL, 0x0ULL, 45), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470047100000ULL, 0x0ULL, 44), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470047200000ULL, 0x0ULL, 43), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470047400000ULL, 0x0ULL, 42), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470047800000ULL, 0x0ULL, 41), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470048000000ULL, 0x0ULL, 37), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470050000000ULL, 0x0ULL, 36), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470060000000ULL, 0x0ULL, 35), "content", "a content network (Cloudflare)" },
	{ V6(0x2606470080000000ULL, 0x0ULL, 33), "content", "a content network (Cloudflare)" },
	{ V6(0x262000fe00000000ULL, 0x9ULL, 128), "resolver", "a public DNS resolver (Quad9)" },
	{ V6(0x262000fe00000000ULL, 0xfeULL, 128), "resolver", "a public DNS resolver (Quad9)" },
	{ V6(0x2620011900350000ULL, 0x35ULL, 128), "resolver", "a public DNS resolver (OpenDNS)" },
	{ V6(0x2620011900530000ULL, 0x53ULL, 128), "resolver", "a public DNS resolver (OpenDNS)" },
	{ V6(0x280101b800100000ULL, 0xbULL, 128), "root-server", "a DNS root server (b)" },
	{ V6(0x2803f80000000000ULL, 0x0ULL, 32), "content", "a content network (Cloudflare)" },
	{ V6(0x2a044e4000000000ULL, 0x0ULL, 32), "content", "a content network (Fastly)" },
	{ V6(0x2a044e4200000000ULL, 0x0ULL, 32), "content", "a content network (Fastly)" },
	{ V6(0x2a0698c000000000ULL, 0x0ULL, 29), "content", "a content network (Cloudflare)" },
	{ V6(0x2c0ff24800000000ULL, 0x0ULL, 32), "content", "a content network (Cloudflare)" },
};

const struct tryst_special *
tryst_known_next(struct tryst_ip_range r, size_t *at)
{
	for (; *at < TRYST_ARRAY_SIZE(known); ++*at) {
		struct tryst_ip_range k = tryst_prefix_range(known[*at].prefix);

		if (tryst_ip_compare(k.first, r.last) > 0)
			break; /* they are in order */
		if (known[*at].kind && tryst_ip_compare(r.first, k.last) <= 0)
			return &known[(*at)++];
	}
	return NULL;
}

const char *
tryst_known_find(struct tryst_ip_range r)
{
	size_t low = 0, high = TRYST_ARRAY_SIZE(known);

	/* The first that does not end before the range. */
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (tryst_ip_compare(tryst_prefix_range(known[mid].prefix).last, r.first) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == TRYST_ARRAY_SIZE(known) || tryst_ip_compare(known[low].prefix.ip, r.last) > 0)
		return NULL;
	return known[low].name;
}
