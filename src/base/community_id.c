/* SPDX-License-Identifier: Apache-2.0 */
#include "base/community_id.h"

#include <netinet/in.h>
#include <string.h>

/* What is hashed always fits one block of SHA-1: at most 40 bytes, the mark and the length. */
#define BLOCK 64
#define DIGEST 20

static inline uint32_t
rotate(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static inline uint32_t
load_be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* One block of SHA-1 (FIPS 180-4, 6.1.2) from its initial state. */
static void
sha1_block(const uint8_t block[BLOCK], uint8_t digest[DIGEST])
{
	static const uint32_t first[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476,
		                           0xc3d2e1f0 };
	uint32_t w[80], h[5];

	for (unsigned t = 0; t < 16; t++)
		w[t] = load_be32(block + t * 4);
	for (unsigned t = 16; t < 80; t++)
		w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
	memcpy(h, first, sizeof(h));
	for (unsigned t = 0; t < 80; t++) {
		uint32_t f = t < 20   ? ((h[1] & h[2]) | (~h[1] & h[3])) + 0x5a827999
		             : t < 40 ? (h[1] ^ h[2] ^ h[3]) + 0x6ed9eba1
		             : t < 60 ? ((h[1] & h[2]) | (h[1] & h[3]) | (h[2] & h[3])) + 0x8f1bbcdc
		                      : (h[1] ^ h[2] ^ h[3]) + 0xca62c1d6;
		uint32_t next = rotate(h[0], 5) + f + h[4] + w[t];

		h[4] = h[3];
		h[3] = h[2];
		h[2] = rotate(h[1], 30);
		h[1] = h[0];
		h[0] = next;
	}
	for (unsigned i = 0; i < DIGEST; i++)
		digest[i] = (uint8_t)((h[i / 4] + first[i / 4]) >> (24 - i % 4 * 8));
}

int
tryst_icmp_counterpart(uint8_t proto, uint8_t type)
{
	static const uint8_t v4[][2] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 10, 9 }, { 17, 18 } };
	static const uint8_t v6[][2] = {
		{ 128, 129 }, { 133, 134 }, { 135, 136 }, { 130, 131 }, { 139, 140 }, { 144, 145 },
	};
	const uint8_t(*pairs)[2] = proto == IPPROTO_ICMP ? v4 : v6;
	size_t count = proto == IPPROTO_ICMP ? TRYST_ARRAY_SIZE(v4) : TRYST_ARRAY_SIZE(v6);

	for (size_t i = 0; i < count; i++) {
		if (pairs[i][0] == type)
			return pairs[i][1];
		if (pairs[i][1] == type)
			return pairs[i][0];
	}
	return -1;
}

static size_t
put_ip(uint8_t *p, struct tryst_ip ip)
{
	uint8_t bytes[16];
	bool v4 = tryst_ip_is_v4(ip);

	tryst_ip_to_bytes(ip, bytes);
	memcpy(p, v4 ? bytes + 12 : bytes, v4 ? 4 : 16);
	return v4 ? 4 : 16;
}

static size_t
put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return 2;
}

static void
base64(const uint8_t in[DIGEST], char *out)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (unsigned i = 0; i < DIGEST; i += 3) {
		uint32_t v = (uint32_t)in[i] << 16 | (uint32_t)in[i + 1] << 8;

		if (i + 2 < DIGEST)
			v |= in[i + 2];
		*out++ = digits[v >> 18];
		*out++ = digits[v >> 12 & 63];
		*out++ = digits[v >> 6 & 63];
		*out++ = i + 2 < DIGEST ? digits[v & 63] : '=';
	}
}

void
tryst_community_id(uint16_t seed, struct tryst_ip src, struct tryst_ip dst, uint8_t proto,
                   uint16_t src_port, uint16_t dst_port, char out[TRYST_COMMUNITY_ID_LEN])
{
	bool ports = proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_SCTP;
	bool icmp = proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6, swap;
	int other = icmp ? tryst_icmp_counterpart(proto, (uint8_t)src_port) : -1;
	int order = tryst_ip_compare(src, dst);
	uint8_t block[BLOCK] = { 0 }, digest[DIGEST];
	size_t len = put_be16(block, seed);

	if (other >= 0)
		dst_port = (uint16_t)other;
	/* ICMP without an answer has a direction that must not be lost. */
	swap = order > 0 || (order == 0 && (ports || icmp) && src_port > dst_port);
	if (icmp && other < 0)
		swap = false;
	len += put_ip(block + len, swap ? dst : src);
	len += put_ip(block + len, swap ? src : dst);
	block[len] = proto;
	len += 2;
	if (ports || icmp) {
		len += put_be16(block + len, swap ? dst_port : src_port);
		len += put_be16(block + len, swap ? src_port : dst_port);
	}
	block[len] = 0x80;
	(void)put_be16(block + BLOCK - 2, (uint16_t)(len * 8));
	sha1_block(block, digest);
	memcpy(out, "1:", 2);
	base64(digest, out + 2);
}
