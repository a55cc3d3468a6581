/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and prefixes.
 *
 * Every address is 128 bits, held as two 64-bit numbers in host order so that comparing and masking
 * are plain arithmetic; IPv4 is the mapped form ::ffff:a.b.c.d (RFC 4291, 2.5.5.2), so one order
 * and one set serve both families.  A real mapped IPv6 address is therefore the IPv4 one, which is
 * what people who list it mean.
 */
#ifndef TRYST_BASE_IP_H
#define TRYST_BASE_IP_H

#include "base/base.h"
#include "base/error.h"

struct tryst_ip {
	uint64_t hi; /* the first eight bytes of the address */
	uint64_t lo;
};

struct tryst_prefix {
	struct tryst_ip ip; /* bits below len are 0 */
	uint8_t len;        /* 0..128; an IPv4 /n is 96 + n */
};

struct tryst_ip_range {
	struct tryst_ip first;
	struct tryst_ip last; /* inclusive */
};

#define TRYST_IP_TEXT_MAX 48     /* an address as text, with its NUL */
#define TRYST_PREFIX_TEXT_MAX 52 /* a prefix as text, with its NUL */

#define TRYST_IP_V4_TAG 0xffffULL /* bits 32..47 of lo in a mapped address */

static inline struct tryst_ip
tryst_ip_v4(uint32_t host_order)
{
	return (struct tryst_ip){ 0, (TRYST_IP_V4_TAG << 32) | host_order };
}

static inline bool
tryst_ip_is_v4(struct tryst_ip ip)
{
	return ip.hi == 0 && (ip.lo >> 32) == TRYST_IP_V4_TAG;
}

static inline bool
tryst_ip_equal(struct tryst_ip a, struct tryst_ip b)
{
	return ((a.hi ^ b.hi) | (a.lo ^ b.lo)) == 0;
}

/* <0, 0, >0 by numeric order; IPv4 sorts together, before every global IPv6 address. */
static inline int
tryst_ip_compare(struct tryst_ip a, struct tryst_ip b)
{
	if (a.hi != b.hi)
		return a.hi < b.hi ? -1 : 1;
	return a.lo == b.lo ? 0 : a.lo < b.lo ? -1 : 1;
}

/* A good 64-bit mix for hash tables; not for untrusted tables without a seed. */
static inline uint64_t
tryst_ip_hash(struct tryst_ip ip)
{
	uint64_t h = (ip.hi ^ 0x9e3779b97f4a7c15ULL) * 0xd6e8feb86659fd93ULL;

	h ^= h >> 32;
	h = (h ^ ip.lo) * 0xd6e8feb86659fd93ULL;
	h ^= h >> 29;
	h *= 0xff51afd7ed558ccdULL;
	return h ^ (h >> 32);
}

/* The address of 16 bytes in network order (mapped or plain IPv6). */
struct tryst_ip tryst_ip_from_bytes(const uint8_t bytes[16]);

/* Writes the 16 bytes in network order. */
void tryst_ip_to_bytes(struct tryst_ip ip, uint8_t bytes[16]);

/* The netmask of a 128-bit prefix length (0..128). */
struct tryst_ip tryst_ip_mask(unsigned len);

/* The first and last address of a prefix. */
struct tryst_ip_range tryst_prefix_range(struct tryst_prefix p);

/* Whether the prefix holds the address. */
bool tryst_prefix_contains(struct tryst_prefix p, struct tryst_ip ip);

/*
 * Parses exactly len characters as one address: dotted IPv4 (zero-padded octets are decimal, never
 * octal), IPv6 by RFC 4291 with an optional zone id (dropped).  Returns false, without touching
 * *out, when they are not one address.
 */
bool tryst_ip_parse(const char *text, size_t len, struct tryst_ip *out);

/*
 * As tryst_ip_parse, for `a.b.c.d`, `a.b.c.d/len`, `a.b.c.d/m.a.s.k`, `10/8`, `10.1/16` (missing
 * octets are 0), `v6`, `v6/len`.  A bare address is a host prefix.  Bits set below the length are
 * cleared and, where masked is not NULL, *masked says so.
 */
bool tryst_prefix_parse(const char *text, size_t len, struct tryst_prefix *out, bool *masked);

/*
 * Writes the canonical text (RFC 5952; IPv4 dotted) with its NUL and returns its length.
 * Host prefixes print without a length.
 */
size_t tryst_ip_format(struct tryst_ip ip, char out[TRYST_IP_TEXT_MAX]);
size_t tryst_prefix_format(struct tryst_prefix p, char out[TRYST_PREFIX_TEXT_MAX]);

/*
 * The minimal prefix cover of an inclusive range, in address order, written to out (room for max;
 * 254 always suffice).  Returns how many.
 */
size_t tryst_ip_range_cover(struct tryst_ip_range r, struct tryst_prefix *out, size_t max);

#endif
