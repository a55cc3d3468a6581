/* SPDX-License-Identifier: Apache-2.0 */
#include "watch/form.h"

#include <string.h>

/* What is left of the text; a reader moves it only past what it accepted. */
struct scan {
	const char *pos;
	const char *end;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_letter(char c)
{
	return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

static bool
is_hex(char c)
{
	return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

static bool
is_one_of(char c, const char *set)
{
	return c && strchr(set, c);
}

static bool
is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The character at offset i, or a blank beyond the end. */
static char
peek(const struct scan *s, size_t i)
{
	return (size_t)(s->end - s->pos) > i ? s->pos[i] : ' ';
}

static void
skip_blanks(struct scan *s)
{
	while (s->pos < s->end && is_blank(*s->pos))
		s->pos++;
}

/* Up to the end of a word or URL as people quote it. */
static void
skip_word(struct scan *s)
{
	while (s->pos < s->end && !is_blank(*s->pos) && !is_one_of(*s->pos, "\"<>"))
		s->pos++;
}

/* Up to max decimal digits, at least one. */
static bool
number_read(struct scan *s, size_t max, uint32_t *out)
{
	struct scan at = *s;
	uint32_t v = 0;

	while (at.pos < at.end && is_digit(*at.pos) && (size_t)(at.pos - s->pos) < max)
		v = v * 10 + (uint32_t)(*at.pos++ - '0');
	if (at.pos == s->pos || is_digit(peek(&at, 0)))
		return false;
	*s = at;
	*out = v;
	return true;
}

/* Both families, as long as they go; a full stop or colon that ends a sentence is not taken. */
static bool
address_read(struct scan *s, struct tryst_ip *ip, bool *zone)
{
	const char *end = s->pos;

	while (end < s->end && (is_digit(*end) || *end == '.'))
		end++;
	if (end > s->pos && end[-1] == '.')
		end--;
	if (tryst_ip_parse(s->pos, (size_t)(end - s->pos), ip)) {
		s->pos = end;
		return true;
	}
	for (end = s->pos; end < s->end && (is_hex(*end) || *end == '.' || *end == ':');)
		end++;
	if (end - s->pos >= 3 && (end[-1] == '.' || (end[-1] == ':' && end[-2] != ':')))
		end--;
	if (!tryst_ip_parse(s->pos, (size_t)(end - s->pos), ip))
		return false;
	s->pos = end;
	if (peek(s, 0) != '%')
		return true;
	for (end++; end < s->end && (is_digit(*end) || is_letter(*end) || *end == '_');)
		end++;
	*zone = end > s->pos + 1;
	s->pos = *zone ? end : s->pos;
	return true;
}

/* `1.2.3.*`, `1.2.*.*`, `1.2.*`: numbers, then only stars. */
static bool
wildcard_read(struct scan *s, struct tryst_ip_range *range)
{
	struct scan at = *s;
	uint32_t first = 0, octet;
	unsigned numbers = 0, stars = 0;

	do {
		if (peek(&at, 0) == '*') {
			at.pos++;
			stars++;
		} else if (!stars && number_read(&at, 3, &octet) && octet < 256) {
			first |= octet << (24 - 8 * numbers++);
		} else {
			return false;
		}
	} while (numbers + stars < 4 && peek(&at, 0) == '.' && at.pos++);
	if (!numbers || !stars)
		return false;
	range->first = tryst_ip_v4(first);
	range->last = tryst_ip_v4(first | UINT32_MAX >> (8 * numbers));
	*s = at;
	return true;
}

static const char bad_port[] = "the port is not in 1..65535";
static const char bad_length[] = "the prefix length or netmask is not valid";
static const char bad_range_end[] = "what follows the dash is neither an address nor a last octet";
static const char bad_range_family[] = "the range begins and ends in different address families";
static const char bad_range_order[] = "the range ends before it begins";
static const char bad_url_host[] = "the host of the URL is a name, not an address";
static const char bad_end[] = "other text directly behind the address";

/* A colon or bar and a port. */
static bool
port_read(struct scan *s, uint16_t *port)
{
	struct scan at = { s->pos + 1, s->end };
	uint32_t v;

	if (!number_read(&at, 5, &v) || v == 0 || v > 65535)
		return false;
	*port = (uint16_t)v;
	*s = at;
	return true;
}

/* The optional parts behind an address.  They return what is wrong, or NULL. */

static const char *
colon_port_read(struct scan *s, struct tryst_form *f)
{
	if (peek(s, 0) != ':' || !is_digit(peek(s, 1)))
		return NULL;
	return port_read(s, &f->port) ? NULL : bad_port;
}

/* `ip|port` as MISP writes it; with more behind it, it is the next field of some table. */
static const char *
bar_port_read(struct scan *s, struct tryst_form *f)
{
	struct scan at = *s;
	uint16_t port;

	if (is_digit(peek(s, 1)) && port_read(&at, &port) && is_blank(peek(&at, 0))) {
		f->port = port;
		*s = at;
	}
	return NULL;
}

/* `/24` or `/255.255.255.0`; start is where the address began. */
static const char *
length_read(struct scan *s, const char *start, struct tryst_form *f)
{
	struct tryst_prefix prefix;
	const char *end = s->pos + 1;

	while (end < s->end && (is_digit(*end) || *end == '.'))
		end++;
	if (end[-1] == '.')
		end--;
	if (!tryst_prefix_parse(start, (size_t)(end - start), &prefix, &f->masked))
		return bad_length;
	f->range = tryst_prefix_range(prefix);
	s->pos = end;
	return NULL;
}

static const char *
range_set(struct tryst_form *f, struct tryst_ip last)
{
	if (tryst_ip_is_v4(f->range.first) != tryst_ip_is_v4(last))
		return bad_range_family;
	if (tryst_ip_compare(f->range.first, last) > 0)
		return bad_range_order;
	f->range.last = last;
	return NULL;
}

/* `-addr` and `-9`, the dash right behind the first address. */
static const char *
range_read(struct scan *s, struct tryst_form *f)
{
	struct scan at = { s->pos + 1, s->end };
	struct tryst_ip last;
	uint32_t octet;

	if (!address_read(&at, &last, &f->zone)) {
		if (!tryst_ip_is_v4(f->range.first) || !number_read(&at, 3, &octet) || octet > 255)
			return bad_range_end;
		last = tryst_ip_v4(((uint32_t)f->range.first.lo & 0xffffff00) | octet);
	}
	*s = at;
	return range_set(f, last);
}

/* ` - addr` and ` 255.255.255.0`; anything else behind a blank is a label and left alone. */
static const char *
spaced_read(struct scan *s, struct tryst_form *f)
{
	struct tryst_ip ip, mask = { UINT64_MAX, UINT64_MAX };
	struct scan at = *s;
	bool dash;

	skip_blanks(&at);
	dash = peek(&at, 0) == '-';
	at.pos += dash;
	skip_blanks(&at);
	if (!address_read(&at, &ip, &f->zone))
		return NULL;
	if (dash) {
		*s = at;
		return range_set(f, ip);
	}
	mask.lo = UINT64_MAX << 32 | ip.lo;
	if (!tryst_ip_is_v4(f->range.first) || !tryst_ip_is_v4(ip) ||
	    (uint32_t)ip.lo < 0xff000000 || (~mask.lo & (~mask.lo + 1)))
		return NULL;
	f->masked = (f->range.first.lo & ~mask.lo) != 0;
	f->range.last.lo |= ~mask.lo;
	f->range.first.lo &= mask.lo;
	*s = at;
	return NULL;
}

static const char *
tail_read(struct scan *s, const char *start, struct tryst_form *f)
{
	switch (peek(s, 0)) {
	case ':':
		return colon_port_read(s, f);
	case '|':
		return bar_port_read(s, f);
	case '/':
		return is_digit(peek(s, 1)) ? length_read(s, start, f) : NULL;
	case '-':
		return range_read(s, f);
	default:
		return is_blank(peek(s, 0)) ? spaced_read(s, f) : NULL;
	}
}

/*
 * The three beginnings of an indicator.  True: there is one, and *why says what is wrong with it,
 * if anything is.
 */

/* addr, with a tail; `addr/path` is a URL without its scheme. */
static bool
plain_read(struct scan *s, struct tryst_form *f, const char **why)
{
	const char *start = s->pos;

	if (!address_read(s, &f->range.first, &f->zone))
		return wildcard_read(s, &f->range);
	f->range.last = f->range.first;
	*why = tail_read(s, start, f);
	if (!*why && peek(s, 0) == '/' && !is_blank(peek(s, 1)) && !is_digit(peek(s, 1)))
		skip_word(s);
	return true;
}

/* `[addr]`, `[addr]:port`, `[addr]|port`. */
static bool
bracket_read(struct scan *s, struct tryst_form *f, const char **why)
{
	struct scan at = { s->pos + 1, s->end };

	if (peek(s, 0) != '[' || !address_read(&at, &f->range.first, &f->zone) ||
	    peek(&at, 0) != ']')
		return false;
	f->range.last = f->range.first;
	at.pos++;
	*why = peek(&at, 0) == '|' ? bar_port_read(&at, f) : colon_port_read(&at, f);
	*s = at;
	return true;
}

/* scheme://[user@]host[:port][/path], the host in either form of address (RFC 3986, 3). */
static bool
url_read(struct scan *s, struct tryst_form *f, const char **why)
{
	struct scan at = *s, host;

	while (is_letter(peek(&at, 0)) || is_digit(peek(&at, 0)) || is_one_of(peek(&at, 0), "+-"))
		at.pos++;
	if (!is_letter(peek(s, 0)) || at.end - at.pos < 3 || memcmp(at.pos, "://", 3) != 0)
		return false;
	host.pos = at.pos += 3;
	while (at.pos < at.end && !is_blank(*at.pos) && !is_one_of(*at.pos, "/?#\"<>"))
		at.pos++;
	host.end = at.pos;
	for (const char *p = host.pos; p < host.end; p++)
		host.pos = *p == '@' ? p + 1 : host.pos;
	skip_word(&at);
	*s = at;
	if (!bracket_read(&host, f, why)) {
		if (!address_read(&host, &f->range.first, &f->zone)) {
			*why = bad_url_host;
			return true;
		}
		f->range.last = f->range.first;
		*why = colon_port_read(&host, f);
	}
	if (!*why && host.pos != host.end)
		*why = bad_url_host;
	return true;
}

static bool
at_end(const struct scan *s)
{
	char c = peek(s, 0);

	if (c == '.' || c == ':')
		return is_blank(peek(s, 1));
	return is_blank(c) || is_one_of(c, ",;|\"')]}>#");
}

bool
tryst_form_parse(const char *text, size_t len, struct tryst_form *out, const char **why)
{
	struct scan s = { text, text + len };
	struct tryst_form f = { 0 };

	*why = NULL;
	if (!plain_read(&s, &f, why) && !bracket_read(&s, &f, why) && !url_read(&s, &f, why))
		return false;
	if (!*why && !at_end(&s))
		*why = bad_end;
	if (*why)
		skip_word(&s);
	f.used = (size_t)(s.pos - text);
	*out = f;
	return !*why;
}
