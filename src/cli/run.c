/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/suggest.h"
#include "cli/clash.h"
#include "cli/inputs.h"
#include "cli/lists.h"
#include "cli/archive.h"
#include "cli/monitor.h"
#include "cli/put.h"
#include "cli/say.h"
#include "cli/words.h"
#include "hunt/case.h"
#include "report/layout.h"
#include "store/store.h"

static int64_t
clock_ms(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
tryst_run_clock_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static int
init_times(struct tryst_run *r, struct tryst_error *err)
{
	const struct tryst_settings *s = r->s;
	int rc;

	r->now_ms = clock_ms(CLOCK_REALTIME);
	r->from_ms = TRYST_TIME_MIN;
	r->to_ms = TRYST_TIME_MAX;
	rc = s->zone ? tryst_zone_parse(s->zone, &r->read.zone, err) : 0;
	if (rc < 0)
		tryst_error_prefix(err, "--tz");
	if (rc < 0 || !s->window)
		return rc;
	rc = tryst_time_parse_window(s->window, &r->read.zone, r->now_ms, &r->from_ms, &r->to_ms,
	                             err);
	if (rc < 0)
		tryst_error_prefix(err, "--window");
	return rc;
}

static int
init_format(struct tryst_run *r, struct tryst_error *err)
{
	const char *name = r->s->format;
	struct tryst_suggest near;

	r->read.format = name;
	r->read.inner = r->s->inner;
	if (!name)
		return 0;
	tryst_suggest_init(&near, name, strlen(name));
	for (size_t i = 0; tryst_readers[i]; i++) {
		if (strcmp(tryst_readers[i]->name, name) == 0)
			return 0;
		tryst_suggest_try(&near, tryst_readers[i]->name);
	}
	(void)tryst_suggest_error(&near, "format", err);
	tryst_error_prefix(err, "--format");
	return TRYST_ERR_USAGE;
}

static int
init_watchlist(struct tryst_run *r, struct tryst_error *err)
{
	const struct tryst_words *lists = &r->s->watchlists;
	int rc;

	if (!lists->count)
		return 0;
	rc = tryst_lists_load(&r->watchlist, r->s, lists->list, lists->count, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < tryst_watchlist_lists(r->watchlist); i++)
		r->rejected += tryst_watchlist_list(r->watchlist, (uint32_t)i)->rejected;
	if (!r->s->quiet)
		tryst_run_say_remarks(r->watchlist);
	return 0;
}

static int
init_filter_file(struct tryst_run *r, struct tryst_error *err)
{
	const char *path = r->s->filter_file;
	FILE *f = fopen(path, "re");
	char *text = NULL;
	size_t len = 0;
	int rc = 0;

	if (!f)
		return tryst_error_errno(err, "%s", path);
	text = malloc(TRYST_FILTER_TEXT_MAX + 1);
	if (text)
		len = fread(text, 1, TRYST_FILTER_TEXT_MAX + 1, f);
	if (!text)
		rc = tryst_error_nomem(err);
	else if (ferror(f))
		rc = tryst_error_errno(err, "%s", path);
	else if (len > TRYST_FILTER_TEXT_MAX)
		rc = tryst_error_set(err, TRYST_ERR_USAGE, "%s: a filter has at most %u bytes",
		                     path, TRYST_FILTER_TEXT_MAX);
	else if (memchr(text, '\0', len))
		rc = tryst_error_set(err, TRYST_ERR_USAGE, "%s: binary data, not a filter", path);
	if (rc == 0) {
		text[len] = '\0';
		rc = tryst_filter_new(&r->filter, text, path, err);
	}
	free(text);
	(void)fclose(f);
	return rc;
}

static int
init_inputs(struct tryst_run *r, char *const *words, size_t count, struct tryst_error *err)
{
	const struct tryst_settings *s = r->s;
	struct tryst_words inputs = { 0 };
	int rc = 0;

	for (size_t i = 0; i < s->inputs.count && rc == 0; i++)
		rc = tryst_words_add(&inputs, s->inputs.list[i], err);
	if (rc == 0)
		rc = tryst_words_sort(words, count, s->filter_file != NULL, &inputs, &r->filter,
		                      err);
	if (rc == 0 && !inputs.count && !s->explain)
		rc = tryst_error_set(err, TRYST_ERR_USAGE,
		                     "no input: name files or directories, or - for the standard "
		                     "input");
	if (rc == 0)
		rc = tryst_inputs_find(&r->inputs, inputs.list, inputs.count, err);
	tryst_words_fini(&inputs);
	return rc;
}

int
tryst_run_init(struct tryst_run *r, const struct tryst_settings *s, char *const *words,
               size_t count, struct tryst_error *err)
{
	struct tryst_buf text = { 0 };
	int rc;

	*r = (struct tryst_run){ .s = s };
	rc = init_times(r, err);
	if (rc == 0)
		rc = init_format(r, err);
	if (rc == 0 && s->filter_file)
		rc = init_filter_file(r, err);
	if (rc == 0)
		rc = init_inputs(r, words, count, err);
	if (rc == 0)
		rc = tryst_clash_check_case(s, &r->inputs, err);
	if (rc == 0)
		rc = init_watchlist(r, err);
	if (rc == 0)
		rc = tryst_run_find_indexes(r, err);
	if (rc < 0 || s->explain || s->quiet)
		return rc;
	tryst_run_describe(r, &text);
	if ((s->verbose || s->window) && text.data)
		tryst_say_plain("%s", text.data);
	tryst_buf_fini(&text);
	return 0;
}

void
tryst_run_fini(struct tryst_run *r)
{
	tryst_planner_free(r->planner);
	free(r->cache);
	tryst_inputs_free(&r->inputs);
	tryst_filter_free(r->filter);
	tryst_watchlist_free(r->watchlist);
}

static void
describe_window(const struct tryst_run *r, struct tryst_buf *out)
{
	char from[TRYST_TIME_TEXT_MAX] = "the beginning", to[TRYST_TIME_TEXT_MAX] = "the end";

	if (r->from_ms != TRYST_TIME_MIN)
		(void)tryst_time_format(r->from_ms, from);
	if (r->to_ms != TRYST_TIME_MAX)
		(void)tryst_time_format(r->to_ms, to);
	tryst_buf_printf(out, "window: %s to %s (UTC)\n", from, to);
}

void
tryst_run_describe(const struct tryst_run *r, struct tryst_buf *out)
{
	bool all = r->s->verbose || r->s->explain;
	char bytes[PUT_MAX];

	if (all || r->s->window)
		describe_window(r, out);
	if (!all)
		return;
	if (r->filter) {
		tryst_buf_str(out, "filter: ");
		tryst_filter_explain(r->filter, out);
		tryst_buf_char(out, '\n');
	}
	for (size_t i = 0; r->watchlist && i < tryst_watchlist_lists(r->watchlist); i++) {
		const struct tryst_list_info *list =
			tryst_watchlist_list(r->watchlist, (uint32_t)i);

		tryst_buf_str(out, "watchlist: ");
		tryst_buf_safe(out, list->path, strlen(list->path));
		tryst_buf_str(out, ": ");
		tryst_layout_count(out, list->indicators, "indicator");
		tryst_buf_char(out, '\n');
	}
	*tryst_put_bytes(bytes, (double)r->inputs.bytes) = '\0';
	tryst_buf_printf(out, "inputs: %zu, %s\n", r->inputs.count, bytes);
	for (size_t i = 0; i < r->inputs.count; i++) {
		tryst_buf_str(out, "  ");
		tryst_buf_safe(out, r->inputs.list[i]->path, strlen(r->inputs.list[i]->path));
		if (r->s->explain)
			tryst_run_explain_input(r, r->inputs.list[i], out);
		tryst_buf_char(out, '\n');
	}
}

int
tryst_run_asked(const struct tryst_run *r, struct tryst_buf *filter, struct tryst_asked *out,
                struct tryst_error *err)
{
	*out = (struct tryst_asked){
		.from_known = r->from_ms != TRYST_TIME_MIN,
		.to_known = r->to_ms != TRYST_TIME_MAX,
		.from_ms = r->from_ms,
		.to_ms = r->to_ms,
	};
	if (!r->filter || tryst_filter_is_any(r->filter))
		return 0;
	tryst_filter_explain(r->filter, filter);
	if (filter->failed)
		return tryst_error_nomem(err);
	out->filter = filter->data;
	return 0;
}

/* The first reading: what is read, and what of it is wanted. */
static void
run_request(const struct tryst_run *r, struct tryst_pipeline *p)
{
	*p = (struct tryst_pipeline){
		.inputs = r->inputs.list,
		.input_count = r->inputs.count,
		.request = { .from_ms = r->from_ms, .to_ms = r->to_ms },
	};
	if (r->filter && !tryst_filter_is_any(r->filter)) {
		p->predicate = tryst_filter_predicate(r->filter);
		p->request.addresses = tryst_filter_addresses(r->filter);
	}
	/* Of the two sets the list's must be tested; the filter's only lets a source skip. */
	if (r->watchlist)
		p->request.addresses = tryst_watchlist_set(r->watchlist);
	p->request.sample = r->sample;
}

int
tryst_run_explain(struct tryst_run *r)
{
	struct tryst_sampler sample;
	struct tryst_pipeline p;
	struct tryst_buf text = { 0 };
	struct tryst_error err;
	int rc;

	run_request(r, &p);
	if (r->background) {
		sample = (struct tryst_sampler){
			.ceiling = tryst_sampler_ceiling(tryst_run_sample_level(r)),
		};
		p.request.sample = &sample;
	}
	p.request.no_index = r->s->no_index;
	rc = tryst_run_plan(r, &p, &err);
	r->asked = &p.request;
	tryst_run_describe(r, &text);
	r->asked = NULL;
	if (rc == 0)
		rc = tryst_out_buf(&text, &err);
	tryst_buf_fini(&text);
	return rc < 0 ? tryst_run_failed(r, &err) : TRYST_EXIT_OK;
}

int
tryst_run_pipeline(struct tryst_run *r, struct tryst_pipeline *p, uint64_t bytes,
                   struct tryst_error *err)
{
	int64_t started_ms = clock_ms(CLOCK_MONOTONIC);
	struct tryst_monitor *monitor;
	int rc;

	p->open = r->open ? r->open : tryst_store_open;
	p->open_ctx = r->open ? r->open_ctx : &r->read;
	r->read.waits = &r->waits;
	p->jobs = r->s->jobs;
	p->stop = &r->stop;
	p->request.no_index |= r->s->no_index;
	p->progress = &r->progress;
	rc = tryst_run_plan(r, p, err);
	if (rc < 0)
		return rc;
	atomic_store(&r->progress.bytes_total, bytes);
	rc = tryst_monitor_start(&monitor, r, err);
	if (rc < 0)
		return rc;
	rc = tryst_pipeline_run(p, err);
	tryst_monitor_stop(monitor);
	r->elapsed_ms += clock_ms(CLOCK_MONOTONIC) - started_ms;
	return rc == TRYST_ERR_INTERRUPTED && (r->signal || r->enough) ? 0 : rc;
}

int
tryst_run_go(struct tryst_run *r, struct tryst_operator *op, struct tryst_error *err)
{
	return tryst_run_go_all(r, &op, 1, err);
}

int
tryst_run_go_all(struct tryst_run *r, struct tryst_operator **ops, size_t count,
                 struct tryst_error *err)
{
	struct tryst_pipeline p;

	run_request(r, &p);
	p.operators = ops;
	p.operator_count = count;
	return tryst_run_pipeline(r, &p, r->inputs.bytes, err);
}
