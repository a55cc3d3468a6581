/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folding brings a parsed tree to the invariants of filter_ast.h: nested chains become one, chains
 * of `or` over the same field become one set, `any` goes away.
 *
 * People chain hundreds of `ip A or ip B`; a set answers them all with one look.
 */
#include "query/filter_ast.h"

#include <stdlib.h>

static int
compare_ranges(const void *a, const void *b)
{
	const struct tryst_frange *x = a, *y = b;

	return x->lo < y->lo ? -1 : x->lo > y->lo;
}

/* Sorts and joins the ranges of a set of numbers; a single number becomes `= N`. */
static void
merge_ranges(struct tryst_fnode *n)
{
	uint32_t last = 0;

	if (n->kind != TRYST_FNODE_NUMBER || n->compare != TRYST_FCOMPARE_IN)
		return;
	qsort(n->ranges, n->count, sizeof(*n->ranges), compare_ranges);
	for (uint32_t i = 1; i < n->count; i++) {
		if (n->ranges[last].hi == UINT64_MAX || n->ranges[i].lo <= n->ranges[last].hi + 1)
			n->ranges[last].hi = TRYST_MAX(n->ranges[last].hi, n->ranges[i].hi);
		else
			n->ranges[++last] = n->ranges[i];
	}
	n->count = last + 1;
	if (n->count == 1 && n->ranges[0].lo == n->ranges[0].hi) {
		n->compare = TRYST_FCOMPARE_EQ;
		n->value = n->ranges[0].lo;
	}
}

/* An AND or OR being built. */
struct chain {
	struct tryst_fnode *out;
	bool constant; /* a kid decides it whatever the others say */
	struct tryst_fnode
		*sets[TRYST_FIELD_COUNT][2]; /* of an OR: its set of a field, of a pair */
	struct tryst_error *err;
};

static bool
is_set(const struct tryst_fnode *n)
{
	return n->kind == TRYST_FNODE_ADDRESS ||
	       (n->kind == TRYST_FNODE_NUMBER &&
	        (n->compare == TRYST_FCOMPARE_EQ || n->compare == TRYST_FCOMPARE_IN));
}

/* Moves a kid of an OR into the set of its field, or makes it that. */
static int
or_add(struct chain *c, struct tryst_fnode *kid)
{
	struct tryst_fnode **set;
	int rc;

	if (!is_set(kid))
		return tryst_fnode_add_kid(c->out, kid, c->err);
	set = &c->sets[kid->a][kid->b != TRYST_FILTER_NO_FIELD];
	if (!*set) {
		*set = kid;
		return tryst_fnode_add_kid(c->out, kid, c->err);
	}
	assert((*set)->b == kid->b);
	(*set)->compare = TRYST_FCOMPARE_IN;
	rc = tryst_fnode_add_items(*set, kid, c->err);
	tryst_fnode_free(kid);
	return rc;
}

static bool
is_never(const struct tryst_fnode *n)
{
	return n->kind == TRYST_FNODE_NOT && n->kids[0]->kind == TRYST_FNODE_ANY;
}

/* Takes a folded kid into the chain. */
static int
chain_add(struct chain *c, struct tryst_fnode *kid)
{
	bool is_or = c->out->kind == TRYST_FNODE_OR;
	int rc = 0;

	if (kid->kind == c->out->kind) {
		for (uint32_t i = 0; i < kid->count && rc == 0; i++)
			rc = chain_add(c, TRYST_TAKE(kid->kids[i]));
		tryst_fnode_free(kid);
		return rc;
	}
	if (kid->kind == TRYST_FNODE_ANY || is_never(kid)) {
		c->constant |= is_or == (kid->kind == TRYST_FNODE_ANY);
		tryst_fnode_free(kid);
		return 0;
	}
	return is_or ? or_add(c, kid) : tryst_fnode_add_kid(c->out, kid, c->err);
}

/* ANY or NOT ANY. */
static struct tryst_fnode *
constant_new(bool value, struct tryst_error *err)
{
	struct tryst_fnode *any = tryst_fnode_new(TRYST_FNODE_ANY, err), *never;

	if (!any || value)
		return any;
	never = tryst_fnode_new(TRYST_FNODE_NOT, err);
	if (!never) {
		tryst_fnode_free(any);
	} else if (tryst_fnode_add_kid(never, any, err) < 0) {
		tryst_fnode_free(never);
		never = NULL;
	}
	return never;
}

static struct tryst_fnode *
fold_chain(struct tryst_fnode *n, struct tryst_error *err)
{
	struct chain c = { .out = tryst_fnode_new(n->kind, err), .err = err };
	struct tryst_fnode *kid, *result = NULL;
	int rc = c.out ? 0 : TRYST_ERR_NOMEM;

	for (uint32_t i = 0; i < n->count && rc == 0; i++) {
		kid = tryst_fnode_fold(TRYST_TAKE(n->kids[i]), err);
		rc = kid ? chain_add(&c, kid) : TRYST_ERR_NOMEM;
	}
	if (rc < 0)
		goto out;
	for (uint32_t i = 0; i < c.out->count; i++)
		merge_ranges(c.out->kids[i]);
	if (c.constant || c.out->count == 0)
		result = constant_new(c.constant == (n->kind == TRYST_FNODE_OR), err);
	else if (c.out->count == 1)
		result = TRYST_TAKE(c.out->kids[0]);
	else
		result = TRYST_TAKE(c.out);
out:
	tryst_fnode_free(c.out);
	tryst_fnode_free(n);
	return result;
}

static struct tryst_fnode *
fold_not(struct tryst_fnode *n, struct tryst_error *err)
{
	struct tryst_fnode *kid = tryst_fnode_fold(TRYST_TAKE(n->kids[0]), err), *inner;

	if (kid && kid->kind != TRYST_FNODE_NOT) {
		n->kids[0] = kid;
		return n;
	}
	inner = kid ? TRYST_TAKE(kid->kids[0]) : NULL;
	tryst_fnode_free(kid);
	tryst_fnode_free(n);
	return inner;
}

struct tryst_fnode *
tryst_fnode_fold(struct tryst_fnode *n, struct tryst_error *err)
{
	switch (n->kind) {
	case TRYST_FNODE_AND:
	case TRYST_FNODE_OR:
		return fold_chain(n, err);
	case TRYST_FNODE_NOT:
		return fold_not(n, err);
	default:
		merge_ranges(n);
		return n;
	}
}
