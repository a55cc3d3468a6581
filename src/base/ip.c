/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses and prefixes: bytes, arithmetic, text.
 *
 * Text is read by hand because inet_pton refuses zero-padded octets and inet_aton reads them as
 * octal; logs and lists mean decimal.  Specification: RFC 4291, 2.2 (IPv6 in), RFC 5952 (IPv6 out).
 */
#include "base/ip.h"

#include <string.h>

#define V4_BITS 96 /* the prefix length of all IPv4 addresses in their mapped form */

/* What is left of the text; a reader moves it only past what it accepted. */
struct scan {
	const char *pos;
	const char *end;
};

struct tryst_ip
tryst_ip_from_bytes(const uint8_t bytes[16])
{
	struct tryst_ip ip = { 0, 0 };

	for (size_t i = 0; i < 8; i++) {
		ip.hi = ip.hi << 8 | bytes[i];
		ip.lo = ip.lo << 8 | bytes[i + 8];
	}
	return ip;
}

void
tryst_ip_to_bytes(struct tryst_ip ip, uint8_t bytes[16])
{
	for (size_t i = 0; i < 8; i++) {
		bytes[i] = (uint8_t)(ip.hi >> (56 - 8 * i));
		bytes[i + 8] = (uint8_t)(ip.lo >> (56 - 8 * i));
	}
}

struct tryst_ip
tryst_ip_mask(unsigned len)
{
	assert(len <= 128);
	return (struct tryst_ip){
		len == 0    ? 0
		: len >= 64 ? UINT64_MAX
			    : UINT64_MAX << (64 - len),
		len <= 64 ? 0 : UINT64_MAX << (128 - len),
	};
}

struct tryst_ip_range
tryst_prefix_range(struct tryst_prefix p)
{
	struct tryst_ip mask = tryst_ip_mask(p.len);

	return (struct tryst_ip_range){ p.ip, { p.ip.hi | ~mask.hi, p.ip.lo | ~mask.lo } };
}

bool
tryst_prefix_contains(struct tryst_prefix p, struct tryst_ip ip)
{
	struct tryst_ip mask = tryst_ip_mask(p.len);

	return (((ip.hi ^ p.ip.hi) & mask.hi) | ((ip.lo ^ p.ip.lo) & mask.lo)) == 0;
}

static bool
scan_char(struct scan *s, char c)
{
	if (s->pos == s->end || *s->pos != c)
		return false;
	s->pos++;
	return true;
}

/* One to three decimal digits of at most max. */
static bool
scan_decimal(struct scan *s, unsigned max, unsigned *out)
{
	const char *p = s->pos;
	unsigned v = 0;

	while (p < s->end && p - s->pos < 3 && *p >= '0' && *p <= '9')
		v = v * 10 + (unsigned)(*p++ - '0');
	if (p == s->pos || v > max)
		return false;
	s->pos = p;
	*out = v;
	return true;
}

/* Dotted IPv4 with at least `least` of its octets; those that are not there are 0. */
static bool
scan_v4(struct scan *s, unsigned least, uint32_t *out)
{
	struct scan at = *s;
	uint32_t ip = 0;
	unsigned octet, n = 0;

	do {
		if (!scan_decimal(&at, 255, &octet))
			return false;
		ip |= octet << (24 - 8 * n);
	} while (++n < 4 && scan_char(&at, '.'));
	if (n < least)
		return false;
	*s = at;
	*out = ip;
	return true;
}

/* Its value, or -1. */
static int
hex_digit(char c)
{
	/* One more than the value. */
	static const uint8_t digits[UINT8_MAX + 1] = {
		['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
		['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
		['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12,
		['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
	};

	return digits[(uint8_t)c] - 1;
}

/* One to four hexadecimal digits. */
static bool
scan_group(struct scan *s, uint16_t *out)
{
	const char *p = s->pos;
	unsigned v = 0;

	for (int d; p < s->end && p - s->pos < 4 && (d = hex_digit(*p)) >= 0; p++)
		v = v << 4 | (unsigned)d;
	if (p == s->pos)
		return false;
	s->pos = p;
	*out = (uint16_t)v;
	return true;
}

/* Moves the groups behind the gap (an index, 8 for none) to the end; a gap stands for at least one.
 */
static bool
groups_spread(uint16_t groups[8], size_t n, size_t gap)
{
	size_t behind;

	if (gap == 8)
		return n == 8;
	if (n > 7)
		return false;
	behind = n - gap;
	memmove(groups + 8 - behind, groups + gap, behind * sizeof(groups[0]));
	memset(groups + gap, 0, (8 - n) * sizeof(groups[0]));
	return true;
}

static struct tryst_ip
groups_ip(const uint16_t groups[8])
{
	struct tryst_ip ip = { 0, 0 };

	for (size_t i = 0; i < 4; i++) {
		ip.hi = ip.hi << 16 | groups[i];
		ip.lo = ip.lo << 16 | groups[i + 4];
	}
	return ip;
}

static bool
scan_v6(struct scan *s, struct tryst_ip *out)
{
	struct scan at = *s;
	bool dotted = memchr(at.pos, '.', (size_t)(at.end - at.pos)) != NULL;
	uint16_t groups[8] = { 0 };
	size_t n = 0, gap = 8;
	uint32_t v4;

	while (n < 8) {
		if (at.end - at.pos >= 2 && at.pos[0] == ':' && at.pos[1] == ':' && gap == 8) {
			at.pos += 2;
			gap = n;
			if (at.pos == at.end || hex_digit(*at.pos) < 0)
				break;
		} else if (n > 0 && !scan_char(&at, ':')) {
			break;
		}
		if (dotted && n <= 6 && scan_v4(&at, 4, &v4)) {
			groups[n++] = (uint16_t)(v4 >> 16);
			groups[n++] = (uint16_t)v4;
			break;
		}
		if (!scan_group(&at, &groups[n++]))
			return false;
	}
	/* A gap after the eighth group is not consumed above, and then the caller sees text left
	 * over. */
	if (!groups_spread(groups, n, gap))
		return false;
	*s = at;
	*out = groups_ip(groups);
	return true;
}

/* Either family, no zone; says which. */
static bool
scan_ip(struct scan *s, struct tryst_ip *out)
{
	uint32_t v4;

	if (memchr(s->pos, ':', (size_t)(s->end - s->pos)))
		return scan_v6(s, out);
	if (!scan_v4(s, 4, &v4))
		return false;
	*out = tryst_ip_v4(v4);
	return true;
}

/* Where the text ends once a zone id (`%eth0`) is dropped; an empty zone is left to be refused. */
static const char *
zone_cut(const char *text, size_t len)
{
	const char *zone = len ? memchr(text, '%', len) : NULL;

	return zone && zone + 1 < text + len && memchr(text, ':', (size_t)(zone - text))
	               ? zone
	               : text + len;
}

bool
tryst_ip_parse(const char *text, size_t len, struct tryst_ip *out)
{
	struct scan s = { text, zone_cut(text, len) };
	struct tryst_ip ip;

	if (len == 0 || !scan_ip(&s, &ip) || s.pos != s.end)
		return false;
	*out = ip;
	return true;
}

/* What follows the slash: a length, or for IPv4 a dotted netmask without holes. */
static bool
length_parse(struct scan s, bool v4, unsigned *len)
{
	uint32_t mask;

	if (v4 && memchr(s.pos, '.', (size_t)(s.end - s.pos))) {
		if (!scan_v4(&s, 4, &mask) || s.pos != s.end || (~mask & (~mask + 1)))
			return false;
		*len = V4_BITS + (unsigned)__builtin_popcount(mask);
		return true;
	}
	if (!scan_decimal(&s, v4 ? 32 : 128, len) || s.pos != s.end)
		return false;
	*len += v4 ? V4_BITS : 0;
	return true;
}

bool
tryst_prefix_parse(const char *text, size_t len, struct tryst_prefix *out, bool *masked)
{
	const char *slash = len ? memchr(text, '/', len) : NULL;
	size_t head = slash ? (size_t)(slash - text) : len;
	bool v4 = !head || !memchr(text, ':', head);
	struct tryst_ip ip, mask;
	unsigned bits = 128;
	uint32_t short_v4;

	if (slash && v4) {
		struct scan s = { text, slash };

		if (!scan_v4(&s, 1, &short_v4) || s.pos != slash)
			return false;
		ip = tryst_ip_v4(short_v4);
	} else if (!tryst_ip_parse(text, head, &ip)) {
		return false;
	}
	if (slash && !length_parse((struct scan){ slash + 1, text + len }, v4, &bits))
		return false;
	mask = tryst_ip_mask(bits);
	if (masked)
		*masked = ((ip.hi & ~mask.hi) | (ip.lo & ~mask.lo)) != 0;
	*out = (struct tryst_prefix){ { ip.hi & mask.hi, ip.lo & mask.lo }, (uint8_t)bits };
	return true;
}

static char *
put_decimal(char *p, unsigned v)
{
	if (v >= 100)
		*p++ = (char)('0' + v / 100);
	if (v >= 10)
		*p++ = (char)('0' + v / 10 % 10);
	*p++ = (char)('0' + v % 10);
	return p;
}

static char *
put_group(char *p, uint16_t v)
{
	static const char digits[] = "0123456789abcdef";

	for (int shift = v >= 0x1000  ? 12
	                 : v >= 0x100 ? 8
	                 : v >= 0x10  ? 4
	                              : 0;
	     shift >= 0; shift -= 4)
		*p++ = digits[v >> shift & 15];
	return p;
}

static char *
put_v4(char *p, uint32_t ip)
{
	for (int shift = 24; shift >= 0; shift -= 8) {
		p = put_decimal(p, ip >> shift & 255);
		if (shift)
			*p++ = '.';
	}
	return p;
}

/* RFC 5952, 4.2: the longest run of two or more zero groups, the first of equals; length 0: none.
 */
static size_t
zero_run(const uint16_t groups[8], size_t *length)
{
	size_t best = 0, run = 0;

	*length = 1;
	for (size_t i = 0; i < 8; i++) {
		run = groups[i] ? 0 : run + 1;
		if (run > *length) {
			*length = run;
			best = i + 1 - run;
		}
	}
	if (*length == 1)
		*length = 0;
	return best;
}

static char *
put_v6(char *p, struct tryst_ip ip)
{
	uint16_t groups[8];
	size_t run, at;

	for (size_t i = 0; i < 4; i++) {
		groups[i] = (uint16_t)(ip.hi >> (48 - 16 * i));
		groups[i + 4] = (uint16_t)(ip.lo >> (48 - 16 * i));
	}
	at = zero_run(groups, &run);
	for (size_t i = 0; i < 8;) {
		if (run && i == at) {
			*p++ = ':';
			*p++ = ':';
			i += run;
			continue;
		}
		if (i && !(run && i == at + run))
			*p++ = ':';
		p = put_group(p, groups[i++]);
	}
	return p;
}

size_t
tryst_ip_format(struct tryst_ip ip, char out[TRYST_IP_TEXT_MAX])
{
	char *end = tryst_ip_is_v4(ip) ? put_v4(out, (uint32_t)ip.lo) : put_v6(out, ip);

	*end = '\0';
	return (size_t)(end - out);
}

size_t
tryst_prefix_format(struct tryst_prefix p, char out[TRYST_PREFIX_TEXT_MAX])
{
	char *end = out + tryst_ip_format(p.ip, out);

	if (p.len < 128) {
		*end++ = '/';
		end = put_decimal(end, p.len - (tryst_ip_is_v4(p.ip) ? V4_BITS : 0u));
		*end = '\0';
	}
	return (size_t)(end - out);
}

/* How many bits below the widest prefix that starts at ip, ends by last, has free: 0..128. */
static unsigned
cover_bits(struct tryst_ip ip, struct tryst_ip last)
{
	unsigned bits = ip.lo   ? (unsigned)__builtin_ctzll(ip.lo)
	                : ip.hi ? 64 + (unsigned)__builtin_ctzll(ip.hi)
	                        : 128;

	while (bits) {
		struct tryst_prefix p = { ip, (uint8_t)(128 - bits) };

		if (tryst_ip_compare(tryst_prefix_range(p).last, last) <= 0)
			break;
		bits--;
	}
	return bits;
}

size_t
tryst_ip_range_cover(struct tryst_ip_range r, struct tryst_prefix *out, size_t max)
{
	struct tryst_ip at = r.first;
	size_t n = 0;

	assert(tryst_ip_compare(r.first, r.last) <= 0);
	for (;;) {
		struct tryst_prefix p = { at, (uint8_t)(128 - cover_bits(at, r.last)) };

		if (n < max)
			out[n] = p;
		n++;
		at = tryst_prefix_range(p).last;
		if (tryst_ip_equal(at, r.last))
			return n;
		at.lo++;
		at.hi += at.lo == 0;
	}
}
