/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Single values of text tables.  The common shapes are read here in a few cycles; what is left goes
 * to the room base.
 */
#include "read/text.h"

#include <string.h>
#include <strings.h>

#define DECIMAL_DIGITS_SAFE 19   /* never overflow 64 bits */
#define EPOCH_DIGITS 12          /* more than TRYST_TIME_DATE_MAX has */
#define SECONDS_MAX 4294967296LL /* 136 years */

static inline bool
is_digit(char c)
{
	return (unsigned char)(c - '0') <= 9;
}

bool
tryst_text_number(struct tryst_text_cell c, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < c.len && i < DECIMAL_DIGITS_SAFE && is_digit(c.text[i]); i++)
		v = v * 10 + (uint64_t)(c.text[i] - '0');
	if (i == 0)
		return false;
	if (i == DECIMAL_DIGITS_SAFE && i < c.len && is_digit(c.text[i])) {
		uint64_t d = (uint64_t)(c.text[i++] - '0');

		if (v > (UINT64_MAX - d) / 10)
			return false;
		v = v * 10 + d;
	}
	/* What passed through floating point on its way: `80.0`. */
	if (i < c.len && c.text[i] == '.') {
		for (i++; i < c.len && c.text[i] == '0';)
			i++;
	}
	if (i != c.len || v > max)
		return false;
	*out = v;
	return true;
}

bool
tryst_text_ip(struct tryst_text_cell c, struct tryst_ip *out)
{
	uint32_t ip = 0;
	size_t i = 0;

	for (unsigned octet = 0; octet < 4; octet++) {
		size_t begin = i;
		uint32_t v = 0;

		for (; i < c.len && i - begin < 3 && is_digit(c.text[i]); i++)
			v = v * 10 + (uint32_t)(c.text[i] - '0');
		if (i == begin || v > 255 || (octet < 3 && (i == c.len || c.text[i++] != '.')))
			return tryst_ip_parse(c.text, c.len, out);
		ip = ip << 8 | v;
	}
	if (i != c.len)
		return tryst_ip_parse(c.text, c.len, out);
	*out = tryst_ip_v4(ip);
	return true;
}

/* Seconds, fraction and zone behind the minute; false unless all is as in the clock. */
static bool
clock_read(struct tryst_text_cell c, const struct tryst_text_clock *clock, int64_t *out_ms)
{
	const char *p = c.text + sizeof(clock->minute), *end = c.text + c.len;
	unsigned second, ms = 0, weight = 100;

	if (c.len < sizeof(clock->minute) + 2 || !clock->valid ||
	    memcmp(c.text, clock->minute, sizeof(clock->minute)) != 0)
		return false;
	if (!is_digit(p[0]) || !is_digit(p[1]))
		return false;
	second = (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
	p += 2;
	if (p < end && *p == '.') {
		for (p++; p < end && is_digit(*p); p++, weight /= 10)
			ms += weight * (unsigned)(*p - '0');
	}
	if (second > 59 || (size_t)(end - p) != clock->zone_len ||
	    memcmp(p, clock->zone, clock->zone_len) != 0)
		return false;
	*out_ms = clock->minute_ms + second * 1000 + ms;
	return true;
}

/* Keeps a time that was read the long way, if it has the shape that clock_read knows. */
static void
clock_keep(struct tryst_text_cell c, int64_t ms, struct tryst_text_clock *clock)
{
	const char *p = c.text + sizeof(clock->minute), *end = c.text + c.len;
	int64_t second, fraction = ms % 1000;

	clock->valid = false;
	if (c.len < sizeof(clock->minute) + 2 || c.text[13] != ':' || c.text[16] != ':')
		return;
	second = (p[0] - '0') * 10 + (p[1] - '0');
	p += 2;
	if (p < end && *p == '.') {
		for (p++; p < end && is_digit(*p);)
			p++;
	}
	if ((size_t)(end - p) > sizeof(clock->zone) || second > 59)
		return;
	clock->minute_ms = ms - second * 1000 - (fraction < 0 ? fraction + 1000 : fraction);
	memcpy(clock->minute, c.text, sizeof(clock->minute));
	memcpy(clock->zone, p, (size_t)(end - p));
	clock->zone_len = (uint8_t)(end - p);
	clock->zone_word = 0;
	for (size_t i = clock->zone_len; i > 0; i--)
		clock->zone_word = clock->zone_word << 8 | (uint8_t)p[i - 1];
	clock->valid = true;
}

bool
tryst_text_time(struct tryst_text_cell c, const struct tryst_zone *zone,
                struct tryst_text_clock *clock, int64_t *out_ms)
{
	if (TRYST_LIKELY(clock_read(c, clock, out_ms)))
		return true;
	if (!tryst_time_parse(c.text, c.len, zone, out_ms))
		return false;
	clock_keep(c, *out_ms, clock);
	return true;
}

bool
tryst_text_epoch(struct tryst_text_cell c, int64_t *out_ms)
{
	static const uint8_t weight[] = { 100, 10, 1 };
	int64_t v = 0, ms = 0;
	size_t i = 0, digits = 0;

	for (; i < c.len && i < EPOCH_DIGITS && is_digit(c.text[i]); i++)
		v = v * 10 + (c.text[i] - '0');
	if (i == 0)
		return false;
	if (i < c.len && c.text[i] == '.') {
		for (i++; i < c.len && is_digit(c.text[i]); i++, digits++)
			ms += digits < 3 ? weight[digits] * (c.text[i] - '0') : 0;
	}
	if (i != c.len || v > TRYST_TIME_DATE_MAX / 1000)
		return false;
	*out_ms = v * 1000 + ms;
	return true;
}

/*
 * Seconds, kept to the millisecond.  What is negative or absurd (older nfdump shows a negative
 * duration as an unsigned number) is well formed but says nothing: INT64_MAX.
 */
bool
tryst_text_seconds(struct tryst_text_cell c, int64_t *out_ms)
{
	static const int64_t weight[3] = { 100, 10, 1 };
	size_t i = c.len > 0 && c.text[0] == '-', digits = 0, begin = i;
	int64_t v = 0, ms = 0;

	for (; i < c.len && is_digit(c.text[i]); i++)
		v = v > SECONDS_MAX ? v : v * 10 + (c.text[i] - '0');
	if (i == begin)
		return false;
	if (i < c.len && c.text[i] == '.') {
		for (i++; i < c.len && is_digit(c.text[i]); i++, digits++)
			ms += digits < 3 ? weight[digits] * (c.text[i] - '0') : 0;
	}
	if (i != c.len)
		return false;
	*out_ms = begin > 0 || v > SECONDS_MAX ? INT64_MAX : v * 1000 + ms;
	return true;
}

static int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* `0x1b`, a decimal number, or letters among dots (`...AP.SF`). */
bool
tryst_text_flags(struct tryst_text_cell c, uint64_t *out)
{
	/* One more than the bit; 0: no such letter. */
	static const uint16_t letters[UINT8_MAX + 1] = {
		['F'] = 1 + 1,  ['S'] = 1 + 2,  ['R'] = 1 + 4,   ['P'] = 1 + 8, ['A'] = 1 + 16,
		['U'] = 1 + 32, ['E'] = 1 + 64, ['C'] = 1 + 128, ['.'] = 1,     [' '] = 1,
	};
	uint64_t v = 0;

	if (c.len > 2 && c.text[0] == '0' && (c.text[1] | 0x20) == 'x') {
		for (size_t i = 2; i < c.len; i++) {
			int d = hex_digit(c.text[i]);

			if (d < 0 || v > 0xf)
				return false;
			v = v << 4 | (uint64_t)d;
		}
		*out = v;
		return true;
	}
	if (c.len > 0 && is_digit(c.text[0]))
		return tryst_text_number(c, UINT8_MAX, out);
	if (c.len == 0 || c.len > 8)
		return false;
	for (size_t i = 0; i < c.len; i++) {
		uint16_t bit = letters[(uint8_t)c.text[i]];

		if (!bit)
			return false;
		v |= bit - 1u;
	}
	*out = v;
	return true;
}

bool
tryst_text_missing(struct tryst_text_cell c)
{
	static const char *const words[] = { "none", "nan", "null" };

	if (c.len <= 1)
		return c.len == 0 || c.text[0] == '-';
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(words); i++) {
		if (strlen(words[i]) == c.len && strncasecmp(c.text, words[i], c.len) == 0)
			return true;
	}
	return false;
}

bool
tryst_text_is_one_of(struct tryst_text_cell c, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(words[i]) == c.len && memcmp(words[i], c.text, c.len) == 0)
			return true;
	}
	return false;
}
