/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the bytes of records to one column: each loop has one kind of load and one kind of store.
 * The callers have checked that all the records are there.
 */
#include "read/export_impl.h"

#define NTP_TO_UNIX_S 2208988800ULL /* from 1900 to 1970 */
#define NTP_ERA_S 4294967296ULL     /* the seconds of an NTP era */
#define YEAR_MS (366LL * 86400000)
#define UPTIME_RANGE 4294967296LL     /* ms after which a 32-bit uptime begins again */
#define UPTIME_WRAP (45LL * 86400000) /* as far apart, two uptimes are so because of that */
#define UPTIME_ABSOLUTE (1ULL << 40)  /* 34 years are no uptime */

/* Any number of 1 to 8 bytes. */
static inline uint64_t
load_bytes(const uint8_t *p, unsigned len)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < len; i++)
		v = v << 8 | p[i];
	return v;
}

/* out[i] = the value at p of record i, for a load of fixed width. */
#define COLUMN(type, value)                                                                        \
	do {                                                                                       \
		type *to = out;                                                                    \
		for (unsigned i = 0; i < rows; i++, p += stride)                                   \
			to[i] = (type)(value);                                                     \
	} while (0)

/* The loads of one type of column. */
#define LOAD_UINT(name, type)                                                                      \
	static void name(void *out, const uint8_t *p, unsigned len, size_t stride, unsigned rows)  \
	{                                                                                          \
		switch (len) {                                                                     \
		case 1:                                                                            \
			COLUMN(type, p[0]);                                                        \
			break;                                                                     \
		case 2:                                                                            \
			COLUMN(type, tryst_load_be16(p));                                          \
			break;                                                                     \
		case 4:                                                                            \
			COLUMN(type, tryst_load_be32(p));                                          \
			break;                                                                     \
		case 8:                                                                            \
			COLUMN(type, tryst_load_be64(p));                                          \
			break;                                                                     \
		default:                                                                           \
			COLUMN(type, load_bytes(p, len));                                          \
			break;                                                                     \
		}                                                                                  \
	}

LOAD_UINT(load_u8, uint8_t)
LOAD_UINT(load_u16, uint16_t)
LOAD_UINT(load_u32, uint32_t)
LOAD_UINT(load_u64, uint64_t)

/* A number wider than its column keeps its low bits. */
static void
load_uint(unsigned out_size, void *out, const uint8_t *p, unsigned len, size_t stride,
          unsigned rows)
{
	switch (out_size) {
	case 1:
		load_u8(out, p, len, stride, rows);
		break;
	case 2:
		load_u16(out, p, len, stride, rows);
		break;
	case 4:
		load_u32(out, p, len, stride, rows);
		break;
	default:
		load_u64(out, p, len, stride, rows);
		break;
	}
}

static int64_t
far_from(int64_t a, int64_t b)
{
	return a < b ? b - a : a - b;
}

/*
 * NTP's format (RFC 7011, 6.1.9), of the era that is nearest to the export; or, where that is more
 * than a year off and the plain count since 1970 is not, the plain count.
 */
static int64_t
time_fraction(uint64_t v, uint64_t plain_per_ms, int64_t export_ms)
{
	uint64_t seconds = v >> 32, ms = ((v & UINT32_MAX) * 1000) >> 32;
	int64_t ntp, plain = (int64_t)(v / plain_per_ms);

	if (v == 0)
		return 0;
	if (seconds < NTP_TO_UNIX_S)
		seconds += NTP_ERA_S;
	ntp = (int64_t)((seconds - NTP_TO_UNIX_S) * 1000 + ms);
	if (far_from(ntp, export_ms) > YEAR_MS && far_from(plain, export_ms) <= YEAR_MS)
		return plain;
	return ntp;
}

/*
 * An uptime is as far from that of the export as the numbers say, unless that is so far that one
 * of the two must have begun again.  A flow that ends a little after the export is no such case.
 */
static int64_t
time_uptime(uint64_t v, int64_t export_ms, int64_t uptime)
{
	int64_t apart = (int64_t)v - uptime;

	if (apart > UPTIME_WRAP)
		apart -= UPTIME_RANGE;
	else if (apart < -UPTIME_WRAP)
		apart += UPTIME_RANGE;
	return export_ms + apart;
}

/* A 64-bit uptime does not begin again, and exporters put absolute times there as well. */
static int64_t
time_uptime_wide(uint64_t v, int64_t export_ms, int64_t uptime)
{
	return v >= UPTIME_ABSOLUTE ? (int64_t)(v & INT64_MAX) : export_ms + (int64_t)v - uptime;
}

static void
load_uptime(int64_t *to, const uint8_t *p, unsigned len, size_t stride, unsigned rows,
            const struct ex_clock *clock)
{
	if (len == 4 && !clock->boot && clock->has_uptime) {
		for (unsigned i = 0; i < rows; i++, p += stride)
			to[i] = time_uptime(tryst_load_be32(p), clock->export_ms, clock->uptime);
		return;
	}
	for (unsigned i = 0; i < rows; i++, p += stride) {
		uint64_t v = load_bytes(p, len);
		int64_t since = clock->uptime;
		bool known = clock->has_uptime;

		if (clock->boot && clock->boot[i] > 0 && clock->boot[i] < EX_TIME_MAX) {
			since = clock->export_ms - clock->boot[i];
			known = true;
		}
		if (!known && v < UPTIME_ABSOLUTE)
			to[i] = 0;
		else if (len == 8)
			to[i] = time_uptime_wide(v, clock->export_ms, since);
		else
			to[i] = time_uptime(v, clock->export_ms, (uint32_t)since);
	}
}

static void
load_time(int64_t *out, const struct ex_column *c, const uint8_t *p, size_t stride, unsigned rows,
          const struct ex_clock *clock)
{
	/* Four bytes cannot hold any of the finer ones: they are seconds then. */
	switch (c->len == 4 && c->kind <= EX_NSEC ? EX_SEC : c->kind) {
	case EX_SEC:
		if (c->len == 4)
			COLUMN(int64_t, (int64_t)tryst_load_be32(p) * 1000);
		else
			COLUMN(int64_t, (tryst_load_be64(p) & (INT64_MAX >> 10)) * 1000);
		break;
	case EX_MSEC:
		COLUMN(int64_t, tryst_load_be64(p) & INT64_MAX);
		break;
	case EX_USEC:
		COLUMN(int64_t, time_fraction(tryst_load_be64(p), 1000, clock->export_ms));
		break;
	case EX_NSEC:
		COLUMN(int64_t, time_fraction(tryst_load_be64(p), 1000000, clock->export_ms));
		break;
	case EX_DELTA:
		COLUMN(int64_t, clock->export_ms - tryst_load_be32(p) / 1000);
		break;
	default:
		load_uptime(out, p, c->len, stride, rows, clock);
		break;
	}
}

void
tryst_ex_load(const struct ex_column *c, unsigned out_size, void *out, const uint8_t *records,
              size_t stride, unsigned rows, const struct ex_clock *clock)
{
	const uint8_t *p = records + c->at;

	switch (c->kind) {
	case EX_UINT:
		load_uint(out_size, out, p, c->len, stride, rows);
		break;
	case EX_UINT_US:
		COLUMN(int64_t, load_bytes(p, c->len) / 1000);
		break;
	case EX_IP4: {
		struct tryst_ip *to = out;

		for (unsigned i = 0; i < rows; i++, p += stride)
			to[i] = tryst_ip_v4(tryst_load_be32(p));
		break;
	}
	case EX_IP6: {
		struct tryst_ip *to = out;

		for (unsigned i = 0; i < rows; i++, p += stride)
			to[i] = (struct tryst_ip){ tryst_load_be64(p), tryst_load_be64(p + 8) };
		break;
	}
	default:
		load_time(out, c, p, stride, rows, clock);
		break;
	}
}

uint64_t
tryst_ex_number(const struct ex_column *c, const uint8_t *record)
{
	return load_bytes(record + c->at, TRYST_MIN(c->len, 8));
}

int64_t
tryst_ex_time(const struct ex_column *c, const uint8_t *record, const struct ex_clock *clock)
{
	int64_t t;

	load_time(&t, c, record + c->at, 0, 1, clock);
	return t;
}
