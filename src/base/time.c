/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times as logs write them, and back to text.
 *
 * Reading goes in two steps: scan() takes the text apart into a wall clock with what zone it named,
 * resolve() makes it an instant.  Only the LOCAL zone asks the C library.  RFC 3339; the civil
 * calendar by counting days in eras of 400 years that begin on 1 March.
 */
#include "base/time.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/time_scan.h"

#define DAY_S 86400
#define EPOCH_SECONDS_DIGITS 10
#define EPOCH_MS_DIGITS 13

static int64_t
days_from_civil(int year, unsigned month, unsigned day)
{
	int64_t y = (int64_t)year - (month <= 2);
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	unsigned yoe = (unsigned)(y - era * 400);
	unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

	return era * 146097 + (int64_t)doe - 719468;
}

static void
civil_from_days(int64_t days, int *year, unsigned *month, unsigned *day)
{
	int64_t z = days + 719468;
	int64_t era = (z >= 0 ? z : z - 146096) / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	unsigned mp = (5 * doy + 2) / 153;

	*day = doy - (153 * mp + 2) / 5 + 1;
	*month = mp < 10 ? mp + 3 : mp - 9;
	*year = (int)((int64_t)yoe + era * 400 + (*month <= 2));
}

int64_t
tryst_time_civil(int year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                 unsigned second)
{
	return (days_from_civil(year, month, day) * DAY_S + hour * 3600 + minute * 60 + second) *
	       1000;
}

/* Takes exactly n digits off the front. */
static bool
take_digits(const char **p, const char *end, unsigned n, unsigned *out)
{
	unsigned v = 0;

	if ((size_t)(end - *p) < n)
		return false;
	for (unsigned i = 0; i < n; i++) {
		unsigned d = (unsigned char)(*p)[i] - '0';

		if (d > 9)
			return false;
		v = v * 10 + d;
	}
	*p += n;
	*out = v;
	return true;
}

static bool
take_char(const char **p, const char *end, char c)
{
	if (*p == end || **p != c)
		return false;
	++*p;
	return true;
}

/* `.` and 0 to 9 digits, kept to the millisecond. */
static bool
take_fraction(const char **p, const char *end, unsigned *ms)
{
	static const unsigned weight[3] = { 100, 10, 1 };
	unsigned digits = 0, v = 0;

	for (; *p < end && **p >= '0' && **p <= '9'; ++*p, digits++) {
		if (digits < 3)
			v += weight[digits] * (unsigned)(**p - '0');
	}
	*ms = v;
	return digits <= 9;
}

static bool
month_has_day(unsigned year, unsigned month, unsigned day)
{
	static const uint8_t days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	if (month < 1 || month > 12)
		return false;
	return day >= 1 && day <= days[month - 1] + (unsigned)(month == 2 && leap);
}

/* `YYYY-MM-DD`, `YYYY/MM/DD`, and the month alone. */
static bool
take_date(const char **p, const char *end, struct tryst_wall *w)
{
	char sep;

	if (!take_digits(p, end, 4, &w->year) || *p == end)
		return false;
	sep = **p;
	if (sep != '-' && sep != '/')
		return false;
	++*p;
	w->slashed = sep == '/';
	if (!take_digits(p, end, 2, &w->month))
		return false;
	w->precision = TRYST_MONTH;
	w->day = 1;
	if (take_char(p, end, sep)) {
		w->precision = TRYST_DAY;
		if (!take_digits(p, end, 2, &w->day))
			return false;
	}
	return month_has_day(w->year, w->month, w->day);
}

/* `hh`, `hh:mm`, `hh:mm:ss`, `hh:mm:ss.fff`; a leap second is the second after. */
static bool
take_clock(const char **p, const char *end, struct tryst_wall *w)
{
	if (!take_digits(p, end, 2, &w->hour) || w->hour > 23)
		return false;
	w->precision = TRYST_HOUR;
	if (!take_char(p, end, ':'))
		return true;
	if (!take_digits(p, end, 2, &w->minute) || w->minute > 59)
		return false;
	w->precision = TRYST_MINUTE;
	if (!take_char(p, end, ':'))
		return true;
	if (!take_digits(p, end, 2, &w->second) || w->second > 60)
		return false;
	w->precision = TRYST_SECOND;
	if (take_char(p, end, '.') || take_char(p, end, ',')) {
		w->precision = TRYST_MS;
		return take_fraction(p, end, &w->ms);
	}
	return true;
}

bool
tryst_offset_scan(const char *text, size_t len, int32_t *offset_s)
{
	const char *p = text + 1, *end = text + len;
	unsigned hours, minutes = 0;

	if (len == 0 || (*text != '+' && *text != '-') || !take_digits(&p, end, 2, &hours))
		return false;
	if (p < end) {
		(void)take_char(&p, end, ':');
		if (!take_digits(&p, end, 2, &minutes))
			return false;
	}
	if (p != end || hours > 23 || minutes > 59)
		return false;
	*offset_s = (int32_t)(hours * 3600 + minutes * 60) * (*text == '-' ? -1 : 1);
	return true;
}

/* `Z`, `UTC` or an offset, to the end of the text. */
static bool
take_zone(const char *p, const char *end, struct tryst_wall *w)
{
	(void)take_char(&p, end, ' ');
	w->zone.kind = TRYST_ZONE_UTC;
	if ((end - p == 1 && (*p == 'Z' || *p == 'z')) || (end - p == 3 && !memcmp(p, "UTC", 3)))
		return true;
	w->zone.kind = TRYST_ZONE_FIXED;
	return tryst_offset_scan(p, (size_t)(end - p), &w->zone.offset_s);
}

bool
tryst_wall_scan(const char *text, size_t len, const struct tryst_zone *zone, struct tryst_wall *w)
{
	const char *p = text, *end = text + len;

	*w = (struct tryst_wall){ .zone = *zone };
	if (!take_date(&p, end, w))
		return false;
	if (p == end)
		return true;
	if (w->precision != TRYST_DAY)
		return false;
	if (!take_char(&p, end, 'T') && !take_char(&p, end, ' ') && !take_char(&p, end, 't') &&
	    !(w->slashed && take_char(&p, end, '.')))
		return false;
	if (!take_clock(&p, end, w))
		return false;
	return p == end || (w->precision >= TRYST_MINUTE && take_zone(p, end, w));
}

static int64_t
local_offset(int64_t utc_s)
{
	time_t t = (time_t)utc_s;
	struct tm tm;

	return localtime_r(&t, &tm) ? tm.tm_gmtoff : 0;
}

int32_t
tryst_zone_offset_s(const struct tryst_zone *zone, int64_t ms)
{
	switch (zone->kind) {
	case TRYST_ZONE_FIXED:
		return zone->offset_s;
	case TRYST_ZONE_LOCAL:
		return (int32_t)local_offset(ms / 1000);
	default:
		return 0;
	}
}

/*
 * The offset of a wall time in LOCAL.  Not mktime: which of two repeated hours it picks depends on
 * what it was asked before.  The offsets of the days around are the only candidates; the larger one
 * is the earlier instant.  A time that a clock change skips is read with the offset before the
 * change.
 */
static int64_t
wall_offset(int64_t wall_s)
{
	int64_t before = local_offset(wall_s - DAY_S), after = local_offset(wall_s + DAY_S);
	int64_t high = TRYST_MAX(before, after), low = TRYST_MIN(before, after);

	if (high == low || local_offset(wall_s - high) == high)
		return high;
	return local_offset(wall_s - low) == low ? low : before;
}

int64_t
tryst_wall_ms(const struct tryst_wall *w)
{
	int64_t ms =
		tryst_time_civil((int)w->year, w->month, w->day, w->hour, w->minute, w->second) +
		w->ms;

	switch (w->zone.kind) {
	case TRYST_ZONE_FIXED:
		return ms - (int64_t)w->zone.offset_s * 1000;
	case TRYST_ZONE_LOCAL:
		return ms - wall_offset((ms - w->ms) / 1000) * 1000;
	default:
		return ms;
	}
}

bool
tryst_epoch_scan(const char *text, size_t len, int64_t *out_ms)
{
	const char *p = text, *end = text + len;
	unsigned ms = 0;
	int64_t v = 0;

	for (; p < end && p - text <= EPOCH_MS_DIGITS && *p >= '0' && *p <= '9'; p++)
		v = v * 10 + (*p - '0');
	if (p - text == EPOCH_MS_DIGITS && p == end) {
		*out_ms = v;
		return true;
	}
	if (p - text != EPOCH_SECONDS_DIGITS)
		return false;
	if (take_char(&p, end, '.') && !take_fraction(&p, end, &ms))
		return false;
	if (p != end)
		return false;
	*out_ms = v * 1000 + ms;
	return true;
}

bool
tryst_time_parse(const char *text, size_t len, const struct tryst_zone *zone, int64_t *out_ms)
{
	struct tryst_wall w;

	if (tryst_wall_scan(text, len, zone, &w)) {
		*out_ms = tryst_wall_ms(&w);
		return true;
	}
	return tryst_epoch_scan(text, len, out_ms);
}

struct civil {
	int year;
	unsigned month, day, hour, minute, second, ms;
};

static struct civil
civil_from_ms(int64_t ms)
{
	struct civil c;
	int64_t days = ms / (DAY_S * 1000LL);
	int64_t left = ms % (DAY_S * 1000LL);

	if (left < 0) {
		left += DAY_S * 1000LL;
		days--;
	}
	civil_from_days(days, &c.year, &c.month, &c.day);
	c.ms = (unsigned)(left % 1000);
	left /= 1000;
	c.second = (unsigned)(left % 60);
	c.minute = (unsigned)(left / 60 % 60);
	c.hour = (unsigned)(left / 3600);
	return c;
}

/* Years 0 to 9999. */
static bool
printable(int64_t ms)
{
	return ms >= -62167219200000LL && ms <= TRYST_TIME_DATE_MAX;
}

static void
put_digits(char *out, unsigned v, unsigned n)
{
	while (n-- > 0) {
		out[n] = (char)('0' + v % 10);
		v /= 10;
	}
}

/* `YYYY-MM-DD?hh:mm:ss`, 19 characters. */
static void
put_civil(char *out, const struct civil *c, char sep)
{
	put_digits(out, (unsigned)c->year, 4);
	out[4] = '-';
	put_digits(out + 5, c->month, 2);
	out[7] = '-';
	put_digits(out + 8, c->day, 2);
	out[10] = sep;
	put_digits(out + 11, c->hour, 2);
	out[13] = ':';
	put_digits(out + 14, c->minute, 2);
	out[16] = ':';
	put_digits(out + 17, c->second, 2);
}

static size_t
format_epoch(int64_t ms, char out[TRYST_TIME_TEXT_MAX])
{
	return (size_t)snprintf(out, TRYST_TIME_TEXT_MAX, "%lld", (long long)ms);
}

size_t
tryst_time_format(int64_t ms, char out[TRYST_TIME_TEXT_MAX])
{
	struct civil c;

	if (!printable(ms))
		return format_epoch(ms, out);
	c = civil_from_ms(ms);
	put_civil(out, &c, 'T');
	out[19] = '.';
	put_digits(out + 20, c.ms, 3);
	out[23] = 'Z';
	out[24] = '\0';
	return 24;
}

size_t
tryst_time_format_short(int64_t ms, char out[TRYST_TIME_TEXT_MAX])
{
	struct civil c;

	if (!printable(ms))
		return format_epoch(ms, out);
	c = civil_from_ms(ms);
	put_civil(out, &c, ' ');
	out[19] = '\0';
	return 19;
}
