/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Patterns become a list of terms in disjunctive form: a comparison of an address is a term for
 * each of its values, one of a port a term with a port alone; OR appends, AND pairs an address with
 * a port of the same end of the flow.  Whatever else AND would have to pair is rejected.
 */
#include "watch/stix_pattern.h"

#include <ctype.h>
#include <stdlib.h>

#define DEPTH_MAX 32

enum end { END_ANY, END_SRC, END_DST };

/* A term while it is being made; it has an address or a port or only says a type (neither). */
struct term {
	struct tryst_slice address;
	uint16_t port;
	uint8_t address_end, port_end;
	bool has_address, has_port;
};

struct terms {
	struct term *list;
	size_t count, cap;
};

struct parser {
	struct tryst_slice left;
	const char *why;
	unsigned depth;
};

static const char no_memory[] = "";

static void
skip_blanks(struct parser *p)
{
	while (p->left.len && isspace((unsigned char)p->left.data[0]))
		p->left = tryst_slice_from(p->left, 1);
}

static bool
fail(struct parser *p, const char *why)
{
	if (!p->why)
		p->why = why;
	return false;
}

/* Steps over a character, blanks before it aside. */
static bool
take(struct parser *p, char c)
{
	skip_blanks(p);
	if (!p->left.len || p->left.data[0] != c)
		return false;
	p->left = tryst_slice_from(p->left, 1);
	return true;
}

/* The next word of letters, without taking it; keywords are upper case (9.2). */
static struct tryst_slice
word_peek(struct parser *p)
{
	size_t n = 0;

	skip_blanks(p);
	while (n < p->left.len &&
	       (isalpha((unsigned char)p->left.data[n]) || p->left.data[n] == '_'))
		n++;
	return (struct tryst_slice){ p->left.data, n };
}

static bool
take_word(struct parser *p, const char *word)
{
	struct tryst_slice w = word_peek(p);

	if (!tryst_slice_is(w, word))
		return false;
	p->left = tryst_slice_from(p->left, w.len);
	return true;
}

static bool
term_add(struct parser *p, struct terms *t, struct term term)
{
	if (t->count == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 8;
		struct term *list = reallocarray(t->list, cap, sizeof(*list));

		if (!list)
			return fail(p, no_memory);
		t->list = list;
		t->cap = cap;
	}
	if (t->count == TRYST_STIX_TERMS_MAX)
		return fail(p, "the pattern names too many addresses");
	t->list[t->count++] = term;
	return true;
}

/* 'a string'; escapes have no place in an address. */
static bool
string_read(struct parser *p, struct tryst_slice *out)
{
	const char *end;

	if (!take(p, '\''))
		return fail(p, "expected a string in the pattern");
	end = p->left.len ? memchr(p->left.data, '\'', p->left.len) : NULL;
	if (!end)
		return fail(p, "a string of the pattern is not closed");
	*out = (struct tryst_slice){ p->left.data, (size_t)(end - p->left.data) };
	p->left = tryst_slice_from(p->left, out->len + 1);
	return true;
}

static bool
number_read(struct parser *p, uint16_t *out)
{
	struct tryst_slice digits;
	size_t n = 0;
	uint64_t v;

	skip_blanks(p);
	while (n < p->left.len && isdigit((unsigned char)p->left.data[n]))
		n++;
	digits = (struct tryst_slice){ p->left.data, n };
	if (!tryst_slice_number(digits, 65535, &v) || !v)
		return fail(p, "expected a port from 1 to 65535 in the pattern");
	p->left = tryst_slice_from(p->left, n);
	*out = (uint16_t)v;
	return true;
}

/* What can be compared. */
static const struct path {
	const char *name;
	enum { PATH_ADDRESS, PATH_PORT, PATH_TYPE } kind;
	enum end end;
} paths[] = {
	{ "ipv4-addr:value", PATH_ADDRESS, END_ANY },
	{ "ipv6-addr:value", PATH_ADDRESS, END_ANY },
	{ "network-traffic:src_ref.value", PATH_ADDRESS, END_SRC },
	{ "network-traffic:dst_ref.value", PATH_ADDRESS, END_DST },
	{ "network-traffic:src_port", PATH_PORT, END_SRC },
	{ "network-traffic:dst_port", PATH_PORT, END_DST },
	{ "network-traffic:src_ref.type", PATH_TYPE, END_SRC },
	{ "network-traffic:dst_ref.type", PATH_TYPE, END_DST },
};

static const struct path *
path_read(struct parser *p)
{
	struct tryst_slice name;
	size_t n = 0;

	skip_blanks(p);
	while (n < p->left.len && (isalnum((unsigned char)p->left.data[n]) ||
	                           (p->left.data[n] && strchr("-_:.'[]*", p->left.data[n]))))
		n++;
	name = (struct tryst_slice){ p->left.data, n };
	for (size_t i = 0; i < TRYST_ARRAY_SIZE(paths); i++) {
		if (tryst_slice_is(name, paths[i].name)) {
			p->left = tryst_slice_from(p->left, n);
			return &paths[i];
		}
	}
	(void)fail(p, "the pattern compares something else than addresses and ports");
	return NULL;
}

static bool
value_add(struct parser *p, const struct path *path, struct terms *out)
{
	struct term t = { 0 };
	struct tryst_slice text;

	if (path->kind == PATH_PORT) {
		t.has_port = true;
		t.port_end = (uint8_t)path->end;
		return number_read(p, &t.port) && term_add(p, out, t);
	}
	if (!string_read(p, &text))
		return false;
	if (path->kind == PATH_TYPE) {
		if (!tryst_slice_is(text, "ipv4-addr") && !tryst_slice_is(text, "ipv6-addr"))
			return fail(p, "the pattern asks for something else than an address");
		return term_add(p, out, t);
	}
	t.has_address = true;
	t.address_end = (uint8_t)path->end;
	t.address = text;
	return term_add(p, out, t);
}

static bool
set_read(struct parser *p, const struct path *path, struct terms *out)
{
	if (!take(p, '('))
		return fail(p, "expected ( behind IN in the pattern");
	do {
		if (!value_add(p, path, out))
			return false;
	} while (take(p, ','));
	return take(p, ')') || fail(p, "expected ) behind the set of the pattern");
}

static bool
comparison_read(struct parser *p, struct terms *out)
{
	const struct path *path = path_read(p);

	if (!path)
		return false;
	if (take(p, '=')) {
		(void)take(p, '=');
		return value_add(p, path, out);
	}
	if (take_word(p, "IN"))
		return set_read(p, path, out);
	if (take_word(p, "ISSUBSET") && path->kind == PATH_ADDRESS)
		return value_add(p, path, out);
	return fail(p, "the pattern compares with something else than =, IN and ISSUBSET");
}

/* One term that says what both say; false where one flow's end has two answers. */
static bool
term_join(struct parser *p, const struct term *a, const struct term *b, struct terms *out)
{
	struct term t = a->has_address ? *a : *b;
	const struct term *other = a->has_address ? b : a;

	if (a->has_address && b->has_address)
		return fail(p, "the pattern wants two addresses at once");
	if (a->has_port && b->has_port)
		return fail(p, "the pattern wants two ports at once");
	if (other->has_port) {
		t.has_port = true;
		t.port = other->port;
		t.port_end = other->port_end;
	}
	return term_add(p, out, t);
}

static bool or_read(struct parser *p, struct terms *out);

static bool
factor_read(struct parser *p, struct terms *out)
{
	bool ok;

	if (!take(p, '('))
		return comparison_read(p, out);
	if (p->depth++ == DEPTH_MAX)
		return fail(p, "the pattern is nested too deeply");
	ok = or_read(p, out) && (take(p, ')') || fail(p, "expected ) in the pattern"));
	p->depth--;
	return ok;
}

/* Comparisons joined by AND, which binds before OR (9.6). */
static bool
and_read(struct parser *p, struct terms *out)
{
	struct terms left = { 0 }, right = { 0 }, both = { 0 };
	bool ok = factor_read(p, &left);

	while (ok && take_word(p, "AND")) {
		right.count = both.count = 0;
		ok = factor_read(p, &right);
		for (size_t i = 0; ok && i < left.count; i++) {
			for (size_t k = 0; ok && k < right.count; k++)
				ok = term_join(p, &left.list[i], &right.list[k], &both);
		}
		if (ok) {
			struct terms old = left;

			left = both;
			both = old;
		}
	}
	for (size_t i = 0; ok && i < left.count; i++)
		ok = term_add(p, out, left.list[i]);
	free(left.list);
	free(right.list);
	free(both.list);
	return ok;
}

static bool
or_read(struct parser *p, struct terms *out)
{
	do {
		if (!and_read(p, out))
			return false;
	} while (take_word(p, "OR"));
	return true;
}

static bool observations_read(struct parser *p, struct terms *out);

/* [ ... ], or observations in parentheses. */
static bool
observation_read(struct parser *p, struct terms *out)
{
	static const char operator[] =
		"the pattern wants several observations, or when or how often";
	bool ok;

	if (take(p, '(')) {
		if (p->depth++ == DEPTH_MAX)
			return fail(p, "the pattern is nested too deeply");
		ok = observations_read(p, out) && (take(p, ')') || fail(p, operator));
		p->depth--;
		return ok;
	}
	if (!take(p, '['))
		return fail(p, "expected [ in the pattern");
	if (!or_read(p, out))
		return false;
	return take(p, ']') || fail(p, "the pattern has an operator that is not read");
}

static bool
observations_read(struct parser *p, struct terms *out)
{
	do {
		if (!observation_read(p, out))
			return false;
	} while (take_word(p, "OR"));
	return true;
}

/* Whether a term is an address, and its port, if any, on its own end. */
static const char *
term_check(const struct term *t)
{
	if (!t->has_address)
		return "the pattern does not name an address";
	/* `ipv4-addr:value = ... AND network-traffic:dst_port = ...` is how many write ip:port. */
	if (t->has_port && t->port_end != (t->address_end == END_ANY ? END_DST : t->address_end))
		return "the pattern has a port of the other end";
	return NULL;
}

const char *
tryst_stix_pattern_parse(struct tryst_slice pattern, struct tryst_stix_pattern *out)
{
	struct parser p = { .left = pattern };
	struct terms terms = { 0 };

	*out = (struct tryst_stix_pattern){ 0 };
	if (observations_read(&p, &terms)) {
		skip_blanks(&p);
		if (p.left.len)
			(void)fail(&p,
			           "the pattern wants several observations, or when or how often");
	}
	if (!p.why) {
		out->terms = calloc(terms.count + 1, sizeof(*out->terms));
		if (!out->terms)
			(void)fail(&p, no_memory);
	}
	for (size_t i = 0; !p.why && i < terms.count; i++) {
		p.why = term_check(&terms.list[i]);
		out->terms[out->count++] =
			(struct tryst_stix_term){ terms.list[i].address, terms.list[i].port };
	}
	free(terms.list);
	if (p.why)
		tryst_stix_pattern_fini(out);
	return p.why;
}

void
tryst_stix_pattern_fini(struct tryst_stix_pattern *p)
{
	free(p->terms);
	*p = (struct tryst_stix_pattern){ 0 };
}
