/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of `top`: nfdump's `-s STAT[:p][/ORDER[:a|:d]]`, its `-A FIELD,FIELD`, and plain words
 * `FIELD, FIELD [by ORDER]`.  One grammar reads them all, so what one form has works in the others:
 *
 *   spec  = key [":p"] [("/" | " by ") order [":a" | ":d"]]
 *   key   = part *("," part)
 *   part  = name ["/" bits ["/" bits]]
 *
 * Names are compared without case, blanks, `_` and `-`: "dst port", dst_port and dstport are one.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "query/top_names.h"

static const enum tryst_field record[] = {
	TRYST_FIELD_proto,    TRYST_FIELD_src,      TRYST_FIELD_dst,
	TRYST_FIELD_src_port, TRYST_FIELD_dst_port,
};

/* A stretch of the user's text. */
struct span {
	const char *at;
	size_t len;
};

struct parser {
	struct tryst_top_spec *spec;
	struct span text; /* all of it, for messages */
	struct tryst_error *err;
};

static struct span
span_trim(struct span s)
{
	while (s.len && isspace((unsigned char)*s.at)) {
		s.at++;
		s.len--;
	}
	while (s.len && isspace((unsigned char)s.at[s.len - 1]))
		s.len--;
	return s;
}

/* Cuts off and returns what stands before the first `sep`, or everything. */
static struct span
span_cut(struct span *s, char sep)
{
	const char *end = s->len ? memchr(s->at, sep, s->len) : NULL;
	struct span head = { s->at, end ? (size_t)(end - s->at) : s->len };
	size_t gone = head.len + (end ? 1 : 0);

	s->at += gone;
	s->len -= gone;
	return span_trim(head);
}

static int
spec_error(struct parser *p, const char *what, struct span where, const char *expected)
{
	return tryst_error_set(p->err, TRYST_ERR_USAGE, "top '%.*s': %s '%.*s': expected %s",
	                       (int)TRYST_MIN(p->text.len, 200), p->text.at, what,
	                       (int)TRYST_MIN(where.len, 80), where.at, expected);
}

static int
name_error(struct parser *p, struct span where, const char *word)
{
	const char *meant = tryst_top_name_nearest(word);
	char list[800];
	size_t n = 0;

	if (meant) {
		(void)snprintf(list, sizeof(list), "a field (did you mean '%s'?)", meant);
		return spec_error(p, "no field", where, list);
	}
	n += (size_t)snprintf(list, sizeof(list), "ip, port, as, if, mask, record");
	for (unsigned f = 0; f < TRYST_FIELD_COUNT && n < sizeof(list); f++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, ", %s",
		                      tryst_field_info(f)->name);
	return spec_error(p, "no field", where, list);
}

static bool
bits_parse(struct span s, unsigned *out)
{
	unsigned v = 0;

	if (s.len == 0 || s.len > 3)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (!isdigit((unsigned char)s.at[i]))
			return false;
		v = v * 10 + (unsigned)(s.at[i] - '0');
	}
	*out = v;
	return v <= 128;
}

/* One length is IPv4's up to 32 and IPv6's above, unless the name says; two are IPv4's and IPv6's.
 */
static int
masks_parse(struct parser *p, const struct tryst_top_name *name, struct span bits,
            struct tryst_key_part *part)
{
	unsigned v4 = 32, v6 = 128, v;
	bool two = memchr(bits.at, '/', bits.len);
	struct span rest = bits, first = span_cut(&rest, '/');

	if (!bits_parse(first, &v))
		return spec_error(p, "bad prefix length", bits, "a number of bits");
	if (two) {
		v4 = v;
		if (!bits_parse(rest, &v6) || name->v4 || name->v6)
			return spec_error(p, "bad prefix length", bits, "IPv4's/IPv6's bits");
	} else if (name->v6 || (v > 32 && !name->v4)) {
		v6 = v;
	} else {
		v4 = v;
	}
	if (v4 > 32)
		return spec_error(p, "bad prefix length", bits, "at most 32 for IPv4");
	part->v4_len = (uint8_t)v4;
	part->v6_len = (uint8_t)v6;
	return 0;
}

/* Adds a part; `srcip4/24,srcip6/48` is one part with two lengths. */
static int
part_add(struct parser *p, struct tryst_key_part part, struct span where)
{
	struct tryst_top_spec *spec = p->spec;

	for (unsigned i = 0; i < spec->part_count; i++) {
		struct tryst_key_part *old = &spec->parts[i];

		if (old->field != part.field || old->either != part.either)
			continue;
		if ((old->v4_len < 32 && part.v4_len < 32) ||
		    (old->v6_len < 128 && part.v6_len < 128) ||
		    (part.v4_len == 32 && part.v6_len == 128))
			return spec_error(p, "a second", where, "each field once");
		old->v4_len = TRYST_MIN(old->v4_len, part.v4_len);
		old->v6_len = TRYST_MIN(old->v6_len, part.v6_len);
		return 0;
	}
	if (spec->part_count == TRYST_KEY_PARTS_MAX)
		return spec_error(p, "one part too many", where, "at most 8 parts of a key");
	spec->parts[spec->part_count++] = part;
	return 0;
}

static int
part_parse(struct parser *p, struct span text)
{
	struct span bits = text, name_text = span_cut(&bits, '/');
	struct tryst_key_part part = { .v4_len = 32, .v6_len = 128 };
	char word[TRYST_SUGGEST_WORD_MAX];
	struct tryst_top_name name;
	int ret;

	(void)tryst_word_squeeze(name_text.at, name_text.len, word);
	if (strcmp(word, "record") == 0 && name_text.len == text.len) {
		for (size_t i = 0; i < TRYST_ARRAY_SIZE(record); i++) {
			part.field = record[i];
			ret = part_add(p, part, text);
			if (ret)
				return ret;
		}
		return 0;
	}
	if (!tryst_top_name_find(word, &name))
		return name_error(p, name_text, word);
	part.field = name.field;
	part.either = name.either;
	if (name_text.len == text.len)
		return part_add(p, part, text);
	if (tryst_top_order_find(bits.at, bits.len))
		return spec_error(p, "a second order", bits, "one order a ranking");
	if (tryst_field_info(part.field)->type != TRYST_TYPE_ip)
		return spec_error(p, "prefix length for", name_text, "one for addresses only");
	ret = masks_parse(p, &name, bits, &part);
	return ret ? ret : part_add(p, part, text);
}

/* Finds where ` by ORDER` or `/ORDER` begins; a number behind the last slash is a prefix length. */
static bool
order_split(struct span *key, struct span *order)
{
	for (size_t i = key->len; i-- > 0;) {
		const char *at = key->at + i;
		size_t left = key->len - i, skip;

		if (*at == '/' && (left < 2 || !isdigit((unsigned char)at[1])))
			skip = 1;
		else if (isspace((unsigned char)*at) && left >= 3 &&
		         strncasecmp(at + 1, "by", 2) == 0 &&
		         (left == 3 || isspace((unsigned char)at[3])))
			skip = 3;
		else
			continue;
		*order = span_trim((struct span){ at + skip, left - skip });
		*key = span_trim((struct span){ key->at, i });
		return true;
	}
	return false;
}

static int
order_parse(struct parser *p, struct span text)
{
	struct span sense = text, name = span_cut(&sense, ':');
	const struct tryst_top_order_name *order = tryst_top_order_find(name.at, name.len);

	if (!order)
		return spec_error(p, "no order", name, "flows, packets, bytes, bps, pps or bpp");
	p->spec->order = order->order;
	p->spec->ways = order->ways;
	if (name.len == text.len)
		return 0;
	if (sense.len != 1 || (*sense.at != 'a' && *sense.at != 'd'))
		return spec_error(p, "no sense", sense, "a (ascending) or d (descending)");
	p->spec->ascending = *sense.at == 'a';
	return 0;
}

static void
title_write(struct tryst_top_spec *spec)
{
	size_t n = 0;

	for (unsigned i = 0; i < spec->part_count; i++) {
		const struct tryst_key_part *part = &spec->parts[i];
		char bits[16] = "";

		if (part->v6_len < 128 && (part->v4_len < 32 || part->v6_len <= 32))
			(void)snprintf(bits, sizeof(bits), "/%u/%u", part->v4_len, part->v6_len);
		else if (part->v6_len < 128 || part->v4_len < 32)
			(void)snprintf(bits, sizeof(bits), "/%u",
			               part->v6_len < 128 ? part->v6_len : part->v4_len);
		n += (size_t)snprintf(spec->title + n, sizeof(spec->title) - n, "%s%s%s",
		                      i ? "," : "", tryst_top_part_name(part), bits);
		assert(n < sizeof(spec->title));
	}
}

int
tryst_top_spec_parse(struct tryst_top_spec *out, char form, const char *text,
                     struct tryst_error *err)
{
	struct tryst_top_spec spec = { .order = form == 'w' ? TRYST_ORDER_BYTES
		                                            : TRYST_ORDER_FLOWS };
	struct parser p = { .spec = &spec, .text = { text, strlen(text) }, .err = err };
	struct span key = span_trim(p.text), order;
	bool by_proto;
	int ret;

	if (order_split(&key, &order)) {
		ret = order_parse(&p, order);
		if (ret)
			return ret;
	}
	if (form != 'w' && spec.order == TRYST_ORDER_FLOWS)
		spec.ways = TRYST_WAYS_FORWARD;
	by_proto = key.len > 2 && strncasecmp(key.at + key.len - 2, ":p", 2) == 0;
	if (by_proto)
		key = span_trim((struct span){ key.at, key.len - 2 });
	do {
		bool more = memchr(key.at, ',', key.len);
		struct span part = span_cut(&key, ',');

		if (part.len == 0)
			return spec_error(&p, "nothing in", p.text,
			                  "a field, as in 'src by bytes'");
		ret = part_parse(&p, part);
		if (ret)
			return ret;
		if (!more)
			break;
	} while (true);
	if (by_proto) {
		struct span proto = { "proto", strlen("proto") };

		ret = part_parse(&p, proto);
		if (ret)
			return ret;
	}
	title_write(&spec);
	*out = spec;
	return 0;
}
