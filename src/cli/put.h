/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as text, written at p and returning what is behind: the inner loop of the row formats,
 * where printf would be most of the run time.  Nothing is terminated; PUT_MAX bytes always suffice.
 */
#ifndef TRYST_CLI_PUT_H
#define TRYST_CLI_PUT_H

#include <string.h>

#include "base/ip.h"
#include "base/time.h"

#define PUT_MAX 64

#define MS_PER_DAY 86400000

extern const char tryst_put_pairs[]; /* "00" to "99" */

static inline char *
put_two(char *p, uint32_t v)
{
	memcpy(p, &tryst_put_pairs[v * 2], 2);
	return p + 2;
}

static inline char *
put_u64(char *p, uint64_t v)
{
	char digits[20];
	unsigned at = sizeof(digits);

	while (v >= 100) {
		at -= 2;
		(void)put_two(digits + at, (uint32_t)(v % 100));
		v /= 100;
	}
	if (v >= 10) {
		at -= 2;
		(void)put_two(digits + at, (uint32_t)v);
	} else {
		digits[--at] = (char)('0' + v);
	}
	memcpy(p, digits + at, sizeof(digits) - at);
	return p + (sizeof(digits) - at);
}

static inline char *
put_octet(char *p, uint32_t v)
{
	if (v < 10) {
		*p = (char)('0' + v);
		return p + 1;
	}
	if (v < 100)
		return put_two(p, v);
	*p = (char)('0' + v / 100);
	return put_two(p + 1, v % 100);
}

static inline char *
put_ip(char *p, struct tryst_ip ip)
{
	if (!tryst_ip_is_v4(ip)) {
		char text[TRYST_IP_TEXT_MAX];
		size_t len = tryst_ip_format(ip, text);

		memcpy(p, text, len);
		return p + len;
	}
	for (unsigned shift = 24; shift; shift -= 8) {
		p = put_octet(p, ip.lo >> shift & 0xff);
		*p++ = '.';
	}
	return put_octet(p, ip.lo & 0xff);
}

/* `2026-11-23T09:00:00.000Z`, or with a blank instead of T and nothing behind for people. */
char *tryst_put_time(char *p, int64_t ms, char between, bool zone);

/* `12.345`: milliseconds as seconds. */
char *tryst_put_seconds(char *p, uint64_t ms);

/* nfdump's eight letters: CEUAPRSF, a dot for a flag that is not set. */
char *tryst_put_flags(char *p, uint8_t flags);

/* For people: three digits and a unit of 1000, `123`, `4.20 M`; with bytes `12.3 GB`. */
char *tryst_put_scaled(char *p, double v);
char *tryst_put_bytes(char *p, double v);

#endif
