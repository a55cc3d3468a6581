/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading the inputs a second time.  The inputs of the run keep what the first reading found; the
 * second one has inputs of its own, with the same ids and paths, and afterwards the flows of each
 * part must be as many as before, since records are named by their place.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/run.h"

/* The inputs of the second reading. */
struct again {
	struct tryst_input **list;
	size_t count;
	uint64_t bytes;
};

bool
tryst_run_rereads(const struct tryst_run *r)
{
	for (size_t i = 0; i < r->inputs.count; i++) {
		const struct tryst_input *in = r->inputs.list[i];
		struct stat st;

		if (!in->error.code && (strcmp(in->path, "-") == 0 || stat(in->path, &st) != 0 ||
		                        !S_ISREG(st.st_mode)))
			return false;
	}
	return true;
}

static void
again_free(struct again *a)
{
	for (size_t i = 0; i < a->count; i++) {
		tryst_input_fini(a->list[i]);
		free(a->list[i]);
	}
	free(a->list);
}

/* Those inputs that were read and have flows in the window. */
static int
again_make(struct again *a, const struct tryst_run *r, int64_t from_ms, int64_t to_ms,
           struct tryst_error *err)
{
	a->list = calloc(r->inputs.count + 1, sizeof(struct tryst_input *));
	if (!a->list)
		return tryst_error_nomem(err);
	for (size_t i = 0; i < r->inputs.count; i++) {
		const struct tryst_input *was = r->inputs.list[i];
		struct tryst_input *in;

		if (was->error.code || !was->format || was->health.last_ms < from_ms ||
		    was->health.first_ms > to_ms)
			continue;
		in = calloc(1, sizeof(*in));
		if (!in || tryst_input_init(in, was->path, was->id, err) < 0) {
			free(in);
			return tryst_error_nomem(err);
		}
		in->size = was->size;
		a->bytes += in->size;
		a->list[a->count++] = in;
	}
	return 0;
}

/* Whether each input had, part by part, as many flows as the first time. */
static bool
again_same(const struct again *a, const struct tryst_run *r)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct tryst_input *in = a->list[i], *was = r->inputs.list[in->id];

		if (in->error.code || in->parts != was->parts ||
		    memcmp(in->part_flows, was->part_flows, in->parts * sizeof(*in->part_flows)) !=
		            0)
			return false;
	}
	return true;
}

static int
again_read(struct tryst_run *r, struct again *a, struct tryst_pipeline *p, const char **why,
           struct tryst_error *err)
{
	uint64_t matched = atomic_load(&r->progress.matched);
	uint64_t flows = atomic_load(&r->progress.flows);
	int rc;

	atomic_store(&r->progress.bytes_done, 0);
	rc = tryst_run_pipeline(r, p, a->bytes, err);
	atomic_store(&r->progress.matched, matched);
	atomic_store(&r->progress.flows, flows);
	if (r->signal)
		*why = "The run was stopped before the inputs had been read a second time.";
	else if (rc == 0 && !again_same(a, r))
		*why = "An input was not the same when it was read a second time.";
	return rc;
}

int
tryst_run_again(struct tryst_run *r, const struct tryst_again *what, const char **why,
                struct tryst_error *err)
{
	struct again a = { 0 };
	struct tryst_operator *op = what->op;
	struct tryst_pipeline p = {
		.request = { .from_ms = TRYST_MAX(what->from_ms, r->from_ms),
		             .to_ms = TRYST_MIN(what->to_ms, r->to_ms),
		             .addresses = what->addresses,
		             .sample = what->sample,
		             .no_index = what->in_full },
		.operators = &op,
		.operator_count = 1,
	};
	int rc;

	*why = NULL;
	if (r->signal)
		*why = "The run was stopped before the inputs could be read a second time.";
	else if (!tryst_run_rereads(r))
		*why = "An input can be read only once: it is no file.";
	if (*why)
		return 0;
	rc = again_make(&a, r, what->from_ms, what->to_ms, err);
	p.inputs = a.list;
	p.input_count = a.count;
	if (r->filter && !tryst_filter_is_any(r->filter))
		p.predicate = tryst_filter_predicate(r->filter);
	if (rc == 0)
		rc = again_read(r, &a, &p, why, err);
	again_free(&a);
	return rc;
}
