/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What looks at batches.  An operator keeps state per thread and merges it once:
 *
 *   open (per thread) -> push ... push -> [part_end] ... -> merge (one at a time) -> finish
 *
 * Which rows reach which thread is chance, so the merged result must not depend on it: states add
 * up, or what order matters for is sorted by (start, input, record) in finish.  An operator that
 * writes as it goes uses part_end, whose calls say exactly what has been read (see
 * flow/sequencer.h).
 */
#ifndef TRYST_FLOW_OPERATOR_H
#define TRYST_FLOW_OPERATOR_H

#include "flow/batch.h"
#include "flow/bound.h"

struct tryst_operator;

struct tryst_operator_ops {
	const char *name;
	/* A new thread's state. */
	int (*open)(struct tryst_operator *op, void **state, struct tryst_error *err);
	/* Looks at the selected rows.  The batch is the pipeline's; nothing may be kept of it. */
	int (*push)(struct tryst_operator *op, void *state, const struct tryst_batch *b,
	            struct tryst_error *err);
	/*
	 * Optional: all rows of this part of this input were pushed to this state.  part ==
	 * SIZE_MAX: the input is done, with that many parts (0 when it could not be opened). Inputs
	 * and parts end in any order, on any thread.
	 */
	int (*part_end)(struct tryst_operator *op, void *state, uint32_t input, size_t part,
	                size_t parts, struct tryst_error *err);
	/* Folds a thread's state into the operator and frees it; never two at once. */
	int (*merge)(struct tryst_operator *op, void *state, struct tryst_error *err);
	/* Optional: after all merges. */
	int (*finish)(struct tryst_operator *op, struct tryst_error *err);
};

/* Embedded as the first member of each operator's own struct. */
struct tryst_operator {
	const struct tryst_operator_ops *ops;
	uint64_t columns; /* what push looks at */
	uint64_t coded;   /* of these: addresses that push also takes as codes */
};

/*
 * Narrows a selection: the filter language's compiled form is one.  Where all rows of the batch are
 * selected sel may hold nothing yet: most tests of whole columns do not look at it.
 */
struct tryst_predicate {
	void (*apply)(const struct tryst_predicate *p, struct tryst_batch *b); /* any thread */
	uint64_t columns;
	struct tryst_bounds bounds; /* of every row that it takes; none: nothing is said */
};

#endif
