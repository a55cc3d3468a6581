/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The small parsers (addresses, prefixes, ranges, times, windows, protocols): what they accept,
 * written out and parsed again, is the same.
 */
#include "fuzz.h"

#include <string.h>

#include "base/proto.h"

#define NOW_MS 1061578800000 /* 2003-08-22T19:00:00Z */
#define COVER_MAX 254

static void
check_ip(const char *text, size_t len)
{
	struct tryst_ip ip, again;
	char out[TRYST_IP_TEXT_MAX];
	uint8_t bytes[16];
	size_t n;

	if (!tryst_ip_parse(text, len, &ip))
		return;
	n = tryst_ip_format(ip, out);
	FUZZ_CHECK(n < sizeof(out) && strlen(out) == n);
	FUZZ_CHECK(tryst_ip_parse(out, n, &again) && tryst_ip_equal(ip, again));
	tryst_ip_to_bytes(ip, bytes);
	FUZZ_CHECK(tryst_ip_equal(tryst_ip_from_bytes(bytes), ip));
}

static void
check_prefix(const char *text, size_t len)
{
	static struct tryst_prefix cover[COVER_MAX];
	struct tryst_prefix p, again;
	struct tryst_ip_range r;
	char out[TRYST_PREFIX_TEXT_MAX];
	bool masked;
	size_t n;

	if (!tryst_prefix_parse(text, len, &p, &masked))
		return;
	n = tryst_prefix_format(p, out);
	FUZZ_CHECK(n < sizeof(out) && strlen(out) == n && p.len <= 128);
	FUZZ_CHECK(tryst_prefix_parse(out, n, &again, &masked) && !masked);
	FUZZ_CHECK(again.len == p.len && tryst_ip_equal(again.ip, p.ip));
	r = tryst_prefix_range(p);
	FUZZ_CHECK(tryst_prefix_contains(p, r.first) && tryst_prefix_contains(p, r.last));
	FUZZ_CHECK(tryst_ip_range_cover(r, cover, COVER_MAX) == 1 && cover[0].len == p.len);
	r.last = tryst_ip_equal(r.first, r.last) ? tryst_ip_mask(128) : r.last;
	n = tryst_ip_range_cover(r, cover, COVER_MAX);
	FUZZ_CHECK(n > 0 && n <= COVER_MAX && tryst_ip_equal(cover[0].ip, r.first));
	FUZZ_CHECK(tryst_ip_equal(tryst_prefix_range(cover[n - 1]).last, r.last));
}

static void
check_instant(int64_t ms)
{
	const struct tryst_zone utc = { .kind = TRYST_ZONE_UTC };
	char out[TRYST_TIME_TEXT_MAX];
	int64_t again;
	size_t n = tryst_time_format(ms, out);

	FUZZ_CHECK(n < sizeof(out) && strlen(out) == n);
	if (ms >= tryst_time_civil(0, 1, 1, 0, 0, 0) && ms < tryst_time_civil(10000, 1, 1, 0, 0, 0))
		FUZZ_CHECK(tryst_time_parse(out, n, &utc, &again) && again == ms);
	n = tryst_time_format_short(ms, out);
	FUZZ_CHECK(n < sizeof(out) && strlen(out) == n);
}

static void
check_times(const char *text, size_t len)
{
	const struct tryst_zone zones[] = { { TRYST_ZONE_UTC, 0 }, { TRYST_ZONE_FIXED, -14400 } };
	struct tryst_error err = { 0 };
	int64_t from, to;

	for (size_t i = 0; i < TRYST_ARRAY_SIZE(zones); i++) {
		if (tryst_time_parse(text, len, &zones[i], &from))
			check_instant(from);
		if (tryst_time_parse_relative(text, len, &zones[i], NOW_MS, &from))
			check_instant(from);
		if (tryst_time_parse_window(text, &zones[i], NOW_MS, &from, &to, &err) == 0)
			FUZZ_CHECK(from <= to);
		else
			FUZZ_CHECK(err.code < 0 && err.text[0]);
	}
}

void
fuzz_words(const uint8_t *data, size_t size)
{
	char *text;

	if (size > 256)
		return;
	/* Without a NUL behind it, so that reading too far is seen. */
	check_ip((const char *)data, size);
	check_prefix((const char *)data, size);
	FUZZ_CHECK(tryst_proto_find((const char *)data, size) < 256);
	text = malloc(size + 1);
	FUZZ_CHECK(text);
	memcpy(text, data, size);
	text[size] = 0;
	check_times(text, size);
	free(text);
}
