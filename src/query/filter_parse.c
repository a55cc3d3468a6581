/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar around the tests:
 *
 *   or   := and { or and }
 *   and  := not { and not }
 *   not  := { not } ( "(" or ")" | test )
 *
 * By recursive descent; brackets are the only recursion and are counted.
 */
#include "query/filter_ast.h"

#define SHOWN(t) (int)TRYST_MIN((t)->len, (size_t)60), (t)->text

int
tryst_fparser_advance(struct tryst_fparser *p)
{
	p->tok = p->ahead;
	return p->tok.kind == TRYST_FTOKEN_END ? 0 : tryst_flexer_next(&p->lx, &p->ahead);
}

int
tryst_fparser_deeper(struct tryst_fparser *p)
{
	if (++p->depth <= TRYST_FILTER_DEPTH_MAX)
		return 0;
	return tryst_flexer_error(&p->lx, &p->tok, NULL, "more than %d tests inside each other",
	                          TRYST_FILTER_DEPTH_MAX);
}

static struct tryst_fnode *parse_or(struct tryst_fparser *p);

/* Something stands where `and`, `or` or the end was expected. */
static void
unexpected(struct tryst_fparser *p)
{
	const struct tryst_ftoken *t = &p->tok;
	const char *hint = t->kind == TRYST_FTOKEN_CLOSE ? "no bracket is open here"
	                                                 : "tests are joined by `and` or `or`";

	/* nfdump: `( ... ) %name` marks what the brackets match. */
	if (t->text[0] == '%')
		tryst_flexer_error(&p->lx, t, NULL, "tryst's records carry no flow labels");
	else
		tryst_flexer_error(&p->lx, t, hint, "unexpected \"%.*s\"", SHOWN(t));
}

static struct tryst_fnode *
parse_brackets(struct tryst_fparser *p)
{
	struct tryst_ftoken open = p->tok;
	struct tryst_fnode *n;

	if (tryst_fparser_deeper(p) < 0)
		return NULL;
	n = tryst_fparser_advance(p) < 0 ? NULL : parse_or(p);
	p->depth--;
	if (!n)
		return NULL;
	if (p->tok.kind == TRYST_FTOKEN_END)
		tryst_flexer_error(&p->lx, &open, NULL, "this bracket is never closed");
	else if (p->tok.kind != TRYST_FTOKEN_CLOSE)
		unexpected(p);
	else if (tryst_fparser_advance(p) == 0)
		return n;
	tryst_fnode_free(n);
	return NULL;
}

static struct tryst_fnode *
parse_not(struct tryst_fparser *p)
{
	struct tryst_fnode *n, *not_n;
	bool negate = false;

	while (p->tok.kind == TRYST_FTOKEN_NOT) {
		negate = !negate;
		if (tryst_fparser_advance(p) < 0)
			return NULL;
	}
	p->negated ^= negate;
	n = p->tok.kind == TRYST_FTOKEN_OPEN ? parse_brackets(p) : tryst_fparser_test(p);
	p->negated ^= negate;
	if (!n || !negate)
		return n;
	not_n = tryst_fnode_new(TRYST_FNODE_NOT, p->err);
	if (!not_n) {
		tryst_fnode_free(n);
	} else if (tryst_fnode_add_kid(not_n, n, p->err) < 0) {
		tryst_fnode_free(not_n);
		return NULL;
	}
	return not_n;
}

/* One operand, or several joined by the operator. */
static struct tryst_fnode *
parse_chain(struct tryst_fparser *p, enum tryst_ftoken_kind operator, enum tryst_fnode_kind kind,
            struct tryst_fnode *(*operand)(struct tryst_fparser *))
{
	struct tryst_fnode *first = operand(p), *chain, *next;

	if (!first || p->tok.kind != operator)
		return first;
	chain = tryst_fnode_new(kind, p->err);
	if (!chain)
		tryst_fnode_free(first);
	else if (tryst_fnode_add_kid(chain, first, p->err) < 0)
		goto failed;
	while (chain && p->tok.kind == operator) {
		next = tryst_fparser_advance(p) < 0 ? NULL : operand(p);
		if (!next || tryst_fnode_add_kid(chain, next, p->err) < 0)
			goto failed;
	}
	return chain;
failed:
	tryst_fnode_free(chain);
	return NULL;
}

static struct tryst_fnode *
parse_and(struct tryst_fparser *p)
{
	return parse_chain(p, TRYST_FTOKEN_AND, TRYST_FNODE_AND, parse_not);
}

static struct tryst_fnode *
parse_or(struct tryst_fparser *p)
{
	return parse_chain(p, TRYST_FTOKEN_OR, TRYST_FNODE_OR, parse_and);
}

struct tryst_fnode *
tryst_filter_parse(const char *text, const char *origin, struct tryst_error *err)
{
	struct tryst_fparser p = { .err = err };
	struct tryst_fnode *n = NULL;

	if (tryst_flexer_init(&p.lx, text, origin, err) < 0 ||
	    tryst_flexer_next(&p.lx, &p.ahead) < 0 || tryst_fparser_advance(&p) < 0)
		goto out;
	n = p.tok.kind == TRYST_FTOKEN_END ? tryst_fnode_new(TRYST_FNODE_ANY, err) : parse_or(&p);
	if (n && p.tok.kind != TRYST_FTOKEN_END) {
		unexpected(&p);
		tryst_fnode_free(TRYST_TAKE(n));
	}
out:
	tryst_flexer_fini(&p.lx);
	return n;
}
