/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/slice.h"

#include <ctype.h>
#include <strings.h>

#include "base/time.h"

bool
tryst_slice_like(struct tryst_slice t, const char *word)
{
	return t.len == strlen(word) && strncasecmp(t.data, word, t.len) == 0;
}

bool
tryst_slice_begins(struct tryst_slice t, const char *word)
{
	size_t n = strlen(word);

	return t.len >= n && strncasecmp(t.data, word, n) == 0;
}

/* The first of the set is compared before the call: most ends are of none. */
static bool
is_in(char c, const char *set)
{
	return c && (c == *set || strchr(set, c));
}

struct tryst_slice
tryst_slice_trim(struct tryst_slice t, const char *set)
{
	while (t.len && is_in(t.data[0], set))
		t = tryst_slice_from(t, 1);
	while (t.len && is_in(t.data[t.len - 1], set))
		t.len--;
	return t;
}

struct tryst_slice
tryst_slice_word(struct tryst_slice *t)
{
	struct tryst_slice word;
	size_t n = 0;

	while (t->len && isspace((unsigned char)t->data[0]))
		*t = tryst_slice_from(*t, 1);
	while (n < t->len && !isspace((unsigned char)t->data[n]))
		n++;
	word = (struct tryst_slice){ t->data, n };
	*t = tryst_slice_from(*t, n);
	return word;
}

struct tryst_slice
tryst_slice_cut(struct tryst_slice *t, char c)
{
	const char *at = t->len ? memchr(t->data, c, t->len) : NULL;
	struct tryst_slice piece = { t->data, at ? (size_t)(at - t->data) : t->len };

	*t = tryst_slice_from(*t, piece.len + (at != NULL));
	return piece;
}

bool
tryst_slice_number(struct tryst_slice t, uint64_t max, uint64_t *out)
{
	uint64_t v = 0;

	if (!t.len || t.len > 19)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		if (t.data[i] < '0' || t.data[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(t.data[i] - '0');
	}
	*out = v;
	return v <= max;
}

static unsigned
month_number(struct tryst_slice t)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	for (unsigned m = 0; t.len == 3 && m < 12; m++) {
		if (strncasecmp(t.data, names + (size_t)3 * m, 3) == 0)
			return m + 1;
	}
	return 0;
}

/* `15:33:38` to seconds. */
static bool
clock_read(struct tryst_slice t, uint32_t *out)
{
	uint64_t part[3];

	for (unsigned i = 0; i < 3; i++) {
		if (!tryst_slice_number(tryst_slice_cut(&t, ':'), i ? 59 : 23, &part[i]))
			return false;
	}
	*out = (uint32_t)(part[0] * 3600 + part[1] * 60 + part[2]);
	return !t.len;
}

/* The dates of ctime, date and mail: a month's name, two numbers, a clock, UTC or GMT. */
static bool
named_time(struct tryst_slice t, int64_t *out_ms)
{
	uint64_t n, day = 0, year = 0;
	unsigned month = 0;
	uint32_t second = 0;
	bool clock = false;

	for (struct tryst_slice w = tryst_slice_word(&t); w.len; w = tryst_slice_word(&t)) {
		w = tryst_slice_trim(w, ",");
		if (tryst_slice_number(w, 9999, &n) && w.len <= 2 && n >= 1 && n <= 31)
			day = n;
		else if (w.len == 4 && tryst_slice_number(w, 9999, &n) && n >= 1970)
			year = n;
		else if (memchr(w.data, ':', w.len) && !clock)
			clock = clock_read(w, &second);
		else if (month_number(w))
			month = month_number(w);
		else if (!tryst_slice_like(w, "UTC") && !tryst_slice_like(w, "GMT") &&
		         !tryst_slice_is(w, "+0000") && w.len != 3)
			return false;
	}
	if (!day || !month || !year || !clock)
		return false;
	*out_ms = tryst_time_civil((int)year, month, (unsigned)day, 0, 0, 0) + second * 1000LL;
	return true;
}

bool
tryst_slice_time(struct tryst_slice t, int64_t *out_ms)
{
	static const struct tryst_zone utc = { .kind = TRYST_ZONE_UTC };
	struct tryst_slice bare;

	t = tryst_slice_trim(t, " \t\"");
	if (!t.len)
		return false;
	if (tryst_time_parse(t.data, t.len, &utc, out_ms))
		return true;
	bare = t;
	if (bare.len > 4 && bare.data[bare.len - 4] == ' ')
		bare.len -= 4;
	if ((tryst_slice_is(tryst_slice_from(t, bare.len), " UTC") ||
	     tryst_slice_is(tryst_slice_from(t, bare.len), " GMT")) &&
	    tryst_time_parse(bare.data, bare.len, &utc, out_ms))
		return true;
	return named_time(t, out_ms);
}

bool
tryst_slice_line(struct tryst_slice_lines *l, struct tryst_slice *out)
{
	const char *data, *lf, *cr;
	size_t left, n;

	if (l->at >= l->len)
		return false;
	data = l->data + l->at;
	left = l->len - l->at;
	lf = memchr(data, '\n', left);
	n = lf ? (size_t)(lf - data) : left;
	cr = memchr(data, '\r', n);
	n = cr ? (size_t)(cr - data) : n;
	*out = (struct tryst_slice){ data, n };
	l->at += n;
	if (l->at + 1 < l->len && data[n] == '\r' && data[n + 1] == '\n')
		l->at++;
	l->at++;
	l->line++;
	return true;
}
