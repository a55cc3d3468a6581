/* SPDX-License-Identifier: Apache-2.0 */
#include "query/filter.h"

#include <math.h>
#include <stdlib.h>

#include "query/filter_dense.h"

struct tryst_filter {
	struct tryst_predicate predicate; /* first: apply gets its address */
	struct tryst_fnode *tree;
	struct tryst_ipset *addresses; /* NULL where the set of a test is it, or there is none */
	const struct tryst_ipset *needed;
	struct tryst_bound *bounds; /* one a test that all matching flows pass and that is one */
};

static void
apply(const struct tryst_predicate *p, struct tryst_batch *b)
{
	const struct tryst_filter *f = (const struct tryst_filter *)(const void *)p;

	assert((p->columns & ~b->columns) == 0);
	if (b->selected == b->rows)
		b->selected = tryst_fnode_run_all(f->tree, b, b->sel);
	else
		b->selected = tryst_fnode_run(f->tree, b, b->sel, b->selected);
}

/* About how many hosts a prefix holds; a /64 of IPv6 counts as one. */
static double
prefix_weight(struct tryst_prefix p)
{
	bool v4 = p.len >= 96 && tryst_ip_is_v4(p.ip);

	return v4 ? ldexp(1, 128 - p.len) : p.len >= 64 ? 1 : ldexp(1, 64 - p.len);
}

/*
 * Says of every node how wide a net it casts: each matching flow has its src or dst in prefixes of
 * about that many hosts; INFINITY when the node implies none.
 */
static double
weigh(struct tryst_fnode *n)
{
	bool narrows = n->kind == TRYST_FNODE_AND, known = narrows || n->kind == TRYST_FNODE_OR;
	double w;

	if (n->kind == TRYST_FNODE_ADDRESS)
		known = n->a == TRYST_FIELD_src || n->a == TRYST_FIELD_dst;
	n->weight = narrows || !known ? INFINITY : 0;
	for (uint32_t i = 0; i < n->count && known; i++) {
		w = n->kind == TRYST_FNODE_ADDRESS ? prefix_weight(n->entries[i].prefix)
		                                   : weigh(n->kids[i]);
		n->weight = narrows ? fmin(n->weight, w) : n->weight + w;
	}
	return n->weight;
}

/* Appends the net of a node whose weight is finite; *only is the test it came from, if it was one.
 */
static int
collect(const struct tryst_fnode *n, struct tryst_fnode *into, const struct tryst_fnode **only,
        struct tryst_error *err)
{
	const struct tryst_fnode *best;
	int rc = 0;

	while (n->kind == TRYST_FNODE_AND) {
		best = n->kids[0];
		for (uint32_t i = 1; i < n->count; i++)
			best = n->kids[i]->weight < best->weight ? n->kids[i] : best;
		n = best;
	}
	if (n->kind == TRYST_FNODE_ADDRESS) {
		*only = into->count ? NULL : n;
		return tryst_fnode_add_items(into, n, err);
	}
	for (uint32_t i = 0; i < n->count && rc == 0; i++)
		rc = collect(n->kids[i], into, only, err);
	return rc;
}

static int
find_addresses(struct tryst_filter *f, struct tryst_error *err)
{
	struct tryst_fnode *all;
	const struct tryst_fnode *only = NULL;
	int rc;

	if (!isfinite(weigh(f->tree)))
		return 0;
	all = tryst_fnode_new(TRYST_FNODE_ADDRESS, err);
	if (!all)
		return TRYST_ERR_NOMEM;
	rc = collect(f->tree, all, &only, err);
	if (rc == 0 && !(only && only->set))
		rc = tryst_ipset_new(&f->addresses, all->entries, all->count, err);
	if (rc == 0)
		f->needed = f->addresses ? f->addresses : only->set;
	tryst_fnode_free(all);
	return rc;
}

/*
 * Whether a test is a bound: a number in ranges, of which the bound has the first and the last end.
 */
static bool
bound_of(const struct tryst_fnode *n, struct tryst_bound *out)
{
	if (n->kind != TRYST_FNODE_NUMBER || n->count == 0 || n->compare == TRYST_FCOMPARE_NE ||
	    n->a == TRYST_FIELD_flows)
		return false;
	*out = (struct tryst_bound){
		.field = (enum tryst_field)n->a,
		.other = (enum tryst_field)(n->b == TRYST_FILTER_NO_FIELD ? n->a : n->b),
		.lo = n->ranges[0].lo,
		.hi = n->ranges[n->count - 1].hi,
	};
	return true;
}

static int
find_bounds(struct tryst_filter *f, struct tryst_error *err)
{
	const struct tryst_fnode *n = f->tree;
	bool many = n->kind == TRYST_FNODE_AND;
	uint32_t tests = many ? n->count : 1;
	size_t count = 0;

	f->bounds = calloc(tests, sizeof(*f->bounds));
	if (!f->bounds)
		return tryst_error_nomem(err);
	for (uint32_t i = 0; i < tests; i++)
		count += bound_of(many ? n->kids[i] : n, &f->bounds[count]);
	f->predicate.bounds = (struct tryst_bounds){ f->bounds, count };
	return 0;
}

int
tryst_filter_new(struct tryst_filter **out, const char *text, const char *origin,
                 struct tryst_error *err)
{
	struct tryst_filter *f = calloc(1, sizeof(*f));
	struct tryst_error own = { 0 };
	int rc = 0;

	if (!f)
		return tryst_error_nomem(err);
	err = err ? err : &own;
	err->code = 0;
	f->tree = tryst_filter_parse(text, origin, err);
	if (f->tree)
		f->tree = tryst_fnode_fold(f->tree, err);
	if (!f->tree)
		rc = err->code;
	if (rc == 0)
		rc = tryst_fnode_compile(f->tree, err);
	if (rc == 0)
		tryst_fdense_mark(f->tree);
	if (rc == 0)
		rc = find_addresses(f, err);
	if (rc == 0)
		rc = find_bounds(f, err);
	if (rc < 0) {
		tryst_filter_free(f);
		return rc;
	}
	f->predicate.apply = apply;
	f->predicate.columns = tryst_fnode_columns(f->tree);
	*out = f;
	return 0;
}

void
tryst_filter_free(struct tryst_filter *f)
{
	if (!f)
		return;
	tryst_fnode_free(f->tree);
	tryst_ipset_free(f->addresses);
	free(f->bounds);
	free(f);
}

const struct tryst_predicate *
tryst_filter_predicate(const struct tryst_filter *f)
{
	return &f->predicate;
}

bool
tryst_filter_is_any(const struct tryst_filter *f)
{
	return f->tree->kind == TRYST_FNODE_ANY;
}

void
tryst_filter_explain(const struct tryst_filter *f, struct tryst_buf *out)
{
	tryst_fnode_explain(f->tree, out);
}

const struct tryst_ipset *
tryst_filter_addresses(const struct tryst_filter *f)
{
	return f->needed;
}
