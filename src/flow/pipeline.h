/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs inputs through a predicate into operators on all cores.
 *
 * Threads claim parts in the order (input, part), if an operator follows them (part_end), or else
 * each of an input of its own while there are any; an input is opened when the first thread gets to
 * it and closed when its last part was read, so that a large archive never holds many files open.
 */
#ifndef TRYST_FLOW_PIPELINE_H
#define TRYST_FLOW_PIPELINE_H

#include "flow/operator.h"
#include "flow/source.h"

/* Opens an input for a request: fills in->format and *out, or *err. */
typedef int (*tryst_open_fn)(void *ctx, struct tryst_input *in, const struct tryst_request *req,
                             struct tryst_source **out, struct tryst_error *err);

/* What a progress line needs; the counters move while threads run. */
struct tryst_progress {
	atomic_uint_fast64_t bytes_total; /* of all inputs, 0 unknown */
	atomic_uint_fast64_t bytes_done;  /* an estimate by finished parts */
	atomic_uint_fast64_t flows;
	atomic_uint_fast64_t matched;
};

struct tryst_pipeline {
	struct tryst_input **inputs; /* in the order of their ids */
	size_t input_count;
	tryst_open_fn open;
	void *open_ctx;
	struct tryst_request request;            /* columns are added by the pipeline */
	const struct tryst_predicate *predicate; /* NULL: all rows */
	struct tryst_operator **operators;
	size_t operator_count;
	unsigned jobs; /* threads, at least 1 */
	/*
	 * Set by the caller (a signal handler, say) to end early, and by the pipeline when
	 * something failed; whoever waits inside an operator watches it.  NULL: the pipeline's own.
	 */
	atomic_bool *stop;
	struct tryst_progress *progress; /* NULL, or counters to move */
};

/*
 * Reads everything.  Inputs that cannot be opened or read get their error in in->error and do not
 * stop the others.  Returns 0; TRYST_ERR_INTERRUPTED after a stop (operators have been merged and
 * finished with what was read until then); another negative code when an operator failed.
 */
int tryst_pipeline_run(struct tryst_pipeline *p, struct tryst_error *err);

#endif
