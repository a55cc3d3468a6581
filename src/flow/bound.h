/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bounds: what all rows have in common that a predicate takes, in a form that a source understands.
 *
 * A row is within a bound if it says a number of `field`, or of `other`, that is lo to hi
 * (inclusive, without a sign).  A source may leave out rows that are not within all of them, and
 * counts them as read; it may also know nothing of bounds, as rows are tested again by the
 * predicate itself.
 */
#ifndef TRYST_FLOW_BOUND_H
#define TRYST_FLOW_BOUND_H

#include "flow/field.h"

struct tryst_bound {
	enum tryst_field field;
	enum tryst_field other; /* the same as `field` where there is one only */
	uint64_t lo, hi;
};

/* They belong to whoever made them. */
struct tryst_bounds {
	const struct tryst_bound *list;
	size_t count;
};

#endif
