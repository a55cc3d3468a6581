/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times are int64_t milliseconds since 1970-01-01T00:00:00Z; text out is always UTC, RFC 3339.
 */
#ifndef TRYST_BASE_TIME_H
#define TRYST_BASE_TIME_H

#include "base/base.h"
#include "base/error.h"

#define TRYST_TIME_MIN INT64_MIN
#define TRYST_TIME_MAX INT64_MAX
#define TRYST_TIME_TEXT_MAX 40
/* The last millisecond of the year 9999: later ones have no date as text. */
#define TRYST_TIME_DATE_MAX 253402300799999LL

/*
 * How a time without a zone of its own is read.  LOCAL is the process's TZ, which the program sets
 * once before any thread runs; a wall time that a clock change repeats is its first occurrence.
 */
struct tryst_zone {
	enum { TRYST_ZONE_UTC, TRYST_ZONE_FIXED, TRYST_ZONE_LOCAL } kind;
	int32_t offset_s; /* of FIXED: east of UTC is positive */
};

/*
 * Makes a zone of "UTC", "Z", "+02:00", "-0400", "local" (TZ as it is), or a tz database name, for
 * which it sets TZ of the process (so: before threads).  An unknown name is an error that says so.
 */
int tryst_zone_parse(const char *text, struct tryst_zone *out, struct tryst_error *err);

/* How many seconds the zone is east of UTC at that instant.  LOCAL asks the C library. */
int32_t tryst_zone_offset_s(const struct tryst_zone *zone, int64_t ms);

/*
 * Parses exactly len characters as one time: RFC 3339 (`T` or blank between date and time, zone
 * optional, 0-9 fractional digits kept to the millisecond), a date alone, nfdump's
 * `YYYY/MM/dd.hh:mm:ss[.mmm]` and shorter forms of it, epoch seconds (10 digits, optional fraction)
 * or milliseconds (13 digits).  Returns false, *out untouched, when it is none of them or out of
 * range.
 */
bool tryst_time_parse(const char *text, size_t len, const struct tryst_zone *zone, int64_t *out_ms);

/*
 * As tryst_time_parse, with "now", "yesterday", "today" and offsets to now_ms such as "-2h",
 * "-30m", "-1d" (for options, not for logs).
 */
bool tryst_time_parse_relative(const char *text, size_t len, const struct tryst_zone *zone,
                               int64_t now_ms, int64_t *out_ms);

/* A duration such as "90s", "1h30m" or "1d", exactly len characters; 0 or more milliseconds. */
bool tryst_time_parse_duration(const char *text, size_t len, int64_t *out_ms);

/*
 * Parses a window: `FROM/TO` (ISO 8601), `FROM..TO`, nfdump's `FROM-TO` with its slashed dates, a
 * single date, hour or minute (`2026-11-23`, `2026-11-23T09`, `2026/11/23.09`: all of it), or a
 * single relative time (`-2h`: until now).  Either side may be empty.  The window is inclusive at
 * both ends; a TO that is a date includes that day, a TO with a clock is that instant.
 */
int tryst_time_parse_window(const char *text, const struct tryst_zone *zone, int64_t now_ms,
                            int64_t *from_ms, int64_t *to_ms, struct tryst_error *err);

/* `2026-11-23T09:00:00.000Z` with its NUL; returns the length.  Years 0 to 9999, else epoch ms. */
size_t tryst_time_format(int64_t ms, char out[TRYST_TIME_TEXT_MAX]);

/* The same for people: `2026-11-23 09:00:00` (no fraction, no Z; headings say UTC). */
size_t tryst_time_format_short(int64_t ms, char out[TRYST_TIME_TEXT_MAX]);

/* Milliseconds of a civil UTC date and time (proleptic Gregorian). */
int64_t tryst_time_civil(int year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                         unsigned second);

#endif
