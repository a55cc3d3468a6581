/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tree of a filter: making and freeing nodes.
 */
#include "query/filter_ast.h"

#include <stdlib.h>
#include <string.h>

static const size_t item_size[] = {
	[TRYST_FNODE_ANY] = 0,
	[TRYST_FNODE_AND] = sizeof(struct tryst_fnode *),
	[TRYST_FNODE_OR] = sizeof(struct tryst_fnode *),
	[TRYST_FNODE_NOT] = sizeof(struct tryst_fnode *),
	[TRYST_FNODE_NUMBER] = sizeof(struct tryst_frange),
	[TRYST_FNODE_ADDRESS] = sizeof(struct tryst_ipset_entry),
	[TRYST_FNODE_FLAGS] = 0,
	[TRYST_FNODE_RATE] = sizeof(struct tryst_frange),
	[TRYST_FNODE_FAMILY] = 0,
};

static bool
has_kids(const struct tryst_fnode *n)
{
	return n->kind == TRYST_FNODE_AND || n->kind == TRYST_FNODE_OR ||
	       n->kind == TRYST_FNODE_NOT;
}

struct tryst_fnode *
tryst_fnode_new(enum tryst_fnode_kind kind, struct tryst_error *err)
{
	struct tryst_fnode *n = calloc(1, sizeof(*n));

	if (!n) {
		tryst_error_nomem(err);
		return NULL;
	}
	n->kind = kind;
	n->a = n->b = TRYST_FILTER_NO_FIELD;
	return n;
}

void
tryst_fnode_free(struct tryst_fnode *n)
{
	if (!n)
		return;
	if (has_kids(n)) {
		for (uint32_t i = 0; i < n->count; i++)
			tryst_fnode_free(n->kids[i]);
	}
	free(n->kids);
	free(n->bitmap);
	tryst_ipset_free(n->set);
	free(n);
}

/* Room for more items of the union's array. */
static int
reserve(struct tryst_fnode *n, uint32_t more, struct tryst_error *err)
{
	uint32_t room = TRYST_MAX(n->room ? n->room * 2 : 1, n->count + more);
	void *grown;

	if (n->count + more <= n->room)
		return 0;
	grown = realloc(n->kids, room * item_size[n->kind]);
	if (!grown)
		return tryst_error_nomem(err);
	n->kids = grown;
	n->room = room;
	return 0;
}

int
tryst_fnode_add_kid(struct tryst_fnode *n, struct tryst_fnode *kid, struct tryst_error *err)
{
	int rc = reserve(n, 1, err);

	if (rc < 0)
		tryst_fnode_free(kid);
	else
		n->kids[n->count++] = kid;
	return rc;
}

int
tryst_fnode_add_range(struct tryst_fnode *n, uint64_t lo, uint64_t hi, struct tryst_error *err)
{
	int rc = reserve(n, 1, err);

	if (rc == 0)
		n->ranges[n->count++] = (struct tryst_frange){ lo, hi };
	return rc;
}

int
tryst_fnode_add_prefix(struct tryst_fnode *n, struct tryst_prefix p, struct tryst_error *err)
{
	int rc = reserve(n, 1, err);

	if (rc == 0)
		n->entries[n->count++] = (struct tryst_ipset_entry){ .prefix = p };
	return rc;
}

struct tryst_fnode *
tryst_fnode_join(enum tryst_fnode_kind kind, struct tryst_fnode *a, struct tryst_fnode *b,
                 struct tryst_error *err)
{
	struct tryst_fnode *n = a && b ? tryst_fnode_new(kind, err) : NULL;

	if (!n || tryst_fnode_add_kid(n, TRYST_TAKE(a), err) < 0 ||
	    tryst_fnode_add_kid(n, TRYST_TAKE(b), err) < 0) {
		tryst_fnode_free(a);
		tryst_fnode_free(b);
		tryst_fnode_free(n);
		return NULL;
	}
	return n;
}

struct tryst_fnode *
tryst_fnode_copy(const struct tryst_fnode *n, int a, struct tryst_error *err)
{
	struct tryst_fnode *copy = tryst_fnode_new(n->kind, err);

	assert(!has_kids(n));
	if (!copy)
		return NULL;
	*copy = *n;
	copy->kids = NULL;
	copy->count = copy->room = 0;
	copy->a = (int8_t)a;
	if (tryst_fnode_add_items(copy, n, err) < 0) {
		tryst_fnode_free(copy);
		return NULL;
	}
	return copy;
}

uint64_t
tryst_filter_field_max(int field)
{
	const struct tryst_field_info *info;

	if (field == TRYST_FILTER_NO_FIELD)
		return UINT64_MAX;
	info = tryst_field_info(field);
	return info->type == TRYST_TYPE_time ? INT64_MAX : UINT64_MAX >> (64 - 8 * info->size);
}

struct tryst_fnode *
tryst_fnode_number(int a, int b, enum tryst_fcompare compare, uint64_t value,
                   struct tryst_error *err)
{
	bool rate = a == TRYST_FILTER_NO_FIELD;
	struct tryst_fnode *n = tryst_fnode_new(rate ? TRYST_FNODE_RATE : TRYST_FNODE_NUMBER, err);
	uint64_t max = tryst_filter_field_max(a), lo = 0, hi = max;
	bool empty = false;

	if (!n)
		return NULL;
	/* Kernels take the distance from lo, so the smallest time may stand for itself. */
	if (!rate && tryst_field_info(a)->type == TRYST_TYPE_time)
		lo = (uint64_t)INT64_MIN;
	n->a = (int8_t)a;
	n->b = (int8_t)b;
	n->compare = compare;
	n->value = value;
	switch (compare) {
	case TRYST_FCOMPARE_LT:
		empty = value == lo;
		hi = value - 1;
		break;
	case TRYST_FCOMPARE_LE:
		hi = value;
		break;
	case TRYST_FCOMPARE_GT:
		empty = value == max;
		lo = value + 1;
		break;
	case TRYST_FCOMPARE_GE:
		lo = value;
		break;
	default:
		lo = hi = value;
	}
	if (!empty && tryst_fnode_add_range(n, lo, hi, err) < 0) {
		tryst_fnode_free(n);
		return NULL;
	}
	return n;
}

int
tryst_fnode_add_items(struct tryst_fnode *n, const struct tryst_fnode *from,
                      struct tryst_error *err)
{
	size_t size = item_size[n->kind];
	int rc = reserve(n, from->count, err);

	assert(n->kind == from->kind && !has_kids(n));
	if (rc < 0 || from->count == 0)
		return rc;
	memcpy((char *)n->kids + n->count * size, from->kids, from->count * size);
	n->count += from->count;
	return 0;
}
