/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/put.h"

#include <stdio.h>

#define TEN(t) #t "0" #t "1" #t "2" #t "3" #t "4" #t "5" #t "6" #t "7" #t "8" #t "9"

const char tryst_put_pairs[] =
	TEN(0) TEN(1) TEN(2) TEN(3) TEN(4) TEN(5) TEN(6) TEN(7) TEN(8) TEN(9);

/* The last day of the year 9999, the last one that tryst_time_format writes as a date. */
#define DAY_MIN (-719528)
#define DAY_MAX 2932896

/* Year, month and day of a day since 1970 (H. Hinnant, "chrono-compatible low-level date
 * algorithms"). */
static void
write_date(char *p, int32_t day)
{
	uint32_t z = (uint32_t)(day + 719468 + 146097); /* one era more keeps it positive */
	uint32_t era = z / 146097;
	uint32_t doe = z - era * 146097;
	uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	uint32_t mp = (5 * doy + 2) / 153;
	uint32_t month = mp < 10 ? mp + 3 : mp - 9;
	uint32_t year = yoe + (era - 1) * 400 + (month <= 2);

	p = put_two(p, year / 100);
	p = put_two(p, year % 100);
	*p++ = '-';
	p = put_two(p, month);
	*p++ = '-';
	(void)put_two(p, doy - (153 * mp + 2) / 5 + 1);
}

/* The date is most of the work and hardly ever another one than the last time. */
static char *
put_date(char *p, int32_t day)
{
	static _Thread_local char text[] = "1970-01-01";
	static _Thread_local int32_t last = 0;

	if (day != last) {
		write_date(text, day);
		last = day;
	}
	memcpy(p, text, sizeof(text) - 1);
	return p + sizeof(text) - 1;
}

char *
tryst_put_time(char *p, int64_t ms, char between, bool zone)
{
	int64_t day = ms / MS_PER_DAY - (ms % MS_PER_DAY < 0);
	uint32_t rest = (uint32_t)(ms - day * MS_PER_DAY);
	char text[TRYST_TIME_TEXT_MAX];
	size_t len;

	if (day < DAY_MIN || day > DAY_MAX) {
		len = tryst_time_format(ms, text);
		memcpy(p, text, len);
		return p + len;
	}
	p = put_date(p, (int32_t)day);
	*p++ = between;
	p = put_two(p, rest / 3600000);
	*p++ = ':';
	p = put_two(p, rest / 60000 % 60);
	*p++ = ':';
	p = put_two(p, rest / 1000 % 60);
	*p++ = '.';
	*p++ = (char)('0' + rest / 100 % 10);
	p = put_two(p, rest % 100);
	if (zone)
		*p++ = 'Z';
	return p;
}

char *
tryst_put_seconds(char *p, uint64_t ms)
{
	p = put_u64(p, ms / 1000);
	*p++ = '.';
	*p++ = (char)('0' + ms / 100 % 10);
	return put_two(p, ms % 100);
}

char *
tryst_put_flags(char *p, uint8_t flags)
{
	static const char letters[8] = "CEUAPRSF";

	for (unsigned i = 0; i < 8; i++)
		*p++ = flags & (0x80u >> i) ? letters[i] : '.';
	return p;
}

static char *
scaled(char *p, double v, const char *one)
{
	static const char units[] = "kMGTPE";
	const char *unit = NULL;
	int n;

	for (const char *next = units; v >= 999.5 && *next; next++) {
		v /= 1000;
		unit = next;
	}
	if (!unit)
		n = snprintf(p, PUT_MAX, v < 10 && v != (int)v ? "%.1f%s" : "%.0f%s", v, one);
	else
		n = snprintf(p, PUT_MAX, "%.*f %c%s",
		             v < 9.995   ? 2
		             : v < 99.95 ? 1
		                         : 0,
		             v, *unit, one[0] ? one + 1 : "");
	return p + n;
}

char *
tryst_put_scaled(char *p, double v)
{
	return scaled(p, v, "");
}

char *
tryst_put_bytes(char *p, double v)
{
	return scaled(p, v, " B");
}
