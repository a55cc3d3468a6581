/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is compared with: numbers with units, names of protocols and the like, addresses and
 * prefixes, lists of them, TCP flags.
 */
#include "query/filter_ast.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/proto.h"
#include "base/time.h"

#define SHOWN(t) (int)TRYST_MIN((t)->len, (size_t)60), (t)->text

struct name {
	const char *name;
	uint8_t value;
};

static const struct name directions[] = { { "ingress", 0 }, { "egress", 1 } };

/* RFC 7270, 4.12, by the names nfdump has for them. */
static const struct name forwarding[] = {
	{ "Ukwn", 0 },     { "Forw", 1 },      { "Frag", 2 },      { "Drop", 16 },
	{ "DaclD", 17 },   { "Daclp", 18 },    { "Noroute", 19 },  { "Dadj", 20 },
	{ "Dfrag", 21 },   { "Dbadh", 22 },    { "Dbadtlen", 23 }, { "Dbadhlen", 24 },
	{ "DbadTTL", 25 }, { "Dpolicy", 26 },  { "Dwred", 27 },    { "Drpf", 28 },
	{ "Dforus", 29 },  { "DbadOf", 30 },   { "Dhw", 31 },      { "Term", 128 },
	{ "Tadj", 129 },   { "TincAdj", 130 }, { "Tforus", 131 },
};

/* By bit; X is the six of nfdump. */
static const char flag_letters[] = "FSRPAUEC";

static int
name_find(const struct name *names, size_t count, const struct tryst_ftoken *t)
{
	for (size_t i = 0; i < count; i++) {
		if (tryst_ftoken_is(t, names[i].name))
			return names[i].value;
	}
	return -1;
}

/* The number that a name stands for in this field, or -1. */
static int
name_value(int field, const struct tryst_ftoken *t)
{
	size_t escape = t->text[0] == '\\'; /* tcpdump's `proto \tcp` */

	switch (field) {
	case TRYST_FIELD_proto:
		return tryst_proto_find(t->text + escape, t->len - escape);
	case TRYST_FIELD_direction:
		return name_find(directions, TRYST_ARRAY_SIZE(directions), t);
	case TRYST_FIELD_fwd_status:
		return name_find(forwarding, TRYST_ARRAY_SIZE(forwarding), t);
	default:
		return -1;
	}
}

static unsigned
digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* The power of ten a unit stands for. */
static int
unit_power(char c)
{
	static const char units[] = "kmgt";
	const char *at = strchr(units, c | 0x20);

	return at && *at ? 3 * (int)(at - units + 1) : -1;
}

/* digits[.digits][k|m|g|t] or 0x...; NULL when *out is it, else what is wrong. */
static const char *
number_parse(const char *s, size_t len, uint64_t *out)
{
	unsigned base = len > 2 && s[0] == '0' && (s[1] | 0x20) == 'x' ? 16 : 10;
	size_t i = base == 16 ? 2 : 0;
	int power = len > 1 && base == 10 ? unit_power(s[len - 1]) : -1;
	bool fraction = false, over = false;
	uint64_t v = 0;

	len -= power > 0;
	power = TRYST_MAX(power, 0);
	if (i == len || digit(s[i]) >= base)
		return "is not a number";
	for (; i < len; i++) {
		if (s[i] == '.' && base == 10 && !fraction && i + 1 < len) {
			fraction = true;
			continue;
		}
		if (digit(s[i]) >= base)
			return "is not a number";
		if (fraction && power == 0 && s[i] == '0')
			continue;
		if (fraction && power-- == 0)
			return "is not a whole number";
		over |= __builtin_mul_overflow(v, base, &v) ||
		        __builtin_add_overflow(v, digit(s[i]), &v);
	}
	while (power-- > 0)
		over |= __builtin_mul_overflow(v, 10, &v);
	*out = v;
	return over ? "is too large" : NULL;
}

/* One value of a field from part of a word; `name` is how the test is called. */
static int
value_part(struct tryst_fparser *p, int field, const char *name, struct tryst_ftoken part,
           uint64_t *out)
{
	static const struct tryst_zone utc = { TRYST_ZONE_UTC, 0 };
	bool time = field >= 0 && tryst_field_info(field)->type == TRYST_TYPE_time;
	uint64_t max = tryst_filter_field_max(field);
	int named = name_value(field, &part);
	const char *wrong;
	int64_t ms;

	if (named >= 0) {
		*out = (uint64_t)named;
		return 0;
	}
	/* Before plain numbers: ten digits are seconds. */
	if (time && tryst_time_parse(part.text, part.len, &utc, &ms) && ms >= 0) {
		*out = (uint64_t)ms;
		return 0;
	}
	wrong = number_parse(part.text, part.len, out);
	if (wrong && field == TRYST_FIELD_proto)
		wrong = "is neither a protocol's name nor a number";
	if (wrong)
		return tryst_flexer_error(&p->lx, &part, NULL, "\"%.*s\" %s", SHOWN(&part), wrong);
	if (*out > max)
		return tryst_flexer_error(&p->lx, &part, NULL,
		                          "%.*s is out of range: %s is 0 to %llu", SHOWN(&part),
		                          name, (unsigned long long)max);
	return 0;
}

static int
expect_word(struct tryst_fparser *p, const char *what, const char *after)
{
	if (p->tok.kind == TRYST_FTOKEN_WORD)
		return 0;
	if (p->tok.kind == TRYST_FTOKEN_END)
		return tryst_flexer_error(&p->lx, &p->tok, NULL,
		                          "unexpected end, expected %s after \"%s\"", what, after);
	return tryst_flexer_error(&p->lx, &p->tok, NULL,
	                          "unexpected \"%.*s\", expected %s after \"%s\"", SHOWN(&p->tok),
	                          what, after);
}

/* N or N-M, into lo and hi.  Times hold dashes of their own, and so do some protocols. */
static int
value_range(struct tryst_fparser *p, int field, const char *name, uint64_t *lo, uint64_t *hi)
{
	struct tryst_ftoken from = p->tok, to = p->tok;
	const char *dash;
	int rc = expect_word(p, "a number", name);

	if (rc < 0)
		return rc;
	dash = digit(p->tok.text[0]) < 10 ? memchr(p->tok.text, '-', p->tok.len) : NULL;
	if (field >= 0 && tryst_field_info(field)->type == TRYST_TYPE_time)
		dash = NULL;
	if (name_value(field, &p->tok) >= 0)
		dash = NULL;
	if (dash) {
		from.len = (size_t)(dash - from.text);
		to.text = dash + 1;
		to.at += from.len + 1;
		to.len -= from.len + 1;
	}
	rc = value_part(p, field, name, from, lo);
	*hi = *lo;
	if (rc == 0 && dash && to.len)
		rc = value_part(p, field, name, to, hi);
	else if (rc == 0 && dash)
		rc = tryst_flexer_error(&p->lx, &from, NULL, "the range has no end");
	if (rc == 0 && *lo > *hi)
		return tryst_flexer_error(&p->lx, &p->tok, NULL, "the range ends before it begins");
	return rc < 0 ? rc : tryst_fparser_advance(p);
}

int
tryst_fparser_list_open(struct tryst_fparser *p)
{
	int rc;

	if (p->tok.kind == TRYST_FTOKEN_WORD && (rc = tryst_fparser_advance(p)) < 0)
		return rc;
	if (p->tok.kind != TRYST_FTOKEN_OPEN_LIST)
		return tryst_flexer_error(&p->lx, &p->tok, NULL, "expected [ after \"in\"");
	return tryst_fparser_advance(p);
}

int
tryst_fparser_list_more(struct tryst_fparser *p, uint32_t items)
{
	int rc;

	if (p->tok.kind == TRYST_FTOKEN_COMMA && items && (rc = tryst_fparser_advance(p)) < 0)
		return rc;
	if (p->tok.kind == TRYST_FTOKEN_WORD)
		return 1;
	if (p->tok.kind == TRYST_FTOKEN_END)
		return tryst_flexer_error(&p->lx, &p->tok, NULL, "the list has no end, expected ]");
	if (p->tok.kind != TRYST_FTOKEN_CLOSE_LIST)
		return tryst_flexer_error(&p->lx, &p->tok, NULL, "unexpected \"%.*s\" in a list",
		                          SHOWN(&p->tok));
	if (items == 0)
		return tryst_flexer_error(&p->lx, &p->tok, NULL, "the list is empty");
	return tryst_fparser_advance(p);
}

bool
tryst_fparser_at_list(const struct tryst_fparser *p)
{
	return p->tok.kind == TRYST_FTOKEN_OPEN_LIST ||
	       (p->tok.kind == TRYST_FTOKEN_WORD && tryst_ftoken_is(&p->tok, "in"));
}

static struct tryst_fnode *
number_list(struct tryst_fparser *p, int a, int b, const char *name)
{
	struct tryst_fnode *n = tryst_fnode_new(TRYST_FNODE_NUMBER, p->err);
	uint64_t lo, hi;
	int rc = n ? 0 : TRYST_ERR_NOMEM;

	if (rc == 0 && tryst_field_info(a)->type == TRYST_TYPE_time)
		rc = tryst_flexer_error(&p->lx, &p->tok, NULL, "times are compared, not listed");
	if (rc == 0)
		rc = tryst_fparser_list_open(p);

	while (rc == 0) {
		rc = tryst_fparser_list_more(p, n->count);
		if (rc <= 0)
			break;
		rc = value_range(p, a, name, &lo, &hi);
		if (rc == 0)
			rc = tryst_fnode_add_range(n, lo, hi, p->err);
	}
	if (rc < 0) {
		tryst_fnode_free(n);
		return NULL;
	}
	n->a = (int8_t)a;
	n->b = (int8_t)b;
	n->compare = TRYST_FCOMPARE_IN;
	return n;
}

/* What follows the name: [cmp] N, or N-M. */
static struct tryst_fnode *
compared(struct tryst_fparser *p, int a, int b, const char *name)
{
	enum tryst_fcompare compare = TRYST_FCOMPARE_EQ;
	struct tryst_ftoken at = p->tok;
	struct tryst_fnode *n;
	uint64_t lo, hi;

	if (p->tok.kind == TRYST_FTOKEN_COMPARE) {
		compare = p->tok.compare;
		if (tryst_fparser_advance(p) < 0)
			return NULL;
	}
	if (compare == TRYST_FCOMPARE_NE && b != TRYST_FILTER_NO_FIELD) {
		tryst_flexer_error(&p->lx, &at, "name the side, or put `not` before the test",
		                   "!= is unclear: a flow has two of %s", name);
		return NULL;
	}
	at = p->tok;
	if (value_range(p, a, name, &lo, &hi) < 0)
		return NULL;
	if (lo == hi)
		return tryst_fnode_number(a, b, compare, lo, p->err);
	if (compare != TRYST_FCOMPARE_EQ || a == TRYST_FILTER_NO_FIELD) {
		tryst_flexer_error(&p->lx, &at, NULL, "a range cannot be compared with");
		return NULL;
	}
	n = tryst_fnode_number(a, b, TRYST_FCOMPARE_IN, lo, p->err);
	if (n)
		n->ranges[0].hi = hi;
	return n;
}

struct tryst_fnode *
tryst_fparser_numbers(struct tryst_fparser *p, int a, int b, const char *name)
{
	return tryst_fparser_at_list(p) ? number_list(p, a, b, name) : compared(p, a, b, name);
}

struct tryst_fnode *
tryst_fparser_rate(struct tryst_fparser *p, enum tryst_frate rate, const char *name)
{
	struct tryst_fnode *n = compared(p, TRYST_FILTER_NO_FIELD, TRYST_FILTER_NO_FIELD, name);

	if (n)
		n->rate = rate;
	return n;
}

/* The bits of letters; negative when one is none. */
static int
letters(const char *s, size_t len)
{
	const char *at;
	int bits = 0;

	for (size_t i = 0; i < len; i++) {
		char c = (char)(s[i] & ~0x20);

		at = memchr(flag_letters, c, sizeof(flag_letters) - 1);
		if (at)
			bits |= 1 << (at - flag_letters);
		else if (c == 'X')
			bits |= 63;
		else
			return -1;
	}
	return bits;
}

struct tryst_fnode *
tryst_fparser_flags(struct tryst_fparser *p, int field)
{
	bool any = p->tok.kind == TRYST_FTOKEN_WORD && tryst_ftoken_is(&p->tok, "any");
	const char *slash;
	struct tryst_fnode *n;
	int high, mask;

	if (any && tryst_fparser_advance(p) < 0)
		return NULL;
	if (expect_word(p, "letters", "flags") < 0)
		return NULL;
	slash = any ? NULL : memchr(p->tok.text, '/', p->tok.len);
	high = letters(p->tok.text, slash ? (size_t)(slash - p->tok.text) : p->tok.len);
	mask = slash ? letters(slash + 1, p->tok.len - (size_t)(slash + 1 - p->tok.text)) : high;
	if (high < 0 || mask < 0 || (high & ~mask)) {
		tryst_flexer_error(&p->lx, &p->tok,
		                   "letters are F S R P A U E C, and X for the first six",
		                   "\"%.*s\" is not a set of TCP flags", SHOWN(&p->tok));
		return NULL;
	}
	n = tryst_fparser_advance(p) < 0 ? NULL : tryst_fnode_new(TRYST_FNODE_FLAGS, p->err);
	if (!n)
		return NULL;
	n->a = (int8_t)field;
	/* nfdump: `not flags AF` holds when none of them is set, not when one is missing. */
	n->any = any || (!slash && p->negated);
	n->high = n->any ? 0 : (uint8_t)high;
	n->mask = (uint8_t)mask;
	return n;
}
