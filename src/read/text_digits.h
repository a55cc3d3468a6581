/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, times and IPv4 addresses out of text without a loop over their digits: how many there
 * are is what a processor guesses wrong.
 *
 * All of these take the shapes that are common and say false to everything else, which proves
 * nothing about the text; text_value.c has the rules.  What is read is at most the cell and the 8
 * bytes before its end, so these must be in the line: `line` is where it begins.
 *
 * The arithmetic of eight digits in one word is folklore (D. Lemire, "Quickly parsing eight
 * digits", 2018).
 */
#ifndef TRYST_READ_TEXT_DIGITS_H
#define TRYST_READ_TEXT_DIGITS_H

#include "base/cursor.h"
#include "base/ip.h"

#define TRYST_DIGITS_ONES 0x0101010101010101ULL

/* The last bytes of a text that ends at `end`, n of them (1 to 8), the first in the lowest byte. */
static inline uint64_t
tryst_digits_load(const char *end, size_t n)
{
	return tryst_load_le64((const uint8_t *)end - 8) >> (64 - 8 * n);
}

/* The number that the lowest n bytes of w are, 1 to 8 of them, the first the most significant. */
static inline bool
tryst_digits_word(uint64_t w, size_t n, uint64_t *out)
{
	uint64_t x = (w ^ 0x30 * TRYST_DIGITS_ONES) << (64 - 8 * n);

	/* A byte above 9 shows in its own top bit, or in that of its sum. */
	if (((x + 0x76 * TRYST_DIGITS_ONES) | x) & 0x80 * TRYST_DIGITS_ONES)
		return false;
	x = x * 10 + (x >> 8);
	x = (x & 0xff000000ffULL) * 0xf424000000064ULL +
	    (x >> 16 & 0xff000000ffULL) * 0x271000000001ULL;
	*out = x >> 32;
	return true;
}

/* A number of 1 to 16 digits. */
static inline bool
tryst_digits_number(const char *line, const char *p, size_t len, uint64_t *out)
{
	uint64_t high, low;

	if (TRYST_LIKELY(len - 1 < 8)) {
		if (p + len - line < 8)
			return false;
		return tryst_digits_word(tryst_digits_load(p + len, len), len, out);
	}
	if (len - 9 >= 8 ||
	    !tryst_digits_word(tryst_load_le64((const uint8_t *)p), len - 8, &high) ||
	    !tryst_digits_word(tryst_digits_load(p + len, 8), 8, &low))
		return false;
	*out = high * 100000000 + low;
	return true;
}

/* The thousandths that the lowest n bytes of w are behind a point, 1 to 8 digits. */
static inline bool
tryst_digits_fraction(uint64_t w, size_t n, uint64_t *out)
{
	uint64_t all;

	if (!tryst_digits_word(w, n, &all))
		return false;
	w = (w ^ 0x30 * TRYST_DIGITS_ONES) & (n < 3 ? (1ULL << 8 * n) - 1 : 0xffffff);
	*out = (w & 0xff) * 100 + (w >> 8 & 0xff) * 10 + (w >> 16);
	return true;
}

/* How many bytes of w come before the first point; 8: there is none. */
static inline size_t
tryst_digits_point(uint64_t w)
{
	uint64_t x = w ^ '.' * TRYST_DIGITS_ONES;
	uint64_t zeros = (x - TRYST_DIGITS_ONES) & ~x & 0x80 * TRYST_DIGITS_ONES;

	return zeros ? (size_t)__builtin_ctzll(zeros) / 8 : 8;
}

/* Seconds of 1 to 7 digits, a point, and 1 to 8 more, as milliseconds: `0.001000`. */
static inline bool
tryst_digits_seconds(const char *line, const char *p, size_t len, uint64_t *out_ms)
{
	uint64_t w, whole, ms;
	size_t point;

	if (p + len - line < 8 || len - 3 >= 14)
		return false;
	w = len < 8 ? tryst_digits_load(p + len, len) : tryst_load_le64((const uint8_t *)p);
	point = tryst_digits_point(w);
	if (point - 1 >= 7 || len - point - 2 >= 8 || !tryst_digits_word(w, point, &whole) ||
	    !tryst_digits_fraction(tryst_digits_load(p + len, len - point - 1), len - point - 1,
	                           &ms))
		return false;
	*out_ms = whole * 1000 + ms;
	return true;
}

/* Ten digits of seconds since 1970 (2001 to 2286), a point, and 1 to 8 digits. */
static inline bool
tryst_digits_epoch(const char *p, size_t len, uint64_t *out_ms)
{
	uint64_t high, low, ms;

	if (len - 12 >= 8 || p[10] != '.' ||
	    !tryst_digits_word(tryst_load_le64((const uint8_t *)p), 8, &high) ||
	    !tryst_digits_word(tryst_load_le16((const uint8_t *)p + 8), 2, &low) ||
	    !tryst_digits_fraction(tryst_digits_load(p + len, len - 11), len - 11, &ms))
		return false;
	*out_ms = (high * 100 + low) * 1000 + ms;
	return true;
}

/* Appends the octet that the highest n bytes of w are, 1 to 3 digits. */
static inline bool
tryst_digits_octet(uint32_t w, size_t n, uint32_t *ip)
{
	uint32_t x, v;

	if (n - 1 >= 3)
		return false;
	x = (w ^ 0x30303030) >> (32 - 8 * n) << (32 - 8 * n);
	v = (x >> 24) + 10 * (x >> 16 & 0xff) + 100 * (x >> 8 & 0xff);
	*ip = *ip << 8 | (v & 0xff);
	return !(((x + 0x76767676) | x) & 0x80808080) && v <= 0xff;
}

/* A bit for each of the 8 bytes of w that is a point. */
static inline uint32_t
tryst_digits_points(uint64_t w)
{
	uint64_t x = w ^ '.' * TRYST_DIGITS_ONES, low = 0x7f * TRYST_DIGITS_ONES;

	/* Exact for every byte; the product gathers the top bits. */
	x = ~(((x & low) + low) | x | low) >> 7;
	return (uint32_t)(x * 0x0102040810204080ULL >> 56);
}

/* Four octets of one digit: `0.0.0.0` is common where there is no address. */
static inline bool
tryst_digits_v4_short(const char *p, struct tryst_ip *out)
{
	uint64_t w = tryst_digits_load(p + 7, 7) ^ 0x302e302e302e30;

	if (((w + 0x76007600760076) | w) & 0x80ff80ff80ff80)
		return false;
	*out = tryst_ip_v4(
		(uint32_t)((w & 0xf) << 24 | (w & 0xf0000) | (w >> 24 & 0xf00) | w >> 48));
	return true;
}

/* Four octets of 1 to 3 digits with points between them. */
static inline bool
tryst_digits_v4(const char *line, const char *p, size_t len, struct tryst_ip *out)
{
	const uint8_t *b = (const uint8_t *)p;
	uint32_t ip = 0, points;
	size_t first, second, third;

	if (len - 8 >= 8)
		return len == 7 && p > line && tryst_digits_v4_short(p, out);
	points = tryst_digits_points(tryst_load_le64(b)) |
	         tryst_digits_points(tryst_load_le64(b + len - 8)) << (len - 8) | 7u << 16;
	first = (size_t)__builtin_ctz(points);
	points &= points - 1;
	second = (size_t)__builtin_ctz(points);
	points &= points - 1;
	third = (size_t)__builtin_ctz(points);
	/* Where there are too few, those behind the text were found.  Behind two octets and their
	 * points there are at least 4 bytes to load backwards. */
	if (third >= len || first - 1 >= 3 || second - first - 2 >= 3 ||
	    !tryst_digits_octet(tryst_load_le32(b) << (32 - 8 * first), first, &ip) ||
	    !tryst_digits_octet(tryst_load_le32(b + first + 1) << (32 - 8 * (second - first - 1)),
	                        second - first - 1, &ip) ||
	    !tryst_digits_octet(tryst_load_le32(b + third - 4), third - second - 1, &ip) ||
	    !tryst_digits_octet(tryst_load_le32(b + len - 4), len - third - 1, &ip))
		return false;
	*out = tryst_ip_v4(ip);
	return true;
}

#endif
