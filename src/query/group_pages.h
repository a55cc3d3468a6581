/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory of the tables of groups: pages straight from the system, under a budget that the threads
 * of a run share.  From one huge page up they lie at a multiple of it and are whole ones, because a
 * table that is looked up at random lives by them.
 */
#ifndef TRYST_QUERY_GROUP_PAGES_H
#define TRYST_QUERY_GROUP_PAGES_H

#include <stdatomic.h>

#include "base/error.h"

/* What all tables of a run may take together; any thread. */
struct tryst_group_budget {
	atomic_size_t used;
	size_t limit;
};

/* Takes bytes of it, or returns false. */
bool tryst_group_budget_take(struct tryst_group_budget *b, size_t bytes);
void tryst_group_budget_give(struct tryst_group_budget *b, size_t bytes);

struct tryst_group_pages {
	uint64_t *data; /* zero at first */
	size_t size;    /* bytes, at least what was asked */
};

/* TRYST_ERR_LIMIT, without a text, when the budget has no room. */
int tryst_group_pages_init(struct tryst_group_pages *p, struct tryst_group_budget *b, size_t size,
                           struct tryst_error *err);

/* More of them behind the old ones, which move but are not copied.  Errors as above. */
int tryst_group_pages_grow(struct tryst_group_pages *p, struct tryst_group_budget *b, size_t size,
                           struct tryst_error *err);

void tryst_group_pages_fini(struct tryst_group_pages *p, struct tryst_group_budget *b);

#endif
