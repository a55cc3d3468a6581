/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times as people write them in options: zones, relative times, windows.
 *
 * Each side of a window is an interval: what was written, as wide as its precision says.  A window
 * goes from the start of its first side; it ends at the end of its last side when that is a date
 * (the 23rd is meant with all its hours), else at the instant named.
 */
#include "base/time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time_scan.h"

#define ZONEINFO "/usr/share/zoneinfo"
#define ZONE_NAME_MAX 64
#define DAY_MS 86400000LL

struct side {
	int64_t first;
	int64_t last; /* inclusive, when it stands alone */
	int64_t end;  /* inclusive, when it ends a window */
	bool relative;
	bool slashed;
};

static bool
equals(const char *text, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(text, word, len) == 0;
}

/* A name of the tz database must not lead anywhere else. */
static bool
zone_name_sane(const char *text)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_+-/";
	size_t len = strlen(text);

	return len > 0 && len <= ZONE_NAME_MAX && text[0] != '/' && strspn(text, allowed) == len;
}

static bool
zone_file_exists(const char *name)
{
	const char *dir = getenv("TZDIR");
	char path[512], magic[4];
	size_t got;
	FILE *f;

	if (!dir || !*dir)
		dir = ZONEINFO;
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >= sizeof(path))
		return false;
	f = fopen(path, "rbe");
	if (!f)
		return false;
	got = fread(magic, 1, sizeof(magic), f);
	(void)fclose(f);
	return got == sizeof(magic) && memcmp(magic, "TZif", sizeof(magic)) == 0;
}

int
tryst_zone_parse(const char *text, struct tryst_zone *out, struct tryst_error *err)
{
	struct tryst_zone zone = { .kind = TRYST_ZONE_UTC };

	if (strcmp(text, "UTC") == 0 || strcmp(text, "Z") == 0) {
		*out = zone;
		return 0;
	}
	if (tryst_offset_scan(text, strlen(text), &zone.offset_s)) {
		zone.kind = TRYST_ZONE_FIXED;
		*out = zone;
		return 0;
	}
	zone.kind = TRYST_ZONE_LOCAL;
	if (strcmp(text, "local") != 0) {
		if (!zone_name_sane(text) || !zone_file_exists(text))
			return tryst_error_set(err, TRYST_ERR_USAGE,
			                       "unknown time zone '%s': expected UTC, local, an "
			                       "offset such as +02:00, or a name such as "
			                       "America/New_York of the tz database",
			                       text);
		if (setenv("TZ", text, 1) != 0)
			return tryst_error_nomem(err);
	}
	tzset();
	*out = zone;
	return 0;
}

/* The local midnight that begins the day of now, or of the day before. */
static int64_t
midnight(int64_t now_ms, const struct tryst_zone *zone, int days_back)
{
	struct tryst_wall w;
	char text[TRYST_TIME_TEXT_MAX];
	int64_t offset_s = zone->kind == TRYST_ZONE_FIXED ? zone->offset_s : 0;
	time_t now = (time_t)(now_ms / 1000);
	struct tm tm;

	if (zone->kind == TRYST_ZONE_LOCAL && localtime_r(&now, &tm))
		offset_s = tm.tm_gmtoff;
	(void)tryst_time_format(now_ms + offset_s * 1000 - days_back * DAY_MS, text);
	return tryst_wall_scan(text, 10, zone, &w) ? tryst_wall_ms(&w) : now_ms;
}

bool
tryst_time_parse_duration(const char *text, size_t len, int64_t *out_ms)
{
	static const struct {
		char unit;
		int64_t ms;
	} units[] = { { 's', 1000 },
		      { 'm', 60000 },
		      { 'h', 3600000 },
		      { 'd', DAY_MS },
		      { 'w', 7 * DAY_MS } };
	const char *p = text, *end = text + len;
	int64_t sum = 0;

	if (len == 0)
		return false;
	while (p < end) {
		const char *digits = p;
		int64_t n = 0, unit = 0;

		for (; p < end && *p >= '0' && *p <= '9' && p - digits < 10; p++)
			n = n * 10 + (*p - '0');
		if (p == digits || p == end)
			return false;
		for (size_t i = 0; i < TRYST_ARRAY_SIZE(units); i++) {
			if (units[i].unit == *p)
				unit = units[i].ms;
		}
		if (unit == 0 || n > INT64_MAX / 8 / unit || sum > INT64_MAX / 8)
			return false;
		sum += n * unit;
		p++;
	}
	*out_ms = sum;
	return true;
}

/* `-2h`, `+1d12h`: a sign, then a duration. */
static bool
offset_parse(const char *text, size_t len, int64_t *offset_ms)
{
	if (len < 3 || (*text != '-' && *text != '+') ||
	    !tryst_time_parse_duration(text + 1, len - 1, offset_ms))
		return false;
	if (*text == '-')
		*offset_ms = -*offset_ms;
	return true;
}

/* How long a wall clock of this precision is, from its first millisecond. */
static int64_t
wall_last(const struct tryst_wall *w, int64_t first)
{
	static const int64_t widths[] = { [TRYST_HOUR] = 3600000,
		                          [TRYST_MINUTE] = 60000,
		                          [TRYST_SECOND] = 1000,
		                          [TRYST_MS] = 1 };
	struct tryst_wall next = *w;

	if (w->precision >= TRYST_HOUR)
		return first + widths[w->precision] - 1;
	/* By the calendar, because a local day may have 23 or 25 hours. */
	if (w->precision == TRYST_MONTH) {
		next.year += w->month == 12;
		next.month = w->month == 12 ? 1 : w->month + 1;
	} else {
		char text[TRYST_TIME_TEXT_MAX];
		struct tryst_wall utc = *w;

		utc.zone.kind = TRYST_ZONE_UTC;
		(void)tryst_time_format(tryst_wall_ms(&utc) + DAY_MS, text);
		if (!tryst_wall_scan(text, 10, &w->zone, &next))
			return first + DAY_MS - 1;
	}
	return tryst_wall_ms(&next) - 1;
}

static bool
side_parse(const char *text, size_t len, const struct tryst_zone *zone, int64_t now_ms,
           struct side *s)
{
	struct tryst_wall w;
	int64_t offset;

	*s = (struct side){ 0 };
	if (tryst_wall_scan(text, len, zone, &w)) {
		s->first = tryst_wall_ms(&w);
		s->last = wall_last(&w, s->first);
		s->end = w.precision <= TRYST_DAY ? s->last : s->first;
		s->slashed = w.slashed;
		return true;
	}
	if (equals(text, len, "today") || equals(text, len, "yesterday")) {
		s->first = midnight(now_ms, zone, text[0] == 'y');
		s->last = s->end = midnight(now_ms, zone, text[0] == 'y' ? 0 : -1) - 1;
		return true;
	}
	if (tryst_epoch_scan(text, len, &s->first)) {
		s->last = s->end = s->first;
		return true;
	}
	if (equals(text, len, "now"))
		offset = 0;
	else if (!offset_parse(text, len, &offset))
		return false;
	s->relative = true;
	s->first = s->last = s->end = now_ms + offset;
	return true;
}

bool
tryst_time_parse_relative(const char *text, size_t len, const struct tryst_zone *zone,
                          int64_t now_ms, int64_t *out_ms)
{
	struct side s;

	if (!side_parse(text, len, zone, now_ms, &s))
		return false;
	*out_ms = s.first;
	return true;
}

/* Cuts text at `at`, with a separator of sep_len characters; either half may be empty, not both. */
static bool
split_parse(const char *text, size_t at, size_t sep_len, const struct tryst_zone *zone,
            int64_t now_ms, struct side *from, struct side *to)
{
	const char *right = text + at + sep_len;
	size_t right_len = strlen(right);

	*from = (struct side){ .first = TRYST_TIME_MIN };
	*to = (struct side){ .end = TRYST_TIME_MAX };
	if (at == 0 && right_len == 0)
		return false;
	if (at > 0 && !side_parse(text, at, zone, now_ms, from))
		return false;
	return right_len == 0 || side_parse(right, right_len, zone, now_ms, to);
}

/* FROM/TO, FROM..TO, and FROM-TO where a side is slashed: a dash is ambiguous anywhere else. */
static bool
window_split(const char *text, const struct tryst_zone *zone, int64_t now_ms, struct side *from,
             struct side *to)
{
	for (size_t i = 0; text[i]; i++) {
		if (text[i] == '.' && text[i + 1] == '.' &&
		    split_parse(text, i, 2, zone, now_ms, from, to))
			return true;
		if (text[i] == '/' && split_parse(text, i, 1, zone, now_ms, from, to))
			return true;
		if (text[i] == '-' && split_parse(text, i, 1, zone, now_ms, from, to) &&
		    (from->slashed || to->slashed))
			return true;
	}
	return false;
}

int
tryst_time_parse_window(const char *text, const struct tryst_zone *zone, int64_t now_ms,
                        int64_t *from_ms, int64_t *to_ms, struct tryst_error *err)
{
	struct side from, to;

	if (side_parse(text, strlen(text), zone, now_ms, &from)) {
		to = from;
		to.end = from.relative ? now_ms : from.last;
	} else if (!window_split(text, zone, now_ms, &from, &to)) {
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "'%s' is no time window: expected FROM/TO, a date, an hour, "
		                       "or a time back from now, such as "
		                       "2026-11-23T09:00/2026-11-23T10:30, 2026-11-23 or -2h",
		                       text);
	}
	if (from.first > to.end)
		return tryst_error_set(err, TRYST_ERR_USAGE,
		                       "the time window '%s' ends before it begins", text);
	*from_ms = from.first;
	*to_ms = to.end;
	return 0;
}
