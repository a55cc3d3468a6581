/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tests of the filter language: one function for each kind of word that begins one.
 */
#include "query/filter_ast.h"

#include <stdio.h>
#include <string.h>

#include "base/proto.h"

#define NONE TRYST_FILTER_NO_FIELD
#define PROTO_ICMP 1
#define PROTO_TCP 6
#define PROTO_ICMP6 58
#define SHOWN(t) (int)TRYST_MIN((t)->len, (size_t)60), (t)->text

static const char *const side_names[] = {
	[TRYST_FSIDE_NONE] = "",
	[TRYST_FSIDE_SRC] = "src",
	[TRYST_FSIDE_DST] = "dst",
	[TRYST_FSIDE_EITHER] = "src or dst",
	[TRYST_FSIDE_BOTH] = "src and dst",
	[TRYST_FSIDE_IN] = "in",
	[TRYST_FSIDE_OUT] = "out",
	[TRYST_FSIDE_PREV] = "prev",
	[TRYST_FSIDE_NEXT] = "next",
};

static struct tryst_fnode *
absent(struct tryst_fparser *p, const struct tryst_ftoken *t, const char *side, const char *what)
{
	tryst_flexer_error(&p->lx, t, NULL, "tryst's records carry no %s%s%s", side,
	                   *side ? " " : "", what);
	return NULL;
}

static struct tryst_fnode *
unexpected(struct tryst_fparser *p, const char *expected)
{
	const struct tryst_ftoken *t = &p->tok;
	const char *near = t->kind == TRYST_FTOKEN_WORD ? tryst_fword_near(t->text, t->len) : NULL;
	char hint[80];

	if (t->kind == TRYST_FTOKEN_END) {
		tryst_flexer_error(&p->lx, t, NULL, "unexpected end, expected %s", expected);
		return NULL;
	}
	if (near)
		(void)snprintf(hint, sizeof(hint), "did you mean %s?", near);
	else if (t->kind == TRYST_FTOKEN_WORD && t->text[0] >= '0' && t->text[0] <= '9')
		(void)snprintf(hint, sizeof(hint), "did you mean port %.*s?", SHOWN(t));
	else
		(void)snprintf(hint, sizeof(hint), "expected %s", expected);
	tryst_flexer_error(&p->lx, t, hint, "unexpected \"%.*s\"", SHOWN(t));
	return NULL;
}

static const struct tryst_fword *
word_at(const struct tryst_ftoken *t)
{
	return t->kind == TRYST_FTOKEN_WORD ? tryst_fword_find(t->text, t->len) : NULL;
}

/* A test of one field or of either of two, behind its name. */
static struct tryst_fnode *
field_test(struct tryst_fparser *p, int a, int b, const char *name)
{
	const struct tryst_field_info *info = tryst_field_info(a);

	if (info->type == TRYST_TYPE_ip) {
		const struct tryst_fword *w = word_at(&p->tok);

		/* `exporter ip A` */
		if (w &&
		    (w->kind == TRYST_FWORD_IP ||
		     (w->kind == TRYST_FWORD_TERM && w->arg == TRYST_FTERM_IP)) &&
		    tryst_fparser_advance(p) < 0)
			return NULL;
		/* nfdump's `exporter N` is a number its collector gave out. */
		if (a == TRYST_FIELD_exporter && p->tok.kind == TRYST_FTOKEN_WORD &&
		    strspn(p->tok.text, "0123456789") >= p->tok.len)
			return absent(p, &p->tok, "", "exporter number of a collector");
		return tryst_fparser_addresses(p, a, b);
	}
	if ((a == TRYST_FIELD_tcp_flags || a == TRYST_FIELD_rev_tcp_flags ||
	     a == TRYST_FIELD_first_flags) &&
	    p->tok.kind == TRYST_FTOKEN_WORD && !(p->tok.text[0] >= '0' && p->tok.text[0] <= '9') &&
	    !tryst_ftoken_is(&p->tok, "in"))
		return tryst_fparser_flags(p, a);
	return tryst_fparser_numbers(p, a, b, name);
}

static struct tryst_fnode *
term_test(struct tryst_fparser *p, const struct tryst_fterm *t, enum tryst_fside side,
          const struct tryst_ftoken *at)
{
	bool in_out = side == TRYST_FSIDE_IN || side == TRYST_FSIDE_OUT;
	struct tryst_fnode *n, *copy;

	if (side == TRYST_FSIDE_NONE)
		return field_test(p, t->any_a, t->any_b, t->word);
	if (side == TRYST_FSIDE_NEXT && t->first == TRYST_FIELD_src)
		return field_test(p, TRYST_FIELD_next_hop, NONE, t->word);
	if (side != TRYST_FSIDE_NEXT && side != TRYST_FSIDE_PREV &&
	    in_out != (t->side == TRYST_FSIDE_IN)) {
		tryst_flexer_error(&p->lx, at,
		                   in_out ? "its sides are src and dst"
		                          : "its sides are in and out",
		                   "%s cannot follow %s", t->word, side_names[side]);
		return NULL;
	}
	if (side == TRYST_FSIDE_NEXT || side == TRYST_FSIDE_PREV ||
	    (side != TRYST_FSIDE_SRC && t->second == NONE))
		return absent(p, at, side_names[side], t->word);
	if (side == TRYST_FSIDE_SRC || side == TRYST_FSIDE_IN)
		return field_test(p, t->first, NONE, t->word);
	if (side == TRYST_FSIDE_DST || side == TRYST_FSIDE_OUT)
		return field_test(p, t->second, NONE, t->word);
	if (side == TRYST_FSIDE_EITHER)
		return field_test(p, t->first, t->second, t->word);
	n = field_test(p, t->first, NONE, t->word);
	copy = n ? tryst_fnode_copy(n, t->second, p->err) : NULL;
	return tryst_fnode_join(TRYST_FNODE_AND, n, copy, p->err);
}

/* `src or dst`, `src and dst`: both tokens behind the first side are taken. */
static enum tryst_fside
side_pair(struct tryst_fparser *p, enum tryst_fside side)
{
	const struct tryst_fword *w = word_at(&p->ahead);
	bool is_or = p->tok.kind == TRYST_FTOKEN_OR;

	if (side != TRYST_FSIDE_SRC && side != TRYST_FSIDE_DST)
		return side;
	if ((!is_or && p->tok.kind != TRYST_FTOKEN_AND) || !w || w->kind != TRYST_FWORD_SIDE ||
	    w->arg + (int)side != TRYST_FSIDE_SRC + TRYST_FSIDE_DST)
		return side;
	if (tryst_fparser_advance(p) < 0 || tryst_fparser_advance(p) < 0)
		return TRYST_FSIDE_NONE;
	return is_or ? TRYST_FSIDE_EITHER : TRYST_FSIDE_BOTH;
}

static struct tryst_fnode *portrange(struct tryst_fparser *p, enum tryst_fside side);

/* Behind src, dst, in, out, next, prev. */
static struct tryst_fnode *
side_test(struct tryst_fparser *p, const struct tryst_fword *first)
{
	enum tryst_fside side = side_pair(p, (enum tryst_fside)first->arg);
	bool ends = side != TRYST_FSIDE_IN && side != TRYST_FSIDE_OUT;
	struct tryst_ftoken at = p->tok;
	const struct tryst_fword *w = word_at(&at);

	if (side == TRYST_FSIDE_NONE)
		return NULL;
	if (ends && (tryst_ftoken_is_address(&at) || tryst_fparser_at_list(p)))
		return term_test(p, &tryst_fterms[TRYST_FTERM_IP], side, &at);
	if (w && w->kind == TRYST_FWORD_SIDE && !ends)
		return absent(p, &at, "", "MAC addresses");
	if (w && w->kind == TRYST_FWORD_ABSENT)
		return absent(p, &at, "", w->note);
	if (w && (w->kind == TRYST_FWORD_TERM || w->kind == TRYST_FWORD_IP))
		return tryst_fparser_advance(p) < 0
		               ? NULL
		               : term_test(p, &tryst_fterms[w->arg], side, &at);
	if (w && w->kind == TRYST_FWORD_RANGE)
		return tryst_fparser_advance(p) < 0 ? NULL : portrange(p, side);
	if (at.kind == TRYST_FTOKEN_WORD && !w && ends && memchr(at.text, '.', at.len))
		return term_test(p, &tryst_fterms[TRYST_FTERM_IP], side, &at);
	return unexpected(p, ends ? "ip, net, port, as or an address" : "if, packets or bytes");
}

static struct tryst_fnode *
portrange(struct tryst_fparser *p, enum tryst_fside side)
{
	struct tryst_ftoken at = p->tok;

	if (p->tok.kind != TRYST_FTOKEN_WORD)
		return unexpected(p, "a range such as 80-90");
	return term_test(p, &tryst_fterms[TRYST_FTERM_PORT], side, &at);
}

/* A test that a protocol's word joins to: `tcp port 80`, `ip host A`, `udp src or dst port 53`. */
static struct tryst_fnode *
joined(struct tryst_fparser *p, struct tryst_fnode *left, bool family)
{
	const struct tryst_fword *w = word_at(&p->tok);
	struct tryst_fnode *right;

	if (!left || p->tok.kind != TRYST_FTOKEN_WORD)
		return left;
	if (w && (w->kind == TRYST_FWORD_FAMILY ||
	          w->kind == (family ? TRYST_FWORD_IP : TRYST_FWORD_PROTO)))
		return left;
	if (tryst_fparser_deeper(p) < 0) {
		tryst_fnode_free(left);
		return NULL;
	}
	right = tryst_fparser_test(p);
	p->depth--;
	return tryst_fnode_join(TRYST_FNODE_AND, left, right, p->err);
}

static struct tryst_fnode *
proto_test(struct tryst_fparser *p, int proto)
{
	return joined(p,
	              tryst_fnode_number(TRYST_FIELD_proto, NONE, TRYST_FCOMPARE_EQ,
	                                 (uint64_t)proto, p->err),
	              false);
}

static struct tryst_fnode *
family_test(struct tryst_fparser *p, int family)
{
	struct tryst_fnode *n = tryst_fnode_new(TRYST_FNODE_FAMILY, p->err);

	if (n)
		n->family = (uint8_t)family;
	return joined(p, n, true);
}

/* `ip A`, `ip in [...]`; `ip` before another test or alone is IPv4. */
static struct tryst_fnode *
ip_test(struct tryst_fparser *p)
{
	struct tryst_ftoken at = p->tok;
	const struct tryst_fword *w = word_at(&at);
	bool other = at.kind != TRYST_FTOKEN_WORD && at.kind != TRYST_FTOKEN_OPEN_LIST &&
	             at.kind != TRYST_FTOKEN_COMPARE;

	if (tryst_fparser_at_list(p) || (!other && !w))
		return term_test(p, &tryst_fterms[TRYST_FTERM_IP], TRYST_FSIDE_NONE, &at);
	return family_test(p, 4);
}

static struct tryst_fnode *
flags_test(struct tryst_fparser *p)
{
	struct tryst_fnode *tcp =
		tryst_fnode_number(TRYST_FIELD_proto, NONE, TRYST_FCOMPARE_EQ, PROTO_TCP, p->err);
	struct tryst_fnode *n = tcp ? field_test(p, TRYST_FIELD_tcp_flags, NONE, "flags") : NULL;

	return tryst_fnode_join(TRYST_FNODE_AND, tcp, n, p->err);
}

static struct tryst_fnode *
icmp_test(struct tryst_fparser *p, const struct tryst_fword *w)
{
	struct tryst_fnode *proto =
		tryst_fnode_number(TRYST_FIELD_proto, NONE, TRYST_FCOMPARE_IN, PROTO_ICMP, p->err);
	struct tryst_fnode *n = proto ? tryst_fparser_numbers(p, w->arg, NONE, w->word) : NULL;

	if (n && tryst_fnode_add_range(proto, PROTO_ICMP6, PROTO_ICMP6, p->err) < 0)
		tryst_fnode_free(TRYST_TAKE(n));
	return tryst_fnode_join(TRYST_FNODE_AND, proto, n, p->err);
}

/* tcpdump's greater N and less N: at least, at most N bytes. */
static struct tryst_fnode *
size_test(struct tryst_fparser *p, enum tryst_fcompare compare)
{
	struct tryst_fnode *n, *out = NULL;

	if (p->tok.kind != TRYST_FTOKEN_WORD)
		return unexpected(p, "a number");
	n = tryst_fparser_numbers(p, TRYST_FIELD_bytes, NONE, "bytes");
	if (n && n->compare == TRYST_FCOMPARE_EQ)
		out = tryst_fnode_number(TRYST_FIELD_bytes, NONE, compare, n->value, p->err);
	else if (n)
		unexpected(p, "one number");
	tryst_fnode_free(n);
	return out;
}

/* `observation domain id N` */
static struct tryst_fnode *
observation_test(struct tryst_fparser *p)
{
	struct tryst_ftoken at = p->tok;

	if (at.kind == TRYST_FTOKEN_WORD && tryst_ftoken_is(&at, "point"))
		return absent(p, &at, "", "observation point");
	if (at.kind != TRYST_FTOKEN_WORD || !tryst_ftoken_is(&at, "domain"))
		return unexpected(p, "domain");
	if (tryst_fparser_advance(p) < 0)
		return NULL;
	if (p->tok.kind != TRYST_FTOKEN_WORD || !tryst_ftoken_is(&p->tok, "id"))
		return unexpected(p, "id");
	return tryst_fparser_advance(p) < 0
	               ? NULL
	               : tryst_fparser_numbers(p, TRYST_FIELD_domain, NONE, "domain");
}

static struct tryst_fnode *
known_test(struct tryst_fparser *p, const struct tryst_fword *w, const struct tryst_ftoken *at)
{
	switch (w->kind) {
	case TRYST_FWORD_ANY:
		return tryst_fnode_new(TRYST_FNODE_ANY, p->err);
	case TRYST_FWORD_SIDE:
		return side_test(p, w);
	case TRYST_FWORD_TERM:
		return term_test(p, &tryst_fterms[w->arg], TRYST_FSIDE_NONE, at);
	case TRYST_FWORD_IP:
		return ip_test(p);
	case TRYST_FWORD_FIELD:
		return field_test(p, w->arg, NONE, w->word);
	case TRYST_FWORD_RATE:
		return tryst_fparser_rate(p, (enum tryst_frate)w->arg, w->word);
	case TRYST_FWORD_FLAGS:
		return flags_test(p);
	case TRYST_FWORD_ICMP:
		return icmp_test(p, w);
	case TRYST_FWORD_FAMILY:
		return family_test(p, w->arg);
	case TRYST_FWORD_PROTO:
		return proto_test(p, w->arg);
	case TRYST_FWORD_RANGE:
		return portrange(p, TRYST_FSIDE_NONE);
	case TRYST_FWORD_SIZE:
		return size_test(p, (enum tryst_fcompare)w->arg);
	case TRYST_FWORD_ROUTER:
		return field_test(p, TRYST_FIELD_exporter, NONE, w->word);
	case TRYST_FWORD_OBSERVATION:
		return observation_test(p);
	default:
		return absent(p, at, "", w->note);
	}
}

struct tryst_fnode *
tryst_fparser_test(struct tryst_fparser *p)
{
	struct tryst_ftoken at = p->tok;
	const struct tryst_fword *w = word_at(&at);
	size_t escape;
	int field, proto;

	if (at.kind != TRYST_FTOKEN_WORD)
		return unexpected(p, "a test");
	if (w)
		return tryst_fparser_advance(p) < 0 ? NULL : known_test(p, w, &at);
	if (tryst_ftoken_is_address(&at))
		return term_test(p, &tryst_fterms[TRYST_FTERM_IP], TRYST_FSIDE_NONE, &at);
	field = tryst_fword_field(at.text, at.len);
	if (field == TRYST_FIELD_record_no)
		return absent(p, &at, "", "number until all of the input is read");
	if (field != NONE)
		return tryst_fparser_advance(p) < 0
		               ? NULL
		               : field_test(p, field, NONE, tryst_field_info(field)->name);
	escape = at.text[0] == '\\';
	proto = tryst_proto_find(at.text + escape, at.len - escape);
	if (proto >= 0)
		return tryst_fparser_advance(p) < 0 ? NULL : proto_test(p, proto);
	if (at.text[0] == '%')
		return absent(p, &at, "", "flow labels");
	return unexpected(p, "a test");
}
