/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a thread does: it claims from the schedule (flow/schedule.h), opens inputs, reads parts, and
 * pushes rows into its own states of the operators, which are folded at the end.  Its sink and
 * states are its own; stop and progress are atomic.
 */
#include "flow/pipeline.h"

#include <stdlib.h>

#include "flow/schedule.h"

struct worker {
	struct tryst_sink sink; /* first: flush() gets it */
	struct tryst_schedule *s;
	void **states;
	size_t states_open;
	uint64_t counted; /* flows of the part being read that progress knows of */
	bool refused;     /* an operator failed: no fault of the input's, whatever the code */
	pthread_t thread;
	bool started;
};

/*
 * Rows outside the window or without a wanted address go, where the source has not seen to it.  If
 * no row does, sel is not written.
 */
static void
select_rows(const struct tryst_request *req, bool window, bool addresses, struct tryst_batch *b)
{
	uint32_t kept = 0;

	if (!window && !addresses) {
		b->selected = b->rows;
		return;
	}
	for (uint32_t i = 0; i < b->rows; i++) {
		bool ok = true;

		if (window)
			ok = b->end_ms[i] >= req->from_ms && b->start_ms[i] <= req->to_ms;
		if (ok && addresses)
			ok = tryst_request_wants(req, b->src[i], b->dst[i]);
		b->sel[kept] = (uint16_t)i;
		kept += ok;
	}
	b->selected = kept;
}

static bool
has_window(const struct tryst_request *req)
{
	return req->from_ms != INT64_MIN || req->to_ms != INT64_MAX;
}

/* Rows that hold a wanted address: those of a sample beside them are no matches. */
static uint32_t
matched_rows(const struct tryst_request *req, const struct tryst_batch *b)
{
	uint32_t matched = 0;

	if (!req->sample || !req->addresses)
		return b->selected;
	for (uint32_t i = 0; i < b->selected; i++)
		matched += tryst_ipset_contains(req->addresses, b->src[b->sel[i]]) ||
		           tryst_ipset_contains(req->addresses, b->dst[b->sel[i]]);
	return matched;
}

/* The columns by which rows of such a source are selected. */
static uint64_t
early_columns(const struct tryst_schedule *s, const struct tryst_source_ops *source)
{
	const struct tryst_request *req = &s->request;
	uint64_t columns = s->p->predicate ? s->p->predicate->columns : 0;

	if (has_window(req) && !source->tests_window)
		columns |= TRYST_BIT(start_ms) | TRYST_BIT(end_ms);
	if (req->addresses && !source->tests_addresses)
		columns |= TRYST_BIT(src) | TRYST_BIT(dst);
	return columns;
}

static uint32_t
sink_select(struct tryst_sink *sink)
{
	struct worker *w = (struct worker *)sink;
	const struct tryst_predicate *predicate = w->s->p->predicate;
	const struct tryst_request *req = &w->s->request;
	const struct tryst_source_ops *source = sink->source_ops;
	struct tryst_batch *b = &sink->batch;

	select_rows(req, has_window(req) && !source->tests_window,
	            req->addresses && !source->tests_addresses, b);
	if (predicate && b->selected)
		predicate->apply(predicate, b);
	else if (b->selected == b->rows)
		tryst_batch_select_all(b);
	sink->selected = b->selected != 0;
	if (!b->selected)
		b->rows = 0;
	return b->selected;
}

static int
sink_push(struct worker *w, struct tryst_error *err)
{
	struct tryst_pipeline *p = w->s->p;
	struct tryst_batch *b = &w->sink.batch;
	const struct tryst_request *req = &w->s->request;
	int rc = 0;

	if (!w->sink.selected)
		(void)sink_select(&w->sink);
	for (size_t i = 0; i < p->operator_count && b->selected && rc == 0; i++)
		rc = p->operators[i]->ops->push(p->operators[i], w->states[i], b, err);
	if (p->progress) {
		atomic_fetch_add_explicit(&p->progress->matched, matched_rows(req, b),
		                          memory_order_relaxed);
		atomic_fetch_add_explicit(&p->progress->flows, w->sink.health.flows - w->counted,
		                          memory_order_relaxed);
		w->counted = w->sink.health.flows;
	}
	b->rows = 0;
	b->selected = 0;
	w->sink.selected = false;
	w->refused |= rc < 0;
	return rc;
}

static int
sink_flush(struct tryst_sink *sink, struct tryst_error *err)
{
	struct worker *w = (struct worker *)sink;

	if (tryst_schedule_stopping(w->s))
		return tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
	return sink_push(w, err);
}

/* Tells the operators that a part, or with SIZE_MAX an input, is done. */
static int
part_end(struct worker *w, const struct tryst_input *in, size_t part, size_t parts,
         struct tryst_error *err)
{
	struct tryst_pipeline *p = w->s->p;
	int rc = 0;

	for (size_t i = 0; i < p->operator_count && rc == 0; i++) {
		const struct tryst_operator_ops *ops = p->operators[i]->ops;

		if (ops->part_end)
			rc = ops->part_end(p->operators[i], w->states[i], in->id, part, parts, err);
	}
	return rc;
}

/* Whether what ended the reading of a part stays with its input, and the run goes on. */
static bool
input_failed(const struct worker *w, int rc)
{
	return !w->refused && (rc == TRYST_ERR_IO || rc == TRYST_ERR_FORMAT);
}

/* Reads one part to its end.  Damage and I/O errors stay with the input; other failures end the
 * run. */
static int
read_part(struct worker *w, struct tryst_open_input *o, size_t part, struct tryst_error *err)
{
	struct tryst_sink *sink = &w->sink;
	struct tryst_progress *progress = w->s->p->progress;
	int rc;

	tryst_health_init(&sink->health);
	sink->batch.rows = 0;
	sink->batch.part = part;
	sink->batch.sure = 0;
	sink->batch.never = 0;
	sink->batch.coded = 0;
	sink->batch.book = NULL;
	sink->selected = false;
	sink->early = early_columns(w->s, o->source->ops);
	if (w->s->p->predicate)
		sink->bounds = w->s->p->predicate->bounds;
	sink->record_base = (uint64_t)part << 32;
	sink->input_id = o->input->id;
	sink->source_ops = o->source->ops;
	w->counted = 0;
	w->refused = false;
	rc = o->source->ops->read(o->source, part, sink, err);
	if (rc == 0 || input_failed(w, rc)) {
		struct tryst_error push_error = { 0 };
		int push_rc = sink_push(w, &push_error);

		if (push_rc < 0) {
			*err = push_error;
			rc = push_rc;
		}
	}
	if (!o->source->part_count)
		o->input->part_flows[part] = sink->health.flows;
	if (progress) {
		atomic_fetch_add_explicit(&progress->flows, sink->health.flows - w->counted,
		                          memory_order_relaxed);
		atomic_fetch_add_explicit(&progress->bytes_done,
		                          o->input->size / TRYST_MAX(o->source->parts, (size_t)1),
		                          memory_order_relaxed);
	}
	return rc;
}

static int
run_part(struct worker *w, struct tryst_open_input *o, size_t part, struct tryst_error *err)
{
	struct tryst_error error = { 0 };
	struct tryst_input *in = o->input;
	size_t parts = o->source->parts;
	int rc = read_part(w, o, part, &error);
	bool mine = input_failed(w, rc);

	if (rc == 0 || mine)
		rc = part_end(w, in, part, parts, err);
	else
		*err = error;
	o = tryst_schedule_done(w->s, o, part, &w->sink.health,
	                        mine ? &error : &(struct tryst_error){ 0 });
	if (o) {
		tryst_open_input_close(o);
		if (rc == 0)
			rc = part_end(w, in, SIZE_MAX, parts, err);
	}
	return rc;
}

/* Opens one input and lists its parts; an input without parts is done at once. */
static int
run_open(struct worker *w, struct tryst_input *in, struct tryst_error *err)
{
	struct tryst_schedule *s = w->s;
	struct tryst_open_input *o = calloc(1, sizeof(*o));
	int rc = 0;

	if (o && !in->error.code)
		rc = s->p->open(s->p->open_ctx, in, &s->request, &o->source, &in->error);
	if (o && o->source) {
		in->part_flows = o->source->part_flows;
		in->parts = in->part_flows ? o->source->part_count : o->source->parts;
		o->source->part_flows = NULL;
		if (!in->part_flows)
			in->part_flows = calloc(in->parts + 1, sizeof(*in->part_flows));
		o->input = in;
		tryst_health_init(&o->health);
	}
	if (!o || (o->source && !in->part_flows) || rc == TRYST_ERR_NOMEM)
		rc = tryst_error_nomem(err);
	else
		rc = 0;
	if (tryst_schedule_opened(s, rc == 0 ? o : NULL))
		return 0;
	if (!o)
		return rc;
	if (o->source)
		tryst_open_input_close(o);
	else
		free(o);
	return rc < 0 ? rc : part_end(w, in, SIZE_MAX, 0, err);
}

static void *
worker_main(void *arg)
{
	struct worker *w = arg;
	struct tryst_error err = { 0 };
	uint32_t near = UINT32_MAX;
	struct tryst_claim c;
	int rc = 0;

	while (rc == 0 && tryst_schedule_claim(w->s, near, &c)) {
		near = c.open ? c.open->input->id : c.input->id;
		if (c.open)
			rc = run_part(w, c.open, c.part, &err);
		else
			rc = run_open(w, c.input, &err);
	}
	if (rc < 0)
		tryst_schedule_fail(w->s, &err);
	return NULL;
}

static int
worker_init(struct worker *w, struct tryst_schedule *s, struct tryst_error *err)
{
	struct tryst_pipeline *p = s->p;
	int rc;

	w->s = s;
	w->sink.flush = sink_flush;
	w->sink.select = sink_select;
	w->sink.stop = s->stop;
	w->states = calloc(p->operator_count + 1, sizeof(*w->states));
	if (!w->states)
		return tryst_error_nomem(err);
	rc = tryst_batch_init(&w->sink.batch, s->request.columns, err);
	if (rc == 0)
		rc = tryst_batch_add_codes(&w->sink.batch, s->request.coded, err);
	for (; rc == 0 && w->states_open < p->operator_count; w->states_open += rc == 0) {
		struct tryst_operator *op = p->operators[w->states_open];

		rc = op->ops->open(op, &w->states[w->states_open], err);
	}
	return rc;
}

/* Folds the worker's states into the operators; the first failure is kept. */
static int
worker_fini(struct worker *w, struct tryst_error *err)
{
	struct tryst_error ignored;
	int first = 0;

	for (size_t i = 0; i < w->states_open; i++) {
		struct tryst_operator *op = w->s->p->operators[i];
		int rc = op->ops->merge(op, w->states[i], first ? &ignored : err);

		first = first ? first : rc;
	}
	free(w->states);
	tryst_batch_fini(&w->sink.batch);
	for (size_t i = 0; i < TRYST_SCRATCH_SLOTS; i++)
		free(w->sink.scratch[i]);
	return first;
}

/* The columns that must have memory: what is looked at, and what the pipeline itself tests. */
static uint64_t
all_columns(const struct tryst_pipeline *p)
{
	uint64_t columns = p->request.columns;

	if (has_window(&p->request))
		columns |= TRYST_BIT(start_ms) | TRYST_BIT(end_ms);
	if (p->request.addresses)
		columns |= TRYST_BIT(src) | TRYST_BIT(dst);
	if (p->predicate)
		columns |= p->predicate->columns;
	for (size_t i = 0; i < p->operator_count; i++)
		columns |= p->operators[i]->columns;
	return columns;
}

/* The addresses that may come as codes: all who look at them take these. */
static uint64_t
coded_columns(const struct tryst_pipeline *p)
{
	uint64_t columns = 0, needed = p->predicate ? p->predicate->columns : 0;

	if (p->request.addresses)
		needed |= TRYST_BIT(src) | TRYST_BIT(dst);
	for (size_t i = 0; i < p->operator_count; i++) {
		columns |= p->operators[i]->coded;
		needed |= p->operators[i]->columns & ~p->operators[i]->coded;
	}
	return columns & ~needed & TRYST_CODED_ALL;
}

/* Whether an operator is told of parts as they end, and may hold back what comes early. */
static bool
wants_order(const struct tryst_pipeline *p)
{
	bool order = false;

	for (size_t i = 0; i < p->operator_count; i++)
		order |= p->operators[i]->ops->part_end != NULL;
	return order;
}

static int
run_workers(struct tryst_schedule *s, struct worker *workers, unsigned jobs,
            struct tryst_error *err)
{
	int first = 0;
	unsigned made = 0;

	for (; made < jobs && first == 0; made++)
		first = worker_init(&workers[made], s, err);
	for (unsigned i = 1; first == 0 && i < jobs; i++)
		workers[i].started =
			pthread_create(&workers[i].thread, NULL, worker_main, &workers[i]) == 0;
	/* Fewer threads than asked for only cost time: the first one is the caller's own. */
	if (first == 0)
		(void)worker_main(&workers[0]);
	for (unsigned i = 1; i < jobs; i++) {
		if (workers[i].started)
			(void)pthread_join(workers[i].thread, NULL);
	}
	for (unsigned i = 0; i < made; i++) {
		struct tryst_error ignored;
		int rc = worker_fini(&workers[i], first ? &ignored : err);

		first = first ? first : rc;
	}
	return first;
}

int
tryst_pipeline_run(struct tryst_pipeline *p, struct tryst_error *err)
{
	unsigned jobs = TRYST_MAX(p->jobs, 1u);
	struct tryst_schedule s = { .p = p, .request = p->request };
	struct worker *workers = calloc(jobs, sizeof(*workers));
	int rc;

	if (!workers)
		return tryst_error_nomem(err);
	s.request.columns = all_columns(p);
	s.request.coded = coded_columns(p);
	s.in_order = wants_order(p);
	s.stop = p->stop ? p->stop : &s.own_stop;
	(void)pthread_mutex_init(&s.lock, NULL);
	(void)pthread_cond_init(&s.change, NULL);
	rc = run_workers(&s, workers, jobs, err);
	tryst_schedule_close(&s);
	if (rc == 0 && s.error.code && s.error.code != TRYST_ERR_INTERRUPTED) {
		*err = s.error;
		rc = s.error.code;
	}
	for (size_t i = 0; rc == 0 && i < p->operator_count; i++) {
		if (p->operators[i]->ops->finish)
			rc = p->operators[i]->ops->finish(p->operators[i], err);
	}
	if (rc == 0 && tryst_schedule_stopping(&s))
		rc = tryst_error_set(err, TRYST_ERR_INTERRUPTED, "interrupted");
	(void)pthread_cond_destroy(&s.change);
	(void)pthread_mutex_destroy(&s.lock);
	free(workers);
	return rc;
}
