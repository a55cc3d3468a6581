/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an index saves a run: for each input what is read of it, decided before the run from the
 * window, the addresses and the level of the sample.
 *
 *   nothing        it is not even opened; its health and exporters are those noted
 *   some runs      of records; and the rows of sampled hosts come from the index
 *   all of it      as without an index, because ...
 *
 * The rows that reach the operators, their record numbers, and what is reported of each input but
 * skipped_by_index are the same as in a run that reads everything, if that run's sampler begins at
 * the same level: tryst_planner_sample says it, and it is the same whether the index is then used
 * or not.
 */
#ifndef TRYST_STORE_PLAN_H
#define TRYST_STORE_PLAN_H

#include "flow/pipeline.h"
#include "store/sample.h"

struct tryst_planner;

/*
 * Looks for indexes of the inputs, beside them and in the cache folder (NULL: there is none), and
 * which of the inputs they know as they are now.  The inputs stay as they are and outlive the
 * planner; those of a later run have the same ids.
 */
int tryst_planner_new(struct tryst_planner **out, struct tryst_input *const *inputs, size_t count,
                      const char *cache, struct tryst_error *err);
void tryst_planner_free(struct tryst_planner *p); /* NULL is fine */

/* Whether any input is known to an index. */
bool tryst_planner_knows(const struct tryst_planner *p);

/* Adds the samples of the indexes that know any of the inputs. */
void tryst_planner_sample(const struct tryst_planner *p, struct tryst_sample_sum *sum);

/*
 * Adds to blocks[i] in how many runs of records of the files that are known ips[i] stands.  What of
 * an index is damaged counts nothing.
 */
int tryst_planner_weigh(const struct tryst_planner *p, const struct tryst_ip *ips, size_t count,
                        uint64_t *blocks, struct tryst_error *err);

/*
 * Decides for a run that reads these inputs, under the ids that the planner knows; the last
 * decisions are forgotten.  The request outlives the run.
 */
int tryst_planner_plan(struct tryst_planner *p, struct tryst_input *const *inputs, size_t count,
                       const struct tryst_request *req, struct tryst_error *err);

/* tryst_open_fn: opens an input as decided; what is read in full is left to `next`. */
struct tryst_planner_open {
	const struct tryst_planner *planner;
	tryst_open_fn next;
	void *next_ctx;
};

int tryst_planner_open(void *ctx, struct tryst_input *in, const struct tryst_request *req,
                       struct tryst_source **out, struct tryst_error *err);

/* What was decided for an input, as a sentence's end: "12 of 640 runs of records". */
void tryst_planner_explain(const struct tryst_planner *p, uint32_t input, struct tryst_buf *out);

/* What is wrong with the indexes, a line each without its end: damage, and inputs that changed. */
void tryst_planner_complaints(const struct tryst_planner *p, struct tryst_buf *out);

#endif
